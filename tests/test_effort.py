"""More events or more reports? Counts per reporter, like with like, and areas that moved."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.checks import Check
from est_analysis.config import UNKNOWN, Break
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.effort import constant_actors, effort_trend, weekly_reporters
from est_analysis.quality.moved import moved_areas

SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
TERTIAL = parse_period("2024-T3")
ACTOR = "vakten"


def staffed(town: SmallTown, weeks: pd.DataFrame, named: bool = True) -> Dataset:
    """One report a line, given per week: ``start``, ``reporters``, ``each`` (reports of each)."""
    lines = ["Datum;Område;Typ;Vem"]
    for row in weeks.itertuples():
        for who in range(row.reporters):
            day = row.start + pd.Timedelta(days=who % 7)
            name = f"r{who}" if named else ""
            lines += [f"{day:%Y-%m-%d};Norr;Klotter;{name}"] * row.each
    town.files[CSV] = "\n".join(lines) + "\n"
    town.change(SOURCE, "columns:", "columns:\n  reporter: Vem")
    return load_dataset(town.load(), dt.date(2025, 1, 31))


def four_years(reporters: int, later: int, each: int, later_each: int) -> pd.DataFrame:
    """Weeks from 2021; the last tertial of 2024 differs from all before."""
    start = pd.date_range("2021-01-04", "2024-12-30", freq="7D")
    last = start >= "2024-08-26"  # the week that 1 September is in
    return pd.DataFrame(
        {
            "start": start,
            "reporters": np.where(last, later, reporters),
            "each": np.where(last, later_each, each),
        }
    )


def trend(town: SmallTown, weeks: pd.DataFrame, named: bool = True) -> dict[str, object]:
    table = effort_trend(staffed(town, weeks, named), TERTIAL)
    assert table["actor"].tolist() == [ACTOR]
    return dict(table.iloc[0])


def test_reporters_and_counts_side_by_side(town: SmallTown) -> None:
    weeks = four_years(4, 8, 3, 3)
    weeks.loc[weeks["start"] == "2024-10-07", "reporters"] = 0  # nothing happened, told or not
    town.change(SOURCE, "actor: vakten", "actor: vakten\ncoverage:\n  not_reported: [{from: 2024-10-21, to: 2024-10-27, reason: driftstopp}]")  # fmt: skip
    weeks = weeks[weeks["start"] != "2024-10-21"]
    data = staffed(town, weeks)
    table = weekly_reporters(data, parse_period("2024-10-07..2024-10-27")).set_index("start")
    assert table["reporters"].tolist()[:2] == [0, 8]
    assert table["count"].tolist()[:2] == [0, 24]
    assert table["per_reporter"].iloc[1] == 3
    assert np.isnan(table["per_reporter"].iloc[0])
    assert table.loc["2024-10-21", ["reporters", "count", "per_reporter"]].isna().all()


def test_a_first_year_has_no_one_to_compare_with(town: SmallTown) -> None:
    weeks = four_years(4, 8, 3, 3)
    found = trend(town, weeks[weeks["start"] >= "2024-01-08"])
    assert found["verdict"] == "too_little_data"
    assert found["reporters"] == 8
    assert np.isnan(found["reference_reporters"])  # type: ignore[call-overload]
    assert found["explained"] == "no_change"


def test_nobody_known_of_last_year_is_no_nobody(town: SmallTown) -> None:
    """Rows without a reporter's name: of the ratio per reporter nothing can be said."""
    weeks = four_years(4, 8, 3, 3)
    data = staffed(town, weeks)
    effort = data.cleaning.effort
    later = effort[effort["week"] >= pd.Timestamp("2024-01-01")]
    data = replace(data, cleaning=replace(data.cleaning, effort=later))
    found = effort_trend(data, TERTIAL).iloc[0]
    assert found["verdict"] == "increase"
    assert found["reporters"] == 8
    assert np.isnan(found["reference_reporters"])
    assert found["explained"] == "unknown"


def test_reports_without_a_name_are_not_reports_of_nobody(town: SmallTown) -> None:
    weeks = four_years(4, 4, 3, 3)
    weeks = weeks[weeks["start"] != "2024-10-07"]
    quiet = "actor: vakten\ncoverage: {quiet_months: real}"  # a week of nothing was so
    town.change(SOURCE, "actor: vakten", quiet)
    data = staffed(town, weeks)
    nameless = data.cleaning.effort["week"] == pd.Timestamp("2024-10-14")
    effort = data.cleaning.effort[~nameless]
    data = replace(data, cleaning=replace(data.cleaning, effort=effort))
    table = weekly_reporters(data, parse_period("2024-10-07..2024-10-20"))
    assert table["count"].tolist() == [0, 12]
    assert table["reporters"].isna().tolist() == [False, True]


