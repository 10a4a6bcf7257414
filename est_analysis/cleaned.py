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
from est_analysis.incidents import Cleaning, clean
from est_analysis.sources.read import find_files
from est_analysis.store import read_cleaning, write_cleaning

FOLDER = "EST_CLEANED"  # names the folder to processes that make reports
STAMP = "made_from.json"


def cleaned(
    settings: Settings, as_of: dt.date, progress: Callable[[str], None] = lambda line: None
) -> Cleaning:
    """The cleaned data: the stored ones where there are any that are still right, else new.

    Byte for byte the same either way. Stored data are not used when a setting, an export or the
    day of the extract is another one than when they were stored.
    """
    folder = os.environ.get(FOLDER)
    if folder:
        stamp = Path(folder) / STAMP
        if stamp.is_file() and json.loads(stamp.read_text("utf-8")) == made_from(settings, as_of):
            return _read(folder)
    return clean(settings, as_of, progress)


def store_cleaned(
    settings: Settings,
    as_of: dt.date,
    folder: Path,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Clean and store for processes whose environment names the folder in ``EST_CLEANED``."""
    before = made_from(settings, as_of)
    write_cleaning(clean(settings, as_of, progress), folder)
    text = json.dumps(before, ensure_ascii=False)
    (folder / STAMP).write_text(text, encoding="utf-8")


def made_from(settings: Settings, as_of: dt.date) -> dict[str, Any]:
    """What the cleaned data depend on: settings, the files as they lie there, the day."""
    files = {
        source.actor: [
            [path.name, path.stat().st_size, path.stat().st_mtime_ns]
            for path in find_files(source, settings.municipality.exports)
        ]
        for source in settings.sources.values()
    }
    return {"settings": repr(settings), "files": files, "as_of": as_of.isoformat()}


@functools.lru_cache(maxsize=1)
def _read(folder: str) -> Cleaning:
    """Once per process: a process forked from one that has read them has them already."""
    return read_cleaning(Path(folder))
