"""Ugly workbooks and Parquet files; see `ugly_files`."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlwt
from small_town import SmallTown
from ugly_files import CSV, EXPORT, GOOD, SOURCE, Spoil, Ugly

Edit = Callable[[str, bytes], bytes]
GRID = [line.split(";") for line in (EXPORT + GOOD).splitlines()]
SHEET = "xl/worksheets/sheet1.xml"
LINKED = b'<c r="B2"><f>[1]Blad1!A1</f><v>1</v></c>'


def workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in GRID:
        book.active.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(raw: bytes, edit: Edit, more: dict[str, bytes] | None = None) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            text = edit(name, old.read(name))
            if text:
                new.writestr(name, text)
        for name, text in (more or {}).items():
            new.writestr(name, text)
    return stream.getvalue()


def in_sheet(old: bytes, new: bytes) -> Edit:
    def edit(name: str, text: bytes) -> bytes:
        if name != SHEET:
            return text
        assert old in text
        return text.replace(old, new, 1)

    return edit


def without(part: str) -> Edit:
    return lambda name, text: b"" if name.endswith(part) else text


def same(name: str, text: bytes) -> bytes:
    return text


def file_as(reader: str, raw: bytes | Callable[[], bytes]) -> Spoil:
    """A file in place of the good export; the heavy ones are made only when asked for."""

    def spoil(town: SmallTown) -> None:
        town.files.pop(CSV, None)
        town.change(SOURCE, "reader: csv", f"reader: {reader}")
        town.change(SOURCE, "*.csv", f"*.{reader}")
        town.files[f"exports/vakten.{reader}"] = raw if isinstance(raw, bytes) else raw()

    return spoil


def flipped(raw: bytes, seed: int) -> bytes:
    rng, spoilt = random.Random(seed), bytearray(raw)
    for _ in range(8):
        spoilt[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def bomb(raw: bytes, megabytes: int) -> bytes:
    """A workbook whose sheet goes on with blanks; a thousandth of that in the file."""
    stream = io.BytesIO(repacked(raw, without("sheet1.xml")))
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as package,
        package.open(SHEET, "w") as sheet,
        zipfile.ZipFile(io.BytesIO(raw)) as good,
    ):
        head, tail = good.read(SHEET).split(b"</sheetData>")
        sheet.write(head)
        for _ in range(megabytes):
            sheet.write(b" " * 1_000_000)
        sheet.write(b"</sheetData>" + tail)
    return stream.getvalue()


def understated(raw: bytes) -> bytes:
    """A sheet that says it is short and is not."""
    spoilt = bytearray(bomb(raw, 2000))
    with zipfile.ZipFile(io.BytesIO(bytes(spoilt))) as package:
        size = package.getinfo(SHEET).file_size.to_bytes(4, "little")
    place = spoilt.find(size)
    while place >= 0:
        spoilt[place : place + 4] = (900).to_bytes(4, "little")
        place = spoilt.find(size, place + 4)
    return bytes(spoilt)


def old_workbook() -> bytes:
    book, stream = xlwt.Workbook(), io.BytesIO()
    page = book.add_sheet("Blad1")
    for i, cells in enumerate(GRID):
        for j, cell in enumerate(cells):
            page.write(i, j, cell)
    book.save(stream)
    return stream.getvalue()


def in_a_circle(raw: bytes, part: int, to: int | None = None) -> bytes:
    """An old workbook of which a part's first sector is followed by itself, or by another."""
    spoilt = bytearray(raw)

    def word(place: int) -> int:
        return int.from_bytes(raw[place : place + 4], "little")

    first = word((word(48) + 1) * 512 + 128 * part + 116)
    place = (word(76) + 1) * 512 + 4 * first
    spoilt[place : place + 4] = (first if to is None else to).to_bytes(4, "little")
    return bytes(spoilt)


def with_record(raw: bytes, kind: int, place: int, value: bytes) -> bytes:
    """An old workbook with other bytes in its first record of a kind."""
    at = 512  # the workbook's stream comes first, after the header
    while int.from_bytes(raw[at : at + 2], "little") != kind:
        at += 4 + int.from_bytes(raw[at + 2 : at + 4], "little")
        if raw[at : at + 2] == b"\x0a\x00" and kind not in (0x00FC, 0x0085):
            at += 4  # the end of the part before the sheet
    at += 4 + place
    return raw[:at] + value + raw[at + len(value) :]


def open_document(rows: str, before: str = "<office:spreadsheet>") -> bytes:
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    head = _ods_row("Datum", "Område", "Typ") + _ods_row("2024-10-07", "Norr", "Bråk") * 9
    content = (
        f'<?xml version="1.0"?><office:document-content{names}><office:body>{before}'
        f'<table:table table:name="Blad1">{head}{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        package.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"/>'
        )
    return stream.getvalue()


