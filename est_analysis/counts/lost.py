"""Areas and types that are emptier than their own history lets expect, while the rest goes on.

An export that lacks an area has no zeros there, and nothing in it says so. What tells is that the
actor's other rows go on: a stretch in which almost nothing comes where something is usual has been
lost on the way, until somebody says that it is true.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.config import UNKNOWN, UNMAPPED, Settings, SourceFormat
from est_analysis.counts.coverage import Coverage

NAME = "lost_rows"  # as `confirmed` in a source names it
HALF = 0.5
FEW = 0.1  # of the usual number, at most, in a stretch that is taken for lost
SURE = float(np.log(1000))  # one in a thousand, allowing for all cells and times looked at
LOOKED_AT = 4.0  # evidence by the whole history from which a stretch is looked at closely
NEAR = {"week": 52, "month": 12}  # steps on either side that say what is usual
LEAST_NEAR = {"week": 13, "month": 3}
BLOCK = {"week": 4, "month": 1}
MOST_SCATTER = 10.0
NEAR_BREAK = 28  # days from a declared break: the series means something else from then on
PRIOR_BLOCKS = 4  # of scatter as chance alone gives, beside those that are seen
COLUMNS = ("actor", "area", "category", "first", "last", "expected", "count", "elsewhere",
           "declared")  # fmt: skip
YEAR = pd.Timedelta(days=364)
LIKE = 3  # times: rows of no known area or type that may be what is missing elsewhere
AMOUNTS = ("run", "day", "actor", "area", "category", "amount")

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lost:
    """Stretches without the rows that are usual.

    Attributes
    ----------
    runs
        ``actor``, ``area`` and ``category`` (NA: all of them), ``first`` and ``last`` (days, both
        inclusive), ``expected`` (events that are usual there and then), ``count`` (that came), and
        ``elsewhere``: so many rows of no known area or type came meanwhile that it has only lost
        its name. Then its rows are there, and sums over it are whole. ``declared``: the source
        itself says that it is not reported (`holes`).
    amounts
        ``run`` (row of `runs`), ``day`` (one of each step), ``actor``, ``area``, ``category`` (each
        known), ``amount``: how many may be missing, by the most that is usual.
    """

    runs: pd.DataFrame
    amounts: pd.DataFrame


NOTHING_LOST = Lost(pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(columns=list(AMOUNTS)))


@dataclass(frozen=True)
class _Grid:
    """One actor's counts: cells × steps, and where it answers for them."""

    actor: str
    step: str
    starts: pd.DatetimeIndex
    areas: list[str]
    categories: list[str]
    counts: Numbers  # areas × categories × steps, the nameless ones last
    answers: Truths  # areas × categories × steps: its to report, and nothing that is unreadable
    told: Numbers  # share of each step that is reported


@dataclass(frozen=True)
class _Run:
    begin: int
    end: int  # inclusive
    expected: Numbers  # per step: the least that is usual, which it must be too empty for
    most: Numbers  # the most that is usual: what may be missing
    count: float


@dataclass(frozen=True)
class _Series:
    """What one cell has, and what it is held against: the actor's other rows, or its days."""

    own: Numbers
    others: Numbers  # 0 where nothing can be looked at
    step: str

    def judged(self, begin: int, end: int, sure: float) -> _Run | None:
        """A stretch, if it is too empty by what is usual near it and in other years."""
        near = NEAR[self.step]
        while end > begin and self._usual(end):
            end -= 1
        while begin < end and self._usual(begin):
            begin += 1
        length = end - begin + 1
        sides = [slice(max(begin - near, 0), begin), slice(end + 1, end + 1 + near)]
        sides = [side for side in sides if (self.others[side] > 0).sum() >= LEAST_NEAR[self.step]]
        if not sides:
            return None
        usual = [self._odds(side) for side in sides]
        years = [
            self._odds(slice(begin + shift, end + 1 + shift))
            for shift in (-2 * near, -near, near, 2 * near)
            if abs(shift) >= length and begin + shift >= 0 and end + shift < len(self.own)
            and self.others[begin + shift : end + 1 + shift].sum() > 0
        ]  # fmt: skip
        odds = min([min(usual), max(years)] if years else [min(usual)])
        inside = slice(begin, end + 1)
        expected, count = odds * self.others[inside], float(self.own[inside].sum())
        most = max(*usual, *years, odds) * self.others[inside]
        evidence = (1 - FEW) * expected.sum() + count * np.log(FEW)
        if count > FEW * expected.sum() or evidence / self._scatter(sides) < sure:
            return None
        return _Run(begin, end, expected, most, count)

    def _usual(self, place: int) -> bool:
        """Whether a step at an end of a stretch has half of what is usual in all: it is no part."""
        share = self.own.sum() / self.others.sum()
        return bool(self.own[place] >= HALF * share * self.others[place])

    def _odds(self, part: slice) -> float:
        return float(self.own[part].sum() / self.others[part].sum())

    def _scatter(self, sides: list[slice]) -> float:
        """How much more it varies than chance, in blocks of steps around a stretch."""
        squares, blocks, block = 0.0, 0, BLOCK[self.step]
        for side in sides:
            whole = len(self.own[side]) // block * block
            seen, base = (
                part[side][:whole].reshape(-1, block).sum(axis=1)
                for part in (self.own, self.others)
            )
            usual = base * self._odds(side)
            kept = usual > 0
            squares += float(((seen[kept] - usual[kept]) ** 2 / usual[kept]).sum())
            blocks += int(kept.sum())
        return float(np.clip((squares + PRIOR_BLOCKS) / (blocks + PRIOR_BLOCKS), 1, MOST_SCATTER))


