"""No sentence stands on what is not known: what is unread takes a claim back, and only then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from small_town import SmallTown

from est_analysis.calendar import Period, parse_period
from est_analysis.cli import main
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.config import load_settings
from est_analysis.counts.causes import unread_values
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.doubt import CANNOT_BE_JUDGED, Doubt, unread_of
from est_analysis.counts.panel import count_panel, period_totals
from est_analysis.disclosure import DisclosureRule, plan_of, shown_dataset
from est_analysis.errors import SettingsError
from est_analysis.evaluations import (
    designs,
    doubted,
    evaluated,
    evaluations_in,
    standing,
    together_in,
)
from est_analysis.incidents.counted import mask_bounds
from est_analysis.outlook import forecast_totals
from est_analysis.places import concentration
from est_analysis.priorities import priorities
from est_analysis.surveillance import deviations, signals, without_doubtful
from est_analysis.withdrawn import latest_tertial, withdrawn_claims

CASES = Path(__file__).parent / "cases"
TERTIAL = parse_period("2025-T3")
CLAIMS = ("increase", "decrease", "more", "fewer", "signal", "above", "below", "higher", "lower")
RATES = {("Norr", "Klotter"): 4.0, ("Norr", "Bråk"): 2.0, ("Söder", "Klotter"): 3.0,
         ("Söder", "Bråk"): 3.0, ("Öster", "Klotter"): 2.0, ("Öster", "Bråk"): 5.0}  # fmt: skip
AREAS = "areas:\n" + "".join(
    f"  - {{id: {name}, name: {word}, population: {{2024: {people}}}}}\n"
    for name, word, people in (
        ("norr", "Norr", 900),
        ("soder", "Söder", 1000),
        ("oster", "Öster", 1100),
    )
)
CONTINUOUS = "coverage: {rule: continuous, through: 2025-12-31}\nreports: [{from: 2022-01-01}]\n"
Spoil = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass
class Town:
    """Four years of invented events in three areas, which tests spoil."""

    folder: Path
    rows: pd.DataFrame

    def data(self, spoil: Spoil | None = None, source: str = "", change: str = "") -> Dataset:
        rows = self.rows if spoil is None else spoil(self.rows.copy())
        town = SmallTown(self.folder)
        town.files["municipality.yaml"] = 'name: Småstad\ncode: "0001"\nas_of: 2026-01-07\n'
        town.files["areas.yaml"] = AREAS
        text = str(town.files["sources/vakten.yaml"]) + CONTINUOUS + source
        town.files["sources/vakten.yaml"] = text.replace("  match: name\ncategories", change or "  match: name\ncategories", 1)  # fmt: skip
        town.files["exports/vakten.csv"] = rows.to_csv(sep=";", index=False)
        return load_dataset(town.load(), dt.date(2026, 1, 7))


def drawn(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.date_range("2022-01-01", "2025-12-31")
    parts = [
        pd.DataFrame(
            {"Datum": np.repeat(days, rng.poisson(rate / 7, len(days))), "Område": a, "Typ": k}
        )
        for (a, k), rate in RATES.items()
    ]
    table = pd.concat(parts).sort_values("Datum", kind="stable")
    return table.assign(Datum=table["Datum"].dt.strftime("%Y-%m-%d"))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return drawn(7)


@pytest.fixture
def town(tmp_path: Path, rows: pd.DataFrame) -> Town:
    return Town(tmp_path, rows)


def claims(data: Dataset) -> set[tuple[str, ...]]:
    """All that tables claim of the tertial, as (table, keys, claim)."""
    found = set()
    by_area, by_type, both = ["actor", "area"], ["actor", "category"], ["actor", "area", "category"]
    tables = {
        "totals": compare_periods(data, TERTIAL, ["actor"]),
        "areas": compare_periods(data, TERTIAL, by_area, family=True),
        "categories": compare_periods(data, TERTIAL, by_type, family=True),
        "area_deviations": deviations(data, TERTIAL, by_area),
        "category_deviations": deviations(data, TERTIAL, by_type),
        "signals": signals(data, parse_period("2025-W50"), both),
        "priorities": priorities(data, TERTIAL, most=9),
    }
    for name, table in tables.items():
        for column in ("verdict", "deviation", "signal", "local"):
            if column in table:
                for row in table[table[column].isin(CLAIMS)].to_dict("records"):
                    keys = [str(row[k]) for k in (*both, "comparison") if k in row]
                    found.add((name, *keys, column, str(row[column])))
    return found


def since(table: pd.DataFrame, day: str) -> pd.Series:
    return table["Datum"] >= day


def renamed(share: float, day: str = "2025-09-01") -> Spoil:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        some = np.random.default_rng(1).random(len(table)) < share
        table.loc[since(table, day) & (table["Område"] == "Norr") & some, "Område"] = "Norra stan"
        return table

    return spoil


def renamed_type(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[since(table, "2025-09-15") & (table["Typ"] == "Bråk"), "Typ"] = "Ordning"
    return table


def blanked(table: pd.DataFrame) -> pd.DataFrame:
    some = np.random.default_rng(2).random(len(table)) < 0.5
    table.loc[since(table, "2025-09-01") & some, "Område"] = ""
    return table


def lost_area(table: pd.DataFrame) -> pd.DataFrame:
    return table[~(since(table, "2025-09-01") & (table["Område"] == "Norr"))]


def lost_weeks(table: pd.DataFrame) -> pd.DataFrame:
    gone = since(table, "2025-10-06") & ~since(table, "2025-11-17") & (table["Område"] == "Öster")
    return table[~gone]


def lost_last_year(table: pd.DataFrame) -> pd.DataFrame:
    gone = since(table, "2024-09-01") & ~since(table, "2024-12-30") & (table["Område"] == "Öster")
    return table[~gone]


def lost_type(table: pd.DataFrame) -> pd.DataFrame:
    return table[~(since(table, "2025-09-01") & (table["Typ"] == "Klotter"))]


def dates_gone(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[since(table, "2025-09-01") & (table["Område"] == "Söder"), "Datum"] = "?"
    return table


KINDS = {
    "renamed": renamed(1.0), "renamed_partly": renamed(0.7), "renamed_type": renamed_type,
    "blanked": blanked, "lost_area": lost_area, "lost_weeks": lost_weeks,
    "lost_last_year": lost_last_year, "lost_type": lost_type, "dates_gone": dates_gone,
}  # fmt: skip


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_damage_makes_no_claim(town: Town, kind: str) -> None:
    before, damaged = claims(town.data()), town.data(KINDS[kind])
    assert claims(damaged) - before == set()
    told = len(withdrawn_claims(damaged, TERTIAL)) + len(damaged.lost.runs)
    assert told, "and it is said that something is not known"


def test_without_the_mechanism_the_same_damages_would_make_claims(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail."""
    from est_analysis.counts import dataset as module
    from est_analysis.counts.lost import NOTHING_LOST

    monkeypatch.setattr(module, "lost_rows", lambda *_: NOTHING_LOST)
    before = claims(town.data())
    false = {}
    for kind, spoil in KINDS.items():
        data = town.data(spoil)
        blind = data.cleaning.unread.iloc[:0]
        object.__setattr__(data.cleaning, "unread", blind)
        data.__dict__.pop("cube", None)
        false[kind] = len(claims(data) - before)
    assert all(false.values()), false


