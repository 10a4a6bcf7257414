"""Read a column of written dates with the forms that its source declares."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.errors import SettingsError
from est_analysis.written_dates.grains import GRAIN_FORMS, span_of, taken_apart
from est_analysis.written_dates.patterns import compiled, iso_text
from est_analysis.written_dates.spans import (
    FORMS,
    NO_FORM,
    NO_SUCH_DATE,
    Context,
    Outcome,
    Span,
)
from est_analysis.written_dates.words import plain

Moments = npt.NDArray[np.datetime64]
Objects = npt.NDArray[np.object_]
BLANK = "blank"
_DATE = "(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}"  # numpy has a year 0
_EXACT = (  # length, shape, pattern: what pandas reads fast, and nothing else
    (10, re.compile(_DATE), "%Y-%m-%d"),
    (16, re.compile(f"{_DATE} [0-9]{{2}}:[0-9]{{2}}"), "%Y-%m-%d %H:%M"),
    (19, re.compile(f"{_DATE} [0-9]{{2}}(:[0-9]{{2}}){{2}}"), "%Y-%m-%d %H:%M:%S"),
)
_DAY = np.timedelta64(86_400, "s")


@dataclass(frozen=True)
class _Spans:
    """Columns of the answer, being filled."""

    start: Moments
    end: Moments
    precision: Objects
    problem: Objects
    offset: npt.NDArray[np.bool_]

    @classmethod
    def unread(cls, number: int) -> _Spans:
        nothing = np.full(number, np.datetime64("NaT", "s"))
        return cls(
            nothing,
            nothing.copy(),
            np.full(number, "", dtype=object),
            np.full(number, NO_FORM, dtype=object),
            np.zeros(number, dtype=bool),
        )

    def put(self, row: int, outcome: Outcome) -> None:
        if isinstance(outcome, Span):
            self.start[row], self.end[row] = outcome.start, outcome.end
            self.precision[row], self.problem[row] = outcome.precision, ""
            self.offset[row] = outcome.offset
        elif self.problem[row] == NO_FORM:
            self.problem[row] = outcome


def read_dates(
    values: Sequence[str],
    forms: Sequence[str],
    *,
    years: npt.ArrayLike | None = None,
    near: npt.ArrayLike | None = None,
    timezone: str = "Europe/Stockholm",
    written_in: str = "",
) -> pd.DataFrame:
    """Read written dates as half-open spans of local time.

    Parameters
    ----------
    values
        Unique texts. Case, kinds of blanks and of hyphens, and composed or decomposed letters do
        not matter.
    forms
        Tried in order for each value; the first that fits wins. A strptime pattern with year, month
        and day, or one of

        - ``iso``: ``2024-10-07``, ``2024-10-07T22:30:15+02:00``
        - ``excel``: as ``iso``, or a serial number of the 1900 system (``45572.9375``)
        - ``day/month``: ``7/10-24``, ``7/10 2024``, ``7/10``; ``dotted``: ``7.10.2024``
        - ``day month``: ``3 april``, ``den 3 april 2024 kl 08.21``
        - ``week``: ``v. 41``, ``v.41-2024``, ``2024-W41``, ``202441``
        - ``month``: ``okt 2024``, ``2024-10``, ``202410``, ``2024M10``
        - ``weekend``: ``helgen v. 41``, Friday 18:00 to Monday 00:00
        - ``night``: ``natten till lördag v. 41`` or ``12/10-24``, 22:00 the evening before to 06:00
        - ``month start``, ``month end``, ``week start``, ``week end``: a month or an ISO week that
          is written as its first or last day, as ``excel`` reads days or in the form that follows
          (``month start %d.%m.%Y``)

        Those of a day may end in a time of day. Two-digit years are 2000–2079.
    years
        The year of each value, 0 or NA when unknown, for those that do not say it; for a week it is
        the ISO year, so that ``v. 1`` with 2025 begins on 30 December 2024.
    near
        A moment near each value, such as when it was reported (NaT when unknown). A value without a
        year, written or in `years`, becomes the latest such date at most one day after it.
    timezone
        A time with an offset becomes local time of this zone.
    written_in
        The zone of moments without an offset, where it is another; they become local time, too.
        Days, weeks and months are those of the calendar, in any zone.

    Returns
    -------
    DataFrame
        In the order of `values`: ``start``, ``end`` (datetime64[s]; equal when the minute is
        known), ``precision`` (``minute``, ``day``, ``interval``, ``week``, ``month``, or "" when
        unread), ``approximate`` (``ca`` and the like), ``problem``: "", ``blank``, ``no_form``,
        ``no_such_date`` (also when a named weekday is another), ``needs_year``.

    Raises
    ------
    SettingsError
        When a form is neither a named one nor a pattern with year, month and day.

    Examples
    --------
    >>> table = read_dates(["ca 7/10-24 kl 22.30", "v. 41 2024", "31/2-24"], ["day/month", "week"])
    >>> print(table[["start", "precision", "approximate", "problem"]].to_string(index=False))
                  start precision  approximate      problem
    2024-10-07 22:30:00    minute         True
    2024-10-07 00:00:00      week        False
                    NaT                  False no_such_date
    """
    for form in forms:
        _check_form(form)
    read = [plain(value) for value in values]
    texts = [text for text, _ in read]
    spans = _Spans.unread(len(texts))
    spans.problem[[text == "" for text in texts]] = BLANK
    contexts = _contexts(len(texts), years, near, ZoneInfo(timezone))
    for form in forms:
        unread = np.flatnonzero((spans.problem != "") & (spans.problem != BLANK))
        _read_form(form, texts, contexts, unread, spans)
    naive = (spans.precision == "minute") & ~spans.offset
    for moments in (spans.start, spans.end):
        moments[naive] = moved(moments[naive], written_in, timezone)
    return pd.DataFrame(
        {
            "start": spans.start,
            "end": spans.end,
            "precision": spans.precision,
            "approximate": np.array([about for _, about in read], dtype=bool),
            "problem": spans.problem,
        }
    )


def moved(moments: Moments, written_in: str, timezone: str) -> Moments:
    """Times of one zone's clocks as those of another; the same where none or that one is named.

    A time that occurs twice is taken as summer's, one that a clock change skips as the first after.

    Examples
    --------
    >>> late = np.array(["2025-07-01T22:30", "2025-01-31T23:30"], dtype="datetime64[s]")
    >>> moved(late, "UTC", "Europe/Stockholm").astype(str).tolist()
    ['2025-07-02T00:30:00', '2025-02-01T00:30:00']
    """
    if written_in in ("", timezone) or not len(moments):
        return moments
    times = pd.DatetimeIndex(moments)
    summer = np.ones(len(times), dtype=bool)
    there = times.tz_localize(written_in, ambiguous=summer, nonexistent="shift_forward")
    local = there.tz_convert(timezone).tz_localize(None)
    return np.asarray(local.to_numpy().astype("datetime64[s]"))


def _check_form(form: str) -> None:
    form = taken_apart(form)[1]
    if "%" in form:
        compiled(form)
    elif form not in FORMS:
        raise SettingsError(
            f"cannot read dates with the form {form!r}",
            expected=f"one of {', '.join((*FORMS, *GRAIN_FORMS))}, or a pattern such as %d.%m.%Y",
            found=repr(form),
            change="correct the form under dates:",
            otherwise="nothing of this actor is read",
        )


def _contexts(
    number: int, years: npt.ArrayLike | None, near: npt.ArrayLike | None, timezone: ZoneInfo
) -> list[Context]:
    if years is None and near is None:
        return [Context(0, None, timezone)] * number
    known = np.zeros(number, dtype=np.int64)
    if years is not None:
        known = np.asarray(pd.Series(years, dtype="Int64").fillna(0), dtype=np.int64)
    moments: list[dt.datetime | None] = [None] * number
    if near is not None:
        moments = np.asarray(near, dtype="datetime64[s]").tolist()
    pairs = zip(known, moments, strict=True)
    return [Context(int(year), moment, timezone) for year, moment in pairs]


def _read_form(
    form: str, texts: list[str], contexts: list[Context], rows: npt.NDArray[np.int64], spans: _Spans
) -> None:
    """Fill in the rows that fit one form."""
    grain, day = taken_apart(form)
    if grain:
        _read_grain(grain, day, texts, contexts, rows, spans)
        return
    if "%" in form:
        written = {row: iso_text(texts[row], form) for row in rows.tolist()}
        read = FORMS["iso"]
    else:
        written = {row: texts[row] for row in rows.tolist()}
        read = FORMS[form]
    if "%" in form or form in ("iso", "excel"):
        written = _read_exact(written, spans)
    for row, text in written.items():
        refused = text in (NO_FORM, NO_SUCH_DATE)
        spans.put(row, text if refused else read(text.lower(), contexts[row]))


def _read_grain(
    grain: str, day: str, texts: list[str], contexts: list[Context],
    rows: npt.NDArray[np.int64], spans: _Spans,
) -> None:  # fmt: skip
    """Fill in the weeks or months that are written as one of their days."""
    days = _Spans.unread(len(texts))
    _read_form(day, texts, contexts, rows, days)
    whole = (days.problem == "") & np.isin(days.precision, ["day", "minute"])
    read = np.flatnonzero(whole)
    start, end, fits = span_of(grain, days.start[read])
    found = read[fits]
    spans.start[found], spans.end[found] = start[fits], end[fits]
    spans.precision[found], spans.problem[found] = GRAIN_FORMS[grain], ""


def _read_exact(written: dict[int, str], spans: _Spans) -> dict[int, str]:
    """Fill in the ordinary ISO texts all at once; return the others."""
    for length, shape, pattern in _EXACT:
        blank = {
            row: text.replace("T", " ") for row, text in written.items() if len(text) == length
        }
        fits = {row: text for row, text in blank.items() if shape.fullmatch(text)}
        if not fits:
            continue
        read = pd.to_datetime(pd.Series(list(fits.values())), format=pattern, errors="coerce")
        moments = read.to_numpy("datetime64[s]")
        exists = ~np.isnat(moments)
        rows = np.fromiter(fits, dtype=np.int64)[exists]
        whole_day = length == 10
        spans.start[rows] = moments[exists]
        spans.end[rows] = moments[exists] + (_DAY if whole_day else 0)
        spans.precision[rows] = "day" if whole_day else "minute"
        spans.problem[rows] = ""
        done = set(rows.tolist())
        written = {row: text for row, text in written.items() if row not in done}
    return written
