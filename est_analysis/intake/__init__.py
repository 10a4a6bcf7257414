"""A delivery is doubted before it is believed: what is asked of it, and how it is told."""

from est_analysis.intake import suspicions
from est_analysis.intake.bulk import bulk
from est_analysis.intake.coarser import coarser
from est_analysis.intake.reading import Reading
from est_analysis.intake.suspicion import doubts, names
from est_analysis.intake.told import doubted, refuse_doubted, told

__all__ = [
    "Reading",
    "bulk",
    "coarser",
    "doubted",
    "doubts",
    "names",
    "refuse_doubted",
    "suspicions",
    "told",
]
