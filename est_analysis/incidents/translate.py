"""Raw values → ids of areas and categories, as declared; both misses and unused lines are told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED, Area, Category, Translation
from est_analysis.sources import Coded
from est_analysis.sources.coded import tidy


@dataclass(frozen=True)
class Translated:
    """An id per row (`codes` into `ids`), the misses and the unused lines of the mapping."""

    ids: tuple[str, ...]
    codes: npt.NDArray[np.int32]
    per_word: tuple[str, ...]
    unused: tuple[str, ...]


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
    table = {tidy(raw).casefold(): target for raw, target in translation.mapping.items()}
    for entry in known.values():
        if "id" in translation.match:
            table.setdefault(entry.id.casefold(), entry.id)
        if "name" in translation.match:
            table.setdefault(tidy(entry.name).casefold(), entry.id)
    found = tuple(
        table.get(word.casefold(), UNMAPPED) if word else UNKNOWN for word in column.words
    )
    met = {word.casefold() for word in column.words}
    unused = tuple(raw for raw in translation.mapping if tidy(raw).casefold() not in met)
    per_word = np.array([number[identity] for identity in found], dtype=np.int32)
    return Translated(ids, column.spread(per_word), found, unused)


def misses(
    column: Coded | None, translated: Translated, kept: npt.NDArray[np.bool_], field: str
) -> pd.DataFrame:
    """Values without translation: ``field``, ``value``, ``rows``, ``first`` (position of a row)."""
    names = ["field", "value", "rows", "first"]
    if column is None or UNMAPPED not in translated.per_word:
        return pd.DataFrame(columns=names)
    wrong = column.flags([target == UNMAPPED for target in translated.per_word]) & kept
    positions = np.flatnonzero(wrong)
    frame = pd.DataFrame({"code": column.codes[positions], "first": positions})
    table = frame.groupby("code", as_index=False).agg(
        rows=("first", "size"), first=("first", "min")
    )
    table["value"] = [column.words[code] for code in table["code"]]
    table["field"] = field
    return table.sort_values("rows", ascending=False, ignore_index=True)[names]
