"""A municipality's series with what is usual for them: history in, expected counts out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED, Break
from est_analysis.counts.coverage import PARTLY, STATUSES, starts_in, tells_of
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import KEYS, step_panel
from est_analysis.expected import ExpectedCounts, expected_counts
from est_analysis.nowcast import share_in
from est_analysis.yearly import YearlyTerms, yearly_terms

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Truths = npt.NDArray[np.bool_]

_BY_STEP = ("counts", "exposure", "asked", "whole")  # a row per series, a column per step
MOST_YEARS = 6  # of history: older weeks tell little of the level and slow everything down


@dataclass(frozen=True)
class Series:
    """Counts of several series on a complete grid of steps: of actors with the same step.

    Attributes
    ----------
    keys
        One row per series: among ``actor``, ``area``, ``category``.
    starts
        Mondays, or firsts of months.
    counts, exposure
        Series × steps: NaN where not reported, and the share of the step that was (0 to 1); in
        the latest steps times the share of the reports that is in.
    asked
        Series × steps: the share that somebody answers for, 0 when its areas are no more.
    whole
        Series × steps: truth where all that somebody answers for was reported, every day.
    """

    keys: pd.DataFrame
    starts: pd.DatetimeIndex
    counts: Numbers
    exposure: Numbers
    asked: Numbers
    whole: Truths
    step: str

    def before(self, moment: pd.Timestamp) -> Series:
        """The steps that begin before a moment."""
        return self._some(self.starts < moment)

    def since(self, moment: pd.Timestamp) -> Series:
        """The steps that begin at a moment or later."""
        return self._some(self.starts >= moment)

    def _some(self, keep: npt.NDArray[np.bool_]) -> Series:
        cut = {name: getattr(self, name)[:, keep] for name in _BY_STEP}
        return replace(self, starts=self.starts[keep], **cut)

    def of(self, rows: Truths) -> Series:
        """Some of the series."""
        cut = {name: getattr(self, name)[rows] for name in _BY_STEP}
        return replace(self, keys=self.keys[rows].reset_index(drop=True), **cut)


@dataclass(frozen=True)
class Usual:
    """What came in some steps, and what was expected of them before the first.

    Attributes
    ----------
    now
        The steps in question; those still to come are not reported.
    model
        Expected of the same series and steps, at whole reporting, from the steps before alone.
    terms
        Season and calendar of the history and these steps.
    quiet
        Series that were reported and have never met an incident: nothing is fitted to them.
    """

    now: Series
    history: Series
    model: ExpectedCounts
    terms: YearlyTerms
    quiet: Series | None = None


def gather(data: Dataset, by: list[str], span: Period, step: str = "week") -> Series:
    """Counts and reported shares of every series that `by` tells apart, over a span.

    Parameters
    ----------
    by
        Among ``actor``, ``area``, ``category``; ``actor`` must be one of them.
    step
        ``week`` or ``month``: only of the actors whose step it is (`Coverage.by_step`).

    Returns
    -------
    Series
        Only series that somebody answers for and that have met an incident in the span. The share
        of a sum is that of its parts, weighed by their counts: when the area that usually has
        half of the incidents is silent, half is reported.
    """
    series = _told(data, by, span, step)
    return series.of(_met(series))


def _met(series: Series) -> Truths:
    return np.asarray(np.nansum(series.counts, axis=1) > 0)


def _told(data: Dataset, by: list[str], span: Period, step: str) -> Series:
    """`gather`, and the series that were reported without an incident too."""
    actors = data.coverage.by_step.get(step, [])
    panel = step_panel(data, span, step, actors)
    starts = starts_in(step, span)
    cells = len(panel) // len(starts)
    grid = (len(starts), cells)
    status = panel["coverage"].cat.codes.to_numpy().reshape(grid).T
    told, part = status <= STATUSES.index(PARTLY), status == STATUSES.index(PARTLY)
    answered = panel["asked"].to_numpy().reshape(grid).T
    counts = panel["count"].fillna(0).to_numpy(float).reshape(grid).T
    keys = panel[list(KEYS)].iloc[:cells].astype(str)
    there = _reported_shares(data, actors, starts, step)[_codes(keys["actor"], actors)]
    share = told * there
    total = (counts * told).sum(axis=1)
    rate = np.where(told.any(axis=1), (total + 1e-3) / np.maximum(share.sum(axis=1), 1e-9), 0)
    code, names = _groups(keys, by)
    weight = np.bincount(code, rate, len(names))

    place = (code[:, None] * len(starts) + np.arange(len(starts))).ravel()
    size = len(names) * len(starts)

    def added(cells: npt.NDArray[np.bool_ | np.float64]) -> Numbers:
        flat = np.bincount(place, cells.ravel(), size).astype(np.float64)
        return flat.reshape(len(names), len(starts))

    def weighed(shares: Numbers) -> Numbers:
        parts = added(shares * rate[:, None])
        some = weight[:, None] > 0
        return np.divide(parts, weight[:, None], out=np.zeros_like(parts), where=some)

    exposure = weighed(share)
    values = np.where(exposure > 0, added(counts * told), np.nan)
    whole = added(part | (answered & ~told)) == 0
    asked = weighed(_asked(answered, told, there > 0))
    series = Series(names, starts, values, exposure, asked, whole, step)
    return series.of(np.asarray((exposure > 0).any(axis=1)))


def _asked(answered: Truths, told: Truths, there: Truths) -> Numbers:
    """Cells × steps: 1 where the actor answers for a cell, 0 where it does so no longer.

    What it has met without ever answering for it will come as often as it has.
    """
    often = told.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    ever = np.asarray(answered.any(axis=1))
    return np.where(ever[:, None], answered, np.asarray(often)[:, None])


def usual(data: Dataset, period: Period, by: list[str]) -> tuple[Usual, ...]:
    """What was expected of a period's steps before it began, and what came.

    Each actor in its own steps: one `Usual` for those in weeks, and one for those in months, where
    the period has a whole one. What one actor's dates allow changes nothing for another.

    Parameters
    ----------
    period
        Its steps: the weeks (months) that share a day with it, whole. They may lie ahead.
    by
        Among ``actor``, ``area``, ``category``. Areas of an actor's category share the year's
        shape; without areas, the categories of an actor do, as far as each is too small.
    """
    steps = [step for step in data.coverage.by_step if tells_of(step, period)]
    return tuple(usual_in(data, period, by, step) for step in steps)


def usual_in(data: Dataset, period: Period, by: list[str], step: str) -> Usual:
    """`usual` of the actors whose step is `step`."""
    series = _told(data, by, history_and(data, period, step), step)
    met = _met(series)
    found = usual_of(data, series.of(met), first_step(period, step))
    return replace(found, quiet=series.of(~met))


def unjudged(data: Dataset, period: Period, by: list[str]) -> tuple[pd.DataFrame, ...]:
    """Keys of the series of actors whose dates do not tell of the period; `usual` has none."""
    steps = [step for step in data.coverage.by_step if not tells_of(step, period)]
    return tuple(gather(data, by, history_and(data, period, s), s).keys for s in steps)


def usual_of(data: Dataset, series: Series, first: pd.Timestamp) -> Usual:
    """`usual` of gathered series, for the steps from `first` on."""
    settings = data.settings
    terms = yearly_terms(series.starts, series.step, settings.school_breaks, settings.local_events)
    history = series.before(first)
    actor = pd.factorize(series.keys["actor"])[0]
    groups = [name for name in ("actor", "category") if name in series.keys]
    category = _numbers(series.keys, groups)
    model = expected_counts(
        history.counts,
        history.exposure,
        terms,
        category,
        step=series.step,
        actor=actor,
        breaks=_breaks(data, history),
    )
    return Usual(series.since(first), history, model, terms)


def first_step(period: Period, step: str) -> pd.Timestamp:
    """The first step that shares a day with a period."""
    return pd.Timestamp(starts_in(step, period)[0])


def history_and(data: Dataset, period: Period, step: str = "week") -> Period:
    """From the first reported day, at most `MOST_YEARS` before a period, to its end.

    Of the actors whose step it is: what others have reported does not concern them.
    """
    known = [data.coverage.days[actor] for actor in data.coverage.by_step.get(step, [])]
    first = [
        data.coverage.first + np.timedelta64(int(np.argmax(days)), "D")
        for days in known
        if days.any()
    ]
    oldest = period.years_before(MOST_YEARS).start
    begin = min((pd.Timestamp(day).date() for day in first), default=oldest)
    monday = begin + dt.timedelta(days=-begin.weekday() % 7)  # a part of a week is none
    return Period("", "days", min(max(oldest, monday), period.start), period.end)


def _reported_shares(
    data: Dataset, actors: list[str], starts: pd.DatetimeIndex, length: str
) -> Numbers:
    """Actors × steps: the share of each step's days that the actor reported, and that is in."""
    last = starts[-1] + (pd.Timedelta(days=6) if length == "week" else pd.offsets.MonthEnd(0))
    days = pd.date_range(starts[0], last, freq="D")
    step = np.searchsorted(starts, days, side="right") - 1
    size = np.bincount(step, minlength=len(starts))
    shares = []
    for actor in actors:
        told = data.coverage.reported(actor, days[0].date(), last.date())
        reported = np.bincount(step, told, len(starts)) / size
        shares.append(reported * share_in(data, actor, starts))
    return np.array(shares).reshape(len(actors), len(starts))


