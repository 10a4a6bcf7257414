"""While a report is made again, the archive is as it was then, and nothing is added to it."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from est_analysis.environment import told

UNTIL = "EST_ARCHIVE_UNTIL"  # an entry of the run log; named to the processes that make reports


def entry_limit() -> int | None:
    """The entry up to which the run log is read; None when reports are made as usual."""
    named = os.environ.get(UNTIL)
    return int(named) if named else None


def as_of_entry(number: int) -> AbstractContextManager[None]:
    """Let the archive be as it was at an entry of the run log."""
    return told(UNTIL, str(number))
