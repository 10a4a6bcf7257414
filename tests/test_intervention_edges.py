"""What each part of an evaluation computes, a second time and at its edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from test_intervention import made

from est_analysis.intervention import GRADES, Design, Evaluation, concluded, evaluate, fits
from est_analysis.intervention.conclusion import graded, holds
from est_analysis.intervention.displacement import displacement_difference, weighted_difference
from est_analysis.intervention.estimates import (
    WIDEST,
    Estimate,
    controlled,
    has_trend,
    interrupted,
    parallel,
    placebo_scores,
    same_weeks,
    slope_change,
)
from est_analysis.intervention.evaluate import _goal_p, regression_to_the_mean
from est_analysis.intervention.fits import Fit, quasi_binomial, quasi_poisson
from est_analysis.intervention.made_up import as_strong
from est_analysis.intervention.remaining import synthetic
from est_analysis.intervention.shares import question

BLOCK = 13


# ---- the fits, by statsmodels and loops ----


def second(y: np.ndarray, total: np.ndarray | None, offset: np.ndarray, x: np.ndarray,
           used: np.ndarray, block: int) -> tuple[float, float, float, float]:  # fmt: skip
    """Effect, error, freedom and dispersion; each step of the method written out."""

    def fitted(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        keep = weights > 0
        if total is None:
            model = sm.GLM(y[keep], x[keep], sm.families.Poisson(), offset=offset[keep],
                           var_weights=weights[keep])  # fmt: skip
        else:
            model = sm.GLM(y[keep] / total[keep], x[keep], sm.families.Binomial(),
                           offset=offset[keep], var_weights=weights[keep] * total[keep])  # fmt: skip
        found = model.fit(tol=1e-12)
        eta = offset + x @ found.params
        mean = np.exp(eta) if total is None else total / (1 + np.exp(-eta))
        variance = mean if total is None else mean * (1 - mean / total)
        return found.params, found.normalized_cov_params, mean, variance

    _, _, mean, variance = fitted(used)
    square = (y - mean) ** 2 / variance
    told = used > 0
    plain = square[told].mean()
    by_median = np.median(square[told]) / 0.455
    usual = max(min(plain, by_median), 1)
    lighter = used * np.minimum(2.58**2 * usual / np.maximum(square, 1e-9), 1)
    params, inverse, mean, variance = fitted(lighter)
    terms = x.shape[1]
    furthest = 4 * np.sqrt(usual)
    residual = np.clip((y - mean) / np.sqrt(variance), -furthest, furthest)
    single = (residual[told] ** 2).sum() / (told.sum() - terms)
    blocked, freedom = 0.0, -terms
    for first in range(0, len(y), block):
        inside = [i for i in range(first, min(first + block, len(y))) if told[i]]
        if len(inside) < block / 2:
            continue
        error = sum(residual[i] * np.sqrt(variance[i]) for i in inside)
        blocked += error**2 / sum(variance[i] for i in inside)
        freedom += 1
    phi = max(single, blocked / freedom, 1)
    return params[-1], np.sqrt(inverse[-1, -1] * phi), freedom, phi


@pytest.mark.parametrize("kind", ["poisson", "binomial"])
@pytest.mark.parametrize("seed", range(4))
def test_the_fits_are_those_of_a_second_computation(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With outbreaks, waves within quarters, steps that were not reported, and two starts at once.

    The first fit, which only tells which steps are outbreaks, is a rough one: the effect moves by
    less than a fiftieth of its error.
    """
    rng = np.random.default_rng(seed)
    steps = 26 * 8 + 5
    place = np.arange(steps)
    shared = np.repeat(rng.gamma(12, 1 / 12, 1 + steps // BLOCK), BLOCK)[:steps]
    exposure = rng.choice([1.0, 4 / 7], steps, p=[0.9, 0.1])
    y = rng.poisson(9 * exposure * shared).astype(float)
    y[[40, 111]] += 40
    y[25] = 0
    used = np.ones((2, steps))
    used[:, 60:68] = 0
    used[1, 150:158] = 0
    used[0, -9:] = 0
    starts = np.array([130, 100])
    effect = (place >= starts[:, None]).astype(float)
    waves = np.column_stack([np.ones(steps), np.sin(2 * np.pi * place / 52)])
    total = y + rng.poisson(30, steps)
    if kind == "binomial":
        waves = waves[:, :1]

    def fitted() -> Fit:
        if kind == "poisson":
            return quasi_poisson(y, np.log(exposure), waves, effect, used, BLOCK)
        return quasi_binomial(y, total, np.log(exposure), waves, effect, used, BLOCK)

    rough = fitted()
    monkeypatch.setattr(fits, "_ROUGH", 1e-10)
    fit = fitted()
    np.testing.assert_array_less(np.abs(rough.effect - fit.effect), fit.error / 50)
    np.testing.assert_allclose(rough.error, fit.error, rtol=0.02)
    for one in range(2):
        expected = second(
            y, None if kind == "poisson" else total, np.log(exposure),
            np.column_stack([waves, effect[one]]), used[one], BLOCK,
        )  # fmt: skip
        assert fit.effect[one] == pytest.approx(expected[0], abs=1e-6)
        assert fit.error[one] == pytest.approx(expected[1], rel=1e-6)
        assert fit.freedom[one] == expected[2]
        assert fit.dispersion[one] == pytest.approx(expected[3], rel=1e-6)
        assert expected[3] > 1


def test_an_estimate_is_read_with_t_of_the_blocks() -> None:
    design = made(0.8, seed=4)
    found = controlled(design)
    effect, t = np.log(found.ratio), stats.t(found.freedom)
    np.testing.assert_allclose(
        [found.lower, found.upper],
        np.exp(effect + np.array([-1, 1]) * t.ppf(0.975) * found.log_error),
    )
    assert found.p == pytest.approx(2 * t.sf(abs(effect) / found.log_error))
    observed = design.target[design.start :].sum()
    for prevented, ratio in (
        (found.prevented, found.ratio), (found.prevented_lower, found.upper),
        (found.prevented_upper, found.lower),
    ):  # fmt: skip
        assert prevented == pytest.approx(observed / ratio - observed)
    least = (t.ppf(0.975) + t.ppf(0.8)) * found.log_error
    assert found.visible == pytest.approx(1 - np.exp(-least))
    assert found.freedom == len(design.target[: design.start - 13]) // 13 + 1 + 30 // 13 - 2


def test_the_ordinary_fit_has_the_degrees_of_freedom_that_are_left() -> None:
    y, none, ones = np.array([2.0, 7, 30, 9]), np.zeros(4), np.ones((4, 1))
    one, other = 2 * 14**2 / 16, 2 * 1**2 / 8  # squared residuals of 2 and 30, of 7 and 9
    for last, freedom, left in ((4, 2, one + other), (3, 1, one), (2, 1, 0)):
        used = (np.arange(4) < last).astype(float)[None, :]
        fit = quasi_poisson(y, none, ones, np.array([[0.0, 1, 0, 1]]), used, 1)
        assert fit.freedom[0] == freedom
        assert fit.dispersion[0] == pytest.approx(max(left / freedom, 1))


# ---- which steps are compared ----


def test_a_step_that_no_comparison_area_reported_is_not_used() -> None:
    """Whether its count is missing or nought."""
    design = made(0.8, seed=3)
    counts, there = design.comparison.copy(), design.comparison_exposure.copy()
    counts[:, 40:80] = there[:, 40:80] = 0
    zero = replace(design, comparison=counts, comparison_exposure=there)
    missing = replace(zero, comparison=np.where(there > 0, counts, np.nan))
    assert controlled(zero) == controlled(missing)
    assert controlled(zero).ratio == pytest.approx(controlled(design).ratio, abs=0.1)
    base = pooled()
    assert base.pool is not None
    assert base.pool_exposure is not None
    nought = replace(base, pool=np.where(base.pool_exposure > 0, base.pool, 0))
    assert synthetic(nought) == synthetic(base)


def test_reporting_in_part_counts_as_much_as_the_area_is_large() -> None:
    """By hand: the share of the comparison that was reported, areas weighed by their rates."""
    design = made(0.8, seed=5)
    rng = np.random.default_rng(2)
    counts = rng.poisson(np.array([[0.3], [0.1]]), (2, 208)).astype(float)
    there = np.ones((2, 208))
    there[0, 100:150], there[1, 160:] = 0.5, 0
    counts = np.where(there > 0, counts, np.nan)
    rate = np.array([np.nansum(own) / part.sum() for own, part in zip(counts, there, strict=True)])
    shared = (rate @ there) / rate.sum()
    total = design.target + np.nansum(counts, axis=0)
    used = design.before | design.after
    fit = quasi_binomial(
        design.target, total, -np.log(shared), np.ones((208, 1)),
        design.after[None, :].astype(float), used[None, :].astype(float), BLOCK,
    )  # fmt: skip
    found = controlled(replace(design, comparison=counts, comparison_exposure=there))
    assert found.ratio == pytest.approx(np.exp(fit.effect[0]))
    assert found.log_error == pytest.approx(fit.error[0])


def test_without_weeks_before_or_after_nothing_is_estimated() -> None:
    design = made()
    for one in (replace(design, start=13), replace(design, stop=design.start)):
        assert not interrupted(one).known
        assert not controlled(one).known
        assert not slope_change(one).known


def test_the_steps_before_and_after_are_those_of_the_design() -> None:
    target = np.ones(40)
    target[[3, 30]] = np.nan
    exposure = np.ones(40)
    exposure[[5, 31]] = 0
    design = Design(target, np.zeros((0, 40)), exposure, np.zeros((0, 40)), np.zeros((40, 0)),
                    start=25, stop=35, run_up=13, delay=2)  # fmt: skip
    assert np.flatnonzero(design.before).tolist() == [0, 1, 2, 4, 6, 7, 8, 9, 10, 11]
    assert np.flatnonzero(design.after).tolist() == [27, 28, 29, 32, 33, 34]
    assert design.moved(-4).start == 21
    assert not design.controlled
    one = replace(design, comparison=np.eye(1, 40), comparison_exposure=np.ones((1, 40)))
    assert one.controlled  # one event
    assert not replace(one, comparison=np.zeros((1, 40))).controlled


@pytest.mark.parametrize(
    ("step", "year", "block", "least"), [("week", 52, 13, 8), ("month", 12, 3, 2)]
)
def test_a_year_a_quarter_and_eight_weeks(step: str, year: int, block: int, least: int) -> None:
    design = replace(made(), step=step)
    assert (design.steps_a_year, design.block, design.least_after) == (year, block, least)


def test_a_trend_is_looked_for_in_two_years_and_a_parallel_in_half_of_one() -> None:
    design = made(1.0, seed=2, level=30)
    growth = np.exp(0.01 * np.arange(len(design.target)))
    rising = design.of(np.round(design.target * growth), design.exposure)
    assert has_trend(replace(rising, start=104 + 13))
    assert not has_trend(replace(rising, start=103 + 13))
    assert np.isfinite(parallel(replace(rising, start=26 + 13)))
    assert np.isnan(parallel(replace(rising, start=25 + 13)))
    assert np.isnan(parallel(rising.without(0).without(0).without(0)))


def test_the_p_of_a_parallel_is_that_of_another_trend() -> None:
    design = made(1.0, seed=12, level=30)
    place = np.arange(208)
    own, others = design.target, design.comparison.sum(axis=0)
    used = (place < design.start - 13).astype(float)
    fit = quasi_binomial(
        own, own + others, np.zeros(208), np.ones((208, 1)), place[None, :] / 208,
        used[None, :], 13,
    )  # fmt: skip
    expected = 2 * stats.t(fit.freedom[0]).sf(abs(fit.effect[0] / fit.error[0]))
    assert parallel(design) == pytest.approx(expected, rel=1e-4)


def test_the_same_weeks_a_year_before() -> None:
    counts = np.tile([10.0, 12.0, 11.0, 9.0], 40)
    design = Design(counts, np.zeros((0, 160)), np.ones(160), np.zeros((0, 160)),
                    np.zeros((160, 0)), start=120, stop=160)  # fmt: skip
    assert same_weeks(design).ratio == pytest.approx(1)
    half = np.where(np.arange(160) >= 120, counts / 2, counts)
    assert same_weeks(design.of(half, design.exposure)).ratio == pytest.approx(0.5)
    gone = np.where(np.arange(160) == 70, np.nan, half)  # a year before step 122
    found = same_weeks(design.of(gone, design.exposure))
    assert found.prevented == pytest.approx(half[120:].sum() - half[122], rel=1e-6)
    first = replace(design, start=10, stop=52, run_up=0)
    assert not same_weeks(first).known
    assert same_weeks(replace(first, stop=60)).known
    there = np.where(np.arange(160) >= 120, 0.5, 1.0)
    assert same_weeks(design.of(half, there)).ratio == pytest.approx(1)


def test_a_trend_that_is_shared_is_in_no_model_of_shares() -> None:
    design = made(1.0, seed=2, level=30)
    growth = np.exp(0.004 * np.arange(208))
    rising = replace(design, target=np.round(design.target * growth),
                     comparison=np.round(design.comparison * growth))  # fmt: skip
    assert has_trend(rising)
    assert not evaluate(rising).trend
    alone = evaluate(rising.without(0).without(0).without(0))
    assert alone.trend
    assert alone.primary == interrupted(rising)


def test_counts_steadier_than_chance_are_given_chances_error() -> None:
    steady = made()
    even = steady.of(np.full(208, 9.0), steady.exposure)
    assert interrupted(even, trend=False).dispersion == 1


def test_a_slope_needs_two_quarters() -> None:
    design = made(weeks=260)
    assert slope_change(replace(design, stop=design.start + 26)).known
    assert not slope_change(replace(design, stop=design.start + 25)).known
    assert np.isnan(slope_change(design).prevented)


# ---- made-up starts and areas ----


def test_the_scores_of_made_up_starts_are_those_of_evaluations_that_begin_there() -> None:
    design = made(0.6, seed=8, weeks=260, delay=2)
    scores, apart = placebo_scores(design, 12)
    last, after = design.start - 13, int(design.after.sum())
    first, final = 52 + 13, last - after
    starts = np.unique(np.linspace(first, final, 12).astype(int))
    assert len(scores) == len(starts) == 12
    assert apart == pytest.approx((final - first) / after + 1)
    for start, score in zip(starts, scores, strict=True):
        one = replace(design, start=int(start), stop=int(start) + after)
        found = interrupted(one, has_trend(design))
        assert score == pytest.approx(np.log(found.ratio) / found.log_error, abs=0.02)


def test_a_step_without_a_report_is_in_no_made_up_start() -> None:
    design = made(weeks=260)
    there = np.where(np.arange(260) % 9 == 4, 0.0, 1.0)
    missing = design.of(np.where(there > 0, design.target, np.nan), there)
    nought = design.of(np.where(there > 0, design.target, 0), there)
    np.testing.assert_array_equal(placebo_scores(missing)[0], placebo_scores(nought)[0])


def test_made_up_starts_need_room() -> None:
    """A year before, a run-up, as many steps after, and twenty starts to choose among."""
    base = made(weeks=260)
    room = 52 + 13 + 30 + 20 + 13  # before the first start, its weeks after, the starts, the run-up
    assert len(placebo_scores(replace(base, start=room, stop=room + 30))[0]) == 21
    # one step less: no twenty starts
    assert len(placebo_scores(replace(base, start=room - 1, stop=room + 29))[0]) == 0
    assert len(placebo_scores(replace(base, start=200, stop=204))[0]) > 20
    assert len(placebo_scores(replace(base, start=200, stop=203))[0]) == 0
    far = replace(base, start=180, stop=260)  # at most half of what is there before
    assert placebo_scores(far)[1] == pytest.approx((167 - 57 - 65) / 57 + 1)


def test_a_made_up_start_needs_reported_weeks_before_and_after() -> None:
    """Starts in a history that nobody reported say nothing, and do not make the real one rare."""
    design = made(weeks=260)
    blank = np.arange(260) < 100
    short = design.of(np.where(blank, np.nan, design.target), np.where(blank, 0.0, 1.0))
    scores, apart = placebo_scores(short)
    last, after = design.start - 13, 30
    starts = np.arange(52 + 13, last - after + 1)  # under 199: every one there is
    kept = starts >= 100 + 52 + 13
    assert len(scores) == kept.sum() > 20
    assert np.isfinite(scores).all()
    assert apart == pytest.approx((last - after - 65) * kept.mean() / after + 1)
    cut = replace(design, start=design.start - 40)  # too few are left
    assert len(placebo_scores(cut.of(short.target, short.exposure))[0]) == 0
    gap = (np.arange(260) >= 180) & (np.arange(260) < 200)  # of thirty weeks after, half are asked
    there = np.where(gap, 0.0, 1.0)
    after_gap = placebo_scores(design.of(np.where(gap, np.nan, design.target), there))[0]
    enough = [(~gap[one : one + after]).sum() >= 15 for one in starts]
    assert len(after_gap) == sum(enough) < len(starts)


@pytest.mark.parametrize(("before", "after"), [(51, 30), (52, 7), (0, 30), (60, 0)])
def test_a_comparison_that_reported_too_little_is_not_the_primary(before: int, after: int) -> None:
    design = made(0.5)
    place = np.arange(208)
    there = (place >= design.start - before) & (place < design.start + after)
    design = replace(design, comparison=np.where(there, design.comparison, np.nan))
    assert evaluate(design).primary.design == "interrupted"


def test_a_comparison_that_reported_just_enough_is() -> None:
    design = made(0.5)
    place = np.arange(208)
    there = (place >= design.start - 52) & (place < design.start + 8)
    whole = replace(design, comparison=np.where(there, design.comparison, np.nan))
    assert evaluate(whole).primary.design == "learned"
    assert not question(design.without(0).without(0).without(0)).usable
    short = replace(whole, target=np.where(there, design.target, np.nan), stop=design.start + 5)
    assert question(short).usable  # all that the target has


@given(seed=st.integers(0, 10**6), silent=st.floats(0, 1), weeks=st.integers(2, 230))
def test_whatever_was_reported_there_is_an_answer(seed: int, silent: float, weeks: int) -> None:
    """Any pattern of reports, any start: numbers or none, never a fault or a warning."""
    rng = np.random.default_rng(seed)
    base = made(weeks=max(weeks, 40), seed=seed)
    steps = len(base.target)

    def told(shape: tuple[int, ...]) -> np.ndarray:
        there = rng.random(shape) >= silent * rng.random()
        for row in there.reshape(-1, steps):
            row[: rng.integers(0, steps)] &= rng.random() < 0.5  # began late
            row[rng.integers(0, steps) :] &= rng.random() < 0.7  # stopped early
        return there

    own, theirs, pool = told((steps,)), told((3, steps)), told((11, steps))
    level = rng.choice([0.0, 0.05, 8.0])
    counts = rng.poisson(level, (11, steps)).astype(float)
    start = int(rng.integers(0, steps + 1))
    design = replace(
        base,
        target=np.where(own, base.target if rng.random() < 0.7 else 0, np.nan),
        exposure=np.where(own, rng.random(steps) * 0.9 + 0.1, 0),
        comparison=np.where(theirs, base.comparison, np.nan)[: rng.integers(0, 4)],
        start=start,
        stop=int(rng.integers(start, steps + 1)),
        run_up=int(rng.choice([0, 13])),
        delay=int(rng.choice([0, 3])),
        quiet=rng.random(steps) < 0.8,
        pool=np.where(pool, counts, np.nan),
        pool_exposure=pool.astype(float),
    )
    areas = len(design.comparison)
    design = replace(design, comparison_exposure=theirs[:areas].astype(float))
    found = evaluate(design, [(design.pool[0], design.pool_exposure[0])])
    assert found.grade in GRADES
    if not found.primary.known:
        assert found.grade == "cannot_be_determined"
    assert np.isfinite(placebo_scores(design)[0]).all()
    assert np.isfinite(question(design).made_up.score).all()
    assert not 0 < found.placebo_p < 1 / (1 + steps)
    for one in (*found.ladder, found.primary):
        assert not one.known or one.lower <= one.ratio <= one.upper


def test_a_share_of_scores_as_strong_counts_the_real_one_too() -> None:
    scores = np.array([0.5, -2.0, 1.0, 3.0])
    assert as_strong(-2.0, scores, 4) == pytest.approx(3 / 5)
    assert as_strong(3.5, scores, 4) == pytest.approx(1 / 5)
    assert as_strong(2.0, scores, 2.0) == pytest.approx(2 / 3)
    assert np.isnan(as_strong(float("nan"), scores, 4))
    assert np.isnan(as_strong(2.0, np.zeros(0), 0))


def pooled(areas: int = 12, **others) -> Design:
    rng = np.random.default_rng(3)
    base = made(0.6, seed=9, level=15)
    mean = 15 * np.exp(0.3 * base.season[:, 0])
    pool = rng.poisson(mean * rng.uniform(0.3, 1.5, (areas, 1))).astype(float)
    there = np.ones_like(pool)
    pool[2, 20:24], there[2, 20:24] = np.nan, 0
    there[:, 60:70] = 0.5
    pool[:, 60:70] = np.floor(pool[:, 60:70] / 2)
    exposure = np.where((np.arange(208) > 90) & (np.arange(208) < 100), 0.25, 1.0)
    target = np.floor(base.target * exposure)
    return replace(base, target=target, exposure=exposure, pool=pool, pool_exposure=there, **others)


def test_the_synthetic_comparison_is_that_of_a_second_computation() -> None:
    design = pooled()
    told = [i for i in range(design.start - 13) if not 20 <= i < 24]
    told = told[: len(told) // 4 * 4]
    four = np.array(told).reshape(-1, 4)
    assert design.pool is not None
    rates = design.pool / np.where(design.pool_exposure > 0, design.pool_exposure, 1)
    weights, _ = optimize.nnls(
        np.array([[rates[a, part].sum() for a in range(12)] for part in four]),
        np.array([(design.target / design.exposure)[part].sum() for part in four]),
    )
    usual = weights * np.array([rates[a, told].mean() for a in range(12)])
    made_of, there = np.zeros(208), np.zeros(208)
    for area in range(12):
        made_of += weights[area] * np.nan_to_num(design.pool[area])
        there += usual[area] / usual.sum() * design.pool_exposure[area]
    share = min(1, weights.sum() / (weights**2).sum())
    one = replace(design, comparison=(share * made_of)[None, :], comparison_exposure=there[None, :])
    expected, found = controlled(one), synthetic(design)
    assert found.ratio == pytest.approx(expected.ratio)
    assert found.log_error == pytest.approx(expected.log_error)
    assert found.design == "synthetic"
    assert share < 1 or weights.max() < 1


def test_a_weight_above_one_tells_no_more_than_the_area_has() -> None:
    """A target twice as large as the only area like it: the area's own counts are the comparison."""
    base = made(1.0, seed=9, level=15)
    pool = np.zeros((10, 208))
    pool[0] = base.target / 2
    pool[1:] = np.random.default_rng(1).poisson(0.01, (9, 208))
    found = synthetic(replace(base, pool=pool, pool_exposure=np.ones_like(pool)))
    one = replace(base, comparison=pool[:1], comparison_exposure=np.ones((1, 208)))
    assert found.log_error == pytest.approx(controlled(one).log_error, rel=0.05)


def test_the_remaining_areas_that_are_weighed_are_ten_or_more() -> None:
    assert not synthetic(pooled(9)).known
    ten = pooled(10)
    assert synthetic(ten).known
    assert not synthetic(replace(ten, start=52 + 13 + 3)).known  # under a year of whole fours


# ---- what people see ----


def test_regression_to_the_mean_by_hand() -> None:
    target = np.array([2.0] * 10 + [np.nan] + [6.0] * 13 + [3.0] * 6)
    exposure = np.ones(30)
    exposure[0] = 0.5
    exposure[[3, 15]], target[[3, 15]] = 0, 50  # no report is behind them: they are not counted
    design = Design(target, np.zeros((0, 30)), exposure, np.zeros((0, 30)), np.zeros((30, 0)),
                    start=24, stop=30)  # fmt: skip
    found = regression_to_the_mean(design)
    assert found.seen == pytest.approx(3 / 6)
    assert found.anyway == pytest.approx(18 / 8.5 / 6)
    assert found.remaining == pytest.approx(found.seen / found.anyway)
    chosen_for_another_reason = regression_to_the_mean(replace(design, run_up=0))
    assert chosen_for_another_reason.seen == pytest.approx(3 / 6)  # still of the quarter before
    quiet = np.where(np.arange(30) < 11, 0.0, target)
    none_before = regression_to_the_mean(design.of(quiet, exposure))
    assert none_before.anyway == 0
    assert np.isnan(none_before.remaining)
    none_at_all = regression_to_the_mean(design.of(np.zeros(30), exposure))
    assert np.isnan([none_at_all.seen, none_at_all.anyway, none_at_all.remaining]).all()


def test_the_weighted_difference_by_hand() -> None:
    weeks = 40
    place = np.arange(weeks)
    target = np.where(place < 27, 10.0, 6.0)
    comparison = np.stack([np.where(place < 27, 8.0, 10.0), np.where(place < 27, 4.0, 4.0)])
    near = np.where(place < 27, 5.0, 7.0)
    there = np.ones(weeks)
    there[[20, 30]] = 0.5
    target[[20, 30]] = 5, 3
    design = Design(target, comparison, there, np.ones((2, weeks)), np.zeros((weeks, 0)),
                    start=30, stop=weeks, run_up=3)  # fmt: skip
    plain = weighted_difference(design)
    # ten weeks before the run-up against ten after; the half week is raised to a whole one
    change, error = displacement_difference((100, 60), (60, 70))
    assert change == -50
    assert plain.ratio == pytest.approx(60 / 110)
    assert plain.lower == pytest.approx(60 / (60 + 50 + 1.96 * error))
    assert plain.upper == pytest.approx(60 / (60 + 50 - 1.96 * error))
    assert (plain.prevented, plain.prevented_lower) == (50, pytest.approx(50 - 1.96 * error))
    assert plain.prevented_upper == pytest.approx(50 + 1.96 * error)
    assert plain.log_error == pytest.approx(error / 110)
    beside = [(near, np.ones(weeks)), (near, np.ones(weeks))]
    assert not weighted_difference(design, beside, 4.0).known  # nothing might have come without
    moved = weighted_difference(design, beside, 2.0)
    change, error = displacement_difference((100, 60), (60, 70), (100, 140), (120, 140), 2.0)
    assert change == -30
    assert moved.ratio == pytest.approx(60 / 90)
    assert moved.log_error == pytest.approx(error / 90)
    assert weighted_difference(design, (), 0.5).log_error == plain.log_error
    cut = np.where(np.isin(place, (31, 39)), 0.4, 1.0)  # its first or last week, of some days only
    assert weighted_difference(replace(design, inside=cut)).observed == 48
    assert not weighted_difference(replace(design, start=3)).known  # nothing before the run-up
    assert not weighted_difference(replace(design, stop=30)).known  # nothing after
    assert not weighted_difference(design.of(np.where(place < 30, target, 0), there)).known


# ---- the conclusion ----


def estimate(ratio: float, lower: float, upper: float) -> Estimate:
    return Estimate("controlled", ratio, lower, upper, 0.01, 0.1, 10, 1, *([0.0] * 4))


FELL, ROSE = estimate(0.6, 0.4, 0.999), estimate(1.6, 1.001, 2.0)
NEITHER = estimate(0.9, 0.6, 1.0)


@pytest.mark.parametrize(
    ("primary", "others", "grade", "reasons"),
    [
        (FELL, {}, "clear_support", ("interval_excludes_no_change",)),
        (ROSE, {}, "clear_against", ("interval_excludes_no_change",)),
        (NEITHER, {}, "cannot_be_determined", ("interval_includes_no_change",)),
        (estimate(1.2, 1.0, 1.4), {}, "cannot_be_determined", ("interval_includes_no_change",)),
        (FELL, {"rare": False}, "some_support", ("placebo",)),
        (FELL, {"held": "unclear"}, "some_support", ("holds_unclear",)),
        (ROSE, {"use_control": False}, "some_against", ("no_comparison",)),
        (FELL, {"held": "no"}, "cannot_be_determined", ("does_not_hold",)),
        (estimate(1.1, 0.8, 1.4), {"goal": 0.7}, "some_against", ("goal_outside_interval",)),
        (estimate(0.99, 0.8, 1.2), {"goal": 0.7}, "cannot_be_determined", None),
        (estimate(1.1, 0.7, 1.4), {"goal": 0.7}, "cannot_be_determined", None),
        (estimate(float("nan"), 0.7, 1.4), {}, "cannot_be_determined", ("no_estimate",)),
    ],
)
def test_the_grade_follows_the_rules(
    primary: Estimate, others: dict, grade: str, reasons: tuple[str, ...] | None
) -> None:
    given = {"rare": True, "held": "yes", "use_control": True, "goal": None, **others}
    found = graded(primary, (), **given)
    assert found[0] == grade
    assert reasons is None or found[1] == reasons


def test_other_choices_hold_when_all_lie_inside_and_go_the_same_way() -> None:
    def held(*ratios: float) -> str:
        return holds(FELL, tuple((str(n), estimate(r, 0, 9)) for n, r in enumerate(ratios)))

    assert held(0.5, 0.4, 0.999) == "yes"
    assert held(0.5, 0.39) == "unclear"  # half of them outside
    assert held(0.5, 0.39, 0.39) == "no"
    assert held(1.5, 0.5) == "unclear"
    assert held(1.5, 1.5, 0.5) == "no"
    assert held() == "unclear"
    unchanged = estimate(1.0, 0.5, 1.5)
    assert holds(unchanged, (("same", unchanged),)) == "yes"
    wide = estimate(0.9, 0.5, 1.5)
    turned = tuple((str(n), estimate(r, 0, 9)) for n, r in enumerate((1.0, 1.2, 0.8)))
    assert holds(wide, turned) == "no"  # inside, but two of three the other way
    assert holds(wide, turned[1:]) == "unclear"


def test_the_checks_tell_values_and_limits() -> None:
    design = made(0.5)
    found = {c.name: (c.status, c.value, c.limit) for c in evaluate(design, performed=True).checks}
    used = design.target.sum()  # the run-up too
    assert found == {
        "weeks_before": ("ok", 178, 52),
        "weeks_after": ("ok", 30, 8),
        "events": ("ok", used, 30),
        "parallel_before": ("ok", pytest.approx(parallel(design)), 0.05),
        "performed": ("ok", 1, 1),
        "reporting_changed": ("info", pytest.approx(float("nan"), nan_ok=True), 0),
        "overlapping": ("ok", 0, 0),
        "made_up_claims": ("info", pytest.approx(float("nan"), nan_ok=True), 0.05),
    }
    unknown = {c.name: (c.status, c.value) for c in evaluate(replace(design, start=13)).checks}
    for name in ("performed", "parallel_before"):
        assert unknown[name] == ("info", pytest.approx(float("nan"), nan_ok=True))
    found = {c.name: (c.status, c.value) for c in evaluate(
        design.without(0).without(0).without(0), performed=False, reporting_changed=True,
        overlapping=True).checks}  # fmt: skip
    assert found["parallel_before"][0] == "info"
    assert found["performed"] == ("failed", 0)
    assert found["reporting_changed"] == ("warning", 1)
    assert found["overlapping"] == ("failed", 1)


@pytest.mark.parametrize(("before", "events"), [(29.0, "failed"), (30.0, "ok")])
def test_thirty_events_and_a_year_before_are_enough(before: float, events: str) -> None:
    design = made()
    target = np.zeros(208)
    target[10] = before
    design = design.of(target, design.exposure)
    checks = {check.name: check.status for check in evaluate(design).checks}
    assert checks["events"] == events
    for start, status in ((52, "ok"), (51, "failed")):
        one = replace(design, start=start)
        assert {c.name: c.status for c in evaluate(one).checks}["weeks_before"] == status
        alone = replace(one.without(0).without(0).without(0), start=start + 13)
        assert {c.name: c.status for c in evaluate(alone).checks}["weeks_before"] == status
    for stop, status in ((178 + 8, "ok"), (178 + 7, "failed")):
        one = replace(design, stop=stop)
        assert {c.name: c.status for c in evaluate(one).checks}["weeks_after"] == status


def test_the_other_choices_are_those_that_are_named() -> None:
    quiet = np.arange(208) % 10 != 0
    design = made(0.7, quiet=quiet)
    asked = question(design)
    gone = np.where(quiet, design.target, np.nan)
    choices = {
        "earlier": replace(design, start=174),
        "later": replace(design, start=182),
        "without_first": replace(design, delay=4),
        "without_holidays": design.of(gone, design.exposure),
    }
    found = evaluate(design).variants
    assert [name for name, _ in found] == [
        *choices, *["without_one_area"] * 3, "without_comparison"
    ]  # fmt: skip
    for name, one in choices.items():
        assert dict(found)[name].ratio == pytest.approx(asked.estimates([(one, None)])[0].ratio)
    for area, (_, one) in enumerate(found[4:7]):
        assert one.ratio == pytest.approx(asked.estimates([(design, area)])[0].ratio)
    assert dict(found)["without_comparison"] == interrupted(design)
    assert [name for name, _ in evaluate(design.without(0).without(0)).variants] == [
        *choices, "without_comparison"
    ]  # fmt: skip
    later = evaluate(replace(design, delay=2))
    (same,) = asked.estimates([(replace(design, delay=6), None)])
    assert dict(later.variants)["without_first"].ratio == pytest.approx(same.ratio, rel=0.02)
    alone = design.without(0).without(0).without(0)
    assert evaluate(alone).placebos == len(placebo_scores(alone)[0]) == 71  # every start there is
    long = made(0.7, weeks=400)
    assert evaluate(long.without(0).without(0).without(0)).placebos == 199


@pytest.mark.parametrize("silent", ["before", "after", "comparison before"])
def test_with_nothing_on_one_side_there_is_no_estimate(silent: str) -> None:
    """By one rule for every design: no ratio, no interval, no level on a scale."""
    design = made()
    after = np.arange(208) >= design.start
    nothing = ~after if silent != "after" else after
    if silent.startswith("comparison"):
        design = replace(design, comparison=np.where(nothing, 0, design.comparison))
    else:
        design = design.of(np.where(nothing, 0, design.target), design.exposure)
    found = evaluate(design)
    assert not found.primary.known
    assert found.maryland is None
    assert (found.grade, found.reasons) == ("cannot_be_determined", ("no_estimate",))
    assert np.isnan([found.primary.ratio, found.primary.upper, found.primary.visible]).all()
    for one in (*found.ladder, *(rest for _, rest in found.variants)):
        assert one.ratio / WIDEST <= one.lower <= one.ratio <= one.upper <= one.ratio * WIDEST


def test_weeks_after_are_those_worth_of_days_and_none_is_a_reason_of_its_own() -> None:
    design = made()
    inside = np.ones(208)
    inside[[design.start, 207]] = 3 / 7
    cut = replace(design, inside=inside)
    assert cut.length_after == 28
    assert (~cut.whole).sum() == 2
    none = replace(design, inside=np.where(np.arange(208) == design.start, 0.5, 0),
                   stop=design.start + 1)  # fmt: skip
    assert evaluate(none).reasons == ("no_weeks_after",)
    assert evaluate(replace(design, start=0)).reasons == ("no_weeks_before",)


def test_a_comparison_of_no_common_week_is_none() -> None:
    assert not question(replace(made(), start=0)).usable


def test_of_months_the_other_choices_and_the_limits_are_months() -> None:
    """One month is four weeks; four months would be another insats."""
    design = replace(made(0.7, quiet=np.arange(208) % 10 != 0), step="month", run_up=0)
    found = evaluate(design)
    names = [name for name, _ in found.variants][:4]
    assert names == ["earlier_months", "later_months", "without_first_months",
                     "without_holidays_months"]  # fmt: skip
    variants, asked = dict(found.variants), question(design)
    for name, one in (
        ("earlier_months", replace(design, start=177)),
        ("later_months", replace(design, start=179)),
        ("without_first_months", replace(design, delay=1)),
    ):
        assert variants[name].ratio == pytest.approx(asked.estimates([(one, None)])[0].ratio)
    limits = {check.name: check.limit for check in found.checks}
    assert (limits["months_before"], limits["months_after"]) == (12, 2)
    assert found.ladder[0].design == "same_months"
    # the run-up that people remember is three months, not thirteen
    high = design.target[175:178].mean()
    assert found.regression.seen == pytest.approx(design.target[178:].mean() / high)
    short = evaluate(replace(design, stop=179))
    assert short.reasons == ("months_after",)
    assert evaluate(replace(design, stop=178)).reasons == ("no_months_after",)
    assert evaluate(replace(design, start=0)).reasons == ("no_months_before",)


def test_a_conclusion_is_kept_up_to_five_per_cent() -> None:
    one = evaluate(made(0.5), performed=True)

    def with_p(p: float, ratio: float = 0.5) -> Evaluation:
        return replace(one, primary=replace(one.primary, p=p, ratio=ratio))

    kept = concluded([with_p(0.05), with_p(0.05)])
    assert [each.grade for each in kept] == ["clear_support"] * 2
    lost = concluded([with_p(0.026), with_p(0.9)])
    assert [each.grade for each in lost] == ["cannot_be_determined"] * 2
    assert lost[0].reasons == ("one_of_several",)
    # a rise is a change too: one of two may be chance as well as a fall may
    for p, grade in ((0.026, "cannot_be_determined"), (0.025, "some_against")):
        rose = concluded([replace(with_p(p, 1.3), grade="some_against"), with_p(0.9)])
        assert rose[0].grade == grade


def test_a_missed_goal_is_allowed_for_among_goals() -> None:
    """The p value of no change says nothing of it: where nothing changed it is never small."""
    one = evaluate(made(0.5), performed=True)
    reasons = ("goal_outside_interval",)

    def missed(goal_p: float) -> Evaluation:
        primary = replace(one.primary, p=0.4, ratio=1.1)
        return replace(one, primary=primary, grade="some_against", reasons=reasons, goal_p=goal_p)

    without = replace(one, primary=replace(one.primary, p=0.9), goal_p=float("nan"))
    (kept, *_) = concluded([missed(0.03), without, without])
    assert (kept.grade, kept.reasons) == ("some_against", reasons)
    (lost, *_) = concluded([missed(0.03), missed(0.9)])
    assert (lost.grade, lost.reasons) == ("cannot_be_determined", ("one_of_several",))


@pytest.mark.parametrize("areas", [3, 0])
def test_the_goals_p_value_agrees_with_the_interval(areas: int) -> None:
    design = made(1.0, seed=4)
    while len(design.comparison) > areas:
        design = design.without(0)
    asked, whole = question(design), evaluate(design, goal=0.7)
    primary = whole.primary
    for goal, sure in ((0.999 * primary.lower, True), (1.001 * primary.lower, False)):
        assert (_goal_p(asked, primary, goal) < 0.05) == sure
    assert _goal_p(asked, primary, primary.lower) == pytest.approx(0.05)
    assert _goal_p(asked, primary, 2 * primary.ratio) == 1  # one that was reached is not missed
    for goal in (None, 0.0):
        assert np.isnan(_goal_p(asked, primary, goal))
    assert whole.goal_p == _goal_p(asked, primary, 0.7)
