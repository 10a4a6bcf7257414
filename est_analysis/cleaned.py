"""Cleaned data that many reports share: cleaned once, stored, read while nothing has changed."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from est_analysis.config import Settings
from est_analysis.config.paths import name_within
from est_analysis.incidents import Cleaning, clean
from est_analysis.sources.read import find_files
from est_analysis.store import read_cleaning, write_cleaning

FOLDER = "EST_CLEANED"  # names the folder to processes that make reports
STAMP = "made_from.json"


def stored_folder(settings: Settings, as_of: dt.date) -> Path | None:
    """Where the cleaned data are stored, if they are and still are what cleaning would give.

    Not when a setting, an export or the day of the extract is another one than when they were.
    """
    named = os.environ.get(FOLDER)
    if not named:
        return None
    stamp = Path(named) / STAMP
    right = stamp.is_file() and json.loads(stamp.read_text("utf-8")) == made_from(settings, as_of)
    return Path(named) if right else None


def store_cleaned(
    settings: Settings,
    as_of: dt.date,
    folder: Path,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Clean and store for processes whose environment names the folder in ``EST_CLEANED``."""
    before = made_from(settings, as_of)
    write_cleaning(clean(settings, as_of, progress), folder)
    stamp(folder, before)


def stamp(folder: Path, made: dict[str, Any]) -> None:
    """Note beside stored data what they were made from."""
    (folder / STAMP).write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")


def made_from(settings: Settings, as_of: dt.date) -> dict[str, Any]:
    """What the cleaned data depend on: settings, the files as they lie there, the day."""
    exports = settings.municipality.exports
    files = {
        source.actor: [
            [name_within(path, exports), path.stat().st_size, path.stat().st_mtime_ns]
            for path in find_files(source, exports)
        ]
        for source in settings.sources.values()
    }
    return {"settings": repr(settings), "files": files, "as_of": as_of.isoformat()}


@functools.lru_cache(maxsize=1)
def read_stored(folder: Path) -> Cleaning:
    """The stored data, read once per process: one forked from a process that has, has them."""
    return read_cleaning(folder)
