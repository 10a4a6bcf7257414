"""Whether the sheets of an old workbook (xls) are as large as such sheets can be.

A workbook's stream is a row of records ([MS-XLS], Microsoft's open specification). Some say how
much there is of something, and a reader makes room for it before it looks: a damaged number asks
for hundreds of gigabytes, which ends the program without a word. Here the numbers are looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from est_analysis.sources.packages import MOST_CELLS

MOST_ROWS, MOST_COLUMNS = 65_536, 256  # of a sheet in this form
_END, _SHEET, _TEXTS, _SIZE = 0x000A, 0x0085, 0x00FC, 0x0200
_CELLS = {0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
_SEVERAL = {0x00BD, 0x00BE}  # cells beside each other; the last column stands at the end
_SMALLEST_TEXT = 3  # bytes


def oversized(stream: bytes) -> str:
    """What of a workbook's stream is larger than it can be; empty when nothing is."""
    sheets = []
    for kind, data in _records(stream, 0):
        if kind == _SHEET and len(data) >= 4:
            sheets.append(struct.unpack_from("<I", data)[0])
        if kind == _TEXTS and len(data) >= 8:
            texts = struct.unpack_from("<I", data, 4)[0]
            if texts * _SMALLEST_TEXT > len(stream):
                return f"it says it has {texts:,} texts"
    return next(filter(None, (_oversized_sheet(stream, start) for start in sheets)), "")


def _oversized_sheet(stream: bytes, start: int) -> str:
    rows, columns = [], []
    for kind, data in _records(stream, start):
        if kind == _SIZE and len(data) in (10, 14):
            form = "<HHHH" if len(data) == 10 else "<IIHH"
            first, last, left, right = struct.unpack_from(form, data)
            if not first <= last <= MOST_ROWS or not left <= right <= MOST_COLUMNS:
                return f"a sheet says it has rows {first:,}–{last:,}, columns {left:,}–{right:,}"
        elif kind in _CELLS and len(data) >= 6:
            row, column = struct.unpack_from("<HH", data)
            rows.append(row)
            columns += [column, *(struct.unpack("<H", data[-2:]) if kind in _SEVERAL else ())]
    if not rows:
        return ""
    cells = (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
    return f"a sheet of {cells:,} cells" if cells > MOST_CELLS else ""


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the records from a place to the end of their part."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _END:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length
