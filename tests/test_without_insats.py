"""The picture draws the expectation that its conclusion rests on, and no reason is made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from est_analysis.calendar import parse_period
from est_analysis.counts.dataset import Dataset
from est_analysis.evaluations import before_after, conclusions, evaluate_insats
from est_analysis.intervention import Design, evaluate, without_insats

STEPS = np.arange(208)
SEASON = np.column_stack(
    [wave(2 * np.pi * n * STEPS / 52) for n in (1, 2) for wave in (np.sin, np.cos)]
)


def design(
    seed: int, *, start: int = 156, level: float = 20, effect: float = 0.6, areas: int = 3
) -> Design:
    draw = np.random.default_rng(seed)
    rate = level * np.exp(0.4 * SEASON[:, 0])
    after = np.where(start <= STEPS, effect, 1.0)
    target = draw.poisson(rate * after).astype(float)
    rest = draw.poisson(np.tile(rate, (areas, 1))).astype(float)
    return Design(
        target, rest, np.ones(208), np.ones((areas, 208)), SEASON, start, 208, run_up=13
    )  # fmt: skip


@given(
    st.integers(0, 10_000), st.sampled_from([0, 1, 3]), st.sampled_from([0.4, 1.0, 1.6]),
    st.sampled_from([2.0, 30.0]), st.integers(110, 190),
)  # fmt: skip
def test_after_the_start_it_adds_up_to_what_would_have_come(
    seed: int, areas: int, effect: float, level: float, start: int
) -> None:
    one = design(seed, start=start, level=level, effect=effect, areas=areas)
    found = evaluate(one)
    mean, spread = without_insats(found.asked, found.primary)
    if not found.primary.known:
        assert np.isnan(mean).all()
        return
    count = one.target[one.after].sum()
    assert mean[one.after].sum() == pytest.approx(count / found.primary.ratio)
    assert (spread[one.told] >= mean[one.told] * (1 - 1e-9)).all()
    before = one.before
    assert mean[before].sum() == pytest.approx(one.target[before].sum(), rel=0.1)


@pytest.mark.parametrize("areas", [0, 3])
def test_weeks_without_an_effect_lie_in_the_band(areas: int) -> None:
    from est_analysis.expected import predictive

    inside = []
    for seed in range(20):
        one = design(seed, effect=1.0, areas=areas)
        found = evaluate(one)
        mean, spread = without_insats(found.asked, found.primary)
        lower, upper = predictive.interval(0.95, mean, spread)
        inside.append(((one.target >= lower) & (one.target <= upper)).mean())
    assert 0.93 < np.mean(inside) < 0.995


def test_the_examples_picture_and_conclusion_agree(example: Dataset) -> None:
    period = parse_period("2025-T3")
    for insats in example.settings.interventions.values():
        found = evaluate_insats(example, insats, period)
        table = before_after(example, found).groupby("actor", sort=False)
        told = conclusions(found).set_index("actor")
        for actor, weeks in table:
            after = weeks.tail(len(weeks) - 52)  # a year before the start is shown
            wanted = told.loc[actor, "without"]
            if not np.isnan(wanted):
                assert after["expected"].sum() == pytest.approx(wanted, rel=0.02)
                assert after["observed"].sum() >= told.loc[actor, "count"]


@pytest.mark.parametrize(("areas", "reason"), [(1, "no_made_up"), (0, "no_placebo")])
@pytest.mark.parametrize(("start", "stop"), [(104, 130), (80, 120), (60, 80)])
def test_no_reason_speaks_of_made_up_starts_that_were_not_tried(
    start: int, stop: int, areas: int, reason: str
) -> None:
    told = 0
    for seed in range(5):
        whole = design(seed, start=start, effect=0.4, areas=areas)
        one = Design(
            whole.target[:stop], whole.comparison[:, :stop], np.ones(stop), np.ones((areas, stop)),
            SEASON[:stop], start, stop, run_up=13,
        )  # fmt: skip
        found = evaluate(one)
        assert not found.placebos
        assert np.isnan(found.placebo_p)
        assert "placebo" not in found.reasons
        told += reason in found.reasons
        assert found.grade != "clear_support"
    assert told >= 3 or start == 60  # of half a year before nothing is concluded at all


def test_where_they_were_tried_the_reason_is_of_them() -> None:
    reasons = [evaluate(design(seed, effect=0.75, level=4)).reasons for seed in range(30)]
    assert not any({"no_placebo", "no_made_up"} & set(one) for one in reasons)
