"""Read one actor's declaration, ``sources/<actor>.yaml``."""

from __future__ import annotations

import codecs
from pathlib import Path

from est_analysis.config.confirmed import read_confirmed
from est_analysis.config.mapping_file import mapping_file
from est_analysis.config.model import (
    Area,
    Category,
    Column,
    RowRule,
    SourceFormat,
    Translation,
)
from est_analysis.config.paths import is_inside, safe_id
from est_analysis.config.references import check_references, refuse_undefined
from est_analysis.config.reporting import (
    read_control_totals,
    read_coverage,
    read_responsibilities,
)
from est_analysis.config.section import OTHERWISE, Section, nearest, place_of
from est_analysis.config.yaml_file import read_settings_file
from est_analysis.errors import SettingsError

ENCODINGS = ("utf-8", "utf-16", "utf-32", "cp", "iso8859", "mac", "ascii")  # of texts only
READERS = ("csv", "xlsx", "xls", "ods", "jsonl", "parquet")
DATE_FIELDS = ("occurred_from", "occurred_to", "reported_at")
DATE_FORMS = (
    "iso", "excel", "day/month", "dotted", "week", "weekend", "night", "month", "day month"
)  # fmt: skip
GRAIN_FORMS = ("month start", "month end", "week start", "week end")  # a day for all of it
HEAPS = {"midnight": ("day", "moment"), "mondays": ("week", "day"), "firsts": ("month", "day")}
FIELDS = (
    *DATE_FIELDS,
    "time_from",
    "time_to",
    "year",
    "area",
    "category",
    "place",
    "count",
    "reporter",
)


def read_source(
    path: Path, areas: dict[str, Area], categories: dict[str, Category], timezone: str
) -> SourceFormat:
    """The declaration in `path`, with every reference checked against areas and taxonomy.

    `timezone` is the municipality's; moments without offset are of it where none is declared.
    """
    section = read_settings_file(path)
    shape = section.choice("shape", ("events", "counts"), "events")
    date_forms, written_in, heaps = _date_settings(section)
    coverage, gaps, through, quiet_is_real = read_coverage(section)
    source = SourceFormat(
        actor=safe_id(section, "actor"),
        name=section.text("name"),
        path=path,
        files=_patterns(section),
        reader=section.choice("reader", READERS),
        shape=shape,
        columns=_columns(section, shape),
        date_forms=date_forms,
        timezone=timezone,
        written_in=written_in or timezone,
        categories=_translation(section, "categories", categories),
        areas=_translation(section, "areas", areas),
        responsibilities=read_responsibilities(section, areas, categories),
        coverage=coverage,
        gaps=gaps,
        through=through,
        quiet_is_real=quiet_is_real,
        encoding=_encoding(section),
        delimiter=_delimiter(section),
        header_row=section.integer("header_row", 1, least=1),
        header_rows=section.integer("header_rows", 1, least=1),
        footer=section.texts("footer", ()),
        sheet=section.text("sheet", "") or None,
        decimal=section.choice("decimal", (",", "."), ","),
        missing=section.texts("missing", ()),
        masked=_masked(section),
        only=_row_rules(section, "only"),
        drop=_row_rules(section, "drop"),
        identity=section.texts("identity", ()),
        overlap=_overlap(section),
        personal_data=section.choice("personal_data", ("reject", "mask", "stop"), "reject"),
        name_en=section.text("name_en", ""),
        control_totals=read_control_totals(section, categories),
        person_names=section.texts("person_names", ()),
        confirmed=read_confirmed(section),
        no_identity=section.texts("no_identity", ()),
        identity_restarts=_one_of(section, "identity_restarts", ("year", "month", "file")),
        twice=_one_of(section, "twice", ("add", "last")),
        corrections=_one_of(section, "corrections", ("net",)),
        heaps=heaps,
    )
    check_references(source.person_names, source.columns, section, "person_names")
    section.done()
    return source


def _one_of(section: Section, key: str, options: tuple[str, ...]) -> str:
    """One of a few words, or nothing where the key is absent."""
    return section.choice(key, options) if section.has(key) else ""


def _overlap(section: Section) -> str:
    """What files of the same days are; a case that is identified is known in any of them."""
    if not section.has("overlap"):
        return ""
    if section.has("identity"):
        section.refuse(
            "overlap",
            expected="overlap only where there is no identity",
            found="both",
            change="take overlap away: by its identity a case is known in any file",
        )
    return section.choice("overlap", ("last", "add"))


def _patterns(section: Section) -> tuple[str, ...]:
    """File patterns that stay in the exports folder."""
    patterns = section.texts("files")
    for pattern in patterns:
        if not is_inside(pattern):
            section.refuse(
                "files",
                expected="patterns of files in the exports folder, such as utdrag*.csv",
                found=f'"{pattern}", which leads out of it',
                change="leave out .. and what stands before; the folder is set by exports in "
                "municipality.yaml",
            )
    return patterns


def _encoding(section: Section) -> str:
    name = section.text("encoding", "utf-8")
    try:
        known = codecs.lookup(name).name.startswith(ENCODINGS)
    except LookupError:
        known = False
    if not known:
        section.refuse(
            "encoding",
            expected="the name of an encoding",
            found=f'"{name}"',
            change="write utf-8, cp1252 (Windows), latin-1 or utf-16",
        )
    return name


