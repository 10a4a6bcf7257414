"""Did an insats work? Designs, fits, estimates, and a conclusion on a fixed scale."""

from est_analysis.intervention.conclusion import GRADES, adjusted_p, concluded, graded, holds
from est_analysis.intervention.design import LEAST_EVENTS, LEAST_POOL, RUN_UP, STEPS_A_YEAR, Design
from est_analysis.intervention.displacement import displacement_difference
from est_analysis.intervention.estimates import Estimate
from est_analysis.intervention.evaluate import (
    Evaluation,
    Regression,
    evaluate,
    primary_of,
)
from est_analysis.intervention.pooled import Pooled, pooled
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
    "Pooled",
    "Regression",
    "adjusted_p",
    "concluded",
    "displacement_difference",
    "evaluate",
    "graded",
    "holds",
    "pooled",
    "primary_of",
    "without_insats",
]
