"""Counts of insatser: in their own areas, types, hours and days, as the register has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Intervention
from est_analysis.disclosure.recount.again import Again
from est_analysis.disclosure.recount.days import counted_days
from est_analysis.disclosure.recount.found import Column, Found, Way, differences
from est_analysis.disclosure.recount.incidents import (
    COUNT,
    STEP_DAYS,
    Truths,
    Whole,
    first_day,
    number_of,
    words_of,
)
from est_analysis.yearly import yearly_terms

SHIFT = {"week": 4, "month": 1}  # steps by which other choices differ
_DAY = dt.timedelta(days=1)


@dataclass
class Counted:
    """One insats by one actor's incidents.

    Attributes
    ----------
    again
        Of the whole municipality.
    """

    again: Again
    insats: Intervention
    actor: str

    @cached_property
    def step(self) -> str:
        """The actor's own."""
        return self.again.step_of(self.actor)

    @cached_property
    def begun(self) -> dt.date:
        """The first day of an expected effect."""
        return self.insats.start + 7 * self.insats.expected_delay_weeks * _DAY

    @cached_property
    def last(self) -> dt.date:
        """The last day judged: of the period, of the insats, of the data of any of its actors."""
        data = self.again.data
        reached = [data.coverage.last_day(actor) for actor in self.insats.actors]
        latest = max((day for day in reached if day is not None), default=data.as_of)
        end = self.insats.end or self.again.period.end
        return min(self.again.period.end, end, data.as_of, latest)

    @cached_property
    def days(self) -> tuple[dt.date, dt.date] | None:
        """First and last day counted; None where there is none."""
        if self.begun > self.last:
            return None
        grain = self.again.data.coverage.grains[self.actor]
        return counted_days(Period("", "days", self.begun, self.last), grain)

    @cached_property
    def cannot_be_judged(self) -> bool:
        """Whether nobody's data begin before the insats, or the actor's types are not told apart.

        A sub-type that an actor's export does not have is not one that did not happen.
        """
        coverage, settings = self.again.data.coverage, self.again.data.settings
        firsts = [coverage.first_day(actor) for actor in self.insats.actors]
        if not any(day is not None and day < self.insats.start for day in firsts):
            return True
        split = self._split
        add = self.again.incidents
        own = add.of("actor", [self.actor]) & add.of("category", split)
        finer = [c.id for c in settings.categories.values() if c.parent in split]
        return bool(own.any()) and not (own & add.of("subcategory", finer)).any()

    @cached_property
    def _split(self) -> set[str]:
        """Main types of which only sub-types are the insats'."""
        settings, own = self.again.data.settings, set(self.insats.categories)
        mains = {settings.categories[word].parent or word for word in own}
        return mains - own

    @cached_property
    def own_types(self) -> Truths:
        """Incidents of the insats' types."""
        add = self.again.incidents
        return add.of("category", self.insats.categories) | add.of(
            "subcategory", self.insats.categories
        )

    def of_type(self, word: str) -> Truths:
        """Incidents of one type; of a main type that is told apart those of no sub-type."""
        settings, add = self.again.data.settings, self.again.incidents
        if settings.categories[word].parent:
            return add.of("subcategory", [word])
        inside = add.of("category", [word])
        if word not in self._split:
            return inside
        return inside & ~add.of(
            "subcategory", [c.id for c in settings.categories.values() if c.parent == word]
        )

    def after(self, *, first: int | None = None) -> Truths:
        """The actor's incidents of the days counted, in steps of which some day was reported.

        Parameters
        ----------
        first
            From another step on than the one in which an effect is first expected.
        """
        begun = number_of(self.begun, self.step)
        number = self.again.incidents.step(self.step)
        kept = self._own_days & np.isin(number, self._reported_within)
        kept &= number >= max(begun, first or begun)
        if first is not None and first < begun:
            kept |= self.again.in_reported(self.step) & (number >= first) & (number < begun)
        return kept & self._own_actor

    @cached_property
    def _own_actor(self) -> Truths:
        return self.again.incidents.of("actor", [self.actor])

    @cached_property
    def _own_days(self) -> Truths:
        if self.days is None:
            return np.zeros(len(self.again.incidents.day), dtype=bool)
        return self.again.incidents.between(*self.days)

    @cached_property
    def _reported_within(self) -> Whole:
        """Steps of which a counted day was reported."""
        if self.days is None:
            return np.zeros(0, dtype=np.int64)
        first, last = self.days
        told = self.again.data.coverage.reported(self.actor, first, last)
        days = [first + int(n) * _DAY for n in np.flatnonzero(told)]
        found = {number_of(day, self.step) for day in days}
        return np.array(sorted(found & self.again.reported[self.actor]), dtype=np.int64)

    def around(self, starts: Iterable[int]) -> list[float]:
        """The insats' incidents in each step; of the first and last one judged the days counted."""
        number = self.again.incidents.step(self.step)
        cut = [number_of(day, self.step) for day in (self.begun, self.last)]
        kept = self._own_days | ~np.isin(number, cut)
        kept &= self._own_actor & self.own_types & self.in_areas(self.insats.areas)
        sums = self.again.incidents.sums(kept, ("actor",), COUNT, number)
        return [sums.get((self.actor, start), 0.0) for start in starts]

    def in_areas(self, areas: Iterable[str]) -> Truths:
        """Incidents of some areas."""
        return self.again.incidents.of("area", areas)

    def added(self, inside: Truths) -> float:
        """How many incidents some rows are."""
        return self.again.incidents.sums(inside, ("actor",)).get((self.actor,), 0.0)

    @cached_property
    def count(self) -> float:
        """In its areas, of its types, on its days."""
        return self.added(self.after() & self.own_types & self.in_areas(self.insats.areas))

    def beside(self, code: str) -> float:
        """In a neighbour area, of another type, or inside or outside its hours."""
        kind, _, word = code.partition(":")
        own = self.in_areas(self.insats.areas)
        if kind == "area":
            return self.added(self.after() & self.own_types & self.in_areas([word]))
        if kind in ("category", "rest"):
            return self.added(self.after() & self.of_type(word) & own)
        return self.added(self.after() & self.own_types & own & self._hours(word == "inside"))

    def _hours(self, inside: bool) -> Truths:
        frame = self.again.data.incidents
        moment = frame["occurred_from"].to_numpy("datetime64[s]").astype(np.int64)
        hour = moment % 86_400 // 3600
        first, last = self.insats.hours or (0, 0)
        of_day = [n for n in range(24) if (n - first) % 24 < ((last - first) % 24 or 24)]
        minute = self.again.incidents.of("precision", ["minute"])
        return np.asarray(minute & (np.isin(hour, of_day) == inside))

    def variant(self, name: str) -> float:
        """Of the steps that another choice counts."""
        begun, shift = number_of(self.begun, self.step), SHIFT[self.step] * STEP_DAYS[self.step]
        name = name.removesuffix(f"_{self.step}s")
        rows = self.after()
        if name == "earlier":
            rows = self.after(first=begun - shift)
        elif name in ("later", "without_first"):
            rows = self.after(first=begun + shift)
        elif name == "without_holidays":
            rows = rows & np.isin(self.again.incidents.step(self.step), self._quiet)
        return self.added(rows & self.own_types & self.in_areas(self.insats.areas))

    @cached_property
    def _quiet(self) -> Whole:
        """Steps without feasts, breaks and events of the municipality's own."""
        settings = self.again.data.settings
        ends = (number_of(day, self.step) for day in (self.begun, self.last))
        first, last = (first_day(number, self.step) for number in ends)
        every = pd.date_range(first, last, freq="7D" if self.step == "week" else "MS")
        terms = yearly_terms(every, self.step, settings.school_breaks, settings.local_events)
        numbers = [number_of(start.date(), self.step) for start in every]
        return np.array(numbers, dtype=np.int64)[(terms.calendar <= 0).all(axis=1)]