def lost_rows(
    cube: pd.DataFrame, unread: pd.DataFrame, coverage: Coverage, settings: Settings
) -> Lost:
    """Find the stretches of each actor, area, type, and area and type that are too empty.

    Parameters
    ----------
    cube
        Counts of the whole municipality, from `count_cube`.
    unread
        Of `Cleaning`: what came without a known area or type while one is too empty.

    Returns
    -------
    Lost
        A stretch has under a tenth of what is usual, with a probability under one in a thousand by
        the cell's own counts (allowing for the cells and quarters looked at): its share of the
        actor's other rows in the year before and the year after (the lower), no more than in the
        same weeks of another year, and its own scatter. An actor's own stretches are held against
        its counts by day. Stretches beside a declared break are none, nor those that are confirmed.

    Notes
    -----
    The evidence is the logarithm of the likelihood ratio of a tenth of the usual rate against the
    usual one (Poisson), divided by the scatter. By Wald's inequality it exceeds ln 1000 with a
    probability of at most one in a thousand when nothing is lost (doi:10.1214/aoms/1177731118).
    """
    runs: list[tuple[object, ...]] = []
    amounts: list[pd.DataFrame] = []
    for actor, source in settings.sources.items():
        grid = _grid(cube, coverage, settings, source)
        if grid is None:
            continue
        for area, category, run in _found(grid, source, settings):
            days = _days(grid, run)
            missing = run.expected.sum() - run.count
            elsewhere = _unplaced(unread, actor, area, category, days) >= missing / LIKE
            expected = run.expected.sum()
            runs.append((actor, area, category, *days, expected, run.count, elsewhere, False))
            if not elsewhere:
                amounts.append(_amounts(grid, area, category, run).assign(run=len(runs) - 1))
    table = pd.DataFrame(runs, columns=list(COLUMNS))
    for name in ("area", "category"):  # None, whatever stands beside it: NaN is no word and no None
        words = table[name].astype(object)
        table[name] = words.where(words.notna(), None)
    if not amounts:
        return replace(NOTHING_LOST, runs=table)
    return Lost(table, pd.concat(amounts, ignore_index=True)[list(AMOUNTS)])


def _grid(
    cube: pd.DataFrame, coverage: Coverage, settings: Settings, source: SourceFormat
) -> _Grid | None:
    """Counts of the steps of which every day is reported."""
    own = cube[(cube["actor"] == source.actor).to_numpy()]
    first, last = coverage.first_day(source.actor), coverage.last_day(source.actor)
    if own.empty or first is None or last is None:
        return None
    step = coverage.step_of(source.actor)
    span = calendar.Period("", "days", first, last)
    starts = calendar.mondays_in(span) if step == "week" else calendar.months_in(span)
    ends = starts + (pd.Timedelta(days=6) if step == "week" else pd.offsets.MonthEnd(0))
    told = coverage.reported(source.actor, starts[0].date(), ends[-1].date())
    bounds = np.searchsorted(np.arange(len(told)), (starts - starts[0]).days)
    whole = np.logical_and.reduceat(told, bounds).astype(float)
    areas, categories = [*settings.areas, ""], [*settings.main_categories(), ""]
    place = starts.searchsorted(pd.DatetimeIndex(own["day"]), side="right") - 1
    inside = place >= 0
    cells = (_places(own["area"], areas), _places(own["category"], categories), place)
    at = tuple(part[inside] for part in cells)
    counts, unread = np.zeros((2, len(areas), len(categories), len(starts)))
    np.add.at(counts, at, own["count"].to_numpy(float)[inside])
    np.add.at(unread, at, own["unread"].to_numpy(float)[inside])
    answers = _answers(settings, source, areas, categories, starts, ends) & (unread == 0)
    return _Grid(source.actor, step, starts, areas, categories, counts * whole, answers, whole)


