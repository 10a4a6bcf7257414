"""Stored JSON says which schema it has: an older one is brought up to date, a newer one refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from est_analysis.errors import ReportError
from est_analysis.stored_json import shapes
from est_analysis.stored_json.shape import ANYTHING, Check, Wrong, shown

Record = dict[str, Any]

RESULTS_SCHEMA = 2  # 2: what is unread, and the claims that it takes back
MANIFEST_SCHEMA = 2  # 2: checksum of results.json, place in the run log
INDEX_SCHEMA = 1
LOG_SCHEMA = 1
SNAPSHOT_SCHEMA = 1


def _with_checksum(manifest: Record) -> Record:
    """Nobody had noted how the results were when a manifest of schema 1 was written."""
    return {**manifest, "schema": 2, "results": None, "reading": 0}


def _nothing_withdrawn(results: Record) -> Record:
    """No claim was taken back for what was unread when results of schema 1 were written."""
    return {**results, "schema": 2, "unread": [], "withdrawn": []}


# What is stored → how its earlier schemas become the next ones.
MIGRATIONS: Mapping[str, Mapping[int, Callable[[Record], Record]]] = {
    "manifest": {1: _with_checksum},
    "results": {1: _nothing_withdrawn},
    "index": {},
    "run log": {},
    "log head": {},
    "snapshot": {},
}
SCHEMAS = {
    "manifest": MANIFEST_SCHEMA,
    "results": RESULTS_SCHEMA,
    "index": INDEX_SCHEMA,
    "run log": LOG_SCHEMA,
    "log head": LOG_SCHEMA,
    "snapshot": SNAPSHOT_SCHEMA,
}
SHAPES: Mapping[str, Check] = {
    "manifest": shapes.MANIFEST,
    "results": shapes.RESULTS,
    "index": ANYTHING,  # for other programs: nothing here reads it
    "run log": shapes.LOG,
    "log head": shapes.LOG_HEAD,
    "snapshot": shapes.SNAPSHOT,
}


def read_stored(path: Path, what: str) -> Record:
    """A stored JSON file in the schema of this version, every field that is used checked.

    Parameters
    ----------
    what
        One of `SCHEMAS`.

    Raises
    ------
    ReportError
        When it is not there, is no JSON, has a schema that this version does not know, or a field
        that is not what this program writes there.
    """
    try:
        found = parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _refusal(path, what, "no such file") from None
    except (ValueError, OSError) as fault:
        raise _refusal(path, what, f"something else ({type(fault).__name__})") from None
    return up_to_date(found, what, path)


def parsed(text: str) -> Any:
    """A text's JSON value; ValueError when it is none, or nested deeper than can be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def up_to_date(found: Any, what: str, path: Path) -> Record:
    """A stored record in the schema of this version; refused as `read_stored` does."""
    record: Record = found if isinstance(found, dict) else {}
    while (schema := _schema(record, what, path)) != SCHEMAS[what]:
        migrate = MIGRATIONS[what].get(schema)
        if migrate is None:
            raise _refusal(path, what, f"schema {schema}")
        record = migrate(record)
    wrong = next(SHAPES[what](record, ""), None)
    if wrong is not None:
        raise _wrong_field(path, wrong)
    return record


def _schema(record: Record, what: str, path: Path) -> int:
    schema = record.get("schema", "not stated")
    if type(schema) is not int:  # true is 1 to Python
        raise _refusal(path, what, f"schema {shown(schema)}")
    return schema


def _refusal(path: Path, what: str, found: str) -> ReportError:
    return ReportError(
        f"cannot use {path}",
        expected=f"a {what} with schema {SCHEMAS[what]} or an earlier one",
        found=found,
        change="use the version of est_analysis that wrote it, or make it again",
        otherwise="it is not used",
    )


def _wrong_field(path: Path, wrong: Wrong) -> ReportError:
    return ReportError(
        f"cannot use {path}",
        expected=f"{wrong.place}: {wrong.expected}",
        found=wrong.found,
        change="put the file back as est wrote it, or make it again",
        otherwise="it is not used",
    )
