"""The register's insatser evaluated by each actor's data, as tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.config import Intervention
from est_analysis.dataset import Dataset
from est_analysis.effort import weekly_reporters
from est_analysis.errors import SettingsError
from est_analysis.expected import predictive
from est_analysis.intervention import (
    LEAST_POOL,
    RUN_UP,
    Design,
    Estimate,
    Evaluation,
    concluded,
    evaluate,
)
from est_analysis.sharing import shared
from est_analysis.usual import Series, gather, history_and, usual

Numbers = npt.NDArray[np.float64]

REPORTERS_CHANGED = 0.25  # share by which reporters differ, half a year before and after the start
_HALF_YEAR = dt.timedelta(weeks=26)
_KEYS = ["actor", "area", "category"]


@dataclass(frozen=True)
class InsatsEvaluation:
    """One insats: an evaluation by each actor whose data the register names.

    ``running`` when it had not ended at the last day used: an interim result. ``overlapping``: ids
    of other insatser in the same areas and weeks, for the same types.
    """

    insats: Intervention
    actors: tuple[str, ...]
    evaluations: tuple[Evaluation, ...]
    neighbours: tuple[tuple[str, ...], ...]
    counts: tuple[int, ...]
    last_day: dt.date
    running: bool
    overlapping: tuple[str, ...]


def evaluate_insats(data: Dataset, insats: Intervention, period: Period) -> InsatsEvaluation:
    """Evaluate an insats with what came up to a period's end.

    Everything about the design is read from the register: areas, types, actors, comparison and
    neighbour areas, start and end, and whether the area was chosen on a peak.
    """
    last = min(period.end, insats.end or period.end, data.as_of)
    if last < insats.start:
        raise SettingsError(
            f"{insats.id} cannot be evaluated yet",
            expected=f"a period that ends after the start, {insats.start}",
            found=f"{period.label or period.end}",
            change="--period, or start in the insats' file",
            otherwise="nothing is evaluated",
        )
    span = history_and(data, Period("", "days", insats.start, last))
    series = gather(data, _KEYS, span)
    found, neighbours, counts = [], [], []
    for actor in insats.actors:
        design = _design(data, series, insats, actor)
        near = [
            area
            for area in insats.neighbour_areas
            if _rows(data, series, insats, actor, [area]).any()
        ]
        pairs = [_summed(data, series, insats, actor, [area]) for area in near]
        goal = None if insats.goal_change is None else 1 + insats.goal_change / 100
        found.append(
            evaluate(
                design,
                pairs,
                performed=True if insats.log else None,
                reporting_changed=_reporting_changed(data, actor, insats.start),
                goal=goal,
            )
        )
        neighbours.append(tuple(near))
        counts.append(int(np.nansum(design.target[design.after])))
    return InsatsEvaluation(
        insats, insats.actors, concluded(found), tuple(neighbours), tuple(counts), last,
        insats.end is None or insats.end > last, _overlapping(data, insats, last),
    )  # fmt: skip


@shared
def evaluations_in(data: Dataset, period: Period) -> pd.DataFrame:
    """Every insats that ran in a period, by each actor's data: the overview of the tertial report.

    Returns
    -------
    DataFrame
        ``intervention``, ``name``, ``actor``, ``count`` (in the target areas since the start),
        ``without`` (expected without the insats), ``effect`` (their ratio) with ``lower`` and
        ``upper`` (95 %, of the primary design), ``visible`` (the smallest fall, per cent, that
        these data would have shown), ``grade``, ``interim`` (whether it still ran). Without those
        that began less than eight weeks before the period's end: nothing can be said of them.
    """
    rows = []
    for insats in data.settings.interventions.values():
        early = insats.start <= period.end - dt.timedelta(weeks=8)
        if not early or (insats.end is not None and insats.end < period.start):
            continue
        found = evaluate_insats(data, insats, period)
        for actor, one, count in zip(found.actors, found.evaluations, found.counts, strict=True):
            rows.append(
                {
                    "intervention": insats.id,
                    "name": insats.name,
                    "actor": actor,
                    **_numbers(one.primary, count),
                    "visible": 100 * one.primary.visible,
                    "grade": one.grade,
                    "interim": "yes" if found.running else "no",
                }
            )
    columns = ["intervention", "name", "actor", "count", "without", "effect", "lower", "upper",
               "visible", "grade", "interim"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def ladder(found: InsatsEvaluation) -> pd.DataFrame:
    """Every design's answer: ``actor``, ``design``, ``count``, ``without``, effect and interval."""
    rows = [
        {
            "actor": actor,
            "design": one.design,
            "primary": "primary" if one.design == evaluation.primary.design else "",
            **_numbers(one, count),
        }
        for actor, evaluation, count in _each(found)
        for one in evaluation.ladder
    ]
    return pd.DataFrame(rows)


