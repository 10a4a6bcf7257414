"""Counts by weekday and hour, laid out hour by hour of each span, and how well a time is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.disclosure.recount.again import Again
from est_analysis.disclosure.recount.found import Column, Found
from est_analysis.disclosure.recount.incidents import COUNT, Floats, Sums, Truths, Whole, words_of

_HOUR = 3600
LONGEST_SPAN = 24 * _HOUR  # a longer one tells nothing of the hour
_PREFIX = "count_weekday_"

Cells = dict[tuple[int, int, int], float]  # actor's code, weekday, hour


def by_hour(again: Again, table: pd.DataFrame) -> Found:
    """Incidents of a known minute in its hour, those of a span by the time in each of its hours."""
    minute, span, _ = _known(again)
    sums = _together(_exact(again, minute), _spread(again, span))
    place = {name: code for code, name in enumerate(again.data.incidents["actor"].cat.categories)}
    days = [str(name).removeprefix(_PREFIX) for name in table if str(name).startswith(_PREFIX)]
    words = list(zip(table["actor"].astype(str), table["hour"].astype(int), strict=True))
    columns = {
        f"{_PREFIX}{day}": Column(
            [sums.get((place[actor], int(day), hour), 0.0) for actor, hour in words]
        )
        for day in days
    }
    names = list(place)
    whole: Sums = {}
    for (code, _, hour), count in sums.items():
        word = (names[code], hour)
        whole[word] = whole.get(word, 0) + count
    return Found(words, columns, whole)


def _exact(again: Again, rows: Truths) -> Cells:
    begin, _ = _moments(again)
    at = np.flatnonzero(rows)
    return _in_cells(again, at, begin[at] // _HOUR, np.ones(len(at)))


def _spread(again: Again, rows: Truths) -> Cells:
    """Each span laid out hour by hour, with the part of its time in each."""
    begin, end = _moments(again)
    at = np.flatnonzero(rows & (end > begin))
    first = begin[at] // _HOUR
    many = (end[at] - 1) // _HOUR - first + 1
    row = np.repeat(at, many)
    hour = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    inside = np.minimum(end[row], (hour + 1) * _HOUR) - np.maximum(begin[row], hour * _HOUR)
    return _in_cells(again, row, hour, inside / (end - begin)[row])


def by_timing(again: Again, table: pd.DataFrame) -> Found:
    """Incidents by how well their time is known: to the minute, a span, or not to the hour."""
    words = words_of(table, ("actor", "timing"))
    whole: Sums = {}
    for timing, inside in zip(("minute", "span", "not_placed"), _known(again), strict=True):
        for (actor,), count in again.incidents.sums(inside, ("actor",)).items():
            whole[actor, timing] = count
    silent = [
        actor
        for actor in again.data.coverage.days
        if not again.data.coverage.reported(actor, again.period.start, again.period.end).any()
    ]
    counts = [whole.get(word, 0.0) for word in words]
    told = {word: count for word, count in whole.items() if word[0] not in silent}
    return Found(words, {COUNT: Column(counts)}, told)


def _known(again: Again) -> tuple[Truths, Truths, Truths]:
    """The period's incidents: of a known minute, of a span of a day at most, and others."""
    inside = again.incidents.between(again.period.start, again.period.end)
    inside &= again.incidents.of("actor", again.telling)
    begin, end = _moments(again)
    minute = again.incidents.of("precision", ["minute"])
    span = again.incidents.of("precision", ["interval"]) & (end - begin <= LONGEST_SPAN)
    return inside & minute, inside & span, inside & ~minute & ~span


def _moments(again: Again) -> tuple[Whole, Whole]:
    """Begin and end of each incident, in seconds since 1970."""
    frame = again.data.incidents
    begin, end = (
        frame[name].to_numpy("datetime64[s]").astype(np.int64)
        for name in ("occurred_from", "occurred_to")
    )
    return begin, end


def _in_cells(again: Again, rows: Whole, hours: Whole, parts: Floats) -> Cells:
    """Parts of incidents added by actor, weekday (0 is Monday) and hour of the day."""
    frame = again.data.incidents
    day, hour = np.divmod(hours, 24)
    code = frame["actor"].cat.codes.to_numpy().astype(np.int64)[rows]
    cell = (code * 7 + (day + 3) % 7) * 24 + hour  # 1970 began on a Thursday
    order = np.argsort(cell, kind="stable")
    weights = (frame[COUNT].to_numpy(dtype=float)[rows] * parts)[order]
    cell = cell[order]
    begins = np.flatnonzero(np.diff(cell, prepend=-1))
    totals = np.add.reduceat(weights, begins).tolist() if len(begins) else []
    found: Cells = {}
    for one, total in zip(cell[begins].tolist(), totals, strict=True):
        rest, hour_of_day = divmod(one, 24)
        actor, weekday = divmod(rest, 7)
        found[actor, weekday, hour_of_day] = total
    return found


def _together(one: Cells, other: Cells) -> Cells:
    return {cell: one.get(cell, 0) + other.get(cell, 0) for cell in {**one, **other}}
