"""How far a claim depends on what is not known: a warning and a claim meet here.

What was sent and could not be placed or counted (`Cleaning.unread`), and what has been lost on the
way (`lost`), may belong to what a claim compares. A claim stands only where it stands whatever they
mean. What is as common in both periods misleads nobody; it is the change that does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.entries import GONE, GROUP, NAMELESS, unread_entries

CANNOT_BE_JUDGED = "cannot_be_judged"
HISTORY = (364, 56)  # days before a period, for what is expected of it
APPEARS = pd.Timedelta(days=21)  # between the end of one name and the first of another
CHANCE = 0.05  # probability each way under which blanks have become more or fewer

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Doubt:
    """How far the counts of some rows may be from what they are compared with.

    Attributes
    ----------
    more, less
        Per row: at most so many events more, and fewer, than its count, held against the periods
        it is compared with.
    before
        Per row: `less` as so many events more in the periods that it is compared with.
    causes
        Per row: numbers of `Unread.causes`, the weightiest first, with blanks between; "" if none.
    """

    more: Numbers
    less: Numbers
    before: Numbers
    causes: list[str]

    def any(self) -> bool:
        """Whether any row is in doubt."""
        return bool((self.more > 0).any() or (self.less > 0).any())

    def moved(self, count: Numbers, up: bool) -> Numbers:
        """Counts as far up, or down, as what is unread may take them."""
        return count + self.more if up else np.maximum(count - self.less, 0)


@dataclass(frozen=True)
class Unread:
    """All that is unread of a dataset, ready to be held against tables.

    Attributes
    ----------
    entries
        ``actor``, ``day``, ``area``, ``category``, ``subcategory`` ("" where it may be any),
        ``placed`` (events that are counted, but not in their area or type), ``low`` and ``high``
        (by how much what is counted may differ), ``steady`` (whether only a change of it misleads)
        and the causes ``of_area``, ``of_category`` and ``of_row`` (-1 where there is none).
    causes
        One row each: `entries.CAUSES`.
    """

    data: Dataset
    entries: pd.DataFrame
    causes: pd.DataFrame
    blanks: frozenset[int] = field(default_factory=frozenset)
    elsewhere: frozenset[int] = field(default_factory=frozenset)  # lost, but only of their names

    @cached_property
    def by_actor(self) -> dict[str, pd.DataFrame]:
        """The entries of each actor that has any."""
        return {str(actor): own for actor, own in self.entries.groupby("actor", observed=True)}

    def doubt(
        self,
        rows: pd.DataFrame,
        now: Sequence[Period],
        before: Sequence[Period],
        scale: npt.ArrayLike = 1.0,
        lost: str = "parts",
    ) -> Doubt:
        """How far the counts of rows may be off, in one time held against another.

        Parameters
        ----------
        rows
            ``actor`` and any of ``area``, ``category`` and ``subcategory``.
        now, before
            What is compared; several periods are added up.
        scale
            What a count of `before` is worth in `now`: the ratio of the times that are compared.
        lost
            Which stretches that were lost may be missing: ``parts`` of what a row adds up, where
            what is lost as a whole is not reported and not compared; ``all``, where counts of
            different areas are held against each other; ``none``, where each area's type is held
            against what was expected of its own reporting.
        """
        size = len(rows)
        more, less = np.zeros(size), np.zeros(size)
        causes = [""] * size
        worth = np.broadcast_to(np.asarray(scale, dtype=float), (size,))
        worth = np.where(np.isfinite(worth), worth, 0.0)
        keys = rows.astype(str).reset_index(drop=True)
        for actor, places in keys.groupby("actor", sort=False).indices.items():
            at = np.asarray(places)
            own = self.by_actor.get(str(actor))
            if own is None:
                continue
            up, down, why = self._of(own, keys.iloc[at], now, before, worth[at], lost)
            more[at], less[at] = up, down
            for place, words in zip(at.tolist(), why, strict=True):
                causes[place] = words
        then = np.divide(less, worth, out=np.zeros(size), where=worth > 0)
        return self._with_totals(Doubt(more, less, then, causes), keys, [*now, *before])

    def silenced(self, rows: pd.DataFrame, periods: Sequence[Period]) -> list[str]:
        """The stretches of which each row as a whole is lost in some periods: their causes."""
        return self._of_runs(rows, lambda run, number: number not in self.elsewhere and any(
            _days_shared(run, one) > 0 for one in periods
        ))  # fmt: skip

    def nameless(self, rows: pd.DataFrame, periods: Sequence[Period]) -> list[str]:
        """Causes by which each row has lost its name for half of some period or more.

        Its events came, as of no known area or type: what is counted under the name is no count.
        """
        return self._of_runs(rows, lambda run, number: number in self.elsewhere and any(
            2 * _days_shared(run, one) >= one.days for one in periods
        ))  # fmt: skip

    def _of_runs(self, rows: pd.DataFrame, tells: Callable[[pd.Series, int], bool]) -> list[str]:
        keys = rows.astype(str).reset_index(drop=True)
        found: list[list[str]] = [[] for _ in range(len(keys))]
        for number, run in self.causes[self.causes["kind"].isin(GONE)].iterrows():
            if not tells(run, int(str(number))):
                continue
            inside = (keys["actor"] == run["actor"]).to_numpy() & _inside(keys, run)
            for place in np.flatnonzero(inside).tolist():
                found[place].append(str(number))
        return [" ".join(words) for words in found]

    @cached_property
    def renamed(self) -> dict[int, int]:
        """Causes that belong together: what is lost, and a value that appears in its place.

        A value that is not translated, of the same actor and key, almost all of it in the stretch
        that is lost and from its first weeks on, and a third to three times as much.
        """
        causes = self.causes
        pairs = {}
        for number, run in causes[causes["kind"] == "lost"].iterrows():
            kind = "area" if run["field"] else "category"
            others = causes[
                (causes["kind"] == kind) & (causes["actor"] == run["actor"])
                & (causes["value"] != "") & (causes["first"] >= run["first"] - APPEARS)
                & (causes["first"] <= run["first"] + APPEARS)
                & (causes["events"] * 3 >= run["events"]) & (causes["events"] <= 3 * run["events"])
            ]  # fmt: skip
            if len(others):
                pairs[int(str(number))] = int(
                    str((others["events"] - run["events"]).abs().idxmin())
                )
        return pairs

    def against_history(self, rows: pd.DataFrame, period: Period) -> Doubt:
        """How far counts may be off, held against what came before: a year, and eight weeks.

        What is expected of a period rests on the whole year and most on the latest weeks; what was
        lost is to it as not reported. Where the latest weeks hold more that is unread than the year
        before them, less is expected than should be.
        """
        year, latest = (_days_before(period, days) for days in HISTORY)
        found = [
            self.doubt(rows, [period], [before], period.days / before.days, lost="none")
            for before in (year, latest)
        ]
        earlier = _days_before(latest, HISTORY[0])
        level = self.doubt(rows, [latest], [earlier], latest.days / earlier.days, lost="none")
        worth = period.days / latest.days
        found.append(
            Doubt(worth * level.less, worth * level.more, worth * level.more, level.causes)
        )
        most = [one.more + one.less for one in found]
        causes = [
            max(zip(most, found, strict=True), key=lambda pair: pair[0][place])[1].causes[place]
            for place in range(len(rows))
        ]
        more, less, then = (
            np.maximum.reduce([getattr(one, name) for one in found])
            for name in ("more", "less", "before")
        )
        return Doubt(more, less, then, causes)

    def _of(
        self,
        own: pd.DataFrame,
        rows: pd.DataFrame,
        now: Sequence[Period],
        before: Sequence[Period],
        worth: Numbers,
        lost: str,
    ) -> tuple[Numbers, Numbers, list[str]]:
        """`doubt` of one actor's rows."""
        inside = [_within(own, periods) for periods in (now, before)]
        touched = own[inside[0] | inside[1]]
        blank = np.zeros(len(rows))
        if touched.empty:
            return blank, blank, [""] * len(rows)
        groups = _grouped(touched, [part[touched.index] for part in inside])
        applies, cause = self._applies(rows, groups)
        applies &= self._missing(rows, cause, lost)
        steady = groups["steady"].to_numpy(bool)
        placed = [groups[f"placed_{n}"].to_numpy(float) for n in (0, 1)]
        low = [groups[f"low_{n}"].to_numpy(float) for n in (0, 1)]
        high = [groups[f"high_{n}"].to_numpy(float) for n in (0, 1)]
        up, down = blank.copy(), blank.copy()
        weights: list[dict[int, float]] = [{} for _ in range(len(rows))]
        shares = self._share_of_rows(str(rows["actor"].iloc[0]), now, before)
        for number in np.unique(cause[applies]).tolist():
            mine = applies & (cause == number)
            then = shares if number in self.blanks and np.isfinite(shares) else worth
            came, usual = (mine[:, steady] @ (placed[n] + high[n])[steady] for n in (0, 1))
            change = came - then * usual
            if number in self.blanks:
                any_row = (cause == number).any(axis=0) & steady
                sums = [np.array([(placed[n] + high[n])[any_row].sum()]) for n in (0, 1)]
                same = not _is_change(
                    sums[0], sums[1], float(np.max(then))
                ).any()  # nor of all that it may be of
                change = np.where(same & ~_is_change(came, usual, then), 0.0, change)
            loose = ~steady
            above = mine[:, loose] @ high[0][loose] - worth * (mine[:, loose] @ low[1][loose])
            below = worth * (mine[:, loose] @ high[1][loose]) - mine[:, loose] @ low[0][loose]
            here_up, here_down = np.maximum(change, 0) + above, np.maximum(-change, 0) + below
            up, down = up + here_up, down + here_down
            for place in np.flatnonzero(here_up + here_down > 0).tolist():
                weights[place][int(number)] = float(here_up[place] + here_down[place])
        words = [" ".join(map(str, sorted(one, key=lambda n: -one[n]))) for one in weights]
        return up, down, words

    def _applies(
        self, rows: pd.DataFrame, groups: pd.DataFrame
    ) -> tuple[Truths, npt.NDArray[np.int64]]:
        """Rows × groups: whether what is unread may belong to a row, and which cause that is."""
        area, area_known = self._meets(rows, groups, "area")
        kind, kind_known = self._meets(rows, groups, "category")
        counted = (groups["placed"].to_numpy(float) > 0) & area_known & kind_known
        applies = area & kind & ~counted
        of_row = groups["of_row"].to_numpy(np.int64)
        of_area, of_kind = (groups[f"of_{k}"].to_numpy(np.int64) for k in ("area", "category"))
        cause = np.where(~area_known & (of_area >= 0), of_area, of_kind)
        cause = np.where(of_row >= 0, of_row, cause)
        return applies & (cause >= 0), cause

    def _missing(self, rows: pd.DataFrame, cause: npt.NDArray[np.int64], lost: str) -> Truths:
        """Rows × groups: not what is lost, where that is not reported or not expected."""
        runs = self.causes[self.causes["kind"].isin(GONE)]
        found = np.ones((len(rows), cause.shape[1]), dtype=bool)
        if lost == "all" or runs.empty:
            return found
        for number, run in runs.iterrows():
            mine = cause == number
            if lost == "none":
                found &= ~mine
                continue
            found &= ~(mine & _inside(rows, run)[:, None])
        return found

    def _meets(self, rows: pd.DataFrame, groups: pd.DataFrame, key: str) -> tuple[Truths, Truths]:
        """Rows × groups: whether a group may be of a row, and whether it is."""
        shape = (len(rows), len(groups))
        own = groups[key].to_numpy(dtype=object)
        anything = own == ""
        finer = groups["subcategory"].to_numpy(dtype=object) if key == "category" else own
        asked = [name for name in (key, "subcategory") if name in rows and name != "area"]
        if key == "area":
            asked = ["area"] if "area" in rows else []
        if not asked:
            inside = ~anything
            if key == "area" and self.data.area is not None:
                return np.ones(shape, bool), np.broadcast_to(inside, shape)
            return np.ones(shape, bool), np.ones(shape, bool)
        wanted = rows[asked[-1]].to_numpy(dtype=object)[:, None]
        same = (own[None, :] == wanted) | (finer[None, :] == wanted)
        nameless = np.isin(wanted.astype(str), NAMELESS)
        return (same | anything[None, :]) & ~nameless, same

    def _share_of_rows(self, actor: str, now: Sequence[Period], before: Sequence[Period]) -> float:
        """How many times as many rows an actor has now: of blanks the share is what is usual."""
        cube = self.data.cube
        own = cube[(cube["actor"] == actor).to_numpy()]
        sums = [float(own.loc[_within(own, periods), "count"].sum()) for periods in (now, before)]
        return sums[0] / sums[1] if sums[1] else np.nan

    def _with_totals(self, doubt: Doubt, rows: pd.DataFrame, periods: list[Period]) -> Doubt:
        """The same where a control total of a period is missed: by so many either way."""
        found = self.causes[self.causes["kind"] == "control_total"]
        more, less, then = doubt.more.copy(), doubt.less.copy(), doubt.before.copy()
        causes = list(doubt.causes)
        for number, total in found.iterrows():
            first, last = total["first"].date(), total["last"].date()
            if any(period.start <= last and period.end >= first for period in periods):
                for place in np.flatnonzero((rows["actor"] == total["actor"]).to_numpy()).tolist():
                    for bound in (more, less, then):
                        bound[place] += abs(float(total["value"]) - total["events"])
                    causes[place] = f"{number} {causes[place]}".strip()
        return Doubt(more, less, then, causes)


