"""A weekly or monthly series as trend, seasonal pattern and remainder; the year's shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.checks import Check
from est_analysis.errors import EstError

Numbers = npt.NDArray[np.float64]

PERIOD = {"week": 52, "month": 12}  # steps a year
LEAST_PERIODS = 2  # with one year alone a season cannot be told from a trend
LARGEST_UNREPORTED = 0.25  # share of a stretch above which the filled-in weeks weigh heavily
TOLERANCE = 1e-3  # counts: filled-in values that move less have settled
MOST_ROUNDS = 100
YEAR_IS_REPORTED = 0.9  # share of a year's steps needed before its mean stands for the year


@dataclass(frozen=True)
class Decomposition:
    """A series taken apart: observed = trend + seasonal + remainder in every reported step.

    ``table`` has ``start``, ``observed``, ``reported``, ``trend``, ``seasonal``, ``remainder``, one
    row per step of the series given; counts per step. Where a step is not reported, ``observed``
    and ``remainder`` are NaN, and ``trend`` and ``seasonal`` are the model's inside the stretch
    that was decomposed. Outside it (before the first and after the last reported step, too) they
    are NaN.
    """

    table: pd.DataFrame
    step: str
    scale: str
    checks: tuple[Check, ...]


def decompose(
    series: pd.Series,
    step: str = "week",
    robust: bool = False,
    *,
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
        warning below the 95 % point: the pattern may be chance).

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

    Examples
    --------
    >>> weeks = pd.date_range("2022-01-03", periods=156, freq="7D")
    >>> wave = 3 * np.cos(2 * np.pi * np.arange(156) / 52)
    >>> parts = decompose(pd.Series(10 + wave, weeks))
    >>> parts.table.loc[26, ["trend", "seasonal"]].astype(float).round(1).to_dict()
    {'trend': 10.0, 'seasonal': -3.0}
    """
    starts = _grid(series, step)
    _refuse_even(seasonal_window, trend_window)
    period = PERIOD[step]
    observed = series.to_numpy(dtype=float, na_value=np.nan)
    reported = ~np.isnan(observed)
    table = pd.DataFrame({"start": starts, "observed": observed, "reported": reported})
    table[["trend", "seasonal", "remainder"]] = np.nan
    subject = "" if series.name is None else str(series.name)
    stretch = _longest_stretch(reported, period // 4)
    length = stretch.stop - stretch.start
    if length < LEAST_PERIODS * period:
        short = Check("too_short", "failed", length, LEAST_PERIODS * period, subject)
        return Decomposition(table, step, "count", (short,))
    values = observed[stretch]
    place = np.arange(length) % period
    seen = np.isin(place, place[reported[stretch]])
    windows = seasonal_window, trend_window
    trend, seasonal, settled = _fit(values, seen, period, robust, *windows)
    seasonal = np.where(seen, seasonal, np.nan)
    rows = table.index[stretch]
    table.loc[rows, "trend"] = trend
    table.loc[rows, "seasonal"] = seasonal
    table.loc[rows, "remainder"] = values - trend - seasonal
    missing = float(np.isnan(values).mean())
    checks = [
        _limit_check("left_out", int(reported.sum() - reported[stretch].sum()), 0, subject),
        _limit_check("not_reported", missing, LARGEST_UNREPORTED, subject),
        _limit_check("season_never_seen", period - len(np.unique(place[seen])), 0, subject),
        Check(
            "convergence", "ok" if settled < TOLERANCE else "warning", settled, TOLERANCE, subject
        ),
        _season_check(table.loc[rows], period, subject),
    ]
    return Decomposition(table, step, "count", tuple(checks))


def season_profile(series: pd.Series, step: str = "week") -> pd.DataFrame:
    """How each week or month of the year compares with the year's own mean.

    Parameters
    ----------
    series
        As for `decompose`. ISO years (``step="week"``) or calendar years of which at least 90 %
        were reported count; the others are left out.

    Returns
    -------
    DataFrame
        ``position`` (ISO week 1–53 or month 1–12), ``index`` (counts in that week over what the
        years' means would give: 1 is an ordinary week; NaN where never reported), ``years``
        behind it. Without a single whole year all is NaN and 0.

    Raises
    ------
    EstError
        As `decompose`.

    Examples
    --------
    >>> months = pd.date_range("2023-01-01", periods=24, freq="MS")
    >>> counts = pd.Series([20.0] + 11 * [8.0] + [40.0] + 11 * [16.0], months)
    >>> season_profile(counts, "month").head(2).round(2)
       position  index  years
    0         1   2.22      2
    1         2   0.89      2
    """
    starts = _grid(series, step)
    calendar = starts.isocalendar() if step == "week" else None
    frame = pd.DataFrame(
        {
            "year": starts.year if calendar is None else calendar["year"].to_numpy(int),
            "position": starts.month if calendar is None else calendar["week"].to_numpy(int),
            "count": series.to_numpy(dtype=float, na_value=np.nan),
        }
    )
    years = frame.groupby("year")["count"].agg(["count", "mean"])
    whole = (years["count"] >= YEAR_IS_REPORTED * PERIOD[step]) & (years["mean"] > 0)
    frame["usual"] = frame["year"].map(years["mean"].where(whole))
    kept = (
        frame.dropna()
        .groupby("position")
        .agg(count=("count", "sum"), usual=("usual", "sum"), years=("year", "size"))
    )
    kept = kept.reindex(range(1, (53 if step == "week" else 12) + 1))
    index = kept["count"] / kept["usual"]
    return pd.DataFrame(
        {
            "position": kept.index,
            "index": index.to_numpy(),
            "years": kept["years"].fillna(0).to_numpy(int),
        }
    )


def _grid(series: pd.Series, step: str) -> pd.DatetimeIndex:
    if step not in PERIOD:
        raise _refused("a step of week or month", f"step={step!r}", "the argument step")
    index = series.index
    whole = isinstance(index, pd.DatetimeIndex) and bool((index == index.normalize()).all())
    if whole and len(index):
        expected = pd.date_range(
            index[0], periods=len(index), freq="W-MON" if step == "week" else "MS"
        )
        whole = bool((index == expected).all())
    if not isinstance(index, pd.DatetimeIndex) or not whole:
        kind = "Monday" if step == "week" else "first day of the month"
        raise _refused(
            f"every {kind} from the first to the last, NaN where not reported",
            f"{len(index)} rows whose index leaves that grid",
            "the series: take it from the panel, and choose the step it was counted by",
        )
    return index


def _refuse_even(*windows: int | None) -> None:
    for window in windows:
        if window is not None and (window < 3 or window % 2 == 0):
            raise _refused("odd windows of 3 or more", f"{window}", "the window in the call")


def _refused(expected: str, found: str, change: str) -> EstError:
    return EstError(
        "cannot decompose the series",
        expected=expected,
        found=found,
        change=change,
        otherwise="there is no trend and no seasonal pattern",
    )


def _longest_stretch(reported: npt.NDArray[np.bool_], largest_gap: int) -> slice:
    """From reported to reported step without a larger gap; the latest of equally long ones."""
    where = np.flatnonzero(reported)
    if not len(where):
        return slice(0, 0)
    breaks = np.flatnonzero(np.diff(where) > largest_gap + 1)
    first = where[np.concatenate([[0], breaks + 1])]
    stop = where[np.concatenate([breaks, [len(where) - 1]])] + 1
    best = len(first) - 1 - int(np.argmax((stop - first)[::-1]))
    return slice(int(first[best]), int(stop[best]))


def _fit(
    values: Numbers,
    seen: npt.NDArray[np.bool_],
    period: int,
    robust: bool,
    seasonal_window: int | None,
    trend_window: int | None,
) -> tuple[Numbers, Numbers, float]:
    """Trend, seasonal and how much the filled-in values still moved in the last round."""
    from statsmodels.tsa.seasonal import STL

    season = seasonal_window or 10 * len(values) + 1
    trend = trend_window or _odd(1.5 * period / (1 - 1.5 / season))
    low_pass = _odd(period)
    missing = np.isnan(values)
    filled = values.copy()
    steps = np.arange(len(values))
    filled[missing] = np.interp(steps[missing], steps[~missing], values[~missing])
    moved = 0.0
    for _ in range(MOST_ROUNDS):
        fit = STL(
            filled,
            period,
            seasonal=season,
            trend=trend,
            low_pass=low_pass,
            seasonal_deg=0,
            robust=robust,
            seasonal_jump=math.ceil(season / 10),
            trend_jump=math.ceil(trend / 10),
            low_pass_jump=math.ceil(low_pass / 10),
        ).fit(inner_iter=1 if robust else 2, outer_iter=15 if robust else 0)
        model = np.asarray(fit.trend + fit.seasonal)
        moved = float(np.abs(model - filled)[missing & seen].max(initial=0))
        if moved < TOLERANCE:
            break
        filled[missing] = model[missing]
    return np.asarray(fit.trend), np.asarray(fit.seasonal), moved


def _odd(x: float) -> int:
    """Return the smallest odd number that is at least x."""
    whole = math.ceil(x)
    return whole + 1 - whole % 2


def _limit_check(name: str, value: float, limit: float, subject: str) -> Check:
    return Check(name, "warning" if value > limit else "ok", value, limit, subject)


def _season_check(rows: pd.DataFrame, period: int, subject: str) -> Check:
    """F test of equal weeks of the year, the trend's degrees of freedom taken off."""
    from scipy import special

    known = rows.dropna()
    degrees = period - 1
    left = len(known) - period - 2 * len(rows) / (1.5 * period)
    noise = float((known["remainder"] ** 2).sum())
    if left < 1 or noise == 0:
        return Check("season", "info", np.nan, np.nan, subject)
    value = float((known["seasonal"] ** 2).sum()) / degrees / (noise / left)
    limit = float(special.fdtri(degrees, left, 0.95))
    return Check("season", "ok" if value >= limit else "warning", value, limit, subject)
