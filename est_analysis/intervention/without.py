"""What was to come without the insats in each step, by the design that the conclusion rests on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import Design
from est_analysis.intervention.estimates import Estimate, fitted_controlled, fitted_interrupted

Numbers = npt.NDArray[np.float64]


def without_insats(design: Design, primary: Estimate) -> tuple[Numbers, Numbers]:
    """Mean and variance of the target's count in each step, had the insats not been.

    Parameters
    ----------
    primary
        The estimate that the conclusion rests on: by comparison areas, as many as their counts of
        that step give; else by level, season and a trend, if there was one.

    Returns
    -------
    mean, variance
        NaN where the target was not reported, or nothing to go by was, and everywhere where there
        is no estimate. In the steps after the start the means add up to the count divided by the
        estimated ratio: to what the conclusion says would have come.
    """
    nothing = np.full(len(design.target), np.nan)
    if not primary.known:
        return nothing, nothing
    if primary.design == "controlled":
        mean, noise = _by_comparison(design)
    else:
        mean, noise = _by_level(design)
    after = design.after & ~np.isnan(mean)
    total = float(mean[after].sum())
    if total > 0:
        mean[after] *= float(design.target[after].sum()) / primary.ratio / total
    return mean, primary.dispersion * mean * noise


def _by_comparison(design: Design) -> tuple[Numbers, Numbers]:
    """The comparison areas' counts, times the target's share of them without the effect."""
    fit, offset, rest = fitted_controlled(design)
    told = design.told & design.compared
    share = np.exp(offset + fit.terms[0, 0])
    mean = np.where(told, rest * share, np.nan)
    return mean, 1 + share  # their own chance is in it


def _by_level(design: Design) -> tuple[Numbers, Numbers]:
    fit, offset, terms = fitted_interrupted(design)
    mean = np.where(design.told, np.exp(offset + terms @ fit.terms[0]), np.nan)
    return mean, np.ones_like(mean)
