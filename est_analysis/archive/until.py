"""While a report is made again, the archive is as it was then, and nothing is added to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

UNTIL = "EST_ARCHIVE_UNTIL"  # an entry of the run log; named to the processes that make reports


def entry_limit() -> int | None:
    """The entry up to which the run log is read; None when reports are made as usual."""
    named = os.environ.get(UNTIL)
    return int(named) if named else None


@contextmanager
def as_of_entry(number: int) -> Iterator[None]:
    """Let the archive be as it was at an entry of the run log."""
    before = os.environ.get(UNTIL)
    os.environ[UNTIL] = str(number)
    try:
        yield
    finally:
        if before is None:
            del os.environ[UNTIL]
        else:
            os.environ[UNTIL] = before
