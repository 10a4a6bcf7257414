"""Forty ways an export can be wrong: each is told with where it stands and what to change.

``est check`` is run as an analyst runs it. A file that cannot be read as declared is refused whole;
a row that cannot be used is left out and counted; nothing disappears, and no traceback is shown.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl
import pytest
from small_town import EXPORT, SmallTown

from est_analysis.cli import main
from est_analysis.incidents.refusals import AFTER, AS_DECLARED, REPEATS
from est_analysis.language import language
from est_analysis.quality.remedy import KEYS

ROWS = EXPORT.splitlines()
SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
Spoil = Callable[[SmallTown], object]


@dataclass(frozen=True)
class Case:
    """How the small town is spoilt, what must be said, and whether the file is refused whole."""

    name: str
    spoil: Spoil
    said: tuple[str, ...]
    refused: bool = True


def export(text: str | bytes) -> Spoil:
    return lambda town: town.files.update({CSV: text})


def row(line: str) -> Spoil:
    """The good export with one more row, number 5, and good ones after it."""
    return export(EXPORT + line + "\n" + "2024-11-01;Norr;Bråk\n" * 3)


def with_source(old: str, new: str, text: str | bytes | None = None) -> Spoil:
    def spoil(town: SmallTown) -> None:
        town.change(SOURCE, old, new)
        if text is not None:
            town.files[CSV] = text

    return spoil


def workbook(rows: list[list[object]], sheet: str = "Blad1", spoil: int = 0) -> Spoil:
    """The export as xlsx; with `spoil`, only so many bytes of it."""

    def make(town: SmallTown) -> None:
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = sheet
        for cells in rows:
            page.append(cells)
        stream = io.BytesIO()
        book.save(stream)
        content = stream.getvalue()
        town.files["exports/vakten.xlsx"] = content[:spoil] if spoil else content
        del town.files[CSV]
        town.change(SOURCE, "reader: csv", "reader: xlsx").change(SOURCE, "*.csv", "*.xlsx")

    return make


def counts(text: str) -> Spoil:
    """A source of counts instead of events."""

    def make(town: SmallTown) -> None:
        town.change(SOURCE, "columns:", "shape: counts\ncolumns:\n  count: Antal")
        town.files[CSV] = text

    return make


GRID: list[list[object]] = [line.split(";") for line in ROWS]
COUNTS = "Datum;Område;Typ;Antal\n2024-10-07;Norr;Bråk;{}\n" + "".join(
    f"2024-10-{day:02d};Norr;Bråk;3\n" for day in range(8, 12)
)
JSON = '{"Datum": "2024-10-07", "Område": "Norr", "Typ": "Bråk"}\n'


def json_lines(text: str) -> Spoil:
    def make(town: SmallTown) -> None:
        town.change(SOURCE, "reader: csv", "reader: jsonl")
        town.files[CSV] = text

    return make


CASES = [
    # ---- the file ----
    Case("no file at all", lambda t: t.files.pop(CSV), ("no file of any actor", "exports")),
    Case("empty file", export(""), ("rows with data", "an empty file")),
    Case("only blank lines", export("\n\n  \n"), ("an empty file",)),
    Case(
        "wrong encoding",
        export(EXPORT.encode("cp1252")),
        ("encoding utf-8", "byte 0xe5 on line 1", "encoding: cp1252"),
    ),
    Case(
        "utf-8 read as Windows",
        with_source("encoding: utf-8", "encoding: cp1252"),
        ("'Ã¥' on line 1", "encoding: utf-8"),
    ),
    Case("utf-16", export(EXPORT.encode("utf-16")), ("is not utf-8", "utf-16")),
    Case(
        "wrong delimiter",
        with_source('delimiter: ";"', 'delimiter: ","'),
        ('separated by ","', 'separated by ";"', "delimiter"),
    ),
    Case(
        "data in the header row",
        with_source(
            "encoding:",
            "header_row: 2\nencoding:",
            EXPORT.replace("Datum;Område;Typ\n", "Dag;Ort;Slag\n"),
        ),
        ("2024-10-07", "header_row, if row 2 is not the column names; else add"),
    ),
    Case("tab instead", export(EXPORT.replace(";", "\t")), ("tab", "delimiter")),
    Case(
        "missing column",
        export(EXPORT.replace("Område", "Ort")),
        ('a column "Område" (area)', 'row 1 has "Datum", "Ort", "Typ"', "vakten.yaml"),
    ),
    Case(
        "duplicate header",
        export("Datum;Område;Typ;Typ\n2024-10-07;Norr;Bråk;Bråk\n"),
        ('one column "Typ"', "columns 3, 4"),
    ),
    Case(
        "title rows not declared",
        export("Utdrag\n\n" + EXPORT),
        ("column names on row 1", "them on row 3", "header_row: 3"),
    ),
    Case(
        "fewer rows than the header row",
        with_source("encoding:", "header_row: 9\nencoding:"),
        ("column names on row 9", "only 4 rows"),
    ),
    Case(
        "a quote never closed",
        export(EXPORT + '2024-10-10;"Norr;Bråk\n2024-10-11;Norr;Bråk\n'),
        ("a closing quote", "line 5"),
    ),
    Case(
        "a cell of a million characters",
        row("2024-10-10;" + "x" * 1_000_000 + ";Bråk"),
        ("at most 100,000 characters", "line 5"),
    ),
    Case(
        "broken gzip",
        lambda t: (
            t.files.update({"exports/vakten.csv.gz": gzip.compress(EXPORT.encode())[:30]}),
            t.files.pop(CSV),
            t.change(SOURCE, "*.csv", "*.csv.gz"),
        ),
        ("a file that can be opened",),
    ),
    Case("truncated xlsx", workbook(GRID, spoil=900), ("a workbook (xlsx)", "save it again")),
    Case(
        "csv named xlsx",
        lambda t: (
            t.files.update({"exports/vakten.xlsx": EXPORT}),
            t.files.pop(CSV),
            t.change(SOURCE, "reader: csv", "reader: xlsx").change(SOURCE, "*.csv", "*.xlsx"),
        ),
        ("a text file", "reader: csv"),
    ),
    Case(
        "wrong sheet",
        lambda t: (
            workbook(GRID, sheet="Data")(t),
            t.change(SOURCE, "reader: xlsx", "reader: xlsx\nsheet: Blad1"),
        ),
        ('a sheet named "Blad1"', "Data"),
    ),
    Case(
        "formula never calculated",
        workbook([*GRID, ["=TODAY()", "Norr", "Bråk"]]),
        ("a formula without a saved value in cell A5", "let it calculate"),
    ),
    Case("no JSON object per line", json_lines("[1, 2]\n"), ("one JSON object per line",)),
    Case(
        "parquet that is not",
        lambda t: t.change(SOURCE, "reader: csv", "reader: parquet"),
        ("a Parquet file",),
    ),
    Case("empty workbook", workbook([]), ("column names on row 1", "an empty file")),
    # ---- dates of the whole column ----
    Case(
        "day and month swapped",
        with_source(
            '["%Y-%m-%d %H:%M", "%Y-%m-%d"]',
            '["%d/%m/%Y"]',
            "Datum;Område;Typ\n10/27/2024;Norr;Bråk\n10/09/2024;Norr;Bråk\n",
        ),
        ("written as %d/%m/%Y", "%m/%d/%Y"),
    ),
    Case(
        "forms that contradict",
        with_source(
            '["%Y-%m-%d %H:%M", "%Y-%m-%d"]',
            '["%d/%m/%Y", "%m/%d/%Y"]',
            "Datum;Område;Typ\n10/09/2024;Norr;Bråk\n",
        ),
        ("different day in different forms", "10/09/2024"),
    ),
    Case(
        "wrong date form throughout",
        export(re.sub(r"2024-(\d\d)-(\d\d)", r"\2 okt 2024", EXPORT)),
        (
            "3 × no_form",
            "vakten.csv, row 2",
            "STOP",
            "dates written as %Y-%m-%d %H:%M or",
            "dates: forms",
        ),
    ),
    Case(
        "a date form that another name reads",
        with_source('forms: ["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "forms: [dotted]"),
        ('"2024-10-07 22:30", which is written as iso', "Mend dates: forms in"),
    ),
    Case(
        "the other decimal sign",
        counts(COUNTS.format("2.0").replace(";3\n", ";3.0\n")),
        ("STOP", 'with the decimal sign ","', "5 × bad_count in Antal", "Mend decimal in"),
    ),
    Case(
        "thousands or decimals throughout",
        counts(COUNTS.format("2,000").replace(";3\n", ";3,000\n")),
        (
            "STOP",
            "thousands or decimals beyond doubt",
            "5 × unclear_count in Antal",
            "Mend decimal in",
        ),
    ),
    Case(
        "lines that are no JSON",
        json_lines(JSON + "[]\n" * 2),
        ("STOP", "one JSON object per line", "2 × bad_json", "Mend reader in"),
    ),
    # ---- single rows ----
    Case(
        "two date forms in one column",
        row("11/10 2024;Norr;Bråk"),
        ("1 × no_form in Datum", "row 5", "11/10 2024"),
        False,
    ),
    Case(
        "a day that does not exist",
        row("2024-02-30;Norr;Bråk"),
        ("no_such_date", "row 5", "2024-02-30"),
        False,
    ),
    Case("no date", row(";Norr;Bråk"), ("blank_date", "row 5"), False),
    Case("future date", row("2025-10-07;Norr;Bråk"), ("future_date", "row 5", "2025-10-07"), False),
    Case("a year mistyped", row("0224-10-07;Norr;Bråk"), ("unlikely_date", "0224-10-07"), False),
    Case("too few columns", row("2024-10-10;Norr"), ("column_count", "row 5", "2 ≠ 3"), False),
    Case("too many columns", row("2024-10-10;Norr;Bråk;Mer"), ("column_count", "4 ≠ 3"), False),
    Case("blank row", row(";;"), ("1 × blank_row",), False),
    Case(
        "unknown area",
        row("2024-10-10;Väster;Bråk"),
        ('untranslated  area "Väster" in 1 row', "row 5", "areas: map:"),
        False,
    ),
    Case(
        "unknown type",
        row("2024-10-10;Norr;Ufo"),
        ('untranslated  category "Ufo"', "categories: map:"),
        False,
    ),
    Case(
        "area valid until last year",
        row("2024-10-10;Gamla;Bråk"),
        ('area_validity "Gamla"', "areas.yaml: valid_from, valid_to"),
        False,
    ),
    Case(
        "personal identity number",
        lambda t: (
            t.change(SOURCE, "category: Typ", "category: Typ\n  place: Plats"),
            t.files.update(
                {
                    CSV: "Datum;Område;Typ;Plats\n"
                    + "2024-10-07;Norr;Bråk;Torget\n" * 4
                    + "2024-10-11;Norr;Bråk;hos 811228-9874\n"
                }
            ),
        ),
        ("personal_data in Plats", "row 6", "[personal data]"),
        False,
    ),
    Case(
        "personal data, policy stop",
        lambda t: (
            t.change(SOURCE, "category: Typ", "category: Typ\n  place: Plats").change(
                SOURCE, "encoding:", "personal_data: stop\nencoding:"
            ),
            t.files.update(
                {CSV: "Datum;Område;Typ;Plats\n2024-10-07;Norr;Bråk;ring 070-123 45 67\n"}
            ),
        ),
        ("never persons", "row 2"),
    ),
    Case(
        "bad time of day",
        lambda t: (
            t.change(SOURCE, "category: Typ", "category: Typ\n  time_from: Kl"),
            t.files.update(
                {
                    CSV: "Datum;Område;Typ;Kl\n"
                    + "2024-10-07;Norr;Bråk;12:00\n" * 5
                    + "2024-10-07;Norr;Bråk;kl 31\n"
                }
            ),
        ),
        ("a time that cannot be read in Kl", "row 7", "kl 31", "6 kept", "unread_time"),
        False,
    ),
    Case(
        "no time of day that can be read",
        lambda t: (
            t.change(SOURCE, "category: Typ", "category: Typ\n  time_from: Kl"),
            t.files.update({CSV: "Datum;Område;Typ;Kl\n" + "2024-10-07;Norr;Bråk;morgon\n" * 5}),
        ),
        ("STOP", "unread_time", "morgon"),
    ),
    Case(
        "ends before it begins",
        lambda t: (
            t.change(SOURCE, "category: Typ", "category: Typ\n  occurred_to: Till"),
            t.files.update(
                {
                    CSV: "Datum;Område;Typ;Till\n"
                    + "2024-10-07;Norr;Bråk;2024-10-08\n" * 5
                    + "2024-10-07;Norr;Bråk;2024-10-01\n"
                }
            ),
        ),
        ("ends_before_start", "row 7"),
        False,
    ),
    Case(
        "negative count",
        counts(COUNTS.format("-2")),
        ("negative_count in Antal", "row 2", '"-2"'),
        False,
    ),
    Case("half a count", counts(COUNTS.format("2,5")), ("bad_count", '"2,5"'), False),
    Case("a count in words", counts(COUNTS.format("många")), ("bad_count", '"många"'), False),
    Case("no count", counts(COUNTS.format("")), ("blank_count", "row 2"), False),
    Case(
        "one broken JSON line", json_lines(JSON * 5 + '{"Datum": \n'), ("bad_json", "row 6"), False
    ),
    Case(
        "the same file twice",
        lambda t: t.files.update({"exports/vakten2.csv": EXPORT}),
        ("6 rows read = 3 kept + 0 left out + 3 duplicates",),
        False,
    ),
    Case(
        "the same case twice",
        lambda t: (
            t.change(SOURCE, "columns:", "identity: [Nr]\ncolumns:"),
            t.files.update(
                {
                    CSV: "Nr;Datum;Område;Typ\n1;2024-10-07;Norr;Bråk\n1;2024-10-07;Norr;Klotter\n"
                    + ";2024-10-08;Norr;Bråk\n" * 2
                }
            ),
        ),
        ("4 rows read = 3 kept + 0 left out + 1 duplicates",),
        False,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_told(case: Case, town: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    case.spoil(town)
    folder = town.write()
    code = main(["check", "-m", str(folder)])
    out, err = capsys.readouterr()
    told = out + err
    for part in case.said:
        assert part in told
    assert "Traceback" not in told
    assert code == (1 if case.refused else 0)
    tally = re.search(r"([\d,]+) rows read = ([\d,]+) kept \+ ([\d,]+) left out \+ ([\d,]+)", told)
    if tally:
        read, kept, rejected, duplicates = (int(n.replace(",", "")) for n in tally.groups())
        assert read == kept + rejected + duplicates
    else:
        assert all(word in told for word in ("expected", "found", "change it", "otherwise"))


def test_there_are_at_least_forty_kinds() -> None:
    assert len({case.name for case in CASES}) >= 40


def test_a_personal_number_is_shown_nowhere(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    case = next(case for case in CASES if case.name == "personal identity number")
    case.spoil(town)
    main(["check", "-m", str(town.write())])
    main(["clean", "-m", str(town.folder), "--output", str(town.folder / "clean")])
    out, err = capsys.readouterr()
    stored = b"".join(path.read_bytes() for path in (town.folder / "clean").iterdir())
    assert "811228" not in out + err
    assert b"811228" not in stored


def test_formula_cells_with_values_are_read_as_values(town: SmallTown) -> None:
    workbook(GRID)(town)
    content = town.files["exports/vakten.xlsx"]
    assert isinstance(content, bytes)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = text.replace(b'<c r="B2" t="s">', b'<c r="B2" t="s"><f>A1</f>')
            new.writestr(name, text)
    town.files["exports/vakten.xlsx"] = stream.getvalue()
    assert main(["check", "-m", str(town.write())]) == 0


def test_each_reason_that_stops_a_report_has_a_setting_that_decides_it() -> None:
    """Save for rules at work, repeats and what came after the extract, which stop none."""
    named = {key for key in language("en").texts if key.startswith("value.reason.")}
    reasons = {key.removeprefix("value.reason.") for key in named}
    assert len(reasons) > 20
    assert reasons - {*KEYS, *AS_DECLARED, *REPEATS, *AFTER} == set()
    assert set(KEYS) <= reasons
