"""Read a column of written times of day, and spans of hours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from est_analysis.written_dates.words import plain

DAY = 1440
_TIME = (
    r"(?:(?:kl\.?|klockan) ?)?([0-9]{1,2})(?:[.:]?([0-9]{2}))?(?:[.:][0-9]{2}(?:[.,][0-9]{1,9})?)?"
)
_ONE = re.compile(_TIME)
_TWO = re.compile(rf"(?:mellan )?{_TIME} ?(?:-|till|och) ?{_TIME}")
_HALVES = re.compile(r"([0-9]{1,2})(?:[.:]([0-9]{2}))?(?:[.:][0-9]{2})? ?([ap])\.?m\.?")
_FRACTION = re.compile(r"0?[.,]([0-9]+)")  # of a day, as a spreadsheet stores a time
_LONG_FRACTION = re.compile(r"0?[.,][0-9]{3,}")  # which no time of day is written as


def read_times(values: Sequence[str]) -> pd.DataFrame:
    """Read written times as minutes after midnight.

    Parameters
    ----------
    values
        Unique texts: ``22:30``, ``22.30``, ``kl 22.30``, ``22``, ``2230``, ``22:30:15`` (seconds
        and their parts are dropped), ``24:00``, ``1:30 PM``, and spans such as ``22-07`` or
        ``22.00–07.00``; also with ``ca``. Where some are fractions of a day with three decimals or
        more (``0,39583``, as a spreadsheet has them), ``0,25`` is one too.

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
    fractions = any(_LONG_FRACTION.fullmatch(value.strip()) for value in values)
    for value in values:
        text, approximate = plain(value)
        minutes, end, problem = _read(text.lower(), fractions)
        rows.append((minutes, end, approximate, problem))
    table = pd.DataFrame(rows, columns=["minutes", "end_minutes", "approximate", "problem"])
    return table.astype(
        {"minutes": "Int64", "end_minutes": "Int64", "approximate": bool, "problem": object}
    )


def _read(text: str, fractions: bool) -> tuple[int | None, int | None, str]:
    if not text:
        return None, None, "blank"
    if fractions and (part := _FRACTION.fullmatch(text)):
        whole = min(round(DAY * float(f"0.{part[1]}")), DAY - 1)
        return whole, whole, ""
    if halves := _HALVES.fullmatch(text):
        return _of_half_days(int(halves[1]), int(halves[2] or 0), halves[3])
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


def _of_half_days(hour: int, minute: int, half: str) -> tuple[int | None, int | None, str]:
    """``12:30 AM`` is half past midnight."""
    if not 1 <= hour <= 12 or minute > 59:
        return None, None, "no_such_time"
    minutes = 60 * (hour % 12 + 12 * (half == "p")) + minute
    return minutes, minutes, ""


def _pairs(match: re.Match[str]) -> list[tuple[str, str | None]]:
    groups = match.groups()
    return list(zip(groups[::2], groups[1::2], strict=True))
