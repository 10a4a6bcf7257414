"""The day of the extract where nobody has set it, and one that has grown old."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_home import made
from small_town import SOURCE, SmallTown

from est_analysis.batch.plan import period_of
from est_analysis.cli import main
from est_analysis.counts.dataset import load_dataset
from est_analysis.errors import SettingsError
from est_analysis.extract_day import day_of_extract, extract_day, last_of_the_bulk
from est_analysis.quality import after_extract

CSV, OWN, SECOND = "exports/vakten.csv", "municipality.yaml", "sources/jouren.yaml"
HEAD = "Datum;Område;Typ\n"


def rows(first: str, last: str, kind: str = "Bråk") -> str:
    days = np.arange(first, last, dtype="datetime64[D]").tolist()
    return "".join(f"{day};Norr;{kind}\n" for day in days)


def undated(town: SmallTown, export: str) -> SmallTown:
    town.files[CSV] = HEAD + export
    return town.change(OWN, "as_of: 2025-01-31\n", "")


def test_it_is_the_last_day_of_the_files(town: SmallTown) -> None:
    undated(town, rows("2024-01-01", "2024-11-05"))
    found = extract_day("", town.load())
    assert (found.day, found.actor, found.file) == (dt.date(2024, 11, 4), "vakten", "vakten.csv")
    town.files[SECOND] = SOURCE.replace("vakten*", "jour*").replace("vakten", "jouren")
    town.files["exports/jour 1.csv"] = HEAD + rows("2024-01-01", "2024-11-30")
    town.files["exports/jour 2.csv"] = HEAD + rows("2024-12-01", "2024-12-08")
    found = extract_day("", town.load())
    assert (found.day, found.actor, found.file) == (dt.date(2024, 12, 7), "jouren", "jour 2.csv")


@pytest.mark.parametrize("stray", ["2062-10-03", "2025-10-03", "2025-06-01"])
def test_a_mistyped_year_moves_nothing(town: SmallTown, stray: str) -> None:
    undated(town, rows("2024-01-01", "2024-11-05") + f"{stray};Norr;Bråk\n")
    assert day_of_extract("", town.load()) == dt.date(2024, 11, 4)


def test_no_day_after_today(town: SmallTown) -> None:
    today = dt.date.today()
    soon = today + dt.timedelta(days=40)
    undated(town, rows(f"{today - dt.timedelta(days=400)}", f"{soon}"))
    assert day_of_extract("", town.load()) == today


def test_registered_days_weeks_and_months_count_to_their_end(town: SmallTown) -> None:
    undated(town, "")
    source = SOURCE.replace("columns:", "columns:\n  reported_at: Anmäld")
    town.files["sources/vakten.yaml"] = source.replace(
        'forms: ["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "forms: [iso, week, month]"
    )
    for begun, told, last in (
        ("2024-10-01", "2024-10-09 12:00", "2024-10-09"),
        ("2024-W41", "", "2024-10-13"),
        ("2024-W41", "2024-10-09", "2024-10-13"),
        ("okt 2024", "", "2024-10-31"),
    ):
        town.files[CSV] = f"Datum;Område;Typ;Anmäld\n{begun};Norr;Bråk;{told}\n"
        assert f"{day_of_extract('', town.load())}" == last


@given(
    st.lists(st.integers(0, 400), min_size=20, max_size=300),
    st.lists(st.integers(3_000, 10_000), max_size=3),
)
def test_strays_after_the_bulk_move_nothing(bulk: list[int], strays: list[int]) -> None:
    strays = strays[: max(1, len(bulk) // 100)]
    last = last_of_the_bulk(np.array(bulk + strays))
    assert last <= max(bulk)
    assert sum(day <= last for day in bulk) >= 0.98 * len(bulk) - 2


def test_as_asked_for_and_as_set(town: SmallTown) -> None:
    settings = town.load()
    assert extract_day("2024-10-09", settings).day == dt.date(2024, 10, 9)
    assert extract_day("", settings).day == dt.date(2025, 1, 31)
    with pytest.raises(SettingsError, match="no such day"):
        extract_day("igår", settings)


def test_check_says_whose_day_it_is(town: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    undated(town, rows("2024-01-01", "2024-11-05")).write()
    assert main(["check", "-m", str(town.folder)]) == 0
    told = capsys.readouterr().err
    assert "as_of is not set: 2024-11-04 is used, the last day in vakten.csv (Vakten)" in told


@pytest.mark.usefixtures("warm_kernels")
def test_a_report_says_whose_day_it_is(home: Path, town: SmallTown) -> None:
    undated(town, rows("2024-01-01", "2024-11-05")).write()
    said: list[str] = []
    written = made(home, progress=said.append)
    assert any("2024-11-04 is used, the last day in vakten.csv" in line for line in said)
    manifest = json.loads(written.manifest.read_text("utf-8"))
    assert manifest["as_of"] == manifest["parameters"]["as_of"] == "2024-11-04"


def test_a_stale_day_is_told_by_actor_and_file(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files[CSV] = HEAD + rows("2024-12-01", "2025-03-02")
    town.files["exports/vakten 2.csv"] = HEAD + rows("2025-03-02", "2025-03-09") + "2062-01-01;;\n"
    town.write()
    assert main(["check", "-m", str(town.folder)]) == 1
    out = capsys.readouterr().out
    assert "STALE  as_of 2025-01-31 in municipality.yaml leaves out rows of later days" in out
    assert "29 rows in vakten.csv (Vakten), to 2025-03-01" in out
    assert "7 rows in vakten 2.csv (Vakten), to 2025-03-08" in out
    assert main(["check", "-m", str(town.folder), "--as-of", "2024-12-24"]) == 0  # as asked for
    assert "STALE" not in capsys.readouterr().out


@pytest.mark.usefixtures("warm_kernels")
def test_a_report_of_a_stale_day_says_so_on_the_terminal(home: Path, town: SmallTown) -> None:
    town.files[CSV] = HEAD + rows("2024-10-01", "2025-03-02")
    town.write()
    said: list[str] = []
    written = made(home, progress=said.append)
    assert "as_of 2025-01-31 in municipality.yaml leaves out rows of later days" in " ".join(said)
    for path in (written.notebook, written.manifest):
        assert '"told"' not in path.read_text("utf-8")


def test_a_mistyped_day_to_come_makes_no_day_stale(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = "2062-01-01;Norr;Bråk\n2025-10-07;Norr;Bråk\n"
    town.files[CSV] = HEAD + rows("2024-12-01", "2024-12-08") + wrong
    settings = town.load()
    assert after_extract(load_dataset(settings, dt.date(2025, 1, 31))).empty
    assert main(["check", "-m", str(town.folder)]) == 0
    assert "unlikely_date" in capsys.readouterr().out


def test_what_is_over_on_the_last_day_is_the_latest() -> None:
    for text, day, label in (
        ("latest-week", dt.date(2025, 10, 19), "2025-W42"),
        ("latest-week", dt.date(2025, 10, 18), "2025-W41"),
        ("latest-month", dt.date(2025, 2, 28), "2025-02"),
        ("latest-tertial", dt.date(2025, 12, 30), "2025-T2"),
    ):
        assert period_of(text, day).label == label
