"""A municipality's series with what is usual for them: history in, expected counts out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED, Break
from est_analysis.coverage import PARTLY, REPORTED
from est_analysis.dataset import Dataset
from est_analysis.expected import ExpectedCounts, expected_counts
from est_analysis.nowcast import share_in
from est_analysis.panel import KEYS, count_panel
from est_analysis.yearly import YearlyTerms, yearly_terms

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

MOST_YEARS = 6  # of history: older weeks tell little of the level and slow everything down


@dataclass(frozen=True)
class Series:
    """Counts of several series on a complete grid of steps.

    Attributes
    ----------
    keys
        One row per series: among ``actor``, ``area``, ``category``.
    starts
        Mondays, or firsts of months.
    counts, exposure
        Series × steps: NaN where not reported, and the share of the step that was (0 to 1); in
        the latest steps times the share of the reports that is in.
    """

    keys: pd.DataFrame
    starts: pd.DatetimeIndex
    counts: Numbers
    exposure: Numbers
    step: str

    def before(self, moment: pd.Timestamp) -> Series:
        """The steps that begin before a moment."""
        return self._some(self.starts < moment)

    def since(self, moment: pd.Timestamp) -> Series:
        """The steps that begin at a moment or later."""
        return self._some(self.starts >= moment)

    def _some(self, keep: npt.NDArray[np.bool_]) -> Series:
        return Series(
            self.keys, self.starts[keep], self.counts[:, keep], self.exposure[:, keep], self.step
        )


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
    """

    now: Series
    history: Series
    model: ExpectedCounts
    terms: YearlyTerms


def gather(data: Dataset, by: list[str], span: Period) -> Series:
    """Counts and reported shares of every series that `by` tells apart, over a span.

    Parameters
    ----------
    by
        Among ``actor``, ``area``, ``category``; ``actor`` must be one of them.

    Returns
    -------
    Series
        Only series that somebody answers for and that have met an incident in the span. The share
        of a sum is that of its parts, weighed by their counts: when the area that usually has
        half of the incidents is silent, half is reported.
    """
    panel = count_panel(data, span)
    starts = pd.DatetimeIndex(panel["start"].unique())
    cells = len(panel) // len(starts)
    told = panel["coverage"].isin([REPORTED, PARTLY]).to_numpy().reshape(len(starts), cells).T
    counts = panel["count"].fillna(0).to_numpy(float).reshape(len(starts), cells).T
    keys = panel[list(KEYS)].iloc[:cells].astype(str)
    share = told * _reported_shares(data, starts)[_codes(keys["actor"], data)]
    total = (counts * told).sum(axis=1)
    rate = np.where(told.any(axis=1), (total + 1e-3) / np.maximum(share.sum(axis=1), 1e-9), 0)
    code, names = _groups(keys, by)
    weight = np.bincount(code, rate, len(names))
    whole = np.stack([np.bincount(code, c, len(names)) for c in (counts * told).T], axis=1)
    heard = np.stack([np.bincount(code, c, len(names)) for c in (share * rate[:, None]).T], axis=1)
    exposure = np.divide(
        heard, weight[:, None], out=np.zeros_like(heard), where=weight[:, None] > 0
    )
    met = whole.sum(axis=1) > 0
    values = np.where(exposure > 0, whole, np.nan)
    return Series(
        names[met].reset_index(drop=True), starts, values[met], exposure[met], data.coverage.step
    )


def usual(data: Dataset, period: Period, by: list[str]) -> Usual:
    """What was expected of a period's steps before it began, and what came.

    Parameters
    ----------
    period
        Its steps: the weeks (months) that share a day with it, whole. They may lie ahead.
    by
        Among ``actor``, ``area``, ``category``. Areas of an actor's category share the year's
        shape; without areas, the categories of an actor do, as far as each is too small.
    """
    return usual_of(data, gather(data, by, history_and(data, period)), first_step(data, period))


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


def first_step(data: Dataset, period: Period) -> pd.Timestamp:
    """The first step that shares a day with a period."""
    steps = calendar.mondays_in if data.coverage.step == "week" else calendar.months_in
    return pd.Timestamp(steps(period)[0])


def history_and(data: Dataset, period: Period) -> Period:
    """From the first reported day, at most `MOST_YEARS` before a period, to its end."""
    first = [
        data.coverage.first + np.timedelta64(int(np.argmax(days)), "D")
        for days in data.coverage.days.values()
        if days.any()
    ]
    oldest = period.years_before(MOST_YEARS).start
    known = min((pd.Timestamp(day).date() for day in first), default=oldest)
    monday = known + dt.timedelta(days=-known.weekday() % 7)  # a part of a week is none
    return Period("", "days", min(max(oldest, monday), period.start), period.end)


def _reported_shares(data: Dataset, starts: pd.DatetimeIndex) -> Numbers:
    """Actors × steps: the share of each step's days that the actor reported, and that is in."""
    last = starts[-1] + (pd.Timedelta(days=6) if _weekly(data) else pd.offsets.MonthEnd(0))
    days = pd.date_range(starts[0], last, freq="D")
    step = np.searchsorted(starts, days, side="right") - 1
    length = np.bincount(step, minlength=len(starts))
    shares = []
    for actor in data.settings.sources:
        told = data.coverage.reported(actor, days[0].date(), last.date())
        reported = np.bincount(step, told, len(starts)) / length
        shares.append(reported * share_in(data, actor, starts))
    return np.array(shares)


def _weekly(data: Dataset) -> bool:
    return data.coverage.step == "week"


def _codes(actors: pd.Series, data: Dataset) -> Codes:
    order = {actor: place for place, actor in enumerate(data.settings.sources)}
    return np.array([order[actor] for actor in actors], dtype=np.intp)


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


def named(keys: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Truth for series of known area and category."""
    reserved = [UNKNOWN, UNMAPPED]
    return ~keys.isin(reserved).any(axis=1).to_numpy()


def share_inside(series: Series, period: Period) -> Numbers:
    """Series × steps: the share of each step's days that lie in a period."""
    starts = series.starts
    length = np.full(len(starts), 7) if series.step == "week" else starts.days_in_month.to_numpy()
    end = starts + pd.to_timedelta(length, unit="D")
    first, last = pd.Timestamp(period.start), pd.Timestamp(period.end) + pd.Timedelta(days=1)
    low = np.maximum(starts.to_numpy("datetime64[D]"), np.datetime64(first, "D"))
    high = np.minimum(end.to_numpy("datetime64[D]"), np.datetime64(last, "D"))
    inside = np.clip((high - low).astype(float) / length, 0, 1)
    return np.broadcast_to(inside, series.counts.shape)
