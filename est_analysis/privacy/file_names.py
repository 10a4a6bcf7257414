"""Is a file named after a person? Dates, times, months and running numbers in its name are not."""

from __future__ import annotations

import re

from est_analysis.privacy.guard import find_personal_data
from est_analysis.privacy.names import begins_name

_KINDS = ("identity_number", "phone", "email")
_MONTHS = frozenset(("maj", "april", "juni", "augusti", "august"))
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = "(?:kl[-_. ]?)?(?:[01][0-9]|2[0-3])[-_.h]?[0-5][0-9](?:[-_.m]?[0-5][0-9])?(?![0-9])"
_MOMENTS = re.compile(
    rf"(?<![0-9])(?:20[0-9]{{2}}([-_. ]?){_MONTH}\1{_DAY}[-_ .T]{{0,3}}"
    rf"|[0-9]{{2}}{_MONTH}{_DAY}[_ .T]{{1,3}}){_CLOCK}"
)
_PAIR = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,30})(?=([ _.,-]{1,2})([^\W\d_]{2,30}))")


def personal_data_in_name(name: str) -> str | None:
    """The kind of personal data that a file's whole name holds, or None.

    A moment (a date with a time) is none, even where it could be a number of somebody born after
    2000. Of plates only those in capitals count, of persons only a given name directly beside a
    surname, both with capitals: ``abc123.csv`` and ``maj_lund.csv`` are ordinary names.

    Examples
    --------
    >>> personal_data_in_name("ronder_811228_9874.csv"), personal_data_in_name("Anna_Svensson.csv")
    ('identity_number', 'name')
    >>> personal_data_in_name("rapport_2025-01-12_1304.csv") is None
    True
    """
    plain = _MOMENTS.sub(" ", name)
    found = find_personal_data([plain])
    for kind in _KINDS:
        if kind in found:
            return kind
    capitals = "".join("å" if sign.islower() else sign for sign in plain)  # å is on no plate
    if "registration_plate" in find_personal_data([capitals]):
        return "registration_plate"
    return "name" if any(map(_is_person, _PAIR.finditer(plain))) else None


def _is_person(match: re.Match[str]) -> bool:
    first, between, second = match.groups()
    if not (first.istitle() and second.istitle()) or first.casefold() in _MONTHS:
        return False
    return begins_name(first, (", " if "," in between else " ") + second)
