"""A lock between processes on a file: the operating system lets go of it when its holder dies."""

from __future__ import annotations

import sys
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt
    import time

    def take(file: IO[Any], *, wait: bool) -> bool:
        """Lock an open file for this process alone; False when another one has it."""
        while True:
            file.seek(0x7FFFFFF)  # beyond the text, which others may then read
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.05)
            else:
                return True

else:
    import fcntl

    def take(file: IO[Any], *, wait: bool) -> bool:
        """Lock an open file for this process alone; False when another one has it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
