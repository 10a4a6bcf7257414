"""Every number in the prose stands in results.json, and no sentence is written by hand."""

from __future__ import annotations

import copy
import html
import re
import string
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pandas as pd
import pytest
from in_process import REPORTS, Made, made

from est_analysis.language import LANGUAGES, Language, language

NUMBER = {"sv": r"\d{1,3}(?:\u00a0\d{3})+(?:,\d+)?|\d+(?:,\d+)?",
          "en": r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"}  # fmt: skip
TOLD_BY = {  # exhibits of findings only: which tables hold their numbers
    "summary": (
        "summary",
        "totals",
        "categories",
        "areas",
        "effort",
        "evaluations",
        "category_deviations",
        "area_deviations",
        "to_come",
    ),
    "insats_in_short": ("conclusions", "displacement"),
    "in_short": ("in_short", "week_signals", "cell_signals", "actor_week", "late"),
}
TAILS = ("caveat_reporters", "weeks_differ", "same_days", "next_rate_close", "goal_reached",
         "goal_not_reached", "goal_open", "expected_too", "expected_not", "moved_here")  # fmt: skip
EDITIONS = [
    pytest.param(kind, code, marks=[pytest.mark.slow] if (kind, code) == ("tertial", "en") else [])
    for kind in REPORTS
    for code in LANGUAGES
]


def results_of(report: Made) -> dict[str, Any]:
    records = [copy.deepcopy(exhibit.record) for exhibit in report.exhibits]
    sources = report.report.settings.sources.values()
    names = {source.actor: source.named(report.facts["language"]) for source in sources}
    exhibits = {record["id"]: record for record in records}
    return {**report.facts, "exhibits": exhibits, "names": names}


def alternatives(report: Made) -> Iterator[tuple[str, str]]:
    for exhibit in report.exhibits:
        for text in re.findall(r'<img alt="([^"]*)"', exhibit.html):
            yield exhibit.id, html.unescape(text)


def strays(
    results: dict[str, Any], alts: list[tuple[str, str]], head: str, words: Language
) -> list[str]:
    """Sentences with a number that stands in no row of their exhibit, or of no template."""
    found = []
    for name, record in results["exhibits"].items():
        for sentence in record.get("findings", []):
            tables = TOLD_BY.get(name, (name,))
            rows = [row for key in tables for row in rows_of(results, key, sentence)]
            told = [stands(part, ("finding.", "empty.", "page."), rows, words)
                    for part in without_tail(sentence, words)]  # fmt: skip
            if not all(told):
                found.append(f"{name}: {sentence}")
    for name, text in alts:
        leads = [f"alt.{name}", f"alt.map_{name}"]  # where there are borders a map is drawn
        leads = [words.text(key) for key in leads if words.has(key)]
        lead = next((one for one in leads if one in text), "")
        assert lead, text
        rest = text.partition(lead)[2].strip()
        rows = rows_of(results, name, text)
        parts = [rest] if stands(rest, ("alt.",), rows, words) else re.split(r"(?<=\.) ", rest)
        found += [f"{name}: {p}" for p in parts if p and not stands(p, ("alt.",), rows, words)]
    facts = [[*dates(results["start"]), *dates(results["end"]), *dates(results["as_of"]),
              *map(float, re.findall(r"\d+", results["period"]))]]  # fmt: skip
    return found + ([] if stands(head, ("head.",), facts, words) else [head])


def without_tail(sentence: str, words: Language) -> list[str]:
    """A finding and what is added to it: each is a sentence of a template of its own."""
    for key, pattern in templates(words):
        if key.removeprefix("finding.") in TAILS:
            match = re.fullmatch(f"(.+?[.]) ({pattern.pattern})", sentence)
            if match is not None:
                return [*without_tail(match[1], words), match[2]]
    return [sentence]


def rows_of(results: dict[str, Any], name: str, text: str) -> list[list[float]]:
    """The numbers of each row, and of each thing computed from the table; dates as their parts.

    Of rows of an actor only those whose actor the text names.
    """
    record = results["exhibits"].get(name, {})
    rows = [dict(zip(record["columns"], row, strict=True)) for row in record.get("rows", [])]
    return [
        [number for value in row.values() for number in numbers_in(value)]
        for row in [*rows, *record.get("computed", [])]
        if results["names"].get(row.get("actor"), row.get("actor", "")) in text
    ]


def numbers_in(value: Any) -> list[float]:
    if isinstance(value, bool) or value is None or isinstance(value, dict):
        return []
    if isinstance(value, int | float):
        return [abs(float(value))]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value) and pd.notna(pd.to_datetime(value, errors="coerce")):
        return dates(value)
    return [float(digits) for digits in re.findall(r"\d+", value)]


