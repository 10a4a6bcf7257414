"""How areas and types are found where an export does not name them: addresses, texts, dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Keywords:
    """Texts that contain one of the words are of the type; the first that fits is used."""

    words: tuple[str, ...]
    id: str


@dataclass(frozen=True)
class Street:
    """A street, or the numbers from `first` to `last` of one side of it, in an area."""

    name: str
    area: str
    first: int | None = None
    last: int | None = None
    side: str = ""  # odd | even | both


@dataclass(frozen=True)
class Dated:
    """What a word means from a day to another, both inclusive."""

    id: str
    start: dt.date
    end: dt.date
