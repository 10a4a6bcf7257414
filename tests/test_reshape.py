"""Wide tables, cells under merged ones, sums, dates in parts: a row for each cell, none lost."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SmallTown
from test_layouts import loaded, loaded_again, rows, workbook

from est_analysis.account import describe
from est_analysis.calendar import parse_period
from est_analysis.config import load_settings
from est_analysis.counts.causes import unread_values
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import count_panel
from est_analysis.errors import SettingsError, SourceError
from est_analysis.intake import read_export
from est_analysis.quality import rejected_share

WIDE = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
shape: counts
year_from: file
unpivot: {columns: ["v.*"], into: occurred_from, blank: 0}
columns: {area: Område, category: Typ}
dates: {forms: [week]}
coverage: {rule: any_row}
"""
TABLE = "Område;Typ;v.41;v.42\nNorr;Bråk;2;\nSöder;Klotter;;5\n"


def test_each_cell_is_a_row_that_knows_where_it_stood(town: SmallTown) -> None:
    data = loaded(town, WIDE, vakten_2024__csv=TABLE)
    assert rows(data) == [
        ("2024-10-10", "norr", "brak", 2),
        ("2024-10-10", "soder", "klotter", 0),
        ("2024-10-17", "norr", "brak", 0),
        ("2024-10-17", "soder", "klotter", 5),
    ]
    places = data.incidents[["source_row", "source_cell"]].astype(str).to_numpy().tolist()
    assert places == [["2", "v.41"], ["2", "v.42"], ["3", "v.41"], ["3", "v.42"]]
    assert data.cleaning.tally["read"].tolist() == [4]


def test_a_blank_that_is_not_reported_is_no_zero(town: SmallTown) -> None:
    data = loaded(town, WIDE.replace("blank: 0", "blank: not_reported"), v_2024__csv=TABLE)
    assert [row[3] for row in rows(data)] == [2, 5]
    left = data.cleaning.rejected[["row", "cell", "reason"]].to_numpy().tolist()
    assert left == [[2, "v.42", "not_reported"], [3, "v.41", "not_reported"]]
    assert rejected_share(data, "vakten") == 0


def test_a_sign_that_means_nothing_is_no_blank(town: SmallTown) -> None:
    table = TABLE.replace("2;\n", "2;-\n")
    data = loaded(town, WIDE + 'missing: ["-"]\n', v_2024__csv=table)
    assert data.cleaning.rejected[["row", "cell", "reason"]].to_numpy().tolist() == [
        [2, "v.42", "blank_count"]
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", blank: 0", "", "unpivot.blank"),
        ("blank: 0", "blank: 1", "one of 0, not_reported"),
        ("into: occurred_from", "into: place", "unpivot.into"),
        ("shape: counts", "shape: events", "shape: counts"),
        ("area: Område", "area: Område, count: Antal", "from these columns only"),
        ("into: occurred_from", "into: category", 'the field "occurred_from"'),
        ("year_from: file", "year_from: folder", "year_from"),
    ],
)
def test_what_is_not_said_of_a_wide_table_is_asked_for(
    town: SmallTown, old: str, new: str, said: str
) -> None:
    town.files["sources/vakten.yaml"] = WIDE.replace(old, new)
    with pytest.raises(SettingsError) as told:
        load_settings(town.write())
    assert said in str(told.value)


def test_columns_that_are_not_there_are_refused(town: SmallTown) -> None:
    with pytest.raises(SourceError) as told:
        loaded(town, WIDE, v_2024__csv=TABLE.replace("v.", "vecka "))
    assert 'columns "v.*", to be unpivoted' in str(told.value)
    assert '"vecka 41"' in str(told.value)


def test_a_pattern_that_takes_a_field_is_refused(town: SmallTown) -> None:
    with pytest.raises(SourceError, match="either a field or counts"):
        loaded(town, WIDE.replace('"v.*"', '"*"'), v_2024__csv=TABLE)


@pytest.mark.parametrize("name", ["vakten", "vakten_2024_2025", "vakten_20240101"])
def test_a_name_without_one_year_is_refused(town: SmallTown, name: str) -> None:
    with pytest.raises(SourceError, match="one year in the name of the file"):
        loaded(town, WIDE, **{f"{name}__csv": TABLE})


SUMS = WIDE.replace(
    "year_from: file",
    'year_from: file\nfill_down: [Område]\ntotal: ["* summa", Totalt]',
).replace("blank: 0", "blank: 0, total: [Totalt]")
PIVOT = """\
Område;Typ;v.41;v.42;Totalt
Norr;Bråk;2;1;3
;Klotter;;4;4
Norr Summa;;2;5;7
;Bråk;1;;1
Söder;Bråk;3;;3
Söder Summa;;4;;4
Totalt;;6;5;11
"""


