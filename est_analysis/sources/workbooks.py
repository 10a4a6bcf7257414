"""Workbooks (xlsx, xls, ods) → rows of cells as the analyst sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from est_analysis.config import SourceFormat
from est_analysis.errors import SourceError
from est_analysis.privacy import masked, shown
from est_analysis.sources.apart import Book, opened
from est_analysis.sources.compound import check_compound
from est_analysis.sources.error_cells import error_cells
from est_analysis.sources.file_kinds import refuse_no_workbook
from est_analysis.sources.headers import FIRST_ROWS, accepted, joined_headers
from est_analysis.sources.other_sheets import OtherSheet, Wanted, other_sheets
from est_analysis.sources.packages import check_package, check_sheet
from est_analysis.sources.refusal import refuse
from est_analysis.sources.text_files import read_bytes


@dataclass(frozen=True)
class Sheet:
    """One sheet: its rows with their numbers, and its cells that are merged over several rows.

    The latter as first row, last row (numbers of rows) and place in the row, from 0. `others` are
    sheets with rows that are not read.
    """

    name: str
    rows: list[tuple[int, list[str]]]
    merged: tuple[tuple[int, int, int], ...] = ()
    others: tuple[OtherSheet, ...] = ()


def sheet_of(path: Path, source: SourceFormat, wanted: Wanted) -> Sheet:
    """The sheet that is declared; cells as text, dates as ISO.

    `wanted` (name → accepted headers) tells which other sheets have the same table; those that
    have rows stand in `others` when all rows have been read.
    """
    return sheets_of(path, source, lambda book: [_number(path, source, book, wanted)], wanted)[0]


def sheets_of(
    path: Path,
    source: SourceFormat,
    chosen: Callable[[Book], list[int]],
    wanted: Wanted | None = None,
) -> list[Sheet]:
    """Some sheets of a workbook, by their places in it.

    Where the `wanted` columns are given, the first of them tells which others have rows.
    """
    raw = read_bytes(path, source)
    try:
        refuse_no_workbook(path, source, raw)
        (check_package if _is_packed(source, raw) else check_compound)(path, source, raw)
        with opened(raw) as book:
            numbers = chosen(book)
            found = [_sheet(path, source, raw, book, number) for number in numbers]
            if found and wanted is not None:
                others = tuple(other_sheets(book, numbers, source, wanted))
                found[0] = replace(found[0], others=others)
            return found
    except SourceError:
        raise
    except Exception as fault:  # each part of a package has its own ways to be damaged
        refuse(
            path,
            source,
            f"a workbook ({source.reader})",
            f"a file that cannot be opened as one ({shown(str(fault))})",
            "open it in Excel, save it again under the same name, or ask for a new export",
        )


def _sheet(path: Path, source: SourceFormat, raw: bytes, book: Book, number: int) -> Sheet:
    if _is_packed(source, raw):
        check_sheet(path, source, raw, number)
    errors = error_cells(path, source, raw, number)
    rows: list[tuple[int, list[str]]] = []
    for row, cells in enumerate(book.rows(number), start=1):
        rows.append((row, _with(errors.pop(row, {}), cells)))
    width = len(rows[-1][1]) if rows else 0
    for below in sorted(errors):  # its reader takes rows of errors alone for the end
        rows.append((below, _with(errors[below], [""] * width)))
    merged = tuple((top + 1, low + 1, left) for top, low, left in book.merged_down)
    return Sheet(book.sheets[number][0], rows, merged)


def _is_packed(source: SourceFormat, raw: bytes) -> bool:
    """Whether it is a package: of an xls, too, the reader goes by the content."""
    return source.reader != "xls" or raw.startswith(b"PK")


def _with(errors: dict[int, str], cells: list[str]) -> list[str]:
    for column, text in errors.items():
        cells += [""] * (column + 1 - len(cells))
        cells[column] = text
    return cells


def _number(path: Path, source: SourceFormat, book: Book, wanted: Wanted) -> int:
    """The declared sheet's place in the workbook; where none is declared the first shown."""
    names = [name for name, _ in book.sheets]
    if source.sheet is not None:
        if source.sheet in names:
            return names.index(source.sheet)
        refuse(
            path,
            source,
            f'a sheet named "{source.sheet}"',
            f"the sheets {', '.join(masked(names))}",
            f"{source.path}: sheet: the right name{_without(source, book, wanted)}",
        )
    first, *others = [n for n, (_, visible) in enumerate(book.sheets) if visible] or [0]
    whole = bool(others) and has_columns(source, book, first, wanted)
    alike = [n for n in others if whole and has_columns(source, book, n, wanted)]
    if alike:  # often one for each month: the others' rows would be missed without a word
        refuse(
            path,
            source,
            "one sheet with the column names",
            f"them in the sheets {', '.join(masked([names[n] for n in (first, *alike)]))}",
            f"{source.path}: sheets: all, or a pattern of their names, to read each of them; "
            f"sheet: {masked([names[first]])[0]} to read only that one",
        )
    return first


def _pattern(name: str) -> str:
    """A pattern for names that differ in their digits."""
    return re.sub("[0-9]+", "*", name) if re.search("[0-9]", name) else f"{name}*"


def _without(source: SourceFormat, book: Book, wanted: Wanted) -> str:
    """What to do where each file has a name of its own for its sheet."""
    first = next((n for n, (_, visible) in enumerate(book.sheets) if visible), 0)
    if has_columns(source, book, first, wanted):
        return ", or leave it out for the first sheet"
    return f'; or sheets: a pattern such as "{_pattern(source.sheet or "")}" in its place'


def has_columns(source: SourceFormat, book: Book, number: int, wanted: Wanted) -> bool:
    """Whether a sheet has all columns that the source wants, in whatever order, among others.

    They may stand some rows higher or lower than in the sheet that is read.
    """
    rows = list(book.rows(number, max(FIRST_ROWS, source.header_row - 1) + source.header_rows))
    return any(
        all(accepted(headers, names) for names in wanted.values())
        for top in range(len(rows) - source.header_rows + 1)
        if (headers := joined_headers(rows[top : top + source.header_rows]))
    )
