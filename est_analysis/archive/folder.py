"""Where a municipality's archive lies: private, and never in a folder that is published."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from est_analysis.config import Settings
from est_analysis.errors import SettingsError
from est_analysis.locking import take
from est_analysis.stored_json import parsed
from est_analysis.workspace import outputs_folder

BASE = "EST_ARCHIVE"  # names the folder that has every municipality's archive
MARK = "archive.json"
WRITING = ".writing-"  # what is not whole yet, or was not when its writer was killed
OTHERWISE = "nothing is read and no report is made"


def archive_folder(settings: Settings) -> Path:
    """The folder as declared; else ``archive/<municipality>`` beside ``outputs/``.

    Raises
    ------
    SettingsError
        When it lies where reports are published or exports are read, or has something else.
    """
    base = os.environ.get(BASE)
    town = settings.municipality
    default = (Path(base) if base else outputs_folder().parent / "archive") / town.id
    folder = settings.archive.folder or default
    refuse_published(folder, outputs_folder())
    refuse_published(folder, town.exports)
    return folder


def refuse_published(folder: Path, other: Path) -> None:
    """Refuse an archive that lies in a folder with reports or exports, or has one in it."""
    own, shown = folder.resolve(), other.resolve()
    if own.is_relative_to(shown) or shown.is_relative_to(own):
        raise SettingsError(
            "the archive cannot lie there",
            expected="a folder of its own, outside reports and exports: reports are published",
            found=f"{folder}, and {other}",
            change="archive: folder: in municipality.yaml, or where the report is written",
            otherwise=OTHERWISE,
        )


def open_archive(settings: Settings) -> Path:
    """The folder, made where it is missing, readable by its owner only.

    Several processes may make it at once. The mark is written before everything else: other files
    beside it are an archive's, other files without it are somebody else's.
    """
    folder = archive_folder(settings)
    mark = folder / MARK
    if not mark.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        others = any(not path.name.startswith(WRITING) for path in folder.iterdir())
        if others and not mark.is_file():
            raise _not_an_archive(folder, "other files")
        folder.chmod(0o700)
        text = json.dumps({"schema": 1, "municipality": settings.municipality.id})
        write_private(mark, text.encode())
    try:
        owner = parsed(mark.read_text(encoding="utf-8"))
    except ValueError:
        raise _not_an_archive(folder, f"something else in {MARK}") from None
    if owner != {"schema": 1, "municipality": settings.municipality.id}:
        raise _not_an_archive(folder, f"that of {owner}")
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no other process keep or remove snapshots meanwhile."""
    with open_private(folder / ".archive.lock") as lock:
        take(lock, wait=True)
        yield


def open_private(path: Path) -> IO[bytes]:
    """A file that only its owner can read, open for reading and for adding to its end."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b")


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; it appears whole."""
    for folder in reversed(path.parents):
        folder.mkdir(exist_ok=True, mode=0o700)
    handle, work = tempfile.mkstemp(dir=path.parent, prefix=WRITING)  # made with mode 0600
    try:
        with naming(path), os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(work, path)
        _settle(path.parent)
    except OSError:
        Path(work).unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """Let the disk have a folder's new names before anything that depends on them is written."""
    if os.name == "posix":  # Windows does so by itself
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let the fault say which file it was: that of a full disk does not."""
    try:
        yield
    except OSError as fault:
        if fault.filename is None:
            fault.filename = str(path)
        raise


def _not_an_archive(folder: Path, found: str) -> SettingsError:
    return SettingsError(
        f"{folder} is not this municipality's archive",
        expected="an empty folder, or one that est has made for it",
        found=found,
        change="archive: folder: in municipality.yaml",
        otherwise=OTHERWISE,
    )
