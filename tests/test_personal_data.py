"""Personal data are found at reading, and stand nowhere afterwards: not in files, logs or errors."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import re
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted import MAKERS, Item, Planting, plant
from small_town import SOURCE, SmallTown

from est_analysis.archive import archive_folder, record_reading
from est_analysis.cli import main
from est_analysis.counts.dataset import load_dataset
from est_analysis.errors import ReportError, SettingsError, SourceError
from est_analysis.incidents import clean
from est_analysis.language import language
from est_analysis.names import words_of
from est_analysis.privacy import (
    HIDDEN,
    KINDS,
    LONGEST_TOLD,
    UNSURE,
    find_personal_data,
    masked,
    masked_names,
    personal_data_in,
    personal_data_in_name,
    shown,
)
from est_analysis.privacy.identity import luhn
from est_analysis.quality import check_data, unread
from est_analysis.sources import read_export

LEAST_FOUND = 0.99
MOST_FALSE = 0.005

NOBODY = """\
2024-10-07 1230|202410071230|kl 08.00-16.00|08-16|01-02-2024|08-10-2024|07-10 2024|0224-10-07
59.33103, 18.0612345|0127A0010|Alby 5:30|556016-0680|trapphus 3 plan 12|E4 avfart 45|v. 41
hus 123|LGH 123|buss 705|12345678|811288-9873|811228-9873|4111 1111 1111 1112|1.2.3|12:30:45
256.1.1.1|Storgatan 12, 145 30 Norsborg|2024-W41|helgen v. 41|10.10.2024|50 000|§ 12 a
HSB 123|BRF 123|DNR 123|KTH 101|SAL 101|BRO 123|LED 100|OBJ-123|POL 114 14|SOS 112|SEK 500|BEL 123
Hus 123|lgh 120|rum 214|Box 123|Maj 125|NOD123|sal12a|bil mot 123|Alby och 123 till|klass abc 123 x
§ 12.3.4.5|Id 12.34.56.78|version 1.2.3.4|Dnr 0127-12345|fittja::1|16:15::20|pris 5 @ 10.50|3 (a) st.2
2024-10-07 ????|2022-01-02 - 2022-03-04|2022-01-02/2022-03-04|07.10.2024-09.10.2024|20240107_0939
60.3109 17.3363|59.120412, 18.068611|6580822, 674032|0427-1700 20|0730-1615 24/12|24082025 19
03/06/2024 17:20|27.12.2026 19.40|N 6580822 E 674032|12 345 678 kr|Fittja 17:1|5000-K123456-25
"""
PERSONS = """\
identity_number 811228:9874|811228_9874|811228,9874|811228;9874|811228--9874|811228 -- 9874
identity_number 8112 289874|(811228)-9874|811228-98 74|8 1 1 2 2 8 9 8 7 4|19 811228-9874|811228...9874
identity_number 811288:9871|19811228_9874|1 9 8 1 1 2 2 8 9 8 7 4|12 811228-9874|811228.9874.0
identity_number 811228-????|811228-98xx|811228xxxx|811228-****|811228-____|19811288-XXXX|811228-TF12
identity_number 102289873|102289873.0|["811228", "9874"]|['811228', 9874]|[811228, 9874]|811228<br>9874
phone 070.123.45.67|+460701234567|(+46) 70 123 45 67|46701234567|0701-03 45 67|070_1234567|070:1234567
phone lgh 12,070-123 45 67|Storgatan 1-070-123 45 67|00 46 70 123 45 67|070-123 45 67 8|0 7 0 1 2 3 4 5 6 7
phone 701234567|701234567.0|46701234567.0|["070", "1234567"]|['070', 1234567]|070-123 45 67:1|46 70 123 45 67
email anna @exempel.se|anna(AT)exempel.se|anna[AT]exempel.se|anna{at}exempel.se|anna snabela exempel.se
email anna@ exempel.se|anna(a)exempel.se|anna (Snabel-A) exempel.se|anna@exempel punkt se|"anna"@exempel.se
bank_card 4111111111111111 12/27|4111 1111 1111 1111 123|4111 - 1111 - 1111 - 1111|4111.1111.1111.1111
bank_card 4111/1111/1111/1111|4111_1111_1111_1111|3782 822463 10005|12 4111 1111 1111 1111
registration_plate Abc 123|abc 123|ABC.123|ABC_123|ABC  123|regABC123|reg hsb 123|regnr: abc 12d|bil abc 123
ip_address fe80::1|2a02::1|192.168.001.001|2001:db8::|Zon 10.0.0.1|192.168.1.1:8080
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
    table["kind"] = table["kind"].replace("possible_plate", "registration_plate")
    return Counter({str(k): int(n) for k, n in table.groupby("kind")["cells"].sum().items()})


