"""Personal data are found at reading, and stand nowhere afterwards: not in files, logs or errors."""

from __future__ import annotations

import base64
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from planted import MAKERS, Item, Planting, plant
from small_town import SOURCE, SmallTown

from est_analysis.cli import main
from est_analysis.incidents import clean
from est_analysis.privacy import KINDS, find_personal_data, masked
from est_analysis.quality import check_data
from est_analysis.sources import read_export

LEAST_FOUND = 0.99
MOST_FALSE = 0.005

NOBODY = """\
2024-10-07 1230|202410071230|kl 08.00-16.00|08-16|01-02-2024|08-10-2024|07-10 2024|0224-10-07
59.33103, 18.0612345|0127A0010|Alby 5:30|556016-0680|trapphus 3 plan 12|E4 avfart 45|v. 41
hus 123|LGH 123|buss 705|12345678|811288-9873|811228-9873|4111 1111 1111 1112|1.2.3|12:30:45
256.1.1.1|Storgatan 12, 145 30 Norsborg|2024-W41|helgen v. 41|10.10.2024|50 000|§ 12 a
"""


def characters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


PICTURE = re.compile(r"base64,([A-Za-z0-9+/=]+)")
APART = re.compile(r"[^\w\s.:@()+/–\u2011-]")  # signs that no item but a name has inside


def leaks(items: list[Item], text: str) -> list[str]:
    """Which items stand in a text, in whatever punctuation; pictures are looked into.

    Numbers of different cells are not put together: a thousand of them make any number.
    """
    text = PICTURE.sub(lambda m: base64.b64decode(m[1]).decode("utf-8", "replace"), text)
    whole, bare = text.casefold(), characters(text)
    parts = "\n".join(map(characters, APART.split(text)))
    return [
        item.kind
        for item in items
        if item.text.casefold() in whole
        or (len(item.core) >= 9 and item.core in (parts if item.core.isdigit() else bare))
    ]


def test_a_leak_would_be_seen() -> None:
    items = [Item("phone", "070-123 45 67"), Item("name", "Berg, Kristina"), Item("card", "4" * 16)]
    for text in ("x 0701234567,", '{"a": "070 - 12 34 567"}', "<b>(070) 1234567</b>"):
        assert leaks(items, text) == ["phone"]
    assert leaks(items, "Kristina; BERG KRISTINA") == ["name"]
    picture = base64.b64encode(b"<svg><text>4444 4444-4444 4444</text></svg>").decode()
    assert leaks(items, f'<img src="data:image/svg+xml;base64,{picture}">') == ["card"]
    assert leaks(items, "[070123, 4567]") == []


