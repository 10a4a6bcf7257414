"""Ids → the names that readers know, in a table that has passed the gate."""

from __future__ import annotations

from est_analysis.config import UNKNOWN, UNMAPPED, Settings
from est_analysis.disclosure import SafeTable
from est_analysis.language import Language


def named(safe: SafeTable, settings: Settings, language: Language) -> SafeTable:
    """The same released table with names of actors, areas and categories instead of ids."""
    return safe.worded(words_of(settings, language))


def words_of(settings: Settings, language: Language) -> dict[str, dict[str, str]]:
    """Column → id → the name that readers know."""
    words = {
        "actor": {source.actor: source.name for source in settings.sources.values()},
        "area": {area.id: area.name for area in settings.areas.values()},
        "category": {category.id: category.name for category in settings.categories.values()},
    }
    for column in ("area", "category"):
        for code in (UNKNOWN, UNMAPPED):
            words[column][code] = language.value(column, code)
    words["subcategory"] = words["category"]
    words["other_actor"] = words["actor"]
    return words
