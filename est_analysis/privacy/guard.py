"""Texts searched for personal data: all words of a column at once, whatever letters they use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from est_analysis.privacy.forms import FORMS

HIDDEN = "[personal data]"

_DASHES = dict.fromkeys(
    map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-"
)
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), "")
_OTHER_BLANKS = re.compile(r"[^\S\n]")
_OTHER_DIGITS = re.compile(r"(?![0-9])\d")


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
        hold), ``phone``, ``email``, ``ip_address``, ``registration_plate``, ``bank_card`` and
        ``name`` → a truth per word.

    Examples
    --------
    >>> found = find_personal_data(["Torget", "ring 070-123 45 67", "bil ABC 12D"])
    >>> {kind: flags.tolist() for kind, flags in found.items()}
    {'phone': [False, True, False], 'registration_plate': [False, False, True]}
    """
    text = "\n".join(words)
    if text.count("\n") >= len(words) > 0:
        text = "\n".join(" ".join(word.split("\n")) for word in words)
    text = _plain(text)
    ends: npt.NDArray[np.int64] | None = None
    found: dict[str, npt.NDArray[np.bool_]] = {}
    for kind, pattern, holds in FORMS:
        if kind == "name" and not names:
            continue
        places = [m.start() for m in pattern.finditer(text) if holds is None or holds(m)]
        if not places:
            continue
        if ends is None:
            ends = np.cumsum([len(line) + 1 for line in text.split("\n")])
        flags = found.setdefault(kind, np.zeros(len(words), dtype=bool))
        flags[np.searchsorted(ends, places, side="right")] = True
    return found


def personal_data_in(text: str) -> str | None:
    """The kind of personal data in a text, or None; see `find_personal_data`.

    Examples
    --------
    >>> personal_data_in("ringde 811228-9874 om klotter")
    'identity_number'
    >>> personal_data_in("klotter på vägg 2024-10-07") is None
    True
    """
    return next(iter(find_personal_data([text])), None)


def masked(words: Sequence[str]) -> list[str]:
    """The words, with `HIDDEN` for each that holds personal data; for texts that are shown.

    Here names are looked for too: to hide a place that sounds like a person costs nothing.

    Examples
    --------
    >>> masked(["igår", "hos Anna Svensson", "anna@exempel.se"])
    ['igår', '[personal data]', '[personal data]']
    """
    found = find_personal_data(words, names=True)
    if not found:
        return list(words)
    secret = np.logical_or.reduce(list(found.values()))
    return [HIDDEN if bad else word for word, bad in zip(words, secret, strict=True)]


def _plain(text: str) -> str:
    """Ordinary digits, dashes and blanks for all that look like them, and nothing unseen."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES | _UNSEEN)
        text = _OTHER_DIGITS.sub(lambda match: str(unicodedata.digit(match.group())), text)
    return _OTHER_BLANKS.sub(" ", text)
