"""Read and check a municipality's whole folder under ``params/``."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from est_analysis.config.meeting import read_decisions, read_judgements, read_ratings
from est_analysis.config.model import (
    PLAN,
    RESERVED_IDS,
    Archive,
    Area,
    AreaBorders,
    Category,
    Disclosure,
    Municipality,
    Settings,
    SourceFormat,
)
from est_analysis.config.one_actor import joined_sources
from est_analysis.config.paths import named_file, safe_id
from est_analysis.config.plans import read_calendar, read_interventions
from est_analysis.config.references import check_references, told_together
from est_analysis.config.section import OTHERWISE, Section, nearest
from est_analysis.config.source_file import read_source
from est_analysis.config.yaml_file import read_settings_file
from est_analysis.errors import SettingsError
from est_analysis.remote import is_address

AT_THE_TOP = (
    "municipality.yaml", "areas.yaml", "taxonomy.yaml", "calendar.yaml", "disclosure.yaml",
    "decisions.yaml", "judgements.yaml", "ratings.yaml", "batch.yaml", PLAN,
)  # fmt: skip
LISTED = ("sources", "interventions")  # folders with a file for each
MOST_NAMED = 20  # files in an error
FETCHED = ".fetched"  # in a municipality's folder: exports from an address
MOST_MONTHS = 1200  # that an archive plan keeps everything


def load_settings(folder: Path) -> Settings:
    """Everything an analyst edits for one municipality, read and checked.

    Parameters
    ----------
    folder
        ``params/<municipality>``.

    Raises
    ------
    SettingsError
        For unknown or repeated keys, ids that repeat or point nowhere (all of those at once),
        values of the wrong kind; it names file, line and remedy.
    """
    with told_together():
        settings = _load(folder)
    return settings


def _load(folder: Path) -> Settings:
    if not (folder / "municipality.yaml").is_file():
        _no_municipality(folder)
    _refuse_misplaced(folder)
    municipality, archive = _municipality(folder)
    areas, borders = _areas(read_settings_file(folder / "areas.yaml"))
    categories = _taxonomy(read_settings_file(folder / "taxonomy.yaml"))
    sources = _sources(folder, areas, categories, municipality.timezone)
    breaks, school_breaks, local_events = read_calendar(
        folder / "calendar.yaml", sources, areas, categories
    )
    interventions = read_interventions(folder, areas, categories, sources)
    return Settings(
        folder=folder,
        municipality=municipality,
        areas=areas,
        categories=categories,
        sources=sources,
        interventions=interventions,
        school_breaks=school_breaks,
        local_events=local_events,
        breaks=breaks,
        disclosure=_disclosure(folder / "disclosure.yaml"),
        decisions=read_decisions(folder / "decisions.yaml", areas, categories, interventions),
        judgements=read_judgements(folder / "judgements.yaml", areas, categories),
        ratings=read_ratings(folder / "ratings.yaml"),
        borders=borders,
        archive=archive,
    )


def load_words(folder: Path) -> tuple[dict[str, Area], dict[str, Category]]:
    """Areas and types of a municipality that may not have any actors yet."""
    if not (folder / "municipality.yaml").is_file():
        _no_municipality(folder)
    areas, _ = _areas(read_settings_file(folder / "areas.yaml"))
    return areas, _taxonomy(read_settings_file(folder / "taxonomy.yaml"))


def _no_municipality(folder: Path) -> None:
    known = sorted(p.parent.name for p in folder.parent.glob("*/municipality.yaml"))
    raise SettingsError(
        f'no municipality "{folder.name}"',
        expected=f"one of {', '.join(known) or 'no folders yet'} (folders in {folder.parent})",
        found=f"no file {folder / 'municipality.yaml'}",
        change=nearest(folder.name, known) + f"; or run: est init {folder.name}",
        otherwise=OTHERWISE,
    )


def _refuse_misplaced(folder: Path) -> None:
    """Settings that nothing reads would be missing without a word."""
    places = [folder, *(folder / name for name in LISTED)]
    lost = [
        path for place in places for path in sorted(place.glob("*")) if _misplaced(path, folder)
    ]
    lost += [
        path
        for name in LISTED
        for path in sorted((folder / name).glob("*/**/*"))
        if _is_settings(path.relative_to(folder))
    ]
    if lost:
        names = [path.relative_to(folder).as_posix() for path in lost]
        raise SettingsError(
            f"settings in {folder.name} that nothing reads",
            expected=f"{', '.join(AT_THE_TOP)}; sources/*.yaml and interventions/*.yaml, with "
            "that ending",
            found=", ".join(names[:MOST_NAMED])
            + (f" and {len(names) - MOST_NAMED} more" if names[MOST_NAMED:] else ""),
            change=f"rename or move {lost[0]}, or take it out of the folder",
            otherwise=OTHERWISE,
        )


def _misplaced(path: Path, folder: Path) -> bool:
    """Whether a file looks like settings, and is not among those that are read."""
    if not _is_settings(path.relative_to(folder)):
        return False
    return path.suffix != ".yaml" or (path.parent == folder and path.name not in AT_THE_TOP)


def _is_settings(path: Path) -> bool:
    """By its ending; what is hidden, or in a hidden folder, is some program's own."""
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.casefold() in (".yaml", ".yml")