def _places(column: pd.Series, words: list[str]) -> npt.NDArray[np.intp]:
    """The place of each row's word; that of the nameless ones is the last."""
    known = {word: place for place, word in enumerate(words)}
    per_word = np.array([known.get(word, len(words) - 1) for word in column.cat.categories])
    return np.asarray(per_word[column.cat.codes.to_numpy()], dtype=np.intp)


def _answers(
    settings: Settings,
    source: SourceFormat,
    areas: list[str],
    categories: list[str],
    starts: pd.DatetimeIndex,
    ends: pd.DatetimeIndex,
) -> Truths:
    """Whether the actor answers for a cell on all days of a step, while its area exists."""
    found = np.zeros((len(areas), len(categories), len(starts)), dtype=bool)
    begin, end = starts.to_numpy("datetime64[D]"), ends.to_numpy("datetime64[D]")
    for rule in source.responsibilities:
        mains = {settings.main_category(word) for word in rule.categories}
        here = np.array([not rule.areas or word in rule.areas for word in areas])
        kind = np.array([not mains or word in mains for word in categories])
        when = np.ones(len(starts), dtype=bool)
        if rule.start is not None:
            when &= begin >= np.datetime64(rule.start)
        if rule.end is not None:
            when &= end <= np.datetime64(rule.end)
        for low, high in rule.silent:
            when &= (end < np.datetime64(low)) | (begin > np.datetime64(high))
        found |= here[:, None, None] & kind[None, :, None] & when
    for place, word in enumerate(areas[:-1]):
        area = settings.areas[word]
        found[place] &= (begin >= np.datetime64(area.first_day)) & (
            end <= np.datetime64(area.last_day)
        )
    found[-1], found[:, -1] = False, False  # of no known area or type there is no history
    return found


def _found(
    grid: _Grid, source: SourceFormat, settings: Settings
) -> list[tuple[str | None, str | None, _Run]]:
    """Every stretch: of the actor first, then of areas and types, then of areas' types."""
    found: list[tuple[str | None, str | None, _Run]] = []
    total = grid.counts.sum(axis=(0, 1))
    free = (grid.told > 0) & grid.answers[:-1, :-1].any(axis=(0, 1))
    sizes = [len(grid.areas) - 1, len(grid.categories) - 1]
    if not source.quiet_is_real:
        for run in _runs(total, grid.told, free, grid, 1):
            found.append((None, None, run))
            free[run.begin : run.end + 1] = False
    open_cells = np.broadcast_to(free, grid.counts.shape) & grid.answers
    open_cells = open_cells.copy()
    for place, area in enumerate(grid.areas[:-1]):
        own = grid.counts[place].sum(axis=0)
        answered = _whole(open_cells[place], grid.answers[place])
        for run in _runs(own, total - own, answered, grid, sizes[0]):
            found.append((area, None, run))
            open_cells[place, :, run.begin : run.end + 1] = False
    for place, kind in enumerate(grid.categories[:-1]):
        own = grid.counts[:, place].sum(axis=0)
        answered = _whole(open_cells[:, place], grid.answers[:, place])
        for run in _runs(own, total - own, answered, grid, sizes[1]):
            found.append((None, kind, run))
            open_cells[:, place, run.begin : run.end + 1] = False
    enough = np.argwhere(grid.counts[:-1, :-1].sum(axis=2) >= SURE)
    for i, j in enough.tolist():
        own = grid.counts[i, j]
        for run in _runs(own, total - own, open_cells[i, j], grid, sizes[0] * sizes[1]):
            found.append((grid.areas[i], grid.categories[j], run))
    return [one for one in found if not _explained(one, grid, source, settings)]


def _whole(free: Truths, answers: Truths) -> Truths:
    """Steps in which a sum of cells can be looked at: none of those that it ever has is closed."""
    ever = answers.any(axis=1)
    return np.asarray(free[ever].all(axis=0) if ever.any() else np.zeros(free.shape[1], bool))


def _runs(own: Numbers, others: Numbers, free: Truths, grid: _Grid, cells: int) -> list[_Run]:
    """The stretches in which a series, one of so many cells, is too empty for the others."""
    series = _Series(np.where(free, own, 0.0), np.where(free, others, 0.0), grid.step)
    base = series.others.sum()
    if series.own.sum() < SURE or base <= 0:
        return []
    gain = (1 - FEW) * series.others * (series.own.sum() / base) + series.own * np.log(FEW)
    sure = SURE + np.log(max(cells * len(own) / LEAST_NEAR[grid.step], 1))
    runs = [series.judged(begin, end, sure) for begin, end in _stretches(gain)]
    return [run for run in runs if run is not None]


