"""One question of an insats: its actors' answers together, though they may see the same events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.estimates import POWER, Estimate, estimable, unknown
from est_analysis.intervention.lanes import Lanes
from est_analysis.intervention.made_up import quantile
from est_analysis.intervention.shares import FAR, Question, reached
from est_analysis.intervention.wander import working

Numbers = npt.NDArray[np.float64]

NAME = "pooled"
NOT_KNOWN = 0.3  # correlation of actors whose blocks cannot be laid side by side
SHORT = 20.0  # long stretches that the correlation of single blocks counts as
MOST = 0.95


@dataclass(frozen=True)
class Pooled:
    """The answer of several actors together.

    Attributes
    ----------
    estimate
        Of one change that all have in common.
    correlation
        Of the actors' errors, actor × actor.
    differ_p
        p value of the actors' changes not being the same one (Cochran's Q, with the correlation).
    weight
        Of each actor's own estimate (logarithm) in the common one, nearly: together 1.
    """

    estimate: Estimate
    correlation: Numbers
    differ_p: float
    weight: Numbers


def pooled(asked: Sequence[Question]) -> Pooled | None:
    """Pool the answers of two actors or more by weights 1/error; None of fewer.

    The sum of the actors' scores of a tried change, weighed, is standard normal with the errors'
    correlation; the estimate and its interval are where it is 0 and ±1.96.
    """
    answers = [(one, one.estimate()) for one in asked if one.usable]
    known = [(one, found) for one, found in answers if found.known]
    if len(known) < 2:
        return None
    questions, found = [one for one, _ in known], [estimate for _, estimate in known]
    errors = np.array([(np.log(one.upper) - np.log(one.lower)) / 2 / quantile() for one in found])
    together = correlation(questions)
    weight = 1 / errors
    size = float(np.sqrt(weight @ together @ weight))

    def score(effects: Numbers) -> Numbers:
        return np.asarray(weight @ [one.scores(effects) for one in questions] / size)

    logs = np.log([one.ratio for one in found])
    share = weight**2 / (weight**2).sum()
    middle = float(share @ logs)
    error = size / float((weight**2).sum())
    wanted = np.array([0.0, -quantile(), quantile()])
    ends = reached(score, wanted, np.full(3, middle), middle + wanted * error, 1 / error)
    observed = sum(one.observed for one in found)
    estimate = _estimate(ends, float(score(np.zeros(1))[0]), error, observed)
    return Pooled(estimate, together, _differ(logs, errors, together), share)


def correlation(asked: Sequence[Question]) -> Numbers:
    """Of the actors' errors, by what their counts did together before the start.

    Residuals of every area's share, block by block and summed over stretches as long as the time
    after; their correlations are averaged, that of the blocks counting as twenty stretches. None
    is below 0. Actors in different steps are taken to have `NOT_KNOWN`.
    """
    number = len(asked)
    found = np.eye(number)
    parts = [one.every_area() for one in asked]
    for first in range(number):
        for second in range(first):
            same = asked[first].design.step == asked[second].design.step
            value = _together(parts[first], parts[second]) if same else NOT_KNOWN
            found[first, second] = found[second, first] = value
    return found


def _together(first: Lanes, second: Lanes) -> float:
    """The correlation of two actors' errors; 0 where nothing can be laid side by side."""
    blocks = min(int((part.after == 0)[0].sum()) for part in (first, second))
    length = max(int((first.after > 0)[0].sum()), 1)
    one, two = (_before(part, blocks) for part in (first, second))
    long_one, long_two = (_summed(part, length) for part in (one, two))
    short, _ = _correlated(one, two)
    long, stretches = _correlated(long_one, long_two)
    return float(np.clip((SHORT * short + stretches * long) / (SHORT + stretches), 0, MOST))


def _before(lanes: Lanes, blocks: int) -> tuple[Numbers, Numbers]:
    """Error and its binomial variance in the last blocks before the start."""
    answer, weight = working(lanes, np.zeros(len(lanes.count)), step=True)
    end = int((lanes.after == 0)[0].sum())
    part = slice(end - blocks, end)
    used = lanes.used[:, part]
    variance = np.where(used, weight[:, part], 0.0)
    return np.where(used, answer[:, part] * weight[:, part], 0.0), variance


def _summed(part: tuple[Numbers, Numbers], length: int) -> tuple[Numbers, Numbers]:
    """Over stretches of so many blocks, counted back from the start."""
    blocks = part[0].shape[1] // length * length

    def over(values: Numbers) -> Numbers:
        late = values[:, values.shape[1] - blocks :]
        return np.asarray(late.reshape(len(values), blocks // length, length).sum(axis=2))

    return over(part[0]), over(part[1])


def _correlated(one: tuple[Numbers, Numbers], two: tuple[Numbers, Numbers]) -> tuple[float, float]:
    """Correlation of standardised errors about 0, and of how many pairs."""
    both = (one[1] > 0) & (two[1] > 0)
    if both.sum() < 2:
        return 0.0, 0.0
    first, second = (part[0][both] / np.sqrt(part[1][both]) for part in (one, two))
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / max(size, 1e-9), float(both.sum())


def _estimate(ends: Numbers, none: float, error: float, observed: float) -> Estimate:
    from scipy import special

    ratio, lower, upper = (float(np.exp(np.clip(end, -FAR, FAR))) for end in ends)
    p = float(2 * special.ndtr(-abs(none)))
    if not 0 < lower <= ratio <= upper:
        return unknown(NAME)
    return estimable(Estimate(
        NAME, ratio, lower, upper, p, error, float("inf"), 1.0,
        observed / ratio - observed, observed / upper - observed, observed / lower - observed,
        _visible(error), observed,
    ))  # fmt: skip


def _visible(error: float) -> float:
    """The smallest fall that is claimed in 80 of 100 cases, by the rule of `shares`; at most 1.

    A score test sees a fall as 1 less the ratio, in errors of where nothing fell.
    """
    from scipy import special

    power, fall = float(special.ndtri(POWER)), 0.0
    for _ in range(20):
        fall = min(error * (quantile() + power * np.sqrt(1 - fall / 2)), 1.0)
    return float(fall)


def _differ(logs: Numbers, errors: Numbers, together: Numbers) -> float:
    """P value of the actors' changes being one and the same."""
    from scipy import special

    covariance = together * np.outer(errors, errors)
    inverse = np.linalg.inv(covariance)
    mean = (inverse @ logs).sum() / inverse.sum()
    apart = logs - mean
    return float(special.chdtrc(len(logs) - 1, apart @ inverse @ apart))
