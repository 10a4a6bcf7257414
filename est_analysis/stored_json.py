"""Stored JSON says which schema it has: an older one is brought up to date, a newer one refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from est_analysis.errors import ReportError

Record = dict[str, Any]

RESULTS_SCHEMA = 1
MANIFEST_SCHEMA = 2  # 2: checksum of results.json, place in the run log
INDEX_SCHEMA = 1
LOG_SCHEMA = 1
SNAPSHOT_SCHEMA = 1


def _with_checksum(manifest: Record) -> Record:
    """Nobody had noted how the results were when a manifest of schema 1 was written."""
    return {**manifest, "schema": 2, "results": None, "reading": 0}


# What is stored → how its earlier schemas become the next ones.
MIGRATIONS: Mapping[str, Mapping[int, Callable[[Record], Record]]] = {
    "manifest": {1: _with_checksum},
    "results": {},
    "index": {},
    "run log": {},
    "snapshot": {},
}
SCHEMAS = {
    "manifest": MANIFEST_SCHEMA,
    "results": RESULTS_SCHEMA,
    "index": INDEX_SCHEMA,
    "run log": LOG_SCHEMA,
    "snapshot": SNAPSHOT_SCHEMA,
}


def read_stored(path: Path, what: str) -> Record:
    """A stored JSON file in the schema of this version.

    Parameters
    ----------
    what
        One of `SCHEMAS`.

    Raises
    ------
    ReportError
        When it is not there, is no JSON, or has a schema that this version does not know.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _refusal(path, what, "no such file") from None
    except (ValueError, OSError) as fault:
        raise _refusal(path, what, f"something else ({type(fault).__name__})") from None
    return up_to_date(found, what, path)


def up_to_date(found: Any, what: str, path: Path) -> Record:
    """A stored record in the schema of this version.

    Examples
    --------
    >>> up_to_date({"schema": 1, "kind": "weekly"}, "manifest", Path("manifest.json"))["schema"]
    2
    """
    record: Record = found if isinstance(found, dict) else {}
    while record.get("schema") != SCHEMAS[what]:
        migrate = MIGRATIONS[what].get(record.get("schema", 0))
        if migrate is None:
            raise _refusal(path, what, f"schema {record.get('schema', 'not stated')}")
        record = migrate(record)
    return record


def _refusal(path: Path, what: str, found: str) -> ReportError:
    return ReportError(
        f"cannot use {path}",
        expected=f"a {what} with schema {SCHEMAS[what]} or an earlier one",
        found=found,
        change="use the version of est_analysis that wrote it, or make it again",
        otherwise="it is not used",
    )
