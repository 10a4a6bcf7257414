"""Read what the weekly meeting keeps: its decision log, its judgements, its colour rule."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from est_analysis.config.model import (
    Area,
    Category,
    Decision,
    Intervention,
    Judgement,
    Ratings,
)
from est_analysis.config.references import check_references
from est_analysis.config.section import Section
from est_analysis.config.yaml_file import read_optional_file

STATUSES = ("open", "done", "dropped")
LEAST, MOST = 1, 3  # of a judged criterion: little, some, much


def read_decisions(
    path: Path,
    areas: dict[str, Area],
    categories: dict[str, Category],
    interventions: dict[str, Intervention],
) -> tuple[Decision, ...]:
    """The decision log, in the order of the file; nothing where there is no file."""
    section = read_optional_file(path)
    if section is None:
        return ()
    log: dict[str, Decision] = {}
    for item in section.sections("decisions"):
        decision = _decision(item, areas, categories, interventions)
        if decision.id in log:
            item.refuse(
                "id", expected="each id once", found=f'"{decision.id}" again', change="rename one"
            )
        log[decision.id] = decision
    section.done()
    return tuple(log.values())


def _decision(
    item: Section,
    areas: dict[str, Area],
    categories: dict[str, Category],
    interventions: dict[str, Intervention],
) -> Decision:
    status = item.choice("status", STATUSES, "open")
    taken, due = item.date("date"), item.optional_date("due")
    settled = _settled(item, status)
    for key, day in (("due", due), (status, settled)):
        if day is not None and day < taken:
            item.refuse(
                key, expected=f"a day from {taken} on", found=f"{day}", change="correct the day"
            )
    insats = item.text("intervention", "")
    check_references((insats,) if insats else (), interventions, item, "intervention")
    references = {key: item.texts(key, ()) for key in ("areas", "categories")}
    check_references(references["areas"], areas, item, "areas")
    check_references(references["categories"], categories, item, "categories")
    decision = Decision(
        id=item.text("id"),
        date=taken,
        what=item.own_words("what"),
        owner=item.function("owner"),
        due=due,
        status=status,
        settled=settled,
        intervention=insats or None,
        note=item.own_words("note", ""),
        **references,
    )
    item.done()
    return decision


def _settled(item: Section, status: str) -> dt.date | None:
    """The day it was done or dropped, without which earlier weeks could not be told again."""
    days = {word: item.optional_date(word) for word in STATUSES[1:]}
    for word, day in days.items():
        if (day is not None) != (status == word):
            item.refuse(
                word if day is not None else "status",
                expected=f"status: {word} together with the day, {word}: 2025-03-31",
                found=f"status: {status}" + (f" and {word}: {day}" if day else ""),
                change="write both, or neither",
            )
    return days.get(status)


def read_judgements(
    path: Path, areas: dict[str, Area], categories: dict[str, Category]
) -> tuple[Judgement, ...]:
    """What the meeting has judged of its problems; nothing where there is no file."""
    section = read_optional_file(path)
    if section is None:
        return ()
    found: dict[tuple[str, str | None], Judgement] = {}
    for item in section.sections("judgements"):
        category, area = item.text("category"), item.text("area", "") or None
        check_references((category,), categories, item, "category")
        check_references((area,) if area else (), areas, item, "area")
        judgement = Judgement(
            category=category,
            area=area,
            seriousness=_grade(item, "seriousness"),
            affected=_grade(item, "affected"),
            influence=_grade(item, "influence"),
            who=item.function("who"),
            date=item.date("date"),
            note=item.own_words("note", ""),
        )
        item.done()
        if (category, area) in found:
            item.refuse(
                "category",
                expected="one judgement for each category and area",
                found=f"{category}{', ' + area if area else ''} again",
                change="keep the latest; earlier ones stand in the log of the meeting",
            )
        found[category, area] = judgement
    section.done()
    return tuple(found.values())


def _grade(item: Section, key: str) -> int | None:
    if not item.has(key):
        return None
    grade = item.integer(key, least=LEAST)
    if grade > MOST:
        item.refuse(
            key,
            expected=f"{LEAST} (little), 2 (some) or {MOST} (much)",
            found=f"{grade}",
            change="judge it in three steps, or leave it out",
        )
    return grade


def read_ratings(path: Path) -> Ratings | None:
    """The rule for colours; None, and no colours, where there is no file."""
    section = read_optional_file(path)
    if section is None:
        return None
    ratings = Ratings(
        yellow=section.number("yellow", 0.5),
        red=section.number("red", 1.0),
    )
    if ratings.red <= ratings.yellow:
        section.refuse(
            "red",
            expected=f"a limit above that of yellow ({ratings.yellow:g})",
            found=f"{ratings.red:g}",
            change="raise red or lower yellow; 1 is the upper bound of what is usual",
        )
    section.done()
    return ratings
