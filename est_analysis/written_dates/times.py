"""Read a column of written times of day, and spans of hours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from est_analysis.written_dates.words import plain

DAY = 1440
_TIME = r"(?:(?:kl\.?|klockan) ?)?([0-9]{1,2})(?:[.:]?([0-9]{2}))?(?:[.:][0-9]{2})?"
_ONE = re.compile(_TIME)
_TWO = re.compile(rf"(?:mellan )?{_TIME} ?(?:-|till|och) ?{_TIME}")


def read_times(values: Sequence[str]) -> pd.DataFrame:
    """Read written times as minutes after midnight.

    Parameters
    ----------
    values
        Unique texts: ``22:30``, ``22.30``, ``kl 22.30``, ``22``, ``2230``, ``22:30:15`` (seconds
        are dropped), ``24:00``, and spans such as ``22-07`` or ``22.00–07.00``; also with ``ca``.

    Returns
    -------
    DataFrame
        In the order of `values`: ``minutes`` (Int64, 0–1440, NA when unread), ``end_minutes`` (the
        end of a span, 1440 more when that is the next day; otherwise ``minutes``), ``approximate``,
        ``problem``: "", ``blank``, ``no_form`` or ``no_such_time``. A span from a time to the same
        time is a whole day.

    Examples
    --------
    >>> print(read_times(["kl 22.30", "ca 22-07", "25:00"]).to_string(index=False))
     minutes  end_minutes  approximate      problem
        1350         1350        False
        1320         1860         True
        <NA>         <NA>        False no_such_time
    """
    rows = []
    for value in values:
        text, approximate = plain(value)
        minutes, end, problem = _read(text.lower())
        rows.append((minutes, end, approximate, problem))
    table = pd.DataFrame(rows, columns=["minutes", "end_minutes", "approximate", "problem"])
    return table.astype(
        {"minutes": "Int64", "end_minutes": "Int64", "approximate": bool, "problem": object}
    )


def _read(text: str) -> tuple[int | None, int | None, str]:
    if not text:
        return None, None, "blank"
    match = _ONE.fullmatch(text) or _TWO.fullmatch(text)
    if match is None:
        return None, None, "no_form"
    times = [60 * int(hour) + int(minute or 0) for hour, minute in _pairs(match)]
    exist = all(int(minute or 0) < 60 for _, minute in _pairs(match))
    if not exist or max(times) > DAY:
        return None, None, "no_such_time"
    if len(times) == 1:
        return times[0], times[0], ""
    start, end = times
    return start, end if end > start else end + DAY, ""


def _pairs(match: re.Match[str]) -> list[tuple[str, str | None]]:
    groups = match.groups()
    return list(zip(groups[::2], groups[1::2], strict=True))
