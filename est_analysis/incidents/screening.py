"""Rows that are left out before anything is translated: by rule, or for their count."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from est_analysis.config.table_form import NOT_REPORTED
from est_analysis.incidents.refusals import Refusals
from est_analysis.sources import Coded, Export

_GROUPED = re.compile(r"[+-]?\d{1,3}([ .,])\d{3}(\1\d{3})*|[+-]?\d+")  # one sign for all groups


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


def read_counts(export: Export, refusals: Refusals) -> npt.NDArray[np.int32]:
    """The count of each row (1 for events); rows without a whole number from 0 are refused."""
    column = export.columns.get("count")
    if column is None:
        return np.ones(len(export), dtype=np.int32)
    read = [_whole_number(word, export.source.decimal) for word in column.words]
    problems = column.spread(np.array([problem for _, problem in read], dtype=object))
    for problem in (NOT_REPORTED, "blank_count", "bad_count", "unclear_count", "negative_count"):
        refusals.refuse(problems == problem, problem, "count")
    return column.spread(np.array([value for value, _ in read], dtype=np.int32))


def _whole_number(word: str, decimal: str) -> tuple[int, str]:
    """A count and ``""``, or 0 and the problem. ``1 234`` and ``12,0`` are whole numbers.

    ``12,000`` is none: it may be twelve or twelve thousand.
    """
    if not word or word == NOT_REPORTED:
        return 0, word or "blank_count"
    whole, _, fraction = word.replace("\u2212", "-").partition(decimal)
    if fraction == "000" and _GROUPED.fullmatch(whole):
        return 0, "unclear_count"
    if (fraction and fraction.strip("0")) or not _GROUPED.fullmatch(whole):
        return 0, "bad_count"
    value = int(re.sub(r"[ .,]", "", whole))
    if abs(value) > 1_000_000_000:
        return 0, "bad_count"
    return (value, "") if value >= 0 else (0, "negative_count")