def stated(data: Dataset) -> pd.DataFrame:
    """The sums in the files of the one actor, beside what their parts add up to."""
    source = data.settings.sources["vakten"]
    return read_export(source, data.settings.municipality.exports).totals


def test_sums_are_set_aside_and_held_against_their_parts(town: SmallTown) -> None:
    data = loaded(town, SUMS, v_2024__csv=PIVOT)
    areas = data.incidents.groupby(["area", "source_row"], observed=True)["count"].sum()
    assert {key: int(n) for key, n in areas.items() if n} == {
        ("norr", 2): 3, ("norr", 3): 4, ("unknown", 5): 1, ("soder", 6): 3
    }  # fmt: skip  # below a sum nothing stands above
    totals = stated(data)
    assert (totals["said"] == totals["found"]).all()
    assert len(totals) == 3 + 2 + 4 - 1 + 1  # cells of three sums, one of them blank; four rows
    left = data.cleaning.rejected[["row", "reason", "value"]].to_numpy().tolist()
    assert left == [
        [4, "total", "Norr Summa"], [7, "total", "Söder Summa"], [8, "total", "Totalt"]
    ]  # fmt: skip
    assert data.cleaning.suspicions.empty


def test_a_sum_that_differs_is_told_with_its_cell(town: SmallTown) -> None:
    data = loaded(town, SUMS, v_2024__csv=PIVOT.replace("Norr Summa;;2;5;7", "Norr Summa;;2;6;8"))
    totals = stated(data)
    wrong = totals[totals["said"] != totals["found"]]
    assert wrong[["row", "cell", "said", "found"]].to_numpy().tolist() == [[4, "v.42", 6, 5]]


def test_sums_above_their_parts(town: SmallTown) -> None:
    source = SUMS.replace("total: [Totalt]", "total: []").replace("fill_down: [Område]\n", "")
    table = "Område;Typ;v.41\nTotalt;;9\nNorr;Bråk;4\nSöder;Bråk;5\n"
    data = loaded(town, source, v_2024__csv=table)
    assert stated(data)[["said", "found"]].to_numpy().tolist() == [[9, 9]]


def test_sums_of_events_are_held_against_the_number_of_rows(town: SmallTown) -> None:
    source = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
total: ["Summa *"]
columns: {occurred_from: Datum, area: Område, category: Typ}
"""
    table = "Datum;Område;Typ\n2024-10-07;Norr;Bråk\nSumma okt;;1\n2024-11-07;Norr;Bråk\n2024-11-08;Norr;Bråk\nSumma nov;;3\n"
    data = loaded(town, source, v__csv=table)
    assert stated(data)[["row", "said", "found"]].to_numpy().tolist() == [
        [3, 1, 1], [6, 3, 2]
    ]  # fmt: skip


EVENTS = """\
actor: vakten
name: Vakten
files: ["*.xlsx"]
reader: xlsx
columns: {occurred_from: Datum, area: Område, category: Typ}
"""


def test_cells_that_are_merged_downwards_mean_the_same_below(town: SmallTown) -> None:
    table: list[list[Any]] = [
        ["Område", "Datum", "Typ"], ["Norr", "2024-10-07", "Bråk"], [None, "2024-10-08", "Bråk"],
        [None, "2024-10-09", "Bråk"], ["Söder", "2024-10-10", "Bråk"], [None, "2024-10-11", "Bråk"],
    ]  # fmt: skip
    data = loaded(town, EVENTS, v__xlsx=workbook({"A": table}, ("A2:A4",)))
    assert data.incidents["area"].astype(str).tolist() == [
        "norr", "norr", "norr", "soder", "unknown"
    ]  # fmt: skip
    town.files["sources/vakten.yaml"] = EVENTS + "fill_down: [Område]\n"
    del town.files["exports/v.xlsx"]  # beside it the other would be the same days again
    (town.folder / "exports" / "v.xlsx").unlink()
    data = loaded_again(town, workbook({"A": table}))
    assert data.incidents["area"].astype(str).tolist() == [
        "norr", "norr", "norr", "soder", "soder"
    ]  # fmt: skip


def test_a_merged_number_is_not_one_for_each_row(town: SmallTown) -> None:
    source = EVENTS.replace("category: Typ", "category: Typ, count: Antal") + "shape: counts\n"
    table: list[list[Any]] = [
        ["Område", "Datum", "Typ", "Antal"], ["Norr", "2024-10-07", "Bråk", 5],
        ["Norr", "2024-10-07", "Klotter", None],
    ]  # fmt: skip
    data = loaded(town, source, v__xlsx=workbook({"A": table}, ("D2:D3",)))
    assert [row[3] for row in rows(data)] == [5]
    assert data.cleaning.rejected["reason"].tolist() == ["blank_count"]


PARTS = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
columns: {year: År, week: Vecka, area: Område, category: Typ}
"""


