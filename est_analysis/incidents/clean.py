"""One actor's export, or all of them, → canonical incidents with an account of every row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

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
from est_analysis.incidents.corrections import net_corrections
from est_analysis.incidents.counted import read_counts
from est_analysis.incidents.duplicates import Said, candidates, count_keys, repeated
from est_analysis.incidents.persons import PersonalData
from est_analysis.incidents.refusals import AFTER, BY_RULE, REPEATS, Refusals
from est_analysis.incidents.registered import registered_by
from est_analysis.incidents.screening import apply_rules, leave_out_totals
from est_analysis.incidents.translate import as_it_was_called, translate, within_validity
from est_analysis.incidents.unread import unread_rows
from est_analysis.incidents.when import read_when
from est_analysis.intake import (
    Reading,
    doubts,
    missed_sums,
    read_export,
    refuse_doubted,
    resolved,
    told,
)
from est_analysis.sources import (
    Delivery,
    Export,
    find_files,
    refuse_invented,
    shared_tables,
    unread_files,
)

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
    unread
        Rows that cannot be placed or counted, by day: `unread.COLUMNS`.
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
    tally
        Per actor: ``read = kept + rejected + duplicates``.
    suspicions
        ``actor, suspicion, grave, rows, expected, found, change``: what is doubted of the
        deliveries. With a ``grave`` one no report is made.
    missed_sums
        ``actor, file, sheet, row, cell, said, found, first, last``: sums that a file states of its
        own rows, which these miss; see `intake.missed_sums`.
    """

    incidents: pd.DataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame
    unmapped: pd.DataFrame
    unread: pd.DataFrame
    unused: pd.DataFrame
    candidates: pd.DataFrame
    candidate_pairs: int
    effort: pd.DataFrame
    personal: pd.DataFrame
    deliveries: tuple[Delivery, ...]
    tally: pd.DataFrame
    suspicions: pd.DataFrame
    missed_sums: pd.DataFrame

    @property
    def delivered(self) -> tuple[Delivery, ...]:
        """The files that were there on the day of the extract: not all that they hold is later."""
        lost = self.rejected[self.rejected["reason"].isin((*AFTER, *BY_RULE))]
        lost = lost.assign(later=lost["reason"].isin(AFTER))
        table = lost.groupby(["actor", "file"])["later"].agg(["size", "any"])
        gone = {place: row["size"] for place, row in table.iterrows() if row["any"]}
        return tuple(d for d in self.deliveries if gone.get((d.actor, d.file), -1) < d.rows)


def clean(
    settings: Settings,
    as_of: dt.date,
    progress: Callable[[str], None] = lambda line: None,
    *,
    believe: bool = False,
) -> Cleaning:
    """Read and clean every actor's exports.

    Parameters
    ----------
    settings
        The municipality's settings.
    as_of
        The day of the extract. What was registered after it did not exist then and is left out
        (``registered_later``); incidents after it are rejected as ``future_date``.
    progress
        Called with a line of text before and after each actor, and for each doubt.
    believe
        Go on with deliveries that are gravely doubted: for who tells of them, never for a report.

    Raises
    ------
    SourceError
        When a file cannot be read as declared, or is doubted so that a number might be another
        one; when no actor has delivered anything, or when an
        invented file lies among the exports of a municipality that is not fictional.
    """
    parts = []
    exports = settings.municipality.exports
    for actor in settings.sources.values():
        find_files(actor, exports)  # refused where two declarations overlap
    every = [one for actor in settings.sources.values() for one in actor.each]
    tables = shared_tables(every, exports)
    for source in every:
        progress(f"{source.name}: reading")
        part = clean_source(read_export(source, exports, tables), settings, as_of)
        row = part.tally.iloc[0]
        progress(
            f"{source.name}: {row['read']:,} rows read, {row['kept']:,} kept, "
            f"{row['rejected']:,} left out, {row['duplicates']:,} duplicates"
            if part.deliveries
            else f"{source.name}: no file"
        )
        for line in [] if believe else told(part.suspicions):
            progress(f"{source.name}: {line}")
        parts.append(part)
    if not any(part.deliveries for part in parts):
        _no_exports(settings)
    deliveries = tuple(d for part in parts for d in part.deliveries)
    town = settings.municipality
    if not town.fictional:
        refuse_invented(deliveries, town.exports, settings.folder)
    suspicions = _stack([part.suspicions for part in parts])
    if not believe:
        refuse_doubted(suspicions, settings)
    incidents = _below_each_other([part.incidents for part in parts])
    pairs, number = candidates(incidents, settings.municipality.duplicate_window_minutes)
    return Cleaning(
        incidents=incidents,
        rejected=_stack([part.rejected for part in parts]),
        duplicates=_stack([part.duplicates for part in parts]),
        unmapped=_stack([part.unmapped for part in parts]),
        unread=_stack([part.unread for part in parts]),
        unused=_stack([part.unused for part in parts]),
        candidates=pairs,
        candidate_pairs=number,
        effort=_per_actor([part.effort for part in parts], ["actor", "week"]),
        personal=_stack([part.personal for part in parts]),
        deliveries=deliveries,
        tally=_per_actor([part.tally for part in parts], ["actor"]),
        suspicions=suspicions,
        missed_sums=_stack([part.missed_sums for part in parts]),
    )


