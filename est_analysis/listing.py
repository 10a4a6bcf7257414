"""Names as a list in one text, from which they can be taken apart again, commas in them or not."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HELD = "\u00a0"  # a blank at which nothing is divided


def listing(names: Iterable[str]) -> str:
    r"""Names with commas between them, or semicolons where a name has a comma of its own.

    Examples
    --------
    >>> listing(["Centrum", "Norr"]), listing(["Kultur, idrott och fritid", "Park"])
    ('Centrum, Norr', 'Kultur,\xa0idrott och fritid; Park')
    """
    words = list(names)
    mark = ";" if any("," in word for word in words) else ","
    return f"{mark} ".join(re.sub("([,;]) ", rf"\1{_HELD}", word) for word in words)


def apart(text: str) -> list[str]:
    """The names of a `listing`.

    Examples
    --------
    >>> apart(listing(["Kultur, idrott och fritid", "Park"]))
    ['Kultur, idrott och fritid', 'Park']
    """
    words = re.split("[,;] ", text) if text else []
    return [re.sub(f"([,;]){_HELD}", r"\1 ", word) for word in words]
