"""Folders that a process makes for itself: gone when it ends, and found when it was killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

LONGEST_ID = 9  # digits; a longer number is more than the system can be asked about


def remove_dead(parent: Path, prefix: str) -> None:
    """Remove the folders named ``<prefix><process id>-…`` of processes that are no more.

    What has a number that no process can have is somebody else's, and stays.
    """
    for path in parent.glob(f"{prefix}*"):
        number = path.name.removeprefix(prefix).partition("-")[0]
        possible = number.isdecimal() and len(number) <= LONGEST_ID
        if possible and not psutil.pid_exists(int(number)):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def own_folder(prefix: str) -> Iterator[Path]:
    """A folder for what only this process may see, rows of exports too.

    Those that killed processes have left are removed first: nobody else would.
    """
    remove_dead(Path(tempfile.gettempdir()), prefix)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-") as work:  # mode 0700
        yield Path(work)
