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

from est_analysis.archive.folder import naming, open_private, write_private
from est_analysis.archive.until import entry_limit
from est_analysis.errors import EstError, ReportError
from est_analysis.locking import take
from est_analysis.stored_json import LOG_SCHEMA, parsed, read_stored, up_to_date

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
        if _one_ahead(last, head):  # never two: whoever is killed next leaves one more
            _write_head(folder, last)
        elif (last["entry"], last["hash"]) != (head["entries"], head["hash"]):
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
    before = _stated_end(folder)  # no lock, which who may only read cannot take: others may write
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
    after = _stated_end(folder)
    entries, faults = _entries(lines[:-1], path)
    if lines and lines[-1] and before == after:  # else it is being written
        faults.insert(0, "the last line is cut off")
    faults += _faults_of_end(before, after, entries, len(lines[:-1]))
    return Log(tuple(entries), tuple(faults))


def _entries(lines: list[str], path: Path) -> tuple[list[Entry], list[str]]:
    """The entries that can be read, and what is wrong with the chain."""
    entries: list[Entry] = []
    faults: list[str] = []
    before = BEGINNING
    for number, line in enumerate(lines, start=1):
        try:
            entry = _read(line, path)
        except EstError as fault:
            faults.append(f"line {number}: {fault.found}; expected {fault.expected}")
            continue
        if entry["entry"] != number or entry["previous"] != before:
            faults.append(f"line {number}: lines before it are missing, moved or changed")
        if entry["event"] == "broken":
            faults.append(f"line {number}: the lines that stood here then had been taken away")
        before = entry["hash"]
        entries.append(entry)
    return entries, faults


def _stated_end(folder: Path) -> Entry | str:
    """How long the log is said to be; what is wrong when that cannot be read."""
    try:
        return _head(folder)
    except EstError as fault:
        return f"{HEAD}: {fault.found}; expected {fault.expected}"


def _faults_of_end(
    before: Entry | str, after: Entry | str, entries: list[Entry], length: int
) -> list[str]:
    """What is wrong between the log and how long it was said to be before and after it was read."""
    if isinstance(before, str):
        return [before]
    if isinstance(after, str):
        return [after]
    if not before["entries"] <= length <= after["entries"] + 1:
        return [f"the log should have {after['entries']} entries and has {length}"]
    hashes = {BEGINNING, *(entry["hash"] for entry in entries)}
    return [
        f"entry {end['entries']} is another one than was written"
        for end in ([before] if before == after else [before, after])
        if end["entries"] <= length and end["hash"] not in hashes
    ]


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
        found = parsed(line)
        stated = found.pop("hash")
        same = stated == _hash(found)
    except (ValueError, TypeError, AttributeError, KeyError):  # no JSON, no mapping, no text
        raise _unreadable(path, "something else than an entry") from None
    if not same:
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
    return read_stored(path, "log head")


def _one_ahead(last: Entry, head: Entry) -> bool:
    """Whether a process was killed when it had written its line and not yet how long the log is."""
    ahead = (last["entry"], last.get("previous")) == (head["entries"] + 1, head["hash"])
    return bool(ahead)


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
    _add(file, line, folder / NAME)
    _write_head(folder, entry)
    return entry


def _write_head(folder: Path, last: Entry) -> None:
    head = {"schema": LOG_SCHEMA, "entries": last["entry"], "hash": last["hash"]}
    write_private(folder / HEAD, _text(head).encode())


def _add(file: IO[bytes], line: bytes, path: Path) -> None:
    """Add the whole line, or nothing of it when there is no room."""
    end = file.seek(0, os.SEEK_END)
    with naming(path):
        try:
            rest = memoryview(line)
            while rest:  # not through the file's buffer: its rest would be written when it closes
                rest = rest[os.write(file.fileno(), rest) :]
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), end)
            raise


def _unreadable(path: Path, found: str) -> ReportError:
    return ReportError(
        f"the run log {path} cannot be continued",
        expected="whole lines as est has written them",
        found=found,
        change="run est log to see where; put back the log from a backup",
        otherwise="no report is made: it would not stand in the log",
    )
