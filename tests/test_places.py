"""Areas by positions, addresses and words with dates; types by keywords; nothing else is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SmallTown
from test_layouts import loaded

from est_analysis.config.finding import Street
from est_analysis.counts.dataset import Dataset
from est_analysis.errors import SettingsError, SourceError
from est_analysis.intake.addresses import Register
from est_analysis.intake.positions import areas_at, moved

WEST, SOUTH, SIDE = 560_000, 6_550_000, 1_500


def borders(*areas: tuple[str, int], side: int = SIDE) -> str:
    """Squares beside each other, from the west, in SWEREF 99 TM."""
    features = []
    for name, place in areas:
        west = WEST + place * SIDE
        ring = [[west, SOUTH], [west + side, SOUTH], [west + side, SOUTH + SIDE],
                [west, SOUTH + SIDE], [west, SOUTH]]  # fmt: skip
        features.append(
            {
                "type": "Feature",
                "properties": {"NAMN": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})


SOURCE = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
crs: SWEREF 99 TM
columns: {occurred_from: Datum, category: Typ, north: N, east: E}
"""
GEOMETRY = "geometry: {file: gränser.geojson, property: NAMN}\n"


def placed(town: SmallTown, source: str, *lines: str, header: str = "Datum;Typ;N;E") -> Dataset:
    areas = town.files["areas.yaml"]
    assert isinstance(areas, str)
    town.files["areas.yaml"] = areas.replace("areas:\n", GEOMETRY + "areas:\n")
    town.files.setdefault("gränser.geojson", borders(("Norr", 0), ("Söder", 1)))
    table = "\n".join([header, *(f"2024-10-07;Bråk;{line}" for line in lines)]) + "\n"
    return loaded(town, source, v__csv=table)


def areas_of(data: Dataset) -> list[str]:
    return data.incidents["area"].astype(str).tolist()


def test_a_position_lies_in_an_area(town: SmallTown) -> None:
    data = placed(
        town, SOURCE, "6550700,5;560700", "6 550 700;561600", "6550700;999999", "okänd;560700", ";"
    )
    assert areas_of(data) == ["norr", "soder", "unmapped", "unmapped", "unknown"]
    told = data.cleaning.unmapped[["field", "value", "rows"]].to_numpy().tolist()
    assert told == [["area", "(utanför alla områden)", 1], ["area", "(oläsbar position)", 1]]
    assert not any("560700" in str(v) for v in data.incidents.to_numpy().ravel())


def test_positions_in_degrees_lie_in_the_same_areas(town: SmallTown) -> None:
    data = placed(town, SOURCE.replace("SWEREF 99 TM", "WGS 84"), "59.0879;16.06", "59.0879;16.08")
    assert areas_of(data) == ["norr", "soder"]


def test_swapped_axes_are_told(town: SmallTown) -> None:
    with pytest.raises(SourceError) as told:
        placed(town, SOURCE, *["560700;6550700"] * 12)
    assert "with north and east swapped 100% are" in str(told.value)


def test_another_projection_is_told(town: SmallTown) -> None:
    with pytest.raises(SourceError) as told:
        placed(town, SOURCE, *["59.0879;16.06"] * 12)
    assert "as EPSG:4326 100% are" in str(told.value)


def test_areas_that_lie_on_each_other_are_refused(town: SmallTown) -> None:
    town.files["gränser.geojson"] = borders(("Norr", 0), ("Söder", 1), side=2 * SIDE)
    with pytest.raises(SourceError, match="both in Norr and Söder"):
        placed(town, SOURCE, "6550700;562000")


def test_what_lies_in_a_part_and_its_whole_lies_in_the_part(town: SmallTown) -> None:
    town.files["areas.yaml"] = str(town.files["areas.yaml"]).replace(
        "{id: norr, name: Norr,", "{id: norr, name: Norr, parent: soder,"
    )
    town.files["gränser.geojson"] = borders(("Norr", 0), ("Söder", 0))
    data = placed(town, SOURCE, "6550700;560700")
    assert areas_of(data) == ["norr"]


