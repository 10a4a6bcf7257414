"""What the register says of an insats, as a table."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from est_analysis.archive import first_read
from est_analysis.counts.dataset import Dataset
from est_analysis.evaluations.answers import ActorEvaluation, InsatsEvaluation
from est_analysis.listing import listing


def register_entry(found: InsatsEvaluation, data: Dataset, language: str = "sv") -> pd.DataFrame:
    """What the register says of the insats, since when, and which areas it is not compared with.

    What was written before the results are seen, and after, is known from there.

    Returns
    -------
    DataFrame
        ``entry`` (a word for each line) and ``said``. ``first_read`` is the day on which the run
        log first has the insats' file, ``unchanged_since`` that since when it reads as it does.
    """
    insats, areas = found.insats, data.settings.areas

    def names(words: tuple[str, ...]) -> str:
        return listing(areas[word].name for word in words) or "–"

    log: dict[str, float] = {}
    for entry in insats.log:
        log[entry.unit] = log.get(entry.unit, 0) + entry.amount
    first, since = first_read(data.settings, insats.path)
    lines = {
        "what": insats.what,
        "areas": names(insats.areas),
        "categories": listing(
            data.settings.categories[c].named(language) for c in insats.categories
        ),
        "start": f"{insats.start}",
        "end": f"{insats.end}" if insats.end else "–",
        "first_day": _days([(one, one.first_day) for one in found.actors], data, language),
        "last_day": _days([(one, one.last_day) for one in found.actors], data, language),
        "owner": insats.owner,
        "intensity": insats.intensity or "–",
        "goal": insats.goal,
        "performed": listing(f"{amount:g} {unit}" for unit, amount in log.items()) or "–",
        "log_notes": listing(f"{one.date}: {one.note}" for one in insats.log if one.note) or "–",
        "comparison_areas": names(insats.comparison_areas),
        "neighbour_areas": names(insats.neighbour_areas),
        "overlapping": listing(
            data.settings.interventions[other].name for other in found.overlapping
        ) or "–",
        "own_insats": _left_out(found, data, language, "own_insats"),
        "silent": _left_out(found, data, language, "silent"),
        "first_read": f"{first or '–'}",
        "unchanged_since": f"{since or '–'}",
    }  # fmt: skip
    return pd.DataFrame({"entry": list(lines), "said": list(lines.values())})


def _left_out(found: InsatsEvaluation, data: Dataset, language: str, why: str) -> str:
    """The areas that are no comparison for one reason; of some actors' data, whose."""
    whose: dict[str, list[str]] = {}
    for one in found.actors:
        for area, reason in one.left_out:
            if reason == why:
                name = data.settings.sources[one.actor].named(language)
                whose.setdefault(data.settings.areas[area].name, []).append(name)
    return listing(
        name if len(actors) == len(found.actors) else f"{name} ({listing(actors)})"
        for name, actors in whose.items()
    ) or "–"  # fmt: skip


def _days(told: list[tuple[ActorEvaluation, dt.date | None]], data: Dataset, language: str) -> str:
    """The day that all actors have in common, or each one's own."""
    words = [f"{day}" if day else "–" for _, day in told]
    if len(set(words)) == 1:
        return words[0]
    names = [data.settings.sources[one.actor].named(language) for one, _ in told]
    return listing(f"{name} {word}" for name, word in zip(names, words, strict=True))
