"""Which encoding a text is in: the one that gives Swedish letters, and no signs within words."""

from __future__ import annotations

import re

CANDIDATES = ("utf-8", "cp1252", "cp850", "mac_roman")
LOOKED_AT = 1_000_000  # bytes from the beginning
ENOUGH = 3  # a foreign letter or two may be somebody's name
_SWEDISH = re.compile("[åäöÅÄÖ]")
_USUAL = "åäöÅÄÖéÉèüÜáæøÆØçñ"
_WORD_SIGN = re.compile(  # a sign, or a control code, that stands in or beside a word
    r"[\x80-\x9f]|(?<=[^\W\d_])[†‡ˆ‰‹›„‚ƒ™€…•¢£¥¤¦¨©ª«¬®¯±¶·¸º»¼½¾¿¡×÷‗┬├](?=[^\W\d_])|[†‡ˆ‰ƒ]"
)
_FOREIGN = re.compile(rf"[^\W\d_a-zA-Z{_USUAL}]")


def strangeness(text: str) -> int:
    """How many signs no word has; those of the first line, where column names are, weigh most.

    Examples
    --------
    >>> strangeness("Område;Typ"), strangeness("Omr†de;Typ")
    (0, 3)
    """
    first = text.split("\n", 1)[0]
    found = len(_FOREIGN.findall(text)) + ENOUGH * len(_WORD_SIGN.findall(text))
    return found + (ENOUGH - 1) * len(_FOREIGN.findall(first))


def better_encoding(raw: bytes, text: str) -> str:
    """An encoding in which a text has none of its strange signs; empty where none is better.

    Examples
    --------
    >>> raw = "Område;Typ".encode("cp850")
    >>> better_encoding(raw, raw.decode("cp1252"))
    'cp850'
    """
    begin = text[:LOOKED_AT]
    if begin.isascii() or strangeness(begin) < ENOUGH:
        return ""
    return _best(raw, most=0)


def likely_encoding(raw: bytes) -> str:
    """The encoding that gives the fewest strange signs; empty where none can read it."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return _best(raw, most=len(raw)) or "latin-1"


def _best(raw: bytes, most: int) -> str:
    """The encoding with the least strangeness and the most å, ä, ö, if it is no stranger."""
    part = raw[:LOOKED_AT]
    part = part[: part.rfind(b"\n") + 1] or part  # no letter is cut in two
    found: dict[str, tuple[int, int]] = {}
    for name in CANDIDATES:
        try:
            raw.decode(name)
            read = part.decode(name)
            found[name] = strangeness(read), -len(_SWEDISH.findall(read))
        except UnicodeError:
            continue
    name = min(found, key=lambda one: found[one], default="")
    return name if name and found[name][0] <= most else ""
