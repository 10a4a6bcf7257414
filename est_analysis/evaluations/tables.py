"""Evaluated insatser as tables, in the order that the report asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.counts.dataset import Dataset
from est_analysis.evaluations.answers import UNDETERMINED, ActorEvaluation, InsatsEvaluation
from est_analysis.evaluations.designs import gathered
from est_analysis.evaluations.doubted import direction
from est_analysis.evaluations.evaluated import (
    evaluated_in,
    in_question,
    last_day,
    still_runs,
)
from est_analysis.evaluations.judged import judged, tells_apart
from est_analysis.expected import predictive
from est_analysis.intervention import Estimate, Evaluation, without_insats
from est_analysis.intervention.estimates import unknown
from est_analysis.sharing import shared


@shared
def evaluations_in(data: Dataset, period: Period) -> pd.DataFrame:
    """Every insats that ran in a period, by each actor's data: the overview of the tertial report.

    Returns
    -------
    DataFrame
        ``intervention``, ``name``, ``actor``, ``count`` (in the target areas since the start),
        ``without`` (expected without the insats), ``effect`` (their ratio) with ``lower`` and
        ``upper`` (95 %, of the primary design; none where what is unread takes the conclusion
        back: ``doubt`` has the numbers of `Unread.causes`), ``visible`` (the smallest fall, per
        cent, that these data would have shown), ``grade``, ``reasons`` (codes), ``interim``
        (whether it still ran), ``beside`` (the neighbour area that has changed most clearly since,
        as in `displacement`; ``""`` if none has), ``beside_effect``, ``beside_lower`` and
        ``beside_upper``. Without those that had run for less than eight weeks at the last
        day of the period or of the data: nothing can be said of them.
    """
    rows: list[dict[str, object]] = []
    judged = evaluated_in(data, period)
    for insats in data.settings.interventions.values():
        if not in_question(data, insats, period):
            continue
        names: dict[str, object] = {"intervention": insats.id, "name": insats.name}
        found = judged.get(insats.id)
        if found is None:  # no data before its start: est report intervention says which
            running = still_runs(insats, last_day(data, insats, period))
            rows += [
                {
                    **names,
                    "actor": actor,
                    "grade": UNDETERMINED,
                    "reasons": f"no_{data.coverage.step_of(actor)}s_before",
                    "interim": "yes" if running else "no",
                }
                for actor in insats.actors
            ]
            continue
        rows += [
            {
                **names,
                "actor": one.actor,
                **_concluded(one),
                "visible": 100 * one.evaluation.primary.visible,
                "grade": one.evaluation.grade,
                "reasons": " ".join(one.evaluation.reasons),
                "doubt": _words(one.doubt),
                **_beside(one),
                "interim": "yes" if found.running else "no",
            }
            for one in found.actors
        ]
    columns = ["intervention", "name", "actor", "count", "without", "effect", "lower", "upper",
               "visible", "grade", "reasons", "interim", "beside", "beside_effect",
               "beside_lower", "beside_upper", "doubt"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).fillna({"beside": "", "doubt": ""})
    return _counted(table)


def _beside(one: ActorEvaluation) -> dict[str, object]:
    """The neighbour area that has changed most clearly since the insats began, if any has."""
    clear = [
        moved
        for moved in one.moved
        if moved.kind == "area" and direction(moved.estimate) and not moved.doubt
    ]
    if not clear:
        return {"beside": ""}
    most = min(clear, key=lambda moved: moved.estimate.p)
    return {
        "beside": most.place,
        "beside_effect": most.estimate.ratio,
        "beside_lower": most.estimate.lower,
        "beside_upper": most.estimate.upper,
    }


def together_in(data: Dataset, period: Period) -> pd.DataFrame:
    """What the actors' data say together of every insats of `evaluations_in`.

    Returns
    -------
    DataFrame
        ``intervention``, ``name``, ``actors`` (a list), ``effect`` with ``lower`` and ``upper``
        (none where what is unread takes the conclusion back, as in `evaluations_in`), ``visible``,
        ``grade``, ``reasons``, ``doubt``; without those that fewer than two actors' data suffice
        for.
    """
    rows = [
        {
            "intervention": insats.insats.id,
            "name": insats.insats.name,
            "actors": list(one.actors),
            "effect": _unless(one.doubt, one.estimate.ratio),
            "lower": _unless(one.doubt, one.estimate.lower),
            "upper": _unless(one.doubt, one.estimate.upper),
            "visible": 100 * one.estimate.visible,
            "grade": one.grade,
            "reasons": " ".join(one.reasons),
            "doubt": _words(one.doubt),
        }
        for insats in evaluated_in(data, period).values()
        if (one := insats.together) is not None
    ]
    names = ["intervention", "name", "actors", "effect", "lower", "upper", "visible", "grade",
             "reasons", "doubt"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def ladder(found: InsatsEvaluation) -> pd.DataFrame:
    """Every design's answer: ``actor``, ``design``, ``count``, ``without``, effect and interval."""
    rows = [
        {
            "actor": one.actor,
            "design": rung.design,
            "primary": "primary" if rung.design == one.evaluation.primary.design else "",
            **_numbers(rung, one.count),
        }
        for one in found.actors
        for rung in one.evaluation.ladder
    ]
    names = ["actor", "design", "primary", "count", "without", "effect", "lower", "upper"]
    return _counted(pd.DataFrame(rows, columns=names))


