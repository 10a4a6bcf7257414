"""The program as it is installed from a wheel, in a folder with nothing of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EST = "import sys; from est_analysis.cli import main; sys.exit(main())"


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


@pytest.mark.slow
def test_an_installed_program_works_in_a_folder_with_nothing_of_its_own(tmp_path: Path) -> None:
    """No notebooks, a new municipality: its settings, its archive, nothing beside the program."""
    built, installed, home = tmp_path / "built", tmp_path / "installed", tmp_path / "home"
    home.mkdir()
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", str(built), str(ROOT)], check=True,
    )  # fmt: skip
    (wheel,) = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(installed)
    shipped = files(installed)
    env = {key: value for key, value in os.environ.items() if not key.startswith("EST_")}
    env["PYTHONPATH"] = str(installed)

    def est(*words: str) -> str:
        run = subprocess.run(
            [sys.executable, "-c", EST, *words], cwd=home, env=env, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    est("init", "mystad")
    est("report", "weekly", "-m", "mystad", "-p", "2025-W42")
    report = home / "outputs" / "mystad" / "weekly_2025-W42"
    assert json.loads((report / "results.json").read_text(encoding="utf-8"))["name"] == "Mystad"
    est("batch", "-m", "mystad", "-k", "data_quality", "-p", "2025-T3")
    assert (home / "outputs" / "mystad" / "data_quality_2025-T3" / "results.json").is_file()
    assert "identical" in est("reproduce", str(report / "manifest.json"))
    assert "the chain is whole" in est("log", "-m", "mystad")
    assert (home / "archive" / "mystad" / "log.jsonl").is_file()
    est("demo")
    assert (home / "outputs" / "exempelkommun").is_dir()
    assert {path.name for path in home.iterdir()} == {"params", "outputs", "archive"}
    added = files(installed) - shipped
    assert {path.parent.name for path in added} <= {"exports"}  # of the example, made for the demo
