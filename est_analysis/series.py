"""Each actor's series over time: taken apart, or, when too short, beside its own last year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import CANNOT_BE_JUDGED
from est_analysis.counts.panel import complete_series, count_panel, regroup
from est_analysis.seasonal import complete_grid, decompose, long_enough, mean_by_month
from est_analysis.sharing import shared

LEAST_UNKNOWN = 0.1  # share of the steps that lack something, from which no month is named


@shared
def decompose_actors(
    data: Dataset, span: Period, language: str = "sv"
) -> tuple[pd.DataFrame, tuple[Check, ...]]:
    """Decompose every actor's counts; actors are never added together.

    Parameters
    ----------
    span
        The series' range: at least two whole years for a season to be told apart. Of the actor's
        declared breaks, those that concern the whole series are taken out of its trend.
    language
        ``sv`` or ``en``: of the breaks' names.

    Returns
    -------
    DataFrame
        ``actor``, ``start`` (Monday or first of month), ``observed`` (NaN unless the whole step was
        reported), ``trend``, ``seasonal``, ``remainder``; observed = trend + seasonal + remainder.
        ``season``: ``clear``, ``unclear`` where the pattern is no stronger than chance, or
        ``cannot_be_judged`` where another month has most or fewest if what is lost of some areas
        or types is added.
        ``break``: a break's name in the first step after it, missing elsewhere.
    tuple of Check
        What the decomposition found wanting, with the actor as subject.
    """
    tables, checks = [], []
    for actor, series in _by_actor(data, span):
        result = decompose(
            series, data.coverage.step_of(actor), breaks=breaks_of(data, actor, language)
        )
        clear = any(check.name == "season" and check.status == "ok" for check in result.checks)
        season = "clear" if clear else "unclear"
        if clear and not _stands(data, actor, series, result.table):
            season = CANNOT_BE_JUDGED
        tables.append(result.table.assign(actor=actor, season=season))
        checks += [replace(check, subject=actor) for check in result.checks]
    table = pd.concat(tables, ignore_index=True)
    names = ["actor", "start", "observed", "trend", "seasonal", "remainder", "season", "break"]
    return table[names], tuple(checks)


def _stands(data: Dataset, actor: str, series: pd.Series, table: pd.DataFrame) -> bool:
    """Whether the season's ends are the same months with what is lost of the actor's parts.

    Nobody can tell where a tenth of the steps or more is unknown for it.
    """
    lost = data.lost.amounts
    lost = lost[(lost["actor"] == actor) & lost["run"].isin(_of_parts(data.lost.runs))]
    place = series.index.searchsorted(pd.DatetimeIndex(lost["day"]), side="right") - 1
    inside = place >= 0
    if not inside.any():
        return True
    unknown = series.isna() & np.isin(np.arange(len(series)), place[inside])
    if unknown.sum() >= LEAST_UNKNOWN * len(series):
        return False
    filled = series.copy()
    amounts = lost["amount"].to_numpy(float)[inside]
    filled += np.bincount(place[inside], weights=amounts, minlength=len(series))
    other = decompose(filled, data.coverage.step_of(actor), breaks=breaks_of(data, actor))
    ends = [mean_by_month(one).index[[0, -1]].tolist() for one in (table, other.table)]
    return ends[0] == ends[1]


def _of_parts(runs: pd.DataFrame) -> pd.Index:
    return runs.index[runs["area"].notna() | runs["category"].notna()]


def decomposed(table: pd.DataFrame) -> pd.DataFrame:
    """The actors of `decompose_actors` whose series was long enough to take apart."""
    enough = table.groupby("actor")["trend"].transform("count") > 0
    return table[enough]


def breaks_of(data: Dataset, actor: str, language: str = "sv") -> list[tuple[dt.date, str]]:
    """Days and names of the declared breaks that concern all an actor's counts, by date.

    A break of some categories only does not; one of some areas does in a report on one of them.
    """
    return sorted(
        (item.date, item.named(language))
        for item in data.settings.breaks
        if item.actor == actor
        and not item.categories
        and (not item.areas or data.area in item.areas)
    )


def same_weeks_last_year(series: pd.Series, step: str = "week") -> pd.DataFrame:
    """Each week beside the same ISO week of the year before, each month beside the same month.

    Answers, where there is too little to tell season from trend: is this more than last year?

    Parameters
    ----------
    series
        Counts, indexed by every Monday (``step="week"``) or first of the month (``"month"``);
        NaN where not reported.

    Returns
    -------
    DataFrame
        ``start``, ``observed``, ``last_year_start`` (of the week compared with: for week 53 it is
        week 52, as no two years in a row have 53), ``last_year``. Counts are NaN where not
        reported, and before the series begins.

    Raises
    ------
    EstError
        An unknown step, or an index that is not a complete grid.

    Examples
    --------
    >>> weeks = pd.date_range("2019-12-16", "2020-12-28", freq="7D")
    >>> table = same_weeks_last_year(pd.Series(np.arange(len(weeks)), weeks))
    >>> print(table.tail(2).to_string(index=False))
         start  observed last_year_start  last_year
    2020-12-21      53.0      2019-12-23        1.0
    2020-12-28      54.0      2019-12-23        1.0
    """
    starts = complete_grid(series, step)
    if step == "month":
        before = starts - pd.DateOffset(years=1)
    else:
        # 52 weeks earlier is the same ISO week, or the one after it when a week 53 lies between.
        before = starts - pd.Timedelta(weeks=52)
        same = before.isocalendar()["week"].to_numpy() == starts.isocalendar()["week"].to_numpy()
        before = before.where(same, before - pd.Timedelta(weeks=1))
    observed = series.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    known = pd.Series(observed, starts)
    return pd.DataFrame(
        {
            "start": starts,
            "observed": observed,
            "last_year_start": before,
            "last_year": known.reindex(before).to_numpy(),
        }
    )


def short_series(data: Dataset, span: Period) -> pd.DataFrame:
    """The last year of each series too short for `decompose_actors`, beside the year before.

    Parameters
    ----------
    span
        As for `decompose_actors`.

    Returns
    -------
    DataFrame
        ``actor`` and the columns of `same_weeks_last_year`, for the year up to the span's end.
        Empty when every series is long enough; an actor without a count in both years is left out.
    """
    tables = []
    first = pd.Timestamp(span.last_12_months().start)
    for actor, series in _by_actor(data, span):
        if long_enough(series, data.coverage.step_of(actor)):
            continue
        table = same_weeks_last_year(series, data.coverage.step_of(actor))
        table = table[table["start"] >= first]
        if table[["observed", "last_year"]].notna().any(axis=None):
            tables.append(table.assign(actor=actor))
    names = ["actor", "start", "observed", "last_year_start", "last_year"]
    return pd.concat(tables, ignore_index=True)[names] if tables else pd.DataFrame(columns=names)


def _by_actor(data: Dataset, span: Period) -> Iterator[tuple[str, pd.Series]]:
    panel = regroup(count_panel(data, span), ["actor"])
    for actor in data.actors:
        yield actor, complete_series(panel[panel["actor"] == actor])
