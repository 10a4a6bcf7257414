"""Weeks and months that are written as one of their days: ``2025-03-01`` for all of March."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]

PRECISIONS = ("minute", "day", "interval", "week", "month")  # of what is read; codes are places
MINUTE, DAY, INTERVAL, WEEK, MONTH = range(len(PRECISIONS))
GRAIN_FORMS = {
    "month start": "month",
    "month end": "month",
    "week start": "week",
    "week end": "week",
}
_ONE_DAY = np.timedelta64(1, "D")
_MONDAY_BEFORE = 3  # 1970-01-01 was a Thursday


def taken_apart(form: str) -> tuple[str, str]:
    """A form of weeks or months as a day: its name, and the form of that day.

    Examples
    --------
    >>> taken_apart("month start %d.%m.%Y"), taken_apart("week end"), taken_apart("iso")
    (('month start', '%d.%m.%Y'), ('week end', 'excel'), ('', 'iso'))
    """
    for grain in GRAIN_FORMS:
        if form == grain or form.startswith(f"{grain} "):
            return grain, form.removeprefix(grain).strip() or "excel"
    return "", form


def week_of(moments: Moments) -> tuple[Moments, Moments]:
    """The Monday of the ISO week of each moment, and the next one."""
    days = moments.astype("datetime64[D]")
    monday = days - (days.astype(np.int64) + _MONDAY_BEFORE) % 7 * _ONE_DAY
    return monday.astype("datetime64[s]"), (monday + 7 * _ONE_DAY).astype("datetime64[s]")


def month_of(moments: Moments) -> tuple[Moments, Moments]:
    """The first of the month of each moment, and of the next month."""
    month = moments.astype("datetime64[M]")
    return month.astype("datetime64[s]"), (month + 1).astype("datetime64[s]")


def span_of(form: str, days: Moments) -> tuple[Moments, Moments, Flags]:
    """The weeks or months that days stand for, and which of the days can stand for one.

    Examples
    --------
    >>> days = np.array(["2025-03-09", "2025-03-10"], "datetime64[s]")
    >>> start, end, fits = span_of("week end", days)
    >>> str(start[0])[:10], str(end[0])[:10], fits.tolist()
    ('2025-03-03', '2025-03-10', [True, False])
    """
    start, end = (month_of if GRAIN_FORMS[form] == "month" else week_of)(days)
    named = start if form.endswith("start") else end - _ONE_DAY
    return start, end, np.asarray(days == named)


def whole_of(start: Moments, end: Moments) -> npt.NDArray[np.int8]:
    """Of what each half-open span is the whole: `DAY`, `WEEK`, `MONTH`, or -1 for nothing.

    Examples
    --------
    >>> march, april = np.array(["2025-03-01", "2025-04-01"], "datetime64[s]")
    >>> PRECISIONS[whole_of(np.array([march]), np.array([april]))[0]]
    'month'
    """
    found = np.full(len(start), -1, dtype=np.int8)
    day = start.astype("datetime64[D]").astype("datetime64[s]")
    spans = {DAY: (day, day + _ONE_DAY), WEEK: week_of(start), MONTH: month_of(start)}
    for grain, (first, last) in spans.items():
        found[(first == start) & (last == end)] = grain
    return found