def test_every_kind_is_known_and_has_its_words(town: SmallTown) -> None:
    from est_analysis.language import language

    assert set(KINDS) - set(UNSURE) == set(MAKERS)
    for code in ("sv", "en"):
        assert len({language(code).text(f"check.personal_{kind}") for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("word", re.split(r"[|\n]", NOBODY.strip()))
def test_dates_codes_and_addresses_are_nobody(word: str) -> None:
    """No row is lost for them; a few may be a plate as well, and are hidden."""
    assert find_personal_data([word], names=True).keys() <= set(UNSURE)
    assert personal_data_in(word) is None


@pytest.mark.parametrize(
    "word", ["Anna Lindhs plats 3", "Karl Johans torg", "Per Albin Hanssons väg 4", "Norra Torget"]
)
def test_streets_named_after_persons_are_places(word: str) -> None:
    assert find_personal_data([word], names=True) == {}


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (kind, written)
        for kind, _, forms in (line.partition(" ") for line in PERSONS.strip().split("\n"))
        for written in forms.split("|")
    ],
)
def test_written_forms_are_known(kind: str, written: str) -> None:
    assert kind in find_personal_data([written])
    assert kind in find_personal_data(["Torget", written, "Storgatan 12"])


@pytest.mark.parametrize(
    "written", ["８１１２２８-９８７４", "٨١١٢٢٨-٩٨٧٤", "❽❶❶❷❷❽-❾❽❼❹", "811228 -\u00a09874",
                "".join(f"{digit}\ufe0f\u20e3" for digit in "8112289874"),
                *(f"811228{sign}9874" for sign in "\u00ad\u034f\u061c\u115f\u180e\u200b\u200e\u200f"
                  "\u202a\u2060\u2061\u2063\u2800\u3164\ufe0f\U000e0100\U000e0020·•・‧\u02d7\u05be"
                  "\u2043\u2e3a\u1806\x00\x01\x7f\x1c\x85\u2028\t\r")]
)  # fmt: skip
def test_other_digits_dashes_and_unseen_letters_hide_nothing(written: str) -> None:
    assert "identity_number" in find_personal_data([written])


def test_codes_of_nine_digits_are_codes_and_a_stray_number_is_somebody() -> None:
    """A spreadsheet eats the first zero; of other nine digits some seem to be persons by chance."""
    codes = [str(207_000_000 + 137 * n) for n in range(1000)]
    codes += [str(768_000_000 + 137 * n) for n in range(60)]
    assert find_personal_data(codes) == {}
    found = find_personal_data(["Torget", "102289873", "701234567"])
    assert {kind: flags.tolist() for kind, flags in found.items()} == {
        "identity_number": [False, True, False],
        "phone": [False, False, True],
    }


