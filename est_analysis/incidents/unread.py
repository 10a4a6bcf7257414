"""What was sent and cannot be placed or counted: the rows that any claim has to reckon with.

A kept row of an area or type that nobody has translated is counted in its actor's total and in no
area's. A row that is left out because its date or count cannot be read is counted nowhere. Both
may belong to what a table shows; here stands where, when and how many.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED, Settings
from est_analysis.config.table_form import NOT_REPORTED
from est_analysis.incidents.counted import Counts
from est_analysis.incidents.refusals import AFTER, BY_RULE, REPEATS, Refusals
from est_analysis.incidents.translate import Translated
from est_analysis.incidents.when import When
from est_analysis.privacy import masked, shown
from est_analysis.sources import Coded, Export
from est_analysis.sources.coded import Codes
from est_analysis.written_dates.grains import WEEK

KEYS = ("actor", "day", "area", "category", "subcategory", "area_value", "category_value",
        "fault", "fault_column", "fault_value")  # fmt: skip
COLUMNS = (*KEYS, "rows", "placed", "low", "high", "file", "row")
MASKED = "masked"  # the fault of a row that is used with the bounds that are declared for it
PART = "part_count"  # not reported, beside others of the same area, type and time that are
UNCOUNTED = (
    "masked_count", "blank_count", "bad_count", "unclear_count", "negative_count", PART,
)  # fmt: skip
LONGEST = 60  # characters of a value
THURSDAY = 3  # days after Monday: an incident known to the week counts on that day

Rows = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


def unread_rows(
    export: Export,
    settings: Settings,
    refusals: Refusals,
    kept: Rows,
    when: When,
    count: Counts,
    areas: Translated,
    categories: Translated,
) -> pd.DataFrame:
    """Rows of one export that cannot be placed or counted, the like ones of a day as one.

    Returns
    -------
    DataFrame
        ``actor``, ``day`` (by which it is counted; of a row without one the day of the row before
        it in the file; NaT where there is none), ``area``, ``category``, ``subcategory`` (as in
        the incidents), ``area_value`` and ``category_value`` (what stood there, where it is not
        translated; a blank is ``""``, NA where it is read), ``fault`` (why it is not counted,
        ``masked`` where it is used with declared bounds, ``""`` where it is counted),
        ``fault_column``, ``fault_value``, ``rows``, ``placed`` (events that are counted, but
        nobody knows where), ``low`` and ``high`` (by how much what is counted may be too high,
        and too low), ``file`` and ``row`` (of the first).
    """
    lost = ~kept & _unreadable(refusals)
    blind = kept & (_nameless(areas, export, "area") | _nameless(categories, export, "category"))
    wide = kept & ((count.low != 0) | (count.high != 0))
    chosen = np.flatnonzero(lost | blind | wide)
    faults = export.faults[~export.faults["reason"].isin(BY_RULE)]
    parts = [_of_faults(export, faults, when)] if len(faults) else []
    if len(chosen):
        parts.append(
            _of_rows(export, settings, refusals, chosen, lost, when, count, areas, categories)
        )
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    table["actor"] = export.source.actor
    return (
        table.groupby(list(KEYS), dropna=False, sort=False, observed=True)
        .agg(
            rows=("row", "size"),
            placed=("placed", "sum"),
            low=("low", "sum"),
            high=("high", "sum"),
            file=("file", "first"),
            row=("row", "first"),
        )
        .reset_index()[list(COLUMNS)]
    )


def _unreadable(refusals: Refusals) -> Rows:
    """Rows that are left out though they may be events: not by rule, nor said again elsewhere."""
    # What is later than the extract is not of it.
    by_rule = (*BY_RULE, *REPEATS, *AFTER)
    return np.asarray(
        refusals.left_out_for(
            lambda reason: reason not in by_rule and not reason.startswith("drop: ")
        )
    )


def _nameless(translated: Translated, export: Export, field: str) -> Rows:
    """Rows without a known id; none where the export does not have the field at all."""
    if field not in export.columns:
        return np.zeros(len(export), dtype=bool)
    codes = [translated.ids.index(word) for word in (UNKNOWN, UNMAPPED)]
    return np.isin(translated.codes, codes)


def _of_rows(
    export: Export,
    settings: Settings,
    refusals: Refusals,
    chosen: Places,
    lost: Rows,
    when: When,
    count: Counts,
    areas: Translated,
    categories: Translated,
) -> pd.DataFrame:
    gone = lost[chosen]
    reasons, headers = refusals.why(chosen)
    blank = reasons == NOT_REPORTED
    if blank.any():
        beside = _beside_others(settings, refusals.kept, when, areas, categories)[chosen]
        reasons = np.where(blank & beside, PART, reasons)
    known_high = np.where(np.isnan(count.high), _largest(count), count.high)
    counted = export.source.shape == "counts"
    one = np.where(gone & ~counted, 1.0, known_high[chosen])
    # A row whose date cannot be read has a count that can: all of it may be missing.
    one = np.where(gone & (one == 0) & (count.low[chosen] == 0), count.value[chosen], one)
    ids = categories.ids
    mains = np.array([settings.main_category(word) for word in ids], dtype=object)
    leaves = np.array([a if a != b else None for a, b in zip(ids, mains, strict=True)], object)
    names = np.array([delivery.file for delivery in export.deliveries], dtype=object)
    wide = ~gone & ((count.low[chosen] != 0) | (count.high[chosen] != 0))
    return pd.DataFrame(
        {
            "day": _days(export, refusals, when, chosen),
            "area": np.array(areas.ids, dtype=object)[areas.codes[chosen]],
            "category": mains[categories.codes[chosen]],
            "subcategory": leaves[categories.codes[chosen]],
            "area_value": _raw(export, areas, "area", chosen),
            "category_value": _raw(export, categories, "category", chosen),
            "fault": np.where(gone, reasons, np.where(wide, MASKED, "")),
            "fault_column": np.where(gone, headers, ""),
            "fault_value": _fault_values(export, chosen, gone | wide),
            "placed": np.where(gone, 0, count.value[chosen]),
            "low": np.where(gone | wide, count.low[chosen], 0.0),
            "high": np.where(gone | wide, one, 0.0),
            "file": names[export.file[chosen]],
            "row": export.row[chosen],
        }
    )


def _beside_others(
    settings: Settings, kept: Rows, when: When, areas: Translated, categories: Translated
) -> Rows:
    """Rows of an area, main type and time of which another row is counted."""
    mains = [settings.main_category(word) for word in categories.ids]
    place = {word: number for number, word in enumerate(dict.fromkeys(mains))}
    kind = np.array([place[word] for word in mains])[categories.codes]
    start = when.start.astype("datetime64[s]").astype(np.int64)
    cell = (start * len(areas.ids) + areas.codes) * len(place) + kind
    return np.asarray(np.isin(cell, cell[kept]))


def _largest(count: Counts) -> float:
    """The largest number that can be read: what nobody can say is taken to be at most that."""
    return float(max(count.value.max(initial=0), 1))


def _raw(
    export: Export, translated: Translated, field: str, chosen: Places
) -> npt.NDArray[np.object_]:
    """What stood where there is no id; None where there is one."""
    column = export.columns.get(field)
    if column is None:
        return np.full(len(chosen), None, dtype=object)
    nameless = [translated.ids.index(word) for word in (UNKNOWN, UNMAPPED)]
    codes = column.codes[chosen]
    return _words(column, codes, np.isin(translated.codes[chosen], nameless), None)


def _fault_values(export: Export, chosen: Places, told: Rows) -> npt.NDArray[np.object_]:
    """The word of the count column, of rows that are masked or left out."""
    column = export.columns.get("count")
    if column is None:
        return np.full(len(chosen), "", dtype=object)
    return _words(column, column.codes[chosen], told, "")


def _words(column: Coded, codes: Codes, told: Rows, other: str | None) -> npt.NDArray[np.object_]:
    """The word of each row that is told of, as it may be shown."""
    used = np.unique(codes[told])
    words = np.full(len(column.words), other, dtype=object)
    words[used] = [shown(word, LONGEST) for word in masked([column.words[i] for i in used])]
    words_of_rows = words[codes]
    words_of_rows[~told] = other
    return words_of_rows


def _days(
    export: Export, refusals: Refusals, when: When, chosen: Places
) -> npt.NDArray[np.datetime64]:
    """The day of each row; of one without a date that of the row before it in its file."""
    bad = refusals.because_of("occurred_from") | np.isnat(when.start)
    start = when.start + np.where(when.precision == WEEK, THURSDAY, 0).astype("timedelta64[D]")
    if not bad[chosen].any():
        return _midnight(start[chosen])
    place = np.where(~bad, np.arange(len(bad)), -1)
    np.maximum.accumulate(place, out=place)
    earlier = place[chosen]
    same = (earlier >= 0) & (export.file[np.maximum(earlier, 0)] == export.file[chosen])
    day = _midnight(start[np.maximum(earlier, 0)])
    day[~same] = np.datetime64("NaT", "s")
    return day


def _midnight(moments: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
    return np.asarray(moments.astype("datetime64[D]").astype("datetime64[s]"))


def _of_faults(export: Export, faults: pd.DataFrame, when: When) -> pd.DataFrame:
    """Rows that could not even be taken apart: an event each, of the day of the row before."""
    number = {delivery.file: place for place, delivery in enumerate(export.deliveries)}
    days = np.full(len(faults), np.datetime64("NaT", "s"))
    for place, (file, row) in enumerate(zip(faults["file"], faults["row"], strict=True)):
        own = np.flatnonzero(export.file == number[file])
        before = own[export.row[own] < row]
        if len(before):
            days[place] = when.start[before[-1]].astype("datetime64[D]")
    blank = [None] * len(faults)
    return pd.DataFrame(
        {
            "day": days,
            "area": UNKNOWN,
            "category": UNKNOWN,
            "subcategory": blank,
            "area_value": blank,
            "category_value": blank,
            "fault": faults["reason"].to_numpy(),
            "fault_column": "",
            "fault_value": "",
            "placed": 0,
            "low": 0.0,
            "high": 1.0,
            "file": faults["file"].to_numpy(),
            "row": faults["row"].to_numpy(),
        }
    )