def test_positions_need_borders(town: SmallTown) -> None:
    with pytest.raises(SourceError, match=r"no geometry in areas\.yaml"):
        loaded(town, SOURCE, v__csv="Datum;Typ;N;E\n2024-10-07;Bråk;1;2\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("crs: SWEREF 99 TM\n", "", "north"),
        ("crs: SWEREF 99 TM", "crs: EPSG:27700", "EPSG:27700"),
        (", east: E", "", '"north", "east" and "crs"'),
    ],
)
def test_half_a_position_is_refused(town: SmallTown, old: str, new: str, said: str) -> None:
    town.files["sources/vakten.yaml"] = SOURCE.replace(old, new)
    with pytest.raises(SettingsError) as told:
        town.load()
    assert said in str(told.value)


def test_an_area_in_words_goes_before_a_position(town: SmallTown) -> None:
    source = SOURCE.replace("north: N", "area: Ort, north: N")
    data = placed(
        town, source, "Söder;6550700;560700", ";6550700;560700", header="Datum;Typ;Ort;N;E"
    )
    assert areas_of(data) == ["soder", "norr"]


@given(x=st.lists(st.floats(0, 2 * SIDE, width=32), min_size=1, max_size=30), turn=st.booleans())
def test_the_order_of_points_and_areas_does_not_matter(x: list[float], turn: bool) -> None:
    from shapely import box

    squares = {"a": box(0, 0, SIDE, 1), "b": box(SIDE, 0, 2 * SIDE, 1)}
    points = np.array([value for value in x if value != SIDE])
    half = np.full(len(points), 0.5)
    found, shared = areas_at(points, half, squares)
    assert not shared
    assert found.tolist() == [int(value > SIDE) for value in points]
    order = slice(None, None, -1)
    turned = dict(reversed(squares.items())) if turn else squares
    again, _ = areas_at(points[order], half, turned)
    names, others = list(squares), list(turned)
    assert [names[n] for n in found] == [others[n] for n in again[order]]


def test_a_position_there_and_back_is_where_it_was() -> None:
    east, north = np.array([560_700.0]), np.array([6_550_700.0])
    for code in (4326, 3006, 3010, 3021):
        x, y = moved(*moved(east, north, "EPSG:3006", code), f"EPSG:{code}", 3006)
        assert abs(x - east).max() < 0.01
        assert abs(y - north).max() < 0.01


STREETS = """\
gata;från;till;sida;omrade
Storgatan;1;19;udda;Norr
Storgatan;2;20;jämna;Söder
Storgatan;21;;;Söder
Byvägen;;;;norr
"""
ADDRESSES = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
columns: {occurred_from: Datum, address: Adress}
areas:
  streets: {file: gator.csv, street: gata, area: omrade, from: från, to: till, side: sida}
