"""ISO 8601 weeks and the operational day, for single days and for whole arrays.

A week runs from Monday to Sunday; week 1 is the week of the year's first Thursday.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from est_analysis.errors import PeriodError

Moments = npt.NDArray[np.datetime64]


def weeks_of_year(year: int) -> int:
    """Return the number of ISO weeks of a year, 52 or 53.

    Examples
    --------
    >>> weeks_of_year(2020), weeks_of_year(2025)
    (53, 52)
    """
    return dt.date(year, 12, 28).isocalendar().week  # 28 December is always in the last week


def monday_of_week(year: int, week: int) -> dt.date:
    """Return the Monday on which an ISO week begins; `year` is the ISO year.

    Raises
    ------
    PeriodError
        When the year has no such week.

    Examples
    --------
    >>> monday_of_week(2025, 1)
    datetime.date(2024, 12, 30)
    """
    last = weeks_of_year(year)
    if not 1 <= week <= last:
        raise PeriodError(
            f"no week {week} in {year}",
            expected=f"a week from 1 to {last}: {year} has {last} ISO weeks",
            found=f"week {week}",
            change=f"write {year}-W{last:02d}, or {year + 1}-W01 for the week after it",
            otherwise="nothing is counted for this period",
        )
    return dt.date.fromisocalendar(year, week, 1)


def monday_of(dates: npt.ArrayLike) -> Moments:
    """Return the Monday of each date's ISO week.

    Parameters
    ----------
    dates
        Array, Series or index of datetime64 without time zone, of any unit; NaT stays NaT.

    Returns
    -------
    ndarray of datetime64[s]
        Midnights, in the order of `dates`.

    Examples
    --------
    >>> monday_of(np.array(["2025-01-01T23:59"], dtype="datetime64[s]"))
    array(['2024-12-30T00:00:00'], dtype='datetime64[s]')
    """
    days: Moments = np.asarray(dates, dtype="datetime64[D]")
    number = days.astype(np.int64)
    monday: Moments = days - ((number + 3) % 7).astype("timedelta64[D]")  # day 0 was a Thursday
    return monday.astype("datetime64[s]")


def week_label(monday: dt.date | np.datetime64) -> str:
    """Name the ISO week of a day, as in ``2025-W14``.

    Examples
    --------
    >>> week_label(dt.date(2024, 12, 30))
    '2025-W01'
    """
    return week_labels(np.array([monday], dtype="datetime64[D]"))[0]


def week_labels(mondays: npt.ArrayLike) -> list[str]:
    """`week_label` of each date of an array, Series or index; NaT has the label ``""``.

    Examples
    --------
    >>> week_labels(np.array(["2024-12-29", "2024-12-30"], dtype="datetime64[D]"))
    ['2024-W52', '2025-W01']
    """
    different, place = np.unique(monday_of(mondays), return_inverse=True)
    labels = []
    for monday in different.tolist():
        iso = None if monday is None else monday.isocalendar()
        labels.append("" if iso is None else f"{iso.year:04d}-W{iso.week:02d}")
    return [labels[i] for i in place]


def operational_date(timestamps: npt.ArrayLike, day_start: dt.time) -> Moments:
    """Return the day each moment is counted on when a day begins at `day_start`.

    Moments before `day_start` belong to the day before, so that a night is counted on one day.

    Returns
    -------
    ndarray of datetime64[s]
        Midnights, in the order of `timestamps`; NaT stays NaT.

    Examples
    --------
    >>> night = np.array(["2025-05-01T05:59", "2025-05-01T06:00"], dtype="datetime64[m]")
    >>> operational_date(night, dt.time(6)).astype("datetime64[D]").tolist()
    [datetime.date(2025, 4, 30), datetime.date(2025, 5, 1)]
    """
    seconds = 3600 * day_start.hour + 60 * day_start.minute + day_start.second
    moved = np.asarray(timestamps, dtype="datetime64[s]") - np.timedelta64(seconds, "s")
    return moved.astype("datetime64[D]").astype("datetime64[s]")
