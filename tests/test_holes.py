"""What a source says that it has not reported is no zero, and no sentence stands on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.comparisons import compare_periods
from est_analysis.counts.causes import unread_values
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.doubt import CANNOT_BE_JUDGED
from est_analysis.counts.panel import count_panel, period_totals
from est_analysis.findings.unread import why
from est_analysis.language import language
from est_analysis.surveillance import deviations, signals
from est_analysis.withdrawn import withdrawn_claims

TERTIAL = parse_period("2025-T3")
AREAS = "areas:\n" + "".join(
    f"  - {{id: {name.casefold()}, name: {name}, population: {{2024: 1000}}}}\n"
    for name in ("Norr", "Mitt", "Vest")
)
TAXONOMY = """\
categories:
  - id: skada
    name: Skadegörelse
    subcategories: [{id: klotter, name: Klotter}, {id: glas, name: Glaskross}]
  - {id: brak, name: Bråk}
"""
WIDE = """\
actor: vakten
name: Vakten
files: ["v_*.csv"]
reader: csv
shape: counts
year_from: file
unpivot: {columns: ["v.*"], into: occurred_from, blank: not_reported}
columns: {area: Område, category: Typ}
areas: {match: name}
categories: {match: name}
dates: {forms: [week]}
coverage: {rule: continuous, through: 2025-12-28}
reports: [{from: 2022-01-03}]
"""
LONG = """\
actor: vakten
name: Vakten
files: ["v_*.csv"]
reader: csv
shape: counts
masked: {"..": not_reported}
columns: {year: År, week: Vecka, area: Område, category: Typ, count: Antal}
areas: {match: name}
categories: {match: name}
coverage: {rule: continuous, through: 2025-12-28}
reports: [{from: 2022-01-03}]
"""
USUAL = {("Norr", "Bråk"): 12.0, ("Norr", "Klotter"): 9.0, ("Norr", "Glaskross"): 4.0,
         ("Mitt", "Bråk"): 10.0, ("Mitt", "Klotter"): 6.0, ("Mitt", "Glaskross"): 5.0,
         ("Vest", "Bråk"): 7.0, ("Vest", "Klotter"): 8.0, ("Vest", "Glaskross"): 3.0}  # fmt: skip
BY_CELL = ["actor", "area", "category"]
Blank = Callable[[str, str, int, int], bool]


def loaded(town: SmallTown, blank: Blank, source: str = WIDE) -> Dataset:
    """Four years of weeks, of which some cells (area, type, year, week) are not reported."""
    rng = np.random.default_rng(11)
    del town.files["exports/vakten.csv"]
    town.files |= {"areas.yaml": AREAS, "taxonomy.yaml": TAXONOMY, "sources/vakten.yaml": source}
    town.files["municipality.yaml"] = 'name: Småstad\ncode: "0001"\nas_of: 2026-01-07\n'
    for year in range(2022, 2026):
        weeks = range(1, 53)
        table = {key: rng.poisson(rate, len(weeks)) for key, rate in USUAL.items()}
        cells = {
            (*key, week): "" if blank(*key, year, week) else str(counts[week - 1])
            for key, counts in table.items()
            for week in weeks
        }
        if source == LONG:
            head = "År;Vecka;Område;Typ;Antal"
            lines = [f"{year};{w};{a};{k};{n or '..'}" for (a, k, w), n in cells.items()]
        else:
            head = "Område;Typ;" + ";".join(f"v.{week:02d}" for week in weeks)
            lines = [";".join([*key, *(cells[(*key, week)] for week in weeks)]) for key in table]
        town.files[f"exports/v_{year}.csv"] = "\n".join([head, *lines]) + "\n"
    return load_dataset(town.load(), dt.date(2026, 1, 7))


def autumn(area: str, kinds: set[str], first: int = 36, last: int = 52) -> Blank:
    """Weeks of 2025 of some types of an area."""
    return lambda a, kind, year, week: (
        (a == area or not area) and kind in kinds and year == 2025 and first <= week <= last
    )


def some(every: int, area: str, kinds: set[str]) -> Blank:
    """One in so many of them: too few on end to be seen by their number alone."""
    whole = autumn(area, kinds)
    return lambda a, kind, year, week: whole(a, kind, year, week) and week % every == 0


BRAK, SKADA = {"Bråk"}, {"Klotter", "Glaskross"}


def falls(data: Dataset) -> list[tuple[str, ...]]:
    """All that tables say is fewer, or lower."""
    found = []
    tables = {
        "totals": compare_periods(data, TERTIAL, ["actor"]),
        "areas": compare_periods(data, TERTIAL, ["actor", "area"], family=True),
        "types": compare_periods(data, TERTIAL, ["actor", "category"], family=True),
        "cells": compare_periods(data, TERTIAL, BY_CELL, family=True),
        "deviations": deviations(data, TERTIAL, ["actor", "area"]),
        "type deviations": deviations(data, TERTIAL, ["actor", "category"]),
        "signals": signals(data, parse_period("2025-W50"), BY_CELL),
    }
    for name, table in tables.items():
        for column in ("verdict", "deviation", "signal", "local"):
            if column in table:
                for row in table[table[column].isin(["decrease", "fewer", "below"])].to_dict(
                    "records"
                ):
                    found.append((name, *(str(row[key]) for key in row if key in BY_CELL)))
    return found


def test_nothing_blank_is_compared_as_it_stands(town: SmallTown) -> None:
    data = loaded(town, lambda *_: False)
    assert data.lost.runs.empty
    assert falls(data) == []
    panel = count_panel(data, TERTIAL)
    assert set(panel[panel["start"] < "2025-12-29"]["coverage"]) == {"reported"}


@pytest.mark.parametrize("source", [WIDE, LONG])
def test_an_area_type_has_no_number_where_it_is_not_reported(town: SmallTown, source: str) -> None:
    data = loaded(town, autumn("Norr", BRAK, 44), source)
    panel = count_panel(data, TERTIAL)
    cell = (panel["area"] == "norr") & (panel["category"] == "brak")
    late = panel["start"] >= "2025-10-27"
    assert panel[cell & late & (panel["start"] < "2025-12-29")]["count"].isna().all()
    assert set(panel[cell & late]["coverage"]) == {"silent"}
    assert panel[~cell & (panel["start"] < "2025-12-29")]["count"].notna().all()
    totals = period_totals(data, TERTIAL, BY_CELL).set_index(["area", "category"])
    own, other = totals.loc[("norr", "brak")], totals.loc[("mitt", "brak")]
    assert own["coverage"] == "partly"
    assert other["days_reported"] - own["days_reported"] == 9 * 7
    runs = data.lost.runs[["area", "category", "first", "last", "declared"]].astype(str)
    assert runs.to_numpy().tolist() == [["norr", "brak", "2025-10-27", "2025-12-28", "True"]]


@pytest.mark.parametrize("source", [WIDE, LONG])
@pytest.mark.parametrize(
    "blank",
    [
        autumn("Norr", BRAK), autumn("Norr", SKADA, 44), autumn("", BRAK | SKADA, 40),
        autumn("", {"Glaskross"}), some(3, "", BRAK), some(2, "Norr", BRAK),
        some(2, "Norr", BRAK | SKADA), some(3, "", BRAK | SKADA), some(2, "", SKADA),
        some(2, "", {"Klotter"}),
    ],
)  # fmt: skip
def test_no_hole_is_a_fall(town: SmallTown, blank: Blank, source: str) -> None:
    data = loaded(town, blank, source)
    assert falls(data) == []
    panel = count_panel(data, TERTIAL)
    zero = panel[(panel["count"] == 0) & (panel["coverage"] == "reported")]
    assert zero.empty, "no cell of this town is ever zero for so many types together"


def test_the_days_that_are_reported_are_compared(town: SmallTown) -> None:
    data = loaded(town, autumn("Norr", BRAK, 47))
    table = compare_periods(data, TERTIAL, BY_CELL)
    own = table[(table["area"] == "norr") & (table["category"] == "brak")]
    row = own[own["comparison"] == "last_year"].iloc[0]
    assert (row["compared"], row["verdict"]) == ("same_days", "no_clear_change")
    assert row["weeks"] == 11


def test_a_true_fall_beside_a_hole_stands(town: SmallTown) -> None:
    """Of the other areas, and of the actor's whole, which the hole is far too small for."""

    loaded(town, autumn("Norr", BRAK, 52))
    head, *lines = str(town.files["exports/v_2025.csv"]).splitlines()
    for place, line in enumerate(lines):
        cells = line.split(";")
        cells[37:] = [cell and str(int(cell) // 3) for cell in cells[37:]]
        lines[place] = ";".join(cells)
    town.files["exports/v_2025.csv"] = "\n".join([head, *lines]) + "\n"
    data = load_dataset(town.load(), dt.date(2026, 1, 7))
    found = falls(data)
    assert ("totals", "vakten") in found
    assert ("areas", "vakten", "mitt") in found
    assert ("types", "vakten", "brak") in found


def test_a_sum_over_a_hole_cannot_be_judged_and_says_why(town: SmallTown) -> None:
    data = loaded(town, autumn("Norr", BRAK))
    table = compare_periods(data, TERTIAL, ["actor", "category"]).set_index("category")
    whole = table[table["comparison"] == "last_year"]
    assert whole.loc["brak", "verdict"] == CANNOT_BE_JUDGED
    assert whole.loc["skada", "verdict"] == "no_clear_change"
    assert len(withdrawn_claims(data, TERTIAL))
    causes = unread_values(data, TERTIAL).set_index("cause")
    cause = causes.loc[whole.loc["brak", "doubt"].split()[0]]
    assert (cause["unread"], cause["area"], cause["category"]) == ("not_reported", "norr", "brak")
    told = why({**cause.to_dict(), "area": "Norr", "category": "Bråk"}, language("sv"))
    assert told == "Bråk i Norr är inte rapporterat 1 september–28 december 2025, enligt källan."


def test_a_week_of_which_nothing_is_reported_is_the_actors(town: SmallTown) -> None:
    data = loaded(town, autumn("", BRAK | SKADA, 40, 42))
    assert data.lost.runs[["area", "category"]].isna().all(axis=None)
    start, end = dt.date(2025, 9, 29), dt.date(2025, 10, 19)
    assert not data.coverage.reported("vakten", start, end).any()
    totals = period_totals(data, TERTIAL, ["actor"]).iloc[0]
    assert (totals["coverage"], totals["days"] - totals["days_reported"]) == ("partly", 21)


def test_a_subtype_beside_another_leaves_the_sum_of_both_unreadable(town: SmallTown) -> None:
    data = loaded(town, autumn("Norr", {"Klotter"}))
    panel = count_panel(data, TERTIAL)
    cell = panel[(panel["area"] == "norr") & (panel["category"] == "skada")]
    assert set(cell[cell["start"] < "2025-12-29"]["coverage"]) == {"unreadable"}
    assert set(unread_values(data)["unread"]) == {"part"}


def test_what_is_never_reported_takes_no_claim_from_the_rest(town: SmallTown) -> None:
    data = loaded(town, lambda area, kind, year, week: (area, kind) == ("Vest", "Bråk"))
    table = compare_periods(data, TERTIAL, ["actor"])
    assert not (table["verdict"] == CANNOT_BE_JUDGED).any()
    panel = count_panel(data, TERTIAL)
    own = panel[(panel["area"] == "vest") & (panel["category"] == "brak")]
    assert own["count"].isna().all()


def test_holes_of_single_weeks_are_not_taken_for_a_loss_of_what_is_there(town: SmallTown) -> None:
    data = loaded(town, lambda area, kind, year, week: kind == "Bråk" and week % 5 == 0)
    assert data.lost.runs["declared"].all()
    assert set(data.lost.runs["category"]) == {"brak"}
    assert data.lost.runs["area"].isna().all()
    assert (pd.to_datetime(data.lost.runs["last"]) - data.lost.runs["first"]).dt.days.eq(6).all()
