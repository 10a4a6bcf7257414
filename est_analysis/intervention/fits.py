"""Log-linear fits of many made-up starts at once, with errors that stand up to autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

OUTBREAK = 2.58  # residuals beyond this, either way, weigh less: one week is not an effect
_ROUNDS = 40
_TOLERANCE = 1e-9
_RIDGE = 1e-9


@dataclass(frozen=True)
class Fit:
    """One coefficient per fit, log scale, with its standard error and degrees of freedom."""

    effect: Numbers
    error: Numbers
    freedom: Numbers
    dispersion: Numbers


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
    y = np.nan_to_num(counts)[None, :] * weight

    def moments(eta: Numbers) -> tuple[Numbers, Numbers]:
        mean = np.exp(np.clip(eta + offset, -30, 30))
        return mean, mean

    start = np.log(
        np.maximum(y.sum(axis=1) / np.maximum((weight * np.exp(offset)).sum(axis=1), 1e-9), 1e-9)
    )
    return _fit(y, moments, design, effect, weight, start, block)


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
    y = np.nan_to_num(counts)[None, :] * weight
    n = np.nan_to_num(total)[None, :] * weight

    def moments(eta: Numbers) -> tuple[Numbers, Numbers]:
        share = 1 / (1 + np.exp(-np.clip(eta + offset, -30, 30)))
        return n * share, n * share * (1 - share)

    share = np.clip(y.sum(axis=1) / np.maximum(n.sum(axis=1), 1e-9), 1e-6, 1 - 1e-6)
    begin = np.log(share / (1 - share)) - offset[weight.any(axis=0)].mean()
    return _fit(y, moments, design, effect, weight, begin, block)


def _fit(
    y: Numbers,
    moments: object,
    design: Numbers,
    effect: Numbers,
    weight: Numbers,
    begin: Numbers,
    block: int,
) -> Fit:
    assert callable(moments)
    beta, information, mean, variance = _solved(y, moments, design, effect, weight, begin)
    if block > 1:
        residual = (y - mean) / np.sqrt(np.maximum(variance, 1e-9))
        told = weight > 0
        scale = np.sqrt(np.maximum((weight * residual**2).sum(axis=1) / told.sum(axis=1), 1))
        far = (
            np.abs(residual) / (OUTBREAK * np.minimum(scale, _usual_scale(residual, told)))[:, None]
        )
        weight = weight / np.maximum(far, 1) ** 2
        beta, information, mean, variance = _solved(y, moments, design, effect, weight, beta[:, 0])
    phi, freedom = _dispersion(y, mean, variance, weight, design.shape[1] + 1, block)
    inverse = np.linalg.inv(information)
    spread = np.sqrt(np.maximum(inverse[:, -1, -1], 0) * phi)
    return Fit(beta[:, -1], spread, freedom, phi)


def _usual_scale(residual: Numbers, told: npt.NDArray[np.bool_]) -> Numbers:
    """Of the residuals, by their median, so that an outbreak does not make itself usual."""
    square = np.where(told, residual**2, np.nan)
    return np.asarray(np.sqrt(np.maximum(np.nanmedian(square, axis=1) / 0.455, 1)))


def _solved(
    y: Numbers,
    moments: object,
    design: Numbers,
    effect: Numbers,
    weight: Numbers,
    begin: Numbers,
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Newton's method for all fits together: coefficients, information, means, variances."""
    assert callable(moments)
    fits, steps = effect.shape
    terms = design.shape[1] + 1
    beta = np.zeros((fits, terms))
    beta[:, 0] = begin
    information = np.empty((fits, terms, terms))
    mean = variance = np.zeros((fits, steps))
    for _ in range(_ROUNDS):
        eta = beta[:, :-1] @ design.T + beta[:, -1:] * effect
        mean, variance = moments(eta)
        used = weight * variance
        error = weight * (y - mean)
        crossed = np.einsum("tp,ft,tq->fpq", design, used, design, optimize=True)
        side = (used * effect) @ design
        information[:, :-1, :-1] = crossed
        information[:, -1, :-1] = information[:, :-1, -1] = side
        information[:, -1, -1] = (used * effect**2).sum(axis=1)
        information[:, np.arange(terms), np.arange(terms)] += _RIDGE
        gradient = np.concatenate([error @ design, (error * effect).sum(axis=1)[:, None]], axis=1)
        move = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        move *= np.minimum(1, 3 / np.maximum(np.abs(move).max(axis=1), 1e-9))[:, None]
        beta += move
        if np.abs(move).max(initial=0) < _TOLERANCE:
            break
    return beta, information, mean, variance


def _dispersion(
    y: Numbers, mean: Numbers, variance: Numbers, weight: Numbers, terms: int, block: int
) -> tuple[Numbers, Numbers]:
    """At least 1; that of blocks when it is larger, and always their degrees of freedom."""
    small = np.maximum(variance, 1e-9)
    used = weight.sum(axis=1)
    plain = (weight * (y - mean) ** 2 / small).sum(axis=1) / np.maximum(used - terms, 1)
    if block == 1:
        return np.maximum(plain, 1.0), np.maximum(used - terms, 1)
    edges = np.arange(0, y.shape[1], block)
    error = np.add.reduceat(weight * (y - mean), edges, axis=1)
    room = np.add.reduceat(weight * variance, edges, axis=1)
    told = np.add.reduceat(weight, edges, axis=1) >= block / 2
    blocks = told.sum(axis=1)
    freedom = np.maximum(blocks - terms, 1).astype(float)
    blocked = np.where(told, error**2 / np.maximum(room, 1e-9), 0).sum(axis=1) / freedom
    return np.maximum(np.maximum(plain, blocked), 1.0), freedom
