"""Which of an actor's layouts a file or sheet has; one that has none is refused."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NoReturn

from est_analysis.config import SourceFormat
from est_analysis.config.table_form import EVERY_SHEET
from est_analysis.errors import SourceError
from est_analysis.intake.reshape import completed, named, reshaped
from est_analysis.privacy import masked, personal_data_in_name
from est_analysis.sources.apart import Book
from est_analysis.sources.coded import tidy
from est_analysis.sources.date_systems import check_serials
from est_analysis.sources.headers import accepted
from est_analysis.sources.raw_tables import RawTable, Row, headers_of, read_raw
from est_analysis.sources.read import Export, is_plain, read_plain, wanted_of
from est_analysis.sources.read import read_export as read_with
from est_analysis.sources.refusal import refuse
from est_analysis.sources.shared import SharedTables
from est_analysis.sources.text_files import csv_rows
from est_analysis.sources.workbooks import Sheet, has_columns, sheet_of, sheets_of

WORKBOOKS = ("xlsx", "xls", "ods")


@dataclass(frozen=True)
class Grid:
    """Rows of cells in which a table stands: a text file, or a sheet of a workbook."""

    path: Path
    rows: list[Row]
    merged: tuple[tuple[int, int, int], ...] = ()
    sheet: str = ""


def read_export(
    source: SourceFormat, folder: Path, tables_of: SharedTables | None = None
) -> Export:
    """One of an actor's declarations with its files, each read as its layout says.

    Plain tables are read through `tables_of`, so that those of several actors are read once.

    Raises
    ------
    SourceError
        When a file cannot be read as declared, or fits none of the layouts.
    """
    return read_with(source, folder, tables_of, read_tables)


def read_tables(
    path: Path, source: SourceFormat, ways: Sequence[SourceFormat], tables_of: SharedTables
) -> list[RawTable]:
    """The tables of one file, reshaped; `ways` are the layouts whose patterns it matches."""
    if is_plain(source):
        return read_plain(path, source, ways, tables_of)
    if ways[0].reader in WORKBOOKS and any(one.table.sheets for one in ways):
        return _tables_of_sheets(path, source, ways)
    return [_only_table(path, source, ways)]


# ---- one table in a file ----


def _only_table(path: Path, source: SourceFormat, ways: Sequence[SourceFormat]) -> RawTable:
    if len(ways) == 1:
        return _read(path, source, ways[0])
    nearest = _nearest(path, source, {n: _lacking(path, one) for n, one in enumerate(ways)}, ways)
    try:
        return _read(path, source, nearest)
    except SourceError as fault:
        if not _lacking(path, nearest):
            raise
        _refuse_none(path, source, nearest, fault)


def _nearest(
    path: Path, source: SourceFormat, lacking: dict[int, int], ways: Sequence[SourceFormat]
) -> SourceFormat:
    """The layout that a file has; where it has none, the one that lacks least."""
    least = min(lacking.values())
    best = _most_exact([ways[n] for n, lacks in lacking.items() if lacks == least])
    if least == 0 and len(best) > 1:
        refuse(
            path,
            source,
            f"one layout of {source.path.name} that the file has",
            f"it to have {' and '.join(_number(source, one) for one in best)}",
            f"{source.path}: layouts: give them files (or sheets) that tell them apart",
        )
    return best[0]


def _read(path: Path, source: SourceFormat, layout: SourceFormat) -> RawTable:
    """The one table of a file, by a layout."""
    wanted = wanted_of(layout, source)
    if layout.reader in WORKBOOKS:
        sheet = sheet_of(path, layout, wanted)
        table = _table(Grid(path, sheet.rows, sheet.merged), source, layout)
        return replace(table, sheets=sheet.others)
    if layout.reader == "csv":
        return _table(Grid(path, list(csv_rows(path, layout))), source, layout)
    if layout.table.changes_rows:
        refuse(
            path,
            layout,
            "rows and columns, where a table is reshaped (csv or a workbook)",
            f"reader: {layout.reader}",
            f"{source.path}: leave out unpivot, fill_down and total",
        )
    return completed(path, layout, read_raw(path, layout, wanted))


def _table(grid: Grid, source: SourceFormat, layout: SourceFormat) -> RawTable:
    table = reshaped(
        grid.path, layout, grid.rows, wanted_of(layout, source), grid.merged, grid.sheet
    )
    if layout.reader in WORKBOOKS:
        check_serials(grid.path, layout, table.columns, table.row_numbers)
    return table


def _lacking(path: Path, layout: SourceFormat) -> int:
    """How many column names a file does not have where a layout says that they stand."""
    try:
        if layout.reader == "csv":
            top = layout.header_row - 1 + layout.header_rows
            return _absent(path, list(islice(csv_rows(path, layout), top)), layout)
        if layout.reader in WORKBOOKS:
            return _absent(path, sheets_of(path, layout, _first_shown)[0].rows, layout)
        read_raw(path, layout, wanted_of(layout, layout))
    except SourceError:  # told by the reading of the nearest, if this is it
        return len(layout.columns) + 1
    return 0


def _absent(path: Path, rows: list[Row], layout: SourceFormat) -> int:
    headers = headers_of(path, layout, rows)
    wanted = wanted_of(layout, layout)
    lacking = sum(len(accepted(headers, own)) != 1 for own in wanted.values())
    form = layout.table.unpivot
    return lacking + (0 if form is None else sum(not named(headers, p) for p in form.columns))


def _first_shown(book: Book) -> list[int]:
    return [next((n for n, (_, shown) in enumerate(book.sheets) if shown), 0)]


def _most_exact(fitting: list[SourceFormat]) -> list[SourceFormat]:
    """Without those all of whose columns another one has among more."""
    headers = [
        {name.casefold() for column in one.columns.values() for name in column.headers}
        for one in fitting
    ]
    return [
        one
        for one, own in zip(fitting, headers, strict=True)
        if not any(own < other for other in headers)
    ]


def _number(source: SourceFormat, layout: SourceFormat) -> str:
    place = next((n for n, one in enumerate(source.layouts) if one is layout), 0)
    return f"layout {place + 1}"


def _refuse_none(
    path: Path, source: SourceFormat, nearest: SourceFormat, fault: SourceError
) -> NoReturn:
    refuse(
        path,
        source,
        f"one of the {len(source.layouts)} layouts in {source.path.name}; the nearest is "
        f"{_number(source, nearest)}, with {fault.expected}",
        fault.found,
        f"{fault.change}; or write a layout for such files",
    )


# ---- a table in each sheet ----


def _tables_of_sheets(
    path: Path, source: SourceFormat, ways: Sequence[SourceFormat]
) -> list[RawTable]:
    """A table for each sheet that a layout names."""
    names: list[str] = []
    places: list[int] = []

    def chosen(book: Book) -> list[int]:
        names.extend(name for name, _ in book.sheets)
        shown = [n for n, (_, visible) in enumerate(book.sheets) if visible]
        places.extend(
            n for n in shown if any(names_sheet(one, names[n], n == shown[0]) for one in ways)
        )
        if places:
            _refuse_unnamed(path, source, ways, book, [n for n in shown if n not in places])
        return places

    sheets = sheets_of(path, ways[0], chosen, wanted_of(ways[0], ways[0]))
    if not sheets:
        patterns = [pattern for one in ways for pattern in one.table.sheets]
        refuse(
            path,
            source,
            f"a sheet named {' or '.join(patterns)}",
            f"the sheets {', '.join(masked(names))}",
            f"{source.path}: sheets: the right pattern",
        )
    tables = [
        _of_sheet(path, source, ways, sheet, place == places[0])
        for place, sheet in zip(places, sheets, strict=True)
        if any(any(map(str.strip, cells)) for _, cells in sheet.rows)  # not an empty one
    ]
    return [replace(one, sheets=() if n else sheets[0].others) for n, one in enumerate(tables)]


def names_sheet(layout: SourceFormat, sheet: str, first: bool) -> bool:
    """Whether a layout is of a sheet; one that names none is of the first that is shown."""
    if layout.sheet is not None:
        return sheet == layout.sheet
    if not layout.table.sheets:
        return first
    own = tidy(sheet).casefold()
    return any(
        pattern == EVERY_SHEET or fnmatch.fnmatchcase(own, tidy(pattern).casefold())
        for pattern in layout.table.sheets
    )


def _refuse_unnamed(
    path: Path, source: SourceFormat, ways: Sequence[SourceFormat], book: Book, others: list[int]
) -> None:
    """Sheets with the same table that no layout names would be missed without a word."""
    for number in others:
        for layout in ways:
            if has_columns(layout, book, number, wanted_of(layout, layout)):
                name = masked([book.sheets[number][0]])[0]
                refuse(
                    path,
                    source,
                    "every sheet with the column names among those that are read",
                    f'them also in the sheet "{name}"',
                    f"{source.path}: sheets: all, or a pattern that it fits; or hide the sheet",
                )


def _of_sheet(
    path: Path, source: SourceFormat, ways: Sequence[SourceFormat], sheet: Sheet, first: bool
) -> RawTable:
    if personal_data_in_name(sheet.name):
        refuse(
            path, source, "names of sheets without personal data", "one that holds some",
            "rename the sheet",
        )  # fmt: skip
    grid = Grid(path, sheet.rows, sheet.merged, sheet.name)
    own = [one for one in ways if names_sheet(one, sheet.name, first)]
    if len(own) == 1:
        return _table(grid, source, own[0])
    lacking = {n: _lacking_in(grid, one) for n, one in enumerate(own)}
    nearest = _nearest(path, source, lacking, own)
    try:
        return _table(grid, source, nearest)
    except SourceError as fault:
        if min(lacking.values()) == 0:
            raise
        _refuse_none(path, source, nearest, fault)


def _lacking_in(grid: Grid, layout: SourceFormat) -> int:
    try:
        return _absent(grid.path, grid.rows, layout)
    except SourceError:  # too few rows
        return len(layout.columns) + 1