def test_nothing_is_taken_back_of_whole_data(town: Town) -> None:
    data = town.data()
    assert withdrawn_claims(data, TERTIAL).empty
    assert data.lost.runs.empty


@pytest.mark.parametrize("value", ["", "Torget"])
def test_a_steady_share_misleads_nobody(town: Town, value: str) -> None:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        table = table[
            ~(
                since(table, "2025-09-01")
                & (np.arange(len(table)) % 2 > 0)
                & (table["Område"] == "Öster")
            )
        ]
        table.loc[np.random.default_rng(3).random(len(table)) < 0.15, "Område"] = value
        return table

    data = town.data(spoil)
    areas = compare_periods(data, TERTIAL, ["actor", "area"])
    oster = areas[(areas["area"] == "oster") & (areas["comparison"] == "last_year")].iloc[0]
    assert oster["verdict"] == "decrease", "half is gone, and a steady share explains none of it"


def test_a_new_name_is_named_beside_the_area_that_it_took_over(town: Town) -> None:
    table = unread_values(town.data(renamed(1.0)), TERTIAL)
    lost = table[table["unread"] == "lost"].iloc[0]
    assert (lost["area"], lost["instead"]) == ("norr", "Norra stan")
    assert lost["change"] == "sources/vakten.yaml: areas: map"


