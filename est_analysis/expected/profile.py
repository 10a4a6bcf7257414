"""The year's shape of a category, estimated over all its areas together and lent to each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

SEASON_SD = 0.5  # log scale: how far the year's waves may lie from none, before the data speak
CALENDAR_SD = 0.3  # a feast's effect; with few feasts behind it stays near none
OWN_SD = 0.25  # how far a category's shape may lie from that of all the actor's categories
SLOPE_SD = 0.3  # change of slope per year at each knot of the trend
KNOT_STEPS = 0.5  # years between knots
LEAST_YEARS = 1.5  # with less a season cannot be told from a trend: no shape at all
OUTBREAK = 2.58  # Anscombe residuals above this weigh less (Noufaily et al. 2013)
_ROUNDS = 25
_TOLERANCE = 1e-8
_PASSES = 4  # of dispersion and weights
_MEDIAN_OF_SQUARE = 0.455  # of a standard normal variable


@dataclass(frozen=True)
class Profile:
    """The year's shape of several categories.

    Attributes
    ----------
    shape
        Categories × steps, log scale: 0 is an ordinary step. Also for steps to come.
    covariance
        Categories × terms × terms, of season and calendar; `variance` gives what follows.
    calendar
        Categories × families: coefficients, and `calendar_sd` their standard errors.
    dispersion
        Of each category's counts per step around shape and trend; 1 is pure chance. As
        estimated: it may be below 1.
    years
        Of reported steps behind each category; below `LEAST_YEARS` there is no shape.
    parameters
        Effective number that each shape has taken from the counts it was fitted to.
    """

    shape: Numbers
    covariance: Numbers
    calendar: Numbers
    calendar_sd: Numbers
    dispersion: Numbers
    years: Numbers
    parameters: Numbers

    def variance(self, terms: Numbers) -> Numbers:
        """Of the shape of each category (rows) at some steps' terms (columns), log scale."""
        return np.asarray(np.einsum("tp,cpq,tq->ct", terms, self.covariance, terms, optimize=True))


def fit_profiles(
    counts: Numbers,
    exposure: Numbers,
    season: Numbers,
    calendar: Numbers,
    steps_a_year: float,
    breaks: tuple[int, ...] = (),
) -> Profile:
    """Estimate the shape of all categories of one actor.

    A log-linear model with dispersion: level + trend (straight, with a bend every half year) +
    a step at each declared break + season + calendar. Season and calendar have normal priors:
    first for all categories together around no effect, then for each category around the former,
    so that a category with few events has the shape of its actor (empirical Bayes in spirit;
    the prior's widths are fixed, chosen by back-test). A step with an outbreak weighs less.

    Parameters
    ----------
    counts, exposure
        Categories × observed steps; counts are summed over areas, and exposure is what share of
        the usual reporting was there (0 where nothing was reported, never NaN).
    season, calendar
        Terms of `yearly_terms`: steps × terms, at least as many steps as were observed.
    breaks
        Steps from which the figures mean something else.
    """
    categories, observed = counts.shape
    told = exposure > 0
    years = told.sum(axis=1) / steps_a_year
    shared = np.concatenate([season, calendar], axis=1)
    shape_terms = shared.shape[1]
    own = _trend(observed, steps_a_year, breaks)
    design = np.concatenate([shared[:observed], own], axis=1)
    sd = np.concatenate(
        [
            np.full(season.shape[1], SEASON_SD),
            np.full(calendar.shape[1], CALENDAR_SD),
            np.full(own.shape[1], SLOPE_SD),
        ]
    )
    sd[shape_terms : shape_terms + 2 + len(breaks)] = 1e3  # level, slope and steps are free
    usual = np.where(told, counts, 0).sum(axis=1) / np.maximum(exposure.sum(axis=1), 1e-9)
    together = (usual[:, None] * exposure).sum(axis=0)[None, :]
    first, _, _ = _fit(
        np.where(told, counts, 0).sum(axis=0)[None, :], together, design, np.zeros((1, len(sd))), sd
    )
    centre = np.zeros((categories, len(sd)))
    centre[:, :shape_terms] = first[:, :shape_terms]
    sd = np.concatenate([np.full(shape_terms, OWN_SD), sd[shape_terms:]])
    beta, covariance, phi = _fit(counts, usual[:, None] * exposure, design, centre, sd)
    enough = (years >= LEAST_YEARS) & (usual > 0)
    beta = np.where(enough[:, None], beta, 0)
    part = covariance[:, :shape_terms, :shape_terms] * enough[:, None, None]
    where = slice(season.shape[1], shape_terms)
    spread = np.sqrt(np.diagonal(part, axis1=1, axis2=2)[:, where])
    taken = 1 - np.diagonal(part, axis1=1, axis2=2) / sd[:shape_terms] ** 2
    taken = np.where(enough, taken.sum(axis=1), 0)
    return Profile(
        beta[:, :shape_terms] @ shared.T, part, beta[:, where], spread, phi, years, taken
    )


