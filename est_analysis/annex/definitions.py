"""Sources, rule, signs and columns in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from est_analysis.calendar import parse_period
from est_analysis.config import Settings
from est_analysis.language import Language


def definitions(
    results: dict[str, Any], settings: Settings, language: Language
) -> list[tuple[str, str, str]]:
    """Rows of term, meaning and the name in ``results.json``, for the annex's last sheet."""
    return [
        *_about(results, settings, language),
        *_signs(results, settings, language),
        *_columns(results, language),
    ]


def _about(
    results: dict[str, Any], settings: Settings, language: Language
) -> list[tuple[str, str, str]]:
    tables = [exhibit for exhibit in results["exhibits"] if "columns" in exhibit]
    units = dict.fromkeys(table["unit"] for table in tables if table["unit"])
    area = settings.areas.get(results["area"])
    facts = (
        ("municipality", results["name"]),
        ("area", area.name if area else language.value("area", "all")),
        ("period", language.period(parse_period(results["period"]))),
        ("as_of", language.date(dt.date.fromisoformat(results["as_of"]))),
        ("audience", language.text(f"stamp.{results['audience']}")),
        ("unit", ", ".join(units)),
        ("source", ", ".join(_actors(tables, settings))),
        ("rule", _rule(results, settings, language)),
    )
    return [(language.text(f"annex.{key}"), text, key) for key, text in facts]


def _actors(tables: list[dict[str, Any]], settings: Settings) -> list[str]:
    """Names of the actors whose numbers stand in the tables."""
    found = {
        row[table["columns"].index("actor")]
        for table in tables
        if "actor" in table["columns"]
        for row in table["rows"]
    }
    return [source.name for source in settings.sources.values() if source.actor in found]


def _rule(results: dict[str, Any], settings: Settings, language: Language) -> str:
    rule = settings.disclosure
    if results["audience"] == "internal":
        return language.text("annex.rule_internal")
    if rule.method == "round":
        return language.text("annex.rule_round", minimum=rule.minimum, step=rule.round_to)
    key = "annex.rule_suppress_zeros" if rule.hide_zeros else "annex.rule_suppress"
    return language.text(key, minimum=rule.minimum, most=rule.minimum - 1)


def _signs(
    results: dict[str, Any], settings: Settings, language: Language
) -> list[tuple[str, str, str]]:
    return [
        (language.text("word.hidden"), language.text("annex.means_hidden"), '{"hidden": true}'),
        (language.text("word.not_reported"), language.text("annex.means_not_reported"), "null"),
        (language.text("word.too_small"), language.text("annex.means_too_small"), "null"),
        ("–", language.text("annex.means_nothing"), "null"),
        (language.text("annex.infinity"), language.text("annex.means_infinity"), "infinity"),
    ]


def _columns(results: dict[str, Any], language: Language) -> list[tuple[str, str, str]]:
    """Every column of the annex once, in the order of the sheets."""
    met = dict.fromkeys(
        column for exhibit in results["exhibits"] for column in exhibit.get("columns", [])
    )
    rows = []
    for column in met:
        key = f"definition.{_family(column)}"
        meaning = language.text(key) if language.has(key) else "–"
        rows.append((label_of(column, language), meaning, column))
    return rows


def label_of(column: str, language: Language, exhibit: str = "") -> str:
    """The column's heading; its own name where the page does not show it."""
    return language.label(column, exhibit) if language.has(f"label.{column}") else column


def _family(column: str) -> str:
    """Columns that differ by a weekday only share a definition."""
    return "count_weekday" if column.startswith("count_weekday_") else column
