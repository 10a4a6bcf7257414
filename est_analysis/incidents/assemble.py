"""Columns of an export, once read and translated → the canonical tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.config import UNMAPPED, Settings, SourceFormat
from est_analysis.incidents.translate import Translated, misses
from est_analysis.incidents.when import When
from est_analysis.sources import CELL, SHEET, Coded, Export
from est_analysis.written_dates import dst_faults
from est_analysis.written_dates.grains import MINUTE, PRECISIONS

INCIDENT_COLUMNS = (
    "occurred_from", "occurred_to", "precision", "reported_at", "actor", "area", "category",
    "subcategory", "place", "count", "approximate", "clock_change", "source_file",
    "source_sheet", "source_row", "source_cell",
)  # fmt: skip


def incident_table(
    export: Export,
    settings: Settings,
    when: When,
    count: npt.NDArray[np.int32],
    areas: Translated,
    categories: Translated,
    kept: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """The kept rows as canonical incidents (`INCIDENT_COLUMNS`)."""
    every = kept.all()

    def take(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values if every else values[kept]

    ids = categories.ids
    main = np.array([ids.index(settings.main_category(i)) for i in ids], dtype=np.int32)
    sub = np.array([n if main[n] != n else -1 for n in range(len(ids))], dtype=np.int32)
    category = take(categories.codes)
    names = [delivery.file for delivery in export.deliveries]
    minute = take(when.precision) == MINUTE
    start = take(when.start)
    clock = np.zeros(len(start), dtype=bool)
    if minute.any():
        gap, overlap = dst_faults(start[minute], settings.municipality.timezone)
        clock[minute] = gap | overlap
    actors = list(settings.sources)
    frame = pd.DataFrame(
        {
            "occurred_from": start,
            "occurred_to": take(when.end),
            "precision": _categorical(take(when.precision), PRECISIONS),
            "reported_at": take(when.reported_at),
            "actor": _categorical(
                np.full(len(start), actors.index(export.source.actor), np.int8), actors
            ),
            "area": _categorical(take(areas.codes), areas.ids),
            "category": _categorical(main[category], ids),
            "subcategory": _categorical(sub[category], ids),
            "place": _texts(export.columns.get("place"), kept),
            "count": take(count),
            "approximate": take(when.approximate),
            "clock_change": clock,
            "source_file": _categorical(take(export.file), names),
            "source_sheet": _texts(export.columns.get(SHEET), kept),
            "source_row": take(export.row),
            "source_cell": _texts(export.columns.get(CELL), kept),
        },
        copy=False,
    )
    return frame[list(INCIDENT_COLUMNS)]


def _categorical(codes: npt.NDArray[Any], words: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(list(words), dtype="str"))


def _texts(column: Coded | None, kept: npt.NDArray[np.bool_]) -> pd.Series:
    if column is None:
        return pd.Series(_categorical(np.full(int(kept.sum()), -1, np.int8), ()))
    words = [word for word in column.words if word]  # each stands once
    place = {word: number for number, word in enumerate(words)} | {"": -1}
    per_word = np.array([place[word] for word in column.words], dtype=np.int32)
    codes = column.codes if kept.all() else column.codes[kept]
    return pd.Series(_categorical(per_word[codes], words))


def unmapped_values(
    export: Export,
    kept: npt.NDArray[np.bool_],
    areas: Translated,
    categories: Translated,
    invalid: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Raw values without translation: how many kept rows, where first, where to change it."""
    source = export.source
    area, category = export.columns.get("area"), export.columns.get("category")
    parts = [misses(area, areas, kept, "area"), misses(category, categories, kept, "category")]
    if area is not None:
        again = Translated(areas.ids, areas.codes, (UNMAPPED,) * len(area.words), ())
        parts.append(misses(area, again, kept & invalid, "area_validity"))
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    first = table["first"].to_numpy(np.int64)
    names = np.array([delivery.file for delivery in export.deliveries], dtype=object)
    table["actor"] = source.actor
    table["file"] = names[export.file[first]] if len(first) else []
    table["row"] = export.row[first] if len(first) else []
    where = {
        "area": f"sources/{source.path.name}: areas: map:",
        "category": f"sources/{source.path.name}: categories: map:",
        "area_validity": "areas.yaml: valid_from, valid_to",
    }
    table["change"] = table["field"].map(where)
    return table[["actor", "field", "value", "rows", "file", "row", "change"]]


def unused_translations(
    source: SourceFormat, areas: Translated, categories: Translated, delivered: bool
) -> pd.DataFrame:
    """Lines of a mapping that no row of a delivery used."""
    rows = [
        (source.actor, field, str(raw))
        for field, translated in (("area", areas), ("category", categories))
        for raw in translated.unused
        if delivered
    ]
    return pd.DataFrame(rows, columns=["actor", "field", "value"])


def weekly_reporters(export: Export, when: When, kept: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Different reporters per ISO week; who they are ends here."""
    column = export.columns.get("reporter")
    if column is None or not kept.any():
        return pd.DataFrame(columns=["actor", "week", "reporters"])
    moment = np.where(np.isnat(when.reported_at), when.start, when.reported_at)[kept]
    frame = pd.DataFrame({"week": calendar.monday_of(moment), "reporter": column.codes[kept]})
    known = column.flags([word != "" for word in column.words])[kept]
    table = frame[known].groupby("week", as_index=False).agg(reporters=("reporter", "nunique"))
    table.insert(0, "actor", export.source.actor)
    return table
