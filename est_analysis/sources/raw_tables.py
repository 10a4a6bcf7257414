"""Files → tables of texts, row by row as the file has them; nothing is interpreted.

Every reader gives the cells as the analyst sees them, with the row number that Excel or a text
editor shows, and lists the rows that could not be taken apart.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from est_analysis.config.model import SourceFormat
from est_analysis.errors import SourceError
from est_analysis.sources.coded import Coded, Codes, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_CELL = 100_000  # characters; a longer one is a sign of a quote that was never closed
_UNSAVED_FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*><f[^>]*>[^<]*</f>(?:<v\s*/>|<v></v>)?</c>')
OTHERWISE = "nothing of this file is used"


@dataclass(frozen=True)
class RawTable:
    """The columns of one file. `faults` are (row number, reason, what stood there)."""

    columns: dict[str, Coded]
    row_numbers: npt.NDArray[np.int32]
    faults: tuple[tuple[int, str, str], ...] = ()


Row = tuple[int, list[str]]


def refuse(path: Path, source: SourceFormat, expected: str, found: str, change: str) -> NoReturn:
    """Raise a `SourceError` about one file."""
    raise SourceError(
        f"cannot read {path.name} ({source.name})",
        expected=expected,
        found=found,
        change=change,
        otherwise=OTHERWISE,
    )


def read_raw(path: Path, source: SourceFormat, wanted: dict[str, tuple[str, ...]]) -> RawTable:
    """The `wanted` columns (name → accepted headers) of one file as texts."""
    if source.reader == "parquet":
        return _parquet(path, source, wanted)
    if source.reader == "jsonl":
        rows, faults = _json_lines(path, source)
        headers = list(dict.fromkeys(key for _, record in rows for key in record))
        places = _find_columns(path, source, headers, wanted, 1)
        cells = [(n, [record.get(h, "") for h in headers]) for n, record in rows]
        return _table(cells, places, faults)
    grid = _csv_rows(path, source) if source.reader == "csv" else _sheet_rows(path, source)
    return _from_grid(path, source, grid, wanted)


# ---- grids: csv and spreadsheets ----


def _from_grid(
    path: Path, source: SourceFormat, grid: Iterator[Row], wanted: dict[str, tuple[str, ...]]
) -> RawTable:
    rows = list(grid)
    top = source.header_row - 1
    body = top + source.header_rows
    if len(rows) < body:
        refuse(
            path,
            source,
            f"column names on row {source.header_row}",
            "an empty file" if not rows else f"only {len(rows)} rows",
            f"export the file again, or mend header_row in {source.path}",
        )
    headers = _headers([cells for _, cells in rows[top:body]])
    _check_header(path, source, headers, rows, wanted)
    places = _find_columns(path, source, headers, wanted, source.header_row)
    kept: list[Row] = []
    faults: list[tuple[int, str, str]] = []
    width = len(headers)
    for number, cells in rows[body:]:
        first = next((cell for cell in cells if cell.strip()), "")
        if not first:
            faults.append((number, "blank_row", ""))
        elif source.footer and tidy(first).startswith(source.footer):
            faults.append((number, "footer", first))
        elif len(cells) < width or any(cell.strip() for cell in cells[width:]):
            faults.append((number, "column_count", f"{len(cells)} ≠ {width}"))
        else:
            kept.append((number, cells))
    return _table(kept, places, faults)


def _headers(rows: list[list[str]]) -> list[str]:
    """Column names; of two header rows the upper one spans the blank cells to its right."""
    width = max(len(row) for row in rows)
    names = [""] * width
    for level, row in enumerate(rows):
        filled = ""
        for i in range(width):
            cell = tidy(row[i]) if i < len(row) else ""
            filled = cell or (filled if level < len(rows) - 1 else "")
            names[i] = f"{names[i]} {filled}".strip()
    while names and not names[-1]:
        names.pop()
    return names


def _check_header(
    path: Path,
    source: SourceFormat,
    headers: list[str],
    rows: list[Row],
    wanted: dict[str, tuple[str, ...]],
) -> None:
    """Say what is wrong when the declared header row does not hold the declared headers."""
    known = {header.casefold() for names in wanted.values() for header in names}
    if any(header.casefold() in known for header in headers):
        return
    for number, cells in rows[:30]:
        if sum(tidy(cell).casefold() in known for cell in cells) >= min(2, len(wanted)):
            refuse(
                path,
                source,
                f"column names on row {source.header_row}",
                f"them on row {number}",
                f"{source.path}: header_row: {number}",
            )
    line = " ".join(rows[source.header_row - 1][1])
    if source.reader == "csv":
        for other in (";", ",", "\t", "|"):
            names = {tidy(part).strip('"').casefold() for part in line.split(other)}
            if other != source.delimiter and names & known:
                shown = "tab (\\t)" if other == "\t" else other
                refuse(
                    path,
                    source,
                    f'columns separated by "{source.delimiter}"',
                    f'columns separated by "{shown}"',
                    f'{source.path}: delimiter: "{shown}"',
                )


def _csv_rows(path: Path, source: SourceFormat) -> Iterator[Row]:
    text = _decode(path, source)
    before = csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    line = 0
    try:
        for cells in reader:
            yield line + 1, cells
            line = reader.line_num
    except csv.Error as fault:
        refuse(
            path,
            source,
            f"cells of at most {LONGEST_CELL:,} characters, and a closing quote for each quote",
            f"{fault}, in the row that begins on line {line + 1}",
            f"look for a stray quote on line {line + 1} of {path.name}, mend it or export again",
        )
    finally:
        csv.field_size_limit(before)


def _decode(path: Path, source: SourceFormat) -> str:
    raw = read_bytes(path, source)
    if not raw.strip():
        refuse(path, source, "rows with data", "an empty file", "export the file again")
    encoding = (
        "utf-8-sig" if source.encoding.lower().replace("_", "-") == "utf-8" else source.encoding
    )
    try:
        text = raw.decode(encoding)
    except UnicodeError as fault:
        start = getattr(fault, "start", 0)
        line = raw[:start].count(b"\n") + 1
        other = _likely_encoding(raw)
        refuse(
            path,
            source,
            f"text in the encoding {source.encoding}",
            f"byte 0x{raw[start]:02x} on line {line}, which is not {source.encoding}"
            + (f"; the file can be read as {other}" if other else ""),
            f"{source.path}: encoding: {other or 'the right one'}",
        )
    for garbled, other in (("Ã¥", "utf-8"), ("Ã¤", "utf-8"), ("Ã¶", "utf-8"), ("\x00", "utf-16")):
        if garbled in text:
            line = text[: text.index(garbled)].count("\n") + 1
            refuse(
                path,
                source,
                f"text in the encoding {source.encoding}",
                f"{garbled!r} on line {line}: {other} read as {source.encoding}",
                f"{source.path}: encoding: {other}",
            )
    return text


def _likely_encoding(raw: bytes) -> str:
    for name in (
        "utf-8",
        "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252",
        "latin-1",
    ):
        try:
            raw.decode(name)
        except UnicodeError:
            continue
        return name
    return ""


def read_bytes(path: Path, source: SourceFormat) -> bytes:
    """The file's bytes, unpacked when its name ends with .gz."""
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError) as fault:
        refuse(
            path,
            source,
            "a file that can be opened",
            f"{type(fault).__name__}: {getattr(fault, 'strerror', None) or fault}",
            "close it in Excel, or copy it here again",
        )


