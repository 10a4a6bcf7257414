"""More than usual: planted outbreaks are found, quiet weeks stay quiet, holidays do not alarm."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown
from test_real_input import load

from est_analysis.calendar import monday_of, parse_period, week_label
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.simulate.plan import read_plan
from est_analysis.surveillance import (
    deviations,
    discoveries,
    signals,
    signals_of,
    week_by_week,
    window,
)
from est_analysis.usual import gather, history_and, usual_of

CELLS = ["actor", "area", "category"]
FEASTS = ["2024-W18", "2024-W25", "2024-W44", "2025-W18", "2025-W25", "2025-W44", "2025-W01"]
UNHEARD = ["not_reported", "too_little"]


def sweep(
    data: Dataset, first: str, last: str, by: list[str], some: frozenset[pd.Timestamp] = frozenset()
) -> pd.DataFrame:
    """The signals of every week, or of some, as a report of that week would have had them."""
    series = gather(data, by, history_and(data, parse_period(f"{first}..{last}")))
    tables = []
    for start in series.starts[series.starts >= pd.Timestamp(first)]:
        if some and start not in some:
            continue
        known = series.before(start + pd.Timedelta(days=1))
        tables.append(signals_of(usual_of(data, known, start)).assign(start=start))
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def two_years(example: Dataset, request: pytest.FixtureRequest) -> pd.DataFrame:
    """Two years' weeks; or those of the outbreaks and holidays, and every sixth."""
    some: frozenset[pd.Timestamp] = frozenset()
    if request.param == "some":
        days = [outbreak.start for outbreak in read_plan(example.settings).outbreaks]
        days += [parse_period(week).start for week in FEASTS]
        days += list(pd.date_range("2024-01-03", "2025-12-17", freq="42D").date)
        some = frozenset(map(pd.Timestamp, monday_of(np.array(days, "datetime64[s]"))))
    return sweep(example, "2024-01-01", "2025-12-21", CELLS, some)


def test_every_planted_outbreak_is_found_in_its_week(
    example: Dataset, two_years: pd.DataFrame
) -> None:
    outbreaks = read_plan(example.settings).outbreaks
    assert len(outbreaks) == 4
    for outbreak in outbreaks:
        assert outbreak.factor >= 3
        monday = pd.Timestamp(monday_of(np.array([outbreak.start], "datetime64[s]"))[0])
        week = two_years[two_years["start"] == monday]
        found = week[(week["signal"] == "signal") & (week["area"] == outbreak.area)]
        category = example.settings.main_category(outbreak.category)
        assert category in set(found["category"]), week_label(outbreak.start)


def test_quiet_weeks_stay_quiet(example: Dataset, two_years: pd.DataFrame) -> None:
    """Nominal: one in a hundred above the bound; signals fewer still."""
    planted = pd.DataFrame(
        [(o.area, pd.Timestamp(o.start)) for o in read_plan(example.settings).outbreaks],
        columns=["area", "start"],
    )
    heard = two_years[~two_years["signal"].isin(UNHEARD)]
    quiet = heard.merge(planted, how="left", indicator=True)
    quiet = quiet[quiet["_merge"] == "left_only"]
    assert len(quiet) > 70 * quiet["start"].nunique() - 200
    assert quiet["signal"].isin(["above", "signal"]).mean() < 0.012
    assert (quiet["signal"] == "signal").mean() < 0.005


def test_holidays_do_not_alarm(two_years: pd.DataFrame) -> None:
    heard = two_years[~two_years["signal"].isin(UNHEARD)]
    mondays = [pd.Timestamp(parse_period(week).start) for week in FEASTS]
    weeks = heard[heard["start"].isin(mondays)]
    assert len(weeks) > 450
    assert weeks["signal"].isin(["above", "signal"]).mean() < 0.02


def test_discoveries_are_statsmodels_benjamini_hochberg() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(1)
    for share in (0.05, 0.1, 0.3):
        p = np.concatenate([rng.uniform(size=200), rng.uniform(0, 0.002, 15)])
        np.testing.assert_array_equal(
            discoveries(p, share), multipletests(p, share, method="fdr_bh")[0]
        )
    assert not discoveries([np.nan, np.nan], 0.1).any()
    assert not discoveries([], 0.1).any()


def test_a_silent_actor_is_not_quiet(example: Dataset) -> None:
    table = signals(example, parse_period("2025-W52"), ["actor"]).set_index("actor")
    silent = table.loc["exempelbostader"]
    assert silent["signal"] == "not_reported"
    assert pd.isna(silent["count"])
    assert (table.drop("exempelbostader")["signal"] == "usual").all()


