"""Words, numbers and dates as the reader writes them; all text lies in ``texts/*.toml``."""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Protocol

import pandas as pd

from est_analysis.config.section import nearest
from est_analysis.disclosure import telling
from est_analysis.errors import ReportError, SettingsError

MINUS = "−"
EN_DASH = "–"
LANGUAGES = ("sv", "en")

Day = dt.date | pd.Timestamp


class NamedPeriod(Protocol):
    """What is needed to write out a period; `est_analysis.calendar.Period` has it."""

    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def start(self) -> dt.date: ...  # noqa: D102
    @property
    def end(self) -> dt.date: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Language:
    r"""One language's texts and ways of writing; make it with `language`.

    Numbers that are missing (NaN, NA, None) are written as a full stop, the statistical
    authorities' sign for a number that cannot be given. Halves are rounded away from zero.

    Attributes
    ----------
    code
        ``sv`` or ``en``.
    texts
        Dotted key → text with ``{named}`` fields.

    Examples
    --------
    >>> sv = language("sv")
    >>> sv.number(12345.25, 1), sv.signed(-3), sv.percent(12.5, signed=True)
    ('12\xa0345,3', '−3', '+13\xa0%')
    >>> sv.interval(0.81, 1.12), sv.interval(0.81, float("inf"))
    ('0,81–1,12', 'över 0,81')
    >>> sv.date_range(dt.date(2025, 9, 1), dt.date(2025, 12, 31))
    '1 september–31 december 2025'
    """

    code: str
    texts: dict[str, str]

    def text(self, key: str, **fields: object) -> str:
        """Give the text of a dotted key, its ``{fields}`` filled in.

        Raises
        ------
        ReportError
            No such key, or a field of the text was not given.
        """
        if key not in self.texts:
            raise _text_fault(self.code, f'a text "{key}"', nearest(key, self.texts))
        try:
            return self._of_one(self.texts[key].format(**fields))
        except (KeyError, IndexError) as fault:
            given = ", ".join(fields) or "no field"
            raise _text_fault(self.code, f'field {fault} for the text "{key}"', given) from None

    def _of_one(self, text: str) -> str:
        """A text with one incident, not one incidents."""
        return self._after_one.sub(lambda match: self.singulars[match[1]], text)

    @cached_property
    def singulars(self) -> dict[str, str]:
        """Words that texts have in the plural → what stands after the number 1 in their place."""
        pairs = (pair.split("=") for pair in self.texts["number.of_one"].split("; "))
        return {plural: single for plural, single in pairs}

    @cached_property
    def _after_one(self) -> re.Pattern[str]:
        """A plural just after the number 1; the longest first, as a verb may go with it."""
        longest = sorted(map(re.escape, self.singulars), key=len, reverse=True)
        return re.compile(rf"(?<=(?<![\w.,−–-])(?<!\d\u00a0)1 )({'|'.join(longest)})\b")

    def has(self, key: str) -> bool:
        """Whether there is a text with this dotted key."""
        return key in self.texts

    def label(self, column: str, exhibit: str = "") -> str:
        """Give the heading of a table column; ReportError when it has none.

        An exhibit where the column means something narrower may have a heading of its own.
        """
        own = f"label_in.{exhibit}.{column}"
        return self.text(own if own in self.texts else f"label.{column}")

    def value(self, column: str, value: object) -> str:
        """Give the word for a coded value of a column; the value itself when it is not a code."""
        key = f"value.{column}.{value}"
        return self.texts.get(key, str(value))

    def genitive(self, name: str) -> str:
        """Write a name in the genitive: Bolagets, Kungsfors, MTR:s.

        Swedish adds an s, except after s, x and z, and with a colon after an abbreviation in
        capitals (MTR:s); English an apostrophe and an s.

        Examples
        --------
        >>> sv = language("sv")
        >>> [sv.genitive(name) for name in ("Bolaget", "Kungsfors", "Exempelhus AB")]
        ['Bolagets', 'Kungsfors', 'Exempelhus AB:s']
        >>> language("en").genitive("Council")
        "Council's"
        """
        last = name.split()[-1] if name.strip() else name
        if self.code == "en":
            return name + ("'" if last.endswith("s") else "'s")
        if last[-1:].lower() in ("s", "x", "z"):
            return name
        return name + (":s" if len(last) > 1 and last.isupper() else "s")

    def number(self, value: Any, decimals: int = 0) -> str:
        """Write a number, grouped by thousands."""
        if pd.isna(value):
            return self.texts["word.too_small"]
        if math.isinf(value):
            return (MINUS if value < 0 else "") + "∞"
        exact = Decimal(str(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        whole, _, part = f"{abs(exact):,f}".partition(".")
        text = whole.replace(",", self.texts["number.group"])
        text += self.texts["number.decimal"] + part if part else ""
        return (MINUS if exact < 0 else "") + text

    def incidents(self, value: Any) -> str:
        """Write a number of incidents: 1 händelse, 2 händelser."""
        key = "unit.incident_one" if value == 1 else "unit.incident_many"
        return self.text(key, number=self.number(value))

    def signed(self, value: Any, decimals: int = 0) -> str:
        """Write a change: with plus or minus; a change that rounds to 0 has none."""
        text = self.number(value, decimals)
        changed = any(digit in text for digit in "123456789∞")
        return "+" + text if changed and value > 0 else text

    def percent(self, value: Any, decimals: int = 0, signed: bool = False) -> str:
        """Write a percentage; `value` is in per cent, not a fraction."""
        if pd.isna(value):
            return self.number(value)
        number = self.signed(value, decimals) if signed else self.number(value, decimals)
        return self.text("number.percent", number=number)

    def interval(
        self, lower: Any, upper: Any, decimals: int = 2, *, apart_from: float | None = None
    ) -> str:
        """Write an interval; one without an upper end as "above" its lower.

        An end that is not `apart_from` but would be rounded to it gets more decimals, so that an
        interval which excludes 1 is seen to do so.
        """
        if pd.isna(lower) or pd.isna(upper):
            return self.texts["word.too_small"]
        low = self.number(lower, telling(lower, decimals, apart_from))
        if math.isinf(upper):
            return self.text("number.above", number=low)
        high = self.number(upper, telling(upper, decimals, apart_from))
        if MINUS in low + high:  # a dash beside a minus cannot be read
            return self.text("number.between", lower=low, upper=high)
        return low + EN_DASH + high

    def date(self, day: Day) -> str:
        """Write a date: 1 september 2025."""
        return f"{day.day} {self.texts[f'month.{day.month}']} {day.year}"

    def date_range(self, start: Day, end: Day) -> str:
        """Write a range of dates, both inclusive, without saying anything twice."""
        if start == end:
            return self.date(start)
        if start.year != end.year:
            return self.date(start) + EN_DASH + self.date(end)
        if start.month != end.month:
            month = self.texts[f"month.{start.month}"]
            return f"{start.day} {month}{EN_DASH}{self.date(end)}"
        return f"{start.day}{EN_DASH}{self.date(end)}"

    def period(self, period: NamedPeriod) -> str:
        """Write a period's name and, unless they are the name, its dates."""
        dates = self.date_range(period.start, period.end)
        if period.kind == "days":
            return dates
        if period.kind == "month":
            return self.month(period.start)
        number = period.label.rpartition("-")[2].lstrip("TQHWv0")
        year = period.label[:4]
        name = self.text(f"period.{period.kind}", number=number, year=year)
        return name if period.kind == "year" else f"{name} ({dates})"

    def week(self, monday: Day) -> str:
        """Write the ISO week of a date: v. 14 2025."""
        year, number, _ = monday.isocalendar()
        return self.text("date.week", number=number, year=year)

    def month(self, day: Day) -> str:
        """Write the month of a date: mars 2025."""
        return f"{self.texts[f'month.{day.month}']} {day.year}"

    def weekday(self, number: int) -> str:
        """Write a weekday; 0 is Monday."""
        return self.texts[f"weekday.{int(number)}"]


@cache
def language(code: str) -> Language:
    """Read a language's texts: ``sv`` or ``en``; SettingsError for any other."""
    if code not in LANGUAGES:
        raise SettingsError(
            "no such language",
            expected=" or ".join(LANGUAGES),
            found=code,
            change="the parameter language",
            otherwise="no report is made",
        )
    source = files("est_analysis").joinpath("texts", f"{code}.toml")
    return Language(code, _flat(tomllib.loads(source.read_text(encoding="utf-8"))))


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            texts |= _flat(value, f"{prefix}{key}.")
        else:
            texts[prefix + key] = str(value)
    return texts


def _text_fault(code: str, expected: str, found: str) -> ReportError:
    return ReportError(
        "a text is missing",
        expected=expected,
        found=found,
        change=f"est_analysis/texts/{code}.toml, or the key in the code",
        otherwise="no report is made",
    )
