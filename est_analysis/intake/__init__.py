"""Exports as they lie → columns of texts, as declared, and what is doubted of a delivery.

A table is reshaped between the reading of its file and the reading of its columns: layouts, wide
tables, places; never guessed. Every cell that becomes a row keeps the file, the sheet, the row and
the header that it stood under. A delivery is doubted before it is believed: here stands what is
asked of it, and how it is told.
"""

from est_analysis.intake import suspicions
from est_analysis.intake.bulk import bulk
from est_analysis.intake.coarser import coarser
from est_analysis.intake.layouts import read_export
from est_analysis.intake.missed_sums import missed_sums
from est_analysis.intake.reading import Reading
from est_analysis.intake.resolve import resolved
from est_analysis.intake.suspicion import doubts, names
from est_analysis.intake.told import doubted, refuse_doubted, told
from est_analysis.intake.words import place_of_row

__all__ = [
    "Reading",
    "bulk",
    "coarser",
    "doubted",
    "doubts",
    "missed_sums",
    "names",
    "place_of_row",
    "read_export",
    "refuse_doubted",
    "resolved",
    "suspicions",
    "told",
]
