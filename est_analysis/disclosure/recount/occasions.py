"""Counts of the days of calendar events, and of the ordinary days near them."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from est_analysis.calendar_events import calendar_events
from est_analysis.disclosure.recount.again import Again
from est_analysis.disclosure.recount.found import NONE, Column, Found
from est_analysis.disclosure.recount.incidents import COUNT, Sums

NEAR = dt.timedelta(weeks=6)  # on either side of an event, what is usual is taken from
NOT_SHOWN = "pay_weekend"  # events that are no windows, and ordinary days
_DAY = dt.timedelta(days=1)


def at_events(again: Again, table: pd.DataFrame) -> Found:
    """Counts of the whole days of events, and the mean of as many ordinary days near them."""
    actors = table["actor"].astype(str).tolist()
    starts, ends = ([day.date() for day in pd.DatetimeIndex(table[n])] for n in ("start", "end"))
    special = _special(again)
    counts, usual = [], []
    daily = {actor: _daily(again, actor) for actor in dict.fromkeys(actors)}
    usual_on: dict[tuple[str, dt.date, dt.date], list[float]] = {}
    for key in zip(actors, starts, ends, strict=True):
        actor, start, end = key
        days = _days(start, end)
        if not _reported(again, actor, start, end).issuperset(days):
            counts.append(NONE)
            usual.append(NONE)
            continue
        counts.append(sum(daily[actor].get(day, 0.0) for day in days))
        if key not in usual_on:
            usual_on[key] = _ordinary(again, key, daily[actor], special)
        usual.append(sum(usual_on[key][day.weekday()] for day in days))
    words = [
        (actor, str(event), f"{start}")
        for actor, event, start in zip(actors, table["event"], starts, strict=True)
    ]
    columns = {COUNT: Column(counts, [False] * len(counts)), "reference_count": Column(usual)}
    return Found(words, columns)


def _days(start: dt.date, end: dt.date) -> list[dt.date]:
    return [start + n * _DAY for n in range((end - start).days + 1)]


def _reported(again: Again, actor: str, start: dt.date, end: dt.date) -> set[dt.date]:
    told = again.data.coverage.reported(actor, start, end).tolist()
    return {day for day, known in zip(_days(start, end), told, strict=True) if known}


def _daily(again: Again, actor: str) -> dict[dt.date, float]:
    """An actor's incidents whose day is known, by it."""
    add = again.incidents
    inside = add.of("actor", [actor]) & add.of("precision", ["minute", "day", "interval"])
    first = dt.date(1970, 1, 1)
    sums: Sums = add.sums(inside, ("actor",), COUNT, add.day)
    return {first + int(number) * _DAY: count for (_, number), count in sums.items()}


def _special(again: Again) -> set[dt.date]:
    """All days of the events that the period's calendar shows."""
    settings, period = again.data.settings, again.period
    events = calendar_events(
        period.start, period.end, settings.school_breaks, settings.local_events
    )
    found: set[dt.date] = set()
    for event in events[events["kind"] != NOT_SHOWN].to_dict("records"):
        last = event["end"] - pd.Timedelta(seconds=1)
        found.update(_days(event["start"].date(), last.date()))
    return found


def _ordinary(
    again: Again,
    key: tuple[str, dt.date, dt.date],
    daily: dict[dt.date, float],
    special: set[dt.date],
) -> list[float]:
    """The mean of the ordinary reported days near an event, by weekday; 0 where there is none."""
    actor, start, end = key
    first, last = start - NEAR, end + NEAR
    days = _reported(again, actor, first, last) - special
    found = []
    for weekday in range(7):
        counts = [daily.get(day, 0.0) for day in days if day.weekday() == weekday]
        found.append(sum(counts) / len(counts) if counts else 0.0)
    return found
