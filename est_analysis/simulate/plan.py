"""Read ``simulation.yaml``: what happens in a fictional municipality, and how it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from est_analysis.calendar_events import EVENT_KINDS
from est_analysis.config import PLAN, Settings
from est_analysis.config.section import Section
from est_analysis.config.yaml_file import read_settings_file


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
        weekday=section.numbers("weekday", 7),
        hours=_hours(section, settings),
        calendar=_numbers(section, "calendar", EVENT_KINDS),
        shared_share=section.number("shared_share", 0),
        actors=tuple(_actor(item, settings) for item in section.sections("actors")),
        effects=tuple(_effect(item, settings) for item in section.sections("interventions")),
        outbreaks=tuple(_outbreak(item, settings) for item in section.sections("outbreaks")),
    )
    section.done()
    return plan


def _numbers(section: Section, key: str, known: Collection[str]) -> dict[str, float]:
    part = section.section(key)
    if part is None:
        return {}
    for word in part.names():
        part.refuse_unknown(word, [word], known, expected="a known id")
    return {word: part.number(word) for word in part.names()}


def _hours(section: Section, settings: Settings) -> dict[str, tuple[float, ...]]:
    """24 weights per main category."""
    part = section.section("hours")
    if part is None:
        return {}
    found = {}
    for word in part.names():
        part.refuse_unknown(word, [word], settings.categories, expected="a known id")
        found[word] = part.numbers(word, 24)
    return found


def _actor(section: Section, settings: Settings) -> ActorPlan:
    actor = section.text("actor")
    section.refuse_unknown(
        "actor", [actor], settings.sources, expected="an actor with a file in sources/"
    )
    reporters = section.numbers("reporters", 2) if section.has("reporters") else (0, 0)
    extra = section.section("extra_columns")
    strange = section.section("untranslated")
    plan = ActorPlan(
        actor=actor,
        weekly=_numbers(section, "weekly", settings.categories),
        file=section.text("file"),
        delay_days=section.number("delay_days", 0),
        interval_share=section.number("interval_share", 0),
        reporters=(int(reporters[0]), int(reporters[1])),
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
    section.refuse_unknown(
        "id", [identity], settings.interventions, expected="an insats in interventions/"
    )
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
    section.refuse_unknown("area", [outbreak.area], settings.areas, expected="a known id")
    section.refuse_unknown(
        "category", [outbreak.category], settings.categories, expected="a known id"
    )
    section.done()
    return outbreak
