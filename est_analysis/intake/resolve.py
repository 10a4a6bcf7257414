"""Areas from positions and addresses, types from free text: words that the settings translate.

What stood there is not kept: of a position nothing, of an address without a known area its street,
of a text without a keyword itself only where it stands so often that it is no one's own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from est_analysis.config import Settings, SourceFormat
from est_analysis.errors import SourceError
from est_analysis.geography import Borders, area_borders
from est_analysis.intake.addresses import Register
from est_analysis.intake.positions import NOWHERE, areas_at, axis, moved
from est_analysis.sources import Coded, Export
from est_analysis.sources.coded import tidy
from est_analysis.sources.read import CRS

OUTSIDE = "(utanför alla områden)"
NO_POSITION = "(oläsbar position)"
OTHER_TEXTS = "(övriga texter)"
LEAST_TEXTS = 5  # rows in which a text stands before it is shown
LEAST_POSITIONS = 10  # from which on it is no chance that all lie wrong
_FOUND = "→ "  # before the id of an area or type that is found, so that it is no word of an export
_OTHER_CRS = (
    "EPSG:3006", "EPSG:4326", *(f"EPSG:{code}" for code in range(3007, 3025)),
)  # fmt: skip

Numbers = npt.NDArray[np.float64]


def resolved(export: Export, settings: Settings) -> Export:
    """The export with a word for each area and type, where its source says how to find them.

    An area that is written in its own column goes before a position, and that before an address.
    """
    source = export.source
    columns = dict(export.columns)
    if "north" in columns:
        positions = _positions(export, settings)
        columns["area"] = _first_filled(columns.get("area"), positions)
        for name in ("north", "east", CRS):
            del columns[name]
    if "address" in columns:
        addresses = _addresses(columns["address"], source)
        columns["area"] = _first_filled(columns.get("area"), addresses)
        columns[_looked_at(source, "address")] = columns.pop("address")
    if source.categories.keywords and "category" in columns:
        columns[_looked_at(source, "category")] = columns["category"]
        columns["category"] = _by_keyword(columns["category"], source, settings)
    if columns.keys() == export.columns.keys():
        return export
    areas = replace(source.areas, found={f"{_FOUND}{area}": area for area in settings.areas})
    kinds = {f"{_FOUND}{one.id}": one.id for one in source.categories.keywords}
    source = replace(source, areas=areas, categories=replace(source.categories, found=kinds))
    return replace(export, source=source, columns=columns)


def _looked_at(source: SourceFormat, field: str) -> str:
    """The name of a column that is searched for persons, and not kept."""
    return f"column {source.columns[field].headers[0]}"


def _first_filled(own: Coded | None, other: Coded) -> Coded:
    """The other column where one's own is blank."""
    if own is None:
        return other
    blank = own.flags([word == "" for word in own.words])
    codes = np.where(blank, other.codes + np.int32(len(own.words)), own.codes)
    return Coded(codes.astype(np.int32), (*own.words, *other.words)).distinct()


# ---- positions ----


def _positions(export: Export, settings: Settings) -> Coded:
    """A word for the area that each row's position lies in."""
    borders = area_borders(settings)
    if borders is None:
        raise SourceError(
            f"cannot place the rows of {export.source.name}",
            expected="the areas' borders, as it has positions instead of areas",
            found="no geometry in areas.yaml",
            change=f"{settings.folder / 'areas.yaml'}: geometry: with a GeoJSON of the areas",
            otherwise="nothing of this actor is used",
        )
    north, east, crs = (export.columns[name] for name in ("north", "east", CRS))
    numbers = [column.spread(axis(column.words)) for column in (north, east)]
    blank = north.flags([w == "" for w in north.words]) & east.flags([w == "" for w in east.words])
    borders = _innermost_last(borders, settings)
    areas = list(borders.polygons)
    words = (*(f"{_FOUND}{area}" for area in areas), OUTSIDE, NO_POSITION, "")
    codes = np.full(len(export), len(areas) + 1, dtype=np.int32)
    codes[blank] = len(areas) + 2
    readable = np.isfinite(numbers[0]) & np.isfinite(numbers[1])
    for place, name in enumerate(crs.words):
        rows = np.flatnonzero((crs.codes == place) & readable)
        if len(rows):
            found = _placed(export, settings, borders, numbers[1][rows], numbers[0][rows], name)
            codes[rows] = np.where(found == NOWHERE, len(areas), found)
    return Coded(codes, words).distinct()


