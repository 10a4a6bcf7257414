"""Log-linear fits of many made-up starts at once, with errors that stand up to autocorrelation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

OUTBREAK = 2.58  # residuals beyond this, either way, weigh less: one week is not an effect
FURTHEST = 4.0  # residuals further out say no more of the dispersion than this
_ROUNDS = 40
_TOLERANCE = 1e-9
_ROUGH = 1e-2  # of the first fit, which only tells which steps are outbreaks
_RIDGE = 1e-9


Moments = Callable[[Numbers], tuple[Numbers, Numbers]]


@dataclass(frozen=True)
class Fit:
    """One coefficient per fit, log scale, with its standard error and degrees of freedom.

    ``terms`` are the other coefficients: fits × columns of the design.
    """

    effect: Numbers
    error: Numbers
    freedom: Numbers
    dispersion: Numbers
    terms: Numbers


def quasi_poisson(
    counts: Numbers,
    offset: Numbers,
    design: Numbers,
    effect: Numbers,
    weight: Numbers,
    block: int,
) -> Fit:
    """Counts ~ exp(offset + design · b + effect · d), for many ``effect`` columns.

    Parameters
    ----------
    counts, offset
        Steps.
    design
        Steps × terms, the same for all fits.
    effect, weight
        Fits × steps: the column whose coefficient is wanted, and 1 for steps that are used.
    block
        Steps whose errors are summed for the dispersion: those that rise together are counted as
        such (a quarter of a year, chosen in ``benchmarks/validity.py``). 1 is the ordinary
        quasi-Poisson, without weights for outbreaks.

    Returns
    -------
    Fit
        Errors from the larger of the steps' dispersion and that of sums over blocks of a quarter; t
        quantiles with the blocks' degrees of freedom.
    """
    end, used = _used_steps(weight)
    y, near, weight = np.where(used, counts[:end], 0), offset[:end], weight[:, :end]

    def moments(eta: Numbers) -> tuple[Numbers, Numbers]:
        eta += near
        mean = np.exp(np.clip(eta, -30, 30, out=eta), out=eta)
        return mean, mean

    begin = np.log(np.maximum(weight @ y / np.maximum(weight @ np.exp(near), 1e-9), 1e-9))
    return _fit(y, moments, design[:end], effect[:, :end], weight, begin, block)


def quasi_binomial(
    counts: Numbers,
    total: Numbers,
    offset: Numbers,
    design: Numbers,
    effect: Numbers,
    weight: Numbers,
    block: int,
) -> Fit:
    """Counts out of total ~ logit⁻¹(offset + design · b + effect · d), as `quasi_poisson`.

    With the counts of the comparison areas as the rest of the total, season and shocks that all
    share cancel, and exp(d) is the change of target relative to comparison.
    """
    end, used = _used_steps(weight)
    y, n = np.where(used, counts[:end], 0), np.where(used, total[:end], 0)
    near, weight = offset[:end], weight[:, :end]

    def moments(eta: Numbers) -> tuple[Numbers, Numbers]:
        eta += near
        np.clip(np.negative(eta, out=eta), -30, 30, out=eta)
        share = np.exp(eta, out=eta)  # scipy's expit is six times as slow
        share += 1
        np.reciprocal(share, out=share)
        mean = share * n
        return mean, np.subtract(mean, np.multiply(mean, share, out=share), out=share)

    share = np.clip(weight @ y / np.maximum(weight @ n, 1e-9), 1e-6, 1 - 1e-6)
    begin = np.log(share / (1 - share)) - near[used].mean()
    return _fit(y, moments, design[:end], effect[:, :end], weight, begin, block)


def _used_steps(weight: Numbers) -> tuple[int, npt.NDArray[np.bool_]]:
    """The step after the last one that any fit uses, and which before it are used."""
    used = np.asarray(weight.any(axis=0))
    end = int(np.flatnonzero(used)[-1]) + 1
    return end, used[:end]


def _fit(
    y: Numbers,
    moments: Moments,
    design: Numbers,
    effect: Numbers,
    weight: Numbers,
    begin: Numbers,
    block: int,
) -> Fit:
    start = np.zeros((len(effect), design.shape[1] + 1))
    start[:, 0] = begin
    rough = _ROUGH if block > 1 else _TOLERANCE
    beta, information, mean, variance = _solved(y, moments, design, effect, weight, start, rough)
    told, furthest = weight, np.full(len(effect), np.inf)
    if block > 1:
        square = (y - mean) ** 2 / np.maximum(variance, 1e-9)
        number = weight.sum(axis=1)
        plain = np.einsum("ft,ft->f", weight, square) / number
        usual = np.maximum(np.minimum(plain, _usual_square(square, weight, number)), 1)
        furthest = FURTHEST * np.sqrt(usual)
        limit = OUTBREAK**2 * usual
        weight = weight * np.minimum(limit[:, None] / np.maximum(square, 1e-9), 1)
        beta, information, mean, variance = _solved(
            y, moments, design, effect, weight, beta, _TOLERANCE
        )
    phi, freedom = _dispersion(y, mean, variance, told, furthest, design.shape[1] + 1, block)
    inverse = np.linalg.inv(information)
    spread = np.sqrt(np.maximum(inverse[:, -1, -1], 0) * phi)
    return Fit(beta[:, -1], spread, freedom, phi, beta[:, :-1])


def _usual_square(square: Numbers, weight: Numbers, told: Numbers) -> Numbers:
    """Of the residuals, by their median, so that an outbreak does not make itself usual."""
    ordered = np.where(weight > 0, square, np.inf)
    low, high = (told.astype(int) - 1) // 2, told.astype(int) // 2
    ordered.sort(axis=1)
    fit = np.arange(len(square))
    return np.asarray((ordered[fit, low] + ordered[fit, high]) / 2 / 0.455)


def _solved(
    y: Numbers,
    moments: Moments,
    design: Numbers,
    effect: Numbers,
    weight: Numbers,
    beta: Numbers,
    tolerance: float,
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Newton's method for all fits together: coefficients, information, means, variances."""
    fits, terms = beta.shape
    beta = beta.copy()
    pairs = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    information = np.empty((fits, terms, terms))
    inner = np.arange(terms)
    mean = variance = effect
    for _ in range(_ROUNDS):
        eta = beta[:, :-1] @ design.T
        eta += beta[:, -1:] * effect
        mean, variance = moments(eta)
        used = weight * variance
        error = y - mean
        error *= weight
        lifted = used * effect
        information[:, :-1, :-1] = (used @ pairs).reshape(fits, terms - 1, terms - 1)
        information[:, -1, :-1] = information[:, :-1, -1] = lifted @ design
        information[:, -1, -1] = np.einsum("ft,ft->f", lifted, effect)
        information[:, inner, inner] += _RIDGE
        gradient = np.concatenate(
            [error @ design, np.einsum("ft,ft->f", error, effect)[:, None]], axis=1
        )
        move = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        move *= np.minimum(1, 3 / np.maximum(np.abs(move).max(axis=1), 1e-9))[:, None]
        beta += move
        if np.abs(move).max(initial=0) < tolerance:
            break
    return beta, information, mean, variance


