"""Areas as polygons on a plane, from the municipality's GeoJSON in any Swedish projection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from est_analysis.config import AreaBorders, Settings
from est_analysis.errors import SettingsError

if TYPE_CHECKING:
    from geopandas import GeoSeries
    from shapely import MultiPolygon

OTHERWISE = "no map is drawn and no report is made; without geometry, dots are drawn instead"
SWEDEN = (8.0, 54.0, 26.0, 70.0)  # west, south, east, north in degrees, with its waters
LOCAL_ZONES = {  # central meridian in degrees → EPSG code of the local SWEREF 99 projection
    12.0: 3007, 13.5: 3008, 15.0: 3009, 16.5: 3010, 18.0: 3011, 14.25: 3012,
    15.75: 3013, 17.25: 3014, 18.75: 3015, 20.25: 3016, 21.75: 3017, 23.25: 3018,
}  # fmt: skip
LARGEST_FILE = 300_000_000  # bytes
STEPS = 800  # how many details a map's longer side has; a drawing of 400 points needs no more
MOST_VERTICES = 2000  # of all areas together; more make the page heavy, not the map better
OVERLAP = 0.05  # of the smaller of two areas; less is how borders are drawn
_THIN = 100_000  # vertices, from which borders are thinned before they are mended


@dataclass(frozen=True, eq=False)
class Shapes:
    """Polygons of areas in metres, north up, simplified for drawing.

    Attributes
    ----------
    polygons
        Area id (or name, after `by_name`) → its polygon.
    lacking
        Areas without a polygon.
    unused
        What the file calls the polygons that belong to no area.
    mended
        Areas whose borders crossed themselves and were mended.
    attribution
        Whose borders they are, as the map shall say.
    overlapping
        Pairs of areas, neither within the other by the settings, of which one hides a part of the
        other on a map.
    """

    polygons: dict[str, MultiPolygon]
    lacking: tuple[str, ...]
    unused: tuple[str, ...]
    mended: tuple[str, ...]
    attribution: str
    overlapping: tuple[tuple[str, str], ...] = ()

    def by_name(self, settings: Settings) -> Shapes:
        """The same polygons under the areas' names, as in a table for readers."""
        names = {area.id: area.name for area in settings.areas.values()}
        polygons = {names[area]: polygon for area, polygon in self.polygons.items()}
        return replace(self, polygons=polygons, lacking=tuple(names[a] for a in self.lacking))


def area_shapes(settings: Settings) -> Shapes | None:
    """Read the areas' borders; None where the settings name no GeoJSON.

    Answers: where do the areas lie? The file may be in WGS 84, SWEREF 99 TM, a local SWEREF 99
    zone or RT 90; it is drawn in the local zone that its middle is nearest to. Borders that cross
    themselves are mended, features of the same area are joined, neighbours are simplified
    together so that no gap opens between them.

    Raises
    ------
    SettingsError
        A file that is not GeoJSON, has no polygons of the areas, lies outside Sweden (wrong
        projection, or northing before easting), or two areas of one name.

    Examples
    --------
    >>> from est_analysis.config import load_settings
    >>> from est_analysis.workspace import example_folder
    >>> shapes = area_shapes(load_settings(example_folder()))
    >>> sorted(shapes.polygons), shapes.lacking
    (['centrum', 'hagalund', 'norrbacka', 'ostervik', 'soderholm', 'vasterang'], ())
    """
    if settings.borders is None:
        return None
    stamp = settings.borders.path.stat()
    names = tuple((area.id, area.name) for area in settings.areas.values())
    within = frozenset(
        (one, area) for area in settings.areas for one in settings.areas_within(area)
    )
    return _read(settings.borders, names, within, (stamp.st_mtime_ns, stamp.st_size))


@dataclass(frozen=True, eq=False)
class Borders:
    """Polygons of areas as exact as their file has them, on the plane `crs`."""

    polygons: dict[str, MultiPolygon]
    crs: Any


