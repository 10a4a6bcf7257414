"""Swedish registration plates; not codes, rooms and sums of money that are written like them."""

from __future__ import annotations

import re

Match = re.Match[str]

_LETTER, _LAST = "[A-HJ-PR-UW-Za-hj-pr-uw-z]", "[0-9A-HJ-NPR-UW-Za-hj-npr-uw-z]"  # no I, Q, V
PLATE = re.compile(
    rf"{_LETTER}(?:(?<![^\W_].)|(?<=[rR][eE][gG].)|(?<=[rR][eE][gG][nN][rR].)){_LETTER}{{2}}"
    rf"(?: {{0,2}}|[-._])[0-9]{{2}}{_LAST}(?![^\W_])"
)
_CALLED = re.compile(
    r"(?<![^\W_])(reg(?:nr|nummer|\.? ?nr)?|plåt|skylt|bil|bilen|personbil|lastbil|fordon|"
    r"fordonet|moped|mc)[ .:]{0,3}\Z",
    re.IGNORECASE,
)
_LONGEST_CALLING = 16  # characters of what a plate is called, in the text before it

# Before a number these are places, lines, codes, money, months and small words. A plate that has
# them (about one in a hundred; some are never issued) is known by a word such as "reg" only.
_WORDS = """
    ABB ADR ANL ANM APR APT ARE ART AUG AVD BAD BAN BBR BED BEL BEN BLK BOD BOX BRF BRO BUP BUR BUS
    CPH DEC DEL DEN DET DKK DNR DOK ENH EST ETG ETT EUR EXP FAS FEB FEM FYR GAT GBP GPS GYM HAR
    HLP HOS HPL HSB HUS HWY JAN JUL JUN KAJ KAL KAP KBT KFM KOD KOL KOM KTH LAG LAN LED LEK LGH LOG
    LOK LOP LSS MAJ MAR MAX MED MMS MOT MUR NED NER NOD NOK NOR NRO NUM NYA OBJ OCH OKT ORT PBL PER
    PKT POL PSK PUB RAD RAL REF ROS RTE RTG RUM SAB SAL SEB SEK SEN SEP SEX SFS SJF SKL SKO SKR SLL
    SMS SOM SOS SOU STA STE STF STN SYD TAB TAG TAK TEL TOM TRE TRP TUB TUN UPP USD UTD UTE UTM WGS
    """
_NO_PLATES = frozenset(_WORDS.split())
_CODES = frozenset({"STA"})  # stations, in a row of a hundred of a fire brigade's exports


def may_be_plate(match: Match) -> bool:
    """Whether the letters are a word in capitals, so that it may as well be a code."""
    return match.group()[:3] in _NO_PLATES - _CODES and not is_plate(match)


def is_plate(match: Match) -> bool:
    """Whether it is certain enough: by capitals, no blank, the cell's ends or the word before.

    The letters are no word that ordinarily stands before a number, unless it is called a plate.
    """
    plate, text, start = match.group(), match.string, match.start()
    called = _CALLED.search(text[max(0, start - _LONGEST_CALLING) : start])
    if called and (called[1].casefold().startswith("reg") or " " not in plate):
        return True
    if plate[:3].upper() in _NO_PLATES:
        return False
    if called or plate[:3].isupper() or plate[3].isdigit():  # ABC 12D, abc123
        return True
    return {text[start - 1 : start], text[match.end() : match.end() + 1]} <= {"", "\n"}
