"""Files → tables of texts, row by row as the file has them; nothing is interpreted.

Every reader gives the cells as the analyst sees them, with the row number that Excel or a text
editor shows, and lists the rows that could not be taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from est_analysis.config import SourceFormat
from est_analysis.privacy import LONGEST_LIST, masked, shown
from est_analysis.sources.coded import Coded, Codes, folded, tidy
from est_analysis.sources.date_systems import check_serials
from est_analysis.sources.headers import FIRST_ROWS, accepted, joined_headers
from est_analysis.sources.json_files import json_lines, json_records
from est_analysis.sources.numbers import Fraction, number_text
from est_analysis.sources.other_sheets import OtherSheet
from est_analysis.sources.refusal import refuse
from est_analysis.sources.stray_quotes import check_quotes
from est_analysis.sources.text_files import csv_rows
from est_analysis.sources.workbooks import sheet_of


@dataclass(frozen=True)
class Total:
    """A sum that an export itself states, and what its parts add up to."""

    row: int
    cell: str  # the header above it
    said: int
    found: int


@dataclass(frozen=True)
class RawTable:
    """The columns of one file or sheet. `faults` are (row number, reason, what stood there).

    `sheets` are those of a workbook with rows that are not read.

    A count that is a number with decimals has the declared decimal sign, whatever the file has.
    """

    columns: dict[str, Coded]
    row_numbers: npt.NDArray[np.int32]
    faults: tuple[tuple[int, str, str], ...] = ()
    sheets: tuple[OtherSheet, ...] = ()
    sheet: str = ""  # where a workbook has several
    totals: tuple[Total, ...] = ()

    def __len__(self) -> int:
        return len(self.row_numbers)


Row = tuple[int, list[str]]
Merged = Iterable[tuple[int, int, int]]
MOST_ROWS = 50_000_000
_IN_EVERY_ROW = ("occurred_from", "week", "day", "month", "year")
SAME_BELOW = (  # fields whose cell says the same of every row that it is merged over
    "occurred_from", "time_from", "occurred_to", "time_to", "reported_at", "year", "week", "month",
    "day", "area", "address", "north", "east", "category", "place",
)  # fmt: skip


def read_raw(path: Path, source: SourceFormat, wanted: dict[str, tuple[str, ...]]) -> RawTable:
    """The `wanted` columns (name → accepted headers) of one file as texts."""
    if source.reader == "parquet":
        return _parquet(path, source, wanted)
    if source.reader in ("json", "jsonl"):
        rows, faults = (json_lines if source.reader == "jsonl" else json_records)(path, source)
        headers = list(dict.fromkeys(key for _, record in rows for key in record))
        places = _find_columns(path, source, headers, wanted, 1)
        cells = [(n, [record.get(h, "") for h in headers]) for n, record in rows]
        return _table(source, cells, places, faults)
    if source.reader == "csv":
        return from_grid(path, source, list(csv_rows(path, source)), wanted)
    sheet = sheet_of(path, source, wanted)
    table = from_grid(path, source, sheet.rows, wanted, sheet.merged)
    check_serials(path, source, table.columns, table.row_numbers)
    return replace(table, sheets=sheet.others)


def headers_of(path: Path, source: SourceFormat, rows: Sequence[Row]) -> list[str]:
    """The column names of a table, from the declared header rows."""
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
    return joined_headers([cells for _, cells in rows[top:body]])


def from_grid(
    path: Path,
    source: SourceFormat,
    rows: list[Row],
    wanted: dict[str, tuple[str, ...]],
    merged: Merged = (),
) -> RawTable:
    """The `wanted` columns of rows of cells, the declared header rows among them."""
    headers = headers_of(path, source, rows)
    top = source.header_row - 1
    body = top + source.header_rows
    _check_header(path, source, headers, rows, wanted)
    places = _find_columns(path, source, headers, wanted, source.header_row)
    if source.reader == "csv":
        across = max(len(cells) for _, cells in rows[top:body])  # blank headers too
        in_every_row = [places[name] for name in _IN_EVERY_ROW if name in places]
        by = (in_every_row or list(places.values())[-1:])[0]  # of a wide table a counted column
        check_quotes(path, source, rows[body - 1 :], across, by)
    _fill_merged(rows[body:], places, merged)
    kept: list[Row] = []
    faults: list[tuple[int, str, str]] = []
    width = len(headers)
    ends = {folded(text): text for text in source.footer}
    for number, cells in rows[body:]:
        first = next((cell for cell in cells if cell.strip()), "")
        if not first:
            faults.append((number, "blank_row", ""))
        elif ends and folded(first).startswith(tuple(ends)):
            begin = next(text for text in ends if folded(first).startswith(text))
            faults.append((number, "footer", ends[begin]))
        elif len(cells) < width or any(cell.strip() for cell in cells[width:]):
            faults.append((number, "column_count", f"{len(cells)} ≠ {width}"))
        else:
            kept.append((number, cells))
    return _table(source, kept, places, faults)


def _fill_merged(rows: Sequence[Row], places: dict[str, int], merged: Merged) -> None:
    """Give every row what stands in a cell that is merged over it, where it can only mean that.

    A number that is merged over rows is not one for each, and a merged number of a case does not
    make the rows one.
    """
    said = {place for name, place in places.items() if name in SAME_BELOW}
    spans = [span for span in merged if span[2] in said]
    if not spans:
        return
    cells_of = dict(rows)
    for first, last, place in spans:
        if first in cells_of:
            for number in range(first + 1, last + 1):
                cells = cells_of.get(number, [])
                if any(map(str.strip, cells)) and not cells[place]:
                    cells[place] = cells_of[first][place]


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
    for number, cells in rows[:FIRST_ROWS]:
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


def _parquet(path: Path, source: SourceFormat, wanted: dict[str, tuple[str, ...]]) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > MOST_ROWS:
            refuse(
                path,
                source,
                f"at most {MOST_ROWS:,} rows",
                f"{file.metadata.num_rows:,}",
                "ask for the export in several files",
            )
        headers = file.schema_arrow.names
        places = _find_columns(path, source, headers, wanted, 1)
        table = pq.read_table(path, columns=[headers[i] for i in dict.fromkeys(places.values())])
        columns = {
            name: _from_arrow(table.column(headers[place]), name, source)
            for name, place in places.items()
        }
    except (pa.ArrowException, UnicodeDecodeError, OSError) as fault:
        refuse(
            path,
            source,
            "a Parquet file with columns of texts, numbers and moments",
            shown((str(fault).splitlines() or [type(fault).__name__])[0]),
            "ask for a new export, or name another reader",
        )
    if not table.num_rows:
        refuse(path, source, "rows with data", "an empty table", "export the file again")
    return RawTable(columns, np.arange(1, table.num_rows + 1, dtype=np.int32))


def _from_arrow(column: Any, name: str, source: SourceFormat) -> Coded:
    import pyarrow as pa

    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.unify_dictionaries().combine_chunks()
    words = _declared(name, source, [_arrow_text(word) for word in whole.dictionary.to_pylist()])
    codes = whole.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    if not words:
        return Coded.constant("", len(codes))
    return Coded(codes.astype(np.int32, copy=False), (*words, "")).distinct()


def _arrow_text(value: Any) -> str:
    if value is None:
        return ""
    return number_text(str(value)) if isinstance(value, float | Decimal) else str(value)


def _declared(name: str, source: SourceFormat, cells: list[str]) -> list[str]:
    """The cells of a column, numbers in a count with the declared decimal sign."""
    if name != "count":
        return cells
    return [cell.written(source.decimal) if isinstance(cell, Fraction) else cell for cell in cells]


def _find_columns(
    path: Path,
    source: SourceFormat,
    headers: list[str],
    wanted: dict[str, tuple[str, ...]],
    header_row: int,
) -> dict[str, int]:
    """Where each wanted column stands."""
    places = {}
    for name, own_names in wanted.items():
        found = accepted(headers, own_names)
        if len(found) == 1:
            places[name] = found[0]
            continue
        named = " or ".join(f'"{header}"' for header in own_names)
        if not found:
            # one by one, so that one of them does not hide the rest; then together, since a row of
            # data in their place may have a person in two cells
            named_so = masked([header for header in headers if header])
            listed = shown(", ".join(f'"{header}"' for header in named_so), LONGEST_LIST)
            own = f"add the export's own header to columns: {name}:"
            if _looks_like_data(headers) and source.reader not in ("json", "jsonl", "parquet"):
                own = f"header_row, if row {header_row} is not the column names; else {own}"
            refuse(
                path,
                source,
                f"a column {named} ({name})",
                f"row {header_row} has {listed or 'no column names'}",
                f"{source.path}: {own}",
            )
        refuse(
            path,
            source,
            f"one column {named} ({name})",
            f"{len(found)} of them, columns {', '.join(str(i + 1) for i in found)}",
            f"rename one in the export, or name only one of them in {source.path}",
        )
    return places


def _looks_like_data(headers: list[str]) -> bool:
    """Whether a row may be a title or data: a single cell, or digits in it."""
    filled = [header for header in headers if header]
    return len(filled) < 2 or any(sign.isdigit() for header in filled for sign in header)


def _table(
    source: SourceFormat,
    rows: list[Row],
    places: dict[str, int],
    faults: Iterable[tuple[int, str, str]],
) -> RawTable:
    columns = {
        name: Coded.of(_declared(name, source, [cells[place] for _, cells in rows]))
        if rows
        else Coded(np.zeros(0, np.int32), ("",))
        for name, place in places.items()
    }
    numbers: Codes = np.fromiter((number for number, _ in rows), dtype=np.int32, count=len(rows))
    return RawTable(columns, numbers, tuple(faults))
