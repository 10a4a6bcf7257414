"""Days and months swapped by a program: some dates of a file only, each a day that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from est_analysis.intake.reading import Flags, Moments, Places, Reading
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.sources import Coded
from est_analysis.written_dates.grains import DAY, INTERVAL, MINUTE

TYPED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{5}(?:[.,][0-9]+)?")
TEXT = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})(?![0-9]).*")
LAST_SWAPPED = 12  # no month has a higher number
LEAST = 3  # different dates of each kind
EARLY, LATE = (
    np.log(30.44 / 12),
    np.log(30.44 / 18.44),
)  # what a day up to the 12th, or after, tells
SURE = 9.2  # together: one in ten thousand by chance
LEAST_IMPOSSIBLE = 10  # different dates after the extract or the report, all up to the 12th
LEAST_OF_TWO = 25  # the same, where it may be the day of the report that was turned
FAR = 20  # days; rows in order of registration are nearer
LEAST_TURNS = 10  # rows before which the order of days turns back by so much
FEWER_TURNS = 0.25  # of them when days and months are turned round


@suspicion("swapped_days", expected="each date with its day and its month in their own places")
def swapped_days(reading: Reading) -> Iterator[Suspicion]:
    """By file: typed dates and texts, days that cannot be, and the order of the rows."""
    column = reading.column("occurred_from")
    grained = np.isin(reading.precision, (MINUTE, DAY, INTERVAL))
    if column is None or not grained.any():
        return
    texts, typed = (any(shape.fullmatch(word) for word in column.words) for shape in (TEXT, TYPED))
    for begin, end in reading.files:
        here = np.arange(begin, end)
        rows = here[grained[begin:end] & ~np.isnat(reading.start[begin:end])]
        if not len(rows):
            continue
        why = (
            (_by_form(reading, column, rows) if texts and typed else "")
            or _by_what_cannot_be(reading, rows)
            or _by_order(reading, rows)
        )
        if why:
            yield _told(reading, rows, why)


def _told(reading: Reading, rows: Places, why: str) -> Suspicion:
    file = reading.export.deliveries[reading.export.file[rows[0]]].file
    early = rows[_day(reading.start[rows]) <= LAST_SWAPPED]
    days = reading.start[early].astype("datetime64[D]")
    return Suspicion(
        f"{why} ({reading.named(early)})",
        f"ask for {file} again straight from the system, not opened and saved by another program "
        f"on the way, or with dates as 2025-03-31; {it_is_so('swapped_days', file)}",
        grave=True,
        rows=len(early),
        value=file,
        first=days.min().astype(object),
        last=days.max().astype(object),
    )


def _by_form(reading: Reading, column: Coded, rows: Places) -> str:
    """Typed dates up to the 12th, and texts only after it: the texts that could be were turned."""
    codes, first = np.unique(column.codes[rows], return_index=True)
    words = [column.words[code] for code in codes]
    text = np.array([TEXT.fullmatch(word) is not None for word in words], dtype=bool)
    if not text.any() or text.all():
        return ""
    typed = np.array([TYPED.fullmatch(word) is not None for word in words], dtype=bool)
    start = reading.start[rows[first]].astype("datetime64[D]")
    typed_days, text_days = np.unique(start[typed]), np.unique(start[text])
    early = _day(typed_days) <= LAST_SWAPPED
    if early.sum() < LEAST or len(text_days) < LEAST or (_day(text_days) <= LAST_SWAPPED).any():
        return ""
    told = LATE * len(text_days) + (EARLY * len(typed_days) if early.all() else 0.0)
    if told < SURE:
        return ""
    return (
        f"{int(early.sum()):,} dates up to the 12th are dates and {len(text_days):,} after it are "
        "texts: a spreadsheet has read day and month the other way round where it could"
    )


def _by_what_cannot_be(reading: Reading, rows: Places) -> str:
    """Days after the extract, or after they were reported, that would be none if turned round."""
    start = reading.start[rows].astype("datetime64[D]")
    extract = np.full(len(rows), reading.as_of, "datetime64[D]")
    reported = reading.reported_at[rows].astype("datetime64[D]")
    for what, limit, others in (
        ("after the extract", extract, ()),
        ("after they were reported", reported, (_turned(reported),)),
    ):
        late = start > limit + 1
        if not late.any():
            continue
        alone = _turned(start) <= limit + 1
        either = alone.copy()
        for turned in others:
            either |= (start <= turned + 1) | (_turned(start) <= turned + 1)
        for explained, least in ((alone, LEAST_IMPOSSIBLE), (either, LEAST_OF_TWO)):
            if len(np.unique(start[late])) >= least and explained[late].all():
                return (
                    f"{int(late.sum()):,} dates are {what}, and would not be if the days up to the "
                    "12th had day and month turned round"
                )
    return ""


def _by_order(reading: Reading, rows: Places) -> str:
    """Rows that are in order of time only if their days and months are turned round."""
    start = reading.start[rows].astype("datetime64[D]")
    turns = _jumps(start)
    left = _jumps(_turned(start)) if turns >= LEAST_TURNS else turns
    if turns < LEAST_TURNS or left > FEWER_TURNS * turns:
        return ""
    return (
        f"the rows are in the order of their days only if those up to the 12th have day and month "
        f"turned round ({left:,} breaks of the order then, {turns:,} now)"
    )


def _jumps(days: Moments) -> int:
    """How often rows in order of time, or nearly so, go the other way by weeks."""
    step = np.diff(days.astype(np.int64))
    return min(int((step < -FAR).sum()), int((step > FAR).sum()))


def _day(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    """The day of the month."""
    days = days.astype("datetime64[D]")
    first = days.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray((days - first).astype(np.int64) + 1)


def _turned(days: Moments) -> Moments:
    """The days with day and month turned round, where that is a day."""
    day = _day(days)
    month = days.astype("datetime64[M]").astype(np.int64)
    other = (month - month % 12 + day - 1).astype("datetime64[M]").astype("datetime64[D]")
    turned = other + (month % 12).astype("timedelta64[D]")
    can: Flags = day <= LAST_SWAPPED
    return np.where(can, turned, days)
