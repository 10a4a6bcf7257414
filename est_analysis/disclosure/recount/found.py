"""What the recount finds for a table, and where the table says something else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from est_analysis.disclosure.recount.incidents import Sums, Word, floats

if TYPE_CHECKING:
    from est_analysis.disclosure.recount.again import Again

NONE = float("nan")
_NEAR = 1e-6


@dataclass(frozen=True)
class Column:
    """What a column's numbers are when they are added again.

    Attributes
    ----------
    values
        NaN: there is no number.
    missing
        Where a missing number is right as well, because a part of its time was not reported; by
        default where nothing is found, as nothing that was not reported is a zero.
    shown
        What the table says, where that is not the column itself: sums of some rows.
    """

    values: Sequence[float]
    missing: Sequence[bool] | None = None
    shown: Sequence[float] | None = None


@dataclass(frozen=True)
class Found:
    """What the incidents add up to.

    Attributes
    ----------
    words
        What each row is of, among them what `whole` has; no two are alike.
    columns
        Every count column of the table that can be added again.
    whole
        All that there is to tell, by the same words: what no row tells of has been lost.
    """

    words: Sequence[Word]
    columns: dict[str, Column]
    whole: Sums = field(default_factory=dict)


Way = Callable[["Again", pd.DataFrame], Found]


@dataclass(frozen=True)
class Difference:
    """A number that is not what was found: of which row, added again, and in the table."""

    place: str
    added: float
    shown: float


def differences(found: Found, table: pd.DataFrame) -> Iterator[Difference]:
    """Where a table says something else than what was found."""
    for name, column in found.columns.items():
        shown = floats(table[name]) if column.shown is None else column.shown
        missing = column.missing or [value == 0 for value in column.values]
        rows = zip(found.words, column.values, shown, missing, strict=True)
        for word, added, told, may_miss in rows:
            if not _same(added, told, may_miss):
                yield Difference(f"{name} of {_text(word)}", added, told)


def lost(found: Found, *, nameless: Sequence[str] = ()) -> Iterator[Difference]:
    """What no row of a table tells of.

    Parameters
    ----------
    nameless
        Words that a table may leave out.
    """
    told = set(found.words)
    for word, count in found.whole.items():
        if count and word not in told and not set(nameless) & set(word):
            yield Difference(f"a row of {_text(word)}", count, NONE)


def _same(added: float, shown: float, may_miss: bool) -> bool:
    if math.isnan(shown):
        return math.isnan(added) or may_miss
    return not math.isnan(added) and abs(added - shown) < _NEAR


def _text(word: Word) -> str:
    return " ".join(str(part) for part in word if part != "")