def _sheet_rows(path: Path, source: SourceFormat) -> Iterator[Row]:
    from python_calamine import CalamineWorkbook

    raw = read_bytes(path, source)
    try:
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
        rows = book.get_sheet_by_index(number).to_python(skip_empty_area=False)
    except SourceError:
        raise
    except Exception as fault:  # calamine has one error class per format, and no common base
        refuse(
            path,
            source,
            f"a workbook ({source.reader})",
            f"a file that cannot be opened as one ({str(fault)[:120]})",
            "open it in Excel, save it again under the same name, or ask for a new export",
        )
    if source.reader == "xlsx":
        _refuse_unsaved_formulas(path, source, raw, number)
    for row_number, cells in enumerate(rows, start=1):
        yield row_number, [_cell_text(cell) for cell in cells]


def _refuse_unsaved_formulas(path: Path, source: SourceFormat, raw: bytes, sheet: int) -> None:
    """A formula without a saved value reads as a blank cell, which would be taken for nothing."""
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        name = f"xl/worksheets/sheet{sheet + 1}.xml"
        if name not in package.namelist():
            return
        found = _UNSAVED_FORMULA.search(package.read(name))
    if found:
        refuse(
            path,
            source,
            "cells with values",
            f"a formula without a saved value in cell {found.group(1).decode()}",
            "open the file in Excel, let it calculate, and save it",
        )


