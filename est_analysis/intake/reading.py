"""What one actor's delivery says, row by row: what every suspicion looks at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import Settings, SourceFormat
from est_analysis.intake.words import number_of
from est_analysis.sources import Coded, Export

Moments = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
MOST_NAMED = 3  # rows in a message
SECONDS_OF_A_DAY = 86_400


class Ids(Protocol):
    """An id for each row (`codes` into `ids`), and for each word of the column."""

    @property
    def ids(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def codes(self) -> npt.NDArray[np.int32]: ...  # noqa: D102
    @property
    def per_word(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class Reading:
    """An export as it was read and translated.

    Attributes
    ----------
    start, end, precision, reported_at
        When each row happened; half-open spans, codes of `written_dates.grains`.
    whole_days
        Rows whose moment was midnight in a file without another time: read as days.
    area, category, count
        Where, what and how many.
    kept
        Rows that can be used, those that repeat another among them.
    totals
        Rows that are declared as sums of the others.
    earlier, later
        Pairs of rows with one identity; the later one is used.
    rejected
        The account of rows left out: ``file``, ``row``, ``reason``, ``column``, ``value``.
    """

    export: Export
    settings: Settings
    as_of: dt.date
    start: Moments
    end: Moments
    precision: npt.NDArray[np.int8]
    reported_at: Moments
    whole_days: Flags
    area: Ids
    category: Ids
    count: npt.NDArray[np.int32]
    kept: Flags
    totals: Flags
    earlier: Places
    later: Places
    rejected: pd.DataFrame

    @property
    def source(self) -> SourceFormat:
        """The declaration."""
        return self.export.source

    @property
    def settled_in(self) -> str:
        """The file of the declaration, in which doubts are settled."""
        return f"sources/{self.source.path.name}"

    @property
    def counts(self) -> bool:
        """Whether rows are numbers of events, and not events."""
        return self.source.shape == "counts"

    @cached_property
    def day(self) -> npt.NDArray[np.int64]:
        """The day on which each row begins, as days since 1970; what is no date is far away."""
        seconds = self.start.astype("datetime64[s]", copy=False).view(np.int64)
        return np.asarray(seconds // SECONDS_OF_A_DAY)  # numpy's own way takes three times as long

    @cached_property
    def days(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The different days of the rows in use, in order, and how many rows each has."""
        days = self.day if self.kept.all() else self.day[self.kept]
        if not len(days):
            return days, days
        first = int(days.min())
        rows = np.bincount(days - first)
        found = np.flatnonzero(rows)
        return found + first, rows[found]

    @property
    def files(self) -> list[tuple[int, int]]:
        """The first row of each file, and the one after its last."""
        numbers = np.arange(len(self.export.deliveries) + 1, dtype=self.export.file.dtype)
        return list(pairwise(np.searchsorted(self.export.file, numbers).tolist()))

    def header(self, field: str) -> str:
        """The export's name for a field; its own, where it is told by other columns."""
        column = self.source.columns.get(field)
        return field if column is None else column.headers[0]

    def column(self, name: str) -> Coded | None:
        """A column of the export, if it is there."""
        return self.export.columns.get(name)

    def told(self, rows: Flags | Places) -> str:
        """How many rows, and the first of them: ``2 rows (a.csv, rows 5, 9)``."""
        number = int(rows.sum()) if rows.dtype == bool else len(rows)
        return f"{number_of(number, 'row')} ({self.named(rows)})"

    def named(self, rows: Flags | Places, most: int = MOST_NAMED) -> str:
        """The first of some rows, by file and row: ``a.csv, rows 2, 5 and 9 and 3 more``."""
        places = np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows)
        told: dict[str, list[str]] = {}
        for place in places[:most].tolist():
            name = self.export.deliveries[self.export.file[place]].file
            told.setdefault(name, []).append(str(self.export.row[place]))
        parts = [
            f"{name}, row{'s' if len(found) > 1 else ''} {', '.join(found)}"
            for name, found in told.items()
        ]
        more = f" and {len(places) - most:,} more" if len(places) > most else ""
        return "; ".join(parts) + more


def date_of(day: int | np.int64) -> dt.date:
    """The day of a number of `Reading.day`."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
