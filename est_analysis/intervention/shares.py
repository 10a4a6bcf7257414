"""The primary controlled design: the target's share of target and all usable remaining areas.

What differs between areas is learned (see `learned`), and the result is held against made-up
insatser in the remaining areas: what they show where nothing began widens the target's error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import Design
from est_analysis.intervention.estimates import POWER, Estimate, estimable, unknown
from est_analysis.intervention.lanes import Areas, Lanes, has_both, joined, lanes_of, silent
from est_analysis.intervention.learned import Learned, learn, tail, within_blocks
from est_analysis.intervention.made_up import MadeUp, made_up_in, quantile

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Choice = tuple[Design, int | None]

NAME = "learned"
_ROUNDS = 12
_CLOSE = 1e-7
FAR = 30.0  # log scale


@dataclass(frozen=True)
class Question:
    """One design with what was learned for it, so that other choices are judged alike.

    ``left_out`` are the remaining areas that are no comparison: nothing, or for a while next to
    nothing, came from them.
    """

    design: Design
    left_out: Truths
    learned: Learned
    made_up: MadeUp

    @property
    def usable(self) -> bool:
        """Whether the remaining areas reported enough steps together with the target.

        As many as are asked of the target alone, or all that it has, and at least one.
        """
        together = self.together
        whole = replace(self.design, run_up=0)
        return all(
            (steps & together).sum() >= max(min(steps.sum(), least), 1)
            for steps, least in (
                (whole.before, whole.steps_a_year),
                (whole.after, whole.least_after),
            )
        )

    @property
    def together(self) -> Truths:
        """Steps that any of the compared areas reported."""
        return np.asarray(self._areas().told.any(axis=0))

    def largest(self, number: int) -> list[int]:
        """The remaining areas with most incidents, where leaving one out leaves another."""
        counts, _ = others(self.design)
        kept = int((~self.left_out).sum())
        if kept < 2:
            return []
        sizes = np.where(self.left_out, 0, np.nansum(counts, axis=1))
        order = np.argsort(-sizes, kind="stable")[: min(number, kept)]
        return sorted(int(area) for area in order)

    def score(self, effect: float) -> float:
        """Standard normal quantile of the probability that the effect is below one, calibrated."""
        return float(self.scores(np.array([effect]))[0])

    def scores(self, effects: Numbers) -> Numbers:
        """The same of several effects."""
        lanes = self._target(self.design, None).taken(np.zeros(len(effects), dtype=int))
        return tail(lanes, effects, self.learned).score / self.made_up.scale

    def estimate(self) -> Estimate:
        """What the target's own counts say, and the smallest fall that they would have shown."""
        return self._answer

    @cached_property
    def _answer(self) -> Estimate:
        found = self.estimates([(self.design, None)])[0]
        if not found.known:
            return found
        visible = _visible(self._target(self.design, None), found, self.learned, self.made_up.scale)
        return replace(found, visible=visible)

    def estimates(self, choices: Sequence[Choice]) -> list[Estimate]:
        """The same for other choices, each a design and perhaps an area that is left out."""
        lanes = [self._target(*choice) for choice in choices]
        both = [number for number, lane in enumerate(lanes) if has_both(lane)[0]]
        found = [unknown(NAME)] * len(lanes)
        if both:
            together = joined([lanes[number] for number in both])
            solved = _solved(together, self.learned, self.made_up.scale)
            for place, number in enumerate(both):
                found[number] = _estimate(choices[number][0], solved[:, place])
        return found

    def every_area(self) -> Lanes:
        """The target's lane and, below it, one of each remaining area, left out or not."""
        design = self.design
        counts, exposure = others(design)
        areas = Areas(
            np.concatenate([design.target[None], counts]),
            np.concatenate([design.exposure[None], exposure]),
        )
        return lanes_of(design, areas, design.start, design.stop)

    def against_the_rest(self) -> tuple[Numbers, Numbers, Numbers]:
        """Per step: the target's count, that of it and all compared areas, and the offset."""
        count, total, offset = self._with_target(self.design, None).against_the_rest()
        return count[0], total[0], offset[0]

    def _target(self, design: Design, without: int | None) -> Lanes:
        areas = self._with_target(design, without)
        return lanes_of(design, areas, design.start, design.stop).taken(np.array([0]))

    def _with_target(self, design: Design, without: int | None) -> Areas:
        rest = self._areas(without)
        return Areas(
            np.concatenate([design.target[None], rest.counts]),
            np.concatenate([design.exposure[None], rest.exposure]),
        )

    def _areas(self, without: int | None = None) -> Areas:
        counts, exposure = others(self.design)
        kept = ~self.left_out
        if without is not None:
            kept = kept & (np.arange(len(kept)) != without)
        return Areas(counts[kept], exposure[kept])


