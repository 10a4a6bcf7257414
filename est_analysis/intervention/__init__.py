"""Did an insats work? Designs, fits, estimates, and a conclusion on a fixed scale."""

from est_analysis.intervention.design import LEAST_EVENTS, LEAST_POOL, RUN_UP, STEPS_A_YEAR, Design
from est_analysis.intervention.displacement import displacement_difference
from est_analysis.intervention.estimates import Estimate
from est_analysis.intervention.evaluate import (
    GRADES,
    Evaluation,
    Regression,
    concluded,
    evaluate,
)
from est_analysis.intervention.without import without_insats

__all__ = [
    "GRADES",
    "LEAST_EVENTS",
    "LEAST_POOL",
    "RUN_UP",
    "STEPS_A_YEAR",
    "Design",
    "Estimate",
    "Evaluation",
    "Regression",
    "concluded",
    "displacement_difference",
    "evaluate",
    "without_insats",
]
