"""The count of each row: a number, a masked one with its bounds, or nothing that can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.config import SourceFormat
from est_analysis.config.table_form import NOT_REPORTED
from est_analysis.incidents.refusals import Refusals
from est_analysis.sources import Export

LARGEST = 1_000_000_000
_GROUPED = re.compile(r"[+-]?\d{1,3}([ .,])\d{3}(\1\d{3})*|[+-]?\d+")  # one sign for all groups
_UNDER = re.compile(r"(?:<|under|färre än|mindre än|less than|fewer than)\s*(\d{1,6})", re.I)
_AT_MOST = re.compile(r"(?:≤|<=|högst|max|at most)\s*(\d{1,6})", re.I)
_BETWEEN = re.compile(r"(\d{1,6})\s*(?:-|–|till|to)\s*(\d{1,6})", re.I)
_KEPT_SECRET = re.compile(r"[.…xX*-]{1,3}|–|sekretess|skyddat|ej redovisat", re.I)  # "..", "X"

Whole = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """What each row counts.

    Attributes
    ----------
    value
        As it is counted: of a declared mask the least that it may be, of an unread row nothing.
    low, high
        By how much the number that was meant may differ from `value`: nothing for a number. Of a
        row that is left out NaN in `high` where nobody can say how many it may be.
    """

    value: Whole
    low: Numbers
    high: Numbers


@dataclass(frozen=True)
class _Read:
    value: int = 0
    low: float = 0.0
    high: float = 0.0
    problem: str = ""


def read_counts(export: Export, refusals: Refusals) -> Counts:
    """The count of each row (1 for events); rows without a whole number from 0 are refused.

    A count that the source declares as masked is used with its bounds; any other that is no number
    is left out, and known by what it may have been.
    """
    column = export.columns.get("count")
    rows = len(export)
    if column is None:
        return Counts(np.ones(rows, dtype=np.int32), np.zeros(rows), np.zeros(rows))
    read = [_count(word, export.source) for word in column.words]
    problems = np.array([one.problem for one in read], dtype=object)
    for problem in dict.fromkeys(one.problem for one in read if one.problem):
        refusals.refuse(column.spread(problems == problem), problem, "count")
    return Counts(
        column.spread(np.array([one.value for one in read], dtype=np.int32)),
        column.spread(np.array([one.low for one in read])),
        column.spread(np.array([one.high for one in read])),
    )


def _count(word: str, source: SourceFormat) -> _Read:
    """One word of the column; the declaration comes before what the word looks like."""
    if word == NOT_REPORTED:  # an empty cell of a wide table
        return _Read(high=np.nan, problem=NOT_REPORTED)
    if word in source.masked:
        declared = source.masked[word]
        if declared is None:
            return _Read(high=np.nan, problem=NOT_REPORTED)
        return _Read(declared[0], 0.0, float(declared[1] - declared[0]))
    value, problem = _whole_number(word, source.decimal)
    if not problem or (problem == "negative_count" and source.corrections):
        return _Read(value)
    if problem == "negative_count":
        return _Read(low=float(value), problem=problem)
    bounds = mask_bounds(word)
    if bounds is None:
        return _Read(high=np.nan, problem=problem)
    return _Read(low=bounds[0], high=bounds[1], problem="masked_count")


def mask_bounds(word: str) -> tuple[float, float] | None:
    """What a count may be that its sender has masked; None where it is not written as a mask.

    Examples
    --------
    >>> mask_bounds("<5"), mask_bounds("1–4"), mask_bounds("högst 4")
    ((0.0, 4.0), (1.0, 4.0), (0.0, 4.0))
    >>> mask_bounds("..")
    (0.0, nan)
    """
    word = word.strip()
    if found := _UNDER.fullmatch(word):
        return 0.0, float(max(int(found[1]) - 1, 0))
    if found := _AT_MOST.fullmatch(word):
        return 0.0, float(found[1])
    if (found := _BETWEEN.fullmatch(word)) and int(found[1]) <= int(found[2]):
        return float(found[1]), float(found[2])
    return (0.0, float("nan")) if _KEPT_SECRET.fullmatch(word) else None


def _whole_number(word: str, decimal: str) -> tuple[int, str]:
    """A count and ``""``, or what stood there and the problem. ``12,0`` is a whole number.

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
    if abs(value) > LARGEST:
        return 0, "bad_count"
    return (value, "") if value >= 0 else (value, "negative_count")
