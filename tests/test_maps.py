"""Areas as polygons: any Swedish projection, spoiled files, and what the drawing says."""

from __future__ import annotations

import dataclasses
import json
import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.cli import main
from est_analysis.config import Settings, load_settings
from est_analysis.disclosure import DisclosureRule, release
from est_analysis.disclosure.recount import Recount
from est_analysis.errors import SettingsError
from est_analysis.figures import areas_map
from est_analysis.figures.area_map import _in_points
from est_analysis.figures.map_classes import rate_classes, ratio_classes
from est_analysis.figures.map_labels import place
from est_analysis.figures.style import INK
from est_analysis.geography import MOST_VERTICES, Shapes, area_shapes
from est_analysis.language import language
from est_analysis.report import start
from est_analysis.workspace import example_folder

SV = language("sv")
INTERNAL, PUBLIC = DisclosureRule("internal"), DisclosureRule("public")
SVG = "{http://www.w3.org/2000/svg}"
NORR = [[18.0, 59.0], [18.2, 59.0], [18.2, 59.1], [18.0, 59.1], [18.0, 59.0]]
SODER = [[18.0, 58.9], [18.2, 58.9], [18.2, 59.0], [18.0, 59.0], [18.0, 58.9]]


def feature(key: str, *rings: Any, kind: str = "Polygon", name: str = "id") -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {name: key},
        "geometry": {"type": kind, "coordinates": list(rings)},
    }


def drawn(town: SmallTown, features: Any, crs: str = "", extra: str = "") -> Settings:
    """The small town with these borders."""
    content = features if isinstance(features, bytes) else None
    if content is None:
        document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
        if crs:
            document["crs"] = {"type": "name", "properties": {"name": crs}}
        content = json.dumps(document).encode()
    town.files["omr.geojson"] = content
    areas = town.files["areas.yaml"]
    assert isinstance(areas, str)
    town.files["areas.yaml"] = (
        areas.split("geometry:")[0] + f"geometry: {{file: omr.geojson, property: id{extra}}}\n"
    )
    return town.load()


def both() -> list[dict[str, Any]]:
    return [feature("norr", NORR), feature("soder", SODER)]


def shapes_of(settings: Settings) -> Shapes:
    shapes = area_shapes(settings)
    assert shapes is not None
    return shapes


def projected(code: int, *, swapped: bool = False) -> list[dict[str, Any]]:
    from pyproj import Transformer

    turn = Transformer.from_crs(4326, code, always_xy=True)
    rings = [[list(turn.transform(*point)) for point in ring] for ring in (NORR, SODER)]
    if swapped:
        rings = [[point[::-1] for point in ring] for ring in rings]
    return [feature("norr", rings[0]), feature("soder", rings[1])]


# ---- reading ----


def test_without_geometry_there_are_no_shapes(town: SmallTown) -> None:
    assert area_shapes(town.load()) is None


@pytest.mark.parametrize("code", [3006, 3011, 3018, 3021, 4326, 4619])
def test_any_swedish_projection_gives_the_same_place(town: SmallTown, code: int) -> None:
    """Compared with the ellipsoid's own area and with the shape that came from degrees."""
    from pyproj import Geod

    expected = abs(Geod(ellps="GRS80").polygon_area_perimeter(*zip(*NORR, strict=True))[0])
    for features, crs, extra in (
        (projected(code), f"urn:ogc:def:crs:EPSG::{code}", ""),
        (projected(code), "", f', crs: "EPSG:{code}"'),
        (projected(code), "", f", crs: {code}"),
    ):
        shapes = shapes_of(drawn(town, features, crs, extra))
        assert shapes.polygons["norr"].area == pytest.approx(expected, rel=2e-3)
        assert shapes.lacking == ("gamla",)
        x, y = shapes.polygons["norr"].centroid.coords[0]
        assert (x, y) == pytest.approx((155_700, 6_547_700), abs=600)  # SWEREF 99 18 00


def test_north_is_up_and_neighbours_share_their_border(town: SmallTown) -> None:
    shapes = shapes_of(drawn(town, both()))
    north, south = shapes.polygons["norr"], shapes.polygons["soder"]
    assert north.centroid.y > south.centroid.y
    assert north.intersection(south).area == pytest.approx(0, abs=1)
    assert north.distance(south) == 0


