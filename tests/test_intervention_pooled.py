"""The actors' answers together: what is gained when they are independent, and not when they echo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from test_intervention import made

from est_analysis.evaluations.together import Together, concluded_together, together
from est_analysis.intervention import Estimate, evaluate
from est_analysis.intervention.pooled import NOT_KNOWN, correlation, pooled
from est_analysis.intervention.shares import question


def with_shared(share: float, seed: int) -> list:
    """Two actors who both see a share of each other's incidents."""
    rng = np.random.default_rng(seed)
    base = made(1.0, seed=seed, weeks=260)
    both = rng.poisson(8 * share, (4, 260))
    actors = []
    for _ in range(2):
        counts = (rng.poisson(8 * (1 - share), (4, 260)) + both).astype(float)
        actors.append(replace(base, target=counts[0], comparison=counts[1:]))
    return [question(actor) for actor in actors]


def test_one_actor_is_not_pooled() -> None:
    asked = question(made(0.7))
    alone = made(0.7).without(0).without(0).without(0)
    assert pooled([asked]) is None
    assert pooled([asked, question(alone)]) is None  # nothing to compare with
    silent = made(0.7)
    silent = silent.of(np.where(np.arange(208) >= 178, 0, silent.target), silent.exposure)
    assert pooled([asked, question(silent)]) is None  # no estimate


def test_independent_actors_tell_more_and_an_echo_tells_no_more() -> None:
    one, other = question(made(0.7, seed=5)), question(made(0.7, seed=6))
    two = pooled([one, other])
    assert two is not None
    own = one.estimate()
    assert two.estimate.log_error < 0.85 * own.log_error
    assert two.estimate.lower < 0.7 < two.estimate.upper
    assert two.differ_p > 0.05
    echo = pooled([one, one])
    assert echo is not None
    assert echo.correlation[0, 1] == 0.95
    assert echo.estimate.ratio == pytest.approx(own.ratio, rel=1e-4)
    assert echo.estimate.log_error > 0.95 * own.log_error


def test_the_pooled_answer_is_the_weighed_sum_of_scores() -> None:
    asked = [question(made(0.75, seed=seed, level=level)) for seed, level in ((1, 4), (2, 15))]
    found = pooled(asked)
    assert found is not None
    own = [one.estimate() for one in asked]
    weight = np.array([2 * 1.959964 / np.log(one.upper / one.lower) for one in own])
    size = np.sqrt(weight @ found.correlation @ weight)
    for ratio, wanted in ((found.estimate.lower, -1.96), (found.estimate.ratio, 0),
                          (found.estimate.upper, 1.96)):  # fmt: skip
        scores = np.array([one.score(np.log(ratio)) for one in asked])
        assert weight @ scores / size == pytest.approx(wanted, abs=1e-4)
    none = weight @ [one.score(0.0) for one in asked] / size
    assert found.estimate.p == pytest.approx(2 * stats.norm.sf(abs(none)), rel=1e-5)
    assert found.estimate.observed == sum(one.observed for one in own)


def test_shared_incidents_are_seen_as_such() -> None:
    for share in (0.0, 0.3):
        found = [correlation(with_shared(share, seed))[0, 1] for seed in range(8)]
        assert abs(np.mean(found) - share) < 0.08
    weeks = question(made(0.7))
    months = question(replace(made(0.7, seed=2), step="month"))
    np.testing.assert_allclose(correlation([weeks, months]), [[1, NOT_KNOWN], [NOT_KNOWN, 1]])


def test_changes_that_are_not_one_are_told_apart() -> None:
    asked = [question(made(ratio, seed=3, level=25)) for ratio in (0.4, 1.5)]
    found = pooled(asked)
    assert found is not None
    assert found.differ_p < 0.001
    own = [one.estimate() for one in asked]
    logs = np.log([one.ratio for one in own])
    errors = np.array([np.log(one.upper / one.lower) / 2 / 1.959964 for one in own])
    # of two, Cochran's Q is the square of their difference over its error
    covariance = errors[0] * errors[1] * found.correlation[0, 1]
    square = (logs[0] - logs[1]) ** 2 / (errors[0] ** 2 + errors[1] ** 2 - 2 * covariance)
    assert found.differ_p == pytest.approx(stats.chi2.sf(square, 1), rel=1e-6)


