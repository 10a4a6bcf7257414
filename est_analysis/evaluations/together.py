"""One answer of an insats: its actors' data together, beside each actor's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from est_analysis.checks import Check
from est_analysis.intervention import (
    Estimate,
    Evaluation,
    Pooled,
    adjusted_p,
    graded,
    holds,
    pooled,
)

SURE = 0.05
OF_THE_INSATS = ("performed", "overlapping")  # checks that are no actor's own


@dataclass(frozen=True)
class Together:
    """What the actors' data say together.

    Attributes
    ----------
    actors
        Those whose data are in it: of the others too little is known.
    estimate
        Of one change that all have in common.
    correlation
        The largest of two actors' errors: they see the same events, or the same swings.
    grade, reasons
        As of one actor's `Evaluation`.
    doubt
        Numbers of `Unread.causes` that take the conclusion back; none where it stands.
    """

    actors: tuple[str, ...]
    estimate: Estimate
    correlation: float
    grade: str
    reasons: tuple[str, ...]
    doubt: tuple[int, ...] = ()


def together(found: Sequence[tuple[str, Evaluation]]) -> Together | None:
    """Pool the actors whose own data suffice; None where they are fewer than two."""
    enough = [(actor, one) for actor, one in found if _suffices(one)]
    asked = [one.asked for _, one in enough]
    answer = pooled(asked)
    if answer is None:
        return None
    checks = _worst([check for _, one in enough for check in one.checks])
    apart = Check(
        "actors_differ", "warning" if answer.differ_p < SURE else "ok", answer.differ_p, SURE
    )
    held = holds(answer.estimate, _other_choices([one for _, one in enough], answer))
    grade, reasons = graded(answer.estimate, (*checks, apart), True, held, True, None)
    largest = float(answer.correlation[~np.eye(len(asked), dtype=bool)].max())
    actors = tuple(actor for actor, _ in enough)
    return Together(actors, answer.estimate, largest, grade, reasons)


def concluded_together(answers: Sequence[Together | None]) -> tuple[Together | None, ...]:
    """The same, with conclusions that allow for there being several insatser."""
    p = np.array([np.nan if one is None else one.estimate.p for one in answers])
    kept = []
    for one, value in zip(answers, adjusted_p(p), strict=True):
        if one is not None and one.grade != "cannot_be_determined" and value > SURE:
            one = replace(one, grade="cannot_be_determined", reasons=("one_of_several",))
        kept.append(one)
    return tuple(kept)


def _suffices(one: Evaluation) -> bool:
    """Whether an actor's own data have what is asked for, whatever they say."""
    wanting = [check for check in one.checks if check.status == "failed"]
    answered = one.asked.usable and one.primary.known
    return answered and all(check.name in OF_THE_INSATS for check in wanting)


def _other_choices(found: Sequence[Evaluation], answer: Pooled) -> tuple[tuple[str, Estimate], ...]:
    """The answer under the choices that the actors' own were tried with, by the same weights.

    Of a choice that an actor has not, such as one more area that is left out, its own answer.
    """
    own: list[dict[tuple[str, int], float]] = []
    for one in found:
        named: Counter[str] = Counter()
        ratios = {}
        for name, estimate in one.variants:
            ratios[name, named[name]] = estimate.ratio
            named[name] += 1
        own.append(ratios)
    keys = dict.fromkeys(key for ratios in own for key in ratios)
    logs = np.log(
        [[r.get(key, one.primary.ratio) for r, one in zip(own, found, strict=True)] for key in keys]
    ).reshape(len(keys), len(found))
    return tuple(
        (name, replace(answer.estimate, ratio=float(np.exp(log))))
        for (name, _), log in zip(keys, logs @ answer.weight, strict=True)
    )


def _worst(checks: Sequence[Check]) -> tuple[Check, ...]:
    """One check of each name: failed before warned before any other."""
    order = {"failed": 0, "warning": 1}
    found: dict[str, Check] = {}
    for check in sorted(checks, key=lambda check: order.get(check.status, 2)):
        found.setdefault(check.name, check)
    return tuple(found.values())
