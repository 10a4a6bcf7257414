"""Raw exports → canonical incidents; every row read is kept, rejected or a duplicate."""

from est_analysis.incidents.clean import Cleaning, clean, clean_source
from est_analysis.incidents.duplicates import candidates

__all__ = ["Cleaning", "candidates", "clean", "clean_source"]
