"""Moments and days that say less than they look like, as declared, or as a whole file shows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from est_analysis.sources import Export
from est_analysis.written_dates.grains import (
    DAY,
    INTERVAL,
    MINUTE,
    MONTH,
    WEEK,
    Moments,
    month_of,
    week_of,
    whole_of,
)

LEAST_MIDNIGHTS = 5  # in a file of them alone, where other files have times
ONE_DAY = np.timedelta64(1, "D")

Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]


def coarser(
    export: Export, start: Moments, end: Moments, precision: Codes
) -> tuple[Moments, Moments, Codes, Flags]:
    """The same spans with what is known of them; last the rows of files without a time of day.

    - Midnight is the day where the source says so (``midnight: day``), and in a file in which
      every moment is at midnight, since that file has no times.
    - A Monday is its week and a first its month where the source says so.
    - A count from one day to another is the day's, week's or month's that they are the whole of.
    """
    heaps = export.source.heaps
    midnight = _midnights(start, end, precision)
    alone = _in_files_of_midnights(export, precision, midnight)
    days = midnight if heaps.get("midnight") == "day" else alone
    if days.any():
        end = np.where(days, start + ONE_DAY, end)
        precision = np.where(days, np.int8(DAY), precision)
    if export.source.shape == "counts":
        precision = _of_counts(start, end, precision)
    start, end, precision = _of_heaps(heaps, start, end, precision)
    return start, end, precision, alone


def _midnights(start: Moments, end: Moments, precision: Codes) -> Flags:
    moments = precision == MINUTE
    if not moments.any():
        return np.asarray(moments)
    return np.asarray(moments & (start == start.astype("datetime64[D]")))


def _in_files_of_midnights(export: Export, precision: Codes, midnight: Flags) -> Flags:
    """Rows at midnight in files that have no other moment, if they are more than a few."""
    found = np.zeros(len(precision), dtype=bool)
    if not midnight.any():
        return found
    moments = precision == MINUTE
    if midnight.sum() == moments.sum():
        return np.asarray(midnight)
    numbers = np.arange(len(export.deliveries) + 1, dtype=export.file.dtype)
    for begin, stop in pairwise(np.searchsorted(export.file, numbers).tolist()):
        here = midnight[begin:stop]
        if here.sum() >= LEAST_MIDNIGHTS and here.sum() == moments[begin:stop].sum():
            found[begin:stop] = here
    return found


def _of_counts(start: Moments, end: Moments, precision: Codes) -> Codes:
    spans = precision == INTERVAL
    if not spans.any():
        return precision
    grain = whole_of(start, end)
    return np.where(spans & (grain >= 0), grain, precision).astype(np.int8)


def _of_heaps(
    heaps: Mapping[str, str], start: Moments, end: Moments, precision: Codes
) -> tuple[Moments, Moments, Codes]:
    grains = {"mondays": ("week", WEEK, week_of), "firsts": ("month", MONTH, month_of)}
    for name, (grain, code, spans) in grains.items():
        if heaps.get(name) != grain:
            continue
        begins, stops = spans(start)
        on = np.isin(precision, (MINUTE, DAY, INTERVAL)) & (start >= begins)
        on &= start < begins + ONE_DAY
        start, end = np.where(on, begins, start), np.where(on, stops, end)
        precision = np.where(on, np.int8(code), precision)
    return start, end, precision
