"""A table as it lies → a row per incident or count: filled down, sums set aside, unpivoted."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from est_analysis.config import SourceFormat
from est_analysis.config.table_form import PARTS, Unpivot
from est_analysis.intake.date_parts import dated
from est_analysis.intake.stated_sums import Fault, row_sums, set_aside
from est_analysis.privacy import masked
from est_analysis.sources.coded import Coded, joined, tidy
from est_analysis.sources.headers import accepted
from est_analysis.sources.raw_tables import RawTable, Row, Total, from_grid, headers_of
from est_analysis.sources.read import CELL, CRS, finished
from est_analysis.sources.refusal import refuse

Wanted = dict[str, tuple[str, ...]]
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_COUNTED = "counted "  # name of an unpivoted column, before its place


def reshaped(
    path: Path,
    layout: SourceFormat,
    rows: Sequence[Row],
    wanted: Wanted,
    merged: Iterable[tuple[int, int, int]] = (),
    sheet: str = "",
) -> RawTable:
    """The table of some rows of cells, as its layout says."""
    form = layout.table
    headers = headers_of(path, layout, rows)
    body = layout.header_row - 1 + layout.header_rows
    counted = _counted_columns(path, layout, headers) if form.unpivot else {}
    all_wanted = wanted | {f"{_COUNTED}{place}": (name,) for place, name in counted.items()}
    data = list(rows[body:])
    sums: tuple[Fault, ...] = ()
    totals: tuple[Total, ...] = ()
    if form.total:
        data, sums, totals = set_aside(layout, data, headers, counted)
    if form.unpivot and form.unpivot.total:
        totals += row_sums(layout, data, headers, counted)
    if form.fill_down:
        ended = {number for number, _, _ in sums}
        data = _filled_down(data, _places(path, layout, headers, form.fill_down), ended)
    table = from_grid(path, layout, [*rows[:body], *data], all_wanted, merged)
    table = replace(table, faults=(*table.faults, *sums), totals=totals, sheet=sheet)
    if form.unpivot:
        table = _unpivoted(table, form.unpivot, counted)
    return completed(path, layout, table)


def completed(path: Path, layout: SourceFormat, table: RawTable) -> RawTable:
    """The table with tidy words, and with the columns that come from elsewhere or in parts."""
    form = layout.table
    columns = dict(finished(table, layout).columns)
    if form.year_from:
        columns["year"] = Coded.constant(_year(path, layout, table.sheet), len(table))
    if form.crs:
        columns[CRS] = Coded.constant(form.crs, len(table))
    if any(part in columns for part in PARTS):
        columns = dated(columns)
    return replace(table, columns=columns)


def named(headers: Sequence[str], pattern: str) -> list[int]:
    """The places of the columns whose names fit a pattern, in small letters or capitals."""
    own = tidy(pattern).casefold()
    return [n for n, name in enumerate(headers) if fnmatch.fnmatchcase(name.casefold(), own)]


def _counted_columns(path: Path, layout: SourceFormat, headers: Sequence[str]) -> dict[int, str]:
    """Place → header of the columns that are counts."""
    form = layout.table.unpivot
    assert form is not None
    sums = set(accepted(headers, form.total))
    places = sorted({p for pattern in form.columns for p in named(headers, pattern)} - sums)
    found = {place: headers[place] for place in places}
    unmet = [pattern for pattern in form.columns if not named(headers, pattern)]
    unmet += [name for name in form.total if not accepted(headers, [name])]
    if unmet:
        listed = ", ".join(f'"{name}"' for name in masked([name for name in headers if name])[:30])
        refuse(
            path,
            layout,
            f'columns "{unmet[0]}", to be unpivoted',
            f"row {layout.header_row} has {listed or 'no column names'}",
            f"{layout.path}: unpivot: columns: a pattern of their names, or header_row",
        )
    own = {name.casefold() for column in layout.columns.values() for name in column.headers}
    twice = next((name for name in found.values() if name.casefold() in own), None)
    if twice is not None:
        refuse(
            path,
            layout,
            "columns that are either a field or counts",
            f'"{twice}", which is both',
            f"{layout.path}: unpivot: columns: a narrower pattern",
        )
    return found


def _places(
    path: Path, layout: SourceFormat, headers: Sequence[str], names: Sequence[str]
) -> list[int]:
    places = []
    for name in names:
        found = accepted(headers, [name])
        if len(found) != 1:
            refuse(
                path,
                layout,
                f'one column "{name}" to fill down',
                f"{len(found)} of them on row {layout.header_row}",
                f"{layout.path}: fill_down: the headers whose blank cells mean what stands above",
            )
        places += found
    return places


def _filled_down(rows: list[Row], places: list[int], ended: set[int]) -> list[Row]:
    """Blank cells with what stands above them; below a sum nothing stands above."""
    above = dict.fromkeys(places, "")
    ends = sorted(ended)
    filled: list[Row] = []
    for number, cells in rows:
        while ends and ends[0] < number:
            ends.pop(0)
            above = dict.fromkeys(places, "")
        cells = list(cells)
        if any(map(str.strip, cells)):
            for place in places:
                if place < len(cells):
                    above[place] = cells[place] if cells[place].strip() else above[place]
                    cells[place] = above[place]
        filled.append((number, cells))
    return filled


def _unpivoted(table: RawTable, form: Unpivot, counted: dict[int, str]) -> RawTable:
    """A row for each cell of the counted columns, in the order of rows, then of columns."""
    rows, wide = len(table), len(counted)
    cells = joined([table.columns[f"{_COUNTED}{place}"] for place in counted])
    counts = Coded(cells.codes.reshape(wide, rows).T.ravel(), cells.words)
    words = tuple(word if word.strip() else form.blank for word in counts.words)
    counts = Coded(counts.codes, words).distinct()
    headers = Coded(
        np.tile(np.arange(wide, dtype=np.int32), rows), tuple(counted.values())
    ).distinct()
    columns = {
        name: Coded(np.repeat(column.codes, wide), column.words)
        for name, column in table.columns.items()
        if not name.startswith(_COUNTED)
    }
    columns |= {form.into: headers, "count": counts, CELL: headers}
    return replace(table, columns=columns, row_numbers=np.repeat(table.row_numbers, wide))


def _year(path: Path, layout: SourceFormat, sheet: str) -> str:
    """The one year in the name of the file or sheet."""
    name = sheet if layout.table.year_from == "sheet" else path.name
    found: list[str] = sorted(set(_YEAR.findall(name)))
    if len(found) != 1:
        shown = masked([name])[0]
        refuse(
            path,
            layout,
            f"one year in the name of the {layout.table.year_from}",
            f'{" and ".join(found) or "none"} in "{shown}"',
            f"rename it, or name a column in {layout.path}: columns: year",
        )
    return found[0]
