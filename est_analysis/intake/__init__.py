"""Exports as they lie → columns of texts: layouts, wide tables, places; as declared, never guessed.

A table is reshaped between the reading of its file and the reading of its columns. Every cell that
becomes a row keeps the file, the sheet, the row and the header that it stood under.
"""

from est_analysis.intake.layouts import read_export
from est_analysis.intake.resolve import resolved

__all__ = ["read_export", "resolved"]
