"""The sheets of a workbook beside the one that is read: what they are, in their first rows."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from est_analysis.config import SourceFormat
from est_analysis.privacy import masked
from est_analysis.sources.apart import Book, UnreadableError
from est_analysis.sources.coded import folded
from est_analysis.sources.headers import FIRST_ROWS, accepted, joined_headers

LIKE = 0.75  # how alike two column names are that may be the same
MOST_LACKING = 1 / 4  # of the wanted columns, in a sheet that is nearly the one
LEAST_ROWS = 2  # with a value: one alone is a title

Wanted = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class OtherSheet:
    """A visible sheet with rows that is not the one that is read.

    `number` is how many of its first rows are filled; `has` and `lacks` are column names; `alike`
    is whether they are nearly those that are wanted.
    """

    name: str
    rows: str
    number: int = 0
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    alike: bool = False


def other_sheets(
    book: Book, read: Collection[int], source: SourceFormat, wanted: Wanted
) -> list[OtherSheet]:
    """Look at every visible sheet but those that are read; what cannot be is told, too."""
    found: list[OtherSheet] = []
    for place, (name, visible) in enumerate(book.sheets):
        if not visible or place in read:
            continue
        called = masked([name])[0]
        try:
            rows = list(book.rows(place, FIRST_ROWS + source.header_rows))
        except UnreadableError:  # its reader has ended: nothing more can be asked
            return [*found, OtherSheet(called, "it cannot be read")]
        filled = [cells for cells in rows if any(cell.strip() for cell in map(str, cells))]
        if len(filled) >= LEAST_ROWS:
            more = " or more" if len(rows) >= FIRST_ROWS else ""
            has, lacks = _columns(rows, source, wanted)
            asked = len(set(wanted.values()))
            alike = len(has) > 1 and asked - len(has) <= MOST_LACKING * asked
            found.append(
                OtherSheet(
                    called,
                    f"{len(filled)} rows{more}",
                    len(filled),
                    tuple(masked(has)),
                    lacks,
                    alike,
                )
            )
    return found


def _columns(
    rows: Sequence[Sequence[str]], source: SourceFormat, wanted: Wanted
) -> tuple[list[str], tuple[str, ...]]:
    """The column names that are wanted ones, or nearly, and those of the wanted that are not."""
    best: tuple[list[str], tuple[str, ...]] = ([], ())
    asked = dict.fromkeys(wanted.values())
    for headers in _header_rows(rows, source):
        has: list[str] = []
        lacks: list[str] = []
        for names in asked:
            exact = accepted(headers, names)
            near = [headers[exact[0]]] if exact else _near(headers, names)
            has += near[:1]
            lacks += [] if exact else [names[0]]
        if len(has) > len(best[0]):
            missing = tuple(lacks)
            best = (has, missing)
    return best


def _header_rows(rows: Sequence[Sequence[str]], source: SourceFormat) -> Iterator[list[str]]:
    for top in range(len(rows) - source.header_rows + 1):
        yield joined_headers(
            [list(map(str, cells)) for cells in rows[top : top + source.header_rows]]
        )


def _near(headers: Sequence[str], names: Iterable[str]) -> list[str]:
    known = {folded(header): header for header in headers if header}
    for name in names:
        close = difflib.get_close_matches(folded(name), list(known), n=1, cutoff=LIKE)
        if close:
            return [known[close[0]]]
    return []
