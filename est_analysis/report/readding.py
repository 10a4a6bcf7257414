"""Every count of actor, area, type and time is added again from the incidents before it is shown.

The tables come from the panel and from period totals. Here the rows are added by another way that
shares no code with them; a difference is a fault of the program, and no report is made.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.dataset import Dataset
from est_analysis.errors import ReportError
from est_analysis.report.days_again import DaysAgain, tells

KEYS = ("actor", "area", "category")
# Exhibits whose count is that of the report's period, by keys of `KEYS`.
OF_PERIOD = (
    "data_basis", "effort", "totals", "change", "categories", "areas", "category_deviations",
    "area_deviations", "area_rates", "per_1000", "priorities", "week_signals", "actor_week",
    "to_come",
)  # fmt: skip
# Those that have a row for everything that an actor has: no row may be lost.
COMPLETE = ("totals", "change", "categories", "areas", "area_rates")
# Exhibits with a count per step (`observed`) and actor.
OF_STEPS = ("trend", "decomposition", "recent", "last_year", "forecast_weeks")

Whole = npt.NDArray[np.int64]
_EPOCH_MONDAY = 4  # 1970-01-05, in days


@dataclass
class Added:
    """The incidents of a report as plain arrays; what has been added is kept."""

    data: Dataset
    period: Period
    _sums: dict[tuple[Any, ...], dict[tuple[str, ...], int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._days = DaysAgain(self.data)

    def refuse_mismatch(self, name: str, table: pd.DataFrame, *, steps: bool = True) -> None:
        """Stop the report when a table's counts are not those of the incidents.

        Parameters
        ----------
        name
            The exhibit's; tables that are not of `OF_PERIOD` or `OF_STEPS` are not looked at.
        steps
            Whether series are in single weeks or months.
        """
        if name in OF_STEPS and steps and {"actor", "start", "observed"} <= set(table):
            self._steps(name, table)
        elif name in OF_PERIOD and {"actor", "count"} <= set(table):
            self._totals(name, table)

    def _totals(self, name: str, table: pd.DataFrame) -> None:
        keys = [key for key in KEYS if key in table]
        words = [tuple(row) for row in table[keys].astype(str).to_numpy()]
        kinds = table["comparison"].astype(str) if "comparison" in table else [""] * len(table)
        counts = _floats(table["count"])
        told: dict[tuple[str, str], float] = {}
        for word, kind, count in zip(words, kinds, counts, strict=True):
            span = self.period.last_12_months() if kind == "last_12_months" else self.period
            added = self._sum(span, keys, word)
            if added is not None and np.isnan(count):
                count = 0.0  # not reported: of that there must be no incident
            self._compare(name, " ".join([*word, kind]), added, count)
            told[word[0], kind] = told.get((word[0], kind), 0) + count
        if name in COMPLETE:
            for (actor, kind), count in told.items():
                span = self.period.last_12_months() if kind == "last_12_months" else self.period
                whole = self._sum(span, ["actor"], (actor,))
                self._compare(name, f"all of {actor} {kind}", whole, count)
        if "reference_count" in table and "years" in table:
            self._references(name, table, keys, words)

    def _references(
        self, name: str, table: pd.DataFrame, keys: list[str], words: list[tuple[str, ...]]
    ) -> None:
        """Counts of earlier years, where all that are asked for were reported.

        Where only some days are compared, those of the period too.
        """
        kinds, states = table["comparison"].astype(str), table["compared"].astype(str)
        counts = (_floats(table["reference_count"]), _floats(table["compared_count"]))
        columns = (kinds, states, table["years"], *counts)
        for word, kind, state, years, count, now in zip(words, *columns, strict=True):
            span = self.period.last_12_months() if kind == "last_12_months" else self.period
            asked = _years_asked(span, 3 if kind == "mean_3_years" else 1)
            place = " ".join([*word, kind])
            if not self._tells(word[0], span):
                self._compare(name, place, None, now)
                self._compare(name, f"{place} before", None, count)
                continue
            if state == "same_days":
                days, before = self._days.of(dict(zip(keys, word, strict=True)), span, asked)
                self._compare(name, place, self._on(days, keys, word), now)
                total = sum(self._on(one, keys, word) for one in before.values())
                self._compare(name, f"{place} before", total / max(len(before), 1), count)
                continue
            if state == "whole":
                self._compare(name, place, self._sum(span, keys, word), now)
            if years != len(asked):
                continue
            parts = [self._sum(span.years_before(n), keys, word) for n in asked]
            known = [part for part in parts if part is not None]
            mean = sum(known) / len(asked) if len(known) == len(asked) else None
            self._compare(name, f"{place} before", mean, count)

    def _steps(self, name: str, table: pd.DataFrame) -> None:
        known = table[table["observed"].notna()]
        for step, actors in self.data.coverage.by_step.items():
            by_step = self._by_step(step)
            own = known[known["actor"].isin(actors)]
            starts = own["start"].to_numpy("datetime64[D]")
            numbers = _weeks(starts) if step == "week" else _months(starts)
            told = own["observed"].astype(float)
            for actor, number, count in zip(own["actor"].astype(str), numbers, told, strict=True):
                found = by_step.get((actor, str(number)), 0)
                self._compare(name, f"{actor}, {step} {number}", found, count)

    def _tells(self, actor: str, span: Period) -> bool:
        """Dated by month alone, the first of it says nothing of the days around."""
        return tells(self.data.coverage.grains[actor], span)

    def _sum(self, span: Period, keys: list[str], word: tuple[str, ...]) -> int | None:
        """The incidents of a span, by keys of which the first is the actor; None if not told of."""
        if not self._tells(word[0], span):
            return None
        key = (span.start, span.end, *keys)
        if key not in self._sums:
            day = self.data.incidents["day"].to_numpy("datetime64[D]")
            inside = (day >= np.datetime64(span.start)) & (day <= np.datetime64(span.end))
            self._sums[key] = self._grouped(keys, inside)
        return self._sums[key].get(word, 0)

    def _on(self, days: frozenset[dt.date], keys: list[str], word: tuple[str, ...]) -> int:
        """Incidents of some days."""
        key = ("days", days, *keys)
        if key not in self._sums:
            wanted = np.array(sorted(days), dtype="datetime64[D]")
            inside = np.isin(self.data.incidents["day"].to_numpy("datetime64[D]"), wanted)
            self._sums[key] = self._grouped(keys, inside)
        return self._sums[key].get(word, 0)

    def _by_step(self, step: str) -> dict[tuple[str, ...], int]:
        key = ("step", step)
        if key not in self._sums:
            day = self.data.incidents["day"].to_numpy("datetime64[D]")
            numbers = _weeks(day) if step == "week" else _months(day)
            self._sums[key] = self._grouped(["actor"], np.ones(len(day), bool), numbers)
        return self._sums[key]

    def _grouped(
        self, keys: list[str], inside: npt.NDArray[np.bool_], extra: Whole | None = None
    ) -> dict[tuple[str, ...], int]:
        """Counts by keys, and by a number if given: rows sorted, and added between changes."""
        frame = self.data.incidents
        columns = [frame[key].cat.codes.to_numpy()[inside].astype(np.int64) for key in keys]
        columns += [] if extra is None else [extra[inside]]
        weights = frame["count"].to_numpy()[inside].astype(np.int64)
        if not len(weights):
            return {}
        order = np.lexsort(columns[::-1])
        columns = [column[order] for column in columns]
        new = np.ones(len(order), dtype=bool)
        new[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
        first = np.flatnonzero(new)
        sums = np.add.reduceat(weights[order], first)
        names = [list(frame[key].cat.categories) for key in keys]
        words = [[names[i][code] for code in columns[i][first]] for i in range(len(keys))]
        words += [] if extra is None else [[str(number) for number in columns[-1][first]]]
        return {key: int(total) for key, total in zip(zip(*words, strict=True), sums, strict=True)}

    def _compare(self, name: str, place: str, added: float | None, shown: float) -> None:
        if np.isnan(shown) if added is None else abs(added - shown) < 1e-6:
            return
        found = "no number" if added is None else f"{added:,g}"
        raise ReportError(
            f"the table {name} does not add up",
            expected=f"{found}, the incidents of {place.strip()} added again",
            found=f"{shown:,g} in the table",
            change="nothing of yours: a fault of the program, or of what the notebook changes in "
            "the table before it shows it",
            otherwise="no report is made: a number in it would be wrong",
        )


def _years_asked(span: Period, number: int) -> tuple[int, ...]:
    """Whole years back to each of the spans before, none of which may share a day with the next."""
    begins, ends = ((day.month, day.day) for day in (span.start, span.end))
    length = max(span.end.year - span.start.year + (ends >= begins), 1)
    return tuple(length * n for n in range(1, number + 1))


def _floats(counts: pd.Series) -> list[float]:
    """With NaN where nothing is known."""
    found: list[float] = counts.astype("Float64").to_numpy(float, na_value=np.nan).tolist()
    return found


def _weeks(days: npt.NDArray[np.datetime64]) -> Whole:
    """Monday's number, as days since 1970."""
    number = days.astype("datetime64[D]").astype(np.int64)
    return (number - _EPOCH_MONDAY) // 7 * 7 + _EPOCH_MONDAY


def _months(days: npt.NDArray[np.datetime64]) -> Whole:
    """Months since 1970."""
    return days.astype("datetime64[M]").astype(np.int64)