def _is_change(came: Numbers, usual: Numbers, times: npt.ArrayLike) -> Truths:
    """Whether more, or fewer, came than chance explains where so many times as many are usual.

    Blanks come and go by chance; of a value that nobody has translated every change counts.
    """
    from scipy import stats

    share = np.asarray(times, dtype=float) / (1 + np.asarray(times, dtype=float))
    whole = came + usual
    least = stats.binom.cdf(came, whole, share), stats.binom.sf(came - 1, whole, share)
    return np.asarray((np.minimum(*least) < CHANCE) & (whole > 0))


def _inside(rows: pd.DataFrame, run: pd.Series) -> Truths:
    """Rows that are wholly of what a stretch is lost of."""
    inside = np.ones(len(rows), dtype=bool)
    for key, word in (("area", run["field"]), ("category", run["value"])):
        if word:
            inside = inside & ((rows[key] == word).to_numpy() if key in rows else False)
    return inside


def _days_before(period: Period, days: int) -> Period:
    last = period.start - dt.timedelta(days=1)
    return Period("", "days", last - dt.timedelta(days=days - 1), last)


def _days_shared(run: pd.Series, period: Period) -> int:
    first, last = max(run["first"].date(), period.start), min(run["last"].date(), period.end)
    return int(max((last - first).days + 1, 0))


