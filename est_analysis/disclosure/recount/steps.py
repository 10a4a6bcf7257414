"""Counts of weeks or months: series, the steps up to a period's end, and the history before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.disclosure.recount.again import Again
from est_analysis.disclosure.recount.found import NONE, Column, Found, Way
from est_analysis.disclosure.recount.incidents import (
    COUNT,
    STEP_DAYS,
    Sums,
    Word,
    first_day,
    keys_of,
    number_of,
    words_of,
)

A_YEAR = {"week": 52, "month": 12}  # steps
MOST_YEARS = 6  # of history behind what is usual
_DAY = dt.timedelta(days=1)


def series(again: Again, table: pd.DataFrame) -> Found:
    """A count of each step (``start``), and of the step it is compared with a year before."""
    keys = keys_of(table)
    words = words_of(table, keys)
    columns = {}
    for name, measure, start in _counts(again, table):
        numbers = _numbers(again, words, table[start])
        sums = _sums(again, words, numbers, keys, measure)
        columns[name] = _column(again, words, numbers, sums, _coming(table))
    numbers = _numbers(again, words, table["start"])
    whole = {
        (*word, _day(again, word, int(number))): count
        for (*word, number), count in _sums(again, words, numbers, keys, COUNT).items()
        if number in again.reported[str(word[0])]
    }
    days = [_day(again, word, number) for word, number in zip(words, numbers, strict=True)]
    return Found([(*word, day) for word, day in zip(words, days, strict=True)], columns, whole)


def _counts(again: Again, table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Count columns, what of the incidents each adds up, and the column of its steps."""
    found = [(name, name, "start") for name in again.incidents.measures(table)]
    found += [("observed", COUNT, "start")] if "observed" in table else []
    return found + ([("last_year", COUNT, "last_year_start")] if "last_year" in table else [])


def _column(
    again: Again, words: list[Word], numbers: list[int], sums: Sums, coming: list[bool]
) -> Column:
    """No number where the step is yet to come; maybe none where it was not wholly reported."""
    found = [sums.get((*w, n), 0.0) for w, n in zip(words, numbers, strict=True)]
    silent = [
        count == 0 or number not in again.wholly_reported[str(word[0])]
        for word, number, count in zip(words, numbers, found, strict=True)
    ]
    return Column([NONE if ahead else n for ahead, n in zip(coming, found, strict=True)], silent)


def _coming(table: pd.DataFrame) -> list[bool]:
    if "when" not in table:
        return [False] * len(table)
    return [str(when) == "coming" for when in table["when"]]


def _day(again: Again, word: Sequence[str | int], number: int) -> str:
    return f"{first_day(number, again.step_of(str(word[0])))}"


def _numbers(again: Again, words: list[Word], starts: pd.Series) -> list[int]:
    days = [start.date() for start in pd.DatetimeIndex(starts)]
    steps = [again.step_of(str(word[0])) for word in words]
    met: dict[tuple[dt.date, str], int] = {}
    for pair in zip(days, steps, strict=True):
        if pair not in met:
            met[pair] = number_of(*pair)
    return [met[pair] for pair in zip(days, steps, strict=True)]


def _sums(
    again: Again, words: list[Word], numbers: list[int], keys: tuple[str, ...], measure: str
) -> Sums:
    """Of all steps between the table's first and last, weeks and months apart."""
    found: Sums = {}
    for step in STEP_DAYS:
        own = [n for w, n in zip(words, numbers, strict=True) if again.step_of(str(w[0])) == step]
        actors = set(again.actors_in(step))
        if own:
            sums = again.incidents.by_step(step, min(own), max(own), keys, measure)
            found |= {word: count for word, count in sums.items() if word[0] in actors}
    return found


