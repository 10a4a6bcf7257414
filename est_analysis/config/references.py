"""Ids in one part of the settings that another part defines."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from est_analysis.config.model import RESERVED_IDS
from est_analysis.config.section import Section, nearest
from est_analysis.errors import SettingsError

_FAULTS: ContextVar[list[SettingsError] | None] = ContextVar("faults", default=None)


@contextmanager
def told_together() -> Iterator[None]:
    """Collect ids that are not defined, and raise them as one error in the end.

    Who renames an area has it in many files; one error a run would be many runs. A fault of
    another kind ends the reading, and is told with those.

    Raises
    ------
    SettingsError
        The first; the others stand in its `also`.
    """
    faults: list[SettingsError] = []
    token = _FAULTS.set(faults)
    try:
        yield
    except SettingsError as fault:
        faults.append(fault)
    finally:
        _FAULTS.reset(token)
    if faults:
        faults[0].also = tuple(faults[1:])
        raise faults[0]


def refuse_undefined(fault: SettingsError) -> None:
    """Raise a fault about an id that is not defined: in the end, where faults are collected."""
    faults = _FAULTS.get()
    if faults is None:
        raise fault
    faults.append(fault)


def check_references(
    words: tuple[str, ...],
    known: Collection[str],
    section: Section,
    key: str,
    expected: str = "ids that are defined in the settings",
) -> None:
    """Refuse ids that are not defined."""
    for word in words:
        if word not in known:
            try:
                section.refuse(
                    key,
                    expected=expected,
                    found=f'"{word}"',
                    change=nearest(word, set(known) - set(RESERVED_IDS)),
                )
            except SettingsError as fault:
                refuse_undefined(fault)
