"""Workbooks (xlsx, xls, ods) → rows of cells as the analyst sees them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from est_analysis.config import SourceFormat
from est_analysis.errors import SourceError
from est_analysis.sources.refusal import refuse
from est_analysis.sources.text_files import read_bytes

_UNSAVED_FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*><f[^>]*>[^<]*</f>(?:<v\s*/>|<v></v>)?</c>')


def sheet_rows(path: Path, source: SourceFormat) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number in the sheet; cells as text, dates as ISO."""
    from python_calamine import CalamineWorkbook

    raw = read_bytes(path, source)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = book.sheet_names
        if source.sheet is not None and source.sheet not in names:
            refuse(
                path,
                source,
                f'a sheet named "{source.sheet}"',
                f"the sheets {', '.join(names)}",
                f"{source.path}: sheet: the right name, or leave it out for the first sheet",
            )
        number = names.index(source.sheet) if source.sheet else 0
        rows = book.get_sheet_by_index(number).to_python(skip_empty_area=False)
    except SourceError:
        raise
    except Exception as fault:  # calamine has one error class per format, and no common base
        refuse(
            path,
            source,
            f"a workbook ({source.reader})",
            f"a file that cannot be opened as one ({str(fault)[:120]})",
            "open it in Excel, save it again under the same name, or ask for a new export",
        )
    if source.reader == "xlsx":
        _refuse_unsaved_formulas(path, source, raw, number)
    for row_number, cells in enumerate(rows, start=1):
        yield row_number, [_cell_text(cell) for cell in cells]


def _refuse_unsaved_formulas(path: Path, source: SourceFormat, raw: bytes, sheet: int) -> None:
    """A formula without a saved value reads as a blank cell, which would be taken for nothing."""
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        name = f"xl/worksheets/sheet{sheet + 1}.xml"
        if name not in package.namelist():
            return
        found = _UNSAVED_FORMULA.search(package.read(name))
    if found:
        refuse(
            path,
            source,
            "cells with values",
            f"a formula without a saved value in cell {found.group(1).decode()}",
            "open the file in Excel, let it calculate, and save it",
        )


def _cell_text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "Ja" if cell else "Nej"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="minutes" if cell.second == 0 else "seconds")
    return str(cell)
