"""What returns every year, as terms of a log-linear model: season, holidays, school breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar_events import Entry, calendar_events

Numbers = npt.NDArray[np.float64]

PAIRS = 2  # of harmonics: a year's wave and its half; shorter waves follow single weeks' chance
DAYS_OF_YEAR = 365.2425
_FAMILIES = {  # the days of one feast are one effect; by the event's id without its year
    "langfredagen": "easter",
    "paskdagen": "easter",
    "annandag-pask": "easter",
    "valborg": "valborg",
    "forsta-maj": "valborg",
    "midsommarafton": "midsummer",
    "midsommardagen": "midsummer",
    "julafton": "christmas",
    "juldagen": "christmas",
    "annandag-jul": "christmas",
    "nyarsnatten": "new_year",
    "nyarsdagen": "new_year",
    "halloween": "halloween",
    "lucia": "lucia",
    "lonehelg": "pay_weekend",
}
_DAYS = {  # of a whole feast: a week that holds them all has the value 1
    "easter": 3, "valborg": 2, "midsummer": 2, "christmas": 3, "new_year": 2, "pay_weekend": 3,
}  # fmt: skip
_SCHOOL_WEEK = 5
_OWN = ("school_break", "local")


@dataclass(frozen=True)
class YearlyTerms:
    """Terms per step; every column is one coefficient of a log-linear model.

    Attributes
    ----------
    starts
        The steps: Mondays, or firsts of months.
    season
        Steps × 2·pairs: cosine and sine of the year's wave and its harmonics.
    calendar
        Steps × families: 1 for a step that holds a whole feast or five school days of a break,
        a part of it for a part, 0 otherwise.
    families
        The columns of `calendar`: ``easter``, ``valborg``, ``midsummer``, ``christmas``,
        ``new_year``, ``halloween``, ``lucia``, ``pay_weekend``, ``holiday`` (other public
        holidays), and the names of the municipality's school breaks and local events.
    """

    starts: pd.DatetimeIndex
    season: Numbers
    calendar: Numbers
    families: tuple[str, ...]


def yearly_terms(
    starts: pd.DatetimeIndex,
    step: str = "week",
    school_breaks: Iterable[Entry] = (),
    local_events: Iterable[Entry] = (),
    pairs: int = PAIRS,
) -> YearlyTerms:
    """Season and calendar of each step, with feasts that move where they stand each year.

    Parameters
    ----------
    starts
        Every Monday (``step="week"``) or first of the month (``"month"``), also of weeks to come.
    school_breaks, local_events
        The municipality's own; those of the same name are one effect, whatever their year.
    pairs
        Pairs of harmonics.

    Returns
    -------
    YearlyTerms
        A monthly series has no calendar terms: feasts stay within the same month, or share it
        with too many ordinary days to be told apart. Families that do not occur are left out.

    Examples
    --------
    >>> weeks = pd.date_range("2025-04-07", periods=4, freq="7D")
    >>> terms = yearly_terms(weeks)
    >>> pd.DataFrame(terms.calendar, weeks, terms.families)[["easter", "valborg"]].round(2)
                easter  valborg
    2025-04-07    0.00      0.0
    2025-04-14    0.67      0.0
    2025-04-21    0.33      0.0
    2025-04-28    0.00      1.0
    """
    season = season_terms(starts, step, pairs)
    if step != "week" or not len(starts):
        return YearlyTerms(starts, season, np.zeros((len(starts), 0)), ())
    days, families = _family_days(starts, tuple(school_breaks), tuple(local_events))
    by_week = days.reshape(len(starts), 7, len(families)).sum(axis=1)
    sizes = np.array([_DAYS.get(family, 1) for family in families], dtype=float)
    return YearlyTerms(starts, season, by_week / sizes, families)


def season_terms(starts: pd.DatetimeIndex, step: str = "week", pairs: int = PAIRS) -> Numbers:
    """Cosine and sine of the year's wave and its harmonics at the middle of each step.

    Returns
    -------
    array
        Steps × 2·pairs. The year is 365.2425 days, so week 53 is a week like others.

    Examples
    --------
    >>> season_terms(pd.DatetimeIndex(["2024-12-30", "2025-04-07"]), pairs=1).round(1).tolist()
    [[1.0, 0.0], [-0.1, 1.0]]
    """
    half = 3.5 if step == "week" else DAYS_OF_YEAR / 24
    day = (starts - pd.Timestamp("2001-01-01")).total_seconds().to_numpy() / 86_400 + half
    angle = 2 * np.pi * (day / DAYS_OF_YEAR)[:, None] * np.arange(1, pairs + 1)
    both = np.stack([np.cos(angle), np.sin(angle)], axis=2)
    return np.asarray(both.reshape(len(starts), 2 * pairs), dtype=float)


def family_of(event_id: str, event: str, kind: str) -> str:
    """The effect that a row of `calendar_events` belongs to, the same in every year."""
    if kind in _OWN:
        return event
    key = re.sub(r"(-\d{4})(-\d{2})?$", "", event_id)
    return _FAMILIES.get(key, "holiday")


def _family_days(
    starts: pd.DatetimeIndex, school_breaks: tuple[Entry, ...], local_events: tuple[Entry, ...]
) -> tuple[Numbers, tuple[str, ...]]:
    """Days × families: what each day adds to its week's term."""
    first, last = starts[0].date(), (starts[-1] + pd.Timedelta(days=6)).date()
    events = calendar_events(first, last, school_breaks, local_events)
    days = pd.date_range(first, last, freq="D").to_numpy("datetime64[D]")
    found: dict[str, Numbers] = {}
    for row in events.to_dict("records"):
        family = family_of(row["event_id"], row["event"], row["kind"])
        begin = np.datetime64(row["start"].date(), "D")
        end = np.datetime64((row["end"] - pd.Timedelta(seconds=1)).date(), "D")
        inside = (days >= begin) & (days <= end)
        weekday = (days.astype(int) + 3) % 7
        amount = np.ones(len(days))
        if row["kind"] == "school_break":  # a break has its effect by school days
            amount = np.where(weekday < _SCHOOL_WEEK, 1 / _SCHOOL_WEEK, 0)
        elif row["kind"] == "local":
            amount /= max(int(inside.sum()), 1)
        elif family == "holiday":
            amount = np.where(weekday < 6, 1.0, 0)  # a Sunday is one anyhow
        own = found.setdefault(family, np.zeros(len(days)))
        np.maximum(own, np.where(inside, amount, 0), out=own)
    used = {family: own for family, own in found.items() if own.any()}
    families = tuple(used)
    table = np.stack(list(used.values()), axis=1) if used else np.zeros((len(days), 0))
    return table, families
