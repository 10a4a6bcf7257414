"""JSON as services give it: lists of events, GeoJSON, statistical tables; nothing is fetched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SmallTown
from test_layouts import loaded, rows
from test_places import GEOMETRY, borders

from est_analysis.counts.dataset import load_dataset
from est_analysis.errors import SourceError

EVENTS = """\
actor: vakten
name: Vakten
files: ["*.json"]
reader: json
identity: [id]
columns:
  occurred_from: datetime
  category: type
  area: location.name
dates: {forms: ["%Y-%m-%d %H:%M:%S %z"]}
"""
EVENT = {
    "id": 7, "datetime": "2024-10-07 9:05:00 +02:00", "name": "07 oktober 09.05, Bråk, Norr",
    "type": "Bråk", "location": {"name": "Norr", "gps": "59.0879,16.06"},
}  # fmt: skip


def test_the_saved_events_of_a_police_page(town: SmallTown) -> None:
    other = EVENT | {"id": 8, "location": {"name": "Söder", "gps": "59.0879,16.08"}}
    data = loaded(town, EVENTS, e__json=json.dumps([EVENT, other, other]))
    assert rows(data) == [("2024-10-07", "norr", "brak", 1), ("2024-10-07", "soder", "brak", 1)]
    assert data.cleaning.duplicates["row"].tolist() == [2]
    assert str(data.incidents["occurred_from"].iloc[0]) == "2024-10-07 09:05:00"


def test_a_position_in_one_cell(town: SmallTown) -> None:
    town.files["areas.yaml"] = str(town.files["areas.yaml"]).replace(
        "areas:\n", GEOMETRY + "areas:\n", 1
    )
    town.files["gränser.geojson"] = borders(("Norr", 0), ("Söder", 1))
    source = EVENTS.replace(
        "  area: location.name\n",
        '  north: {header: location.gps, split: ","}\n'
        '  east: {header: location.gps, split: ",", part: 2}\n',
    )
    data = loaded(town, source + "crs: WGS 84\n", e__json=json.dumps([EVENT]))
    assert data.incidents["area"].astype(str).tolist() == ["norr"]


def test_points_of_a_geojson(town: SmallTown) -> None:
    town.files["areas.yaml"] = str(town.files["areas.yaml"]).replace(
        "areas:\n", GEOMETRY + "areas:\n", 1
    )
    town.files["gränser.geojson"] = borders(("Norr", 0), ("Söder", 1))
    source = """\
actor: vakten
name: Vakten
files: ["*.geojson"]
reader: json
records: features
crs: WGS 84
columns:
  occurred_from: properties.datum
  category: properties.typ
  east: geometry.coordinates.0
  north: geometry.coordinates.1
"""
    point = {
        "type": "Feature",
        "properties": {"datum": "2024-10-07", "typ": "Bråk"},
        "geometry": {"type": "Point", "coordinates": [16.08, 59.0879]},
    }
    whole = {"type": "FeatureCollection", "features": [point]}
    assert rows(loaded(town, source, e__geojson=json.dumps(whole))) == [
        ("2024-10-07", "soder", "brak", 1)
    ]


COUNTS = """\
actor: vakten
name: Vakten
files: ["*.json"]
reader: json
shape: counts
dates: {forms: [month]}
"""


def test_a_table_of_px_web(town: SmallTown) -> None:
    source = (
        COUNTS
        + "records: data\ncolumns: {area: key.0, category: key.1, occurred_from: key.2, count: values.0}\n"
    )
    table = {
        "columns": [{"code": "Region", "text": "region", "type": "d"}],
        "comments": [],
        "data": [
            {"key": ["Norr", "Bråk", "2024M10"], "values": ["7"]},
            {"key": ["Söder", "Bråk", "2024M10"], "values": ["0"]},
            {"key": ["Söder", "Bråk", "2024M11"], "values": [".."]},
        ],
    }
    data = loaded(town, source, px__json=json.dumps(table))
    assert rows(data) == [("2024-10-01", "norr", "brak", 7), ("2024-10-01", "soder", "brak", 0)]
    assert data.cleaning.rejected["row"].tolist() == [3]


def test_values_of_kolada(town: SmallTown) -> None:
    source = COUNTS + (
        "records: values\ncolumns: {area: municipality, category: kpi, occurred_from: period, "
        "count: values.0.value}\n"
        "categories: {map: {N07403: brak}}\n"
    )
    one = {"kpi": "N07403", "municipality": "Norr", "period": "2024-10"}
    table = {"count": 1, "values": [one | {"values": [{"gender": "T", "count": 1, "value": 12.0}]}]}
    assert rows(loaded(town, source, kolada__json=json.dumps(table))) == [
        ("2024-10-01", "norr", "brak", 12)
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "one that is damaged"),
        ('[{"a": 1}', "one that is damaged"),
        ('{"a": 1}\n{"a": 2}\n', "reader: jsonl"),
        ('{"a": {"b": []}, "c": [1]}', "lists in the file: c"),
        ("7", "lists in the file: none"),
        ("[]", "a list of JSON objects"),
        ("[1, 2]", "a list of JSON objects"),
        ('[{"a": 1, "a": 2}]', "one that is damaged"),
        ("[" * 100_000, "one that is damaged"),
        ('[{"fel": 1}]', 'a column "datetime"'),
    ],
)
def test_what_is_no_list_of_records_is_refused(town: SmallTown, content: str, said: str) -> None:
    with pytest.raises(SourceError) as told:
        loaded(town, EVENTS, e__json=content)
    assert said in str(told.value)


def test_a_list_under_a_key_that_is_not_there_is_told(town: SmallTown) -> None:
    with pytest.raises(SourceError) as told:
        loaded(town, EVENTS + "records: data.rows\n", e__json='{"features": [{}]}')
    assert 'under "data.rows"' in str(told.value)
    assert "such as features" in str(told.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(records=st.lists(VALUES, max_size=4))
def test_any_json_is_read_or_refused_and_no_item_is_lost(
    town: SmallTown, records: list[Any]
) -> None:
    town.files["sources/vakten.yaml"] = EVENTS
    town.files.pop("exports/vakten.csv", None)
    (town.folder / "exports" / "vakten.csv").unlink(missing_ok=True)
    good = [
        {"id": 1, "datetime": "2024-10-07 09:05:00 +02:00", "type": "x", "location": {"name": ""}}
    ]
    town.files["exports/e.json"] = json.dumps([*good, *records]).encode("utf-8", "surrogatepass")
    settings = town.load()
    assert settings.municipality.as_of is not None
    tally = load_dataset(settings, settings.municipality.as_of).cleaning.tally.iloc[0]
    assert tally["read"] == 1 + len(records)
    assert tally["read"] == tally["kept"] + tally["rejected"] + tally["duplicates"]
