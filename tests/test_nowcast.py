"""Late reports: the share that is in, without the bias of quick ones, and what is to come."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset, dataset_of, load_dataset
from est_analysis.nowcast import (
    nowcast,
    nowcast_weeks,
    provisional,
    reporting_delay,
    share_in,
)
from est_analysis.usual import gather

SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
REFERENCE = Path(__file__).parent / "reference" / "nowcast" / "lawless.csv"


def reported(town: SmallTown, rows: pd.DataFrame, as_of: dt.date) -> Dataset:
    """A town whose export has report dates, as it was on a day."""
    seen = rows[rows["told"] <= pd.Timestamp(as_of)]
    lines = ["Datum;Område;Typ;Anmäld"]
    lines += [f"{row.day:%Y-%m-%d};Norr;Klotter;{row.told:%Y-%m-%d}" for row in seen.itertuples()]
    town.files[CSV] = "\n".join(lines) + "\n"
    if "reported_at" not in town.files[SOURCE]:
        town.change(SOURCE, "columns:", "columns:\n  reported_at: Anmäld")
    town.files["municipality.yaml"] = f'name: Småstad\ncode: "0001"\nas_of: {as_of}\n'
    return load_dataset(town.load(), as_of)


def frozen(whole: Dataset, as_of: dt.date, taken: dt.date | None = None) -> Dataset:
    """What was known on a day, from a file taken that day or before."""
    seen = whole.cleaning.incidents["reported_at"] <= pd.Timestamp(taken or as_of)
    cleaning = replace(whole.cleaning, incidents=whole.cleaning.incidents[seen])
    return dataset_of(cleaning, whole.settings, as_of)


def held_against_the_final(
    whole: Dataset, days: list[dt.date], weeks: int = 2, stale: int = 0
) -> pd.DataFrame:
    """Nowcasts of the last whole weeks as of each day, and what came within 56 days."""
    own = whole.incidents
    final = own[(own["reported_at"].dt.normalize() - own["day"]).dt.days <= 56]
    tables = []
    for as_of in days:
        taken = as_of - dt.timedelta(days=stale)
        monday = taken - dt.timedelta(days=taken.weekday() + 7 * weeks)
        span = Period("", "days", monday, monday + dt.timedelta(days=7 * weeks - 1))
        table = nowcast_weeks(frozen(whole, as_of, taken), span)
        begun = final["day"] - pd.to_timedelta(final["day"].dt.day_of_week, unit="D")
        table["final"] = table["start"].map(begun.value_counts()).fillna(0)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True).dropna(subset=["nowcast"])
    table["inside"] = table["final"].between(table["nowcast_lower"], table["nowcast_upper"])
    return table


def events(rate: float, mean_delay: float, seed: int, days: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2023-09-04") + pd.to_timedelta(
        np.repeat(np.arange(days), rng.poisson(rate, days)), unit="D"
    )
    delay = np.floor(rng.exponential(mean_delay, len(day)))
    return pd.DataFrame({"day": day, "told": day + pd.to_timedelta(delay, unit="D")})


def true_share(ages: range, mean_delay: float) -> float:
    within = [1 - np.exp(-(age + 1) / mean_delay) for age in ages]
    return float(np.mean(within)) / (1 - np.exp(-57 / mean_delay))


def test_the_share_that_is_in_is_not_biased_by_quick_reports(town: SmallTown) -> None:
    as_of = dt.date(2024, 12, 9)  # a Monday
    data = reported(town, events(12, 9, seed=1), as_of)
    starts = pd.date_range("2024-11-11", periods=4, freq="7D")
    found = share_in(data, "vakten", starts)
    ages = [range(1 + 7 * back, 8 + 7 * back) for back in (3, 2, 1, 0)]
    true = [true_share(age, 9) for age in ages]
    np.testing.assert_allclose(found, true, atol=0.025)
    own = data.incidents
    late = (own["reported_at"] - own["day"]).dt.days
    week = own["day"] >= starts[-1]
    naive = [(late[week] <= age).mean() for age in ages[-1]]
    assert np.mean(naive) > true[-1] + 0.1  # what is seen was quick: nearly all of it is in


def known_later(town: SmallTown, rate: float, mean_delay: float, seed: int) -> Dataset:
    rows = events(rate, mean_delay, seed=seed, days=700)
    return reported(town, rows, dt.date(2026, 4, 1))


def days_back(number: int, step: int) -> list[dt.date]:
    return [dt.date(2025, 6, 2) - dt.timedelta(days=step * back) for back in range(number)]


def test_nowcasts_hold_what_came(town: SmallTown) -> None:
    """Frozen on 100 days, and held against what was in two months later."""
    table = held_against_the_final(known_later(town, 6, 6, seed=2), days_back(100, 3))
    assert len(table) == 200
    assert 0.93 <= table["inside"].mean() <= 0.98
    assert table["nowcast"].sum() / table["final"].sum() == pytest.approx(1, abs=0.02)
    assert table["count"].sum() / table["final"].sum() < 0.85


def test_few_reports_give_wide_intervals_not_wrong_ones(town: SmallTown) -> None:
    table = held_against_the_final(known_later(town, 0.7, 6, seed=5), days_back(100, 3))
    assert 0.93 <= table["inside"].mean() <= 0.995  # whole counts hold more than their level
    assert table["nowcast"].sum() / table["final"].sum() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("stale", [5, 20])
def test_an_old_file_is_not_taken_for_a_new_one(town: SmallTown, stale: int) -> None:
    """The extract is of today, one actor's file of last week: its silence is no completeness."""
    whole = known_later(town, 6, 6, seed=2)
    table = held_against_the_final(whole, days_back(50, 3), stale=stale)
    assert 0.92 <= table["inside"].mean() <= 0.99
    assert table["nowcast"].sum() / table["final"].sum() == pytest.approx(1, abs=0.03)


