"""Texts searched for personal data: all words of a column at once, whatever letters they use."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from est_analysis.privacy.forms import FORMS, UNSURE, Form

HIDDEN = "[personal data]"
LONGEST_TOLD, LONGEST_LIST = 120, 400  # characters that a message shows of one thing, of a list

_DASHES = frozenset("\u02d7\u2043\u2212")  # beside those that Unicode counts as dashes
_DOTS = frozenset("\u00b7\u2022\u2027\u2219\u22c5\u30fb")
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800")  # letters and signs that show nothing
_UNSEEN = ("Cc", "Cf", "Mn", "Me")  # control and format signs, marks on the sign before
_JOINTS = re.compile(r"""['"] ?, ?['"]|&nbsp;|<br ?/?>""")  # between items of a list, or lines


def find_personal_data(
    words: Sequence[str], *, names: bool = False
) -> dict[str, npt.NDArray[np.bool_]]:
    """Which words hold personal data, by kind; kinds that no word holds are left out.

    Parameters
    ----------
    words
        Texts, such as the distinct words of a column.
    names
        Look for persons' names too. Places and streets are named after persons, so this is only
        for texts that are declared to hold names.

    Returns
    -------
    dict
        ``identity_number`` (personal identity and coordination numbers whose date and check digit
        hold, Finnish, Danish and Norwegian ones too), ``phone``, ``email``, ``ip_address``,
        ``registration_plate``, ``possible_plate`` (with the letters of a word, as codes have),
        ``bank_card``, ``bank_account`` (IBAN), ``vehicle_number`` and ``name`` → a truth per word.

    Examples
    --------
    >>> found = find_personal_data(["Torget", "ring 070-123 45 67", "bil ABC 12D"])
    >>> {kind: flags.tolist() for kind, flags in found.items()}
    {'phone': [False, True, False], 'registration_plate': [False, False, True]}
    """
    text = "\n".join(words)
    if text.count("\n") >= len(words) > 0:
        text = "\n".join(" ".join(word.split("\n")) for word in words)
    text = plain_text(text)
    ends: npt.NDArray[np.int64] | None = None
    found: dict[str, npt.NDArray[np.bool_]] = {}
    for form in FORMS:
        if form.kind == "name" and not names:
            continue
        places = _places(form, text)
        if not places:
            continue
        if ends is None:
            ends = np.cumsum([len(line) + 1 for line in text.split("\n")])
        flags = found.setdefault(form.kind, np.zeros(len(words), dtype=bool))
        flags[np.searchsorted(ends, places, side="right")] = True
    return found


def _places(form: Form, text: str) -> list[int]:
    """Where a form stands in the text; nowhere where it seems to be there by chance only."""
    if form.holds is None:
        return [match.start() for match in form.pattern.finditer(text)]
    holds = [(match.start(), form.holds(match)) for match in form.pattern.finditer(text)]
    places = [place for place, is_one in holds if is_one]
    return places if len(places) >= form.share * len(holds) else []


def personal_data_in(text: str) -> str | None:
    """The kind of personal data that is surely in a text, or None; see `find_personal_data`.

    Examples
    --------
    >>> personal_data_in("ringde 811228-9874 om klotter")
    'identity_number'
    >>> personal_data_in("klotter på vägg 2024-10-07") is None
    True
    """
    return next((kind for kind in find_personal_data([text]) if kind not in UNSURE), None)


def masked(words: Sequence[str], *, names: bool = True) -> list[str]:
    """The words, with `HIDDEN` for each that holds personal data; for texts that are shown.

    Here names are looked for too: to hide a place that sounds like a person costs little.

    Examples
    --------
    >>> masked(["igår", "hos Anna Svensson", "anna@exempel.se"])
    ['igår', '[personal data]', '[personal data]']
    """
    found = find_personal_data(words, names=names)
    if not found:
        return list(words)
    secret = np.logical_or.reduce(list(found.values()))
    return [HIDDEN if bad else word for word, bad in zip(words, secret, strict=True)]


def shown(text: str, most: int = LONGEST_TOLD) -> str:
    """At most so many characters of a text, for a message; `HIDDEN` where it holds a person.

    It is searched before it is cut: a part of a number would not be known for what it is.

    Examples
    --------
    >>> shown("a column", 5), shown("cell 811228-9874", 10)
    ('a col', '[personal data]')
    """
    [told] = masked([text])
    return told if told == HIDDEN else told[:most]


def plain_text(text: str) -> str:
    """Ordinary digits, dashes and blanks for all that look like them, and nothing unseen."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    others = {ord(sign): plain for sign in set(text) if (plain := _ordinary(sign)) != sign}
    return _JOINTS.sub(" ", text.translate(others) if others else text)


@functools.cache
def _ordinary(sign: str) -> str:
    """What a sign looks like: a digit, dash, dot, blank, nothing, or itself."""
    if sign == "\n" or "!" <= sign <= "~":
        return sign
    category = unicodedata.category(sign)
    digit = unicodedata.digit(sign, None)
    if sign.isspace():
        return " "
    if digit is not None:
        return str(digit)
    if category == "Pd" or sign in _DASHES:
        return "-"
    if sign in _DOTS:
        return "."
    return "" if category in _UNSEEN or sign in _FILLERS else sign
