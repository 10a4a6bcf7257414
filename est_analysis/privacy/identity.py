"""Personal identity and coordination numbers, as they are written, masked or spoilt."""

from __future__ import annotations

import datetime as dt
import re

Match = re.Match[str]

_APART = r" {0,2}[)\]]? {0,2}[-+./_:,;|~=*\\'\"]{0,3} {0,2}[(\[]?"  # between date and serial number
# found by looking ahead: where one reading fails, the number that begins a digit later is looked at
IDENTITY = re.compile(
    r"([0-9])(?:(?<![0-9].)|(?<=(?<![0-9])(?:18|19|20).))(?="
    r"([0-9])([-./ _:,]?)([0-9]{2})(\3| )([0-9]{2})"
    rf"({_APART})(?:((?:[0-9][ -]?){{3}}[0-9])(?![0-9]|[-./][0-9]{{2}}[-./][0-9])"
    r"|([0-9xX*?#_]{3}[xX*?#_])(?![0-9xX*?#_])|[tT][fF][0-9]{2}(?![0-9])))"
)
SPACED = re.compile(
    r"[0-9](?<![0-9].)(?<![0-9][ ._-].)([ ._-])[0-9](?:\1[0-9]){8}(?:(?:\1[0-9]){2})?(?!\1?[0-9])"
)
NINE_DIGITS = re.compile(r"^([0-9]{9})(?:[.,]0)?$", re.MULTILINE)  # read as a number, without its 0


def is_identity_number(match: Match) -> bool:
    """Whether the date exists and the check digit holds; a masked ending has the date only."""
    tens, years, separator, month, again, day, before, serial, hidden = match.groups()
    if not _exists(tens + years + month + day):
        return False
    between = before.strip()
    if hidden is not None:  # else any date without a time: 2024-10-07 ????
        return between in ("-", "+") or not (before or separator)
    if serial is None:
        return True
    ends = re.sub("[ -]", "", serial)
    if again != separator and (before or ends != serial):
        return False  # 8112 289874 is one; 59.3109 17.3363 and 0800-1615 24 are not
    if between not in ("-", "+") and ends[:2] < "24" and ends[2:] < "60":
        century = match.string[max(0, match.start() - 2) : match.start()]
        if separator or ends != serial or (between and century == "20"):
            return False  # 2024-10-07 1230, 241007 12 30, 20241007_1230
    if not before and ends != serial:
        return False  # 03/06/2024 17:20, 24082025 19
    return luhn(tens + years + month + day + ends)


def is_spaced_identity_number(match: Match) -> bool:
    """8 1 1 2 2 8 …: whether the date exists and the check digit holds."""
    return _is_person(re.sub("[^0-9]", "", match.group())[-10:])


def has_lost_its_zero(match: Match) -> bool:
    """Whether a number of nine digits is somebody's who was born in 2000 to 2009."""
    return _is_person(f"0{match[1]}")


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others.

    Examples
    --------
    >>> luhn("8112289874"), luhn("8112289873")
    (True, False)
    """
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _is_person(ten: str) -> bool:
    return _exists(ten[:6]) and luhn(ten)


def _exists(six: str) -> bool:
    day = int(six[4:])
    try:
        dt.date(2000 + int(six[:2]), int(six[2:4]), day - 60 if day > 60 else day)
    except ValueError:
        return False
    return True  # coordination numbers add 60 to the day