def dates(day: str) -> list[float]:
    date = pd.Timestamp(day)
    year, week, _ = date.isocalendar()
    return [*map(float, (date.year, date.month, date.day, year, week))]


def stands(text: str, prefixes: tuple[str, ...], rows: list[list[float]], words: Language) -> bool:
    """Whether a template gives the text, with numbers that stand together in one row."""
    for key, pattern in templates(words):
        match = pattern.fullmatch(text) if key.startswith(prefixes) else None
        if match is None:
            continue
        fields = list(match.groups())
        if key == "finding.risk_weeks":  # a list: each week has its own row
            fields = re.split(r"\), | och | and ", fields[1])
            if all(in_one_row([field], rows, words) for field in fields):
                return True
        elif in_one_row(fields, rows, words):
            return True
    return False


def singulars(words: Language) -> list[tuple[str, str]]:
    """What texts have in the plural, and what stands after the number 1 in its place."""
    pairs = [(re.escape(plural), single) for plural, single in words.singulars.items()]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


@cache
def templates(words: Language) -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for key, text in words.texts.items():
        if key.startswith(("finding.", "alt.", "empty.", "page.", "head.")):
            pattern = ""
            for literal, field, _, _ in string.Formatter().parse(text):
                pattern += re.escape(literal) + ("(.+?)" if field is not None else "")
            for plural, single in singulars(words):
                pattern = pattern.replace(f"(.+?)\\ {plural}", f"(.+?)\\ (?:{plural}|{single})")
            found.append((key, re.compile(pattern)))
    return found


def in_one_row(fields: list[str], rows: list[list[float]], words: Language) -> bool:
    """Whether some row has all the fields' numbers, as often as they are written."""
    tokens = Counter(token for field in fields for token in re.findall(NUMBER[words.code], field))
    if not tokens:
        return True
    return any(
        all(times(token, row, words) >= often for token, often in tokens.items()) for row in rows
    )


def times(token: str, row: list[float], words: Language) -> int:
    """How many of a row's numbers are written so when they are rounded."""
    group, point = words.texts["number.group"], words.texts["number.decimal"]
    number = Decimal(token.replace(group, "").replace(point, "."))
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    near = [value for value in row if abs(value - float(number)) <= float(step)]
    return sum(Decimal(str(value)).quantize(step, ROUND_HALF_UP) == number for value in near)


@pytest.mark.parametrize(("kind", "code"), EDITIONS)
def test_every_number_in_the_prose_stands_in_the_results(kind: str, code: str) -> None:
    report = made(kind, code)
    results, alts = results_of(report), list(alternatives(report))
    assert sum(len(record.get("findings", [])) for record in results["exhibits"].values()) > 3
    assert strays(results, alts, report.head, language(code)) == []


def test_a_planted_number_is_found() -> None:
    """The check above can fail: a number changed in a sentence, an alt text, the head, a table."""
    report, words = made("tertial", "sv"), language("sv")
    results = results_of(report)
    planted = 0
    for name, record in results["exhibits"].items():
        for sentence in record.get("findings", []):
            wrong = re.sub(r"\d(?=\D*$)", lambda m: str((int(m[0]) + 5) % 10), sentence)
            if wrong != sentence:
                told = {key: results["exhibits"][key] for key in TOLD_BY.get(name, ())}
                told = {key: {**item, "findings": []} for key, item in told.items()}
                exhibits = {**told, name: {**record, "findings": [wrong]}}
                assert strays({**results, "exhibits": exhibits}, [], report.head, words), wrong
                planted += 1
    assert planted > 30
    name, text = next((n, t) for n, t in alternatives(report) if n == "change")
    assert strays(results, [(name, text.replace("0", "9"))], report.head, words)
    assert strays(results, [], report.head.replace("2025", "2024"), words)
    totals = results["exhibits"]["totals"]
    for column in ("count", "compared_count", "most"):
        totals["rows"][0][totals["columns"].index(column)] += 1
    assert strays(results, [], report.head, words)


