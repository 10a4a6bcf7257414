"""What the public may see of each actor's tertials: decided once, the same in every report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure.rule import DisclosureRule
from est_analysis.disclosure.two_way import Counts, Truths, protected, small, with_margins

if TYPE_CHECKING:
    from est_analysis.disclosure.editions import Earlier

STEPS = (1, 2, 4)  # weeks, or months, that a public series may be summed to
Days = np.ndarray[tuple[int], np.dtype[np.datetime64]]
_DAY = np.timedelta64(1, "D")
_MONTHS = 4


@dataclass
class Plan:
    """Which counts of the whole municipality are public.

    The unit is an actor's tertial: a table of areas by types with its margins, of which
    `two_way.protected` hides a part. All that is published of other regions and spans is made of
    cells that are shown: a year is shown where each of its tertials is, and a series in steps that
    lie within tertials, leave no small remainder and are none of them small. So what a report
    shows tells nothing that the tables of its tertials do not, and a cell's fate is the same in
    each report on the same data.

    Attributes
    ----------
    tables
        Actor → tertials × areas × types, without margins.
    daily
        Actor → counts by day, from the first tertial's first day to the actor's last event.
    first
        Number of the first tertial (see `tertials_of`).
    until
        The last day whose reports may be in: a tertial that ends later has no public series.
    inferred
        Actor → tertials of which some reported days are known from rows alone.
    by_rows
        Actors whose steps are reported where they have a row, and only there → that step, ``month``
        or ``week``.
    earlier
        Actor and tertial → what a public edition has shown of it (`disclosure.editions.follow`).
    """

    rule: DisclosureRule
    tables: dict[str, Counts]
    daily: dict[str, Counts]
    first: int
    until: dt.date
    areas: list[str]
    categories: list[str]
    inferred: dict[str, set[int]] = field(default_factory=dict)
    by_rows: dict[str, str] = field(default_factory=dict)
    earlier: dict[tuple[str, int], Earlier] = field(default_factory=dict)
    _frozen: set[tuple[str, int]] = field(default_factory=set)
    _decided: dict[tuple[str, int], Truths] = field(default_factory=dict)

    def hidden(self, actor: str, tertial: int) -> Truths:
        """Hidden cells of an actor's tertial: areas × types, with totals last."""
        key = (actor, tertial)
        if key not in self._decided:
            self._decided[key] = self._choose(actor, tertial)
        return self._decided[key]

    def _choose(self, actor: str, tertial: int) -> Truths:
        """Hidden cells: those of an edition that has been published too, and of the difference."""
        before = self.earlier.get((actor, tertial))
        values = self.table(actor, tertial)
        if before is None:
            return protected(values, self.rule)
        if (actor, tertial) in self._frozen:
            return before.hidden
        added = values - with_margins(before.table)
        given_away = protected(added, replace(self.rule, hide_zeros=False, method="suppress"))
        return protected(values, self.rule, before.hidden | given_away)

    def freeze(self, actor: str, tertial: int) -> None:
        """Let an actor's tertial be as it was published."""
        before, place = self.earlier[actor, tertial], tertial - self.first
        if not 0 <= place < len(self.tables[actor]):
            return
        self._frozen.add((actor, tertial))
        self.tables[actor][place] = before.table
        span = self._span(tertial)
        series = self.daily[actor]
        short = max(span.stop - len(series), 0)
        self.daily[actor] = np.concatenate([series, np.zeros(short, dtype=np.int64)])
        self.daily[actor][span] = before.daily

    def changed(self, actor: str, tertial: int) -> bool:
        """Whether there are other incidents in a tertial than an edition has shown."""
        before = self.earlier.get((actor, tertial))
        return before is not None and bool(
            (actor, tertial) in self._frozen
            or (self.table(actor, tertial)[:-1, :-1] != before.table).any()
            or (self.days_of(actor, tertial) != before.daily).any()
        )

    def days_of(self, actor: str, tertial: int) -> Counts:
        """An actor's counts by day of a tertial."""
        span = self._span(tertial)
        days = np.zeros(span.stop - span.start, dtype=np.int64)
        known = self.daily[actor][span]
        days[: len(known)] = known
        return days

    def _span(self, tertial: int) -> slice:
        """Where a tertial's days stand in the series by day."""
        first, after = _first_day(tertial), _first_day(tertial + 1)
        begin = _first_day(self.first)
        return slice(int((first - begin) // _DAY), int((after - begin) // _DAY))

    def table(self, actor: str, tertial: int) -> Counts:
        """Counts of an actor's tertial: areas × types, with totals last; 0 outside the data."""
        tables = self.tables[actor]
        place = tertial - self.first
        inner = tables[place] if 0 <= place < len(tables) else np.zeros_like(tables[0])
        return with_margins(inner)

    def shown(
        self,
        actor: str,
        tertials: Iterable[int],
        areas: Sequence[str] | None = None,
        category: str | None = None,
    ) -> bool:
        """Whether the sum over some tertials and areas (None: all) of a type (None: all) is public.

        It is where each of its parts is.
        """
        return not any(self.hidden(actor, t)[cells].any() for t, cells in
                       self._cells(tertials, areas, category))  # fmt: skip

    def total(
        self,
        actor: str,
        tertials: Iterable[int],
        areas: Sequence[str] | None = None,
        category: str | None = None,
    ) -> float:
        """The same sum as the edition has it, whether it is shown or not.

        Where counts are rounded its parts are, so that differences of sums are sums of such parts.
        """
        parts = [self.table(actor, t)[cells] for t, cells in self._cells(tertials, areas, category)]
        if self.rule.method == "round":
            base = self.rule.round_to
            parts = [np.floor(part / base + 0.5) * base for part in parts]
        return float(sum(part.sum() for part in parts))

    def _cells(
        self, tertials: Iterable[int], areas: Sequence[str] | None, category: str | None
    ) -> Iterable[tuple[int, tuple[list[int], int]]]:
        rows = [-1] if areas is None else [self.areas.index(area) for area in areas]
        column = -1 if category is None else self.categories.index(category)
        return [(tertial, (rows, column)) for tertial in tertials]

    @property
    def declares_its_days(self) -> bool:
        """Whether all that is known of when actors reported is declared, not seen from rows."""
        return not any(self.inferred.values())

    def told(self, actor: str, tertial: int) -> bool:
        """Whether the public may know which parts of a tertial an actor reported.

        Not where rows alone say so: a tertial's six events in six reported weeks are one in each.
        But where each step of it can be shown with its count, 0 or large, a step that was reported
        is one that is not 0, and nothing more is said.
        """
        if tertial not in self.inferred.get(actor, ()):
            return True
        step = self.by_rows.get(actor)
        if step is None or self.rule.hide_zeros:
            return False
        return self.steps(actor, tertial, 1, monthly=step == "month") is not None

    def shows_series(self, actor: str, tertial: int) -> bool:
        """Whether a tertial is over and its total public."""
        return tertial_days(tertial)[1] <= self.until and self.shown(actor, [tertial])

    def steps(self, actor: str, tertial: int, length: int, *, monthly: bool) -> Days | None:
        """First days of the public steps of `length` weeks within a tertial, and the day after.

        None where some step is small. What the steps leave of the tertial's total must not be
        small either: then the last ones are left to it. Longer steps are sums of shorter ones.
        """
        if not self.shows_series(actor, tertial):
            return None
        before = self.earlier.get((actor, tertial))
        if before is not None and (actor, tertial) in self._frozen:
            return before.steps.get(length)
        edges = step_edges(tertial, length, monthly=monthly)
        counts = self.between(actor, edges)
        if small(counts, self.rule).any():
            return None
        rest = self.table(actor, tertial)[-1, -1] - counts.cumsum()
        safe = ~small(rest, self.rule)
        if before is not None:
            more = self._more(before, tertial, length, edges)
            if more is None:
                return None
            safe &= more
        kept = np.flatnonzero(safe)
        return edges[: kept[-1] + 2] if len(kept) else edges[:1]

    def _more(self, before: Earlier, tertial: int, length: int, edges: Days) -> Truths | None:
        """After which steps a series may end beside the published one; None where it may not be."""
        if length not in before.steps or not before.told:
            return None
        place = (edges - _first_day(tertial)) // _DAY
        actor = next(key[0] for key, one in self.earlier.items() if one is before)
        added = self.days_of(actor, tertial) - before.daily
        counts = np.diff(np.concatenate([[0], added.cumsum()])[place.astype(int)])
        rule = replace(self.rule, hide_zeros=False)
        if small(counts, rule).any():
            return None
        shown = np.arange(1, len(edges)) < len(before.steps[length])
        return ~small(added.sum() - counts.cumsum(), rule) & shown

    def step_counts(self, actor: str, tertial: int, length: int) -> Counts | None:
        """Counts of the public steps of `length` weeks; None where there are none."""
        edges = self.steps(actor, tertial, length, monthly=False)
        return None if edges is None else self.between(actor, edges)

    def between(self, actor: str, edges: Days) -> Counts:
        """The actor's count from each day to the next one."""
        series = self.daily[actor]
        total = np.concatenate([[0], series.cumsum()])
        place = np.clip((edges - _first_day(self.first)) // _DAY, 0, len(series)).astype(int)
        return np.asarray(np.diff(total[place]), dtype=np.int64)


def plan_of(data: Dataset, rule: DisclosureRule) -> Plan:
    """The plan for a municipality's public reports.

    Parameters
    ----------
    data
        Of the whole municipality.
    """
    if data.area is not None:
        raise ValueError("a plan is made of the whole municipality")
    settings = data.settings
    areas = [*settings.areas, UNKNOWN, UNMAPPED]
    categories = [*settings.main_categories(), UNKNOWN, UNMAPPED]
    incidents = data.incidents
    day = incidents["day"].to_numpy("datetime64[D]")
    first = int(tertial_numbers(day).min()) if len(day) else 0
    last = int(tertial_numbers(day).max()) if len(day) else 0
    begins = _first_day(first)
    place = [
        tertial_numbers(day) - first,
        _positions(incidents["area"], areas),
        _positions(incidents["category"], categories),
    ]
    shape = (last - first + 1, len(areas), len(categories))
    weight = incidents["count"].to_numpy()
    tables, daily, inferred, by_rows = {}, {}, {}, {}
    for actor, source in settings.sources.items():
        own = (incidents["actor"] == actor).to_numpy()
        table = np.zeros(shape, dtype=np.int64)
        np.add.at(table, tuple(axis[own] for axis in place), weight[own])
        tables[actor] = table
        days = ((day[own] - begins) // _DAY).astype(np.int64)
        daily[actor] = np.bincount(days, weight[own]).astype(np.int64)
        days_inferred = data.coverage.inferred_days(actor)
        inferred[actor] = set(tertial_numbers(days_inferred).tolist())
        if source.coverage != "continuous":
            by_rows[actor] = "month" if data.coverage.grains[actor] == "month" else "week"
    return Plan(
        rule, tables, daily, first, data.as_of, areas, categories, inferred=inferred,
        by_rows=by_rows,
    )  # fmt: skip


def tertials_of(period: Period) -> list[int] | None:
    """The tertials that a period is made of, as numbers (year × 3 + 0, 1, 2); None if not whole.

    Examples
    --------
    >>> from est_analysis.calendar import parse_period
    >>> tertials_of(parse_period("2025-T2")), tertials_of(parse_period("2025-Q1"))
    ([6076], None)
    >>> len(tertials_of(parse_period("2025-T2").last_12_months()))
    3
    """
    found = tertials_touched(period.start, period.end)
    first, last = tertial_days(found[0])[0], tertial_days(found[-1])[1]
    return found if (first, last) == (period.start, period.end) else None


def tertials_touched(first: dt.date, last: dt.date) -> list[int]:
    """The tertials that have some day of a span, both ends inclusive."""
    low, high = tertial_numbers(np.array([first, last], "datetime64[D]")).tolist()
    return list(range(low, high + 1))


def tertial_days(tertial: int) -> tuple[dt.date, dt.date]:
    """First and last day of a tertial."""
    first, after = _first_day(tertial), _first_day(tertial + 1)
    return first.astype(dt.date), (after - _DAY).astype(dt.date)


def step_edges(tertial: int, length: int, *, monthly: bool) -> Days:
    """First days of a tertial's steps, and the day after the last; from its first whole week on."""
    first, after = _first_day(tertial), _first_day(tertial + 1)
    if monthly:
        months = np.arange(first.astype("datetime64[M]"), after.astype("datetime64[M]") + 1)
        return months[::length].astype("datetime64[D]")
    monday = first + (-(first.astype(int) + 3) % 7) * _DAY  # 1 January 1970 was a Thursday
    number = int((after - monday) // (7 * length * _DAY))
    return np.asarray(monday + np.arange(number + 1) * 7 * length * _DAY)


def tertial_numbers(days: Days) -> Counts:
    """The number of each day's tertial (see `tertials_of`)."""
    months = days.astype("datetime64[M]").astype(np.int64) + 12 * 1970
    return np.asarray(months // _MONTHS, dtype=np.int64)


def _first_day(tertial: int) -> np.datetime64:
    month = np.datetime64(tertial * _MONTHS - 12 * 1970, "M")
    day: np.datetime64 = month.astype("datetime64[D]")
    return day


def _positions(column: pd.Series, words: list[str]) -> Counts:
    known = {word: place for place, word in enumerate(words)}
    last = len(words) - 1  # for levels that no row has: subcategories
    codes = np.array([known.get(word, last) for word in column.cat.categories], dtype=np.int64)
    return np.asarray(codes[column.cat.codes.to_numpy()], dtype=np.int64)
