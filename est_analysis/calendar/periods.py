"""Periods of whole days: tertials, months, weeks and the like; both ends are inclusive."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn

import pandas as pd

from est_analysis.calendar.weeks import monday_of_week, weeks_of_year
from est_analysis.errors import PeriodError

Kind = Literal["week", "month", "quarter", "tertial", "half-year", "year", "days"]

LEGAL_FORMS = (
    "2025-T1 to T3, 2025-Q1 to Q4, 2025-H1 or H2, 2025-03, 2025, 2025-W14 or 2025-01-01..2025-02-15"
)
FIRST_YEAR, LAST_YEAR = 1900, 2199  # beyond these a year is a typing error
_DAY = dt.timedelta(days=1)
_MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "tertial": 4, "half-year": 6, "year": 12}
_LETTERS: dict[str, Kind] = {"T": "tertial", "Q": "quarter", "H": "half-year"}


@dataclass(frozen=True)
class Period:
    """A run of whole days; `start` and `end` are both inclusive.

    Attributes
    ----------
    label
        As `parse_period` reads it: ``2025-T3``.
    kind
        What neighbouring periods and earlier years are counted in.

    Examples
    --------
    >>> period = parse_period("2025-T3")
    >>> period.days, round(period.weeks, 2)
    (122, 17.43)
    >>> period.years_before(1).label, period.before().label, period.after().label
    ('2024-T3', '2025-T2', '2026-T1')
    """

    label: str
    kind: Kind
    start: dt.date
    end: dt.date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days + 1

    @property
    def weeks(self) -> float:
        """The number of days divided by 7: what counts per week are divided by."""
        return self.days / 7

    @property
    def years(self) -> int:
        """Whole years from this period back to the nearest one that shares no day with it.

        Examples
        --------
        >>> [parse_period(text).years for text in ("2025-T3", "2025", "2024-01-01..2025-12-31")]
        [1, 1, 2]
        """
        n = 1
        while self.years_before(n).end >= self.start:
            n += 1
        return n

    def earlier(self, n: int = 1) -> Period:
        """Return the n:th period that this one is compared with: of its length, in its season.

        The same period `n` years before; of one longer than a year so many times whole years that
        none overlaps the next.

        Examples
        --------
        >>> parse_period("2024-01-01..2025-12-31").earlier(1).label
        '2022-01-01..2023-12-31'
        """
        return self.years_before(n * self.years)

    def years_before(self, n: int) -> Period:
        """Return the same period `n` years earlier.

        A week keeps its ISO number, but week 53 becomes week 52 in a year without one. Other days
        keep their dates, but 29 February becomes 28 February in a year without one.

        Examples
        --------
        >>> parse_period("2020-W53").years_before(1).label
        '2019-W52'
        """
        if self.kind == "week":
            year, week, _ = self.start.isocalendar()
            return _week(year - n, min(week, weeks_of_year(year - n)))
        if self.kind == "days":
            return _days(_in_year(self.start, -n), _in_year(self.end, -n))
        return self._shifted(-n * 12 // _MONTHS[self.kind])

    def last_12_months(self) -> Period:
        """Return the twelve months that end with this period's last day, as a ``days`` period.

        An end on the last of a month gives a start on the first of one.

        Examples
        --------
        >>> parse_period("2025-02").last_12_months().label
        '2024-03-01..2025-02-28'
        """
        after = self.end + _DAY
        start = _in_year(after, -1) if after.day == 1 else _in_year(self.end, -1) + _DAY
        return _days(start, self.end)

    def before(self) -> Period:
        """Return the period of the same kind that ends the day before this one begins."""
        return self._shifted(-1)

    def after(self) -> Period:
        """Return the period of the same kind that begins the day after this one ends."""
        return self._shifted(1)

    def _shifted(self, steps: int) -> Period:
        if self.kind in ("week", "days"):
            shift = dt.timedelta(days=steps * self.days)
            if self.kind == "days":
                return _days(self.start + shift, self.end + shift)
            year, week, _ = (self.start + shift).isocalendar()
            return _week(year, week)
        size = _MONTHS[self.kind]
        year, part = divmod(
            (12 * self.start.year + self.start.month - 1) // size + steps, 12 // size
        )
        return _months(year, self.kind, part + 1)


def parse_period(text: str) -> Period:
    """Read a period as analysts write it.

    Parameters
    ----------
    text
        ``2025-T1``–``T3``, ``2025-Q1``–``Q4``, ``2025-H1`` or ``H2``, ``2025-03``, ``2025``,
        ``2025-W14`` (or ``2025-v14``), ``2025-01-01..2025-02-15`` (both inclusive). Upper or lower
        case; white space is ignored.

    Raises
    ------
    PeriodError
        When the text has none of these forms, or names days that do not exist.

    Examples
    --------
    >>> parse_period("2025-v14")
    Period(label='2025-W14', kind='week', start=datetime.date(2025, 3, 31),
           end=datetime.date(2025, 4, 6))
    """
    short = "".join(text.split()).upper()
    for pattern, read in _FORMS:
        match = pattern.fullmatch(short)
        if match:
            years = [int(word) for word in re.findall("[0-9]{4}", short)]
            if not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
                _refuse(text, f"a year from {FIRST_YEAR} to {LAST_YEAR}", "correct the year")
            return read(text, *match.groups())
    _refuse(text, LEGAL_FORMS, "write the period in one of these forms")


def tertial_of(date: dt.date) -> Period:
    """Return the tertial (January–April, May–August, September–December) that a date belongs to.

    Examples
    --------
    >>> tertial_of(dt.date(2025, 5, 1)).label
    '2025-T2'
    """
    return _months(date.year, "tertial", (date.month - 1) // 4 + 1)


def same_day(day: dt.date, years: int, *, by_week: bool = False) -> dt.date:
    """Return the day that answers to a date some years later (earlier, where negative).

    Parameters
    ----------
    by_week
        The same weekday of the ISO week of that number (week 53 becomes 52 in a year without one);
        else the same date (29 February becomes 28 February in a year without one).

    Examples
    --------
    >>> same_day(dt.date(2024, 2, 29), -1), same_day(dt.date(2025, 9, 1), -1, by_week=True)
    (datetime.date(2023, 2, 28), datetime.date(2024, 9, 2))
    """
    if not by_week:
        return _in_year(day, years)
    year, week, weekday = day.isocalendar()
    week = min(week, weeks_of_year(year + years))
    return dt.date.fromisocalendar(year + years, week, weekday)


def mondays_in(period: Period) -> pd.DatetimeIndex:
    """Return the Mondays (datetime64[s]) of all ISO weeks that share a day with the period.

    Examples
    --------
    >>> mondays_in(parse_period("2025-T1"))[[0, -1]].strftime("%Y-%m-%d").tolist()
    ['2024-12-30', '2025-04-28']
    """
    first = period.start - dt.timedelta(days=period.start.weekday())
    return pd.date_range(first, period.end, freq="7D", unit="s")


def months_in(period: Period) -> pd.DatetimeIndex:
    """Return the first days (datetime64[s]) of all months that share a day with the period.

    Examples
    --------
    >>> len(months_in(parse_period("2025-01-31..2025-03-01")))
    3
    """
    return pd.date_range(period.start.replace(day=1), period.end, freq="MS", unit="s")


def _refuse(text: str, expected: str, change: str) -> NoReturn:
    raise PeriodError(
        f"cannot understand the period {text.strip()!r}",
        expected=expected,
        found=repr(text.strip()),
        change=change,
        otherwise="nothing is counted for this period",
    )


def _read_year(text: str, year: str) -> Period:
    return _months(int(year), "year", 1)


def _read_part(text: str, year: str, letter: str, number: str) -> Period:
    kind = _LETTERS[letter]
    last = 12 // _MONTHS[kind]
    if not 1 <= int(number) <= last:
        _refuse(text, f"{year}-{letter}1 to {year}-{letter}{last}", f"a year has {last} such parts")
    return _months(int(year), kind, int(number))


def _read_month(text: str, year: str, month: str) -> Period:
    if not 1 <= int(month) <= 12:
        _refuse(text, f"a month from {year}-01 to {year}-12", "correct the month")
    return _months(int(year), "month", int(month))


def _read_week(text: str, year: str, week: str) -> Period:
    return _week(int(year), int(week))


def _read_days(text: str, first: str, last: str) -> Period:
    for day in (first, last):
        try:
            dt.date.fromisoformat(day)
        except ValueError:
            _refuse(text, "dates that exist", f"correct {day}: there is no such day")
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    if end < start:
        _refuse(text, "an end on or after the start", f"swap them: {end}..{start}")
    return _days(start, end)


_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Period]], ...] = (
    (re.compile("([0-9]{4})"), _read_year),
    (re.compile("([0-9]{4})-?([TQH])([0-9])"), _read_part),
    (re.compile("([0-9]{4})-([0-9]{2})"), _read_month),
    (re.compile(r"([0-9]{4})-?[WV]\.?([0-9]{1,2})"), _read_week),
    (re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})"), _read_days),
)


def _months(year: int, kind: Kind, part: int) -> Period:
    size = _MONTHS[kind]
    start = dt.date(year, (part - 1) * size + 1, 1)
    end = (dt.date(year, part * size, 28) + 4 * _DAY).replace(day=1) - _DAY
    letter = {name: letter for letter, name in _LETTERS.items()}.get(kind)
    label = f"{year}-{letter}{part}" if letter else f"{year}-{part:02d}"
    return Period(str(year) if kind == "year" else label, kind, start, end)


def _week(year: int, week: int) -> Period:
    monday = monday_of_week(year, week)
    return Period(f"{year}-W{week:02d}", "week", monday, monday + 6 * _DAY)


def _days(start: dt.date, end: dt.date) -> Period:
    return Period(f"{start}..{end}", "days", start, end)


def _in_year(day: dt.date, years: int) -> dt.date:
    year = day.year + years
    try:
        return day.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)