def test_more_reporters_may_explain_a_rise(town: SmallTown) -> None:
    row = trend(town, four_years(4, 8, 3, 3))
    assert (row["verdict"], row["per_reporter_verdict"]) == ("increase", "no_clear_change")
    assert (row["reporters"], row["reference_reporters"]) == (8, 4)
    assert row["ratio"] == pytest.approx(2, rel=0.05)  # the years' weekdays differ
    assert row["per_reporter_ratio"] == pytest.approx(row["ratio"] / 2, rel=1e-12)
    assert row["explained"] == "may_be_reporting"


def test_a_rise_per_reporter_is_not_explained_by_reporters(town: SmallTown) -> None:
    row = trend(town, four_years(4, 4, 3, 6))
    assert (row["verdict"], row["per_reporter_verdict"]) == ("increase", "increase")
    assert row["explained"] == "no"


def test_fewer_reporters_may_explain_a_fall(town: SmallTown) -> None:
    row = trend(town, four_years(8, 4, 3, 3))
    assert (row["verdict"], row["explained"]) == ("decrease", "may_be_reporting")


def test_without_names_of_reporters_a_rise_is_not_judged(town: SmallTown) -> None:
    row = trend(town, four_years(4, 8, 3, 3), named=False)
    assert (row["verdict"], row["explained"]) == ("increase", "unknown")
    assert np.isnan(row["per_reporter_ratio"])


def test_no_change_needs_no_explanation(town: SmallTown) -> None:
    row = trend(town, four_years(4, 4, 3, 3))
    assert (row["verdict"], row["explained"]) == ("no_clear_change", "no_change")


def test_the_example_has_the_rise_that_was_planted(example: Dataset) -> None:
    table = effort_trend(example, parse_period("2025-T3")).set_index("actor")
    named = table[table["reporters"].notna()]
    assert len(named) == 1
    assert named["explained"].tolist() == ["may_be_reporting"]


def test_only_those_that_reported_throughout_are_like_with_like(example: Dataset) -> None:
    """One actor of the example has silent weeks in the autumn of 2025."""
    whole = constant_actors(example, parse_period("2025-T3"))
    silent = [
        actor
        for actor in example.settings.sources
        if not example.coverage.reported(actor, dt.date(2025, 9, 1), dt.date(2025, 12, 31)).all()
    ]
    assert silent
    assert list(whole) == [actor for actor in example.settings.sources if actor not in silent]
    first = min(example.incidents["day"]).year
    assert constant_actors(example, parse_period(f"{first}-T1")) == ()


