"""Insatser that never were, in the areas where nothing began: how often the method is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import Design
from est_analysis.intervention.estimates import LEVEL
from est_analysis.intervention.lanes import Areas, has_both, joined, lanes_of
from est_analysis.intervention.learned import Learned, tail

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

MOST_MADE_UP = 108
LEAST_TO_TELL = 20  # told apart, before a share of them says anything
CHANCE = 20.0  # made-up insatser without surprise that count beside those that were tried
FURTHEST = 4.0  # a made-up insats counts as at most so many errors
PEAK = 0.75  # quantile of the last quarter over the time before from which it is a peak
LEAST_NOW = 10  # areas, before those that begin with the real one are told by themselves


@dataclass(frozen=True)
class MadeUpClaims:
    """How often something is claimed of made-up insatser like the real one.

    ``share`` with a 95 % interval (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404) of
    ``number`` that are told apart.
    """

    share: float
    lower: float
    upper: float
    number: float

    @property
    def enough(self) -> bool:
        """Whether there are enough of them to tell."""
        return self.number >= LEAST_TO_TELL

    @property
    def shown(self) -> float:
        """The share; NaN where there are too few."""
        return self.share if self.enough else float("nan")


NOT_TRIED = MadeUpClaims(float("nan"), 0.0, 1.0, 0.0)


@dataclass(frozen=True)
class MadeUp:
    """Made-up insatser in the remaining areas.

    Attributes
    ----------
    score
        Standard normal where the method's errors are right.
    peak
        The last quarter before the start over the time before it: insatser begin on peaks.
    now
        Whether it begins when the real one did.
    areas
        How many areas they are of. Areas that are each other's comparison say one fewer.
    """

    score: Numbers
    peak: Numbers
    now: Truths
    areas: int

    @property
    def scale(self) -> float:
        """What the target's error is multiplied by: the scores' size, drawn to 1, at least 1."""
        return float(_scale(self._squares.sum(), len(self.score)))

    @property
    def calibrated(self) -> Numbers:
        """The scores, each over the size of all the others as `scale` has it."""
        squares = self._squares
        return np.asarray(self.score / _scale(squares.sum() - squares, len(squares) - 1))

    def claims(self, on_peak: bool) -> MadeUpClaims:
        """How often 5 % is reached; of insatser chosen on a peak, where those begin on one."""
        like = np.ones(len(self.score), dtype=bool)
        if on_peak and np.isfinite(self.peak).any():
            like = self.peak >= np.nanquantile(self.peak, PEAK)
        number = self._apart(like)
        if not number > 0:
            return NOT_TRIED
        share = float((np.abs(self.calibrated[like]) > quantile()).mean())
        return MadeUpClaims(share, *_interval(share * number, number), number)

    def as_strong(self, own: float) -> float:
        """The share with as strong an estimate as one's own, see `as_strong`."""
        return as_strong(own, self.calibrated, self._apart(np.ones(len(self.score), dtype=bool)))

    def as_strong_now(self, own: float) -> float:
        """The same of those that begin when the real one did; NaN with under ten areas."""
        if self.now.sum() < LEAST_NOW:
            return float("nan")
        return as_strong(own, self.calibrated[self.now], float(self.now.sum()))

    @property
    def _squares(self) -> Numbers:
        return np.asarray(np.minimum(self.score**2, FURTHEST**2))

    def _apart(self, chosen: Truths) -> float:
        return float(chosen.sum()) * (self.areas - 1) / max(self.areas, 1)


def quantile() -> float:
    """Of the standard normal, for two-sided 95 %."""
    from scipy import special

    return float(special.ndtri((1 + LEVEL) / 2))


def as_strong(own: float, scores: Numbers, apart: float) -> float:
    """(1 + as strong or stronger) over (1 + all), counted in scores that are told apart."""
    if not len(scores) or np.isnan(own):
        return float("nan")
    stronger = float((np.abs(scores) >= abs(own)).mean())
    return (1 + stronger * apart) / (1 + apart)


def made_up_in(design: Design, areas: Areas, told: Learned) -> MadeUp:
    """Every remaining area as a target, at the real start and at earlier ones that do not overlap.

    As much time after as the real one has had, and at least a year before.
    """
    number, length = len(areas.counts), design.stop - design.start
    starts = np.arange(design.start, design.steps_a_year - 1, -max(length, 1))
    most = MOST_MADE_UP // max(number, 1)
    if number < 2 or not len(starts) or not most or length <= design.delay:
        return MadeUp(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), number)
    starts = starts[np.unique(np.linspace(0, len(starts) - 1, most).astype(int))]
    lanes = joined([lanes_of(design, areas, int(start), int(start) + length) for start in starts])
    rows = np.flatnonzero(has_both(lanes))
    score = tail(lanes.taken(rows), np.zeros(len(rows)), told).score
    peaks = np.concatenate([_peak(areas, int(start), design.block) for start in starts])
    return MadeUp(score, peaks[rows], rows < number, number)


def _peak(areas: Areas, start: int, quarter: int) -> Numbers:
    """The rate of the last quarter before a start over that before it; NaN where unknown."""
    counts = np.where(areas.told, areas.counts, 0.0)
    there = np.where(areas.told, areas.exposure, 0.0)

    def rate(steps: slice) -> Numbers:
        reported = there[:, steps].sum(axis=1)
        return np.asarray(counts[:, steps].sum(axis=1) / np.where(reported > 0, reported, np.nan))

    before = rate(slice(0, start - quarter))
    return np.asarray(rate(slice(start - quarter, start)) / np.where(before > 0, before, np.nan))


def _scale(squares: Numbers, number: int) -> Numbers:
    return np.sqrt(np.maximum((CHANCE + squares) / (CHANCE + number), 1.0))


def _interval(seen: float, number: float) -> tuple[float, float]:
    """Of a share, also where its numbers are not whole."""
    from scipy import special

    below = (1 - LEVEL) / 2
    lower = special.betaincinv(seen, number - seen + 1, below) if seen > 0 else 0.0
    upper = special.betaincinv(seen + 1, number - seen, 1 - below) if seen < number else 1.0
    return float(lower), float(upper)
