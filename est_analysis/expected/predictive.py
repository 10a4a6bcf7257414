"""The spread of a count to come: Poisson where it may be, negative binomial where it varies more.

Everything here takes arrays of means and variances, broadcast against each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_NEARLY_POISSON = 1e-4  # of the mean: below this the two distributions cannot be told apart


def cumulative(count: npt.ArrayLike, mean: npt.ArrayLike, variance: npt.ArrayLike) -> Numbers:
    """P(X ≤ count); 0 for a negative count. A variance under the mean counts as the mean.

    Examples
    --------
    >>> cumulative([0, 3], 2.0, 2.0).round(4)
    array([0.1353, 0.8571])
    """
    from scipy import special

    k, m, v = _arrays(count, mean, variance)
    extra = v - m
    spread = extra > _NEARLY_POISSON * m
    below = special.gammaincc(np.maximum(k, 0) + 1, m)
    if spread.any():
        size = np.where(spread, m**2 / np.where(spread, extra, 1), 1.0)
        share = size / (size + m)
        below = np.where(spread, special.betainc(size, np.maximum(k, 0) + 1, share), below)
    return np.asarray(np.where(k < 0, 0.0, np.where(np.isnan(m), np.nan, below)))


def upper_bound(level: float, mean: npt.ArrayLike, variance: npt.ArrayLike) -> Numbers:
    """The smallest count that is exceeded with a probability of at most 1 − `level`.

    Examples
    --------
    >>> upper_bound(0.99, [0.1, 2, 20], [0.1, 3, 40])
    array([ 1.,  7., 37.])
    """
    return _smallest(lambda k, m, v: cumulative(k, m, v) >= level, level, mean, variance)


def interval(level: float, mean: npt.ArrayLike, variance: npt.ArrayLike) -> tuple[Numbers, Numbers]:
    """The counts between which a share `level` of what may come lies, both ends inclusive.

    Half of an end's own probability is counted outside (mid-P; Lancaster 1961,
    doi:10.1080/01621459.1961.10482105): an interval of whole counts can then hold its level on
    average, instead of always more.

    Examples
    --------
    >>> lower, upper = interval(0.95, [0.5, 10], [0.5, 15])
    >>> lower, upper
    (array([0., 4.]), array([ 2., 18.]))
    """
    tail = (1 - level) / 2
    lower = _smallest(lambda k, m, v: _middle(k, m, v) >= tail, tail, mean, variance)
    above = _smallest(lambda k, m, v: _middle(k, m, v) > 1 - tail, 1 - tail, mean, variance)
    return lower, np.maximum(above - 1, lower)


def attained(
    lower: Numbers, upper: Numbers, mean: npt.ArrayLike, variance: npt.ArrayLike
) -> Numbers:
    """The probability of the counts from `lower` to `upper`: what an interval of counts holds."""
    return cumulative(upper, mean, variance) - cumulative(lower - 1, mean, variance)


def exceedance(count: npt.ArrayLike, mean: npt.ArrayLike, variance: npt.ArrayLike) -> Numbers:
    """P(X ≥ count): how often as many or more would come when nothing unusual happens.

    Examples
    --------
    >>> exceedance([0, 5], 2.0, 2.0).round(3)
    array([1.   , 0.053])
    """
    return 1 - cumulative(np.asarray(count, dtype=float) - 1, mean, variance)


def _middle(count: Numbers, mean: Numbers, variance: Numbers) -> Numbers:
    return (cumulative(count, mean, variance) + cumulative(count - 1, mean, variance)) / 2


def _smallest(
    reached: object, level: float, mean: npt.ArrayLike, variance: npt.ArrayLike
) -> Numbers:
    """The smallest count from which `reached` holds: bracketed, then halved; NaN for NaN."""
    from scipy import special

    assert callable(reached)
    m, v = np.broadcast_arrays(np.asarray(mean, float), np.asarray(variance, float))
    known = ~np.isnan(m)
    centre, spread = np.where(known, m, 0.0), np.where(known, np.maximum(m, v), 0.0)
    low = np.full(m.shape, -1.0)  # never reached
    high = np.ceil(np.maximum(centre + special.ndtri(max(level, 0.5)) * np.sqrt(spread), 0)) + 1
    while True:
        short = known & ~reached(high, centre, spread)
        if not short.any():
            break
        low = np.where(short, high, low)
        high = np.where(short, 2 * high + 1, high)
    while True:
        open_ = high - low > 1
        if not open_.any():
            break
        middle = np.floor((low + high) / 2)
        yes = reached(middle, centre, spread)
        high = np.where(open_ & yes, middle, high)
        low = np.where(open_ & ~yes, middle, low)
    return np.where(known, high, np.nan)


def _arrays(*values: npt.ArrayLike) -> tuple[Numbers, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values)))
