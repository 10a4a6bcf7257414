"""Uncertain times are spread over their span, and nothing is lost on the way."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.hours import weekday_hours
from est_analysis.places import concentration, top_places


def dataset(town: SmallTown, spans: list[tuple[str, str]]) -> Dataset:
    town.change("sources/vakten.yaml", "category: Typ", "category: Typ\n  occurred_to: Till")
    lines = "".join(f"{start};Norr;Bråk;{end}\n" for start, end in spans)
    town.files["exports/vakten.csv"] = f"Datum;Område;Typ;Till\n{lines}"
    return load_dataset(town.load(), dt.date(2025, 1, 31))


def cells(data: Dataset) -> dict[tuple[int, int], float]:
    table, _ = weekday_hours(data, parse_period("2024-10"))
    return {
        (day, int(row["hour"])): row[f"count_weekday_{day}"]
        for row in table.to_dict("records")
        for day in range(7)
        if row[f"count_weekday_{day}"] > 0
    }


def test_a_known_minute_counts_in_its_hour(town: SmallTown) -> None:
    monday = ("2024-10-07 22:30", "")
    assert cells(dataset(town, [monday])) == {(0, 22): 1}


def test_a_span_is_shared_in_proportion_to_time(town: SmallTown) -> None:
    # Sunday 22:30 to Monday 00:30: half an hour, an hour, half an hour.
    found = cells(dataset(town, [("2024-10-06 22:30", "2024-10-07 00:30")]))
    assert found == pytest.approx({(6, 22): 0.25, (6, 23): 0.5, (0, 0): 0.25})


def test_what_cannot_be_placed_is_counted_apart(town: SmallTown) -> None:
    data = dataset(
        town,
        [
            ("2024-10-07 22:30", ""),
            ("2024-10-07", ""),
            ("2024-10-07 08:00", "2024-10-09 08:00"),
            ("2024-10-07 08:00", "2024-10-08 08:00"),
        ],
    )
    table, summary = weekday_hours(data, parse_period("2024-10"))
    assert summary.set_index("timing")["count"].to_dict() == {
        "minute": 1,
        "span": 1,
        "not_placed": 2,
    }
    assert table.filter(like="count_").to_numpy().sum() == pytest.approx(2)
    assert len(table) == 24


def test_no_times_give_no_matrix(town: SmallTown) -> None:
    table, summary = weekday_hours(dataset(town, [("2024-10-07", "")]), parse_period("2024-10"))
    assert table.empty
    assert summary["count"].tolist() == [0, 0, 1]
    assert isinstance(table, pd.DataFrame)


def test_a_month_is_no_hour_and_no_place_of_a_week(town: SmallTown) -> None:
    """The first of the month lies in it, and all of the month would be counted on that day."""
    town.change("sources/vakten.yaml", '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[month]")
    town.change("sources/vakten.yaml", "category: Typ", "category: Typ\n  place: Plats")
    lines = "2024-10;Norr;Bråk;Torget\n" * 40
    town.files["exports/vakten.csv"] = f"Datum;Område;Typ;Plats\n{lines}"
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    for label, counted in (("2024-W40", 0), ("2024-10", 40)):
        period = parse_period(label)
        for table in (
            weekday_hours(data, period)[1],
            top_places(data, period),
            concentration(data, period),
        ):
            assert table["count"].sum() == counted
