"""Which reports have to be made, and why: the others are as they would be if made again."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from est_analysis.batch.plan import Job
from est_analysis.config import Settings
from est_analysis.config.paths import name_within
from est_analysis.errors import ReportError
from est_analysis.report import provenance
from est_analysis.report.place import FAILED, MANIFEST
from est_analysis.sources.read import find_files
from est_analysis.stored_json import read_stored
from est_analysis.workspace import notebook_file


@dataclass(frozen=True)
class Basis:
    """What every report of one municipality is made from, as it is now."""

    as_of: str
    inputs: frozenset[tuple[str, str, str]]  # actor, file, SHA-256
    settings: dict[str, str]  # file → SHA-256
    program: str
    versions: dict[str, str]


def basis_of(settings: Settings, as_of: dt.date) -> Basis:
    """Read the checksums of exports, settings and program."""
    folder = settings.municipality.exports
    return Basis(
        as_of=as_of.isoformat(),
        inputs=frozenset(
            (source.actor, name_within(path, folder), _sha256(path, path.stat().st_mtime_ns))
            for source in settings.sources.values()
            for path in find_files(source, folder)
        ),
        settings=provenance.checksums(settings),
        program=provenance.program(),
        versions=provenance.versions(),
    )


def reason_to_make(job: Job, folder: Path, basis: Basis) -> str:
    """Why a report has to be made; empty when the one in `folder` is what it would be.

    What depends on anything the program cannot see, such as another program that a notebook
    starts, is not looked at: that is what ``--force`` is for.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return "failed the last time" if (folder / FAILED).is_file() else "not made yet"
    if (folder / FAILED).is_file():
        return "failed the last time"
    try:
        made = read_stored(path, "manifest")
    except ReportError:
        return "its manifest cannot be read"
    if not all((folder / name).is_file() for name in ("notebook.ipynb", "results.json")) or not any(
        folder.glob("*.html")
    ):
        return "a file is missing"
    if made.get("as_of") != basis.as_of:
        return f"day of the extract: {made.get('as_of')} → {basis.as_of}"
    return _changed(job, made, basis)


def _changed(job: Job, made: dict[str, Any], basis: Basis) -> str:
    told = made.get("parameters", {})
    other = [key for key, value in job.parameters().items() if told.get(key, value) != value]
    if other:
        return f"other parameters: {', '.join(other)}"
    exports = _exports_changed(made.get("inputs", []), basis)
    if exports:
        return f"changed exports: {_listed(exports)}"
    settings = made.get("settings", {})
    if settings != basis.settings:
        files = {name for name, _ in settings.items() ^ basis.settings.items()}
        return f"changed settings: {_listed(files)}"
    source = notebook_file(job.kind, job.language)
    if made.get("notebook", {}).get("sha256") != _sha256(source, source.stat().st_mtime_ns):
        return f"changed notebook: {source.name}"
    if made.get("program") != basis.program:
        return "changed program"
    if made.get("versions") != basis.versions:
        names = {name for name, _ in made.get("versions", {}).items() ^ basis.versions.items()}
        return f"other versions: {_listed(names)}"
    return ""


def _exports_changed(made: list[dict[str, str]], basis: Basis) -> set[str]:
    """The files that are not as they were; a public manifest has checksums and no names."""
    named = {(one["actor"], one["file"], one["sha256"]) for one in made if "file" in one}
    if len(named) == len(made):
        return {file for _, file, _ in named ^ basis.inputs}
    then = {(one["actor"], one["sha256"]) for one in made}
    now = {(actor, sha): file for actor, file, sha in basis.inputs}
    gone = {f"one of {actor}" for actor, _ in then - now.keys()}
    return {now[key] for key in now.keys() - then} or gone


def _listed(names: set[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


@functools.cache
def _sha256(path: Path, changed_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