def area_borders(settings: Settings) -> Borders | None:
    """Read the areas' borders as they are; None where the settings name no GeoJSON.

    Answers: in which area does a position lie? See `area_shapes` for the errors.
    """
    if settings.borders is None:
        return None
    stamp = settings.borders.path.stat()
    names = tuple((area.id, area.name) for area in settings.areas.values())
    return _exact(settings.borders, names, (stamp.st_mtime_ns, stamp.st_size))


@cache
def _exact(
    borders: AreaBorders, names: tuple[tuple[str, str], ...], stamp: tuple[int, int]
) -> Borders:
    rows = _rows(borders, names, stamp)[0]
    areas = rows.make_valid().map(_polygonal).groupby(level=0, sort=False).agg(_joined)
    return Borders({str(area): polygon for area, polygon in areas.items()}, rows.crs)


@cache
def _read(
    borders: AreaBorders,
    names: tuple[tuple[str, str], ...],
    within: frozenset[tuple[str, str]],
    stamp: tuple[int, int],
) -> Shapes:
    rows, unused = _rows(borders, names, stamp)
    drawn, mended = _simplified(borders, rows)
    lacking = tuple(area for area, _ in names if area not in drawn)
    _refuse_twins(borders, {area: name for area, name in names if area in drawn})
    overlapping = _overlapping(drawn, within)
    return Shapes(drawn, lacking, unused, mended, borders.attribution, overlapping)


def _rows(
    borders: AreaBorders, names: tuple[tuple[str, str], ...], stamp: tuple[int, int]
) -> tuple[GeoSeries, tuple[str, ...]]:
    """The features that are areas' on a plane, and what the others are called."""
    import geopandas as gpd

    if stamp[1] > LARGEST_FILE:
        _refuse(
            borders,
            f"a file of at most {LARGEST_FILE // 1_000_000} MB",
            f"{stamp[1] // 1_000_000} MB",
            "simplify the borders before they are exported",
        )
    content = _content(borders)
    geometries, unused = _geometries(borders, content["features"], dict(names))
    areas = [area for area, _ in geometries]
    rows = gpd.GeoSeries([g for _, g in geometries], index=areas)
    rows = rows.set_crs(_projection(borders, content, rows))
    return _on_a_plane(borders, rows), unused


def _refuse(borders: AreaBorders, expected: str, found: str, change: str) -> NoReturn:
    raise SettingsError(
        f"cannot draw maps from {borders.path.name}",
        expected=expected,
        found=found,
        change=f"{borders.path}, or geometry: in areas.yaml: {change}",
        otherwise=OTHERWISE,
    )


def _content(borders: AreaBorders) -> dict[str, Any]:
    """A GeoJSON feature collection with at least one feature."""
    try:
        content = json.loads(borders.path.read_text(encoding="utf-8-sig"))
        features = content["features"]
        if not all(isinstance(f["properties"], dict) and "geometry" in f for f in features):
            raise ValueError("a feature without properties or geometry")
        known = sorted({name for feature in features for name in feature["properties"]})
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        found = f"{type(fault).__name__}: {fault}"[:200]
        _refuse(borders, "a GeoJSON FeatureCollection in UTF-8", found, "export it again")
    if borders.key not in known:
        _refuse(
            borders,
            f'features with the property "{borders.key}"',
            f"properties {', '.join(known[:20]) or 'none'}",
            "name the property that holds the areas' ids or names",
        )
    return dict(content)


