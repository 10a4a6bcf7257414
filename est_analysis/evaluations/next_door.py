"""The insats' question asked next door: neighbour areas, other types, other hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from est_analysis.evaluations.answers import Moved, counted
from est_analysis.evaluations.designs import Gathered
from est_analysis.evaluations.doubted import Doubted, direction, stands
from est_analysis.intervention import LEAST_EVENTS, Design, Estimate, primary_of

Numbers = npt.NDArray[np.float64]


def neighbours(whole: Gathered, actor: str) -> list[tuple[str, tuple[Numbers, Numbers]]]:
    """The register's neighbour areas where anything came, with counts and share reported."""
    own = whole.own()
    near = [(area, whole.summed(actor, [area], own)) for area in whole.insats.neighbour_areas]
    return [(area, pair) for area, pair in near if np.nansum(pair[0]) > 0]


def in_areas(
    doubted: Doubted,
    design: Design,
    near: Sequence[tuple[str, tuple[Numbers, Numbers]]],
    estimates: Sequence[Estimate],
) -> list[Moved]:
    """What was found of each neighbour area, where what is unread lets it stand."""
    found = []
    for (area, pair), one in zip(near, estimates, strict=True):
        own = design.of(*pair)
        moved = Moved("area", f"area:{area}", counted(own), one)
        found.append(_tried(doubted, moved, own, [area], doubted.gathered.own()))
    return found


def other_categories(doubted: Doubted, rests: set[str]) -> list[Moved]:
    """Other types in the target areas: the problem may change form, or its record.

    Of a main type whose sub-types are told apart (`rests`) only the incidents of none of them are
    left.
    """
    found = []
    whole, actor = doubted.gathered, doubted.actor
    areas = list(whole.insats.areas)
    for category in whole.data.settings.main_categories():
        if category in whole.own():
            continue
        design = whole.design(actor, [category])
        if np.nansum(design.target[design.before | design.after]) >= LEAST_EVENTS:
            place = f"{'rest' if category in rests else 'category'}:{category}"
            moved = Moved("category", place, counted(design), primary_of(design))
            found.append(_tried(doubted, moved, design, areas, [category]))
    return found


def other_hours(hours: list[Gathered], actor: str) -> list[Moved]:
    """Inside the hours of the insats and outside, of incidents whose minute is known."""
    found = []
    for place, part in zip(("inside", "outside"), hours, strict=False):
        design = part.design(actor)
        if np.nansum(design.target[design.before | design.after]) >= LEAST_EVENTS:
            found.append(Moved("hours", f"hours:{place}", counted(design), primary_of(design)))
    return found


def _tried(
    doubted: Doubted, moved: Moved, design: Design, areas: list[str], kinds: Sequence[str]
) -> Moved:
    """What is said of a place next door, with the causes that take it back."""
    if not direction(moved.estimate):
        return moved
    causes = doubted.total_missed(design)
    for tries in (doubted.targets(design, areas, kinds), doubted.comparisons(design, kinds)):
        if not stands(primary_of, tries.designs.values(), moved.estimate):
            causes += tries.causes
    return replace(moved, doubt=tuple(dict.fromkeys(causes)))