def _ods_row(*cells: str, row: str = "", cell: str = "") -> str:
    inside = "".join(
        f'<table:table-cell office:value-type="string"{cell}><text:p>{text}</text:p></table:table-cell>'
        for text in cells
    )
    return f"<table:table-row{row}>{inside}</table:table-row>"


def parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def with_dates(column: pa.Array) -> bytes:
    rows = len(column)
    return parquet(pa.table({"Datum": column, "Område": ["Norr"] * rows, "Typ": ["Bråk"] * rows}))


def sixty_million_rows() -> bytes:
    same_word = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int8()), ["2024-10-07"])
    table = pa.table({"Datum": same_word, "Område": same_word, "Typ": same_word})
    stream = io.BytesIO()
    with pq.ParquetWriter(stream, table.schema) as writer:
        for _ in range(60):
            writer.write_table(table)
    return stream.getvalue()


def package_cases() -> list[Ugly]:
    """Workbooks of three kinds and Parquet files."""
    good = workbook()
    end, row = b"</sheetData>", b'<row r="%d"><c r="%s"%s><v>1</v></c></row></sheetData>'
    edits = {
        "a cell in the far corner": (in_sheet(end, row % (1_048_576, b"XFD1048576", b"")), "refused"),
        "a cell far beyond any sheet": (in_sheet(end, row % (999_999_999, b"ZZZ999999999", b"")), "refused"),
        "a blank cell in the far corner": (in_sheet(end, b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'), "accepted"),
        "a cell in row 0": (in_sheet(end, row % (0, b"A0", b"")), "told"),
        "a wrong dimension": (in_sheet(b"<dimension ref=", b'<dimension ref="A1:XFD1048576" x='), "told"),
        "entities": (in_sheet(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><worksheet'), "told"),
        "an entity from a file": (in_sheet(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'), "told"),
        "a link to another workbook": (in_sheet(end, b'<row r="99">' + LINKED + b"</row>" + end), "refused"),
        "a formula without a value": (in_sheet(end, b'<row r="99"><c r="A99"><f>TODAY()</f></c></row>' + end), "refused"),
        "a shared formula without a value": (in_sheet(end, b'<row r="99"><c r="A99"><f t="shared" si="0"/></c></row>' + end), "refused"),
        "an error value": (in_sheet(end, b'<row r="99"><c r="A99" t="e"><v>#REF!</v></c><c r="B99" t="e"><v>#N/A</v></c></row>' + end), "accepted"),
        "a text that is not there": (in_sheet(end, b'<row r="99"><c r="A99" t="s"><v>99999</v></c></row>' + end), "told"),
        "a negative text": (in_sheet(end, b'<row r="99"><c r="A99" t="s"><v>-1</v></c></row>' + end), "told"),
        "an endless number": (in_sheet(end, b'<row r="99"><c r="A99"><v>1e999</v></c></row>' + end), "accepted"),
        "a tag never closed": (in_sheet(end, b"<row>"), "told"),
        "no sheet": (without("sheet1.xml"), "refused"),
        "no workbook": (without("workbook.xml"), "refused"),
        "no relations": (without("workbook.xml.rels"), "refused"),
        "no styles": (without("styles.xml"), "told"),
        "no texts": (without("sharedStrings.xml"), "told"),
        "no types": (without("[Content_Types].xml"), "told"),
        "a sheet that is no XML": (lambda n, t: b"noise" if n == SHEET else t, "told"),
        "dates as numbers": (in_sheet(end, b'<row r="99"><c r="A99"><v>45000</v></c></row>' + end), "accepted"),
    }  # fmt: skip
    cases = [
        Ugly(f"xlsx: {name}", file_as("xlsx", repacked(good, edit)), outcome)
        for name, (edit, outcome) in edits.items()
    ]
    more = {
        "macros": ({"xl/vbaProject.bin": b"x"}, "refused"),
        "a part with a path": ({"../../evil.txt": b"x"}, "accepted"),
        "a link part": ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "accepted"),
        "twenty thousand parts": ({f"x/{n}": b"" for n in range(20_000)}, "refused"),
    }
    cases += [
        Ugly(f"xlsx: {name}", file_as("xlsx", repacked(good, same, parts)), outcome)
        for name, (parts, outcome) in more.items()
    ]
    cases.append(
        Ugly(
            "xlsx: a part longer than it says",
            file_as("xlsx", lambda: understated(good)),
            "refused",
        )
    )
    cases.append(
        Ugly("xlsx: a bomb of 700 MB", file_as("xlsx", lambda: bomb(good, 700)), "refused")
    )
    encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000
    cases.append(Ugly("xlsx: encrypted", file_as("xlsx", encrypted), "refused"))
    old, ods = old_workbook(), open_document("")
    cases.append(Ugly("ods: a good one", file_as("ods", ods), "accepted"))
    for to, name in ((None, "in a circle"), (90_000, "out of the file"), (0xFFFFFFFE, "cut off")):
        spoil = file_as("xls", in_a_circle(old, 1, to))
        cases.append(Ugly(f"xls: sectors {name}", spoil, "refused", ("damaged file",)))
    sizes = {
        "a sheet that ends before it begins": (0x0200, 0, b"\x00\x00\x10\x00"),
        "a sheet of four thousand million rows": (0x0200, 4, b"\xff\xff\xff\xff"),
        "a sheet of 65,535 columns": (0x0200, 10, b"\xff\xff"),
        "two thousand million texts": (0x00FC, 4, b"\xff\xff\xff\x7f"),
        "a cell far to the right": (0x00FD, 2, b"\xff\xff"),
        "a cell far down": (0x00FD, 0, b"\xff\xff"),
        "a sheet that is elsewhere": (0x0085, 0, b"\xff\xff\xff\x7f"),
    }  # fmt: skip
    for name, (kind, place, value) in sizes.items():
        spoil = file_as("xls", with_record(old, kind, place, value))
        harmless = name.endswith(("columns", "texts"))
        outcome, said = ("accepted", ("15 kept",)) if harmless else ("refused", ())
        cases.append(Ugly(f"xls: {name}", spoil, outcome, said))
    place = (int.from_bytes(old[48:52], "little") + 1) * 512 + 128 + 66
    for kind in (0, 1, 18):
        spoil = file_as("xls", old[:place] + bytes([kind]) + old[place + 1 :])
        cases.append(Ugly(f"xls: a part of kind {kind}", spoil, "accepted", ("15 kept",)))
    many = ' table:number-rows-repeated="1000000"'
    wide = ' table:number-columns-repeated="16000"'
    for name, rows, outcome in (
        ("a row a million times", _ods_row("2024-10-07", "Norr", "Bråk", row=many), "refused"),
        ("a cell sixteen thousand times", _ods_row("x", cell=wide) * 3, "refused"),
        ("blank rows a million times", f"<table:table-row{many}><table:table-cell/></table:table-row>", "accepted"),
    ):  # fmt: skip
        cases.append(Ugly(f"ods: {name}", file_as("ods", open_document(rows)), outcome))
    table = parquet(
        pa.table({"Datum": ["2024-10-07"] * 9, "Område": ["Norr"] * 9, "Typ": ["Bråk"] * 9})
    )
    for reader, raw in (("xlsx", good), ("xls", old), ("ods", ods), ("parquet", table)):
        for share in (0.1, 0.5, 0.9, 0.99):
            cut = raw[: int(len(raw) * share)]
            cases.append(Ugly(f"{reader}: cut at {share:.0%}", file_as(reader, cut), "told"))
        for seed in range(8):
            spoil = file_as(reader, flipped(raw, seed))
            cases.append(Ugly(f"{reader}: bits flipped {seed}", spoil, "told"))
    moment = pd.Timestamp("2024-10-07 22:30")
    columns = {
        "lists": (pa.array([["2024-10-07"]] * 9), "told"),
        "structs": (pa.array([{"a": 1}] * 9), "told"),
        "bytes": (pa.array([b"\xff\xfe"] * 9), "told"),
        "decimals": (pa.array([1] * 9, pa.decimal128(9, 2)), "told"),
        "nothing": (pa.nulls(9), "told"),
        "moments with zone": (pa.array([moment] * 9, pa.timestamp("ns", "UTC")), "told"),
        "days": (pa.array([moment.date()] * 9), "accepted"),
        "no rows": (pa.array([], pa.string()), "refused"),
    }
    cases += [
        Ugly(f"parquet: {name}", file_as("parquet", with_dates(column)), outcome)
        for name, (column, outcome) in columns.items()
    ]
    for name, text, other in (
        ("a header", "Område".encode(), b"\xb7mr\xc3\xa5de"), ("a text", b"Norr", b"N\xb7rr")
    ):  # fmt: skip
        spoil = file_as("parquet", table.replace(text, other))
        cases.append(Ugly(f"parquet: {name} that is no UTF-8", spoil, "refused", ("utf-8",)))
    cases.append(
        Ugly("parquet: sixty million rows", file_as("parquet", sixty_million_rows), "refused")
    )
    return cases
