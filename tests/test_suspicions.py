"""A delivery is doubted before it is believed: each doubt by its kind, and damages drawn at random."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from deliveries import (
    AS_OF,
    COUNT,
    CSV,
    DECLARED,
    DRAWN,
    EVENT,
    Delivery,
    cleaned,
    count_source,
    counts,
    damaged,
    doubted,
    event_source,
    events,
    outcome,
    swapped_iso,
    totals,
    weekly_events,
)
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.cli import main
from est_analysis.config import load_settings
from est_analysis.counts.dataset import load_dataset
from est_analysis.errors import SettingsError, SourceError
from est_analysis.incidents import clean
from est_analysis.incidents.clean import clean_source
from est_analysis.intake import bulk, names
from est_analysis.intake.sums import agreement, sums_of_others
from est_analysis.quality import check_data
from est_analysis.sources import Coded, Export, read_export
from est_analysis.sources.encodings import better_encoding, likely_encoding
from est_analysis.sources.file_kinds import kind_of

REAL = Path(__file__).parent / "real"
DOCS = Path(__file__).resolve().parents[1] / "docs" / "settings.md"


def put(
    town: SmallTown, rows: list[list[Any]], source: str, header: list[str] = EVENT
) -> SmallTown:
    return Delivery(header, rows, source).put(town)


def add(town: SmallTown, line: str) -> SmallTown:
    """A line at the end of the source."""
    town.files[DECLARED] = f"{town.files[DECLARED]}{line}\n"
    return town


def so(name: str, about: str = "") -> str:
    return f"confirmed: [{{suspicion: {name}{about}, day: 2025-12-31, by: samordnaren}}]"


def refused(town: SmallTown) -> SourceError:
    with pytest.raises(SourceError) as caught:
        clean(town.load(), AS_OF)
    return caught.value


def daily(number: int, first: str = "2025-01-01") -> list[str]:
    return pd.date_range(first, periods=number).strftime("%Y-%m-%d").tolist()


# ---- drawn at random ----


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("kind", "name"), DRAWN)
def test_a_damage_is_refused_told_or_without_effect(
    kind: str, name: str, seed: int, tmp_path: Path
) -> None:
    before, after = damaged(name, kind, 100 * seed + len(name))
    whole = cleaned(before.put(SmallTown(tmp_path / "before" / "smastad")))
    assert not len(whole.suspicions)
    assert outcome(after.put(SmallTown(tmp_path / "after" / "smastad")), totals(whole)) != "silent"


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "name"), DRAWN)
def test_forty_draws_of_each_damage(kind: str, name: str, tmp_path: Path) -> None:
    found = []
    for seed in range(1000, 1040):
        before, after = damaged(name, kind, seed)
        whole = cleaned(before.put(SmallTown(tmp_path / f"{seed}a" / "smastad")))
        assert not whole.suspicions["grave"].any()
        found.append(
            outcome(after.put(SmallTown(tmp_path / f"{seed}b" / "smastad")), totals(whole))
        )
    assert "silent" not in found


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["montgomery", "polisen", "london_fires", "city_of_london", "us_cities"]
)
def test_real_input_and_its_halves_are_believed(shared_data: Path, name: str) -> None:
    settings = load_settings(REAL / name)
    assert settings.municipality.as_of is not None
    rng, notes = np.random.default_rng(16), 0
    for source in settings.sources.values():
        export = read_export(source, settings.municipality.exports)
        for part in [export, *(half(export, rng) for _ in range(10))]:
            table = clean_source(part, settings, settings.municipality.as_of).suspicions
            assert not table["grave"].any(), table["found"].tolist()
            notes += len(table)
    assert notes <= 11  # the actor with one event five months before all others


def half(export: Export, rng: np.random.Generator) -> Export:
    rows = np.flatnonzero(rng.random(len(export)) < 0.5)
    columns = {}
    for name, column in export.columns.items():
        codes, words = pd.factorize(column.codes[rows])
        columns[name] = Coded(codes.astype(np.int32), tuple(column.words[word] for word in words))
    return replace(export, columns=columns, file=export.file[rows], row=export.row[rows])


def test_the_example_is_believed(example: Any) -> None:
    assert not len(example.cleaning.suspicions)


# ---- the registry, and what is settled ----


def test_every_doubt_is_in_the_manual() -> None:
    told = DOCS.read_text(encoding="utf-8")
    assert [name for name in names() if f"`{name}`" not in told] == []
    assert len(set(names())) == len(names()) > 15


def test_a_settled_doubt_is_none_and_a_needless_line_is_told(town: SmallTown) -> None:
    rows = [[1, day, "Norr", "Bråk"] for day in ["2019-05-05", *daily(300)]]
    put(town, rows, event_source())
    assert doubted(town) == {"stray_days": False}
    add(town, so("stray_days", ", from: 2019-05-05, to: 2019-05-05"))
    assert doubted(town) == {}
    town.files[CSV] = str(town.files[CSV]).replace("2019-05-05", "2025-05-05")
    assert doubted(town) == {"needless_confirmation": False}


def test_what_is_settled_for_some_days_is_not_for_others(town: SmallTown) -> None:
    rows = [[1, day, "Norr", "Bråk"] for day in ["2017-05-05", *daily(300)]]
    add(put(town, rows, event_source()), so("stray_days", ", from: 2019-05-05"))
    assert set(doubted(town)) == {"stray_days", "needless_confirmation"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (so("total_rows"), 'did you mean "total_row"'),
        ("confirmed: [{suspicion: total_row, day: 2025-12-31}]", '"confirmed.by"'),
        ("confirmed: [{suspicion: total_row, by: samordnaren}]", '"confirmed.day"'),
        ("confirmed: [{suspicion: total_row, day: 2025-12-31, by: Anna Svensson}]", "a person"),
        (so("total_row", ", from: 2025-02-01, to: 2025-01-01"), "not before from"),
        (so("total_row", ", why: x"), "keys that est_analysis knows"),
    ],
)
def test_a_confirmation_that_cannot_hold_is_refused(town: SmallTown, line: str, words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        clean(add(town, line).load(), AS_OF)


def test_several_doubts_are_told_at_once_the_worst_first(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[list[Any]] = [[1, day, "Norr", "Bråk"] for day in daily(200)]
    rows += [[9, day, "101", "Bråk"] for day in daily(3)]
    put(town, rows, event_source(identity=True))
    town.files["areas.yaml"] = str(town.files["areas.yaml"]) + '  - {id: "0101", name: Torget}\n'
    town.change(DECLARED, "areas:\n  match: name", "areas:\n  match: [name, id]")
    fault = refused(town)
    assert fault.what.endswith("(case_numbers)")
    assert ["(eaten_zeros)" in other.what for other in fault.also] == [True]
    assert main(["check", "-m", str(town.write())]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "STOP  cannot believe the delivery of Vakten (case_numbers)"
    assert "STOP  cannot believe the delivery of Vakten (eaten_zeros)" in lines
    assert any(line.startswith("Småstad: settings are in order") for line in lines)


def test_a_clean_municipality_has_a_short_account(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    put(town, [[n, day, "Norr", "Bråk"] for n, day in enumerate(daily(200))], event_source())
    assert main(["check", "-m", str(town.write())]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert lines[0].startswith("Småstad: settings are in order")
    assert len(lines) == 4


def test_what_a_doubt_shows_is_never_a_person(town: SmallTown) -> None:
    rows = [[n, day, "Norr", "Bråk"] for n, day in enumerate(daily(30))]
    put(town, rows, event_source(identity=True))
    add(town, 'no_identity: ["anna.svensson@exempel.se"]')
    (row,) = cleaned(town).suspicions.to_dict("records")
    assert "exempel.se" not in row["found"]
    assert row["suspicion"] == "unmet_rule"


# ---- totals ----


def test_sums_are_found_whatever_stands_beside_them() -> None:
    rng = np.random.default_rng(2)
    parts = rng.poisson(9, (60, 4)).astype(float)
    whole = parts.sum(axis=1)
    half = parts[:, :2].sum(axis=1)
    assert set(sums_of_others(np.column_stack([parts, whole]))) == {4}
    assert set(sums_of_others(np.column_stack([parts[:, :2], half, parts[:, 2:]]))) == {2}
    other = parts[:, 2:].sum(axis=1)
    table = np.column_stack([parts[:, :2], half, parts[:, 2:], other, whole])
    assert set(sums_of_others(table)) == {2, 5, 6}
    some = whole.copy()
    some[:40] = np.nan
    assert set(sums_of_others(np.column_stack([parts, some]))) == {4}
    assert sums_of_others(parts) == {}
    assert sums_of_others(np.column_stack([parts[:, :1], parts[:, :1]])) == {}


def test_few_or_constant_numbers_agree_by_chance() -> None:
    ones = np.ones(50)
    assert agreement(ones, ones) == 0
    assert agreement(np.array([3.0, 4, 5]), np.array([3.0, 4, 5])) == 0
    spread = np.arange(1.0, 31)
    assert agreement(spread, spread) == 30
    masked = spread.copy()
    masked[0] += 1
    assert agreement(masked, spread) == 29
    masked[:4] += 1
    assert agreement(masked, spread) == 0


def with_total(town: SmallTown, name: str = "Hela kommunen", column: int = 1) -> Delivery:
    made = counts(np.random.default_rng(3))
    parts = pd.DataFrame(made.rows)
    for (week, other), number in parts.groupby([0, 3 - column])[3].sum().items():
        row: list[Any] = [week, "", "", int(number)]
        row[column], row[3 - column] = name, other
        made.rows.append(row)
    made.put(town)
    return made


@pytest.mark.parametrize(("name", "column"), [("Hela kommunen", 1), ("Totalt", 2), ("", 1)])
def test_a_total_among_the_parts_is_refused_and_can_be_declared(
    town: SmallTown, name: str, column: int
) -> None:
    with_total(town, name, column)
    fault = refused(town)
    assert "(total_row)" in fault.what
    assert f'"{name}"' in fault.found
    assert "row" in fault.found
    field, key = (("area", "Område"), ("category", "Typ"))[column - 1]
    if not name:
        assert f'drop: [{{column: {key}, equals: "", reason: summa}}]' in fault.change
        add(town, f'drop: [{{column: {key}, equals: "", reason: summa}}]')
    else:
        section = "areas" if field == "area" else "categories"
        assert f'{section}: total: "{name}"' in fault.change
        town.change(DECLARED, f"{section}:\n", f"{section}:\n  total: {name.upper()}\n")
    found = clean(town.load(), AS_OF)
    reasons = set(found.rejected["reason"])
    assert reasons == ({"total"} if name else {"drop: summa"})
    assert int(found.incidents["count"].sum()) == sum(
        row[3] for row in counts(np.random.default_rng(3)).rows
    )
    assert not len(found.unmapped)


def test_a_declared_total_is_held_against_its_parts(town: SmallTown) -> None:
    made = with_total(town)
    made.rows[-1][3] += 7
    made.put(town)
    town.change(DECLARED, "areas:\n", "areas:\n  total: Hela kommunen\n")
    (row,) = clean(town.load(), AS_OF).suspicions.to_dict("records")
    assert (row["suspicion"], row["grave"], row["rows"]) == ("total_differs", False, 1)
    assert f"row {len(made.rows) + 1})" in row["found"]
    assert f"{made.rows[-1][3]}, its parts {made.rows[-1][3] - 7}" in row["found"]


def test_a_total_alone_in_the_section_leaves_the_matches(town: SmallTown) -> None:
    with_total(town)
    town.change(DECLARED, "areas:\n  match: name\n", "areas: {total: Hela kommunen}\n")
    assert set(clean(town.load(), AS_OF).incidents["area"].unique()) == {"norr", "soder"}


def test_a_main_type_beside_its_sub_types_is_a_total(town: SmallTown) -> None:
    town.change("taxonomy.yaml", "[{id: klotter, name: Klotter}]",
                "[{id: klotter, name: Klotter}, {id: glas, name: Glaskross}]")  # fmt: skip
    rng = np.random.default_rng(4)
    rows: list[list[Any]] = []
    for week in range(1, 50):
        a, b, c = rng.poisson(8, 3).tolist()
        named = (("Bråk", c), ("Klotter", a), ("Skadegörelse", a + b), ("Glaskross", b))
        rows += [[f"2025-W{week:02d}", "Norr", kind, number] for kind, number in named]
    put(town, rows, count_source(), COUNT)
    assert '"Skadegörelse"' in refused(town).found


# ---- identities ----


def cases(number: str = "{n}", years: tuple[int, ...] = (2023, 2024, 2025)) -> list[list[Any]]:
    return [
        [number.format(n=n, year=year), f"{year}-{1 + n % 12:02d}-{1 + n % 28:02d}", "Norr", "Bråk"]
        for year in years
        for n in range(40)
    ]


def test_numbers_that_begin_again_each_year_need_the_year(town: SmallTown) -> None:
    put(town, cases(), event_source(identity=True))
    fault = refused(town)
    assert fault.found.count("80 rows") == 1
    assert "add the year to identity" in fault.change
    add(town, "identity_restarts: year")
    found = clean(town.load(), AS_OF)
    assert (len(found.incidents), len(found.duplicates)) == (120, 0)


def test_in_two_files_too_and_an_annulled_case_annuls_its_own_year(town: SmallTown) -> None:
    for year in (2024, 2025):
        rows = [[*row, "Klar"] for row in cases(years=(year,))]
        rows[3][4] = "Makulerad" if year == 2025 else "Klar"
        lines = [[*EVENT, "Status"], *rows]
        text = "".join(";".join(map(str, row)) + "\n" for row in lines)
        town.files[f"exports/vakten_{year}.csv"] = text
    town.files.pop(CSV)
    drop = "drop: [{column: Status, equals: makulerad, reason: makulerad}]\n"
    town.files[DECLARED] = event_source(identity=True) + drop
    town.files["municipality.yaml"] = f'name: S\ncode: "0001"\nas_of: {AS_OF}\n'
    assert "vakten_2024.csv" in refused(town).found
    found = clean(add(town, "identity_restarts: year").load(), AS_OF)
    assert len(found.incidents) == 79
    assert (found.incidents["occurred_from"].dt.year == 2024).sum() == 40


@pytest.mark.parametrize(("restarts", "number"), [("month", 480), ("file", 40)])
def test_numbers_may_begin_again_each_month_or_file(
    town: SmallTown, restarts: str, number: int
) -> None:
    rows = [[n, f"2025-{month:02d}-{1 + n % 28:02d}", "Norr", "Bråk"]
            for month in range(1, 13) for n in range(40)]  # fmt: skip
    put(town, rows, event_source(identity=True))
    assert "identity_restarts: month" in refused(town).change
    add(town, f"identity_restarts: {restarts}")
    assert len(cleaned(town).incidents) == number


@pytest.mark.parametrize("word", ["-", "0", "saknas"])
def test_a_text_that_stands_for_no_number_is_not_one_case(town: SmallTown, word: str) -> None:
    rows = [[word if n % 3 else n, day, "Norr", "Bråk"] for n, day in enumerate(daily(300), 1)]
    put(town, rows, event_source(identity=True))
    fault = refused(town)
    assert f'no_identity: ["{word}"]' in fault.change
    assert "199 rows" in fault.found  # the last is used
    assert len(clean(add(town, f'no_identity: ["{word.upper()}"]').load(), AS_OF).incidents) == 300


def test_a_case_that_is_corrected_is_no_doubt(town: SmallTown) -> None:
    rows = cases(years=(2025,))
    rows += [[row[0], row[1], "Söder", row[3]] for row in rows]
    rows[3][1] = "2025-06-30"  # one of them had its day mistyped by months
    put(town, rows, event_source(identity=True))
    assert doubted(town) == {"case_numbers": False}


# ---- strays in time ----


def test_the_bulk_is_all_but_a_few_far_away() -> None:
    days = np.arange(1000)
    ones = np.ones(1000, dtype=np.int64)
    assert bulk(days, ones) == (0, 999)
    assert bulk(np.r_[-3000, days], np.ones(1001, dtype=np.int64)) == (0, 999)
    assert bulk(np.r_[days, 1400, 5000], np.ones(1002, dtype=np.int64)) == (0, 999)
    rare = np.arange(0, 4000, 90)
    assert bulk(rare, np.ones(len(rare), dtype=np.int64)) == (0, int(rare[-1]))
    assert bulk(np.array([5]), np.array([1])) == (5, 5)
    pause = np.r_[np.arange(200), np.arange(600, 900)]
    assert bulk(pause, np.ones(500, dtype=np.int64)) == (0, 899)


@pytest.mark.parametrize("rule", ["continuous", "any_row"])
@pytest.mark.parametrize("stray", ["2016-03-07", "2025-11-20"])
def test_a_mistyped_year_makes_no_days_reported(town: SmallTown, stray: str, rule: str) -> None:
    days = pd.date_range("2023-01-01", "2024-12-31", freq="5D").strftime("%Y-%m-%d")
    put(town, [[1, day, "Norr", "Bråk"] for day in [*days, stray]], event_source())
    add(town, f"coverage: {{rule: {rule}, quiet_months: real}}")
    data = load_dataset(town.load(), AS_OF)
    own = data.coverage
    first, last = own.first_day("vakten"), own.last_day("vakten")
    assert first is not None
    assert last is not None
    assert dt.date(2022, 12, 26) <= first <= dt.date(2023, 1, 1)
    assert dt.date(2024, 12, 31) <= last <= dt.date(2025, 1, 5)
    (row,) = data.cleaning.suspicions.to_dict("records")
    assert (row["suspicion"], row["grave"]) == ("stray_days", False)
    assert "row 149" in row["found"]
    (check,) = [c for c in check_data(data, parse_period("2024-T3")) if c.name == "doubts"]
    assert (check.status, check.value, check.subject) == ("warning", 1, "vakten")
    add(town, so("stray_days"))
    wide = load_dataset(town.load(), AS_OF).coverage
    assert (
        stray in (str(wide.first_day("vakten")), str(wide.last_day("vakten"))) or rule == "any_row"
    )


# ---- days and months ----


def test_rows_in_order_only_when_turned_round_are_refused(town: SmallTown) -> None:
    made = events(np.random.default_rng(6))
    swapped_iso(made, np.random.default_rng(6))
    made.put(town)
    assert "turned round" in refused(town).found
    made.rows.reverse()
    made.put(town)
    assert "(swapped_days)" in refused(town).what
    add(town, so("swapped_days", ", value: vakten.csv"))
    assert "swapped_days" not in doubted(town)


def test_days_after_the_extract_that_would_not_be_are_refused(town: SmallTown) -> None:
    made = events(np.random.default_rng(7))
    made.rows = [row for row in made.rows if row[1] < "2025-06"]
    swapped_iso(made, np.random.default_rng(7))
    np.random.default_rng(7).shuffle(made.rows)
    made.put(town)
    town.files["municipality.yaml"] = 'name: S\ncode: "0001"\nas_of: 2025-05-31\n'
    with pytest.raises(SourceError, match="after the extract"):
        clean(town.load(), dt.date(2025, 5, 31))


def test_days_after_they_were_reported_are_refused(town: SmallTown) -> None:
    made = events(np.random.default_rng(8))
    header = [*EVENT, "Anmäld"]
    rows = [[*row, row[1][:10]] for row in made.rows]
    swapped = Delivery(
        header, rows, made.source.replace("  area:", "  reported_at: Anmäld\n  area:")
    )
    swapped_iso(swapped, np.random.default_rng(8))
    np.random.default_rng(8).shuffle(swapped.rows)
    swapped.put(town)
    assert "after they were reported" in refused(town).found


def test_a_month_of_texts_and_dates_is_no_swap(town: SmallTown) -> None:
    rows = [[1, day, "Norr", "Bråk"] for day in daily(12, "2025-03-01")]
    rows += [[1, f"{day}/03/2025 10:00", "Norr", "Bråk"] for day in range(1, 29)]
    put(town, rows, event_source(forms='[excel, "%d/%m/%Y %H:%M"]'))
    assert doubted(town) == {}


# ---- sheets ----


def sheet_town(town: SmallTown, other: list[list[Any]], name: str = "Mer") -> SmallTown:
    rows = [[n, day, "Norr", "Bråk"] for n, day in enumerate(daily(30))]
    return Delivery(EVENT, rows, event_source(), {name: other}).put(town)


def test_a_sheet_whose_header_nearly_fits_is_refused(town: SmallTown) -> None:
    rows = [["Arende", "Datum", "Omrade", "Typ"], [1, "2025-02-01", "Norr", "Bråk"]]
    fault = refused(sheet_town(town, rows))
    assert 'the sheet "Mer" (2 rows' in fault.found
    assert 'but not "Område"' in fault.found
    assert "sheet:" in fault.change
    assert doubted(add(town, so("unread_sheet", ", value: Mer"))) == {}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["Om utdraget", ""], ["Uttaget", "2025-12-31"]], {"unread_sheet": False}),
        ([["Bara en rubrik"]], {}),
        ([], {}),
    ],
)
def test_a_sheet_with_something_else_is_told_if_it_has_rows(
    town: SmallTown, rows: list[list[Any]], told: dict[str, bool]
) -> None:
    assert doubted(sheet_town(town, rows)) == told


def test_a_sheet_that_another_source_reads_is_read(town: SmallTown) -> None:
    sheet_town(town, [EVENT, [1, "2025-02-01", "Norr", "Bråk"]], "Andra")
    own = str(town.files[DECLARED]).replace("reader: xlsx", "reader: xlsx\nsheet: Data")
    town.files[DECLARED] = own
    other = own.replace("vakten\n", "jouren\n").replace("Vakten", "Jouren")
    town.files["sources/jouren.yaml"] = other.replace("sheet: Data", "sheet: Andra")
    assert doubted(town) == {}


# ---- rules ----


def test_rules_ignore_case_and_blanks(town: SmallTown) -> None:
    rows = [[n, day, "Norr", "Bråk", "MAKULERAD " if n < 5 else "Klar"]
            for n, day in enumerate(daily(30))]  # fmt: skip
    source = event_source() + "drop: [{column: Status, equals: Makulerad, reason: makulerad}]\n"
    put(town, rows, source, [*EVENT, "Status"])
    town.files[CSV] = f"{town.files[CSV]}SUMMA;;;;\n"
    add(town, "footer: [Summa]")
    found = clean(town.load(), AS_OF)
    assert (len(found.incidents), len(found.suspicions)) == (25, 0)
    assert found.rejected["reason"].tolist() == ["drop: makulerad"] * 5 + ["footer"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("drop: [{column: Typ, equals: [Bråk, Avbruten], reason: x}]", 'drop: Typ equals "Avbruten"'),
        ("drop: [{column: Typ, starts_with: Brak, reason: x}]", 'the export has "Bråk"'),
        ("only: [{column: Typ, contains: [rå, zz]}]", 'only: Typ contains "zz" meets no row'),
        ("footer: [Summa]", 'footer: "Summa" meets no row'),
        ("no_identity: [okänt]\nidentity: [Ärende]", 'no_identity: "okänt" meets no row'),
    ],
)  # fmt: skip
def test_a_rule_without_a_row_is_told(town: SmallTown, line: str, told: str) -> None:
    put(town, [[n, day, "Norr", "Bråk"] for n, day in enumerate(daily(30))], event_source())
    add(town, line)
    (row,) = cleaned(town).suspicions.to_dict("records")
    assert (row["suspicion"], row["grave"]) == ("unmet_rule", False)
    assert told in row["found"]


# ---- the same twice ----


@pytest.mark.parametrize(("twice", "number"), [("last", 12), ("add", 22)])
def test_a_key_twice_in_a_file_is_the_later_or_a_part_as_declared(
    town: SmallTown, twice: str, number: int
) -> None:
    rows: list[list[Any]] = [["2025-W05", "Norr", "Bråk", 10], ["2025-W06", "Norr", "Bråk", 9],
                             ["2025-w05", "NORR", "Bråk", 12]]  # fmt: skip
    put(town, rows, count_source(), COUNT)
    fault = refused(town)
    assert "1 row (vakten.csv, row 4), the first that of vakten.csv, row 2" in fault.found
    assert "twice: last" in fault.change
    assert "twice: add" in fault.change
    found = clean(add(town, f"twice: {twice}").load(), AS_OF).incidents
    assert found.loc[found["occurred_from"] == "2025-01-27", "count"].sum() == number


def test_two_words_of_one_type_are_no_repetition(town: SmallTown) -> None:
    town.files[DECLARED] = count_source().replace(
        "categories:\n  match: name", "categories:\n  map: {A: brak, B: brak}"
    )
    rows: list[list[Any]] = [[f"2025-W{week:02d}", "Norr", kind, week]
                             for week in range(1, 20) for kind in "AB"]  # fmt: skip
    put(town, rows, str(town.files[DECLARED]), COUNT)
    assert int(clean(town.load(), AS_OF).incidents["count"].sum()) == 2 * sum(range(1, 20))
    add(town, "twice: last")
    assert int(clean(town.load(), AS_OF).incidents["count"].sum()) == 2 * sum(range(1, 20))


def test_months_beside_their_weeks_are_counted_a_second_time(town: SmallTown) -> None:
    rows: list[list[Any]] = [[f"2025-W{week:02d}", "Norr", "Bråk", 5] for week in range(6, 14)]
    put(town, [*rows, ["mars 2025", "Norr", "Bråk", 22]], count_source("[week, month]"), COUNT)
    fault = refused(town)
    assert "(sums_of_time)" in fault.what
    assert "row 10" in fault.found
    other: list[list[Any]] = [*rows, ["jan 2025", "Norr", "Bråk", 22]]
    put(town, other, count_source("[week, month]"), COUNT)
    assert doubted(town) == {}


def test_a_block_of_events_pasted_twice_is_found_wherever_it_stands(town: SmallTown) -> None:
    made = events(np.random.default_rng(11))
    made.rows = [[*made.rows[n]] for n in range(150)]
    made.rows[100:100] = [list(row) for row in made.rows[20:60]]
    made.put(town)
    (row,) = cleaned(town).suspicions.to_dict("records")
    assert (row["suspicion"], row["rows"]) == ("block_twice", 40)
    assert "vakten.csv, rows 102, 103, 104 and 37 more" in row["found"]


def test_equal_rows_of_a_day_are_events_of_their_own(town: SmallTown) -> None:
    rows = [["", day, "Norr", "Bråk"] for day in daily(40) for _ in range(15)]
    rows += [["", day, "Söder", "Bråk"] for day in daily(40) for _ in range(15)]
    put(town, rows, event_source())
    assert doubted(town) == {}


# ---- heaps ----


def test_midnights_are_days_or_moments_as_declared(town: SmallTown) -> None:
    made = events(np.random.default_rng(12))
    for row in made.rows[::4]:
        row[1] = f"{row[1][:10]} 00:00"
    made.put(town)
    assert "midnight: day" in refused(town).change
    town.change(DECLARED, "dates:\n", "dates:\n  midnight: day\n")
    precision = clean(town.load(), AS_OF).incidents["precision"].value_counts()
    assert precision["day"] >= len(made.rows) // 4
    town.change(DECLARED, "midnight: day", "midnight: moment")
    assert (clean(town.load(), AS_OF).incidents["precision"] == "minute").all()


def test_a_file_of_midnights_alone_has_days(town: SmallTown) -> None:
    rows = [[n, f"{day} 00:00", "Norr", "Bråk"] for n, day in enumerate(daily(40))]
    put(town, rows, event_source())
    found = clean(town.load(), AS_OF)
    assert (found.incidents["precision"] == "day").all()
    assert not len(found.suspicions)
    town.files["exports/vakten_2.csv"] = ";".join(EVENT) + "\n" + "".join(
        f"{n};2025-03-{1 + n % 28:02d} {n % 24:02d}:17;Norr;Bråk\n" for n in range(60)
    )  # fmt: skip
    assert doubted(town) == {"only_days": False}


@pytest.mark.parametrize(
    ("form", "days"),
    [
        ("month start", [f"2025-{month:02d}-01" for month in range(1, 13)]),
        ("month end", pd.date_range("2025-01-31", periods=8, freq="ME").strftime("%Y-%m-%d")),
        ("week start", pd.date_range("2025-01-06", periods=30, freq="7D").strftime("%Y-%m-%d")),
        ("week end", pd.date_range("2025-01-05", periods=30, freq="7D").strftime("%Y-%m-%d")),
    ],
)
def test_days_that_stand_for_weeks_or_months_are_read_as_such(
    town: SmallTown, form: str, days: Any
) -> None:
    put(
        town,
        [[1, day, "Norr", "Bråk"] for day in days for _ in range(3)],
        event_source(forms="[iso]"),
    )
    assert f"forms: [{form}]" in refused(town).change
    town.change(DECLARED, "[iso]", f"[{form}]")
    grain = form.split()[0]
    assert set(clean(town.load(), AS_OF).incidents["precision"]) == {grain}
    town.change(
        DECLARED, f"[{form}]", f"[iso]\n  {'firsts' if grain == 'month' else 'mondays'}: day"
    )
    assert set(clean(town.load(), AS_OF).incidents["precision"]) == {"day"}


@pytest.mark.parametrize(
    ("key", "grain", "freq"), [("mondays", "week", "7D"), ("firsts", "month", "MS")]
)
def test_a_heap_of_days_is_their_weeks_or_months_as_declared(
    town: SmallTown, key: str, grain: str, freq: str
) -> None:
    heap = pd.date_range("2025-01-06" if freq == "7D" else "2025-01-01", periods=11, freq=freq)
    days = [*daily(300), *(f"{day:%Y-%m-%d}" for day in heap for _ in range(40))]
    put(town, [[1, day, "Norr", "Bråk"] for day in days], event_source())
    assert f"{key}: {grain}" in refused(town).change
    town.change(DECLARED, "dates:\n", f"dates:\n  {key}: {grain}\n")
    assert grain in set(clean(town.load(), AS_OF).incidents["precision"])
    town.change(DECLARED, f"{key}: {grain}", f"{key}: day")
    assert set(clean(town.load(), AS_OF).incidents["precision"]) == {"day"}


# ---- years and weeks, spans ----


def test_a_calendar_year_with_an_iso_week_is_told_in_any_order(town: SmallTown) -> None:
    weeks = ["2024-W51", "2024-W52", "2024-W01", "2025-W01", "2025-W02"]
    series = [f"2024-W{week:02d}" for week in range(2, 51)] + weeks
    for order in (series, series[::-1]):
        put(town, [[1, week, "Norr", "Bråk"] for week in order], event_source(forms="[week]"))
        fault = refused(town)
        assert "(year_of_week)" in fault.what
        assert f"row {order.index('2024-W01') + 2})" in fault.found
        assert "the ISO year" in fault.change
    january = [
        "2021-W51",
        "2021-W52",
        "2022-W52",
        "2022-W01",
        *(f"2022-W{n:02d}" for n in range(2, 30)),
    ]
    put(town, [[1, week, "Norr", "Bråk"] for week in january], event_source(forms="[week]"))
    assert "row 4)" in refused(town).found
    good = [week for week in series if week != "2024-W01"]
    put(town, [[1, week, "Norr", "Bråk"] for week in good], event_source(forms="[week]"))
    assert doubted(town) == {}


def test_a_week_53_that_the_year_has_not_is_explained(town: SmallTown) -> None:
    rows = [[1, week, "Norr", "Bråk"] for week in ("2021-W53", "2021-W01", "2021-W02")]
    put(town, rows, event_source(forms="[week]"))
    assert doubted(town) == {"week_53": False}


@pytest.mark.parametrize(
    ("days", "grain"),
    [(("2025-03-01", "2025-03-31"), "month"), (("2025-03-03", "2025-03-09"), "week"),
     (("2025-03-04", "2025-03-04"), "day")],
)  # fmt: skip
def test_a_count_of_a_span_has_the_grain_of_the_span(
    town: SmallTown, days: tuple[str, str], grain: str
) -> None:
    span_town(town, [days])
    assert clean(town.load(), AS_OF).incidents["precision"].tolist() == [grain]


def span_town(town: SmallTown, spans: list[tuple[str, str]]) -> SmallTown:
    source = count_source("[iso]").replace("count: Antal", "occurred_to: Till\n  count: Antal")
    rows: list[list[Any]] = [[first, "Norr", "Bråk", 5, last] for first, last in spans]
    return put(town, rows, source, [*COUNT, "Till"])


@pytest.mark.parametrize("last", ["2025-02-28", "2025-04-01", "2025-02-14", "2025-12-31"])
def test_a_count_of_any_other_span_is_refused(town: SmallTown, last: str) -> None:
    span_town(town, [("2025-01-01", "2025-01-31"), ("2025-02-02", last)])
    fault = refused(town)
    assert "(long_span)" in fault.what
    assert f"2025-02-02 to {last}" in fault.found


# ---- codes, corrections ----


@pytest.mark.parametrize("written", ["101", "101.0", "101,0"])
def test_eaten_zeros_are_given_back_by_pad(town: SmallTown, written: str) -> None:
    town.files["areas.yaml"] = (
        'areas:\n  - {id: "0101", name: Norr}\n  - {id: "2102", name: Söder}\n'
    )
    rows = [[n, day, written if n % 2 else "2102", "Bråk"] for n, day in enumerate(daily(20))]
    put(town, rows, event_source().replace("areas:\n  match: name", "areas:\n  match: id"))
    fault = refused(town)
    assert 'columns: area: {header: "Område", pad: 4}' in fault.change
    town.change(DECLARED, "area: Område", "area: {header: Område, pad: 4}")
    assert set(clean(town.load(), AS_OF).incidents["area"].unique()) == {"0101", "2102"}


def test_a_count_below_zero_is_netted_where_declared(town: SmallTown) -> None:
    rows: list[list[Any]] = [["2025-W05", "Norr", "Bråk", 10], ["2025-W06", "Norr", "Bråk", 4],
                             ["2025-W05", "Norr", "Bråk", -3], ["2025-W06", "Norr", "Bråk", -9],
                             ["2025-W07", "Norr", "Bråk", -1]]  # fmt: skip
    put(town, rows, count_source(), COUNT)
    before = clean(town.load(), AS_OF)
    assert before.rejected["reason"].tolist() == ["negative_count"] * 3
    (note,) = before.suspicions.to_dict("records")
    assert "corrections: net" in note["change"]
    after = cleaned(add(town, "corrections: net"))
    assert after.incidents["count"].tolist() == [7, 4]
    assert after.duplicates[["row", "reason"]].to_numpy().tolist() == [[4, "netted"]]
    assert after.rejected[["row", "reason"]].to_numpy().tolist() == [
        [5, "negative_count"], [6, "negative_count"]
    ]  # fmt: skip


def test_a_correction_in_a_later_file_is_taken_from_the_earlier_one(town: SmallTown) -> None:
    put(
        town,
        [["2025-W05", "Norr", "Bråk", 10], ["2025-W06", "Norr", "Bråk", 4]],
        count_source(),
        COUNT,
    )
    add(town, "corrections: net")
    later = "Vecka;Område;Typ;Antal\n2025-W05;norr;Bråk;-3\n2025-W06;Norr;Bråk;5\n"
    town.files["exports/vakten_2.csv"] = later
    found = cleaned(town)
    assert sorted(found.incidents["count"]) == [5, 7]
    assert sorted(found.duplicates["reason"]) == ["netted", "replaced"]


# ---- what a file is ----


@pytest.mark.parametrize("name", ["cp850", "mac_roman", "cp1252", "utf-8"])
@pytest.mark.parametrize("text", ["Datum;Område;Typ\n", "Id;Namn\n1;Sjövägen på Åsön\n2;Ärla by\n"])
def test_an_encoding_is_known_by_its_letters(name: str, text: str) -> None:
    raw = text.encode(name)
    assert likely_encoding(raw) == name
    for other in ("cp1252", "latin-1"):
        try:
            read = raw.decode(other)
        except UnicodeError:
            continue
        if name in ("cp850", "mac_roman"):
            assert better_encoding(raw, read) == name
        if name == "cp1252":
            assert better_encoding(raw, read) == ""


@pytest.mark.parametrize("text", ["Id;Namn\n1;Šarić\n", "Id;Namn\n1;”Torget” – 5 § … €\n2;Åsa\n"])
def test_signs_that_a_text_may_have_are_no_other_encoding(text: str) -> None:
    raw = text.encode("utf-8")
    assert better_encoding(raw, text) == ""


def test_the_remedy_for_a_wrong_encoding_or_reader_works(town: SmallTown) -> None:
    rows = [[n, day, "Söder", "Bråk"] for n, day in enumerate(daily(20))]
    made = Delivery(EVENT, rows, event_source()).put(town)
    town.files[CSV] = str(made.files[CSV]).encode("cp850")
    town.change(DECLARED, "encoding: utf-8", "encoding: cp1252")
    assert refused(town).change.split(",")[0].endswith("encoding: cp850")
    town.change(DECLARED, "encoding: cp1252", "encoding: cp850")
    assert set(clean(town.load(), AS_OF).incidents["area"]) == {"soder"}
    town.change(DECLARED, "encoding: cp850", "encoding: utf-8")
    assert refused(town).change.split(",")[0].endswith("encoding: cp850")


def test_a_workbook_under_another_name_is_known(town: SmallTown) -> None:
    sheet_town(town, [])
    town.files[CSV] = town.files.pop("exports/vakten.xlsx")
    town.change(DECLARED, "reader: xlsx", "reader: csv").change(DECLARED, "*.xlsx", "*.csv")
    fault = refused(town)
    assert "a workbook (xlsx)" in fault.found
    assert "reader: xlsx" in fault.change
    town.change(DECLARED, "reader: csv", "reader: xlsx")
    assert len(clean(town.load(), AS_OF).incidents) == 30
    town.files[CSV] = "<html><table><tr><td>Datum</td></tr></table></html>"
    assert "a web page" in refused(town).found


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(b"PAR1", "parquet"), (b"%PDF-1.7", "pdf"), (b"\x1f\x8b\x08", "gz"), (b"Datum;Typ", ""),
     (b"\xef\xbb\xbf<!DOCTYPE html>", "html"), (bytes.fromhex("d0cf11e0a1b11ae1"), "xls")],
)  # fmt: skip
def test_kinds_of_files(raw: bytes, kind: str) -> None:
    assert kind_of(raw) == kind


def test_weekly_events_are_believed(town: SmallTown) -> None:
    assert doubted(weekly_events(np.random.default_rng(1)).put(town)) == {}
