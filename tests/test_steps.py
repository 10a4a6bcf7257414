"""Each actor in its own steps: a month is never a week, and one actor's dates are no other's."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from in_process import Made, made
from small_town import SOURCE, SmallTown

from est_analysis.calendar import parse_period
from est_analysis.comparisons import series_dispersions
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule, release
from est_analysis.errors import PeriodError
from est_analysis.evaluations import before_after, evaluate_insats, evaluations_in
from est_analysis.figures import coverage_figure
from est_analysis.findings import insatser, of
from est_analysis.language import language
from est_analysis.nowcast import nowcast_weeks
from est_analysis.outlook import back_test, forecast_path, forecast_totals, risk_weeks
from est_analysis.quality import silent_weeks
from est_analysis.series import decompose_actors
from est_analysis.surveillance import deviations, signals, week_by_week, window
from est_analysis.usual import gather, history_and

AS_OF = dt.date(2025, 6, 30)
WEEK, TERTIAL, NEXT = (parse_period(text) for text in ("2025-W18", "2025-T1", "2025-T2"))
AREAS, TYPES = ("Norr", "Söder"), ("Bråk", "Skadegörelse")
INSATS = """\
id: ljus
name: Ljus
what: Lampor
areas: [norr]
categories: [brak]
actors: [vakten, bolaget]
start: 2024-09-02
owner: Kommunen
goal: Färre
comparison_areas: [soder]
"""
SINCE = "reports: [{from: 2022-01-03}]\n"


def rows(days: pd.DatetimeIndex, form: str, mean: float, seed: int) -> str:
    """An export with a Poisson number of rows of every area and type at each date."""
    rng = np.random.default_rng(seed)
    lines = [
        f"{day:{form}};{area};{kind}\n" * rng.poisson(mean)
        for day in days
        for area in AREAS
        for kind in TYPES
    ]
    return "Datum;Område;Typ\n" + "".join(lines)


def town_in(folder: Path, actors: tuple[str, ...]) -> SmallTown:
    """``vakten`` has days, ``bolaget`` months; each as it is without the other."""
    town = SmallTown(folder / "params" / "smastad")
    town.files["municipality.yaml"] = (
        f'name: Småstad\ncode: "0001"\nas_of: {AS_OF}\narchive: {{folder: {folder / "archive"}}}\n'
    )
    town.files["areas.yaml"] = town.files["areas.yaml"].replace("2023-12-31", "2025-03-31")
    named = ", ".join(actors)
    town.files["interventions/ljus.yaml"] = INSATS.replace("vakten, bolaget", named)
    del town.files["sources/vakten.yaml"], town.files["exports/vakten.csv"]
    if "vakten" in actors:
        days = pd.date_range("2022-01-03", "2025-06-29", freq="2D")
        town.files["sources/vakten.yaml"] = SOURCE + SINCE
        text = rows(days, "%Y-%m-%d", 0.8, 1)
        gone = [f"{day:%Y-%m-%d};Gamla;Bråk\n" for day in days if day.year < 2025]
        town.files["exports/vakten.csv"] = text + "".join(gone)
    if "bolaget" in actors:
        source = SOURCE.replace("vakten", "bolaget").replace("Vakten", "Bolaget")
        source = source.replace('["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[month]")
        town.files["sources/bolaget.yaml"] = source + "coverage: {rule: any_row}\n"
        months = pd.date_range("2021-01-01", "2025-05-01", freq="MS")
        town.files["exports/bolaget.csv"] = rows(months, "%Y-%m", 9, 2)
    return town


def loaded(folder: Path, *actors: str) -> Dataset:
    return load_dataset(town_in(folder, actors).load(), AS_OF)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return loaded(tmp_path_factory.mktemp("both"), "vakten", "bolaget")


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return loaded(tmp_path_factory.mktemp("weekly"), "vakten")


@pytest.fixture(scope="module")
def monthly(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return loaded(tmp_path_factory.mktemp("monthly"), "bolaget")


TABLES = {
    "decompose": lambda data: decompose_actors(data, parse_period("2022-01-03..2025-04-30"))[0],
    "coverage": lambda data: silent_weeks(data, parse_period("2022-01-03..2025-04-30")),
    "dispersion": lambda data: series_dispersions(data, TERTIAL, ["actor", "area"]),
    "forecast": lambda data: forecast_totals(data, NEXT, ["actor", "category"]),
    "path": lambda data: forecast_path(data, NEXT, ["actor"]),
    "risk": lambda data: risk_weeks(data, NEXT),
    "by_week": lambda data: week_by_week(data, TERTIAL, ["actor"]),
    "nowcast": lambda data: nowcast_weeks(data, TERTIAL),
}


@pytest.mark.parametrize("name", TABLES)
def test_one_actors_dates_change_nothing_for_another(
    both: Dataset, weekly: Dataset, monthly: Dataset, name: str
) -> None:
    table = TABLES[name](both)
    for actor, alone in (("vakten", TABLES[name](weekly)), ("bolaget", TABLES[name](monthly))):
        own = table[table["actor"] == actor].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            own, alone, check_dtype=False, check_index_type=False, check_categorical=False
        )


def test_an_evaluation_has_weeks_where_its_actor_has(
    both: Dataset, weekly: Dataset, monthly: Dataset
) -> None:
    found = {
        one.actor: one
        for one in evaluate_insats(both, both.settings.interventions["ljus"], TERTIAL).actors
    }
    for actor, data, step in (("vakten", weekly, "week"), ("bolaget", monthly, "month")):
        alone = evaluate_insats(data, data.settings.interventions["ljus"], TERTIAL).actors[0]
        assert found[actor].count == alone.count
        assert found[actor].evaluation.primary == alone.evaluation.primary
        assert f"{step}s_before" in {check.name for check in alone.evaluation.checks}
    insats = evaluate_insats(both, both.settings.interventions["ljus"], TERTIAL)
    starts = before_after(both, insats).groupby("actor")["start"]
    assert starts.min().dt.strftime("%Y-%m-%d").to_dict() == {
        "bolaget": "2023-09-01", "vakten": "2023-09-04"
    }  # fmt: skip
    assert starts.size().to_dict() == {"bolaget": 12 + 8, "vakten": 52 + 35}


def test_no_month_to_count_is_another_thing_than_too_few(monthly: Dataset) -> None:
    one = monthly.settings.interventions["ljus"]
    register = {
        "urtid": replace(one, id="urtid", name="Urtid", start=dt.date(2020, 12, 1)),
        "vantar": replace(
            one, id="vantar", name="Vantar", expected_delay_weeks=60,
            areas=("soder",), comparison_areas=("norr",),
        ),
        "ljus": one,
    }  # fmt: skip
    settings = replace(monthly.settings, interventions=register)
    table = evaluations_in(replace(monthly, settings=settings), TERTIAL)
    reasons = table.set_index("intervention")["reasons"].to_dict()
    assert (reasons["urtid"], reasons["vantar"]) == ("no_months_before", "no_months_after")
    assert "month" not in reasons["ljus"]
    shown = release(table, DisclosureRule("internal"))
    assert any("ingen hel månad att räkna med före" in line
               for line in of("evaluations", shown, language("sv")))  # fmt: skip
    (sentence,) = insatser.in_short(shown, language("en"))
    assert "Urtid and Vantar – inconclusive, as there are no months to count" in sentence
    assert "week" not in sentence


def test_of_a_week_nothing_is_said_of_an_actor_in_months(both: Dataset, weekly: Dataset) -> None:
    for period in (WEEK, window(WEEK), parse_period("2025-W27")):
        table = signals(both, period, ["actor", "category"])
        coarse = table[table["actor"] == "bolaget"]
        assert (coarse["signal"] == "by_month").all()
        assert len(coarse) == 2
        assert coarse[["count", "expected", "usual_to", "score"]].isna().all(axis=None)
        rest = table[table["actor"] == "vakten"].reset_index(drop=True)
        pd.testing.assert_frame_equal(rest, signals(weekly, period, ["actor", "category"]))
    by_week = week_by_week(both, WEEK, ["actor"])
    assert set(by_week["actor"]) == {"vakten"}
    assert by_week["start"].max() == pd.Timestamp(WEEK.start)
    table = deviations(both, WEEK, ["actor"]).set_index("actor")
    assert table["deviation"].to_dict() == {"bolaget": "by_month", "vakten": "as_expected"}
    whole = deviations(both, TERTIAL, ["actor"]).set_index("actor")
    assert (whole["deviation"] == "as_expected").all()
    assert set(signals(both, parse_period("2025-04"), ["actor"])["signal"]) == {"usual"}


def test_of_a_cut_month_all_is_expected_or_nothing(both: Dataset) -> None:
    """As it is counted: on its first, whole; with a part of it expected, all of it is "more"."""

    def told(text: str, actor: str = "bolaget") -> pd.Series:
        return deviations(both, parse_period(text), ["actor"]).set_index("actor").loc[actor]

    whole, cut = told("2025-01-01..2025-02-28"), told("2025-01-01..2025-02-03")
    pd.testing.assert_series_equal(cut, whole)
    assert cut["deviation"] == "as_expected"
    late = told("2025-01-20..2025-02-28")
    assert late["expected"] + told("2025-01")["expected"] == pytest.approx(whole["expected"])
    days = [told(f"2025-01-01..2025-02-{day}", "vakten")["expected"] for day in ("03", "28")]
    assert days[0] / days[1] == pytest.approx(34 / 59, rel=0.1)
    ahead = [
        forecast_totals(both, parse_period(f"2025-05-01..2025-08-{day}"), ["actor"])
        for day in ("10", "31")
    ]
    expected = [table.set_index("actor")["expected"] for table in ahead]
    assert expected[0]["bolaget"] == expected[1]["bolaget"]
    assert expected[0]["vakten"] < 0.9 * expected[1]["vakten"]


def test_of_a_cut_week_known_as_one_all_is_expected_or_nothing(tmp_path: Path) -> None:
    """A week is counted on its Thursday."""
    town = town_in(tmp_path, ("vakten",))
    weeks = pd.date_range("2022-01-03", "2025-06-23", freq="7D")
    town.change("sources/vakten.yaml", '"%Y-%m-%d %H:%M", "%Y-%m-%d"', "week")
    town.files["exports/vakten.csv"] = rows(weeks, "%G-W%V", 3, 4)
    data = load_dataset(town.load(), AS_OF)
    assert data.coverage.grains == {"vakten": "week"}

    def expected(text: str) -> float:
        return float(deviations(data, parse_period(text), ["actor"])["expected"].iloc[0])

    whole = expected("2025-03-03..2025-03-30")
    assert expected("2025-03-06..2025-03-27") == whole
    assert expected("2025-03-07..2025-03-30") == pytest.approx(whole - expected("2025-W10"))
    assert expected("2025-03-03..2025-03-26") == pytest.approx(0.75 * whole, rel=0.1)


def test_a_municipality_in_months_has_no_weeks(monthly: Dataset) -> None:
    assert (signals(monthly, WEEK, ["actor"])["signal"] == "by_month").all()
    assert week_by_week(monthly, WEEK, ["actor"]).empty
    assert risk_weeks(monthly, NEXT).empty
    assert nowcast_weeks(monthly, TERTIAL).empty
    assert (deviations(monthly, WEEK, ["actor"])["deviation"] == "by_month").all()
    assert gather(monthly, ["actor"], history_and(monthly, WEEK)).keys.empty


def test_forecasts_are_tried_in_each_step(both: Dataset) -> None:
    table = back_test(both, TERTIAL, ["actor", "category"])
    assert table["step"].tolist() == ["week"] * 3 + ["month"] * 3
    assert table.groupby("step")["forecasts"].max().to_dict()["month"] == 2 * 4 * 6


def test_what_was_not_reported_has_no_expected_count(both: Dataset) -> None:
    unheard = parse_period("2025-W30")
    table = signals(both, unheard, ["actor"]).set_index("actor").loc["vakten"]
    assert table["signal"] == "not_reported"
    assert table[["expected", "usual_from", "usual_to"]].isna().all()
    last = week_by_week(both, unheard, ["actor"]).iloc[-1]
    assert last[["observed", "expected", "lower_95", "upper_95"]].isna().all()


def test_an_area_that_is_no_more_has_no_forecast(both: Dataset) -> None:
    table = forecast_totals(both, NEXT, ["actor", "area"])
    assert set(table.loc[table["actor"] == "vakten", "area"]) == {"norr", "soder"}
    paths = forecast_path(both, NEXT, ["actor", "area"])
    assert "gamla" not in set(paths["area"])
    parts = table[table["actor"] == "vakten"]["expected"].sum()
    whole = forecast_totals(both, NEXT, ["actor"]).set_index("actor").loc["vakten", "expected"]
    assert whole == pytest.approx(parts, rel=0.1)  # a third more with the area that is no more
    before = forecast_totals(both, TERTIAL, ["actor", "area"])
    assert "gamla" in set(before["area"])


def test_what_nobody_answers_for_is_foreseen_as_often_as_it_came(tmp_path: Path) -> None:
    """One row in a year of a type that is not its own is no incident a week."""
    town = town_in(tmp_path, ("vakten",))
    town.change("sources/vakten.yaml", "2022-01-03", "2022-01-03, categories: [brak]")
    lines = str(town.files["exports/vakten.csv"]).splitlines(keepends=True)
    kept = [line for line in lines[1:] if "Bråk" in line and "Gamla" not in line]
    odd = [f"{year}-05-06;Norr;Skadegörelse\n" for year in (2022, 2023, 2024)]
    for rare in ([], odd):
        town.files["exports/vakten.csv"] = lines[0] + "".join(kept + rare)
        data = load_dataset(town.load(), AS_OF)
        found = forecast_totals(data, NEXT, ["actor"]).iloc[0]
        if not rare:
            plain = found["expected"]
    assert found["expected"] == pytest.approx(plain, rel=0.02)


def test_a_year_that_was_not_reported_is_no_zero(tmp_path: Path) -> None:
    town = town_in(tmp_path, ("vakten",))
    gap = "coverage: {not_reported: [{from: 2024-03-01, to: 2025-06-30, reason: x}]}\n"
    town.files["sources/vakten.yaml"] = f"{town.files['sources/vakten.yaml']}{gap}"
    kept = [
        line
        for line in str(town.files["exports/vakten.csv"]).splitlines(keepends=True)
        if line < "2024-03" or line.startswith("Datum")
    ]
    town.files["exports/vakten.csv"] = "".join(kept)
    table = forecast_totals(load_dataset(town.load(), AS_OF), NEXT, ["actor"])
    assert table["count"].isna().all()
    assert table["expected"].notna().all()


def test_a_history_of_zeros_is_a_history(tmp_path: Path) -> None:
    town = town_in(tmp_path, ("vakten",))
    text = str(town.files["exports/vakten.csv"])
    town.files["exports/vakten.csv"] = "".join(
        line for line in text.splitlines(keepends=True) if "Söder" not in line
    )
    data = load_dataset(town.load(), AS_OF)
    row = deviations(data, TERTIAL, ["actor", "area"]).set_index("area").loc["soder"]
    assert (row["count"], row["deviation"]) == (0, "as_expected")
    weeks = (TERTIAL.end - TERTIAL.start).days / 7
    assert row["expected"] == pytest.approx(0.5 * weeks / 156, rel=0.03)
    assert (row["usual_from"], row["usual_to"]) == (0, 1)
    young = deviations(data, parse_period("2022-05"), ["actor", "area"]).set_index("area")
    assert young.loc["soder", "deviation"] == "too_little"


def test_the_forecast_shows_the_weeks_that_the_trend_shows(tmp_path: Path) -> None:
    """A week that was reported in part is a count of neither."""
    town = town_in(tmp_path, ("vakten",))
    gap = "coverage: {not_reported: [{from: 2025-02-05, to: 2025-02-11, reason: x}]}\n"
    town.files["sources/vakten.yaml"] = f"{town.files['sources/vakten.yaml']}{gap}"
    data = load_dataset(town.load(), AS_OF)
    span = parse_period("2024-05-06..2025-04-27")
    trend = decompose_actors(data, span)[0].set_index("start")["observed"]
    path = forecast_path(data, NEXT, ["actor"])
    past = path[path["when"] == "past"].set_index("start")["observed"]
    shared = trend.index.intersection(past.index)
    np.testing.assert_array_equal(trend[shared].isna(), past[shared].isna())
    assert past["2025-02-03":"2025-02-10"].isna().tolist() == [True, True]


# ---- the reports ----


def page(folder: Path, period: str, *actors: str, kind: str = "weekly", code: str = "sv") -> Made:
    town = town_in(folder, actors)
    town.write()
    return made(kind, code, municipality=str(town.folder), period=period)


def told(report: Made) -> dict[str, str]:
    return {
        shown.record["id"]: " ".join(shown.record.get("findings", [])) for shown in report.exhibits
    }


def test_the_weekly_report_says_who_has_months_only(tmp_path: Path) -> None:
    report = page(tmp_path, "2025-W18", "vakten", "bolaget")
    said = told(report)
    assert "Uppgifter bara per månad: Bolaget." in said["in_short"]
    assert "Ej rapporterat" not in said["in_short"]
    for name in ("cell_signals", "recent", "area_signals", "coming_weeks", "late"):
        assert "Inte med, uppgifter bara per månad: Bolaget." in said[name], name
    actors = next(e for e in report.exhibits if e.record["id"] == "actor_week").record
    coverage = dict(row[:1] + row[2:3] for row in actors["rows"])
    assert coverage == {"bolaget": "by_month", "vakten": "reported"}
    assert "bara per månad = " in report.page  # the legend of the tables


def test_a_municipality_in_months_gets_a_page_that_says_so(tmp_path: Path) -> None:
    said = told(page(tmp_path, "2025-W18", "bolaget", code="en"))
    assert "Data by month only: Bolaget. They cannot be assessed for a week." in said["in_short"]
    assert "by month only" in said["week_signals"]


def test_a_week_before_all_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PeriodError, match="no data so early"):
        page(tmp_path, "2019-W10", "vakten")


def test_texts_of_months_say_months(tmp_path: Path) -> None:
    report = page(tmp_path, "2025-T1", "vakten", "bolaget", kind="tertial")
    held = next(e for e in report.exhibits if e.record["id"] == "back_test")
    words = [("vecka" in text, "månad" in text) for text in held.record["findings"]]
    assert words == [(True, False)] * 3 + [(False, True)] * 3
    ahead = next(e for e in report.exhibits if e.record["id"] == "forecast_weeks")
    of_month, of_week = (body.partition("<figcaption>")[0] for body in ahead.html.split("<img")[1:])
    assert "per månad (80" in of_month
    assert "vecka" not in of_month
    assert "per vecka (80" in of_week
    assert "Så stor andel av månaderna" in ahead.pictures[0]
    assert "Så stor andel av veckorna" in ahead.pictures[1]


def test_coverage_is_drawn_in_each_actors_own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A week without a report is a week wide, also beside an actor in months."""
    from matplotlib import patches

    drawn: list[float] = []

    class Rectangle(patches.Rectangle):
        def __init__(self, corner: tuple[float, float], width: float, *args: object, **kw: object):
            drawn.append(width)
            super().__init__(corner, width, *args, **kw)  # type: ignore[arg-type]

    monkeypatch.setattr(patches, "Rectangle", Rectangle)
    months = pd.date_range("2024-01-01", "2024-12-01", freq="MS")
    weeks = pd.date_range("2024-01-01", "2024-12-23", freq="7D")
    table = pd.concat(
        [
            pd.DataFrame({"actor": "a", "start": months, "status": ["silent", *["reported"] * 11]}),
            pd.DataFrame({"actor": "b", "start": weeks, "status": [*["reported"] * 51, "silent"]}),
        ],
        ignore_index=True,
    )
    coverage_figure(release(table, DisclosureRule("internal")), language("sv"))
    assert drawn[1:5] == [30, 334, 357, 7]  # the first is the paper