"""


def test_an_address_lies_in_the_area_of_its_street_and_number(town: SmallTown) -> None:
    town.files["sources/gator.csv"] = STREETS
    given_and_found = {
        "Storgatan 3": "norr", "STORGATAN 4 B": "soder", "Storgatan 19C": "norr",
        "Storgatan 400": "soder", "Byvägen": "norr", "Byvägen 7, 123 45 Småstad": "norr",
        "Storgatan": "unmapped", "Okända gatan 12": "unmapped", "": "unknown",
    }  # fmt: skip
    table = "Datum;Adress\n" + "".join(f"2024-10-07;{text}\n" for text in given_and_found)
    data = loaded(town, ADDRESSES, v__csv=table)
    assert areas_of(data) == list(given_and_found.values())
    assert data.cleaning.unmapped["value"].tolist() == ["Storgatan", "Okända gatan"]  # no number


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Byvägen;;;;norr", "Byvägen;;;;nor", 'did you mean "norr"'),
        ("Byvägen;;;;norr", "Byvägen;a;;;norr", 'the numbers "a"'),
        ("Byvägen;;;;norr", "Byvägen;;;vänster;norr", 'the side "vänster"'),
        ("Byvägen;;;;norr", ";;;;norr", "no street"),
        ("gata;", "namn;", 'a column "gata"'),
    ],
)
def test_a_table_of_streets_with_a_fault_is_refused(
    town: SmallTown, old: str, new: str, said: str
) -> None:
    town.files["sources/gator.csv"] = STREETS.replace(old, new)
    town.files["sources/vakten.yaml"] = ADDRESSES
    with pytest.raises(SettingsError) as told:
        town.load()
    assert said in str(told.value)
    assert "gator.csv" in str(told.value)


def test_a_street_in_two_areas_without_numbers_is_in_neither() -> None:
    register = Register([Street("Storgatan", "norr"), Street("Storgatan", "soder")])
    assert register.find("Storgatan 8") == ("", "Storgatan")


KEYWORDS = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
columns: {occurred_from: Datum, area: Ort, category: Händelse}
categories:
  map: {Klotter i bråk: skada}
  keywords:
    - {contains: [klott, tagg], id: klotter}
    - {contains: [bråk], id: brak}
    - {contains: [ufo], id: brak}
"""


def test_free_text_is_a_type_by_the_first_keyword_it_has(town: SmallTown) -> None:
    texts = [
        "KLOTTER och bråk",
        "Stort bråk",
        "Klotter i bråk",
        "",
        *["Något annat"] * 5,
        "Ring 070-123 45 67",
    ]
    table = "Datum;Ort;Händelse\n" + "".join(f"2024-10-07;Norr;{text}\n" for text in texts)
    data = loaded(town, KEYWORDS, v__csv=table)
    kinds = data.incidents[["category", "subcategory"]].astype(object).fillna("").to_numpy()
    assert ["/".join(kind) for kind in kinds] == [
        "skada/klotter", "brak/", "skada/", "unknown/", *["unmapped/"] * 6
    ]  # fmt: skip
    left = data.cleaning.unmapped[["value", "rows"]].to_numpy().tolist()
    assert left == [["Något annat", 5], ["(övriga texter)", 1]]
    assert data.cleaning.personal[["column", "fate"]].to_numpy().tolist() == [
        ["Händelse", "not_kept"]
    ]


DATED = """\
actor: vakten
name: Vakten
files: ["*.csv"]
reader: csv
columns: {occurred_from: Datum, area: Ort, category: Typ}
areas:
  map:
    Hamnen:
      - {id: gamla, until: 2023-12-31}
      - {id: norr, from: 2024-03-01}
categories:
  map:
    Tagg: [{id: klotter, from: 2024-01-01}]
"""


def test_a_word_means_what_it_meant_that_day(town: SmallTown) -> None:
    table = (
        "Datum;Ort;Typ\n2023-12-31;Hamnen;Tagg\n2024-01-01;hamnen;Tagg\n2024-03-01;Hamnen;tagg\n"
    )
    data = loaded(town, DATED, v__csv=table)
    assert areas_of(data) == ["gamla", "unmapped", "norr"]
    assert data.incidents["subcategory"].astype(object).fillna("").tolist() == [
        "", "klotter", "klotter"
    ]  # fmt: skip
    told = data.cleaning.unmapped[["field", "value", "rows"]].to_numpy().tolist()
    assert told == [["area", "hamnen", 1], ["category", "Tagg", 1]]


def test_times_of_a_word_that_overlap_are_refused(town: SmallTown) -> None:
    town.files["sources/vakten.yaml"] = DATED.replace("from: 2024-03-01", "from: 2023-12-31")
    with pytest.raises(SettingsError, match="times that follow each other"):
        town.load()