def question(design: Design) -> Question:
    """Learn from the remaining areas what an insats is judged by."""
    areas = Areas(*others(design))
    there = np.nansum(areas.counts, axis=1) > 0
    gone = silent(areas, design.least_after)
    kept = Areas(areas.counts[there & ~gone], areas.exposure[there & ~gone])
    lanes = lanes_of(design, kept, design.start, design.stop)
    counts, total, _ = kept.against_the_rest()
    told = learn(lanes.taken(np.flatnonzero(lanes.used.any(axis=1))), within_blocks(counts, total))
    return Question(design, ~there | gone, told, made_up_in(design, kept, told))


def others(design: Design) -> tuple[Numbers, Numbers]:
    """All remaining areas; the declared comparison areas where no others are known."""
    if design.pool is None or design.pool_exposure is None:
        return design.comparison, design.comparison_exposure
    return design.pool, design.pool_exposure


def _solved(lanes: Lanes, told: Learned, scale: float) -> Numbers:
    """Estimate, lower and upper end, score of no effect, and error; each per lane.

    The ends are where the score reaches the quantile (an interval by inversion). All three are
    found together by secants, from the error of the first fit.
    """
    number = len(lanes.count)
    none = tail(lanes, np.zeros(number), told)
    middle = np.clip(none.beyond, -1, 1)
    near = tail(lanes, middle, told)
    wanted = np.repeat(np.array([0.0, -1.0, 1.0]) * quantile() * scale, number)
    lane = np.tile(np.arange(number), 3)
    many, begun = lanes.taken(lane), middle[lane]
    tried = reached(
        lambda effects: tail(many, effects, told).score,
        wanted,
        begun,
        begun + np.clip(near.beyond[lane], -1, 1) + wanted * near.error[lane],
        1 / near.error[lane],
        near.score[lane],
    )
    return np.stack([*tried.reshape(3, number), none.score / scale, near.error * scale])


def reached(
    score: Callable[[Numbers], Numbers],
    wanted: Numbers,
    begun: Numbers,
    tried: Numbers,
    slope: Numbers | float,
    first: Numbers | None = None,
) -> Numbers:
    """The effects at which rising scores reach some values, all found together by secants.

    Parameters
    ----------
    begun, tried
        Two effects near each: where to begin.
    slope
        Of the scores, about.
    first
        The scores at `begun`, where they are known already.
    """
    before, last = begun, (score(begun) if first is None else first) - wanted
    for _ in range(_ROUNDS):
        miss = score(tried) - wanted
        gone = tried - before
        steep = np.where(gone == 0, slope, (miss - last) / np.where(gone == 0, 1, gone))
        slope = np.where(steep > 0, np.clip(steep, slope / 4, slope * 4), slope)
        before, last = tried, miss
        tried = np.clip(tried - np.clip(miss / slope, -1, 1), -FAR, FAR)
        if np.abs(miss).max() < _CLOSE:
            break
    return tried


def _visible(lane: Lanes, found: Estimate, told: Learned, scale: float) -> float:
    """The smallest fall that is claimed in 80 of 100 cases; 1 where not even "all gone" would be.

    The score of what would have come, had it fallen by so much, is what the score is about on
    average. It varies about that by less than it does where nothing fell, as far as chance in the
    target's own incidents is what makes it vary: half of the variance is taken to be.
    """
    from scipy import special

    left = np.linspace(0.02, 0.98, 25)
    many = lane.taken(np.zeros(len(left), dtype=int))
    rest = many.total - many.count
    usual = np.where(many.after > 0, many.count / found.ratio * left[:, None], many.count)
    fallen = replace(many, count=usual, total=np.where(lane.used, usual + rest, 0.0))
    score = tail(fallen, np.zeros(len(left)), told).score / scale
    over = score - quantile() - float(special.ndtri(POWER)) * np.sqrt((1 + left) / 2)
    if not (over >= 0).any():
        return 1.0
    last = int(np.flatnonzero(over >= 0)[-1])
    if last == len(left) - 1:
        return float(1 - left[-1])
    share = over[last] / (over[last] - over[last + 1])
    return float(1 - left[last] - share * (left[last + 1] - left[last]))


def _estimate(design: Design, solved: Numbers) -> Estimate:
    from scipy import special

    effect, low, high, score, error = (float(value) for value in solved)
    observed = float(np.nansum(design.target[design.after]))
    ratio, lower, upper = (float(np.exp(value)) for value in (effect, low, high))
    return estimable(Estimate(
        NAME, ratio, lower, upper, float(2 * special.ndtr(-abs(score))), error, float("inf"), 1.0,
        observed / ratio - observed, observed / upper - observed, observed / lower - observed,
        float("nan"), observed,
    ))  # fmt: skip
