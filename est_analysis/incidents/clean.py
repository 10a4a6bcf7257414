"""One actor's export, or all of them, → canonical incidents with an account of every row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.config import UNMAPPED, Settings, SourceFormat
from est_analysis.errors import SourceError
from est_analysis.incidents.duplicates import candidates, repeated
from est_analysis.incidents.refusals import REPEATS, Refusals
from est_analysis.incidents.translate import Translated, misses, translate
from est_analysis.incidents.when import MINUTE, PRECISIONS, When, read_when
from est_analysis.privacy import HIDDEN, personal_data_in
from est_analysis.sources import Coded, Delivery, Export, read_export
from est_analysis.written_dates import dst_faults

INCIDENT_COLUMNS = (
    "occurred_from", "occurred_to", "precision", "reported_at", "actor", "area", "category",
    "subcategory", "place", "severity", "count", "approximate", "clock_change", "source_file",
    "source_row",
)  # fmt: skip
READ_FOR_PERSONS = ("area", "category", "place", "severity")
_GROUPED = re.compile(r"[+-]?\d{1,3}([ .,]\d{3})+|[+-]?\d+")


@dataclass(frozen=True)
class Cleaning:
    """Canonical incidents and the account of every row that was read.

    Attributes
    ----------
    incidents
        One row per incident or reported count: `INCIDENT_COLUMNS`. ``occurred_from`` and
        ``occurred_to`` are local time, half-open, equal when the minute is known.
    rejected
        ``actor, file, row, reason, column, value``: rows left out.
    duplicates
        The same columns: rows that repeat another one of the same actor.
    unmapped
        ``actor, field, value, rows, file, row, change``: raw values without translation; their
        rows are kept as area or category ``unmapped``.
    unused
        ``actor, field, value``: lines of a mapping that no row used.
    candidates, candidate_pairs
        Pairs of rows of different actors that may be one event (listed), and their number.
    effort
        ``actor, week, reporters``: how many different reporters had a report each ISO week, where
        the export tells.
    deliveries
        The files.
    tally
        Per actor: ``read = kept + rejected + duplicates``.
    """

    incidents: pd.DataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame
    unmapped: pd.DataFrame
    unused: pd.DataFrame
    candidates: pd.DataFrame
    candidate_pairs: int
    effort: pd.DataFrame
    deliveries: tuple[Delivery, ...]
    tally: pd.DataFrame


def clean(
    settings: Settings, as_of: dt.date, progress: Callable[[str], None] = lambda line: None
) -> Cleaning:
    """Read and clean every actor's exports.

    Parameters
    ----------
    settings
        The municipality's settings.
    as_of
        The day of the extract; incidents after it are rejected as ``future_date``.
    progress
        Called with a line of text before and after each actor.

    Raises
    ------
    SourceError
        When a file cannot be read as declared, or no actor has delivered anything.
    """
    parts = []
    for source in settings.sources.values():
        progress(f"{source.name}: reading")
        part = clean_source(read_export(source, settings.municipality.exports), settings, as_of)
        row = part.tally.iloc[0]
        progress(
            f"{source.name}: {row['read']:,} rows read, {row['kept']:,} kept, "
            f"{row['rejected']:,} left out, {row['duplicates']:,} duplicates"
            if part.deliveries
            else f"{source.name}: no file"
        )
        parts.append(part)
    if not any(part.deliveries for part in parts):
        _no_exports(settings)
    incidents = _below_each_other([part.incidents for part in parts])
    pairs, number = candidates(incidents, settings.municipality.duplicate_window_minutes)
    return Cleaning(
        incidents=incidents,
        rejected=_stack([part.rejected for part in parts]),
        duplicates=_stack([part.duplicates for part in parts]),
        unmapped=_stack([part.unmapped for part in parts]),
        unused=_stack([part.unused for part in parts]),
        candidates=pairs,
        candidate_pairs=number,
        effort=_stack([part.effort for part in parts]),
        deliveries=tuple(d for part in parts for d in part.deliveries),
        tally=_stack([part.tally for part in parts]),
    )


def clean_source(export: Export, settings: Settings, as_of: dt.date) -> Cleaning:
    """Clean one actor's export; see `clean`."""
    source = export.source
    refusals = Refusals(export)
    _apply_rules(export, refusals)
    export = _guard_persons(export, refusals)
    when = read_when(export, np.datetime64(as_of + dt.timedelta(days=1), "s"), refusals)
    count = _counts(export, refusals)
    areas = translate(export.columns.get("area"), len(export), source.areas, settings.areas)
    areas, invalid = _within_validity(areas, when, settings)
    categories = translate(
        export.columns.get("category"), len(export), source.categories, settings.categories
    )
    same_file, same_identity = repeated(export, refusals.kept)
    twice = Refusals(export)
    for rows, reason in zip((same_file, same_identity), REPEATS, strict=True):
        twice.refuse(rows, reason)
    kept = refusals.kept & twice.kept
    rejected, twice_table = refusals.table(), twice.table()
    duplicates = twice_table[twice_table["reason"].isin(REPEATS)].reset_index(drop=True)
    tally = pd.DataFrame(
        {
            "actor": [source.actor],
            "read": [export.rows_read],
            "kept": [int(kept.sum())],
            "rejected": [len(rejected)],
            "duplicates": [len(duplicates)],
        }
    )
    return Cleaning(
        incidents=_incidents(export, settings, when, count, areas, categories, kept),
        rejected=rejected,
        duplicates=duplicates,
        unmapped=_unmapped(export, kept, areas, categories, invalid),
        unused=_unused(source, areas, categories, bool(export.deliveries)),
        candidates=pd.DataFrame(),
        candidate_pairs=0,
        effort=_effort(export, when, kept),
        deliveries=export.deliveries,
        tally=tally,
    )


