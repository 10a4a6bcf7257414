"""Ids → the names that readers know, in a table that has passed the gate."""

from __future__ import annotations

from est_analysis.config import UNKNOWN, UNMAPPED, Settings
from est_analysis.disclosure import SafeTable
from est_analysis.language import Language
from est_analysis.privacy import HIDDEN

_Words = dict[str, dict[str, str]]


def named(safe: SafeTable, settings: Settings, language: Language) -> SafeTable:
    """The same released table with names of actors, areas and categories instead of ids."""
    return safe.worded(words_of(settings, language))


def words_of(settings: Settings, language: Language) -> _Words:
    """Column → id → the name that readers know."""
    areas = {area.id: area.name for area in settings.areas.values()}
    categories = {item.id: item.named(language.code) for item in settings.categories.values()}
    for none in (UNKNOWN, UNMAPPED):
        areas[none] = language.value("area", none)
        categories[none] = language.value("category", none)
    return _words(areas, categories, settings, language)


def in_sentences(safe: SafeTable, settings: Settings, language: Language) -> SafeTable:
    """The same released table with names in the form that a sentence needs.

    Categories in the plural ("otrygga platser"), areas with their preposition ("på Söder"), both as
    the settings give them; without that the name, and "i" before an area.
    """
    areas = {
        area.id: (area.where if language.code == "sv" else "")
        or language.text("word.in_area", area=area.name)
        for area in settings.areas.values()
    }
    categories = {item.id: item.several(language.code) for item in settings.categories.values()}
    for none in (UNKNOWN, UNMAPPED):
        areas[none] = language.text(f"word.in_{none}")
        categories[none] = language.value("category", none)
    return safe.worded(_words(areas, categories, settings, language))


def _words(
    areas: dict[str, str], categories: dict[str, str], settings: Settings, language: Language
) -> _Words:
    """Words by column: names, and what the municipality's and the cleaning's own notes are here."""
    code = language.code
    actors = {source.actor: source.named(code) for source in settings.sources.values()}
    rules = [rule.reason for source in settings.sources.values() for rule in source.drop]
    return {
        "actor": actors,
        "other_actor": actors,
        "area": areas,
        "category": categories,
        "subcategory": categories,
        "beside": {
            **{f"area:{key}": name for key, name in areas.items()},
            **{f"category:{key}": name for key, name in categories.items()},
            **{
                f"rest:{key}": language.text("word.no_subtype", category=name)
                for key, name in categories.items()
            },
            **{f"hours:{part}": language.text(f"hours.{part}") for part in ("inside", "outside")},
        },
        "reason": {f"drop: {why}": language.text("word.by_rule", reason=why) for why in rules},
        **{key: {HIDDEN: language.text("word.personal_data")} for key in ("value", "file")},
    }
