"""Damages of actors' exports, drawn by a seed: what goes wrong on its way to whoever analyses it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from raw_exports import RawFile, raw_file, rewrite

from est_analysis.calendar import Period
from est_analysis.config import Settings
from est_analysis.counts.dataset import Dataset

Rng = np.random.Generator
Rows = pd.DataFrame

SMALL = 0.01  # share of an input's rows: what touches less is to cost almost nothing
RARE = 0.001  # probability of so long a silence of an area or type, from which it is doubted
WEEKS_BEFORE = 30  # before the report's period that a damage may begin

# What no program can see, with the reason. How often it goes unseen is in the table.
UNSEEABLE = {
    "area_mistaken": "each row has an area that there is: only whoever was there knows it is wrong",
    "type_mistaken": "each row has a type that there is: only whoever was there knows it is wrong",
    "days_swapped": "a few days of 12 or less, read as months, are days that there are",
    "thin_silent": "an area or type so rare that chance too leaves it empty for so long",
}


@dataclass(frozen=True)
class Given:
    """An undamaged input, and the period that is reported."""

    folder: Path
    data: Dataset
    period: Period

    @property
    def settings(self) -> Settings:
        return self.data.settings

    def rows_of(self, actor: str) -> Rows:
        """The actor's incidents that have an area and a type, with ``leaf``, the finest type."""
        rows = self.data.incidents[self.data.incidents["actor"] == actor]
        leaf = (
            rows["subcategory"].astype(object).where(rows["subcategory"].notna(), rows["category"])
        )
        rows = rows.assign(leaf=leaf)
        known = rows["area"].isin(list(self.settings.areas))
        return rows[known & rows["category"].isin(list(self.settings.categories))]


@dataclass
class Damage:
    """What is done to an input's files.

    Attributes
    ----------
    words
        What was done, for whoever looks for the reason of a false claim.
    touched
        The rows as they were, and as they are where they have another known area, type or day:
        ``actor``, ``area``, ``category``, ``day``.
    written
        Actor and file → row → field → text.
    gone, swapped
        Actor and file → rows that are left out, or whose day and month change places.
    totals
        Actor → a control total: what the actor says that there were in the report's period.
    silent
        Actor, first and last day of a time of which all is missing: what somebody who knew of it
        would declare as not reported.
    """

    kind: str
    words: str
    touched: Rows
    written: dict[tuple[str, str], dict[int, dict[str, str]]] = field(default_factory=dict)
    gone: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    swapped: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    files_gone: tuple[str, ...] = ()
    totals: dict[str, int] = field(default_factory=dict)
    silent: tuple[str, dt.date, dt.date] | None = None

    @property
    def rows(self) -> int:
        """How many rows of the files are not as they were."""
        numbers = [*self.written.values(), *self.gone.values(), *self.swapped.values()]
        return sum(len(own) for own in numbers) or len(self.touched)


class NotHereError(Exception):
    """An input has nothing that a kind of damage could be done to."""


def drawn(kind: str, given: Given, rng: Rng, *, small: bool = False) -> Damage:
    """A damage of a kind; `NotHereError` where the input has nothing of that kind.

    Parameters
    ----------
    small
        Of under one row in a hundred, and down to a few rows.
    """
    damage = KINDS[kind](given, rng, _most(given, rng) if small else len(given.data.incidents))
    damage.kind = kind
    if damage.touched.empty:
        raise NotHereError(kind)
    return damage


def _most(given: Given, rng: Rng) -> int:
    """The rows that a small damage touches at most: between three and one in a hundred."""
    largest = max(SMALL * len(given.data.incidents) - 1, 4)
    return int(np.exp(rng.uniform(np.log(3), np.log(largest))))


# ---- which rows ----


def _actor(given: Given, rng: Rng) -> str:
    """An actor that has rows, the more often the more they are."""
    actors = given.data.incidents["actor"]
    return str(actors.iloc[int(rng.integers(len(actors)))])


