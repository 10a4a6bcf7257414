"""Numbers of persons, accounts and vehicles that have check digits: of the neighbours, and IBAN."""

from __future__ import annotations

import datetime as dt
import re

Match = re.Match[str]

_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
FINNISH = re.compile(
    rf"[0-3](?<![\w-].)[0-9]{_MONTH}[0-9]{{2}}[-+A-FU-Ya-fu-y][0-9]{{3}}[0-9A-Ya-y](?!\w)"
)
DANISH = re.compile(rf"[0-3](?<![\w-].)[0-9]{_MONTH}[0-9]{{2}} ?- ?[0-9]{{4}}(?![\w-])")
NORWEGIAN = re.compile(
    rf"[0-7](?<![\w.,-].)[0-9]{_MONTH}[0-9]{{2}}[ -]?[0-9]{{3}} ?[0-9]{{2}}(?![\w-])"
)
IBAN = re.compile(r"[A-Za-z](?<!\w.)[A-Za-z][0-9]{2}(?: ?[A-Za-z0-9]){11,30}(?!\w)")
VEHICLE = re.compile(r"[A-HJ-NPR-Z0-9](?<!\w.)[A-HJ-NPR-Z0-9]{16}(?!\w)")
_IBAN_OF_LENGTH = {  # the registry of the standard, ISO 13616
    15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT",
    26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
}  # fmt: skip
_LENGTHS = {land: length for length, lands in _IBAN_OF_LENGTH.items() for land in lands.split()}
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_VEHICLE = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_PLACES = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_finnish(match: Match) -> bool:
    """Henkilötunnus: a date, a sign for the century, and a letter that the digits give."""
    text = match.group().upper()
    return _exists(text[:6]) and text[10] == _HETU[int(text[:6] + text[7:10]) % 31]


def is_danish(match: Match) -> bool:
    """CPR number, of those that have a check digit; a moment such as 241007-1230 is none."""
    digits = re.sub("[^0-9]", "", match.group())
    if digits[6:8] < "24" and digits[8:] < "60":
        return False
    return _exists(digits[:6]) and _weighed(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def is_norwegian(match: Match) -> bool:
    """Fødselsnummer and D-nummer: a date and two check digits."""
    digits = re.sub("[^0-9]", "", match.group())
    day = f"{int(digits[0]) - 4}{digits[1:6]}" if digits[0] >= "4" else digits[:6]
    first = _weighed(digits[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
    return first and _exists(day) and _weighed(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def is_iban(match: Match) -> bool:
    """Whether the remainder of an account number is the one that it must have.

    Words may follow it in groups that look like more of it ("… om klotter"): each country's have
    one length, and what comes after that is not read.
    """
    text = match.group().replace(" ", "").upper()
    text = text[: _LENGTHS.get(text[:2], len(text))]
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def is_vehicle(match: Match) -> bool:
    """A vehicle's number with letters and digits, and its check digit where one is to be."""
    text = match.group()
    if text.isdigit() or text.isalpha():
        return False
    total = sum(
        int(_VEHICLE.get(sign, sign)) * weight for sign, weight in zip(text, _PLACES, strict=True)
    )
    return text[8] == "0123456789X"[total % 11]


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _exists(six: str) -> bool:
    """Whether day, month and year are a date of some century."""
    try:
        dt.date(2000 + int(six[4:]), int(six[2:4]), int(six[:2]))
    except ValueError:
        return False
    return True