AREAS = [f"o{number}" for number in range(8)]


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A town of eight areas, reported from 2022 to 2025."""
    town = SmallTown(Path(tmp_path_factory.mktemp("atta")))
    lines = "\n".join(f"  - {{id: {area}, name: {area}}}" for area in AREAS)
    town.files["areas.yaml"] = f"areas:\n{lines}\n"
    town.files[CSV] = "Datum;Område;Typ\n2022-01-03;o0;Klotter\n2025-12-31;;Klotter\n"
    return load_dataset(town.load(), dt.date(2025, 12, 31))


def with_counts(data: Dataset, counts: npt.NDArray[np.int64]) -> Dataset:
    """Weeks from 2022-01-03 × nine areas, the last one unknown."""
    words = [*AREAS, UNKNOWN]
    week, area = np.nonzero(counts)
    again = counts[week, area]
    incidents = pd.DataFrame(
        {
            "day": pd.Timestamp("2022-01-03") + pd.to_timedelta(7 * np.repeat(week, again), "D"),
            "actor": pd.Categorical([ACTOR] * int(again.sum()), data.incidents["actor"].cat.categories),
            "area": pd.Categorical.from_codes(np.repeat(area, again), words),
            "category": pd.Categorical(["skada"] * int(again.sum()), data.incidents["category"].cat.categories),
            "subcategory": pd.Categorical([None] * int(again.sum()), data.incidents["subcategory"].cat.categories),
            "count": np.ones(int(again.sum()), dtype=np.int64),
        }
    )  # fmt: skip
    return replace(data, incidents=incidents)


RATES = np.array([9.0, 7, 6, 5, 4, 3, 2, 1, 0.5])
WEEKS = 208
CHANGE = 180  # 2025-06-16


def made_up(seed: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).poisson(RATES, (WEEKS, len(RATES)))


def moved(data: Dataset, counts: npt.NDArray[np.int64], label: str = "2025-T2") -> Check:
    (check,) = moved_areas(with_counts(data, counts), parse_period(label))
    return check


def send(counts: npt.NDArray[np.int64], areas: list[int], to: int, since: int) -> None:
    counts[since:, to] += counts[since:, areas].sum(axis=1)
    counts[since:, areas] = 0


@pytest.mark.parametrize("to", [8, 7])
def test_areas_that_became_one_are_told(eight: Dataset, to: int) -> None:
    """Five areas become unknown, or are counted on a sixth."""
    counts = made_up(1)
    send(counts, [0, 1, 2, 3, 4], to, CHANGE)
    assert moved(eight, counts) == Check("moved_areas", "warning", 5, 3, ACTOR)


def test_a_change_a_year_ago_spoils_the_comparison_and_is_told(eight: Dataset) -> None:
    counts = made_up(2)
    send(counts, [1, 2, 3], 8, CHANGE - 52)
    assert moved(eight, counts).status == "warning"
    assert moved(eight, counts, "2023-T3").status == "ok"


def test_areas_that_move_within_four_weeks_moved_at_once(eight: Dataset) -> None:
    counts = made_up(3)
    for area, later in ((0, 0), (1, 3), (2, 5), (3, 7)):
        send(counts, [area], 8, CHANGE + later)
    assert moved(eight, counts).value == 4


def test_a_declared_break_is_known_already(eight: Dataset) -> None:
    counts = made_up(1)
    send(counts, [0, 1, 2, 3, 4], 8, CHANGE)
    known = Break(ACTOR, dt.date(2025, 6, 18), "Ny platskod", "other", (), ())
    data = replace(eight, settings=replace(eight.settings, breaks=(known,)))
    assert moved(data, counts).status == "info"


def test_it_does_not_cry_at_one_area_silence_or_a_general_fall(eight: Dataset) -> None:
    one = made_up(4)
    one[CHANGE:, 0] = 0
    two = made_up(4)
    send(two, [0, 1], 8, CHANGE)
    silent = made_up(4)
    silent[CHANGE:] = 0
    general = made_up(4)
    general[CHANGE:] //= 4
    lost = made_up(4)
    lost[CHANGE:, :4] = 0  # four areas fall, nothing takes over
    for counts in (one, two, silent, general, lost):
        assert moved(eight, counts) == Check("moved_areas", "ok", 0, 3, ACTOR)


def test_a_season_is_no_change_of_meaning(eight: Dataset) -> None:
    """Three areas are full in summer, three in winter, every year."""
    weeks = np.arange(WEEKS)
    summer = np.where((weeks % 52 > 22) & (weeks % 52 < 36), 1.0, 0.08)[:, None]
    rates = np.repeat(5.0, 9) * np.ones((WEEKS, 1))
    rates[:, :3] *= summer
    rates[:, 3:6] *= 1.08 - summer
    counts = np.random.default_rng(5).poisson(rates)
    assert moved(eight, counts).status == "ok"
    assert moved(eight, counts, "2025-T3").status == "ok"


def test_two_areas_are_too_few_to_look_at(town: SmallTown) -> None:
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    assert moved_areas(data, TERTIAL) == ()


@pytest.mark.slow
@pytest.mark.slow
def test_chance_alone_seldom_moves_areas(eight: Dataset) -> None:
    """At most 1 % of 200 runs; also where counts come in bursts and levels drift."""
    for bursts in (False, True):
        alarms = 0
        for seed in range(200):
            rng = np.random.default_rng(1000 + seed)
            rates = np.tile(RATES, (WEEKS, 1))
            if bursts:
                drift = np.cumsum(rng.normal(0, 0.05, rates.shape), axis=0)
                rates = rates * np.exp(drift - drift.mean(axis=0)) * rng.gamma(2, 0.5, rates.shape)
            alarms += moved(eight, rng.poisson(rates)).status != "ok"
        assert alarms <= 2, (bursts, alarms)


def test_the_example_has_no_moved_areas(example: Dataset) -> None:
    checks = moved_areas(example, parse_period("2025-T3"))
    assert [check.status for check in checks] == ["ok"] * len(example.settings.sources)
