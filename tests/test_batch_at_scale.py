"""Batches at the size of a county, on real exports, and killed again and again: hours at night."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
from test_batch import ROOT, forks, home, ours, states, visible

from est_analysis.batch import Wanted, plan_batch, run_batch
from est_analysis.config import load_settings

__all__ = ["home"]
pytestmark = [pytest.mark.slow, pytest.mark.nightly, forks]
REAL = Path(__file__).parent / "real"
KILLS = 50


def named(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "index.json").read_text("utf-8"))["reports"]
    return found


def test_fifty_kills_over_42_reports(home: Path) -> None:
    """After each kill every page is whole; the last run gives what an undisturbed one gives."""
    periods = tuple(f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 8))
    areas = ("whole", "norr", "soder")
    wanted = [Wanted("good", periods, areas)]
    undisturbed = run_batch("smastad", wanted, output=home / "undisturbed")
    assert states(undisturbed.outcomes) == ["made"] * 42
    words = ["-m", "est_analysis.cli", "batch", "-m", "smastad", "-k", "good"]
    words += [word for period in periods for word in ("-p", period)]
    words += [word for area in areas for word in ("-a", area)]
    folder, chance, kills = home / "outputs" / "smastad", random.Random(1), 0
    while kills < KILLS:
        batch = subprocess.Popen(
            [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            batch.wait(chance.uniform(1, 15))
        except subprocess.TimeoutExpired:
            batch.send_signal(signal.SIGKILL)
            kills += 1
        batch.wait()
        for path in folder.glob("good*/*.html"):
            assert path.read_text("utf-8").rstrip().endswith("</html>")
            assert visible(folder).items() <= visible(home / "undisturbed").items()
        until = time.monotonic() + 60
        while ours(home) and time.monotonic() < until:
            time.sleep(0.2)
        assert not ours(home)
        if not any(plan_batch("smastad", wanted).reasons.values()):
            words = [*words, "--force"] if "--force" not in words else words
    rest = run_batch("smastad", wanted)
    assert not rest.failed
    assert visible(folder) == visible(home / "undisturbed")
    assert not list(folder.glob(".making-*"))


def test_a_thousand_reports_leave_nothing_behind(home: Path) -> None:
    """No processes, sockets or temporary files; memory and time per report do not grow."""
    place = Path(tempfile.gettempdir())
    before = set(place.glob("est-*"))
    weeks = [f"{year}-W{week:02}" for year in (2023, 2024) for week in range(1, 53)]
    months = [f"{year}-{month:02}" for year in range(2015, 2025) for month in range(1, 13)]
    years = [str(year) for year in range(2000, 2026)]
    periods = tuple([*weeks, *months, *years][:250])
    wanted = [Wanted("good", periods, ("whole", "norr", "soder", "gamla"))]
    run_batch("smastad", [Wanted("good", ("2024-T3",))])
    me, at = psutil.Process(), [time.monotonic()]
    files, memory = me.num_fds(), me.memory_info().rss
    batch = run_batch("smastad", wanted, done=lambda *_: at.append(time.monotonic()))
    assert states(batch.outcomes) == ["made"] * 1000
    for number in (10, 100, 500, 1000):
        print(f"{number} reports after {at[number] - at[0]:.0f} s")
    print(f"{(me.memory_info().rss - memory) / 1e6:.0f} MB more in the batch's own process")
    assert me.num_fds() == files
    assert me.memory_info().rss - memory < 60e6
    assert not [child for child in me.children(recursive=True) if child.is_running()]
    assert {path for path in place.glob("est-*") if str(os.getpid()) in path.name} <= before
    assert not list(batch.index.parent.glob(".making-*"))


def test_every_township_of_montgomery(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shared_data.is_dir()
    monkeypatch.setenv("EST_HOME", str(tmp_path))
    (tmp_path / "params").mkdir()
    settings = load_settings(REAL / "montgomery")
    wanted = [Wanted("tertial", ("2016-T2",), ("whole", "each"))]
    batch = run_batch(str(settings.folder), wanted, output=tmp_path / "out")
    assert len(batch.outcomes) == len(settings.areas) + 1 == 69
    assert states(batch.outcomes) == ["made"] * 69
    for entry in named(tmp_path / "out"):
        assert {one["actor"] for one in entry["reported"]} <= set(settings.sources)
        assert all(one["days"] == 123 for one in entry["reported"])


def test_every_force_of_police_uk(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """41 forces, each answering for its own area; months that a force lacks are marked."""
    table = pd.read_parquet(shared_data / "police_uk_2025_incidents.parquet")
    home_of_it = tmp_path / "params" / "forces"
    write_forces(table, home_of_it)
    monkeypatch.setenv("EST_HOME", str(tmp_path))
    wanted = [Wanted("tertial", ("2025-T2",), ("each",))]
    batch = run_batch("forces", wanted)
    assert states(batch.outcomes) == ["made"] * 41
    days = {"2025-05": 31, "2025-06": 30, "2025-07": 31, "2025-08": 31}
    told = table[table["month"].isin(list(days))].groupby("force", observed=False)["month"].unique()
    for entry in named(batch.index.parent):
        (own,) = entry["reported"]
        assert own["actor"] == entry["area"].replace("-", "_")
        assert own["days_reported"] == sum(days[m] for m in told[entry["area"]])
    silent = [force for force, months in told.items() if len(months) == 0]
    partly = [force for force, months in told.items() if 0 < len(months) < 4]
    assert partly or silent
    page = batch.index.read_text("utf-8")
    assert page.count("Inga uppgifter") == len(silent)
    assert page.count(" av 123 dagar") == len(partly)


def write_forces(table: pd.DataFrame, folder: Path) -> None:
    """One municipality of all forces, each an area and the only actor there."""
    for name in ("sources", "exports"):
        (folder / name).mkdir(parents=True)
    types = sorted(table["crime_type"].unique())
    words = {word: f"t{number}" for number, word in enumerate(types)}
    forces = sorted(table["force"].unique())
    files = {
        "municipality.yaml": 'name: Police forces\ncode: "0000"\n'
        "as_of: 2025-12-31\ntimezone: Europe/London\n",
        "areas.yaml": "areas:\n" + "".join(f"  - {{id: {f}, name: {f}}}\n" for f in forces),
        "taxonomy.yaml": "categories:\n"
        + "".join(f'  - {{id: {code}, name: "{word}"}}\n' for word, code in words.items()),
        "disclosure.yaml": "minimum: 5\n",
    }
    pairs = ", ".join(f'"{word}": {code}' for word, code in words.items())
    for force, own in table.groupby("force", observed=True):
        own.to_parquet(folder / "exports" / f"{force}.parquet")
        files[f"sources/{str(force).replace('-', '_')}.yaml"] = (
            f"actor: {str(force).replace('-', '_')}\nname: {force}\n"
            f"files: [{force}.parquet]\nreader: parquet\n"
            "columns:\n  occurred_from: month\n  area: force\n  category: crime_type\n"
            "dates:\n  forms: [month]\nareas:\n  match: name\n"
            f"categories:\n  map: {{{pairs}}}\n"
            "coverage:\n  rule: any_row\n"
            f"reports:\n  - {{areas: [{force}]}}\n"
        )
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