def test_dates_moments_and_places_are_not_taken_for_persons() -> None:
    """Drawn at random: what is only sometimes a number of somebody, by its check digit."""
    rng = random.Random(3)
    first = dt.datetime(2015, 1, 1)

    def moment() -> dt.datetime:
        return first + dt.timedelta(minutes=rng.randrange(9 * 365 * 1440))

    forms = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H.%M", "%Y-%m-%d %H%M", "%Y%m%d_%H%M", "%d/%m/%Y %H:%M",
             "%d.%m.%Y %H.%M", "%y%m%d %H:%M", "%d-%m-%Y", "%d-%m-%y %H%M", "%Y-%m-%dT%H:%M:%S"]  # fmt: skip
    words = [moment().strftime(form) for form in forms for _ in range(500)]
    for _ in range(500):
        words += [
            f"{moment():%Y-%m-%d} - {moment():%Y-%m-%d}", f"{moment():%Y%m%d}-{moment():%Y%m%d}",
            f"{moment():%Y-%m-%d}--{moment():%Y-%m-%d}", f"{moment():%d.%m.%Y}-{moment():%d.%m.%Y}",
            f"kl {moment():%H.%M}-{moment():%H.%M}, {moment():%d/%m}", f"{moment():%H%M}-{moment():%H%M}",
            f"{rng.uniform(55, 69):.6f}, {rng.uniform(11, 24):.6f}",
            f"{rng.uniform(55, 69):.4f} {rng.uniform(11, 24):.4f}",
            f"N {rng.randrange(6130000, 7700000)} E {rng.randrange(260000, 920000)}",
            f"Storgatan {rng.randrange(1, 200)}, lgh {rng.randrange(1000, 1900)}, 145 30 Norsborg",
        ]  # fmt: skip
    taken = {w for flags in find_personal_data(words).values() for w in np.array(words)[flags]}
    assert taken == set()


