"""Every insats of a period judged together, so that chance among many is allowed for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Intervention
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import unread_of
from est_analysis.effort import weekly_reporters
from est_analysis.errors import SettingsError
from est_analysis.evaluations.designs import Gathered, gathered, within_hours
from est_analysis.evaluations.doubted import Doubted, direction, others, stands, target
from est_analysis.evaluations.judged import (
    beside,
    counted_days,
    judged,
    mains_split,
    tells_apart,
)
from est_analysis.evaluations.together import Together, concluded_together, together
from est_analysis.intervention import (
    LEAST_EVENTS,
    Design,
    Estimate,
    Evaluation,
    concluded,
    evaluate,
    primary_of,
)

UNDETERMINED = "cannot_be_determined"
UNREAD = "unread"  # the reason of a conclusion that what is unread could turn
REPORTERS_CHANGED = 0.25  # share by which reporters differ, half a year before and after the start
_HALF_YEAR = dt.timedelta(weeks=26)
_DAY = dt.timedelta(days=1)
EARLIEST = dt.timedelta(weeks=8)  # before this after the start nothing can be said


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
class ActorEvaluation:
    """What one actor's data say.

    Attributes
    ----------
    count
        Incidents in the target areas on the days that are counted; None where none was reported.
    first_day, last_day
        Those days, as far as the actor's deliveries reach; None where there are none.
    tried
        The same with what is unread put where it changes most, each with the causes.
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
    tried: tuple[tuple[Evaluation, tuple[int, ...]], ...] = ()
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


def evaluate_insats(data: Dataset, insats: Intervention, period: Period) -> InsatsEvaluation:
    """Evaluate an insats with what came up to a period's end.

    Everything about the design is read from the register: areas, types, actors, comparison and
    neighbour areas, start and end, and whether the area was chosen on a peak. The conclusion
    allows for all other insatser that are judged in the same period.

    Raises
    ------
    SettingsError
        The insats begins after the last day, or before the data of all its actors.
    """
    _refuse(data, insats, period)
    return evaluated_in(data, period, insats)[insats.id]


def evaluated_in(
    data: Dataset, period: Period, also: Intervention | None = None
) -> dict[str, InsatsEvaluation]:
    """Every insats that ran in a period for eight weeks or more and can be judged, by its id.

    Conclusions allow for there being several: p values of all are adjusted together.
    """
    found = []
    for insats in data.settings.interventions.values():
        wanted = also is not None and insats.id == also.id
        if wanted or (in_question(data, insats, period) and not cannot_be(data, insats, period)):
            found.append(_evaluated(data, insats, period))
    every = [one for insats in found for one in insats.actors]
    stand = iter(_that_stand(every))
    by_insats = [tuple(next(stand) for _ in insats.actors) for insats in found]
    pooled = concluded_together(
        [together([(one.actor, one.evaluation) for one in insats.actors]) for insats in found]
    )
    return {
        insats.insats.id: replace(insats, actors=actors, together=_if_all_stand(answer, actors))
        for insats, actors, answer in zip(found, by_insats, pooled, strict=True)
    }


def _if_all_stand(answer: Together | None, actors: tuple[ActorEvaluation, ...]) -> Together | None:
    """What actors say together; not determined where what is unread could turn one of them."""
    doubted = {one.actor for one in actors if one.doubt}
    if answer is None or not _way(answer.grade) or not doubted & set(answer.actors):
        return answer
    return replace(answer, grade=UNDETERMINED, reasons=(UNREAD,))


def _that_stand(every: list[ActorEvaluation]) -> list[ActorEvaluation]:
    """Conclusions that allow for there being several, and that hold whatever is unread means."""
    first = [one.evaluation for one in every]
    kept = []
    for place, (one, told) in enumerate(zip(every, concluded(first), strict=True)):
        doubt: dict[int, None] = {}
        for other, causes in one.tried:
            again = concluded([*first[:place], other, *first[place + 1 :]])[place]
            if _way(again.grade) != _way(told.grade):
                doubt |= dict.fromkeys(causes)
        if doubt and _way(told.grade):
            told = replace(told, grade=UNDETERMINED, reasons=(UNREAD,))
        else:
            doubt = {}
        kept.append(replace(one, evaluation=told, doubt=tuple(doubt)))
    return kept


def _way(grade: str) -> str:
    """Whether a grade is for an insats or against it; nothing where it is neither."""
    return "" if grade == UNDETERMINED else grade.rpartition("_")[2]