def written(folder: Path) -> dict[str, str]:
    """Every file below a folder as text; compressed tables are unpacked."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
            words = [str(w) for c in table for w in table[c].astype(object).unique()]
            for name in table.select_dtypes("category"):
                words += [str(word) for word in table[name].cat.categories]
            found[path.name] = "\n".join(words)
        elif path.is_file():
            found[path.name] = path.read_bytes().decode("utf-8", "replace")
    return found


def found_by_kind(planting: Planting) -> Counter[str]:
    settings = planting.town.load()
    assert settings.municipality.as_of is not None
    table = clean(settings, settings.municipality.as_of).personal
    return Counter({str(k): int(n) for k, n in table.groupby("kind")["cells"].sum().items()})


def test_every_kind_is_known_and_has_its_words(town: SmallTown) -> None:
    from est_analysis.language import language

    assert set(KINDS) == set(MAKERS)
    for code in ("sv", "en"):
        assert len({language(code).text(f"check.personal_{kind}") for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("word", re.split(r"[|\n]", NOBODY.strip()))
def test_dates_codes_and_addresses_are_nobody(word: str) -> None:
    assert find_personal_data([word], names=True) == {}


@pytest.mark.parametrize(
    "word", ["Anna Lindhs plats 3", "Karl Johans torg", "Per Albin Hanssons väg 4", "Norra Torget"]
)
def test_streets_named_after_persons_are_places(word: str) -> None:
    assert find_personal_data([word], names=True) == {}


@pytest.mark.parametrize(
    "written", ["８１１２２８-９８７４", "811228\u00ad-9874", "٨١١٢٢٨-٩٨٧٤", "811228 -\u00a09874"]
)
def test_other_digits_dashes_and_unseen_letters_hide_nothing(written: str) -> None:
    assert "identity_number" in find_personal_data([written])


@pytest.mark.parametrize(
    "bad", ["x", "1", "a.b", "0", ":a", "07 ", "+4", "Anna ", "1-", "A1", "(at"]
)
def test_no_cell_makes_the_search_slow(bad: str) -> None:
    import time

    begun = time.process_time()
    find_personal_data([bad * (1_000_000 // len(bad))], names=True)
    assert time.process_time() - begun < 5


def test_twenty_items_in_each_of_seven_formats(
    town: SmallTown, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    planting = plant(town, 7)
    found = found_by_kind(planting)
    planted = Counter(item.kind for item in planting.read)
    assert len(planting.read) == 140
    assert sum((found & planted).values()) >= LEAST_FOUND * 140
    assert main(["check", "-m", str(town.folder)]) == 0
    main(["clean", "-m", str(town.folder), "--output", str(tmp_path / "clean")])
    out, err = capsys.readouterr()
    assert "personal data  " in out
    everything = "\n".join([out, err, *written(tmp_path / "clean").values()])
    assert "[personal data]" in everything
    assert leaks([*planting.read, *planting.unread], everything) == []


@pytest.mark.slow
def test_a_thousand_items_in_fifty_exports(
    town: SmallTown, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The figures are printed: run with ``-k thousand -s``."""
    planting = plant(town, 50)
    found = found_by_kind(planting)
    planted = Counter(item.kind for item in planting.read)
    told = found & planted
    assert len(planting.read) == 1000
    folder = str(town.folder)
    assert main(["check", "-m", folder]) == 0
    main(["clean", "-m", folder, "--output", str(tmp_path / "out" / "clean")])
    for kind in ("data_quality", "tertial"):
        options = ["-m", folder, "-p", "2024-T3", "--output", str(tmp_path / "out" / kind)]
        assert main(["report", kind, *options]) == 0
    out, err = capsys.readouterr()
    texts = {"stdout": out, "stderr": err, **written(tmp_path / "out")}
    items = [*planting.read, *planting.unread]
    standing = {name: leaks(items, text) for name, text in texts.items()}
    with capsys.disabled():
        print(f"\nplanted 1,000 items in 50 exports: {sum(told.values())} found; by kind", end=" ")
        print(", ".join(f"{kind} {told[kind]}/{n}" for kind, n in planted.items()))
        print(f"{sum(map(len, standing.values()))} of them in {len(texts)} files and logs")
    assert sum(told.values()) >= LEAST_FOUND * 1000
    assert not any(standing.values())
    assert {"results.json", "manifest.json", "notebook.ipynb"} <= set(texts)


WITH_PLACE = SOURCE.replace("category: Typ", "category: Typ\n  place: Plats")
PERSON = "Anna Svensson 811228-9874"
HEADED = "Datum;Område;Typ;Plats;Fritext\n"


@pytest.mark.parametrize(
    ("old", "new", "export"),
    [
        ("encoding:", "header_row: 2\nencoding:", f"{HEADED}2024-10-07;Norr;Bråk;{PERSON};x\n"),
        ("encoding:", "personal_data: stop\nencoding:", f"{HEADED}2024-10-07;Norr;Bråk;{PERSON};x\n"),
        ('";"', '","', f"{HEADED}2024-10-07;Norr;Bråk;{PERSON};x\n"),
        ("encoding:", "footer: [Summa]\nencoding:", f"{HEADED}Summa {PERSON};;;;\n"),
        ("occurred_from: Datum", "occurred_from: Plats", f"{HEADED}2024-10-07;Norr;Bråk;{PERSON};x\n"),
        ("reader: csv", "reader: jsonl", f'{{"Datum": "{PERSON}"\n["{PERSON}"]\n{{"Datum": "{PERSON}"}}\n'),
        ("reader: csv", "reader: xlsx", f"{HEADED}{PERSON};;;;\n"),
        ("encoding:", "identity: [Fritext]\nencoding:", f"{HEADED}2024-10-07;Norr;Bråk;x;{PERSON}\n" * 2),
        ("encoding:", "drop: [{column: Fritext, contains: Anna, reason: test}]\nencoding:",
         f"{HEADED}2024-10-07;Norr;Bråk;x;{PERSON}\n"),
    ],
)  # fmt: skip
def test_no_error_and_no_account_shows_what_stood_there(
    town: SmallTown, capsys: pytest.CaptureFixture[str], old: str, new: str, export: str
) -> None:
    town.files["sources/vakten.yaml"] = WITH_PLACE.replace("place: Plats\n  place", "place")
    town.change("sources/vakten.yaml", old, new)
    town.files["exports/vakten.csv"] = export
    main(["check", "-m", str(town.write())])
    main(["clean", "-m", str(town.folder), "--output", str(town.folder / "clean")])
    out, err = capsys.readouterr()
    stored = written(town.folder / "clean") if (town.folder / "clean").is_dir() else {}
    everything = "\n".join([out, err, *stored.values()])
    assert "811228" not in everything
    assert "Svensson" not in everything
    assert "Traceback" not in everything


