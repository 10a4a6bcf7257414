"""What is usual: the model's parts against independent computations, and its behaviour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from est_analysis.expected import expected_counts, predictive
from est_analysis.expected.level import FIRST_KNOWLEDGE, follow
from est_analysis.expected.profile import _fit, _trend, fit_profiles
from est_analysis.yearly import season_terms, yearly_terms

WEEKS = pd.date_range("2020-12-28", periods=5 * 52 + 30, freq="7D")


def terms(steps, **others):
    return yearly_terms(WEEKS[:steps], **others)


# ---- the distribution of a count to come ----


@pytest.mark.parametrize("mean", [0.05, 0.7, 3.0, 40.0, 900.0])
@pytest.mark.parametrize("phi", [1.0, 1.2, 4.0])
def test_probabilities_and_bounds_equal_scipys(mean, phi):
    k = np.arange(0, int(mean * 4) + 20)
    variance = mean * phi
    if phi == 1:
        other = stats.poisson(mean)
    else:
        other = stats.nbinom(mean**2 / (variance - mean), 1 / phi)
    np.testing.assert_allclose(predictive.cumulative(k, mean, variance), other.cdf(k), rtol=1e-9)
    np.testing.assert_allclose(
        predictive.exceedance(k, mean, variance), other.sf(k - 1), rtol=1e-6, atol=1e-12
    )
    for level in (0.01, 0.5, 0.9, 0.99, 0.9999):
        assert predictive.upper_bound(level, mean, variance) == other.ppf(level)


def test_an_interval_of_whole_counts_holds_its_level_on_average():
    means = np.linspace(2, 60, 4000)
    for level in (0.5, 0.8, 0.95):
        lower, upper = predictive.interval(level, means, 1.5 * means)
        held = predictive.attained(lower, upper, means, 1.5 * means)
        assert held.mean() == pytest.approx(level, abs=0.006)


def test_what_is_unknown_stays_unknown():
    assert np.isnan(predictive.upper_bound(0.99, [np.nan], [np.nan])).all()
    assert np.isnan(predictive.cumulative([1.0], [np.nan], [np.nan])).all()


# ---- the year's shape ----


def test_without_priors_the_fit_is_statsmodels_quasi_poisson():
    import statsmodels.api as sm

    steps = 200
    rng = np.random.default_rng(11)
    season = season_terms(WEEKS[:steps])
    design = np.concatenate([season, _trend(steps, 52.18, ())[:, :2]], axis=1)
    exposure = rng.uniform(0.5, 1, (1, steps))
    counts = rng.poisson(exposure * np.exp(2.5 + 0.4 * season[:, 0])).astype(float)
    wide = np.full(design.shape[1], 1e4)
    beta, covariance, phi = _fit(counts, exposure, design, np.zeros((1, len(wide))), wide)
    other = sm.GLM(counts[0], design, family=sm.families.Poisson(), offset=np.log(exposure[0])).fit(
        scale="X2"
    )
    quiet = np.abs(other.resid_anscombe / np.sqrt(other.scale)) < 2.58
    assert quiet.all()  # else weights would make the two differ, and rightly so
    np.testing.assert_allclose(beta[0], other.params, atol=1e-6)
    np.testing.assert_allclose(phi[0], other.scale, rtol=1e-3)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance[0])), other.bse, rtol=2e-3)


def shaped(rate, effect, steps=260, seed=1, **others):
    """Counts with Easter weeks `effect` times as high as others."""
    calendar = terms(steps, **others)
    easter = calendar.calendar[:, calendar.families.index("easter")]
    mean = rate * np.exp(np.log(effect) * easter + 0.3 * calendar.season[:, 0])
    return np.random.default_rng(seed).poisson(mean, (1, steps)).astype(float), calendar


def test_easter_is_found_where_it_stands_each_year():
    counts, calendar = shaped(400, 1.6)
    found = fit_profiles(counts, np.ones_like(counts), calendar.season, calendar.calendar, 52.18)
    effect = found.calendar[0, calendar.families.index("easter")]
    spread = found.calendar_sd[0, calendar.families.index("easter")]
    assert spread < 0.06
    assert effect == pytest.approx(np.log(1.6), abs=3 * spread)
    others = np.delete(found.calendar[0], calendar.families.index("easter"))
    assert np.abs(others).max() < 0.15


def test_the_week_of_easter_is_expected_to_be_high_next_year():
    counts, _ = shaped(60, 1.6)
    ahead = terms(290)
    found = expected_counts(counts, np.ones_like(counts), ahead, np.zeros(1, dtype=np.intp))
    coming = pd.Series(found.mean[0], WEEKS[260:290])
    easter, before = coming["2026-03-30"], coming["2026-03-16"]
    assert 1.2 < easter / before < 1.7
    assert coming["2026-04-13"] / before < 1.15  # the week where it stood the year before


def test_a_small_category_has_the_shape_of_its_actor():
    wave = np.exp(0.6 * season_terms(WEEKS[:208])[:, 0])
    rng = np.random.default_rng(5)
    counts = rng.poisson(np.array([[30.0], [0.15]]) * wave).astype(float)
    calendar = terms(208)
    found = fit_profiles(counts, np.ones_like(counts), calendar.season, calendar.calendar, 52.18)
    high, low = found.shape[1, 0:4].mean(), found.shape[1, 24:28].mean()
    assert high - low == pytest.approx(1.2, abs=0.45)
    assert counts[1].sum() < 50  # so few that they alone could not tell


def test_less_than_a_year_and_a_half_gives_no_shape():
    counts = np.random.default_rng(1).poisson(9, (1, 70)).astype(float)
    calendar = terms(70)
    found = fit_profiles(counts, np.ones_like(counts), calendar.season, calendar.calendar, 52.18)
    assert not found.shape.any()
    assert not found.covariance.any()


# ---- the level ----


def test_a_level_that_stands_still_is_the_conjugate_posterior():
    rng = np.random.default_rng(2)
    usual = rng.uniform(0.2, 1.5, (4, 50))
    counts = rng.poisson(3 * usual).astype(float)
    found = follow(counts, usual, np.full(4, 2.0), np.ones(4), np.zeros(4))
    events = FIRST_KNOWLEDGE + counts.sum(axis=1)
    np.testing.assert_allclose(
        found.level[:, -1], events / (FIRST_KNOWLEDGE / 2.0 + usual.sum(axis=1)), rtol=1e-12
    )
    np.testing.assert_allclose(found.relative_variance[:, -1], 1 / events, rtol=1e-12)


def test_weeks_not_reported_leave_the_level_and_widen_it():
    counts = np.full((2, 60), 4.0)
    counts[1, 50:] = np.nan
    found = follow(counts, np.ones((2, 60)), np.full(2, 4.0), np.ones(2), np.full(2, 0.05))
    assert found.level[1, -1] == found.level[1, 50]
    assert found.relative_variance[1, -1] > found.relative_variance[0, -1]
    zeros = np.where(np.isnan(counts), 0, counts)
    after = follow(zeros, np.ones((2, 60)), np.full(2, 4.0), np.ones(2), np.full(2, 0.05))
    assert after.level[1, -1] < 3  # as zeros they would have pulled it down


def test_after_a_break_the_level_is_learnt_anew():
    counts = np.concatenate([np.full((1, 60), 20.0), np.full((1, 8), 6.0)], axis=1)
    edges = np.zeros_like(counts, dtype=bool)
    edges[0, 60] = True
    same = (np.ones_like(counts), np.full(1, 20.0), np.ones(1), np.full(1, 0.01))
    assert follow(counts, *same, edges).level[0, -1] < 8
    assert follow(counts, *same).level[0, -1] > 14


def test_the_variance_of_a_sum_is_that_of_a_level_that_walks_and_an_uncertain_shape():
    counts = np.random.default_rng(8).poisson(30, (1, 156)).astype(float)
    found = expected_counts(counts, np.ones_like(counts), terms(173), np.zeros(1, dtype=np.intp))
    mean, variance = found.total()
    rng = np.random.default_rng(9)
    runs = 40_000
    start = np.sqrt(found.relative[0]) * rng.standard_normal(runs)
    steps = found.drift[0] * rng.standard_normal((runs, 16))
    level = 1 + np.concatenate([start[:, None], start[:, None] + steps.cumsum(axis=1)], axis=1)
    shape = rng.multivariate_normal(
        np.zeros(found.terms.shape[1]), found.profile.covariance[0], size=runs
    )
    level = level + shape @ found.terms.T
    sums = (found.mean[0] * level).sum(axis=1)
    assert mean[0] == pytest.approx(sums.mean(), rel=0.003)
    assert variance[0] == pytest.approx(sums.var() + found.chance[0] * mean[0], rel=0.02)


# ---- all of it ----


def test_half_the_reporting_is_not_half_the_events():
    rng = np.random.default_rng(4)
    exposure = np.ones((1, 156))
    exposure[0, 100:] = 0.5
    counts = rng.poisson(20 * exposure).astype(float)
    found = expected_counts(counts, exposure, terms(157), np.zeros(1, dtype=np.intp))
    assert found.mean[0, 0] == pytest.approx(20, rel=0.15)


def test_counts_that_vary_less_than_chance_do_not_break_it():
    counts = np.full((3, 156), 7.0)
    found = expected_counts(counts, np.ones_like(counts), terms(160), np.zeros(3, dtype=np.intp))
    assert found.profile.dispersion[0] < 0.2
    assert (found.chance >= 1).all()
    np.testing.assert_allclose(found.mean, 7, rtol=0.01)
    assert np.isfinite(found.interval()[1]).all()


def test_an_outbreak_last_year_hardly_raises_what_is_expected():
    """Twelve times the usual for a month, a year before the weeks that are judged."""
    ratios = []
    for seed in range(10):
        counts = np.random.default_rng(seed).poisson(5, (1, 208)).astype(float)
        sick = counts.copy()
        sick[0, 156:160] = 60
        plain, after = (
            expected_counts(y, np.ones_like(y), terms(212), np.zeros(1, dtype=np.intp)).mean[0]
            for y in (counts, sick)
        )
        ratios.append((after / plain).mean())
    assert 0.85 < np.mean(ratios) < 1.15
    assert max(ratios) < 1.35  # a model that takes it for season says 2 and more


def test_too_short_a_history_expects_nothing():
    counts = np.full((2, 40), 3.0)
    counts[1, :20] = np.nan
    found = expected_counts(counts, np.ones_like(counts), terms(44), np.zeros(2, dtype=np.intp))
    assert found.known.tolist() == [True, False]
    assert np.isnan(found.mean[1]).all()
    assert np.isnan(found.interval()[0][1]).all()


def test_intervals_hold_their_level_in_made_up_worlds():
    """200 series whose level walks, with season and clusters; 17 weeks ahead, unseen."""
    rng = np.random.default_rng(11)
    steps, ahead = 208, 17
    calendar = terms(steps + ahead)
    shape = np.exp(0.3 * calendar.season[:, 0])
    level = np.exp(np.log(8) + (0.02 * rng.standard_normal((200, steps + ahead))).cumsum(axis=1))
    mean = level * shape
    counts = rng.poisson(rng.gamma(mean / 0.5) * 0.5).astype(float)  # variance 1.5 times the mean
    found = expected_counts(
        counts[:, :steps], np.ones((200, steps)), calendar, np.zeros(200, dtype=np.intp)
    )
    for level_, low, high in ((0.8, 0.77, 0.83), (0.95, 0.935, 0.965)):
        lower, upper = found.interval(level_)
        inside = (counts[:, steps:] >= lower) & (counts[:, steps:] <= upper)
        assert low < inside.mean() < high
    assert found.chance[0] == pytest.approx(1.5, abs=0.1)
    assert found.drift[0] == pytest.approx(0.02, abs=0.01)


def test_calling_twice_gives_the_same_and_changes_nothing():
    counts = np.random.default_rng(1).poisson(3, (5, 120)).astype(float)
    counts[2, 7] = np.nan
    kept = counts.copy()
    exposure = np.ones_like(counts)
    first, second = (
        expected_counts(counts, exposure, terms(125), np.zeros(5, dtype=np.intp)) for _ in range(2)
    )
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(counts, kept)


def test_no_series_at_all_is_no_fault():
    nothing = np.zeros((0, 60))
    found = expected_counts(nothing, nothing, terms(64), np.zeros(0, dtype=np.intp))
    assert found.mean.shape == (0, 4)
    assert found.total()[0].shape == (0,)
