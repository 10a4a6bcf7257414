"""Insatser of a made-up town: what is counted, on which days, and what is said of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis.batch import Wanted, run_batch
from est_analysis.calendar import parse_period
from est_analysis.cli import main
from est_analysis.config.model import Performed
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule, release
from est_analysis.evaluations import (
    before_after,
    cannot_be,
    conclusions,
    data_checks,
    displacement,
    evaluate_insats,
    evaluations_in,
    ladder,
    register_entry,
    variants,
)
from est_analysis.evaluations.judged import told_apart
from est_analysis.extract_day import day_of_extract
from est_analysis.findings import insatser, of
from est_analysis.language import language
from est_analysis.report import start

PERIOD = parse_period("2025-T3")
AREAS = ("norr", "soder", "oster", "vaster")
TAXONOMY = """\
categories:
  - id: skada
    name: Skadegörelse
    subcategories: [{id: klotter, name: Klotter}, {id: brand, name: Brand}]
  - id: brak
    name: Bråk
"""
REGISTER = """\
id: {id}
name: Insatsen {id}
what: Något görs
areas: [soder]
actors: [vakten]
owner: Kommunen
goal: Färre
public: full
comparison_areas: [norr, oster, vaster]
"""
DAILY = {"Klotter": 0.7, "Brand": 2.0, "Skadegörelse": 0.2, "Bråk": 0.4}
LINES = {
    "klot": "categories: [klotter]\nstart: 2025-03-03\n",
    "onsdag": "categories: [skada]\nstart: 2025-06-04\nend: 2025-10-28\n",
    "sist": "categories: [brak]\nstart: 2025-12-31\n",
    "dag": "categories: [brak]\nstart: 2025-06-02\nend: 2025-06-02\n",
    "vantar": "categories: [brak]\nstart: 2025-02-03\nexpected_delay_weeks: 60\n",
    "framtid": "categories: [brak]\nstart: 2026-03-02\n",
    "urtid": "categories: [brak]\nstart: 2019-03-04\n",
}


def export(last: str = "2026-01-11", **daily: float) -> str:
    """Every area alike, until graffiti in Söder falls to a sixth on 3 March 2025."""
    rng = np.random.default_rng(5)
    days = pd.date_range("2022-01-01", last)
    lines = ["Datum;Område;Typ"]
    for kind, mean in {**DAILY, **daily}.items():
        for area in ("Norr", "Söder", "Öster", "Väster"):
            fell = (kind, area) == ("Klotter", "Söder")
            factor = np.where(fell & (days >= "2025-03-03"), 1 / 6, 1.0)
            number = rng.poisson(mean * factor)
            lines += [
                f"{day:%Y-%m-%d};{area};{kind}" for day, n in zip(days, number, strict=True)
                for _ in range(n)
            ]  # fmt: skip
    return "\n".join(lines) + "\n"


def with_insatser(town: SmallTown, lines: dict[str, str]) -> SmallTown:
    town.files |= {
        "municipality.yaml": 'name: Småstad\ncode: "0001"\nas_of: 2026-01-12\n',
        "areas.yaml": "areas:\n" + "".join(
            f"  - {{id: {word}, name: {name}, population: {{2024: 1000}}}}\n"
            for word, name in zip(AREAS, ("Norr", "Söder", "Öster", "Väster"), strict=True)
        ),
        "taxonomy.yaml": TAXONOMY,
        "exports/vakten.csv": export(),
    }  # fmt: skip
    for word, line in lines.items():
        town.files[f"interventions/{word}.yaml"] = REGISTER.format(id=word) + line
    return town


def loaded(town: SmallTown) -> Dataset:
    settings = town.load()
    return load_dataset(settings, day_of_extract("", settings))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("evaluated") / "params" / "smastad"
    return loaded(with_insatser(SmallTown(folder), LINES))


def counted(data: Dataset, kinds: set[str], first: str, last: str) -> int:
    """By hand, of Söder."""
    own = data.incidents[(data.incidents["area"] == "soder")]
    own = own[own["category"].isin(kinds) | own["subcategory"].isin(kinds)]
    return int(own.loc[own["day"].between(first, last), "count"].sum())


def judged(data: Dataset, word: str, alone: bool = False, **fields: Any) -> Any:
    """One insats, with another line in the register where fields are given; perhaps the only one."""
    insats = replace(data.settings.interventions[word], **fields)
    register = {word: insats} if alone else {**data.settings.interventions, word: insats}
    other = replace(data, settings=replace(data.settings, interventions=register))
    return evaluate_insats(other, insats, PERIOD)


# ---- types ----


def test_a_sub_type_is_counted_by_itself(data: Dataset) -> None:
    found = judged(data, "klot")
    row = conclusions(found).iloc[0]
    assert row["count"] == counted(data, {"klotter"}, "2025-03-03", "2025-12-31")
    assert row["lower"] < 1 / 6 < row["upper"] < 0.4
    assert (row["grade"], row["reasons"]) == ("cannot_be_determined", "overlapping")
    entry = register_entry(found, data).set_index("entry")["said"]
    assert entry["categories"] == "Klotter"
    overview = evaluations_in(data, PERIOD).set_index("intervention").loc["klot"]
    assert overview["count"] == row["count"]
    figure = before_after(data, found)
    assert figure.loc[figure["start"] >= "2025-03-03", "observed"].sum() == row["count"]
    assert figure.loc[figure["start"] < "2025-03-03", "observed"].mean() < 10  # not of fires too


def test_its_siblings_are_other_types(data: Dataset) -> None:
    near = displacement(judged(data, "klot")).set_index("beside")
    assert set(near.index) == {"category:brand", "rest:skada", "category:brak"}
    assert near.loc["category:brand", "count"] == counted(
        data, {"brand"}, "2025-03-03", "2025-12-31"
    )
    rest = counted(data, {"skada"}, "2025-03-03", "2025-12-31") - counted(
        data, {"klotter", "brand"}, "2025-03-03", "2025-12-31"
    )
    assert near.loc["rest:skada", "count"] == rest
    assert near.loc["category:brand", "lower"] < 1 < near.loc["category:brand", "upper"]
    whole = displacement(judged(data, "onsdag")).set_index("beside")
    assert set(whole.index) == {"category:brak"}


def test_a_main_type_with_its_sub_type_is_the_main_type(data: Dataset) -> None:
    both = conclusions(judged(data, "klot", categories=("klotter", "skada")))
    main = conclusions(judged(data, "klot", categories=("skada",)))
    pd.testing.assert_frame_equal(both, main)
    assert told_apart(data, ("skada", "brak")) is data


def test_insatser_for_a_type_and_for_its_sub_type_overlap(data: Dataset) -> None:
    assert judged(data, "klot").overlapping == ("onsdag",)
    assert "klot" in judged(data, "onsdag").overlapping
    brand = judged(data, "onsdag", categories=("brand",))
    assert "klot" not in brand.overlapping


def test_who_answers_for_the_main_type_answers_for_its_sub_types(data: Dataset) -> None:
    """And a break of the main type is one of theirs."""
    source = data.settings.sources["vakten"]
    rules = tuple(replace(rule, categories=("skada",)) for rule in source.responsibilities)
    assert rules
    limited = replace(
        data,
        settings=replace(
            data.settings, sources={"vakten": replace(source, responsibilities=rules)}
        ),
    )
    finer = told_apart(limited, ("klotter",))
    answers = finer.settings.sources["vakten"].responsibilities[0].categories
    assert set(answers) == {"skada", "klotter", "brand"}
    assert conclusions(judged(limited, "klot"))["count"].tolist() == (
        conclusions(judged(data, "klot"))["count"].tolist()
    )


def test_a_public_page_has_nothing_that_an_evaluation_counted(data: Dataset) -> None:
    """Of a sub-type neither: what it says rests on counts that no public table shows."""
    page = start("intervention", str(data.settings.folder), "2025-T3", audience="public",
                 intervention="klot")  # fmt: skip
    found = judged(data, "klot")
    for name, table in (
        ("conclusions", conclusions(found)), ("displacement", displacement(found)),
        ("variants", variants(found)), ("ladder", ladder(found)),
    ):  # fmt: skip
        assert len(table), name
        assert page.table(name, table).record == {"id": name, "kind": "not_public", "findings": []}


# ---- days ----


@pytest.mark.parametrize(
    ("word", "kinds", "first", "last"),
    [
        ("onsdag", {"skada"}, "2025-06-04", "2025-10-28"),
        ("sist", {"brak"}, "2025-12-31", "2025-12-31"),
        ("dag", {"brak"}, "2025-06-02", "2025-06-02"),
    ],
)
def test_the_count_is_of_the_days_of_the_insats(
    data: Dataset, word: str, kinds: set[str], first: str, last: str
) -> None:
    found = judged(data, word)
    assert conclusions(found)["count"].tolist() == [counted(data, kinds, first, last)]
    entry = register_entry(found, data).set_index("entry")["said"]
    assert (entry["first_day"], entry["last_day"]) == (first, last)
    weeks = (pd.Timestamp(last) - pd.Timestamp(first)).days + 1
    checks = {check.name: check.value for check in data_checks(found)}
    assert checks["weeks_after"] == weeks // 7


def test_a_week_that_is_cut_counts_for_its_days(data: Dataset) -> None:
    """Steady counts: half a week at either end is not a fall."""
    whole = judged(data, "onsdag", start=dt.date(2025, 6, 2), end=dt.date(2025, 11, 2))
    cut = judged(data, "onsdag", categories=("brand",), start=dt.date(2025, 6, 6),
                 end=dt.date(2025, 10, 27))  # fmt: skip
    brand = judged(data, "onsdag", categories=("brand",), start=dt.date(2025, 6, 2),
                   end=dt.date(2025, 11, 2))  # fmt: skip
    assert whole.actors[0].evaluation.primary.known
    ratios = [one.actors[0].evaluation.primary.ratio for one in (cut, brand)]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.05)


def test_days_known_to_the_week_are_counted_by_whole_weeks(town: SmallTown) -> None:
    """A Wednesday's week is counted, as its Thursday lies after the start; a Friday's is not."""
    with_insatser(town, {"onsdag": LINES["onsdag"]})
    days = pd.date_range("2022-01-03", "2026-01-05", freq="7D")
    weekly = [f"{d.isocalendar().year}-W{d.isocalendar().week:02d}" for d in days]
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n" + "".join(
        f"{week};{area};Brand\n" * 3 for week in weekly for area in ("Norr", "Söder", "Öster")
    )
    town.change("sources/vakten.yaml", '"%Y-%m-%d %H:%M", "%Y-%m-%d"', "week")
    weeks = loaded(town)
    for begins, first in ((4, "2025-06-02"), (6, "2025-06-09")):
        found = judged(weeks, "onsdag", start=dt.date(2025, 6, begins), end=dt.date(2025, 10, 28))
        entry = register_entry(found, weeks).set_index("entry")["said"]
        assert (entry["first_day"], entry["last_day"]) == (first, "2025-10-26")
        assert conclusions(found)["count"].tolist() == [
            counted(weeks, {"brand"}, first, "2025-10-26")
        ]


def test_without_a_day_after_there_is_no_count(data: Dataset) -> None:
    found = judged(data, "vantar")
    row = conclusions(found).iloc[0]
    assert row["count"] is pd.NA
    assert row["reasons"] == "no_weeks_after overlapping"
    assert row["maryland"] == ""
    entry = register_entry(found, data).set_index("entry")["said"]
    assert (entry["first_day"], entry["last_day"]) == ("–", "–")


def test_what_never_came_is_nought_and_what_was_not_reported_is_missing(town: SmallTown) -> None:
    with_insatser(town, {"klot": LINES["klot"]})
    town.files["exports/vakten.csv"] = export(Klotter=0.0)
    row = conclusions(judged(loaded(town), "klot")).iloc[0]
    assert (row["count"], row["reasons"]) == (0, "events")


@pytest.mark.parametrize("mean", [0.0, 0.7])
def test_before_and_after_a_week_not_reported_is_no_zero(town: SmallTown, mean: float) -> None:
    """Nor is an expected zero known of where nothing has ever come."""
    with_insatser(town, {"klot": LINES["klot"]})
    gap = "coverage:\n  not_reported: [{from: 2025-06-02, to: 2025-08-31, reason: semester}]\n"
    town.files["sources/vakten.yaml"] = f"{town.files['sources/vakten.yaml']}{gap}"
    lines = export(Klotter=mean).splitlines(keepends=True)
    town.files["exports/vakten.csv"] = "".join(
        line for line in lines if not "2025-06-02" <= line[:10] <= "2025-08-31"
    )
    data = loaded(town)
    table = before_after(data, judged(data, "klot")).set_index("start")
    silent = (table.index >= "2025-06-02") & (table.index <= "2025-08-25")
    assert silent.sum() == 13
    assert table.loc[silent, ["observed", "expected", "lower_95", "upper_95"]].isna().all(axis=None)
    told = table[~silent]
    assert told["observed"].notna().all()
    assert (told["observed"].sum() == 0) == (mean == 0)
    assert told[["expected", "lower_95", "upper_95"]].isna().all(axis=None) == (mean == 0)
    assert table["expected"].isna().all() or told["expected"].gt(0).all()
    page = start("intervention", str(town.write()), "2025-T3", intervention="klot")
    shown = page.figure("before_after", table.reset_index(), by="actor")
    assert "<img" in shown.html
    assert ("inom det förväntade" in shown.html) == (mean > 0)


def test_an_export_of_main_types_says_nothing_of_a_sub_type(town: SmallTown) -> None:
    with_insatser(town, {"klot": LINES["klot"]})
    town.files["exports/vakten.csv"] = export(Klotter=0.0, Brand=0.0, Skadegörelse=2.0)
    row = conclusions(judged(loaded(town), "klot")).iloc[0]
    assert row["count"] is pd.NA
    assert (row["grade"], row["reasons"]) == ("cannot_be_determined", "no_subtypes")
    data = loaded(town)
    assert before_after(data, judged(data, "klot")).empty  # 96 weeks of nought were drawn


def test_other_choices_have_their_own_counts(data: Dataset) -> None:
    table = variants(judged(data, "klot")).set_index("variant")["count"]
    assert table["earlier"] == counted(data, {"klotter"}, "2025-02-03", "2025-12-31")
    assert table["without_first"] == counted(data, {"klotter"}, "2025-03-31", "2025-12-31")
    assert table["without_comparison"] == counted(data, {"klotter"}, "2025-03-03", "2025-12-31")


def test_eight_weeks_end_with_the_data(town: SmallTown) -> None:
    """Not with a period that the data do not reach, nor with an insats that ended before."""
    with_insatser(town, {
        "lagom": "categories: [brak]\nstart: 2025-09-16\n",
        "nyss": "categories: [brak]\nstart: 2025-09-17\n",
        "kort": "categories: [brak]\nstart: 2025-08-18\nend: 2025-09-30\n",
    })  # fmt: skip
    town.files["exports/vakten.csv"] = export("2025-11-10", Klotter=1.0)
    table = evaluations_in(loaded(town), PERIOD)
    assert table["intervention"].tolist() == ["lagom"]


def test_interim_is_one_rule_whether_or_not_an_insats_can_be_judged(town: SmallTown) -> None:
    """Both end three weeks after the data do, and before the period does."""
    ended = "categories: [brak]\nend: 2025-12-20\nstart: "
    with_insatser(town, {"urtid": f"{ended}2021-12-01\n", "onsdag": f"{ended}2025-03-05\n"})
    for last, interim in (("2025-11-30", "yes"), ("2026-01-11", "no")):
        town.files["exports/vakten.csv"] = export(last)
        table = evaluations_in(loaded(town), PERIOD).set_index("intervention")
        assert table.loc["urtid", "reasons"] == "no_weeks_before"
        assert table["interim"].to_dict() == {"urtid": interim, "onsdag": interim}


# ---- what can be said ----


def test_what_cannot_be_estimated_has_no_numbers(town: SmallTown) -> None:
    """Two incidents in four years: before, none in the comparison area."""
    with_insatser(town, {"klot": LINES["klot"]})
    town.files["exports/vakten.csv"] = export(Klotter=0.0) + (
        "2023-05-01;Söder;Klotter\n2025-12-15;Söder;Klotter\n2025-05-01;Norr;Klotter\n"
    )
    found = judged(loaded(town), "klot")
    row = conclusions(found).iloc[0]
    assert row[["without", "effect", "lower", "upper", "visible"]].isna().all()
    assert row["maryland"] == ""
    for table in (ladder(found), variants(found), displacement(found)):
        assert (table["upper"] <= 100 * table["effect"]).all()
        assert (table["effect"] <= 100 * table["lower"]).all()


def test_what_is_not_known_is_not_a_no(data: Dataset) -> None:
    page = start("intervention", str(data.settings.folder), "2025-T3", intervention="klot")
    record = page.checks("insats_checks", data_checks(judged(data, "klot"))).record
    rows = {row[1]: (row[2], row[3]) for row in record["rows"]}
    for name in ("performed", "reporting_changed"):
        told = rows[page.language.text(f"check.{name}")]
        assert told == ("info", "kan inte prövas")
    short = judged(data, "klot", start=dt.date(2022, 1, 10), end=dt.date(2022, 6, 30))
    parallel = {check.name: check for check in data_checks(short)}["parallel_before"]
    assert parallel.status == "info"
    assert short.actors[0].evaluation.reasons == ("weeks_before",)


def test_the_overview_tells_the_reasons(data: Dataset) -> None:
    table = evaluations_in(data, PERIOD)
    reasons = table.set_index("intervention")["reasons"]
    assert reasons["urtid"] == "no_weeks_before"
    assert reasons["vantar"] == "no_weeks_after overlapping"
    for code, because, none in (
        ("sv", "Skäl: det finns ingen hel vecka", "kan inte avgöras, för det finns inga veckor"),
        ("en", "Reasons: there is no whole week", "inconclusive, as there are no weeks to count"),
    ):
        words = language(code)
        shown = release(table.assign(actor="Vakten"), DisclosureRule("internal"))
        lines = of("evaluations", shown, words)
        assert len(lines) == len(table)
        assert sum(because in line for line in lines) == 2
        (sentence,) = insatser.in_short(shown, words)
        assert f"{none}" in sentence
        names = sentence[: sentence.index(none)].rsplit(";", 1)[-1]
        assert "vantar" in names
        assert "urtid" in names
        assert "onsdag" not in names


def test_what_became_of_the_goal_is_told_only_where_something_is_concluded(data: Dataset) -> None:
    """An insats that was not carried out has reached nothing, whatever the ratio is."""
    none = (Performed(dt.date(2025, 4, 1), 0.0, "timmar", ""),)
    some = (replace(none[0], amount=8.0),)
    grade = conclusions(judged(data, "klot", True, log=some))["grade"].item()
    assert grade.endswith("_support")
    for change, met in ((-20, "reached"), (-80, "open"), (-99, "not_reached")):
        row = conclusions(judged(data, "klot", True, goal_change=change, log=some)).iloc[0]
        assert (row["grade"], row["goal_met"]) == (grade, met)
        row = conclusions(judged(data, "klot", True, goal_change=change, log=none)).iloc[0]
        assert (row["grade"], row["reasons"]) == ("cannot_be_determined", "performed")
        assert row["effect"] < 0.3
        assert row["goal_met"] == "open"
    assert conclusions(judged(data, "klot", True, log=none))["goal_met"].tolist() == [""]


def test_a_goal_outside_the_interval_is_told_in_the_overview() -> None:
    row = {
        "intervention": "a", "name": "A", "actor": "Vakten", "count": 100, "without": 76.0,
        "effect": 1.3, "lower": 0.995, "upper": 2.2, "visible": 40.0, "grade": "some_against",
        "reasons": "goal_outside_interval", "interim": "no",
    }  # fmt: skip
    shown = release(pd.DataFrame([row]), DisclosureRule("internal"))
    assert of("evaluations", shown, language("sv")) == [
        "A, Vaktens uppgifter: talar emot en minskning. "
        "Skäl: målet ligger utanför osäkerhetsintervallet."
    ]


def test_the_command_says_it_in_words(data: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "-m", str(data.settings.folder), "-p", "2025-T3"]) == 0
    told = {line.split(",")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "nan" not in "".join(told.values())
    assert "None" not in "".join(told.values())
    assert told["vantar"] == (
        "vantar, Vakten: inconclusive. Reasons: there is no whole week to count after the start; and "
        "another intervention in the same area ran at the same time or in the year before, and they "
        "cannot be told apart. Interim: it still runs."
    )
    assert "inconclusive. The ratio is 0." in told["klot"]
    assert "they cannot be told apart" in told["klot"]
    assert "Incidents counted: " in told["klot"]


# ---- many reports ----


@pytest.mark.slow
def test_a_batch_skips_what_there_are_no_data_for(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = {word: LINES[word] for word in ("framtid", "urtid")}
    folder = with_insatser(town, wanted).write()
    monkeypatch.setenv("EST_HOME", str(folder.parents[1]))
    output = folder.parents[1] / "outputs"
    batch = run_batch("smastad", [Wanted("intervention", ("2025-T3",))], output=output, number=1)
    assert [one.status for one in batch.outcomes] == ["skipped", "skipped"]
    assert not batch.failed
    assert batch.outcomes[0].fault["what"] == "framtid cannot be evaluated yet"
    page = Path(batch.index).read_text(encoding="utf-8")
    assert "Det som det inte finns uppgifter till" in page
    assert "framtid cannot be evaluated yet" in page
    assert "Utan uppgifter: 2 av 2" in page
    words = ["batch", "-m", "smastad", "-k", "intervention", "-p", "2025-T3", "-i", "framtid"]
    assert main([*words, "--output", str(output)]) == 0
    assert "framtid cannot be evaluated yet" in capsys.readouterr().out


def test_only_what_there_are_no_data_for_cannot_be_evaluated(data: Dataset) -> None:
    cannot = {
        word for word, insats in data.settings.interventions.items()
        if cannot_be(data, insats, PERIOD)
    }  # fmt: skip
    assert cannot == {"framtid", "urtid"}
