"""A judgement on data or method that travels with a result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing looked at, and how it turned out.

    Parameters
    ----------
    name
        What was looked at, as a code (``too_short``, ``silent_weeks``); the words are in the texts.
    status
        ``ok``, ``info``, ``warning`` or ``failed``. Too little data is a failed check, not an
        exception.
    value, limit
        What was found, and where the judgement turns; NaN where there is none.
    subject
        The actor, area or series it concerns.

    Examples
    --------
    >>> Check("silent_weeks", "warning", 3, 2, "housing").status
    'warning'
    """

    name: str
    status: str
    value: float
    limit: float
    subject: str = ""
