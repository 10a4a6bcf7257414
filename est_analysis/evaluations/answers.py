"""What is concluded of an insats: by each actor's data, next door, and by all together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from est_analysis.config import Intervention
from est_analysis.evaluations.together import Together
from est_analysis.intervention import Design, Estimate, Evaluation

UNDETERMINED = "cannot_be_determined"
UNREAD = "unread"  # the reason of a conclusion that what is unread could turn


@dataclass(frozen=True)
class Moved:
    """The insats' question asked next door: another area, another type, other hours.

    ``kind`` is ``area``, ``category`` or ``hours``. ``place`` is a code of what it is beside:
    ``area:`` or ``category:`` and an id, ``rest:`` and a main type for its incidents of no
    sub-type, ``hours:inside`` or ``hours:outside``.
    """

    kind: str
    place: str
    count: int | None
    estimate: Estimate
    doubt: tuple[int, ...] = ()  # numbers of `Unread.causes` that take back what it says


@dataclass(frozen=True)
class Tried:
    """The same evaluation with what is unread put to one place, and numbers of what it is.

    ``place`` is ``target_up`` or ``target_down`` (more incidents after, or before), ``others_up``,
    ``others_down``, or ``total``: nothing is known, as a control total is missed.
    """

    place: str
    evaluation: Evaluation
    causes: tuple[int, ...]


@dataclass(frozen=True)
class ActorEvaluation:
    """What one actor's data say.

    Attributes
    ----------
    count
        Incidents in the target areas on the days that are counted; None where none was reported.
    first_day, last_day
        Those days, as far as the actor's deliveries reach; None where there are none.
    tried
        The same with what is unread put where it changes most, where anything is claimed.
    doubt
        Numbers of `Unread.causes` that take the conclusion back; none where it stands.
    left_out
        Areas that are no comparison, beside the neighbours, each with why: ``own_insats`` or
        ``silent``.
    """

    actor: str
    evaluation: Evaluation
    count: int | None
    moved: tuple[Moved, ...]
    first_day: dt.date | None
    last_day: dt.date | None
    tried: tuple[Tried, ...] = ()
    doubt: tuple[int, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class InsatsEvaluation:
    """One insats, by each actor whose data the register names.

    ``running`` when it had not ended at the last day used: an interim result. ``overlapping``: ids
    of other insatser for the same types in the same areas, since a year before the start.
    ``together`` is what the actors' data say as one; None of fewer than two that suffice.
    """

    insats: Intervention
    actors: tuple[ActorEvaluation, ...]
    last_day: dt.date
    running: bool
    overlapping: tuple[str, ...]
    together: Together | None = None


def way(grade: str) -> str:
    """Whether a grade is for an insats or against it; nothing where it is neither."""
    return "" if grade == UNDETERMINED else grade.rpartition("_")[2]


def counted(design: Design) -> int | None:
    """Incidents of the weeks after; None where not one of them was reported."""
    return int(design.target[design.after].sum()) if design.after.any() else None