@pytest.mark.parametrize(
    ("fields", "cells", "day", "precision"),
    [
        ("year: År, week: Vecka", "2024;41;", "2024-10-07", "week"),
        ("year: År, week: Vecka", "2024;v. 41;", "2024-10-07", "week"),
        ("year: År, month: Vecka", "2024;10;", "2024-10-01", "month"),
        ("year: År, month: Vecka", "2024;oktober;", "2024-10-01", "month"),
        ("year: År, month: Vecka, day: Dag", "2024;10;7", "2024-10-07", "day"),
        ("year: År, month: Vecka, day: Dag", "2024;okt;7", "2024-10-07", "day"),
    ],
)
def test_a_date_in_parts(
    town: SmallTown, fields: str, cells: str, day: str, precision: str
) -> None:
    source = PARTS.replace("year: År, week: Vecka", fields)
    data = loaded(town, source, v__csv=f"År;Vecka;Dag;Område;Typ\n{cells};Norr;Bråk\n")
    assert data.cleaning.rejected.empty
    assert str(data.incidents["occurred_from"].iloc[0])[:10] == day
    assert data.incidents["precision"].astype(str).tolist() == [precision]


@pytest.mark.parametrize("cells", ["2024;54;", "2024;;", ";41;", "24;41;", "2024;4l;"])
def test_a_date_in_parts_that_is_none_is_left_out_and_told(town: SmallTown, cells: str) -> None:
    data = loaded(
        town, PARTS, v__csv=f"År;Vecka;Dag;Område;Typ\n{cells};Norr;Bråk\n2024;1;;Norr;Bråk\n"
    )
    assert len(data.cleaning.rejected) == 1
    assert len(data.incidents) == 1


# ---- what must hold whatever the numbers are ----

