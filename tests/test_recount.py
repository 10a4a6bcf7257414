"""A table whose counts are not the incidents' own is never shown."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn_town import PERIODS, drawn
from every_exhibit import tables_of, tables_of_insats
from in_process import REPORTS, made
from small_town import SmallTown
from test_architecture import PACKAGE, imports

from est_analysis.calendar import parse_period
from est_analysis.comparisons import compare_periods
from est_analysis.config import Intervention, Ratings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule
from est_analysis.disclosure.recount import Recount
from est_analysis.disclosure.recount.declared import (
    DECLARED,
    EXEMPT,
    NOT_INCIDENTS,
    counts_in,
    declared,
)
from est_analysis.errors import EstError, ReportError
from est_analysis.language import language
from est_analysis.report import Report
from est_analysis.series import decompose_actors
from est_analysis.surveillance import signals

PERIOD = parse_period("2025-T3")
WEEK = parse_period("2025-W42")
RNG = np.random.default_rng(15)
KINDS = [
    pytest.param(kind, marks=pytest.mark.slow) if kind == "tertial" else kind for kind in REPORTS
]


@cache
def shown(kind: str) -> dict[str, pd.DataFrame]:
    """The tables on a page of the example, as its results have them, by exhibit."""
    tables = {}
    for exhibit in made(kind, "en").exhibits:
        record = exhibit.record
        if record["kind"] == "table" and record["rows"]:
            table = pd.DataFrame(record["rows"], columns=record["columns"])
            tables[record["id"]] = table.convert_dtypes()
    return tables


def recount_of(kind: str) -> Recount:
    report = made(kind, "en").report
    return Recount(report.data, report.period, report.whole, report.insats)


def falsified(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """With one more in a row drawn among those with a number."""
    wrong = table.copy()
    place = RNG.choice(wrong.index[wrong[column].notna()])
    wrong[column] = wrong[column].astype("Float64")
    wrong.loc[place, column] += 1
    return wrong


def counted(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Every count column with a number that is not exempt."""
    for name, table in tables.items():
        for column in counts_in(table):
            if name not in EXEMPT and table[column].notna().any():
                yield name, table, column


def report_of(data: Dataset, kind: str = "tertial", audience: str = "internal") -> Report:
    period = WEEK if kind == "weekly" else PERIOD
    return Report(kind, data, period, DisclosureRule(audience), language("sv"))


# ---- every exhibit of the four notebooks ----


@pytest.mark.parametrize("kind", KINDS)
def test_one_too_many_is_found_in_every_exhibit(kind: str) -> None:
    recount, tables = recount_of(kind), shown(kind)
    columns = list(counted(tables))
    assert len(columns) >= {"tertial": 40, "weekly": 5, "intervention": 7, "data_quality": 12}[kind]
    for name, table, column in columns:
        recount.refuse_mismatch(name, table)
        with pytest.raises(ReportError, match=f"the table {name} does not add up") as caught:
            recount.refuse_mismatch(name, falsified(table, column))
        assert "added again" in caught.value.expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_row_is_found_where_nothing_may_be_lost(kind: str) -> None:
    recount, found = recount_of(kind), 0
    for name, table in shown(kind).items():
        columns = [column for column in counts_in(table) if not column.startswith("reference")]
        if not columns or name in EXEMPT or declared(name).partial:
            continue
        some = (table[columns].fillna(0) > 0).any(axis=1)
        if "start" in table:  # a series may begin and end anywhere
            some &= ~table["start"].isin([table["start"].min(), table["start"].max()])
        lost = table.drop(index=RNG.choice(table.index[some]))
        with pytest.raises(ReportError, match=f"the table {name} does not add up"):
            recount.refuse_mismatch(name, lost)
        found += 1
    assert found >= {"tertial": 14, "weekly": 3, "intervention": 1, "data_quality": 8}[kind]


def test_what_the_examples_pages_do_not_show_is_counted_too(example: Dataset) -> None:
    """Weeks that will rise, colours, what sentences tell of: none of it on today's pages."""
    rated = replace(example, settings=replace(example.settings, ratings=Ratings(0.5, 1.0)))
    names = {"types", "cells", "actors", "late", "ratings", "coming_weeks", "area_signals"}
    recount = Recount(rated, WEEK)
    tables = {n: make() for n, make in tables_of(report_of(rated, "weekly")) if n in names}
    assert {name for name, _, _ in counted(tables)} == names
    for name, table, column in counted(tables):
        recount.refuse_mismatch(name, table)
        with pytest.raises(ReportError, match=f"the table {name} does not add up"):
            recount.refuse_mismatch(name, falsified(table, column))


