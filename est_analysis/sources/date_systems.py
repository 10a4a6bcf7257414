"""Which day a workbook counts its days from: 1900, or 1904 in many that were made on a Mac.

A cell with a date is a date in both. A bare number is not: 44255 is 2021-02-28 in the one and
2025-03-01 in the other.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np

from est_analysis.config import SourceFormat
from est_analysis.sources.coded import Coded, Codes, tidy
from est_analysis.sources.compound import part_of_records
from est_analysis.sources.refusal import refuse
from est_analysis.sources.text_files import read_bytes

_SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
_SAYS_1904 = {  # xlsx, ods
    "xl/workbook.xml": re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*?\bdate1904\s*=\s*[\"'](?:1|t)"),
    "content.xml": re.compile(rb"<table:null-date\b[^>]*?date-value\s*=\s*[\"']1904-01-01"),
}
_DATE_SYSTEM, _END_OF_PART = 0x22, 0x0A  # records of an xls


def check_serials(path: Path, source: SourceFormat, columns: dict[str, Coded], rows: Codes) -> None:
    """Refuse bare numbers as dates in a workbook that counts from 1904.

    They are looked for where `excel` is a form of a date, because only there are they read.
    """
    for field, forms in source.date_forms.items():
        if "excel" not in forms or field not in columns:
            continue
        column = columns[field]
        serial = column.flags([_SERIAL.fullmatch(tidy(word)) is not None for word in column.words])
        if serial.any() and _from_1904(read_bytes(path, source)):
            first = int(np.argmax(serial))
            refuse(
                path,
                source,
                "dates as dates, or numbers that count days from 1900",
                f"{column.words[column.codes[first]]} on row {rows[first]}, in a workbook that "
                "counts days from 1904",
                f'give the column "{source.columns[field].headers[0]}" a date format in Excel and '
                "save, so that it has dates instead of numbers",
            )


def _from_1904(raw: bytes) -> bool:
    """By what the file is: its name, and so the declared reader, may say another kind."""
    if not raw.startswith(b"PK"):
        return _record_says_1904(part_of_records(raw))
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return any(
            says.search(package.read(name)) is not None
            for name, says in _SAYS_1904.items()
            if name in package.namelist()
        )


def _record_says_1904(records: bytes) -> bool:
    """What the first part of an xls says; each record has its kind and its length before it."""
    place = 0
    while place + 4 <= len(records):
        kind, length = np.frombuffer(records, "<u2", 2, place).tolist()
        if kind == _DATE_SYSTEM:
            return records[place + 4 : place + 6] == b"\x01\x00"
        if kind == _END_OF_PART:
            break
        place += 4 + length
    return False
