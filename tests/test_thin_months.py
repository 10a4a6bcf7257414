"""Months with almost no rows: a forgotten file is not a quiet year, and a season no lost file."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SOURCE, SmallTown

from est_analysis.account import describe
from est_analysis.calendar import parse_period
from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import period_totals
from est_analysis.counts.thin_months import thin_months
from est_analysis.errors import SettingsError
from est_analysis.quality import check_data, to_do

YEARS = range(2021, 2025)


def judged(counts: np.ndarray, shares: np.ndarray | None = None, said: object = False) -> list[int]:
    """Places of thin months."""
    counts = np.asarray(counts, dtype=float)
    shares = np.ones(len(counts)) if shares is None else shares
    return np.flatnonzero(thin_months(counts, shares, np.full(len(counts), False) | said)).tolist()


# ---- the rule ----


def test_a_year_with_strays_only_is_not_reported() -> None:
    counts = np.repeat([40.0, 0.0, 40.0], 12)
    counts[[12, 17]] = 2
    assert judged(counts) == list(range(12, 24))
    assert judged(counts[12:]) == list(range(12))  # also when it is the oldest


def test_the_last_days_of_a_lost_year_come_with_the_next() -> None:
    for december, thin in ((30, True), (31, False)):
        counts = np.repeat([60.0, 0.0, 60.0], 12)
        counts[23] = december - 0.5
        assert judged(counts) == list(range(12, 24 if thin else 23))
    counts = np.full(36, 60.0)
    counts[15] = 20  # few, but not beside
    assert judged(counts) == []


def test_one_lost_month_is_seen_where_fifty_events_are_usual() -> None:
    for level, found in ((60, [16]), (50, [16]), (49, [])):
        counts = np.full(36, float(level))
        counts[16] = 0
        assert judged(counts) == found


def test_a_tenth_is_enough() -> None:
    counts = np.full(36, 100.0)
    counts[16] = 10
    assert judged(counts) == []
    counts[16] = 9
    assert judged(counts) == [16]


def test_few_events_are_judged_by_the_year() -> None:
    counts = np.repeat([5.0, 0.0, 5.0, 5.0], 12)
    assert judged(counts) == list(range(12, 24))
    assert judged(np.repeat([4.0, 0.0, 4.0, 4.0], 12)) == []  # 48 a year: cannot be told


def test_a_season_that_returns_is_no_lost_file() -> None:
    summer = np.array([0, 0, 0, 1, 60, 90, 90, 80, 30, 1, 0, 0.0])
    assert judged(np.tile(summer, 3)) == []
    lost = np.tile(summer, 3)
    lost[12:24] = 0
    assert judged(lost) == list(range(15, 22))  # the months that usually have events


def test_one_month_of_many_events_does_not_make_the_others_thin() -> None:
    counts = np.full(48, 80.0)
    counts[17] = 3_000
    assert judged(counts) == []


def test_a_zero_that_the_actor_reports_is_a_zero() -> None:
    counts = np.full(36, 60.0)
    counts[16:20] = 0
    assert judged(counts, said=np.arange(36) == 17) == [16, 18, 19]


def test_only_what_would_count_as_reported_is_judged() -> None:
    counts, shares = np.full(36, 60.0), np.ones(36)
    counts[16:20], shares[16:18] = 0, 0
    assert judged(counts, shares) == [18, 19]
    shares[35], counts[35] = 0.1, 0  # three days into a month: too early to say
    assert judged(counts, shares) == [18, 19]


def test_nothing_is_said_of_nothing() -> None:
    assert judged(np.zeros(30)) == []
    assert judged(np.zeros(0)) == []
    assert judged(np.full(3, 500.0), np.zeros(3)) == []


def test_chance_and_season_are_no_lost_file() -> None:
    """2,000 made-up series in which every month was reported: under one in a hundred is judged."""
    rng = np.random.default_rng(8)
    wrong = 0
    for _ in range(2_000):
        months = np.arange(rng.integers(24, 84))
        season = np.exp(rng.choice([0, 0.3, 0.6]) * np.cos(2 * np.pi * months / 12))
        mean = rng.choice([1, 5, 15, 40, 200]) * season
        spread = rng.choice([1, 2, 4])
        size = mean / (spread - 1) if spread > 1 else mean * 1e6
        wrong += bool(judged(rng.negative_binomial(size, size / (size + mean))))
    assert wrong < 20


def test_a_lost_year_is_found() -> None:
    """2,000 made-up series that lack a year but for strays: 49 lost months in 50 are found."""
    rng = np.random.default_rng(9)
    lost = found = more = 0
    for _ in range(2_000):
        years = int(rng.integers(2, 6))
        gone = np.arange(12 * years) // 12 == rng.integers(years)
        mean = rng.choice([10, 25, 60, 300]) * np.where(gone, 0.01, 1)
        judged_ones = thin_months(
            rng.poisson(mean).astype(float), np.ones(12 * years), np.zeros(12 * years, dtype=bool)
        )
        lost += int(gone.sum())
        found += int(judged_ones[gone].sum())
        more += int(judged_ones[~gone].sum())
    assert found / lost > 0.98
    assert more < found / 1000  # a low month beside the lost ones


@given(
    counts=st.lists(st.integers(0, 400), max_size=60),
    factor=st.integers(1, 5),
    seed=st.integers(0, 1000),
)
def test_only_months_well_under_the_usual_are_thin(
    counts: list[int], factor: int, seed: int
) -> None:
    """Whatever the counts: a thin month lies in a stretch under a tenth of the highest level."""
    numbers = np.array(counts, dtype=float) * factor
    rng = np.random.default_rng(seed)
    shares = rng.choice([0, 0.4, 1.0], len(numbers))
    said = rng.random(len(numbers)) < 0.1
    thin = thin_months(numbers, shares, said)
    assert not (thin & (said | (shares == 0))).any()
    assert not thin.all() or not len(thin)
    highest = (numbers[shares > 0] / shares[shares > 0]).max(initial=0)
    assert (numbers[thin] <= highest).all()


# ---- in a municipality ----


def files(town: SmallTown, years: range, rows: int = 60) -> None:
    """A file a year with 60 rows a month, and a row of two years before, registered late."""
    del town.files["exports/vakten.csv"]
    for year in years:
        lines = ["Datum;Område;Typ"]
        for month in range(1, 13):
            lines += [f"{year}-{month:02}-{1 + n % 28:02} {n % 24:02}:15;Norr;Klotter"
                      for n in range(rows)]  # fmt: skip
        lines.append(f"{year - 2}-06-15 12:00;Söder;Bråk")
        town.files[f"exports/vakten_{year}.csv"] = "\n".join(lines) + "\n"


def read(town: SmallTown) -> Dataset:
    return load_dataset(town.load(), dt.date(2025, 1, 31))


def summer(data: Dataset, year: int) -> tuple[int, int]:
    """Events and reported days of a second tertial; a row that is there is always counted."""
    (row,) = period_totals(data, parse_period(f"{year}-T2"), ["actor"]).to_dict("records")
    return (0 if pd.isna(row["count"]) else row["count"]), row["days_reported"]


@pytest.mark.parametrize("rule", ["continuous", "any_row"])
def test_a_forgotten_file_is_not_reported(town: SmallTown, rule: str) -> None:
    files(town, YEARS)
    town.files["sources/vakten.yaml"] = f"{SOURCE}coverage: {{rule: {rule}}}\n"
    whole = read(town)
    assert [summer(whole, year)[0] for year in YEARS] == [241, 241, 240, 240]
    assert all(month.year < 2021 for month in whole.coverage.thin["vakten"])
    assert all(summer(whole, year)[1] >= 119 for year in YEARS)
    (town.folder / "exports" / "vakten_2022.csv").unlink()
    del town.files["exports/vakten_2022.csv"]
    strays = "".join(f"2022-{month:02}-15;Söder;Bråk\n" for month in range(1, 13))
    town.files["exports/vakten_2024.csv"] = f"{town.files['exports/vakten_2024.csv']}{strays}"
    lost = read(town)
    assert summer(lost, 2022) == (5, 0)
    assert [summer(lost, year)[0] for year in (2021, 2023, 2024)] == [241, 240, 240]
    (check,) = [c for c in check_data(lost, parse_period("2024-T3")) if c.name == "thin_months"]
    assert (check.status, check.value) == ("warning", len(lost.coverage.thin["vakten"]))
    assert sum(month.year == 2022 for month in lost.coverage.thin["vakten"]) == 12


def test_strays_before_the_first_delivery_are_no_beginning(town: SmallTown) -> None:
    """An export chosen by day of registration, of an actor that does not say when it began."""
    files(town, YEARS)
    data = read(town)
    assert data.coverage.first_day("vakten") == dt.date(2021, 1, 1)
    assert [summer(data, year) for year in (2018, 2019, 2020)] == [(0, 0), (1, 0), (1, 0)]
    months = pd.date_range("2019-06-01", "2020-12-01", freq="MS")
    assert list(data.coverage.thin["vakten"]) == list(months)


def test_the_analyst_is_told_and_can_say_that_it_was_quiet(town: SmallTown) -> None:
    files(town, YEARS)
    declared = f"{SOURCE}reports:\n  - from: 2020-01-01\n"
    town.files["sources/vakten.yaml"] = declared
    data = read(town)
    assert summer(data, 2020) == (1, 0)
    lines = "\n".join(describe(data)[0])
    assert "almost no rows  2020-01..2020-12: shown as not reported" in lines
    assert "quiet_months: real" in lines
    (row,) = to_do(data, parse_period("2024-T3")).query("task == 'thin_months'").to_dict("records")
    assert (row["what"], row["change"], row["rows"]) == ("2020-01..2020-12", "vakten.yaml", 1)
    town.files["sources/vakten.yaml"] = f"{declared}coverage: {{quiet_months: real}}\n"
    settled = read(town)
    assert summer(settled, 2020) == (1, 123)
    assert "almost no rows" not in "\n".join(describe(settled)[0])
    assert not len(to_do(settled, parse_period("2024-T3")).query("task == 'thin_months'"))
    assert "thin_months" not in {c.name for c in check_data(settled, parse_period("2024-T3"))}
    town.files["sources/vakten.yaml"] = f"{declared}coverage: {{quiet_months: sure}}\n"
    with pytest.raises(SettingsError, match="not_reported, real"):
        town.load()


def test_an_actor_that_answers_for_less_has_fewer_rows(town: SmallTown) -> None:
    files(town, range(2022, 2025))
    lines = ["Datum;Område;Typ", *(f"2024-{month:02}-10;Söder;Bråk" for month in range(7, 13))]
    town.files["exports/vakten_2024.csv"] = (
        "\n".join(
            line for line in str(town.files["exports/vakten_2024.csv"]).splitlines()
            if not line.startswith(tuple(f"2024-{month:02}" for month in range(7, 13)))
        ) + "\n" + "\n".join(lines[1:]) + "\n"
    )  # fmt: skip
    town.files["sources/vakten.yaml"] = SOURCE + (
        "reports:\n  - {categories: [skada], from: 2022-01-01, until: 2024-06-30}\n"
        "  - {categories: [brak], from: 2022-01-01}\n"
    )
    data = read(town)
    assert data.coverage.thin["vakten"] == ()
    assert period_totals(data, parse_period("2024-T3"), ["actor"])["count"].iloc[0] == 4


def test_the_example_without_two_of_its_years(example: Dataset, tmp_path: Path) -> None:
    """Late registered rows of the lost years are there, and are no reports."""
    assert set(example.coverage.thin.values()) == {()}
    folder = tmp_path / "exempelkommun"
    lost = shutil.ignore_patterns("*2022*", "*2023*", "simulation.yaml")
    shutil.copytree(example.settings.folder, folder, ignore=lost)
    data = load_dataset(load_settings(folder), example.as_of)
    assert (data.incidents["day"] < "2023-11-01").sum() > 20
    for actor in data.settings.sources:
        first = data.coverage.first_day(actor)
        assert first is not None
        assert first >= dt.date(2023, 12, 1)


def test_time_that_an_actor_should_have_reported_is_asked_for(town: SmallTown) -> None:
    """Not what it does not answer for, what is declared, or what is not over at the extract."""
    days = pd.date_range("2024-09-01", "2024-09-30").strftime("%Y-%m-%d")
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n" + "".join(
        f"{day};Norr;Bråk\n" for day in days
    )
    town.files["sources/vakten.yaml"] = (
        f"{SOURCE}reports:\n  - from: 2024-08-01\n"
        "coverage:\n  through: 2024-10-31\n"
        "  not_reported: [{from: 2024-10-10, to: 2024-10-25, reason: flytt}]\n"
    )
    period = parse_period("2024-06-01..2024-12-31")
    data = load_dataset(town.load(), dt.date(2024, 11, 30))
    asked = to_do(data, period).query("task == 'ask'")
    assert asked[["what", "change"]].to_numpy().tolist() == [
        ["2024-11-01..2024-11-30", "vakten.yaml"]
    ]
    assert to_do(data, parse_period("2024-10")).query("task == 'ask'").empty
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n"
    nothing = to_do(load_dataset(town.load(), dt.date(2024, 11, 30)), period)
    assert nothing.query("task == 'ask'")["what"].tolist() == [
        "2024-11-01..2024-11-30"  # an empty file with "from" and "through" is reported zeros
    ]