@pytest.mark.slow
def test_the_recount_of_a_tertial_report_takes_no_time(example: Dataset) -> None:
    tables = [(name, make()) for name, make in tables_of(report_of(example))]
    begun = time.process_time()
    recount = Recount(example, PERIOD)
    for name, table in tables:
        recount.refuse_mismatch(name, table)
    taken = time.process_time() - begun
    print(f"{len(tables)} tables added again in {taken:.2f} s")
    assert taken < 0.5


# ---- what is not added again says why ----


def test_every_exception_has_its_reason_in_words() -> None:
    reasons = [*EXEMPT.values(), *NOT_INCIDENTS.values()]
    reasons += [text for one in DECLARED.values() for text in (one.partial, one.nameless) if text]
    assert all(len(reason.split()) >= 4 for reason in reasons)
    in_sentences = {"types", "cells", "weeks"}
    for name in {*DECLARED, *EXEMPT} - in_sentences:
        assert language("sv").has(f"captions.{name}"), f"{name} is no exhibit"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_exempt_counts_incidents(kind: str) -> None:
    for name, table in shown(kind).items():
        if name in EXEMPT:
            assert not {"count", "observed"} & set(table), name


def test_a_count_that_nobody_knows_how_to_add_again_stops_the_report(example: Dataset) -> None:
    report = report_of(example)
    for table in (
        pd.DataFrame({"area": ["centrum"], "count": [4]}),
        pd.DataFrame({"actor": ["polisen"], "start": [WEEK.start], "end": [WEEK.end], "count": 4}),
        pd.DataFrame({"actor": ["polisen"], "count": [4], "last_year": [3]}),
        pd.DataFrame({"actor": "polisen", "weekday": [1, 2], "count": [4, 5]}),
        pd.DataFrame({"actor": ["polisen"], "rows": [4]}),
        pd.DataFrame({"actor": ["Polisen"], "count": [4]}),
    ):
        with pytest.raises(ReportError, match="something_new cannot be added again") as caught:
            report.table("something_new", table)
        assert "declared.py" in caught.value.change
    assert not report.edition.shown


def test_a_new_exhibit_is_added_again_without_being_named(example: Dataset) -> None:
    recount = Recount(example, PERIOD)
    for by in (["actor"], ["actor", "area"], ["actor", "category"]):
        table = compare_periods(example, PERIOD, by)
        recount.refuse_mismatch("something_new", table)
        with pytest.raises(ReportError, match="does not add up"):
            recount.refuse_mismatch("something_new", falsified(table, "count"))
        with pytest.raises(ReportError, match="a row of"):
            recount.refuse_mismatch("something_new", table.iloc[3:])


def test_what_has_no_counts_is_nobodys_business(example: Dataset) -> None:
    table = pd.DataFrame({"step": ["week"], "level": [95.0], "forecasts": [7], "weeks": [3.0]})
    Recount(example, PERIOD).refuse_mismatch("something_new", table)


def test_the_recount_shares_no_code_with_what_it_adds_again() -> None:
    """Calendar, settings, who reported when, and how late: no module that counts."""
    found: set[str] = set()
    for path in (PACKAGE / "disclosure" / "recount").glob("*.py"):
        found |= imports(path)
    assert found == {
        "calendar", "calendar_events", "config", "counts", "disclosure", "errors", "nowcast",
        "yearly",
    }  # fmt: skip
    for path in (PACKAGE / "disclosure" / "recount").glob("*.py"):
        read = re.findall(r"est_analysis\.counts\.(\w+)", path.read_text(encoding="utf-8"))
        assert set(read) <= {"dataset", "coverage"}, path


# ---- that it is right of what it says ----


def everything(report: Report) -> Iterator[tuple[str, pd.DataFrame, Intervention | None]]:
    """Every table that can be made of a report's data."""
    for name, make in tables_of(report):
        yield name, make(), None
    for insats in report.settings.interventions.values() if report.data.area is None else ():
        for name, make in tables_of_insats(report, insats):
            try:
                yield name, make(), insats
            except EstError:  # it cannot be evaluated
                break


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "seed",
    [
        0,
        *(
            pytest.param(n, marks=SLOW if n < 6 else [SLOW, pytest.mark.nightly])
            for n in range(1, 40)
        ),
    ],
)
def test_no_true_table_is_refused(seed: int, tmp_path: Path) -> None:
    """Actors that report late, in part, by month, with gaps; areas that end; insatser anywhere."""
    rng = np.random.default_rng(seed)
    whole = drawn(tmp_path, rng)
    data = whole.in_area(str(rng.choice(["norr", "soder"]))) if rng.random() < 0.35 else whole
    period = parse_period(str(rng.choice(PERIODS)))
    report = Report("tertial", data, period, DisclosureRule("internal"), language("sv"))
    for name, table, insats in everything(report):
        Recount(data, period, whole, insats).refuse_mismatch(name, table)


