"""Where a report is made: in any folder, with any home, whatever letters the system has."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_home import made, write_notebook
from small_town import EXPORT, SmallTown

from est_analysis.batch.due import basis_of
from est_analysis.cli import main
from est_analysis.environment import usable_home
from est_analysis.sources import find_files, read_export, unread_files
from est_analysis.workspace import settings_folder

CSV = "exports/vakten.csv"


# ---- the folder one stands in ----


@pytest.mark.parametrize(
    ("stand", "named"),
    [
        (".", "."), (".", "./"), (".", "../smastad"), ("..", "smastad"), ("..", "./smastad"),
        ("exports", ".."), ("../..", "params/smastad"),
    ],
)  # fmt: skip
def test_a_municipality_is_found_from_where_one_stands(
    town: SmallTown,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stand: str,
    named: str,
) -> None:
    monkeypatch.chdir(town.write() / stand)
    assert settings_folder(named) == town.folder
    assert main(["check", "-m", named]) == 0
    assert "Småstad: settings are in order" in capsys.readouterr().out


def test_a_name_in_params_goes_before_a_folder_of_that_name(
    town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.write()
    other = SmallTown(tmp_path / "smastad")
    other.write()
    monkeypatch.chdir(tmp_path)
    assert settings_folder("smastad") == town.folder


# ---- homes ----


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that nobody can write to, not even root: below a file."""
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    monkeypatch.setenv("HOME", str(home))
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def test_caches_go_elsewhere_only_where_home_cannot_be_written(
    no_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(os.environ)
    with usable_home():
        there = {name: Path(os.environ[name]) for name in ("MPLCONFIGDIR", "IPYTHONDIR")}
        assert all(place.is_dir() for place in there.values())
    assert dict(os.environ) == before
    assert not any(place.exists() for place in there.values())
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    with usable_home():
        assert os.environ["MPLCONFIGDIR"] == str(tmp_path)  # what somebody has set stands
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with usable_home():
        assert "IPYTHONDIR" not in os.environ


@pytest.mark.slow
def test_a_report_is_made_without_a_home(home: Path, no_home: Path) -> None:
    path = home / "notebooks" / "short.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][2]["source"] = [
        "import matplotlib.pyplot as plt\n", *notebook["cells"][2]["source"],
    ]  # fmt: skip
    path.write_text(json.dumps(notebook), "utf-8")
    assert made(home).html.is_file()


# ---- letters ----

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """The command in a process whose system says that all names are ASCII."""
    env = {**os.environ, **ASCII, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "est_analysis.cli", *arguments]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, check=False)


def accented(town: SmallTown) -> Path:
    town.files["exports/väktare åäö.csv"] = town.files.pop(CSV)
    town.change("sources/vakten.yaml", "vakten*.csv", "väktare*.csv")
    town.folder = town.folder.parent / "Åköp"
    return town.write()


def test_an_ascii_system_reads_names_with_accents(town: SmallTown) -> None:
    folder = accented(town)
    found = run("check", "-m", "Åköp", folder=folder.parents[1])
    assert found.returncode == 0, found.stderr.decode(errors="replace")
    assert "Småstad: settings are in order" in found.stdout.decode("utf-8")
    wrong = run("check", "-m", "Ånge", folder=folder.parents[1])
    assert wrong.returncode == 1
    assert 'no municipality "Ånge"' in wrong.stderr.decode("utf-8")


@pytest.mark.slow
def test_an_ascii_system_makes_a_report(town: SmallTown) -> None:
    folder = accented(town)
    write_notebook(folder.parents[1])
    found = run("report", "short", "-m", "Åköp", "-p", "2024-T3", folder=folder.parents[1])
    assert found.returncode == 0, found.stderr.decode(errors="replace")
    page = Path(found.stdout.decode("utf-8").strip())
    assert "väktare åäö.csv" in page.read_text("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_of_another_system_is_shown_in_letters(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.change("sources/vakten.yaml", "vakten*.csv", "v*.csv")
    folder = town.write()
    exports = os.fsencode(folder / "exports")
    for name in (b"v\xe4ktare.csv", b"r\xe5d.txt"):
        with open(os.path.join(exports, name), "wb") as stream:
            stream.write(EXPORT.replace("2024-10", "2024-11").encode())
    settings = town.load()
    source = settings.sources["vakten"]
    files = [d.file for d in read_export(source, settings.municipality.exports).deliveries]
    assert files == ["vakten.csv", "väktare.csv"]
    assert unread_files(settings) == ("råd.txt",)
    assert len(find_files(source, settings.municipality.exports)) == 2
    assert main(["check", "-m", str(folder)]) == 0
    assert "råd.txt" in capsys.readouterr().out


def test_a_file_in_a_folder_below_is_known_again_by_a_batch(town: SmallTown) -> None:
    town.files["exports/2024/vakten.csv"] = town.files.pop(CSV)
    town.change("sources/vakten.yaml", "vakten*.csv", "*/vakten*.csv")
    settings = town.load()
    inputs = basis_of(settings, dt.date(2025, 1, 31)).inputs
    assert {file for _, file, _ in inputs} == {"2024/vakten.csv"}  # as the manifest has it