def regression(found: InsatsEvaluation) -> pd.DataFrame:
    """What people see, what would have come anyway after a peak, and what remains (ratios)."""
    rows = [
        {
            "actor": one.actor,
            "count": one.count,
            "seen": one.evaluation.regression.seen,
            "anyway": one.evaluation.regression.anyway,
            "remaining": one.evaluation.regression.remaining,
        }
        for one in found.actors
    ]
    return _counted(pd.DataFrame(rows))


def displacement(found: InsatsEvaluation) -> pd.DataFrame:
    """The same estimate next door: above 1 is displacement, under 1 diffusion.

    Returns
    -------
    DataFrame
        ``actor``, ``near`` (``area``: neighbour areas, the same types; ``category``: the target
        areas, other types, and of a sub-type its siblings; ``hours``: the same types inside and
        outside the insats' hours, of incidents whose minute is known), ``beside`` (which),
        ``count``, ``effect``, ``lower``, ``upper``; ``doubt`` as in `evaluations_in`.
    """
    rows = [
        {
            "actor": one.actor,
            "near": moved.kind,
            "beside": moved.place,
            "count": moved.count,
            "effect": _unless(moved.doubt, moved.estimate.ratio),
            "lower": _unless(moved.doubt, moved.estimate.lower),
            "upper": _unless(moved.doubt, moved.estimate.upper),
            "doubt": _words(moved.doubt),
        }
        for one in found.actors
        for moved in one.moved
        if moved.estimate.known
    ]
    names = ["actor", "near", "beside", "count", "effect", "lower", "upper", "doubt"]
    return _counted(pd.DataFrame(rows, columns=names))


def variants(found: InsatsEvaluation) -> pd.DataFrame:
    """The primary estimate under other choices: ``actor``, ``variant``, effect and interval.

    ``count`` is each choice's own: other weeks have other incidents.
    """
    rows = [
        {
            "actor": one.actor,
            "variant": name,
            "count": other.observed,
            "effect": other.ratio,
            "lower": other.lower,
            "upper": other.upper,
        }
        for one in found.actors
        for name, other in one.evaluation.variants
    ]
    names = ["actor", "variant", "count", "effect", "lower", "upper"]
    return _counted(pd.DataFrame(rows, columns=names))


