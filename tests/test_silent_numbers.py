"""What would give other numbers without a word: each is refused, or read as what it is."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from small_town import EXPORT, SmallTown
from ugly_packages import in_sheet, open_document, repacked

from est_analysis.errors import SourceError
from est_analysis.incidents import Cleaning, clean
from est_analysis.sources.compound import MARK, part_of
from est_analysis.sources.error_cells import error_cells
from est_analysis.sources.numbers import number_text
from est_analysis.sources.stray_quotes import check_quotes

SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
AS_OF = dt.date(2025, 6, 30)
NOTHING_ELSE = (
    "confirmed: [{{suspicion: unread_sheet, value: {}, day: 2025-06-30, by: samordnaren}}]\n"
)
COUNTED = ["Datum", "Område", "Typ", "Antal"]


def cleaned(town: SmallTown) -> Cleaning:
    """With the account of the rows: each has one fate."""
    found = clean(town.load(), AS_OF)
    tally = found.tally.iloc[0]
    assert tally["read"] == tally["kept"] + tally["rejected"] + tally["duplicates"]
    return found


def refusal(town: SmallTown) -> SourceError:
    with pytest.raises(SourceError) as caught:
        clean(town.load(), AS_OF)
    return caught.value


def with_file(town: SmallTown, reader: str, content: bytes | str, forms: str = "[iso]") -> None:
    town.change(SOURCE, "reader: csv", f"reader: {reader}").change(SOURCE, "*.csv", "*")
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', forms)
    del town.files[CSV]
    town.files[f"exports/vakten.{reader}"] = content


def workbook(rows: list[list[Any]], *, mac: bool = False) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


# ---- numbers of typed cells ----


def in_workbook(values: list[Any]) -> bytes:
    return workbook([COUNTED, *(["2024-10-07", "Norr", "Bråk", value] for value in values)])


def in_json(values: list[Any]) -> bytes:
    rows = (["2024-10-07", "Norr", "Bråk", value] for value in values)
    lines = (json.dumps(dict(zip(COUNTED, row, strict=True))) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def in_parquet(values: list[Any]) -> bytes:
    stream = io.BytesIO()
    frame = pd.DataFrame([["2024-10-07", "Norr", "Bråk"]] * len(values), columns=COUNTED[:3])
    frame.assign(Antal=values).to_parquet(stream)
    return stream.getvalue()


def in_parquet_as_decimals(values: list[Any]) -> bytes:
    return in_parquet([Decimal(f"{value:.3f}") for value in values])


@pytest.mark.parametrize("decimal", [",", "."])
@pytest.mark.parametrize(
    ("reader", "content"),
    [("xlsx", in_workbook), ("jsonl", in_json), ("parquet", in_parquet),
     ("parquet", in_parquet_as_decimals)],
)  # fmt: skip
def test_a_number_of_a_typed_cell_is_never_read_as_a_grouped_text(
    town: SmallTown, reader: str, content: Callable[[list[Any]], bytes], decimal: str
) -> None:
    with_file(town, reader, content([1.125, 0.333, 2.5, 2.0, 1234.0, 0.0]))
    counts = f"shape: counts\ntwice: add\ndecimal: '{decimal}'\ncolumns:"
    town.change(SOURCE, "columns:", counts)
    town.change(SOURCE, "  area: Område", "  count: Antal\n  area: Område")
    found = cleaned(town)
    assert found.incidents["count"].tolist() == [2, 1234, 0]
    assert set(found.rejected["reason"]) == {"bad_count"}
    shown = [value.rstrip("0") for value in found.rejected["value"]]
    assert shown == [f"1{decimal}125", f"0{decimal}333", f"2{decimal}5"]


@pytest.mark.parametrize(
    ("written", "text"),
    [("-0.0", "0"), ("1e2", "100"), ("1E+2", "100"), ("12345678901234567891.0", "12345678901234567891.0"),
     ("1e400", "1e400"), ("1e-400", "0"), ("0.1", "0.1"), ("999999999999999.0", "999999999999999")],
)  # fmt: skip
def test_numbers_as_texts(written: str, text: str) -> None:
    assert number_text(written) == text


def test_a_fraction_elsewhere_is_written_as_it_is(town: SmallTown) -> None:
    content = workbook([COUNTED[:3], ["2024-10-07", 12.5, "Bråk"]])
    with_file(town, "xlsx", content)
    town.change(SOURCE, "areas:\n  match: name", "areas:\n  map: {'12.5': norr}")
    assert cleaned(town).incidents["area"].tolist() == ["norr"]


@pytest.mark.parametrize(
    ("decimal", "word", "fate"),
    [(",", "12,000", "unclear_count"), (".", "1.000", "unclear_count"), (",", "0,000", "unclear_count"),
     (",", "12.000", 12_000), (".", "12,000", 12_000), (",", "12,00", 12), (",", "12,0000", 12),
     (",", "1.234.567", 1_234_567), (",", "1 234.567", "bad_count"), (".", "1 234,567", "bad_count"),
     (",", "1.234,5", "bad_count"), (",", "1,234", "bad_count"), (",", "x,000", "bad_count")],
)  # fmt: skip
def test_a_text_that_may_be_thousands_or_decimals_is_not_guessed(
    town: SmallTown, decimal: str, word: str, fate: int | str
) -> None:
    town.change(
        SOURCE, "columns:", f"shape: counts\ndecimal: '{decimal}'\ncolumns:\n  count: Antal"
    )
    town.files[CSV] = f"{';'.join(COUNTED)}\n2024-10-07;Norr;Bråk;{word}\n"
    found = cleaned(town)
    assert [*found.incidents["count"], *found.rejected["reason"]] == [fate]


# ---- quotes that join rows ----

NOTED = "Datum;Område;Typ;Not\n"
ROW = "2024-10-07;Norr;Bråk;x\n"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (NOTED + '2024-10-07;Norr;Bråk;"oj\n' + ROW * 300 + '2024-10-07;Norr;Bråk;slut"\n' + ROW * 2,
         "302 lines that look like rows in the one that begins on line 2 and ends on line 303"),
        (NOTED + ROW + '2024-10-07;Norr;Bråk;"oj\n2024-10-08;Söder;Bråk;slut"\n', "line 3"),
        (NOTED + ROW + '2024-10-07;"Norr;Bråk;x\n2024-10-08;Söder";Bråk;x\n', "line 3"),
        (NOTED + ROW + '"2024-10-07;Norr;Bråk;x\n2024-10-08";Söder;Bråk;x\n', "line 3"),
        (NOTED + ROW + '2024-10-07;Norr;"Bråk;x\n2024-10-08";Söder;Bråk;x\n', "line 3"),
        (NOTED.replace("\nNot", "Not").replace("Not", '"Not') + ROW * 3 + '2024-10-07;Norr;Bråk;x"\n' + ROW,
         "line 1"),
        ((NOTED + ROW + '2024-10-07;Norr;Bråk;"oj\n2024-10-08;Söder;Bråk;slut"\n').replace("\n", "\r\n"),
         "ends on line 4"),
        ((NOTED + ROW + '2024-10-07;Norr;Bråk;"oj\n2024-10-08;Söder;Bråk;slut"\n').replace("\n", "\r"),
         "ends on line 4"),
    ],
)  # fmt: skip
def test_a_stray_quote_swallows_no_rows(town: SmallTown, text: str, where: str) -> None:
    town.files[CSV] = text
    told = refusal(town)
    assert where in told.found
    assert "stray quote" in told.change


@pytest.mark.parametrize(
    "text",
    [
        NOTED + '2024-10-07;Norr;Bråk;"en rad\noch; en; till; med skiljetecken\n\nslut"\n' + ROW,
        NOTED + '2024-10-07;Norr;Bråk;"den 2024-10-08; ringde\n2024-10-09; igen"\n' + ROW,
        NOTED + ROW + '2024-10-07;Norr;Bråk;"sist i filen\nett; två; tre; fyra"\n',
        "Not;Datum;Område;Typ\n" + '"ett\ntvå";2024-10-07;Norr;Bråk\n' * 2,
        "Not;Datum;Område;Typ;Mer\n" + '"ett\ntvå";2024-10-07;Norr;Bråk;"tre\nfyra"\n' * 2,
        "Not;Datum;Område;Typ\n" + '"ett\r\ntvå";2024-10-07;Norr;Bråk\r\n' * 2,
    ],
)
def test_free_text_with_line_breaks_is_read(town: SmallTown, text: str) -> None:
    town.files[CSV] = text
    assert cleaned(town).incidents["area"].tolist() == ["norr", "norr"]


def test_a_row_pasted_into_a_text_is_asked_about_and_may_stand_on_one_line(
    town: SmallTown,
) -> None:
    """It looks like a row that a stray quote has swallowed, and that must not be lost."""
    town.files[CSV] = NOTED + ROW + '2024-10-08;Norr;Bråk;"se\n2024-10-07;a;b;c"\n' + ROW
    told = refusal(town)
    assert told.found.startswith("2 lines that look like rows in the one that begins on line 3")
    assert "pasted into a text, take away the line break before it" in told.change
    town.files[CSV] = NOTED + ROW + '2024-10-08;Norr;Bråk;"se 2024-10-07;a;b;c"\n' + ROW
    assert len(cleaned(town).incidents) == 3


@pytest.mark.parametrize("dates", ["", "2024-10-07"])
def test_texts_of_several_lines_are_looked_through_once(town: SmallTown, dates: str) -> None:
    """How dates are written is asked of all rows once, also where no row has a date."""
    source = town.load().sources["vakten"]
    asked = 0

    class Cells(list[str]):
        def __len__(self) -> int:
            nonlocal asked
            asked += 1
            return super().__len__()

    rows = [(2 * n + 1, Cells([dates, "Norr", "Bråk", "a\nb"])) for n in range(500)]
    check_quotes(Path("vakten.csv"), source, cast(Any, rows), 4, 0)
    assert asked <= 3 * len(rows)


# ---- days and months of one file ----


def month(form: str, year: int, number: int) -> str:
    days = (dt.date(year, number, day).strftime(form) for day in range(1, 29))
    return "Datum;Område;Typ\n" + "".join(f"{day};Norr;Bråk\n" for day in days)


def test_a_file_with_days_and_months_swapped_is_refused_among_right_ones(town: SmallTown) -> None:
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', '["%d/%m/%Y"]')
    del town.files[CSV]
    for number in range(1, 13):
        town.files[f"exports/vakten_2024_{number:02}.csv"] = month("%d/%m/%Y", 2024, number)
    assert len(cleaned(town).incidents) == 12 * 28
    town.files["exports/vakten_2025_03.csv"] = month("%m/%d/%Y", 2025, 3)
    told = refusal(town)
    assert told.found.startswith("'03/13/2025' in vakten_2025_03.csv, row 14,")
    assert "export vakten_2025_03.csv again" in told.change


def test_a_mistyped_day_among_right_ones_is_a_row_left_out(town: SmallTown) -> None:
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', '["%d/%m/%Y"]')
    town.files[CSV] = month("%d/%m/%Y", 2024, 10) + "10/13/2024;Norr;Bråk\n"
    town.files["exports/vakten_2.csv"] = month("%d/%m/%Y", 2024, 11)
    assert cleaned(town).rejected[["row", "reason"]].to_numpy().tolist() == [[30, "no_such_date"]]


# ---- workbooks that count days from 1904 ----


def old_workbook(rows: list[list[Any]], *, mac: bool) -> bytes:
    xlwt = pytest.importorskip("xlwt")
    book, stream = xlwt.Workbook(), io.BytesIO()
    book.dates_1904 = mac
    sheet, dated = book.add_sheet("Blad1"), xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell, *([dated] if isinstance(cell, dt.date) else []))
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("reader", "make"), [("xlsx", workbook), ("xls", old_workbook)])
@pytest.mark.parametrize("serial", [44255, 44256.5])
def test_bare_numbers_of_a_1904_workbook_are_no_dates_of_1900(
    town: SmallTown, reader: str, make: Callable[..., bytes], serial: float
) -> None:
    real, bare = [dt.date(2025, 3, 1), "Norr", "Bråk"], [serial, "Norr", "Bråk"]
    with_file(town, reader, make([COUNTED[:3], real], mac=True), "[excel]")
    name = f"exports/vakten.{reader}"
    assert cleaned(town).incidents["occurred_from"].dt.strftime("%F").tolist() == ["2025-03-01"]
    town.files[name] = make([COUNTED[:3], real, bare], mac=True)
    told = refusal(town)
    assert f"{serial} on row 3" in told.found
    assert '"Datum"' in told.change
    town.files[name] = make([COUNTED[:3], bare], mac=False)
    assert cleaned(town).incidents["occurred_from"].dt.year.tolist() == [2021]


@pytest.mark.parametrize("serial", [" 44255", "44255\u00a0", "\t44256.5"])
def test_blanks_beside_a_bare_number_of_1904_hide_nothing(town: SmallTown, serial: str) -> None:
    """They are read without blanks."""
    with_file(town, "xlsx", workbook([HEAD, [serial, "Norr", "Bråk"]], mac=True), "[excel]")
    assert "on row 2, in a workbook that counts days from 1904" in refusal(town).found


def test_a_part_of_small_sectors_is_put_together() -> None:
    """A part under 4,096 bytes lies inside the root's part, in sectors of 64 bytes."""
    content = bytes(range(150))
    end, free, table_mark = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD

    def words(*values: int) -> bytes:
        return b"".join(value.to_bytes(4, "little") for value in values).ljust(512, b"\xff")

    def entry(name: str, kind: int, first: int, length: int) -> bytes:
        sizes = first.to_bytes(4, "little") + length.to_bytes(8, "little")
        return (name.encode("utf-16-le").ljust(66, b"\0") + bytes([kind])).ljust(116, b"\0") + sizes

    header = MARK.ljust(30, b"\0") + (9).to_bytes(2, "little") + (6).to_bytes(2, "little")
    header = header.ljust(44, b"\0") + words(1, 1, 0, 4096, 2, 1, end, 0, 0)[:36]
    directory = entry("Root Entry", 5, 3, 256) + entry("Book", 2, 3, len(content))
    pieces = [content[128:], content[64:128], b"", content[:64]]  # the chain goes 3, 1, 0
    small = b"".join(piece.ljust(64, b"\0") for piece in pieces)
    raw = header.ljust(512, b"\xff") + words(table_mark, end, end, end)
    raw += directory.ljust(512, b"\0") + words(end, 0, free, 1) + small.ljust(512, b"\0")
    assert part_of(raw, ("Workbook", "Book")) == content
    assert part_of(raw, ("Workbook",)) == b""


