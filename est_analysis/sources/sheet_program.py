"""The program that reads sheets of a workbook; `apart` runs it in a process of its own.

Standard input: how many bytes the workbook has (eight, little-endian), the workbook, and by the
line the number of a sheet and how many of its rows are asked for. Standard output, JSON by the
line: its process number when it is ready to read; the sheets' names, and whether each is shown;
then for each sheet that is asked for parts of its rows, an empty one at their end, and which cells
are merged downwards (first row, last row, column, from 0). Cells are as the analyst sees them, as
texts save for numbers that are not whole. ``{"fault": …}`` stands in the place of any.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import math
import os
import sys
from typing import Any

from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

ROWS_AT_ONCE = 1000


def main() -> None:
    """Answer, and end."""
    say(os.getpid())
    size = int.from_bytes(sys.stdin.buffer.read(8), "little")
    raw = sys.stdin.buffer.read(size)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        say([(one.name, is_shown(one)) for one in book.sheets_metadata])
        for line in sys.stdin.buffer:
            number, most = map(int, line.split())
            sheet = book.get_sheet_by_index(number)
            tell_rows(sheet, most)
            say(merged_down(sheet))
    except BaseException as fault:  # one error class per format; a panic is no Exception
        say({"fault": str(fault)})


def is_shown(sheet: SheetMetadata) -> bool:
    """Whether the analyst sees it, as a sheet of cells."""
    shown = sheet.visible == SheetVisibleEnum.Visible
    return bool(shown and sheet.typ == SheetTypeEnum.WorkSheet)


def tell_rows(sheet: CalamineSheet, most: int) -> None:
    """Its rows in parts, at most so many, and an empty part."""
    before: list[str | float] = [""] * (sheet.start[1] if sheet.start else 0)  # left out of cells
    rows = itertools.islice(sheet.iter_rows(), most)
    while part := list(itertools.islice(rows, ROWS_AT_ONCE)):
        say([before + [cell_text(cell) for cell in cells] for cells in part])
    say([])


def merged_down(sheet: CalamineSheet) -> list[tuple[int, int, int]]:
    """Cells that are merged over several rows; kinds of files that cannot tell have none."""
    ranges = sheet.merged_cell_ranges or []
    return [(top, low, left) for (top, left), (low, _) in ranges if low > top]


def say(what: object) -> None:
    """Write one line of JSON."""
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n")
    sys.stdout.buffer.flush()


def cell_text(cell: Any) -> str | float:
    """A cell as text: whole numbers without decimals, dates as ISO; other numbers as they are."""
    if isinstance(cell, bool):
        return "Ja" if cell else "Nej"
    if isinstance(cell, float) and math.isfinite(cell):
        return str(int(cell)) if cell.is_integer() else cell
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="minutes" if cell.second == 0 else "seconds")
    return str(cell)


if __name__ == "__main__":
    main()