def test_a_sentence_that_is_of_no_template_is_found() -> None:
    report, words = made("weekly", "sv"), language("sv")
    results = results_of(report)
    results["exhibits"]["week_signals"]["findings"].append("Allt har blivit bättre.")
    assert strays(results, [], report.head, words) == ["week_signals: Allt har blivit bättre."]


def test_nothing_rose_or_fell_where_the_interval_includes_no_change() -> None:
    words = language("sv")
    claims = [words.text(f"finding.{key}", actor="A", whose="A", part="A", count=1, reference=1,
                         when="då", ratio=1, interval=1).split(".")[0].split(": ")[1]
              for key in ("increase", "decrease", "part_increase", "part_decrease")]  # fmt: skip
    pattern = re.compile(
        rf"({'|'.join(set(claims))})\W.*?\({re.escape(interval_word(words))} (.+?)\)"
    )
    seen = 0
    for exhibit in made("tertial", "sv").exhibits:
        for sentence in exhibit.record.get("findings", []):
            for _, interval in pattern.findall(sentence):
                ends = [float(t.replace(",", ".")) for t in re.findall(r"\d+[.,]\d+", interval)]
                assert min(ends) > 1 or max(ends) < 1, sentence
                seen += 1
    assert seen >= 4


def interval_word(words: Language) -> str:
    return words.texts["finding.increase"].rpartition("(")[2].partition(" {")[0]


def test_each_finding_of_the_summary_has_its_certainty() -> None:
    summary = next(e for e in made("tertial", "sv").exhibits if e.id == "summary")
    assert 1 <= len(summary.record["findings"]) <= 9
    for sentence in summary.record["findings"]:
        sure = "säkerställd|bedömas|talar|avgöras|försenad|sticker ut|kan förklara"
        assert re.search(sure, sentence), sentence


def test_the_summary_tells_what_is_true_of_the_example() -> None:
    """As its truth file: the lighting moved the problem, guards worked, the camera cannot be told,
    one week in Hagalund, and no general rise."""
    summary = next(e for e in made("tertial", "sv").exhibits if e.id == "summary")
    told = summary.record["findings"]
    insatser = next(line for line in told if line.startswith("Insatser"))
    light, guards, camera = insatser.split("; ")
    assert "talar tydligt för en minskning" in light
    assert "har ökat i Västeräng" in light
    assert "Ordningsvakter i Centrum – talar för en minskning" in guards
    assert camera == "Tillfällig kamera i Norrbacka – kan inte avgöras."
    assert any("Skadegörelse i Hagalund" in line and "v.\u00a042 2025" in line for line in told)
    assert any(
        "Västeräng" in line and "överflyttning efter Bättre belysning" in line for line in told
    )
    explained = [line for line in told if "Kommunens rapportörer, 936 mot 848" in line]
    assert "kan förklara förändringen" in explained[0]
    assert told.index(explained[0]) > 0, "what reporting explains does not lead"
    assert not any(line.startswith("Kan inte bedömas") for line in told)


@pytest.mark.parametrize(
    ("name", "swedish", "english"),
    [
        ("Hagalund", "Hagalunds", "Hagalund's"),
        ("Kungsfors", "Kungsfors", "Kungsfors'"),
        ("Storgatans Fastigheter", "Storgatans Fastigheters", "Storgatans Fastigheter's"),
        ("Sainte-Croix", "Sainte-Croix", "Sainte-Croix's"),
        ("Schultz", "Schultz", "Schultz's"),
        ("Exempelhus AB", "Exempelhus AB:s", "Exempelhus AB's"),
        ("Ö", "Ös", "Ö's"),
    ],
)
def test_genitives(name: str, swedish: str, english: str) -> None:
    assert language("sv").genitive(name) == swedish
    assert language("en").genitive(name) == english
