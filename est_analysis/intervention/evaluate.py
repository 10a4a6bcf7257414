"""One evaluation: the primary design by rule, checks, and a conclusion on a fixed scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from est_analysis.checks import Check
from est_analysis.intervention.conclusion import SURE, graded, holds
from est_analysis.intervention.design import (
    LEAST_EVENTS,
    RUN_UP,
    SHIFT,
    Design,
)
from est_analysis.intervention.displacement import weighted_difference
from est_analysis.intervention.estimates import (
    Estimate,
    controlled,
    extrapolated,
    has_trend,
    interrupted,
    parallel,
    placebo_scores,
    same_weeks,
    slope_change,
)
from est_analysis.intervention.made_up import NOT_TRIED, MadeUpClaims, as_strong
from est_analysis.intervention.remaining import synthetic
from est_analysis.intervention.shares import NAME, Question, question

Numbers = npt.NDArray[np.float64]

PLACEBOS = 199
PARALLEL = 0.05  # p under which target and comparison did not go together before the start
LEAVE_ONE_OUT = 6  # of the largest remaining areas


@dataclass(frozen=True)
class Regression:
    """Regression to the mean: what people see, what would have come anyway, what remains.

    ``seen`` is the weeks after against the run-up, ``anyway`` the baseline's level against the
    run-up, ``remaining`` the two divided: 1 is nothing. Per reported week, season not taken out.
    """

    seen: float
    anyway: float
    remaining: float


@dataclass(frozen=True)
class Evaluation:
    """What one actor's data say of an insats.

    Attributes
    ----------
    ladder
        Every design whose requirements hold, the weakest first.
    primary
        The one that the conclusion rests on, chosen before any estimate was known.
    trend
        Whether a trend before the start is in the model (interrupted series only).
    placebo_p, areas_p
        Share of made-up insatser with as strong an estimate, and of those that begin with the
        real one: (1 + r)/(1 + n), where those that overlap count as one. In the remaining areas
        with the primary design, else at other starts of the target. NaN with too short a history,
        or (``areas_p``) with under ten remaining areas.
    claims
        How often the primary design claims something of made-up insatser like this one.
    left_out
        Remaining areas (rows of ``pool``, or of ``comparison``) that are no comparison: nothing,
        or for a while next to nothing, came from them.
    holds
        ``yes``, ``no`` or ``unclear``: the same direction under other choices.
    neighbours
        The primary estimate of each neighbour area, and its smallest p value adjusted.
    grade, reasons
        A word of `GRADES`, and why: names of the rules that decided.
    goal_p
        p value of a change that does not reach the goal; NaN without a goal, or an estimate.
    maryland
        Level of the design on the Maryland scale: 2 without comparison, 3 with; None where
        nothing could be compared.
    asked
        The primary design with what was learned for it, to be pooled with other actors'.
    """

    ladder: tuple[Estimate, ...]
    primary: Estimate
    trend: bool
    parallel_p: float
    placebo_p: float
    placebos: int
    areas_p: float
    claims: MadeUpClaims
    left_out: tuple[int, ...]
    holds: str
    variants: tuple[tuple[str, Estimate], ...]
    regression: Regression
    neighbours: tuple[Estimate, ...]
    checks: tuple[Check, ...]
    grade: str
    reasons: tuple[str, ...]
    goal_p: float
    maryland: int | None
    asked: Question = field(repr=False, compare=False)


def evaluate(
    design: Design,
    neighbours: Sequence[tuple[Numbers, Numbers]] = (),
    *,
    performed: bool | None = None,
    reporting_changed: bool | None = None,
    overlapping: bool = False,
    goal: float | None = None,
) -> Evaluation:
    """Evaluate one insats by one actor's data.

    Parameters
    ----------
    design
        What is compared.
    neighbours
        Counts and exposure of each neighbour area: displacement or diffusion.
    performed
        Whether the log says that it was carried out; None is not known.
    reporting_changed
        Whether the number of reporters changed at the start; None is not known.
    overlapping
        Whether another insats ran in the same area for the same types: their effects cannot be
        told apart.
    goal
        The hoped-for change, such as 0.7 for 30 per cent fewer.

    Returns
    -------
    Evaluation
        Never an exception for too little data: that is a finding.
    """
    asked = question(design)
    use_control = asked.usable
    trend = has_trend(design)
    primary = asked.estimate() if use_control else interrupted(design)
    parallel_p = parallel(design)
    own = _own_score(primary)
    if use_control:
        made_up = asked.made_up
        placebo_p, areas_p = made_up.as_strong(own), made_up.as_strong_now(own)
        number, claims = len(made_up.score), made_up.claims(design.run_up > 0)
        rare = True if number else None  # of those tried a check of its own tells
    else:
        scores, apart = placebo_scores(design, PLACEBOS)
        placebo_p, areas_p = as_strong(own, scores, apart), float("nan")
        number, claims = len(scores), NOT_TRIED
        rare = float((np.abs(scores) >= own).mean()) <= SURE if number else None
    variants = _variants(asked, trend)
    held = holds(primary, variants)
    checks = (
        *_checks(
            replace(design, run_up=0) if use_control else design,  # the weeks that are used
            parallel_p,
            performed,
            reporting_changed,
            overlapping,
        ),
        *_checks_of_design(asked, primary, claims, trend),
    )
    grade, reasons = graded(primary, checks, rare, held, use_control, goal)
    return Evaluation(
        ladder=_ladder(design, neighbours, primary, trend),
        primary=primary,
        trend=trend and not use_control,
        parallel_p=parallel_p,
        placebo_p=placebo_p,
        placebos=number,
        areas_p=areas_p,
        claims=claims,
        left_out=tuple(int(area) for area in np.flatnonzero(asked.left_out)),
        holds=held,
        variants=variants,
        regression=regression_to_the_mean(design),
        neighbours=_next_door(asked, neighbours),
        checks=checks,
        grade=grade,
        reasons=reasons,
        goal_p=_goal_p(asked, primary, goal),
        maryland=(3 if use_control else 2) if primary.known else None,
        asked=asked,
    )


def primary_of(design: Design) -> Estimate:
    """The primary design's answer alone, without checks or the smallest visible fall."""
    asked = question(design)
    return asked.estimates([(design, None)])[0] if asked.usable else interrupted(design)


