"""Whether the figures agree with what others say, and files with each other."""

from __future__ import annotations

from collections import Counter

from est_analysis.checks import Check
from est_analysis.counts.dataset import Dataset
from est_analysis.quality.rows import replaced_rows


def reconciliation(data: Dataset) -> list[Check]:
    """Whether totals agree, and files with each other.

    ``control_total`` for each declared one, ``replaced_rows`` for actors with several files, or
    with annulled cases.
    """
    checks = [
        Check(
            "control_total",
            "warning" if one.missed else "ok",
            one.found,
            one.total.count,
            one.actor,
        )
        for one in data.control_totals
        if data.area is None
    ]
    files = Counter(delivery.actor for delivery in data.cleaning.deliveries)
    for actor, number in files.items():
        rows = int(replaced_rows(data, actor)["rows"].sum())
        if rows or number > 1:
            checks.append(Check("replaced_rows", "warning" if rows else "ok", rows, 0, actor))
    return checks