def _municipality(folder: Path) -> tuple[Municipality, Archive]:
    section = read_settings_file(folder / "municipality.yaml")
    code = section.text("code")
    if not re.fullmatch(r"\d{4}", code):
        section.refuse(
            "code",
            expected='four digits in quotes, such as "0127"',
            found=f'"{code}"',
            change="write the municipality code with its leading zero",
        )
    named = section.text("exports", "exports")
    exports = folder / FETCHED if is_address(named) else Path(named)
    municipality = Municipality(
        id=folder.name,
        name=section.text("name"),
        code=code,
        timezone=section.timezone("timezone"),
        fictional=section.boolean("fictional", False),
        exports=exports if exports.is_absolute() else folder / exports,
        as_of=section.optional_date("as_of"),
        operational_day_start=section.time("operational_day_start", dt.time(0, 0)),
        duplicate_window_minutes=section.integer("duplicate_window_minutes", 60),
        contact=section.text("contact", ""),
        exports_address=named if is_address(named) else "",
    )
    archive = _archive(section)
    section.done()
    return municipality, archive


def _archive(section: Section) -> Archive:
    """What is kept, and what ``est purge`` may remove."""
    part = section.section("archive")
    if part is None:
        return Archive()
    name = part.text("folder", "")
    archive = Archive(
        folder=section.path.parent / name if name else None,
        snapshots=part.choice("snapshots", ("none", "cleaned", "raw"), "none"),
        purge=part.texts("purge", Archive().purge),
        keep_months=part.integer("keep_months", 0),
    )
    if archive.keep_months > MOST_MONTHS:  # no calendar has the day that far back
        part.refuse(
            "keep_months",
            expected=f"at most {MOST_MONTHS} months",
            found=f"{archive.keep_months}",
            change="write fewer; where nothing is ever to be removed, do not run est purge",
        )
    known = ("snapshots", "previous", "reports")
    part.refuse_unknown("purge", archive.purge, known, expected=f"some of {', '.join(known)}")
    part.done()
    return archive


def _new_id(section: Section, known: dict[str, Area] | dict[str, Category]) -> str:
    identity = safe_id(section, reserved=RESERVED_IDS)
    if identity in known:
        section.refuse(
            "id", expected="each id once", found=f'"{identity}" again', change="rename one of them"
        )
    return identity


def _areas(section: Section) -> tuple[dict[str, Area], AreaBorders | None]:
    areas: dict[str, Area] = {}
    items = section.sections("areas")
    for item in items:
        identity = _new_id(item, areas)
        population = item.section("population")
        years = population.names() if population else []
        areas[identity] = Area(
            id=identity,
            name=item.text("name"),
            parent=item.text("parent", "") or None,
            neighbours=item.texts("neighbours", ()),
            population={
                _year(population, year): population.integer(year) for year in years if population
            },
            valid_from=item.optional_date("valid_from"),
            valid_to=item.optional_date("valid_to"),
            where=item.text("where", ""),
        )
        item.done()
    for item in items:
        area = areas[item.text("id")]
        check_references(area.neighbours, areas, item, "neighbours")
        check_references((area.parent,) if area.parent else (), areas, item, "parent")
    if not areas:
        section.refuse(
            None, expected="at least one area", found="none", change='add one under "areas:"'
        )
    borders = _borders(section)
    section.done()
    return areas, borders


def _year(section: Section | None, word: str) -> int:
    if re.fullmatch(r"(19|20)\d\d", word):
        return int(word)
    assert section is not None
    section.refuse(word, expected="a year", found=f'"{word}"', change="write it as 2025: 8123")


def _borders(section: Section) -> AreaBorders | None:
    """Which GeoJSON has the areas' polygons; `est_analysis.geography` reads it."""
    part = section.section("geometry")
    if part is None:
        return None
    name = part.text("file")
    path = named_file(name, section.path.parent, section.path.parent)
    if path is None:
        part.refuse(
            "file", expected=f"a GeoJSON file beside {section.path.name}",
            found=f'no file "{name[:60]}" there', change="put it there",
        )  # fmt: skip
    borders = AreaBorders(
        path=path,
        key=part.text("property"),
        crs=part.text("crs", ""),
        attribution=part.text("attribution", ""),
    )
    part.done()
    return borders


def _taxonomy(section: Section) -> dict[str, Category]:
    categories: dict[str, Category] = {}
    for item in section.sections("categories"):
        identity = _new_id(item, categories)
        categories[identity] = _category(item, identity, None)
        for sub in item.sections("subcategories"):
            sub_id = _new_id(sub, categories)
            categories[sub_id] = _category(sub, sub_id, identity)
            sub.done()
        item.done()
    if not categories:
        section.refuse(
            None, expected="at least one category", found="none", change='add "categories:"'
        )
    section.done()
    return categories


def _category(item: Section, identity: str, parent: str | None) -> Category:
    forms = {key: item.text(key, "") for key in ("plural", "name_en", "plural_en")}
    return Category(identity, item.text("name"), parent, **forms)


def _sources(
    folder: Path, areas: dict[str, Area], categories: dict[str, Category], timezone: str
) -> dict[str, SourceFormat]:
    sources: dict[str, SourceFormat] = {}
    for path in sorted((folder / "sources").glob("*.yaml")):
        source = read_source(path, areas, categories, timezone)
        first = sources.get(source.actor)
        sources[source.actor] = source if first is None else joined_sources(first, source)
    if not sources:
        raise SettingsError(
            f"no actors in {folder.name}",
            expected="one file per actor in sources/, named after the actor",
            found="no .yaml file there",
            change=f"copy one from params/exempelkommun/sources to {folder / 'sources'}",
            otherwise=OTHERWISE,
        )
    return sources


def _disclosure(path: Path) -> Disclosure:
    section = read_settings_file(path)
    rule = Disclosure(
        minimum=section.integer("minimum", 5, least=1),
        hide_zeros=section.boolean("hide_zeros", False),
        method=section.choice("method", ("suppress", "round"), "suppress"),
        round_to=section.integer("round_to", 5, least=2),
    )
    section.done()
    return rule
