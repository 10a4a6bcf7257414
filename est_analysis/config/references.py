"""Ids in one part of the settings that another part defines."""

from __future__ import annotations

from collections.abc import Collection

from est_analysis.config.model import RESERVED_IDS
from est_analysis.config.section import Section, nearest


def check_references(
    words: tuple[str, ...], known: Collection[str], section: Section, key: str
) -> None:
    """Refuse ids that are not defined."""
    for word in words:
        if word not in known:
            section.refuse(
                key,
                expected="ids that are defined in the settings",
                found=f'"{word}"',
                change=nearest(word, set(known) - set(RESERVED_IDS)),
            )
