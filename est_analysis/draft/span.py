"""From when to when a file's dates reach, and whether no more than a week or two has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from est_analysis.written_dates import read_dates

EARLY, LATE = 7, 25  # days: so near the edge of a year or month its whole is meant
DENSE = 14  # days without a date that are no silence
_DAY, _WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


def span_of(
    words: Sequence[str], forms: Sequence[str], years: Sequence[int]
) -> tuple[dt.date, dt.date, bool] | None:
    """First and last day, and whether the dates are dense between them; None of no dates.

    Examples
    --------
    >>> span_of(["v. 1", "v. 2", "v. 3"], ["week"], [2025])
    (datetime.date(2024, 12, 30), datetime.date(2025, 1, 19), True)
    """
    starts, ends = [], []
    for year in years or [0]:
        known = [year] * len(words) if year else None
        read = read_dates(list(words), list(forms), years=known)
        good = (read["problem"] == "").to_numpy()
        starts.append(read["start"].to_numpy("datetime64[D]")[good])
        ends.append(read["end"].to_numpy("datetime64[D]")[good])
    start, end = np.unique(np.concatenate(starts)), np.concatenate(ends)
    if not len(start):
        return None
    gaps = np.diff(start).astype(int)
    first, last = start[0].astype(dt.date), end.max().astype(dt.date)
    dense = bool((gaps <= DENSE).all())
    if forms == ["week"]:
        return first, last - _DAY, dense
    return _whole(first, start[-1].astype(dt.date), dense)


def _whole(first: dt.date, last: dt.date, dense: bool) -> tuple[dt.date, dt.date, bool]:
    """Out to the edge of the year or month that they are so near that it must be meant."""
    if first.month == 1 and first.day <= EARLY:
        first = first.replace(day=1)
    if last.day >= LATE:
        last = (last.replace(day=1) + 5 * _WEEK).replace(day=1) - _DAY
    return first, last, dense
