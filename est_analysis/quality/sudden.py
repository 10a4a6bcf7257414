"""Whether reporting has changed between months: in level, types, hours or delay."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.counts.dataset import Dataset

Counts = npt.NDArray[np.float64]

BEFORE = 3  # months
YEAR = 12
SURE = 0.003  # two-sided probability, against the months before and against last year each
FACTOR = 1.5  # of the level, up or down
MOVED = 0.2  # share of the events that would have to change type, hours or delay
LEAST = 20  # events in a month; what fewer do is chance
SETTLED = 7  # days from a month's end to the extract; before that too much is still to come
DELAYS = (1, 3, 8, 31)  # days from event to report, where the classes begin
HOURS = 4  # in a class


def sudden_changes(data: Dataset, period: Period) -> list[Check]:
    """Whether a month of the period differs from those before it more than chance and season do.

    Looks at each wholly reported month that ends in the period (in a period without one, the last
    before its end), a week or more before the extract. It must differ both from the three months
    before it and from the same month last year.

    Returns
    -------
    list of Check
        For each actor, where the months compared are reported and have 20 events each:
        ``sudden_level`` (the largest change, in times), ``sudden_mix``, ``sudden_hours`` and
        ``sudden_delay`` (the largest share that has changed main category, part of the day, or
        class of delay by month of report). ``info`` when the actor has a declared break that
        month. None of one area.

    Notes
    -----
    Level: the ratio is at least 1.5 or at most 1/1.5, and its logarithm further from 0 than chance
    explains (0.003). The rest: at least a fifth has moved, and a chi-square test of equal shares
    rejects (0.003). Both with the dispersion of the year before. See docs/method.md.
    """
    if data.area is not None:
        return []
    checks = []
    for actor in data.settings.sources:
        own = data.incidents[data.incidents["actor"] == actor]
        if own.empty:
            continue
        first = own["day"].min().to_period("M")
        months = [month for month in _asked(data, period) if month >= first + YEAR]
        if not months:  # nothing a year before to hold them against
            continue
        known = {month: _reported(data, actor, month) for month in _span(first, months[-1])}
        for name, table in _tables(own, first, months[-1]).items():
            found = [
                (*change, month)
                for month in months
                if (change := month_change(name, table, (month - first).n, list(known.values())))
            ]
            if found:
                value, sure, month = max(found, key=lambda one: (one[1], one[0]))
                bad = "info" if _declared(data, actor, month) else "warning"
                limit = FACTOR if name == "sudden_level" else MOVED
                checks.append(Check(name, bad if sure else "ok", value, limit, actor))
    return checks


def month_change(name: str, table: Counts, at: int, known: list[bool]) -> tuple[float, bool] | None:
    """How much month `at` has changed, and whether that is a change; None if it cannot be told."""
    before, year = list(range(at - BEFORE, at)), at - YEAR
    if year < 0 or at >= len(known) or not all(known[m] for m in (*before, year, at)):
        return None
    history = table[[m for m in range(year, at) if known[m]]]
    pairs = [(table[at], table[before].sum(axis=0), BEFORE), (table[at], table[year], 1)]
    enough = [then.sum() / months for _, then, months in pairs]
    if name != "sudden_level":  # a level may fall to nothing; what there is none of has no mix
        enough.append(table[at].sum())
    if min(enough) < LEAST:
        return None
    if name == "sudden_level":
        return level_change(table[:, 0], before, year, at, history[:, 0])
    return mix_change(pairs, history)


def level_change(
    totals: Counts, before: list[int], year: int, at: int, history: Counts
) -> tuple[float, bool]:
    """The smaller of two changes in level, in times, and whether both are more than chance."""
    from scipy import stats

    steps = np.diff(history) ** 2 / np.maximum(history[1:] + history[:-1], 1)
    noise = max(1.0, float(steps.mean()))  # from month to month, so that a season is little of it
    limit = stats.norm.isf(SURE / 2)
    logs, sure = [], []
    for months in (before, [year]):
        base = totals[months].sum()
        log = np.log(max(totals[at], 0.5) * len(months) / base)
        logs.append(log)
        error = np.sqrt(noise * (1 / max(totals[at], 0.5) + 1 / base))
        sure.append(abs(log) > limit * error)
    same_way = np.sign(logs[0]) == np.sign(logs[1])
    factor = float(np.exp(min(abs(logs[0]), abs(logs[1])))) if same_way else 1.0
    return factor, bool(all(sure) and factor >= FACTOR)


def mix_change(pairs: list[tuple[Counts, Counts, int]], history: Counts) -> tuple[float, bool]:
    """The smaller of two shares that have moved, and whether both are more than chance."""
    from scipy import stats

    steps = [_chi_square(history[m : m + 2]) for m in range(len(history) - 1)]
    noise = max(1.0, float(np.mean(steps)))
    moved, sure = [], []
    for now, then, _ in pairs:
        moved.append(float(np.abs(now / now.sum() - then / then.sum()).sum() / 2))
        both = np.vstack([now, then])
        classes = int((both.sum(axis=0) > 0).sum())
        statistic = _chi_square(both) * (classes - 1) / noise
        sure.append(classes > 1 and stats.chi2.sf(statistic, classes - 1) < SURE)
    return min(moved), bool(all(sure) and min(moved) >= MOVED)


def _chi_square(table: Counts) -> float:
    """Chi-square of equal shares in every row, per degree of freedom."""
    table = table[:, table.sum(axis=0) > 0]
    table = table[table.sum(axis=1) > 0]
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    if freedom <= 0:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(((table - expected) ** 2 / expected).sum() / freedom)


def _tables(own: pd.DataFrame, first: pd.Period, last: pd.Period) -> dict[str, Counts]:
    """Counts by month from `first` to `last`, and by what each check looks at."""
    months = _span(first, last)
    kinds = own["category"].cat
    day = own["day"]
    tables = {
        "sudden_level": _counted(own, day, pd.Series(0, own.index), months, 1)
        * np.array([30 / month.days_in_month for month in months])[:, None],
        "sudden_mix": _counted(own, day, kinds.codes, months, len(kinds.categories)),
    }
    timed = own[own["precision"] == "minute"]
    if len(timed):
        part = timed["occurred_from"].dt.hour // HOURS
        tables["sudden_hours"] = _counted(timed, timed["day"], part, months, 24 // HOURS)
    told = own[own["reported_at"].notna()]
    if len(told):
        late = (told["reported_at"].dt.normalize() - told["day"]).dt.days
        classes = pd.Series(np.searchsorted(DELAYS, late, side="right"), told.index)
        moment = told["reported_at"]
        tables["sudden_delay"] = _counted(told, moment, classes, months, len(DELAYS) + 1)
    return tables


def _counted(
    rows: pd.DataFrame, moment: pd.Series, kind: pd.Series, months: list[pd.Period], kinds: int
) -> Counts:
    """Events by month of a moment and by kind."""
    first = months[0].year * 12 + months[0].month
    month = (moment.dt.year * 12 + moment.dt.month).to_numpy() - first
    code = kind.to_numpy(np.int64)
    table = np.zeros((len(months), kinds))
    inside = (month >= 0) & (month < len(months)) & (code >= 0)
    np.add.at(table, (month[inside], code[inside]), rows["count"].to_numpy(float)[inside])
    return table


def _asked(data: Dataset, period: Period) -> list[pd.Period]:
    """The months to look at."""
    end = min(period.end, data.as_of - dt.timedelta(days=SETTLED))
    last = pd.Period(end + dt.timedelta(days=1), "M") - 1  # the last that is over by then
    first = min(pd.Period(period.start, "M"), last)
    return [month for month in _span(first, last)]


def _span(first: pd.Period, last: pd.Period) -> list[pd.Period]:
    return list(pd.period_range(first, last, freq="M"))


def _reported(data: Dataset, actor: str, month: pd.Period) -> bool:
    start, end = month.start_time.date(), month.end_time.date()
    return bool(data.coverage.reported(actor, start, end).all())


def _declared(data: Dataset, actor: str, month: pd.Period) -> bool:
    near = [month - n for n in range(BEFORE + 1)]
    return any(
        item.actor == actor and pd.Period(item.date, "M") in near for item in data.settings.breaks
    )
