"""The weighted displacement difference of Wheeler and Ratcliffe, plain and as an estimate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import Design
from est_analysis.intervention.estimates import Estimate, estimable, unknown

Numbers = npt.NDArray[np.float64]


def displacement_difference(
    treated: tuple[float, float],
    control: tuple[float, float],
    displacement: tuple[float, float] = (0.0, 0.0),
    displacement_control: tuple[float, float] = (0.0, 0.0),
    dispersion: float = 1.0,
) -> tuple[float, float]:
    """Weighted displacement difference and its standard error.

    Parameters
    ----------
    treated, control, displacement, displacement_control
        Counts (before, after) over equally long periods.
    dispersion
        1 is the published Poisson error.

    Returns
    -------
    tuple of float
        Incidents more (negative: fewer) than the control areas would let expect, displacement
        included; standard error.

    Notes
    -----
    Wheeler and Ratcliffe 2018, doi:10.1186/s40163-018-0085-5.

    Examples
    --------
    >>> difference, error = displacement_difference((120, 100), (130, 150))
    >>> difference, round(error, 1)
    (-40.0, 22.4)
    """
    change = (treated[1] - treated[0]) - (control[1] - control[0])
    moved = (displacement[1] - displacement[0]) - (
        displacement_control[1] - displacement_control[0]
    )
    every = (*treated, *control, *displacement, *displacement_control)
    return float(change + moved), float(np.sqrt(dispersion * sum(every)))


def weighted_difference(
    design: Design, neighbours: Sequence[tuple[Numbers, Numbers]] = (), dispersion: float = 1.0
) -> Estimate:
    """`displacement_difference` of the weeks after and as many before the run-up, as an estimate.

    Of whole steps that all areas reported; a step reported in part is raised to the whole.

    Comparison areas together are the control, neighbours together the displacement area, with the
    control again as theirs when there are neighbours. Absolute changes are compared: where control
    and target differ much in size, or the seasons differ, it misleads; it is shown because it is
    often asked for.
    """
    if not design.controlled:
        return unknown("displacement_difference")
    areas = [
        (design.target, design.exposure),
        *zip(design.comparison, design.comparison_exposure, strict=True),
        *neighbours,
    ]
    told = np.all([~np.isnan(counts) & (there > 0) for counts, there in areas], axis=0)
    after = np.flatnonzero(design.after & design.whole & told)
    before = np.flatnonzero(design.before & told)[-len(after) :]
    after = after[: len(before)]

    def pair(counts: Numbers, there: Numbers) -> tuple[float, float]:
        return (
            float((counts[before] / there[before]).sum()),
            float((counts[after] / there[after]).sum()),
        )

    treated, *others = (pair(*area) for area in areas)
    compared, moved = others[: len(design.comparison)], others[len(design.comparison) :]
    control = (
        sum(one for one, _ in compared) / len(compared),
        sum(two for _, two in compared) / len(compared),
    )
    near = (sum(one for one, _ in moved), sum(two for _, two in moved))
    theirs = (control[0] * len(moved), control[1] * len(moved))
    change, error = displacement_difference(treated, control, near, theirs, max(dispersion, 1))
    if treated[1] <= 0 or treated[1] - change <= 0:  # also where there are no weeks to compare
        return unknown("displacement_difference")
    without = treated[1] - change
    low, high = without - 1.96 * error, without + 1.96 * error
    upper = treated[1] / low if low > 0 else float("inf")  # nothing might have come without it
    return estimable(Estimate(
        "displacement_difference", treated[1] / without, treated[1] / high, upper,
        float("nan"), error / without, float("inf"), dispersion,
        -change, -(change + 1.96 * error), -(change - 1.96 * error), float("nan"), treated[1],
    ))  # fmt: skip