def _geometries(
    borders: AreaBorders, features: list[dict[str, Any]], names: dict[str, str]
) -> tuple[list[tuple[str, Any]], tuple[str, ...]]:
    """Area id and geometry of each feature that is an area's, and what the others are called."""
    import numpy as np
    import shapely
    from shapely.geometry import shape

    wanted = {_folded(name): area for area, name in names.items()}
    wanted |= {_folded(area): area for area in names}
    found: list[tuple[str, Any]] = []
    unused: list[str] = []
    for feature in features:
        called = str(feature["properties"].get(borders.key))
        area = wanted.get(_folded(called))
        if area is None:
            unused.append(called)
        elif feature["geometry"] is not None:
            try:
                with np.errstate(invalid="ignore"):  # what is not finite is refused below
                    geometry = shapely.force_2d(shape(feature["geometry"]))
                good = bool(shapely.get_num_coordinates(geometry)) and _finite(geometry)
                kind = geometry.geom_type if good else "no usable coordinates"
            except (ValueError, TypeError, AttributeError, LookupError, shapely.GEOSException):
                kind = "no usable coordinates"
            if kind not in ("Polygon", "MultiPolygon"):
                _refuse(borders, f'a polygon for "{called}"', kind, "export polygons")
            found.append((area, geometry))
    if not found:
        _refuse(
            borders,
            f'polygons whose "{borders.key}" is an area\'s id or name, such as {min(names)}',
            f"{', '.join(unused[:8]) or 'no feature'}",
            "name another property, or give it the areas' ids",
        )
    return found, tuple(dict.fromkeys(unused))


def _folded(word: str) -> str:
    return "".join(word.casefold().split())


def _finite(geometry: Any) -> bool:
    import numpy as np
    import shapely

    return bool(np.isfinite(shapely.get_coordinates(geometry)).all())


