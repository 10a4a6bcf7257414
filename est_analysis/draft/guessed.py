"""A guess with its reason or question."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ASK = "FRÅGA: "


@dataclass(frozen=True)
class Guess:
    """A key's value and why; `notes` are of the keys below it, `above` stands before it."""

    value: Any
    comment: str
    notes: dict[str, str] = field(default_factory=dict)
    above: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """Names of the settings' areas and types → their ids, and the folder they lie in."""

    areas: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