def regression(found: InsatsEvaluation) -> pd.DataFrame:
    """What people see, what would have come anyway after a peak, and what remains (ratios)."""
    rows = [
        {
            "actor": actor,
            "count": count,
            "seen": one.regression.seen,
            "anyway": one.regression.anyway,
            "remaining": one.regression.remaining,
        }
        for actor, one, count in _each(found)
    ]
    return pd.DataFrame(rows)


def displacement(found: InsatsEvaluation) -> pd.DataFrame:
    """The same estimate for each neighbour area: above 1 is displacement, under 1 diffusion."""
    rows = [
        {"actor": actor, "area": area, "effect": one.ratio, "lower": one.lower, "upper": one.upper,
         "count": count}
        for (actor, evaluation, count), areas in zip(_each(found), found.neighbours, strict=True)
        for area, one in zip(areas, evaluation.neighbours, strict=True)
        if one.known
    ]  # fmt: skip
    names = ["actor", "area", "count", "effect", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)


def variants(found: InsatsEvaluation) -> pd.DataFrame:
    """The primary estimate under other choices: ``actor``, ``variant``, effect and interval."""
    rows = [
        {"actor": actor, "variant": name, "count": count, "effect": one.ratio, "lower": one.lower,
         "upper": one.upper}
        for actor, evaluation, count in _each(found)
        for name, one in evaluation.variants
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["actor", "variant", "count", "effect", "lower", "upper"])


def conclusions(found: InsatsEvaluation) -> pd.DataFrame:
    """The conclusion of each actor's data, with what decided it."""
    rows = [
        {
            "actor": actor,
            **_numbers(one.primary, count),
            "prevented": one.primary.prevented,
            "prevented_lower": one.primary.prevented_lower,
            "prevented_upper": one.primary.prevented_upper,
            "visible": 100 * one.primary.visible,
            "placebo": one.placebo_p,
            "holds": one.holds,
            "maryland": str(one.maryland),
            "grade": one.grade,
            "reasons": " ".join(one.reasons),
        }
        for actor, one, count in _each(found)
    ]
    return pd.DataFrame(rows)


def data_checks(found: InsatsEvaluation) -> tuple[Check, ...]:
    """The checks of every actor's data, with the actor as subject."""
    return tuple(
        replace(check, subject=actor) for actor, one, _ in _each(found) for check in one.checks
    )