def _projection(borders: AreaBorders, content: dict[str, Any], rows: GeoSeries) -> Any:
    """What the file says, else what the settings say, else WGS 84 as GeoJSON's standard has it.

    Where the two differ the settings decide if only they place the borders in Sweden: a program has
    then written the wrong projection in the file.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    stated = content.get("crs")
    named = stated.get("properties", {}).get("name", "") if isinstance(stated, dict) else ""
    words = [str(word) for word in (named, borders.crs) if word]
    try:
        known = [CRS.from_user_input(int(w) if w.isdigit() else w) for w in words]
    except CRSError:
        _refuse(
            borders,
            "crs: EPSG:3006 (SWEREF 99 TM), EPSG:3007–3018 (its zones), EPSG:3021 (RT 90) or 4326",
            f'"{words[-1]}"',
            "write the code of the projection",
        )
    if len(known) == 2 and known[0].to_epsg() != known[1].to_epsg():
        stated_right, set_right = (_in_sweden(rows.set_crs(one)) for one in known)
        if set_right and not stated_right:
            return known[1]
        _refuse(
            borders,
            "one projection",
            f"{words[0]} in the file, {words[1]} in the settings",
            "remove crs: from the settings"
            if stated_right
            else "write in crs: the projection that the coordinates are in",
        )
    return known[0] if known else CRS.from_epsg(4326)


def _on_a_plane(borders: AreaBorders, rows: GeoSeries) -> GeoSeries:
    """The same geometries in the nearest local SWEREF 99 zone."""
    import numpy as np

    if rows.crs.is_geographic and np.abs(rows.total_bounds).max() > 360:
        _refuse(
            borders,
            "degrees, as the file says, or as no projection is stated",
            f"coordinates such as {rows.total_bounds[0]:.0f}",
            "add crs: EPSG:3006, or the projection that the file is in",
        )
    if not _in_sweden(rows):
        turned = rows.map(_turned).set_crs(rows.crs)
        swapped = "; turned round they are: northing stands before easting"
        west, south, _, _ = rows.total_bounds
        _refuse(
            borders,
            f"borders in Sweden ({rows.crs.name})",
            f"{west:.6g}, {south:.6g}, not in Sweden{swapped if _in_sweden(turned) else ''}",
            "state the right crs (crs: EPSG:4326 for degrees), or export with easting (longitude) "
            "first",
        )
    west, _, east, _ = rows.to_crs(4326).total_bounds
    meridian = min(LOCAL_ZONES, key=lambda degrees: abs(degrees - (west + east) / 2))
    return rows.to_crs(LOCAL_ZONES[meridian])


def _in_sweden(rows: GeoSeries) -> bool:
    import numpy as np

    bounds = rows.to_crs(4326).total_bounds
    west, south, east, north = SWEDEN
    inside = west <= bounds[0] and south <= bounds[1] and bounds[2] <= east and bounds[3] <= north
    return bool(np.isfinite(bounds).all()) and bool(inside)


def _turned(geometry: Any) -> Any:
    import shapely

    return shapely.transform(geometry, lambda pairs: pairs[:, ::-1])


def _simplified(
    borders: AreaBorders, rows: GeoSeries
) -> tuple[dict[str, MultiPolygon], tuple[str, ...]]:
    """One valid polygon per area with few vertices, and the areas that had to be mended."""
    import shapely

    west, south, east, north = rows.total_bounds
    step = max(east - west, north - south) / STEPS
    mended = tuple(dict.fromkeys(rows.index[~rows.is_valid]))
    if int(shapely.get_num_coordinates(rows.values).sum()) > _THIN:
        rows = rows.simplify(step / 4, preserve_topology=False)
    areas = rows.make_valid().map(_polygonal).groupby(level=0, sort=False).agg(_joined)
    areas = areas.set_crs(rows.crs)
    lost = [area for area, polygon in areas.items() if polygon.is_empty]
    if lost:
        change = "export these polygons again"
        _refuse(borders, "polygons with an extent", f"none for {', '.join(lost)}", change)
    few = areas
    while True:
        few = areas.simplify_coverage(step).make_valid().map(_polygonal)
        few = few.map(lambda polygon, least=step**2 * 4: _without_specks(polygon, least))
        if (
            int(shapely.get_num_coordinates(few.values).sum()) <= MOST_VERTICES
            or step > east - west
        ):
            break
        step *= 1.5
    return {str(area): polygon for area, polygon in few.items()}, mended


def _polygons(geometry: Any) -> Iterator[Any]:
    for part in getattr(geometry, "geoms", [geometry]):
        if part.geom_type == "Polygon":
            yield part
        elif hasattr(part, "geoms"):
            yield from _polygons(part)


def _polygonal(geometry: Any) -> MultiPolygon:
    """The polygons of a geometry; mending may leave lines and points, which have no extent."""
    import shapely

    return shapely.MultiPolygon([p for p in _polygons(geometry) if not p.is_empty])


def _joined(polygons: Any) -> MultiPolygon:
    import shapely

    return _polygonal(shapely.union_all(list(polygons)))


def _without_specks(polygon: MultiPolygon, least: float) -> MultiPolygon:
    """Without islands that are too small to see, but never without the largest."""
    import shapely

    parts = sorted(polygon.geoms, key=lambda part: part.area, reverse=True)
    return shapely.MultiPolygon([p for i, p in enumerate(parts) if i == 0 or p.area > least])


def _overlapping(
    drawn: dict[str, MultiPolygon], within: frozenset[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Pairs of areas that share more than a border; a part and its whole are meant to."""
    import shapely

    areas, polygons = list(drawn), list(drawn.values())
    pairs = shapely.STRtree(polygons).query(polygons, predicate="intersects").T.tolist()
    return tuple(
        (areas[one], areas[other])
        for one, other in sorted(pairs)
        if one < other
        and (areas[one], areas[other]) not in within
        and (areas[other], areas[one]) not in within
        and polygons[one].intersection(polygons[other]).area
        > OVERLAP * min(polygons[one].area, polygons[other].area)
    )


def _refuse_twins(borders: AreaBorders, names: dict[str, str]) -> None:
    """Two areas of one name could not be told apart on a map."""
    seen: dict[str, str] = {}
    for area, name in names.items():
        if name in seen:
            _refuse(borders, "each area's name once", f'"{name}" twice', f"rename {area}")
        seen[name] = area