def _stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled or tables[:1], ignore_index=True)


def _below_each_other(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of incidents whose categorical columns stay categorical."""
    if len(tables) == 1:
        return tables[0]
    for name in ("place", "severity", "source_file"):
        words = list(dict.fromkeys(w for table in tables for w in table[name].cat.categories))
        tables = [
            table.assign(**{name: table[name].cat.set_categories(pd.Index(words, dtype="str"))})
            for table in tables
        ]
    return pd.concat(tables, ignore_index=True)


def _no_exports(settings: Settings) -> None:
    source = next(iter(settings.sources.values()))
    raise SourceError(
        f"no exports for {settings.municipality.name}",
        expected=f"files such as {source.files[0]} in {settings.municipality.exports}",
        found="no file of any actor",
        change="put the actors' exports there, or set exports: in municipality.yaml",
        otherwise="no report is made",
    )


def _apply_rules(export: Export, refusals: Refusals) -> None:
    """Rows of other actors, and rows that the declaration drops."""
    for rule in export.source.only:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule.test, rule.values)
        refusals.refuse(~hits, "other_actor", name)
    for rule in export.source.drop:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule.test, rule.values)
        refusals.refuse(hits, f"drop: {rule.reason}", name)


def _matches(column: Coded, test: str, values: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    if test == "equals":
        return column.flags([word in values for word in column.words])
    if test == "starts_with":
        return column.flags([word.startswith(values) for word in column.words])
    return column.flags([any(value in word for value in values) for word in column.words])


def _guard_persons(export: Export, refusals: Refusals) -> Export:
    """Refuse or mask rows with personal data, or stop, as the source declares."""
    columns = dict(export.columns)
    for name in READ_FOR_PERSONS:
        column = columns.get(name)
        if column is None:
            continue
        found = [personal_data_in(word) is not None for word in column.words]
        if not any(found):
            continue
        rows = column.flags(found) & refusals.kept
        if export.source.personal_data == "stop" and rows.any():
            place = int(np.flatnonzero(rows)[0])
            raise SourceError(
                f"personal data in the export of {export.source.name}",
                expected="events at places, never persons",
                found=f"{int(rows.sum())} cells in the field {name}, the first in "
                f"{export.deliveries[export.file[place]].file}, row {export.row[place]}",
                change=f"remove them at the source; {export.source.path}: personal_data: reject "
                "leaves such rows out",
                otherwise="nothing of this actor is used (personal_data: stop)",
            )
        if export.source.personal_data == "reject":
            refusals.refuse(rows, "personal_data", name, secret=True)
        words = tuple(HIDDEN if bad else w for w, bad in zip(column.words, found, strict=True))
        columns[name] = Coded(column.codes, words).distinct()
    return Export(export.source, columns, export.file, export.row, export.faults, export.deliveries)


def _counts(export: Export, refusals: Refusals) -> npt.NDArray[np.int32]:
    column = export.columns.get("count")
    if column is None:
        return np.ones(len(export), dtype=np.int32)
    read = [_whole_number(word, export.source.decimal) for word in column.words]
    problems = column.spread(np.array([problem for _, problem in read], dtype=object))
    for problem in ("blank_count", "bad_count", "negative_count"):
        refusals.refuse(problems == problem, problem, "count")
    return column.spread(np.array([value for value, _ in read], dtype=np.int32))


def _whole_number(word: str, decimal: str) -> tuple[int, str]:
    """A count and ``""``, or 0 and the problem. ``1 234`` and ``12,0`` are whole numbers."""
    if not word:
        return 0, "blank_count"
    whole, _, fraction = word.replace("\u2212", "-").partition(decimal)
    if (fraction and fraction.strip("0")) or not _GROUPED.fullmatch(whole):
        return 0, "bad_count"
    value = int(re.sub(r"[ .,]", "", whole))
    if abs(value) > 1_000_000_000:
        return 0, "bad_count"
    return (value, "") if value >= 0 else (0, "negative_count")


def _within_validity(
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
    return Translated(areas.ids, codes, areas.per_word, areas.unused), invalid


def _incidents(
    export: Export,
    settings: Settings,
    when: When,
    count: npt.NDArray[np.int32],
    areas: Translated,
    categories: Translated,
    kept: npt.NDArray[np.bool_],
) -> pd.DataFrame:
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
            "severity": _texts(export.columns.get("severity"), kept),
            "count": take(count),
            "approximate": take(when.approximate),
            "clock_change": clock,
            "source_file": _categorical(take(export.file), names),
            "source_row": take(export.row),
        },
        copy=False,
    )
    return frame[list(INCIDENT_COLUMNS)]


def _categorical(codes: npt.NDArray[Any], words: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(list(words), dtype="str"))


def _texts(column: Coded | None, kept: npt.NDArray[np.bool_]) -> pd.Series:
    rows = int(kept.sum())
    if column is None:
        return pd.Series(_categorical(np.full(rows, -1, np.int8), ()))
    codes, words = pd.factorize(np.array(column.words, dtype=object))
    per_row = codes[column.codes[kept]]
    blank = {i for i, word in enumerate(words) if word == ""}
    per_row = np.where(np.isin(per_row, list(blank)), -1, per_row)
    return pd.Series(_categorical(per_row, tuple(words)))


def _unmapped(
    export: Export,
    kept: npt.NDArray[np.bool_],
    areas: Translated,
    categories: Translated,
    invalid: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    source = export.source
    area, category = export.columns.get("area"), export.columns.get("category")
    parts = [misses(area, areas, kept, "area"), misses(category, categories, kept, "category")]
    outdated = kept & invalid
    if area is not None and outdated.any():
        again = Translated(areas.ids, areas.codes, (UNMAPPED,) * len(area.words), ())
        parts.append(misses(area, again, outdated, "area_validity"))
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


def _unused(
    source: SourceFormat, areas: Translated, categories: Translated, delivered: bool
) -> pd.DataFrame:
    rows = [
        (source.actor, field, str(raw))
        for field, translated in (("area", areas), ("category", categories))
        for raw in translated.unused
        if delivered
    ]
    return pd.DataFrame(rows, columns=["actor", "field", "value"])


def _effort(export: Export, when: When, kept: npt.NDArray[np.bool_]) -> pd.DataFrame:
    column = export.columns.get("reporter")
    if column is None or not kept.any():
        return pd.DataFrame(columns=["actor", "week", "reporters"])
    moment = np.where(np.isnat(when.reported_at), when.start, when.reported_at)[kept]
    frame = pd.DataFrame({"week": calendar.monday_of(moment), "reporter": column.codes[kept]})
    known = column.flags([word != "" for word in column.words])[kept]
    table = frame[known].groupby("week", as_index=False).agg(reporters=("reporter", "nunique"))
    table.insert(0, "actor", export.source.actor)
    return table