def _cell_text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "Ja" if cell else "Nej"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="minutes" if cell.second == 0 else "seconds")
    return str(cell)


# ---- records: json lines ----


def _json_lines(
    path: Path, source: SourceFormat
) -> tuple[list[tuple[int, dict[str, str]]], list[tuple[int, str, str]]]:
    records: list[tuple[int, dict[str, str]]] = []
    faults: list[tuple[int, str, str]] = []
    for number, line in enumerate(_decode(path, source).splitlines(), start=1):
        if not line.strip():
            faults.append((number, "blank_row", ""))
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            faults.append((number, "bad_json", line[:40]))
            continue
        if not isinstance(record, dict):
            faults.append((number, "bad_json", line[:40]))
            continue
        records.append((number, dict(_flat(record, ""))))
    if not records:
        refuse(path, source, "one JSON object per line", "none", "export the file again")
    return records, faults


def _flat(record: dict[str, Any], above: str) -> Iterable[tuple[str, str]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        elif isinstance(value, bool):
            yield above + key, "Ja" if value else "Nej"
        else:
            yield above + key, "" if value is None else str(value)


# ---- columns: parquet ----


def _parquet(path: Path, source: SourceFormat, wanted: dict[str, tuple[str, ...]]) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        headers = pq.read_schema(path).names
        places = _find_columns(path, source, headers, wanted, 1)
        table = pq.read_table(path, columns=[headers[i] for i in places.values()])
    except (pa.ArrowInvalid, OSError) as fault:
        refuse(
            path,
            source,
            "a Parquet file",
            str(fault).splitlines()[0][:120],
            "ask for a new export, or name another reader",
        )
    columns = {}
    for name, place in places.items():
        columns[name] = _from_arrow(table.column(headers[place]))
    if not table.num_rows:
        refuse(path, source, "rows with data", "an empty table", "export the file again")
    return RawTable(columns, np.arange(1, table.num_rows + 1, dtype=np.int32))


def _from_arrow(column: Any) -> Coded:
    import pyarrow as pa

    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.unify_dictionaries().combine_chunks()
    words = ["" if word is None else str(word) for word in whole.dictionary.to_pylist()]
    codes = whole.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    if not words:
        return Coded.constant("", len(codes))
    return Coded(codes.astype(np.int32), (*words, "")).distinct()


# ---- shared ----


def _find_columns(
    path: Path,
    source: SourceFormat,
    headers: list[str],
    wanted: dict[str, tuple[str, ...]],
    header_row: int,
) -> dict[str, int]:
    """Where each wanted column stands."""
    plain = [tidy(header).casefold() for header in headers]
    places = {}
    for name, accepted in wanted.items():
        found = [i for i, header in enumerate(plain) if header in {a.casefold() for a in accepted}]
        if len(found) == 1:
            places[name] = found[0]
            continue
        named = " or ".join(f'"{header}"' for header in accepted)
        if not found:
            listed = ", ".join(f'"{header}"' for header in headers if header)[:400]
            refuse(
                path,
                source,
                f"a column {named} ({name})",
                f"row {header_row} has {listed or 'no column names'}",
                f"{source.path}: add the export's own header to columns: {name}:",
            )
        refuse(
            path,
            source,
            f"one column {named} ({name})",
            f"{len(found)} of them, columns {', '.join(str(i + 1) for i in found)}",
            f"rename one in the export, or name only one of them in {source.path}",
        )
    return places


def _table(
    rows: list[Row], places: dict[str, int], faults: Iterable[tuple[int, str, str]]
) -> RawTable:
    columns = {
        name: Coded.of([cells[place] for _, cells in rows])
        if rows
        else Coded(np.zeros(0, np.int32), ("",))
        for name, place in places.items()
    }
    numbers: Codes = np.fromiter((number for number, _ in rows), dtype=np.int32, count=len(rows))
    return RawTable(columns, numbers, tuple(faults))
