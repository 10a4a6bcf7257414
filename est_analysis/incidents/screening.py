"""Rows that the declaration leaves out, before anything is translated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from est_analysis.config import RowRule
from est_analysis.incidents.refusals import Refusals
from est_analysis.sources import Coded, Export
from est_analysis.sources.coded import matches


def apply_rules(export: Export, refusals: Refusals) -> npt.NDArray[np.bool_]:
    """Leave out rows that the declaration drops; which they are."""
    own, dropped = refusals.kept, np.zeros(len(export), dtype=bool)
    for rule in export.source.drop:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule)
        refusals.refuse(hits, f"drop: {rule.reason}", name)
        dropped |= hits & own
    return dropped


def _matches(column: Coded, rule: RowRule) -> npt.NDArray[np.bool_]:
    return column.flags(matches(column.words, rule.test, rule.values))


def leave_out_totals(export: Export, refusals: Refusals) -> npt.NDArray[np.bool_]:
    """Leave out rows that are declared as the sums of others; which they are."""
    found = np.zeros(len(export), dtype=bool)
    for field, translation in (
        ("area", export.source.areas), ("category", export.source.categories)
    ):  # fmt: skip
        if field in export.columns and translation.totals:
            column = export.columns[field]
            hits = column.flags(matches(column.words, "equals", translation.totals))
            found |= hits & refusals.kept
            refusals.refuse(hits, "total", field)
    return found
