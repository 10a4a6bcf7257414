"""Looking ahead: expected counts with their uncertainty, the weeks of risk, and how it has held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.calendar_events import calendar_events
from est_analysis.counts.coverage import LEAST_REPORTED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import unread_of
from est_analysis.expected import predictive
from est_analysis.listing import listing
from est_analysis.sharing import shared
from est_analysis.usual import (
    Series,
    Usual,
    first_step,
    gather,
    history_and,
    joined,
    named,
    share_inside,
    usual,
    usual_in,
    usual_of,
)
from est_analysis.yearly import DAYS_OF_YEAR

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

LEVELS = (0.5, 0.8, 0.95)
STEPS_A_YEAR = {"week": round(DAYS_OF_YEAR / 7), "month": 12}
STEPS_AHEAD = {"week": 17, "month": 4}  # a tertial: how far back-tests look
LEAST_HISTORY = {"week": 104, "month": 24}  # steps before the first back-test
MOST_ORIGINS = 6
RISK = 1.15  # times an ordinary week from which a coming week is one of risk
RECENT_DAYS, YEAR_DAYS = 182, 364  # what a forecast's level rests on most; what its count is of
LATEST_DAYS = 56  # what its level at the end rests on
DOUBTFUL = 0.25  # share of a half-year's count that may be missing before no path is drawn
HELD = ("level", "forecasts", "covered", "attained")
EVENTS = ("holiday", "eve", "night", "school_break", "local")


@shared
def forecast_totals(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """What to expect of a coming period in all, if levels and seasons stay as they are.

    Parameters
    ----------
    period
        Weeks (months) that share a day with it are taken by their share of days in it; whole, or
        not at all, where dates are known to these only, as its count will be.
    by
        Among ``actor``, ``area``, ``category``; ``actor`` must be one of them.

    Returns
    -------
    DataFrame
        `by`, ``count`` (of the twelve months before: what the forecast rests on; NA when not
        reported), ``expected``, and ``lower_50`` … ``upper_95``: between which the period's count
        lies with that probability, both inclusive; none of these where what is unread of the last
        half-year would take the forecast out of its interval: ``doubt`` has the numbers of
        `Unread.causes`. Series without half a year of history are left out, and those that nobody
        answers for any more.
    """
    parts = [_forecast(data, found, period) for found in usual(data, period, by)]
    return joined(data, parts, by)


def _forecast(data: Dataset, found: Usual, period: Period) -> pd.DataFrame:
    now = found.now
    mean, variance = found.model.reported(share_inside(data, now, period) * now.asked).total()
    table = now.keys.assign(count=_last_year(found.history), expected=mean)
    for level in LEVELS:
        lower, upper = predictive.interval(level, mean, variance)
        table[f"lower_{level * 100:.0f}"], table[f"upper_{level * 100:.0f}"] = lower, upper
    kept = pd.DataFrame(table[_foreseen(found)]).reset_index(drop=True)
    return _that_stand(data, kept, [str(name) for name in now.keys.columns], period, now.step)


def _that_stand(
    data: Dataset, table: pd.DataFrame, by: list[str], period: Period, step: str
) -> pd.DataFrame:
    """Without the forecasts that what is unread of the time before would take elsewhere.

    It is tried with the last half-year and with the last weeks, and added both as a share of what
    was counted and as events a day: a series of which all that is recent cannot be read has an
    expectation near nothing, of which no share is much.
    """
    last = min(first_step(period, step).date() - dt.timedelta(days=1), data.as_of)
    year = np.nan_to_num(table["count"].to_numpy(dtype=float, na_value=np.nan))
    expected, lower, upper = (
        table[name].to_numpy(float) for name in ("expected", "lower_95", "upper_95")
    )
    causes = np.full(len(table), "", dtype=object)
    for days in (RECENT_DAYS, LATEST_DAYS):
        before = Period("", "days", last - dt.timedelta(days=days - 1), last)
        doubt = unread_of(data).against_history(table[by], before)
        base = np.maximum(year * days / YEAR_DAYS, 1.0)  # of a year that was not reported, nothing
        worth = np.maximum(expected / base, period.days / days)
        out = (expected + doubt.more * worth > upper) | (expected - doubt.less * worth < lower)
        causes = np.where(out & (causes == ""), doubt.causes, causes)
    told = [str(name) for name in table if str(name).startswith(("expected", "lower_", "upper_"))]
    table = table.assign(doubt=causes)
    return table.assign(**{name: table[name].mask(causes != "") for name in told})


def _foreseen(found: Usual) -> Truths:
    """Series with a history that somebody still answers for."""
    return found.model.known & named(found.now.keys) & (found.now.asked > 0).any(axis=1)


@shared
def forecast_path(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """The year that was and the steps to come, in one table for a figure.

    Returns
    -------
    DataFrame
        `by`, ``when`` (``past``, ``coming``), ``start``, ``observed`` (NaN unless the whole step
        was reported, as in the trend, and in the coming steps), ``expected`` (in the past: one
        step ahead), and in the coming steps ``lower_50`` … ``upper_95`` as in `forecast_totals`.
    """
    parts = [part for found in usual(data, period, by) for part in _paths(found)]
    table = joined(data, parts, [*by, "when", "start", "observed", "expected"])
    keys = table[by].drop_duplicates()
    half = Period("", "days", data.as_of - dt.timedelta(days=RECENT_DAYS - 1), data.as_of)
    doubt = unread_of(data).against_history(keys, half)
    past = table[table["when"] == "past"].groupby(by, observed=True)["observed"].sum()
    count = past.reindex(pd.MultiIndex.from_frame(keys) if len(by) > 1 else keys[by[0]])
    most = np.nan_to_num(count.to_numpy(float)) * RECENT_DAYS / YEAR_DAYS * DOUBTFUL
    lost = keys[np.maximum(doubt.more, doubt.less) > np.maximum(most, 1)]
    back = table.merge(lost.assign(back=True), on=by, how="left")["back"].notna().to_numpy()
    back = back & (table["when"] == "coming").to_numpy()
    told = [str(name) for name in table if str(name).startswith(("expected", "lower_", "upper_"))]
    return table.assign(**{name: table[name].mask(back) for name in told})


def _paths(found: Usual) -> list[pd.DataFrame]:
    history, now = found.history, found.now
    model = found.model.reported(now.asked)
    back = min(STEPS_A_YEAR[now.step], len(history.starts))
    parts = []
    for row in np.flatnonzero(_foreseen(found)).tolist():
        own = now.keys.iloc[row : row + 1]
        past = pd.DataFrame(
            {
                "when": "past",
                "start": history.starts[-back:],
                "observed": np.where(history.whole, history.counts, np.nan)[row, -back:],
                "expected": model.past[row, -back:],
            }
        )
        coming = pd.DataFrame(
            {"when": "coming", "start": now.starts, "observed": np.nan, "expected": model.mean[row]}
        )
        for level in LEVELS:
            lower, upper = predictive.interval(level, model.mean[row], model.variance[row])
            coming[f"lower_{level * 100:.0f}"] = lower
            coming[f"upper_{level * 100:.0f}"] = upper
        both = pd.concat([past, coming], ignore_index=True)
        parts.append(own.loc[own.index.repeat(len(both))].reset_index(drop=True).join(both))
    return parts


@shared
def risk_weeks(data: Dataset, period: Period, language: str = "sv") -> pd.DataFrame:
    """How each coming week usually compares with an ordinary week of the year (the årshjul).

    Returns
    -------
    DataFrame
        ``actor``, ``start``, ``events`` (holidays, breaks and local events that touch the week),
        ``count`` (incidents that the pattern was estimated from), ``index`` (times an ordinary
        week: season and calendar, not level), ``index_lower`` and ``index_upper`` (95 %),
        ``risk``: ``high`` (the interval is above 1 and the index at least 1.15), ``low`` (below 1
        and at most 1/1.15), ``ordinary``. Only actors with one and a half years of history, and
        only where dates are known by week.
    """
    columns = ["actor", "start", "events", "count", "index", "index_lower", "index_upper", "risk"]
    if "week" not in data.coverage.by_step:
        return pd.DataFrame(columns=columns)
    found = usual_in(data, period, ["actor"], "week")
    profile = found.model.profile
    variance = profile.variance(found.model.terms)
    events = _events_by_week(data, period, found.now.starts, language)
    year = min(round(DAYS_OF_YEAR / 7), profile.shape.shape[1])
    first = len(found.history.starts)
    tables = []
    for row, actor in enumerate(found.now.keys["actor"]):
        own = profile.shape[found.model.category[row]]
        if not profile.parameters[found.model.category[row]]:
            continue
        ordinary = np.log(np.exp(own[-year:]).mean())
        shape = own[first:] - ordinary
        spread = 1.96 * np.sqrt(variance[found.model.category[row]])
        index, lower, upper = (np.exp(shape + sign * spread) for sign in (0, -1, 1))
        tables.append(
            pd.DataFrame(
                {
                    "actor": actor,
                    "start": found.now.starts,
                    "events": events,
                    "count": int(np.nansum(found.history.counts[row])),
                    "index": index,
                    "index_lower": lower,
                    "index_upper": upper,
                    "risk": np.select(
                        [(lower > 1) & (index >= RISK), (upper < 1) & (index <= 1 / RISK)],
                        ["high", "low"],
                        "ordinary",
                    ),
                }
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def busier(weeks: pd.DataFrame) -> pd.DataFrame:
    """The weeks of `risk_weeks` that are expected to be clearly busier than an ordinary week."""
    return weeks[weeks["risk"] == "high"].reset_index(drop=True)


@shared
def back_test(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """How often the intervals of earlier forecasts held what came: rolling origin, a tertial ahead.

    Parameters
    ----------
    period
        The report's: only what came up to its end is used. At most six origins, a tertial apart.

    Returns
    -------
    DataFrame
        ``step`` (``week``, ``month``: of actors whose dates are known so), ``level`` (per cent),
        ``forecasts`` (series × steps), ``covered`` (per cent of them inside), ``attained`` (per
        cent that these intervals of whole counts claim: with few events they must hold more than
        their level). Empty with too short a history.
    """
    parts = [
        _held(data, gather(data, by, history_and(data, period, step), step), period)
        for step in data.coverage.by_step
    ]
    return pd.concat(parts, ignore_index=True)


def _held(data: Dataset, series: Series, period: Period) -> pd.DataFrame:
    step = series.step
    ahead = STEPS_AHEAD[step]
    last = int((series.starts <= pd.Timestamp(period.end)).sum()) - ahead
    origins = list(range(last, LEAST_HISTORY[step] - 1, -ahead))[:MOST_ORIGINS]
    kept = [coverage_of(usual_of(data, series, series.starts[o]), ahead) for o in origins]
    if not kept:
        return pd.DataFrame(columns=["step", *HELD])
    table = pd.concat(kept).groupby("level", as_index=False).sum()
    for name in ("covered", "attained"):
        table[name] = 100 * table[name] / table["forecasts"]
    table.insert(0, "step", step)
    return table[table["forecasts"] > 0].reset_index(drop=True)


def coverage_of(found: Usual, ahead: int) -> pd.DataFrame:
    """Per level: how many of the first `ahead` steps were forecast, held, and claimed to be."""
    now = found.now
    model = found.model.reported(now.exposure)
    rows = []
    for level in LEVELS:
        lower, upper = model.interval(level)
        told = ~np.isnan(now.counts) & ~np.isnan(lower)
        told[:, ahead:] = False
        inside = told & (now.counts >= lower) & (now.counts <= upper)
        claimed = predictive.attained(lower, upper, model.mean, model.variance)
        rows.append((100 * level, told.sum(), inside.sum(), claimed[told].sum()))
    return pd.DataFrame(rows, columns=list(HELD))


def _last_year(history: Series) -> pd.Series:
    """Counts of the latest year; nothing in a year of which too little was reported is no zero."""
    steps = STEPS_A_YEAR[history.step]
    count = pd.Series(np.nansum(history.counts[:, -steps:], axis=1)).astype("Int64")
    few = history.exposure[:, -steps:].sum(axis=1) < LEAST_REPORTED * steps
    return count.mask((count == 0).to_numpy(bool) & few)


def _events_by_week(
    data: Dataset, period: Period, starts: Iterable[pd.Timestamp], language: str
) -> list[str]:
    settings = data.settings
    events = calendar_events(
        period.start, period.end, settings.school_breaks, settings.local_events, language
    )
    events = events[events["kind"].isin(EVENTS)]
    named_by_week = []
    for start in starts:
        end = start + pd.Timedelta(days=7)
        inside = events[(events["start"] < end) & (events["end"] > start)]
        named_by_week.append(listing(dict.fromkeys(inside["event"])))
    return named_by_week
