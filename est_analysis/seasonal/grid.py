"""Which series can be taken apart: a complete grid, and the longest stretch of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.errors import EstError

PERIOD = {"week": 52, "month": 12}  # steps a year
PER_QUARTER = 4  # a level is known from a quarter of a year on, and well from a whole year on


def complete_grid(series: pd.Series, step: str) -> pd.DatetimeIndex:
    """The index of a series, when it is every Monday or first of the month; else EstError."""
    if step not in PERIOD:
        raise refused("a step of week or month", f"step={step!r}", "the argument step")
    index = series.index
    whole = isinstance(index, pd.DatetimeIndex) and bool((index == index.normalize()).all())
    if whole and len(index):
        expected = pd.date_range(
            index[0], periods=len(index), freq="W-MON" if step == "week" else "MS"
        )
        whole = bool((index == expected).all())
    if not isinstance(index, pd.DatetimeIndex) or not whole:
        kind = "Monday" if step == "week" else "first day of the month"
        raise refused(
            f"every {kind} from the first to the last, NaN where not reported",
            f"{len(index)} rows whose index leaves that grid",
            "the series: take it from the panel, and choose the step it was counted by",
        )
    return index


def refused(expected: str, found: str, change: str) -> EstError:
    """Why a series cannot be decomposed."""
    return EstError(
        "cannot decompose the series",
        expected=expected,
        found=found,
        change=change,
        otherwise="there is no trend and no seasonal pattern",
    )


def longest_stretch(reported: npt.NDArray[np.bool_], largest_gap: int) -> slice:
    """From reported to reported step without a larger gap; the latest of equally long ones."""
    where = np.flatnonzero(reported)
    if not len(where):
        return slice(0, 0)
    breaks = np.flatnonzero(np.diff(where) > largest_gap + 1)
    first = where[np.concatenate([[0], breaks + 1])]
    stop = where[np.concatenate([breaks, [len(where) - 1]])] + 1
    best = len(first) - 1 - int(np.argmax((stop - first)[::-1]))
    return slice(int(first[best]), int(stop[best]))
