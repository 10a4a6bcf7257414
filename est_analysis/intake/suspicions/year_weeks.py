"""Year and ISO week that do not belong together: 30 December with ``v. 1`` of the old year."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from est_analysis.intake.reading import Places, Reading, date_of
from est_analysis.intake.sums import cells_of
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import number_of, quoted
from est_analysis.written_dates.grains import WEEK

LATE = 40  # weeks from here to week 1 of the same year, in order of time, are a year and a week on
IN_ORDER = (
    0.9  # of the steps from week to week go on, or in a file that begins with the latest, back
)
WEEK_53 = re.compile(r"(?:.*[^0-9])?53(?:[^0-9].*)?|[0-9]{4}53")
REMEDY = "ask for the ISO year of each week (of 30 December 2024 it is 2025), or for days"


@suspicion("year_of_week", expected="for each week the year that its ISO week belongs to")
def year_of_week(reading: Reading) -> Iterator[Suspicion]:
    """A calendar year beside an ISO week, where the rows stand in order of time."""
    weekly = reading.precision == WEEK
    if not weekly.any():
        return
    wrong = np.zeros(len(reading.export), dtype=bool)
    for begin, end in reading.files:
        rows = np.arange(begin, end)[(weekly & reading.kept)[begin:end]]
        wrong[_out_of_place(reading, rows)] = True
    if wrong.any():
        rows = np.flatnonzero(wrong)
        yield Suspicion(
            f"a year from the weeks beside them: {reading.told(rows)}. A calendar year stands with "
            "an ISO week of the year before or after it",
            f"{REMEDY}; {it_is_so('year_of_week')}",
            grave=True,
            rows=len(rows),
            first=date_of(reading.day[rows].min()),
            last=date_of(reading.day[rows].max()),
        )


@suspicion("week_53", expected="a week 53 only in years that have one")
def week_53(reading: Reading) -> Iterator[Suspicion]:
    """Weeks 53 of years with 52: their rows are left out, and belong to the year before."""
    lost = reading.rejected
    header = reading.header("occurred_from")
    own = lost[(lost["reason"] == "no_such_date") & (lost["column"] == header)]
    own = own[[WEEK_53.fullmatch(value) is not None for value in own["value"]]]
    if len(own) and "week" in reading.source.date_forms["occurred_from"]:
        first = own.iloc[0]
        yield Suspicion(
            f"a week 53 that the year has not, left out: {number_of(len(own), 'row')} "
            f"({first['file']}, row {first['row']}: {quoted(first['value'])}). A calendar year "
            "stands with an ISO week of the year before",
            f"{REMEDY}; {it_is_so('week_53')}",
            grave=False,
            rows=len(own),
        )


def _out_of_place(reading: Reading, rows: Places) -> Places:
    """Rows whose week is a year from those before and after them, in the file or their series."""
    columns = [reading.column(name) for name in ("area", "category", "place")]
    keys = [column.codes[rows].astype(np.int64) for column in columns if column is not None]
    if len(rows) < 2:
        return rows[:0]
    for series in (np.zeros(len(rows), dtype=np.int64), *([cells_of(keys)] if keys else [])):
        order = np.argsort(series, kind="stable")
        found = _breaks(reading, rows[order], series[order])
        if found is not None:
            return found
    return rows[:0]


def _breaks(reading: Reading, rows: Places, series: Places) -> Places | None:
    """The rows out of place; None where the rows of a series are in no order of time."""
    day = reading.day[rows]
    begins = np.concatenate([[True], (np.diff(series) != 0) | (np.diff(day) != 0)])
    run = np.cumsum(begins) - 1  # rows of one week in a row
    at = np.flatnonzero(begins)
    step = np.where(np.diff(series[at]) == 0, np.diff(day[at]), 0)
    moved = step[step != 0]
    if not len(moved):
        return None
    if (moved > 0).mean() < 0.5:
        wrong = _wrong(day[at][::-1], series[at][::-1])[::-1]
        order = (moved < 0).mean()
    else:
        wrong = _wrong(day[at], series[at])
        order = (moved > 0).mean()
    return rows[wrong[run]] if order >= IN_ORDER else None


def _wrong(day: Places, series: Places) -> np.ndarray:
    """Of weeks in order of time, by their Mondays, those with the year of the one beside them."""
    calendar = pd.DatetimeIndex(day.astype("datetime64[D]").astype("datetime64[s]")).isocalendar()
    year, week = (calendar[name].to_numpy(np.int64) for name in ("year", "week"))
    wrong = np.zeros(len(day), dtype=bool)
    together = series[1:] == series[:-1]
    ahead = together & (np.diff(day) >= 7 * LATE)
    for place in np.flatnonzero(together & (np.diff(day) <= -7 * LATE)).tolist():
        one, other = place, place + 1
        if year[one] != year[other]:
            continue
        first = place == 0 or not together[place - 1]
        last = other == len(day) - 1 or not together[other]
        if week[one] >= 52 and (first or ahead[place - 1]):
            wrong[one] = True  # the first days of January
        elif week[other] == 1 and (last or ahead[other]):
            wrong[other] = True  # the last days of December
    return wrong
