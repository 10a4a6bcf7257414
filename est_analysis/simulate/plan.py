"""Read ``simulation.yaml``: what happens in a fictional municipality, and how it is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from est_analysis.config import Settings
from est_analysis.config.section import Section, nearest
from est_analysis.config.yaml_file import read_settings_file

PLAN = "simulation.yaml"


@dataclass(frozen=True)
class ActorPlan:
    """What one actor meets in a week (category → mean over all areas), and how it reports."""

    actor: str
    weekly: dict[str, float]
    file: str
    delay_days: float
    interval_share: float
    reporters: tuple[int, int]
    silent_weeks: tuple[str, ...]
    untranslated: dict[str, tuple[str, ...]]
    blank_area_share: float
    repeated_rows: int
    unreadable_dates: int
    personal_cells: int
    dropped_rows: int
    extra_columns: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Effect:
    """What an insats truly does: the factor on its targets, and the share that moves next door."""

    intervention: str
    factor: float
    moved: float
    peak_before: float
    peak_weeks: int


@dataclass(frozen=True)
class Outbreak:
    """A burst in one area and category: its first day, days and factor."""

    area: str
    category: str
    start: dt.date
    days: int
    factor: float


@dataclass(frozen=True)
class Plan:
    """A fictional municipality's years."""

    seed: int
    start: dt.date
    end: dt.date
    dispersion: float
    trend_per_year: float
    season: float
    areas: dict[str, float]
    weekday: tuple[float, ...]
    hours: dict[str, tuple[float, ...]]
    calendar: dict[str, float]
    shared_share: float
    actors: tuple[ActorPlan, ...]
    effects: tuple[Effect, ...]
    outbreaks: tuple[Outbreak, ...]


def is_simulated(settings: Settings) -> bool:
    """Whether the exports are made up; never those of a municipality that is not fictional."""
    return settings.municipality.fictional and (settings.folder / PLAN).is_file()


def read_plan(settings: Settings) -> Plan:
    """The plan in ``simulation.yaml``, checked against the other settings."""
    section = read_settings_file(settings.folder / PLAN)
    plan = Plan(
        seed=section.integer("seed"),
        start=section.date("start"),
        end=section.date("end"),
        dispersion=section.number("dispersion", 1.3, least=1),
        trend_per_year=section.number("trend_per_year", 0, least=-1),
        season=section.number("season", 0.2),
        areas=_numbers(section, "areas", settings.areas),
        weekday=tuple(float(w) for w in section.texts("weekday")),
        hours=_hours(section, settings),
        calendar=_numbers(section, "calendar", None),
        shared_share=section.number("shared_share", 0),
        actors=tuple(_actor(item, settings) for item in section.sections("actors")),
        effects=tuple(_effect(item, settings) for item in section.sections("interventions")),
        outbreaks=tuple(_outbreak(item, settings) for item in section.sections("outbreaks")),
    )
    section.done()
    return plan


def _numbers(section: Section, key: str, known: object) -> dict[str, float]:
    part = section.section(key)
    if part is None:
        return {}
    for word in part.names():
        if isinstance(known, dict) and word not in known:
            part.refuse(word, expected="a known id", found=f'"{word}"', change=nearest(word, known))
    return {word: part.number(word) for word in part.names()}


def _hours(section: Section, settings: Settings) -> dict[str, tuple[float, ...]]:
    """24 weights per main category."""
    part = section.section("hours")
    if part is None:
        return {}
    found = {}
    for word in part.names():
        weights = tuple(float(w) for w in part.texts(word))
        if len(weights) != 24 or word not in settings.categories:
            part.refuse(
                word,
                expected="a category with 24 weights, one per hour",
                found=f"{len(weights)} weights",
                change="write 24 numbers",
            )
        found[word] = weights
    return found


def _actor(section: Section, settings: Settings) -> ActorPlan:
    actor = section.text("actor")
    if actor not in settings.sources:
        section.refuse(
            "actor", expected="an actor with a file in sources/", found=f'"{actor}"',
            change=nearest(actor, settings.sources),
        )  # fmt: skip
    reporters = tuple(int(w) for w in section.texts("reporters", ("0", "0")))
    extra = section.section("extra_columns")
    strange = section.section("untranslated")
    plan = ActorPlan(
        actor=actor,
        weekly=_numbers(section, "weekly", settings.categories),
        file=section.text("file"),
        delay_days=section.number("delay_days", 0),
        interval_share=section.number("interval_share", 0),
        reporters=(reporters[0], reporters[-1]),
        silent_weeks=section.texts("silent_weeks", ()),
        untranslated={k: strange.texts(k) for k in strange.names()} if strange else {},
        blank_area_share=section.number("blank_area_share", 0),
        repeated_rows=section.integer("repeated_rows", 0),
        unreadable_dates=section.integer("unreadable_dates", 0),
        personal_cells=section.integer("personal_cells", 0),
        dropped_rows=section.integer("dropped_rows", 0),
        extra_columns={k: extra.texts(k) for k in extra.names()} if extra else {},
    )
    section.done()
    return plan


def _effect(section: Section, settings: Settings) -> Effect:
    identity = section.text("id")
    if identity not in settings.interventions:
        section.refuse(
            "id", expected="an insats in interventions/", found=f'"{identity}"',
            change=nearest(identity, settings.interventions),
        )  # fmt: skip
    effect = Effect(
        identity,
        section.number("factor"),
        section.number("moved", 0),
        section.number("peak_before", 1),
        section.integer("peak_weeks", 0),
    )
    section.done()
    return effect


def _outbreak(section: Section, settings: Settings) -> Outbreak:
    outbreak = Outbreak(
        section.text("area"),
        section.text("category"),
        section.date("start"),
        section.integer("days", 7, least=1),
        section.number("factor"),
    )
    for key, word, known in (
        ("area", outbreak.area, set(settings.areas)),
        ("category", outbreak.category, set(settings.categories)),
    ):
        if word not in known:
            section.refuse(
                key, expected="a known id", found=f'"{word}"', change=nearest(word, known)
            )
    section.done()
    return outbreak
