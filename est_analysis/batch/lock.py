"""One batch at a time in a folder."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from est_analysis.errors import ReportError
from est_analysis.locking import take
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
        if not take(file, wait=False):
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
