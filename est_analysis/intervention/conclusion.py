"""From an estimate and its checks to a conclusion on a fixed scale, by rules declared before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from est_analysis.checks import Check
from est_analysis.intervention.estimates import Estimate

if TYPE_CHECKING:
    from est_analysis.intervention.evaluate import Evaluation

Numbers = npt.NDArray[np.float64]

SURE = 0.05
GOAL_MISSED = ("goal_outside_interval",)
GRADES = (
    "clear_support", "some_support", "cannot_be_determined", "some_against", "clear_against",
)  # fmt: skip


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


def holds(primary: Estimate, variants: tuple[tuple[str, Estimate], ...]) -> str:
    """Whether other choices say the same: ``yes``, ``no`` or ``unclear``."""
    if not primary.known or not variants:
        return "unclear"
    inside = [primary.lower <= one.ratio <= primary.upper for _, one in variants]
    same = [(one.ratio < 1) == (primary.ratio < 1) for _, one in variants]
    if all(inside) and all(same):
        return "yes"
    return "no" if np.mean(inside) < 0.5 or np.mean(same) < 0.5 else "unclear"


def graded(
    primary: Estimate,
    checks: tuple[Check, ...],
    rare: bool | None,
    held: str,
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
    if rare is None:  # nothing is said of what could not be tried
        doubts.append("no_made_up" if use_control else "no_placebo")
    elif not rare:
        doubts.append("placebo")
    if held != "yes":
        doubts.append("does_not_hold" if held == "no" else "holds_unclear")
    if not use_control:
        doubts.append("no_comparison")
    if "reporting_changed" in warned or held == "no":
        return "cannot_be_determined", tuple(doubts)
    strength = "some" if doubts else "clear"
    direction = "support" if fell else "against"
    return f"{strength}_{direction}", tuple(doubts or ["interval_excludes_no_change"])


def _wanting(check: Check) -> str:
    """The reason of a failed check: no week or month at all is another than too few."""
    none = check.value == 0 and check.name.endswith(("s_before", "s_after"))
    return f"no_{check.name}" if none else check.name
