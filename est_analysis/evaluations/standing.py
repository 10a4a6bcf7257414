"""Conclusions that allow for there being several insatser, and for whatever is unread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from est_analysis.evaluations.answers import (
    UNDETERMINED,
    UNREAD,
    ActorEvaluation,
    InsatsEvaluation,
    Tried,
    way,
)
from est_analysis.evaluations.doubted import Doubted
from est_analysis.evaluations.together import Together, concluded_together, together
from est_analysis.intervention import Design, Estimate, Evaluation, concluded


def again(
    doubted: Doubted, design: Design, evaluated: Callable[[Design], Evaluation]
) -> tuple[Tried, ...]:
    """The same evaluation with what is unread put to the target, and to the remaining areas."""
    if not design.told.any():
        return ()
    whole = doubted.gathered
    places = {
        "target": doubted.targets(design, whole.insats.areas, whole.own()),
        "others": doubted.comparisons(design, whole.own()),
    }
    tried = [
        Tried(f"{place}_{where}", evaluated(one), tries.causes)
        for place, tries in places.items()
        for where, one in tries.designs.items()
    ]
    missed = doubted.total_missed(design)
    if missed:  # nothing can be said of a series that is known to be wrong
        nothing = design.of(np.full_like(design.target, np.nan), 0 * design.exposure)
        tried.append(Tried("total", evaluated(nothing), missed))
    return tuple(tried)


def that_stand(found: Sequence[InsatsEvaluation]) -> list[InsatsEvaluation]:
    """The same insatser with what can be concluded of all of them, by each actor and together."""
    actors = iter(_of_actors([one for insats in found for one in insats.actors]))
    pooled = _of_all_together(found)
    return [
        replace(insats, actors=tuple(next(actors) for _ in insats.actors), together=answer)
        for insats, answer in zip(found, pooled, strict=True)
    ]


def _of_actors(every: list[ActorEvaluation]) -> list[ActorEvaluation]:
    first = [one.evaluation for one in every]
    kept = []
    for place, (one, told) in enumerate(zip(every, concluded(first), strict=True)):
        doubt: dict[int, None] = {}
        for tried in one.tried if way(told.grade) else ():
            other = concluded([*first[:place], tried.evaluation, *first[place + 1 :]])[place]
            if way(other.grade) != way(told.grade) or _elsewhere(other.primary, told.primary):
                doubt |= dict.fromkeys(tried.causes)
        if doubt:
            told = replace(told, grade=UNDETERMINED, reasons=(UNREAD,))
        kept.append(replace(one, evaluation=told, doubt=tuple(doubt)))
    return kept


def _elsewhere(tried: Estimate, told: Estimate) -> bool:
    """Whether a ratio lies outside the interval that is told: then its number is not known."""
    return not told.lower <= tried.ratio <= told.upper


def _of_all_together(found: Sequence[InsatsEvaluation]) -> list[Together | None]:
    """What the actors' data say together, tried with what is unread of all of them at once."""
    first = [insats.together for insats in found]
    kept = []
    for place, (insats, told) in enumerate(zip(found, concluded_together(first), strict=True)):
        if told is None or not way(told.grade):
            kept.append(told)
            continue
        doubt: dict[int, None] = {}
        for other, causes in _tried_together(insats.actors):
            answer = concluded_together([*first[:place], other, *first[place + 1 :]])[place]
            same = answer is not None and way(answer.grade) == way(told.grade)
            if answer is None or not same or _elsewhere(answer.estimate, told.estimate):
                doubt |= dict.fromkeys(causes)
        if doubt:
            told = replace(told, grade=UNDETERMINED, reasons=(UNREAD,), doubt=tuple(doubt))
        kept.append(told)
    return kept


def _tried_together(
    actors: Sequence[ActorEvaluation],
) -> list[tuple[Together | None, tuple[int, ...]]]:
    """The answer with what is unread of every actor put to the same place, and what it is."""
    found = []
    for place in dict.fromkeys(tried.place for one in actors for tried in one.tried):
        own = [next((tried for tried in one.tried if tried.place == place), None) for one in actors]
        parts = [
            (one.actor, tried.evaluation if tried else one.evaluation)
            for one, tried in zip(actors, own, strict=True)
        ]
        found.append((together(parts), tuple(n for tried in own if tried for n in tried.causes)))
    return found
