"""Rows that are left out before anything is translated: by rule, or for their count."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from est_analysis.config import RowRule
from est_analysis.incidents.refusals import Refusals
from est_analysis.sources import Coded, Export
from est_analysis.sources.coded import matches

_GROUPED = re.compile(r"[+-]?\d{1,3}([ .,])\d{3}(\1\d{3})*|[+-]?\d+")  # one sign for all groups


def apply_rules(export: Export, refusals: Refusals) -> npt.NDArray[np.bool_]:
    """Leave out rows of other actors and rows that the declaration drops; which the latter are."""
    for rule in export.source.only:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule)
        refusals.refuse(~hits, "other_actor", name)
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


def read_counts(export: Export, refusals: Refusals) -> npt.NDArray[np.int32]:
    """The count of each row (1 for events); rows without a whole number from 0 are refused."""
    column = export.columns.get("count")
    if column is None:
        return np.ones(len(export), dtype=np.int32)
    read = [_whole_number(word, export.source.decimal) for word in column.words]
    problems = column.spread(np.array([problem for _, problem in read], dtype=object))
    told = ("blank_count", "bad_count", "unclear_count", "negative_count")
    for problem in told[:-1] if export.source.corrections else told:
        refusals.refuse(problems == problem, problem, "count")
    return column.spread(np.array([value for value, _ in read], dtype=np.int32))


def _whole_number(word: str, decimal: str) -> tuple[int, str]:
    """A count and ``""``, or 0 and the problem. ``1 234`` and ``12,0`` are whole numbers.

    ``12,000`` is none: it may be twelve or twelve thousand.
    """
    if not word:
        return 0, "blank_count"
    whole, _, fraction = word.replace("\u2212", "-").partition(decimal)
    if fraction == "000" and _GROUPED.fullmatch(whole):
        return 0, "unclear_count"
    if (fraction and fraction.strip("0")) or not _GROUPED.fullmatch(whole):
        return 0, "bad_count"
    value = int(re.sub(r"[ .,]", "", whole))
    if abs(value) > 1_000_000_000:
        return 0, "bad_count"
    return (value, "") if value >= 0 else (value, "negative_count")
