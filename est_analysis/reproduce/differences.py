"""What differs between what a report was made from and what there is now."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from est_analysis.archive.snapshots import inputs_of
from est_analysis.config import Settings
from est_analysis.config.paths import name_within
from est_analysis.report import provenance
from est_analysis.sources import find_files
from est_analysis.stored_json import plain
from est_analysis.workspace import notebook_file

SHORT = 12  # letters of a checksum
INPUT, SETTINGS, PACKAGES, PROGRAM, FIGURES = "input", "settings", "package", "program", "figures"
EXIT_CODES = {INPUT: 3, SETTINGS: 4, PACKAGES: 5, PROGRAM: 6, FIGURES: 7}
NONE = "none"


@dataclass(frozen=True)
class Difference:
    """One thing that is not what it was; `kind` is a key of `EXIT_CODES`."""

    kind: str
    what: str
    was: str
    now: str

    def __str__(self) -> str:
        return plain(f"{self.kind} {self.what}: {self.was} then, {self.now} now")


def changed_inputs(manifest: dict[str, Any], settings: Settings) -> list[Difference]:
    """Files that were read and are gone or other now, and files that have come since."""
    exports = settings.municipality.exports
    now = [
        {
            "actor": source.actor,
            "file": name_within(path, exports),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for source in settings.sources.values()
        for path in find_files(source, exports)
    ]
    then = manifest["inputs"]
    if not all("file" in one for one in then):  # a public manifest has no names of files
        gone, new = Counter(inputs_of(then)), Counter(inputs_of(now))
        lost = [Difference(INPUT, f"of {a}", sha[:SHORT], NONE) for a, sha in gone - new]
        return lost + [Difference(INPUT, f"of {a}", NONE, sha[:SHORT]) for a, sha in new - gone]
    was = {(one["actor"], one["file"]): one["sha256"] for one in then}
    found = {(one["actor"], one["file"]): one["sha256"] for one in now}
    return [
        Difference(INPUT, f"{file} ({actor})", old, new)
        for (actor, file), old, new in _changes(was, found)
    ]


def changed_settings(manifest: dict[str, Any], settings: Settings) -> list[Difference]:
    """Settings files that are not what they were."""
    now = provenance.checksums(settings)
    return [Difference(SETTINGS, *rest) for rest in _changes(manifest["settings"], now)]


def changed_program(manifest: dict[str, Any]) -> list[Difference]:
    """Packages, the program itself and the notebook, where they are not what they were."""
    now = provenance.versions()
    found = [
        Difference(PROGRAM if name == "est_analysis" else PACKAGES, name, was, is_now)
        for name, was, is_now in _changes(manifest["versions"], now, short=False)
    ]
    path = notebook_file(manifest["kind"], manifest["language"])
    pairs = {
        f"notebook {path.name}": (
            manifest["notebook"]["sha256"],
            hashlib.sha256(path.read_bytes()).hexdigest(),
        ),
        "code": (manifest["program"], provenance.program()),
    }
    return found + [
        Difference(PROGRAM, name, was[:SHORT], is_now[:SHORT])
        for name, (was, is_now) in pairs.items()
        if was != is_now
    ]


def changed_figures(was: dict[str, Any], now: dict[str, Any]) -> list[Difference]:
    """The first cell of each exhibit that is not what it was, and exhibits that come or go."""
    old = {one["id"]: one for one in was["exhibits"]}
    new = {one["id"]: one for one in now["exhibits"]}
    found = []
    for name in dict.fromkeys([*old, *new]):
        if name not in new or name not in old:
            there = ("shown", "missing") if name in old else ("missing", "shown")
            found.append(Difference(FIGURES, name, *there))
        elif old[name] != new[name]:
            found.append(_first_cell(name, old[name], new[name]))
    heads = [key for key in was if key != "exhibits" and was[key] != now.get(key)]
    return found + [Difference(FIGURES, key, str(was[key]), str(now.get(key))) for key in heads]


def _first_cell(name: str, old: dict[str, Any], new: dict[str, Any]) -> Difference:
    if old.get("columns") == new.get("columns"):
        rows = zip(old.get("rows", []), new.get("rows", []), strict=False)
        for number, (before, after) in enumerate(rows, start=1):
            for column, was, now in zip(old["columns"], before, after, strict=False):
                if was != now:
                    place = f"{name}, row {number}, {column}"
                    return Difference(FIGURES, place, str(was), str(now))
        if len(old.get("rows", [])) != len(new.get("rows", [])):
            rows_of = (f"{len(one.get('rows', []))} rows" for one in (old, new))
            return Difference(FIGURES, name, *rows_of)
    key = next(key for key in {**old, **new} if old.get(key) != new.get(key))
    return Difference(FIGURES, f"{name}, {key}", str(old.get(key))[:200], str(new.get(key))[:200])


def _changes(
    was: dict[Any, str], now: dict[Any, str], *, short: bool = True
) -> list[tuple[Any, str, str]]:
    """Keys whose values differ, with what each was and is."""
    end = SHORT if short else None
    return [
        (key, was.get(key, NONE)[:end], now.get(key, NONE)[:end])
        for key in dict.fromkeys([*was, *now])
        if was.get(key) != now.get(key)
    ]
