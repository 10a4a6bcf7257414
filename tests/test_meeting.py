"""The weekly meeting: its settings, what is on its agenda, its colours and its priorities."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.config import Ratings
from est_analysis.dataset import Dataset, load_dataset
from est_analysis.errors import SettingsError
from est_analysis.meeting import actor_week, coming_events, decisions_in, interventions_week
from est_analysis.priorities import priorities
from est_analysis.ratings import area_ratings, ratings_in

LOG = """\
decisions:
  - {id: a, date: 2024-10-03, what: Laga lampor, owner: Vakten, due: 2024-10-11}
  - {id: b, date: 2024-10-09, what: Klippa buskar, owner: Gatuenheten, due: 2024-11-01}
  - {id: c, date: 2024-10-02, what: Städa, owner: Vakten, status: done, done: 2024-10-08}
  - {id: d, date: 2024-10-01, what: Skylta om, owner: Vakten, status: done, done: 2024-10-02}
  - {id: e, date: 2024-10-14, what: Senare, owner: Vakten}
  - {id: f, date: 2024-10-10, what: Fritidsgård, owner: Vakten, status: dropped}
"""
WEEK = parse_period("2024-W41")  # 7–13 October


def test_the_log_is_read_as_it_stood_that_week(town: SmallTown) -> None:
    town.files["decisions.yaml"] = LOG
    table = decisions_in(town.load(), WEEK)
    assert dict(zip(table["decision"], table["state"], strict=True)) == {
        "a": "overdue",
        "b": "new",
        "c": "done",
        "f": "dropped",
    }
    assert table["decision"].tolist() == ["a", "b", "c", "f"]
    later = decisions_in(town.load(), parse_period("2024-W42")).set_index("decision")
    assert later["state"].to_dict() == {"a": "overdue", "b": "open", "e": "new"}
    earlier = decisions_in(town.load(), parse_period("2024-W40")).set_index("decision")
    assert earlier["state"].to_dict() == {"a": "new", "c": "new", "d": "done"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: b", "id: a", ["each id once", '"a" again']),
        ("owner: Gatuenheten, ", "", ["owner"]),
        ("status: dropped", "status: closed", ["open", "done", "dropped", "closed"]),
        ("status: done, done: 2024-10-08", "status: done", ["done together with the day"]),
        ("due: 2024-11-01", "due: 2024-10-01", ["2024-10-09"]),
        ("what: Senare", "what: Senare, areas: [norrr]", ["norrr", "norr"]),
        ("what: Senare", "what: Senare, intervention: kamera", ["kamera"]),
        ("what: Senare", "what: Senare, ansvarig: X", ["ansvarig"]),
    ],
)
def test_faults_in_the_log_are_named(town: SmallTown, old: str, new: str, words: list[str]) -> None:
    assert old in LOG
    town.files["decisions.yaml"] = LOG.replace(old, new)
    with pytest.raises(SettingsError) as fault:
        town.load()
    text = str(fault.value)
    assert "decisions.yaml" in text
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("judgements.yaml", "judgements:\n  - {category: brak, seriousness: 4, who: EST, date: 2024-10-01}\n", ["seriousness", "much"]),
        ("judgements.yaml", "judgements:\n  - {category: brakk, who: EST, date: 2024-10-01}\n", ["brakk", "brak"]),
        ("judgements.yaml", "judgements:\n" + 2 * "  - {category: brak, who: EST, date: 2024-10-01}\n", ["one judgement"]),
        ("ratings.yaml", "yellow: 1\nred: 0.5\n", ["above that of yellow"]),
        ("ratings.yaml", "gul: 1\n", ["gul"]),
        ("calendar.yaml", "breaks:\n  - {actor: vakten, date: 2024-01-01, name: X, kind: typ}\n", ["code", "form"]),
        ("calendar.yaml", "breaks:\n  - {actor: vakten, date: 2024-01-01, name: X, categories: [brakk]}\n", ["brakk"]),
    ],
)  # fmt: skip
def test_faults_in_the_other_files_are_named(
    town: SmallTown, name: str, content: str, words: list[str]
) -> None:
    town.files[name] = content
    with pytest.raises(SettingsError) as fault:
        town.load()
    for word in [name, *words]:
        assert word in str(fault.value)


def test_a_municipality_without_these_files_has_none(town: SmallTown) -> None:
    settings = town.load()
    assert (settings.decisions, settings.judgements, settings.ratings) == ((), (), None)
    assert decisions_in(settings, WEEK).empty
    data = load_dataset(settings, dt.date(2024, 10, 14))
    assert ratings_in(data, WEEK).empty


def test_the_week_has_what_is_new_ended_and_due(example: Dataset) -> None:
    settings = example.settings
    week = interventions_week(settings, parse_period("2025-W42")).set_index("intervention")
    assert week["state"].to_dict() == dict.fromkeys(week.index, "running")
    assert week.loc["ordningsvakter-centrum", "follow_up_state"] == "overdue"
    assert week.loc["kamera-norrbacka", "follow_up_state"] == "due"
    ended = interventions_week(settings, parse_period("2025-W48")).set_index("intervention")
    assert ended.loc["kamera-norrbacka", "state"] == "ended"
    later = interventions_week(settings, parse_period("2026-W02")).set_index("intervention")
    assert later.loc["kamera-norrbacka", "follow_up_state"] == "overdue"  # it waits: it is shown
    before = interventions_week(settings, parse_period("2025-W02")).set_index("intervention")
    assert before.loc["belysning-soderholm", "state"] == "planned"
    assert "kamera-norrbacka" not in before.index


def test_each_actor_reports_does_and_follows_up(example: Dataset) -> None:
    table = actor_week(example, parse_period("2025-W42")).set_index("actor")
    assert table.loc["exempelbostader", "decisions"].startswith("Byta lås i cykelrum i Västeräng")
    assert "Ordningsvakter i Centrum" in table.loc["kommunens_rapportorer", "doing"]
    assert table.loc["raddningstjansten", "doing"] == ""
    silent = actor_week(example, parse_period("2025-W52")).set_index("actor")
    assert pd.isna(silent.loc["exempelbostader", "count"])
    assert silent.loc["exempelbostader", "coverage"] == "silent"


def test_the_coming_four_weeks(example: Dataset) -> None:
    table = coming_events(example, parse_period("2025-W42"))
    assert "Höstlov" in table["event"].tolist()
    assert table["start"].min() >= pd.Timestamp("2025-10-20")
    assert table["start"].max() <= pd.Timestamp("2025-11-16")


def test_silence_is_never_green() -> None:
    scores = pd.DataFrame(
        {
            "area": ["a", "a", "b", "c", "d", "d"],
            "start": pd.Timestamp("2025-01-06"),
            "observed": [4, 9, np.nan, 2, 5, 8],
            "score": [0.1, 0.5, np.nan, -0.4, 1.2, np.nan],
        }
    )
    found = area_ratings(scores, Ratings(0.5, 1.0)).set_index("area")["rating"]
    assert found.to_dict() == {"a": "yellow", "b": "unknown", "c": "green", "d": "red"}


def test_the_colours_of_the_example_when_it_uses_them(example: Dataset) -> None:
    from dataclasses import replace

    data = replace(example, settings=replace(example.settings, ratings=Ratings(0.5, 1.0)))
    table = ratings_in(data, parse_period("2025-W42"))
    assert len(table) == 6 * 12
    week = table[table["start"] == pd.Timestamp("2025-10-13")].set_index("area")
    assert week.loc["hagalund", "rating"] == "red"  # the planted outbreak
    assert (table["rating"] == "green").mean() > 0.5


def test_priorities_compute_three_criteria_and_read_three(example: Dataset) -> None:
    table = priorities(example, parse_period("2025-T3"))
    assert table.groupby("actor").size().max() == 3
    centre = table[(table["area"] == "centrum") & (table["category"] == "samling")].iloc[0]
    assert centre[["seriousness", "affected", "influence"]].tolist() == ["little", "much", "much"]
    assert centre["judged"] == "EST-gruppen 2025-12-11"
    unjudged = table[(table["area"] == "norrbacka") & (table["category"] == "skadegorelse")]
    assert (unjudged[["seriousness", "affected", "influence"]] == "not_judged").all(axis=None)
    whole = table["count"] + table["reference_count"]
    np.testing.assert_allclose(
        table["share"].astype(float), (100 * table["count"] / whole).astype(float)
    )
    high = table["local"] == "higher"
    assert (table.loc[high, "lower"] > 1).all()
    assert not (table.loc[~high, "lower"] > 1).any()


def test_other_areas_are_compared_per_inhabitant(example: Dataset) -> None:
    table = priorities(example, parse_period("2025-T3"), most=40).set_index(
        ["actor", "area", "category"]
    )
    row = table.loc[("polisen", "centrum", "ordningsstorning")]
    people = {a.id: a.population[max(y for y in a.population if y <= 2025)]
              for a in example.settings.areas.values() if a.population}  # fmt: skip
    others = sum(n for area, n in people.items() if area != "centrum")
    expected = (row["count"] / people["centrum"]) / (row["reference_count"] / others)
    assert row["ratio"] == pytest.approx(expected, rel=1e-9)