def test_an_area_that_lost_its_rows_has_no_zeros(town: Town) -> None:
    data = town.data(lost_area)
    panel = count_panel(data, TERTIAL)
    norr = panel[(panel["area"] == "norr") & (panel["start"] >= "2025-09-08")]
    assert norr["count"].isna().all()
    assert set(norr["coverage"]) == {"silent"}
    whole = panel[(panel["area"] == "soder") & (panel["start"] >= "2025-09-08")]
    assert whole["count"].notna().all()
    totals = compare_periods(data, TERTIAL, ["actor", "area"])
    norr = totals[totals["area"] == "norr"].set_index("comparison")["verdict"]
    assert norr["last_year"] == CANNOT_BE_JUDGED
    assert norr["last_12_months"] == "no_clear_change", "of the days that were reported"
    forecast = forecast_totals(data, parse_period("2026-T1"), ["actor", "area"])
    expected = forecast.set_index("area")["expected"]
    assert expected["norr"] > 50, "what is lost is bridged, not a new level"


def test_an_area_and_a_type_that_are_lost_at_different_times_are_both_silent(town: Town) -> None:
    """One stretch has no type, the other no area: neither may be taken for a name."""

    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        gone = (
            since(table, "2024-02-05") & ~since(table, "2024-06-03") & (table["Typ"] == "Klotter")
        )
        return lost_area(table[~gone])

    data = town.data(spoil)
    assert len(data.lost.runs) == 2
    panel = count_panel(data, parse_period("2024"))
    quiet = panel[(panel["category"] == "skada") & (panel["start"] == "2024-03-04")]
    assert set(quiet["coverage"]) == {"silent"}
    now = count_panel(data, TERTIAL)
    norr = now[(now["area"] == "norr") & (now["start"] == "2025-10-06")]
    assert set(norr["coverage"]) == {"silent"}


def test_a_quiet_area_beside_a_declared_break_is_no_loss(town: Town) -> None:
    town_files = SmallTown(town.folder)
    text = "breaks:\n  - {actor: vakten, date: 2025-09-01, name: Norr upphör, areas: [norr]}\n"
    (town.folder / "calendar.yaml").write_text(text, encoding="utf-8")
    del town_files
    assert town.data(lost_area).lost.runs.empty


def test_a_problem_is_not_put_first_for_what_is_not_known(town: Town) -> None:
    table = priorities(town.data(renamed(1.0)), TERTIAL, most=6)
    norr = table[table["area"] == "norr"]
    assert not norr["verdict"].isin(["increase", "decrease"]).any()
    assert not norr["local"].isin(["higher", "lower"]).any()
    before = priorities(town.data(), TERTIAL, most=6)
    assert before["local"].isin(["higher", "lower"]).any()


def test_what_is_confirmed_is_a_fall(town: Town) -> None:
    line = "confirmed: [{{suspicion: lost_rows, value: {}, day: 2026-01-12, by: samordnaren}}]\n"
    for value, verdict in (("Norr", "decrease"), ("Söder", CANNOT_BE_JUDGED)):
        data = town.data(lost_area, line.format(value))
        areas = compare_periods(data, TERTIAL, ["actor", "area"])
        norr = areas[areas["area"] == "norr"].set_index("comparison")["verdict"]
        assert norr["last_year"] == verdict, value


def test_rates_concentration_and_rank_are_taken_back_too(town: Town) -> None:
    data = town.data(renamed(1.0))
    rates = rates_by_area(data, TERTIAL)
    assert rates["rank"].isna().all()
    assert (rates["doubt"] != "").any()
    held = concentration(data, TERTIAL).iloc[0]
    assert held["areas"] == ""
    assert np.isnan(held["share"])


