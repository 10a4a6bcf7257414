"""The weekly meeting: its settings, what is on its agenda and its colours."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.config import Ratings
from est_analysis.config.meeting import read_ratings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.errors import SettingsError
from est_analysis.listing import apart
from est_analysis.meeting import (
    actor_week,
    coming_events,
    decisions_in,
    interventions_week,
    owners_week,
)
from est_analysis.ratings import area_ratings, ratings_in

LOG = """\
decisions:
  - {id: a, date: 2024-10-03, what: Laga lampor, owner: Vakten, due: 2024-10-11}
  - {id: b, date: 2024-10-09, what: Klippa buskar, owner: Gatuenheten, due: 2024-11-01}
  - {id: c, date: 2024-10-02, what: Städa, owner: Vakten, status: done, done: 2024-10-08}
  - {id: d, date: 2024-10-01, what: Skylta om, owner: Vakten, status: done, done: 2024-10-02}
  - {id: e, date: 2024-10-14, what: Senare, owner: Vakten}
  - {id: f, date: 2024-10-10, what: Fritidsgård, owner: Vakten, status: dropped, dropped: 2024-10-16}
"""
WEEK = parse_period("2024-W41")  # 7–13 October


def test_the_log_is_read_as_it_stood_that_week(town: SmallTown) -> None:
    town.files["decisions.yaml"] = LOG
    table = decisions_in(town.load(), WEEK)
    assert dict(zip(table["decision"], table["state"], strict=True)) == {
        "a": "overdue",
        "b": "new",
        "f": "new",  # that it was dropped the week after is not yet known
        "c": "done",
    }
    assert table["decision"].tolist() == ["a", "b", "f", "c"]
    later = decisions_in(town.load(), parse_period("2024-W42")).set_index("decision")
    assert later["state"].to_dict() == {"a": "overdue", "b": "open", "e": "new", "f": "dropped"}
    after = decisions_in(town.load(), parse_period("2024-W43")).set_index("decision")
    assert after["state"].to_dict() == {"a": "overdue", "b": "open", "e": "open"}
    earlier = decisions_in(town.load(), parse_period("2024-W40")).set_index("decision")
    assert earlier["state"].to_dict() == {"a": "new", "c": "new", "d": "done"}


def test_what_is_due_on_the_last_day_is_not_yet_late(town: SmallTown) -> None:
    town.files["decisions.yaml"] = LOG.replace("due: 2024-10-11", "due: 2024-10-13")
    table = decisions_in(town.load(), WEEK).set_index("decision")
    assert table.loc["a", "state"] == "open"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("what: Skylta om", "what: Ring 811228-9874", "identity_number"),
        ("owner: Gatuenheten", "owner: namn@kommun.se", "email"),
        ("what: Städa", "what: Städa, note: ring 070-123 45 67", "phone"),
        ("owner: Gatuenheten", "owner: Anna Svensson", "name"),
        ("owner: Gatuenheten", 'owner: "Svensson, Anna"', "name"),
        ("owner: Gatuenheten", "owner: Annika", "name"),
    ],
)
def test_no_person_leaves_the_log(town: SmallTown, old: str, new: str, kind: str) -> None:
    town.files["decisions.yaml"] = LOG.replace(old, new)
    with pytest.raises(SettingsError, match=kind) as fault:
        town.load()
    assert new.rpartition(" ")[2].strip('"') not in str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: b", "id: a", ["each id once", '"a" again']),
        ("owner: Gatuenheten, ", "", ["owner"]),
        ("status: dropped", "status: closed", ["open", "done", "dropped", "closed"]),
        ("status: done, done: 2024-10-08", "status: done", ["done together with the day"]),
        ("dropped, dropped: 2024-10-16", "dropped", ["dropped together with the day"]),
        ("what: Senare", "what: Senare, done: 2024-10-20", ["status: open and done: 2024-10-20"]),
        ("done: 2024-10-08", "done: 2024-10-01", ["a day from 2024-10-02 on"]),
        ("due: 2024-11-01", "due: 2024-10-01", ["2024-10-09"]),
        ("what: Senare", "what: no", ['quotes: "no"']),
        ("what: Senare", "what: Senare, categories: [brakk]", ["brakk", "brak"]),
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
        ("ratings.yaml", "yellow: 0,5\n", ["0,5", "such as 5 or 0.5"]),
        ("ratings.yaml", "- yellow\n", ["key: value"]),
        ("judgements.yaml", "judgements:\n  - {category: brak, affected: 1.5, who: EST, date: 2024-10-01}\n", ["whole number"]),
        ("judgements.yaml", "judgements:\n  - {category: brak, influence: 0, who: EST, date: 2024-10-01}\n", ["at least 1"]),
        ("judgements.yaml", "judgements:\n  - {category: brak, influence: 1, date: 2024-10-01}\n", ["who"]),
        ("judgements.yaml", "judgements:\n  - {category: brak, area: norrr, who: EST, date: 2024-10-01}\n", ["norrr", "norr"]),
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


@pytest.mark.parametrize("content", ["", "# yellow: 0.5\n\n  # red: 1.0\n", b"\xef\xbb\xbf# BOM\n"])
def test_a_file_that_is_commented_out_is_none(town: SmallTown, content: str | bytes) -> None:
    for name in ("decisions", "judgements", "ratings", "calendar"):
        town.files[f"{name}.yaml"] = content
    settings = town.load()
    assert (settings.decisions, settings.judgements, settings.ratings) == ((), (), None)
    assert settings.school_breaks == ()


def test_the_example_offers_colours_but_does_not_use_them(example: Dataset) -> None:
    assert example.settings.ratings is None
    offered = (example.settings.folder / "ratings.yaml").read_text(encoding="utf-8")
    switched_on = offered.replace("# yellow", "yellow").replace("# red", "red")
    (path := example.settings.folder.parent / "ratings.yaml").write_text(switched_on, "utf-8")
    assert read_ratings(path) == Ratings(0.5, 1.0)


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
    assert table.loc["raddningstjansten", "doing"] == ""
    assert table.loc["kommunens_rapportorer", "doing"] == ""  # whose data judge some of them
    silent = actor_week(example, parse_period("2025-W52")).set_index("actor")
    assert pd.isna(silent.loc["exempelbostader", "count"])
    assert silent.loc["exempelbostader", "coverage"] == "silent"


def test_what_each_owns_stands_with_it_and_with_nobody_else(example: Dataset) -> None:
    """By owner, in whatever letters; who delivers nothing has a group of its own."""
    for label in ("2025-W10", "2025-W42", "2025-W50", "2026-W02"):
        week = parse_period(label)
        settings = example.settings
        actors, others = actor_week(example, week), owners_week(settings, week)
        insatser = interventions_week(settings, week).set_index("name")
        running = insatser[insatser["state"].isin(["new", "running"])]
        decided = decisions_in(settings, week)
        waiting = decided[decided["state"].isin(["overdue", "open", "new"])]
        for column, owners in (
            ("doing", running["owner"]), ("decisions", waiting.set_index("what")["owner"]),
        ):  # fmt: skip
            told = {}
            for row in actors.to_dict("records"):
                name = settings.sources[row["actor"]].name
                told |= dict.fromkeys(apart(row[column]), name)
            for row in others.to_dict("records"):
                told |= dict.fromkeys(apart(row[column]), row["owner"])
            assert told == owners.to_dict()
    assert "Kommunens gatuenhet" in others["owner"].tolist()


def test_what_is_written_of_a_decision_is_shown(town: SmallTown) -> None:
    town.files["decisions.yaml"] = (
        "decisions:\n  - {id: a, date: 2024-10-08, what: Städa, owner: vakten, areas: [norr],"
        " categories: [brak], note: Efter helgen}\n"
    )
    settings = town.load()
    row = decisions_in(settings, WEEK).iloc[0]
    assert (row["concerns"], row["note"]) == ("Norr, Bråk", "Efter helgen")
    assert owners_week(settings, WEEK).empty  # the actor's id is its name, too


def test_the_coming_four_weeks(example: Dataset) -> None:
    table = coming_events(example, parse_period("2025-W42"))
    assert "Höstlov" in table["event"].tolist()
    assert table["start"].min() >= pd.Timestamp("2025-10-20")
    assert table["start"].max() <= pd.Timestamp("2025-11-16")


def test_silence_is_never_green() -> None:
    scores = pd.DataFrame(
        {
            "area": ["a", "a", "b", "c", "d", "d"],
            "actor": ["x", "y", "x", "x", "x", "y"],
            "start": pd.Timestamp("2025-01-06"),
            "observed": [4, 9, np.nan, 2, 5, 8],
            "score": [0.1, 0.5, np.nan, -0.4, 1.2, np.nan],
        }
    )
    table = area_ratings(scores, Ratings(0.5, 1.0)).set_index("area")
    assert table["actor"].to_dict() == {"a": "y", "b": "x", "c": "x", "d": "x"}
    found = table["rating"]
    assert found.to_dict() == {"a": "yellow", "b": "unknown", "c": "green", "d": "red"}


def test_the_colours_of_the_example_when_it_uses_them(example: Dataset) -> None:
    from dataclasses import replace

    data = replace(example, settings=replace(example.settings, ratings=Ratings(0.5, 1.0)))
    table = ratings_in(data, parse_period("2025-W42"))
    assert len(table) == 6 * 12
    week = table[table["start"] == pd.Timestamp("2025-10-13")].set_index("area")
    assert week.loc["hagalund", "rating"] == "red"  # the planted outbreak
    assert (table["rating"] == "green").mean() > 0.5
