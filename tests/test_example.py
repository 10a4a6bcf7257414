"""The fictional municipality: the same bytes each time, and its truth is found again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from example import example_dataset

from est_analysis.archive import append, archive_folder, earlier_readings, record_reading
from est_analysis.calendar import parse_period
from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import period_totals
from est_analysis.errors import SourceError
from est_analysis.workspace import example_folder

AS_OF = dt.date(2026, 1, 12)


@pytest.fixture(scope="module")
def truth(example: Dataset) -> dict[str, dict[str, dict[str, int]]]:
    path = example.settings.municipality.exports / "truth.json"
    found: dict[str, dict[str, dict[str, int]]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_same_seed_gives_the_same_bytes(example: Dataset, tmp_path: Path) -> None:
    again = example_dataset(tmp_path).settings.municipality.exports
    first = example.settings.municipality.exports
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    for name in names:
        digests = [hashlib.sha256((f / name).read_bytes()).hexdigest() for f in (first, again)]
        assert digests[0] == digests[1], name


def test_cleaning_finds_exactly_the_events_that_happened(
    example: Dataset, truth: dict[str, dict[str, dict[str, int]]]
) -> None:
    for year in range(2022, 2026):
        for tertial in ("T1", "T2", "T3"):
            label = f"{year}-{tertial}"
            table = period_totals(example, parse_period(label), ["actor"]).set_index("actor")
            expected = {actor: counts[label] for actor, counts in truth["totals"].items()}
            assert table["count"].astype(int).to_dict() == expected, label


def test_the_planted_faults_are_found(example: Dataset) -> None:
    cleaning = example.cleaning
    reasons = cleaning.rejected.groupby("actor")["reason"].value_counts().to_dict()
    assert reasons["polisen", "personal_data"] == 2
    assert reasons["polisen", "drop: utanför kommunen"] == 60
    assert reasons["polisen", "no_such_date"] == 3
    assert cleaning.tally.set_index("actor")["duplicates"].to_dict() == {
        "polisen": 45, "exempelbostader": 30, "raddningstjansten": 4, "kommunens_rapportorer": 0,
    }  # fmt: skip
    assert set(cleaning.unmapped["value"]) == {
        "9999",
        "4417",
        "Björkdungen",
        "Vattenläcka",
        "Övrigt",
    }
    assert cleaning.unused.empty
    assert cleaning.candidate_pairs > 100


def test_silent_weeks_are_not_reported(example: Dataset) -> None:
    for actor, week in (("exempelbostader", "2025-W52"), ("kommunens_rapportorer", "2025-W29")):
        period = parse_period(week)
        table = period_totals(example, period, ["actor"]).set_index("actor")
        assert table.loc[actor, "coverage"] == "silent"
        assert table["count"].isna()[actor]


def test_reporters_grow(example: Dataset) -> None:
    effort = example.cleaning.effort
    assert set(effort["actor"]) == {"kommunens_rapportorer"}
    years = effort.groupby(effort["week"].dt.year)["reporters"].mean()
    assert years[2025] > 1.3 * years[2022]


def test_real_municipalities_never_get_invented_exports() -> None:
    template = example_folder().with_name("botkyrka")
    settings = load_settings(template)
    assert not settings.municipality.fictional
    assert not (template / "simulation.yaml").exists()
    assert len(settings.sources) == 4
    assert settings.municipality.code == "0127"
    assert all(not area.population for area in settings.areas.values())


@pytest.fixture
def taken_over(example: Dataset, tmp_path: Path) -> Path:
    """The example, read once and then no longer fictional, with its invented exports left."""
    target = tmp_path / "params" / "kvar"
    shutil.copytree(example.settings.folder, target)
    record_reading(load_dataset(load_settings(target), AS_OF), {"simulation.yaml": "0"}, "0")
    (target / "simulation.yaml").unlink()
    path = target / "municipality.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith("fictional:")), encoding="utf-8")
    return target


def test_invented_exports_are_no_exports_of_a_real_municipality(taken_over: Path) -> None:
    settings = load_settings(taken_over)
    exports = settings.municipality.exports
    (exports / "truth.json").unlink()
    with pytest.raises(SourceError, match="not fictional") as told:
        load_dataset(settings, AS_OF)
    assert "polisen_2025.xlsx" in told.value.found
    assert str(exports) in told.value.change
    for path in exports.glob("*_*.*"):  # another name is the same invention
        path.rename(path.with_name(path.name.replace("_", "_ny_")))
    with pytest.raises(SourceError, match="not fictional"):
        load_dataset(settings, AS_OF)


def test_exports_invented_by_an_earlier_version_are_refused_too(taken_over: Path) -> None:
    settings = load_settings(taken_over)
    (settings.municipality.exports / ".invented.json").unlink()
    with pytest.raises(SourceError, match="not fictional"):
        load_dataset(settings, AS_OF)


def test_real_deliveries_are_not_compared_with_invented_ones(taken_over: Path) -> None:
    settings = load_settings(taken_over)
    exports = settings.municipality.exports
    bostader = (exports / "bostader_2022.csv").read_bytes().splitlines(keepends=True)
    for path in exports.iterdir():
        path.unlink()
    (exports / "bostader_ny.csv").write_bytes(b"".join(bostader[:9]))
    data = load_dataset(settings, AS_OF)
    assert earlier_readings(data) == {}
    fictional = dataclasses.replace(settings.municipality, fictional=True)
    still = dataclasses.replace(
        data, settings=dataclasses.replace(settings, municipality=fictional)
    )
    assert "exempelbostader" in earlier_readings(still)


READ = {"months": {}, "begins": "", "reaches": "", "declared": "0" * 64}


def test_readings_noted_by_an_earlier_version_are_known_by_their_plan(taken_over: Path) -> None:
    settings = load_settings(taken_over)
    append(archive_folder(settings), "reading", {
        "municipality": "kvar", "as_of": "2026-01-12", "actors": {"polisen": READ},
        "deliveries": [{"actor": "polisen", "file": "x", "sha256": "0" * 64}],
        "settings": {"simulation.yaml": "0"},
    })  # fmt: skip
    for path in settings.municipality.exports.iterdir():
        path.unlink()
    (settings.municipality.exports / "bostader_ny.csv").write_text(
        "Ärende;Datum;Kl;Registrerad;Bostadsområde;Avvikelse\n1;7/10-25;;;Centrum;Klotter\n",
        encoding="cp1252",
    )
    assert earlier_readings(load_dataset(settings, AS_OF)) == {}
