"""Which days a comparison is of, found again day by day; shares no code with `same_days`."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, field

from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.counts.dataset import Dataset

Spans = tuple[tuple[dt.date, dt.date], ...]
Days = frozenset[dt.date]
_DAY = dt.timedelta(days=1)


@dataclass
class ComparableDays:
    """The days on which each actor's periods can be compared; what has been found is kept."""

    data: Dataset
    _known: dict[tuple[str, Spans, Period, tuple[int, ...]], tuple[Days, dict[int, Days]]] = field(
        default_factory=dict
    )
    _shares: dict[tuple[str, Spans, Period], tuple[int, int]] = field(default_factory=dict)

    def of(
        self, word: dict[str, str], period: Period, years: tuple[int, ...]
    ) -> tuple[Days, dict[int, Days]]:
        """Days of a period, and of those years before it of which enough can be compared.

        Parameters
        ----------
        word
            The row's ``actor``, and ``area`` and ``category`` where it has them.
        """
        key = (word["actor"], self._spans(word), period, years)
        if key not in self._known:
            self._known[key] = self._found(*key)
        return self._known[key]

    def enough_reported(self, word: dict[str, str], period: Period) -> bool:
        """Whether half of a period's days or more were reported, of those that are counted."""
        days, reported = self.reported(word, period)
        return reported > 0 and 2 * reported >= days

    def reported(self, word: dict[str, str], period: Period) -> tuple[int, int]:
        """How many days of a period are counted, and how many of them were reported."""
        actor, spans = word["actor"], self._spans(word)
        key = (actor, spans, period)
        if key not in self._shares:
            grain = self.data.coverage.grains[actor]
            units = _units(period, grain) if tells(grain, period) else {}
            single = {day: [day] for unit in units.values() for day in unit}
            self._shares[key] = len(single), len(self._told(actor, spans, single))
        return self._shares[key]

    def _found(
        self, actor: str, spans: Spans, period: Period, years: tuple[int, ...]
    ) -> tuple[Days, dict[int, Days]]:
        grain = self.data.coverage.grains[actor]
        years = tuple(n for n in years if tells(grain, period.years_before(n)))
        by_week = grain == "week" or period.kind == "week"
        now = _units(period, grain)
        told = self._told(actor, spans, now)
        half = sum(map(len, now.values())) / 2
        before = {n: _units(period.years_before(n), grain) for n in years}
        said = {n: self._told(actor, spans, units) for n, units in before.items()}
        pairs = {}
        for n in years:
            starts = list(before[n])
            pairs[n] = {s for s in told if _nearest(starts, _there(s, -n, by_week)) in said[n]}
        used = [n for n in years if sum(len(now[start]) for start in pairs[n]) >= half]
        shared = set.intersection(told, *(pairs[n] for n in used))
        parts, own = {}, list(now)
        for n in used:
            kept = {s for s in said[n] if _nearest(own, _there(s, n, by_week)) in shared}
            parts[n] = _within(period.years_before(n), list(before[n]), kept)
        return _within(period, own, shared), parts

    def _told(self, actor: str, spans: Spans, units: dict[dt.date, list[dt.date]]) -> set[dt.date]:
        """First days of the units of which all days are reported, and the actor's to report."""
        days = [day for unit in units.values() for day in unit]
        if not days:
            return set()
        first = days[0]
        known = self.data.coverage.reported(actor, first, days[-1]).tolist()
        return {
            start
            for start, unit in units.items()
            if all(
                known[(day - first).days] and any(low <= day <= high for low, high in spans)
                for day in unit
            )
        }

    def _spans(self, word: dict[str, str]) -> Spans:
        """When the actor answers for a row's areas and category."""
        settings, area = self.data.settings, word.get("area")
        if area is not None:
            scope = [] if area in (UNKNOWN, UNMAPPED) else [area]
        else:
            scope = settings.areas_within(self.data.area) if self.data.area else []
        category = word.get("category", UNKNOWN)
        spans = []
        for rule in settings.sources[word["actor"]].responsibilities:
            own = [settings.areas[one] for one in scope if not rule.areas or one in rule.areas]
            mains = {settings.main_category(one) for one in rule.categories}
            if (scope and not own) or (mains and category not in (UNKNOWN, UNMAPPED, *mains)):
                continue
            first, last = rule.start or dt.date.min, rule.end or dt.date.max
            if own:
                first = max(first, min(one.first_day for one in own))
                last = min(last, max(one.last_day for one in own))
            spans += _between(first, last, rule.silent)
        return tuple(spans)


def _between(first: dt.date, last: dt.date, silent: Spans) -> list[tuple[dt.date, dt.date]]:
    """What is left of some days when those of which nothing came are taken away."""
    left = []
    for low, high in sorted(silent):
        if low > first:
            left.append((first, min(low - _DAY, last)))
        first = max(first, high + _DAY) if high < dt.date.max else dt.date.max
    return [span for span in [*left, (first, last)] if span[0] <= span[1]]


def tells(grain: str, period: Period) -> bool:
    """Whether dates of a grain tell of a period: of those of months it must have a whole one."""
    if grain != "month":
        return True
    day = period.start
    while day.day != 1:
        day += _DAY
    last = day
    while (last + _DAY).month == day.month:
        last += _DAY
    return last <= period.end


def _units(period: Period, grain: str) -> dict[dt.date, list[dt.date]]:
    """First day → days of each day, week or month of a period; a week is where its Thursday is."""
    units: dict[dt.date, list[dt.date]] = {}
    for number in range(period.days):
        day = period.start + number * _DAY
        if grain == "day":
            units[day] = [day]
        elif grain == "week" and day.weekday() == 3:
            units[day - 3 * _DAY] = [day + n * _DAY for n in range(-3, 4)]
        elif grain == "month" and day.day == 1:
            month = [day + n * _DAY for n in range(31)]
            units[day] = [one for one in month if one.month == day.month]
    return units


def _there(start: dt.date, years: int, by_week: bool) -> dt.date:
    """What answers to a unit's first day in another year."""
    year = start.year + years
    if by_week:
        iso, week, weekday = start.isocalendar()
        last = dt.date(iso + years, 12, 28).isocalendar().week
        return dt.date.fromisocalendar(iso + years, min(week, last), weekday)
    if (start.month, start.day) == (2, 29):
        return dt.date(year, 3, 1) - _DAY
    return start.replace(year=year)


def _nearest(starts: list[dt.date], day: dt.date) -> dt.date:
    """The unit that a day is in; the nearest where it is in none."""
    return starts[max(bisect_right(starts, day) - 1, 0)] if starts else dt.date.min


def _within(period: Period, starts: list[dt.date], kept: set[dt.date]) -> Days:
    """The period's days that go with the units kept."""
    days = [period.start + number * _DAY for number in range(period.days)]
    return frozenset(day for day in days if _nearest(starts, day) in kept)


def counted_days(period: Period, grain: str) -> tuple[dt.date, dt.date] | None:
    """First and last day of what dates of a grain count in a period; None where that is none."""
    units = _units(period, grain) if tells(grain, period) else {}
    days = [day for unit in units.values() for day in unit]
    return (days[0], days[-1]) if days else None
