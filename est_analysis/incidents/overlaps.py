"""Two files of the same days without an identity: a corrected file beside the first, or parts.

Nothing tells their rows apart. Added, a delivery that came again doubles every figure. So either
the declaration says what such files are, or nothing of the actor is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from est_analysis.errors import SourceError
from est_analysis.sources import Export

LEAST_ALIKE = 5  # rows; fewer may be chance, or the night between two files
SHARE_ALIKE = 0.5  # of the rows that the smaller file has in the days of both
SHARE_AGAIN = 0.5  # as many rows as the earlier file has there: no tail of late reports
A_DAY = np.timedelta64(1, "D")

Rows = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Signs:
    """What rows of two files are held against each other by, per row.

    Attributes
    ----------
    begun, registered
        When it happened and when it was registered (the former, where that is not told).
    key
        Equal where all that is counted is equal.
    moment
        Equal where the minute is; -1 where it is not known.
    parts
        Codes of the areas and of the types: a file may hold one part of them.
    """

    begun: Moments
    registered: Moments
    key: Numbers
    moment: Numbers
    parts: tuple[Numbers, ...]


@dataclass(frozen=True)
class Overlap:
    """Two files, by their numbers in the deliveries, with their rows of the same days."""

    earlier: int
    later: int
    here: Numbers
    there: Numbers
    alike: int


def overlaps(export: Export, kept: Rows, replaced: Rows, signs: Signs) -> Iterator[Overlap]:
    """The pairs of files that say so much of the same days that one may be the other again.

    At least half of the rows that the smaller has there (and five) stand alike in the other, or
    have the same minutes; or the later has at least half as many rows there as the earlier one, on
    more than one day, and neither areas nor types tell the two apart. Days are those of both, when
    it happened and when it was registered: files by month of either share few.

    Parameters
    ----------
    kept
        The rows that count.
    replaced
        Those that a later file is known to give again, by their key: what is left of a file of
        which half is given again has been taken back there.
    """
    edges = np.searchsorted(export.file, np.arange(len(export.deliveries) + 1)).tolist()
    rows = [begin + np.flatnonzero(kept[begin:end]) for begin, end in pairwise(edges)]
    spans = [[(t[own].min(), t[own].max()) for t in _times(signs)] for own in rows if len(own)]
    filled = [number for number, own in enumerate(rows) if len(own)]
    for place, later in enumerate(filled):
        for before, earlier in enumerate(filled[:place]):
            shared = [
                (max(one[0], other[0]), min(one[1], other[1]))
                for one, other in zip(spans[before], spans[place], strict=True)
            ]
            if any(first > last for first, last in shared):
                continue
            here, there = (_inside(rows[number], shared, signs) for number in (earlier, later))
            days = min(last - first for first, last in shared)
            alike = _given_again(here, there, replaced, days, signs)
            left = here[~replaced[here]]
            if alike is not None and len(left):
                yield Overlap(earlier, later, left, there, alike)


def _times(signs: Signs) -> tuple[Moments, Moments]:
    return signs.begun, signs.registered


def _inside(rows: Numbers, spans: list[tuple[Any, Any]], signs: Signs) -> Numbers:
    """The rows that lie in both spans, of when it happened and of when it was registered."""
    for times, (first, last) in zip(_times(signs), spans, strict=True):
        rows = rows[(times[rows] >= first) & (times[rows] <= last)]
    return rows


def _given_again(
    here: Numbers, there: Numbers, replaced: Rows, days: np.timedelta64, signs: Signs
) -> int | None:
    """How many rows stand alike, where the later file may be the earlier one again; else None."""
    again = int(replaced[here].sum())
    if again >= max(LEAST_ALIKE, SHARE_ALIKE * len(here)):
        return again
    here = here[~replaced[here]]
    smaller = min(len(here), len(there))
    if smaller < LEAST_ALIKE:
        return None
    alike = _alike(signs.key[here], signs.key[there])
    least = max(LEAST_ALIKE, SHARE_ALIKE * smaller)
    if alike >= least or _alike(signs.moment[here], signs.moment[there]) >= least:
        return alike
    as_many = days > A_DAY and len(there) >= SHARE_AGAIN * len(here)
    apart = any(_apart(codes[here], codes[there]) for codes in signs.parts)
    return alike if as_many and not apart else None


def _alike(one: Numbers, other: Numbers) -> int:
    """How many values stand in both, each as often as where it stands less often."""
    words, counts = np.unique(one[one >= 0], return_counts=True)
    others, there = np.unique(other[other >= 0], return_counts=True)
    _, here, place = np.intersect1d(words, others, assume_unique=True, return_indices=True)
    return int(np.minimum(counts[here], there[place]).sum())


def _apart(one: Numbers, other: Numbers) -> bool:
    return len(np.intersect1d(one, other)) == 0


def refuse_overlap(export: Export, found: Overlap, signs: Signs) -> NoReturn:
    """Say which two files it is, and what the choice is."""
    source = export.source
    days = signs.begun[found.here].astype("datetime64[D]")
    first, last = export.deliveries[found.earlier].file, export.deliveries[found.later].file
    raise SourceError(
        f"two files of {source.name} are of the same days",
        expected="files of different days, or an identity that knows a case again",
        found=f"{first} and {last}: {len(found.here):,} and {len(found.there):,} rows of "
        f"{days.min()} to {days.max()}, {found.alike:,} of them alike",
        change=f"{source.path}: identity, where rows have a case number; else overlap: last if "
        f"{last} is the corrected one (it is read last), or overlap: add if they are parts of the "
        "same delivery; or take one file away",
        otherwise="nothing of this actor is used: its figures could be doubled",
    )
