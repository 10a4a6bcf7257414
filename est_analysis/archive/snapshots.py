"""Deliveries as they were read, by the checksum of their content.

``cleaned`` keeps the rows as they are when the guard against personal data has seen them, with the
account of every row; ``raw`` keeps the files themselves, persons and all. Either gives a report's
figures again. What two snapshots have in common is stored once.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from est_analysis.archive.folder import alone, write_private
from est_analysis.config.paths import is_inside, name_within
from est_analysis.counts.dataset import Dataset
from est_analysis.errors import SourceError
from est_analysis.leftovers import own_folder
from est_analysis.sources import find_files
from est_analysis.store import write_cleaning
from est_analysis.stored_json import SNAPSHOT_SCHEMA, read_stored

RECORDS = "snapshots"
OBJECTS = "objects"
_SHA256 = re.compile("[0-9a-f]{64}")
NONE, CLEANED, RAW = "none", "cleaned", "raw"


@dataclass(frozen=True)
class Snapshot:
    """One reading that is kept. `objects`: file name → SHA-256 of its content."""

    path: Path
    kept: str  # when, UTC
    form: str
    as_of: str
    deliveries: tuple[dict[str, Any], ...]
    settings: dict[str, str]
    program: str
    objects: dict[str, str]


def keep_snapshot(folder: Path, data: Dataset, settings_sums: dict[str, str], program: str) -> str:
    """Keep what was read, unless it is kept already; the snapshot's name, or "" for none."""
    form = data.settings.archive.snapshots
    if form == NONE:
        return ""
    facts: dict[str, Any] = {
        "schema": SNAPSHOT_SCHEMA,
        "form": form,
        "deliveries": [asdict(delivery) for delivery in data.cleaning.deliveries],
        "settings": settings_sums,
        "as_of": data.as_of.isoformat(),
        "program": program,
    }
    words = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    name = hashlib.sha256(words.encode()).hexdigest()
    record = folder / RECORDS / f"{name}.json"
    with alone(folder):
        if not record.is_file():
            _keep(folder, record, data, facts)
    return name


def _keep(folder: Path, record: Path, data: Dataset, facts: dict[str, Any]) -> None:
    """Write what is not there yet; the record last."""
    objects = {}
    for file, content in _raw(data) if facts["form"] == RAW else _cleaned(data):
        objects[file] = hashlib.sha256(content).hexdigest()
        path = object_path(folder, objects[file])
        if not path.is_file():
            write_private(path, gzip.compress(content, compresslevel=6, mtime=0))
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    facts = {**facts, "kept": now, "objects": objects}
    write_private(record, (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())


def object_path(folder: Path, digest: str) -> Path:
    """Where content with a checksum lies."""
    return folder / OBJECTS / digest[:2] / f"{digest}.gz"


def _cleaned(data: Dataset) -> Iterator[tuple[str, bytes]]:
    with own_folder("est-kept-") as work:
        write_cleaning(data.cleaning, work / "cleaned")
        for path in sorted((work / "cleaned").iterdir()):
            yield path.name, path.read_bytes()


def _raw(data: Dataset) -> Iterator[tuple[str, bytes]]:
    read = {(d.actor, d.file, d.sha256) for d in data.cleaning.deliveries}
    exports = data.settings.municipality.exports
    for source in data.settings.sources.values():
        for path in find_files(source, exports):
            content, name = path.read_bytes(), name_within(path, exports)
            if (source.actor, name, hashlib.sha256(content).hexdigest()) not in read:
                raise SourceError(
                    f"{name} changed while it was read",
                    expected="exports that stay as they are while a report is made",
                    found="other content than was read",
                    change="make the report again when the delivery is complete",
                    otherwise="no report is made",
                )
            yield name, content


def all_snapshots(folder: Path) -> list[Snapshot]:
    """Every snapshot in an archive, the oldest first."""
    found = [read_snapshot(path) for path in sorted((folder / RECORDS).glob("*.json"))]
    return sorted(found, key=lambda one: (one.kept, one.path.name))


def read_snapshot(path: Path) -> Snapshot:
    """One snapshot's record; ReportError when it is none."""
    facts = read_stored(path, "snapshot")
    return Snapshot(
        path=path,
        kept=facts["kept"],
        form=facts["form"],
        as_of=facts["as_of"],
        deliveries=tuple(facts["deliveries"]),
        settings=facts["settings"],
        program=facts["program"],
        objects=facts["objects"],
    )


def find_snapshot(folder: Path, manifest: dict[str, Any]) -> Snapshot | None:
    """The snapshot of what a report was made from, if one is kept: files before cleaned rows.

    Of cleaned rows only those of the same day and settings will do; of those that are by another
    version of the program, the first.
    """
    wanted = inputs_of(manifest["inputs"])
    same = [one for one in all_snapshots(folder) if inputs_of(one.deliveries) == wanted]
    raw = [one for one in same if one.form == RAW]
    cleaned = [
        one
        for one in same
        if one.form == CLEANED
        and one.as_of == manifest["as_of"]
        and one.settings == manifest["settings"]
    ]
    own = [one for one in cleaned if one.program == manifest["program"]]
    return next(iter([*raw, *own, *cleaned]), None)


def inputs_of(deliveries: Any) -> list[tuple[str, str]]:
    """Actor and checksum of each file: what public manifests have, too."""
    return sorted((delivery["actor"], delivery["sha256"]) for delivery in deliveries)


def restore(folder: Path, snapshot: Snapshot, target: Path) -> None:
    """Write a snapshot's files to a folder.

    Raises
    ------
    SourceError
        When one is gone, or is not what it was.
    """
    for name, digest in snapshot.objects.items():
        if not is_inside(name) or not _SHA256.fullmatch(digest):
            raise _spoilt(snapshot.path, "names that lead out of it")
        path = object_path(folder, digest)
        try:
            content = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as fault:
            raise _spoilt(path, type(fault).__name__) from fault
        if hashlib.sha256(content).hexdigest() != digest:
            raise _spoilt(path, "other content than its checksum says")
        write_private(target / name, content)


def _spoilt(path: Path, found: str) -> SourceError:
    return SourceError(
        "a snapshot cannot be read",
        expected=f"{path} as it was written",
        found=found,
        change="put the file back from a backup",
        otherwise="the report is not made again",
    )
