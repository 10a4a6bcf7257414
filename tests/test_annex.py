"""The annex: the page's released numbers, typed, and text that stays text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from est_analysis.annex import Cell, Sheet, annex_sheets, csv_files, workbook
from est_analysis.annex.excel import HEADER_ROW
from est_analysis.cli import main
from est_analysis.config import Settings, load_settings
from est_analysis.language import language
from est_analysis.report import Written
from est_analysis.report.annexes import annex_files, earlier_annexes
from est_analysis.report.place import put_in_place
from est_analysis.workspace import example_folder

SV, EN = language("sv"), language("en")
DAY = dt.date(2026, 1, 12)
HOSTILE = [
    "=HYPERLINK(\"http://x\";\"y\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1+1",
    "#N/A", "<script>alert(1)</script>", "&amp; ]]> ' \"", "_x0041_ _x000D_", "a\x00b\x1f",
    "\u202eomvänt", "🚓" * 20, "x" * 40000, "1;2,3", "2025-13-45", "skyddat", "rad\nrad",
]  # fmt: skip


def results(**changes: Any) -> dict[str, Any]:
    table = {
        "id": "totals", "kind": "table", "columns": ["actor", "start", "count", "ratio", "upper"],
        "rows": [
            ["vakten", "2025-09-01", 12345, 0.123457, "infinity"],
            ["vakten", "2025-09-08", {"hidden": True}, {"hidden": True}, {"hidden": True}],
            ["vakten", "2025-09-15", None, None, None],
        ],
        "unit": "händelser", "period": "2025-T3", "source": "Småstad", "hidden_cells": 3,
        "findings": ["En sak.", "En till."],
    }  # fmt: skip
    return {
        "schema": 1, "kind": "tertial", "municipality": "smastad", "name": "Småstad",
        "fictional": False, "period": "2025-T3", "area": "", "audience": "public",
        "language": "sv", "as_of": "2026-01-12", "exhibits": [table],
    } | changes  # fmt: skip


@pytest.fixture
def settings(town: Any) -> Settings:
    loaded: Settings = town.load()
    return loaded


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def book_of(found: dict[str, Any], settings: Settings) -> Any:
    return opened(workbook(annex_sheets(found, settings, SV), day=DAY, language_code="sv"))


def test_numbers_and_dates_are_typed_and_words_are_the_pages(settings: Settings) -> None:
    page = book_of(results(), settings).worksheets[1]
    rows = list(page.iter_rows(min_row=HEADER_ROW, values_only=True))
    assert rows == [
        ("Aktör", "Från", "Antal", "Kvot", "Övre gräns"),
        ("Vakten", dt.datetime(2025, 9, 1), 12345, 0.123457, "ingen övre gräns"),
        ("Vakten", dt.datetime(2025, 9, 8), "skyddat", "skyddat", "skyddat"),
        ("Vakten", dt.datetime(2025, 9, 15), "ej rapporterat", ".", "."),
    ]
    formats = [cell.number_format for cell in page[HEADER_ROW + 1]]
    assert formats[1:4] == ["yyyy-mm-dd", "#,##0", "#,##0.00"]
    assert page.freeze_panes == f"A{HEADER_ROW + 1}"
    assert all(cell.font.b for cell in page[HEADER_ROW])
    assert page["A1"].value.startswith("Antal per aktör mot tidigare perioder, Småstad")
    assert "Publik utgåva" in page["A2"].value


def test_a_row_is_as_high_as_its_longest_text(settings: Settings) -> None:
    """Programs other than Excel do not find out by themselves."""
    long = "Tolv tecken " * 14  # five times twelve fit in the widest column of sixty
    rows = (
        (Cell("kort"), Cell(long.strip())),
        (Cell("en\ntvå\ntre"), Cell(1.0)),
        (Cell("a"), Cell("b")),
        (Cell("x"), Cell("rad\n" * 40)),
    )
    header = ("Antal händelser i kommunens alla områden", "Text")
    sheet = Sheet("totals", "Blad", "Rubrik", "Under", header, rows)
    page = opened(workbook([sheet], day=DAY, language_code="sv")).worksheets[0]
    heights = [page.row_dimensions[HEADER_ROW + row].height for row in range(5)]
    assert heights == [30, 45, 45, None, 409]
    assert page.row_dimensions[1].height is None


def test_contents_first_and_definitions_last(settings: Settings) -> None:
    left_out = {"id": "places", "kind": "left_out", "findings": ["Visas bara internt."]}
    found = results()
    found["exhibits"].append(left_out)
    book = book_of(found, settings)
    assert book.sheetnames == [
        "Innehåll", "01 Antal per aktör mot tidigar…", "Källor och definitioner",
    ]  # fmt: skip
    lines = list(book.worksheets[0].iter_rows(min_row=HEADER_ROW + 1, values_only=True))
    assert lines[0][0] == book.sheetnames[1]
    assert lines[0][2:] == (3, "En sak.\nEn till.")
    assert lines[1][0] == "–"
    assert lines[1][2:] == ("–", "Visas bara internt.")
    link = book.worksheets[0].cell(HEADER_ROW + 1, 1).hyperlink
    assert link.location == f"'{book.sheetnames[1]}'!A1"
    terms = {
        row[0]: row[1:]
        for row in book.worksheets[-1].iter_rows(min_row=HEADER_ROW + 1, values_only=True)
    }
    assert terms["Regel för små antal"][0].startswith("Antal 1–4 visas inte")
    assert {"skyddat", "ej rapporterat", "Kvot", "Antal", "Period", "Källor"} <= set(terms)
    assert terms["Kvot"][1] == "ratio"
    assert terms["Källor"][0] == "Vakten"


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_never_a_formula(text: str, settings: Settings) -> None:
    found = results(name=text)
    found["exhibits"][0]["rows"][0][0] = text
    found["exhibits"][0]["findings"] = [text]
    sheets = annex_sheets(found, settings, SV)
    content = workbook(sheets, day=DAY, language_code="sv")
    book = opened(content)
    for page in book.worksheets:
        for cell in (cell for row in page.iter_rows() for cell in row):
            assert cell.data_type != "f", cell.coordinate
    for name in zipfile.ZipFile(io.BytesIO(content)).namelist():
        if name.startswith("xl/worksheets/"):
            xml = zipfile.ZipFile(io.BytesIO(content)).read(name)
            assert b"<f>" not in xml
            assert b"<script" not in xml
    cell = book.worksheets[1].cell(HEADER_ROW + 1, 1)
    assert cell.data_type == "s"
    assert bool(cell.quotePrefix) == bool(re.match(r"\s*[=+\-@＝]|[\t\r\n]", text))
    table = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(1).to_python()
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", text.replace("\r", "\n"))
    shown = str(table[HEADER_ROW][0])
    assert shown == (kept if len(kept) < 32767 else kept[:32766] + "…")
    lines = csv_files(sheets, SV)["01_totals.csv"].decode("utf-8-sig")
    first = next(csv.reader(io.StringIO(lines.split("\r\n", 1)[1], newline=""), delimiter=";"))[0]
    assert first in (kept, f"'{kept}")
    assert not re.match(r"\s*[=+\-@＝]|[\t\r\n]", first)


def test_names_of_sheets_are_such_as_excel_allows(settings: Settings) -> None:
    found = results(name="[]:*?/\\ 'O'" + "🚓" * 40)
    table = found["exhibits"][0]
    found["exhibits"] = [table | {"id": name} for name in ["totals"] * 2 + ["history"] * 101]
    sheets = annex_sheets(found, settings, SV)
    names = [sheet.name for sheet in sheets]
    assert len({name.casefold() for name in names}) == len(names) == 105
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert "'" not in (name[0], name[-1])
    assert opened(workbook(sheets, day=DAY, language_code="sv")).sheetnames == names


def test_csv_is_as_a_swedish_excel_wants_it(settings: Settings) -> None:
    files = csv_files(annex_sheets(results(), settings, SV), SV)
    assert list(files) == ["00_contents.csv", "01_totals.csv", "02_definitions.csv"]
    assert files["01_totals.csv"].startswith(b"\xef\xbb\xbf")
    assert files["01_totals.csv"].decode("utf-8-sig").split("\r\n") == [
        "Aktör;Från;Antal;Kvot;Övre gräns",
        "Vakten;2025-09-01;12345;0,123457;ingen övre gräns",
        "Vakten;2025-09-08;skyddat;skyddat;skyddat",
        "Vakten;2025-09-15;ej rapporterat;.;.",
        "",
    ]


def test_small_and_negative_numbers_are_written_in_full() -> None:
    cells = tuple(map(Cell, (-3.5, 1e-06, 1e16, 2.0, -0.0)))
    sheet = Sheet("a", "01", "", "", ("a", "b", "c", "d", "e"), (cells,))
    written = csv_files([sheet], SV)["00_a.csv"].decode("utf-8-sig").split("\r\n")[1]
    assert written == "-3,5;0,000001;10000000000000000;2;0"


def test_the_same_results_give_the_same_bytes(settings: Settings) -> None:
    first, second = (
        workbook(annex_sheets(results(), settings, SV), day=DAY, language_code="sv")
        for _ in range(2)
    )
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2026, 1, 12, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2026-01-12T00:00:00Z"}


def test_in_english(settings: Settings) -> None:
    sheets = annex_sheets(results(language="en"), settings, EN)
    assert [sheet.name for sheet in sheets][::2] == ["Contents", "Sources and definitions"]
    assert sheets[1].rows[1][2].value == "suppressed"
    assert "0.123457" in csv_files(sheets, EN)["01_totals.csv"].decode("utf-8-sig")


def test_an_earlier_annex_does_not_outlive_its_report(settings: Settings, tmp_path: Path) -> None:
    page, work = tmp_path / "out" / "a.html", tmp_path / "work"
    for folder in (page.parent, work):
        folder.mkdir()
    (page.parent / "mine.xlsx").write_bytes(b"x")
    paths = {"annex": page.with_suffix(".xlsx"), "csv": page.parent / "csv"}

    def put(files: dict[str, bytes]) -> None:
        for name, content in {"manifest.json": b"{}", **files}.items():
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_bytes(content)
        put_in_place(
            work, page.parent, ["manifest.json", *files], False, replaced=earlier_annexes(page)
        )

    put(annex_files(results(), settings, **paths))
    (paths["csv"] / "mine.csv").write_bytes(b"x")
    assert paths["annex"].is_file()
    assert len(list(paths["csv"].iterdir())) == 4
    put(annex_files(results(), settings, annex=None, csv=None))
    left = sorted(p.name for p in page.parent.rglob("*.*"))
    assert left == ["manifest.json", "mine.csv", "mine.xlsx"]


def test_the_command_asks_for_them_and_says_where_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def made(*_: str, **options: Any) -> Written:
        asked.update(options)
        here = Path("out")
        return Written(here, here / "a.html", here, here, here, here / "a.xlsx", here / "csv")

    monkeypatch.setattr("est_analysis.report.run_report", made)
    assert main(["report", "tertial", "-p", "2025-T3", "--annex", "--csv"]) == 0
    assert asked["annex"]
    assert asked["csv"]
    assert [Path(line).name for line in capsys.readouterr().out.split()] == [
        "a.html", "a.xlsx", "csv",
    ]  # fmt: skip
    assert main(["report", "tertial", "-p", "2025-T3"]) == 0
    assert not asked["annex"]


# ---- of a whole report ----


def tables(written: Written) -> dict[str, dict[str, Any]]:
    found = json.loads(written.results.read_text(encoding="utf-8"))
    return {e["id"]: e for e in found["exhibits"] if "columns" in e}


def test_every_number_is_that_of_the_results(editions: dict[str, Written]) -> None:
    settings = load_settings(example_folder())
    for written in editions.values():
        assert written.annex is not None
        found = json.loads(written.results.read_text(encoding="utf-8"))
        ids = [sheet.id for sheet in annex_sheets(found, settings, SV)]
        with written.annex.open("rb") as stream:
            pages = openpyxl.load_workbook(stream).worksheets
            read = CalamineWorkbook.from_path(written.annex)
        compared = 0
        for number, (name, page) in enumerate(zip(ids, pages, strict=True)):
            if name not in tables(written):
                continue
            again = read.get_sheet_by_index(number).to_python()
            for i, row in enumerate(tables(written)[name]["rows"]):
                for j, value in enumerate(row):
                    cell = page.cell(HEADER_ROW + 1 + i, j + 1)
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        assert cell.value == value
                        assert again[HEADER_ROW + i][j] == value
                        compared += 1
                    elif isinstance(value, dict):
                        assert cell.value == "skyddat"
                    else:
                        assert not isinstance(cell.value, int | float)
        assert compared > 5000


def test_no_hidden_number_is_anywhere_in_the_public_annex(editions: dict[str, Written]) -> None:
    """Numbers with decimals that only hidden cells had: each would be recognised."""
    public, internal = tables(editions["public"]), tables(editions["internal"])
    hidden, shown = set(), set()
    for name, table in public.items():
        for row, exact in zip(table["rows"], internal[name]["rows"], strict=False):
            for value, true in zip(row, exact, strict=False):
                (hidden if isinstance(value, dict) else shown).add(
                    str(true if isinstance(value, dict) else value)
                )
    secret = {text for text in hidden if re.fullmatch(r"-?\d+\.\d{4,}", text)}
    assert len(secret) > 50
    written = editions["public"]
    assert written.annex is not None
    assert written.csv is not None
    with zipfile.ZipFile(written.annex) as parts:
        everything = " ".join(parts.read(name).decode() for name in parts.namelist())
    everything += " ".join(
        path.read_text(encoding="utf-8-sig").replace(",", ".") for path in written.csv.iterdir()
    )
    known = set(re.findall(r"-?\d+\.\d+", everything))
    assert len(known & {text for text in shown if "." in text}) > 500
    assert not secret & known


def test_every_column_of_the_tertial_report_is_defined(editions: dict[str, Written]) -> None:
    settings = load_settings(example_folder())
    found = json.loads(editions["internal"].results.read_text(encoding="utf-8"))
    for words in (SV, EN):
        rows = annex_sheets(found, settings, words)[-1].rows
        undefined = [str(row[2].value) for row in rows if row[1].value == "–"]
        assert undefined == []


def test_no_header_is_there_twice(editions: dict[str, Written]) -> None:
    settings = load_settings(example_folder())
    found = json.loads(editions["internal"].results.read_text(encoding="utf-8"))
    for sheet in annex_sheets(found, settings, SV):
        assert len(set(sheet.header)) == len(sheet.header), sheet.name
