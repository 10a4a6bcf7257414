"""Of an insats that is not public, a public edition says nothing anywhere."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from in_process import made
from pairs import differing, edition, undrawn
from small_town import SmallTown

from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule
from est_analysis.errors import EstError, ReportError
from est_analysis.report import run_report

PUBLIC = DisclosureRule("public")
CAMERA = (
    "{{id: kamera-x, name: Dold kamera, what: Vid skolan, areas: [norr], categories: [brak], "
    "actors: [vakten], start: 2024-09-15, owner: Polisen, goal: Färre{public}}}\n"
)


def town_with(folder: Path, public: str) -> Dataset:
    town = SmallTown(folder)
    if public != "none":
        said = f', public: "{public}"' if public else ""
        town.files["interventions/kamera-x.yaml"] = CAMERA.format(public=said)
    return load_dataset(town.load(), dt.date(2025, 1, 31))


def said_of(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    undrawn(monkeypatch)
    return edition(data, PUBLIC, "tertial", "2024-T3")


@pytest.mark.parametrize("public", ["", "no"])
def test_a_hidden_insats_is_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: str
) -> None:
    """The edition is that of a municipality without it; nobody has said anything is "no"."""
    hidden, none = (
        said_of(town_with(tmp_path / name / "smastad", name), monkeypatch)
        for name in (public, "none")
    )
    assert not differing(hidden, none)
    assert "kamera" not in json.dumps(hidden)


def test_of_one_by_name_there_is_the_name_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = said_of(town_with(tmp_path / "name" / "smastad", "name"), monkeypatch)
    record = told["interventions"]
    assert "Dold kamera" in record
    assert not any(word in record for word in ("kamera-x", "Norr", "2024-09-15", "Vid skolan"))
    full = said_of(town_with(tmp_path / "full" / "smastad", "full"), monkeypatch)
    assert "2024-09-15" in full["interventions"]
    assert "Vid skolan" not in full["interventions"]


@pytest.mark.parametrize("public", ["no", "name"])
def test_no_public_report_is_named_after_one(home: Path, town: SmallTown, public: str) -> None:
    town.files["interventions/kamera-x.yaml"] = CAMERA.format(public=f', public: "{public}"')
    town.write()
    with pytest.raises(ReportError, match="no such intervention"):
        run_report("intervention", "smastad", "2024-T3", intervention="kamera-x", audience="public")


def test_another_word_is_refused(town: SmallTown) -> None:
    town.files["interventions/kamera-x.yaml"] = CAMERA.format(public=", public: maybe")
    with pytest.raises(EstError, match="full, name, no"):
        load_settings(town.write())


def test_the_example_says_it_of_each(example: Dataset) -> None:
    assert {one.public for one in example.settings.interventions.values()} == {"full"}
    page = made("tertial", "sv", "public").page
    assert "Norrbacka" in page
