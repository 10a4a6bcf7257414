"""Moments at midnight, days on Mondays and on the first: what is known more coarsely than it looks.

A heap is declared under ``dates``: ``midnight: day`` reads each moment at 00:00 as its day,
``mondays: week`` and ``firsts: month`` each such day as its week or month (`coarser`), and
``moment`` or ``day`` says that they are what they look like.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from est_analysis.intake.reading import Flags, Reading, date_of
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.written_dates.grains import DAY, INTERVAL, MINUTE

MINUTE_OF_DAY = 1440
WHOLE_HOURS_NEAR = (22, 23, 1, 2)  # hours whose full hour is held against midnight
TIMES_NEAR = 3.0  # midnight against the most of those
SHARES = {"midnight": 0.02, "mondays": 0.5, "firsts": 0.2}  # least share of the rows
USUAL = {"mondays": 2 / 7, "firsts": 1 / 15}  # a weekday twice as busy as others is no heap
LEAST = 20  # rows in a heap
LEAST_HEAP_DAYS = 5  # different ones: a single day may have had a riot
ALL_OF = {"week start": 7, "week end": 7, "month start": 4, "month end": 4}  # different days
SURE = 1e-6
MONDAY, SUNDAY = 3, 4  # (days since 1970 + these) % 7 is 0

Numbers = npt.NDArray[np.int64]


@suspicion("midnight_heap", expected="times of day as they were, or none")
def midnight_heap(reading: Reading) -> Iterator[Suspicion]:
    """More moments at 00:00 than at the full hours beside it: their time is not known."""
    if "midnight" in reading.source.heaps:
        return
    timed = reading.kept & (reading.precision == MINUTE)
    number = int(timed.sum())
    if number < LEAST:
        return
    minute = reading.start[timed].astype("datetime64[m]").astype(np.int64) % MINUTE_OF_DAY
    per_minute = np.bincount(minute, minlength=MINUTE_OF_DAY)
    here = int(per_minute[0])
    near = max(int(per_minute[60 * hour]) for hour in WHOLE_HOURS_NEAR)
    if here < max(LEAST, SHARES["midnight"] * number, TIMES_NEAR * near):
        return
    at = timed & (reading.start == reading.start.astype("datetime64[D]"))
    yield Suspicion(
        f"of {number:,} moments, at 00:00: {reading.told(at)}; at a full hour beside it: at most "
        f"{near:,}",
        f"{reading.settled_in}: dates: midnight: day (00:00 says that the time is not "
        "known), or midnight: moment (it was midnight)",
        grave=True,
        rows=here,
    )


@suspicion("only_days", expected="times of day, where dates have a time")
def only_days(reading: Reading) -> Iterator[Suspicion]:
    """All moments of a file at 00:00: they are days, and read so."""
    rows = reading.whole_days & reading.kept
    if rows.any() and (reading.precision[~reading.whole_days & reading.kept] == MINUTE).any():
        yield Suspicion(
            f"every time is 00:00 in the files of {reading.told(rows)}: read as days",
            f"nothing, if the time is not known; else ask for a new export. "
            f"{it_is_so('only_days')}",
            grave=False,
            rows=int(rows.sum()),
        )


@suspicion("mondays", expected="days as they were, or weeks written as weeks")
def mondays(reading: Reading) -> Iterator[Suspicion]:
    """All days on Mondays (Sundays): weeks. Half of them: some are."""
    days, rows = _of_days(reading)
    settled = "mondays" in reading.source.heaps
    for form, far in (("week start", MONDAY), ("week end", SUNDAY)):
        if len(days) >= ALL_OF[form] and ((days + far) % 7 == 0).all() and not settled:
            what = "a Monday" if far == MONDAY else "a Sunday"
            yield _all_of(reading, form, what, "week", days, rows)
            return
    on = (days + MONDAY) % 7 == 0
    if not settled and _heap("mondays", rows, on):
        yield _part_of(reading, "mondays", "on a Monday", "week", days[on], rows[on])


@suspicion("firsts", expected="days as they were, or months written as months")
def firsts(reading: Reading) -> Iterator[Suspicion]:
    """All days on the first (last) of a month: months. A fifth of them: some are."""
    days, rows = _of_days(reading)
    settled = "firsts" in reading.source.heaps
    for form, after in (("month start", 0), ("month end", 1)):
        if len(days) >= ALL_OF[form] and _is_first(days + after).all() and not settled:
            what = f"the {'last' if after else 'first'} of a month"
            yield _all_of(reading, form, what, "month", days, rows)
            return
    on = _is_first(days)
    if not settled and _heap("firsts", rows, on):
        yield _part_of(reading, "firsts", "on the first of a month", "month", days[on], rows[on])


def _of_days(reading: Reading) -> tuple[Numbers, Numbers]:
    """The different days, and their rows, of what is known to a day or better."""
    known = np.isin(reading.precision, (MINUTE, DAY, INTERVAL))
    if known.all():
        return reading.days
    days = reading.day[known & reading.kept]
    found, rows = np.unique(days, return_counts=True)
    return found, rows


def _is_first(days: Numbers) -> Flags:
    own = days.astype("datetime64[D]")
    return np.asarray(own == own.astype("datetime64[M]").astype("datetime64[D]"))


def _heap(name: str, rows: Numbers, on: Flags) -> bool:
    """Whether more rows are on some days than chance, and twice the usual, give."""
    number, here = int(rows.sum()), int(rows[on].sum())
    if on.sum() < LEAST_HEAP_DAYS or here < max(LEAST, SHARES[name] * number):
        return False
    share, usual = min(here / number, 1 - 1e-9), USUAL[name]
    # Chernoff's bound on so many or more, when each row is there with the usual probability
    apart = share * np.log(share / usual) + (1 - share) * np.log((1 - share) / (1 - usual))
    return bool(share > usual and number * apart > -np.log(SURE))


def _all_of(
    reading: Reading, form: str, what: str, grain: str, days: Numbers, rows: Numbers
) -> Suspicion:
    name = "mondays" if grain == "week" else "firsts"
    header = reading.header("occurred_from")
    return Suspicion(
        f'every date in "{header}" is {what} ({len(days):,} different ones, '
        f"{reading.named(reading.kept)}): {grain}s, not days",
        f"{reading.settled_in}: dates: forms: [{form}] (with the form of the day after it, "
        f"if it is another than 2025-03-31), or, if they are days, dates: {name}: day",
        grave=True,
        rows=int(rows.sum()),
        first=date_of(days[0]),
        last=date_of(days[-1]),
    )


def _part_of(
    reading: Reading, name: str, what: str, grain: str, days: Numbers, rows: Numbers
) -> Suspicion:
    on = reading.kept & np.isin(reading.day, days)
    share = rows.sum() / reading.kept.sum()
    return Suspicion(
        f"{what} stand {share:.0%} of the rows: {reading.told(on)}",
        f"{reading.settled_in}: dates: {name}: {grain} (such a day says no more than its "
        f"{grain}), or {name}: day (it happened then)",
        grave=True,
        rows=int(rows.sum()),
        first=date_of(days[0]),
        last=date_of(days[-1]),
    )