# ---- the conclusion of them together ----


def test_the_conclusion_together_follows_the_same_rules() -> None:
    one, other = (evaluate(made(0.65, seed=seed), performed=True) for seed in (5, 6))
    found = together([("a", one), ("b", other)])
    assert found is not None
    assert found.actors == ("a", "b")
    assert found.grade == "clear_support"
    stopped = evaluate(made(0.65, seed=6), performed=True, overlapping=True)
    found = together([("a", one), ("b", stopped)])
    assert found is not None
    assert (found.grade, found.reasons) == ("cannot_be_determined", ("overlapping",))
    short = made(0.65, seed=6)
    few = evaluate(replace(short, stop=short.start + 5), performed=True)
    assert together([("a", one), ("b", few)]) is None  # one is left
    rose = evaluate(made(1.5, seed=6, level=60), performed=True)
    apart = together([("a", one), ("b", rose)])
    assert apart is not None
    assert "actors_differ" in apart.reasons
    assert not apart.grade.startswith("clear")


def test_an_actor_without_comparison_is_not_among_them() -> None:
    one, other = (evaluate(made(0.65, seed=seed), performed=True) for seed in (5, 6))
    alone = evaluate(made(0.65, seed=7).without(0).without(0).without(0), performed=True)
    assert alone.primary.known
    found = together([("a", one), ("b", alone), ("c", other)])
    assert found is not None
    assert found.actors == ("a", "c")
    assert found.estimate == together([("a", one), ("c", other)]).estimate  # type: ignore[union-attr]
    assert together([("a", one), ("b", alone)]) is None


def test_together_it_must_hold_under_the_same_other_choices() -> None:
    one, other = (evaluate(made(0.65, seed=seed), performed=True) for seed in (5, 6))
    assert (one.holds, other.holds) == ("yes", "yes")
    weak = {name: replace(found, ratio=1.1) for name, found in one.variants[:1]}
    doubted = replace(one, variants=(*weak.items(), *one.variants[1:]))
    found = together([("a", doubted), ("b", other)])
    assert found is not None
    assert found.estimate.upper < np.sqrt(1.1 * dict(other.variants)["earlier"].ratio)
    assert (found.grade, found.reasons) == ("some_support", ("holds_unclear",))
    turned = [
        replace(own, variants=tuple((n, replace(e, ratio=1.1)) for n, e in own.variants))
        for own in (one, other)
    ]
    found = together([("a", turned[0]), ("b", turned[1])])
    assert found is not None
    assert (found.grade, found.reasons) == ("cannot_be_determined", ("does_not_hold",))


def test_a_choice_that_one_actor_has_not_is_tried_with_its_own_answer() -> None:
    one, other = (evaluate(made(0.65, seed=seed), performed=True) for seed in (5, 6))
    found = together([("a", one), ("b", replace(other, variants=()))])
    assert found is not None
    assert found.grade == "clear_support"
    far = tuple((name, replace(estimate, ratio=9.0)) for name, estimate in one.variants)
    found = together([("a", replace(one, variants=far)), ("b", replace(other, variants=()))])
    assert found is not None
    assert found.reasons == ("does_not_hold",)


def test_several_insatser_are_allowed_for_together() -> None:
    def answer(p: float, grade: str) -> Together:
        estimate = Estimate("pooled", 0.7, 0.5, 0.9, p, *([0.1] * 8))
        return Together(("a", "b"), estimate, 0.0, grade, ("interval_excludes_no_change",))

    kept = concluded_together([answer(0.05, "clear_support"), None, answer(0.04, "some_support")])
    assert [one and one.grade for one in kept] == ["clear_support", None, "some_support"]
    lost = concluded_together([answer(0.03, "clear_support"), answer(0.6, "cannot_be_determined")])
    assert [one and one.grade for one in lost] == ["cannot_be_determined"] * 2
    assert lost[0] is not None
    assert lost[0].reasons == ("one_of_several",)
