"""Counts of spans that are no day, week or month: no day is theirs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from est_analysis.intake.reading import Reading, date_of
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.written_dates.grains import INTERVAL

ONE_DAY = np.timedelta64(1, "D")


@suspicion("long_span", expected="counts of a day, an ISO week or a calendar month each")
def long_span(reading: Reading) -> Iterator[Suspicion]:
    """From–to of another length than a grain, with a count."""
    if not reading.counts:
        return
    long = reading.kept & (reading.precision == INTERVAL)
    long &= reading.end - reading.start > ONE_DAY
    if not long.any():
        return
    first = int(np.argmax(long))
    begins, ends = (
        str(moment.astype("datetime64[D]"))
        for moment in (reading.start[first], reading.end[first] - np.timedelta64(1, "s"))
    )
    yield Suspicion(
        f"no day, ISO week or calendar month, but a count: {reading.told(long)}, the first of "
        f"{begins} to {ends}; on its first day all of it would be counted",
        "ask for counts by day, week or month, with the last day of each span in "
        f"occurred_to; {it_is_so('long_span')}",
        grave=True,
        rows=int(long.sum()),
        first=date_of(reading.day[long].min()),
        last=date_of(reading.day[long].max()),
    )