def in_question(data: Dataset, insats: Intervention, period: Period) -> bool:
    """Whether it ran in a period, and for eight weeks or more that there may be data of."""
    ran = last_day(data, insats, period) - insats.start + _DAY
    return ran >= EARLIEST and (insats.end is None or insats.end >= period.start)


def cannot_be(data: Dataset, insats: Intervention, period: Period) -> SettingsError | None:
    """Why an insats cannot be evaluated at all; None when it can."""
    where = f"{data.settings.folder / 'interventions'}"
    last = last_day(data, insats, period)
    if last < insats.start:
        return SettingsError(
            f"{insats.id} cannot be evaluated yet",
            expected=f"a period that ends after the start, {insats.start}",
            found=f"{period.label or period.end}, data until {last}",
            change=f"--period, or start in the insats' file in {where}",
            otherwise="nothing is evaluated",
        )
    firsts = {
        actor: data.coverage.first_day(actor)
        for actor in insats.actors
        if data.coverage.first_day(actor) is not None
    }
    if not any(day is not None and day < insats.start for day in firsts.values()):
        told = ", ".join(f"{actor} from {day}" for actor, day in firsts.items())
        return SettingsError(
            f"{insats.id} cannot be evaluated: there are no weeks before its start",
            expected=f"data of {' or '.join(insats.actors)} from before {insats.start}, "
            "at best three years and at least one",
            found=told or "no data of any of them",
            change=f"start in the insats' file in {where}, or add older exports",
            otherwise="nothing is evaluated",
        )
    return None


def _refuse(data: Dataset, insats: Intervention, period: Period) -> None:
    fault = cannot_be(data, insats, period)
    if fault is not None:
        raise fault


def last_day(data: Dataset, insats: Intervention, period: Period) -> dt.date:
    """The last day judged: of the period, the insats, or the latest data of its actors."""
    reached = [data.coverage.last_day(actor) for actor in insats.actors]
    latest = max((day for day in reached if day is not None), default=data.as_of)
    return min(period.end, insats.end or period.end, data.as_of, latest)


def still_runs(insats: Intervention, last: dt.date) -> bool:
    """Whether it had not ended at the last day used, so that its result is an interim one."""
    return insats.end is None or insats.end > last


def _evaluated(data: Dataset, insats: Intervention, period: Period) -> InsatsEvaluation:
    last = last_day(data, insats, period)
    span = Period("", "days", insats.start, last)
    told = judged(data, insats, last)
    by_actor = gathered(told, insats, span)
    timed = within_hours(told, insats.hours) if insats.hours else ()
    hours = [gathered(part, insats, span) for part in timed]
    overlapping = _overlapping(data, insats, last)
    rests = mains_split(data.settings, insats.categories)
    goal = None if insats.goal_change is None else 1 + insats.goal_change / 100
    actors = []
    for actor in insats.actors:
        whole = by_actor[actor]
        design = whole.design(actor)
        told_of = tells_apart(data, actor, insats.categories)
        if not told_of:
            design = design.of(np.full_like(design.target, np.nan), 0 * design.exposure)
        near = [(area, whole.summed(actor, [area], whole.own())) for area in insats.neighbour_areas]
        near = [(area, pair) for area, pair in near if np.nansum(pair[0]) > 0]
        evaluated = partial(
            evaluate,
            performed=_performed(insats, last),
            reporting_changed=_reporting_changed(data, actor, insats.start),
            overlapping=bool(overlapping),
            goal=goal,
        )
        found = evaluated(design, [pair for _, pair in near])
        if not told_of:
            found = replace(found, reasons=("no_subtypes",))
        doubted = Doubted(unread_of(data), whole, actor)
        areas = [
            _tried(doubted, Moved("area", f"area:{area}", _count(design.of(*pair)), one),
                   design.of(*pair), [area], whole.own())
            for (area, pair), one in zip(near, found.neighbours, strict=True)
        ]  # fmt: skip
        moved = (
            *areas,
            *_other_categories(doubted, rests),
            *_other_hours([part[actor] for part in hours], actor),
        )
        first, end = _told_days(data, actor, insats, last)
        tried = _again(doubted, design, evaluated, insats) if _way(found.grade) else ()
        actors.append(
            ActorEvaluation(
                actor, found, _count(design), moved, first, end, tried,
                left_out=_left_out(whole, found, insats),
            )
        )  # fmt: skip
    return InsatsEvaluation(insats, tuple(actors), last, still_runs(insats, last), overlapping)