def conclusions(found: InsatsEvaluation) -> pd.DataFrame:
    """The conclusion of each actor's data, with what decided it.

    ``goal_met`` compares the goal, a change in per cent, with the whole interval: ``reached``
    where all of it is at or below the goal, ``not_reached`` where all of it is above,
    ``open`` where it holds the goal and where the grade is *cannot be determined*, and nothing
    where no such goal was set.
    """
    rows = []
    for one in found.actors:
        primary = one.evaluation.primary
        rows.append(
            {
                "actor": one.actor,
                **_numbers(primary, one.count),
                "prevented": primary.prevented,
                "prevented_lower": primary.prevented_lower,
                "prevented_upper": primary.prevented_upper,
                "visible": 100 * primary.visible,
                "placebo": one.evaluation.placebo_p,
                "placebo_areas": one.evaluation.areas_p,
                "holds": one.evaluation.holds,
                "maryland": str(one.evaluation.maryland or ""),
                "goal_met": _goal_met(found.insats.goal_change, one.evaluation),
                "grade": one.evaluation.grade,
                "reasons": " ".join(one.evaluation.reasons),
                "doubt": _words(one.doubt),
            }
        )
    return _counted(pd.DataFrame(rows))


def _words(causes: tuple[int, ...]) -> str:
    return " ".join(map(str, causes))


def _unless(doubt: tuple[int, ...], value: float) -> float:
    """A number, or none where what is unread takes it back."""
    return np.nan if doubt else value


def _concluded(one: ActorEvaluation) -> dict[str, float | int | None]:
    """The primary numbers; without effect and interval where what is unread takes them back."""
    found = _numbers(one.evaluation.primary, one.count)
    return {
        name: value if name == "count" or not one.doubt else np.nan for name, value in found.items()
    }


def _goal_met(change: float | None, told: Evaluation) -> str:
    primary = told.primary
    if change is None or not primary.known:
        return ""
    if told.grade == UNDETERMINED:  # what lets no conclusion stand lets none of the goal stand
        return "open"
    goal = 1 + change / 100
    if primary.upper <= goal:
        return "reached"
    return "not_reached" if primary.lower > goal else "open"


def data_checks(found: InsatsEvaluation) -> tuple[Check, ...]:
    """The checks of every actor's data, with the actor as subject."""
    return tuple(
        replace(check, subject=one.actor) for one in found.actors for check in one.evaluation.checks
    )


def before_after(data: Dataset, found: InsatsEvaluation) -> pd.DataFrame:
    """A year before the start and the time after, with what was to be expected without the insats.

    Returns
    -------
    DataFrame
        ``actor``, ``start``, ``observed``, ``expected``, ``lower_95``, ``upper_95`` of the target
        areas and types together. It is the expectation that the conclusion rests on: after the
        start it adds up to its ``without``. Of a week of which only some days are counted: those
        days, and what is expected of them. Nothing is observed or expected of what was not
        reported, and nothing is expected where nothing could be estimated, or what is unread takes
        the conclusion back. Without the actors whose data do not tell the types apart.
    """
    insats = found.insats
    categories = insats.categories
    told = [one for one in found.actors if tells_apart(data, one.actor, categories)]
    data = judged(data, insats, found.last_day)
    counted = gathered(data, insats, Period("", "days", insats.start, found.last_day))
    tables = []
    for one in told:
        design = one.evaluation.asked.design
        primary = unknown(one.evaluation.primary.design) if one.doubt else one.evaluation.primary
        mean, spread = without_insats(one.evaluation.asked, primary)
        lower, upper = predictive.interval(0.95, mean, spread)
        table = pd.DataFrame(
            {"actor": one.actor, "start": counted[one.actor].series.starts,
             "observed": design.target, "expected": mean, "lower_95": lower, "upper_95": upper}
        )  # fmt: skip
        tables.append(table.iloc[max(design.start - design.steps_a_year, 0) :])
    columns = ["actor", "start", "observed", "expected", "lower_95", "upper_95"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _counted(table: pd.DataFrame) -> pd.DataFrame:
    """With whole counts, missing where nothing was reported."""
    return table.astype({"count": "Int64"})


def _numbers(one: Estimate, count: int | None) -> dict[str, float | int | None]:
    return {
        "count": count,
        "without": count / one.ratio
        if count is not None and one.known and one.design != "slope"
        else np.nan,
        "effect": one.ratio,
        "lower": one.lower,
        "upper": one.upper,
    }