def _start(given: Given, rng: Rng, actor: str) -> pd.Timestamp:
    """A Monday in the period or some weeks before it; the first of a month where dates are months."""
    first = pd.Timestamp(given.period.start)
    last = pd.Timestamp(given.period.end) - pd.Timedelta(days=20)
    if rng.random() < 0.4:
        first -= pd.Timedelta(weeks=WEEKS_BEFORE)
    first = max(first, given.data.incidents["day"].min() + pd.Timedelta(weeks=8))
    day = first + (last - first) * rng.random()
    if given.data.coverage.grains[actor] == "month":
        return day.normalize().replace(day=1)
    return day.normalize() - pd.Timedelta(days=day.weekday())


def _value(rows: Rows, name: str, rng: Rng) -> str:
    """An area or type that occurs in some rows: any of them, or the more often the commoner."""
    met = rows[name].astype(str)
    if not len(met):
        raise NotHereError(name)
    return str(rng.choice(np.sort(met.unique() if rng.random() < 0.5 else met)))


def _latest(rows: Rows, most: int) -> Rows:
    """As many of the last rows as may be touched: the damage then begins later."""
    return rows.sort_values("day", kind="stable").tail(most)


def _some(rows: Rows, share: float, rng: Rng) -> Rows:
    return rows[rng.random(len(rows)) < share]


def _weeks(rng: Rng, given: Given, actor: str, start: pd.Timestamp) -> pd.Timestamp:
    """The end of a silence of some weeks, or of one that lasts."""
    if rng.random() < 0.5:
        return pd.Timestamp.max
    step = 30 if given.data.coverage.grains[actor] == "month" else 7
    return start + pd.Timedelta(days=step * int(rng.integers(1, 4 if step == 30 else 13)) - 1)


