"""Draw what happens: counts per day from the plan, then a moment for each event."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.calendar_events import calendar_events
from est_analysis.config import Settings
from est_analysis.simulate.plan import ActorPlan, Plan

Floats = npt.NDArray[np.float64]


def draw_events(settings: Settings, plan: Plan) -> pd.DataFrame:
    """Every event that an actor met.

    Returns
    -------
    DataFrame
        ``actor``, ``area``, ``category`` (sub-type where there is one), ``start``, ``end``
        (minutes; equal when the moment is known), ``reported_at``, ``reporter``.
    """
    rng = np.random.default_rng(plan.seed)
    days = pd.date_range(plan.start, plan.end, freq="D")
    common = _common_factors(settings, plan, days)
    parts = [_actor_events(settings, plan, actor, days, common, rng) for actor in plan.actors]
    parts += [_shared(part, plan, settings, rng) for part in parts[:1] if plan.shared_share]
    events = pd.concat(parts, ignore_index=True)
    return events.sort_values(["actor", "reported_at", "start"], kind="stable", ignore_index=True)


def _common_factors(settings: Settings, plan: Plan, days: pd.DatetimeIndex) -> Floats:
    """What all areas and categories share: season, trend, weekday, calendar."""
    year_part = (days.day_of_year.to_numpy() - 1) / 365.25
    season = np.exp(plan.season * np.cos(2 * np.pi * (year_part - 0.55)))  # peak in mid-July
    years = (days - days[0]).days.to_numpy() / 365.25
    factor = season * (1 + plan.trend_per_year) ** years
    factor = factor * np.array(plan.weekday)[days.day_of_week.to_numpy()]
    events = calendar_events(plan.start, plan.end, settings.school_breaks, settings.local_events)
    for event in events.itertuples():
        effect = plan.calendar.get(str(event.kind), 1.0)
        end = pd.Timestamp(str(event.end)) - pd.Timedelta(seconds=1)
        inside = (days >= pd.Timestamp(str(event.start)).normalize()) & (days <= end)
        factor = np.where(inside, factor * effect, factor)
    return np.asarray(factor, dtype=float)


def _actor_events(
    settings: Settings,
    plan: Plan,
    actor: ActorPlan,
    days: pd.DatetimeIndex,
    common: Floats,
    rng: np.random.Generator,
) -> pd.DataFrame:
    total = sum(plan.areas.values())
    telling = _telling(settings, actor, days)
    effort = np.linspace(1.0, max(actor.reporters[1], 1) / max(actor.reporters[0], 1), len(days))
    frames = []
    answered = _answered(settings, actor.actor, plan)
    for area, weight in answered.items():
        for category, weekly in actor.weekly.items():
            mean = weekly / 7 * weight / total * common * telling * effort
            mean = mean * _local_factors(settings, plan, actor.actor, area, category, days)
            shape = mean / max(plan.dispersion - 1, 1e-9)
            noisy = rng.gamma(np.maximum(shape, 1e-12)) * (plan.dispersion - 1)
            counts = rng.poisson(noisy if plan.dispersion > 1 else mean)
            start = np.repeat(days.to_numpy("datetime64[m]"), counts)
            frames.append(pd.DataFrame({"area": area, "category": category, "start": start}))
    events = pd.concat(frames, ignore_index=True)
    events.insert(0, "actor", actor.actor)
    return _moments(events, settings, plan, actor, rng)


def _answered(settings: Settings, actor: str, plan: Plan) -> dict[str, float]:
    """The areas that the actor answers for, with their weights."""
    rules = settings.sources[actor].responsibilities
    everywhere = any(not rule.areas for rule in rules)
    named = {area for rule in rules for area in rule.areas}
    return {a: weight for a, weight in plan.areas.items() if everywhere or a in named}


def _telling(settings: Settings, actor: ActorPlan, days: pd.DatetimeIndex) -> Floats:
    """0 on the days when the actor does not report."""
    telling = np.ones(len(days))
    for gap in settings.sources[actor.actor].gaps:
        inside = (days >= pd.Timestamp(gap.start)) & (days <= pd.Timestamp(gap.end))
        telling[inside] = 0
    for label in actor.silent_weeks:
        week = calendar.parse_period(label)
        inside = (days >= pd.Timestamp(week.start)) & (days <= pd.Timestamp(week.end))
        telling[inside] = 0
    return telling


def _local_factors(
    settings: Settings, plan: Plan, actor: str, area: str, category: str, days: pd.DatetimeIndex
) -> Floats:
    """Insatser and outbreaks on one series."""
    factor = np.ones(len(days))
    kinds = {category, settings.main_category(category)}
    for effect in plan.effects:
        insats = settings.interventions[effect.intervention]
        if actor not in insats.actors or not kinds & set(insats.categories):
            continue
        begin, end = pd.Timestamp(insats.start), pd.Timestamp(insats.end or plan.end)
        during = (days >= begin) & (days <= end)
        before = (days >= begin - pd.Timedelta(weeks=effect.peak_weeks)) & (days < begin)
        if area in insats.areas:
            factor[during] *= effect.factor
            factor[before] *= effect.peak_before
        elif area in insats.neighbour_areas:
            factor[during] *= 1 + effect.moved
    for outbreak in plan.outbreaks:
        if outbreak.area == area and outbreak.category in kinds:
            begin = pd.Timestamp(outbreak.start)
            during = (days >= begin) & (days < begin + pd.Timedelta(days=outbreak.days))
            factor[during] *= outbreak.factor
    return factor


def _moments(
    events: pd.DataFrame,
    settings: Settings,
    plan: Plan,
    actor: ActorPlan,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Hour and minute, uncertain spans, reporting delay and reporter."""
    number = len(events)
    hour = np.zeros(number, dtype=int)
    mains = events["category"].map(settings.main_category)
    for main in mains.unique():
        rows = (mains == main).to_numpy()
        weights = np.array(plan.hours.get(str(main), (1.0,) * 24))
        hour[rows] = rng.choice(24, size=int(rows.sum()), p=weights / weights.sum())
    minute = rng.integers(0, 12, number) * 5
    start = events["start"].to_numpy("datetime64[m]") + (hour * 60 + minute).astype(
        "timedelta64[m]"
    )
    length = np.where(
        rng.random(number) < actor.interval_share, rng.integers(2, 15, number) * 60, 0
    )
    delay = (
        np.floor(rng.exponential(actor.delay_days, number))
        if actor.delay_days
        else np.zeros(number)
    )
    after = (delay * 1440 + rng.integers(10, 600, number)).astype("timedelta64[m]")
    low, high = actor.reporters
    grown = (start - start.min()) / (start.max() - start.min()) if number else start
    people = (
        np.maximum((low + (high - low) * grown).astype(int), 1) if high else np.ones(number, int)
    )
    reporter = [f"R{n + 1:02d}" for n in (rng.random(number) * people).astype(int)]
    return events.assign(
        start=start,
        end=start + length.astype("timedelta64[m]"),
        reported_at=start + length.astype("timedelta64[m]") + after,
        reporter=reporter,
    )


def _shared(
    events: pd.DataFrame, plan: Plan, settings: Settings, rng: np.random.Generator
) -> pd.DataFrame:
    """Some events of the first actor are also reported by the second, a little later."""
    other = plan.actors[1]
    own = set(other.weekly)
    known = events[events["category"].isin(own) & (events["start"] == events["end"])]
    silent = _telling(settings, other, pd.date_range(plan.start, plan.end, freq="D")) == 0
    day = (known["start"].dt.normalize() - pd.Timestamp(plan.start)).dt.days.to_numpy()
    known = known[~silent[day]]
    known = known[known["area"].isin(_answered(settings, other.actor, plan))]
    chosen = known[rng.random(len(known)) < plan.shared_share]
    late = rng.integers(0, 40, len(chosen)).astype("timedelta64[m]")
    moment = chosen["start"].to_numpy() + late
    end_of_plan = np.datetime64(plan.end + dt.timedelta(days=1), "m")
    told = chosen.assign(
        actor=other.actor, start=moment, end=moment, reported_at=moment + np.timedelta64(90, "m")
    )
    return pd.DataFrame(told[np.asarray(moment < end_of_plan)])
