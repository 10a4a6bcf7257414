"""When it happened: dates, times, years and spans of an export → from, to and precision."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.errors import SourceError
from est_analysis.incidents.refusals import LONGEST_SHOWN, Refusals
from est_analysis.intake.coarser import coarser
from est_analysis.privacy import shown
from est_analysis.sources import Coded, Export
from est_analysis.sources.coded import Codes, combined
from est_analysis.written_dates import ambiguous_forms, form_faults, moved, read_dates, read_times
from est_analysis.written_dates.grains import DAY, INTERVAL, MINUTE, PRECISIONS, WEEK

PROBLEMS = ("", "blank", "no_form", "no_such_date", "needs_year")  # of `read_dates`
EARLIEST = np.datetime64("1950-01-01", "s")  # an earlier year is a typing error
LONGEST_AHEAD = np.timedelta64(3653, "D")  # ten years: so far ahead no extract reaches
Moments = npt.NDArray[np.datetime64]
_MINUTE = np.timedelta64(60, "s")


@dataclass(frozen=True)
class When:
    """Half-open spans of local time; `start` equals `end` when the minute is known."""

    start: Moments
    end: Moments
    precision: npt.NDArray[np.int8]
    approximate: npt.NDArray[np.bool_]
    reported_at: Moments
    whole_days: npt.NDArray[np.bool_]  # moments at midnight, in files that have no other


@dataclass(frozen=True)
class Read:
    """A column of dates, read; `problem` is an index into `PROBLEMS`."""

    start: Moments
    end: Moments
    precision: npt.NDArray[np.int8]
    approximate: npt.NDArray[np.bool_]
    problem: npt.NDArray[np.int8]

    def where(self, rows: npt.NDArray[np.bool_]) -> Read:
        """The rows that are true."""
        return Read(*(getattr(self, one.name)[rows] for one in fields(self)))


def read_registered(export: Export) -> Read | None:
    """When every row was registered; None where the export does not tell."""
    return _date_field(export, "reported_at", None)


def last_days(export: Export) -> npt.NDArray[np.int64]:
    """The last day that each row tells of, since 1970; the least number where it tells none.

    That is when it was registered, or the end of when it happened.
    """
    reported = read_registered(export)
    begun = _date_field(export, "occurred_from", None if reported is None else reported.start)
    days = np.full(len(export), np.iinfo(np.int64).min)
    for read in (reported, begun):
        if read is not None:
            last = np.maximum(read.start, read.end - np.timedelta64(1, "s"))
            told = last.astype("datetime64[D]").astype(np.int64)  # NaT is the least number
            days = np.maximum(days, np.where(read.problem == 0, told, days))
    return days


def read_when(
    export: Export, as_of: np.datetime64, refusals: Refusals, reported: Read | None
) -> When:
    """The time of every row; rows whose time cannot be used are refused.

    `as_of` is the last moment that can be known (end of the day of the extract): what happens
    after it is a typing error. A week or a month that is not over by then, of which nothing says
    that it was registered, cannot have been told of in full. `reported` is of `read_registered`.
    """
    begun = _date_field(export, "occurred_from", None if reported is None else reported.start)
    if begun is None:
        raise AssertionError("occurred_from is a required column")
    _refuse_problems(refusals, begun, "occurred_from")
    if reported is not None:
        _refuse_problems(refusals, reported, "reported_at", allow_blank=True)
    begun = _with_time(begun, export, "time_from")
    ended = _date_field(export, "occurred_to", None)
    if ended is not None:
        _refuse_problems(refusals, ended, "occurred_to", allow_blank=True)
        ended = _with_time(ended, export, "time_to")
        begun = _span(begun, ended, refusals)
    start, end, precision, whole_days = coarser(export, begun.start, begun.end, begun.precision)
    begun = Read(start, end, precision, begun.approximate, begun.problem)
    strange = (begun.start < EARLIEST) | (begun.start >= as_of + LONGEST_AHEAD)
    refusals.refuse(strange, "unlikely_date", "occurred_from")
    refusals.refuse(begun.start >= as_of, "future_date", "occurred_from")
    blank = np.full(len(export), np.datetime64("NaT", "s"))
    registered = blank if reported is None else reported.start
    going_on = (begun.precision >= WEEK) & (begun.end > as_of) & np.isnat(registered)
    refusals.refuse(going_on, "not_over", "occurred_from")
    return When(begun.start, begun.end, begun.precision, begun.approximate, registered, whole_days)


def _date_field(export: Export, field: str, near: Moments | None) -> Read | None:
    column = export.columns.get(field)
    if column is None:
        return None
    source = export.source
    forms = source.date_forms[field]
    year = export.columns.get("year")
    _refuse_swapped(export, column, field, forms)
    parts = [column] if year is None else [column, year]
    if near is not None and "day month" in forms:
        parts.append(Coded.of(np.datetime_as_string(near, unit="D").tolist()))
    if len(parts) == 1:
        codes, words, examples = column.codes, list(column.words), None
    else:
        codes, examples = combined(parts)
        words = [column.words[code] for code in column.codes[examples]]
    table = read_dates(
        words,
        forms,
        years=None if year is None or examples is None else _years(year, examples),
        near=None if near is None or examples is None else near[examples],
        timezone=source.timezone,
        written_in=source.written_in,
    )
    precision = table["precision"].map({name: i for i, name in enumerate(PRECISIONS)})
    return Read(
        table["start"].to_numpy("datetime64[s]")[codes],
        table["end"].to_numpy("datetime64[s]")[codes],
        precision.fillna(DAY).to_numpy().astype(np.int8)[codes],
        table["approximate"].to_numpy(bool)[codes],
        table["problem"].map(PROBLEMS.index).to_numpy().astype(np.int8)[codes],
    )


def _years(column: Coded, examples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    per_word = np.array([int(w) if w.isdecimal() and len(w) == 4 else 0 for w in column.words])
    return per_word[column.codes[examples]]


def _refuse_swapped(export: Export, column: Coded, field: str, forms: tuple[str, ...]) -> None:
    """Refuse days and months the other way round in any one file, however right the others are."""
    source = export.source
    numbers = np.arange(len(export.deliveries) + 1, dtype=export.file.dtype)  # else all are copied
    begins = np.searchsorted(export.file, numbers).tolist()
    for delivery, (begin, end) in zip(export.deliveries, pairwise(begins), strict=True):
        codes = column.codes[begin:end]
        fault = form_faults(_used_words(column, codes), forms)
        if fault:
            swapped, odd = fault
            row = export.row[begin + int(np.argmax(codes == column.words.index(odd)))]
            raise SourceError(
                f"cannot use the dates of {source.name}",
                expected=f"{field} written as {' or '.join(forms)}",
                found=f"{shown(odd, LONGEST_SHOWN)!r} in {delivery.file}, row {row}, a day only as "
                f"{swapped}; no value in that file is one only as declared",
                change=f"export {delivery.file} again in the declared form; if all files are so, "
                f"{source.path}: dates: forms: [{swapped!r}]; if only that value is, mend it",
                otherwise="nothing of this actor is used: days and months would be swapped",
            )
    words = _used_words(column, column.codes)
    doubtful = ambiguous_forms(words, forms)
    if doubtful:
        example = shown(doubtful[0], LONGEST_SHOWN)
        raise SourceError(
            f"cannot use the dates of {source.name}",
            expected=f"forms for {field} that never read the same text as different days",
            found=f"{example!r}, which is a different day in different forms",
            change=f"{source.path}: keep one of {', '.join(forms)}",
            otherwise="nothing of this actor is used: days and months could be swapped",
        )


def _used_words(column: Coded, codes: Codes) -> list[str]:
    """The words of some rows, blanks left out."""
    return [word for code in pd.unique(codes).tolist() if (word := column.words[code])]


def _refuse_problems(
    refusals: Refusals, read: Read, column: str, *, allow_blank: bool = False
) -> None:
    if not read.problem.any():
        return
    for code, problem in enumerate(PROBLEMS):
        if code and not (allow_blank and problem == "blank"):
            reason = "blank_date" if problem == "blank" else problem
            refusals.refuse(read.problem == code, reason, column)


def _with_time(read: Read, export: Export, name: str) -> Read:
    """A day with a time of day becomes a moment, with a span of hours an interval.

    A time that cannot be read leaves the day: it is told as the suspicion ``unread_time``.
    """
    column, source = export.columns.get(name), export.source
    if column is None:
        return read
    times = read_times(list(column.words))
    problems = times["problem"].to_numpy(object)[column.codes]
    day = (read.precision == DAY) & (problems == "")
    begin = times["minutes"].fillna(0).to_numpy(np.int64)[column.codes] * _MINUTE
    end = times["end_minutes"].fillna(0).to_numpy(np.int64)[column.codes] * _MINUTE
    zones = (source.written_in, source.timezone)
    start, stop = read.start.copy(), read.end.copy()
    start[day] = moved((read.start + begin)[day], *zones)
    stop[day] = moved((read.start + end)[day], *zones)
    spans = np.where(begin == end, MINUTE, INTERVAL)
    return Read(
        start,
        stop,
        np.where(day, spans, read.precision).astype(np.int8),
        read.approximate | times["approximate"].to_numpy(bool)[column.codes],
        read.problem,
    )


def _span(begun: Read, ended: Read, refusals: Refusals) -> Read:
    """From the beginning of the one to the end of the other, where there is another."""
    both = (ended.problem == 0) & (begun.problem == 0)
    refusals.refuse(both & (ended.end < begun.start), "ends_before_start", "occurred_to")
    end = np.where(both, np.maximum(ended.end, begun.end), begun.end)
    same = (begun.start == ended.start) & (begun.end == ended.end)
    moment = (begun.precision == MINUTE) & (end == begun.start)
    unchanged = ~both | same | moment
    precision = np.where(unchanged, begun.precision, INTERVAL).astype(np.int8)
    return Read(begun.start, end, precision, begun.approximate | ended.approximate, begun.problem)