def _trend(steps: int, steps_a_year: float, breaks: tuple[int, ...]) -> Numbers:
    """Level, slope, a step per break, and hinges."""
    time = np.arange(steps) / steps_a_year
    last = time[-1] if steps else 0.0
    knots = np.arange(KNOT_STEPS, last - KNOT_STEPS / 2, KNOT_STEPS)
    hinges = np.maximum(time[:, None] - knots, 0)
    jumps = (np.arange(steps)[:, None] >= np.array(breaks, dtype=int)).astype(float)
    columns = [np.ones((steps, 1)), time[:, None] - last / 2, jumps, hinges]
    return np.concatenate(columns, axis=1)


def _fit(
    counts: Numbers, exposure: Numbers, design: Numbers, centre: Numbers, sd: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Penalised quasi-Poisson of every row on one design: coefficients, covariance, dispersion."""
    told = exposure > 0
    y = np.where(told, counts, 0.0)
    offset = np.log(np.where(told, exposure, 1.0))
    prior = np.diag(1 / sd**2)
    phi = np.ones(len(y))
    weight = told.astype(float)
    beta = centre.copy()
    information = np.broadcast_to(prior, (len(y), *prior.shape))
    for _ in range(_PASSES):
        for _ in range(_ROUNDS):
            mean = np.exp(np.clip(beta @ design.T + offset, -20, 20))
            scaled = weight / phi[:, None]
            information = np.einsum("tp,ct,tq->cpq", design, scaled * mean, design, optimize=True)
            information = information + prior
            gradient = (scaled * (y - mean)) @ design - (beta - centre) @ prior
            move = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
            move *= np.minimum(1, 2 / np.maximum(np.abs(move).max(axis=1), 1e-9))[:, None]
            beta = beta + move
            if np.abs(move).max(initial=0) < _TOLERANCE:
                break
        mean = np.exp(np.clip(beta @ design.T + offset, -20, 20))
        leverage = np.einsum(
            "tp,cpq,tq->ct", design, np.linalg.inv(information), design, optimize=True
        )
        used = (leverage * weight * mean / phi[:, None]).sum(axis=1)
        left = np.maximum(weight.sum(axis=1) - used, 1)
        pearson = (weight * (y - mean) ** 2 / np.maximum(mean, 1e-9)).sum(axis=1)
        phi = np.maximum(pearson / left, 0.05)
        weight = told * _weights(y, mean, told)
    phi = np.where(weight.sum(axis=1) > design.shape[1], phi, np.nan)
    return beta, np.asarray(np.linalg.inv(information), dtype=np.float64), phi


def _weights(counts: Numbers, mean: Numbers, told: npt.NDArray[np.bool_]) -> Numbers:
    """1, and less the further above the rest a step lies; by a scale that no outbreak moves."""
    if not told.any():
        return np.ones_like(counts)
    residual = 1.5 * (counts ** (2 / 3) - mean ** (2 / 3)) / mean ** (1 / 6)
    square = np.where(told | ~told.any(axis=1, keepdims=True), residual**2, np.nan)
    usual = np.nanmedian(square, axis=1, keepdims=True)
    residual = residual / np.sqrt(np.maximum(usual / _MEDIAN_OF_SQUARE, 1))
    return np.where(residual > OUTBREAK, (OUTBREAK / np.maximum(residual, OUTBREAK)) ** 2, 1.0)
