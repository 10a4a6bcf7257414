"""The day of the extract: as asked for, as the settings have it, or as far as the files reach."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from est_analysis.config import Settings, SourceFormat
from est_analysis.config.table_form import PARTS
from est_analysis.errors import SettingsError
from est_analysis.incidents.when import last_days
from est_analysis.intake import read_export
from est_analysis.sources import Export, shared_tables
from est_analysis.sources.shared import SharedTables

DATES = ("occurred_from", "occurred_to", "reported_at", "year", *PARTS)  # the fields that tell days
LONE_DAYS = 28  # without a row, before what follows can be strays
LONE_ROWS = 0.01  # of all rows, and at least one: more are no strays
USUAL = 10  # rows in so many days; where fewer are usual, a gap is nothing

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ExtractDay:
    """A day, and whose file reaches so far where neither the user nor the settings say a day."""

    day: dt.date
    actor: str = ""
    file: str = ""


def day_asked(text: str) -> dt.date | None:
    """The day that a user names (``2026-01-12``); None where none is.

    Raises
    ------
    SettingsError
        When it is no day.
    """
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            "no such day",
            expected="a date such as 2026-01-12",
            found=f'"{text}"',
            change="write year-month-day in --as-of, or in the notebook's as_of",
            otherwise="nothing is read",
        ) from None


def extract_day(text: str, settings: Settings) -> ExtractDay:
    """The day of the extract: as given, else the settings' own, else the latest day of the files.

    That is the last day that the bulk of an actor's rows reaches, by when they happened or were
    registered: a mistyped year moves nothing, and no day after today is one. Today where no file
    has a date.
    """
    known = day_asked(text) or settings.municipality.as_of
    if known is not None:
        return ExtractDay(known)
    dated = [_dated(one) for source in settings.sources.values() for one in source.each]
    tables = shared_tables(dated, settings.municipality.exports)
    found = [
        latest for source in dated if (latest := _reached(source, settings, tables)) is not None
    ]
    return max(found, key=lambda one: one.day, default=ExtractDay(dt.date.today()))


def day_of_extract(text: str, settings: Settings) -> dt.date:
    """The day of `extract_day` alone."""
    return extract_day(text, settings).day


def _reached(source: SourceFormat, settings: Settings, tables: SharedTables) -> ExtractDay | None:
    """How far an actor's files reach."""
    export = read_export(source, settings.municipality.exports, tables)
    days = last_days(export)
    today = int(np.datetime64(dt.date.today(), "D").astype(int))
    known = np.flatnonzero((days > np.iinfo(np.int64).min) & (days <= today))
    if not len(known):
        return None
    last = last_of_the_bulk(days[known])
    return ExtractDay(_date(last), source.actor, _file_with(last, days, export))


def _dated(source: SourceFormat) -> SourceFormat:
    """What is read for its dates; which layout a file has all of its columns tell."""
    if source.layouts or source.table.unpivot is not None:
        return source
    fields = {name: column for name, column in source.columns.items() if name in DATES}
    return replace(source, columns=fields, identity=(), drop=())


def _file_with(day: int, days: Days, export: Export) -> str:
    return export.deliveries[int(export.file[np.argmax(days == day)])].file


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(day)


def last_of_the_bulk(days: Days) -> int:
    """The last of some days, without strays after it.

    Strays are at most one row in a hundred (or one) that come after four weeks or more without
    any, in which ten would be usual.

    Examples
    --------
    >>> every_day = np.arange(300)
    >>> last_of_the_bulk(every_day), last_of_the_bulk(np.append(every_day, [700, 701, 9000]))
    (299, 299)
    >>> last_of_the_bulk(np.arange(0, 300, 30))  # once a month: a month without is nothing
    270
    """
    days = np.sort(days)
    most = max(1, int(LONE_ROWS * len(days)))
    for strays in range(min(most, len(days) - 1), 0, -1):
        bulk = days[:-strays]
        gap = int(days[-strays] - bulk[-1])
        usual = len(bulk) / (int(bulk[-1] - bulk[0]) + 1) * gap
        if gap >= LONE_DAYS and usual >= USUAL:
            return int(bulk[-1])
    return int(days[-1])
