"""One evaluation: the primary design by rule, checks, and a conclusion on a fixed scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from est_analysis.checks import Check
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
    has_trend,
    interrupted,
    parallel,
    placebo_scores,
    same_weeks,
    slope_change,
)
from est_analysis.intervention.remaining import area_scores, synthetic

Numbers = npt.NDArray[np.float64]

PLACEBOS = 199
SURE = 0.05
PARALLEL = 0.05  # p under which target and comparison did not go together before the start
GOAL_MISSED = ("goal_outside_interval",)
GRADES = (
    "clear_support", "some_support", "cannot_be_determined", "some_against", "clear_against",
)  # fmt: skip


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
        Share of made-up starts, and of made-up target areas, with as strong an estimate:
        (1 + r)/(1 + n), where starts whose weeks after overlap count as one. NaN with too short a
        history, or with under ten remaining areas.
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
    """

    ladder: tuple[Estimate, ...]
    primary: Estimate
    trend: bool
    parallel_p: float
    placebo_p: float
    placebos: int
    areas_p: float
    holds: str
    variants: tuple[tuple[str, Estimate], ...]
    regression: Regression
    neighbours: tuple[Estimate, ...]
    checks: tuple[Check, ...]
    grade: str
    reasons: tuple[str, ...]
    goal_p: float
    maryland: int | None


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
    parallel_p = parallel(design)
    use_control = design.comparable and not parallel_p < PARALLEL
    trend = has_trend(design)
    estimate = controlled if use_control else interrupted
    primary = estimate(design)
    rungs = (
        same_weeks(design),
        interrupted(design),
        slope_change(design, trend),
        weighted_difference(design, neighbours, primary.dispersion if primary.known else 1.0),
        controlled(design),
        synthetic(design),
    )
    ladder = tuple(found for found in rungs if found.known)
    plain = design if use_control else _alone(design)
    scores, apart = placebo_scores(plain, PLACEBOS)
    own = primary.log_error and np.log(primary.ratio) / primary.log_error
    placebo_p = _as_strong(own, scores, apart, primary.known)
    areas = area_scores(design)
    areas_p = _as_strong(own, areas, len(areas), primary.known)
    rare = float((np.abs(scores) >= abs(own)).mean()) <= SURE if len(scores) else None
    variants = _variants(design, use_control)
    holds = _holds(primary, variants)
    moved = tuple(estimate(design.of(*pair)) for pair in neighbours)
    checks = _checks(design, parallel_p, performed, reporting_changed, overlapping)
    grade, reasons = _graded(primary, checks, rare, holds, use_control, goal)
    return Evaluation(
        ladder=ladder,
        primary=primary,
        trend=trend and not use_control,
        parallel_p=parallel_p,
        placebo_p=placebo_p,
        placebos=len(scores),
        areas_p=areas_p,
        holds=holds,
        variants=variants,
        regression=regression_to_the_mean(design),
        neighbours=moved,
        checks=checks,
        grade=grade,
        reasons=reasons,
        goal_p=_goal_p(primary, goal),
        maryland=(3 if use_control else 2) if primary.known else None,
    )


def _as_strong(own: float, scores: Numbers, apart: float, known: bool) -> float:
    """(1 + as strong or stronger) over (1 + all), counted in scores that are told apart."""
    if not len(scores) or not known:
        return float("nan")
    stronger = float((np.abs(scores) >= abs(own)).mean())
    return (1 + stronger * apart) / (1 + apart)


def concluded(evaluations: Sequence[Evaluation]) -> tuple[Evaluation, ...]:
    """The same evaluations, with conclusions that allow for there being several.

    Benjamini and Hochberg's adjustment (1995, doi:10.1111/j.2517-6161.1995.tb02031.x): a conclusion
    whose adjusted p is above 5 % becomes *cannot be determined*, whether it is for the insats or
    against it. That something changed is adjusted over all primary p values. That a goal was missed
    though nothing changed is another claim, with the p values of all goals.
    """
    changed = adjusted_p(np.array([one.primary.p for one in evaluations]))
    missed = adjusted_p(np.array([one.goal_p for one in evaluations]))
    kept = []
    for one, of_change, of_goal in zip(evaluations, changed, missed, strict=True):
        value = of_goal if one.reasons == GOAL_MISSED else of_change
        if one.grade != "cannot_be_determined" and value > SURE:
            one = replace(one, grade="cannot_be_determined", reasons=("one_of_several",))
        kept.append(one)
    return tuple(kept)


