"""A first declaration from the exports: how much is right, and that nothing wrong is unasked."""

from __future__ import annotations

import contextlib
import datetime as dt
import fnmatch
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_town import SmallTown

from est_analysis.cli import main
from est_analysis.config.load import load_words
from est_analysis.draft import Known, draft
from est_analysis.draft.guessed import ASK
from est_analysis.errors import SourceError

TOWN = Path(__file__).parent / "cases" / "askoping"
EXPORTS = sorted(path for path in (TOWN / "raw").iterdir())
OF_THE_MUNICIPALITY = ("actor", "name", "files", "name_en")  # names that no file has
DEFAULTS = {
    "shape": "events", "encoding": "utf-8", "delimiter": ";", "header_row": 1, "dates.forms": ["iso"]
}  # fmt: skip
OF_ONE_FILE = {  # what is right of one of the files alone
    "*2023*": {"reports.from": dt.date(2023, 1, 1)},
    "*2024*": {"reports.from": dt.date(2024, 1, 1)},
    "*2025*": {"reports.from": dt.date(2025, 1, 1)},
    "*2022*": {"reports.from": dt.date(2022, 1, 1)},
    "Polisen*": {"reports.from": dt.date(2022, 1, 3)},
    "Rondrapport 2023*": {"reports.from": dt.date(2023, 1, 2)},
    "Rondrapport 2025*": {"reports.from": dt.date(2024, 12, 30)},
    "rtj_insatser_2022-2023*": {"coverage.through": dt.date(2023, 12, 31)},
    "rtj_insatser_2024-2025*": {"reports.from": dt.date(2024, 1, 1)},
    "EMBRACE händelser 202[23]*": {"dates.forms": ["day month"]},
    "EMBRACE händelser 202[45]*": {"dates.forms": ["excel"], "total": None},
    "EMBRACE händelser 2024*": {"sheets": None},
}
LIST_OF_ONE = ("sheets", "dates.forms", "areas.match", "categories.match", "fill_down")


def known() -> Known:
    areas, kinds = load_words(TOWN)
    return Known(
        {a.name: a.id for a in areas.values()}, {k.name: k.id for k in kinds.values()}, TOWN
    )


