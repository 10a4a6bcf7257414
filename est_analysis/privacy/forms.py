"""How personal data are written, kind by kind: a pattern, and a check of what it found.

Every pattern has a bounded length, so that no cell, however long, makes the search slow, and begins
with a sign, so that it is quick where there is no such sign: what stands before is looked at after
it. Digits, dashes and blanks are ordinary ones here: `est_analysis.privacy.guard` has made them so.
``^`` and ``$`` are the ends of a cell.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from est_analysis.privacy.abroad import (
    DANISH,
    FINNISH,
    IBAN,
    NORWEGIAN,
    VEHICLE,
    is_danish,
    is_finnish,
    is_iban,
    is_norwegian,
    is_vehicle,
)
from est_analysis.privacy.identity import (
    IDENTITY,
    NINE_DIGITS,
    SPACED,
    has_lost_its_zero,
    is_identity_number,
    is_spaced_identity_number,
    luhn,
)
from est_analysis.privacy.names import begins_name
from est_analysis.privacy.plates import PLATE, is_plate, may_be_plate

Match = re.Match[str]


@dataclass(frozen=True)
class Form:
    """One way to write one kind.

    Attributes
    ----------
    holds
        Whether what the pattern found is personal data; None where it always is.
    share
        Counts only where at least this share of what the pattern finds in a column holds: of
        codes that look the same some always do, by chance.
    """

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[Match], bool] | None = None
    share: float = 0.0


_DOT = r"(?:\.| ?[(\[]punkt[)\]] ?| punkt )"
_EMAIL = re.compile(rf"@(?<=[\w.+!\"'-]@)[\w-]{{1,63}}{_DOT}\w")
_EMAIL_APART = re.compile(  # as people write it against machines, or by mistake
    r"[@(\[{<sS](?:(?<=[\w.+!\"'-] .)|(?<=[\w.+!\"'-].))(?i:(?<=@) |(?<= @)|(?<= s)nabel-?a |"
    r"(?<=[(\[{<])(?:at|snabel-?a)[)\]}>] ?|(?<=[\w.+!\"'-][(\[])a[)\]])"
    rf"[^\W\d_][\w-]{{0,62}}{_DOT}[^\W\d_]{{2}}"
)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_IP4 = re.compile(rf"[0-9](?<![0-9.].)[0-9]{{0,2}}(?:\.{_OCTET}){{3}}(?!\.?[0-9])")
_HEX = "[0-9a-fA-F]"
_IP6 = re.compile(
    rf"{_HEX}(?<![\w:.].){_HEX}{{0,3}}(?:(?::{_HEX}{{1,4}}){{7}}"
    rf"|(?::{_HEX}{{1,4}}){{0,5}}::(?:{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,5}})?)(?![\w:])"
)
_IN_USE = re.compile(r"(?:[23][0-9a-f]{3}|f[cde][0-9a-f]{2}):", re.IGNORECASE)  # global, local
_CARD = re.compile(r"[2-6](?<![0-9+].)(?:[ -]?[0-9]){12,18}(?![0-9])")
_CARD_PARTS = re.compile(  # other numbers may follow: 12/27, 123
    r"[2-6](?<![0-9+].)(?:[0-9]{12,18}|[0-9]{3}( ?[-./_] ?| {1,2})[0-9]{4}\1[0-9]{4}\1[0-9]{4}"
    r"|(?<=3)[47][0-9]{2}( ?[-./_] ?| {1,2})[0-9]{6}\2[0-9]{5})(?![0-9])"
)
_CARD_STARTS = re.compile(r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[068]|3[457]|6011|6[45]")
_PHONE_ABROAD = re.compile(
    r"[+04](?<![0-9+].)(?:"
    r"(?:(?<=\+)|(?<=0)0)[ -]?\(?46\)?[ ./-]?(?:\(0\)|0)?[ ./-]?\(?[1-9](?:[ ./)-]{0,2}[0-9]){6,8}"
    r"|(?<=\+)(?!46)[1-9](?:[ ./-]?\(?[0-9]\)?){7,13}"
    r"|(?<=0)(?<![A-Za-z].)0(?!46)[1-9][0-9](?:[ -]?[0-9]){7,12}"
    r"|(?<=4)(?<![A-Za-z].)(?<![0-9][-.,:].)6(?: ?\(0\) ?|[ -])?7[02369](?:[ -]?[0-9]){7}"
    r")(?![0-9]|[-.:][0-9]{2})"
)
_MOBILE = re.compile(
    r"0(?<![0-9+].)(?<![0-9]\..)7[02-9]\)?[-/._:,'\" ]{0,3}(?:[0-9][-._: ]{0,2}){6}[0-9](?![0-9])"
)
_MOBILE_SPACED = re.compile(r"0(?<![0-9].)([ ._-])7\1[02-9](?:\1[0-9]){7}(?![0-9])")
_LANDLINE = re.compile(
    r"0(?<![0-9+].)(?<![0-9][-.,:].)(?:"
    r"(8|[1-9][0-9]{1,2})\)?(?: ?[-/] ?| )[1-9][0-9]{1,2}(?:[ -]?[0-9]{2,3}){1,2}"
    r"|(?<![A-Za-z].)[1-9][0-9]{7,8}"
    r")(?![0-9]|[-.:][0-9])"
)
_EIGHTH = re.compile(r"08[-/ ](?:0[1-9]|[12][0-9]|3[01])[-/ ]?(?:19|20)[0-9]{2}")
_TIMES = re.compile(  # 0730-1615 24/12, 07092024 15
    r"0[0-9](?:[0-5][0-9] ?- ?[0-2][0-9][0-5][0-9]|(?:0[1-9]|1[0-2])20[0-9]{2})(?![0-9])"
)
_NAME = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,30})(?=((?:[, .-]{1,2}[^\W\d_]{1,30}){1,4}))")
_CALLED_ELSE = re.compile(
    r"(?:§§?|(?<!\w)(?:id|v|ver|version|rev|revision|kap|kapitel|avsnitt|punkt|paragraf|bilaga|nr|dnr|"
    r"diarienr|diarienummer|ärende|ärendenr|objekt|obj|art|artikel)\.?) ?[:.]? ?\Z",
    re.IGNORECASE,
)
_LONGEST_CALLING = 20  # characters of what a number is called, in the text before it
_MOSTLY = 0.25


def _is_called_else(match: Match) -> bool:
    """Whether the text itself says that the number is another one: § 12.3.4.5, Dnr 0127-12345."""
    start = match.start()
    return bool(_CALLED_ELSE.search(match.string[max(0, start - _LONGEST_CALLING) : start]))


def _is_card(match: Match) -> bool:
    digits = re.sub("[^0-9]", "", match.group())
    return bool(_CARD_STARTS.match(digits)) and luhn(digits)


def _is_mobile(match: Match) -> bool:
    text, start = match.group(), match.start()
    before = match.string[max(0, start - 2) : start]
    if text.isdigit() and before[:1].isdigit() and before.endswith(","):
        return False  # the decimals of a number
    return not _TIMES.match(text)


def _is_mobile_without_zero(match: Match) -> bool:
    return match[1][0] == "7" and match[1][1] in "02369"


def _is_landline(match: Match) -> bool:
    text = match.group()
    if _EIGHTH.fullmatch(text) or _TIMES.match(text) or _is_called_else(match):
        return False  # 08-10-2024
    digits = len(re.sub("[^0-9]", "", text))
    return 8 <= digits <= 10 and digits - len(f"0{match[1] or ''}") >= 5


def _is_ip4(match: Match) -> bool:
    return int(match.group().split(".")[0]) < 256 and not _is_called_else(match)


def _is_ip6(match: Match) -> bool:
    text = match.group()
    if "::" in text and not _IN_USE.match(text):
        return False  # 16:15::20
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_name(match: Match) -> bool:
    return begins_name(match[1], match[2])


FORMS = (
    Form("identity_number", IDENTITY, is_identity_number),
    Form("identity_number", SPACED, is_spaced_identity_number),
    Form("identity_number", NINE_DIGITS, has_lost_its_zero, share=_MOSTLY),
    Form("identity_number", FINNISH, is_finnish),
    Form("identity_number", DANISH, is_danish),
    Form("identity_number", NORWEGIAN, is_norwegian),
    Form("phone", _PHONE_ABROAD),
    Form("phone", _MOBILE, _is_mobile),
    Form("phone", _MOBILE_SPACED),
    Form("phone", NINE_DIGITS, _is_mobile_without_zero, share=_MOSTLY),
    Form("phone", _LANDLINE, _is_landline),
    Form("email", _EMAIL),
    Form("email", _EMAIL_APART),
    Form("ip_address", _IP4, _is_ip4),
    Form("ip_address", _IP6, _is_ip6),
    Form("registration_plate", PLATE, is_plate),
    Form("possible_plate", PLATE, may_be_plate),
    Form("bank_card", _CARD, _is_card),
    Form("bank_card", _CARD_PARTS, _is_card),
    Form("bank_account", IBAN, is_iban),
    Form("vehicle_number", VEHICLE, is_vehicle),
    Form("name", _NAME, _is_name),
)
UNSURE = ("possible_plate",)  # as often a code: the cell is hidden, its row is used
KINDS = tuple(dict.fromkeys(form.kind for form in FORMS))