def test_a_file_named_after_a_person_is_refused(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["exports/vakten 811228-9874.csv"] = town.files.pop("exports/vakten.csv")
    assert main(["check", "-m", str(town.write())]) == 1
    told = capsys.readouterr().err
    assert "811228" not in told
    assert "rename the file" in told


def test_only_declared_columns_leave_the_reader(town: SmallTown) -> None:
    town.files["exports/vakten.csv"] = f"{HEADED}2024-10-07;Norr;Bråk;Torget;{PERSON}\n"
    settings = town.load()
    export = read_export(settings.sources["vakten"], settings.municipality.exports)
    assert set(export.columns) == {"occurred_from", "area", "category"}
    assert "Svensson" not in str([column.words for column in export.columns.values()])


def test_what_is_never_kept_is_counted_and_its_rows_used(town: SmallTown) -> None:
    town.change("sources/vakten.yaml", "category: Typ", "category: Typ\n  reporter: Vem")
    rows = "".join(f"2024-10-0{n};Norr;Bråk;anna{n}@exempel.se\n" for n in range(1, 6))
    town.files["exports/vakten.csv"] = f"Datum;Område;Typ;Vem\n{rows}"
    settings = town.load()
    cleaning = clean(settings, settings.municipality.as_of)
    assert len(cleaning.incidents) == 5
    assert cleaning.personal.to_numpy().tolist() == [["vakten", "Vem", "email", 5, "not_kept"]]


def test_translated_values_are_known_and_nobody(town: SmallTown) -> None:
    """A code that looks like a plate is a code, once somebody has translated it."""
    town.change("sources/vakten.yaml", "areas:\n  match: name", "areas:\n  map: {ABC123: norr}")
    town.files["exports/vakten.csv"] = (
        "Datum;Område;Typ\n2024-10-07;ABC123;Bråk\n2024-10-07;ABD123;Bråk\n"
    )
    settings = town.load()
    cleaning = clean(settings, settings.municipality.as_of)
    assert cleaning.incidents["area"].tolist() == ["norr"]
    assert cleaning.rejected[["row", "reason"]].to_numpy().tolist() == [[3, "personal_data"]]


def test_kinds_are_checks_of_the_data(town: SmallTown) -> None:
    from est_analysis.calendar import parse_period
    from est_analysis.dataset import load_dataset

    town.files["sources/vakten.yaml"] = WITH_PLACE
    town.files["exports/vakten.csv"] = (
        "Datum;Område;Typ;Plats\n" + "2024-10-07;Norr;Bråk;Torget\n" * 20
        + "2024-10-07;Norr;Bråk;ring 070-123 45 67\n2024-10-07;Norr;Bråk;bil ABC123\n"
    )  # fmt: skip
    settings = town.load()
    assert settings.municipality.as_of is not None
    data = load_dataset(settings, settings.municipality.as_of)
    told = {
        c.name: c.value
        for c in check_data(data, parse_period("2024-T3"))
        if c.name.startswith("personal")
    }
    assert told == {"personal_phone": 1, "personal_registration_plate": 1}


def test_false_alarms_on_real_exports_are_rare(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of all cells of files that hold no persons, read or not. Run with ``-k alarms -s``."""
    rows = alarms = 0
    for name in ("polisen_events_stockholm_county_2022-2025.csv.gz",
                 "lfb_animal_rescues_2009_2021.csv.gz", "montgomery_pa_911_2015_2016.csv.gz",
                 "deso_population_tenure.csv", "kommun_population_scb.csv"):  # fmt: skip
        table = pd.read_csv(shared_data / name, dtype=str, keep_default_na=False)
        hit = pd.Series(False, index=table.index)
        for column in table:
            codes, words = pd.factorize(table[column])
            for flags in find_personal_data(list(words)).values():
                hit |= flags[codes]
        rows, alarms = rows + len(table), alarms + int(hit.sum())
        assert hit.mean() < MOST_FALSE, name
    with capsys.disabled():
        print(f"\nfalse alarms in {alarms:,} of {rows:,} real rows ({alarms / rows:.3%})")
    assert rows > 100_000
    assert alarms < MOST_FALSE * rows


def test_masking_keeps_the_others() -> None:
    assert masked(["a", "b@c.se"]) == ["a", "[personal data]"]
    assert masked([]) == []
    assert find_personal_data(["", "", "hos 811228-9874"])["identity_number"].tolist() == [
        False,
        False,
        True,
    ]
    assert find_personal_data(["a\nb", "811228\n-9874"]).keys() == {"identity_number"}