def _goal_p(primary: Estimate, goal: float | None) -> float:
    """Twice the one-sided p value, so that it is under 5 % where the 95 % interval is above.

    That all should be gone is no ratio that could be tested.
    """
    if goal is None or not goal > 0 or not primary.known:
        return float("nan")
    from scipy import special

    t = (np.log(primary.ratio) - np.log(goal)) / max(primary.log_error, 1e-12)
    return min(1.0, float(2 * special.stdtr(primary.freedom, -t)))


def adjusted_p(p: Numbers) -> Numbers:
    """Benjamini and Hochberg's adjusted p values; NaN stays NaN.

    Examples
    --------
    >>> adjusted_p(np.array([0.01, 0.04, np.nan])).tolist()
    [0.02, 0.04, nan]
    """
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])[::-1]]
    number = len(order)
    found = np.full(len(p), np.nan)
    least = 1.0
    for place, row in enumerate(order):
        least = min(least, float(p[row]) * number / (number - place))
        found[row] = least
    return found


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


def _alone(design: Design) -> Design:
    """Without the comparison areas."""
    while len(design.comparison):
        design = design.without(0)
    return design


def _variants(design: Design, use_control: bool) -> tuple[tuple[str, Estimate], ...]:
    """The same question with other choices that could have been made as well."""
    estimate = controlled if use_control else interrupted
    shift = SHIFT[design.step]
    in_steps = "" if design.step == "week" else f"_{design.step}s"
    found = [
        (f"earlier{in_steps}", estimate(design.moved(-shift))),
        (f"later{in_steps}", estimate(design.moved(shift))),
        (f"without_first{in_steps}", estimate(replace(design, delay=design.delay + shift))),
    ]
    if design.quiet is not None:
        gone = np.where(design.quiet, design.target, np.nan)
        found.append((f"without_holidays{in_steps}", estimate(design.of(gone, design.exposure))))
    if use_control:
        found.append(("without_comparison", interrupted(design)))
        if len(design.comparison) > 1:
            found += [
                ("without_one_area", controlled(design.without(area)))
                for area in range(len(design.comparison))
            ]
    return tuple((name, one) for name, one in found if one.known)


def _holds(primary: Estimate, variants: tuple[tuple[str, Estimate], ...]) -> str:
    if not primary.known or not variants:
        return "unclear"
    inside = [primary.lower <= one.ratio <= primary.upper for _, one in variants]
    same = [(one.ratio < 1) == (primary.ratio < 1) for _, one in variants]
    if all(inside) and all(same):
        return "yes"
    return "no" if np.mean(inside) < 0.5 or np.mean(same) < 0.5 else "unclear"


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
        Check("overlapping", words[overlapping], float(overlapping), 0),
    )


def _number(answer: bool | None) -> float:
    """1 or 0; NaN where it is not known, which is no answer."""
    return float("nan") if answer is None else float(answer)


def _at_least(name: str, value: float, limit: float) -> Check:
    return Check(name, "ok" if value >= limit else "failed", value, limit)


def _graded(
    primary: Estimate,
    checks: tuple[Check, ...],
    rare: bool | None,
    holds: str,
    use_control: bool,
    goal: float | None,
) -> tuple[str, tuple[str, ...]]:
    """The conclusion by rules declared before the data were seen."""
    failed = [_wanting(check) for check in checks if check.status == "failed"]
    if failed or not primary.known:
        return "cannot_be_determined", tuple(failed or ["no_estimate"])
    warned = [check.name for check in checks if check.status == "warning"]
    fell, rose = primary.upper < 1, primary.lower > 1
    if not fell and not rose:
        if goal is not None and primary.lower > goal and primary.ratio >= 1:
            return "some_against", GOAL_MISSED
        return "cannot_be_determined", ("interval_includes_no_change",)
    doubts = [*warned]
    if not rare:  # nothing is said of starts that could not be tried
        doubts.append("no_placebo" if rare is None else "placebo")
    if holds != "yes":
        doubts.append("does_not_hold" if holds == "no" else "holds_unclear")
    if not use_control:
        doubts.append("no_comparison")
    if "reporting_changed" in warned or holds == "no":
        return "cannot_be_determined", tuple(doubts)
    strength = "some" if doubts else "clear"
    direction = "support" if fell else "against"
    return f"{strength}_{direction}", tuple(doubts or ["interval_excludes_no_change"])


def _wanting(check: Check) -> str:
    """The reason of a failed check: no week or month at all is another than too few."""
    none = check.value == 0 and check.name.endswith(("s_before", "s_after"))
    return f"no_{check.name}" if none else check.name