def _dispersion(
    y: Numbers,
    mean: Numbers,
    variance: Numbers,
    told: Numbers,
    furthest: Numbers,
    terms: int,
    block: int,
) -> tuple[Numbers, Numbers]:
    """At least 1; that of blocks when it is larger, and always their degrees of freedom.

    Every step counts in full, also those that weigh less in the fit: else skew counts would seem
    steadier than they are. Residuals beyond ``furthest`` count as that far.
    """
    root = np.sqrt(np.maximum(variance, 1e-9))
    residual = (y - mean) / root
    limit = furthest[:, None]
    residual = told * np.clip(residual, -limit, limit)
    used = told.sum(axis=1)
    plain = np.einsum("ft,ft->f", residual, residual) / np.maximum(used - terms, 1)
    if block == 1:
        return np.maximum(plain, 1.0), np.maximum(used - terms, 1)
    edges = np.arange(0, len(y), block)
    error = np.add.reduceat(residual * root, edges, axis=1)
    room = np.add.reduceat(told * variance, edges, axis=1)
    enough = np.add.reduceat(told, edges, axis=1) >= block / 2
    freedom = np.maximum(enough.sum(axis=1) - terms, 1).astype(float)
    blocked = np.where(enough, error**2 / np.maximum(room, 1e-9), 0).sum(axis=1) / freedom
    return np.maximum(np.maximum(plain, blocked), 1.0), freedom
