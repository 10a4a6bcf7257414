"""How much a group's counts scatter, and how far its levels drift: chosen by past predictions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from est_analysis.expected.level import Levels, follow, variance

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

DRIFTS = (0.005, 0.015, 0.03, 0.06, 0.12)  # of the level, sd per step, log scale
HORIZONS = (1, 4, 13)  # steps ahead that the choice is judged by
MOST_SERIES = 60  # of a group, the largest: the small ones tell little of its noise
WARM_UP = 26  # steps before predictions count
FAR = 2.58  # standardised errors above this count as this: an outbreak is not noise
PRIOR_STEPS = 10.0  # predictions' worth of belief that a group is like all
PRIOR_DISPERSION = 1.2


def estimate(
    counts: Numbers,
    usual: Numbers,
    start: Numbers,
    group: Codes,
    parameters: Numbers,
    breaks: npt.NDArray[np.bool_] | None = None,
) -> tuple[Numbers, Numbers]:
    """Dispersion and drift of each group.

    Every drift in `DRIFTS` is tried and weighs by the likelihood that its predictions 1, 4 and 13
    steps ahead gave what came (their mean, since they tell of the same steps): a short history
    cannot say that a level stands still. The dispersion follows from the errors one step ahead.

    Parameters
    ----------
    counts, usual, start, breaks
        As for `level.follow`.
    group
        Code per series, from 0.
    parameters
        Per group: how many the shape has taken from these same counts, which made the errors small.

    Returns
    -------
    tuple of arrays
        Per group: dispersion (at least 1) and drift.
    """
    groups = int(group.max(initial=-1)) + 1
    rows = _largest(counts, group, groups)
    y, e, begin, own = counts[rows], usual[rows], start[rows], group[rows]
    edges = None if breaks is None else breaks[rows]
    phi = np.full(groups, PRIOR_DISPERSION)
    fits, dispersions = [], []
    for drift in DRIFTS:
        width = np.full(len(rows), drift)
        levels = follow(y, e, begin, phi[own], width, edges)
        phi = _dispersion(y, e, levels, phi, own, parameters)
        fit = [_likelihood(y, e, levels, phi[own], drift, h, own, groups) for h in HORIZONS]
        fits.append(np.mean(fit, axis=0))
        dispersions.append(phi)
    weight = np.exp(np.array(fits) - np.max(fits, axis=0))
    weight = weight / weight.sum(axis=0)
    squared = (weight * np.square(DRIFTS)[:, None]).sum(axis=0)
    return (weight * np.array(dispersions)).sum(axis=0), np.sqrt(squared)


def _largest(counts: Numbers, group: Codes, groups: int) -> Codes:
    size = np.nansum(counts, axis=1)
    order = np.lexsort((-size, group))
    first = np.searchsorted(group[order], np.arange(groups))
    place = np.arange(len(order)) - first[group[order]]
    return np.sort(order[place < MOST_SERIES])


def _dispersion(
    y: Numbers, e: Numbers, levels: Levels, phi: Numbers, group: Codes, parameters: Numbers
) -> Numbers:
    """Moment estimate from the errors one step ahead, far ones held back, drawn to the prior."""
    groups = len(parameters)
    m = levels.level[:, :-1] * e
    relative = levels.relative_variance[:, :-1]
    told = ~np.isnan(y) & (e > 0) & (np.arange(y.shape[1]) >= WARM_UP)
    error = np.where(told, (np.where(told, y, 0) - m) ** 2, 0)
    most = FAR**2 * variance(m, phi[group][:, None], relative)
    error = np.minimum(error, most)
    above = np.where(told, np.maximum(error - m**2 * relative, 0) / np.maximum(m, 0.05), 0)
    known = told & (m > 0.05)
    total: Numbers = np.bincount(group, (above * known).sum(axis=1), groups).astype(float)
    number = np.bincount(group, known.sum(axis=1), groups)
    total = total * number / np.maximum(number - parameters, number / 2 + 1e-9)
    return np.maximum((total + PRIOR_STEPS * PRIOR_DISPERSION) / (number + PRIOR_STEPS), 1.0)


def _likelihood(
    y: Numbers,
    e: Numbers,
    levels: Levels,
    phi: Numbers,
    drift: float,
    ahead: int,
    group: Codes,
    groups: int,
) -> Numbers:
    from scipy import special

    steps = y.shape[1]
    if steps <= WARM_UP + ahead:
        return np.zeros(groups)
    target = y[:, ahead - 1 :]
    m = levels.level[:, : steps - ahead + 1] * e[:, ahead - 1 :]
    relative = levels.relative_variance[:, : steps - ahead + 1] + (ahead - 1) * drift**2
    v = np.maximum(variance(m, phi[:, None], relative), m * 1.0001)
    told = ~np.isnan(target) & (m > 0) & (np.arange(target.shape[1]) >= WARM_UP)
    m, v, k = np.where(told, m, 1), np.where(told, v, 2), np.where(told, target, 0)
    size = m**2 / (v - m)
    value = (
        special.gammaln(k + size)
        - special.gammaln(size)
        - special.gammaln(k + 1)
        + size * np.log(size / (size + m))
        + k * np.log(m / (size + m))
    )
    return np.asarray(
        np.bincount(group, np.where(told, value, 0).sum(axis=1), groups), dtype=np.float64
    )
