"""Files of one actor that are laid out in several ways, and actors with several declarations."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from small_town import SmallTown

from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.errors import SettingsError, SourceError

LAYOUTS = """\
actor: vakten
name: Vakten
reader: csv
dates: {forms: ["%Y-%m-%d", day month]}
layouts:
  - files: ["vakten*.csv"]
    identity: [Nr]
    columns: {occurred_from: Datum, area: Område, category: Typ}
  - files: ["vakten*.csv"]
    encoding: cp1252
    delimiter: ","
    header_row: 3
    identity: [Ärende]
    columns: {occurred_from: Dag, area: Stadsdel, category: Slag}
"""
OLD = "Rapport\n\nÄrende,Dag,Stadsdel,Slag\n1,7 oktober 2024,Söder,Bråk\n2,8 oktober 2024,Norr,Klotter\n"
NEW = "Nr;Datum;Område;Typ\n3;2024-11-01;Söder;Bråk\n2;2024-10-08;Söder;Klotter\n"


def workbook(sheets: dict[str, list[list[Any]]], merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def loaded(town: SmallTown, source: str, **files: str | bytes) -> Dataset:
    """The small town with one declaration and its exports; names of files with _ for their dot."""
    town.files["sources/vakten.yaml"] = source
    del town.files["exports/vakten.csv"]
    for name, content in files.items():
        town.files[f"exports/{name.replace('__', '.')}"] = content
    settings = town.load()
    assert settings.municipality.as_of is not None
    return load_dataset(settings, settings.municipality.as_of)


def rows(data: Dataset) -> list[tuple[str, str, str, int]]:
    table = data.incidents.sort_values(["day", "area", "category"])
    kind = (
        table["subcategory"].astype(object).where(table["subcategory"].notna(), table["category"])
    )
    return [
        (str(day.date()), str(area), str(one), int(count))
        for day, area, one, count in zip(
            table["day"], table["area"], kind, table["count"], strict=True
        )
    ]


def test_each_file_is_read_by_the_layout_that_its_headers_have(town: SmallTown) -> None:
    data = loaded(town, LAYOUTS, vakten1__csv=OLD.encode("cp1252"), vakten2__csv=NEW)
    assert rows(data) == [
        ("2024-10-07", "soder", "brak", 1),
        ("2024-10-08", "soder", "klotter", 1),  # corrected: the same case in the later file
        ("2024-11-01", "soder", "brak", 1),
    ]
    assert data.cleaning.duplicates[["file", "row", "reason"]].to_numpy().tolist() == [
        ["vakten1.csv", 5, "replaced"]
    ]


def test_a_file_that_has_no_layout_is_refused_with_the_nearest(town: SmallTown) -> None:
    other = NEW.replace("Område", "Ort")
    with pytest.raises(SourceError) as told:
        loaded(town, LAYOUTS, vakten1__csv=OLD.encode("cp1252"), vakten2__csv=other)
    text = str(told.value)
    assert "the nearest is layout 1" in text
    assert '"Område" (area)' in text
    assert '"Ort"' in text
    assert "write a layout for such files" in text


def test_a_file_that_has_two_layouts_is_refused(town: SmallTown) -> None:
    source = LAYOUTS.replace('    encoding: cp1252\n    delimiter: ","\n    header_row: 3\n', "")
    source = source.replace("Dag", "Datum").replace("Stadsdel", "Område").replace("Slag", "Typ")
    source = source.replace("    identity: [Ärende]\n", "    identity: [Nr]\n")
    with pytest.raises(SourceError, match="layout 1 and layout 2"):
        loaded(town, source, vakten__csv=NEW)


def test_of_two_layouts_the_one_that_uses_more_of_the_file_is_its_own(town: SmallTown) -> None:
    source = LAYOUTS.replace('    encoding: cp1252\n    delimiter: ","\n    header_row: 3\n', "")
    source = source.replace(
        "    identity: [Ärende]\n    columns: {occurred_from: Dag, area: Stadsdel, category: Slag}",
        "    identity: [Nr]\n    columns: {occurred_from: Datum, area: Område, category: Typ, place: Hus}",
    )
    new = NEW.replace("Typ\n", "Typ;Hus\n").replace("Bråk\n", "Bråk;A\n")
    data = loaded(town, source, vakten__csv=new.replace("Klotter\n", "Klotter;B\n"))
    assert data.incidents["place"].astype(str).tolist() == ["A", "B"]


def test_layouts_that_say_too_little_are_refused_with_their_line(town: SmallTown) -> None:
    for old, new, said in (
        ("reader: csv\n", "", "layouts.reader"),
        ("    identity: [Nr]\n", "", "as many headers under identity"),
        ("occurred_from: Dag, ", "", 'the field "occurred_from"'),
        ("header_row: 3", "headerrow: 3", '"layouts.headerrow"'),
    ):
        town.files["sources/vakten.yaml"] = LAYOUTS.replace(old, new)
        with pytest.raises(SettingsError) as told:
            load_settings(town.write())
        assert said in str(told.value)
        assert "line" in str(told.value)


SHEETS = """\
actor: vakten
name: Vakten
files: ["*.xlsx"]
reader: xlsx
sheets: ["Data *"]
columns: {occurred_from: Datum, area: Område, category: Typ}
dates: {forms: [iso]}
"""
HEAD = ["Datum", "Område", "Typ"]
OCTOBER, NOVEMBER = ["2024-10-07", "Norr", "Bråk"], ["2024-11-07", "Söder", "Bråk"]


def test_a_sheet_for_each_month_is_read_and_others_are_not(town: SmallTown) -> None:
    book = workbook(
        {
            "Info": [["Läs mig"]],
            "Data okt": [HEAD, OCTOBER],
            "Data nov": [HEAD, NOVEMBER],
            "Data dec": [],
        }
    )
    data = loaded(town, SHEETS, vakten__xlsx=book)
    assert [row[:2] for row in rows(data)] == [("2024-10-07", "norr"), ("2024-11-07", "soder")]
    places = data.incidents[["source_sheet", "source_row"]].astype(str).to_numpy().tolist()
    assert places == [["Data okt", "2"], ["Data nov", "2"]]


def test_a_sheet_with_the_columns_that_no_pattern_names_is_refused(town: SmallTown) -> None:
    book = workbook({"Data okt": [HEAD, OCTOBER], "Nov": [HEAD, NOVEMBER]})
    with pytest.raises(SourceError, match='also in the sheet "Nov"'):
        loaded(town, SHEETS, vakten__xlsx=book)


def test_a_pattern_that_no_sheet_has_is_refused(town: SmallTown) -> None:
    with pytest.raises(SourceError, match=r"a sheet named Data \*"):
        loaded(town, SHEETS, vakten__xlsx=workbook({"Okt": [HEAD, OCTOBER]}))


def test_each_sheet_has_its_own_layout(town: SmallTown) -> None:
    source = SHEETS.replace(
        "columns: {occurred_from: Datum, area: Område, category: Typ}",
        "layouts:\n"
        "  - columns: {occurred_from: Datum, area: Område, category: Typ}\n"
        "  - {header_row: 2, columns: {occurred_from: Dag, area: Plats, category: Slag}}",
    )
    book = workbook(
        {
            "Data okt": [HEAD, OCTOBER],
            "Data nov": [["November"], ["Dag", "Plats", "Slag"], NOVEMBER],
        }
    )
    data = loaded(town, source, vakten__xlsx=book)
    assert [row[:2] for row in rows(data)] == [("2024-10-07", "norr"), ("2024-11-07", "soder")]
    strange = workbook(
        {"Data okt": [HEAD, OCTOBER], "Data nov": [["När", "Område", "Typ"], NOVEMBER]}
    )
    with pytest.raises(SourceError, match="the nearest is layout 1"):
        loaded_again(town, strange)


def loaded_again(town: SmallTown, book: bytes) -> Dataset:
    town.files["exports/vakten.xlsx"] = book
    settings = town.load()
    assert settings.municipality.as_of is not None
    return load_dataset(settings, settings.municipality.as_of)


def test_a_person_in_the_name_of_a_sheet_stops_the_file(town: SmallTown) -> None:
    book = workbook({"Data 811228-9874": [HEAD, OCTOBER]})
    with pytest.raises(SourceError) as told:
        loaded(town, SHEETS, vakten__xlsx=book)
    assert "names of sheets without personal data" in str(told.value)
    assert "9874" not in str(told.value)


SECOND = """\
actor: vakten
name: Vakten
files: ["jour*.csv"]
reader: csv
columns: {occurred_from: Dag, area: Ort}
areas: {map: {N: norr, S: soder}}
"""


def test_two_declarations_serve_one_actor(town: SmallTown) -> None:
    town.files["sources/vakten_jour.yaml"] = SECOND
    town.files["exports/jour.csv"] = "Dag;Ort\n2024-10-07;S\n2024-10-08;N\n2024-10-09;X\n"
    settings = town.load()
    assert list(settings.sources) == ["vakten"]
    assert settings.municipality.as_of is not None
    data = load_dataset(settings, settings.municipality.as_of)
    assert set(data.incidents["actor"].astype(str)) == {"vakten"}
    tally = data.cleaning.tally.to_dict("records")
    assert tally == [{"actor": "vakten", "read": 6, "kept": 6, "rejected": 0, "duplicates": 0}]
    assert data.incidents["area"].astype(str).tolist() == [
        "norr", "soder", "norr", "soder", "norr", "unmapped"
    ]  # fmt: skip
    assert "vakten_jour.yaml" in data.cleaning.unmapped["change"].iloc[0]
    assert [one.file for one in data.cleaning.deliveries] == ["vakten.csv", "jour.csv"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Vakten", "name: Jouren", "the name of the actor"),
        ("reader: csv", "reader: csv\ncoverage: {rule: any_row}", "coverage of the actor"),
        ("reader: csv", "reader: csv\nreports: [{from: 2024-01-01}]", "reports of the actor"),
    ],
)
def test_what_is_true_of_an_actor_is_said_once(
    town: SmallTown, old: str, new: str, said: str
) -> None:
    town.files["sources/vakten_jour.yaml"] = SECOND.replace(old, new)
    with pytest.raises(SettingsError) as told:
        town.load()
    assert said in str(told.value)
    assert "vakten_jour.yaml" in str(told.value)


def test_a_file_that_two_declarations_match_is_refused(town: SmallTown) -> None:
    town.files["sources/vakten_jour.yaml"] = SECOND.replace("jour*.csv", "v*.csv")
    settings = town.load()
    assert settings.municipality.as_of is not None
    with pytest.raises(SourceError, match="each file of an actor in one"):
        load_dataset(settings, settings.municipality.as_of)