def up_to_the_end(weeks: int | None = None) -> Way:
    """Counts of the whole steps that share a day with the period, or with its last weeks."""

    def way(again: Again, table: pd.DataFrame) -> Found:
        span = again.period
        if weeks is not None:
            span = Period("", "days", span.end - (7 * weeks - 1) * _DAY, span.end)

        def limits(step: str) -> tuple[int, int]:
            return number_of(span.start, step), number_of(span.end, step)

        return _added_up(again, table, limits, span)

    return way


def year_before_the_next(again: Again, table: pd.DataFrame) -> Found:
    """Counts of the year of steps before the first that shares a day with the next period."""
    coming = again.period.after()

    def limits(step: str) -> tuple[int, int]:
        after = number_of(coming.start, step)
        first = after - A_YEAR[step] * STEP_DAYS[step]
        return max(first, _begin(again, coming, step)), after - STEP_DAYS[step]

    return _added_up(again, table, limits)


def history_before(coming: Callable[[Period], Period]) -> Way:
    """Counts of all steps, of at most six years, before the first of a coming period.

    Parameters
    ----------
    coming
        The coming period, from the report's own.
    """

    def way(again: Again, table: pd.DataFrame) -> Found:
        ahead = coming(again.period)

        def limits(step: str) -> tuple[int, int]:
            return _begin(again, ahead, step), number_of(ahead.start, step) - STEP_DAYS[step]

        return _added_up(again, table, limits)

    return way


def four_weeks_after(period: Period) -> Period:
    """The four weeks after a period."""
    first = period.end + _DAY
    return Period("", "days", first, first + 27 * _DAY)


def _begin(again: Again, coming: Period, step: str) -> int:
    """The first step that history is taken from: of the first whole week that anybody reported."""
    coverage = again.data.coverage
    known = [coverage.first_day(actor) for actor in again.actors_in(step)]
    first = min((day for day in known if day is not None), default=dt.date.min)
    if first == dt.date.min:
        return number_of(coming.start, step)
    monday = first + (-first.weekday() % 7) * _DAY
    oldest = coming.years_before(MOST_YEARS).start
    return number_of(min(max(oldest, monday), coming.start), step)


def _added_up(
    again: Again,
    table: pd.DataFrame,
    limits: Callable[[str], tuple[int, int]],
    span: Period | None = None,
) -> Found:
    """Sums over the steps between two that were reported.

    Of a `span`, a number is missing where nothing was reported in one of its steps.
    """
    keys = keys_of(table)
    words = words_of(table, keys)
    known = [span is None or again.tells(str(word[0]), span) for word in words]
    columns: dict[str, Column] = {}
    whole: Sums = {}
    for measure in again.incidents.measures(table):
        sums, met = _over_steps(again, keys, limits, measure)
        values = [sums.get(w, 0.0) if told else NONE for w, told in zip(words, known, strict=True)]
        silent = [count == 0 for count in values]
        if span is not None:
            silent = [met.get(word, 0) < _many(again, word, limits) for word in words]
        columns[measure] = Column(values, silent)
        if measure == COUNT:
            whole = sums
    if span is not None:
        whole = {word: n for word, n in whole.items() if again.tells(str(word[0]), span)}
    return Found(words, columns, whole)


def _over_steps(
    again: Again,
    keys: tuple[str, ...],
    limits: Callable[[str], tuple[int, int]],
    measure: str,
) -> tuple[Sums, dict[Word, int]]:
    """Sums over the reported steps, and in how many of them there was an incident."""
    sums: Sums = {}
    met: dict[Word, int] = {}
    for step in STEP_DAYS:
        first, last = limits(step)
        number = again.incidents.step(step)
        inside = again.in_reported(step) & (number >= first) & (number <= last)
        for (*parts, _), count in again.incidents.sums(inside, keys, measure, number).items():
            word = tuple(parts)
            sums[word] = sums.get(word, 0) + count
            met[word] = met.get(word, 0) + (count > 0)
    return sums, met


def _many(again: Again, word: Word, limits: Callable[[str], tuple[int, int]]) -> int:
    step = again.step_of(str(word[0]))
    first, last = limits(step)
    return (last - first) // STEP_DAYS[step] + 1
