"""Stored JSON, read: which schema it has, and every field checked before any of it is used."""

from est_analysis.stored_json.reading import (
    INDEX_SCHEMA,
    LOG_SCHEMA,
    MANIFEST_SCHEMA,
    MIGRATIONS,
    RESULTS_SCHEMA,
    SCHEMAS,
    SNAPSHOT_SCHEMA,
    Record,
    parsed,
    read_stored,
    up_to_date,
)
from est_analysis.stored_json.shape import plain, shown
from est_analysis.stored_json.shapes import CLEANING, INVENTED

__all__ = [
    "CLEANING",
    "INDEX_SCHEMA",
    "INVENTED",
    "LOG_SCHEMA",
    "MANIFEST_SCHEMA",
    "MIGRATIONS",
    "RESULTS_SCHEMA",
    "SCHEMAS",
    "SNAPSHOT_SCHEMA",
    "Record",
    "parsed",
    "plain",
    "read_stored",
    "shown",
    "up_to_date",
]
