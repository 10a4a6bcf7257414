"""How personal data are written, kind by kind: a pattern, and a check of what it found.

Every pattern has a bounded length, so that no cell, however long, makes the search slow. Digits,
dashes and blanks are ordinary ones here: `est_analysis.privacy.guard` has made them so.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable

from est_analysis.privacy.names import begins_name

Match = re.Match[str]

_IDENTITY = re.compile(
    r"(?<![0-9])(?:18|19|20)?([0-9]{2})([-./ ]?)([0-9]{2})\2([0-9]{2})"
    r"( ?[-+/.]? ?)(?:([0-9]{3})[ -]?([0-9])(?![0-9])|(?<=[-+])(?:[xX*]{4}|[tT][fF][0-9]{2}))"
)
_EMAIL = re.compile(r"(?<=[\w.+-])(?:@| ?[(\[](?:at|snabel-a)[)\]] ?)[\w-]{1,63}\.\w")
_IP4 = re.compile(
    r"(?<![0-9.])(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}"
    r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?!\.?[0-9])"
)
_IP6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_PLATE = re.compile(
    r"(?<![^\W_])(?:([A-HJ-PR-UW-Z]{3})[ -]?|([a-hj-pr-uw-zA-HJ-PR-UW-Z]{3}))"
    r"[0-9]{2}[0-9A-HJ-NPR-UW-Za-hj-npr-uw-z](?![^\W_])"
)
_CARD = re.compile(r"(?<![0-9+])[2-6](?:[ -]?[0-9]){12,18}(?![0-9])")
_PHONE = re.compile(
    r"(?<![0-9+])(?<![0-9][-.,:])(?:"
    r"(?:\+|00)46[ ./-]?(?:\(0\))?[ ./-]?[1-9](?:[ ./-]?[0-9]){6,8}"  # Swedish, from abroad
    r"|\+(?!46)[1-9](?:[ ./-]?\(?[0-9]\)?){7,13}"
    r"|(?<![A-Za-z])00(?!46)[1-9][0-9](?:[ -]?[0-9]){7,12}"
    r"|\(?07[02-9]\)?(?: ?[-/.] ?| )?[0-9]{2,3}(?:[ -]?[0-9]{2,3}){1,2}"
    r"|\(?(0(?:8|[1-9][0-9]{1,2}))\)?(?: ?[-/] ?| )[1-9][0-9]{1,2}(?:[ -]?[0-9]{2,3}){1,2}"
    r"|(?<![A-Za-z])0[1-9][0-9]{7,8}"
    r")(?![0-9]|[-.:][0-9])"
)
_EIGHTH = re.compile(r"08[-/ ](?:0[1-9]|[12][0-9]|3[01])[-/ ]?(?:19|20)[0-9]{2}")
_NAME = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,30})(?=((?:[, .-]{1,2}[^\W\d_]{1,30}){1,4}))")
_NOT_PLATES = {"BUS", "HUS", "LGH", "RUM", "STA", "TEL", "TRP", "UPP", "NER", "KOD"}  # hus 123
_CARD_STARTS = re.compile(r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[068]|3[457]|6011|6[45]")


def _is_identity_number(match: Match) -> bool:
    """Whether the date exists and the check digit holds; a masked ending has the date only."""
    year, separator, month, day, before, serial, check = match.groups()
    number = int(day) - 60 if int(day) > 60 else int(day)  # coordination numbers add 60
    try:
        dt.date(2000 + int(year) % 100, int(month), number)
    except ValueError:
        return False
    if serial is None:
        return True
    clock = serial + check
    if separator and not before.strip() and clock[:2] < "24" and clock[2:] < "60":
        return False  # 2024-10-07 1230
    return _luhn(year + month + day + serial + check)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _is_card(match: Match) -> bool:
    digits = re.sub("[ -]", "", match.group())
    return bool(_CARD_STARTS.match(digits)) and _luhn(digits)


def _is_phone(match: Match) -> bool:
    text = match.group()
    if text.startswith(("+", "00")):
        return True
    digits = re.sub("[^0-9]", "", text)
    if _EIGHTH.fullmatch(text):
        return False  # 08-10-2024
    if digits.startswith("07"):
        return len(digits) == 10
    return 8 <= len(digits) <= 10 and len(digits) - len(match[1] or "") >= 5


def _is_ip6(match: Match) -> bool:
    parts = [part for part in match.group().split(":") if part]
    if len(parts) < 3:
        return False
    try:
        ipaddress.IPv6Address(match.group())
    except ValueError:
        return False
    return True


def _is_plate(match: Match) -> bool:
    return match.group()[:3].upper() not in _NOT_PLATES


def _is_name(match: Match) -> bool:
    return begins_name(match[1], match[2])


FORMS: tuple[tuple[str, re.Pattern[str], Callable[[Match], bool] | None], ...] = (
    ("identity_number", _IDENTITY, _is_identity_number),
    ("phone", _PHONE, _is_phone),
    ("email", _EMAIL, None),
    ("ip_address", _IP4, None),
    ("ip_address", _IP6, _is_ip6),
    ("registration_plate", _PLATE, _is_plate),
    ("bank_card", _CARD, _is_card),
    ("name", _NAME, _is_name),
)
KINDS = tuple(dict.fromkeys(kind for kind, _, _ in FORMS))
