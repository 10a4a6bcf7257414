"""Whether the figures agree with what others say, and files with each other."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from est_analysis.checks import Check
from est_analysis.config import ControlTotal
from est_analysis.dataset import Dataset
from est_analysis.quality.rows import replaced_rows


def control_totals(data: Dataset) -> list[tuple[str, ControlTotal, int]]:
    """Actor, control total and what is counted here in the same days and types.

    Control totals are of the whole municipality: a dataset of one area has none.
    """
    if data.area is not None:
        return []
    day, actor = data.incidents["day"], data.incidents["actor"]
    rows = []
    for source in data.settings.sources.values():
        for total in source.control_totals:
            inside = (actor == source.actor) & (day >= pd.Timestamp(total.start))
            inside &= day <= pd.Timestamp(total.end)
            if total.categories:
                kinds = data.incidents[["category", "subcategory"]]
                inside &= kinds.isin(total.categories).any(axis=1)
            rows.append((source.actor, total, int(data.incidents.loc[inside, "count"].sum())))
    return rows


def reconciliation(data: Dataset) -> list[Check]:
    """Whether totals agree, and files with each other.

    ``control_total`` for each declared one, ``replaced_rows`` for actors with several files, or
    with annulled cases.
    """
    checks = [
        Check("control_total", "ok" if found == total.count else "warning", found, total.count, a)
        for a, total, found in control_totals(data)
    ]
    files = Counter(delivery.actor for delivery in data.cleaning.deliveries)
    for actor, number in files.items():
        rows = int(replaced_rows(data, actor)["rows"].sum())
        if rows or number > 1:
            checks.append(Check("replaced_rows", "warning" if rows else "ok", rows, 0, actor))
    return checks