def _of_one(count: Callable[[Counted, pd.Series], float]) -> Way:
    """Counts of the report's insats; where it has none, of the one whose counts they are."""

    def way(again: Again, table: pd.DataFrame) -> Found:
        whole = again.everywhere
        register = whole.data.settings.interventions.values()
        candidates = [again.insats] if again.insats else list(register)
        found = Found([], {})
        for insats in candidates:
            actors = [a for a in table["actor"].astype(str)]
            own = {actor: Counted(whole, insats, actor) for actor in dict.fromkeys(actors)}
            rows = [row for _, row in table.iterrows()]
            counts = [count(own[a], row) for a, row in zip(actors, rows, strict=True)]
            missing = [
                n == 0 or own[a].cannot_be_judged for a, n in zip(actors, counts, strict=True)
            ]
            words = [(insats.id, *_named(row)) for row in rows]
            found = Found(words, {COUNT: Column(counts, missing)})
            if next(differences(found, table), None) is None:
                break
        return found

    return way


def _named(row: pd.Series) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in ("actor", "design", "beside", "variant") if key in row)


of_insats = _of_one(lambda counted, row: counted.count)
beside_it = _of_one(lambda counted, row: counted.beside(str(row["beside"])))
other_choices = _of_one(lambda counted, row: counted.variant(str(row["variant"])))


def of_each(again: Again, table: pd.DataFrame) -> Found:
    """Counts of several insatser, each row of the one that it names."""
    register = again.data.settings.interventions
    words = words_of(table, ("intervention", "actor"))
    counted = {w: Counted(again.everywhere, register[str(w[0])], str(w[1])) for w in words}
    counts = [counted[word].count for word in words]
    missing = [
        n == 0 or counted[word].cannot_be_judged for word, n in zip(words, counts, strict=True)
    ]
    return Found(words, {COUNT: Column(counts, missing)})


def before_and_after(again: Again, table: pd.DataFrame) -> Found:
    """Counts of each step of a year before an insats, and since."""
    whole = again.everywhere
    register = whole.data.settings.interventions.values()
    actors = table["actor"].astype(str).tolist()
    days = [start.date() for start in pd.DatetimeIndex(table["start"])]
    starts = [number_of(day, whole.step_of(a)) for day, a in zip(days, actors, strict=True)]
    found = Found([], {})
    for insats in [again.insats] if again.insats else list(register):
        counts, missing = [0.0] * len(actors), [True] * len(actors)
        for actor in dict.fromkeys(actors):
            at = [place for place, own in enumerate(actors) if own == actor]
            told = whole.reported[actor]
            values = Counted(whole, insats, actor).around(starts[place] for place in at)
            for place, count in zip(at, values, strict=True):
                counts[place] = count
                missing[place] = count == 0 or starts[place] not in told
        words = [(insats.id, a, f"{day}") for a, day in zip(actors, days, strict=True)]
        found = Found(words, {"observed": Column(counts, missing)})
        if next(differences(found, table), None) is None:
            break
    return found
