"""The edges of cleaning: where a rule begins and ends, and what its tables are like."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.errors import SourceError
from est_analysis.incidents import Cleaning, candidates, clean, duplicates

SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
AS_OF = dt.date(2025, 1, 31)


def cleaned(town: SmallTown, *lines: str, header: str = "Datum;Område;Typ") -> Cleaning:
    town.files[CSV] = "".join(f"{line}\n" for line in (header, *lines))
    return clean(town.load(), AS_OF)


def reasons(cleaning: Cleaning) -> dict[int, str]:
    """Row in the file → why it was left out."""
    return dict(zip(cleaning.rejected["row"], cleaning.rejected["reason"], strict=True))


# ---- rules of the declaration ----

TYPES = ("Bråk", "Bråk ute", "Stort bråk, Bråk", "Klotter")


@pytest.mark.parametrize(
    ("test", "fitting"),
    [("equals: Bråk", [2]), ("starts_with: Bråk", [2, 3]), ("contains: Bråk", [2, 3, 4]),
     ("equals: [Bråk, Klotter]", [2, 5]), ("contains: [ute, Klot]", [3, 5])],
)  # fmt: skip
@pytest.mark.parametrize("key", ["only", "drop"])
def test_a_rule_takes_the_rows_it_names(
    town: SmallTown, key: str, test: str, fitting: list[int]
) -> None:
    reason = ", reason: provlarm" if key == "drop" else ""
    town.change(SOURCE, "columns:", f"{key}:\n  - {{column: Typ, {test}{reason}}}\ncolumns:")
    found = cleaned(town, *(f"2024-10-07;Norr;{kind}" for kind in TYPES))
    left_out = fitting if key == "drop" else sorted({2, 3, 4, 5} - set(fitting))
    lost = dict.fromkeys(left_out, "drop: provlarm") if key == "drop" else {}
    assert reasons(found) == lost
    assert found.deliveries[0].others == (0 if key == "drop" else len(left_out))
    assert sorted(found.incidents["source_row"]) == sorted({2, 3, 4, 5} - set(left_out))


def test_the_first_reason_stands(town: SmallTown) -> None:
    drop = "drop:\n  - {column: Typ, equals: Bråk, reason: provlarm}\ncolumns:"
    town.change(SOURCE, "columns:", drop)
    found = cleaned(town, "2024-02-30;Norr;Bråk", "2024-02-30;Norr;Klotter")
    assert reasons(found) == {2: "drop: provlarm", 3: "no_such_date"}


# ---- counts ----


@pytest.mark.parametrize(
    ("word", "fate"),
    [("0", 0), ("1000000000", 1_000_000_000), ("1000000001", "bad_count"), ("-0", 0),
     ("-1", "negative_count"), ("-1000000001", "bad_count"), ("", "blank_count"),
     ("1,5", "bad_count"), ("3,0", 3), ("1 234", 1234), ("12 34", "bad_count")],
)  # fmt: skip
def test_a_count_is_a_whole_number_from_nought(town: SmallTown, word: str, fate: int | str) -> None:
    town.change(SOURCE, "columns:", "shape: counts\ndecimal: ','\ncolumns:\n  count: Antal")
    found = cleaned(town, f"2024-10-07;Norr;Bråk;{word}", header="Datum;Område;Typ;Antal")
    if isinstance(fate, str):
        assert reasons(found) == {2: fate}
    else:
        assert found.incidents["count"].tolist() == [fate]


# ---- times ----


@pytest.mark.parametrize(
    ("day", "reason"),
    [("1949-12-31", "unlikely_date"), ("1950-01-01", None), ("2025-01-31", None),
     ("2025-01-31 23:59", None), ("2025-02-01", "future_date"), ("2035-02-01", "future_date"),
     ("2035-02-02", "unlikely_date")],
)  # fmt: skip
def test_dates_that_can_be_known_and_that_are_typed_wrong(
    town: SmallTown, day: str, reason: str | None
) -> None:
    found = cleaned(town, f"{day};Norr;Bråk")
    assert reasons(found) == ({2: reason} if reason else {})


def test_a_moment_at_the_end_of_the_day_before_is_a_moment(town: SmallTown) -> None:
    town.change(SOURCE, "  area: Område", "  occurred_to: Till\n  area: Område")
    found = cleaned(
        town, "2024-10-07 00:00;2024-10-06;Norr;Bråk", "2024-10-07 00:00;2024-10-07 00:00;Norr;Bråk",
        "2024-10-07 00:00;2024-10-07 00:01;Norr;Bråk", "2024-10-07;2024-10-07;Norr;Bråk",
        "2024-10-07;2024-10-08;Norr;Bråk", "2024-10-07 00:01;2024-10-06;Norr;Bråk",
        header="Datum;Till;Område;Typ",
    )  # fmt: skip
    assert found.incidents["precision"].tolist() == [
        "minute",
        "minute",
        "interval",
        "day",
        "interval",
    ]
    assert reasons(found) == {7: "ends_before_start"}


@pytest.mark.parametrize("year", ["24", "20244", "tjugofyra", ""])
def test_a_year_that_is_none_is_told(town: SmallTown, year: str) -> None:
    town.change(SOURCE, "  area: Område", "  year: År\n  area: Område")
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[day/month]")
    found = cleaned(
        town, f"7/10;{year};Norr;Bråk", "7/10;2024;Norr;Bråk", header="Datum;År;Område;Typ"
    )
    assert reasons(found) == {2: "needs_year"}
    assert found.incidents["occurred_from"].dt.strftime("%F").tolist() == ["2024-10-07"]


def test_swapped_dates_are_told_by_one_that_stands_there(town: SmallTown) -> None:
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', '["%d/%m/%Y"]')
    with pytest.raises(SourceError) as caught:
        cleaned(town, ";Norr;Bråk", *(f"10/{day}/2024;Norr;Bråk" for day in range(13, 25)))
    assert "'10/13/2024'" in caught.value.found


# ---- areas, types and places ----


def test_an_area_is_there_on_its_first_day_and_its_last(town: SmallTown) -> None:
    town.change(
        "areas.yaml", "valid_to: 2023-12-31", "valid_from: 2023-12-30, valid_to: 2023-12-31"
    )
    days = ["2023-12-29", "2023-12-30", "2023-12-31", "2024-01-01", "2024-01-02"]
    found = cleaned(town, *(f"{day};Gamla;Bråk" for day in days), "2023-12-29;Norr;Bråk")
    assert found.incidents["area"].tolist() == [
        "unmapped", "gamla", "gamla", "unmapped", "unmapped", "norr"
    ]  # fmt: skip
    told = found.unmapped[found.unmapped["field"] == "area_validity"]
    assert told[["value", "rows", "row"]].to_numpy().tolist() == [["Gamla", 3, 2]]


def test_the_most_frequent_untranslated_values_stand_first(town: SmallTown) -> None:
    found = cleaned(
        town,
        *(f"2024-10-07;{area};Bråk" for area in ("Ett", "Två", "Två", "Tre", "Tre", "Tre", "Norr")),
    )
    assert found.unmapped["value"].tolist() == ["Tre", "Två", "Ett"]
    assert found.unmapped["rows"].tolist() == [3, 2, 1]
    assert found.unmapped["row"].tolist() == [5, 3, 2]
    assert list(found.unmapped.columns) == [
        "actor",
        "field",
        "value",
        "rows",
        "file",
        "row",
        "change",
    ]


def test_a_blank_place_is_no_place(town: SmallTown) -> None:
    town.change(SOURCE, "  category: Typ", "  category: Typ\n  place: Plats")
    found = cleaned(town, "2024-10-07;Norr;Bråk;Torget", "2024-10-07;Norr;Bråk;",
                    "2024-10-07;Norr;Bråk;Skolan", header="Datum;Område;Typ;Plats")  # fmt: skip
    place = found.incidents["place"]
    assert place.isna().tolist() == [False, True, False]
    assert place.dropna().tolist() == ["Torget", "Skolan"]


def test_two_actors_stand_below_each_other(town: SmallTown) -> None:
    town.change(SOURCE, "  category: Typ", "  category: Typ\n  place: Plats")
    source = str(town.files[SOURCE])
    town.files["sources/jouren.yaml"] = source.replace("vakten", "jouren").replace(
        "Vakten", "Jouren"
    )
    town.files["exports/jouren.csv"] = "Datum;Område;Typ;Plats\n2024-10-08;Söder;Bråk;Bron\n"
    found = cleaned(town, "2024-10-07;Norr;Bråk;Torget", header="Datum;Område;Typ;Plats")
    assert found.incidents["actor"].tolist() == ["jouren", "vakten"]
    assert found.incidents["place"].tolist() == ["Bron", "Torget"]
    assert found.incidents["source_file"].tolist() == ["jouren.csv", "vakten.csv"]
    assert found.incidents.index.tolist() == [0, 1]


# ---- who reported, persons ----


def test_reporters_of_each_week(town: SmallTown) -> None:
    town.change(SOURCE, "  category: Typ", "  category: Typ\n  reporter: Vem")
    found = cleaned(
        town, "2024-10-07;Norr;Bråk;a", "2024-10-08;Norr;Bråk;b", "2024-10-09;Norr;Bråk;a",
        "2024-10-10;Norr;Bråk;", "2024-10-14;Norr;Bråk;a", header="Datum;Område;Typ;Vem",
    )  # fmt: skip
    assert list(found.effort.columns) == ["actor", "week", "reporters"]
    assert found.effort["reporters"].tolist() == [2, 1]


def test_a_person_instead_of_a_date_is_told_as_a_person(town: SmallTown) -> None:
    found = cleaned(town, "811228-9874;Norr;Bråk", "2024-02-30;Norr;Bråk", "2024-10-07;Norr;Bråk")
    assert reasons(found) == {2: "personal_data", 3: "no_such_date"}
    assert "9874" not in found.rejected.to_csv()


@pytest.mark.parametrize(("field", "own", "other"), [("areas", 1, 2), ("categories", 2, 1)])
def test_a_code_that_the_settings_translate_is_no_person(
    town: SmallTown, field: str, own: int, other: int
) -> None:
    """Only in the field that translates it."""
    target = "norr" if field == "areas" else "brak"
    town.change(
        SOURCE,
        f"{field}:\n  match: name",
        f'{field}:\n  match: name\n  map: {{"8112289874": {target}}}',
    )
    cells = ["2024-10-07", "Norr", "Bråk"]
    lines = []
    for place in (own, other):
        lines.append(";".join([*cells[:place], "8112289874", *cells[place + 1 :]]))
    found = cleaned(town, *lines)
    assert reasons(found) == {3: "personal_data"}
    assert found.incidents["source_row"].tolist() == [2]


# ---- the account of what was left out ----


def test_a_long_value_is_cut_and_an_ordinary_one_is_not(town: SmallTown) -> None:
    found = cleaned(town, f"{'x' * 60};Norr;Bråk", f"{'y' * 61};Norr;Bråk")
    assert found.rejected["value"].tolist() == ["x" * 60, f"{'y' * 60}… (61 characters)"]


def test_rows_left_out_stand_in_the_order_of_the_file(town: SmallTown) -> None:
    found = cleaned(
        town, ";Norr;Bråk", "2026-02-01;Norr;Bråk", ";Norr;Bråk", "2024-02-30;Norr;Bråk"
    )
    table = found.rejected
    assert list(table.columns) == [
        "actor", "file", "sheet", "row", "cell", "reason", "column", "value"
    ]  # fmt: skip
    assert table.index.tolist() == [0, 1, 2, 3]
    assert table["row"].tolist() == [2, 3, 4, 5]
    assert table["reason"].tolist() == ["blank_date", "future_date", "blank_date", "no_such_date"]
    assert set(table["column"]) == {"Datum"}


def test_a_row_that_is_left_out_replaces_no_other(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "identity: [Nr]\ncolumns:")
    found = cleaned(
        town, "1;2024-10-07;Norr;Bråk", "1;2024-02-30;Norr;Bråk", ";2024-10-07;Norr;Bråk",
        ";2024-10-07;Norr;Bråk", "2;2024-10-08;Norr;Bråk", "2;2024-10-09;Norr;Bråk",
        header="Nr;Datum;Område;Typ",
    )  # fmt: skip
    assert found.incidents["source_row"].tolist() == [2, 4, 5, 7]
    assert found.duplicates["row"].tolist() == [6]
    assert reasons(found) == {3: "no_such_date"}


def test_a_count_that_is_left_out_replaces_no_other(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "shape: counts\ncolumns:\n  count: Antal")
    header = "Datum;Område;Typ;Antal"
    town.files["exports/vakten_ny.csv"] = (
        f"{header}\n2024-10-07;Norr;Bråk;fem\n2024-10-08;Norr;Bråk;6\n"
    )
    found = cleaned(town, "2024-10-07;Norr;Bråk;3", "2024-10-08;Norr;Bråk;4", header=header)
    assert sorted(found.incidents["count"]) == [3, 6]
    assert found.duplicates[["file", "row"]].to_numpy().tolist() == [["vakten.csv", 3]]


# ---- the same event from two actors ----


def events(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Time, actor, area, type and precision."""
    frame = pd.DataFrame(rows, columns=["occurred_from", "actor", "area", "category", "precision"])
    frame["occurred_from"] = pd.to_datetime(frame["occurred_from"]).astype("datetime64[s]")
    return frame.astype(dict.fromkeys(["actor", "area", "category", "precision"], "category"))