def _ladder(
    design: Design,
    neighbours: Sequence[tuple[Numbers, Numbers]],
    primary: Estimate,
    trend: bool,
) -> tuple[Estimate, ...]:
    """Every design whose requirements hold, the weakest first."""
    by_shares = controlled(design)
    rungs = (
        same_weeks(design),
        interrupted(design, trend),
        slope_change(design, trend),
        weighted_difference(design, neighbours, by_shares.dispersion if by_shares.known else 1.0),
        by_shares,
        synthetic(design),
        *((primary,) if primary.design == NAME else ()),
    )
    return tuple(found for found in rungs if found.known)


def _next_door(
    asked: Question, neighbours: Sequence[tuple[Numbers, Numbers]]
) -> tuple[Estimate, ...]:
    """The primary design's answer for each neighbour area."""
    designs = [asked.design.of(*pair) for pair in neighbours]
    if asked.usable:
        return tuple(asked.estimates([(design, None) for design in designs]))
    return tuple(interrupted(design) for design in designs)


def _own_score(primary: Estimate) -> float:
    """The estimate over its error, as compared with those of made-up insatser."""
    from scipy import special

    if primary.design == NAME:
        return float(-special.ndtri(primary.p / 2))
    return abs(float(np.log(primary.ratio) / max(primary.log_error, 1e-9)))


def _goal_p(asked: Question, primary: Estimate, goal: float | None) -> float:
    """Twice the one-sided p value, so that it is under 5 % where the 95 % interval is above.

    That all should be gone is no ratio that could be tested.
    """
    if goal is None or not goal > 0 or not primary.known:
        return float("nan")
    from scipy import special

    if primary.design == NAME:
        return min(1.0, float(2 * special.ndtr(asked.score(float(np.log(goal))))))
    t = (np.log(primary.ratio) - np.log(goal)) / max(primary.log_error, 1e-12)
    return min(1.0, float(2 * special.stdtr(primary.freedom, -t)))


