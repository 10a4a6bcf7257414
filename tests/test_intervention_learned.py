"""The primary controlled design: against R, against loops, and where it must and must not claim."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_intervention import made

from est_analysis.intervention import Design, evaluate
from est_analysis.intervention.estimates import controlled, extrapolated, interrupted
from est_analysis.intervention.lanes import Areas, Lanes, joined, lanes_of, silent
from est_analysis.intervention.learned import SETTINGS, learn, posterior, prior, tail, within_blocks
from est_analysis.intervention.made_up import MadeUp, made_up_in
from est_analysis.intervention.shares import question
from est_analysis.intervention.wander import Settings, fitted
from est_analysis.yearly import season_terms

REFERENCE = Path(__file__).parent / "reference" / "intervention"


def areas_of(design: Design) -> Areas:
    return Areas(
        np.vstack([design.target[None], design.comparison]),
        np.vstack([design.exposure[None], design.comparison_exposure]),
    )


# ---- against R, and written-out loops ----


def test_every_setting_is_rs_dense_regression() -> None:
    series = pd.read_csv(REFERENCE / "shares.csv")
    column = {name: series[name].to_numpy(float)[None] for name in series}
    lane = Lanes(
        column["count"], column["total"], column["offset"], column["after"], column["time"],
        np.stack([column[name] for name in ("w1", "w2", "w3", "w4", "years")], axis=2),
    )  # fmt: skip
    expected = pd.read_csv(REFERENCE / "learned.csv")
    for (tried, phi), rows in expected.groupby(["tried", "phi"]):
        wander = rows[["sd", "life"]].drop_duplicates().to_numpy()
        slow = rows[["season", "slope"]].drop_duplicates().to_numpy()
        found = fitted(lane, np.array([tried]), phi, Settings(wander, slow), step=True)
        assert found.freedom[0] == len(series) - 2
        for name in ("effect", "variance", "squares", "log_volume"):
            values = getattr(found, name)[0].ravel()
            np.testing.assert_allclose(values, rows[name], rtol=2e-6, err_msg=name)


def test_lanes_of_different_length_do_not_change_each_other() -> None:
    design = made(0.8, seed=2)
    one = lanes_of(design, areas_of(design), 178, 208)
    short = lanes_of(design, areas_of(design), 100, 126)
    both = joined([one, short])
    for step in (True, False):
        alone = [fitted(part, np.zeros(4), 1.3, SETTINGS, step) for part in (one, short)]
        found = fitted(both, np.zeros(8), 1.3, SETTINGS, step)
        for name in ("effect", "variance", "squares", "log_volume", "freedom"):
            if name in ("effect", "variance") and not step:
                continue
            parts = np.concatenate([getattr(part, name) for part in alone])
            np.testing.assert_allclose(getattr(found, name), parts, rtol=1e-7, err_msg=name)


@pytest.mark.parametrize(("start", "delay"), [(30, 0), (31, 3), (3, 0)])
def test_blocks_are_four_weeks_counted_from_the_start(start: int, delay: int) -> None:
    design = replace(made(weeks=60), delay=delay)
    gone = design.target.copy()
    gone[10:15] = np.nan
    design = design.of(gone, np.where(np.isnan(gone), 0.0, 1.0))
    lanes = lanes_of(design, areas_of(design), start, 50)
    rest = design.comparison.sum(axis=0)
    expected = []
    for begin in range(start - 4 * -(-start // 4), start, 4):
        expected.append((0, [w for w in range(max(begin, 0), begin + 4)]))
    for begin in range(start + delay, 50, 4):
        expected.append((1, [w for w in range(begin, min(begin + 4, 50))]))
    assert lanes.count.shape == (4, len(expected))
    for place, (after, weeks) in enumerate(expected):
        told = [week for week in weeks if not np.isnan(gone[week])]
        assert lanes.after[0, place] == after
        assert lanes.count[0, place] == gone[told].sum()
        total = gone[told] + rest[told]
        assert lanes.total[0, place] == total.sum()
        if told:
            middle = np.average(np.array(told) - start, weights=total) / 52
            assert lanes.time[0, place] == pytest.approx(middle)
            waves = (design.season[told] * total[:, None]).sum(axis=0) / total.sum()
            np.testing.assert_allclose(lanes.yearly[0, place], [*waves, middle])
    assert lanes.used[0].sum() == sum(any(not np.isnan(gone[w]) for w in ws) for _, ws in expected)


def test_an_area_against_the_rest_by_loops() -> None:
    rng = np.random.default_rng(2)
    counts = rng.poisson(6, (4, 20)).astype(float)
    exposure = np.round(rng.uniform(0.3, 1, (4, 20)), 2)
    counts[1, 3], exposure[2, 5] = np.nan, 0
    counts[:, 9] = np.nan
    counts[1:, 11] = np.nan
    own, total, offset = Areas(counts, exposure).against_the_rest()
    there = np.where(np.isnan(counts), 0, exposure)
    rate = [np.nansum(counts[a] * (there[a] > 0)) / there[a].sum() for a in range(4)]
    for area in range(4):
        for step in range(20):
            others = [b for b in range(4) if b != area]
            share = sum(rate[b] * there[b, step] for b in others) / sum(rate[b] for b in others)
            if there[area, step] == 0 or share == 0:
                assert own[area, step] == total[area, step] == offset[area, step] == 0
                continue
            told = [b for b in range(4) if there[b, step] > 0]
            assert total[area, step] == sum(counts[b, step] for b in told)
            assert offset[area, step] == pytest.approx(np.log(there[area, step] / share))


def test_the_overdispersion_within_blocks_by_loops() -> None:
    rng = np.random.default_rng(3)
    y, n = rng.binomial(30, 0.3, (2, 22)).astype(float), np.full((2, 22), 30.0)
    y[0] *= rng.integers(0, 3, 22)
    y, n[1, 5] = np.minimum(y, 30), 0
    squares = []
    for area in range(2):
        for block in range(5):
            part = slice(4 * block, 4 * block + 4)
            if (n[area, part] == 0).any():
                continue
            share = (y[area, part].sum() + 0.01) / (n[area, part].sum() + 0.02)
            squares += list((y[area, part] - 30 * share) ** 2 / (30 * share * (1 - share)) / 3 * 4)
    assert within_blocks(y, n) == pytest.approx(np.mean(squares))
    assert within_blocks(y[:0], n[:0]) == within_blocks(y[:, :3], n[:, :3]) == 1
    assert within_blocks(np.full((1, 8), 3.0), np.full((1, 8), 9.0)) == 1
    assert within_blocks(np.array([[0.0, 50, 0, 50]]), np.full((1, 4), 50.0)) == 6


# ---- what is learned ----


def walking(size: float, seed: int = 1, areas: int = 8) -> Design:
    """Areas whose levels walk apart, by so much a week."""
    rng = np.random.default_rng(seed)
    base = made(weeks=260)
    mean = 20 * np.exp(np.cumsum(size * rng.standard_normal((areas, 260)), axis=1))
    counts = rng.poisson(mean).astype(float)
    return replace(
        base, target=counts[0], comparison=counts[1:], comparison_exposure=np.ones((areas - 1, 260))
    )


def test_the_wander_is_learned_from_the_other_areas() -> None:
    assert prior().sum() == pytest.approx(1)
    none, some = (question(walking(size)).learned for size in (0.0, 0.05))
    assert [none.weight.sum(), some.weight.sum()] == pytest.approx([1, 1])
    assert none.weight[0].sum() > 0.6 > 0.3 > some.weight[0].sum()
    wide = [question(walking(size)).estimate().log_error for size in (0.0, 0.05)]
    assert wide[1] > 2 * wide[0]
    alone = walking(0.05).without(0)
    while len(alone.comparison) > 1:
        alone = alone.without(0)
    np.testing.assert_array_equal(question(alone).learned.weight, prior())  # one says nothing


def test_the_settings_weights_are_prior_times_likelihood() -> None:
    design = walking(0.03)
    lanes = lanes_of(design, areas_of(design), design.start, design.stop)
    found = fitted(lanes, np.zeros(8), 1.5, SETTINGS, step=False)
    weight = posterior(found, prior(), 1.2, 7.0)
    for lane in range(2):
        log = np.log(prior()) - 0.5 * found.log_volume[lane]
        log -= 0.5 * (7 + found.freedom[lane]) * np.log(7 * 1.2 + found.squares[lane])
        np.testing.assert_allclose(weight[lane], np.exp(log - np.logaddexp.reduce(log.ravel())))
    told = learn(lanes, 1.5)
    each = posterior(found, prior(), 1.5, 2.0)
    np.testing.assert_allclose(told.weight, (3 * prior() + each.sum(axis=0)) / 11)
    phi = (each * found.squares).sum() / found.freedom.sum()
    assert told.phi == pytest.approx(max(phi, 1))


def test_the_score_averages_ts_over_the_settings() -> None:
    design = made(0.7, seed=5)
    told = question(design).learned
    lane = lanes_of(design, areas_of(design), 178, 208).taken(np.array([0]))
    found = fitted(lane, np.array([-0.2]), told.measured, SETTINGS, step=True)
    weight = posterior(found, told.weight, told.phi, told.freedom)[0]
    freedom = told.freedom + found.freedom[0]
    below = 0.0
    for place in np.ndindex(SETTINGS.shape):
        phi = max((told.freedom * told.phi + found.squares[0][place]) / freedom, 1)
        error = np.sqrt(found.variance[0][place] * phi)
        below += weight[place] * stats.t.cdf(-found.effect[0][place] / error, freedom)
    assert tail(lane, np.array([-0.2]), told).score[0] == pytest.approx(stats.norm.ppf(below))


@pytest.mark.parametrize("level", [0.5, 8, 80])
def test_the_interval_is_where_the_score_says(level: float) -> None:
    for seed in range(4):
        asked = question(made(0.75, seed=seed, level=level))
        found = asked.estimate()
        for ratio, quantile in ((found.lower, -1.96), (found.ratio, 0), (found.upper, 1.96)):
            assert asked.score(np.log(ratio)) == pytest.approx(quantile, abs=1e-4)
        assert found.p == pytest.approx(2 * stats.norm.sf(abs(asked.score(0.0))))
        assert (found.p < 0.05) == (not found.lower < 1 < found.upper)


# ---- the areas that are compared ----


def test_an_area_that_falls_silent_is_left_out() -> None:
    design = made(1.0, seed=3)
    gone = design.comparison.copy()
    gone[1, design.start :] = 0
    broken = replace(design, comparison=gone)
    found = evaluate(broken, performed=True)
    assert found.left_out == (1,)
    assert found.primary.lower < 1 < found.primary.upper
    assert controlled(broken).lower > 1  # which takes the silence for a rise
    without = evaluate(design.without(1))
    assert found.primary.ratio == pytest.approx(without.primary.ratio)
    assert evaluate(design).left_out == ()


@pytest.mark.parametrize(
    ("usual", "left", "seen"), [(2.6, 0, True), (2.6, 3, False), (2.3, 0, False)]
)
def test_a_silence_is_a_tenth_of_twenty_incidents(usual: float, left: float, seen: bool) -> None:
    counts = np.full((2, 500), usual)
    counts[1, 200:208] = 0
    counts[1, 203] = left
    assert silent(Areas(counts, np.ones((2, 500))), 8).tolist() == [False, seen]
    away = np.ones((2, 500))
    away[1, 200:208] = 0  # what was not reported is no silence
    assert not silent(Areas(counts, away), 8).any()
    assert not silent(Areas(counts[:, :5], away[:, :5]), 8).any()


def test_all_remaining_areas_are_compared_with_where_they_are_known() -> None:
    design = made(0.7, seed=4)
    rng = np.random.default_rng(1)
    pool = np.vstack([design.comparison, rng.poisson(8, (5, 208))])
    whole = replace(design, pool=pool, pool_exposure=np.ones_like(pool))
    same = replace(design, comparison=pool, comparison_exposure=np.ones_like(pool))
    assert question(whole).estimate() == question(same).estimate()
    assert question(whole).largest(3) == sorted(np.argsort(-pool.sum(axis=1))[:3])
    assert question(made().without(0).without(0)).largest(3) == []


# ---- insatser that never were ----


def test_made_up_insatser_are_those_that_are_judged_alike() -> None:
    design = made(1.0, seed=6, weeks=260, delay=2)
    areas = Areas(design.comparison, design.comparison_exposure)
    told = question(design).learned
    found = made_up_in(design, areas, told)
    starts = list(range(design.start, 51, -30))
    assert len(found.score) == 3 * len(starts)
    assert found.now.tolist() == [True] * 3 + [False] * (3 * len(starts) - 3)
    for number, start in enumerate(starts):
        for area in range(3):
            counts = design.comparison[area]
            one = replace(
                design.without(area), target=counts, start=start, stop=start + 30
            )  # fmt: skip
            lane = lanes_of(one, areas_of(one), start, start + 30).taken(np.array([0]))
            score = tail(lane, np.zeros(1), told).score[0]
            assert found.score[3 * number + area] == pytest.approx(score)
            peak = counts[start - 13 : start].mean() / counts[: start - 13].mean()
            assert found.peak[3 * number + area] == pytest.approx(peak)


def test_the_errors_are_widened_by_what_the_made_up_show() -> None:
    now = np.zeros(40, dtype=bool)
    calm = MadeUp(np.full(40, 0.5), np.linspace(0.5, 1.5, 40), now, 5)
    assert calm.scale == 1
    wild = replace(calm, score=np.tile([3.0, -3, 0.2, 9], 10))
    assert wild.scale == pytest.approx(np.sqrt((20 + 10 * (9 + 9 + 0.04 + 16)) / 60))
    rest = np.sqrt((20 + 10 * (9 + 9 + 0.04 + 16) - 9) / 59)
    assert wild.calibrated[0] == pytest.approx(3 / rest)
    told = wild.claims(on_peak=False)
    assert told.number == 32  # of five areas, each other's comparison
    assert told.share == np.mean(np.abs(wild.calibrated) > 1.96)
    exact = stats.binomtest(8, 32).proportion_ci()  # Clopper and Pearson, as scipy has it
    assert told.share == 0.25
    assert (told.lower, told.upper) == pytest.approx((exact.low, exact.high))
    peaks = wild.claims(on_peak=True)
    assert peaks.number == pytest.approx(10 * 0.8)
    assert not peaks.enough
    assert np.isnan(peaks.shown)
    assert not MadeUp(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), 1).claims(True).enough


def test_a_method_that_claims_too_often_here_is_never_clear() -> None:
    rng = np.random.default_rng(8)
    base = made(0.4, seed=1, weeks=470)
    pool = rng.poisson(9, (12, 470)).astype(float)
    calm = replace(base, pool=pool, pool_exposure=np.ones_like(pool))
    found = evaluate(calm, performed=True)
    assert found.claims.enough
    assert found.grade.endswith("_support")
    for start in range(80, 441, 30):  # jumps, back and forth, wherever a made-up one would begin
        pool[:, start - 8 : start + 22] *= rng.choice([0.25, 1, 4], (12, 1))
    jumpy = evaluate(replace(calm, pool=pool), performed=True)
    assert jumpy.primary.log_error > 2 * found.primary.log_error


# ---- where it must claim, and must not ----


def test_a_season_of_its_own_does_not_hide_a_fall() -> None:
    """Season ± 50 % in the target, none in the comparison: an early design found one of eight."""
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        base = made(weeks=240)
        waves = season_terms(pd.date_range("2020-01-06", periods=240, freq="7D"))
        mean = 20 * np.exp(np.stack([0.5 * waves[:, 0], *np.zeros((3, 240))]))
        start = 240 - 26 - int(rng.integers(52))
        mean[0, start : start + 26] *= 0.7
        counts = rng.poisson(mean).astype(float)
        found.append(question(replace(
            base, target=counts[0], comparison=counts[1:], comparison_exposure=np.ones((3, 240)),
            start=start, stop=start + 26,
        )).estimate())  # fmt: skip
    assert np.mean([one.upper < 1 for one in found]) > 0.9
    assert np.mean([one.lower < 0.7 < one.upper for one in found]) > 0.8


@pytest.mark.slow
def test_levels_that_walk_are_not_taken_for_effects() -> None:
    claims = {"learned": 0, "controlled": 0}
    for seed in range(150):
        design = walking(0.03, seed, areas=4)
        claims["learned"] += question(design).estimate().p < 0.05
        claims["controlled"] += controlled(design).p < 0.05
    assert claims["learned"] <= 16  # 5 % and three Monte Carlo errors
    assert claims["controlled"] > 2 * claims["learned"]


def test_a_fall_is_not_drawn_from_above_what_was_seen() -> None:
    weeks = np.arange(300)
    rng = np.random.default_rng(2)
    mean = np.where(weeks < 270, 10 * np.exp(0.006 * weeks), 41.0)  # it grew, then it did not
    base = made(weeks=300)
    design = replace(base, target=rng.poisson(mean).astype(float)).without(0).without(0).without(0)
    found = evaluate(design, performed=True)
    assert found.primary.upper < 1
    assert extrapolated(design, found.primary) > 1
    assert (found.grade, found.reasons[0]) == ("cannot_be_determined", "extrapolation")
    assert "without_trend" in [name for name, _ in found.variants]
    low = design.of(np.where(weeks < 270, design.target, 5), design.exposure)
    fell = evaluate(low, performed=True)  # less than ever was: no drawing on is needed
    assert extrapolated(low, interrupted(low)) <= 1
    assert fell.grade == "some_support"
