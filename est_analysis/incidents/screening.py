"""Rows that the declaration leaves out, before anything is translated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from est_analysis.incidents.refusals import Refusals
from est_analysis.sources import Coded, Export


def apply_rules(export: Export, refusals: Refusals) -> npt.NDArray[np.bool_]:
    """Leave out rows of other actors and rows that the declaration drops; which the latter are."""
    for rule in export.source.only:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule.test, rule.values)
        refusals.refuse(~hits, "other_actor", name)
    own, dropped = refusals.kept, np.zeros(len(export), dtype=bool)
    for rule in export.source.drop:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule.test, rule.values)
        refusals.refuse(hits, f"drop: {rule.reason}", name)
        dropped |= hits & own
    return dropped


def _matches(column: Coded, test: str, values: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    if test == "equals":
        return column.flags([word in values for word in column.words])
    if test == "starts_with":
        return column.flags([word.startswith(values) for word in column.words])
    return column.flags([any(value in word for value in values) for word in column.words])
