"""Where the bulk of an actor's days begins and ends: a mistyped year is not a first day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MOST_ROWS, MOST_SHARE = 3, 0.01  # rows outside the bulk: so many, or that share of all
LEAST_GAP = 60  # days without a row
NONE_OF = 10.0  # rows that are usual in such a gap, of which there is none
USUAL_DAYS = 365  # beside the gap, for what is usual

Numbers = npt.NDArray[np.int64]


def bulk(days: Numbers, rows: Numbers) -> tuple[int, int]:
    """The first and the last day of the bulk.

    A few rows before (after) the others are not of it when there is a gap of two months or more
    between, in which at least ten rows are usual by the year beside it.

    Parameters
    ----------
    days
        Different days in order, as numbers.
    rows
        How many rows each has.

    Examples
    --------
    >>> days = np.array([0, *range(3000, 3300)])
    >>> bulk(days, np.ones(301, dtype=int))
    (3000, 3299)
    """
    first = _begins(days, rows)
    last = len(days) - 1 - _begins(-days[::-1], rows[::-1])
    if first > last:  # two lumps with a gap between: nothing tells which is meant
        return int(days[0]), int(days[-1])
    return int(days[first]), int(days[last])


def _begins(days: Numbers, rows: Numbers) -> int:
    """The place of the first day of the bulk."""
    sums = np.cumsum(rows)
    most = max(MOST_ROWS, MOST_SHARE * sums[-1])
    gaps = np.diff(days)
    for place in np.flatnonzero((gaps >= LEAST_GAP) & (sums[:-1] <= most))[::-1].tolist():
        begin = days[place + 1]
        end = int(np.searchsorted(days, begin + USUAL_DAYS, side="left"))
        usual = (sums[end - 1] - sums[place]) / (min(int(days[-1] - begin) + 1, USUAL_DAYS))
        if usual * (gaps[place] - 1) >= NONE_OF:
            return int(place) + 1
    return 0
