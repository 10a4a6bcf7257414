"""How much areas differ by themselves is learned from them, not assumed away.

Empirical Bayes: every remaining area is fitted against the others, which tells how common each
setting of season, slope and wander is; that is the target's prior, and its own counts then decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.lanes import Lanes
from est_analysis.intervention.wander import Fitted, Settings, fitted

Numbers = npt.NDArray[np.float64]

_SIZES = (0.1, 0.2, 0.35, 0.6)  # standard deviation of the wander
_HALF_LIVES = (6 / 52, 0.5, 2.0)  # years
_COMMON = 0.2  # wanders up to this size are twice as common as larger ones, before any area is seen
SETTINGS = Settings(
    wander=np.array([(0.0, 1.0), *((s, h) for s in _SIZES for h in _HALF_LIVES)]),
    slow=np.array([(season, slope) for season in (0.05, 0.35) for slope in (0.02, 0.15)]),
)
NO_WANDER, LARGE_SEASON, LARGE_SLOPE = 0.45, 0.25, 0.2  # how common, before any area is seen
PRIOR_AREAS = 3.0  # that the prior counts for
MOST_FREEDOM = 40.0  # of the areas' overdispersion: areas differ in it too
MOST_PHI = 6.0  # by which the settings are measured
_FIRST_FREEDOM = 2.0


@dataclass(frozen=True)
class Learned:
    """What the areas say.

    Attributes
    ----------
    weight
        Wander × slow: how common each of `SETTINGS` is.
    phi, freedom
        The areas' overdispersion, and what it rests on.
    measured
        The overdispersion within blocks, by which the settings' variances are measured.
    """

    weight: Numbers
    phi: float
    freedom: float
    measured: float


@dataclass(frozen=True)
class Tail:
    """Per lane, about a tried effect: the score, and how far off the effect is, with its error.

    ``score`` is the standard normal quantile of the probability that the effect is below it.
    """

    score: Numbers
    beyond: Numbers
    error: Numbers


def prior() -> Numbers:
    """How common each setting is before any area was seen; wander × slow."""
    wander = np.where(SETTINGS.wander[:, 0] <= _COMMON, 2.0, 1.0)
    wander[0] = 0
    wander *= (1 - NO_WANDER) / wander.sum()
    wander[0] = NO_WANDER
    large = SETTINGS.slow > SETTINGS.slow.min(axis=0)
    slow = np.where(large[:, 0], LARGE_SEASON, 1 - LARGE_SEASON)
    slow = slow * np.where(large[:, 1], LARGE_SLOPE, 1 - LARGE_SLOPE)
    return np.asarray(wander[:, None] * slow)


def learn(areas: Lanes, measured: float) -> Learned:
    """How common each setting is among areas, each against the others; of one or none, the prior.

    Parameters
    ----------
    measured
        The overdispersion within blocks, see `Learned`.
    """
    number = len(areas.count)
    if number < 2:
        return Learned(prior(), measured, _FIRST_FREEDOM, measured)
    found = fitted(areas, np.zeros(number), measured, SETTINGS, step=False)
    each = posterior(found, prior(), measured, _FIRST_FREEDOM)
    weight = (PRIOR_AREAS * prior() + each.sum(axis=0)) / (PRIOR_AREAS + number)
    freedom = float(found.freedom.sum())
    phi = max(float((each * found.squares).sum()) / max(freedom, 1), 1.0)
    return Learned(weight, phi, float(np.clip(freedom / 2, _FIRST_FREEDOM, MOST_FREEDOM)), measured)


def posterior(found: Fitted, weight: Numbers, phi: float, freedom: float) -> Numbers:
    """How probable each setting is for each lane: prior times restricted likelihood.

    The overdispersion is integrated out, with a scaled inverse chi-square about ``phi``.
    """
    log = -0.5 * found.log_volume - 0.5 * (freedom + found.freedom)[:, None, None] * np.log(
        freedom * phi + found.squares
    )
    odds = np.exp(log - log.max(axis=(1, 2), keepdims=True)) * weight
    return np.asarray(odds / odds.sum(axis=(1, 2), keepdims=True))


def tail(lanes: Lanes, tried: Numbers, told: Learned) -> Tail:
    """Score test of a tried effect per lane, the settings averaged over.

    Each setting's probability is from t, with the target's own degrees of freedom and the areas'.
    The overdispersion is at least 1.
    """
    from scipy import special

    found = fitted(lanes, tried, told.measured, SETTINGS, step=True)
    weight = posterior(found, told.weight, told.phi, told.freedom)
    freedom = told.freedom + found.freedom[:, None, None]
    phi = np.maximum((told.freedom * told.phi + found.squares) / freedom, 1.0)
    variance = found.variance * phi
    ratio = found.effect / np.sqrt(variance)
    below = (weight * special.stdtr(freedom, -ratio)).sum(axis=(1, 2))
    above = (weight * special.stdtr(freedom, ratio)).sum(axis=(1, 2))
    quantile = special.ndtri(np.maximum(np.minimum(below, above), 1e-300))
    beyond = (weight * found.effect).sum(axis=(1, 2))
    apart = found.effect - beyond[:, None, None]
    error = np.sqrt((weight * (variance + apart**2)).sum(axis=(1, 2)))
    return Tail(np.where(below < above, quantile, -quantile), beyond, error)


def within_blocks(counts: Numbers, total: Numbers, length: int = 4) -> float:
    """Overdispersion of areas × steps about the level of every ``length`` steps; from 1 to 6."""
    steps = counts.shape[1] // length * length
    shape = (len(counts), steps // length, length)
    y, n = counts[:, :steps].reshape(shape), total[:, :steps].reshape(shape)
    whole = (n > 0).all(axis=2)
    y, n = y[whole], n[whole]
    if not len(y):
        return 1.0
    share = np.clip((y.sum(axis=1) + 0.01) / (n.sum(axis=1) + 0.02), 1e-3, 1 - 1e-3)[:, None]
    square = (y - n * share) ** 2 / (n * share * (1 - share))
    return float(np.clip(square.sum() / ((length - 1) * len(y)), 1.0, MOST_PHI))