@pytest.mark.parametrize(
    "bad", ["x", "1", "a.b", "0", ":a", "07 ", "+4", "Anna ", "1-", "A1", "(at", "1 ", "1_", "070-1",
            "0 7 0 ", "46 ", "+46 (0)", "a @ ", "a(at)b", "snabel", "reg ", "abc 1", "ABC ", "4111 ",
            "::", "fe80:", "811228-", "811228 ", "811228?", "20", "§ 1.", "['1', ", "<br>", "1\u200e",
            "1\u0332", "255.", " ", "-", "_", "?"]
)  # fmt: skip
def test_no_cell_makes_the_search_slow(bad: str) -> None:
    """Ten cells of the longest that are read (100,000 characters), and one as long as them all."""
    import time

    begun = time.process_time()
    find_personal_data([bad * (100_000 // len(bad))] * 10, names=True)
    find_personal_data([bad * (1_000_000 // len(bad))], names=True)
    assert time.process_time() - begun < 8


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


def test_what_may_be_a_plate_is_hidden_and_its_row_is_used(town: SmallTown) -> None:
    """HSB 123 is a plate, or a house: the event counts, and nobody reads which."""
    town.files["sources/vakten.yaml"] = WITH_PLACE
    rows = "".join(f"2024-10-07;Norr;Bråk;{place};\n" for place in ("vid HSB 123", "Torget"))
    town.files["exports/vakten.csv"] = f"{HEADED}{rows}"
    settings = town.load()
    assert settings.municipality.as_of is not None
    found = clean(settings, settings.municipality.as_of)
    assert found.incidents["place"].tolist() == ["[personal data]", "Torget"]
    told = found.personal[["kind", "cells", "fate"]].to_numpy().tolist()
    assert told == [["possible_plate", 1, "masked"]]


@pytest.mark.parametrize(
    ("policy", "fate", "kept"),
    [("reject", "left_out", 1), ("mask", "masked", 2)],
)
def test_what_became_of_a_persons_cell_is_told(
    town: SmallTown, policy: str, fate: str, kept: int
) -> None:
    """In a field of dates the row is left out whatever the policy: there is no date in it."""
    town.files["sources/vakten.yaml"] = WITH_PLACE.replace(
        "encoding:", f"personal_data: {policy}\nencoding:"
    )
    rows = (f"2024-10-07;Norr;Bråk;{PERSON};", "2024-10-08;Norr;Bråk;Torget;",
            "811228-9874;Norr;Bråk;Torget;", "HSB 123;Norr;Bråk;Torget;")  # fmt: skip
    town.files["exports/vakten.csv"] = HEADED + "\n".join(rows) + "\n"
    settings = town.load()
    assert settings.municipality.as_of is not None
    found = clean(settings, settings.municipality.as_of)
    assert len(found.incidents) == kept
    told = found.personal[["column", "kind", "cells", "fate"]].to_numpy().tolist()
    assert told == [
        ["Plats", "identity_number", 1, fate],
        ["Datum", "identity_number", 1, "left_out"],
    ]


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


@pytest.mark.parametrize(
    "name",
    [
        "811228-9874.csv", "_811228_9874.csv", "_19811228.9874.csv", "_070_1234567.csv",
        "_46701234567.csv", "_Anna Svensson.csv", "_Anna_Svensson.csv", "_Svensson, Anna.csv",
        "_ABC123.csv", "_anna(at)exempel.se.csv", " Anna Svensson/vakten.csv",
    ],
)  # fmt: skip
def test_a_file_named_after_a_person_is_refused(
    town: SmallTown, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    town.change("sources/vakten.yaml", "vakten*.csv", "vakten*/*.csv" if "/" in name else "vakten*")
    town.files[f"exports/vakten{name}"] = town.files.pop("exports/vakten.csv")
    assert main(["check", "-m", str(town.write())]) == 1
    told = capsys.readouterr().err
    assert not any(part in told for part in ("811228", "1234567", "Svensson", "ABC1", "anna("))
    assert "rename the file" in told


@pytest.mark.parametrize(
    "name",
    [
        unicodedata.normalize("NFD", "vakten_Åsa_Lind.csv"), "vakten Johan\u00a0Berg.csv",
        "vakten Johan\nBerg.csv", "Jo\u200bhan\u2003Berg.csv", "Johan%20Berg.csv",
        "VAKTEN_JOHAN_BERG.csv", "BERG, Johan.csv", "vakten ÅSA LIND.csv", "Johan_BERG.csv",
        "BO_NILSSON.csv", "STIG-SVENSSON.csv",
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_stored_and_in_capitals(name: str) -> None:
    assert personal_data_in_name(name) == "name"


def test_a_number_of_a_past_century_is_no_moment() -> None:
    """Its last four digits look like a time; of a year that has been, it may be one."""
    number = next(f"811228-09{n}" for n in range(30, 40) if luhn(f"81122809{n}"))
    young = next(f"011228-09{n}" for n in range(30, 40) if luhn(f"01122809{n}"))
    for sign in "_ .":
        assert personal_data_in_name(f"ronder_{number.replace('-', sign)}.csv") is not None
        assert personal_data_in_name(f"ronder_{young.replace('-', sign)}.csv") is None
    following = dt.date.today().year % 100 + 1
    assert following < 81  # else it is time to think of another year


def test_names_of_files_that_nothing_reads_are_hidden_one_by_one(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    """In what is told, in the report's table, in the run log and in the error where none is read."""
    names = ["Anna_Svensson.xlsx", "Anna Svensson.csv", "anna svensson.csv", "811228_9874.txt",
             unicodedata.normalize("NFD", "Åsa_Lind.csv"), "z.csv", "rapport_250112_1304.csv"]  # fmt: skip
    town.files |= {f"exports/{name}": "x" for name in names}
    town.files["municipality.yaml"] = (
        f"{town.files['municipality.yaml']}archive: {{folder: arkiv}}\n"
    )
    settings = town.load()
    data = load_dataset(settings, dt.date(2025, 1, 31))
    expected = ["rapport_250112_1304.csv", "z.csv", *[HIDDEN] * 5]
    assert unread(data)["file"].tolist() == expected
    assert words_of(settings, language("sv"))["file"] == {HIDDEN: "[personuppgift]"}
    record_reading(data, {}, "0" * 64)
    assert main(["check", "-m", str(town.folder)]) == 0
    (town.folder / "exports" / "vakten.csv").unlink()
    assert main(["check", "-m", str(town.folder)]) == 1
    told = "".join(capsys.readouterr())
    assert "7 files" in told
    assert "what lies there is rapport_250112_1304.csv, z.csv, [personal data]" in told
    everything = told + (archive_folder(settings) / "log.jsonl").read_text(encoding="utf-8")
    assert not any(part in everything for part in ("nna", "Lind", "9874"))


def test_the_folder_of_a_file_that_nothing_reads_is_looked_at() -> None:
    assert masked_names(["Anna_Svensson/z.csv", "a/z.csv"]) == [HIDDEN, "a/z.csv"]


def test_the_end_of_a_file_name_is_looked_at_too(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.change("sources/vakten.yaml", "vakten*.csv", "vakten*")
    town.files["exports/vakten_811228.9874"] = town.files.pop("exports/vakten.csv")
    assert main(["check", "-m", str(town.write())]) == 1
    assert "9874" not in capsys.readouterr().err


def test_ordinary_file_names_are_ordinary() -> None:
    """Those of systems and places in capitals too, and those of days that have been."""
    rng = random.Random(5)
    names = ["polisen_2025.csv", "bostader_2025-01.xlsx", "export_20250112.csv", "abc123.csv",
             "rapport_2025-01-12_1304.csv", "felanmalan_maj_lund.csv", "Maria_Polisen.csv",
             "Vakten Maj Lund 2025.csv", "EXP012.csv", "DNR123.csv"]  # fmt: skip
    systems = ["POLISEN", "SOS", "BRÅ", "INFRACONTROL", "DEDU", "STANLEY", "EST", "RTJ", "TRYGG",
               "BO", "DEL", "MARK", "NOVA", "TIM", "DAG", "KAJ", "VEGA", "STIG", "VALBORG", "MAJ", "JUNI",
               "AUGUST", "MAX", "LAGE", "LUCIA", "SKOLA", "GATA", "PARK", "KOMMUN", "ÅR", "VÅR"]  # fmt: skip
    places = ["LUND", "NORD", "SYD", "HALL", "STRAND", "BERG", "CENTRUM", "MALMÖ", "SKOG", "HOLM", "ÖST",
              "BORG", "NORDOST", "GRANSKNING", "FALK", "EK", "ASP", "LISTA", "INSATSER"]  # fmt: skip
    names += [f"{system}{sign}{place}.csv" for system in systems for place in places
              for sign in "_ -"]  # fmt: skip
    forms = ["%Y-%m", "%Y%m%d", "%Y-%m-%d_%H%M", "%Y-%m-%d %H.%M.%S", "%Y%m%d_%H%M", "%Y%m%d%H%M",
             "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y%m%d-%H%M", "%y%m%d_%H%M", "v%V_%Y", "%d%m%Y"]  # fmt: skip
    for _ in range(5000):
        day = dt.datetime(2015, 1, 1) + dt.timedelta(minutes=rng.randrange(9 * 365 * 1440))
        then = day + dt.timedelta(days=rng.randrange(1, 400))
        form = rng.choice(forms)
        between = rng.choice(["_", " - ", "--"])
        names.append(f"ronder_{day.strftime(form)}{between}{then.strftime(form)}.csv")
        names.append(f"POLISEN {day.strftime(form)}_{rng.randrange(1, 99):02d}.xlsx")
    assert [name for name in names if personal_data_in_name(name)] == []


def test_every_error_hides_what_it_found() -> None:
    for kind in (SettingsError, SourceError, ReportError):
        fault = kind("a", expected="b", found=f"x\n{PERSON}", change="c", otherwise="d")
        assert fault.found == "x\n[personal data]"
        assert "811228" not in str(fault)
    told = SourceError("a", expected="b", found="hos Anna Svensson", change="c", otherwise="d")
    assert told.found == "[personal data]"
    home = SettingsError("a", expected="b", found="/home/anna.svensson", change="c", otherwise="d")
    assert home.found == "/home/anna.svensson"  # its own folder, and the analyst must see it


def test_a_list_of_headers_is_searched_before_it_is_cut(town: SmallTown) -> None:
    for more in range(20):
        headers = [f"kolumn{n:03d}" for n in range(29)] + ["x" * more + " 811228-9874"]
        town.files["exports/vakten.csv"] = ";".join(headers) + "\n1;2\n"
        settings = town.load()
        with pytest.raises(SourceError) as caught:
            read_export(settings.sources["vakten"], settings.municipality.exports)
        assert "8112" not in str(caught.value)
        assert '"kolumn000", "kolumn001"' in caught.value.found


@pytest.mark.parametrize(
    ("forms", "rows", "shown"),
    [
        ('"%d/%m/%Y"', ["811228-9874", *(f"03/{day}/2024" for day in range(13, 25))], "03/13/2024"),
        ('"%d/%m/%Y", "%m/%d/%Y"', ["811228-9874", "03/04/2024"], "03/04/2024"),
        ('"%y%d%m-%H%M"', ["240531-1230"], "[personal data]"),
        ('"%y%m%d-%H%M", "%y%d%m-%H%M"', ["240506-1231"], "[personal data]"),
    ],
)
def test_an_error_about_dates_shows_a_date(
    town: SmallTown, forms: str, rows: list[str], shown: str
) -> None:
    """Not just any value of the column; and one that is a person too is hidden."""
    town.change("sources/vakten.yaml", 'forms: ["%Y-%m-%d %H:%M", "%Y-%m-%d"]', f"forms: [{forms}]")
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n" + "".join(
        f"{row};Norr;Bråk\n" for row in rows
    )
    settings = town.load()
    with pytest.raises(SourceError) as caught:
        clean(settings, settings.municipality.as_of)
    assert shown in caught.value.found
    assert not any(row in str(caught.value) for row in rows if "-" in row)


def test_a_failed_notebook_keeps_no_person(tmp_path: Path) -> None:
    """An error that nobody foresaw may quote a cell, in its text and its traceback."""
    from est_analysis.report.execute import _keep_failed

    error = {"output_type": "error", "ename": "ValueError", "evalue": f"'{PERSON}'",
             "traceback": [f"line 1\nValueError: '{PERSON}'"]}  # fmt: skip
    stream = {"output_type": "stream", "name": "stderr", "text": f"before\n{PERSON}\n"}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "1",
            "id": "a", "outputs": [error, stream]}  # fmt: skip
    work = tmp_path / "notebook.ipynb"
    work.write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8"
    )
    _keep_failed(work, tmp_path / "report")
    text = (tmp_path / "report" / "failed.ipynb").read_text(encoding="utf-8")
    assert "811228" not in text
    assert "Svensson" not in text
    assert "line 1" in text
    assert "before" in text


@pytest.mark.parametrize(
    "cells", [["811228", "9874"], ["070", "1234567"], 8112289874, 102289873, 701234567,
              [{"tel": "070-1234567"}], "811228:9874"]
)  # fmt: skip
def test_numbers_and_lists_in_an_export_are_searched(town: SmallTown, cells: object) -> None:
    """Also where an area has no translation: it is never listed as one that lacks it."""
    town.change("sources/vakten.yaml", "reader: csv", "reader: jsonl")
    town.files["exports/vakten.csv"] = "".join(
        json.dumps({"Datum": "2024-10-07", "Område": area, "Typ": "Bråk"}) + "\n"
        for area in ("Norr", cells)
    )
    settings = town.load()
    cleaning = clean(settings, settings.municipality.as_of)
    assert cleaning.rejected["reason"].tolist() == ["personal_data"]
    assert cleaning.incidents["area"].tolist() == ["norr"]
    assert cleaning.unmapped.empty


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
    from est_analysis.counts.dataset import load_dataset

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
    assert (len(shown("x" * 999)), shown("x" * 999 + PERSON)) == (LONGEST_TOLD, HIDDEN)
    assert find_personal_data(["", "", "hos 811228-9874"])["identity_number"].tolist() == [
        False,
        False,
        True,
    ]
    assert find_personal_data(["a\nb", "811228\n-9874"]).keys() == {"identity_number"}
