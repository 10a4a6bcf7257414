"""A weekly or monthly series as trend, seasonal pattern and remainder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.checks import Check
from est_analysis.seasonal.breaks import break_check, breaks_in, jumps_of, step_terms
from est_analysis.seasonal.grid import PER_QUARTER, PERIOD, complete_grid, longest_stretch
from est_analysis.seasonal.smoothing import TOLERANCE, Smoothing, taken

Numbers = npt.NDArray[np.float64]

LEAST_PERIODS = 2  # with one year alone a season cannot be told from a trend
LARGEST_UNREPORTED = 0.25  # share of a stretch above which the filled-in weeks weigh heavily


@dataclass(frozen=True)
class Decomposition:
    """A series taken apart: observed = trend + seasonal + remainder in every reported step.

    ``table`` has ``start``, ``observed``, ``reported``, ``trend``, ``seasonal``, ``remainder``, one
    row per step of the series given; counts per step. Where a step is not reported, ``observed``
    and ``remainder`` are NaN, and ``trend`` and ``seasonal`` are the model's inside the stretch
    that was decomposed. Outside it (before the first and after the last reported step, too) they
    are NaN. ``break`` is a break's name in the first step after it, missing elsewhere.

    ``breaks`` has ``start``, ``name``, ``change`` (how far the trend jumps there, counts per step)
    and ``lower``, ``upper`` (95 %), one row per break in the series; NaN where not estimated.
    """

    table: pd.DataFrame
    step: str
    scale: str
    checks: tuple[Check, ...]
    breaks: pd.DataFrame


def decompose(
    series: pd.Series,
    step: str = "week",
    robust: bool = False,
    *,
    breaks: Iterable[tuple[dt.date, str]] = (),
    seasonal_window: int | None = None,
    trend_window: int | None = None,
) -> Decomposition:
    """Take a series apart into where it is heading, what returns every year and what is left.

    Parameters
    ----------
    series
        Counts, indexed by every Monday (``step="week"``) or first of the month (``"month"``);
        NaN where not reported. Its name becomes the checks' subject.
    robust
        Let single extreme weeks pull less on trend and season. Slower, and in low counts it
        takes ordinary busy weeks for extremes: off by default.
    breaks
        Days from which the figures mean something else, with names. There the trend jumps; it is
        not bent towards the jump. A step belongs to the time after when most of it lies there.
    seasonal_window, trend_window
        STL's windows, odd. By default the season is the same every year, since with few events a
        changing one follows chance, and the trend's window is 1.5 years: a sudden step is spread
        over some 40 weeks, and of a 13-week rise about a quarter reaches the trend.

    Returns
    -------
    Decomposition
        Its checks: ``too_short`` (failed: under 2 years between the first and the last reported
        step, nothing is decomposed), ``left_out`` (reported steps outside the longest stretch
        without a gap of more than a quarter of a year; they have no trend), ``not_reported``
        (share of the stretch), ``season_never_seen`` (weeks of the year that were never
        reported; they have no seasonal value), ``convergence`` (the filled-in values had not
        settled), ``season`` (F statistic of the seasonal pattern against the remainder; a
        warning below the 95 % point: the pattern may be chance), and with a break inside the
        stretch ``break_short_side`` (reported steps between it and the nearest break or end; a
        warning under a year: how far the trend jumps is uncertain; failed under a quarter: that
        break is not estimated and the trend is bent by it).

    Raises
    ------
    EstError
        An unknown step, an even window, or an index that is not a complete grid.

    Notes
    -----
    STL: Cleveland, Cleveland, McRae and Terpenning, Journal of Official Statistics 6 (1990) 3–73
    (printed without DOI), with the settings of R's ``stl(s.window = "periodic")``. Steps not
    reported start as straight lines and become trend + seasonal until they settle. 52 weeks are
    1.24 days short of a year, so a date moves one week against the pattern in five to six years.
    A break's jump is what is left of a step function after the same smoothing, fitted to what is
    left of the series (Speckman 1988, doi:10.1111/j.2517-6161.1988.tb01738.x); it is taken out
    before the fit, and put back into the trend.

    Examples
    --------
    >>> weeks = pd.date_range("2022-01-03", periods=156, freq="7D")
    >>> wave = 3 * np.cos(2 * np.pi * np.arange(156) / 52)
    >>> parts = decompose(pd.Series(10 + wave, weeks))
    >>> parts.table.loc[26, ["trend", "seasonal"]].astype(float).round(1).to_dict()
    {'trend': 10.0, 'seasonal': -3.0}
    """
    starts = complete_grid(series, step)
    fit = Smoothing(PERIOD[step], robust, seasonal_window, trend_window)
    observed = series.to_numpy(dtype=float, na_value=np.nan)
    reported = ~np.isnan(observed)
    table = pd.DataFrame({"start": starts, "observed": observed, "reported": reported})
    table[["trend", "seasonal", "remainder"]] = np.nan
    found = breaks_in(starts, step, breaks)
    table["break"] = found.set_index("start")["name"].reindex(starts).to_numpy()
    subject = "" if series.name is None else str(series.name)
    stretch = longest_stretch(reported, fit.period // PER_QUARTER)
    length = stretch.stop - stretch.start
    if length < LEAST_PERIODS * fit.period:
        short = Check("too_short", "failed", length, LEAST_PERIODS * fit.period, subject)
        return Decomposition(table, step, "count", (short,), found)
    values = observed[stretch]
    at = starts.get_indexer(pd.DatetimeIndex(found["start"])) - stretch.start
    inside = [int(row) for row in at if 0 < row < length]
    jumps = jumps_of(values, inside, fit)
    level = step_terms(length, jumps.index) @ jumps["change"].to_numpy()
    trend, seasonal, settled = fit.parts(values - level)
    place = np.arange(length) % fit.period
    seen = np.isin(place, place[reported[stretch]])
    rows = table.index[stretch]
    table.loc[rows, "trend"] = trend + level
    table.loc[rows, "seasonal"] = np.where(seen, seasonal, np.nan)
    table.loc[rows, "remainder"] = values - (trend + level) - seasonal
    found[["change", "lower", "upper"]] = jumps.reindex(at).to_numpy()
    left_out = int(reported.sum() - reported[stretch].sum())
    never_seen = fit.period - len(np.unique(place[seen]))
    checks = [
        _limit_check("left_out", left_out, 0, subject),
        _limit_check("not_reported", float(np.isnan(values).mean()), LARGEST_UNREPORTED, subject),
        _limit_check("season_never_seen", never_seen, 0, subject),
        _limit_check("convergence", settled, TOLERANCE, subject),
        _season_check(table.loc[rows], fit.period, len(jumps), subject),
        *break_check(inside, reported[stretch], fit.period, subject),
    ]
    return Decomposition(table, step, "count", tuple(checks), found)


def long_enough(series: pd.Series, step: str = "week") -> bool:
    """Whether `decompose` would take the series apart: two years without a longer gap."""
    reported = series.notna().to_numpy()
    stretch = longest_stretch(reported, PERIOD[step] // PER_QUARTER)
    return bool(stretch.stop - stretch.start >= LEAST_PERIODS * PERIOD[step])


def _limit_check(name: str, value: float, limit: float, subject: str) -> Check:
    return Check(name, "warning" if value > limit else "ok", value, limit, subject)


def _season_check(rows: pd.DataFrame, period: int, jumps: int, subject: str) -> Check:
    """F test of equal weeks of the year, the trend's degrees of freedom taken off."""
    from scipy import special

    known = rows.dropna(subset=["remainder", "seasonal"])
    degrees = period - 1
    left = len(known) - taken(len(rows), period) - jumps
    noise = float((known["remainder"] ** 2).sum())
    if left < 1 or noise == 0:
        return Check("season", "info", np.nan, np.nan, subject)
    value = float((known["seasonal"] ** 2).sum()) / degrees / (noise / left)
    limit = float(special.fdtri(degrees, left, 0.95))
    return Check("season", "ok" if value >= limit else "warning", value, limit, subject)


def mean_by_month(table: pd.DataFrame) -> pd.Series:
    """The seasonal part of the last year of a decomposition by month, the lowest first.

    Parameters
    ----------
    table
        ``start`` and ``seasonal``, as in `decompose`.

    Returns
    -------
    Series
        Mean by number of the month; empty where nothing was taken apart.
    """
    year = table[table["seasonal"].notna()].tail(53)
    month = np.asarray(pd.DatetimeIndex(year["start"]).month)
    return year["seasonal"].astype(float).groupby(month).mean().sort_values()
