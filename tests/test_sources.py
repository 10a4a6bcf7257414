"""Every form that an export may have, read as its declaration says."""

from __future__ import annotations

import io
import threading
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.errors import SourceError
from est_analysis.sources import Export, apart, read_export
from est_analysis.sources.sheet_program import ROWS_AT_ONCE

SOURCE = "sources/vakten.yaml"
WANTED = [
    ("2024-10-07 22:30", "Norr", "Klotter"),
    ("2024-10-08", "Söder", "Bråk"),
    ("2024-10-09", "Norr", "Klotter"),
]


def read(town: SmallTown) -> Export:
    settings = town.load()
    return read_export(settings.sources["vakten"], settings.municipality.exports)


def rows(export: Export) -> list[tuple[str, ...]]:
    columns = [export.columns[name] for name in ("occurred_from", "area", "category")]
    return [tuple(c.words[c.codes[i]] for c in columns) for i in range(len(export))]


def as_reader(town: SmallTown, reader: str, content: bytes | str) -> SmallTown:
    town.change(SOURCE, "reader: csv", f"reader: {reader}").change(SOURCE, "*.csv", f"*.{reader}")
    del town.files["exports/vakten.csv"]
    town.files[f"exports/vakten.{reader}"] = content
    return town


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_encodings(town: SmallTown, encoding: str) -> None:
    text = town.files["exports/vakten.csv"]
    assert isinstance(text, str)
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    town.change(SOURCE, "encoding: utf-8", f"encoding: {declared}")
    town.files["exports/vakten.csv"] = text.encode(encoding)
    assert rows(read(town)) == WANTED


@pytest.mark.parametrize(("written", "delimiter"), [(",", ","), ("\\t", "\t"), ("|", "|")])
def test_delimiters(town: SmallTown, written: str, delimiter: str) -> None:
    town.change("exports/vakten.csv", ";", delimiter)
    town.change(SOURCE, 'delimiter: ";"', f"delimiter: '{written}'")
    assert rows(read(town)) == WANTED


def test_title_rows_footer_and_row_numbers(town: SmallTown) -> None:
    town.change("exports/vakten.csv", "Datum;", "Utdrag 2024\n\nDatum;")
    town.files["exports/vakten.csv"] = f"{town.files['exports/vakten.csv']}Summa;3;\n"
    town.change(SOURCE, "encoding:", "header_row: 3\nfooter: [Summa]\nencoding:")
    export = read(town)
    assert rows(export) == WANTED
    assert export.row.tolist() == [4, 5, 6]
    assert export.faults[["row", "reason"]].to_numpy().tolist() == [[7, "footer"]]


def test_a_cell_with_line_breaks_keeps_the_numbers_of_the_lines_after_it(town: SmallTown) -> None:
    town.change("exports/vakten.csv", "Söder;Bråk", '"Sö\nder";Bråk')
    assert read(town).row.tolist() == [2, 3, 5]


def test_letters_in_two_parts_and_hard_blanks(town: SmallTown) -> None:
    text = town.files["exports/vakten.csv"]
    assert isinstance(text, str)
    parted = unicodedata.normalize("NFD", text).replace("Norr", "\u00a0Norr ")
    assert parted != text
    town.files["exports/vakten.csv"] = parted
    assert rows(read(town)) == WANTED


def test_accepted_alternative_headers(town: SmallTown) -> None:
    town.change("exports/vakten.csv", "Område", "ORT")
    town.change(SOURCE, "area: Område", "area: [Område, Ort]")
    assert rows(read(town)) == WANTED


def test_missing_marks_are_blank(town: SmallTown) -> None:
    town.change("exports/vakten.csv", "Söder", "NULL").change(
        SOURCE, "encoding:", "missing: ['NULL']\nencoding:"
    )
    assert rows(read(town))[1][1] == ""


def test_a_part_of_a_cell_and_a_lost_zero(town: SmallTown) -> None:
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n2024-10-07, Norr;127;A: Bråk\n"
    town.change(
        SOURCE, "occurred_from: Datum", "occurred_from: {header: Datum, split: ',', part: 1}"
    )
    town.change(SOURCE, "area: Område", "area: {header: Område, pad: 4}")
    town.change(SOURCE, "category: Typ", "category: {header: Typ, split: ':', part: -1}")
    assert rows(read(town)) == [("2024-10-07", "0127", "Bråk")]


