"""Looking ahead: forecasts, the weeks of risk, and how earlier forecasts have held."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown
from test_real_input import load

from est_analysis.calendar import parse_period
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import period_totals
from est_analysis.outlook import back_test, forecast_path, forecast_totals, risk_weeks

NEXT = parse_period("2026-T1")
BOUNDS = ["lower_95", "lower_80", "lower_50", "upper_50", "upper_80", "upper_95"]


def test_intervals_are_nested_around_the_expected(example: Dataset) -> None:
    table = forecast_totals(example, NEXT, ["actor", "category"])
    assert len(table) == 12
    assert (np.diff(table[BOUNDS].to_numpy(), axis=1) >= 0).all()
    assert (table["expected"].between(table["lower_50"], table["upper_50"])).all()
    last_year = forecast_totals(example, NEXT, ["actor"]).set_index("actor")
    assert last_year.loc["polisen", "count"] == pytest.approx(2190, rel=0.02)


def test_the_expected_total_is_that_of_its_weeks_by_their_days(example: Dataset) -> None:
    total = forecast_totals(example, NEXT, ["actor"]).set_index("actor")["expected"]
    path = forecast_path(example, NEXT, ["actor"])
    coming = path[path["when"] == "coming"]
    days = pd.Series(7.0, index=coming.index)
    days[coming["start"] == "2025-12-29"] = 4  # 1–4 January
    days[coming["start"] == "2026-04-27"] = 4  # 27–30 April
    by_week = (coming["expected"] * days / 7).groupby(coming["actor"]).sum()
    np.testing.assert_allclose(total, by_week[total.index], rtol=1e-12)


def test_what_was_forecast_before_earlier_tertials_held(example: Dataset) -> None:
    """Totals by calendar date of what was wholly reported, against the forecast made before."""
    inside = {level: [] for level in (50, 95)}
    for label in ("2024-T1", "2024-T2", "2024-T3", "2025-T1", "2025-T2", "2025-T3"):
        period = parse_period(label)
        table = forecast_totals(example, period, ["actor", "category"])
        count = period_totals(example, period, ["actor", "category"])
        count = count[count["coverage"] == "reported"][["actor", "category", "count"]]
        both = table.drop(columns="count").merge(
            count.astype({"actor": str, "category": str}), on=["actor", "category"]
        )
        for level, held in inside.items():
            held += both["count"].between(both[f"lower_{level}"], both[f"upper_{level}"]).tolist()
    assert len(inside[95]) > 50
    assert np.mean(inside[95]) >= 0.9
    assert 0.35 <= np.mean(inside[50]) <= 0.7


def test_the_week_of_walpurgis_night_is_a_week_of_risk(example: Dataset) -> None:
    table = risk_weeks(example, NEXT)
    police = table[table["actor"] == "polisen"].set_index("start")
    week = police.loc["2026-04-27"]
    assert week["events"] == "Valborgsnatten"
    assert week["risk"] == "high"
    assert 1 < week["index_lower"] < week["index"] < week["index_upper"]
    ordinary = police.loc["2026-02-09"]
    assert ordinary["risk"] == "low"
    assert ordinary["events"] == ""


def test_an_ordinary_week_is_the_mean_of_the_year(example: Dataset) -> None:
    year = risk_weeks(example, parse_period("2025-01-06..2026-01-04"))
    means = year.groupby("actor")["index"].mean()
    np.testing.assert_allclose(means, 1, atol=0.02)


@pytest.mark.parametrize("by", [["actor", "category"], ["actor", "area"]])
def test_earlier_forecasts_of_the_example_held(example: Dataset, by: list[str]) -> None:
    table = back_test(example, parse_period("2025-T3"), by).set_index("level")
    assert (table["step"] == "week").all()
    assert (table["forecasts"] > 1000).all()
    assert 92 <= table.loc[95.0, "covered"] <= 97
    assert 76 <= table.loc[80.0, "covered"] <= 86  # of whole counts: see the next line
    assert (table["covered"] - table["attained"]).abs().max() < 3


def test_a_short_history_gives_no_forecast(town: SmallTown) -> None:
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    period = parse_period("2025-T1")
    assert forecast_totals(data, period, ["actor"]).empty
    assert forecast_path(data, period, ["actor"]).empty
    assert risk_weeks(data, period).empty
    assert back_test(data, period, ["actor"]).empty


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "period", "by"),
    [
        ("us_cities", "2016-01-04..2020-03-01", ["actor", "category"]),
        ("us_cities", "2016-01-04..2020-03-01", ["actor", "area"]),
        ("us_cities", "2016-01-04..2020-03-01", ["actor", "area", "category"]),
        ("london_fires", "2016-T3", ["actor", "area"]),
        ("city_of_london", "2025-T3", ["actor", "category"]),
    ],
)
def test_forecasts_of_real_series_held(
    shared_data: Path, name: str, period: str, by: list[str]
) -> None:
    table = back_test(load(name), parse_period(period), by).set_index("level")
    assert 92 <= table.loc[95.0, "covered"] <= 97
    assert 76 <= table.loc[80.0, "covered"] <= 84
