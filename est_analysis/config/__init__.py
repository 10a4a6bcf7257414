"""Settings as data: everything an analyst edits, read and checked from ``params/``."""

from est_analysis.config.load import load_settings
from est_analysis.config.model import (
    UNKNOWN,
    UNMAPPED,
    Area,
    Break,
    CalendarEntry,
    Category,
    Column,
    Decision,
    Disclosure,
    Intervention,
    Judgement,
    Municipality,
    Ratings,
    RowRule,
    Settings,
    SourceFormat,
    Translation,
)

__all__ = [
    "UNKNOWN",
    "UNMAPPED",
    "Area",
    "Break",
    "CalendarEntry",
    "Category",
    "Column",
    "Decision",
    "Disclosure",
    "Intervention",
    "Judgement",
    "Municipality",
    "Ratings",
    "RowRule",
    "Settings",
    "SourceFormat",
    "Translation",
    "load_settings",
]
