"""Several declarations of one actor, each in a file of its own."""

from __future__ import annotations

from dataclasses import replace

from est_analysis.config.model import Responsibility, SourceFormat
from est_analysis.config.section import OTHERWISE
from est_analysis.errors import SettingsError


def joined_sources(first: SourceFormat, other: SourceFormat) -> SourceFormat:
    """The first declaration with another one of the same actor beside it.

    How files are read, and what their words mean, is each declaration's own. What is true of the
    actor (its name, what it answers for, when it has reported) is said in the first.

    Raises
    ------
    SettingsError
        When both read the same files, or say different things of the actor.
    """
    both = sorted({*first.files, *(f for one in first.also for f in one.files)} & {*other.files})
    if both:
        _refuse(
            other, "each file of an actor in one declaration",
            f'"{both[0]}" also in {first.path.name}', f"name other files in {other.path}",
        )  # fmt: skip
    if other.name != first.name:
        _refuse(
            other, f'the name of the actor as in {first.path.name}: "{first.name}"',
            f'"{other.name}"', f"write the same name, or another actor, in {other.path}",
        )  # fmt: skip
    said = [key for key, is_said in _of_the_actor(other) if is_said]
    if said:
        _refuse(
            other, f"{said[0]} of the actor in {first.path.name} only",
            f"it in {other.path.name}", f"move it there from {other.path}",
        )  # fmt: skip
    return replace(first, also=(*first.also, other))


def _of_the_actor(source: SourceFormat) -> list[tuple[str, bool]]:
    """What is said once of an actor, and whether a declaration says it."""
    return [
        ("reports", source.responsibilities != (Responsibility(),)),
        ("coverage", (source.coverage, source.through) != ("continuous", None)),
        ("coverage", bool(source.gaps) or source.quiet_is_real),
        ("control_totals", bool(source.control_totals)),
        ("name_en", bool(source.name_en)),
    ]


def _refuse(source: SourceFormat, expected: str, found: str, change: str) -> None:
    raise SettingsError(
        f"cannot use {source.path.name}",
        expected=expected,
        found=found,
        change=change,
        otherwise=OTHERWISE,
    )
