"""Where each series stands now: a level that drifts, followed through weeks with few events.

A Poisson–gamma filter. What is known of the level is a gamma distribution; every step that passes
makes it wider by the drift, every step that was reported makes it narrower by what was counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.expected import predictive

Numbers = npt.NDArray[np.float64]

FIRST_KNOWLEDGE = 0.5  # events: what the mean of all areas tells of one, before it is seen
AFTER_BREAK = 1.0  # what the time before a break tells of the level after it
HIGHEST = 0.995  # a count above this quantile enters the level as that quantile: an outbreak


@dataclass(frozen=True)
class Levels:
    """What was known of each series before each step; arrays are series × (steps + 1).

    Attributes
    ----------
    level
        Counts per step of ordinary weeks (shape 0, all reported).
    relative_variance
        Of the level: the square of its coefficient of variation.
    """

    level: Numbers
    relative_variance: Numbers


def follow(
    counts: Numbers,
    usual: Numbers,
    start: Numbers,
    dispersion: Numbers,
    drift: Numbers,
    breaks: npt.NDArray[np.bool_] | None = None,
) -> Levels:
    """Follow each series' level from before its first step to after its last.

    Parameters
    ----------
    counts
        Series × steps; NaN where not reported: then the level only grows more uncertain.
    usual
        Series × steps: what a level of 1 would give, the reported share × exp(shape).
    start
        Level to begin from, per series.
    dispersion
        At least 1, per series: each count tells as much as count / dispersion would.
    drift
        Standard deviation of a step's change of the level, log scale, per series.
    breaks
        Series × steps: truth where the level starts anew.
    """
    series, steps = counts.shape
    level = np.empty((series, steps + 1))
    spread = np.empty((series, steps + 1))
    told = ~np.isnan(counts) & (usual > 0)
    now, knowledge = np.maximum(start, 1e-6).astype(float), np.full(series, FIRST_KNOWLEDGE)
    for step in range(steps + 1):
        knowledge = knowledge / (1 + knowledge * drift**2)
        if step < steps and breaks is not None:
            knowledge = np.where(breaks[:, step], np.minimum(knowledge, AFTER_BREAK), knowledge)
        level[:, step], spread[:, step] = now, 1 / knowledge
        if step == steps:
            break
        seen = told[:, step]
        mean = now * usual[:, step]
        y = np.where(seen, counts[:, step], 0.0)
        y = np.minimum(y, _highest(y, mean, dispersion, 1 / knowledge))
        rate = knowledge / now + np.where(seen, usual[:, step], 0) / dispersion
        knowledge = knowledge + np.where(seen, y, 0) / dispersion
        now = knowledge / rate
    return Levels(level, spread)


def variance(mean: Numbers, dispersion: Numbers, relative: Numbers) -> Numbers:
    """Variance of a count to come: chance, clusters, and what is not known of the level."""
    return np.asarray(mean * dispersion + mean**2 * relative, dtype=float)


def _highest(y: Numbers, mean: Numbers, dispersion: Numbers, relative: Numbers) -> Numbers:
    """`HIGHEST` of what could be expected, computed only where a count may lie above it."""
    spread = variance(mean, dispersion, relative)
    limit = np.full(len(y), np.inf)
    far = y > mean + 2 * np.sqrt(spread) + 1
    if far.any():
        limit[far] = predictive.upper_bound(HIGHEST, mean[far], spread[far])
    return limit
