"""Times of day that cannot be read: the day is used, and the hour is not known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from est_analysis.intake.reading import Reading
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import number_of, quoted
from est_analysis.written_dates import read_times

MOST = 0.5  # of the times that stand there; from here on the column is not what was declared


@suspicion("unread_time", expected="times of day such as 22:30, 1:30 PM or 22-07")
def unread_time(reading: Reading) -> Iterator[Suspicion]:
    """Rows that are counted on their day, without an hour."""
    for field in ("time_from", "time_to"):
        column = reading.column(field)
        if column is None:
            continue
        problems = read_times(list(column.words))["problem"].to_numpy(object)[column.codes]
        stands = reading.kept & (problems != "blank")
        unread = stands & (problems != "")
        if not unread.any():
            continue
        example = column.words[column.codes[int(np.argmax(unread))]]
        yield Suspicion(
            f"a time that cannot be read in {reading.header(field)}, so that the day is known and "
            f"the hour is not: {reading.told(unread)}, of {number_of(int(stands.sum()), 'row')} "
            f"with a time; the first is {quoted(example)}",
            f"{reading.settled_in}: columns: {field}: the column with the time, or missing: the "
            f"words that mean none; {it_is_so('unread_time')}",
            grave=bool(unread.sum() > MOST * stands.sum()),
            rows=int(unread.sum()),
        )