def _codes(met: pd.Series, actors: list[str]) -> Codes:
    order = {actor: place for place, actor in enumerate(actors)}
    return np.array([order[actor] for actor in met], dtype=np.intp)


def _groups(keys: pd.DataFrame, by: list[str]) -> tuple[Codes, pd.DataFrame]:
    """Group number per cell, and the groups' keys; nameless areas and types are groups too."""
    return _numbers(keys, by), keys[by].drop_duplicates().reset_index(drop=True)


def _numbers(keys: pd.DataFrame, by: list[str]) -> Codes:
    """Rows of the same keys have the same number, in order of appearance."""
    return np.asarray(keys.groupby(by, sort=False).ngroup(), dtype=np.intp)


def _breaks(data: Dataset, history: Series) -> npt.NDArray[np.bool_] | None:
    """Where declared breaks begin in each series."""
    edges = np.zeros(history.counts.shape, dtype=bool)
    for item in data.settings.breaks:
        step = int((history.starts < pd.Timestamp(item.date)).sum())
        if 0 < step < history.counts.shape[1]:
            edges[_touched(history.keys, item, data), step] = True
    return edges if edges.any() else None


def _touched(keys: pd.DataFrame, item: Break, data: Dataset) -> npt.NDArray[np.bool_]:
    """Series that a break touches; a sum over types or areas is, when only some of them are."""
    rows = keys["actor"] == item.actor
    mains = {data.settings.main_category(category) for category in item.categories}
    if item.categories and "category" in keys:
        rows &= keys["category"].isin(mains)
    if item.areas and "area" in keys:
        rows &= keys["area"].isin(item.areas)
    return rows.to_numpy(dtype=bool)