def _stretches(gain: Numbers) -> list[tuple[int, int]]:
    """Where the evidence mounts up: from where it begins to where it is largest."""
    found: list[tuple[int, int]] = []
    level, begin, best, at = 0.0, 0, 0.0, 0
    for place, step in enumerate(gain.tolist()):
        if level + step <= 0:
            if best >= LOOKED_AT:
                found.append((begin, at))
            level, best, begin = 0.0, 0.0, place + 1
            continue
        level += step
        if level >= best:
            best, at = level, place
    if best >= LOOKED_AT:
        found.append((begin, at))
    return found


def _explained(
    found: tuple[str | None, str | None, _Run],
    grid: _Grid,
    source: SourceFormat,
    settings: Settings,
) -> bool:
    """Whether a declared break lies at an end of the stretch, or somebody says that it is so."""
    area, category, run = found
    first, last = _days(grid, run)
    if _confirmed(found, (first.date(), last.date()), source, settings):
        return True
    for item in settings.breaks:
        mains = {settings.main_category(word) for word in item.categories}
        concerns = (
            item.actor == source.actor
            and (not item.areas or area is None or area in item.areas)
            and (not mains or category is None or category in mains)
        )
        day = np.datetime64(item.date)
        gaps = [abs((day - np.datetime64(end, "D")).astype(int)) for end in (first, last)]
        if concerns and min(gaps) <= NEAR_BREAK:
            return True
    return False


def _confirmed(
    found: tuple[str | None, str | None, _Run],
    days: tuple[dt.date, dt.date],
    source: SourceFormat,
    settings: Settings,
) -> bool:
    """Whether the source says that it was so: of the area, of the type, or of the actor."""
    area, category, _ = found
    words = {source.actor, source.name} if area is None and category is None else set()
    if area is not None:
        words |= {area, settings.areas[area].name}
    if category is not None:
        words |= {category, settings.categories[category].name}
    return any(
        line.suspicion == NAME and any(line.settles(word, *days) for word in words)
        for one in source.each
        for line in one.confirmed
    )


def _unplaced(
    unread: pd.DataFrame,
    actor: str,
    area: str | None,
    category: str | None,
    days: tuple[pd.Timestamp, pd.Timestamp],
) -> float:
    """Events of a stretch that are counted, but in no area (of no type): more than are usual.

    As many as came without a name in the year before are no sign that a name was lost.
    """
    own = unread[(unread["actor"] == actor).to_numpy()]
    nameless = pd.Series(False, index=own.index)
    for key, word in (("area", area), ("category", category)):
        if word is not None:
            nameless |= own[key].isin([UNKNOWN, UNMAPPED])
    day, placed = own.loc[nameless, "day"], own.loc[nameless, "placed"]
    came = placed[(day >= days[0]) & (day <= days[1])].sum()
    year = placed[(day >= days[0] - YEAR) & (day < days[0])].sum()
    return float(came - year * ((days[1] - days[0]).days + 1) / YEAR.days)


def _days(grid: _Grid, run: _Run) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day; with the part of a step at an end of the data that is next to it."""
    whole = np.flatnonzero(grid.told > 0)
    first = 0 if run.begin == whole[0] else run.begin
    final = len(grid.starts) - 1 if run.end == whole[-1] else run.end
    last = grid.starts[final]
    end = last + (pd.Timedelta(days=6) if grid.step == "week" else pd.offsets.MonthEnd(0))
    return grid.starts[first], end


def _amounts(grid: _Grid, area: str | None, category: str | None, run: _Run) -> pd.DataFrame:
    """What is missing of each area and type, by their shares of what came at other times."""
    rows = slice(None, -1) if area is None else [grid.areas.index(area)]
    columns = slice(None, -1) if category is None else [grid.categories.index(category)]
    cells = grid.counts[rows][:, columns]
    inside = np.zeros(len(grid.starts), dtype=bool)
    inside[run.begin : run.end + 1] = True
    usual = cells[:, :, ~inside].sum(axis=2)
    share = usual / max(usual.sum(), 1e-9)
    places = np.argwhere(share > 0)
    names = (np.array(grid.areas)[rows], np.array(grid.categories)[columns])
    day = grid.starts[run.begin : run.end + 1] + pd.Timedelta(days=3 if grid.step == "week" else 0)
    came = cells[:, :, inside]
    parts = []
    for i, j in places.tolist():
        missing = np.maximum(share[i, j] * run.most - came[i, j], 0)
        parts.append(
            pd.DataFrame(
                {
                    "day": day,
                    "actor": grid.actor,
                    "area": names[0][i],
                    "category": names[1][j],
                    "amount": missing,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
