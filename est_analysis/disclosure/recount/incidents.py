"""The incidents as plain arrays, and their sums: rows are sorted, and added between changes.

The panel and the totals lay a complete grid and count into it, or group. Nothing of that is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset

Word = tuple[str | int, ...]
Sums = dict[Word, float]
Whole = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

KEYS = ("actor", "area", "category", "subcategory", "place")  # what a row can be told by
COUNT = "count"
_EPOCH_MONDAY = 4  # 1970-01-05, in days
STEP_DAYS = {"week": 7, "month": 1}  # by how much a step's number is more than the one before


@dataclass
class Incidents:
    """A dataset's incidents as arrays; what has been added is kept."""

    data: Dataset
    _sums: dict[Hashable, Sums] = field(default_factory=dict)

    @cached_property
    def day(self) -> Whole:
        """The day each is counted on, in days since 1970."""
        return self.data.incidents["day"].to_numpy("datetime64[D]").astype(np.int64)

    def step(self, step: str) -> Whole:
        """The number of each one's week or month."""
        return self._steps[step]

    @cached_property
    def _steps(self) -> dict[str, Whole]:
        return {step: numbers(self.day, step) for step in STEP_DAYS}

    def between(self, first: dt.date, last: dt.date) -> Truths:
        """Which of them are of some days, both inclusive."""
        return np.asarray((self.day >= day_number(first)) & (self.day <= day_number(last)))

    def of(self, key: str, words: Iterable[str]) -> Truths:
        """Which of them have one of some words in a column."""
        column = self.data.incidents[key]
        wanted = set(words)
        named = np.array([word in wanted for word in column.cat.categories] + [False], dtype=bool)
        return named[column.cat.codes.to_numpy()]  # -1, no word at all, is the last

    def measures(self, table: pd.DataFrame) -> list[str]:
        """The columns of a table that incidents have under the same name, as numbers."""
        frame = self.data.incidents
        return [
            str(name)
            for name in table
            if name in frame and name not in KEYS and pd.api.types.is_integer_dtype(frame[name])
        ]

    def in_period(self, span: Period, keys: tuple[str, ...], measure: str = COUNT) -> Sums:
        """Sums of a period's incidents."""
        label = ("period", span.start, span.end, keys, measure)
        if label not in self._sums:
            self._sums[label] = self.sums(self.between(span.start, span.end), keys, measure)
        return self._sums[label]

    def on_days(self, days: frozenset[dt.date], keys: tuple[str, ...]) -> Sums:
        """Sums of the incidents of some days."""
        label = ("days", days, keys)
        if label not in self._sums:
            wanted = np.array(sorted(map(day_number, days)), dtype=np.int64)
            self._sums[label] = self.sums(np.isin(self.day, wanted), keys)
        return self._sums[label]

    def by_step(
        self, step: str, first: int, last: int, keys: tuple[str, ...], measure: str = COUNT
    ) -> Sums:
        """Sums of each step from one number to another; the step's number is the last of a word."""
        label = ("steps", step, first, last, keys, measure)
        if label not in self._sums:
            number = self.step(step)
            inside = (number >= first) & (number <= last)
            self._sums[label] = self.sums(inside, keys, measure, number)
        return self._sums[label]

    def sums(
        self,
        inside: Truths,
        keys: tuple[str, ...],
        measure: str = COUNT,
        number: Whole | None = None,
    ) -> Sums:
        """Sums of some incidents by keys, and by a number each has, if given."""
        frame = self.data.incidents
        at = np.flatnonzero(inside)
        columns = [pd.Categorical(frame[key]) for key in keys]
        weights = frame[measure].iloc[at].to_numpy(dtype=float)
        own = None if number is None else number[at]
        return added([column[at] for column in columns], weights, own)


def added(columns: Sequence[pd.Categorical], weights: Floats, number: Whole | None = None) -> Sums:
    """Sums by the words of some columns, and by a number.

    Rows are sorted, and added between changes. Those that lack a word are in no sum.
    """
    kept = np.flatnonzero(np.all([column.codes >= 0 for column in columns], axis=0))
    if not len(kept):
        return {}
    code = np.zeros(len(kept), dtype=np.int64)
    for column in columns:
        code = code * len(column.categories) + column.codes[kept]
    low, many = 0, 1
    if number is not None:
        low, many = int(number[kept].min()), int(np.ptp(number[kept])) + 1
        code = code * many + number[kept] - low
    order = np.argsort(code, kind="stable")
    code = code[order]
    begins = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    totals = np.add.reduceat(weights[kept][order], begins).tolist()
    found: Sums = {}
    for one, total in zip(code[begins].tolist(), totals, strict=True):
        rest, place = divmod(one, many)
        word: list[str | int] = [] if number is None else [place + low]
        for column in reversed(columns):
            rest, place = divmod(rest, len(column.categories))
            word.insert(0, str(column.categories[place]))
        found[tuple(word)] = total
    return found


def day_number(day: dt.date) -> int:
    """Days since 1970."""
    return day.toordinal() - dt.date(1970, 1, 1).toordinal()


def numbers(days: Whole, step: str) -> Whole:
    """The number of the step that each day is in: a Monday's days, or months, since 1970."""
    if step == "month":
        return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (days - _EPOCH_MONDAY) // 7 * 7 + _EPOCH_MONDAY


def number_of(day: dt.date, step: str) -> int:
    """The number of the step that a day is in."""
    return int(numbers(np.array([day_number(day)], dtype=np.int64), step)[0])


def first_day(number: int, step: str) -> dt.date:
    """The first day of a step."""
    if step == "week":
        return dt.date.fromordinal(number + dt.date(1970, 1, 1).toordinal())
    return dt.date(1970 + number // 12, number % 12 + 1, 1)


def words_of(table: pd.DataFrame, keys: Iterable[str]) -> list[Word]:
    """Each row's words, as texts."""
    columns = [table[key].astype(str).tolist() for key in keys]
    return list(zip(*columns, strict=True)) if columns else [()] * len(table)


def keys_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The keys that a table has."""
    return tuple(key for key in KEYS if key in table)


def floats(column: pd.Series) -> list[float]:
    """A column's numbers, NaN where there is none."""
    found: list[float] = column.astype("Float64").to_numpy(float, na_value=np.nan).tolist()
    return found
