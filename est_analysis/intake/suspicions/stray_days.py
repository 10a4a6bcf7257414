"""One mistyped year: a few rows far from all others, which would make years of reported zeros."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from est_analysis.intake.bulk import bulk
from est_analysis.intake.reading import Flags, Reading, date_of
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion


@suspicion("stray_days", expected="rows whose first and last days belong to the others")
def stray_days(reading: Reading) -> Iterator[Suspicion]:
    """Rows before and after the bulk. Coverage begins and ends with it, so no number changes."""
    days, rows = reading.days
    if not len(days):
        return
    first, last = bulk(days, rows)
    if first > days[0]:
        yield _told(reading, reading.day < first, "before", "begins", first, "reports: from:")
    if last < days[-1]:
        yield _told(reading, reading.day > last, "after", "ends", last, "coverage: through:")


def _told(
    reading: Reading, far: Flags, where: str, does: str, day: int, declared: str
) -> Suspicion:
    far = far & reading.kept
    own = reading.day[far]
    number = int(far.sum())
    edge = date_of(day)
    return Suspicion(
        f"long {where} all others, which {does[:-1]} on {edge}: {reading.told(far)}, "
        f"of {_days(own)}",
        f"mend the year in the export; coverage {does} on {edge}. If the days are right: "
        f"{reading.settled_in}: {declared} the day, or "
        f"{it_is_so('stray_days')}",
        grave=False,
        rows=number,
        first=date_of(own.min()),
        last=date_of(own.max()),
    )


def _days(days: np.ndarray) -> str:
    first, last = date_of(days.min()), date_of(days.max())
    return str(first) if first == last else f"{first} to {last}"