def test_a_count_of_an_earlier_year_is_added_too(example: Dataset) -> None:
    table = compare_periods(example, PERIOD, ["actor", "category"])
    for kind, off in (("last_year", 1.0), ("mean_3_years", 1 / 3), ("last_12_months", -1.0)):
        rows = table.index[(table["comparison"] == kind) & table["reference_count"].notna()]
        for place in rows:  # also where only two of three years are known
            wrong = table.copy()
            wrong.loc[place, "reference_count"] += off
            with pytest.raises(ReportError, match="reference_count of"):
                Recount(example, PERIOD).refuse_mismatch("categories", wrong)


def test_a_count_that_is_said_not_to_be_reported_is_found(example: Dataset) -> None:
    series, _ = decompose_actors(example, report_of(example).history)
    for name, table, column in (
        ("areas", compare_periods(example, PERIOD, ["actor", "area"]), "count"),
        ("trend", series, "observed"),
    ):
        wrong = table.copy()
        wrong.loc[wrong.index[wrong[column].fillna(0) > 0][3], column] = None
        with pytest.raises(ReportError, match="no number in the table"):
            Recount(example, PERIOD).refuse_mismatch(name, wrong)


def test_a_week_of_a_declared_gap_has_no_number_whatever_came_in_it(town: SmallTown) -> None:
    """A signal says not reported, and that is right: it is no count that was lost."""
    town.files["sources/vakten.yaml"] = (
        f"{town.files['sources/vakten.yaml']}coverage: "
        "{not_reported: [{from: 2024-10-07, to: 2024-10-13, reason: flytt}]}\n"
    )
    days = pd.date_range("2023-01-02", "2024-12-31").strftime("%Y-%m-%d")
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n" + "".join(
        f"{day};Norr;Bråk\n" for day in days
    )
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    week = parse_period("2024-W41")
    table = signals(data, week, ["actor", "category"])
    assert table["count"].isna().all()
    assert data.incidents["day"].between("2024-10-07", "2024-10-13").sum() == 7
    Recount(data, week).refuse_mismatch("week_signals", table)


def test_a_report_stops_before_the_gate(example: Dataset) -> None:
    report = report_of(example)
    table = compare_periods(example, PERIOD, ["actor"])
    report.table("totals", table)
    shown = len(report.edition.shown)
    with pytest.raises(ReportError, match="does not add up"):
        report.table("totals", table.assign(count=table["count"] * 2))
    with pytest.raises(ReportError, match="does not add up"):
        report.summary(totals=table.assign(count=table["count"] * 2))
    assert len(report.edition.shown) == shown


def test_a_public_series_is_added_before_its_steps_are_made_longer(example: Dataset) -> None:
    report = report_of(example, audience="public")
    series, _ = decompose_actors(report.data, report.history)
    with pytest.raises(ReportError, match="the table trend does not add up"):
        report.figure("trend", falsified(series, "observed"), by="actor")
    report.figure("trend", series, by="actor")


def test_a_count_with_bounds_is_added_in_both(example: Dataset) -> None:
    """Incidents may have another number beside their count: what a masked count is at most."""
    most = example.incidents["count"] + 2
    data = replace(example, incidents=example.incidents.assign(most=most))
    table = compare_periods(data, PERIOD, ["actor"])
    table = table[table["comparison"] == "last_year"][["actor", "count"]].reset_index(drop=True)
    inside = data.incidents["day"].between(pd.Timestamp(PERIOD.start), pd.Timestamp(PERIOD.end))
    sums = data.incidents[inside].groupby("actor", observed=True)["most"].sum()
    table["most"] = [int(sums[actor]) for actor in table["actor"]]
    Recount(data, PERIOD).refuse_mismatch("something_new", table)
    with pytest.raises(ReportError, match="most of"):
        Recount(data, PERIOD).refuse_mismatch("something_new", falsified(table, "most"))
