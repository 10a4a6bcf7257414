"""Days and nights of the year that are unlike others: holidays, breaks, pay weekends, events."""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Protocol

import pandas as pd

from est_analysis.errors import SettingsError

_DAY = dt.timedelta(days=1)
_COLUMNS = ("event_id", "event", "kind", "start", "end")
EVENT_KINDS = ("holiday", "eve", "night", "pay_weekend", "school_break", "local")
_LANGUAGES = {"sv": "sv", "en": "en_US"}  # ours: that of the package holidays
_NAMES = {
    "valborg": {"sv": "Valborgsnatten", "en": "Walpurgis Night"},
    "nyarsnatten": {"sv": "Nyårsnatten", "en": "New Year's night"},
    "midsommarafton": {"sv": "Midsommarafton", "en": "Midsummer Eve"},
    "halloween": {"sv": "Halloween", "en": "Halloween"},
    "lucia": {"sv": "Lucia", "en": "St Lucia's Day"},
    "julafton": {"sv": "Julafton", "en": "Christmas Eve"},
    "lonehelg": {"sv": "Lönehelg", "en": "Payday weekend"},
}

_Row = tuple[str, str, str, dt.datetime, dt.datetime]


class Entry(Protocol):
    """A school break or local event as the municipality writes it; both ends inclusive."""

    @property
    def id(self) -> str:
        """A unique short name."""

    def named(self, language: str) -> str:
        """What a report in that language calls it."""

    @property
    def start(self) -> dt.date:
        """The first day."""

    @property
    def end(self) -> dt.date:
        """The last day."""


def calendar_events(
    start: dt.date,
    end: dt.date,
    school_breaks: Iterable[Entry] = (),
    local_events: Iterable[Entry] = (),
    language: str = "sv",
) -> pd.DataFrame:
    """List the days and nights of a period that are unlike others.

    An event that touches the period is included whole: the night to 1 May belongs both to a
    period that ends on 30 April and to one that begins on 1 May.

    Parameters
    ----------
    start, end
        The first and last day, both inclusive.
    school_breaks, local_events
        The municipality's own, with inclusive ends.
    language
        ``sv`` or ``en``: the language of the names; one without an English name keeps its own.

    Returns
    -------
    DataFrame
        In order of time: ``event_id`` (the same in every language), ``event``, ``kind`` (of
        `EVENT_KINDS`), ``start`` and ``end`` (datetime64[s], half-open). Holidays are the Swedish
        public ones without plain Sundays (package holidays). Eves, and as such Halloween and Lucia,
        are whole days. Nights are Valborg (30 April 18:00 to 06:00) and New Year (31 December 18:00
        to 06:00). A pay weekend begins on the first Friday 18:00 from the payday on and ends on
        Monday 00:00; the payday is the 25th, or the Friday before a Saturday or Sunday.

    Raises
    ------
    SettingsError
        When the language is another.

    Examples
    --------
    >>> table = calendar_events(dt.date(2025, 4, 30), dt.date(2025, 5, 1))
    >>> print(table[["event", "kind", "start"]].to_string(index=False))
             event    kind               start
    Valborgsnatten   night 2025-04-30 18:00:00
        Första maj holiday 2025-05-01 00:00:00
    """
    if language not in _LANGUAGES:
        raise SettingsError(
            "cannot name the calendar's events",
            expected=f"language {' or '.join(_LANGUAGES)}",
            found=repr(language),
            change="language: sv",
            otherwise="no report is made",
        )
    rows = list(_entries(school_breaks, "school_break", language))
    rows += _entries(local_events, "local", language)
    for year in range(start.year - 1, end.year + 1):  # the year before: its New Year's night
        rows += _holidays(year, language)
        rows += _eves_and_nights(year, language)
        rows += (_pay_weekend(year, month, language) for month in range(1, 13))
    first, after = _midnight(start), _midnight(end + _DAY)
    inside = [row for row in rows if row[3] < after and row[4] > first]
    inside.sort(key=lambda row: (row[3], row[4], row[0]))
    table = pd.DataFrame(inside, columns=_COLUMNS)
    return table.astype({"start": "datetime64[s]", "end": "datetime64[s]"})


def _entries(entries: Iterable[Entry], kind: str, language: str) -> Iterator[_Row]:
    for entry in entries:
        first, after = _midnight(entry.start), _midnight(entry.end + _DAY)
        yield entry.id, entry.named(language), kind, first, after


@functools.cache
def _holidays(year: int, language: str) -> tuple[_Row, ...]:
    import holidays

    swedish = holidays.country_holidays("SE", years=year, language="sv")
    named = holidays.country_holidays("SE", years=year, language=_LANGUAGES[language])
    return tuple(
        (f"{_slug(key)}-{year}", name, "holiday", _midnight(day), _midnight(day + _DAY))
        for day in sorted(swedish)
        for key, name in zip(swedish.get_list(day), named.get_list(day), strict=True)
    )


def _eves_and_nights(year: int, language: str) -> Iterator[_Row]:
    midsummer = dt.date(year, 6, 19)
    midsummer += (4 - midsummer.weekday()) % 7 * _DAY  # the Friday of 19–25 June
    for key, day in (
        ("midsommarafton", midsummer),
        ("halloween", dt.date(year, 10, 31)),
        ("lucia", dt.date(year, 12, 13)),
        ("julafton", dt.date(year, 12, 24)),
    ):
        yield f"{key}-{year}", _NAMES[key][language], "eve", _midnight(day), _midnight(day + _DAY)
    for key, day in (("valborg", dt.date(year, 4, 30)), ("nyarsnatten", dt.date(year, 12, 31))):
        evening = _midnight(day) + dt.timedelta(hours=18)
        morning = evening + dt.timedelta(hours=12)
        yield f"{key}-{year}", _NAMES[key][language], "night", evening, morning


def _pay_weekend(year: int, month: int, language: str) -> _Row:
    payday = dt.date(year, month, 25)
    weekday = payday.weekday()
    friday = _midnight(payday + (4 - weekday) * _DAY)  # also backwards, from a Saturday or Sunday
    name = _NAMES["lonehelg"][language]
    begin = friday + dt.timedelta(hours=18)
    return f"lonehelg-{year}-{month:02d}", name, "pay_weekend", begin, friday + 3 * _DAY


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z]+", "-", plain).strip("-")
