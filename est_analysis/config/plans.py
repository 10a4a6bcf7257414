"""Read the calendar and the register of insatser."""

from __future__ import annotations

import re
from pathlib import Path

from est_analysis.config.model import (
    Area,
    Break,
    CalendarEntry,
    Category,
    Intervention,
    Performed,
    SourceFormat,
)
from est_analysis.config.paths import safe_id
from est_analysis.config.references import check_references
from est_analysis.config.section import Section
from est_analysis.config.yaml_file import read_optional_file, read_settings_file

BREAKS = ("code", "form", "source", "other")


PUBLIC = ("full", "name", "no")  # what a public page says of an insats


def read_calendar(
    path: Path,
    sources: dict[str, SourceFormat],
    areas: dict[str, Area],
    categories: dict[str, Category],
) -> tuple[tuple[Break, ...], tuple[CalendarEntry, ...], tuple[CalendarEntry, ...]]:
    """Breaks in the series, school breaks and local events; nothing where there is no file."""
    section = read_optional_file(path)
    if section is None:
        return (), (), ()
    breaks = []
    for item in section.sections("breaks"):
        actor = item.text("actor")
        check_references((actor,), sources, item, "actor", "an actor")
        words = {key: item.texts(key, ()) for key in ("categories", "areas")}
        check_references(words["categories"], categories, item, "categories")
        check_references(words["areas"], areas, item, "areas")
        kind = item.choice("kind", BREAKS, "other")
        english = item.text("name_en", "")
        breaks.append(
            Break(actor, item.date("date"), item.text("name"), kind, **words, name_en=english)
        )
        item.done()
    school = _entries(section, "school_breaks")
    local = _entries(section, "local_events")
    section.done()
    return tuple(breaks), school, local


def _entries(section: Section, key: str) -> tuple[CalendarEntry, ...]:
    entries = []
    for item in section.sections(key):
        start = item.date("start")
        end = item.optional_date("end") or start
        if end < start:
            item.refuse("end", expected="end on or after start", found=f"{end}", change="swap them")
        entries.append(
            CalendarEntry(
                item.text("id", f"{key}-{start}"),
                item.text("name"),
                start,
                end,
                item.text("name_en", ""),
            )
        )
        item.done()
    return tuple(entries)


def read_interventions(
    folder: Path,
    areas: dict[str, Area],
    categories: dict[str, Category],
    sources: dict[str, SourceFormat],
) -> dict[str, Intervention]:
    """The register of insatser, one file each, with every reference checked."""
    found: dict[str, Intervention] = {}
    for path in sorted((folder / "interventions").glob("*.yaml")):
        section = read_settings_file(path)
        insats = _intervention(section, areas, categories, sources)
        if insats.id in found:
            section.refuse(
                "id", expected="each id once", found=f'"{insats.id}" again', change="rename one"
            )
        found[insats.id] = insats
    return found


def _intervention(
    section: Section,
    areas: dict[str, Area],
    categories: dict[str, Category],
    sources: dict[str, SourceFormat],
) -> Intervention:
    start, end = section.date("start"), section.optional_date("end")
    if end is not None and end < start:
        section.refuse("end", expected="end on or after start", found=f"{end}", change="swap them")
    actors = section.texts("actors")
    check_references(actors, sources, section, "actors", "actors with a file in sources/")
    references = {
        key: section.texts(key, None if key in ("areas", "categories") else ())
        for key in ("areas", "categories", "comparison_areas", "neighbour_areas")
    }
    for key, words in references.items():
        check_references(words, categories if key == "categories" else areas, section, key)
    _refuse_impossible(section, references)
    insats = Intervention(
        id=safe_id(section),
        name=section.own_words("name"),
        what=section.own_words("what"),
        actors=actors,
        start=start,
        end=end,
        follow_up=section.optional_date("follow_up"),
        followed_up=section.optional_date("followed_up"),
        owner=section.function("owner"),
        intensity=section.own_words("intensity", ""),
        goal=section.own_words("goal"),
        goal_change=_goal_change(section),
        hours=_hours(section),
        chosen_on_peak=section.boolean("chosen_on_peak", True),
        expected_delay_weeks=section.integer("expected_delay_weeks", 0),
        log=_performed(section),
        path=section.path,
        public=section.choice("public", PUBLIC, "no"),
        **references,
    )
    section.done()
    return insats


def _refuse_impossible(section: Section, insats: dict[str, tuple[str, ...]]) -> None:
    """A comparison area that is the target, or next to it, compares with nothing."""
    for key, other in (("comparison_areas", "areas"), ("neighbour_areas", "areas"),
                       ("comparison_areas", "neighbour_areas")):  # fmt: skip
        both = sorted(set(insats[key]) & set(insats[other]))
        if both:
            section.refuse(
                key,
                expected=f"areas that are not in {other}",
                found=", ".join(both),
                change="choose comparison areas that the insats cannot reach",
            )


def _goal_change(section: Section) -> float | None:
    """Per cent, from −100 (all gone) to less than 0: what is judged is whether it fell so far."""
    if not section.has("goal_change"):
        return None
    change = section.number("goal_change", least=-100)
    if change >= 0:
        section.refuse(
            "goal_change",
            expected="a fall in per cent, below 0, such as -30 for 30 per cent fewer",
            found=f"{change:g}",
            change="write a fall with its minus sign; of another goal, such as more reports, write "
            'only in words ("goal"), and leave this line out',
        )
    return change


def _hours(section: Section) -> tuple[int, int] | None:
    """Hours of the day in which the insats works, as 16-24 or 22-02."""
    if not section.has("hours"):
        return None
    text = section.text("hours")
    found = re.fullmatch(r"(\d{1,2})\s*[-–]\s*(\d{1,2})", text)
    hours = (int(found[1]) % 24, int(found[2])) if found else (0, 0)
    if hours[0] == hours[1] % 24 or hours[1] > 24:
        section.refuse(
            "hours",
            expected="two different whole hours, such as 16-24 or 22-02",
            found=text,
            change='write hours: "16-24", or leave the line out',
        )
    return hours


def _performed(section: Section) -> tuple[Performed, ...]:
    log = []
    for item in section.sections("log"):
        log.append(
            Performed(
                item.date("date"),
                item.number("amount"),
                item.text("unit"),
                item.own_words("note", ""),
            )
        )
        item.done()
    return tuple(log)