def before_after(data: Dataset, found: InsatsEvaluation, weeks: int = 52) -> pd.DataFrame:
    """A year before the start and the weeks after, with what was expected before it began.

    Returns
    -------
    DataFrame
        ``actor``, ``start``, ``observed``, ``expected``, ``lower_95``, ``upper_95`` of the target
        areas and types together; after the start the expectation knows nothing of what came.
    """
    insats = found.insats
    period = Period("", "days", insats.start, found.last_day)
    whole = usual(data, period, _KEYS)
    tables = []
    for actor in found.actors:
        rows = _rows(data, whole.now, insats, actor, list(insats.areas))
        model = whole.model.reported(whole.now.exposure)
        past = slice(-weeks, None)
        mean = np.concatenate([whole.model.past[rows][:, past], model.mean[rows]], axis=1).sum(
            axis=0
        )
        spread = np.concatenate(
            [whole.model.past_variance[rows][:, past], model.variance[rows]], axis=1
        ).sum(axis=0)
        seen = np.concatenate(
            [whole.history.counts[rows][:, past], whole.now.counts[rows]], axis=1
        ).sum(axis=0)
        lower, upper = predictive.interval(0.95, mean, spread)
        starts = whole.history.starts[past].append(whole.now.starts)
        tables.append(
            pd.DataFrame(
                {"actor": actor, "start": starts, "observed": seen, "expected": mean,
                 "lower_95": lower, "upper_95": upper}
            )
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def register_entry(found: InsatsEvaluation, data: Dataset) -> pd.DataFrame:
    """What the register says of the insats, written before its results were seen.

    Returns
    -------
    DataFrame
        ``entry`` (a word for each line) and ``said``.
    """
    insats, areas = found.insats, data.settings.areas

    def names(words: tuple[str, ...]) -> str:
        return ", ".join(areas[word].name for word in words) or "–"

    log: dict[str, float] = {}
    for entry in insats.log:
        log[entry.unit] = log.get(entry.unit, 0) + entry.amount
    lines = {
        "what": insats.what,
        "areas": names(insats.areas),
        "categories": ", ".join(data.settings.categories[c].name for c in insats.categories),
        "start": f"{insats.start}",
        "end": f"{insats.end}" if insats.end else "–",
        "last_day": f"{found.last_day}",
        "owner": insats.owner,
        "goal": insats.goal,
        "performed": ", ".join(f"{amount:g} {unit}" for unit, amount in log.items()) or "–",
        "comparison_areas": names(insats.comparison_areas),
        "neighbour_areas": names(insats.neighbour_areas),
        "overlapping": ", ".join(
            data.settings.interventions[other].name for other in found.overlapping
        ) or "–",
    }  # fmt: skip
    return pd.DataFrame({"entry": list(lines), "said": list(lines.values())})


def _each(found: InsatsEvaluation) -> list[tuple[str, Evaluation, int]]:
    return list(zip(found.actors, found.evaluations, found.counts, strict=True))


def _numbers(one: Estimate, count: int) -> dict[str, float]:
    return {
        "count": count,
        "without": count / one.ratio if one.known and one.ratio > 0 else float("nan"),
        "effect": one.ratio,
        "lower": one.lower,
        "upper": one.upper,
    }


def _design(data: Dataset, series: Series, insats: Intervention, actor: str) -> Design:
    from est_analysis.yearly import yearly_terms

    target, exposure = _summed(data, series, insats, actor, list(insats.areas))
    near = [_summed(data, series, insats, actor, [area]) for area in insats.comparison_areas]
    near = [pair for pair in near if np.nansum(pair[0]) > 0]
    pool = _pool(data, series, insats, actor)
    steps = len(series.starts)
    terms = yearly_terms(
        series.starts, series.step, data.settings.school_breaks, data.settings.local_events
    )
    start = int((series.starts < pd.Timestamp(insats.start)).sum())
    quiet = np.asarray((terms.calendar <= 0).all(axis=1)) if terms.families else None
    return Design(
        target=target,
        comparison=np.array([c for c, _ in near]).reshape(len(near), steps),
        exposure=exposure,
        comparison_exposure=np.array([e for _, e in near]).reshape(len(near), steps),
        season=terms.season,
        start=start,
        stop=steps,
        run_up=_run_up(series.step) if insats.chosen_on_peak else 0,
        delay=insats.expected_delay_weeks,
        quiet=quiet,
        pool=None if pool is None else pool[0],
        pool_exposure=None if pool is None else pool[1],
        steps_a_year=52 if series.step == "week" else 12,
    )


def _run_up(step: str) -> int:
    """Thirteen weeks, or three months."""
    return RUN_UP if step == "week" else 3


def _pool(
    data: Dataset, series: Series, insats: Intervention, actor: str
) -> tuple[Numbers, Numbers] | None:
    """Counts and exposure of the areas that are neither target nor neighbour; None with few."""
    left_out = {*insats.areas, *insats.neighbour_areas}
    areas = [area for area in data.settings.areas if area not in left_out]
    pairs = [_summed(data, series, insats, actor, [area]) for area in areas]
    pairs = [pair for pair in pairs if np.nansum(pair[0]) > 0]
    if len(pairs) < LEAST_POOL:
        return None
    return np.array([counts for counts, _ in pairs]), np.array([there for _, there in pairs])


def _rows(
    data: Dataset, series: Series, insats: Intervention, actor: str, areas: list[str]
) -> npt.NDArray[np.bool_]:
    mains = {data.settings.main_category(category) for category in insats.categories}
    keys = series.keys
    found = (keys["actor"] == actor) & keys["area"].isin(areas) & keys["category"].isin(mains)
    return found.to_numpy(dtype=bool)


def _summed(
    data: Dataset, series: Series, insats: Intervention, actor: str, areas: list[str]
) -> tuple[Numbers, Numbers]:
    """Counts of some areas together, and what share of the weeks was reported."""
    rows = _rows(data, series, insats, actor, areas)
    if not rows.any():
        steps = len(series.starts)
        return np.full(steps, np.nan), np.zeros(steps)
    return series.counts[rows].sum(axis=0), series.exposure[rows].mean(axis=0)


def _reporting_changed(data: Dataset, actor: str, start: dt.date) -> bool | None:
    """Whether the mean number of reporters changed much around the start; None is not known."""
    day = dt.timedelta(days=1)
    means = []
    for first, last in ((start - _HALF_YEAR, start - day), (start, start + _HALF_YEAR - day)):
        weeks = weekly_reporters(data, Period("", "days", first, last))
        means.append(weeks.loc[weeks["actor"] == actor, "reporters"].astype("Float64").mean())
    if any(pd.isna(mean) for mean in means) or not means[0]:
        return None
    return bool(abs(means[1] / means[0] - 1) > REPORTERS_CHANGED)


def _overlapping(data: Dataset, insats: Intervention, last: dt.date) -> tuple[str, ...]:
    return tuple(
        other.id
        for other in data.settings.interventions.values()
        if other.id != insats.id
        and set(other.areas) & set(insats.areas)
        and set(other.categories) & set(insats.categories)
        and other.start <= last
        and (other.end is None or other.end >= insats.start)
    )
