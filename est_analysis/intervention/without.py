"""What was to come without the insats in each step, by the design that the conclusion rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import Design
from est_analysis.intervention.estimates import Estimate, fitted_interrupted
from est_analysis.intervention.shares import NAME, Question

Numbers = npt.NDArray[np.float64]


def without_insats(asked: Question, primary: Estimate) -> tuple[Numbers, Numbers]:
    """Mean and variance of the target's count in each step, had the insats not been.

    Parameters
    ----------
    primary
        The estimate that the conclusion rests on: by the remaining areas, as many as their counts
        of that step give at the target's share before; else by level, season and a trend, if there
        was one.

    Returns
    -------
    mean, variance
        NaN where the target was not reported, or nothing to go by was, and everywhere where there
        is no estimate. In the steps after the start the means add up to the count divided by the
        estimated ratio: to what the conclusion says would have come.
    """
    design = asked.design
    nothing = np.full(len(design.target), np.nan)
    if not primary.known:
        return nothing, nothing
    mean, noise = _by_shares(asked) if primary.design == NAME else _by_level(design, primary)
    after = design.after & ~np.isnan(mean)
    total = float(mean[after].sum())
    if total > 0:
        mean[after] *= float(design.target[after].sum()) / primary.ratio / total
    return mean, mean * noise


def _by_shares(asked: Question) -> tuple[Numbers, Numbers]:
    """The remaining areas' counts, times the target's share of them before the start.

    How far the weeks before lie from that says how far a week may: it has the swings in it.
    """
    count, total, offset = asked.against_the_rest()
    told, rest = asked.design.told & asked.together, total - count
    before = replace(asked.design, run_up=0).before & told
    odds = np.exp(offset) * count[before].sum() / (rest * np.exp(offset))[before].sum()
    mean = np.where(told, rest * odds, np.nan)
    noise = 1 + odds  # their own chance is in it
    apart = ((count - mean) ** 2 / np.maximum(mean * noise, 1e-9))[before & (rest > 0)]
    return mean, noise * max(float(apart.mean()), 1.0)


def _by_level(design: Design, primary: Estimate) -> tuple[Numbers, Numbers]:
    fit, offset, terms = fitted_interrupted(design)
    mean = np.where(design.told, np.exp(offset + terms @ fit.terms[0]), np.nan)
    return mean, np.full_like(mean, primary.dispersion)
