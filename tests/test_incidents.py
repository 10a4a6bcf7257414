"""Cleaning: every row has one fate, and times, areas and types mean what the declaration says."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SmallTown

from est_analysis.account import describe
from est_analysis.calendar import parse_period
from est_analysis.counts.dataset import load_dataset
from est_analysis.errors import SourceError
from est_analysis.incidents import Cleaning, candidates, clean
from est_analysis.quality import check_data
from est_analysis.store import read_cleaning, write_cleaning

SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
AS_OF = dt.date(2025, 1, 31)


def cleaned(town: SmallTown) -> Cleaning:
    return clean(town.load(), AS_OF)


def test_rows_become_incidents(town: SmallTown) -> None:
    table = cleaned(town).incidents
    assert table["occurred_from"].astype(str).tolist() == [
        "2024-10-07 22:30:00",
        "2024-10-08 00:00:00",
        "2024-10-09 00:00:00",
    ]
    assert table["precision"].tolist() == ["minute", "day", "day"]
    assert table["occurred_to"].astype(str).tolist()[1] == "2024-10-09 00:00:00"
    assert table["area"].tolist() == ["norr", "soder", "norr"]
    assert table["category"].tolist() == ["skada", "brak", "skada"]
    assert table["subcategory"].astype(object).where(
        table["subcategory"].notna(), None
    ).tolist() == [
        "klotter",
        None,
        "klotter",
    ]
    assert table["source_row"].tolist() == [2, 3, 4]


LINE = st.sampled_from(
    [
        "2024-10-07;Norr;Bråk",
        "2024-10-07 23:59;Söder;Klotter",
        "2024-02-30;Norr;Bråk",
        ";Norr;Bråk",
        "2024-10-07;Okänd;Bråk",
        "2024-10-07;;",
        "2024-10-07;Norr",
        ";;",
        "2026-10-07;Norr;Bråk",
        "Summa;1;1",
    ]
)


@given(lines=st.lists(LINE, min_size=1, max_size=12))
def test_rows_are_conserved_in_any_order(town: SmallTown, lines: list[str]) -> None:
    town.files[CSV] = "\n".join(["Datum;Område;Typ", *lines]) + "\n"
    if "footer" not in str(town.files[SOURCE]):
        town.change(SOURCE, "encoding:", "footer: [Summa]\nencoding:")
    one = cleaned(town)
    tally = one.tally.iloc[0]
    assert tally["read"] == len(lines)
    assert tally["read"] == tally["kept"] + tally["rejected"] + tally["duplicates"]
    seen = [*one.incidents["source_row"], *one.rejected["row"], *one.duplicates["row"]]
    assert sorted(seen) == list(range(2, len(lines) + 2))
    town.files[CSV] = "\n".join(["Datum;Område;Typ", *reversed(lines)]) + "\n"
    other = cleaned(town)
    keys = ["occurred_from", "area", "category", "count"]
    assert (
        one.incidents[keys].astype(str).sort_values(keys).to_numpy().tolist()
        == other.incidents[keys].astype(str).sort_values(keys).to_numpy().tolist()
    )
    half = len(lines) // 2
    town.files[CSV] = "\n".join(["Datum;Område;Typ", *lines[:half]]) + "\n"
    town.files["exports/vakten_2.csv"] = "\n".join(["Datum;Område;Typ", *lines[half:]]) + "\n"
    parts = cleaned(town)
    del town.files["exports/vakten_2.csv"]
    (town.folder / "exports/vakten_2.csv").unlink()
    same_file = (parts.duplicates["reason"] == "same_file").sum()
    assert len(parts.incidents) + same_file == len(one.incidents)


def with_columns(town: SmallTown, columns: str, text: str, forms: str = "") -> Cleaning:
    town.change(SOURCE, "  category: Typ", f"  category: Typ\n{columns}")
    if forms:
        town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', forms)
    town.files[CSV] = text
    return cleaned(town)


def spans(cleaning: Cleaning) -> list[tuple[str, str, str]]:
    table = cleaning.incidents
    return list(
        zip(
            table["occurred_from"].dt.strftime("%Y-%m-%d %H:%M"),
            table["occurred_to"].dt.strftime("%Y-%m-%d %H:%M"),
            table["precision"].astype(str),
            strict=True,
        )
    )


def test_from_and_to_are_kept_as_intervals(town: SmallTown) -> None:
    text = "Datum;Område;Typ;Till\n2024-10-07 22:00;Norr;Bråk;2024-10-08 07:00\n2024-10-07 22:00;Norr;Bråk;\n2024-10-07;Norr;Bråk;2024-10-07\n2024-10-07 22:00;Norr;Bråk;2024-10-07 22:00\n"
    assert spans(with_columns(town, "  occurred_to: Till", text)) == [
        ("2024-10-07 22:00", "2024-10-08 07:00", "interval"),
        ("2024-10-07 22:00", "2024-10-07 22:00", "minute"),
        ("2024-10-07 00:00", "2024-10-08 00:00", "day"),
        ("2024-10-07 22:00", "2024-10-07 22:00", "minute"),
    ]


def test_time_of_day_in_its_own_column(town: SmallTown) -> None:
    text = "Datum;Område;Typ;Kl\n2024-10-07;Norr;Bråk;kl 22.30\n2024-10-07;Norr;Bråk;22-07\n2024-10-07;Norr;Bråk;\n2024-10-07;Norr;Bråk;ca 9\n"
    cleaning = with_columns(town, "  time_from: Kl", text)
    assert spans(cleaning) == [
        ("2024-10-07 22:30", "2024-10-07 22:30", "minute"),
        ("2024-10-07 22:00", "2024-10-08 07:00", "interval"),
        ("2024-10-07 00:00", "2024-10-08 00:00", "day"),
        ("2024-10-07 09:00", "2024-10-07 09:00", "minute"),
    ]
    assert cleaning.incidents["approximate"].tolist() == [False, False, False, True]


def test_weeks_with_a_year_column_and_week_53(town: SmallTown) -> None:
    text = (
        "Datum;Område;Typ;År\nv. 41;Norr;Bråk;2024\nv. 1;Norr;Bråk;2025\nv. 53;Norr;Bråk;2020\nv. 53;Norr;Bråk;2024\n"
        + "v. 2;Norr;Bråk;2024\n" * 3
    )
    cleaning = with_columns(town, "  year: År", text, "[week]")
    assert spans(cleaning)[:3] == [
        ("2024-10-07 00:00", "2024-10-14 00:00", "week"),
        ("2024-12-30 00:00", "2025-01-06 00:00", "week"),
        ("2020-12-28 00:00", "2021-01-04 00:00", "week"),
    ]
    assert cleaning.rejected[["row", "reason"]].to_numpy().tolist() == [[5, "no_such_date"]]


def test_missing_years_come_from_the_report_date(town: SmallTown) -> None:
    text = "Datum;Område;Typ;In\n31 december 23.50;Norr;Bråk;2024-01-02\n2 januari 08.21;Norr;Bråk;2024-01-02\n"
    town.change(SOURCE, "dates:", "dates:\n  reported_at: [iso]")
    cleaning = with_columns(town, "  reported_at: In", text, "[day month]")
    assert [start for start, _, _ in spans(cleaning)] == ["2023-12-31 23:50", "2024-01-02 08:21"]


def test_moments_in_another_zone_become_local(town: SmallTown) -> None:
    text = "Datum;Område;Typ\n2024-07-01T22:30:00Z;Norr;Bråk\n2024-12-31T23:30:00Z;Norr;Bråk\n"
    assert [s for s, _, _ in spans(with_columns(town, "", text, "[iso]"))] == [
        "2024-07-02 00:30",
        "2025-01-01 00:30",
    ]


def test_the_hours_of_the_clock_change_are_flagged_and_kept(town: SmallTown) -> None:
    text = "Datum;Område;Typ\n2024-03-31 02:30;Norr;Bråk\n2024-10-27 02:30;Norr;Bråk\n2024-10-27 04:30;Norr;Bråk\n"
    town.files[CSV] = text
    assert cleaned(town).incidents["clock_change"].tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("word", "count"),
    [("12", 12), ("1 234", 1234), ("1\u00a0234", 1234), ("1.234", 1234), ("7,0", 7), ("0", 0)],
)
def test_counts_in_swedish_writing(town: SmallTown, word: str, count: int) -> None:
    town.change(SOURCE, "columns:", "shape: counts\ncolumns:\n  count: Antal")
    town.files[CSV] = f"Datum;Område;Typ;Antal\n2024-10-07;Norr;Bråk;{word}\n"
    assert cleaned(town).incidents["count"].tolist() == [count]


def test_blank_and_untranslated_are_told_apart(town: SmallTown) -> None:
    town.files[CSV] = "Datum;Område;Typ\n2024-10-07;;Bråk\n2024-10-07;Väster;\n"
    cleaning = cleaned(town)
    assert cleaning.incidents["area"].tolist() == ["unknown", "unmapped"]
    assert cleaning.incidents["category"].tolist() == ["brak", "unknown"]
    assert cleaning.unmapped[["field", "value", "rows", "row"]].to_numpy().tolist() == [
        ["area", "Väster", 1, 3]
    ]


def test_unused_translations_are_told(town: SmallTown) -> None:
    town.change(SOURCE, "areas:\n  match: name", "areas:\n  match: name\n  map: {Centrum: norr}")
    assert cleaned(town).unused.to_numpy().tolist() == [["vakten", "area", "Centrum"]]


def test_the_corrected_row_replaces_the_first(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "identity: [Nr]\ncolumns:")
    town.files[CSV] = "Nr;Datum;Område;Typ\n1;2024-10-07;Norr;Bråk\n1;2024-10-08;Söder;Bråk\n"
    cleaning = cleaned(town)
    assert cleaning.incidents["area"].tolist() == ["soder"]
    assert cleaning.duplicates[["row", "reason"]].to_numpy().tolist() == [[2, "same_identity"]]


def test_reports_dated_before_the_event_are_kept(town: SmallTown) -> None:
    text = "Datum;Område;Typ;In\n2024-10-07;Norr;Bråk;2024-10-01\n2024-10-07;Norr;Bråk;\n"
    cleaning = with_columns(town, "  reported_at: In", text)
    assert len(cleaning.incidents) == 2
    assert cleaning.incidents["reported_at"].isna().tolist() == [False, True]


def test_reporters_are_counted_and_forgotten(town: SmallTown) -> None:
    text = "Datum;Område;Typ;Vem\n2024-10-07;Norr;Bråk;A\n2024-10-08;Norr;Bråk;B\n2024-10-09;Norr;Bråk;A\n2024-10-14;Norr;Bråk;A\n"
    cleaning = with_columns(town, "  reporter: Vem", text)
    assert cleaning.effort["reporters"].tolist() == [2, 1]
    assert "reporter" not in cleaning.incidents


def test_masked_personal_data_leave_the_row(town: SmallTown) -> None:
    town.change(SOURCE, "encoding:", "personal_data: mask\nencoding:")
    text = "Datum;Område;Typ;Plats\n2024-10-07;Norr;Bråk;hos 811228-9874\n"
    cleaning = with_columns(town, "  place: Plats", text)
    assert cleaning.incidents["place"].tolist() == ["[personal data]"]


def incidents(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["occurred_from", "actor", "area", "category"])
    frame["occurred_from"] = pd.to_datetime(frame["occurred_from"])
    for name in ("actor", "area", "category"):
        frame[name] = frame[name].astype("category")
    return frame.assign(precision="minute")


def test_candidates_are_near_in_time_place_and_kind_and_of_different_actors() -> None:
    table = incidents(
        [
            ("2024-10-07 22:00", "a", "norr", "brak"),
            ("2024-10-07 22:30", "b", "norr", "brak"),
            ("2024-10-07 22:45", "a", "norr", "brak"),
            ("2024-10-07 22:30", "b", "soder", "brak"),
            ("2024-10-07 22:30", "b", "norr", "skada"),
            ("2024-10-07 23:31", "b", "norr", "brak"),
        ]
    )
    pairs, total = candidates(table, 60)
    assert total == len(pairs) == 3
    assert {(row.row, row.other_row) for row in pairs.itertuples()} == {(0, 1), (1, 2), (2, 5)}


def test_candidates_equal_a_plain_double_loop() -> None:
    rng = np.random.default_rng(5)
    minutes = np.sort(rng.integers(0, 3000, 120))
    rows = [
        (str(pd.Timestamp("2024-10-07") + pd.Timedelta(minutes=int(m))), str(a), str(p), str(k))
        for m, a, p, k in zip(
            minutes, rng.choice(list("abc"), 120), rng.choice(["n", "s"], 120), rng.choice(["x", "y"], 120), strict=True
        )
    ]  # fmt: skip
    table = incidents(rows)
    times = table["occurred_from"]
    expected = sum(
        rows[i][1] != rows[j][1]
        and rows[i][2:] == rows[j][2:]
        and abs(times[i] - times[j]) <= pd.Timedelta(minutes=45)
        for i in range(120)
        for j in range(i)
    )
    assert candidates(table, 45)[1] == expected > 20


def test_stored_data_are_read_back_identical(town: SmallTown) -> None:
    town.files[CSV] = (
        f"{town.files[CSV]};Norr;Bråk\n2024-10-07;Väster;Bråk\n" + "2024-11-01;Norr;Bråk\n" * 3
    )
    cleaning = cleaned(town)
    folder = town.folder / "clean"
    write_cleaning(cleaning, folder)
    again = read_cleaning(folder)
    for name in ("incidents", "rejected", "unmapped", "tally", "duplicates"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(cleaning, name))
    assert again.deliveries == cleaning.deliveries
    assert not any("Fritext" in path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "something else (JSONDecodeError)"),
        (b'{"files": {"a.csv": "0', "something else (JSONDecodeError)"),
        (b"\xff", "something else (UnicodeDecodeError)"),
        (b"[]", "the list: a list"),
        (b"{}", "files: no such field"),
        (b'{"files": [1]}', "files: a list"),
        (b'{"files": {"a.csv": 1}}', "files.a.csv: 1"),
    ],
)
def test_a_damaged_list_of_invented_files_is_told(
    town: SmallTown, content: bytes, found: str
) -> None:
    town.files["exports/.invented.json"] = content
    with pytest.raises(SourceError) as told:
        cleaned(town)
    assert told.value.found == found
    assert "delete those that are not, truth.json if it is there, and .invented.json" in str(
        told.value
    )


def test_stored_data_of_a_stopped_overwrite_are_not_used(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = town.folder / "clean"
    write_cleaning(cleaned(town), folder)
    town.files[CSV] = f"{town.files[CSV]}2024-10-10;Norr;Bråk\n"
    more = cleaned(town)
    replace = os.replace

    def held(source: Path, target: Path) -> None:
        if target.name == "rejected.parquet":
            raise PermissionError(13, "used by another process", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(PermissionError):
        write_cleaning(more, folder)
    with pytest.raises(SourceError) as told:
        read_cleaning(folder)
    assert told.value.found == "no cleaning.json"
    monkeypatch.undo()
    write_cleaning(more, folder)
    assert len(read_cleaning(folder).incidents) == 4


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("cleaning.json", b"{", "a cleaning.json that is damaged (JSONDecodeError)"),
        ("cleaning.json", b"\xff", "a cleaning.json that is damaged (UnicodeDecodeError)"),
        ("cleaning.json", b"[" * 100_000, "a cleaning.json that is damaged (ValueError)"),
        ("cleaning.json", b"[]", 'schema "not stated"'),
        ("cleaning.json", b'{"schema": 1}', "schema 1"),
        ("cleaning.json", b'{"schema": 5}', "cleaning.json: candidate_pairs: no such field"),
        (
            "cleaning.json",
            b'{"schema": 5, "candidate_pairs": 0, "deliveries": [{"actor": "vakten"}]}',
            "cleaning.json: deliveries[0].file: no such field",
        ),
        ("effort.parquet", b"", "effort.parquet: ArrowInvalid"),
        ("effort.parquet", None, "effort.parquet: FileNotFoundError"),
    ],
)
def test_damaged_stored_data_are_refused(
    town: SmallTown, name: str, content: bytes | None, found: str
) -> None:
    folder = town.folder / "clean"
    write_cleaning(cleaned(town), folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(SourceError) as told:
        read_cleaning(folder)
    assert told.value.found == found
    assert told.value.change == "run est clean again"


def test_of_two_overlapping_deliveries_of_counts_the_later_one_counts(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "shape: counts\ntwice: add\ncolumns:\n  count: Antal")
    town.files[CSV] = (
        "Datum;Område;Typ;Antal\n2024-10-07;Norr;Bråk;3\n2024-10-08;Norr;Bråk;1\n2024-10-08;Norr;Bråk;1\n"
    )
    town.files["exports/vakten_ny.csv"] = (
        "Datum;Område;Typ;Antal\n2024-10-07;Norr;Bråk;4\n2024-10-14;Norr;Bråk;2\n"
    )
    cleaning = cleaned(town)
    assert sorted(cleaning.incidents["count"]) == [1, 1, 2, 4]
    assert cleaning.duplicates[["file", "row"]].to_numpy().tolist() == [["vakten.csv", 2]]


def test_a_report_on_an_earlier_day_leaves_later_rows_out(town: SmallTown) -> None:
    from est_analysis.counts.dataset import dataset_of
    from est_analysis.quality import rejected_share

    settings = town.load()
    early = clean(settings, dt.date(2024, 10, 7))
    assert early.rejected["reason"].tolist() == ["future_date", "future_date"]
    assert rejected_share(dataset_of(early, settings, dt.date(2024, 10, 7)), "vakten") == 0


def two_files(town: SmallTown, *, names: tuple[str, str], counts: bool = False) -> Cleaning:
    """An old delivery and a revised one; the last count, and one case, are changed."""
    if counts:
        town.change(SOURCE, "columns:", "shape: counts\ncolumns:\n  count: Nr")
    else:
        town.change(SOURCE, "columns:", "identity: [Nr]\ncolumns:")
    head = "Nr;Datum;Område;Typ\n"
    del town.files[CSV]
    town.files[f"exports/{names[0]}"] = f"{head}1;2024-10-07;Norr;Bråk\n2;2024-10-08;Norr;Bråk\n"
    new = "1;2024-10-07;Norr;Bråk\n"
    new += "7;2024-10-08;Norr;Bråk\n" if counts else "2;2024-10-09;Söder;Bråk\n"
    town.files[f"exports/{names[1]}"] = head + new
    return cleaned(town)


@pytest.mark.parametrize("counts", [False, True])
def test_files_that_differ_are_told_and_the_later_one_is_used(
    town: SmallTown, counts: bool
) -> None:
    cleaning = two_files(
        town, names=("vakten leverans 9.csv", "vakten leverans 10.csv"), counts=counts
    )
    assert cleaning.duplicates[["file", "row", "reason", "value"]].to_numpy().tolist() == [
        ["vakten leverans 9.csv", 2, "same_identity", ""],
        ["vakten leverans 9.csv", 3, "replaced", "vakten leverans 10.csv"],
    ]
    assert set(cleaning.incidents["source_file"]) == {"vakten leverans 10.csv"}
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    (check,) = [c for c in check_data(data, parse_period("2024-T3")) if c.name == "replaced_rows"]
    assert (check.status, check.value) == ("warning", 1)
    lines, faults = describe(data)
    assert not faults
    assert (
        "  files differ  1 rows of vakten leverans 9.csv have other values in vakten leverans 10.csv, which is used: it is read later"
        in lines
    )
    assert "name it last in files" in "\n".join(lines)


def test_the_order_of_files_decides_before_the_names(town: SmallTown) -> None:
    town.change(SOURCE, '["vakten*.csv"]', '["vakten*.csv", "vakten 2025 ny.csv"]')
    cleaning = two_files(town, names=("vakten månad.csv", "vakten 2025 ny.csv"))
    assert set(cleaning.incidents["source_file"]) == {"vakten 2025 ny.csv"}


def test_files_of_one_name_in_two_folders_are_two_files(town: SmallTown) -> None:
    town.change(SOURCE, "vakten*.csv", "*/vakten.csv")
    text = town.files.pop(CSV)
    town.files["exports/2023/vakten.csv"] = text
    town.files["exports/2024/vakten.csv"] = "Datum;Område;Typ\n2024-02-30;Norr;Bråk\n"
    cleaning = cleaned(town)
    assert set(cleaning.incidents["source_file"]) == {"2023/vakten.csv"}
    assert cleaning.rejected[["file", "row"]].to_numpy().tolist() == [["2024/vakten.csv", 2]]


def test_a_delivery_that_comes_back_is_the_one_that_is_used(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "identity: [Nr]\ncolumns:")
    first = "Nr;Datum;Område;Typ\n1;2024-10-07;Norr;Klotter\n"
    del town.files[CSV]
    town.files |= {
        "exports/vakten 1.csv": first,
        "exports/vakten 2.csv": first.replace("Klotter", "Bråk"),
        "exports/vakten 3.csv": first,
    }
    cleaning = cleaned(town)
    assert cleaning.incidents[["category", "source_file"]].to_numpy().tolist() == [
        ["skada", "vakten 3.csv"]
    ]
    assert cleaning.duplicates[["file", "reason", "value"]].to_numpy().tolist() == [
        ["vakten 1.csv", "same_file", ""],
        ["vakten 2.csv", "replaced", "vakten 3.csv"],
    ]
    assert [delivery.repeats for delivery in cleaning.deliveries] == ["vakten 3.csv", None, None]


ANNULLED = "drop:\n  - {column: Status, equals: makulerad, reason: annulled}\n"
OPEN = "only:\n  - {column: Status, equals: öppen}\n"


def with_rule(town: SmallTown, rule: str, *files: str) -> Cleaning:
    """Files of cases with a status, read by a rule that leaves some out."""
    town.change(SOURCE, "columns:", f"identity: [Nr]\n{rule}columns:")
    del town.files[CSV]
    for number, rows in enumerate(files, start=1):
        town.files[f"exports/vakten {number}.csv"] = f"Nr;Datum;Område;Typ;Status\n{rows}"
    return cleaned(town)


def accounted(cleaning: Cleaning) -> bool:
    tally = cleaning.tally.iloc[0]
    seen = (len(cleaning.incidents), len(cleaning.rejected), len(cleaning.duplicates))
    return (tally["kept"], tally["rejected"], tally["duplicates"]) == seen and tally["read"] == sum(
        seen
    )


def test_a_case_that_a_later_file_annuls_does_not_count(town: SmallTown) -> None:
    cleaning = with_rule(
        town,
        ANNULLED,
        "1;2024-10-07;Norr;Klotter;öppen\n2;2024-10-08;Norr;Klotter;öppen\n"
        "3;2024-10-09;Norr;Klotter;makulerad\n",
        "1;2024-10-07;Norr;Klotter;makulerad\n2;2024-10-08;Norr;Klotter;öppen\n"
        "3;2024-10-09;Norr;Klotter;öppen\n;2024-10-09;Norr;Klotter;makulerad\n",
    )
    assert cleaning.incidents[["source_file", "source_row"]].to_numpy().tolist() == [
        ["vakten 2.csv", 3],
        ["vakten 2.csv", 4],
    ]
    assert cleaning.duplicates[["file", "row", "reason", "value"]].to_numpy().tolist() == [
        ["vakten 1.csv", 2, "replaced", "vakten 2.csv"],
        ["vakten 1.csv", 3, "same_identity", ""],
    ]
    assert accounted(cleaning)


def test_another_actors_case_of_the_same_number_annuls_nothing(town: SmallTown) -> None:
    cleaning = with_rule(
        town,
        OPEN,
        "1;2024-10-07;Norr;Klotter;öppen\n1;2024-10-07;Norr;Klotter;annans\n",
        "1;2024-10-07;Norr;Klotter;annans\n",
    )
    assert len(cleaning.incidents) == 1
    assert cleaning.duplicates.empty
    assert accounted(cleaning)


def test_a_case_that_its_own_file_annuls_does_not_count_and_is_told(town: SmallTown) -> None:
    cleaning = with_rule(
        town,
        ANNULLED,
        "1;2024-10-07;Norr;Klotter;öppen\n1;2024-10-07;Norr;Klotter;makulerad\n"
        "2;2024-10-08;Norr;Klotter;öppen\n",
    )
    assert cleaning.incidents["source_row"].tolist() == [4]
    assert cleaning.duplicates[["row", "reason", "value"]].to_numpy().tolist() == [
        [2, "replaced", "vakten 1.csv"]
    ]
    assert accounted(cleaning)
    data = load_dataset(town.load(), AS_OF)
    (check,) = [c for c in check_data(data, parse_period("2024-T3")) if c.name == "replaced_rows"]
    assert (check.status, check.value) == ("warning", 1)
    lines = [line for line in describe(data)[0] if "annulled  " in line or "files differ" in line]
    assert lines == [
        "  annulled  1 rows of vakten 1.csv are of cases whose last row there a rule leaves out: "
        "such a case does not count"
    ]


def test_a_last_row_that_cannot_be_read_leaves_the_one_before(town: SmallTown) -> None:
    cleaning = with_rule(
        town, ANNULLED, "1;2024-10-07;Norr;Klotter;öppen\n", "1;2024-02-30;Norr;Klotter;öppen\n"
    )
    assert cleaning.incidents["source_file"].tolist() == ["vakten 1.csv"]


def test_parts_of_no_case_are_events_of_their_own(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "identity: [Nr, Del]\ncolumns:")
    town.files[CSV] = (
        "Nr;Del;Datum;Område;Typ\n;1;2024-10-07;Norr;Klotter\n;1;2024-10-08;Söder;Bråk\n"
        "7;;2024-10-07;Norr;Klotter\n7;;2024-10-08;Söder;Bråk\n7;1;2024-10-08;Söder;Bråk\n"
    )
    cleaning = cleaned(town)
    assert cleaning.incidents["source_row"].tolist() == [2, 3, 5, 6]
    assert cleaning.duplicates["row"].tolist() == [4]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("2024-10-08;Norr;Klotter;Torget", "2024-10-08;NORR;klotter;TORGET", True),
        ("2024-10-08;Norr;Klotter;", "2024-10-08;Norra delen;Klotter;", True),
        ("2024-10-08;Norr;Klotter;", "2024-10-08 00:00;Norr;Klotter;", True),
        ("2024-10-08 00:00;Norr;Klotter;", "2024-10-08;Norr;Klotter;", True),
        ("2024-10-08;Väster;Skrik;", "2024-10-08;VÄSTER;skrik;", True),
        ("2024-10-08;Väster;Klotter;", "2024-10-08;Öster;Klotter;", False),
        ("2024-10-08;Norr;Skrik;", "2024-10-08;Norr;Bus;", False),
        ("2024-10-08;Norr;Klotter;", "2024-10-08;Norr;Skadegörelse;", False),
        ("2024-10-08;Norr;Klotter;Torget", "2024-10-08;Norr;Klotter;Parken", False),
        ("2024-10-08;Norr;Klotter;", "2024-10-08 22:30;Norr;Klotter;", False),
        ("2024-10-08;Norr;Klotter;", "2024-10-09 00:00;Norr;Klotter;", False),
        ("2024-10-08;Norr;Klotter;", "2024-10-08;Söder;Klotter;", False),
    ],
)
def test_overlapping_counts_are_compared_as_they_are_read(
    town: SmallTown, before: str, after: str, same: bool
) -> None:
    town.change(SOURCE, "columns:", "shape: counts\ncolumns:\n  count: Antal\n  place: Plats")
    town.change(
        SOURCE, "areas:\n  match: name", "areas:\n  match: name\n  map: {Norra delen: norr}"
    )
    for file, line, count in (("vakten.csv", before, 5), ("vakten ny.csv", after, 7)):
        town.files[f"exports/{file}"] = f"Datum;Område;Typ;Plats;Antal\n{line};{count}\n"
    cleaning = cleaned(town)
    assert cleaning.incidents["count"].sum() == (7 if same else 12)
    assert accounted(cleaning)


def test_spans_that_begin_alike_are_different_counts(town: SmallTown) -> None:
    town.change(
        SOURCE,
        "columns:",
        "shape: counts\ncolumns:\n  count: Antal\n  time_from: Från\n  time_to: Till\n"
        "  occurred_to: Slut",
    )
    head = "Datum;Från;Slut;Till;Område;Typ;Antal\n"
    line = "2024-10-07;08:00;2024-10-07;{};Norr;Bråk;{}\n"
    town.files[CSV] = head + line.format("12:00", 3)
    town.files["exports/vakten ny.csv"] = head + line.format("16:00", 4)
    assert cleaned(town).incidents["count"].tolist() == [3, 4]