def _innermost_last(borders: Borders, settings: Settings) -> Borders:
    """Wholes before their parts: what lies in both lies in the part."""
    inner = {area: len(settings.areas_within(area)) for area in borders.polygons}
    order = sorted(borders.polygons, key=lambda area: -inner[area])
    return Borders({area: borders.polygons[area] for area in order}, borders.crs)


def _placed(
    export: Export, settings: Settings, borders: Borders, east: Numbers, north: Numbers, crs: str
) -> npt.NDArray[np.int32]:
    found, shared = areas_at(*moved(east, north, crs, borders.crs), borders.polygons)
    shared = [(one, other) for one, other in shared if other not in settings.areas_within(one)]
    if shared:
        names = " and ".join(settings.areas[area].name for area in shared[0])
        _refuse(
            export,
            "areas that do not lie on each other",
            f"positions that lie both in {names}",
            f"mend the borders in {settings.folder / 'areas.yaml'}: geometry: file",
        )
    if len(found) >= LEAST_POSITIONS and not (found != NOWHERE).any():
        _refuse(
            export,
            f"positions in {crs}, in some of the areas",
            f"none of {len(found):,} in any of them{_otherwise(borders, east, north, crs)}",
            f"{export.source.path}: crs, or the headers of north and east",
        )
    return found


def _otherwise(borders: Borders, east: Numbers, north: Numbers, crs: str) -> str:
    """How most of the positions would lie in areas: with the axes swapped, or as another crs."""
    ways = [("; with north and east swapped", north, east, crs)]
    ways += [(f"; as {other}", east, north, other) for other in _OTHER_CRS if other != crs]
    for words, x, y, one in ways:
        found, _ = areas_at(*moved(x, y, one, borders.crs), borders.polygons)
        share = float((found != NOWHERE).mean())
        if share > 0.5:
            return f"{words} {share:.0%} are"
    return ""


def _refuse(export: Export, expected: str, found: str, change: str) -> None:
    raise SourceError(
        f"cannot place the rows of {export.source.name}",
        expected=expected,
        found=found,
        change=change,
        otherwise="nothing of this actor is used",
    )


# ---- addresses and texts ----


def _addresses(column: Coded, source: SourceFormat) -> Coded:
    register = Register(source.areas.streets)
    found = [register.find(word) if word else ("", "") for word in column.words]
    words = tuple(f"{_FOUND}{area}" if area else street for area, street in found)
    return Coded(column.codes, words).distinct()


def _by_keyword(column: Coded, source: SourceFormat, settings: Settings) -> Coded:
    """A word for the type of each text; one that the source translates as it is stays."""
    known = {tidy(raw).casefold() for raw in (*source.categories.mapping, *source.categories.dated)}
    if "name" in source.categories.match:
        known |= {tidy(entry.name).casefold() for entry in settings.categories.values()}
    if "id" in source.categories.match:
        known |= {entry.casefold() for entry in settings.categories}
    rules = [
        (tuple(tidy(word).casefold() for word in rule.words), f"{_FOUND}{rule.id}")
        for rule in source.categories.keywords
    ]
    often = Counter(
        dict(enumerate(np.bincount(column.codes, minlength=len(column.words)).tolist()))
    )
    words = []
    for place, text in enumerate(column.words):
        own = text.casefold()
        if not text or own in known:
            words.append(text)
            continue
        hit = next((found for keys, found in rules if any(key in own for key in keys)), "")
        words.append(hit or (text if often[place] >= LEAST_TEXTS else OTHER_TEXTS))
    return Coded(column.codes, tuple(words)).distinct()
