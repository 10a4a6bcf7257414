"""One raw export as its declared format says; nothing interpreted, provenance kept."""

from est_analysis.sources.coded import Coded
from est_analysis.sources.invented import MARK, mark_invented, refuse_invented
from est_analysis.sources.read import (
    CELL,
    SHEET,
    TRUTH,
    Delivery,
    Export,
    find_files,
    read_export,
    shared_tables,
    unread_files,
)

__all__ = [
    "CELL",
    "MARK",
    "SHEET",
    "TRUTH",
    "Coded",
    "Delivery",
    "Export",
    "find_files",
    "mark_invented",
    "read_export",
    "refuse_invented",
    "shared_tables",
    "unread_files",
]