def test_a_name_that_was_lost_for_half_of_a_period_has_no_ratio_and_no_rate(town: Town) -> None:
    """Also where nothing is claimed of it: its nought is no count."""
    for day, told in (("2025-10-20", True), ("2025-12-08", False)):
        data = town.data(renamed(1.0, day))
        assert data.lost.runs["elsewhere"].tolist() == [True], day
        row = compare_periods(data, TERTIAL, ["actor", "area"]).set_index(["area", "comparison"])
        norr = row.loc[("norr", "last_year")]
        rate = rates_by_area(data, TERTIAL).set_index("area").loc["norr"]
        assert np.isnan(norr["ratio"]) == told
        assert np.isnan(rate["per_1000"]) == told
        assert (norr["verdict"] == CANNOT_BE_JUDGED) == (norr["doubt"] != "") == told


def test_as_many_without_a_name_as_always_are_no_sign_of_a_lost_name(town: Town) -> None:
    """What is missing then is missing: the actor's sum is no whole one."""

    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        blank = np.random.default_rng(6).random(len(table)) < 0.3
        table = table.assign(Typ=table["Typ"].mask(blank, ""))
        gone = (
            since(table, "2025-09-01") & (table["Område"] == "Norr") & (table["Typ"] == "Klotter")
        )
        return table[~gone]

    runs = town.data(spoil).lost.runs
    assert (runs["area"].tolist(), runs["category"].tolist()) == (["norr"], ["skada"])
    assert runs["elsewhere"].tolist() == [False]


def test_a_public_page_takes_the_same_back_and_has_no_word_of_why(town: Town) -> None:
    data = town.data(renamed(1.0))
    shown = shown_dataset(data, plan_of(data, DisclosureRule("public")))
    table = compare_periods(shown, TERTIAL, ["actor", "area"]).set_index(["area", "comparison"])
    assert table.loc[("norr", "last_year"), "verdict"] == CANNOT_BE_JUDGED
    assert table.loc[("soder", "last_year"), "verdict"] != CANNOT_BE_JUDGED
    assert "Norra stan" in data.cleaning.unread["area_value"].tolist()
    words = shown.cleaning.unread.drop(columns=["day", "actor", "area", "category"])
    assert not words.astype(str).isin(["Norra stan", "Område", "vakten.csv"]).any(axis=None)


@pytest.mark.parametrize(("less", "said"), [(0.0, "above"), (0.7, CANNOT_BE_JUDGED)])
def test_a_bound_is_higher_where_more_should_be_expected(less: float, said: str) -> None:
    """Four where 0.45 are expected; with 0.7 more expected the bound lies above four, not at 3.7."""
    table = pd.DataFrame({"area": ["norr"], "count": [4], "expected": [0.45], "usual_from": [0.0],
                          "usual_to": [3.0], "signal": ["above"]})  # fmt: skip
    doubt = Doubt(np.zeros(1), np.array([less]), np.array([less]), ["0"])
    up = table["signal"] == "above"
    assert without_doubtful(table, "signal", doubt, up, ~up)["signal"].tolist() == [said]


def test_weeks_that_lack_more_than_the_year_before_them_raise_what_is_expected(town: Town) -> None:
    def thinned(table: pd.DataFrame) -> pd.DataFrame:
        some = np.random.default_rng(4).random(len(table)) < 0.6
        gone = since(table, "2025-10-06") & ~since(table, "2025-12-08") & some
        return table.assign(Typ=table["Typ"].mask(gone, ""))

    rows = pd.DataFrame({"actor": ["vakten"], "area": ["oster"], "category": ["brak"]})
    week = parse_period("2025-W50")
    assert not unread_of(town.data()).against_history(rows, week).any()
    missing = unread_of(town.data(thinned)).against_history(rows, week).less
    assert 1 < missing[0] < 7 * 0.6, "a week's part of what is blank in the area"


def test_areas_that_hold_half_are_taken_back_where_what_is_lost_adds_up(town: Town) -> None:
    """No single area lost enough to pass the half; both together did."""
    each_year = {("Norr", "Klotter"): 520, ("Söder", "Klotter"): 226, ("Öster", "Klotter"): 226,
                 ("Söder", "Bråk"): 42, ("Öster", "Bråk"): 42}  # fmt: skip
    days = pd.date_range("2022-01-01", "2025-12-31")
    even = [
        pd.DataFrame({"Datum": days[np.linspace(0, len(days) - 1, 4 * n).astype(int)],
                      "Område": area, "Typ": kind})
        for (area, kind), n in each_year.items()
    ]  # fmt: skip
    table = pd.concat(even).sort_values("Datum", kind="stable")
    told = replace(town, rows=table.assign(Datum=table["Datum"].dt.strftime("%Y-%m-%d")))
    assert "," in concentration(told.data(), TERTIAL)["areas"].iloc[0]
    data = told.data(lambda rows: rows[~(since(rows, "2025-09-01") & (rows["Typ"] == "Bråk"))])
    assert len(data.lost.runs) == 1
    assert concentration(data, TERTIAL)[["areas", "doubt"]].iloc[0].tolist() == ["", "0"]


