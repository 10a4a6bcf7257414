"""Workbooks (xlsx, xls, ods) → rows of cells as the analyst sees them."""

from __future__ import annotations

from collections.abc import Iterator
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


def sheet_rows(
    path: Path, source: SourceFormat, wanted: Wanted, others: list[OtherSheet]
) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number in the sheet; cells as text, dates as ISO.

    `wanted` (name → accepted headers) tells which other sheets have the same table; those that
    have rows stand in `others` when all rows have been read.
    """
    raw = read_bytes(path, source)
    try:
        refuse_no_workbook(path, source, raw)
        packed = source.reader != "xls" or raw.startswith(b"PK")  # its reader goes by the content
        (check_package if packed else check_compound)(path, source, raw)
        with opened(raw) as book:
            number = _number(path, source, book, wanted)
            if packed:
                check_sheet(path, source, raw, number)
            errors = error_cells(path, source, raw, number)
            cells: list[str] = []
            for row, cells in enumerate(book.rows(number), start=1):
                yield row, _with(errors.pop(row, {}), cells)
            for below in sorted(errors):  # its reader takes rows of errors alone for the end
                yield below, _with(errors[below], [""] * len(cells))
            others += other_sheets(book, number, source, wanted)
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
    whole = bool(others) and _has_columns(source, book, first, wanted)
    alike = [n for n in others if whole and _has_columns(source, book, n, wanted)]
    if alike:  # often one for each month: the others' rows would be missed without a word
        refuse(
            path,
            source,
            "one sheet with the column names",
            f"them in the sheets {', '.join(masked([names[n] for n in (first, *alike)]))}",
            f"gather the rows in one sheet; or name the one that is to be read, {source.path}: "
            f"sheet: {masked([names[first]])[0]}",
        )
    return first


def _without(source: SourceFormat, book: Book, wanted: Wanted) -> str:
    """What to do where a file has its own name for its sheet."""
    first = next((n for n, (_, visible) in enumerate(book.sheets) if visible), 0)
    if _has_columns(source, book, first, wanted):
        return ", or leave it out for the first sheet"
    return "; where each file has a name of its own for it, give the sheets one name"


def _has_columns(source: SourceFormat, book: Book, number: int, wanted: Wanted) -> bool:
    """Whether a sheet has all columns that the source wants, in whatever order, among others.

    They may stand some rows higher or lower than in the sheet that is read.
    """
    rows = list(book.rows(number, max(FIRST_ROWS, source.header_row - 1) + source.header_rows))
    return any(
        all(accepted(headers, names) for names in wanted.values())
        for top in range(len(rows) - source.header_rows + 1)
        if (headers := joined_headers(rows[top : top + source.header_rows]))
    )
