"""Read one actor's declaration, ``sources/<actor>.yaml``."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

from est_analysis.config.columns import DATE_FIELDS, check_fields, read_columns, with_date_parts
from est_analysis.config.confirmed import read_confirmed
from est_analysis.config.finding import Dated
from est_analysis.config.finding_file import read_dated, read_keywords, read_streets
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
from est_analysis.config.table_form import TableForm, read_table_form
from est_analysis.config.yaml_file import read_settings_file
from est_analysis.errors import SettingsError

ENCODINGS = ("utf-8", "utf-16", "utf-32", "cp", "iso8859", "mac", "ascii")  # of texts only
READERS = ("csv", "xlsx", "xls", "ods", "json", "jsonl", "parquet")
DATE_FORMS = (
    "iso", "excel", "day/month", "dotted", "week", "weekend", "night", "month", "day month"
)  # fmt: skip
GRAIN_FORMS = ("month start", "month end", "week start", "week end")  # a day for all of it
HEAPS = {"midnight": ("day", "moment"), "mondays": ("week", "day"), "firsts": ("month", "day")}


def read_source(
    path: Path, areas: dict[str, Area], categories: dict[str, Category], timezone: str
) -> SourceFormat:
    """The declaration in `path`, with every reference checked against areas and taxonomy.

    `timezone` is the municipality's; moments without offset are of it where none is declared.
    """
    section = read_settings_file(path)
    source = _common(section, path, areas, categories, timezone)
    source = with_date_parts(_with_layouts(section, source))
    check_references(source.person_names, source.columns, section, "person_names")
    section.done()
    return source


def _common(
    section: Section,
    path: Path,
    areas: dict[str, Area],
    categories: dict[str, Category],
    timezone: str,
) -> SourceFormat:
    """The declaration without its layouts; with such its columns may be some or none."""
    shape = section.choice("shape", ("events", "counts"), "events")
    several = section.has("layouts")
    date_forms, written_in, heaps = _date_settings(section)
    coverage, gaps, through, quiet_is_real = read_coverage(section)
    return SourceFormat(
        actor=safe_id(section, "actor"),
        name=section.text("name"),
        path=path,
        files=_patterns(section, () if several else None),
        reader=section.choice("reader", (*READERS, ""), "" if several else None),
        shape=shape,
        columns=read_columns(section, {}, several),
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
        table=read_table_form(section, TableForm()),
    )


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


def _with_layouts(section: Section, source: SourceFormat) -> SourceFormat:
    """The same with each way in which its files are laid out; what one does not say is common."""
    parts = section.sections("layouts")
    if not parts:
        check_fields(section, source)
        return source
    layouts = tuple(_layout(part, source) for part in parts)
    if len({len(layout.identity) for layout in layouts}) > 1:
        section.refuse(
            "layouts",
            expected="as many headers under identity in each layout",
            found=", ".join(str(len(layout.identity)) for layout in layouts),
            change="name the headers that stand for the same in each layout, in the same order",
        )
    headers: dict[str, dict[str, None]] = {}
    for layout in layouts:
        for field, column in layout.columns.items():
            headers.setdefault(field, {}).update(dict.fromkeys(column.headers))
    return replace(
        source,
        files=tuple(dict.fromkeys(pattern for one in layouts for pattern in one.files)),
        reader=layouts[0].reader,
        identity=source.identity or layouts[0].identity,
        columns={field: Column(tuple(names)) for field, names in headers.items()},
        layouts=layouts,
    )


def _layout(part: Section, common: SourceFormat) -> SourceFormat:
    """One layout: a declaration of its own in all that concerns how a file is read."""
    layout = replace(
        common,
        files=_patterns(part, common.files or None),
        reader=part.choice("reader", READERS, common.reader or None),
        columns=read_columns(part, common.columns, False),
        encoding=_encoding(part, common.encoding),
        delimiter=_delimiter(part, common.delimiter),
        header_row=part.integer("header_row", common.header_row, least=1),
        header_rows=part.integer("header_rows", common.header_rows, least=1),
        footer=part.texts("footer", common.footer),
        sheet=part.text("sheet", common.sheet or "") or None,
        decimal=part.choice("decimal", (",", "."), common.decimal),
        missing=part.texts("missing", common.missing),
        identity=part.texts("identity", common.identity),
        table=read_table_form(part, common.table),
    )
    check_fields(part, layout)
    part.done()
    return layout


def _patterns(section: Section, common: tuple[str, ...] | None) -> tuple[str, ...]:
    """File patterns that stay in the exports folder; needed where there is none in common."""
    patterns = section.texts("files", common)
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


def _encoding(section: Section, common: str = "utf-8") -> str:
    name = section.text("encoding", common)
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


def _delimiter(section: Section, common: str = ";") -> str:
    found = section.text("delimiter", common).replace("\\t", "\t")
    if len(found) != 1 or found in '"\r\n':
        section.refuse(
            "delimiter",
            expected="the one sign that stands between two cells",
            found=f'"{found}"',
            change='write ";", "," or "\\t" (tab)',
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
    dated: dict[str, tuple[Dated, ...]] = {}
    table = part.section("map")
    for raw in table.names() if table is not None else []:
        assert table is not None
        if table.is_list(raw):
            dated[raw] = read_dated(table, raw, known)
        else:
            mapping[raw] = table.text(raw)
    if part.has("file"):
        mapping.update(mapping_file(part.text("file"), part))
    totals = part.texts("total", ())
    keywords = read_keywords(part, known) if key == "categories" else ()
    names = {identity: entry.name for identity, entry in known.items()}
    streets = read_streets(part, names) if key == "areas" else ()
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
    where = part.where("map") if table else part.where()
    return Translation(
        mapping, match, where, totals, dated=dated, keywords=keywords, streets=streets
    )


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
