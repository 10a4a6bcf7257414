"""What is stored of a report: its numbers, its manifest, and its line in the run log."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from est_analysis.archive import append, archive_folder, entry_limit
from est_analysis.config import Settings
from est_analysis.errors import ReportError
from est_analysis.exhibits import EXHIBIT_MIME, MANIFEST_MIME
from est_analysis.findings.rows import taken_back
from est_analysis.findings.unread import in_lines
from est_analysis.language import language
from est_analysis.report.parameters import UNTOUCHED
from est_analysis.report.place import MANIFEST
from est_analysis.report.provenance import program
from est_analysis.stored_json import MANIFEST_SCHEMA, RESULTS_SCHEMA

CLAIM_KEYS = ("actor", "area", "category", "comparison", "intervention", "name", "beside", "near")
INTERNAL = (MANIFEST, "notebook.ipynb")  # of a report's files: not for publication
LOGGED = ("parameters", "notebook", "program", "versions", "commit", "reading", "results")


def _outputs(notebook: Any, mime: str) -> list[Any]:
    return [
        output["data"][mime]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]


def facts_in(notebook: Any) -> dict[str, Any]:
    """What the report says of itself, from the cell that shows its head."""
    found = _outputs(notebook, MANIFEST_MIME)
    if not found:
        raise ReportError(
            "the notebook does not start a report",
            expected="a cell that shows start(…), the report's head",
            found="no such output",
            change="let a cell near the top end with: report",
            otherwise=UNTOUCHED,
        )
    facts: dict[str, Any] = found[0]
    return facts


def results_of(notebook: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Every number on the page: the content of ``results.json``."""
    keys = (
        "kind",
        "municipality",
        "name",
        "fictional",
        "period",
        "start",
        "end",
        "area",
        "audience",
        "language",
        "as_of",
    )
    exhibits = [json.loads(record) for record in _outputs(notebook, EXHIBIT_MIME)]
    return {
        "schema": RESULTS_SCHEMA,
        **{key: facts[key] for key in keys},
        "unread": facts["unread"],
        "withdrawn": [claim for exhibit in exhibits for claim in withdrawn_in(exhibit)],
        "exhibits": exhibits,
    }


def withdrawn_in(exhibit: dict[str, Any]) -> list[dict[str, Any]]:
    """The claims of an exhibit that what is unread takes back: its keys, and by which causes.

    A public exhibit has no causes; there what cannot be judged is said of the row.
    """
    rows = [
        dict(zip(exhibit.get("columns", ()), row, strict=True)) for row in exhibit.get("rows", ())
    ]
    return [
        {
            "exhibit": exhibit["id"],
            **{key: row[key] for key in CLAIM_KEYS if isinstance(row.get(key), str)},
            "doubt": row.get("doubt", ""),
        }
        for row in rows
        if taken_back(row)
    ]


def withdrawn_lines(results: dict[str, Any]) -> list[str]:
    """What a report could not judge and why, for a terminal."""
    doubts = [claim["doubt"] for claim in results["withdrawn"] if claim["doubt"]]
    causes = [
        {**row, **{end: pd.Timestamp(row[end]) for end in ("start", "end")}}
        for row in results["unread"]
    ]
    return in_lines(doubts, causes, language("en"))


def manifest_of(
    facts: dict[str, Any],
    results: dict[str, Any],
    source: Path,
    parameters: dict[str, str],
    municipality: str,
) -> dict[str, Any]:
    """What the report was made from; the checksum of the results is added when they are written."""
    return {
        "schema": MANIFEST_SCHEMA,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "notebook": {
            "file": source.name,
            "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        },
        "program": program(),
        "parameters": {**parameters, "municipality": municipality, "as_of": facts["as_of"]},
        **{key: value for key, value in facts.items() if key != "unread"},
        "disclosure": _verdict(results),
    }


def _verdict(results: dict[str, Any]) -> dict[str, Any]:
    """The rule and how many cells it hid, as the appendix says; empty where there is none."""
    for entry in results["exhibits"]:
        if entry["id"] == "appendix":
            return {key: entry[key] for key in ("rule", "hidden", "hidden_by_reason")}
    return {}


def write_json(path: Path, content: dict[str, Any]) -> str:
    """Write a file; SHA-256 of what it holds."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    path.write_bytes(text.encode())
    return hashlib.sha256(text.encode()).hexdigest()


def finish_manifest(work: Path, manifest: dict[str, Any], names: Collection[str]) -> None:
    """Write the manifest, with the checksums of the files that a public edition may publish."""
    sums = {name: hashlib.sha256((work / name).read_bytes()).hexdigest() for name in sorted(names)}
    manifest["files"] = sums
    write_json(work / MANIFEST, manifest)


def log_report(settings: Settings, manifest: dict[str, Any]) -> None:
    """Note in the run log which report is made, from what, for whom, by which version."""
    if entry_limit() is None:
        facts = {"kind": manifest["kind"], **{key: manifest[key] for key in LOGGED}}
        append(archive_folder(settings), "report", facts)
