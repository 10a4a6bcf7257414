"""What stands on each sheet of the annex, from ``results.json`` alone."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from est_analysis.annex.definitions import definitions, label_of
from est_analysis.calendar import parse_period
from est_analysis.config import Settings
from est_analysis.disclosure import DERIVED, decimals_of, is_count
from est_analysis.exhibits import NOT_PUBLIC
from est_analysis.language import Language
from est_analysis.names import words_of
from est_analysis.tables import absent_words

LONGEST_NAME = 31  # characters of a sheet's name, by Excel's rule
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?")
_SAME_WORDS = {"per_reporter_verdict": "verdict"}
_FIRST_YEAR = 1901  # Excel counts days wrongly before it

Value = str | int | float | dt.date | dt.datetime


@dataclass(frozen=True)
class Cell:
    """A value with its type: a number is a number, a date a date, the rest text.

    `decimals` and `signed` say how a number is shown; `word` marks a word in a number's place.
    """

    value: Value
    decimals: int = 0
    signed: bool = False
    word: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, a caption and a line below it, then a table with a header."""

    id: str
    name: str
    caption: str
    below: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    links: tuple[str, ...] = ()  # names of sheets that the rows' first cells lead to; "" is none


def annex_sheets(results: dict[str, Any], settings: Settings, language: Language) -> list[Sheet]:
    """Give the sheets of a report's annex.

    Answers: what are the report's numbers, and what does each mean? First the contents with the
    findings, then a sheet for each table, figure and summary of the page, last the sources and
    definitions. Hidden and missing cells have the page's words.

    Parameters
    ----------
    results
        ``results.json``; nothing else is known of the data.
    settings
        For the names of actors, areas and categories, and the rule.
    """
    words = words_of(settings, language)
    exhibits = [one for one in results["exhibits"] if one["kind"] != NOT_PUBLIC]
    sheets: list[Sheet] = []
    lines: list[tuple[Cell, ...]] = []
    for exhibit in exhibits:
        caption = _caption(exhibit["id"], results, settings, language)
        findings = "\n".join(exhibit.get("findings", []))
        name, rows = "", Cell("–", word=True)
        if exhibit["kind"] != "left_out":
            name = _name(len(sheets) + 1, caption)
            sheet = _sheet(exhibit, name, caption, results, words, language)
            sheets.append(sheet)
            rows = Cell(len(sheet.rows))
        lines.append((Cell(name or "–"), Cell(caption), rows, Cell(findings)))
    header = tuple(
        language.text(f"annex.{word}") for word in ("sheet", "shows", "rows", "findings")
    )
    contents = Sheet(
        "contents",
        language.text("annex.contents"),
        _place_and_period(results, settings, language),
        _stamps(results, language),
        header,
        tuple(lines),
        tuple("" if str(line[0].value) == "–" else str(line[0].value) for line in lines),
    )
    return [contents, *sheets, _definitions(results, sheets, settings, language)]


def _definitions(
    results: dict[str, Any], sheets: list[Sheet], settings: Settings, language: Language
) -> Sheet:
    header = tuple(language.text(f"annex.{word}") for word in ("term", "meaning", "code"))
    rows = [tuple(map(Cell, row)) for row in definitions(results, settings, language)]
    return Sheet(
        "definitions",
        language.text("annex.sources"),
        language.text("annex.sources"),
        _stamps(results, language),
        header,
        tuple(rows),
    )


def _sheet(
    exhibit: dict[str, Any],
    name: str,
    caption: str,
    results: dict[str, Any],
    words: dict[str, dict[str, str]],
    language: Language,
) -> Sheet:
    stamps = _stamps(results, language)
    if "columns" not in exhibit:
        rows = tuple((Cell(sentence),) for sentence in exhibit["findings"])
        header: tuple[str, ...] = (language.text("annex.findings"),)
        return Sheet(exhibit["id"], name, caption, stamps, header, rows)
    columns = exhibit["columns"]
    absent = absent_words(pd.DataFrame(exhibit["rows"], columns=columns))
    by_column = [
        list(_cells(column, [row[place] for row in exhibit["rows"]], absent, words, language))
        for place, column in enumerate(columns)
    ]
    below = " · ".join(filter(None, [exhibit["unit"], exhibit["source"], stamps]))
    rows = tuple(zip(*by_column, strict=True)) if exhibit["rows"] else ()
    header = _header(columns, exhibit["id"], language)
    return Sheet(exhibit["id"], name, caption, below, header, rows)


