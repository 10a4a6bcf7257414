"""The fictional municipality: the same bytes each time, and its truth is found again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from example import example_dataset

from est_analysis.calendar import parse_period
from est_analysis.config import load_settings
from est_analysis.dataset import Dataset
from est_analysis.panel import period_totals
from est_analysis.workspace import example_folder


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
