"""Did it work? The estimators against R and papers, and conclusions where the truth is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from est_analysis.calendar import parse_period
from est_analysis.config.model import Performed
from est_analysis.counts.dataset import Dataset
from est_analysis.errors import SettingsError
from est_analysis.evaluations import (
    before_after,
    conclusions,
    data_checks,
    displacement,
    evaluate_insats,
    evaluated_in,
    evaluations_in,
    ladder,
    register_entry,
    regression,
    together_in,
)
from est_analysis.evaluations.designs import within_hours
from est_analysis.intervention import (
    GRADES,
    Design,
    Evaluation,
    concluded,
    displacement_difference,
    evaluate,
)
from est_analysis.intervention.conclusion import adjusted_p
from est_analysis.intervention.displacement import weighted_difference
from est_analysis.intervention.estimates import (
    controlled,
    has_trend,
    interrupted,
    parallel,
    slope_change,
)
from est_analysis.intervention.evaluate import regression_to_the_mean
from est_analysis.intervention.fits import quasi_binomial, quasi_poisson
from est_analysis.intervention.remaining import synthetic
from est_analysis.yearly import season_terms

REFERENCE = Path(__file__).parent / "reference" / "intervention"
SHIPPED = REFERENCE / "seatbelts.csv"
PERIOD = parse_period("2025-T3")


# ---- against numbers from outside ----


@pytest.fixture(scope="module")
def series() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "series.csv")


@pytest.fixture(scope="module")
def from_r() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "fits.csv", index_col=0)


@pytest.mark.parametrize("name", ["interrupted", "trend", "controlled"])
def test_the_fits_equal_rs_glm(series: pd.DataFrame, from_r: pd.DataFrame, name: str) -> None:
    column = {key: series[key].to_numpy(float) for key in series}
    after, used = column["after"][None, :], column["used"][None, :]
    if name == "controlled":
        both = column["target"] + column["other"]
        zero, one = np.zeros(len(both)), np.ones((len(both), 1))
        fit = quasi_binomial(column["target"], both, zero, one, after, used, 1)
    else:
        wave = series[["X1", "X2", "X3", "X4"]].to_numpy(float)
        terms = [np.ones((len(wave), 1)), wave]
        if name == "trend":
            terms.append((column["week"][:, None] - len(wave) / 2) / 52)
        offset = np.log(column["exposure"])
        fit = quasi_poisson(column["target"], offset, np.hstack(terms), after, used, 1)
    expected = from_r.loc[name]
    assert fit.effect[0] == pytest.approx(expected["effect"], abs=1e-6)
    assert fit.error[0] == pytest.approx(expected["error"], rel=1e-6)
    assert fit.dispersion[0] == pytest.approx(expected["dispersion"], rel=1e-6)
    assert fit.freedom[0] == expected["freedom"]


def harmonics(months: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * months[:, None] * np.array([1, 2]) / 12
    return np.hstack([np.sin(angle), np.cos(angle)])


def ratio_of(counts: np.ndarray, offset: np.ndarray, terms: np.ndarray, step: np.ndarray):
    ones = np.ones((1, len(counts)))
    fit = quasi_poisson(counts, offset, terms, step[None, :], ones, 1)
    ends = fit.effect[0] + np.array([0, -1.96, 1.96]) * fit.error[0]
    return np.exp(ends), fit.dispersion[0]


def test_the_sicilian_smoking_ban(shared_data: Path) -> None:
    """R 4.2.2: glm(aces ~ offset(log(stdpop)) + smokban + time [+ two harmonic pairs])."""
    table = pd.read_csv(shared_data / "sicily.csv")
    offset = np.log(table["stdpop"].to_numpy(float))
    time = table["time"].to_numpy(float)
    plain = np.column_stack([np.ones(len(time)), time - time.mean()])
    counts, ban = table["aces"].to_numpy(float), table["smokban"].to_numpy(float)
    found, phi = ratio_of(counts, offset, plain, ban)
    np.testing.assert_allclose(found, [0.894377, 0.839189, 0.953193], atol=2e-6)
    assert phi == pytest.approx(3.559195, abs=1e-5)
    found, phi = ratio_of(counts, offset, np.hstack([plain, harmonics(time)]), ban)
    np.testing.assert_allclose(found, [0.885072, 0.839401, 0.933227], atol=2e-6)
    assert phi == pytest.approx(2.262186, abs=1e-5)


def test_the_british_seat_belt_law() -> None:
    """R 4.2.2: glm(drivers ~ law + t + two harmonic pairs, quasipoisson) on datasets::Seatbelts."""
    table = pd.read_csv(SHIPPED)
    month = np.arange(1, len(table) + 1, dtype=float)
    terms = np.column_stack([np.ones(len(month)), (month - month.mean()) / 12, harmonics(month)])
    drivers, law = table["drivers"].to_numpy(float), table["law"].to_numpy(float)
    found, phi = ratio_of(drivers, np.zeros(len(month)), terms, law)
    np.testing.assert_allclose(found, [0.851888, 0.806260, 0.900097], atol=3e-6)
    assert phi == pytest.approx(15.6462, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "difference", "error"),
    [
        (((120, 100), (130, 150)), -40, 22.4),
        (((120, 100), (130, 150), (40, 25), (30, 25)), -50, 24.9),
        (((20, 10), (20, 20)), -10, 8.366600),
        (((29, 35), (20, 32)), -6, 10.77),
        (((104, 99), (103, 118)), -20, 20.59),
    ],
)
def test_the_published_displacement_differences(arguments, difference, error) -> None:
    """Wheeler and Ratcliffe 2018; the last two: Dallas, as published (property has the sign of
    control and treated exchanged there)."""
    found = displacement_difference(*arguments)
    assert found[0] == difference
    assert found[1] == pytest.approx(error, abs=0.05 if error > 20 else 0.005)


def test_dallas_cannot_be_determined(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "wddcontrol_dallas_redbird_violent_monthly.csv")
    target = table["treated"].to_numpy(float)
    other = table[["contiguous"]].to_numpy(float).T
    start = int((table["month"] < 0).sum())
    months = pd.DatetimeIndex(pd.to_datetime(table["start"]))
    design = Design(
        target, other, np.ones(len(target)), np.ones_like(other), season_terms(months, "month"),
        start, len(target), run_up=3, step="month",
    )  # fmt: skip
    found = evaluate(design)
    assert found.grade == "cannot_be_determined"
    assert found.primary.lower < 1 < found.primary.upper
    assert 0.1 < found.primary.visible < 0.9


# ---- what each part does ----


def made(ratio: float = 1.0, seed: int = 1, level: float = 8, weeks: int = 208, **others) -> Design:
    rng = np.random.default_rng(seed)
    starts = pd.date_range("2020-01-06", periods=weeks, freq="7D")
    waves = season_terms(starts)
    mean = level * np.exp(0.3 * waves[:, 0])
    start = weeks - 30
    target = rng.poisson(np.where(np.arange(weeks) >= start, ratio, 1) * mean).astype(float)
    comparison = rng.poisson(np.stack([mean, 1.5 * mean, 0.7 * mean])).astype(float)
    return Design(
        target, comparison, np.ones(weeks), np.ones((3, weeks)), waves, start, weeks, **others
    )


def test_a_clear_effect_is_found_and_held_to_the_scale() -> None:
    found = evaluate(made(0.5), performed=True)
    assert found.primary.design == "learned"
    assert found.primary.lower < 0.5 < found.primary.upper
    assert found.grade == "clear_support"
    assert found.maryland == 3
    worse = evaluate(made(1.8), performed=True)
    assert worse.grade in ("clear_against", "some_against")
    assert set(GRADES) >= {found.grade, worse.grade}


def test_without_comparison_the_support_is_weaker() -> None:
    design = made(0.5)
    for _ in range(3):
        design = design.without(0)
    found = evaluate(design)
    assert found.primary.design == "interrupted"
    assert found.grade == "some_support"
    assert "no_comparison" in found.reasons
    assert found.maryland == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"weeks": 80}, "weeks_before"),
        ({"level": 0.05}, "events"),
    ],
)
def test_too_little_stops_the_conclusion(change: dict[str, float], reason: str) -> None:
    found = evaluate(made(0.3, **change))  # type: ignore[arg-type]
    assert found.grade == "cannot_be_determined"
    assert reason in found.reasons


def test_too_short_a_time_after_stops_it_too() -> None:
    design = made(0.4)
    found = evaluate(
        Design(**{**design.__dict__, "stop": design.start + 5, "target": design.target})
    )
    assert (found.grade, found.reasons) == ("cannot_be_determined", ("weeks_after",))


def test_what_was_not_carried_out_is_not_judged() -> None:
    found = evaluate(made(0.5), performed=False)
    assert (found.grade, found.reasons) == ("cannot_be_determined", ("performed",))


def test_changed_reporting_stops_the_conclusion() -> None:
    found = evaluate(made(0.5), reporting_changed=True)
    assert found.grade == "cannot_be_determined"
    assert "reporting_changed" in found.reasons


def test_weeks_not_reported_are_not_zeros() -> None:
    design = made(1.0, seed=3)
    gone = design.target.copy()
    gone[-20:-8] = np.nan
    missing = controlled(design.of(gone, np.where(np.isnan(gone), 0.0, 1.0)))
    zeros = controlled(design.of(np.nan_to_num(gone), np.ones(len(gone))))
    assert missing.lower < 1 < missing.upper
    assert zeros.upper < 1


def test_half_the_reporting_is_not_half_the_events() -> None:
    design = made(1.0, seed=5, level=20)
    rng = np.random.default_rng(1)
    half = design.target.copy()
    half[design.start :] = rng.binomial(half[design.start :].astype(int), 0.5)
    exposure = np.ones(len(half))
    exposure[design.start :] = 0.5
    for estimate in (controlled, interrupted):
        found = estimate(design.of(half, exposure))
        assert found.lower < 1 < found.upper
        assert found.ratio == pytest.approx(1, abs=0.2)


def test_the_run_up_is_left_out_and_told() -> None:
    design = made(1.0, seed=7)
    peaked = design.target.copy()
    peaked[design.start - 13 : design.start] *= 2.5
    high = design.of(peaked, design.exposure)
    found = regression_to_the_mean(high)
    assert found.seen == pytest.approx(found.anyway * found.remaining)
    assert found.seen < 0.6
    assert found.remaining == pytest.approx(1, abs=0.25)
    assert controlled(high).lower < 1 < controlled(high).upper
    kept = Design(**{**high.__dict__, "run_up": 0})
    assert controlled(kept).ratio < controlled(high).ratio


def test_a_trend_is_taken_in_by_the_weeks_before_alone() -> None:
    assert not has_trend(made(0.3, seed=2))
    design = made(1.0, seed=2, level=30)
    growth = np.exp(0.004 * np.arange(len(design.target)))
    rising = design.of(np.round(design.target * growth), design.exposure)
    assert has_trend(rising)
    assert interrupted(rising).lower < 1 < interrupted(rising).upper
    assert interrupted(rising, trend=False).lower > 1
    assert parallel(rising) < 0.05
    found = evaluate(rising).primary  # what drifts apart is in the model: no other design is taken
    assert found.design == "learned"
    assert found.lower < 1 < found.upper


def test_the_smallest_visible_fall_would_be_seen_in_four_of_five() -> None:
    visible = np.mean([controlled(made(1.0, seed=s)).visible for s in range(40)])
    seen = [controlled(made(1 - visible, seed=100 + s)).upper < 1 for s in range(150)]
    assert 0.68 < np.mean(seen) < 0.92


def test_made_up_starts_are_as_strong_as_often_as_they_should() -> None:
    p = np.array([evaluate(made(1.0, seed=s, weeks=260)).placebo_p for s in range(60)])
    assert (p <= 0.05).mean() <= 0.05
    assert (p <= 0.3).mean() < 0.4
    assert 0.4 < p.mean() < 0.7


def test_several_judgements_are_adjusted_for() -> None:
    p = np.array([0.001, 0.02, 0.04, 0.3, np.nan])
    expected = stats.false_discovery_control(p[:4])
    np.testing.assert_allclose(adjusted_p(p)[:4], expected)
    one = evaluate(made(0.75, seed=11))
    assert one.primary.p < 0.05
    many: list[Evaluation] = [one, *(evaluate(made(1.0, seed=s)) for s in range(20, 40))]
    if one.primary.p * len(many) > 0.05:
        assert concluded(many)[0].grade == "cannot_be_determined"


def test_the_synthetic_comparison_follows_the_target() -> None:
    rng = np.random.default_rng(3)
    base = made(0.6, seed=9, level=15)
    mean = 15 * np.exp(0.3 * base.season[:, 0])
    pool = rng.poisson(mean * rng.uniform(0.3, 1.5, (12, 1))).astype(float)
    design = Design(**{**base.__dict__, "pool": pool, "pool_exposure": np.ones_like(pool)})
    found = synthetic(design)
    assert found.lower < 0.6 < found.upper
    assert found.upper < 1
    assert evaluate(design).areas_p == pytest.approx(1 / 13)
    assert np.isnan(evaluate(base).areas_p)
    assert not synthetic(base).known


def test_a_change_of_slope_is_seen_with_the_step() -> None:
    base = made(1.0, seed=4, level=60, weeks=260)
    design = Design(**{**base.__dict__, "start": 260 - 52})
    since = np.maximum(np.arange(260) - design.start, 0) / 13
    rng = np.random.default_rng(1)
    falling = rng.binomial(design.target.astype(int), 0.8**since).astype(float)
    found = slope_change(design.of(falling, design.exposure))
    assert found.lower < 0.8 < found.upper < 1
    assert slope_change(design).lower < 1 < slope_change(design).upper
    assert not slope_change(replace(base, stop=base.start + 20)).known  # under half a year


def test_the_displacement_difference_is_of_weeks_that_all_reported() -> None:
    design = made(1.0, seed=6, level=20)
    expected = weighted_difference(design)
    gone = design.comparison.copy()
    gone[1, -10:] = np.nan
    there = np.where(np.isnan(gone), 0.0, 1.0)
    holes = replace(design, comparison=gone, comparison_exposure=there)
    found = weighted_difference(holes)
    assert found.lower < 1 < found.upper
    assert abs(np.log(found.ratio / expected.ratio)) < 0.2
    half = replace(
        design, target=np.where(np.arange(208) >= design.start, design.target / 2, design.target),
        exposure=np.where(np.arange(208) >= design.start, 0.5, 1.0),
    )  # fmt: skip
    assert weighted_difference(half).ratio == pytest.approx(expected.ratio)


def test_overlapping_insatser_cannot_be_told_apart() -> None:
    found = evaluate(made(0.5), performed=True, overlapping=True)
    assert (found.grade, found.reasons) == ("cannot_be_determined", ("overlapping",))


def test_the_same_question_twice_gives_the_same() -> None:
    design = made(0.7)
    kept = design.target.copy()
    assert evaluate(design).primary == evaluate(design).primary
    np.testing.assert_array_equal(design.target, kept)


# ---- the example municipality, whose truth is known ----


@pytest.fixture(scope="module")
def overview(example: Dataset) -> pd.DataFrame:
    return evaluations_in(example, PERIOD).set_index(["intervention", "actor"])


def test_the_insats_that_works_is_found(overview: pd.DataFrame) -> None:
    for actor in ("kommunens_rapportorer", "exempelbostader"):
        row = overview.loc[("ordningsvakter-centrum", actor)]
        assert row["lower"] < 0.65 < row["upper"]
        assert row["effect"] < 0.75
        assert row["interim"] == "yes"
    seen = overview.loc[("ordningsvakter-centrum", "kommunens_rapportorer")]
    assert seen["grade"] in ("clear_support", "some_support")


def test_the_actors_together_find_what_works_and_not_what_does_not(example: Dataset) -> None:
    found = together_in(example, PERIOD).set_index("intervention")
    guards = found.loc["ordningsvakter-centrum"]
    assert guards["lower"] < 0.65 < guards["upper"] < 1
    assert guards["grade"] in ("clear_support", "some_support")
    own = evaluations_in(example, PERIOD).set_index(["intervention", "actor"])
    for actor in guards["actors"]:
        one = own.loc[("ordningsvakter-centrum", actor)]
        assert guards["upper"] / guards["lower"] < one["upper"] / one["lower"]
    assert found.loc["kamera-norrbacka", "grade"] == "cannot_be_determined"


def test_the_one_launched_on_a_peak_is_not_called_a_success(overview: pd.DataFrame) -> None:
    for actor in ("polisen", "exempelbostader"):
        row = overview.loc[("kamera-norrbacka", actor)]
        assert row["grade"] == "cannot_be_determined"
        assert row["lower"] < 1 < row["upper"]
        assert 20 < row["visible"] < 60


def test_what_moved_is_shown_to_have_moved(example: Dataset) -> None:
    insats = example.settings.interventions["belysning-soderholm"]
    found = evaluate_insats(example, insats, PERIOD)
    table = displacement(found).set_index(["actor", "near", "beside"])
    moved = table.loc[("polisen", "area", "area:vasterang")]
    assert 1 < moved["lower"] < 1.45 < moved["upper"]
    others = table[table.index.get_level_values("near") == "category"]
    assert len(others) >= 4
    assert (others["lower"] < 1).sum() >= len(others) - 1  # nothing happened to other types
    seen = conclusions(found).set_index("actor")
    assert seen.loc["polisen", "lower"] < 0.6 < seen.loc["polisen", "upper"]


def test_the_tables_of_one_insats(example: Dataset) -> None:
    insats = example.settings.interventions["kamera-norrbacka"]
    found = evaluate_insats(example, insats, PERIOD)
    assert not found.running
    designs = ladder(found)
    assert designs["design"].tolist()[:5] == [
        "same_weeks", "interrupted", "slope", "displacement_difference", "controlled",
    ]  # fmt: skip
    assert set(designs.loc[designs["primary"] == "primary", "design"]) == {"learned"}
    assert (designs["primary"] == "primary").sum() == 2
    peak = regression(found).set_index("actor")
    assert peak.loc["polisen", "seen"] < 0.8  # what people see
    assert peak.loc["polisen", "remaining"] == pytest.approx(1, abs=0.25)
    entry = register_entry(found, example).set_index("entry")["said"]
    assert entry["comparison_areas"] == "Hagalund, Västeräng"
    weeks = before_after(example, found)
    assert weeks["start"].max() < pd.Timestamp("2025-12-01")


def changed(example: Dataset, identity: str, **fields: object) -> Dataset:
    """The example with another line in the register."""
    register = dict(example.settings.interventions)
    register[identity] = replace(register[identity], **fields)  # type: ignore[arg-type]
    return replace(example, settings=replace(example.settings, interventions=register))


def test_a_start_before_the_data_is_refused_and_stands_in_the_overview(example: Dataset) -> None:
    early = changed(example, "kamera-norrbacka", start=dt.date(2015, 1, 5), end=None)
    with pytest.raises(SettingsError, match="no weeks before its start") as fault:
        evaluate_insats(early, early.settings.interventions["kamera-norrbacka"], PERIOD)
    assert "polisen from 20" in str(fault.value)
    assert "interventions" in str(fault.value)
    rows = evaluations_in(early, PERIOD).set_index("intervention").loc["kamera-norrbacka"]
    assert set(rows["grade"]) == {"cannot_be_determined"}
    assert rows["count"].isna().all()


def test_the_log_tells_whether_it_was_carried_out(example: Dataset) -> None:
    never = (Performed(dt.date(2025, 9, 30), 0.0, "timmar", ""),)
    data = changed(example, "ordningsvakter-centrum", log=never)
    found = evaluate_insats(data, data.settings.interventions["ordningsvakter-centrum"], PERIOD)
    assert {one.evaluation.grade for one in found.actors} == {"cannot_be_determined"}
    assert found.actors[0].evaluation.reasons == ("performed",)


def test_the_same_insats_twice_in_the_register_is_seen(example: Dataset) -> None:
    twin = example.settings.interventions["ordningsvakter-centrum"]
    register = {**example.settings.interventions, "twin": replace(twin, id="twin")}
    data = replace(example, settings=replace(example.settings, interventions=register))
    found = evaluate_insats(data, twin, PERIOD)
    assert found.overlapping == ("twin",)
    checks = {check.name: check.status for check in data_checks(found)}
    assert checks["overlapping"] == "failed"


def test_hours_are_judged_apart(example: Dataset) -> None:
    insats = example.settings.interventions["ordningsvakter-centrum"]
    table = displacement(evaluate_insats(example, insats, PERIOD))
    hours = table[table["near"] == "hours"]
    assert set(hours["beside"]) == {"hours:inside", "hours:outside"}
    evening, rest = within_hours(example, (22, 2))
    assert evening.incidents["occurred_from"].dt.hour.isin([22, 23, 0, 1]).all()
    exact = (example.incidents["precision"] == "minute").sum()
    assert len(evening.incidents) + len(rest.incidents) == exact


def test_all_insatser_of_a_period_are_adjusted_together(example: Dataset) -> None:
    one = evaluate_insats(example, example.settings.interventions["ordningsvakter-centrum"], PERIOD)
    every = evaluated_in(example, PERIOD)
    assert every["ordningsvakter-centrum"].actors[0].evaluation.grade == (
        one.actors[0].evaluation.grade
    )
    register = {
        f"copy-{number}": replace(insats, id=f"copy-{number}")
        for number in range(10)
        for insats in [example.settings.interventions["kamera-norrbacka"]]
    }
    register["belysning-soderholm"] = example.settings.interventions["belysning-soderholm"]
    data = replace(example, settings=replace(example.settings, interventions=register))
    among = evaluated_in(data, PERIOD)["belysning-soderholm"].actors
    alone = evaluated_in(example, PERIOD)["belysning-soderholm"].actors
    grades = {"clear_support", "some_support"}
    assert sum(a.evaluation.grade in grades for a in among) <= sum(
        a.evaluation.grade in grades for a in alone
    )


def test_what_has_not_begun_cannot_be_evaluated(example: Dataset) -> None:
    insats = example.settings.interventions["kamera-norrbacka"]
    with pytest.raises(SettingsError, match="cannot be evaluated yet"):
        evaluate_insats(example, insats, parse_period("2025-T1"))
    assert "kamera-norrbacka" not in set(
        evaluations_in(example, parse_period("2025-T1"))["intervention"]
    )