def _header(columns: list[str], exhibit: str, language: Language) -> tuple[str, ...]:
    """Labels; where two are the same, with the label of the column that they belong to."""
    labels = [label_of(column, language, exhibit) for column in columns]
    shown: list[str] = []
    owner = ""
    for label in labels:
        if labels.count(label) == 1:
            owner = label
            shown.append(label)
        else:
            text = f"{label} ({owner})" if owner else label
            shown.append(text if text not in shown else f"{text} {shown.count(text) + 1}")
    return tuple(shown)


def _cells(
    column: str,
    values: list[Any],
    absent: list[str],
    words: dict[str, dict[str, str]],
    language: Language,
) -> Iterator[Cell]:
    """A column's cells: the page's words for what is hidden or missing, else typed values."""
    known = [v for v in values if v is not None and not isinstance(v, dict)]
    numeric = is_count(column) or any(_is_number(value) for value in known)
    dates = bool(known) and all(isinstance(v, str) and _DATE.fullmatch(v) for v in known)
    for value, why in zip(values, absent, strict=True):
        if isinstance(value, dict):
            yield Cell(language.text("word.hidden"), word=True)
        elif value is None:
            yield Cell(_missing(column, numeric, why, language), word=True)
        elif value == "infinity":
            yield Cell(language.text("annex.infinity"), word=True)
        elif _is_number(value):
            decimals, signed = decimals_of(column, value)
            yield Cell(value, decimals, signed)
        elif dates:
            yield Cell(_date(value))
        else:
            yield Cell(_word(column, str(value), words, language))


def _word(column: str, code: str, words: dict[str, dict[str, str]], language: Language) -> str:
    """A name or a word for a code; the text itself where it is none."""
    if column == "reasons":  # several codes
        return ", ".join(language.text(f"reason.{part}") for part in code.split())
    return language.value(_SAME_WORDS.get(column, column), words.get(column, {}).get(code, code))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _missing(column: str, numeric: bool, absent: str, language: Language) -> str:
    if is_count(column):
        return language.text(f"word.{absent}")
    return language.text("word.too_small") if numeric or column in DERIVED else "–"


def _date(text: str) -> Value:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:  # looks like a date, such as 2025-13-45
        return text
    if moment.year < _FIRST_YEAR:
        return text
    return moment if "T" in text else moment.date()


def _caption(name: str, results: dict[str, Any], settings: Settings, language: Language) -> str:
    period = language.period(parse_period(results["period"]))
    key = f"captions.{name}"
    if not language.has(key):
        return language.text(f"annex.{name}") if language.has(f"annex.{name}") else name
    before = language.value("comparison", "last_year")
    return language.text(key, period=period, place=_place(results, settings), before=before)


def _place(results: dict[str, Any], settings: Settings) -> str:
    area = settings.areas.get(results["area"])
    return area.name if area else str(results["name"])


def _place_and_period(results: dict[str, Any], settings: Settings, language: Language) -> str:
    return language.text(
        "head.line",
        place=_place(results, settings),
        period=language.period(parse_period(results["period"])),
        as_of=language.date(dt.date.fromisoformat(results["as_of"])),
    )


def _stamps(results: dict[str, Any], language: Language) -> str:
    marks = [results["audience"], *(["fictional"] if results["fictional"] else [])]
    return " ".join(language.text(f"stamp.{mark}") for mark in marks)


def _name(number: int, caption: str) -> str:
    """A sheet's name as Excel allows it: short, without its signs, and only once by its number."""
    words = _FORBIDDEN.sub(" ", caption.split(",")[0].split(" (")[0]).replace("'", "’").split()
    name = " ".join([f"{number:02d}", *words])
    if _units(name) <= LONGEST_NAME:
        return name
    while _units(name) >= LONGEST_NAME:
        name = name[:-1]
    return f"{name.rstrip()}…"


def _units(text: str) -> int:
    """Length as Excel counts it: a sign outside the basic plane is two."""
    return len(text.encode("utf-16-le")) // 2
