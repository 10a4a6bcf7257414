"""Rows of files: each file's are the incidents, the rows left out and those that repeat others."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from est_analysis.config import UNMAPPED
from est_analysis.disclosure.recount.again import Again
from est_analysis.disclosure.recount.found import Column, Found
from est_analysis.disclosure.recount.incidents import COUNT, Sums, added, day_number, words_of

_DAY = 86_400  # seconds


def rows_of_files(again: Again, table: pd.DataFrame) -> Found:
    """Rows of each file: what became incidents, what was left out, and what repeats."""
    cleaning = again.data.cleaning
    whole = _together(
        _rows(cleaning.incidents, ("actor", "source_file")),
        _rows(cleaning.rejected, ("actor", "file")),
        _rows(cleaning.duplicates, ("actor", "file")),
    )
    words = words_of(table, ("actor", "file"))
    return Found(words, {"rows": Column([whole.get(word, 0.0) for word in words])}, whole)


def _rows(table: pd.DataFrame, keys: tuple[str, ...]) -> Sums:
    """How many rows have each combination of words."""
    if not len(table):
        return {}
    return added([pd.Categorical(table[key]) for key in keys], np.ones(len(table)))


def _together(*parts: Sums) -> Sums:
    """Sums of sums."""
    found: Sums = {}
    for part in parts:
        for word, rows in part.items():
            found[word] = found.get(word, 0) + rows
    return found


def account(again: Again, table: pd.DataFrame) -> Found:
    """Rows read, kept, left out and repeated of each actor, each counted where it stands."""
    cleaning = again.data.cleaning
    parts = {
        "rows_kept": cleaning.incidents,
        "rows_rejected": cleaning.rejected,
        "rows_duplicates": cleaning.duplicates,
    }
    words = words_of(table, ("actor",))
    counts = {name: _rows(part, ("actor",)) for name, part in parts.items()}
    read: list[Sums] = [{(one.actor,): float(one.rows)} for one in cleaning.deliveries]
    counts["rows_read"] = _together(*read)
    columns = {
        name: Column([found.get(word, 0.0) for word in words]) for name, found in counts.items()
    }
    return Found(words, columns, counts["rows_read"])


def left_out(again: Again, table: pd.DataFrame) -> Found:
    """Rows left out or repeated, by actor, reason and column."""
    cleaning, keys = again.data.cleaning, ("actor", "reason", "column")
    whole = _together(_rows(cleaning.rejected, keys), _rows(cleaning.duplicates, keys))
    words = words_of(table, keys)
    return Found(words, {"rows": Column([whole.get(word, 0.0) for word in words])}, whole)


def not_translated(again: Again, table: pd.DataFrame) -> Found:
    """Rows of raw values without translation: all of an actor's areas, or types, together.

    The values themselves are not kept with the incidents.
    """
    fields = [str(field).removesuffix("_validity") for field in table["field"]]
    shown: Sums = {}
    for actor, field, rows in zip(table["actor"].astype(str), fields, table["rows"], strict=True):
        shown[actor, field] = shown.get((actor, field), 0) + float(rows)
    frame = again.data.cleaning.incidents
    whole: Sums = {}
    for field in ("area", "category"):
        for word, rows in _rows(frame, ("actor", field)).items():
            if word[1] == UNMAPPED:
                whole[word[0], field] = rows
    values = [whole.get(word, 0.0) for word in shown]
    return Found(list(shown), {"rows": Column(values, shown=list(shown.values()))}, whole)


def reports_in(again: Again, table: pd.DataFrame) -> Found:
    """Rows whose report is dated in the period, and those among them dated before the event."""
    frame = again.data.incidents
    reported = frame["reported_at"].to_numpy("datetime64[s]")
    first, last = day_number(again.period.start), day_number(again.period.end)
    number = reported.astype(np.int64) // _DAY
    inside = ~np.isnat(reported) & (number >= first) & (number <= last)
    begun = frame["occurred_from"].to_numpy("datetime64[s]").astype(np.int64) // _DAY * _DAY
    early = inside & (reported.astype(np.int64) < begun)
    words = words_of(table, ("actor",))
    sums = {
        name: _rows(frame[["actor"]][rows], ("actor",))
        for name, rows in ((COUNT, inside), ("before_event", early))
    }
    columns = {
        name: Column([found.get(word, 0.0) for word in words]) for name, found in sums.items()
    }
    return Found(words, columns, sums[COUNT])


def pairs_of_actors(again: Again, table: pd.DataFrame) -> Found:
    """Pairs of rows that may be one event, by actors and type, where the first is in the period."""
    pairs = again.data.cleaning.candidates
    found: Counter[tuple[str, ...]] = Counter()
    if len(pairs):
        index = again.data.incidents.index.to_numpy()
        inside = again.incidents.between(again.period.start, again.period.end)
        kept = np.isin(pairs["row"].to_numpy(), index[inside])
        columns = (pairs[name].astype(str)[kept] for name in ("actor", "other_actor", "category"))
        for one, other, category in zip(*columns, strict=True):
            found[(*sorted((one, other)), category)] += 1
    words = words_of(table, ("actor", "other_actor", "category"))
    whole: Sums = {word: float(count) for word, count in found.items()}
    return Found(words, {COUNT: Column([whole.get(word, 0.0) for word in words])}, whole)
