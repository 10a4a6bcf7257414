"""What a file seems to be: kind, encoding, delimiter, row of column names, tables in it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from est_analysis.config import SourceFormat, Translation
from est_analysis.sources.coded import tidy
from est_analysis.sources.headers import FIRST_ROWS
from est_analysis.sources.raw_tables import Row
from est_analysis.sources.refusal import refuse
from est_analysis.sources.text_files import read_bytes
from est_analysis.sources.workbooks import sheets_of

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = ("cp1252", "mac_roman", "cp850")  # of text that is not Unicode
_SWEDISH = re.compile("[åäöÅÄÖé]")
_STRANGE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f¢£¤¥§¨©ª¬®¯°±²³¶¸¹º¼½¾ÆØ×÷ƒ‡†‰Š‹Œ„”‘’“œ™]"
)
_DATA = re.compile(r"[-\d\s.,:/]+|\d{4}-\d{2}-\d{2}.*|\d{1,2} [a-zåäö]+ \d{4}", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """One table of a file: column names, the rows below them, and where the names stand."""

    headers: list[str]
    rows: list[Row]
    header_row: int
    sheet: str = ""


@dataclass(frozen=True)
class Seen:
    """One file as it seems to be. `others` are sheets without the table."""

    path: Path
    reader: str
    encoding: str = "utf-8"
    delimiter: str = ";"
    tables: list[Table] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def look(path: Path) -> Seen:
    """What one file seems to be.

    Raises
    ------
    SourceError
        When it has no row that looks like column names.
    """
    stub = stub_of(path, "csv")
    raw = read_bytes(path, stub)
    reader = _kind(raw)
    if reader in ("xlsx", "xls", "ods"):
        sheets = sheets_of(
            path,
            stub_of(path, reader),
            lambda book: [n for n, (_, shown) in enumerate(book.sheets) if shown],
        )
        found = [(sheet.name, _table(sheet.rows, sheet.name)) for sheet in sheets]
        tables = [table for _, table in found if table is not None]
        if tables:
            first = set(tables[0].headers)
            alike = [t for t in tables if len(first & set(t.headers)) * 2 > len(first)]
            others = [name for name, table in found if table not in alike]
            return Seen(path, reader, tables=alike, others=others)
        _no_table(path, stub)
    if reader != "csv":
        _no_rows(path, stub, reader)
    encoding = _encoding(raw)
    text = raw.decode(encoding, errors="replace")
    try:
        delimiter = _delimiter(text)
        rows = _rows(text, delimiter)
    except csv.Error as fault:
        refuse(path, stub, "a text file with columns", str(fault), "look for a stray quote in it")
    table = _table(rows, "")
    if table is None:
        _no_table(path, stub)
    return Seen(path, "csv", encoding.removesuffix("-sig"), delimiter, [table])


def stub_of(path: Path, reader: str) -> SourceFormat:
    """A declaration that says nothing, for what only reads bytes and tells of faults."""
    return SourceFormat(
        actor="utkast", name=path.stem, path=path.with_suffix(".yaml"), files=(path.name,),
        reader=reader, shape="events", columns={}, date_forms={}, timezone="Europe/Stockholm",
        written_in="Europe/Stockholm", categories=Translation({}), areas=Translation({}),
        responsibilities=(),
        coverage="continuous",
    )  # fmt: skip


def _kind(raw: bytes) -> str:
    if raw.startswith(b"PK"):
        # a damaged package is refused by its reader
        return "ods" if b"opendocument.spreadsheet" in raw[:200] else "xlsx"
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if raw.startswith(b"PAR1"):
        return "parquet"
    return "jsonl" if raw.lstrip()[:1] == b"{" else "csv"


def _encoding(raw: bytes) -> str:
    """Unicode where it is; else the one with most Swedish letters and fewest strange signs."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return max(ENCODINGS, key=lambda name: _likeness(raw, name))
    return "utf-8-sig"


def _likeness(raw: bytes, encoding: str) -> int:
    text = raw[:2_000_000].decode(encoding, errors="replace")
    strange = len(_STRANGE.findall(text)) + text.count("\ufffd")
    return len(_SWEDISH.findall(text)) - 5 * strange


def _delimiter(text: str) -> str:
    """The sign that cuts most lines into the same number of cells, more than one."""
    head = "\n".join(text.splitlines()[:500])

    def evenness(sign: str) -> tuple[float, int]:
        widths = Counter(len(cells) for _, cells in _rows(head, sign) if any(cells))
        width, often = max(widths.items(), key=lambda one: (one[0] > 1, one[1]), default=(1, 0))
        return (often / max(sum(widths.values()), 1) if width > 1 else 0.0, width)

    return max(DELIMITERS, key=evenness)


def _rows(text: str, delimiter: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[Row] = []
    line = 0
    for cells in reader:
        found.append((line + 1, cells))
        line = reader.line_num
    return found


def _table(rows: list[Row], sheet: str) -> Table | None:
    """The table whose names stand on the fullest of the first rows that looks like names."""
    best: tuple[int, int] | None = None
    for place, (_, cells) in enumerate(rows[:FIRST_ROWS]):
        names = [tidy(cell) for cell in cells]
        filled = [name for name in names if name]
        if len(filled) < 2 or len(set(filled)) < len(filled):
            continue
        if any(_DATA.fullmatch(name) for name in filled) and not _periods(filled):
            continue
        if best is None or len(filled) > best[0]:
            best = (len(filled), place)
    if best is None:
        return None
    place = best[1]
    headers = [tidy(cell) for cell in rows[place][1]]
    return Table(headers, rows[place + 1 :], place + 1, sheet)


def _periods(names: list[str]) -> bool:
    """Whether those that look like data are column names such as 2025-01, 2025-02."""
    data = [name for name in names if _DATA.fullmatch(name)]
    return len(data) > 2 and all(re.fullmatch(r"(19|20)\d{2}-?(\d{2})?", name) for name in data)


def _no_table(path: Path, stub: SourceFormat) -> NoReturn:
    refuse(
        path, stub, f"a row of column names among the first {FIRST_ROWS}", "none",
        "write the declaration by hand: docs/settings.md",
    )  # fmt: skip


def _no_rows(path: Path, stub: SourceFormat, reader: str) -> NoReturn:
    refuse(
        path, stub, "a text file with columns, or a workbook", reader,
        f"write the declaration by hand, with reader: {reader}",
    )  # fmt: skip
