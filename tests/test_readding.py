"""A table whose counts are not the incidents' own is never shown."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from est_analysis.calendar import Period, parse_period
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import DisclosureRule
from est_analysis.errors import ReportError
from est_analysis.language import language
from est_analysis.report import Report
from est_analysis.report.readding import Added
from est_analysis.series import decompose_actors

PERIOD = parse_period("2025-T3")


@pytest.fixture(scope="module")
def tables(example: Dataset) -> dict[str, pd.DataFrame]:
    """Tables as reports show them, by exhibit."""
    return {
        "totals": compare_periods(example, PERIOD, ["actor"]),
        "categories": compare_periods(example, PERIOD, ["actor", "category"]),
        "areas": compare_periods(example, PERIOD, ["actor", "area"]),
        "area_rates": rates_by_area(example, PERIOD),
    }


def test_tables_of_the_panel_add_up_in_no_time(
    example: Dataset, tables: dict[str, pd.DataFrame]
) -> None:
    added = Added(example, PERIOD)
    begun = time.process_time()
    for name, table in tables.items():
        added.refuse_mismatch(name, table)
    assert time.process_time() - begun < 0.5
    assert len(added._sums) > 8


@pytest.mark.parametrize("name", ["totals", "categories", "areas", "area_rates"])
def test_one_incident_too_many_is_found(
    example: Dataset, tables: dict[str, pd.DataFrame], name: str
) -> None:
    table = tables[name]
    for row in (0, len(table) // 2, len(table) - 1):
        wrong = table.copy()
        wrong.loc[row, "count"] += 1
        with pytest.raises(ReportError, match=f"the table {name} does not add up") as caught:
            Added(example, PERIOD).refuse_mismatch(name, wrong)
        assert "added again" in caught.value.expected


def test_a_count_of_an_earlier_year_is_added_too(
    example: Dataset, tables: dict[str, pd.DataFrame]
) -> None:
    for kind, off in (("last_year", 1.0), ("mean_3_years", 1 / 3), ("last_12_months", -1.0)):
        wrong = tables["categories"].copy()
        asked = 3 if kind == "mean_3_years" else 1
        place = wrong.index[(wrong["comparison"] == kind) & (wrong["years"] == asked)][0]
        wrong.loc[place, "reference_count"] += off
        with pytest.raises(ReportError, match="does not add up"):
            Added(example, PERIOD).refuse_mismatch("categories", wrong)


@pytest.mark.parametrize("name", ["categories", "areas", "area_rates"])
def test_a_row_that_was_lost_is_found(
    example: Dataset, tables: dict[str, pd.DataFrame], name: str
) -> None:
    table = tables[name]
    lost = table.drop(index=table.index[table["count"].fillna(0) > 0][1])
    with pytest.raises(ReportError, match="all of"):
        Added(example, PERIOD).refuse_mismatch(name, lost)


def test_a_count_that_is_said_not_to_be_reported_is_found(
    example: Dataset, tables: dict[str, pd.DataFrame]
) -> None:
    wrong = tables["areas"].copy()
    wrong.loc[0, "count"] = pd.NA
    with pytest.raises(ReportError, match="does not add up"):
        Added(example, PERIOD).refuse_mismatch("areas", wrong)


def test_a_report_stops_before_the_gate(example: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = DisclosureRule("internal", 5, False, "suppress", 5)
    report = Report("tertial", example, PERIOD, rule, language("sv"))
    table = compare_periods(example, PERIOD, ["actor"])
    report.table("totals", table)
    shown = len(report.edition.shown)
    with pytest.raises(ReportError, match="does not add up"):
        report.table("totals", table.assign(count=table["count"] * 2))
    assert len(report.edition.shown) == shown


def test_series_are_added_week_by_week(example: Dataset) -> None:
    series, _ = decompose_actors(
        example, Period("", "days", PERIOD.years_before(3).start, PERIOD.end)
    )
    added = Added(example, PERIOD)
    added.refuse_mismatch("trend", series)
    wrong = series.copy()
    place = wrong.index[wrong["observed"].notna()][3]
    wrong.loc[place, "observed"] += 1
    with pytest.raises(ReportError, match="the table trend does not add up"):
        added.refuse_mismatch("trend", wrong)
    added.refuse_mismatch("trend", wrong, steps=False)