def silence(rows: Rows, first: pd.Timestamp, last: pd.Timestamp) -> float:
    """How probable it is that chance leaves a series empty from one day to another.

    Its level and its spread are those of its weeks outside these days, over at most two years;
    counts that spread more than chance are negative binomial.
    """
    begin = max(rows["day"].min(), first - pd.Timedelta(days=728))
    end = min(last, rows["day"].max())
    week = (rows["day"] - begin).dt.days // 7
    counts = rows["count"].groupby(week).sum()
    counts = counts.reindex(range(int((rows["day"].max() - begin).days // 7) + 1), fill_value=0)
    low, high = (first - begin).days // 7, (end - begin).days // 7
    outside = counts[(counts.index < low) | (counts.index > high)]
    if len(outside) < 8 or not outside.sum():
        return 1.0
    mean = float(outside.mean())
    spread = max(float(outside.var(ddof=1)) / mean, 1.001)
    expected = mean * ((end - first).days + 1) / 7
    return float(spread ** (-expected / (spread - 1)))


# ---- what is written of them ----


def touched(rows: Rows) -> Rows:
    return rows[["actor", "area", "category", "day"]].astype(
        {"actor": str, "area": str, "category": str}
    )


def _by_file(rows: Rows) -> Iterator[tuple[tuple[str, str], Rows]]:
    for key, own in rows.groupby(["actor", "source_file"], observed=True):
        yield (str(key[0]), str(key[1])), own


def written(rows: Rows, name: str, text: str, words: str) -> Damage:
    cells = {
        key: {int(number): {name: text} for number in own["source_row"]}
        for key, own in _by_file(rows)
    }
    return Damage("", f"{words}, {len(rows)} rows", touched(rows), written=cells)


def gone(rows: Rows, words: str) -> Damage:
    numbers = {key: set(own["source_row"].astype(int)) for key, own in _by_file(rows)}
    return Damage("", f"{words}, {len(rows)} rows", touched(rows), gone=numbers)


FIELDS = {"area": "area", "type": "leaf"}  # column of the rows
CELLS = {"area": "area", "type": "category"}  # field of the declaration


def _renamed(what: str) -> Callable[[Given, Rng, int], Damage]:
    def renamed(given: Given, rng: Rng, most: int) -> Damage:
        actor = _actor(given, rng)
        start = _start(given, rng, actor)
        rows = given.rows_of(actor)
        rows = rows[rows["day"] >= start]
        value = _value(rows, FIELDS[what], rng)
        share = 1.0 if rng.random() < 0.5 else float(rng.uniform(0.5, 1))
        own = _some(_latest(rows[rows[FIELDS[what]] == value], most), share, rng)
        words = f"{actor} {value} has a new name from {start.date()}, {share:.0%} of rows"
        return written(own, CELLS[what], f"Nya {value}", words)

    return renamed


def _blanked(what: str) -> Callable[[Given, Rng, int], Damage]:
    def blanked(given: Given, rng: Rng, most: int) -> Damage:
        actor = _actor(given, rng)
        start = _start(given, rng, actor)
        rows = given.rows_of(actor)
        rows = rows[rows["day"] >= start]
        share, value = float(rng.uniform(0.03, 1)), "all"
        if rng.random() < 0.5:
            value = _value(rows, FIELDS[what], rng)
            rows = rows[rows[FIELDS[what]] == value]
        own = _latest(_some(rows, share, rng), most)
        words = f"{actor} {what} blank in {share:.0%} of {value} from {start.date()}"
        return written(own, CELLS[what], "", words)

    return blanked


def masked(given: Given, rng: Rng, most: int) -> Damage:
    """Small counts, or any, written as a mask."""
    counted = [a for a, source in given.settings.sources.items() if source.shape == "counts"]
    if not counted:
        raise NotHereError("counts")
    actor = str(rng.choice(counted))
    start = _start(given, rng, actor)
    rows = given.rows_of(actor)
    rows, value = rows[rows["day"] >= start], "all"
    if rng.random() < 0.6:
        name = str(rng.choice(["area", "leaf"]))
        value = _value(rows, name, rng)
        rows = rows[rows[name] == value]
    if rng.random() < 0.5:
        limit = int(rng.choice([5, 10, 20]))
        own, mask = rows[rows["count"] < limit], f"<{limit}"
    else:
        own, mask = _some(rows, float(rng.uniform(0.05, 1)), rng), ".."
    words = f"{actor} counts of {value} written {mask} from {start.date()}"
    return written(_latest(own, most), "count", mask, words)


def _silent(*names: str, rare: bool) -> Callable[[Given, Rng, int], Damage]:
    """An area's or type's rows gone: `rare`, so that chance does not do that."""

    def silent(given: Given, rng: Rng, most: int) -> Damage:
        for _ in range(60):
            actor = _actor(given, rng)
            start = _start(given, rng, actor)
            end = _weeks(rng, given, actor, start)
            rows = given.rows_of(actor)
            name = str(rng.choice(names))
            value = _value(rows, name, rng)
            rows = rows[rows[name] == value]
            own = rows[(rows["day"] >= start) & (rows["day"] <= end)]
            if not len(own) or len(own) > most:
                continue
            if (silence(rows, start, end) < RARE) == rare:
                until = "on" if end == pd.Timestamp.max else f"to {end.date()}"
                return gone(own, f"{actor} rows of {value} gone from {start.date()} {until}")
        raise NotHereError("silence")

    return silent


def file_gone(given: Given, rng: Rng, most: int) -> Damage:
    """One of an actor's files is not delivered; its declaration still says from and through."""
    rows = given.data.incidents
    files = rows.groupby(["actor", "source_file"], observed=True).size()
    several = [key for key in files.index if (files.index.get_level_values(0) == key[0]).sum() > 1]
    if not several:
        raise NotHereError("files")
    actor, name = several[int(rng.integers(len(several)))]
    own = rows[(rows["actor"] == actor) & (rows["source_file"] == name)]
    words = f"{actor} {name} is missing, {len(own)} rows"
    month = rows.loc[rows["actor"] == actor, "day"].dt.to_period("M")
    share = (rows.loc[month.index, "source_file"] == name).groupby(month).mean()
    most_of = share.index[share > 0.5]  # the months beside them have a few rows of the file too
    silent = (str(actor), most_of[0].start_time.date(), most_of[-1].end_time.date())
    return Damage("", words, touched(own), files_gone=(str(name),), silent=silent)


def time_gone(given: Given, rng: Rng, most: int) -> Damage:
    """Some weeks of all that an actor has are missing."""
    for _ in range(60):
        actor = _actor(given, rng)
        start = _start(given, rng, actor)
        monthly = given.data.coverage.grains[actor] == "month"
        length = 30 if monthly else 7 * int(rng.integers(1, 11))
        end = start + pd.Timedelta(days=length - 1)
        rows = given.data.incidents[given.data.incidents["actor"] == actor]
        own = rows[(rows["day"] >= start) & (rows["day"] <= end)]
        if 0 < len(own) <= most and silence(rows, start, end) < RARE:
            damage = gone(own, f"{actor} has no row from {start.date()} to {end.date()}")
            damage.silent = (actor, start.date(), end.date())
            return damage
    raise NotHereError("time")


def total_missed(given: Given, rng: Rng, most: int) -> Damage:
    """An actor says how many there were in the period, and some of them are not in the files."""
    actor = _actor(given, rng)
    if given.data.coverage.grains[actor] != "day" and given.period.kind == "days":
        raise NotHereError("total")
    rows = given.data.incidents[given.data.incidents["actor"] == actor]
    first, last = pd.Timestamp(given.period.start), pd.Timestamp(given.period.end)
    inside = rows[(rows["day"] >= first) & (rows["day"] <= last)]
    share = float(np.exp(rng.uniform(np.log(0.02), np.log(0.5))))
    own = _latest(_some(inside, share, rng), most)
    total = int(inside["count"].sum())
    damage = gone(own, f"{actor} says {total}, not all of them are there")
    damage.totals = {actor: total}
    return damage


def _mistaken(what: str) -> Callable[[Given, Rng, int], Damage]:
    """Rows with another area, or type, that there is: a few of all, or a part of one's."""

    def mistaken(given: Given, rng: Rng, most: int) -> Damage:
        actor = _actor(given, rng)
        start = _start(given, rng, actor)
        rows = given.rows_of(actor)
        name = FIELDS[what]
        met = sorted(rows[name].astype(str).unique())
        if len(met) < 2:
            raise NotHereError(what)
        to = str(rng.choice(met))
        text = _text(given, actor, rows[rows[name] == to], what)
        rows = rows[rows["day"] >= start]
        rows = rows[rows[name] != to]
        if rng.random() < 0.5:
            own = rows[rows[name] == _value(rows, name, rng)]
            own = _some(_latest(own, most), float(rng.uniform(0.2, 1)), rng)
        else:
            own = rows.sample(min(int(rng.integers(2, 31)), len(rows), most), random_state=rng)
        damage = written(own, CELLS[what], text, f"{actor} rows from {start.date()} say {to}")
        other = own.assign(area=to) if what == "area" else own.assign(
            category=given.settings.main_category(to)
        )  # fmt: skip
        damage.touched = pd.concat([damage.touched, touched(other)])
        return damage

    return mistaken


def _text(given: Given, actor: str, rows: Rows, what: str) -> str:
    """How an actor writes the area, or type, of some rows: as in the last of them."""
    last = rows.iloc[-1]
    path = given.settings.municipality.exports / str(last["source_file"])
    raw = raw_file(path, given.settings.sources[actor])
    return raw.part(int(last["source_row"]), CELLS[what])


def days_swapped(given: Given, rng: Rng, most: int) -> Damage:
    """A few rows whose day and month have changed places."""
    actor = _actor(given, rng)
    if given.data.coverage.grains[actor] in ("week", "month"):
        raise NotHereError("days")
    if given.settings.sources[actor].columns["occurred_from"].split:
        raise NotHereError("days as numbers")
    start = _start(given, rng, actor)
    rows = given.rows_of(actor)
    day = rows["day"].dt.day
    can = (rows["day"] >= start) & (day <= 12) & (day != rows["day"].dt.month)
    rows = rows[can]
    there = [dt.datetime(one.year, one.day, one.month) for one in rows["day"]]
    rows = rows.assign(there=pd.DatetimeIndex(there).as_unit("s"))
    rows = rows[rows["there"] <= pd.Timestamp(given.data.as_of)]
    own = rows.sample(min(int(rng.integers(2, 31)), len(rows), most), random_state=rng)
    numbers = {key: set(one["source_row"].astype(int)) for key, one in _by_file(own)}
    both = pd.concat([touched(own), touched(own.assign(day=own["there"]))])
    return Damage("", f"{actor} day and month swapped in {len(own)} rows", both, swapped=numbers)


KINDS: dict[str, Callable[[Given, Rng, int], Damage]] = {
    "area_renamed": _renamed("area"),
    "type_renamed": _renamed("type"),
    "area_blank": _blanked("area"),
    "type_blank": _blanked("type"),
    "counts_masked": masked,
    "area_gone": _silent("area", rare=True),
    "type_gone": _silent("leaf", "category", rare=True),
    "file_gone": file_gone,
    "time_gone": time_gone,
    "total_missed": total_missed,
    "area_mistaken": _mistaken("area"),
    "type_mistaken": _mistaken("type"),
    "days_swapped": days_swapped,
    "thin_silent": _silent("area", "leaf", "category", rare=False),
}


# ---- the copy ----


def copied(
    given: Given, target: Path, damage: Damage | None = None, *, declared: bool = False
) -> Path:
    """Write an input's settings and exports to a folder, damaged; the settings' folder.

    Settings of sources are untouched, but for a control total where the damage declares one.

    Parameters
    ----------
    declared
        Whether the settings say which time is missing.
    """
    folder = target / given.folder.name
    left_out = shutil.ignore_patterns("exports", "simulation.yaml", "batch.yaml")
    shutil.copytree(given.folder, folder, ignore=left_out)
    town = folder / "municipality.yaml"
    text = re.sub(r"(?m)^exports:.*$", "exports: exports", town.read_text("utf-8"))
    town.write_text(text, encoding="utf-8")
    if (folder / "ratings.yaml").is_file():  # where colours are thought of, they are seen
        (folder / "ratings.yaml").write_text("yellow: 0.5\nred: 1.0\n", encoding="utf-8")
    exports = folder / "exports"
    exports.mkdir()
    for name in dict.fromkeys(one.file for one in given.data.cleaning.deliveries):
        if damage is None or name not in damage.files_gone:
            shutil.copy(given.settings.municipality.exports / name, exports / name)
    if damage is not None:
        _do(damage, given, folder)
        if declared and damage.silent is not None:
            _declare(given, folder, *damage.silent)
    return folder


def _declare(given: Given, folder: Path, actor: str, first: dt.date, last: dt.date) -> None:
    """Say in an actor's declaration that nothing was reported for some time."""
    path = folder / "sources" / given.settings.sources[actor].path.name
    content = yaml.safe_load(path.read_text("utf-8"))
    coverage = content.setdefault("coverage", {})
    gap = {"from": first, "to": last, "reason": "kom aldrig"}
    coverage["not_reported"] = [*coverage.get("not_reported", []), gap]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _do(damage: Damage, given: Given, folder: Path) -> None:
    changed = {*damage.written, *damage.gone, *damage.swapped}
    for actor, name in sorted(changed):
        key = (actor, name)

        def change(raw: RawFile, key: tuple[str, str] = key) -> None:
            for number, cells in damage.written.get(key, {}).items():
                for cell, text in cells.items():
                    raw.write(number, cell, text)
            for number in damage.swapped.get(key, set()):
                if not raw.swap_day_and_month(number):
                    raise AssertionError(f"{key}: row {number} has no day to swap")

        path = folder / "exports" / name
        rewrite(path, given.settings.sources[actor], change, damage.gone.get(key, ()))
    for actor, total in damage.totals.items():
        path = folder / "sources" / given.settings.sources[actor].path.name
        span = f"from: {given.period.start}, to: {given.period.end}"
        line = f"\ncontrol_totals:\n  - {{{span}, count: {total}, said_by: aktören}}\n"
        path.write_text(path.read_text("utf-8") + line, encoding="utf-8")
