"""A comparison made of all remaining areas, weighed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import LEAST_POOL, Design
from est_analysis.intervention.estimates import Estimate, controlled, unknown

Numbers = npt.NDArray[np.float64]


def synthetic(design: Design) -> Estimate:
    """Against all remaining areas, weighed so that together they went as the target did before.

    Weights are 0 or more, fitted by least squares (scipy.optimize.nnls, the well-kept solver) to
    sums of four steps before the run-up that all areas reported; Abadie, Diamond and Hainmueller
    2010, doi:10.1198/jasa.2009.ap08746, without their covariates. Then as `controlled`. Only with
    ten areas or more.
    """
    from scipy import optimize

    if design.pool is None or design.pool_exposure is None or len(design.pool) < LEAST_POOL:
        return unknown("synthetic")
    told = ~np.isnan(design.pool) & (design.pool_exposure > 0)
    before = np.flatnonzero(design.before & told.all(axis=0))
    length = len(before) // 4 * 4
    if length < design.steps_a_year:
        return unknown("synthetic")
    whole = design.pool[:, before[:length]] / design.pool_exposure[:, before[:length]]
    own = design.target[before[:length]] / design.exposure[before[:length]]
    weights, _ = optimize.nnls(
        whole.reshape(len(whole), -1, 4).sum(axis=2).T, own.reshape(-1, 4).sum(axis=1)
    )
    usual = weights * whole.mean(axis=1)
    if not usual.any():
        return unknown("synthetic")
    made = (weights[:, None] * np.where(told, design.pool, 0)).sum(axis=0)
    there = (usual[:, None] * told * design.pool_exposure).sum(axis=0) / usual.sum()
    # weighed counts tell less than whole ones: the sum is taken back to its effective number
    share = weights.sum() / np.square(weights).sum()
    made = np.where(there > 0, made * min(share, 1.0), np.nan)
    one = replace(design, comparison=made[None, :], comparison_exposure=there[None, :])
    return replace(controlled(one), design="synthetic")
