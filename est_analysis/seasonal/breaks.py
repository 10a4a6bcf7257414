"""Days from which a series means something else: where they fall, and how far it jumps there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.checks import Check
from est_analysis.seasonal.grid import PER_QUARTER
from est_analysis.seasonal.smoothing import TOLERANCE, Smoothing, taken

Numbers = npt.NDArray[np.float64]


def breaks_in(
    starts: pd.DatetimeIndex, step: str, breaks: Iterable[tuple[dt.date, str]]
) -> pd.DataFrame:
    """Breaks by the first step that is mostly after them; those of one step share its row."""
    days = 7 if step == "week" else 30
    names: dict[pd.Timestamp, str] = {}
    for day, name in sorted(breaks):
        middle = pd.Timestamp(day) - pd.Timedelta(days=days // 2)
        place = int(starts.searchsorted(middle))
        if len(starts) and starts[0] <= pd.Timestamp(day) and place < len(starts):
            start = starts[place]
            names[start] = f"{names[start]}, {name}" if start in names else name
    words = pd.Series(list(names.values()), dtype="str")
    table = pd.DataFrame({"start": pd.DatetimeIndex(list(names)), "name": words})
    return table.assign(change=np.nan, lower=np.nan, upper=np.nan)


def step_terms(length: int, rows: Sequence[int] | pd.Index) -> Numbers:
    """Length × breaks: 0 before each, 1 from it on."""
    return (np.arange(length)[:, None] >= np.asarray(rows, dtype=int)).astype(float)


def _sides(rows: Sequence[int], reported: npt.NDArray[np.bool_]) -> list[int]:
    """Reported steps before the first break, between them and after the last."""
    return [int(part.sum()) for part in np.split(reported, list(rows))]


def jumps_of(values: Numbers, rows: list[int], fit: Smoothing) -> pd.DataFrame:
    """How far the level jumps at those breaks (row numbers) that have a level on both sides.

    Returns
    -------
    DataFrame
        ``change``, ``lower``, ``upper`` by row number; breaks too near each other or an end to
        be estimated are left out, those with the least behind them first.
    """
    reported = ~np.isnan(values)
    kept = list(rows)
    while kept and min(sides := _sides(kept, reported)) < fit.period // PER_QUARTER:
        shortest = int(np.argmin(sides))
        kept.pop(shortest if shortest == 0 or shortest == len(kept) - 1 else shortest - 1)
    columns = ["change", "lower", "upper"]
    if not kept:
        return pd.DataFrame(columns=columns, index=pd.Index([], dtype=int), dtype=float)
    from scipy import special

    # A robust fit is not linear, and may take the weeks after a break for extremes.
    plain = Smoothing(fit.period, False, fit.seasonal_window, fit.trend_window)

    def left(column: Numbers, tolerance: float = TOLERANCE) -> Numbers:
        trend, seasonal, _ = plain.parts(column, tolerance)
        return (column - trend - seasonal)[reported]

    steps = np.where(reported[:, None], step_terms(len(values), kept), np.nan)
    design = np.column_stack([left(column, 1e-6) for column in steps.T])
    series = left(values)
    change, *_ = np.linalg.lstsq(design, series)
    degrees = max(len(series) - taken(len(values), fit.period) - len(kept), 1)
    noise = float(((series - design @ change) ** 2).sum()) / degrees
    error = np.sqrt(noise * np.diag(np.linalg.inv(design.T @ design)))
    reach = special.stdtrit(degrees, 0.975) * error
    table = {"change": change, "lower": change - reach, "upper": change + reach}
    return pd.DataFrame(table, index=kept)


def break_check(
    rows: list[int], reported: npt.NDArray[np.bool_], period: int, subject: str
) -> list[Check]:
    """Whether each break has a whole year behind and ahead of it; none without a break."""
    if not rows:
        return []
    least = min(_sides(rows, reported))
    status = "failed" if least < period // PER_QUARTER else "warning" if least < period else "ok"
    return [Check("break_short_side", status, least, period, subject)]