def test_a_file_limited_to_a_period_is_as_new_as_the_extract(town: SmallTown) -> None:
    """Events to the end of the year, reports to the middle of January: all of them are in."""
    rows = events(6, 6, seed=8, days=700)
    rows = rows[(rows["day"] <= "2024-12-31") & (rows["told"] <= "2025-02-03")]
    data = reported(town, rows, dt.date(2025, 3, 31))
    assert share_in(data, "vakten", pd.DatetimeIndex(["2024-12-23"]))[0] > 0.999


def test_a_quiet_area_has_the_delay_of_its_actor(town: SmallTown) -> None:
    """Where little happens, silence does not make the file older."""
    data = known_later(town, 6, 6, seed=2)
    data = frozen(data, dt.date(2025, 1, 6))
    weeks = pd.DatetimeIndex(["2024-12-30", "2024-12-23"])
    quiet = replace(data, incidents=data.incidents[data.incidents["day"] < "2024-12-29"])
    assert (share_in(quiet, "vakten", weeks) == share_in(data, "vakten", weeks)).all()
    assert reporting_delay(data.in_area("soder")).equals(reporting_delay(data))


def test_the_delays_are_those_of_r(town: SmallTown) -> None:
    """surveillance::nowcast(method = "lawless"); see tests/reference/nowcast."""
    at = np.array([(day, late) for day in range(120) for late in range(57) if day + late <= 119])
    number = np.maximum(0, (7 * at[:, 0] + 13 * at[:, 1]) % 11 - at[:, 1] // 5)
    day, late = np.repeat(at, number, axis=0).T
    begun = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    rows = pd.DataFrame({"day": begun, "told": begun + pd.to_timedelta(late, unit="D")})
    data = reported(town, rows, dt.date(2024, 4, 29))
    share = pd.read_csv(REFERENCE)["share_in"].to_numpy()
    found = reporting_delay(data)
    ages = [np.minimum(7 * weeks + np.arange(7), 56) for weeks in range(9)]
    expected = [100 * share[age].mean() for age in ages]
    np.testing.assert_allclose(found["share_in"], expected, rtol=1e-10)  # kept with 12 decimals
    weeks = pd.DatetimeIndex(["2024-04-22", "2024-04-15"])
    np.testing.assert_allclose(
        share_in(data, "vakten", weeks), [share[1:8].mean(), share[8:15].mean()], rtol=1e-10
    )


def test_how_late_reports_are_is_told_by_week(town: SmallTown) -> None:
    table = reporting_delay(known_later(town, 6, 6, seed=2))
    assert table["delay_weeks"].tolist() == list(range(9))
    assert table["share_in"].is_monotonic_increasing
    true = [100 * true_share(range(7 * d, 7 * d + 7), 6) for d in range(9)]
    np.testing.assert_allclose(table["share_in"][:8], true[:8], atol=1.5)
    assert table["share_in"].iloc[8] == 100
    short = reporting_delay(known_later(town, 6, 6, seed=2), most=2)
    assert short["share_in"].iloc[2] == 100
    assert (short["share_in"][:2] > table["share_in"][:2]).all()


def test_areas_share_the_delay_of_their_actor(town: SmallTown) -> None:
    data = reported(town, events(12, 6, seed=4), dt.date(2024, 12, 9))
    span = Period("", "days", dt.date(2024, 11, 25), dt.date(2024, 12, 8))
    areas, whole = nowcast_weeks(data, span, ["actor", "area"]), nowcast_weeks(data, span)
    north = areas[areas["area"] == "norr"].reset_index(drop=True)
    pd.testing.assert_frame_equal(north.drop(columns="area"), whole)
    south = areas[areas["area"] == "soder"]
    assert south["count"].tolist() == [0, 0]
    assert south["nowcast"].tolist() == [0, 0]
    assert south["nowcast_upper"].iloc[-1] >= 1  # nothing so far is not nothing


def test_a_week_that_has_not_ended_has_no_nowcast(town: SmallTown) -> None:
    data = reported(town, events(12, 3, seed=3), dt.date(2024, 12, 12))
    span = Period("", "days", dt.date(2024, 12, 2), dt.date(2024, 12, 15))
    weeks = nowcast_weeks(data, span)
    assert weeks["provisional"].tolist() == [True, True]
    assert weeks["nowcast"].isna().tolist() == [False, True]


def test_days_to_come_are_not_counted_as_late_and_as_unreported(town: SmallTown) -> None:
    """On a Thursday the exposure of the week is that of four days, each with its share in."""
    data = reported(town, events(12, 6, seed=4), dt.date(2024, 12, 12))
    found = share_in(data, "vakten", pd.DatetimeIndex(["2024-12-09"]))[0]
    assert found == pytest.approx(true_share(range(0, 4), 6), abs=0.04)


def test_weeks_long_past_are_not_provisional(town: SmallTown) -> None:
    data = reported(town, events(12, 3, seed=3), dt.date(2024, 12, 9))
    weeks = nowcast_weeks(data, Period("", "days", dt.date(2024, 10, 7), dt.date(2024, 12, 8)))
    assert weeks["provisional"].tolist() == [False] * 7 + [False, True]
    assert (weeks["nowcast"] >= weeks["count"].astype(float)).all()
    old = weeks.iloc[0]
    assert (old["nowcast"], old["nowcast_lower"]) == (old["count"], old["count"])
    assert provisional(weeks)["start"].tolist() == [pd.Timestamp("2024-12-02")]


def test_an_unknown_delay_is_not_zero_delay_but_is_left_out(town: SmallTown) -> None:
    data = load_dataset(town.load(), dt.date(2024, 10, 14))
    weeks = nowcast_weeks(data, Period("", "days", dt.date(2024, 10, 7), dt.date(2024, 10, 13)))
    assert weeks.empty
    assert share_in(data, "vakten", pd.DatetimeIndex(["2024-10-07"])).tolist() == [1.0]


def test_the_expectation_is_that_of_what_is_in(town: SmallTown) -> None:
    """A week of which two thirds are in is not a quiet week."""
    data = reported(town, events(12, 6, seed=4), dt.date(2024, 12, 9))
    span = Period("", "days", dt.date(2024, 6, 3), dt.date(2024, 12, 8))
    series = gather(data, ["actor"], span)
    assert series.exposure[0, 0] == 1
    last = series.exposure[0, -1]
    assert last == pytest.approx(true_share(range(1, 8), 6), abs=0.04)
    rate = series.counts[0] / series.exposure[0]
    assert rate[-4:].mean() == pytest.approx(rate[:-4].mean(), rel=0.2)


def test_nothing_is_estimated_of_what_is_hardly_in() -> None:
    estimate, lower, upper = nowcast([5, np.nan, 5], [0.05, 0.9, 1.0])
    assert np.isnan([estimate[0], lower[0], upper[0], estimate[1]]).all()
    assert (estimate[2], lower[2], upper[2]) == (5, 5, 5)


def test_batches_widen_the_interval() -> None:
    plain, batches = (nowcast([40], [0.7], dispersion=phi) for phi in (1, 4))
    assert batches[2] - batches[1] > 1.5 * (plain[2] - plain[1])
    assert batches[0] == plain[0]


@pytest.mark.slow
def test_real_registration_delays(town: SmallTown, shared_data: Path) -> None:
    """Crime date and registration date: frozen at past days, nowcast, held against the final."""
    table = pd.read_csv(shared_data / "brott_deso_inskrivna_tom_2021-12-31.csv.gz")
    day = pd.to_datetime(table["Brottsdatum"], errors="coerce").dt.normalize()
    told = pd.to_datetime(table["Inskrivningsdatum"], errors="coerce").dt.normalize()
    known = day.notna() & told.notna() & (told >= day)
    rows = pd.DataFrame({"day": day, "told": told})[known]
    whole = reported(town, rows, dt.date(2021, 12, 31))
    days = [day.date() for day in pd.date_range("2019-03-04", "2021-10-25", freq="7D")]
    table = held_against_the_final(whole, days)
    in_so_far = table["count"].sum() / table["final"].sum()
    coverage, ratio = table["inside"].mean(), table["nowcast"].sum() / table["final"].sum()
    print(f"{len(table)} weeks: in {in_so_far:.3f}, nowcast {ratio:.3f}, inside {coverage:.3f}")
    assert in_so_far < 0.95
    assert ratio == pytest.approx(1, abs=0.01)
    assert 0.92 <= coverage <= 0.98
