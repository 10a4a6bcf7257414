"""Cells such as ``#N/A`` in a workbook: its reader takes them for blank, and they are no blanks.

A blank end of an interval is none, a blank area is unknown; of an error it is not known what stood
there before.
"""

from __future__ import annotations

import html
import io
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from est_analysis.config import SourceFormat
from est_analysis.sources.compound import part_of_records
from est_analysis.sources.packages import check_reach, column_number, part_of_sheet
from est_analysis.sources.refusal import refuse

MOST_ERRORS = 500_000  # cells; an ods of a few bytes may repeat one a hundred million times
LONGEST_ERROR = 20  # characters

Errors = dict[int, dict[int, str]]

_XLSX = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,9})"[^>]*>'
    rb"(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]{1,20})</"
)
_ODS_SAYS = re.compile(rb"value-type\s*=\s*[\"']error[\"']")
_ODS_TAG = re.compile(rb"<(/?)table:(table|table-row|(?:covered-)?table-cell)(?=[\s/>])([^<]*)")
_ODS_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})[\"']")
_TAG = re.compile(rb"<[^<>]*>")
_SHEET, _ERROR, _FORMULA, _END = 0x85, 0x205, 0x06, 0x0A  # records of an xls
_CODES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip


def error_cells(path: Path, source: SourceFormat, raw: bytes, number: int) -> Errors:
    """Row → place in it → such as ``#N/A``, of a sheet.

    By what the file is: its name, and so the declared reader, may say another kind.
    """
    found: Errors = {}
    last = 0
    for n, (row, column, text) in enumerate(_cells(raw, number)):
        last = max(last, column + 1)
        check_reach(path, source, row, last)  # else blank cells without end stand before it
        if n == MOST_ERRORS:
            refuse(
                path,
                source,
                f"at most {MOST_ERRORS:,} cells with errors such as #N/A",
                "more of them",
                "mend the formulas, or take away those below and beside the table",
            )
        found.setdefault(row, {})[column] = text
    return found


def _cells(raw: bytes, number: int) -> Iterator[tuple[int, int, str]]:
    if not raw.startswith(b"PK"):
        yield from _in_xls(part_of_records(raw), number)
        return
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        names = package.namelist()
        if "content.xml" in names:
            content = package.read("content.xml")
            yield from _in_ods(content, number) if _ODS_SAYS.search(content) else ()
        elif (name := part_of_sheet(package, number)) in names:
            for letters, row, text in _XLSX.findall(package.read(name)):
                yield int(row), column_number(letters) - 1, text.decode("utf-8", "replace")


def _in_ods(content: bytes, number: int) -> Iterator[tuple[int, int, str]]:
    """Of the sheet: rows and cells may stand for several, and have no numbers of their own."""
    sheet, row, rows, column = -1, 0, 1, 0
    for tag in _ODS_TAG.finditer(content):
        closes, kind, rest = tag.groups()
        if kind == b"table":
            sheet, row, rows = sheet + (not closes), 0, 1
        if closes or kind == b"table" or sheet != number:
            continue
        repeated = _ODS_REPEATED.search(rest)
        times = int(repeated[1]) if repeated else 1
        if kind == b"table-row":
            row, rows, column = row + rows, times, 0
            continue
        if _ODS_SAYS.search(rest):
            text = _ods_text(content, tag)
            yield from ((row + r, column + c, text) for r in range(rows) for c in range(times))
        column += times


def _ods_text(content: bytes, cell: re.Match[bytes]) -> str:
    """What the cell shows; a note on it stands before that."""
    end = content.find(b"</table:table-cell", cell.end())
    inside = content[cell.end() : max(end, cell.end())]
    shown = inside.rpartition(b"</office:annotation>")[2]
    text = html.unescape(_TAG.sub(b"", shown).decode("utf-8", "replace")).strip()
    return text[:LONGEST_ERROR] if text and shown.startswith(b"<text:p") else "#ERROR!"


def _in_xls(records: bytes, number: int) -> Iterator[tuple[int, int, str]]:
    """Of the sheet; where each begins, the first records say."""
    places = [
        struct.unpack_from("<I", records, place)[0]
        for kind, place, length in _records(records, 0)
        if kind == _SHEET and length >= 4
    ]
    if number >= len(places):
        return
    for kind, place, length in _records(records, places[number]):
        if kind == _ERROR and length >= 8:
            row, column, _, code, is_error = struct.unpack_from("<HHHBB", records, place)
        elif kind == _FORMULA and length >= 14:
            row, column, _, what, _, code, _, sign = struct.unpack_from(
                "<HHHBBB3sH", records, place
            )
            is_error = what == 2 and sign == 0xFFFF
        else:
            continue
        if is_error:
            yield row + 1, column, _CODES.get(code, "#ERROR!")


def _records(records: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of each from a place on, to the end of its part."""
    while place + 4 <= len(records):
        kind, length = struct.unpack_from("<HH", records, place)
        if kind == _END or place + 4 + length > len(records):
            return
        yield kind, place + 4, length
        place += 4 + length
