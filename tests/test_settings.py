from __future__ import annotations

import pytest
from small_town import SmallTown

from est_analysis.config import load_settings
from est_analysis.errors import SettingsError


def test_the_small_town_is_in_order(town: SmallTown) -> None:
    settings = town.load()
    assert list(settings.areas) == ["norr", "soder", "gamla"]
    assert settings.areas["norr"].population == {2024: 1000}
    assert settings.municipality.code == "0001"
    assert settings.main_category("klotter") == "skada"
    assert settings.main_categories() == ["skada", "brak"]
    assert settings.sources["vakten"].columns["area"].headers == ("Område",)


# Each: file, what stands there, what is written instead, what the message must say.
FAULTS = [
    ("municipality.yaml", '"0001"', "0001", ["0001", 'put it in quotes: "0001"', "line 2"]),
    ("municipality.yaml", '"0001"', '"1"', ["four digits", '"1"']),
    ("municipality.yaml", "name: Småstad", "name: no", ["no, which YAML", 'quotes: "no"']),
    ("municipality.yaml", "name: Småstad", "name: on", ['quotes: "on"']),
    ("municipality.yaml", "name: Småstad", "namn: Småstad", ['the key "name"', "no such key"]),
    ("municipality.yaml", "name: Småstad", "name: A\nname: B", ['"name" again', "line 2"]),
    ("municipality.yaml", "as_of:", "asof:", ['"asof"', 'did you mean "as_of"']),
    ("municipality.yaml", "2025-01-31", "31/1 2025", ["2025-03-31", "31/1 2025"]),
    ("municipality.yaml", "2025-01-31", "2025-02-30", ["a date that exists"]),
    ("municipality.yaml", "name: Småstad", "name: &a Småstad", ["YAML's own marks"]),
    ("municipality.yaml", "name: Småstad", "name: !!python/name:os.system x", ["YAML's own marks"]),
    ("municipality.yaml", "name: Småstad", "name: [Småstad", ["valid YAML", "line"]),
    ("municipality.yaml", "name: Småstad", "name: [A, B]", ["a single value"]),
    ("areas.yaml", "id: soder", "id: norr", ["each id once", '"norr" again']),
    ("areas.yaml", "[soder]", "[sodre]", ['"sodre"', 'did you mean "soder"']),
    ("areas.yaml", "id: soder", "id: Söder", ["small letters", '"Söder"']),
    ("areas.yaml", "id: soder", "id: unknown", ["not 'unknown'"]),
    ("areas.yaml", "1000", "1 000", ["digits only", '"1 000"']),
    ("areas.yaml", "{2024: 1000}", "{24: 1000}", ["a year", '"24"']),
    ("areas.yaml", "{id: norr", "{idd: norr", ['the key "areas.id"']),
    ("taxonomy.yaml", "id: brak", "id: klotter", ['"klotter" again']),
    ("taxonomy.yaml", "name: Bråk", "nmae: Bråk", ['"categories.name"']),
    ("disclosure.yaml", "minimum: 5", "minimum: 0", ["at least 1", '"0"']),
    ("disclosure.yaml", "minimum: 5", "minimum: fem", ['"fem"', "digits only"]),
    ("disclosure.yaml", "minimum: 5", "metod: round", ['did you mean "method"']),
    ("sources/vakten.yaml", "reader: csv", "reader: cvs", ['did you mean "csv"']),
    ("sources/vakten.yaml", "encoding: utf-8", "encoding: utf8000", ["name of an encoding"]),
    ("sources/vakten.yaml", 'delimiter: ";"', 'delimiter: ";;"', ["the one sign", '";;"']),
    ("sources/vakten.yaml", 'delimiter: ";"', "delimiter: '\"'", ["the one sign"]),
    ("sources/vakten.yaml", 'delimiter: ";"', 'delimiter: "\\n"', ["the one sign"]),
    ("sources/vakten.yaml", "area: Område", "omrade: Område", ["a field that", '"omrade"']),
    ("sources/vakten.yaml", "occurred_from: Datum", "reported_at: Datum", ['"occurred_from"']),
    ("sources/vakten.yaml", '"%Y-%m-%d"]', "datum]", ["a pattern such as", '"datum"']),
    ("sources/vakten.yaml", "areas:\n  match: name", "areas:\n  map: {N: nor}", ['"N" → "nor"']),
    ("sources/vakten.yaml", "areas:\n  match: name", "areas:\n  file: x.csv", ['no file "x.csv"']),
    ("sources/vakten.yaml", "areas:\n  match: name", "areas:\n  match: namn", ["id, name or both"]),
    ("sources/vakten.yaml", 'delimiter: ";"', "delimeter: ;", ['did you mean "delimiter"']),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), FAULTS)
def test_faults_name_file_key_and_remedy(
    town: SmallTown, name: str, old: str, new: str, said: list[str]
) -> None:
    town.change(name, old, new)
    with pytest.raises(SettingsError) as caught:
        town.load()
    message = str(caught.value)
    for part in said:
        assert part in message
    assert name.rpartition("/")[2] in message
    assert all(line in message for line in ("expected", "found", "change it", "otherwise"))


def test_plain_numbers_and_dates_may_be_texts(town: SmallTown) -> None:
    town.change(
        "sources/vakten.yaml", "categories:\n  match: name", "categories:\n  map: {301: brak}"
    )
    assert town.load().sources["vakten"].categories.mapping == {"301": "brak"}


