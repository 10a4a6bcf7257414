"""Workbooks (xlsx, xls, ods) → rows of cells as the analyst sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from est_analysis.config import SourceFormat
from est_analysis.errors import SourceError
from est_analysis.sources.apart import opened
from est_analysis.sources.compound import check_compound
from est_analysis.sources.packages import check_package, check_sheet
from est_analysis.sources.refusal import refuse
from est_analysis.sources.text_files import read_bytes


def sheet_rows(path: Path, source: SourceFormat) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number in the sheet; cells as text, dates as ISO."""
    raw = read_bytes(path, source)
    try:
        if source.reader in ("xlsx", "ods"):
            check_package(path, source, raw)
        else:
            check_compound(path, source, raw)
        with opened(raw) as book:
            number = _number(path, source, book.sheet_names)
            if source.reader == "xlsx":
                check_sheet(path, source, raw, number)
            yield from enumerate(book.rows(number), start=1)
    except SourceError:
        raise
    except Exception as fault:  # each part of a package has its own ways to be damaged
        refuse(
            path,
            source,
            f"a workbook ({source.reader})",
            f"a file that cannot be opened as one ({str(fault)[:120]})",
            "open it in Excel, save it again under the same name, or ask for a new export",
        )


def _number(path: Path, source: SourceFormat, names: list[str]) -> int:
    """The declared sheet's place in the workbook; the first where none is declared."""
    if source.sheet is None:
        return 0
    if source.sheet not in names:
        refuse(
            path,
            source,
            f'a sheet named "{source.sheet}"',
            f"the sheets {', '.join(names)}",
            f"{source.path}: sheet: the right name, or leave it out for the first sheet",
        )
    return names.index(source.sheet)
