"""Text that stays text: what a spreadsheet would calculate, and what a file cannot hold."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def begins_like_a_formula(text: str) -> bool:
    r"""Whether a spreadsheet could read a text as a formula or as another cell's content.

    Examples
    --------
    >>> [begins_like_a_formula(text) for text in ("=1+1", "\t=1", " @x", "-2", "– ", "Centrum")]
    [True, True, True, True, False, False]
    """
    return _FORMULA.match(text) is not None


def clean(text: str) -> str:
    """The text without line ends of old systems and signs that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