def clean_source(export: Export, settings: Settings, as_of: dt.date) -> Cleaning:
    """Clean one actor's export; see `clean`."""
    export = resolved(export, settings)
    source = export.source
    limit = np.datetime64(as_of + dt.timedelta(days=1), "s")
    export, reported, later = registered_by(export, limit)
    refusals = Refusals(export)
    dropped = apply_rules(export, refusals)
    persons = PersonalData(export)
    export = persons.guard(export, refusals, settings)
    when = read_when(export, limit, refusals, reported)
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
    totals = leave_out_totals(export, refusals)
    said = Said(when, areas, categories, count.value)
    if source.corrections:
        keys = count_keys(export, said, refusals.kept)
        value, netted = net_corrections(export, keys, count.value, refusals)
        count, said = replace(count, value=value), replace(said, count=value)
        twice.refuse(netted, "netted", "count")
    again = repeated(export, refusals.kept & twice.kept, dropped, said)
    for rows, reason, note in again.reasons:
        twice.refuse(rows, reason, note=note)
    kept = refusals.kept & twice.kept
    rejected, twice_table = _stack([refusals.table(), later]), twice.table()
    reading = Reading(
        export=export,
        settings=settings,
        as_of=as_of,
        start=when.start,
        end=when.end,
        precision=when.precision,
        reported_at=when.reported_at,
        whole_days=when.whole_days,
        area=areas,
        category=categories,
        count=count.value,
        kept=kept,
        totals=totals,
        earlier=again.earlier,
        later=again.later,
        rejected=rejected,
    )
    duplicates = twice_table[twice_table["reason"].isin(REPEATS)].reset_index(drop=True)
    tally = pd.DataFrame(
        {
            "actor": [source.actor],
            "read": [export.rows_read + len(later)],
            "kept": [int(kept.sum())],
            "rejected": [len(rejected)],
            "duplicates": [len(duplicates)],
        }
    )
    return Cleaning(
        incidents=incident_table(export, settings, when, count.value, areas, categories, kept),
        rejected=rejected,
        duplicates=duplicates,
        unmapped=unmapped_values(export, kept, areas, categories, invalid),
        unread=unread_rows(export, settings, refusals, kept, when, count, areas, categories),
        unused=unused_translations(source, areas, categories, bool(export.deliveries)),
        candidates=pd.DataFrame(),
        candidate_pairs=0,
        effort=weekly_reporters(export, when, kept),
        personal=persons.table(),
        deliveries=export.deliveries,
        tally=tally,
        suspicions=doubts(reading),
        missed_sums=missed_sums(reading),
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
    for name in ("place", "source_file", "source_sheet", "source_cell"):
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