@pytest.mark.parametrize(
    "day", ["2025-05-05", "2025-07-07", "2025-10-06", "2025-11-03", "2025-11-24", "2025-12-08"]
)
def test_no_forecast_misses_what_is_unread_of_a_whole_type(town: Town, day: str) -> None:
    def new_code(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(Typ=table["Typ"].mask(
            since(table, day) & (table["Typ"] == "Klotter"), "Klotter, ny kod"
        ))  # fmt: skip

    period, by = parse_period("2026-T1"), ["actor", "category"]
    sound = forecast_totals(town.data(), period, by).set_index("category").loc["skada"]
    assert sound["expected"] > 100
    told = forecast_totals(town.data(new_code), period, by).set_index("category").loc["skada"]
    assert np.isnan(told["expected"]) or told["upper_95"] >= sound["expected"]
    assert (told["doubt"] != "") == np.isnan(told["expected"])


def test_a_missed_control_total_takes_back_all_claims_of_its_days(town: Town) -> None:
    def half(table: pd.DataFrame) -> pd.DataFrame:
        gone = since(table, "2025-09-01") & (np.random.default_rng(5).random(len(table)) < 0.5)
        return table[~gone]

    true = int(since(town.rows, "2025-09-01").sum())
    total = "control_totals: [{{from: 2025-09-01, to: 2025-12-31, count: {}, said_by: Vakten{}}}]\n"
    assert compare_periods(town.data(half), TERTIAL, ["actor"])["verdict"].iloc[0] == "decrease"
    missed = town.data(half, total.format(true, ""))
    assert set(compare_periods(missed, TERTIAL, ["actor"])["verdict"]) == {CANNOT_BE_JUDGED}
    some = town.data(half, total.format(true // 2 + 60, ""))  # so many can turn no total
    assert some.control_totals[0].missed
    assert compare_periods(some, TERTIAL, ["actor"])["verdict"].iloc[0] == "decrease"
    norr = compare_periods(some, TERTIAL, ["actor", "area"]).set_index(["area", "comparison"])
    assert norr.loc[("norr", "last_year"), "verdict"] == CANNOT_BE_JUDGED
    near = true // 2 + 30
    within = town.data(half, total.format(near, ", tolerance: 20"))
    assert compare_periods(within, TERTIAL, ["actor"])["verdict"].iloc[0] == "decrease"


@pytest.mark.parametrize(
    ("word", "bounds"),
    [("<5", (0, 4)), ("< 5", (0, 4)), ("färre än 5", (0, 4)), ("≤4", (0, 4)), ("1-4", (1, 4)),
     ("1–4", (1, 4)), ("högst 4", (0, 4)), ("många", None), ("4-1", None)],
)  # fmt: skip
def test_what_looks_like_a_mask_has_its_bounds(word: str, bounds: tuple[int, int] | None) -> None:
    assert mask_bounds(word) == bounds


def case(name: str, tmp_path: Path, masked: dict[str, object] | None = None) -> Dataset:
    """A case's data; with a declaration of its masked counts where one is given."""
    import shutil

    folder = tmp_path / name
    shutil.copytree(CASES / name, folder)
    if masked is not None:
        path = next((folder / "sources").glob("*.yaml"))
        declared = yaml.safe_dump({"masked": masked}, allow_unicode=True)
        path.write_text(path.read_text("utf-8") + declared, encoding="utf-8")
    settings = load_settings(folder)
    return load_dataset(settings, settings.municipality.as_of or dt.date(2026, 1, 31))


@pytest.mark.parametrize("masked", [None, {"<5": [1, 4]}])
def test_masked_counts_bear_no_claim(tmp_path: Path, masked: dict[str, object] | None) -> None:
    data = case("01-masked-counts-become-zero", tmp_path, masked)
    (total,) = period_totals(data, TERTIAL, ["actor"]).to_dict("records")
    assert total["count"] < 166 <= total["most"], "the true sum, which nobody can see, is inside"
    assert total["coverage"] == ("unreadable" if masked is None else "reported")
    for by in (["actor"], ["actor", "area"], ["actor", "category"]):
        verdicts = set(compare_periods(data, TERTIAL, by)["verdict"])
        assert not verdicts & {"increase", "decrease"}
        assert CANNOT_BE_JUDGED in verdicts


def test_a_masked_count_that_is_declared_as_a_number_is_one(tmp_path: Path) -> None:
    data = case("01-masked-counts-become-zero", tmp_path, {"<5": 0})
    (total,) = period_totals(data, TERTIAL, ["actor"]).to_dict("records")
    assert total["count"] == total["most"] == 115
    assert len(data.cleaning.rejected) == 0


def test_masked_counts_make_no_success(tmp_path: Path) -> None:
    for masked in (None, {"<5": [1, 4]}):
        data = case("39-masked-counts-make-success", tmp_path / str(masked), masked)
        assert set(evaluations_in(data, TERTIAL)["grade"]) == {"cannot_be_determined"}


def test_weeks_that_cannot_be_read_are_no_random_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only small counts are masked: without them the weeks after look higher than they were."""
    data = case("39-masked-counts-make-success", tmp_path, None)
    insats = data.settings.interventions["belysning"]
    span = Period("", "days", insats.start, TERTIAL.end)
    whole = designs.gathered(data, insats, span)["vakten"]
    counts, share = whole.summed("vakten", ["soder"], ["brak"])
    least, all_of_it = whole.summed("vakten", ["soder"], ["brak"], unreadable=True)
    gone = all_of_it > share
    assert (gone.sum(), share[gone].sum()) == (19, 0)
    assert np.isnan(counts[gone]).all()
    np.testing.assert_array_equal(least, np.where(gone, 0, counts))
    np.testing.assert_array_equal(all_of_it, np.where(gone, 1, share))
    pool, told = whole.pool("vakten", ["brak"], unreadable=True)
    for found, wanted in zip((pool, told), whole.pool("vakten", ["brak"]), strict=True):
        np.testing.assert_array_equal(found, wanted)
    monkeypatch.setattr(doubted.Doubted, "_uncounted", False)  # blind to them
    (grade,) = evaluations_in(data, TERTIAL)["grade"]
    assert grade == "clear_against"


def test_a_masked_count_that_is_declared_wrongly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as told:
        case("01-masked-counts-become-zero", tmp_path, {"<5": [4, 1]})
    assert "the least and the most" in told.value.expected


def test_a_renamed_area_is_no_fall_and_its_new_name_no_rise(tmp_path: Path) -> None:
    data = case("19-area-renamed", tmp_path)
    table = compare_periods(data, TERTIAL, ["actor", "area"])
    claimed = table[table["verdict"].isin(["increase", "decrease"])]
    assert claimed.empty
    assert set(table.loc[table["area"].isin(["norr", "unmapped"]), "verdict"]) == {CANNOT_BE_JUDGED}


def test_blank_areas_are_no_fall_anywhere(tmp_path: Path) -> None:
    data = case("40-blank-areas", tmp_path)
    period = parse_period("2025-T1")
    assert set(compare_periods(data, period, ["actor"])["verdict"]) <= {"no_clear_change"}
    areas = compare_periods(data, period, ["actor", "area"])
    named = areas[areas["area"] != "unknown"]
    assert set(named["verdict"]) == {CANNOT_BE_JUDGED}
    causes = unread_of(data).causes
    assert {causes["kind"][int(n)] for words in named["doubt"] for n in words.split()} == {"area"}


INSATS = (
    "id: ljus\nname: Ljus i Norr\nwhat: ljus\nareas: [norr]\ncategories: [skada, brak]\n"
    "start: 2025-03-03\nactors: [vakten]\ncomparison_areas: [soder, oster]\nowner: Gatukontoret\n"
    "goal: 30 % färre\ngoal_change: -30\n"
)


def register(town: Town, text: str = INSATS) -> None:
    (town.folder / "interventions").mkdir(exist_ok=True)
    (town.folder / "interventions" / "ljus.yaml").write_text(text, encoding="utf-8")


def test_a_partly_renamed_area_makes_no_insats_a_success(town: Town) -> None:
    register(town)
    whole = evaluations_in(town.data(), TERTIAL).iloc[0]
    assert (whole["grade"], whole["reasons"]) == ("some_against", "goal_outside_interval")
    assert whole["lower"] < 1  # nothing happened, and 30 % fewer was the goal
    damaged = evaluations_in(town.data(renamed(0.75, "2025-03-03")), TERTIAL).iloc[0]
    assert (damaged["grade"], damaged["reasons"]) == ("cannot_be_determined", "unread")
    assert np.isnan(damaged["effect"])


def renamed_others(table: pd.DataFrame) -> pd.DataFrame:
    """Half of what is compared with had another name until the insats began."""
    some = np.random.default_rng(3).random(len(table)) < 0.5
    table.loc[~since(table, "2025-03-03") & (table["Område"] != "Norr") & some, "Område"] = "Byn"
    return table


def test_a_comparison_that_was_partly_renamed_makes_no_insats_a_success(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(town)
    data = town.data(renamed_others)
    monkeypatch.setattr(standing, "_elsewhere", lambda *_: False)  # nor by its number alone
    damaged = evaluations_in(data, TERTIAL).iloc[0]
    assert (damaged["grade"], damaged["reasons"]) == ("cannot_be_determined", "unread")
    assert damaged["doubt"]
    monkeypatch.setattr(doubted, "others", lambda design, _: design)  # it is this that sees it
    blind = evaluations_in(data, TERTIAL).iloc[0]
    assert blind["grade"].endswith("support")


def two_actors(town: Town, share: float) -> Dataset:
    """The same with another actor, of other events, whose exports have the same new name."""
    town.data(renamed(share, "2025-03-03"))
    register(town, INSATS.replace("[vakten]", "[vakten, varden]"))
    source = (town.folder / "sources" / "vakten.yaml").read_text(encoding="utf-8")
    other = source.replace("actor: vakten", "actor: varden").replace("Vakten", "Vården")
    (town.folder / "sources" / "varden.yaml").write_text(
        other.replace("vakten*.csv", "varden*.csv"), encoding="utf-8"
    )
    rows = renamed(share, "2025-03-03")(drawn(8))
    rows.to_csv(town.folder / "exports" / "varden.csv", sep=";", index=False)
    return load_dataset(load_settings(town.folder), dt.date(2026, 1, 7))


def test_actors_together_make_no_success_of_what_none_of_them_claims(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = two_actors(town, 0.25)
    assert set(evaluations_in(data, TERTIAL)["reasons"]) == {"interval_includes_no_change"}
    found = together_in(data, TERTIAL).iloc[0]
    assert (found["grade"], found["reasons"]) == ("cannot_be_determined", "unread")
    assert found[["effect", "lower", "upper"]].isna().all()
    causes = unread_of(data).causes
    told = {causes["actor"][int(number)] for number in found["doubt"].split()}
    assert told == {"vakten", "varden"}
    assert main(["evaluate", "-m", str(town.folder), "-p", "2025-T3"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "ljus, Vakten and Vården together: inconclusive. Reasons: some of the data could not be "
        "read and might change the conclusion."
    )
    monkeypatch.setattr(evaluated, "again", lambda *_: ())  # it is the tries that take it back
    blind = together_in(data, TERTIAL).iloc[0]
    assert blind["grade"] == "clear_support"
    assert blind["upper"] < 1


def test_the_check_begins_with_what_cannot_be_judged_and_exits_1(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.data(renamed(1.0))
    assert main(["check", "-m", str(town.folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("CANNOT BE ASSESSED in 2025-T3")
    assert "Norra stan" in lines[0]
    town.data()
    assert main(["check", "-m", str(town.folder)]) == 0
    assert "CANNOT BE ASSESSED" not in capsys.readouterr().out


def test_the_latest_tertial_is_that_of_the_data(town: Town) -> None:
    assert latest_tertial(town.data()).label == "2025-T3"
