"""What was read, as the run log has it: files with checksums, and events per actor and month."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from est_analysis.archive.folder import archive_folder, open_archive
from est_analysis.archive.run_log import Entry, append, latest
from est_analysis.archive.snapshots import keep_snapshot
from est_analysis.archive.until import entry_limit
from est_analysis.config import PLAN, Settings
from est_analysis.counts.dataset import Dataset
from est_analysis.sources import unread_files

READING = "reading"


def record_reading(data: Dataset, settings_sums: dict[str, str], program: str) -> int:
    """Note in the run log what was read, and keep a snapshot where the settings say so.

    Parameters
    ----------
    data
        Of the whole municipality.
    settings_sums, program
        SHA-256 of the settings' files and of the program.

    Returns
    -------
    int
        The entry's number. The same files read with the same settings are one entry until others
        are read. 0 while a report is made again: then nothing is noted.
    """
    limit = entry_limit()
    if limit is not None:
        return limit
    folder = open_archive(data.settings)
    snapshot = keep_snapshot(folder, data, settings_sums, program)
    facts = {
        "municipality": data.settings.municipality.id,
        "as_of": data.as_of.isoformat(),
        "fictional": data.settings.municipality.fictional,
        "deliveries": [asdict(delivery) for delivery in data.cleaning.deliveries],
        "unread": list(unread_files(data.settings)),
        "actors": {actor: reading_facts(data, actor) for actor in data.settings.sources},
        "settings": settings_sums,
        "snapshot": snapshot,
    }

    def already() -> Entry | None:
        last = next(latest(folder, READING), None)
        return last if last and all(last.get(key) == facts[key] for key in facts) else None

    return int(append(folder, READING, facts, already)["entry"])


def files_not_read(data: Dataset) -> tuple[str, ...]:
    """Files beside the exports that no source reads; those of then while a report is made again."""
    if entry_limit() is None:
        return unread_files(data.settings)
    then: Entry = next(latest(archive_folder(data.settings), READING), {})
    return tuple(then.get("unread", ()))


def earlier_readings(data: Dataset) -> dict[str, dict[str, Any]]:
    """Actor → what was known of its last delivery before this one; only actors that had another.

    What was read while the exports were invented is no delivery of a municipality that is real.
    Each has ``as_of``, ``months`` (events per month), ``begins`` and ``reaches`` (days) and
    ``declared``.
    """
    readings = [
        entry
        for entry in latest(archive_folder(data.settings), READING)
        if data.settings.municipality.fictional or not _of_invented(entry)
    ]
    found: dict[str, dict[str, Any]] = {}
    for actor in data.settings.sources:
        own = _files(asdict(d) for d in data.cleaning.deliveries if d.actor == actor)
        for entry in readings:
            if actor not in entry["actors"]:
                continue
            then = _files(d for d in entry["deliveries"] if d["actor"] == actor)
            if then and then != own:
                found[actor] = {**entry["actors"][actor], "as_of": entry["as_of"]}
                break
    return found


def first_read(settings: Settings, path: Path) -> tuple[dt.date | None, dt.date | None]:
    """The day a settings file was first read, and the day since when it reads as it does now.

    By the run log, in the municipality's time; None where no reading has it. A file that was
    changed and changed back stands as it does since the latter.
    """
    name = path.relative_to(settings.folder).as_posix()
    now = hashlib.sha256(path.read_bytes()).hexdigest()
    zone = ZoneInfo(settings.municipality.timezone)
    first: dt.date | None = None
    since: dt.date | None = None
    unchanged = True
    for entry in latest(archive_folder(settings), READING):
        if name not in entry["settings"]:
            continue
        first = dt.datetime.fromisoformat(entry["at"]).astimezone(zone).date()
        unchanged = unchanged and entry["settings"][name] == now
        since = first if unchanged else since
    return first, since


def _of_invented(entry: Entry) -> bool:
    """Whether a reading was of a fictional municipality.

    Earlier versions did not note it, but there was a plan to invent by.
    """
    return bool(entry.get("fictional", PLAN in entry["settings"]))


def _files(deliveries: Any) -> set[tuple[str, str]]:
    return {(delivery["file"], delivery["sha256"]) for delivery in deliveries}


def reading_facts(data: Dataset, actor: str) -> dict[str, Any]:
    """What the log notes of a delivery: ``months``, ``begins``, ``reaches``, ``declared``."""
    own = data.incidents[data.incidents["actor"] == actor]
    months = own.groupby(own["day"].dt.to_period("M"))["count"].sum()
    return {
        "months": {str(month): int(count) for month, count in months.items()},
        "begins": own["day"].min().date().isoformat() if len(own) else "",
        "reaches": own["day"].max().date().isoformat() if len(own) else "",
        "declared": _sha256(data.settings, actor),
    }


def _sha256(settings: Settings, actor: str) -> str:
    return hashlib.sha256(settings.sources[actor].path.read_bytes()).hexdigest()