def _delimiter(section: Section) -> str:
    found = section.text("delimiter", ";").replace("\\t", "\t")
    if len(found) != 1 or found in '"\r\n':
        section.refuse(
            "delimiter",
            expected="the one sign that stands between two cells",
            found=f'"{found}"',
            change='write ";", "," or "\\t" (tab)',
        )
    return found


def _columns(section: Section, shape: str) -> dict[str, Column]:
    columns = section.section("columns")
    if columns is None:
        section.refuse(
            None,
            expected='the key "columns", which says which header each field has',
            found="no such key",
            change='add "columns:" with at least "occurred_from:"',
        )
    found: dict[str, Column] = {}
    for name in columns.names():
        columns.refuse_unknown(
            name, [name], FIELDS, expected="a field that est_analysis uses; take others away"
        )
        if columns.is_mapping(name):
            part = columns.section(name)
            assert part is not None
            found[name] = Column(
                headers=part.texts("header"),
                split=part.text("split", "") or None,
                part=int(part.number("part", 1, least=-9)),
                pad=part.integer("pad", 0),
            )
            part.done()
        else:
            found[name] = Column(headers=columns.texts(name))
    needed = ("occurred_from", "count") if shape == "counts" else ("occurred_from",)
    for name in needed:
        if name not in found:
            columns.refuse(
                None,
                expected=f'the field "{name}" (shape: {shape})',
                found=f"only {', '.join(found) or 'no fields'}",
                change=f'add "{name}: <header in the export>"',
            )
    return found


def _masked(section: Section) -> dict[str, tuple[int, int] | None]:
    """What counts that are no numbers stand for: from and to, a number, or not reported."""
    part = section.section("masked")
    if part is None:
        return {}
    found: dict[str, tuple[int, int] | None] = {}
    for word in part.names():
        said = part.texts(word)
        whole = all(one.isdecimal() for one in said) and 1 <= len(said) <= 2
        if said == ("not_reported",):
            found[str(word)] = None
        elif whole and int(said[0]) <= int(said[-1]):
            found[str(word)] = (int(said[0]), int(said[-1]))
        else:
            part.refuse(
                word,
                expected="the least and the most that it may be, such as [1, 4]; a number; or "
                "not_reported",
                found=", ".join(said)[:60],
                change=f'write "{word}": [1, 4]',
            )
    return found


def _date_settings(
    section: Section,
) -> tuple[dict[str, tuple[str, ...]], str, dict[str, str]]:
    dates = section.section("dates")
    if dates is None:
        return dict.fromkeys(DATE_FIELDS, ("iso",)), "", {}
    common = dates.texts("forms", ("iso",))
    forms = {name: dates.texts(name, common) for name in DATE_FIELDS}
    for name, words in forms.items():
        dates.refuse_unknown(
            name if dates.has(name) else "forms",
            [form for word in words if "%" not in (form := _of_a_day(word))],
            (*DATE_FORMS, *GRAIN_FORMS),
            expected=f"one of {', '.join((*DATE_FORMS, *GRAIN_FORMS))}, or a pattern such as "
            "%d.%m.%Y",
        )
    written_in = dates.timezone("timezone") if dates.has("timezone") else ""
    heaps = {name: dates.choice(name, words) for name, words in HEAPS.items() if dates.has(name)}
    dates.done()
    return forms, written_in, heaps


def _of_a_day(word: str) -> str:
    """The form of the day in which ``month start %d.%m.%Y`` writes a month; else the word."""
    grain = next((form for form in GRAIN_FORMS if word.startswith(f"{form} ")), "")
    return word.removeprefix(grain).strip()


def _translation(
    section: Section, key: str, known: dict[str, Area] | dict[str, Category]
) -> Translation:
    part = section.section(key)
    if part is None:
        return Translation({}, ("id", "name"), section.where())
    named = any(part.has(name) for name in ("match", "map", "file"))
    match = part.texts("match", () if named else ("id", "name"))
    for word in match:
        if word not in ("id", "name"):
            part.refuse(
                "match", expected="id, name or both", found=f'"{word}"', change="write match: name"
            )
    mapping: dict[str, str] = {}
    table = part.section("map")
    if table is not None:
        mapping.update({raw: table.text(raw) for raw in table.names()})
    if part.has("file"):
        mapping.update(mapping_file(part.text("file"), part))
    totals = part.texts("total", ())
    part.done()
    for raw, target in mapping.items():
        if target not in known:
            fault = SettingsError(
                f"cannot use {section.path.name}",
                expected=f"an id from {'areas' if key == 'areas' else 'taxonomy'}.yaml",
                found=f'"{raw}" → "{target}", and there is no "{target}"',
                change=f"{place_of(target, part.where())}: {nearest(target, known)}",
                otherwise=OTHERWISE,
            )
            refuse_undefined(fault)
    return Translation(mapping, match, part.where("map") if table else part.where(), totals)


def _row_rules(section: Section, key: str) -> tuple[RowRule, ...]:
    rules = []
    for item in section.sections(key):
        tests = [test for test in ("equals", "starts_with", "contains") if item.has(test)]
        if len(tests) != 1:
            item.refuse(
                None,
                expected="exactly one of equals, starts_with, contains",
                found=", ".join(tests) or "none of them",
                change="keep one test in each rule",
            )
        reason = item.text("reason", "" if key == "only" else None)
        rules.append(RowRule(item.text("column"), tests[0], item.texts(tests[0]), reason))
        item.done()
    return tuple(rules)