def test_bare_numbers_of_an_open_document_from_1904(town: SmallTown) -> None:
    row = (
        '<table:table-row><table:table-cell office:value-type="float" office:value="44255">'
        "<text:p>44255</text:p></table:table-cell>"
        + '<table:table-cell office:value-type="string"><text:p>Norr</text:p></table:table-cell>'
        * 2
        + "</table:table-row>"
    )
    setting = (
        "<office:spreadsheet><table:calculation-settings>"
        '<table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    )
    with_file(town, "ods", open_document(row), "[excel]")
    assert len(cleaned(town).incidents) == 10
    town.files["exports/vakten.ods"] = open_document(row, setting)
    assert "44255 on row 11" in refusal(town).found


# ---- texts ----


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_separator_in_a_json_text_ends_no_record(
    town: SmallTown, sign: str, end: str
) -> None:
    escaped = sign if sign > "\x1f" else f"\\u{ord(sign):04x}"
    record = f'{{"Datum": "2024-10-07", "Område": "Norr", "Typ": "Bråk", "x": "a{escaped}b"}}'
    with_file(town, "jsonl", f"{record}{end}" * 3)
    assert cleaned(town).incidents["source_row"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_a_line_separator_in_a_csv_cell_ends_no_row(town: SmallTown, sign: str) -> None:
    town.files[CSV] = f"{NOTED}2024-10-07;Norr;Bråk;a{sign}b\n{ROW}"
    assert cleaned(town).incidents["source_row"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("encoding", "word", "advice"),
    [("utf-8", "SÃ¶derholm", "ask the sender"), ("utf-8-sig", "SÃ–DER", "ask the sender"),
     ("utf-8", "No\x00rr", "ask the sender"), ("cp1252", "SÃ¶derholm", "encoding: utf-8")],
)  # fmt: skip
def test_what_was_spoilt_before_is_not_mended_by_another_encoding(
    town: SmallTown, encoding: str, word: str, advice: str
) -> None:
    town.change(SOURCE, "encoding: utf-8", f"encoding: {encoding}")
    text = f"Datum;Område;Typ\n2024-10-07;{word};Bråk\n"
    town.files[CSV] = text.encode()
    told = refusal(town)
    assert advice in told.change
    assert "read as utf-8" not in told.found


def test_a_cp1252_file_with_spoilt_letters_is_not_said_to_be_utf_8(town: SmallTown) -> None:
    town.change(SOURCE, "encoding: utf-8", "encoding: cp1252")
    town.files[CSV] = "Datum;Område;Typ\n2024-10-07;SÃ¶der;Bråk\n".encode("cp1252")
    told = refusal(town)
    assert "on line 2" in told.found
    assert "ask the sender" in told.change


# ---- the same content in another packing ----


def test_a_packed_file_is_one_in_capitals_too(town: SmallTown) -> None:
    town.change(SOURCE, "*.csv", "*")
    town.files["exports/vakten_2.CSV.GZ"] = gzip.compress(EXPORT.encode(), mtime=0)
    found = cleaned(town)
    assert [d.repeats for d in found.deliveries] == ["vakten_2.CSV.GZ", None]
    assert len(found.incidents) == 3


def test_the_same_content_packed_and_not_counts_once(town: SmallTown) -> None:
    town.change(SOURCE, "*.csv", "*")
    town.files["exports/vakten.csv.gz"] = gzip.compress(EXPORT.encode(), mtime=0)
    town.files["exports/vakten_igen.csv.gz"] = gzip.compress(EXPORT.encode(), 1, mtime=1)
    found = cleaned(town)
    assert len(found.incidents) == 3
    assert found.duplicates["reason"].tolist() == ["same_file"] * 6
    assert [d.repeats for d in found.deliveries] == [*["vakten_igen.csv.gz"] * 2, None]
    assert len({d.sha256 for d in found.deliveries}) == 3


# ---- sheets, cells with errors, the order of files, keys ----


def sheets(**content: tuple[list[list[Any]], str]) -> bytes:
    """Name → rows, and the sheet's state."""
    book, stream = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.remove(book.active)
    for name, (rows, state) in content.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    book.active = next(n for n, (_, state) in enumerate(content.values()) if state == "visible")
    book.save(stream)
    return stream.getvalue()


HEAD = COUNTED[:3]
OLD, NEW = ["2024-10-07", "Norr", "Bråk"], ["2024-11-07", "Söder", "Bråk"]


def test_a_sheet_that_is_hidden_is_not_the_first(town: SmallTown) -> None:
    content = sheets(old=([HEAD, OLD], "hidden"), new=([HEAD, NEW, NEW], "visible"))
    with_file(town, "xlsx", content)
    assert cleaned(town).incidents["area"].tolist() == ["soder", "soder"]
    town.change(SOURCE, "reader: xlsx", "reader: xlsx\nsheet: old")
    assert refusal(town).found.startswith('vakten.xlsx: nothing reads the sheet "new" (3 rows')
    town.files[SOURCE] = f"{town.files[SOURCE]}{NOTHING_ELSE.format('new')}"
    assert cleaned(town).incidents["area"].tolist() == ["norr"]


def test_rows_in_other_sheets_are_not_missed_without_a_word(town: SmallTown) -> None:
    months = sheets(
        oktober=([HEAD, OLD], "visible"),
        november=([HEAD, NEW], "visible"),
        noter=([["Fritext"], ["x"]], "visible"),
    )
    with_file(town, "xlsx", months)
    told = refusal(town)
    assert told.found == "them in the sheets oktober, november"
    town.change(SOURCE, "reader: xlsx", "reader: xlsx\nsheet: november")
    assert refusal(town).found.startswith('vakten.xlsx: nothing reads the sheet "oktober" (2 rows')
    town.files[SOURCE] = f"{town.files[SOURCE]}{NOTHING_ELSE.format('oktober')}"
    assert cleaned(town).incidents["area"].tolist() == ["soder"]


@pytest.mark.parametrize(
    "second",
    [
        [[*HEAD, "Not"], [*NEW, "x"]],
        [["Not", *reversed(HEAD)], ["x", *reversed(NEW)]],
        [["DATUM", " område ", "typ"], NEW],
        [["November"], [], HEAD, NEW],
    ],
)
def test_a_sheet_with_the_columns_in_another_form_is_not_missed_either(
    town: SmallTown, second: list[list[Any]]
) -> None:
    with_file(town, "xlsx", sheets(a=([HEAD, OLD], "visible"), b=(second, "visible")))
    assert refusal(town).found == "them in the sheets a, b"
    town.files["exports/vakten.xlsx"] = sheets(a=([HEAD, OLD], "visible"), b=(second, "hidden"))
    assert len(cleaned(town).incidents) == 1


def test_a_sheet_that_lacks_a_column_is_something_else(town: SmallTown) -> None:
    content = sheets(a=([HEAD, OLD], "visible"), b=([[*HEAD[:2], "Not"], NEW], "visible"))
    with_file(town, "xlsx", content)
    assert len(cleaned(town).incidents) == 1


def test_a_sheet_beside_it_with_something_else_is_no_matter(town: SmallTown) -> None:
    blank: list[list[Any]] = []
    content = sheets(a=([HEAD, OLD], "visible"), b=([["Fritext"]], "visible"), c=(blank, "visible"))
    with_file(town, "xlsx", content)
    assert len(cleaned(town).incidents) == 1


def test_an_error_in_a_cell_is_told_and_no_blank(town: SmallTown) -> None:
    error = b'<c r="%s" t="e"><f>1/0</f><v>%s</v></c>'
    row = b'<row r="%d">%s</row></sheetData>'
    lost = b"".join(error % (place, b"#REF!") for place in (b"A3", b"B3", b"C3"))
    place = b'<c r="A4" t="inlineStr"><is><t>2024-10-07</t></is></c>' + error % (b"B4", b"#N/A")
    raw = workbook([HEAD, OLD])
    for edit in (row % (3, lost), row % (4, place)):
        raw = repacked(raw, in_sheet(b"</sheetData>", edit))
    with_file(town, "xlsx", raw)
    found = cleaned(town)
    assert found.rejected[["row", "reason", "value"]].to_numpy().tolist() == [
        [3, "no_form", "#REF!"]
    ]
    assert found.unmapped[["value", "row"]].to_numpy().tolist() == [["#N/A", 4]]


def ods_cell(text: str, more: str = "", note: str = "") -> str:
    """A cell with a text, or an error as LibreOffice writes it: a text of nothing."""
    error = ' office:string-value="" calcext:value-type="error"' if text[:1] in "#E" else ""
    return (
        f'<table:table-cell office:value-type="string"{error}{more}>{note}'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def ods_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


SPACES = '<office:spreadsheet xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'  # fmt: skip
NOTE = "<office:annotation><text:p>Anna ringer</text:p></office:annotation>"
TWICE = ' table:number-{}-repeated="2"'


def test_an_error_in_a_cell_of_an_open_document_is_told(town: SmallTown) -> None:
    """Also below blank rows that stand for several, beside covered cells, and at the end."""
    day = ods_cell("2024-10-07")
    rows = [
        ods_row("<table:table-cell/>", more=TWICE.format("rows")),  # 11, 12
        ods_row(day, ods_cell("#VÄRDE!", note=NOTE), ods_cell("Bråk")),  # 13
        ods_row(
            day, ods_cell("#REF!", TWICE.format("columns")), more=TWICE.format("rows")
        ),  # 14, 15
        ods_row(day, "<table:covered-table-cell/>", ods_cell("Err:502")),  # 16
        ods_row(ods_cell("#N/A"), "<table:table-cell/>", ods_cell("&#35;x")),  # 17
    ]
    other = f'<table:table table:name="B">{ods_row(ods_cell("#N/A"))}</table:table>'
    raw = open_document("".join(rows), SPACES)
    with_file(town, "ods", repacked(raw, lambda name, text: text.replace(
        b"</table:table><", f"</table:table>{other}<".encode()) if name == "content.xml" else text))  # fmt: skip
    found = cleaned(town)
    assert found.rejected[["row", "reason", "value"]].to_numpy().tolist() == [
        [11, "blank_row", ""], [12, "blank_row", ""], [17, "no_form", "#N/A"],
    ]  # fmt: skip
    told = found.unmapped[["field", "value", "rows", "row"]].to_numpy().tolist()
    assert sorted(told) == [
        ["area", "#REF!", 2, 14], ["area", "#VÄRDE!", 1, 13],
        ["category", "#REF!", 2, 14], ["category", "Err:502", 1, 16],
    ]  # fmt: skip


def test_an_error_in_a_cell_of_an_old_workbook_is_told(town: SmallTown) -> None:
    xlwt = pytest.importorskip("xlwt")
    book, stream = xlwt.Workbook(), io.BytesIO()
    book.add_sheet("Om").write(0, 0, "x")
    sheet = book.add_sheet("Data")
    for r, row in enumerate([HEAD, OLD, OLD, OLD]):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    sheet.row(4).write(0, "2024-10-07")
    sheet.row(4).set_cell_error(1, 0x2A)
    sheet.row(5).set_cell_error(0, 0x17)
    book.save(stream)
    with_file(town, "xls", stream.getvalue())
    town.change(SOURCE, "reader: xls", "reader: xls\nsheet: Data")
    found = cleaned(town)
    assert found.unmapped[["field", "value", "row"]].to_numpy().tolist() == [["area", "#N/A", 5]]
    assert found.rejected[["row", "value"]].to_numpy().tolist() == [[6, "#REF!"]]


def test_the_result_of_a_formula_in_an_old_workbook_may_be_an_error() -> None:
    def record(kind: int, content: bytes) -> bytes:
        return kind.to_bytes(2, "little") + len(content).to_bytes(2, "little") + content

    first = (
        record(0x809, b"") + record(0x85, (24).to_bytes(4, "little") + b"ab") + record(0x0A, b"")
    )
    place = bytes([3, 0, 1, 0, 0, 0])
    formula = record(0x06, place + bytes([2, 0, 7, 0, 0, 0, 0xFF, 0xFF]) + bytes(8))
    number = record(0x06, place + bytes([2, 0, 7, 0, 0, 0, 0xF0, 0x3F]) + bytes(8))
    truth = record(0x205, place + bytes([1, 0]))
    raw = first.ljust(24, b"\0") + record(0x809, b"") + formula + number + truth + record(0x0A, b"")
    assert error_cells(Path(), cast(Any, None), raw, 0) == {4: {1: "#DIV/0!"}}
    assert error_cells(Path(), cast(Any, None), raw, 1) == {}
    assert error_cells(Path(), cast(Any, None), raw[:40], 0) == {}  # cut short


@pytest.mark.parametrize("edit", ["columns", "rows", "both"])
def test_errors_repeated_without_end_are_refused(town: SmallTown, edit: str) -> None:
    """A few bytes must not become a hundred million cells."""
    wide, high = (f' table:number-{kind}-repeated="10000"' for kind in ("columns", "rows"))
    cell = ods_cell("#N/A", wide if edit != "rows" else "")
    row = ods_row(cell * 2000 if edit == "rows" else cell, more=high if edit != "columns" else "")
    raw = open_document(row * (2000 if edit == "columns" else 1), SPACES)
    source = town.load().sources["vakten"]
    with pytest.raises(SourceError) as caught:
        error_cells(Path("vakten.ods"), source, raw, 0)
    assert caught.value.expected.startswith("at most")
    with_file(town, "ods", raw)
    refusal(town)  # by its reader's bounds already, or by these


def test_a_row_of_errors_alone_is_told_at_the_end_too(town: SmallTown) -> None:
    cells = b"".join(b'<c r="%s3" t="e"><v>#REF!</v></c>' % letter for letter in (b"A", b"B", b"C"))
    edit = in_sheet(b"</sheetData>", b'<row r="3">%s</row></sheetData>' % cells)
    with_file(town, "xlsx", repacked(workbook([HEAD, OLD]), edit))
    assert cleaned(town).rejected[["row", "value"]].to_numpy().tolist() == [[3, "#REF!"]]


def test_week_ten_comes_after_week_nine(town: SmallTown) -> None:
    """And a name without a number before those with one, as in the order of letters."""
    town.change(SOURCE, "columns:", "identity: [Nr]\ncolumns:")
    names = ["vakten", "vakten2", "vakten_v9", "vakten_v10"]
    for name, area in zip(names, ["Norr", "Norr", "Norr", "Söder"], strict=True):
        rows = f"1;2024-10-07;{area};Bråk\n{name};2024-10-08;Norr;Bråk\n"
        town.files[f"exports/{name}.csv"] = f"Nr;Datum;Område;Typ\n{rows}"
    found = cleaned(town)
    assert found.incidents["area"].tolist() == ["norr", "norr", "norr", "soder", "norr"]
    assert [d.file for d in found.deliveries] == [f"{name}.csv" for name in names]


@pytest.mark.parametrize(
    "record",
    ['{"Datum": "2024-10-07", "Typ": "Bråk", "Datum": "2024-11-07"}',
     '{"Datum": "2024-10-07", "a": {"b": 1}, "a.b": 2}'],
)  # fmt: skip
def test_a_key_that_stands_twice_is_told(town: SmallTown, record: str) -> None:
    with_file(
        town, "jsonl", f'{{"Datum": "2024-10-07", "Område": "Norr", "Typ": "Bråk"}}\n{record}\n'
    )
    found = cleaned(town)
    assert found.rejected[["row", "reason", "value"]].to_numpy().tolist() == [
        [2, "bad_json", "a key that stands twice"]
    ]
