"""Is a file named after a person? Dates, times, months and running numbers in its name are not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from est_analysis.privacy.guard import HIDDEN, find_personal_data, masked, plain_text
from est_analysis.privacy.names import begins_name, ends_as_surname

_KINDS = ("identity_number", "phone", "email")
_MONTHS = frozenset(("maj", "april", "juni", "augusti", "august"))
# Given names that in capitals are as often words, feasts or parts of a town: DEL_NORD, NOVA_LUND.
_WORDS = """
    BO DAG DAN DEL KAJ LAGE LI LIV LO LOVE LUCIA MARK MAX MAY MY NOVA ROSE SAGA SAM STEN STIG SVEA
    TED TIM TOM TOR UNO URBAN VALBORG VEGA VIDE VIKING
    """
_NO_NAMES = frozenset(_WORDS.split())
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = "(?:kl[-_. ]?)?(?:[01][0-9]|2[0-3])[-_.h]?[0-5][0-9](?:[-_.m]?[0-5][0-9])?(?![0-9])"
_MOMENTS = re.compile(
    rf"(?<![0-9])(?:20[0-9]{{2}}([-_. ]?){_MONTH}\1{_DAY}[-_ .T]{{0,3}}"
    rf"|(?P<years>[0-9]{{2}}){_MONTH}{_DAY}[_ .T]{{1,3}}){_CLOCK}"
)
_PAIR = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,30})(?=([ _.,-]{1,2})([^\W\d_]{2,30}))")


def personal_data_in_name(name: str) -> str | None:
    """The kind of personal data that a file's whole name holds, or None.

    A moment (a date with a time) is none, even where it could be a number of somebody born since
    2000; two digits are such a year up to the present one. Of plates only those in capitals count,
    of persons only a given name directly before a surname, both with capitals or in them:
    ``abc123.csv`` and ``maj_lund.csv`` are ordinary names. How letters and blanks are stored, å as
    one sign or two, makes no difference.

    Examples
    --------
    >>> personal_data_in_name("ronder_811228_9874.csv"), personal_data_in_name("Anna_Svensson.csv")
    ('identity_number', 'name')
    >>> personal_data_in_name("rapport_2025-01-12_1304.csv") is None
    True
    """
    plain = _without_moments(name)
    found = find_personal_data([plain])
    for kind in _KINDS:
        if kind in found:
            return kind
    capitals = "".join("å" if sign.islower() else sign for sign in plain)  # å is on no plate
    if "registration_plate" in find_personal_data([capitals]):
        return "registration_plate"
    return "name" if any(map(_is_person, _PAIR.finditer(plain))) else None


def masked_names(paths: Sequence[str]) -> list[str]:
    """Paths below a folder, with `HIDDEN` for each whose name or folder holds personal data.

    For files that are only told of. Beside what `personal_data_in_name` finds small letters count:
    to hide the name of a file that sounds like a person costs little.

    Examples
    --------
    >>> masked_names(["vakten.csv", "Anna_Svensson.csv", "gamla/anna svensson.csv"])
    ['vakten.csv', '[personal data]', '[personal data]']
    """
    inside = masked([_without_moments(path) for path in paths])
    return [
        HIDDEN if told == HIDDEN or any(map(personal_data_in_name, path.split("/"))) else path
        for path, told in zip(paths, inside, strict=True)
    ]


def _without_moments(name: str) -> str:
    """The name in ordinary signs; Mac stores å as a and a ring, and a name may hold line breaks."""
    return _MOMENTS.sub(_gone, re.sub("\n|%20", " ", plain_text(name)))  # %20: fetched from the web


def _gone(moment: re.Match[str]) -> str:
    """A moment's two digits are a year up to the present one; 81 is when somebody was born."""
    years = moment["years"]
    return moment[0] if years and int(years) > dt.date.today().year % 100 else " "


def _is_person(match: re.Match[str]) -> bool:
    first, between, second = match.groups()
    if not all(word.istitle() or word.isupper() for word in (first, second)):
        return False
    if first.casefold() in _MONTHS or (first in _NO_NAMES and not ends_as_surname(second)):
        return False
    return begins_name(first, (", " if "," in between else " ") + second)
