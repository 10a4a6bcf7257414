"""Workbooks (xlsx, xls, ods) → rows of cells as the analyst sees them."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from est_analysis.config import SourceFormat
from est_analysis.errors import SourceError
from est_analysis.sources.compound import check_compound
from est_analysis.sources.packages import check_package, check_sheet
from est_analysis.sources.refusal import refuse
from est_analysis.sources.text_files import read_bytes


def sheet_rows(path: Path, source: SourceFormat) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number in the sheet; cells as text, dates as ISO."""
    from python_calamine import CalamineWorkbook

    raw = read_bytes(path, source)
    try:
        if source.reader in ("xlsx", "ods"):
            check_package(path, source, raw)
        else:
            check_compound(path, source, raw)
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
        if source.reader == "xlsx":
            check_sheet(path, source, raw, number)
        rows = book.get_sheet_by_index(number).to_python(skip_empty_area=False)
    except (SourceError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # one error class per format; a panic in it is no Exception
        refuse(
            path,
            source,
            f"a workbook ({source.reader})",
            f"a file that cannot be opened as one ({str(fault)[:120]})",
            "open it in Excel, save it again under the same name, or ask for a new export",
        )
    for row_number, cells in enumerate(rows, start=1):
        yield row_number, [_cell_text(cell) for cell in cells]


def _cell_text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "Ja" if cell else "Nej"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="minutes" if cell.second == 0 else "seconds")
    return str(cell)
