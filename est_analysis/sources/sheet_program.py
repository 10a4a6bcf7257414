"""The program that reads one sheet of a workbook; `apart` runs it in a process of its own.

Standard input: how many bytes the workbook has (eight, little-endian), the workbook, and the
number of a sheet. Standard output, JSON by the line: its process number when it is ready to read;
the sheets' names; then parts of the rows, cells as the analyst sees them, as texts save for numbers
that are not whole; ``{"fault": …}`` in the place of any.
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

from python_calamine import CalamineWorkbook

ROWS_AT_ONCE = 1000


def main() -> None:
    """Answer, and end."""
    say(os.getpid())
    size = int.from_bytes(sys.stdin.buffer.read(8), "little")
    raw = sys.stdin.buffer.read(size)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        say(book.sheet_names)
        sheet = book.get_sheet_by_index(int(sys.stdin.buffer.readline()))
        before: list[str | float] = [""] * (
            sheet.start[1] if sheet.start else 0
        )  # columns that are left out
        rows = sheet.iter_rows()
        while part := list(itertools.islice(rows, ROWS_AT_ONCE)):
            say([before + [cell_text(cell) for cell in cells] for cells in part])
    except BaseException as fault:  # one error class per format; a panic is no Exception
        say({"fault": str(fault)})


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
