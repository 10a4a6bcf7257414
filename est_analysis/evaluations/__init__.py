"""The register's insatser evaluated by each actor's data."""

from est_analysis.evaluations.answers import ActorEvaluation, InsatsEvaluation, Moved
from est_analysis.evaluations.evaluated import cannot_be, evaluate_insats, evaluated_in
from est_analysis.evaluations.register import register_entry
from est_analysis.evaluations.tables import (
    before_after,
    conclusions,
    data_checks,
    displacement,
    evaluations_in,
    ladder,
    regression,
    together_in,
    variants,
)

__all__ = [
    "ActorEvaluation",
    "InsatsEvaluation",
    "Moved",
    "before_after",
    "cannot_be",
    "conclusions",
    "data_checks",
    "displacement",
    "evaluate_insats",
    "evaluated_in",
    "evaluations_in",
    "ladder",
    "register_entry",
    "regression",
    "together_in",
    "variants",
]
