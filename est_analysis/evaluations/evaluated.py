"""Every insats of a period judged together, so that chance among many is allowed for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Intervention
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import unread_of
from est_analysis.effort import weekly_reporters
from est_analysis.errors import SettingsError
from est_analysis.evaluations.answers import ActorEvaluation, InsatsEvaluation, counted, way
from est_analysis.evaluations.designs import Gathered, gathered, within_hours
from est_analysis.evaluations.doubted import Doubted
from est_analysis.evaluations.judged import (
    beside,
    counted_days,
    judged,
    mains_split,
    tells_apart,
)
from est_analysis.evaluations.next_door import (
    in_areas,
    neighbours,
    other_categories,
    other_hours,
)
from est_analysis.evaluations.standing import again, that_stand
from est_analysis.evaluations.together import together
from est_analysis.intervention import Design, Evaluation, evaluate

Numbers = npt.NDArray[np.float64]

REPORTERS_CHANGED = 0.25  # share by which reporters differ, half a year before and after the start
_HALF_YEAR = dt.timedelta(weeks=26)
_DAY = dt.timedelta(days=1)
EARLIEST = dt.timedelta(weeks=8)  # before this after the start nothing can be said


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
    return {insats.insats.id: insats for insats in that_stand(found)}


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


@dataclass(frozen=True)
class _Asked:
    """One actor's data, asked: what is needed to ask them again."""

    doubted: Doubted
    design: Design
    near: Sequence[tuple[str, tuple[Numbers, Numbers]]]
    again: Callable[[Design], Evaluation]
    found: Evaluation


def _evaluated(data: Dataset, insats: Intervention, period: Period) -> InsatsEvaluation:
    """One insats by itself; tried with what is unread where any data, or all, claim something."""
    last = last_day(data, insats, period)
    span = Period("", "days", insats.start, last)
    told = judged(data, insats, last)
    timed = within_hours(told, insats.hours) if insats.hours else ()
    hours = [gathered(part, insats, span) for part in timed]
    overlapping = _overlapping(data, insats, last)
    asked = _asked(data, insats, gathered(told, insats, span), last, bool(overlapping))
    answer = together([(actor, one.found) for actor, one in asked.items()])
    claimed = answer is not None and bool(way(answer.grade))
    rests = mains_split(data.settings, insats.categories)
    actors = []
    for actor, one in asked.items():
        first, end = _told_days(data, actor, insats, last)
        moved = (
            *in_areas(one.doubted, one.design, one.near, one.found.neighbours),
            *other_categories(one.doubted, rests),
            *other_hours([part[actor] for part in hours], actor),
        )
        tries = claimed or bool(way(one.found.grade))
        actors.append(
            ActorEvaluation(
                actor, one.found, counted(one.design), moved, first, end,
                again(one.doubted, one.design, one.again) if tries else (),
                left_out=_left_out(one.doubted.gathered, one.found, insats),
            )
        )  # fmt: skip
    running = still_runs(insats, last)
    return InsatsEvaluation(insats, tuple(actors), last, running, overlapping, answer)


def _asked(
    data: Dataset,
    insats: Intervention,
    by_actor: dict[str, Gathered],
    last: dt.date,
    overlapping: bool,
) -> dict[str, _Asked]:
    """The insats' question, with its checks, asked of each actor's data."""
    asked, unread, reporting = {}, unread_of(data), _reporting_changed(data, insats.start)
    for actor, whole in by_actor.items():
        design = whole.design(actor)
        told_of = tells_apart(data, actor, insats.categories)
        if not told_of:
            design = design.of(np.full_like(design.target, np.nan), 0 * design.exposure)
        near = neighbours(whole, actor)
        once_more = partial(
            evaluate,
            performed=_performed(insats, last),
            reporting_changed=reporting.get(actor),
            overlapping=overlapping,
            goal=None if insats.goal_change is None else 1 + insats.goal_change / 100,
        )
        found = once_more(design, [pair for _, pair in near])
        if not told_of:
            found = replace(found, reasons=("no_subtypes",))
        asked[actor] = _Asked(Doubted(unread, whole, actor), design, near, once_more, found)
    return asked


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


def _performed(insats: Intervention, last: dt.date) -> bool | None:
    """Whether the log says that anything was carried out; None without a log."""
    amounts = [entry.amount for entry in insats.log if entry.date <= last]
    return sum(amounts) > 0 if amounts else None


def _reporting_changed(data: Dataset, start: dt.date) -> dict[str, bool | None]:
    """Whether each actor's mean number of reporters changed much around the start.

    None is not known; nor is it of an actor that is not among them.
    """
    around = ((start - _HALF_YEAR, start - _DAY), (start, start + _HALF_YEAR - _DAY))
    weeks = [weekly_reporters(data, Period("", "days", *days)) for days in around]
    before, after = (
        one.astype({"reporters": "Float64"}).groupby("actor")["reporters"].mean() for one in weeks
    )
    return {
        str(actor): None
        if pd.isna(before[actor]) or pd.isna(after.get(actor)) or not before[actor]
        else bool(abs(after[actor] / before[actor] - 1) > REPORTERS_CHANGED)
        for actor in before.index
    }


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
