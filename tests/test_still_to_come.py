"""A period whose last weeks are still coming in is not taken for a fall, and says so first."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from in_process import made
from small_town import SOURCE, SmallTown

from est_analysis.calendar import parse_period
from est_analysis.comparisons import compare_periods
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.nowcast import share_of_days, still_to_come

CSV, OWN, TOWN = "exports/vakten.csv", "sources/vakten.yaml", "municipality.yaml"
T2 = parse_period("2024-T2")
LAST = dt.date(2024, 8, 31)


def slow_reports(
    town: SmallTown, seed: int, *, each: float = 4, mean: float = 20, factor: float = 1
) -> SmallTown:
    """Events of 2023 and 2024, reported some weeks later; from May 2024 `factor` times as many."""
    draw = np.random.default_rng(seed)
    lines = ["Datum;Område;Typ;Anmäld"]
    for day in pd.date_range("2023-01-01", "2024-10-31"):
        rate = each * (factor if day >= pd.Timestamp("2024-05-01") else 1)
        for delay in draw.geometric(1 / mean, draw.poisson(rate)) - 1:
            told = day + pd.Timedelta(days=int(min(delay, 55)))
            lines.append(f"{day:%Y-%m-%d};Norr;Bråk;{told:%Y-%m-%d}")
    town.files[CSV] = "\n".join(lines) + "\n"
    source = SOURCE.replace("columns:", "columns:\n  reported_at: Anmäld")
    town.files[OWN] = source + "reports: [{from: 2023-01-01}]\ncoverage: {through: 2024-10-31}\n"
    town.files[TOWN] = 'name: Småstad\ncode: "0001"\n'
    return town


def at(town: SmallTown, day: dt.date) -> Dataset:
    return load_dataset(town.load(), day)


def last_year(data: Dataset) -> pd.Series:
    table = compare_periods(data, T2, ["actor"])
    return table[table["comparison"] == "last_year"].iloc[0]


@pytest.mark.parametrize("seed", range(4))
def test_on_its_last_day_a_period_is_compared_with_as_large_a_share(
    town: SmallTown, seed: int
) -> None:
    slow_reports(town, seed)
    now, final = (last_year(at(town, day)) for day in (LAST, dt.date(2024, 11, 30)))
    missing = 1 - now["count"] / final["count"]
    assert missing > 0.12  # an eighth is still to come
    assert now["verdict"] == "no_clear_change"
    assert now["ratio"] == pytest.approx(final["ratio"], abs=0.05)
    plain = now["count"] / now["weeks"] / (now["reference_count"] / now["reference_weeks"])
    assert plain < final["ratio"] - 0.1
    assert now["share_in"] == pytest.approx(100 * (1 - missing), abs=5)
    assert final["share_in"] == 100


def test_a_true_fall_is_still_found(town: SmallTown) -> None:
    slow_reports(town, 1, factor=0.6)
    row = last_year(at(town, LAST))
    assert row["verdict"] == "decrease"
    assert row["ratio"] == pytest.approx(0.6, abs=0.08)


def test_what_a_period_comes_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    held = 0
    for seed in range(12):
        town = slow_reports(SmallTown(tmp_path_factory.mktemp("town")), seed)
        table = still_to_come(at(town, LAST), T2)
        final = last_year(at(town, dt.date(2024, 11, 30)))["count"]
        row = table.iloc[0]
        assert row["actor"] == "vakten"
        assert row["start"] <= pd.Timestamp("2024-08-05")
        assert row["count"] < row["nowcast"]
        assert row["nowcast"] == pytest.approx(final, rel=0.08)
        held += row["nowcast_lower"] <= final <= row["nowcast_upper"]
    assert held >= 10
    assert still_to_come(at(town, dt.date(2024, 11, 30)), T2).empty


def test_without_report_dates_nothing_is_added(town: SmallTown) -> None:
    slow_reports(town, 1).change(OWN, "reported_at: Anmäld\n", "place: Anmäld\n")
    data = at(town, LAST)
    assert share_of_days(data, "vakten", np.array([LAST], "datetime64[D]")).tolist() == [1]
    assert still_to_come(data, T2).empty
    assert last_year(data)["share_in"] == 100


@pytest.mark.slow
@pytest.mark.parametrize("audience", ["internal", "public"])
def test_the_report_says_so_first(town: SmallTown, audience: str) -> None:
    folder = slow_reports(town, 1).write()
    shown = made("tertial", "sv", audience, str(folder), "2024-T2", "2024-08-31").exhibits
    by_name = {exhibit.id: exhibit.record for exhibit in shown}
    first, *others = by_name["summary"]["findings"]
    assert first.startswith("Preliminärt, rapporter från periodens sista veckor kommer")
    assert ("Vakten (" in first) == (audience == "internal")  # with its counts
    assert "säkerställd minskning" not in " ".join(others)
    assert by_name["to_come"]["kind"] == ("table" if audience == "internal" else "not_public")
    later = made("tertial", "sv", audience, str(folder), "2024-T2", "2024-11-30").exhibits
    summary = next(exhibit for exhibit in later if exhibit.id == "summary")
    assert "Preliminärt" not in " ".join(summary.record["findings"])
