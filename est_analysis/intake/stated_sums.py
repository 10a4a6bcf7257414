"""Rows and columns that are sums of others: set aside, and held against what they sum."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from est_analysis.config import SourceFormat
from est_analysis.sources.coded import tidy
from est_analysis.sources.headers import accepted
from est_analysis.sources.raw_tables import Row, Total

Fault = tuple[int, str, str]
_BLANKS = re.compile(r"\s")


def is_named(cell: str, patterns: Sequence[str]) -> str:
    """The pattern that a cell fits, whole or as ``* Summa`` says; empty where none."""
    text = tidy(cell).casefold()
    return next((p for p in patterns if fnmatch.fnmatchcase(text, tidy(p).casefold())), "")


def set_aside(
    layout: SourceFormat, rows: list[Row], headers: Sequence[str], counted: dict[int, str]
) -> tuple[list[Row], tuple[Fault, ...], tuple[Total, ...]]:
    """Rows without those that are sums; the latter as faults, and as sums beside their parts.

    A sum is of the rows since the last one of the same pattern, or, where it stands first, of those
    until the next.
    """
    data: list[Row] = []
    sums: list[tuple[str, int, Row]] = []  # pattern, how many rows stand before it, the row
    for number, cells in rows:
        first = next((cell for cell in cells if cell.strip()), "")
        pattern = is_named(first, layout.table.total)
        if pattern:
            sums.append((pattern, len(data), (number, cells)))
        else:
            data.append((number, cells))
    faults = tuple((number, "total", tidy(_first(cells))) for _, _, (number, cells) in sums)
    places = counted or _count_column(layout, headers)
    totals: list[Total] = []
    for pattern in layout.table.total:
        own = [(before, row) for name, before, row in sums if name == pattern]
        for begin, end, row in _blocks(own, len(data)):
            totals += _compared(row, data[begin:end], places)
    return data, faults, tuple(totals)


def row_sums(
    layout: SourceFormat, rows: Sequence[Row], headers: Sequence[str], counted: dict[int, str]
) -> tuple[Total, ...]:
    """Columns that hold the sum of their row, beside what its cells add up to."""
    form = layout.table.unpivot
    assert form is not None
    found = []
    for number, cells in rows:
        for place in accepted(headers, form.total):
            said = _number(cells, place)
            parts = [_number(cells, one, blank=0) for one in counted]
            if said is not None and None not in parts:
                found.append(Total(number, headers[place], said, sum(p for p in parts if p)))
    return tuple(found)


def _first(cells: Sequence[str]) -> str:
    return next((cell for cell in cells if cell.strip()), "")


def _count_column(layout: SourceFormat, headers: Sequence[str]) -> dict[int, str]:
    """The column with the number of each row; of events there is none."""
    column = layout.columns.get("count")
    return {} if column is None else {p: headers[p] for p in accepted(headers, column.headers)}


def _blocks(own: list[tuple[int, Row]], rows: int) -> list[tuple[int, int, Row]]:
    """The rows from and to that each sum of one pattern is of."""
    places = [before for before, _ in own]
    if not own:
        return []
    above = places[0] == 0 and rows > 0
    edges = [*places, rows] if above else [0, *places]
    return [(edges[n], edges[n + 1], row) for n, (_, row) in enumerate(own)]


def _compared(row: Row, data: Sequence[Row], places: dict[int, str]) -> list[Total]:
    number, cells = row
    if not places:  # events: the one number in the row
        said = [n for place in range(len(cells)) if (n := _number(cells, place)) is not None]
        own = sum(1 for _, one in data if any(map(str.strip, one)))
        return [Total(number, "", said[0], own)] if len(said) == 1 else []
    found = []
    for place, header in places.items():
        said_there = _number(cells, place)
        parts = [_number(one, place, blank=0) for _, one in data if any(map(str.strip, one))]
        if said_there is not None and None not in parts:
            found.append(Total(number, header, said_there, sum(p for p in parts if p)))
    return found


def _number(cells: Sequence[str], place: int, blank: int | None = None) -> int | None:
    """A whole number; None where the cell is none."""
    text = _BLANKS.sub("", cells[place]) if place < len(cells) else ""
    if not text:
        return blank
    return int(text) if text.isdecimal() else None
