"""With how many decimals each column is shown; a public table has no more of them anywhere."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from est_analysis.disclosure.roles import DERIVED, PLAIN, is_count

_WHOLE = ("usual_from", "lower_50", "lower_80", "lower_95", "nowcast_lower")  # bounds of counts

_SIGNED = {"difference": 0, "percent": 0, "remainder": 1, "seasonal": 1}
_DECIMALS = {
    "ratio": 2,
    "effect": 2,
    "without": 1,
    "per_1000": 1,
    "lower_per_1000": 1,
    "upper_per_1000": 1,
    "lower": 2,
    "upper": 2,
    "trend": 1,
    "expected": 1,
    "index": 2,
    "index_lower": 2,
    "index_upper": 2,
    "nowcast": 0,
    "score": 1,
    "probability": 4,
    "per_reporter_ratio": 2,
    "per_reporter_lower": 2,
    "per_reporter_upper": 2,
    "per_reporter": 1,
    "seen": 2,
    "anyway": 2,
    "remaining": 2,
    "visible": 0,
    "prevented": 0,
    "prevented_lower": 0,
    "placebo": 3,
    "placebo_areas": 3,
    "covered": 0,
    "attained": 0,
    "share_in": 0,
    "share": 0,
    "within_week": 0,
    "dispersion": 1,
    "level": 0,
    **dict.fromkeys(_WHOLE, 0),
}
_UNGROUPED = ("year", "row")
_AROUND_ONE = ("lower", "upper", "per_reporter_lower", "per_reporter_upper")  # ends of ratios


def decimals_of(name: str, value: Any) -> tuple[int, bool]:
    """How many decimals a column's number is shown with, and whether always with its sign.

    A count that is not whole has one; −1 is a number that is not grouped, such as a year.

    Examples
    --------
    >>> decimals_of("ratio", 0.5), decimals_of("count", 3), decimals_of("year", 2025)
    ((2, False), (0, False), (-1, False))
    """
    if name in _UNGROUPED:
        return -1, False
    whole = math.isfinite(value) and abs(float(value) - round(float(value))) < 1e-6
    free = is_count(name) or name in PLAIN or name in ("difference", "median_days", "days_90")
    decimals = _DECIMALS.get(name, _SIGNED.get(name, 0))
    if name not in _DECIMALS and free:
        decimals = 0 if whole else 1
    return decimals, name in _SIGNED


def telling(value: float, decimals: int, apart_from: float | None) -> int:
    """Decimals that tell a value from `apart_from`; at most five."""
    if apart_from is None or value == apart_from:
        return decimals
    more = (d for d in range(decimals, 5) if abs(value - apart_from) >= 0.5 * 10.0**-d)
    return next(more, 5)


def as_shown(name: str, column: pd.Series) -> pd.Series:
    """A column's numbers with the decimals that a page shows, and no more.

    Plain ratios of counts with six decimals give the counts back: the few fractions that agree with
    two of them have multiples of the counts as denominators.

    Examples
    --------
    >>> as_shown("ratio", pd.Series([0.934783, None])).tolist()
    [0.93, nan]
    """
    if not (name in DERIVED or name in PLAIN or is_count(name)):
        return column
    if not pd.api.types.is_float_dtype(column.dtype):
        return column
    return column.map(lambda value: _shown(name, value), na_action="ignore").astype(column.dtype)


def _shown(name: str, value: float) -> float:
    if not math.isfinite(value):
        return value
    decimals = max(decimals_of(name, value)[0], 0)
    decimals = telling(value, decimals, 1.0 if name in _AROUND_ONE else None)
    exact = Decimal(str(float(value)))
    return float(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0  # no −0
