"""Counts of the report's period and of the periods that it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.disclosure.recount.again import Again
from est_analysis.disclosure.recount.found import NONE, Column, Found
from est_analysis.disclosure.recount.incidents import (
    COUNT,
    Sums,
    Word,
    floats,
    keys_of,
    words_of,
)

LEAST_YEARS = 2  # of three, for a mean of them
_NAMELESS = {"no_area": "area", "no_category": "category"}


def of_period(again: Again, table: pd.DataFrame) -> Found:
    """Counts by calendar date; with those without area or type, where the table has them."""
    keys = keys_of(table)
    words = words_of(table, keys)
    measures = again.incidents.measures(table)
    columns = {
        name: Column(_added(again, words, again.period, again.incidents.in_period(
            again.period, keys, name
        )))
        for name in measures
    }  # fmt: skip
    for name, key in _NAMELESS.items():
        if name in table:
            columns[name] = Column(_nameless(again, words, keys, key))
    whole = again.incidents.in_period(again.period, keys)
    return Found(words, columns, _told(again, whole, again.period))


def _added(again: Again, words: Sequence[Word], span: Period, sums: Sums) -> list[float]:
    """Each row's sum; no number where the actor's dates tell nothing of the span."""
    return [sums.get(word, 0) if again.tells(str(word[0]), span) else NONE for word in words]


def _told(again: Again, sums: Sums, span: Period) -> Sums:
    """What a table of a span must have a row for."""
    return {word: n for word, n in sums.items() if again.tells(str(word[0]), span)}


def _nameless(again: Again, words: Sequence[Word], keys: tuple[str, ...], key: str) -> list[float]:
    inside = again.incidents.between(again.period.start, again.period.end)
    inside &= again.incidents.of(key, (UNKNOWN, UNMAPPED))
    return _added(again, words, again.period, again.incidents.sums(inside, keys))


def comparisons(again: Again, table: pd.DataFrame) -> Found:
    """Counts of periods and of earlier years: whole, or of the days reported in all compared."""
    keys = keys_of(table)
    words = words_of(table, keys)
    kinds = _texts(table, "comparison", "last_year")
    states = table["compared"].astype(str).tolist()
    given = [0.0 if count != count else 1.0 for count in floats(table["reference_count"])]
    years = floats(table["years"]) if "years" in table else given
    columns: dict[str, list[float]] = {name: [] for name in (*_COMPARED, *_more(again, table))}
    whole: Sums = {}
    for word, kind, state, number in zip(words, kinds, states, years, strict=True):
        span = again.period.last_12_months() if kind == "last_12_months" else again.period
        asked = tuple(n * span.years for n in ((1, 2, 3) if kind == "mean_3_years" else (1,)))
        tells = again.tells(str(word[0]), span)
        for name in again.incidents.measures(table):
            sums = again.incidents.in_period(span, keys, name)
            columns[name].append(sums.get(word, 0) if tells else NONE)
        now, before = NONE, NONE
        if tells:
            now, before = _compared(again, keys, word, span, asked, state, int(number))
        columns["compared_count"].append(now)
        columns["reference_count"].append(before)
    for kind in dict.fromkeys(kinds):
        span = again.period.last_12_months() if kind == "last_12_months" else again.period
        for word, n in _told(again, again.incidents.in_period(span, keys), span).items():
            whole[(*word, kind)] = n
    places = [(*word, kind) for word, kind in zip(words, kinds, strict=True)]
    return Found(places, {name: Column(values) for name, values in columns.items()}, whole)


_COMPARED = (COUNT, "compared_count", "reference_count")


def _more(again: Again, table: pd.DataFrame) -> list[str]:
    return [name for name in again.incidents.measures(table) if name != COUNT]


def _texts(table: pd.DataFrame, column: str, otherwise: str) -> list[str]:
    if column not in table:
        return [otherwise] * len(table)
    return [str(word) for word in table[column]]


def _compared(
    again: Again,
    keys: tuple[str, ...],
    word: Word,
    span: Period,
    asked: tuple[int, ...],
    state: str,
    years: int,
) -> tuple[float, float]:
    """The count that is compared, and the mean of the years that it is compared with."""
    named = {key: str(part) for key, part in zip(keys, word, strict=True)}
    add = again.incidents
    if state == "same_days":
        days, parts = again.days.of(named, span, asked)
        sums = [add.on_days(own, keys).get(word, 0) for own in parts.values()]
        now = add.on_days(days, keys).get(word, 0)
        return now, sum(sums) / len(sums) if sums else NONE
    now = add.in_period(span, keys).get(word, 0) if state == "whole" else NONE
    if years < min(LEAST_YEARS, len(asked)):
        return now, NONE
    used: Sequence[int] = asked
    if years < len(asked):
        used = _years_known(again, named, span, asked, state)
    sums = [add.in_period(span.years_before(n), keys).get(word, 0) for n in used]
    return now, sum(sums) / len(sums) if sums else NONE


def _years_known(
    again: Again, named: dict[str, str], span: Period, asked: tuple[int, ...], state: str
) -> list[int]:
    """The earlier years that are compared, or of which enough was reported to be shown."""
    if state == "whole":
        return list(again.days.of(named, span, asked)[1])
    return [n for n in asked if again.days.enough_reported(named, span.years_before(n))]


def problems(again: Again, table: pd.DataFrame) -> Found:
    """Problems of areas, and the same type in the municipality's other areas together."""
    keys = keys_of(table)
    found = of_period(again, table)
    if "reference_count" not in table:
        return found
    others = [_elsewhere(again.everywhere, word) for word in words_of(table, keys)]
    return Found(found.words, {**found.columns, "reference_count": Column(others)}, found.whole)


def _elsewhere(again: Again, problem: Word) -> float:
    """A type's count in all other areas of which half the period or more was reported."""
    actor, own, category = (str(part) for part in problem)
    sums = again.incidents.in_period(again.period, ("actor", "area", "category"))
    others = [
        area
        for area in again.data.settings.areas
        if area != own
        and again.days.enough_reported(
            {"actor": actor, "area": area, "category": category}, again.period
        )
    ]
    if not others:
        return NONE
    return sum(sums.get((actor, area, category), 0) for area in others)


def gathered_in_few(again: Again, table: pd.DataFrame) -> Found:
    """The count of the fewest areas that together hold half of what has a known area."""
    sums = again.incidents.in_period(again.period, ("actor", "area"))
    by_actor: dict[str, list[float]] = {}
    for (actor, area), count in sums.items():
        if area in again.data.settings.areas and actor in again.telling:
            by_actor.setdefault(str(actor), []).append(count)
    words = words_of(table, ("actor",))
    counts = [_least_half(by_actor.get(str(actor), [])) for (actor,) in words]
    whole: Sums = {(actor,): sum(counts) for actor, counts in by_actor.items()}
    return Found(words, {COUNT: Column(counts)}, whole)


def _least_half(counts: list[float]) -> float:
    held = 0.0
    for count in sorted(counts, reverse=True):
        held += count
        if 2 * held >= sum(counts):
            break
    return held