AUTUMN = parse_period("2024-T3")
AREAS, KINDS, WEEKS = ["Norr", "Söder"], ["Bråk", "Klotter"], [f"v.{n}" for n in range(36, 44)]
CELLS = st.one_of(st.none(), st.integers(0, 9))
NUMBERS = st.lists(
    st.lists(CELLS, min_size=len(WEEKS), max_size=len(WEEKS)), min_size=4, max_size=4
).filter(lambda table: any(n is not None for line in table for n in line))
KEYS = list(itertools.product(AREAS, KINDS))
LONG = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
shape: counts
columns: {year: År, week: Vecka, area: Område, category: Typ, count: Antal}
coverage: {rule: any_row}
"""


def panel(town: SmallTown, source: str, files: dict[str, list[list[Any]]]) -> pd.DataFrame:
    """The panel of tables in files of their own."""
    for path in (town.folder / "exports").glob("*"):
        path.unlink()
    for name in [name for name in town.files if name.startswith("exports/")]:
        del town.files[name]
    for name, table in files.items():
        lines = [";".join("" if cell is None else str(cell) for cell in line) for line in table]
        town.files[f"exports/{name}"] = "\n".join(lines) + "\n"
    town.files["sources/vakten.yaml"] = source
    return count_panel(dataset(town), AUTUMN)


def dataset(town: SmallTown) -> Dataset:
    settings = town.load()
    assert settings.municipality.as_of is not None
    return load_dataset(settings, settings.municipality.as_of)


def wide(numbers: list[list[int | None]]) -> list[list[Any]]:
    return [
        ["Område", "Typ", *WEEKS],
        *([*key, *line] for key, line in zip(KEYS, numbers, strict=True)),
    ]


@given(numbers=NUMBERS)
def test_wide_and_long_give_the_same_panel(
    town: SmallTown, numbers: list[list[int | None]]
) -> None:
    long = [["År", "Vecka", "Område", "Typ", "Antal"]]
    long += [
        ["2024", week.removeprefix("v."), *key, str(cell or 0)]
        for key, line in zip(KEYS, numbers, strict=True)
        for week, cell in zip(WEEKS, line, strict=True)
    ]
    pd.testing.assert_frame_equal(
        panel(town, WIDE, {"a_2024.csv": wide(numbers)}), panel(town, LONG, {"a.csv": long})
    )


@given(numbers=NUMBERS, data=st.data())
def test_the_order_of_rows_and_columns_of_a_wide_table_does_not_matter(
    town: SmallTown, numbers: list[list[int | None]], data: st.DataObject
) -> None:
    head, *body = wide(numbers)
    columns = data.draw(st.permutations(range(len(head))))
    turned = [[line[n] for n in columns] for line in [head, *data.draw(st.permutations(body))]]
    pd.testing.assert_frame_equal(
        panel(town, WIDE, {"a_2024.csv": [head, *body]}),
        panel(town, WIDE, {"a_2024.csv": turned}),
    )


@given(numbers=NUMBERS, cut=st.integers(1, 3), across=st.integers(1, len(WEEKS) - 1))
def test_a_wide_table_in_parts_is_the_same_table(
    town: SmallTown, numbers: list[list[int | None]], cut: int, across: int
) -> None:
    head, *body = wide(numbers)
    whole = panel(town, WIDE, {"a_2024.csv": [head, *body]})
    rows_apart = {"a_2024.csv": [head, *body[:cut]], "b_2024.csv": [head, *body[cut:]]}
    parts = WIDE + "overlap: add\n"  # undeclared, files of the same weeks are refused
    pd.testing.assert_frame_equal(whole, panel(town, parts, rows_apart))
    lines = [head, *body]
    columns_apart = {
        "a_2024.csv": [line[: 2 + across] for line in lines],
        "b_2024.csv": [[*line[:2], *line[2 + across :]] for line in lines],
    }
    pd.testing.assert_frame_equal(whole, panel(town, WIDE, columns_apart))


def test_sums_that_differ_are_a_doubt_and_a_line_of_est_check(town: SmallTown) -> None:
    data = loaded(town, SUMS, v_2024__csv=PIVOT.replace("Norr Summa;;2;5;7", "Norr Summa;;2;6;8"))
    doubts = data.cleaning.suspicions[["suspicion", "grave", "rows"]].to_numpy().tolist()
    assert doubts == [["total_differs", False, 1]]
    lines, _ = describe(data)
    told = next(line for line in lines if "not the sum of their parts: 1 sum" in line)
    assert "the first, v_2024.csv, row 4, column v.42, is 6, its parts 5" in told


CONFIRMED = (
    'confirmed: [{suspicion: total_differs, value: "v_2024.csv", day: 2025-01-02, by: analys}]\n'
)


def test_a_stated_sum_that_differs_is_a_control_total_of_its_days(town: SmallTown) -> None:
    table = PIVOT.replace("Norr Summa;;2;5;7", "Norr Summa;;2;6;8")
    data = loaded(town, SUMS, v_2024__csv=table)
    (total,) = data.control_totals
    assert total.missed
    assert (total.total.start, total.total.end) == (dt.date(2024, 10, 14), dt.date(2024, 10, 20))
    assert (total.total.count, total.found) == (6, 5)
    assert total.total.said_by == "v_2024.csv, row 4, column v.42"
    causes = unread_values(data)
    causes = causes[causes["unread"] != "blank_area"]  # of the row below the sum
    assert causes[["unread", "file", "row", "change"]].to_numpy().tolist() == [
        ["control_total", "v_2024.csv", 4, "sources/vakten.yaml: confirmed"]
    ]
    lines, _ = describe(data)
    assert any("control total  2024-10-14 to 2024-10-20, v_2024.csv, row 4" in one for one in lines)
    town.files["sources/vakten.yaml"] = SUMS + CONFIRMED
    settled = dataset(town)
    assert settled.control_totals == ()
    assert settled.cleaning.suspicions.empty


def test_stated_sums_that_agree_take_nothing_back(town: SmallTown) -> None:
    data = loaded(town, SUMS, v_2024__csv=PIVOT)
    assert data.control_totals == ()
    assert data.cleaning.missed_sums.empty


def test_a_sum_of_a_row_that_differs_is_of_the_days_of_its_row(town: SmallTown) -> None:
    (total,) = loaded(
        town, SUMS, v_2024__csv=PIVOT.replace("Söder;Bråk;3;;3", "Söder;Bråk;3;;4")
    ).control_totals
    assert total.total.said_by == "v_2024.csv, row 6, column Totalt"
    assert total.total.start == dt.date(2024, 10, 7)


def test_a_pattern_of_sums_that_meets_no_row_is_told(town: SmallTown) -> None:
    data = loaded(town, SUMS.replace("Totalt]", "Total]", 1), v_2024__csv=PIVOT)
    assert [(one["suspicion"], one["found"]) for one in data.cleaning.suspicions.to_dict("records")
            if one["suspicion"] == "unmet_rule"] != []  # fmt: skip
