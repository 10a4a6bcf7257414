from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_town import SmallTown

from est_analysis.cli import NO_NEWS, main
from est_analysis.config import load_settings
from est_analysis.workspace import example_folder, find_workspace, notebook_file


@pytest.mark.parametrize(
    "command", ["", "demo", "init", "check", "clean", "report", "batch", "lab", "statement"]
)
def test_help_is_for_analysts(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*([command] if command else []), "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "usage: est" in text
    assert "DataFrame" not in text


def test_a_wrong_command_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rapport"])
    assert ended.value.code == 2


def test_init_writes_settings_that_load_and_say_fictional(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params").mkdir()
    monkeypatch.setenv("EST_HOME", str(tmp_path))
    assert main(["init", "nystad"]) == 0
    settings = load_settings(tmp_path / "params" / "nystad")
    assert settings.municipality.fictional
    assert settings.municipality.name == "Nystad"
    assert "exempelkommun" not in (settings.folder / "reports/tertial.yaml").read_text("utf-8")
    assert main(["init", "nystad"]) == 1
    assert "a name that is not taken" in capsys.readouterr().err
    assert main(["init", "../utanför"]) == 1
    assert not (tmp_path / "utanför").exists()
    assert main(["check", "-m", "nystad"]) == 0
    assert (settings.municipality.exports / "truth.json").is_file()


def test_check_lists_what_would_be_left_out(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["exports/vakten.csv"] = f"{town.files['exports/vakten.csv']}2024-11-01;Väst;Bråk\n"
    assert main(["check", "-m", str(town.write())]) == 0
    out = capsys.readouterr().out
    assert "settings are in order" in out
    assert "4 rows read = 4 kept" in out
    assert 'untranslated  area "Väst" in 1 row (first vakten.csv, row 5)' in out


def test_an_actor_that_has_not_delivered_is_named(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(town.files["sources/vakten.yaml"])
    town.files["sources/x.yaml"] = source.replace("vakten*", "x*").replace(
        "actor: vakten", "actor: x"
    )
    assert main(["check", "-m", str(town.write())]) == 0
    assert "NOT DELIVERED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "tertial", "-p", "2025-T4"], "cannot understand the period"),
        (["report", "tertial", "-p", "2025-W53"], "52"),
        (["report", "tertiall", "-p", "2025-T1"], 'did you mean "tertial"'),
        (["report", "tertial", "-p", "2025-T1", "-m", "storstad"], 'no municipality "storstad"'),
        (["check", "--as-of", "igår"], "2026-01-12"),
    ],
)
def test_wrong_words_are_told(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert said in capsys.readouterr().err


def test_clean_stores_parquet(town: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    folder = town.folder / "out"
    assert main(["clean", "-m", str(town.write()), "--output", str(folder)]) == 0
    assert capsys.readouterr().out.strip() == str(folder)
    assert (folder / "incidents.parquet").is_file()


def test_the_workspace_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, town: SmallTown
) -> None:
    monkeypatch.delenv("EST_HOME", raising=False)
    monkeypatch.chdir(tmp_path / "..")
    home = example_folder().parents[1]
    assert find_workspace() == home
    assert notebook_file("tertial").parent == home / "notebooks"
    inside = town.write() / "sources"
    monkeypatch.chdir(inside)
    assert find_workspace() == town.folder.parents[1].resolve()


def test_lab_opens_the_notebooks_with_the_settings_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params").mkdir()
    monkeypatch.setenv("EST_HOME", str(tmp_path))
    assert main(["init", "nystad"]) == 0
    called: list[tuple[list[str], dict[str, str]]] = []

    def call(command: list[str], env: dict[str, str], cwd: Path) -> int:
        called.append((command, env))
        assert (cwd / "tertial.ipynb").is_file()
        return 0

    monkeypatch.setattr("subprocess.call", call)
    monkeypatch.delenv("EST_HOME")
    monkeypatch.chdir(tmp_path / "params")
    assert main(["lab", "--", "--no-browser"]) == 0
    (command, env) = called[0]
    assert command[1:] == [
        "-m", "jupyterlab", f"--ServerApp.root_dir={tmp_path / 'notebooks'}", *NO_NEWS, "--no-browser"
    ]  # fmt: skip
    assert env["EST_HOME"] == str(tmp_path)
    assert "nystad" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["check", "-m", "{}"], ["clean", "--output", "/tmp/{}"], ["log", "-m", "{}"],
        ["report", "tertial", "-p", "2025-T3", "--output", "{}"], ["statement", "{}"],
        ["report", "tertial", "-p", "2025-T3", "-m", "{}"], ["evaluate", "-p", "2025-T3", "-m", "{}"],
    ],
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_told(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(300 * "a") for word in command]) == 1
    told = capsys.readouterr().err
    assert "running notebook" not in told
    assert re.fullmatch(r"est: cannot .*\n(  .*\n){4}", told[told.index("est: ") :])
    assert "File name too long" in told


def test_who_reads_only_the_beginning_is_not_told_of_it(tmp_path: Path) -> None:
    """As ``est log | head`` does."""
    command = [
        sys.executable,
        "-c",
        "from est_analysis.cli import main; exit(main(['log', '-m', 'exempelkommun']))",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=os.environ | {"EST_ARCHIVE": str(tmp_path)}) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_without_a_browser_a_pdf_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for named, said in (("", "none of them"), ("nothing-here", "which is no program")):
        monkeypatch.setenv("EST_CHROMIUM", named)
        folder = tmp_path / "out"
        assert main(["report", "tertial", "-p", "2025-T3", "--pdf", "--output", str(folder)]) == 1
        told = capsys.readouterr().err
        assert said in told
        assert "apt install chromium" in told
        assert not folder.exists()


def test_files_that_no_source_reads_are_named(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    text = str(town.files["exports/vakten.csv"])
    for name in (
        "vakt 2025.csv",
        "brev 811228-9874.csv",
        "gamla/vakten.csv",
        ".hidden",
        "~$vakten.xlsx",
    ):
        town.files[f"exports/{name}"] = text
    assert main(["check", "-m", str(town.write())]) == 0
    out = capsys.readouterr().out
    assert "NOT READ  2 files in " in out
    assert "reads: vakt 2025.csv, [personal data]. Name them in files in " in out
    assert "811228" not in out


def test_of_many_misplaced_settings_the_number_is_told(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files |= {f"sources/gamla/x{n:02}.yml": "x: 1\n" for n in range(23)}
    town.files["sources/.git/x.yml"] = "x: 1\n"  # another program's own
    assert main(["check", "-m", str(town.write())]) == 1
    told = capsys.readouterr().err
    assert "sources/gamla/x19.yml and 3 more" in told
    assert "x20" not in told


@pytest.mark.parametrize(
    "name",
    [
        "sources/x.yml",
        "sources/gamla/x.yml",
        "interventions/gamla/2024/x.YAML",
        "interventions/x.YML",
        "sources/x.YAML",
        "kalender.yaml",
        "sources/old/x.yaml",
    ],
)
def test_settings_that_nothing_reads_are_refused(
    town: SmallTown, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files[name] = "actor: x\n"
    assert main(["check", "-m", str(town.write())]) == 1
    told = capsys.readouterr().err
    assert "settings in smastad that nothing reads" in told
    assert f"found      {name}" in told


def test_without_m_it_is_the_municipality_one_stands_in(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(town.write() / "exports")
    assert main(["check"]) == 0
    assert "Småstad: settings are in order" in capsys.readouterr().out
    monkeypatch.chdir(town.folder.parent)
    assert main(["log"]) == 1  # the small town has no example beside it
    assert "no -m: the fictional exempelkommun" in capsys.readouterr().err


def test_init_empty_is_settings_to_fill_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params").mkdir()
    monkeypatch.setenv("EST_HOME", str(tmp_path))
    assert main(["init", "Åsköping", "--empty"]) == 0
    settings = load_settings(tmp_path / "params" / "askoping")
    assert (settings.municipality.name, settings.municipality.fictional) == ("Åsköping", False)
    assert not settings.interventions
    assert not settings.decisions
    assert main(["check", "-m", "askoping"]) == 1  # all but the exports is there
    assert "no exports for Åsköping" in capsys.readouterr().err
    exports = settings.municipality.exports
    (exports / "vakt.csv").write_text("Datum;Område;Typ\n2025-10-01;Norra;Bråk\n", "utf-8")
    assert main(["check", "-m", "askoping"]) == 1
    assert "no file of any actor; what lies there is vakt.csv" in capsys.readouterr().err
    (exports / "vakt.csv").rename(exports / "aktor.csv")
    assert main(["check", "-m", "askoping"]) == 0
    assert "1 rows read = 1 kept" in capsys.readouterr().out


def test_the_name_in_reports_may_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params").mkdir()
    monkeypatch.setenv("EST_HOME", str(tmp_path))
    for words, name in (
        (["askoping", "--name", 'Åsköping: "nej"'], 'Åsköping: "nej"'),
        (["åmål"], "Åmål"),
    ):
        assert main(["init", *words]) == 0
        folder = tmp_path / "params" / words[0].replace("å", "a")
        assert load_settings(folder).municipality.name == name
    assert main(["init", "x", "--name", "två\nrader"]) == 1
