"""What one written date means: the named forms, each read by one function."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from est_analysis.written_dates.words import MONTHS, WEEKDAYS

NO_FORM, NO_SUCH_DATE, NEEDS_YEAR = "no_form", "no_such_date", "needs_year"
TWO_DIGIT_YEARS = 80  # 00–79 are 2000–2079
_DAY = dt.timedelta(days=1)
_HOUR = dt.timedelta(hours=1)
_SERIAL_ZERO = dt.datetime(1899, 12, 30)  # day 0 of the 1900 system, for 1 March 1900 and later
_SERIALS = (18264, 73050)  # 1950 to 2099; other numbers are something else

_CLOCK = (
    r"(?:,? (?:(?:kl\.? ?)?(?P<hour>[0-9]{1,2})[.:](?P<minute>[0-9]{2})(?:[.:][0-9]{2})?"
    r"|kl\.? ?(?P<oclock>[0-9]{1,2})))?"
)
_SLASHED = re.compile(
    r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})"
    r"(?:(?: ?- ?|/)(?P<year>[0-9]{4}|[0-9]{2})|,? (?P<full>[0-9]{4}))?" + _CLOCK
)
_DOTTED = re.compile(
    r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4}|[0-9]{2})" + _CLOCK
)
_NAMED = re.compile(
    r"(?:(?!den )(?P<weekday>[a-zåäö]+)\.?,? )?(?:den )?(?P<day>[0-9]{1,2})(?::?[ea]|\.)? "
    r"(?P<name>[a-z]+)\.?(?:,? (?P<year>[0-9]{4}))?" + _CLOCK
)
_ISO = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})"
    r"(?:[t ](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?: ?(?P<offset>z|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_SERIAL = re.compile(r"[0-9]{5}(?:[.,](?P<part>[0-9]+))?")
_WEEK = r"(?:vecka|week|v|w)\.?"
_WEEK_YEAR = re.compile(rf"{_WEEK} ?([0-9]{{1,2}})(?:(?:, ?| ?- ?|/| )([0-9]{{4}}))?")
_YEAR_WEEK = re.compile(rf"([0-9]{{4}})[- ]?{_WEEK} ?([0-9]{{1,2}})|([0-9]{{4}})([0-9]{{2}})")
_MONTH = re.compile(r"(?P<name>[a-z]+)\.?(?: ?-? ?(?P<year>[0-9]{4})| ?-(?P<short>[0-9]{2}))?")
_YEAR_MONTH = re.compile(r"([0-9]{4})(?:-?|-? ?m)([0-9]{2})")
_WEEKEND = re.compile(r"helg(?:en)? (.+)")
_NIGHT = re.compile(r"natten (?:till|mot) (?:(?!den )(?P<weekday>[a-zåäö]+) )?(?P<rest>.+)")


@dataclass(frozen=True)
class Span:
    """A half-open span of local time; `end` equals `start` when the minute is known.

    `offset` says whether the text told its own, so that the time is local in any case.
    """

    start: dt.datetime
    end: dt.datetime
    precision: str
    offset: bool = False


@dataclass(frozen=True)
class Context:
    """What a text without a year is read with; year 0 and near None are unknown."""

    year: int
    near: dt.datetime | None
    timezone: ZoneInfo


Outcome = Span | str  # what it means, or why it cannot be read


def moment(start: dt.datetime, *, offset: bool = False) -> Span:
    """Return a moment that is known to the minute."""
    return Span(start, start, "minute", offset)


def day(start: dt.datetime) -> Span:
    """Return a whole day."""
    return Span(start, start + _DAY, "day")


def _iso(text: str, context: Context) -> Outcome:
    match = _ISO.fullmatch(text)
    if match is None:
        return NO_FORM
    try:
        midnight = dt.datetime.fromisoformat(match["date"])
        if match["hour"] is None:
            return day(midnight)
        start = _at(midnight, match["hour"], match["minute"], match["second"] or "0")
        if match["offset"] is not None:
            start = start.replace(tzinfo=_offset(match["offset"]))
            start = start.astimezone(context.timezone).replace(tzinfo=None)
        return moment(start, offset=match["offset"] is not None)
    except (ValueError, OverflowError):
        return NO_SUCH_DATE


@lru_cache
def _offset(text: str) -> dt.tzinfo | None:
    return dt.datetime.strptime(text.upper(), "%z").tzinfo


def _excel(text: str, context: Context) -> Outcome:
    match = _SERIAL.fullmatch(text)
    if match is None:
        return _iso(text, context)
    serial = float(text.replace(",", "."))
    if not _SERIALS[0] <= serial <= _SERIALS[1]:
        return NO_FORM
    if not (match["part"] or "").strip("0"):
        return day(_SERIAL_ZERO + dt.timedelta(days=serial))
    return moment(_SERIAL_ZERO + dt.timedelta(seconds=round(serial * 86_400)))


def _slashed(text: str, context: Context) -> Outcome:
    match = _SLASHED.fullmatch(text)
    if match is None:
        return NO_FORM
    return _dated(match, int(match["month"]), match["year"] or match["full"], context)


def _dotted(text: str, context: Context) -> Outcome:
    match = _DOTTED.fullmatch(text)
    return NO_FORM if match is None else _dated(match, int(match["month"]), match["year"], context)


def _named(text: str, context: Context) -> Outcome:
    match = _NAMED.fullmatch(text)
    if match is None or match["name"] not in MONTHS:
        return NO_FORM
    weekday = match["weekday"]
    if weekday is not None and weekday not in WEEKDAYS:
        return NO_FORM
    outcome = _dated(match, MONTHS[match["name"]], match["year"], context)
    if isinstance(outcome, Span) and weekday is not None:
        late = (match["hour"] or match["oclock"]) == "24"
        named = outcome.start - _DAY if late else outcome.start
        return outcome if named.isoweekday() == WEEKDAYS[weekday] else NO_SUCH_DATE
    return outcome


def _week(text: str, context: Context) -> Outcome:
    parts = _week_parts(text)
    if parts is None:
        return NO_FORM
    return _in_year(lambda year: _days_of_week(year, parts[0], 1, 7, "week"), parts[1], context)


def _weekend(text: str, context: Context) -> Outcome:
    match = _WEEKEND.fullmatch(text)
    parts = None if match is None else _week_parts(match[1])
    if parts is None:
        return NO_FORM

    def build(year: int) -> Span:
        friday = _days_of_week(year, parts[0], 5, 3, "interval")
        return Span(friday.start + 18 * _HOUR, friday.end, "interval")

    return _in_year(build, parts[1], context)


def _night(text: str, context: Context) -> Outcome:
    match = _NIGHT.fullmatch(text)
    if match is None:
        return NO_FORM
    weekday = WEEKDAYS.get(match["weekday"] or "", 0)
    if match["weekday"] is not None and not weekday:
        return NO_FORM
    parts = _week_parts(match["rest"])
    if parts is not None:
        if not weekday:
            return NO_FORM
        morning = _in_year(
            lambda year: _days_of_week(year, parts[0], weekday, 1, "day"), parts[1], context
        )
    else:
        morning = _first_that_fits((_slashed, _dotted, _named, _iso), match["rest"], context)
    if isinstance(morning, str):
        return morning
    if morning.precision != "day":
        return NO_FORM
    if weekday and morning.start.isoweekday() != weekday:
        return NO_SUCH_DATE
    return Span(morning.start - 2 * _HOUR, morning.start + 6 * _HOUR, "interval")


def _month(text: str, context: Context) -> Outcome:
    match = _YEAR_MONTH.fullmatch(text)
    if match is not None:
        year, number = match[1], int(match[2])
    else:
        match = _MONTH.fullmatch(text)
        if match is None or match["name"] not in MONTHS:
            return NO_FORM
        year, number = match["year"] or match["short"] or "", MONTHS[match["name"]]

    def build(year: int) -> Span:
        start = dt.datetime(year, number, 1)
        return Span(start, (start + 31 * _DAY).replace(day=1), "month")

    return _in_year(build, _full_year(year), context)


FORMS: dict[str, Callable[[str, Context], Outcome]] = {
    "iso": _iso,
    "excel": _excel,
    "day/month": _slashed,
    "dotted": _dotted,
    "week": _week,
    "weekend": _weekend,
    "night": _night,
    "month": _month,
    "day month": _named,
}


def _first_that_fits(
    forms: tuple[Callable[[str, Context], Outcome], ...], text: str, context: Context
) -> Outcome:
    outcomes = (form(text, context) for form in forms)
    return next((outcome for outcome in outcomes if outcome != NO_FORM), NO_FORM)


def _dated(match: re.Match[str], month: int, year: str | None, context: Context) -> Outcome:
    def build(year: int) -> Span:
        midnight = dt.datetime(year, month, int(match["day"]))
        hour = match["hour"] or match["oclock"]
        if hour is None:
            return day(midnight)
        return moment(_at(midnight, hour, match["minute"] or "0", "0"))

    return _in_year(build, _full_year(year or ""), context)


def _in_year(build: Callable[[int], Span], written: int, context: Context) -> Outcome:
    """Read with the written year, else the known one, else the latest that is not after `near`."""
    known = written or context.year
    if known:
        return _attempt(build, known)
    if context.near is None:
        outcome = _attempt(build, 2020)  # has 29 February and week 53
        return NO_SUCH_DATE if isinstance(outcome, str) else NEEDS_YEAR
    for year in range(context.near.year + 1, context.near.year - 2, -1):
        outcome = _attempt(build, year)
        if isinstance(outcome, Span) and outcome.start <= context.near + _DAY:
            return outcome
    return NO_SUCH_DATE


def _attempt(build: Callable[[int], Span], year: int) -> Outcome:
    try:
        return build(year)
    except (ValueError, OverflowError):
        return NO_SUCH_DATE


def _full_year(digits: str) -> int:
    """Return the year, 0 when it is not written; -1, which no date has, for 80–99 and 0000."""
    if not digits:
        return 0
    year = int(digits)
    if len(digits) == 2:
        return 2000 + year if year < TWO_DIGIT_YEARS else -1
    return year or -1


def _at(midnight: dt.datetime, hour: str, minute: str, second: str) -> dt.datetime:
    if (int(hour), int(minute), int(second)) == (24, 0, 0):
        return midnight + _DAY
    return midnight.replace(hour=int(hour), minute=int(minute), second=int(second))


def _week_parts(text: str) -> tuple[int, int] | None:
    """Week and year (0 when it is not written)."""
    match = _WEEK_YEAR.fullmatch(text)
    if match is not None:
        return int(match[1]), _full_year(match[2] or "")
    match = _YEAR_WEEK.fullmatch(text)
    if match is None:
        return None
    return int(match[2] or match[4]), _full_year(match[1] or match[3])


def _days_of_week(year: int, week: int, first: int, days: int, precision: str) -> Span:
    start = dt.datetime.fromisocalendar(year, week, first)
    return Span(start, start + days * _DAY, precision)