def joined(data: Dataset, parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Tables of actors in different steps as one, the actors in the order of the settings."""
    if not parts:
        return pd.DataFrame(columns=columns)
    order = list(data.settings.sources)
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(
        "actor", key=lambda actors: actors.map(order.index), kind="stable", ignore_index=True
    )


def named(keys: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Truth for series of known area and category."""
    reserved = [UNKNOWN, UNMAPPED]
    return ~keys.isin(reserved).any(axis=1).to_numpy()


def share_inside(data: Dataset, series: Series, period: Period) -> Numbers:
    """Series × steps: the share of each step's days that are counted in a period.

    Of dates known to the week or the month all of it or nothing, as `period_totals` counts them:
    with a part of the month expected, the whole of it would be far too many.
    """
    starts = series.starts.to_numpy("datetime64[D]")
    length = np.full(len(starts), 7)
    if series.step == "month":
        length = series.starts.days_in_month.to_numpy()
    inside = {}
    for actor in series.keys["actor"].unique():
        first, last = data.coverage.counted_span(actor, period)
        low = np.maximum(starts, np.datetime64(first, "D"))
        high = np.minimum(starts + length, np.datetime64(last, "D") + 1)
        inside[actor] = np.clip((high - low).astype(float) / length, 0, 1)
    rows = [inside[actor] for actor in series.keys["actor"]]
    return np.array(rows).reshape(series.counts.shape)