def flat(keys: dict[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in keys.items():
        if key == "reports":
            found |= flat(value[0], "reports.")
        elif isinstance(value, dict) and key not in ("streets",):
            found |= flat(value, f"{above}{key}.")
        elif value is not None:
            found[f"{above}{key}"] = value
    return found


def plain(key: str, value: Any) -> Any:
    if key in LIST_OF_ONE and not isinstance(value, list):
        return [value]
    return "".join(str(value).split()).casefold() if isinstance(value, str) else value


def correct(path: Path) -> dict[str, Any]:
    """The declaration of one export alone, of those that equal the truth."""
    for file in sorted((TOWN / "sources").glob("*.yaml")):
        keys = yaml.safe_load(file.read_text("utf-8"))
        for layout in keys.pop("layouts", [{}]):
            columns = {**keys.get("columns", {}), **layout.get("columns", {})}
            own = {**keys, **layout, "columns": columns}
            headers = [own["columns"].get("north"), own["columns"].get("area")]
            named = any(fnmatch.fnmatch(path.name, pattern) for pattern in own["files"])
            if named and (headers[0] is None or str(headers[0]) in path.read_text("utf-8")[:200]):
                found = flat({k: v for k, v in own.items() if k not in OF_THE_MUNICIPALITY})
                for pattern, other in OF_ONE_FILE.items():
                    if fnmatch.fnmatch(path.name, pattern):
                        found |= other
                return {key: value for key, value in found.items() if value is not None}
    raise AssertionError(path.name)


def asked_of(text: str, key: str) -> bool:
    """Whether a question stands at a key, in its block or above it, up to the block before."""
    top = key.split(".")[0]
    lines = text.splitlines()
    if any(ASK.strip() in line and f"{top}:" in line for line in lines):
        return True
    at = next((n for n, line in enumerate(lines) if line.startswith(f"{top}:")), None)
    if at is None:
        return False
    begin = at
    while lines[begin - 1].startswith("#"):
        begin -= 1
    end = at + 1
    while end < len(lines) and lines[end].startswith(" "):
        end += 1
    return any(ASK.strip() in line for line in lines[begin:end])


def compared(path: Path) -> tuple[int, int, list[str]]:
    """How many keys are right, of how many, and those that are wrong without a question."""
    text = draft([path], known())
    got = flat(yaml.safe_load(text))
    right = 0
    silent = []
    true = correct(path)
    for key, value in {**DEFAULTS, **true}.items():
        told = got.get(key, DEFAULTS.get(key))
        if plain(key, told) == plain(key, value):
            right += key in true
        elif not asked_of(text, key):
            silent.append(key)
    more = [key for key in got if key not in true and key not in DEFAULTS]
    silent += [k for k in more if k not in OF_THE_MUNICIPALITY and not asked_of(text, k)]
    return right, len(true), silent


def test_a_draft_of_each_export_is_mostly_right_and_asks_where_it_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {path.name: compared(path) for path in EXPORTS}
    with capsys.disabled():
        print()
        for name, (right, keys, silent) in found.items():
            print(f"{right / keys:5.0%} ({right} of {keys} keys), unasked {silent}: {name}")
    assert len(found) == 12
    assert not [name for name, (_, _, silent) in found.items() if silent]
    assert min(right / keys for right, keys, _ in found.values()) >= 0.8


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
def test_a_draft_runs_as_it_is(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "askoping"
    shutil.copytree(TOWN, folder, ignore=shutil.ignore_patterns("raw", "sources", "interventions"))
    for name in ("decisions.yaml", "judgements.yaml"):
        (folder / name).unlink()
    (folder / "raw").mkdir()
    shutil.copy(path, folder / "raw")
    (folder / "sources").mkdir()
    written = folder / "sources" / "aktor.yaml"
    assert (
        main(
            ["draft", str(folder / "raw" / path.name), "-m", str(folder), "--output", str(written)]
        )
        == 0
    )
    text = written.read_text("utf-8")
    if "blank: not_reported" in text:  # asked for; until it is answered no sum over it is judged
        capsys.readouterr()
        assert main(["check", "-m", str(folder)]) == 1
        lines = capsys.readouterr().out.splitlines()
        unjudged = [line for line in lines if "CANNOT BE ASSESSED" in line]
        assert unjudged
        assert all("says the source" in line for line in unjudged)
        written.write_text(text.replace("blank: not_reported", "blank: 0"), "utf-8")
    assert main(["check", "-m", str(folder)]) == 0
    with pytest.raises(FileExistsError):
        written.open("x")


def test_a_draft_names_persons_by_column_and_never_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "logg.csv"
    rows = "".join(f"2025-01-0{n};Norr;ring 070-123 45 67\n" for n in range(1, 8))
    path.write_text("Datum;Område;Händelse\n" + rows, encoding="utf-8")
    text = draft([path], Known())
    assert "personuppgifter i Händelse: phone" in text
    assert "123 45" not in text


def test_a_file_without_column_names_has_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "tal.csv"
    path.write_text("1;2\n3;4\n", encoding="utf-8")
    with pytest.raises(SourceError, match="a row of column names"):
        draft([path], Known())


def test_a_draft_is_never_written_over_a_file(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = town.write()
    export, source = folder / "exports" / "vakten.csv", folder / "sources" / "vakten.yaml"
    before = source.read_bytes()
    assert main(["draft", str(export), "-m", str(folder), "--output", str(source)]) == 1
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    "raw",
    [
        b"Datum;Omr\xe5de;Typ\n2024-08-31;Norr\x81;Br\xe5k\n", b"Datum;Typ\n2024-08-31\n1\n",
        b"Datum;Typ\n" + b"x" * 200_000 + b"\n", b"A;B\n\xff\xfe\x00\n", b"\xff\xfeA\x00;\x00B\x00\n\x00",
        b"Omr\xc3\xa5de;v.1;v.2;v.3\nNorr\n;1;2;3\n", b"PK\x03\x04", b"{}", b"PAR1", b"\xd0\xcf\x11\xe0",
    ],
)  # fmt: skip
def test_of_any_file_a_draft_is_made_or_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "fil.csv"
    path.write_bytes(raw)
    with contextlib.suppress(SourceError):
        assert yaml.safe_load(draft([path], known()))["reader"]


def test_the_lines_that_a_mapping_lacks_are_written_ready_to_fill_in(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["exports/vakten.csv"] = (
        "Datum;Område;Typ\n2024-10-07;Nor;Klotter\n2024-10-08;Norr;Ufo: ett\n2024-10-08;Norr;Ring 070-123 45 67\n"
        + "2024-10-09;Norr;Klotter\n" * 4
    )
    folder = town.write()
    assert main(["check", "-m", str(folder), "--write-map"]) == 0
    out = capsys.readouterr().out
    lines = yaml.safe_load(out.split("# sources/vakten.yaml\n", 1)[1])
    assert lines == {"areas": {"map": {"Nor": "norr"}}, "categories": {"map": {"Ufo: ett": None}}}
    assert "1 rad, liknar Norr" in out
    assert "123 45" not in out