def test_a_missing_municipality_lists_the_known_ones(town: SmallTown) -> None:
    folder = town.write()
    with pytest.raises(SettingsError, match="smastad"):
        load_settings(folder.with_name("storstad"))


def test_two_declarations_of_one_actor_may_not_read_the_same_files(town: SmallTown) -> None:
    town.files["sources/vakten2.yaml"] = town.files["sources/vakten.yaml"]
    with pytest.raises(SettingsError, match=r"also in vakten\.yaml"):
        town.load()


def test_settings_must_be_utf8(town: SmallTown) -> None:
    town.files["areas.yaml"] = "areas: [{id: a, name: Väst}]".encode("cp1252")
    with pytest.raises(SettingsError, match="UTF-8"):
        town.load()


def test_deep_nesting_is_refused(town: SmallTown) -> None:
    town.files["calendar.yaml"] = "local_events: " + "[" * 60 + "]" * 60
    with pytest.raises(SettingsError, match="levels"):
        town.load()


INSATS = """\
id: vakter
name: Vakter
what: Vakter på torget
areas: [norr]
categories: [brak]
actors: [vakten]
start: 2024-05-01
end: 2024-06-30
owner: Kommunen
goal: Färre bråk
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("areas: [norr]", "areas: [nord]", '"nord"'),
        ("categories: [brak]", "categories: [bråk]", '"bråk"'),
        ("actors: [vakten]", "actors: [polisen]", '"polisen"'),
        ("end: 2024-06-30", "end: 2024-04-30", "end on or after start"),
        ("owner: Kommunen\n", "", '"owner"'),
        ("owner: Kommunen", "owner: X\ncomparison_areas: [norr]", "areas that are not in areas"),
        ("owner: Kommunen", "owner: X\nneighbour_areas: [norr]", "areas that are not in areas"),
        (
            "owner: Kommunen",
            "owner: X\ncomparison_areas: [soder]\nneighbour_areas: [soder]",
            "areas that are not in neighbour_areas",
        ),
        ("owner: Kommunen", "owner: X\ngoal_change: -130", "-130"),
        ("owner: Kommunen", "owner: X\ngoal_change: 30 procent", "30 procent"),
        ("owner: Kommunen", "owner: X\ngoal_change: 25", "a fall in per cent, below 0"),
        ("owner: Kommunen", "owner: X\ngoal_change: 0", "a fall in per cent, below 0"),
        ("owner: Kommunen", 'owner: X\nhours: "16"', "16-24 or 22-02"),
        ("owner: Kommunen", 'owner: X\nhours: "16-16"', "16-24 or 22-02"),
        ("owner: Kommunen", 'owner: X\nhours: "16-25"', "16-24 or 22-02"),
    ],
)
def test_an_insats_is_checked_when_it_is_read(
    town: SmallTown, old: str, new: str, said: str
) -> None:
    town.files["interventions/vakter.yaml"] = INSATS
    assert town.load().interventions["vakter"].chosen_on_peak
    town.change("interventions/vakter.yaml", old, new)
    with pytest.raises(SettingsError) as caught:
        town.load()
    assert said in str(caught.value)


def test_the_hours_of_an_insats_may_pass_midnight(town: SmallTown) -> None:
    for text, hours in (("22-02", (22, 2)), ("16–24", (16, 24)), ("24-06", (0, 6))):
        town.files["interventions/vakter.yaml"] = INSATS + f'hours: "{text}"\n'
        assert town.load().interventions["vakter"].hours == hours


def test_ids_that_point_nowhere_are_told_at_once(town: SmallTown) -> None:
    town.change("sources/vakten.yaml", "areas:\n  match: name", "areas:\n  map: {N: torget}")
    town.files["calendar.yaml"] = "breaks:\n  - {actor: polisen, date: 2024-01-01, name: Nytt}\n"
    town.files["decisions.yaml"] = (
        "decisions:\n  - {id: a, date: 2024-10-10, what: x, owner: y, areas: [torget, norr]}\n"
        "  - {id: b, date: 2024-10-10, what: x, owner: y, intervention: kamera}\n"
    )
    town.files["judgements.yaml"] = "judgements:\n  - {category: bus, who: z, date: 2024-10-10}\n"
    with pytest.raises(SettingsError) as told:
        town.load()
    text = str(told.value)
    for word in ("torget", "polisen", "kamera", "bus"):
        assert f'"{word}"' in text
    assert [line.split()[0] for line in text.splitlines()] == [
        "cannot", "expected", "found", "change", "otherwise", *["also"] * 4,
    ]  # fmt: skip
    assert "judgements.yaml, line 2: " in text
    town.files["ratings.yaml"] = "yellow: 2\nred: 1\n"  # a fault of another kind is told with them
    with pytest.raises(SettingsError, match=r"also .*raise red or lower yellow"):
        town.load()


@pytest.mark.parametrize(
    "text", ["name: x\n\tcode: y\n", "name:\n\tx: y\n", "name:\n  - a\n\t- b\n"]
)
def test_a_tab_is_called_a_tab(town: SmallTown, text: str) -> None:
    town.files["areas.yaml"] = text
    with pytest.raises(SettingsError) as told:
        town.load()
    assert "a tab at the beginning of line" in told.value.found
    assert "write blanks in place of the tab" in told.value.change
