"""How much more counts vary than chance alone: the dispersion behind every interval."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from est_analysis.errors import EstError

Numbers = npt.NDArray[np.float64]

BLOCK_WEEKS = 4  # neighbouring weeks are summed first; chosen in benchmarks/validity_rates.py
BLOCK_MONTHS = 1
LEAST_DEGREES = 9  # of freedom: three tertials of four blocks; with fewer it is unknown
_LEVEL = 0.95
_ROUNDS = 100
_TOLERANCE = 1e-9  # counts


def dispersion(
    counts: npt.ArrayLike,
    groups: npt.ArrayLike,
    seasons: npt.ArrayLike | None = None,
    *,
    block: int = BLOCK_WEEKS,
) -> float:
    """Compute `dispersions` for one series; returns a float, NaN with too little data.

    Examples
    --------
    >>> half_year = np.repeat([1, 2, 3, 4, 5, 6], 26)
    >>> bursts = np.where(np.arange(156) % 39 < 4, 6.0, 1.0)
    >>> round(dispersion(bursts, half_year), 1)
    5.4
    """
    one = np.asarray(counts, dtype=float)[np.newaxis, :]
    return float(dispersions(one, groups, seasons, block=block)[0])


def dispersions(
    counts: npt.ArrayLike,
    groups: npt.ArrayLike,
    seasons: npt.ArrayLike | None = None,
    *,
    block: int = BLOCK_WEEKS,
) -> Numbers:
    """How much more the counts vary than chance alone would make them, for intervals.

    Parameters
    ----------
    counts
        Series × steps, in time order on a complete grid; NaN where not reported (never 0).
    groups
        One label per step: the period it belongs to, such as year × tertial. Each keeps its level.
    seasons
        One label per step, the same for groups of different years with the same place in the
        year, such as the tertial's number: their common shape within the group is then taken
        out. Without it a season within the groups counts as noise (wider intervals).
    block
        Steps summed before the comparison, so that neighbouring weeks that rise and fall together
        are counted as such: `BLOCK_WEEKS` for weekly, `BLOCK_MONTHS` for monthly counts.

    Returns
    -------
    array
        One number per series, at least 1: Pearson's statistic over its degrees of freedom, times
        (t/z)² for the uncertainty of the estimate itself at the 95 % level. NaN when there are
        fewer than `LEAST_DEGREES` degrees of freedom. With too few years for the common shape
        the groups' means alone are used.

    Notes
    -----
    Quasi-Poisson: McCullagh and Nelder, Generalized Linear Models, 2nd ed. 1989, chapter 6,
    doi:10.1201/9780203753736. Block length and (t/z)² come from simulation, see docs/method.md.

    Examples
    --------
    >>> weeks = np.arange(156)
    >>> steady = np.where(weeks % 2, 4.0, 6.0)
    >>> bursts = np.where(weeks % 39 < 4, 6.0, 1.0)
    >>> dispersions([steady, bursts], weeks // 26).round(1)
    array([1. , 5.4])
    """
    if block < 1:
        raise EstError(
            "cannot compute a dispersion",
            expected="a block of 1 step or more",
            found=f"block={block}",
            change="the argument of that name in the call",
            otherwise="nothing is computed",
        )
    values = np.asarray(counts, dtype=float)
    block_of_step, in_group, in_place, in_season = _design(groups, seasons, block)
    total = np.where(np.isnan(values), 0.0, values) @ block_of_step
    weeks = (~np.isnan(values)).astype(float) @ block_of_step
    level_only = _with_allowance(*_around_levels(total, weeks, in_group))
    if seasons is None:
        return level_only
    shaped = _with_allowance(*_around_shape(total, weeks, in_group, in_place, in_season))
    return np.where(np.isnan(shaped), level_only, shaped)


def _design(
    groups: npt.ArrayLike, seasons: npt.ArrayLike | None, block: int
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Which steps make a block, and to which group, place in the season and season it belongs."""
    group = _codes(groups)
    season = np.zeros_like(group) if seasons is None else _codes(seasons)
    place = np.empty_like(group)
    for code in np.unique(group):
        inside = np.flatnonzero(group == code)
        last = max(len(inside) // block - 1, 0)  # a short rest joins the last whole block
        place[inside] = np.minimum(np.arange(len(inside)) // block, last)
    keys, first, number = np.unique(
        np.column_stack([group, place]), axis=0, return_index=True, return_inverse=True
    )
    places = np.unique(np.column_stack([season[first], keys[:, 1]]), axis=0, return_inverse=True)[1]
    return _members(number), _members(keys[:, 0]), _members(places), _members(season[first])


def _around_levels(total: Numbers, weeks: Numbers, in_group: Numbers) -> tuple[Numbers, Numbers]:
    """Pearson's statistic around each group's level, and its degrees of freedom; per series."""
    level = _divide(total @ in_group, weeks @ in_group)
    return _pearson(total, weeks * (level @ in_group.T), (level > 0).sum(axis=1))


def _around_shape(
    total: Numbers, weeks: Numbers, in_group: Numbers, in_place: Numbers, in_season: Numbers
) -> tuple[Numbers, Numbers]:
    """Do the same around level × common shape of the season, fitted by turns (Deming–Stephan)."""
    level = _divide(total @ in_group, weeks @ in_group)
    mean = weeks * (level @ in_group.T)
    for _ in range(_ROUNDS):
        before = mean
        shape = _divide(total @ in_place, (weeks * (level @ in_group.T)) @ in_place)
        level = _divide(total @ in_group, (weeks * (shape @ in_place.T)) @ in_group)
        mean = weeks * (level @ in_group.T) * (shape @ in_place.T)
        if np.abs(mean - before).max(initial=0) < _TOLERANCE:
            break
    seasons = (total @ in_season > 0).sum(axis=1)  # a season's scale is in its levels already
    return _pearson(total, mean, (level > 0).sum(axis=1) + (shape > 0).sum(axis=1) - seasons)


def _pearson(
    total: Numbers, mean: Numbers, parameters: npt.NDArray[np.intp]
) -> tuple[Numbers, Numbers]:
    statistic = _divide((total - mean) ** 2, mean).sum(axis=1)
    return statistic, ((mean > 0).sum(axis=1) - parameters).astype(float)


def _with_allowance(statistic: Numbers, degrees: Numbers) -> Numbers:
    from scipy import special

    enough = degrees >= LEAST_DEGREES
    usable = np.where(enough, degrees, LEAST_DEGREES)
    tail = (1 + _LEVEL) / 2
    allowance = (special.stdtrit(usable, tail) / special.ndtri(tail)) ** 2
    return np.where(enough, np.maximum(statistic / usable * allowance, 1.0), np.nan)


def _codes(labels: npt.ArrayLike) -> npt.NDArray[np.intp]:
    return np.unique(np.asarray(labels), return_inverse=True)[1]


def _members(codes: npt.NDArray[np.intp]) -> Numbers:
    return np.eye(codes.max(initial=-1) + 1)[codes]


def _divide(a: Numbers, b: Numbers) -> Numbers:
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b > 0)
