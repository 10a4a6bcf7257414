"""Counts below zero: somebody corrects a count, and the sum is another one."""

from __future__ import annotations

from collections.abc import Iterator

from est_analysis.intake.reading import Reading
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import number_of


@suspicion("negative_count", expected="counts from 0, or corrections that are declared")
def negative_count(reading: Reading) -> Iterator[Suspicion]:
    """Rows that are left out for it, and known as unread."""
    lost = reading.rejected[reading.rejected["reason"] == "negative_count"]
    if len(lost):
        first = lost.iloc[0]
        why = (
            "larger than the counts that it corrects, or of none that is there; ask for those"
            if reading.source.corrections
            else f"{reading.settled_in}: corrections: net (taken from the count of the same time, "
            "area, type and place)"
        )
        yield Suspicion(
            f"below zero, and left out: {number_of(len(lost), 'row')} ({first['file']}, row "
            f"{first['row']})",
            f"{why}; {it_is_so('negative_count')}",
            grave=False,
            rows=len(lost),
        )