def _count(design: Design) -> int | None:
    """Incidents of the weeks after; None where not one of them was reported."""
    return int(design.target[design.after].sum()) if design.after.any() else None


def _told_days(
    data: Dataset, actor: str, insats: Intervention, last: dt.date
) -> tuple[dt.date, dt.date] | tuple[None, None]:
    """The days counted that an actor's deliveries reach."""
    first, end = counted_days(data, actor, insats, last)
    known = (data.coverage.first_day(actor), data.coverage.last_day(actor))
    if known[0] is None or known[1] is None:
        return None, None
    first, end = max(first, known[0]), min(end, known[1])
    return (first, end) if first <= end else (None, None)


def _again(
    doubted: Doubted,
    design: Design,
    evaluated: Callable[[Design], Evaluation],
    insats: Intervention,
) -> tuple[tuple[Evaluation, tuple[int, ...]], ...]:
    """The same evaluation with what is unread put to the target, and to the remaining areas."""
    own = doubted.gathered.own()
    shift = doubted.shift(design, insats.areas, own)
    tried = [(evaluated(target(design, way)), shift.causes) for way in shift.ways()]
    shift = doubted.shift(design, doubted.gathered.remaining, own)
    tried += [(evaluated(others(design, way)), shift.causes) for way in shift.ways()]
    missed = doubted.total_missed(design)
    if missed:  # nothing can be said of a series that is known to be wrong
        nothing = design.of(np.full_like(design.target, np.nan), 0 * design.exposure)
        tried.append((evaluated(nothing), missed))
    return tuple(tried)


def _tried(
    doubted: Doubted, moved: Moved, design: Design, areas: list[str], kinds: Sequence[str]
) -> Moved:
    """What is said of a place next door, with the causes that take it back."""
    if not direction(moved.estimate):
        return moved
    shift = doubted.shift(design, areas, kinds)
    causes = doubted.total_missed(design)
    if not stands(primary_of, [target(design, way) for way in shift.ways()], moved.estimate):
        causes += shift.causes
    around = doubted.shift(design, doubted.gathered.remaining, kinds)
    if not stands(primary_of, [others(design, way) for way in around.ways()], moved.estimate):
        causes += around.causes
    return replace(moved, doubt=tuple(dict.fromkeys(causes)))


def _other_categories(doubted: Doubted, rests: set[str]) -> list[Moved]:
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
            moved = Moved("category", place, _count(design), primary_of(design))
            found.append(_tried(doubted, moved, design, areas, [category]))
    return found


def _other_hours(hours: list[Gathered], actor: str) -> list[Moved]:
    """Inside the hours of the insats and outside, of incidents whose minute is known."""
    found = []
    for place, part in zip(("inside", "outside"), hours, strict=False):
        design = part.design(actor)
        if np.nansum(design.target[design.before | design.after]) >= LEAST_EVENTS:
            found.append(Moved("hours", f"hours:{place}", _count(design), primary_of(design)))
    return found


def _performed(insats: Intervention, last: dt.date) -> bool | None:
    """Whether the log says that anything was carried out; None without a log."""
    amounts = [entry.amount for entry in insats.log if entry.date <= last]
    return sum(amounts) > 0 if amounts else None


def _reporting_changed(data: Dataset, actor: str, start: dt.date) -> bool | None:
    """Whether the mean number of reporters changed much around the start; None is not known."""
    means = []
    for first, last in ((start - _HALF_YEAR, start - _DAY), (start, start + _HALF_YEAR - _DAY)):
        weeks = weekly_reporters(data, Period("", "days", first, last))
        means.append(weeks.loc[weeks["actor"] == actor, "reporters"].astype("Float64").mean())
    if any(pd.isna(mean) for mean in means) or not means[0]:
        return None
    return bool(abs(means[1] / means[0] - 1) > REPORTERS_CHANGED)


def _overlapping(data: Dataset, insats: Intervention, last: dt.date) -> tuple[str, ...]:
    return tuple(
        other.id
        for other in beside(data.settings, insats, last)
        if set(other.areas) & set(insats.areas)
    )


def _left_out(
    whole: Gathered, found: Evaluation, insats: Intervention
) -> tuple[tuple[str, str], ...]:
    """Areas that are no comparison though no neighbours, each with why."""
    remaining = whole.remaining
    return (
        *((area, "own_insats") for area in whole.treated if area not in insats.neighbour_areas),
        *((remaining[row], "silent") for row in found.left_out),
    )
