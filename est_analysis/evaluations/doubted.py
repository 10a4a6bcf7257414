"""An insats' conclusion tried again with what is unread: it stands whatever that means, or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.counts.doubt import Unread
from est_analysis.counts.entries import GONE
from est_analysis.evaluations.designs import Gathered
from est_analysis.intervention import Design, Estimate

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """What may be missing of a series, or too much, before an insats and after it began.

    Attributes
    ----------
    up, down
        Per step, to be added: what makes the time after larger, and the time before.
    causes
        Numbers of `Unread.causes`.
    """

    up: Numbers
    down: Numbers
    causes: tuple[int, ...] = ()

    def ways(self, every: bool = False) -> dict[str, Numbers]:
        """Those of the two that change anything, by name; or both where anything may be missing."""
        both = {"up": self.up, "down": self.down}
        every = every and bool(self.causes)
        return {name: part for name, part in both.items() if every or part.any()}


@dataclass(frozen=True)
class Tries:
    """A design with what is unread of its series, ``up`` or ``down``, and what that is."""

    designs: dict[str, Design]
    causes: tuple[int, ...]


@dataclass(frozen=True)
class Doubted:
    """What is unread of one actor's series for an insats."""

    unread: Unread
    gathered: Gathered
    actor: str

    def targets(self, design: Design, areas: Sequence[str], kinds: Sequence[str]) -> Tries:
        """The design with what is unread put to its target: some areas and types together."""
        if self._uncounted:  # weeks that are left out as they cannot be read are no random ones
            pair = self.gathered.summed(self.actor, areas, kinds, unreadable=True)
            design = design.of(*pair)
        shift = self.shift(design, areas, kinds)
        designs = {
            name: target(design, way) for name, way in shift.ways(every=self._uncounted).items()
        }
        return Tries(designs, shift.causes)

    def comparisons(self, design: Design, kinds: Sequence[str]) -> Tries:
        """The design with what is unread put to the remaining areas, see `others`."""
        if self._uncounted:
            pool, exposure = self.gathered.pool(self.actor, kinds, unreadable=True)
            design = replace(design, pool=pool, pool_exposure=exposure)
        shift = self.shift(design, self.gathered.remaining, kinds)
        designs = {
            name: others(design, way) for name, way in shift.ways(every=self._uncounted).items()
        }
        return Tries(designs, shift.causes)

    @property
    def _uncounted(self) -> bool:
        """Whether any of the actor's counts cannot be read."""
        causes, own = self.unread.causes, self.unread.by_actor.get(self.actor)
        counts = causes.index[causes["kind"] == "count"]
        return own is not None and bool(own["of_row"].isin(counts).any())

    def shift(self, design: Design, areas: Sequence[str], kinds: Sequence[str]) -> Shift:
        """What may be missing of some areas and types together, or too much."""
        steps = len(design.target)
        up, down = np.zeros(steps), np.zeros(steps)
        rows = self._rows(areas, kinds)
        if rows.empty:
            return Shift(up, down)
        starts = self.gathered.series.starts
        at = starts.searchsorted(pd.DatetimeIndex(rows["day"]), side="right") - 1
        before, after = design.before, design.after
        causes = []
        for number, own in rows.assign(step=at).groupby("cause"):
            one_up, one_down = self._of_cause(int(str(number)), own, before, after)
            if one_up.any() or one_down.any():
                up, down = up + one_up, down + one_down
                causes.append(int(str(number)))
        return Shift(up, down, tuple(causes))

    def _of_cause(
        self, number: int, rows: pd.DataFrame, before: npt.NDArray[np.bool_],
        after: npt.NDArray[np.bool_],
    ) -> tuple[Numbers, Numbers]:  # fmt: skip
        steps = len(before)
        steady = bool(rows["steady"].iloc[0])
        step, inside = rows["step"].to_numpy(), (rows["step"] >= 0).to_numpy()

        def by_step(values: pd.Series) -> Numbers:
            weights = values.to_numpy(float)[inside]
            return np.bincount(step[inside], weights, steps)[:steps].astype(float)

        high, low = by_step(rows["placed"] + rows["high"]), by_step(rows["low"])
        if not steady:
            return high * after + low * before, high * before + low * after
        then, now = high[before].sum(), high[after].sum()
        usual = self._times(number, before, after) * then
        if now > usual:
            return high * after * (1 - usual / now), np.zeros(steps)
        return np.zeros(steps), high * before * (1 - now / usual if usual else 0.0)

    def _times(
        self, number: int, before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]
    ) -> float:
        """How many times as many are usual after: by the time, of blanks by the actor's rows."""
        if number in self.unread.blanks:
            keys = self.gathered.series.keys
            own = self.gathered.series.counts[(keys["actor"] == self.actor).to_numpy()]
            total = np.nansum(own, axis=0)
            if total[before].sum():
                return float(total[after].sum() / total[before].sum())
        return float(after.sum() / max(before.sum(), 1))

    def _rows(self, areas: Sequence[str], kinds: Sequence[str]) -> pd.DataFrame:
        """Entries that may be of some areas and types, and are not counted there; their cause.

        What is lost is not reported, and the share of each step that was reported allows for it.
        """
        own = self.unread.by_actor.get(self.actor)
        if own is None:
            return pd.DataFrame()
        lost = self.unread.causes.index[self.unread.causes["kind"].isin(GONE)]
        own = own[~own["of_row"].isin(lost)]
        own = own[own["day"].notna()]
        here = own["area"].isin(list(areas))
        kind = own["category"].isin(list(kinds)) | own["subcategory"].isin(list(kinds))
        meets = (here | (own["area"] == "")) & (kind | (own["category"] == ""))
        rows = own[meets & ~((own["placed"] > 0) & here & kind)]
        by_place = rows["of_area"].where(~rows["area"].isin(list(areas)), -1)
        cause = by_place.where(by_place >= 0, rows["of_category"])
        cause = rows["of_row"].where(rows["of_row"] >= 0, cause)
        return pd.DataFrame(rows.assign(cause=cause)[cause >= 0])

    def total_missed(self, design: Design) -> tuple[int, ...]:
        """Control totals of the weeks before or after that the actor's rows miss."""
        starts = self.gathered.series.starts
        used = starts[design.before | design.after]
        if not len(used):
            return ()
        causes = self.unread.causes
        missed = causes[(causes["kind"] == "control_total") & (causes["actor"] == self.actor)]
        over = missed[(missed["last"] >= used[0]) & (missed["first"] <= used[-1])]
        return tuple(int(number) for number in over.index)


def others(design: Design, way: Numbers) -> Design:
    """The design with what may be missing put to its largest remaining area."""
    if design.pool is None or not len(design.pool):
        return design
    rows = design.pool.copy()
    largest = int(np.nansum(rows, axis=1).argmax())
    rows[largest] = np.maximum(rows[largest] + way, 0)
    return replace(design, pool=rows)


def target(design: Design, way: Numbers) -> Design:
    """The design with what may be missing put to its target."""
    return replace(design, target=np.maximum(design.target + way, 0))


def direction(one: Estimate) -> int:
    """1 where an estimate is clearly above no change, -1 where it is below, else 0."""
    if not one.known:
        return 0
    return int(one.lower > 1) - int(one.upper < 1)


def stands(
    estimate: Callable[[Design], Estimate], designs: Iterable[Design], found: Estimate
) -> bool:
    """Whether an estimate says the same way of each of some designs."""
    way = direction(found)
    return not way or all(direction(estimate(design)) == way for design in designs)
