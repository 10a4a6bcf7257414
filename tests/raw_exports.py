"""Actors' raw files, changed row by row as whoever exports them might have done it."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from est_analysis.config import SourceFormat

_DAY_FIRST = re.compile(r"^(\d{1,2})([./])(\d{1,2})(?=[-.]\d)")
_YEAR_FIRST = re.compile(r"^(\d{4}-)(\d\d)-(\d\d)")


@dataclass
class RawFile:
    """The cells of one file; a row has the number that the program gives it in ``source_row``."""

    path: Path
    source: SourceFormat
    rows: dict[int, list[Any]]
    headers: list[str]

    def cell(self, number: int, field: str) -> Any:
        """What stands in a row's field (``area``, ``count`` …), the whole cell."""
        return self.rows[number][self._place(field)]

    def part(self, number: int, field: str) -> str:
        """What the declaration reads of that cell."""
        column = self.source.columns[field]
        text = str(self.cell(number, field))
        return text.split(column.split)[column.part - 1].strip() if column.split else text

    def write(self, number: int, field: str, text: str) -> None:
        """Put another text in place of what the declaration reads."""
        column = self.source.columns[field]
        if column.split:
            parts = str(self.cell(number, field)).split(column.split)
            parts[column.part - 1] = f" {text}" if column.part > 1 and text else text
            text = column.split.join(parts)
        self.rows[number][self._place(field)] = text

    def swap_day_and_month(self, number: int) -> bool:
        """Write 3 September as 9 March, wherever the row says it; False where that cannot be."""
        fields = [name for name in ("occurred_from", "occurred_to") if name in self.source.columns]
        swapped = [_swapped(self.cell(number, name)) for name in fields]
        if None in swapped:
            return False
        for name, value in zip(fields, swapped, strict=True):
            self.rows[number][self._place(name)] = value
        return True

    def _place(self, field: str) -> int:
        wanted = self.source.columns[field].headers
        return next(self.headers.index(name) for name in wanted if name in self.headers)


def _swapped(cell: Any) -> Any:
    if isinstance(cell, dt.datetime):
        same = cell.day > 12 or cell.day == cell.month
        return None if same else cell.replace(day=cell.month, month=cell.day)
    for form, day, month in ((_DAY_FIRST, 1, 3), (_YEAR_FIRST, 3, 2)):
        found = form.match(str(cell))
        if found is None:
            continue
        if int(found[day]) > 12 or int(found[day]) == int(found[month]):
            return None
        rest = str(cell)[found.end() :]
        parts = (found[3], found[2], found[1]) if form is _DAY_FIRST else (
            found[1], found[3], "-", found[2]
        )  # fmt: skip
        return "".join(parts) + rest
    return None


def raw_file(path: Path, source: SourceFormat) -> RawFile:
    """The cells of a file."""
    return _FORMS[source.reader](path, source)[0]


def rewrite(
    path: Path,
    source: SourceFormat,
    change: Callable[[RawFile], None],
    gone: Iterable[int] = (),
) -> None:
    """Write a file anew with changed cells, and without some rows.

    Parameters
    ----------
    change
        Called with the file's cells.
    gone
        Numbers of rows that are left out; the rows below them move up.
    """
    raw, write = _FORMS[source.reader](path, source)
    change(raw)
    for number in gone:
        del raw.rows[number]
    write(path, raw)


Form = tuple[RawFile, Callable[[Path, RawFile], None]]


def _delimited(path: Path, source: SourceFormat) -> Form:
    content = _unpacked(path)
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else source.encoding
    text = content.decode(encoding)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter))
    rows = {number: list(row) for number, row in enumerate(lines, start=1)}
    raw = RawFile(path, source, rows, rows[source.header_row])

    def write(target: Path, changed: RawFile) -> None:
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=source.delimiter).writerows(changed.rows.values())
        _pack(target, stream.getvalue().encode(encoding))

    return raw, write


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _pack(path: Path, content: bytes) -> None:
    packed = path.suffix == ".gz"
    path.write_bytes(gzip.compress(content, compresslevel=1, mtime=0) if packed else content)


def _json_lines(path: Path, source: SourceFormat) -> Form:
    items = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    headers = list(items[0])
    rows = {number: list(item.values()) for number, item in enumerate(items, start=1)}
    raw = RawFile(path, source, rows, headers)

    def write(target: Path, changed: RawFile) -> None:
        lines = [
            json.dumps(dict(zip(headers, row, strict=True)), ensure_ascii=False)
            for row in changed.rows.values()
        ]
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return raw, write


def _workbook(path: Path, source: SourceFormat) -> Form:
    book = load_workbook(path, read_only=True)
    there = book[source.sheet] if source.sheet else book.worksheets[0]
    cells = there.iter_rows(values_only=True)
    rows = {number: list(row) for number, row in enumerate(cells, start=1)}
    title = there.title
    book.close()
    raw = RawFile(path, source, rows, _headers(rows, source))

    def write(target: Path, changed: RawFile) -> None:
        book = Workbook(write_only=True)
        sheet = book.create_sheet(title)
        for row in changed.rows.values():
            sheet.append(row)
        book.save(target)

    return raw, write


def _headers(rows: dict[int, list[Any]], source: SourceFormat) -> list[str]:
    """Names in one row, or in two: the upper one holds for the cells to its right that are bare."""
    upper = [str(cell or "") for cell in rows[source.header_row]]
    if source.header_rows == 1:
        return upper
    lower = [str(cell or "") for cell in rows[source.header_row + 1]]
    for place in range(1, len(upper)):
        upper[place] = upper[place] or upper[place - 1]
    return [f"{over} {under}".strip() for over, under in zip(upper, lower, strict=True)]


_FORMS: dict[str, Callable[[Path, SourceFormat], Form]] = {
    "csv": _delimited,
    "jsonl": _json_lines,
    "xlsx": _workbook,
}
