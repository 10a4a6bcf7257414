"""The run log: a line per event, each with the hash of the one before it; only ever added to.

A changed, removed or inserted line breaks the chain. Lines cut off at the end are seen too: beside
the log lies how long it was. Somebody who can write to the folder can make a new log with a new
chain; the last hash, noted elsewhere, shows that as well.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from est_analysis.archive.folder import open_private, write_private
from est_analysis.archive.until import entry_limit
from est_analysis.errors import EstError, ReportError
from est_analysis.locking import take
from est_analysis.stored_json import LOG_SCHEMA, read_stored, up_to_date

NAME = "log.jsonl"
HEAD = "log.head.json"
LOCK = ".log.lock"
BEGINNING = "0" * 64
MOST = 1 << 22  # bytes of one line; what a municipality reads in a year is a hundredth of it

Entry = dict[str, Any]


@dataclass(frozen=True)
class Log:
    """Entries in their order, and what is wrong with the chain, if anything is."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...]

    @property
    def hash(self) -> str:
        """The last entry's: it depends on every line before it."""
        return str(self.entries[-1]["hash"]) if self.entries else BEGINNING


def append(
    folder: Path,
    event: str,
    facts: dict[str, Any],
    already: Callable[[], Entry | None] | None = None,
) -> Entry:
    """Add an entry; processes that do so at the same time come after each other.

    Parameters
    ----------
    folder
        The archive.
    event, facts
        What happened; plain JSON values.
    already
        Asked when no other process can add to the log: the entry that makes this one needless.

    Returns
    -------
    dict
        The entry, with ``entry`` (its number, from 1), ``at``, ``previous`` and ``hash``.
    """
    with _alone(folder) as file:
        if already is not None:
            found = already()
            if found is not None:
                return found
        last = _last(file, folder)
        head = _head(folder)
        if not _agrees(last, head):
            last = _write(file, folder, last, "broken", {"expected": head})
        return _write(file, folder, last, event, facts)


def latest(folder: Path, event: str) -> Iterator[Entry]:
    """Entries of one kind, the newest first; the chain is not looked at.

    Up to the entry that a report which is made again is limited to.
    """
    path, limit = folder / NAME, entry_limit()
    mark = f'"event":"{event}"'.encode()  # inside a text its quotation marks would be escaped
    lines = path.read_bytes().splitlines() if path.is_file() else []
    for line in reversed(lines):
        if mark in line:
            entry = _read(line.decode(errors="replace"), path)
            if limit is None or entry["entry"] <= limit:
                yield entry


def read_log(folder: Path) -> Log:
    """Every entry, with the faults of the chain."""
    path = folder / NAME
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
    faults = ["the last line is cut off"] if lines and lines[-1] else []
    entries: list[Entry] = []
    before = BEGINNING
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entry = _read(line, path)
        except EstError as fault:
            faults.append(f"line {number}: {fault.found}")
            continue
        if entry["entry"] != number or entry["previous"] != before:
            faults.append(f"line {number}: lines before it are missing, moved or changed")
        if entry["event"] == "broken":
            faults.append(f"line {number}: the lines that stood here then had been taken away")
        before = entry["hash"]
        entries.append(entry)
    head, length = _head(folder), len(lines[:-1])
    if length not in (head["entries"], head["entries"] + 1):
        faults.append(f"the log should have {head['entries']} entries and has {length}")
    elif head["entries"] and head["hash"] not in {entry["hash"] for entry in entries}:
        faults.append(f"entry {head['entries']} is another one than was written")
    return Log(tuple(entries), tuple(faults))


@contextmanager
def _alone(folder: Path) -> Iterator[IO[bytes]]:
    with open_private(folder / LOCK) as lock:
        take(lock, wait=True)
        with open_private(folder / NAME) as file:
            yield file


def _hash(entry: Entry) -> str:
    return hashlib.sha256(_text(entry).encode()).hexdigest()


def _text(entry: Entry) -> str:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _read(line: str, path: Path) -> Entry:
    """One line as an entry; ReportError when it is none, or not what its hash is of."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not {"entry", "previous", "event", "at"} <= set(found):
        raise _unreadable(path, "something else than an entry")
    stated = found.pop("hash", None)
    if stated != _hash(found):
        raise _unreadable(path, "changed since it was written")
    return {**up_to_date(found, "run log", path), "hash": stated}


def _last(file: IO[bytes], folder: Path) -> Entry:
    """The last entry; what a killed process left of a line is cut off."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - MOST))
    tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        file.truncate(length - len(tail) + whole)
    lines = tail[:whole].splitlines()
    if not lines:
        return {"entry": 0, "hash": BEGINNING}
    return _read(lines[-1].decode(errors="replace"), folder / NAME)


def _head(folder: Path) -> Entry:
    path = folder / HEAD
    if not path.is_file():
        return {"entries": 0, "hash": BEGINNING}
    return read_stored(path, "run log")


def _agrees(last: Entry, head: Entry) -> bool:
    """Whether the log ends where it did; a killed process may have left it one entry ahead."""
    if last["entry"] == head["entries"]:
        return bool(last["hash"] == head["hash"])
    return bool(last["entry"] == head["entries"] + 1)


def _write(file: IO[bytes], folder: Path, last: Entry, event: str, facts: Entry) -> Entry:
    entry = {
        "schema": LOG_SCHEMA,
        "entry": last["entry"] + 1,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "event": event,
        **facts,
        "previous": last["hash"],
    }
    entry["hash"] = _hash(entry)
    line = f"{_text(entry)}\n".encode()
    if len(line) > MOST:
        raise _unreadable(folder / NAME, f"a line of {len(line):,} bytes")
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
    head = {"schema": LOG_SCHEMA, "entries": entry["entry"], "hash": entry["hash"]}
    write_private(folder / HEAD, _text(head).encode())
    return entry


def _unreadable(path: Path, found: str) -> ReportError:
    return ReportError(
        f"the run log {path} cannot be continued",
        expected="whole lines as est has written them",
        found=found,
        change="run est log to see where; put back the log from a backup",
        otherwise="no report is made: it would not stand in the log",
    )