def test_the_same_week_next_year_gives_the_same_table(example: Dataset) -> None:
    """What came after the week does not change what it was held against."""
    later = parse_period("2025-W20")
    full = signals(example, later, CELLS)
    kept = example.incidents[example.incidents["day"] <= pd.Timestamp(later.end)]
    from dataclasses import replace

    cut = replace(example, incidents=kept)
    pd.testing.assert_frame_equal(full, signals(cut, later, CELLS))


def test_four_weeks_are_added_up(example: Dataset) -> None:
    span = window(parse_period("2025-W44"))
    assert (span.start, span.end) == (dt.date(2025, 10, 6), dt.date(2025, 11, 2))
    table = signals(example, span, ["actor", "area"])
    weekly = gather(example, ["actor", "area"], span)
    total = weekly.keys.assign(total=weekly.counts.sum(axis=1))
    both = table.merge(total, on=["actor", "area"])
    assert (both["count"] == both["total"]).all()
    assert len(both) >= 20


def test_deviations_count_by_calendar_date(example: Dataset) -> None:
    from est_analysis.counts.panel import period_totals

    period = parse_period("2025-T3")
    table = deviations(example, period, ["actor"])
    totals = period_totals(example, period, ["actor"])
    assert table["count"].tolist() == totals["count"].tolist()
    assert (table["deviation"] == "as_expected").all()
    assert ((table["expected"] - table["count"]).abs() / table["count"] < 0.15).all()


def test_a_period_that_is_twice_the_usual_deviates(town: SmallTown) -> None:
    rng = np.random.default_rng(1)
    lines = ["Datum;Område;Typ"]
    for day in pd.date_range("2022-01-01", "2024-12-31"):
        rate = 3 if day >= pd.Timestamp("2024-09-01") else 1.2
        lines += [f"{day:%Y-%m-%d};Norr;Klotter"] * int(rng.poisson(rate))
        lines += [f"{day:%Y-%m-%d};Söder;Bråk"] * int(rng.poisson(0.8))
    town.files["exports/vakten.csv"] = "\n".join(lines) + "\n"
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    table = deviations(data, parse_period("2024-T3"), ["actor", "area"]).set_index("area")
    assert table.loc["norr", "deviation"] == "more"
    assert table.loc["soder", "deviation"] == "as_expected"


def test_too_short_a_history_is_said(town: SmallTown) -> None:
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    table = signals(data, parse_period("2024-W41"), ["actor"])
    assert table["signal"].tolist() == ["too_little"]
    assert table["expected"].isna().all()


def test_week_by_week_shows_a_band_and_the_week_itself(example: Dataset) -> None:
    table = week_by_week(example, parse_period("2025-W40"), ["actor"], steps=104)
    assert set(table.groupby("actor").size()) == {104}
    assert table["start"].max() == pd.Timestamp("2025-09-29")
    told = table.dropna(subset=["observed", "expected"])
    inside = told["observed"].between(told["lower_95"], told["upper_95"])
    assert 0.92 < inside.mean() < 0.98
    silent = table[(table["actor"] == "exempelbostader") & (table["start"] == "2023-12-25")]
    assert silent["observed"].isna().all()
    week = signals(example, parse_period("2025-W40"), ["actor"]).set_index("actor")
    last = table[table["start"] == "2025-09-29"].set_index("actor")
    np.testing.assert_allclose(last["score"], week.loc[last.index, "score"])


# ---- real data ----


@pytest.mark.slow
def test_the_spring_of_2020_stands_out_in_sixteen_cities(shared_data: Path) -> None:
    data = load("us_cities")
    table = sweep(data, "2019-10-01", "2020-05-03", CELLS)
    heard = table[~table["signal"].isin(UNHEARD)]
    moved = heard["signal"].isin(["signal", "above", "below"])
    spring = heard["start"] >= pd.Timestamp("2020-03-16")
    assert moved[~spring].mean() < 0.03
    assert moved[spring].mean() > 2 * moved[~spring].mean()
    fell = heard[spring & (heard["signal"] == "below")]["category"].value_counts()
    quiet = heard[spring & (heard["category"] == "serious-assaults-in-residences")]
    assert fell.index[0] in ("theft-from-vehicle", "personal-robbery")
    assert (quiet["signal"] != "below").all()  # people were at home


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("london_fires", "2015-01-05", "2016-12-25"), ("polisen", "2025-01-06", "2025-12-21")],
)
def test_real_quiet_series_stay_quiet(shared_data: Path, name: str, first: str, last: str) -> None:
    table = sweep(load(name), first, last, CELLS)
    heard = table[~table["signal"].isin(UNHEARD)]
    assert len(heard) > 1000
    assert heard["signal"].isin(["above", "signal"]).mean() <= 0.01
