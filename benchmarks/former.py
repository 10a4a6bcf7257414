"""The primary design of the former release, to be held beside today's on the same draws."""

from __future__ import annotations

from est_analysis.intervention.design import Design
from est_analysis.intervention.estimates import Estimate, controlled, interrupted, parallel

PARALLEL = 0.05


def former(design: Design) -> Estimate:
    """Against the declared areas where they went in step before, else an interrupted series."""
    return (
        controlled(design)
        if design.controlled and not parallel(design) < PARALLEL
        else interrupted(design)
    )