def workbook(cells: list[list[Any]], merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in cells:
        sheet.append(line)
    if merged:
        sheet.merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_xlsx_with_dates_numbers_and_booleans(town: SmallTown) -> None:
    when = pd.Timestamp("2024-10-07 22:30").to_pydatetime()
    content = workbook([["Datum", "Område", "Typ"], [when, 1201.0, True], [when.date(), 12, "x"]])
    export = read(as_reader(town, "xlsx", content))
    assert rows(export) == [("2024-10-07 22:30", "1201", "Ja"), ("2024-10-07", "12", "x")]


def test_merged_headers_over_two_rows(town: SmallTown) -> None:
    cells = [["Titel"], ["Brottstid", None, "Plats", None], ["från", "till", "Område", "Typ"],
             ["2024-10-07", "2024-10-08", "Norr", "Bråk"]]  # fmt: skip
    town.change(
        SOURCE,
        "occurred_from: Datum",
        "occurred_from: Brottstid från\n  occurred_to: Brottstid till",
    )
    town.change(SOURCE, "area: Område", "area: Plats Område").change(
        SOURCE, "category: Typ", "category: Plats Typ"
    )
    town.change(SOURCE, "encoding:", "header_row: 2\nheader_rows: 2\nencoding:")
    export = read(as_reader(town, "xlsx", workbook(cells, "A2:B2")))
    assert rows(export) == [("2024-10-07", "Norr", "Bråk")]
    assert export.columns["occurred_to"].words == ("2024-10-08",)
    assert export.row.tolist() == [4]


def test_xls(town: SmallTown) -> None:
    xlwt = pytest.importorskip("xlwt")
    book = xlwt.Workbook()
    sheet = book.add_sheet("Blad1")
    for r, line in enumerate([("Datum", "Område", "Typ"), *WANTED]):
        for c, cell in enumerate(line):
            sheet.write(r, c, cell)
    stream = io.BytesIO()
    book.save(stream)
    assert rows(read(as_reader(town, "xls", stream.getvalue()))) == WANTED


def test_a_table_that_stands_away_from_the_corner_keeps_its_places(town: SmallTown) -> None:
    lines = [[], [], [None, None, "Datum", "Område", "Typ"], [None, None, *WANTED[0]]]
    town.change(SOURCE, "columns:", "header_row: 3\ncolumns:")
    export = read(as_reader(town, "xlsx", workbook(lines)))
    assert rows(export) == WANTED[:1]
    assert export.row.tolist() == [4]


def test_a_long_sheet_comes_in_parts_and_whole(town: SmallTown) -> None:
    lines = [["Datum", "Område", "Typ"], *([f"2024-10-{day % 28 + 1:02}", "Norr", f"Typ {day}"]
             for day in range(2 * ROWS_AT_ONCE))]  # fmt: skip
    export = read(as_reader(town, "xlsx", workbook(lines)))
    assert [list(row) for row in rows(export)] == lines[1:]


READY = "import os; print(os.getpid(), flush=True)\n"
EAT = "x = []\nwhile True: x.append(b'x' * (1 << 20))"


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("import time; time.sleep(600)", "starting its reader took more than 2 seconds"),
        (READY + "import time; time.sleep(600)", "reading it took more than 1 sec"),
        (READY + EAT, "MB of memory"),
        (  # as on Windows: what is started in a virtual environment starts Python and waits
            f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {READY + EAT!r}])",
            "MB of memory",
        ),
        ("import os; os.abort()", "its reader broke down"),
        ("", "its reader broke down"),
        (READY + "raise SystemExit(1)", "its reader broke down (1)"),
        (READY + "print('[[\"Blad1\", true]]'); raise SystemExit(1)", "its reader broke down (1)"),
        (READY + "print('[[\"Blad1\", true]]\\n[[\"Da', end='')", "its reader broke down (0)"),
        (
            READY + "os.close(0); print('[[\"Blad1\", true]]\\n[[\"Da', end='')",
            "its reader broke down (0)",
        ),
        ("import sys; sys.stderr.write('traceback'); print('{\"fault\": \"bad\"}')", "(bad)"),
    ],
)
def test_a_reader_that_fails_takes_nothing_with_it(
    town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], program: str, found: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(apart, "PROGRAM", tmp_path / "program.py")
    (tmp_path / "program.py").write_text(program)
    if "sleep" in program:
        monkeypatch.setattr(apart, "STARTING", 2)
        monkeypatch.setattr(apart, "SECONDS", 1)
    before = threading.active_count()
    with pytest.raises(SourceError) as caught:
        read(as_reader(town, "xlsx", workbook([["Datum", "Område", "Typ"], [*WANTED[0]]])))
    assert found in caught.value.found
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("pattern", "files"),
    [("vakten*.csv", 1), ("./vakten.csv", 1), ("**/*.csv", 2), ("vakten**csv", 1), ("*", 1),
     (".", 0), ("./", 0), ("[", 0), ("vakten.csv/x", 0), ("a" * 5000, 0), (".vak*", 1)],
)  # fmt: skip
def test_a_pattern_matches_files_or_none(town: SmallTown, pattern: str, files: int) -> None:
    """Hidden ones and those that Excel has open only where they are named."""
    text = town.files["exports/vakten.csv"]
    for name in (".vakten.csv", "~$vakten.csv", "2024/vakten_2.csv"):
        town.files[f"exports/{name}"] = text
    town.change(SOURCE, "vakten*.csv", pattern)
    assert len(read(town).deliveries) == files


