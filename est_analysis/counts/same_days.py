"""Which days of a period, and of the same period in earlier years, can be compared with each other.

Where a part of a period is not reported, the rest must not be compared with the whole of last
year's: the season of the missing part would be taken for a change. So only the days that are
reported in all the years compared are counted in each of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.calendar import Period
from est_analysis.config.model import Responsibility
from est_analysis.counts.coverage import LEAST_REPORTED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import Answering, reported_mask

WHOLE, SAME_DAYS, NOT_COMPARED = "whole", "same_days", "none"

Truths = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Part:
    """The days of a period that are counted, in units that an actor's dates are known to.

    Attributes
    ----------
    starts
        First day of each unit: a day, or a whole week or month where dates are known to those.
    lengths
        Days of each unit.
    kept
        Whether each unit is counted.
    days
        Reported days among those counted.
    """

    period: Period
    starts: Days
    lengths: npt.NDArray[np.int64]
    kept: Truths
    days: int

    @property
    def whole(self) -> bool:
        """Whether the whole period is counted."""
        return bool(self.kept.all())

    def each_day(self) -> Days:
        """The days of the units that are counted; of a period without a unit all, as in `holds`."""
        if not len(self.starts):
            return np.datetime64(self.period.start) + np.arange(self.period.days)
        kept = zip(self.starts[self.kept], self.lengths[self.kept], strict=True)
        return np.concatenate(
            [start + np.arange(size) for start, size in kept] or [self.starts[:0]]
        )

    def holds(self, day: Days) -> Truths:
        """Whether each of some days is counted.

        A day of the period that lies outside all units, such as one of a week that most of is in
        the next period, goes with the unit next to it.
        """
        first, last = np.datetime64(self.period.start), np.datetime64(self.period.end)
        inside = (day >= first) & (day <= last)
        return inside & self.kept[_places(self.starts, day)] if len(self.starts) else inside

    def mondays(self) -> pd.DatetimeIndex:
        """The Mondays of weeks that have a counted day; of a whole period, all that touch it."""
        touched = calendar.mondays_in(self.period)
        if self.whole:
            return touched
        days = np.datetime64(self.period.start) + np.arange(self.period.days)
        kept = pd.DatetimeIndex(calendar.monday_of(days[self.holds(days)]))
        return touched[touched.isin(kept)]


@dataclass(frozen=True)
class Compared:
    """What is compared of a period and some earlier years.

    Attributes
    ----------
    state
        ``whole``: all of each is reported. ``same_days``: only the days reported in each are
        counted. ``none``: too few days for a comparison; the parts are then the whole periods of
        the years of which enough was reported, and none where dates known to the month do not tell
        of the period.
    now
        Of the period.
    before
        How many years before → of that year.
    """

    state: str
    now: Part
    before: dict[int, Part]


def compared_days(
    data: Dataset,
    period: Period,
    years: Sequence[int],
    least: int,
    actor: str,
    rules: tuple[Responsibility, ...],
) -> Compared:
    """The days on which a period can be compared with earlier years.

    Parameters
    ----------
    years
        How many years before; those that share too few days with the period are left out.
    least
        Years that must be left.
    actor, rules
        From `answering`: whose reports, and under which responsibilities.

    Notes
    -----
    A day answers to the same date of the other year, a week to the week of the same number, a month
    to itself. A week or month that is known as one is compared where all of it is reported. At
    least half of the period's days must be compared. A week with the first of a month has a month's
    incidents by date, and is not told of by them: nothing is compared, and no zero is made of it.
    """
    now = _reported(data, period, actor, rules)
    if not data.coverage.tells_of(actor, period):
        return _not_compared(now, {})
    spans = {n: period.years_before(n) for n in years}
    before = {
        n: _reported(data, span, actor, rules)
        for n, span in spans.items()
        if data.coverage.tells_of(actor, span)
    }
    weekly = period.kind == "week" or data.coverage.grains[actor] == "week"
    enough = LEAST_REPORTED * int(now.lengths.sum())

    def shared(chosen: Sequence[int]) -> Part:
        kept = now.kept.copy()
        for n in chosen:
            other = before[n]
            kept &= _answers(now, other, -n, weekly)
        return _keeping(now, kept)

    used = [n for n in before if _is_enough(shared([n]), enough)]
    own = shared(used)
    if len(used) < least or not _is_enough(own, enough):
        return _not_compared(now, before)
    parts = {
        n: _keeping(before[n], before[n].kept & _answers(before[n], own, n, weekly)) for n in used
    }
    whole = own.whole and all(part.whole for part in parts.values())
    return Compared(WHOLE if whole else SAME_DAYS, own, parts)


def counts_of(
    data: Dataset, rows: pd.DataFrame, keys: list[Answering], parts: dict[Answering, Part]
) -> npt.NDArray[np.float64]:
    """Counts of rows on the days of their parts; NaN where the part is whole, or there is none.

    Parameters
    ----------
    rows
        ``actor`` and any of ``area``, ``category`` and ``subcategory``.
    keys
        Of each row, from `answering`.
    """
    counts = np.full(len(rows), np.nan)
    words = pd.MultiIndex.from_frame(rows.astype(str))
    by = list(rows.columns)
    places: dict[Answering, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    for key, part in parts.items():
        if part.whole:
            continue
        own = data.incidents[(data.incidents["actor"] == key[0]).to_numpy()]
        own = own[part.holds(own["day"].to_numpy("datetime64[D]"))]
        found = own[by].astype(str).assign(count=own["count"]).groupby(by)["count"].sum()
        found.index = pd.MultiIndex.from_frame(found.index.to_frame(index=False))
        at = places[key]
        counts[at] = found.reindex(words[at], fill_value=0).to_numpy(float)
    return counts


def _reported(data: Dataset, period: Period, actor: str, rules: tuple[Responsibility, ...]) -> Part:
    """The units of a period of which all days are reported."""
    mask, _ = reported_mask(data, period, actor, rules)
    first = data.coverage.counted_span(actor, period)[0]
    days = np.datetime64(first) + np.arange(len(mask))
    begins = {
        "day": days == days,
        "week": np.arange(len(mask)) % 7 == 0,
        "month": days == days.astype("datetime64[M]").astype("datetime64[D]"),
    }[data.coverage.grains[actor]]
    at = np.flatnonzero(begins)
    lengths = np.diff([*at, len(mask)]).astype(np.int64)
    kept = np.logical_and.reduceat(mask, at) if len(at) else np.zeros(0, dtype=bool)
    return Part(period, days[at], lengths, kept, int(mask.sum()))


def _keeping(part: Part, kept: Truths) -> Part:
    return replace(part, kept=kept, days=int(part.lengths[kept].sum()))


def _answers(part: Part, other: Part, years: int, weekly: bool) -> Truths:
    """Whether what answers to each unit in another year's part is counted there."""
    if not len(other.starts):
        return np.zeros(len(part.starts), dtype=bool)
    dates: list[dt.date] = part.starts.astype(object).tolist()
    there = [calendar.same_day(date, years, by_week=weekly) for date in dates]
    answering: Truths = other.kept[_places(other.starts, np.array(there, "datetime64[D]"))]
    return answering


def _places(starts: Days, day: Days) -> npt.NDArray[np.int64]:
    """The unit that each day is in; the nearest where it is in none."""
    return np.clip(np.searchsorted(starts, day, side="right") - 1, 0, len(starts) - 1)


def _is_enough(part: Part, enough: float) -> bool:
    return part.days > 0 and part.days >= enough


def _not_compared(now: Part, before: dict[int, Part]) -> Compared:
    """The whole of each period, so that their counts can be shown all the same."""
    enough = {
        n: part
        for n, part in before.items()
        if _is_enough(part, LEAST_REPORTED * int(part.lengths.sum()))
    }
    whole = {n: replace(part, kept=np.ones_like(part.kept)) for n, part in enough.items()}
    return Compared(NOT_COMPARED, replace(now, kept=np.ones_like(now.kept)), whole)