def regression_to_the_mean(design: Design) -> Regression:
    """The fall that people see after a peak, and how much of it is the peak's passing."""
    place = np.arange(len(design.target))
    told = ~np.isnan(design.target) & (design.exposure > 0)
    length = design.run_up or RUN_UP[design.step]
    run_up = told & (place >= design.start - length) & (place < design.start)

    def rate(rows: npt.NDArray[np.bool_]) -> float:
        time = float(design.exposure[rows].sum())
        return float(design.target[rows].sum()) / time if time else float("nan")

    high = rate(run_up)
    if not high > 0:
        return Regression(*([float("nan")] * 3))
    seen, anyway = rate(design.after) / high, rate(design.before) / high
    return Regression(seen, anyway, seen / anyway if anyway > 0 else float("nan"))


def _variants(asked: Question, trend: bool) -> tuple[tuple[str, Estimate], ...]:
    """The same question with other choices that could have been made as well."""
    design = asked.design
    shift = SHIFT[design.step]
    in_steps = "" if design.step == "week" else f"_{design.step}s"
    others = {
        f"earlier{in_steps}": design.moved(-shift),
        f"later{in_steps}": design.moved(shift),
        f"without_first{in_steps}": replace(design, delay=design.delay + shift),
    }
    if design.quiet is not None:
        gone = np.where(design.quiet, design.target, np.nan)
        others[f"without_holidays{in_steps}"] = design.of(gone, design.exposure)
    if asked.usable:
        areas = asked.largest(LEAVE_ONE_OUT)
        names = [*others, *["without_one_area"] * len(areas), "without_comparison"]
        choices = [*((one, None) for one in others.values()), *((design, area) for area in areas)]
        found = [*asked.estimates(choices), interrupted(design, trend)]
    else:
        names = [*others, *(["without_trend"] if trend else [])]
        found = [interrupted(one) for one in others.values()]
        found += [interrupted(design, trend=False)] if trend else []
    return tuple((name, one) for name, one in zip(names, found, strict=True) if one.known)


def _checks_of_design(
    asked: Question, primary: Estimate, claims: MadeUpClaims, trend: bool
) -> tuple[Check, ...]:
    """Whether the design that was used can be trusted with these data."""
    if asked.usable:
        word = "warning" if claims.lower > SURE else "ok"
        return (Check("made_up_claims", word if claims.enough else "info", claims.shown, SURE),)
    if not trend or not primary.known:
        return ()
    further = extrapolated(asked.design, primary)
    word = "info" if np.isnan(further) else "ok" if further <= 1 else "failed"
    return (Check("extrapolation", word, further, 1),)


def _checks(
    design: Design,
    parallel_p: float,
    performed: bool | None,
    reporting: bool | None,
    overlapping: bool,
) -> tuple[Check, ...]:
    before = int(design.before.sum())
    events = float(np.nansum(design.target[design.before | design.after]))
    words = {True: "warning", False: "ok", None: "info"}
    carried = {True: "ok", False: "failed", None: "info"}[performed]
    apart = None if np.isnan(parallel_p) else parallel_p < PARALLEL
    return (
        _at_least(f"{design.step}s_before", before, design.steps_a_year),
        _at_least(f"{design.step}s_after", design.length_after, design.least_after),
        _at_least("events", events, LEAST_EVENTS),
        Check("parallel_before", words[apart], parallel_p, PARALLEL),
        Check("performed", carried, _number(performed), 1),
        Check("reporting_changed", words[reporting], _number(reporting), 0),
        Check("overlapping", "failed" if overlapping else "ok", float(overlapping), 0),
    )


def _number(answer: bool | None) -> float:
    """1 or 0; NaN where it is not known, which is no answer."""
    return float("nan") if answer is None else float(answer)


def _at_least(name: str, value: float, limit: float) -> Check:
    return Check(name, "ok" if value >= limit else "failed", value, limit)
