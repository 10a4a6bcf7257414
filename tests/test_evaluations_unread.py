"""Conclusions of an insats tried with what is unread: what turns, and what stands whatever it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_intervention import made

from est_analysis.config import Intervention
from est_analysis.evaluations.answers import ActorEvaluation, InsatsEvaluation, Tried
from est_analysis.evaluations.doubted import others
from est_analysis.evaluations.standing import that_stand
from est_analysis.evaluations.together import together
from est_analysis.intervention import Evaluation, evaluate

INSATS = Intervention(
    id="ljus", name="Ljus", what="ljus", areas=("norr",), categories=("brak",),
    start=dt.date(2025, 3, 3), end=None, actors=("vakten", "varden"), owner="", goal="",
    follow_up=None, followed_up=None, intensity="", goal_change=None, hours=None,
    comparison_areas=(), neighbour_areas=(), chosen_on_peak=False, expected_delay_weeks=0, log=(),
    path=Path("ljus.yaml"),
)  # fmt: skip
NOTHING = ("cannot_be_determined", ("unread",))


@cache
def said(effect: float, seed: int) -> Evaluation:
    return evaluate(made(effect, seed=seed), performed=True)


def actor(name: str, found: Evaluation, *tried: Tried) -> ActorEvaluation:
    return ActorEvaluation(name, found, 1, (), None, None, tried)


def stand(*actors: ActorEvaluation) -> InsatsEvaluation:
    answer = together([(one.actor, one.evaluation) for one in actors])
    day = dt.date(2025, 12, 31)
    (found,) = that_stand([InsatsEvaluation(INSATS, actors, day, True, (), answer)])
    return found


def test_what_nothing_turns_stands() -> None:
    found = stand(actor("vakten", said(0.5, 1), Tried("target_up", said(0.52, 1), (3,))))
    (one,) = found.actors
    assert (one.evaluation.grade, one.doubt) == ("clear_support", ())
    assert found.together is None


def test_what_is_turned_is_taken_back_for_what_turns_it() -> None:
    turning = Tried("target_up", said(1.0, 2), (3, 5))
    (one,) = stand(actor("vakten", said(0.5, 1), Tried("target_down", said(0.4, 1), (4,)),
                         turning)).actors  # fmt: skip
    assert (one.evaluation.grade, one.evaluation.reasons) == NOTHING
    assert one.doubt == (3, 5)


def test_a_ratio_outside_the_interval_that_is_told_is_no_answer() -> None:
    """The direction is the same, and the number that would be printed is not known."""
    told, worst = said(0.3, 1), said(0.65, 1)
    assert worst.primary.ratio > told.primary.upper
    assert {worst.grade, told.grade} <= {"clear_support", "some_support"}
    (one,) = stand(actor("vakten", told, Tried("target_up", worst, (2,)))).actors
    assert (one.evaluation.grade, one.evaluation.reasons, one.doubt) == (*NOTHING, (2,))


def test_together_stands_where_one_actor_alone_does_not() -> None:
    """Two actors say the same so clearly that what is unread of one of them changes nothing."""
    turning = Tried("target_up", said(0.65, 1), (7,))
    found = stand(actor("vakten", said(0.5, 1), turning), actor("varden", said(0.5, 3)))
    assert found.actors[0].doubt == (7,)
    assert found.together is not None
    assert (found.together.grade, found.together.doubt) == ("clear_support", ())


def test_together_is_tried_with_what_is_unread_of_all_of_them_at_once() -> None:
    """Of one of them it would turn nothing."""
    first, second = (Tried("target_up", said(0.65, seed), (seed,)) for seed in (1, 3))
    alone = stand(actor("vakten", said(0.5, 1), first), actor("varden", said(0.5, 3)))
    assert alone.together is not None
    assert alone.together.doubt == ()
    both = stand(actor("vakten", said(0.5, 1), first), actor("varden", said(0.5, 3), second))
    assert both.together is not None
    assert (both.together.grade, both.together.reasons) == NOTHING
    assert both.together.doubt == (1, 3)
    apart = replace(second, place="target_down")  # it cannot be up of one and down of the other
    found = stand(actor("vakten", said(0.5, 1), first), actor("varden", said(0.5, 3), apart))
    assert found.together is not None
    assert found.together.doubt == ()


def test_together_is_nothing_where_one_of_two_is_known_to_be_wrong() -> None:
    design = made(0.5)
    nothing = evaluate(design.of(np.full_like(design.target, np.nan), 0 * design.exposure))
    found = stand(
        actor("vakten", said(0.5, 1), Tried("total", nothing, (9,))), actor("varden", said(0.5, 3))
    )
    assert found.together is not None
    assert (found.together.grade, found.together.reasons) == NOTHING
    assert found.together.doubt == (9,)


def test_what_may_be_missing_of_others_is_put_to_the_largest_that_is_compared_with() -> None:
    design = made(0.7)
    way = np.where(design.after, 4.0, 0.0)
    pool = np.stack([design.target, 5 * design.target, np.full_like(design.target, np.nan)])
    pooled = replace(design, pool=pool, pool_exposure=np.ones_like(pool))
    changed = others(pooled, way)
    assert changed.pool is not None
    np.testing.assert_array_equal(changed.pool[1], pool[1] + way)
    np.testing.assert_array_equal(changed.pool[[0, 2]], pool[[0, 2]])
    np.testing.assert_array_equal(changed.comparison, design.comparison)
    more, less = (evaluate(others(pooled, sign * way)).primary.ratio for sign in (1, -1))
    assert more < evaluate(pooled).primary.ratio < less
    gone = others(pooled, -100 * way).pool
    assert gone is not None
    assert np.nanmin(gone) == 0


@pytest.mark.parametrize("pool", [None, np.zeros((0, 208))])
def test_where_nothing_is_compared_with_nothing_of_others_is_missing(
    pool: np.ndarray | None,
) -> None:
    design = replace(made(0.7), pool=pool, pool_exposure=pool)
    assert others(design, np.ones_like(design.target)) is design