def test_ods(town: SmallTown) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = "".join(
        f"<table:table-row>{''.join(cell.format(c) for c in line)}</table:table-row>"
        for line in [("Datum", "Område", "Typ"), *WANTED]
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"
    names = " ".join(f'xmlns:{n}="{space.format(n)}"' for n in ("office", "table", "text"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        entry = '<manifest:file-entry manifest:full-path="/" manifest:media-type="{}"/>'
        package.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{space.format("manifest")}">'
            f"{entry.format('application/vnd.oasis.opendocument.spreadsheet')}</manifest:manifest>",
        )
        package.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body>'
            f'<office:spreadsheet><table:table table:name="Blad1">{lines}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    assert rows(read(as_reader(town, "ods", stream.getvalue()))) == WANTED


def test_json_lines_with_nested_records(town: SmallTown) -> None:
    lines = "".join(
        f'{{"Datum": "{d}", "plats": {{"Område": "{a}", "nr": 7}}, "Typ": "{t}", "x": null}}\n'
        for d, a, t in WANTED
    )
    town.change(SOURCE, "area: Område", "area: plats.Område")
    assert rows(read(as_reader(town, "jsonl", lines))) == WANTED


@pytest.mark.parametrize("kind", ["str", "category"])
def test_parquet(town: SmallTown, kind: str) -> None:
    stream = io.BytesIO()
    table = pd.DataFrame(WANTED, columns=["Datum", "Område", "Typ"]).astype(kind)
    table.assign(Övrigt=1.5).to_parquet(stream)
    export = read(as_reader(town, "parquet", stream.getvalue()))
    assert rows(export) == WANTED
    assert "Övrigt" not in export.columns


def test_a_parquet_column_may_be_read_and_asked_for_rows(town: SmallTown) -> None:
    stream = io.BytesIO()
    pd.DataFrame(WANTED, columns=["Datum", "Område", "Typ"]).to_parquet(stream)
    town = as_reader(town, "parquet", stream.getvalue())
    town.change(SOURCE, "columns:", "only:\n  - {column: Område, equals: Norr}\ncolumns:")
    assert rows(read(town)) == [row for row in WANTED if row[1] == "Norr"] != WANTED


def test_the_same_word_in_two_files_is_one_word(town: SmallTown) -> None:
    town.files["exports/vakten_2.csv"] = "Datum;Område;Typ\n2024-11-01;Norr;Bråk\n"
    export = read(town)
    assert sorted(export.columns["area"].words) == ["Norr", "Söder"]
    assert [d.file for d in export.deliveries] == ["vakten.csv", "vakten_2.csv"]


def test_only_declared_columns_are_kept(town: SmallTown) -> None:
    town.change("exports/vakten.csv", ";Klotter", ";Klotter;Anna såg det").change(
        "exports/vakten.csv", ";Typ", ";Typ;Fritext"
    )
    town.change("exports/vakten.csv", "Söder;Bråk", "Söder;Bråk;")
    export = read(town)
    assert set(export.columns) == {"occurred_from", "area", "category"}
