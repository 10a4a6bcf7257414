"""What a public report shows, leaves out and says of it."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from in_process import made
from small_town import SmallTown

from est_analysis import findings
from est_analysis.alt_texts import alt_text, computed
from est_analysis.calendar import parse_period
from est_analysis.checks import Check
from est_analysis.comparisons import compare_periods
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import (
    DisclosureRule,
    in_steps,
    plan_of,
    release,
    shown_dataset,
    tertials_of,
)
from est_analysis.disclosure.plan import step_edges, tertial_days
from est_analysis.errors import PeriodError
from est_analysis.evaluations import evaluate_insats, register_entry
from est_analysis.follow_up import interventions_in
from est_analysis.language import language
from est_analysis.occasions import counts_at_events
from est_analysis.outlook import forecast_totals, risk_weeks
from est_analysis.priorities import priorities
from est_analysis.report import start
from est_analysis.report.checked import limit
from est_analysis.report.session import Report
from est_analysis.series import decompose_actors
from est_analysis.surveillance import standing_out

PUBLIC = DisclosureRule("public")
PERIOD = parse_period("2025-T3")


@pytest.fixture(scope="module")
def series(example: Dataset) -> pd.DataFrame:
    report = Report("tertial", example, PERIOD, PUBLIC, language("sv"))
    return decompose_actors(report.data, report.history)[0]


def public(data: Dataset, rule: DisclosureRule = PUBLIC) -> Report:
    return Report("tertial", data, PERIOD, rule, language("sv"))


def test_a_tertials_steps_lie_within_it():
    for tertial in range(6000, 6120):
        first, last = tertial_days(tertial)
        for length in (1, 2, 4):
            weeks = step_edges(tertial, length, monthly=False)
            months = step_edges(tertial, length, monthly=True)
            assert (np.diff(weeks) == np.timedelta64(7 * length, "D")).all()
            assert pd.Timestamp(weeks[0]).weekday() == 0
            assert np.datetime64(first) <= weeks[0] < np.datetime64(first) + 7
            assert weeks[-1] <= np.datetime64(last) + 1 < weeks[-1] + 7 * (length + 1)
            assert months[0] == np.datetime64(first)
            assert months[-1] == np.datetime64(last) + 1
            # what longer steps show can be added up from shorter ones
            assert set(weeks) <= set(step_edges(tertial, 1, monthly=False))


def test_a_series_is_summed_until_no_step_is_small(example: Dataset, series: pd.DataFrame) -> None:
    plan = plan_of(example, PUBLIC)
    for actor, own in series.groupby("actor"):
        told, length = in_steps(own, plan, example.coverage)
        shown = told[~told["withheld"]]
        counts = shown["observed"].dropna()
        assert ((counts == 0) | (counts >= 5)).all()
        assert length == {"raddningstjansten": 4}.get(str(actor), 1)
        if length == 1:
            known = shown.dropna(subset="observed")
            exact = own.set_index("start")["observed"]
            assert known["observed"].tolist() == exact.loc[known["start"]].tolist()
            assert len(shown) > 130


def test_sums_of_weeks_have_no_intervals_and_a_trend_only_of_shown_weeks(example: Dataset) -> None:
    plan = plan_of(example, DisclosureRule("public", minimum=30))
    shown = shown_dataset(example, plan)
    series, _ = decompose_actors(shown, public(example).history)
    own = series[series["actor"] == "polisen"].assign(lower_95=1.0)
    told, length = in_steps(own, plan, shown.coverage)
    assert length == 2
    known = told.dropna(subset=["observed", "trend"])
    total = known["trend"] + known["seasonal"] + known["remainder"]
    np.testing.assert_allclose(total.dropna(), known.loc[total.notna(), "observed"])
    assert told["lower_95"].isna().all()
    assert (told["observed"].dropna() >= 30).all()
    day = example.incidents.loc[example.incidents["actor"] == "polisen", "day"]
    assert len(told) > 50
    for row in told.head(5).to_dict("records"):
        inside = day.between(row["start"], row["start"] + pd.Timedelta(days=13))
        assert row["observed"] == inside.sum()


def test_a_tertial_that_is_not_over_has_no_public_series(
    example: Dataset, series: pd.DataFrame
) -> None:
    plan = plan_of(example, PUBLIC)
    plan.until = dt.date(2025, 12, 30)
    told, _ = in_steps(series[series["actor"] == "polisen"], plan, example.coverage)
    late = told["start"] >= "2025-09-01"
    assert told.loc[late, "withheld"].all()
    assert not told.loc[~late, "withheld"].all()


def test_a_tertial_that_ended_on_the_last_day_of_the_data_is_over(
    example: Dataset, series: pd.DataFrame
) -> None:
    plan = plan_of(example, PUBLIC)
    plan.until = dt.date(2025, 12, 31)
    told, _ = in_steps(series[series["actor"] == "polisen"], plan, example.coverage)
    assert not told.loc[told["start"] == "2025-12-22", "withheld"].any()


def test_every_step_inside_a_public_tertial_is_told_and_no_other(
    example: Dataset, series: pd.DataFrame
) -> None:
    """From the first tertial of the data to the last; what is forecast stays as it is."""
    plan = plan_of(example, PUBLIC)
    own = series[series["actor"] == "polisen"]
    ahead = own.tail(2).assign(when="coming", start=own["start"].max() + pd.Timedelta(days=7))
    told, length = in_steps(pd.concat([own.assign(when="past"), ahead]), plan, example.coverage)
    assert length == 1
    assert told.index.tolist() == list(range(len(own) + 2))
    inside = set()
    for tertial in range(plan.first, plan.first + len(plan.tables["polisen"])):
        if tertial_days(tertial)[1] <= plan.until:
            inside |= set(step_edges(tertial, 1, monthly=False)[:-1].tolist())
    assert len(inside) > 150
    past = told[told["when"] == "past"]
    assert set(past.loc[~past["withheld"], "start"].dt.date) == inside & set(own["start"].dt.date)
    assert told.loc[told["when"] == "coming", "withheld"].tolist() == [False, False]


def test_a_summed_or_refused_series_says_so(example: Dataset, series: pd.DataFrame) -> None:
    report = public(example)
    told, _ = decompose_actors(report.data, report.history)
    record = report.figure("trend", told, by="actor").record
    assert any("Räddningstjänsten" in s and "i steg om 4" in s for s in record["findings"])
    strict = public(example, DisclosureRule("public", minimum=60))
    told, _ = decompose_actors(strict.data, strict.history)
    record = strict.figure("trend", told, by="actor").record
    assert any("Räddningstjänsten" in s and "inte publikt" in s for s in record["findings"])
    assert "raddningstjansten" not in {row[0] for row in record.get("rows", [])}
    english = Report("tertial", example, PERIOD, PUBLIC, language("en"))
    said = english.figure("trend", series, by="actor").record["findings"]
    assert any("Fire and rescue service" in sentence for sentence in said)
    assert not any("Räddningstjänsten" in sentence for sentence in said)


def test_what_the_steps_leave_of_a_total_is_not_small(example: Dataset) -> None:
    for rule in (PUBLIC, DisclosureRule("public", minimum=20)):
        plan = plan_of(example, rule)
        for actor, daily in plan.daily.items():
            first = pd.Timestamp(tertial_days(plan.first)[0])
            counts = pd.Series(daily, pd.date_range(first, periods=len(daily)))
            for tertial in range(plan.first, plan.first + len(plan.tables[actor])):
                shown = []
                for length in (4, 2, 1):
                    edges = plan.steps(actor, tertial, length, monthly=False)
                    if edges is None:
                        continue
                    whole = counts[slice(*map(pd.Timestamp, tertial_days(tertial)))].sum()
                    parts = [
                        counts[pd.Timestamp(a) : pd.Timestamp(b) - pd.Timedelta(days=1)].sum()
                        for a, b in itertools.pairwise(edges)
                    ]
                    for part in (*parts, whole - sum(parts)):
                        assert part == 0 or part >= rule.minimum
                    assert set(shown) <= set(edges)  # what longer steps show, these add up to
                    shown = list(edges)


def test_counts_of_days_and_weeks_that_other_pages_overlap_with_are_not_public(
    example: Dataset,
) -> None:
    report = public(example)
    left = report.table("calendar", counts_at_events(report.data, PERIOD)).record
    assert left["kind"] == "not_public"
    coming = forecast_totals(report.data, PERIOD.after(), by=["actor", "category"])
    assert report.table("forecast", coming).record["kind"] == "not_public"
    weeks = risk_weeks(report.data, PERIOD.after())
    record = report.figure("risk_weeks", weeks, by="actor").record
    column = [row[record["columns"].index("count")] for row in record["rows"]]
    assert column == [{"hidden": True}] * len(column)
    assert any(isinstance(row[record["columns"].index("index")], float) for row in record["rows"])
    assert record["findings"]


def test_an_exhibit_that_nobody_placed_shows_the_public_no_count(example: Dataset) -> None:
    table = pd.DataFrame({"actor": ["polisen"], "count": [700], "share": [50.0]})
    publication = public(example).edition.publication
    assert publication is not None
    decided = publication.decide("something_new", table)
    assert decided is not None
    assert decided.hidden[["count", "share"]].all(axis=None)


def test_a_year_is_shown_where_each_of_its_tertials_is(example: Dataset) -> None:
    report = public(example)
    table = compare_periods(report.data, PERIOD, by=["actor", "area"])
    record = report.table("areas", table[table["comparison"] == "last_12_months"]).record
    plan = plan_of(example, PUBLIC)
    year = tertials_of(PERIOD.last_12_months())
    assert year is not None
    place = {name: number for number, name in enumerate(record["columns"])}
    hidden = 0
    for row in record["rows"]:
        if row[place["count"]] is None:
            continue
        parts = [plan.hidden(row[0], t)[plan.areas.index(row[1]), -1] for t in year]
        assert isinstance(row[place["count"]], dict) == any(parts), row
        hidden += any(parts)
    assert hidden


def test_rounded_sums_are_sums_of_rounded_parts(example: Dataset) -> None:
    report = public(example, DisclosureRule("public", method="round"))
    table = compare_periods(report.data, PERIOD, by=["actor"])
    record = report.table("totals", table).record
    rows = pd.DataFrame(record["rows"], columns=record["columns"])
    assert (rows["count"] % 5 == 0).all()
    incidents, year = example.incidents, PERIOD.last_12_months()
    own = incidents[(incidents["actor"] == "polisen") & (incidents["day"] >= str(year.start))]
    own = own[own["day"] <= str(year.end)]
    parts = own.groupby((own["day"].dt.month - 1) // 4)["count"].sum()
    wanted = sum(5 * np.floor(parts / 5 + 0.5))
    found = rows[(rows["actor"] == "polisen") & (rows["comparison"] == "last_12_months")]
    assert found["count"].tolist() == [wanted]


def test_why_exhibits_are_not_public_is_said_once(example: Dataset) -> None:
    report = Report("weekly", example, parse_period("2025-W42"), PUBLIC, language("sv"))
    table = pd.DataFrame({"actor": ["polisen"], "count": [4]})
    exhibits = [report.table(name, table) for name in ("cell_signals", "late")]
    exhibits.append(report.internal_table("places", table))
    assert {one.html for one in exhibits} == {""}
    page = made("weekly", "sv", "public").page
    assert page.count(html.escape(language("sv").text("page.not_public"))) == 1
    assert page.count("interna utgåvan") == 1
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    numbers = [int(found.group()) for one in headings if (found := re.match(r"\d+", one))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "Beslut" not in page


def test_what_people_wrote_of_an_insats_is_not_public(example: Dataset) -> None:
    report = public(example)
    table = interventions_in(example.settings, PERIOD, example.as_of)
    page = report.table("interventions", table).html
    found = evaluate_insats(report.data, report.intervention("kamera-norrbacka"), PERIOD)
    page += report.table("register_entry", register_entry(found, report.data)).html
    for insats in example.settings.interventions.values():
        for text in (insats.what, insats.goal, insats.owner):
            assert text not in page
    assert "417 timmar" not in page
    assert "Norrbacka" in page


def test_the_verdict_stands_in_the_appendix(example: Dataset) -> None:
    report = public(example)
    report.table("areas", compare_periods(report.data, PERIOD, by=["actor", "area"]))
    report.figure("risk_weeks", risk_weeks(report.data, PERIOD.after()), by="actor")
    exhibit = report.appendix()
    by_reason = exhibit.record["hidden_by_reason"]
    assert all(by_reason[word] > 0 for word in ("protected", "computed", "withheld"))
    assert exhibit.record["hidden"] == sum(by_reason.values())
    assert exhibit.record["hidden"] == sum(table.hidden_cells for table in report.edition.shown)
    assert exhibit.record["rule"]["minimum"] == 5
    assert f"Av dem är {by_reason['protected']} antal under 5" in exhibit.html
    assert exhibit.record["columns"] == ["actor", "files"]  # a checksum confirms a guess
    text = json.dumps(report._repr_mimebundle_(), default=str)
    assert not any(delivery.file in text for delivery in example.cleaning.deliveries)


def test_a_public_edition_is_of_whole_tertials(town: SmallTown, tmp_path: Path) -> None:
    folder = str(town.write())
    with pytest.raises(PeriodError, match="whole tertials"):
        start("tertial", folder, "2024-10", audience="public")
    assert start("tertial", folder, "2024", audience="public").rule.audience == "public"
    assert start("tertial", folder, "2024-10").rule.audience == "internal"


@pytest.mark.parametrize("name", ["category_deviations", "categories", "week_signals"])
def test_nothing_is_said_of_what_is_hidden(name: str) -> None:
    """That nothing stands out must not be said of rows of which one may stand out."""
    rows = pd.DataFrame(
        {
            "actor": "polisen", "category": ["a", "b"], "comparison": "last_year",
            "count": [9, 3], "reference_count": [9, 1], "expected": [9.0, 1.0],
            "usual_from": [2.0, 0.0], "usual_to": [15.0, 2.0], "probability": [0.5, 0.001],
            "signal": ["usual", "signal"], "deviation": ["as_expected", "more"],
            "verdict": ["no_clear_change", "increase"], "ratio": [1.0, 3.0],
            "lower": [0.5, 1.2], "upper": [2.0, 9.0],
        }
    )  # fmt: skip
    words = language("sv")

    def told(table: pd.DataFrame, audience: str) -> str:
        safe = release(table, DisclosureRule(audience, 5, False, "suppress", 5))
        return " ".join(findings.of(name, safe, words))

    said = {
        "category_deviations": "Inget avviker säkerställt",
        "categories": "Ingen säkerställd skillnad",
        "week_signals": "Inget ligger över gränsen",
    }[name]
    assert said in told(rows.head(1), "internal")
    assert said not in told(rows, "internal")
    public = told(rows, "public")
    assert public.startswith("Av det som visas: i")
    assert said not in public
    assert said.casefold() in public.casefold()
    assert told(rows.tail(1), "public") == words.text("finding.all_hidden")


def test_the_highest_that_is_shown_is_not_called_the_highest() -> None:
    words = language("sv")
    rates = pd.DataFrame(
        {"actor": "polisen", "area": ["Norr", "Söder", "Öst"], "count": [50, 3, 40],
         "per_1000": [5.0, 30.0, 4.0], "lower_per_1000": 1.0, "upper_per_1000": 40.0}
    )  # fmt: skip
    hours = pd.DataFrame({"actor": "polisen", "hour": [0, 1], "count_weekday_0": [12, 3]})
    for name, table in (("area_rates", rates), ("weekday_hours", hours)):
        public = findings.of(name, release(table, PUBLIC), words)
        internal = findings.of(name, release(table, DisclosureRule("internal")), words)
        assert "som visas" in public[0]
        assert "som visas" not in internal[0]


def test_a_hidden_step_is_not_called_unreported() -> None:
    table = pd.DataFrame(
        {"actor": "polisen", "start": pd.date_range("2025-01-06", periods=4, freq="7D"),
         "observed": pd.array([9, 2, None, 8], dtype="Int64")}
    )  # fmt: skip
    safe = release(table, PUBLIC)
    said = alt_text("last_year", safe, language("sv"), "")
    assert "Tidssteg utan rapport: 1." in said
    assert said.endswith("Tidssteg med skyddat antal: 1.")
    assert computed("last_year", safe, language("sv"))[0]["steps_missing"] == 1


def test_the_words_of_a_figure_tell_what_lies_outside_the_expected() -> None:
    band = pd.DataFrame(
        {"actor": ["polisen"] * 4 + ["vakten"], "start": pd.Timestamp("2025-01-06"),
         "observed": [9.0, 2, None, 4, 1], "expected": [5.0] * 5,
         "lower_95": [3.0] * 4 + [None], "upper_95": [8.0] * 4 + [None]}
    )  # fmt: skip
    internal, words = DisclosureRule("internal"), language("en")
    said = alt_text("recent", release(band, internal), words, "")
    assert said.endswith("polisen: 1 steps within what was expected, 1 above and 1 below.")
    types = pd.DataFrame(
        {"actor": "polisen", "category": ["brak", "klotter"], "count": [9, 4],
         "signal": ["signal", "usual"]}
    )  # fmt: skip
    for rows, told in ((types, "Clearly more than usual: brak (polisen)."),
                       (types[1:], "No type has clearly more than usual."),
                       (types[1:].assign(signal="not_reported"), "by category.")):  # fmt: skip
        assert alt_text("week_signals", release(rows, internal), words, "").endswith(told)


def test_a_public_area_shows_of_its_problems_what_the_whole_report_shows(example: Dataset) -> None:
    """Their shares, and the other areas together, are of the whole municipality."""
    columns = ["share", "reference_count", "count"]

    def shown(data: Dataset) -> dict[tuple[str, ...], list[object]]:
        report = public(data)
        record = report.table("priorities", priorities(report.data, PERIOD, most=100)).record
        rows = [dict(zip(record["columns"], row, strict=True)) for row in record["rows"]]
        return {tuple(row[k] for k in ("actor", "area", "category")): [row[c] for c in columns]
                for row in rows}  # fmt: skip

    whole, own = shown(example), shown(example.in_area("norrbacka"))
    assert len(own) > 5
    assert own == {key: whole[key] for key in own}
    assert any({"hidden": True} in row for row in own.values())
    assert any(isinstance(row[1], int) for row in own.values())


def test_insatser_of_an_areas_report_are_those_in_it_or_beside_it(example: Dataset) -> None:
    table = interventions_in(example.settings, PERIOD, example.as_of)
    assert public(example).concerning(table) is table
    seen = {}
    for area in example.settings.areas:
        report = public(example.in_area(area))
        seen[area] = set(report.concerning(table)["intervention"])
        near = {area, *example.settings.areas[area].neighbours}
        for name in table["intervention"]:
            inside = bool(near & set(example.settings.interventions[name].areas))
            assert (name in seen[area]) == inside
    assert any(len(names) < len(table) for names in seen.values())
    said = report.table("interventions", table.iloc[:0]).record["findings"]
    assert said == [language("sv").text("empty_in_area.interventions")]


def test_one_area_is_not_searched_for_changes_of_single_areas(example: Dataset) -> None:
    report = public(example.in_area("norrbacka"), DisclosureRule("internal"))
    areas = compare_periods(report.data, PERIOD, ["actor", "area"], family=True)
    assert report.table("areas", areas).record["findings"] == []
    kinds = compare_periods(report.data, PERIOD, ["actor", "category"], family=True)
    totals = compare_periods(report.data, PERIOD, ["actor"])
    said = " ".join(report.summary(totals=totals, categories=kinds, areas=areas).record["findings"])
    assert "enskild händelsetyp" in said
    assert "enskilt område" not in said


def test_what_chance_gives_is_said_to_pass() -> None:
    """A share over the limit that chance could give is in order, and the limit says so."""
    for name, words in (("sudden_mix", "högst 20,0\xa0%, om inte slumpen kan ge mer"),
                        ("silent_weeks", "högst 20,0\xa0%")):  # fmt: skip
        assert limit(Check(name, "ok", 0.233, 0.2), language("sv")) == words


@pytest.mark.parametrize("code", ["sv", "en"])
def test_what_is_said_of_nothing_holds_whatever_the_reason(code: str) -> None:
    """Of a town without data, of a period after the data, of events without an area."""
    words = language(code)
    untrue = (
        "är långa nog",
        "are long enough",
        "inte rapporterad",
        "not reported",
        "bara uppgifter",
    )
    for name in ("decomposition", "last_year", "priorities", "calendar"):
        assert not any(word in words.text(f"empty.{name}") for word in untrue)


def signal_rows(judged: int, above: int) -> str:
    """What is said of the strongest of so many series."""
    table = pd.DataFrame({
        "actor": "polisen", "count": 9, "expected": 1.0, "usual_from": 0.0, "usual_to": 5.0,
        "probability": 0.005, "signal": ["above"] * above + ["usual"] * (judged - above),
    })  # fmt: skip
    safe = release(standing_out(table), DisclosureRule("internal"))
    return " ".join(findings.of("cell_signals", safe, language("sv")))


def test_how_many_series_were_judged_is_of_all_of_them() -> None:
    said = signal_rows(1200, 6)
    assert said.startswith("6 av 1\xa0200 bedömda serier ligger över gränsen")
    assert "upp till omkring 12 göra det av en slump" in said
    assert signal_rows(1200, 20).startswith("20 av 1\xa0200 ")
    assert "en på hundra" in signal_rows(40, 2)
    assert "slump" not in signal_rows(1, 1)
