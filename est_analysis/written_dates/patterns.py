"""A strptime pattern as a reader: written text to ISO text, whatever the computer's language."""

from __future__ import annotations

import re
from functools import lru_cache

from est_analysis.errors import SettingsError
from est_analysis.written_dates.spans import NO_FORM, NO_SUCH_DATE, TWO_DIGIT_YEARS
from est_analysis.written_dates.words import MONTHS, plain

_DIRECTIVES = {
    "Y": r"(?P<Y>[0-9]{4})",
    "y": r"(?P<y>[0-9]{2})",
    "m": r"(?P<m>[0-9]{1,2})",
    "b": r"(?P<b>[^\W\d_]+)\.?",
    "B": r"(?P<B>[^\W\d_]+)\.?",
    "d": r"(?P<d>[0-9]{1,2})",
    "H": r"(?P<H>[0-9]{1,2})",
    "I": r"(?P<I>[0-9]{1,2})",
    "p": r"(?P<p>[AaPp][Mm])",
    "M": r"(?P<M>[0-9]{2})",
    "S": r"(?P<S>[0-9]{2})",
    "f": r"[0-9]{1,9}",
    "z": r"(?P<z>[Zz]|[+-][0-9]{2}:?[0-9]{2})",
    "%": "%",
}
_NEEDED = ("Yy", "mbB", "d")


def iso_text(text: str, pattern: str) -> str:
    """Return the date in ISO 8601, or why it cannot be read: ``no_form``, ``no_such_date``.

    Whether there is such a day in the calendar is left to the reader of the ISO text. Month names
    (``%b``, ``%B``) may be Swedish or English, short or full.

    Examples
    --------
    >>> iso_text("7 okt 24 22.30", "%d %b %y %H.%M")
    '2024-10-07 22:30'
    """
    match = compiled(pattern).fullmatch(text)
    if match is None:
        return NO_FORM
    found = match.groupdict()
    year = found.get("Y") or f"20{found['y']}"
    if "y" in found and int(found["y"]) >= TWO_DIGIT_YEARS:
        return NO_SUCH_DATE
    month = found.get("m") or MONTHS.get((found.get("b") or found.get("B") or "").lower())
    if month is None:
        return NO_FORM
    date = f"{year}-{int(month):02d}-{int(found['d']):02d}"
    hour = found.get("H") or found.get("I")
    if hour is None:
        return date
    number = int(hour)
    if "I" in found:
        if not 1 <= number <= 12:
            return NO_SUCH_DATE
        number = number % 12 + 12 * (found["p"].lower() == "pm")
    seconds = f":{found['S']}" if "S" in found else ""
    return f"{date} {number:02d}:{found.get('M', '00')}{seconds}{found.get('z', '')}"


@lru_cache(maxsize=64)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern as a regular expression.

    Raises
    ------
    SettingsError
        When a directive is unknown or repeated, or year, month or day is missing.
    """
    pieces = re.split("%(.)", plain(pattern)[0])  # literal, directive, literal, …
    literals, letters = pieces[::2], pieces[1::2]
    dated = "".join(letters)
    if (
        not any("%" in literal for literal in literals)
        and set(letters) <= set(_DIRECTIVES)
        and all(dated.count(letter) <= 1 for letter in dated.replace("%", ""))
        and all(sum(dated.count(letter) for letter in group) == 1 for group in _NEEDED)
        and ("I" in dated) == ("p" in dated)
        and not {"H", "I"} <= set(dated)
    ):
        named = [_DIRECTIVES[letter] for letter in letters]
        parts = (
            re.escape(literal) + name for literal, name in zip(literals, [*named, ""], strict=True)
        )
        return re.compile("".join(parts), re.IGNORECASE)
    raise SettingsError(
        f"cannot read dates with the form {pattern!r}",
        expected="year, month and day once each, as in %Y-%m-%d, %d/%m/%y %H:%M or "
        f"%d %b %Y; of %{', %'.join(_DIRECTIVES)}",
        found=repr(pattern),
        change="correct the pattern under dates:, or use a named form such as day/month",
        otherwise="nothing of this actor is read",
    )
