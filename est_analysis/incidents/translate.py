"""Raw values → ids of areas and categories, as declared; both misses and unused lines are told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED, Area, Category, Settings, Translation
from est_analysis.incidents.when import When
from est_analysis.sources import Coded
from est_analysis.sources.coded import tidy


@dataclass(frozen=True)
class Translated:
    """An id per row (`codes` into `ids`), the misses and the unused lines of the mapping.

    `untimely` are rows whose word has a translation, but none of that day.
    """

    ids: tuple[str, ...]
    codes: npt.NDArray[np.int32]
    per_word: tuple[str, ...]
    unused: tuple[str, ...]
    untimely: npt.NDArray[np.bool_] | None = None


def translate(
    column: Coded | None,
    rows: int,
    translation: Translation,
    known: dict[str, Area] | dict[str, Category],
) -> Translated:
    """Ids for a column; a blank is `UNKNOWN`, a value without translation `UNMAPPED`.

    Upper and lower case do not matter; nothing else is guessed.
    """
    ids = (*known, UNKNOWN, UNMAPPED)
    number = {identity: i for i, identity in enumerate(ids)}
    if column is None:
        codes = np.full(rows, number[UNKNOWN], dtype=np.int32)
        return Translated(ids, codes, (), ())
    table = lookup(translation, known)
    found = tuple(
        table.get(word.casefold(), UNMAPPED) if word else UNKNOWN for word in column.words
    )
    met = {word.casefold() for word in column.words}
    given = (*translation.mapping, *translation.dated)
    unused = tuple(raw for raw in given if tidy(raw).casefold() not in met)
    per_word = np.array([number[identity] for identity in found], dtype=np.int32)
    return Translated(ids, column.spread(per_word), found, unused)


def as_it_was_called(
    column: Coded | None, translated: Translated, translation: Translation, when: When
) -> Translated:
    """The same with words that meant different things at different times as they were meant.

    Outside all its times such a word has no translation.
    """
    if column is None or not translation.dated:
        return translated
    codes = translated.codes.copy()
    untimely = np.zeros(len(codes), dtype=bool)
    for raw, meanings in translation.dated.items():
        word = tidy(raw).casefold()
        rows = column.flags([one.casefold() == word for one in column.words])
        codes[rows] = translated.ids.index(UNMAPPED)
        for one in meanings:
            inside = rows & (when.start >= np.datetime64(one.start, "s"))
            if one.end < dt.date.max:
                inside &= when.start < np.datetime64(one.end + dt.timedelta(days=1), "s")
            codes[inside] = translated.ids.index(one.id)
        untimely |= rows & (codes == translated.ids.index(UNMAPPED))
    return replace(translated, codes=codes, untimely=untimely)


def lookup(
    translation: Translation, known: dict[str, Area] | dict[str, Category]
) -> dict[str, str]:
    """Every raw value that has a translation, in small letters → its id."""
    table = {word.casefold(): target for word, target in translation.found.items()}
    for raw, target in translation.mapping.items():
        table.setdefault(tidy(raw).casefold(), target)
    for raw, meanings in translation.dated.items():  # by when it was, `as_it_was_called`
        table.setdefault(tidy(raw).casefold(), meanings[0].id)
    for entry in known.values():
        if "id" in translation.match:
            table.setdefault(entry.id.casefold(), entry.id)
        if "name" in translation.match:
            table.setdefault(tidy(entry.name).casefold(), entry.id)
    return table


def misses(
    column: Coded | None, translated: Translated, kept: npt.NDArray[np.bool_], field: str
) -> pd.DataFrame:
    """Values without translation: ``field``, ``value``, ``rows``, ``first`` (position of a row)."""
    names = ["field", "value", "rows", "first"]
    if column is None:
        return pd.DataFrame(columns=names)
    wrong = column.flags([target == UNMAPPED for target in translated.per_word])
    if translated.untimely is not None:
        wrong = wrong | translated.untimely
    wrong &= kept
    positions = np.flatnonzero(wrong)
    frame = pd.DataFrame({"code": column.codes[positions], "first": positions})
    table = frame.groupby("code", as_index=False).agg(
        rows=("first", "size"), first=("first", "min")
    )
    table["value"] = [column.words[code] for code in table["code"]]
    table["field"] = field
    return table.sort_values("rows", ascending=False, ignore_index=True)[names]


def within_validity(
    areas: Translated, when: When, settings: Settings
) -> tuple[Translated, npt.NDArray[np.bool_]]:
    """Rows in an area that was not in force that day become unmapped."""
    invalid = np.zeros(len(areas.codes), dtype=bool)
    for number, identity in enumerate(areas.ids):
        area = settings.areas.get(identity)
        if area is None or (area.valid_from is None and area.valid_to is None):
            continue
        here = areas.codes == number
        if area.valid_from is not None:
            invalid |= here & (when.start < np.datetime64(area.valid_from, "s"))
        if area.valid_to is not None:
            limit = np.datetime64(area.valid_to + dt.timedelta(days=1), "s")
            invalid |= here & (when.start >= limit)
    if not invalid.any():
        return areas, invalid
    codes = np.where(invalid, areas.ids.index(UNMAPPED), areas.codes).astype(np.int32)
    return replace(areas, codes=codes), invalid
