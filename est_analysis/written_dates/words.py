"""One spelling for each text, and the names of months and weekdays."""

from __future__ import annotations

import re
import unicodedata

_ABOUT = re.compile(r"(?<!\w)(?:c:a|cirka|omkring|ca\.?)(?![^\W\d])", re.IGNORECASE)
_SIGNS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
_SIGNS |= str.maketrans(dict.fromkeys("\u200b\u2060\ufeff", ""))  # invisible, not white space
_SHORTEST = 3

_MONTH_NAMES = (
    "januari january",
    "februari february",
    "mars march",
    "april",
    "maj may",
    "juni june",
    "juli july",
    "augusti august",
    "september sept",
    "oktober october",
    "november",
    "december",
)
_WEEKDAY_NAMES = (
    "måndag monday",
    "tisdag tuesday",
    "onsdag wednesday",
    "torsdag thursday",
    "fredag friday",
    "lördag saturday",
    "söndag sunday",
)


def _numbered(rows: tuple[str, ...], endings: tuple[str, ...]) -> dict[str, int]:
    numbers = {}
    for number, names in enumerate(rows, start=1):
        for name in names.split():
            numbers[name[:_SHORTEST]] = number
            numbers |= {name + ending: number for ending in endings}
    return numbers


MONTHS = _numbered(_MONTH_NAMES, ("",))
WEEKDAYS = _numbered(_WEEKDAY_NAMES, ("", "en"))  # ISO: Monday is 1


def plain(text: str) -> tuple[str, bool]:
    """Return the text in one spelling, and whether it said "about".

    Composed letters, ordinary blanks and hyphens; ``ca``, ``c:a``, ``cirka`` and ``omkring`` are
    taken away.

    Examples
    --------
    >>> plain("ca\u00a007.10.2024 ")
    ('07.10.2024', True)
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_SIGNS)
    shorter, times = _ABOUT.subn(" ", text)
    return " ".join(shorter.split()), times > 0
