from __future__ import annotations

from pathlib import Path

import pytest
from small_town import SmallTown

from est_analysis.cli import main
from est_analysis.config import load_settings
from est_analysis.workspace import example_folder, find_workspace, notebook_file


@pytest.mark.parametrize("command", ["", "demo", "init", "check", "clean", "report", "batch"])
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
    assert 'untranslated  area "Väst" in 1 rows (first vakten.csv, row 5)' in out


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
