"""One batch at a time in a folder."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from est_analysis.errors import ReportError
from est_analysis.report.place import cannot_write

NAME = ".batch.lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder; ReportError when another batch does.

    The operating system lets go of the lock when its holder dies, however it dies: a lock that is
    left behind by a killed batch is taken over. The file itself stays.
    """
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as fault:
        raise cannot_write(path, fault) from fault
    with file:
        if not _take(file):
            raise _held(folder, path)
        file.seek(0)
        file.truncate()
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": dt.datetime.now().isoformat(sep=" ", timespec="seconds"),
        }
        file.write(json.dumps(holder))
        file.flush()
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> bool:
        file.seek(0x7FFFFFF)  # beyond the text, which others may then read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _held(folder: Path, path: Path) -> ReportError:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        who = "process {pid} on {host} since {since}".format(**holder)
    except (ValueError, KeyError):
        who = "a process that has just begun"
    return ReportError(
        f"another batch is writing to {folder}",
        expected="one batch at a time in a folder",
        found=who,
        change="wait until it is done, or stop it",
        otherwise="nothing is made by this one",
    )