def _within(rows: pd.DataFrame, periods: Sequence[Period]) -> pd.Series:
    """Rows whose day lies in one of some periods; those of no known day lie in any."""
    day = rows["day"]
    found = day.isna()
    for period in periods:
        found |= (day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))
    return found


def _grouped(entries: pd.DataFrame, inside: list[pd.Series]) -> pd.DataFrame:
    """Entries of the same place, type and cause added up, now (0) and before (1)."""
    table = entries[[*GROUP, "placed"]].copy()
    for n, here in enumerate(inside):
        for name in ("placed", "low", "high"):
            table[f"{name}_{n}"] = entries[name].to_numpy(float) * here.to_numpy(bool)
    return table.groupby(list(GROUP), as_index=False, sort=False, dropna=False).sum()


def unread_of(data: Dataset) -> Unread:
    """All that is unread of a dataset; made once, and kept beside it."""
    known: Unread | None = data.__dict__.get("_unread")
    if known is None or known.data is not data:
        known = _made(data)
        data.__dict__["_unread"] = known
    return known


def _made(data: Dataset) -> Unread:
    entries, causes = unread_entries(data)
    blanks = causes.index[causes["kind"].isin(("area", "category")) & (causes["value"] == "")]
    runs = list(causes.index[causes["kind"].isin(GONE)])
    named = [n for n, there in zip(runs, data.lost.runs["elsewhere"], strict=True) if there]
    return Unread(data, entries, causes, frozenset(map(int, blanks)), frozenset(map(int, named)))
