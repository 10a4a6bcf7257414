"""One actor's export, or all of them, → canonical incidents with an account of every row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from est_analysis.config import Settings
from est_analysis.errors import SourceError
from est_analysis.incidents.assemble import (
    incident_table,
    unmapped_values,
    unused_translations,
    weekly_reporters,
)
from est_analysis.incidents.duplicates import Said, candidates, repeated
from est_analysis.incidents.persons import PersonalData
from est_analysis.incidents.refusals import REPEATS, Refusals
from est_analysis.incidents.screening import apply_rules, read_counts
from est_analysis.incidents.translate import as_it_was_called, translate, within_validity
from est_analysis.incidents.when import read_when
from est_analysis.intake import read_export, resolved
from est_analysis.sources import Delivery, Export, find_files, refuse_invented, unread_files

MOST_NAMED = 12  # files in a message


@dataclass(frozen=True)
class Cleaning:
    """Canonical incidents and the account of every row that was read.

    Attributes
    ----------
    incidents
        One row per incident or reported count: `assemble.INCIDENT_COLUMNS`. ``occurred_from`` and
        ``occurred_to`` are local time, half-open, equal when the minute is known.
    rejected
        ``actor, file, sheet, row, cell, reason, column, value``: rows, or cells of a wide table,
        left out.
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
    personal
        ``actor, column, kind, cells, fate``: personal data found, by column and kind;
        the row was ``left_out``, the cell ``masked``, or the column is ``not_kept`` at all.
    deliveries
        The files.
    totals
        ``actor, file, sheet, row, cell, said, found``: sums that the files state themselves.
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
    personal: pd.DataFrame
    deliveries: tuple[Delivery, ...]
    totals: pd.DataFrame
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
        When a file cannot be read as declared, when no actor has delivered anything, or when an
        invented file lies among the exports of a municipality that is not fictional.
    """
    parts = []
    for actor in settings.sources.values():
        find_files(actor, settings.municipality.exports)  # refused where two declarations overlap
    for source in (one for actor in settings.sources.values() for one in actor.each):
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
    deliveries = tuple(d for part in parts for d in part.deliveries)
    town = settings.municipality
    if not town.fictional:
        refuse_invented(deliveries, town.exports, settings.folder)
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
        effort=_per_actor([part.effort for part in parts], ["actor", "week"]),
        personal=_stack([part.personal for part in parts]),
        deliveries=deliveries,
        totals=_stack([part.totals for part in parts]),
        tally=_per_actor([part.tally for part in parts], ["actor"]),
    )


def clean_source(export: Export, settings: Settings, as_of: dt.date) -> Cleaning:
    """Clean one actor's export; see `clean`."""
    export = resolved(export, settings)
    source = export.source
    refusals = Refusals(export)
    dropped = apply_rules(export, refusals)
    persons = PersonalData(export)
    export = persons.guard(export, refusals, settings)
    when = read_when(export, np.datetime64(as_of + dt.timedelta(days=1), "s"), refusals)
    count = read_counts(export, refusals)
    persons.unread(export, refusals)
    areas = translate(export.columns.get("area"), len(export), source.areas, settings.areas)
    areas = as_it_was_called(export.columns.get("area"), areas, source.areas, when)
    areas, invalid = within_validity(areas, when, settings)
    categories = translate(
        export.columns.get("category"), len(export), source.categories, settings.categories
    )
    categories = as_it_was_called(
        export.columns.get("category"), categories, source.categories, when
    )
    twice = Refusals(export)
    said = Said(when, areas, categories, count)
    for rows, reason, note in repeated(export, refusals.kept, dropped, said):
        twice.refuse(rows, reason, note=note)
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
        incidents=incident_table(export, settings, when, count, areas, categories, kept),
        rejected=rejected,
        duplicates=duplicates,
        unmapped=unmapped_values(export, kept, areas, categories, invalid),
        unused=unused_translations(source, areas, categories, bool(export.deliveries)),
        candidates=pd.DataFrame(),
        candidate_pairs=0,
        effort=weekly_reporters(export, when, kept),
        personal=persons.table(),
        deliveries=export.deliveries,
        totals=export.totals,
        tally=tally,
    )


def _stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled or tables[:1], ignore_index=True)


def _per_actor(tables: list[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """The same of all declarations of an actor together."""
    table = _stack(tables)
    if not table.duplicated(keys).any():
        return table
    return table.groupby(keys, sort=False, as_index=False).sum()


def _below_each_other(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of incidents whose categorical columns stay categorical."""
    if len(tables) == 1:
        return tables[0]
    for name in ("place", "severity", "source_file", "source_sheet", "source_cell"):
        words = list(dict.fromkeys(w for table in tables for w in table[name].cat.categories))
        tables = [
            table.assign(**{name: table[name].cat.set_categories(pd.Index(words, dtype="str"))})
            for table in tables
        ]
    return pd.concat(tables, ignore_index=True)


def _no_exports(settings: Settings) -> None:
    source = next(iter(settings.sources.values()))
    others = ", ".join(unread_files(settings)[:MOST_NAMED])
    raise SourceError(
        f"no exports for {settings.municipality.name}",
        expected=f"files such as {source.files[0]} in {settings.municipality.exports}",
        found="no file of any actor" + (f"; what lies there is {others}" if others else ""),
        change=f"put the actors' exports there, mend files in {source.path}, or set exports in "
        "municipality.yaml",
        otherwise="no report is made",
    )