def test_pairs_have_their_distance_and_end_with_the_window() -> None:
    table = events(
        ("2024-10-07 22:00", "a", "norr", "brak", "minute"),
        ("2024-10-07 22:45", "b", "norr", "brak", "minute"),
        ("2024-10-07 23:00", "b", "norr", "brak", "minute"),
        ("2024-10-07 23:01", "c", "norr", "brak", "minute"),
    )
    pairs, total = candidates(table, 60)
    assert pairs.index.tolist() == list(range(total))
    assert pairs[["row", "other_row", "minutes"]].to_numpy().tolist() == [
        [0, 1, 45], [2, 3, 1], [0, 2, 60], [1, 3, 16]
    ]  # fmt: skip
    assert pairs.iloc[1][["actor", "other_actor", "area", "category"]].tolist() == [
        "b", "c", "norr", "brak"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "word"),
    [("precision", "day"), ("area", "unknown"), ("area", "unmapped"), ("category", "unknown"), ("category", "unmapped")],
)  # fmt: skip
def test_what_is_not_known_well_is_no_pair(column: str, word: str) -> None:
    table = events(*[("2024-10-07 22:00", actor, "norr", "brak", "minute") for actor in "ab"])
    assert candidates(table, 60)[1] == 1
    spoilt = table.assign(**{column: pd.Categorical([word] * 2)})
    pairs, total = candidates(spoilt, 60)
    assert (len(pairs), total) == (0, 0)
    assert list(pairs.columns) == list(candidates(table, 60)[0].columns)


def test_more_pairs_than_are_listed_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    table = events(*[("2024-10-07 22:00", actor, "norr", "brak", "minute") for actor in "abababab"])
    assert candidates(table, 60)[1] == 16
    monkeypatch.setattr(duplicates, "MOST_LISTED", 7)
    pairs, total = candidates(table, 60)
    assert (len(pairs), total) == (7, 16)


def test_pairs_are_told_by_area_and_type_however_many_there_are() -> None:
    rng = np.random.default_rng(3)
    place, kind = rng.integers(0, 300, 2_000), rng.integers(0, 20, 2_000)
    rows = [
        ("2024-10-07 22:00", "ab"[n % 2], f"a{place[n]}", f"k{kind[n]}", "minute")
        for n in range(2_000)
    ]
    frame = pd.DataFrame({"n": np.arange(2_000) % 2, "place": place, "kind": kind})
    sizes = frame.groupby(["place", "kind"])["n"].agg(["size", "sum"])
    expected = int((sizes["sum"] * (sizes["size"] - sizes["sum"])).sum())
    assert candidates(events(*rows), 60)[1] == expected > 100