def test_names_are_as_good_as_ids_and_parts_are_joined(town: SmallTown) -> None:
    island = [[18.3, 59.0], [18.34, 59.0], [18.34, 59.03], [18.3, 59.0]]
    features = [feature(" NORR", NORR), feature("norr", island), feature("Söder", SODER)]
    shapes = shapes_of(drawn(town, features))
    assert len(shapes.polygons["norr"].geoms) == 2
    assert set(shapes.by_name(load_settings(town.folder)).polygons) == {"Norr", "Söder"}


def test_what_is_lacking_unused_or_mended_is_told(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    bow = [[18.0, 59.0], [18.2, 59.1], [18.2, 59.0], [18.0, 59.1], [18.0, 59.0]]
    empty = feature("soder") | {"geometry": None}
    features = [feature("norr", bow), empty, feature("annat", SODER)]
    shapes = shapes_of(drawn(town, features))
    assert shapes.polygons["norr"].is_valid
    assert (shapes.lacking, shapes.unused, shapes.mended) == (
        ("soder", "gamla"), ("annat",), ("norr",),
    )  # fmt: skip
    assert main(["check", "-m", str(town.folder)]) == 0
    told = capsys.readouterr().out
    assert "borders of 1 of 3 areas" in told
    assert "without a polygon, named below the map: soder, gamla" in told
    assert "polygons of no area, not drawn: annat" in told
    assert "crossed themselves, mended: norr" in told


@pytest.mark.parametrize(
    ("features", "crs", "extra", "words"),
    [
        (b"inte json", "", "", "a GeoJSON FeatureCollection"),
        (b'{"features": 3}', "", "", "a GeoJSON FeatureCollection"),
        (b'{"features": [{"properties": null, "geometry": null}]}', "", "", "without properties"),
        ("[" * 100_000, "", "", "a GeoJSON FeatureCollection"),
        ([], "", "", 'the property "id"'),
        ([feature("norr", NORR, name="namn")], "", "", "properties namn"),
        ([feature("ingen", NORR)], "", "", "is an area's id or name"),
        ([feature("norr", [18.0, 59.0], kind="MultiPoint")], "", "", 'a polygon for "norr"'),
        ([feature("norr", [[18.0, 59.0], ["x", 2]])], "", "", "no usable coordinates"),
        ([feature("norr", [[18.0, 59.0], [float("nan"), 59], [18, 58], [18.0, 59.0]])], "", "",
         "no usable coordinates"),
        ([feature("norr", [[18.0, 59.0]] * 4)], "", "", "polygons with an extent"),
        (both(), "urn:ogc:def:crs:EPSG::999999", "", "crs: EPSG:3006"),
        (both(), "", ", crs: hej", "crs: EPSG:3006"),
        (both(), "urn:ogc:def:crs:EPSG::3006", ", crs: 3021", "one projection"),
        (projected(3006), "", "", "add crs: EPSG:3006"),
        (projected(3006), "", ", crs: 3021", "in Sweden"),
        (projected(3006, swapped=True), "", ", crs: 3006", "northing stands before easting"),
        (projected(4326, swapped=True), "", "", "northing stands before easting"),
        ([feature("norr", [[2.3, 48.8], [2.4, 48.8], [2.4, 48.9], [2.3, 48.8]])], "", "",
         "not in Sweden"),
    ],
)  # fmt: skip
def test_a_spoiled_file_is_refused_with_the_remedy(
    town: SmallTown, features: Any, crs: str, extra: str, words: str
) -> None:
    content = features.encode() if isinstance(features, str) else features
    with pytest.raises(SettingsError) as fault:
        area_shapes(drawn(town, content, crs, extra))
    text = str(fault.value)
    assert words in text
    assert "omr.geojson" in text


def test_a_file_that_is_not_there_is_named_with_its_line(town: SmallTown) -> None:
    drawn(town, both())
    town.change("areas.yaml", "omr.geojson", "borta.geojson")
    with pytest.raises(SettingsError, match=r"line \d+"):
        town.load()


def test_two_areas_of_one_name_cannot_be_told_apart(town: SmallTown) -> None:
    town.change("areas.yaml", "name: Söder", "name: Norr")
    with pytest.raises(SettingsError, match="each area's name once"):
        area_shapes(drawn(town, both()))


@pytest.mark.slow
def test_a_million_vertices_are_drawn_with_few(town: SmallTown) -> None:
    turn = np.linspace(0, 2 * np.pi, 500_001)[:-1]
    radius = 0.05 + 0.001 * np.sin(1000 * turn)
    features = []
    for key, north in (("norr", 59.2), ("soder", 59.0)):
        ring = np.column_stack([18 + 2 * radius * np.cos(turn), north + radius * np.sin(turn)])
        points = ring.round(7).tolist()
        features.append(feature(key, [*points, points[0]]))
    settings = drawn(town, features)
    begun = time.perf_counter()
    shapes = shapes_of(settings)
    assert time.perf_counter() - begun < 40  # about 4 s on a free machine
    assert sum(len(p.geoms[0].exterior.coords) for p in shapes.polygons.values()) <= MOST_VERTICES
    assert all(polygon.is_valid for polygon in shapes.polygons.values())


def test_an_archipelago_keeps_its_mainland_and_loses_its_skerries(town: SmallTown) -> None:
    skerries = [
        [[[18.3 + i / 1e3, 59 + j / 1e3], [18.3002 + i / 1e3, 59 + j / 1e3],
          [18.3002 + i / 1e3, 59.0002 + j / 1e3], [18.3 + i / 1e3, 59 + j / 1e3]]]
        for i in range(60) for j in range(60)
    ]  # fmt: skip
    features = [feature("norr", [NORR], *skerries, kind="MultiPolygon"), feature("soder", SODER)]
    shapes = shapes_of(drawn(town, features))
    assert len(shapes.polygons["norr"].geoms) < 5
    assert max(part.area for part in shapes.polygons["norr"].geoms) > 1e8


def test_real_municipalities_have_their_size_and_stay_neighbours(
    town: SmallTown, shared_data: Path
) -> None:
    source = shared_data / "may-ship" / "stockholm_county_kommuner.geojson"
    document = json.loads(source.read_text(encoding="utf-8"))
    codes = {f["properties"]["kommun_kod"]: f["properties"]["kommun"] for f in document["features"]}
    lines = [f'  - {{id: "{code}", name: {name}}}' for code, name in codes.items()]
    town.files["areas.yaml"] = "\n".join(
        ["areas:", *lines, "geometry: {file: kommuner.geojson, property: kommun_kod}\n"]
    )
    town.files["kommuner.geojson"] = source.read_bytes()
    town.files["sources/vakten.yaml"] = str(town.files["sources/vakten.yaml"])
    shapes = shapes_of(town.load())
    assert len(shapes.polygons) == 26
    assert shapes.polygons["0127"].area / 1e6 == pytest.approx(194 + 21, rel=0.15)  # Botkyrka
    assert shapes.polygons["0127"].touches(shapes.polygons["0126"]) or shapes.polygons[
        "0127"
    ].intersects(shapes.polygons["0126"])  # Huddinge
    assert not shapes.polygons["0127"].intersects(shapes.polygons["0188"])  # Norrtälje
    document = ET.fromstring(
        areas_map(release(rates(list(codes)), INTERNAL), SV, shapes=shapes).svg
    )
    assert document is not None


def test_police_areas_of_real_shape(town: SmallTown, shared_data: Path) -> None:
    source = shared_data / "botkyrka_utsatta_omraden_2023.geojson"
    town.files["areas.yaml"] = (
        "areas:\n  - {id: hn, name: Hallunda/Norsborg}\n  - {id: alby, name: Alby}\n"
        "geometry: {file: omraden.geojson, property: NAMN}\n"
    )
    town.files["omraden.geojson"] = source.read_bytes()
    shapes = shapes_of(town.load())
    assert shapes.polygons["hn"].area == pytest.approx(3_085_965, rel=0.01)  # the file's Shape_Area
    assert "Storvreten" in " ".join(shapes.unused)


# ---- drawing ----


def rates(names: list[str], counts: list[Any] | None = None) -> pd.DataFrame:
    numbers = pd.array(counts or list(range(10, 10 + len(names))), dtype="Int64")
    table = pd.DataFrame({"area": names, "count": numbers})
    return table.assign(per_1000=table["count"].astype("Float64") / 2)


@pytest.fixture(scope="module")
def example_shapes() -> Shapes:
    settings = load_settings(example_folder())
    return shapes_of(settings).by_name(settings)


NAMES = ["Centrum", "Norrbacka", "Söderholm", "Västeräng", "Östervik", "Hagalund"]


def words_of(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


def fills(svg: str) -> list[str]:
    """The paint of each area, in the order drawn: a colour or a pattern."""
    marks = [node.get("style", "") for node in ET.fromstring(svg).iter(f"{SVG}path")]
    areas = [mark for mark in marks if "stroke-width: 0.8" in mark and "miter" not in mark]
    return [mark.split("fill: ")[1].split(";")[0] if "fill: " in mark else "" for mark in areas]


def test_hidden_not_reported_zero_and_no_row_all_look_different(example_shapes: Shapes) -> None:
    frame = rates(NAMES, [40, None, 0, 3, 30, 0]).iloc[:5].reset_index(drop=True)
    svg = areas_map(release(frame, PUBLIC), SV, shapes=example_shapes).svg
    words = words_of(svg)
    assert words.count("skyddat") == 2  # the legend and the area
    assert words.count("ej rapporterat") == 2
    assert words.count("inga uppgifter") == 2
    assert {"20,0", "0,0", "15,0"} <= set(words)
    assert "1,5" not in words
    inside = fills(svg)
    assert len(set(inside)) >= 5
    assert sum(paint.startswith("url(") for paint in inside) == 2


def test_a_hidden_number_changes_nothing_in_the_picture(example_shapes: Shapes) -> None:
    pictures = {
        areas_map(
            release(rates(NAMES, [40, 12, 20, hidden, 30, 50]), PUBLIC), SV, shapes=example_shapes
        ).svg
        for hidden in (1, 2, 3, 4)
    }
    assert len(pictures) == 1


def test_the_legend_names_the_limits_and_each_area_has_its_class(example_shapes: Shapes) -> None:
    frame = rates(NAMES, [3, 8, 9, 14, 16, 17])
    svg = areas_map(release(frame, INTERNAL), SV, shapes=example_shapes).svg
    words = words_of(svg)
    assert {"under 2,0", "2,0–3,9", "4,0–5,9", "6,0–7,9", "8,0 eller mer"} <= set(words)
    classes = rate_classes((frame["per_1000"]).astype(float).tolist())
    expected = [classes.shades[classes.of(value)] for value in frame["per_1000"]]
    assert fills(svg) == expected


def test_a_value_is_classed_as_it_is_written() -> None:
    classes = rate_classes([1.2, 3.96, 4.4, 7.0, 8.1])
    assert classes.limits == (2.0, 4.0, 6.0, 8.0)
    assert classes.of(3.96) == classes.of(4.0) == 2
    assert classes.of(3.94) == 1


@pytest.mark.parametrize(
    "values", [[], [0.0], [0.0, 0.0], [5.0], [float("nan"), 3.0], [0.001, 0.002], [1e-9, 1e9]]
)
def test_classes_of_few_or_odd_values(values: list[float]) -> None:
    classes = rate_classes(values)
    assert len(classes.shades) == len(classes.limits) + 1
    for value in values:
        if value == value:
            assert 0 <= classes.of(value) < len(classes.shades)


def contrast(first: str, second: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_labels_can_be_read_on_every_shade() -> None:
    shades = {*rate_classes([1, 3, 5, 7, 9]).shades, *ratio_classes().shades}
    assert len(shades) == 10
    assert min(contrast(INK, shade) for shade in shades) >= 4.5


def test_deviation_from_the_expected_has_a_sign_beside_the_shade(example_shapes: Shapes) -> None:
    frame = pd.DataFrame({
        "area": NAMES, "count": pd.array([30, 12, 3, 9, None, 10], dtype="Int64"),
        "expected": [15.0, 20.0, 6.0, 10.0, 8.0, None],
        "deviation": ["more", "fewer", "as_expected", "as_expected", "not_reported", "too_little"],
    })  # fmt: skip
    words = words_of(
        areas_map(release(frame, PUBLIC), SV, shapes=example_shapes, measure="deviation").svg
    )
    assert {"2,00 ▲", "0,60 ▼", "0,90", "skyddat", "ej rapporterat", "inga uppgifter"} <= set(words)
    assert {"fler än det vanliga", "färre än det vanliga", "1,50 eller mer"} <= set(words)


def test_an_area_without_a_polygon_is_told_below_the_map(example_shapes: Shapes) -> None:
    polygons = {n: p for n, p in example_shapes.polygons.items() if n != "Hagalund"}
    shapes = dataclasses.replace(
        example_shapes, polygons=polygons, lacking=("Hagalund",), attribution="Gränser: SCB"
    )
    words = words_of(areas_map(release(rates(NAMES), INTERNAL), SV, shapes=shapes).svg)
    assert "Utan gränser på kartan: Hagalund 7,5" in words
    assert "Gränser: SCB" in words


def grid(names: list[str], wide: int = 7, side: float = 1000.0) -> Shapes:
    from shapely import MultiPolygon, box

    cells = {
        name: MultiPolygon([box(x * side, y * side, (x + 1) * side, (y + 1) * side)])
        for name, (y, x) in zip(names, (divmod(i, wide) for i in range(len(names))), strict=True)
    }
    return Shapes(cells, (), (), (), "")


def test_21_areas_with_long_names_have_each_their_name_once_and_no_labels_meet() -> None:
    from shapely import box

    names = [f"Område {i} med ett långt namn och kringliggande bebyggelse" for i in range(21)]
    shapes = grid(names)
    words = words_of(areas_map(release(rates(names), INTERNAL), SV, shapes=shapes).svg)
    assert {str(n) for n in range(1, 22)} <= set(words)
    assert words.count("10,0") == 1
    points, _ = _in_points(shapes.polygons)
    labels = place(points, dict.fromkeys(names, "10,0"))
    assert len(labels) == 21
    boxes = [box(w.x - 8, w.y - 6, w.x + 8, w.y + 6) for w in labels.values()]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    first = len(words) - 1 - words[::-1].index("1")  # in the list below the map
    assert words[first + 1 : first + 3] == ["15,0", "Område 20 med ett långt"]  # highest first


def test_short_names_stand_in_their_areas_and_numbers_only_where_they_must() -> None:
    from shapely import MultiPolygon, box

    big = grid(["Väst", "Öst"], wide=2)
    tiny = {"Torget med omnejd": MultiPolygon([box(950, 400, 1050, 500)])}
    shapes = dataclasses.replace(big, polygons=big.polygons | tiny)
    points, _ = _in_points(shapes.polygons)
    labels = place(points, dict.fromkeys(points, "3,0"))
    assert labels["Väst"].lines == ("Väst", "3,0")
    assert points["Väst"].contains(points["Väst"].centroid)
    assert labels["Torget med omnejd"].number == 1


def test_hostile_names_are_text(example_shapes: Shapes) -> None:
    hostile = [
        "<script>alert(1)</script>",
        "$x^2$ & $",
        "\u202eabc",
        "🚓" * 30,
        "Å" * 200,
        "\\n%s{}",
    ]
    polygons = dict(zip(hostile, example_shapes.polygons.values(), strict=True))
    shapes = dataclasses.replace(example_shapes, polygons=polygons, attribution='"><b>')
    svg = areas_map(release(rates(hostile), INTERNAL), SV, shapes=shapes).svg
    tags = {node.tag for node in ET.fromstring(svg).iter()}
    assert f"{SVG}script" not in tags
    assert f"{SVG}b" not in tags
    assert "$x^2$ & $" in words_of(svg)


def test_no_points_and_nothing_fetched(example_shapes: Shapes) -> None:
    svg = areas_map(release(rates(NAMES), PUBLIC), SV, shapes=example_shapes).svg
    assert len(svg) < 30_000
    assert not re.search(r"<(image|circle|use)\b|https?://(?!www\.w3\.org)", svg)
    again = areas_map(release(rates(NAMES), PUBLIC), SV, shapes=example_shapes).svg
    assert svg == again


def test_no_row_and_no_known_area_can_be_drawn(example_shapes: Shapes) -> None:
    for frame in (rates(NAMES).head(0), rates(["Annat"]), rates(NAMES, [None] * 6)):
        ET.fromstring(areas_map(release(frame, INTERNAL), SV, shapes=example_shapes).svg)


def test_the_report_draws_a_map_where_there_is_geometry_and_dots_where_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Recount, "refuse_mismatch", lambda *_, **__: None)  # the counts are made up
    report = start("tertial", audience="public")
    frame = pd.DataFrame({
        "actor": "polisen", "area": ["centrum", "norrbacka", "hagalund", "unknown"],
        "count": pd.array([20, None, 2, 4], dtype="Int64"),
        "per_1000": pd.array([4.0, None, 1.0, None], dtype="Float64"),
    })  # fmt: skip
    shown = report.figure("per_1000", frame, by="actor", needs="per_1000").html
    assert "Karta med områden" in shown
    assert "Högst Centrum 4,0, lägst Centrum 4,0. Områden i tabellen utan siffra: 2." in shown
    assert "ej rapporterat" in shown
    bare = dataclasses.replace(report.settings, borders=None)
    report.data = dataclasses.replace(report.data, settings=bare)
    dots = report.figure("per_1000", frame, by="actor", needs="per_1000").html
    assert "Punkter per område" in dots
    assert "Norrbacka" not in dots
