"""One raw export as its declared format says; nothing interpreted, provenance kept."""

from est_analysis.sources.coded import Coded
from est_analysis.sources.read import Delivery, Export, find_files, read_export

__all__ = ["Coded", "Delivery", "Export", "find_files", "read_export"]
