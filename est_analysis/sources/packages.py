"""What a workbook may be before it is opened: no bomb, no macro, no cell from another file.

Workbooks are zip packages written by somebody else. Sizes and the reach of their cells are looked
at first, because a few kilobytes can unpack to gigabytes, or hold one cell at the far corner.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from est_analysis.config import SourceFormat
from est_analysis.privacy import shown
from est_analysis.sources.refusal import refuse

LARGEST_UNPACKED = 500_000_000  # bytes
MOST_PARTS = 10_000
MOST_CELLS = 12_000_000  # from the first cell to the last one with a value
MOST_REPEATS = 10_000  # an ods row or cell that stands for so many others

_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,9})"')
_WIDE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{2,3})\d')
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,9})"[^>]*(?<!/)>(?!</)')
_SHEET = re.compile(rb'<(?:\w+:)?sheet\b[^>]*?\b\w+:id="([^"]+)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_UNSAVED_FORMULA = re.compile(
    rb'<c r="([A-Z]+\d+)"[^>]*><f[^>]*(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)
_OTHER_BOOK = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*><f[^>]*>[^<]*\[\d+\][^<]*</f>')
_REPEATED = re.compile(rb'<table:table-(row|cell)\b[^>]*?number-(?:rows|columns)-repeated="(\d+)"')


def check_package(path: Path, source: SourceFormat, raw: bytes) -> None:
    """Refuse an xlsx or ods that is too large, damaged or has macros; see `workbooks.sheets_of`."""
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        parts = package.infolist()
        size = sum(part.file_size for part in parts)
        if size > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
            refuse(
                path,
                source,
                f"a workbook of at most {LARGEST_UNPACKED // 10**6} MB unpacked",
                f"{size / 1e6:,.0f} MB in {len(parts):,} parts",
                "ask for the export as CSV or Parquet, or in several files",
            )
        if any("vbaproject" in part.filename.lower() for part in parts):
            refuse(
                path,
                source,
                "a workbook without macros",
                "macros (xl/vbaProject.bin)",
                "save it as an ordinary workbook (.xlsx), which has none",
            )
        damaged = package.testzip()  # a part that is longer than it says is damaged too
        if damaged is not None:
            refuse(path, source, "an undamaged workbook", f"a damaged part, {shown(damaged)}",
                   "copy it here again, or ask for a new export")  # fmt: skip
        if "content.xml" in package.namelist():
            _check_repeats(path, source, package.read("content.xml"))


def check_sheet(path: Path, source: SourceFormat, raw: bytes, number: int) -> None:
    """Refuse an xlsx sheet whose cells reach too far or whose values are not its own."""
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        name = part_of_sheet(package, number)
        if name not in package.namelist():
            return
        sheet = package.read(name)
    check_reach(path, source, *_reach(sheet))
    unsaved = _UNSAVED_FORMULA.search(sheet)
    if unsaved:  # it reads as a blank cell, which would be taken for nothing
        refuse(
            path,
            source,
            "cells with values",
            f"a formula without a saved value in cell {unsaved.group(1).decode()}",
            "open the file in Excel, let it calculate, and save it",
        )
    other = _OTHER_BOOK.search(sheet)
    if other:
        refuse(
            path,
            source,
            "cells with values of their own",
            f"a link to another workbook in cell {other.group(1).decode()}",
            "paste the cells as values and save it: a linked value may be an old one",
        )


def check_reach(path: Path, source: SourceFormat, rows: int, columns: int) -> None:
    """Refuse a sheet whose last cell stands too far from its first."""
    if rows * columns > MOST_CELLS:
        refuse(
            path,
            source,
            f"at most {MOST_CELLS:,} cells from the first to the last",
            f"values that reach to row {rows:,} and column {columns:,}",
            "delete what stands far from the table, or ask for the export as CSV or Parquet",
        )


def part_of_sheet(package: zipfile.ZipFile, number: int) -> str:
    """Which part of the package holds a sheet; sheets may stand in another order than parts."""
    plain = f"xl/worksheets/sheet{number + 1}.xml"
    try:
        order = _SHEET.findall(package.read("xl/workbook.xml"))
        relations = _RELATION.findall(package.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return plain
    for relation in relations:
        target = re.search(rb'\bTarget="/?(?:xl/)?([^"]+)"', relation)
        if number < len(order) and b'Id="' + order[number] + b'"' in relation and target:
            return "xl/" + target.group(1).decode("utf-8", "replace")
    return plain


def _reach(sheet: bytes) -> tuple[int, int]:
    """The last row and column with a value; of ordinary sheets an upper bound is enough."""
    rows = max((int(match.group(1)) for match in _ROW.finditer(sheet)), default=1)
    columns = max((column_number(letters) for letters in set(_WIDE.findall(sheet))), default=26)
    if rows * columns <= MOST_CELLS:
        return rows, columns
    rows = columns = 1
    for match in _CELL.finditer(sheet):
        rows = max(rows, int(match.group(2)))
        columns = max(columns, column_number(match.group(1)))
    return rows, columns


def column_number(letters: bytes) -> int:
    """Of a column's letters: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_repeats(path: Path, source: SourceFormat, content: bytes) -> None:
    """Rows and cells that stand for many others may be blank ones only."""
    for match in _REPEATED.finditer(content):
        if int(match.group(2)) <= MOST_REPEATS:
            continue
        ending = b"</table:table-row>" if match.group(1) == b"row" else b">"
        end = content.find(ending, match.end())
        if b"office:value" in content[match.start() : end if end > 0 else None]:
            refuse(
                path,
                source,
                f"values repeated at most {MOST_REPEATS:,} times",
                f"one repeated {int(match.group(2)):,} times",
                "delete what stands below or beside the table, or ask for the export as CSV",
            )
