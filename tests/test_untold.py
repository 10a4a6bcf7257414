"""What a public page does not say: which weeks were reported where rows alone tell it, and orders."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from in_process import made
from small_town import SOURCE, TAXONOMY, SmallTown

from est_analysis.batch.index import _missing
from est_analysis.calendar import parse_period
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule, in_steps, plan_of
from est_analysis.effort import effort_trend
from est_analysis.evaluations import evaluate_insats, register_entry
from est_analysis.language import language
from est_analysis.meeting import actor_week
from est_analysis.outlook import forecast_path
from est_analysis.priorities import priorities
from est_analysis.quality import check_data, coverage_summary, data_basis, silent_weeks
from est_analysis.report.facts import facts_of
from est_analysis.report.session import Report
from est_analysis.series import decompose_actors
from est_analysis.surveillance import signals

PERIOD = parse_period("2025-T3")
AS_OF = dt.date(2026, 2, 1)
PUBLIC = DisclosureRule("public")
ROUNDED = DisclosureRule("public", method="round")
INTERNAL = DisclosureRule("internal")
AREAS = "areas:\n" + "".join(
    f"  - {{id: {name.lower()}, name: {name}, population: {{2022: 1000}}}}\n" for name in "ABCDEF"
)
EVERY_WEEK = (1, 3, 5, 8, 11, 14)  # weeks of the tertial with one event each
ANY_ROW = "coverage:\n  rule: any_row\n  quiet_months: real\n"
THROUGH = "coverage:\n  rule: continuous\n  through: 2025-12-31\n  quiet_months: real\n"
NO_END = "coverage:\n  rule: continuous\n  quiet_months: real\n"

Counts = dict[str, int]
USUAL: Counts = {"A": 30, "B": 35, "C": 40, "D": 45, "E": 50, "F": 60}


def events(counts: Counts, first: dt.date, last: dt.date, kind: str = "Klotter") -> Iterable[str]:
    """Each area's events spread evenly over a span."""
    for area, number in counts.items():
        for place in range(number):
            day = first + (last - first) * (place + 0.5) / number
            yield f"{day};{area};{kind}\n"


def tertials(first_year: int = 2022) -> list[tuple[dt.date, dt.date]]:
    ends = [(1, 1, 4, 30), (5, 1, 8, 31), (9, 1, 12, 31)]
    return [(dt.date(year, a, b), dt.date(year, c, d))
            for year in range(first_year, 2026) for a, b, c, d in ends]  # fmt: skip


def town_of(
    folder: Path, now: Counts = USUAL, *, few: str | None = None, days: Iterable[dt.date] = ()
) -> Dataset:
    """Vakten reports all time; Jouren, where its coverage is given, has single events at last."""
    town = SmallTown(folder)
    town.files |= {"areas.yaml": AREAS, "taxonomy.yaml": TAXONOMY}
    town.files["sources/vakten.yaml"] = SOURCE + THROUGH
    *before, last = tertials()
    rows = [row for span in before for row in events(USUAL, *span)] + list(events(now, *last))
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n" + "".join(rows)
    if few is not None:
        other = SOURCE.replace("vakten", "jouren").replace("Vakten", "Jouren")
        rows = [row for span in before for row in events({"A": 30}, *span)]
        rows += [f"{day};A;Klotter\n" for day in days]
        settled = "confirmed: [{suspicion: block_twice, day: 2026-01-07, by: jouren}]\n"
        town.files["sources/jouren.yaml"] = other + few + settled
        town.files["exports/jouren.csv"] = "Datum;Område;Typ\n" + "".join(rows)
    return load_dataset(town.load(), AS_OF)


def single_days() -> list[dt.date]:
    return [dt.date(2025, 9, 3) + dt.timedelta(weeks=week) for week in EVERY_WEEK]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Jouren's weeks are reported when they have a row: six, with one event each."""
    return town_of(tmp_path_factory.mktemp("few") / "params" / "smastad", few=ANY_ROW,
                   days=single_days())  # fmt: skip


def report_of(data: Dataset, rule: DisclosureRule = PUBLIC, kind: str = "tertial") -> Report:
    return Report(kind, data, PERIOD, rule, language("sv"))


def shown(data: Dataset, rule: DisclosureRule = PUBLIC) -> Dataset:
    """What a public report is made of."""
    return report_of(data, rule).data


def rows_of(record: dict[str, Any], actor: str = "jouren") -> list[dict[str, Any]]:
    rows = [dict(zip(record["columns"], row, strict=True)) for row in record.get("rows", [])]
    return [row for row in rows if row.get("actor", actor) == actor]


def hidden(row: dict[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value == {"hidden": True}}


def test_what_is_reported_is_known_from_rows_alone_or_declared(few: Dataset) -> None:
    found = {actor: set(few.coverage.inferred_days(actor).astype(str)) for actor in few.actors}
    assert found["vakten"] == {"2022-01-01"}  # nobody declared the first day
    assert len(found["jouren"]) == few.coverage.days["jouren"].sum()


def test_the_weeks_of_single_events_are_nowhere_in_a_public_report(few: Dataset) -> None:
    """Six events in six reported weeks are one in each."""
    report = report_of(few)
    told = report.data
    basis = report.table("data_basis", data_basis(told, PERIOD)).record
    row = rows_of(basis)[0]
    assert row["count"] == 6
    assert hidden(row) == {"weeks", "weeks_reported", "last_day", "coverage"}
    assert not hidden(rows_of(basis, "vakten")[0])
    assert not any("veckor." in sentence for sentence in basis["findings"])
    assert any("Jouren: hur stor del" in sentence for sentence in basis["findings"])
    compared = compare_periods(told, PERIOD, by=["actor"])
    of_counts = {"weeks", "reference_weeks", "years", "compared_count", "reference_count",
                 "difference", "percent", "ratio", "lower", "upper", "verdict", "compared",
                 "coverage", "share_in"}  # fmt: skip
    for row in rows_of(report.table("totals", compared).record):
        assert hidden(row) == of_counts
    change = report.figure("change", compared.dropna(subset="lower"), by="comparison").record
    assert {row[0] for row in change["rows"]} == {"vakten"}
    areas = report.table("area_rates", rates_by_area(told, PERIOD)).record
    assert all(hidden(row) >= {"rank", "coverage"} for row in rows_of(areas))
    assert all(row["coverage"] == "reported" for row in rows_of(areas, "vakten"))
    effort = report.table("effort", effort_trend(told, PERIOD)).record
    assert {"ratio", "reference_count", "reporters"} <= hidden(rows_of(effort)[0])
    first = report.table("priorities", priorities(told, PERIOD)).record
    assert all({"verdict", "ratio", "reference_count"} <= hidden(row) for row in rows_of(first))
    checks = report.checks("checks", check_data(told, PERIOD)).record
    assert "Veckor som inte är rapporterade" not in [r["check"] for r in rows_of(checks)]
    assert "Veckor som inte är rapporterade" in [r["check"] for r in rows_of(checks, "vakten")]
    facts = facts_of("tertial", PERIOD, told, PUBLIC, language("sv"),
                     report.edition.untold(PERIOD))  # fmt: skip
    assert {one["actor"]: one["days_reported"] for one in facts["reported"]} == {
        "vakten": 122, "jouren": None
    }  # fmt: skip
    assert (
        report._repr_mimebundle_()["application/vnd.est.manifest+json"]["reported"]
        == facts["reported"]
    )


@pytest.mark.slow
def test_two_towns_that_differ_in_which_weeks_were_reported_have_the_same_report(
    tmp_path: Path,
) -> None:
    """Eighteen events in as many weeks, or in ten."""
    reports = []
    days = [dt.date(2025, 9, 3) + dt.timedelta(weeks=week) for week in range(18)]
    for name, chosen in (("each", days), ("ten", [*days[:10], *days[:8]])):
        folder = tmp_path / name / "params" / "smastad"
        town_of(folder, few=ANY_ROW, days=chosen)
        about = folder / "municipality.yaml"
        text = about.read_text(encoding="utf-8")
        about.write_text(text.replace("2025-01-31", str(AS_OF)), encoding="utf-8")
        reports.append(made("tertial", "sv", "public", str(folder), PERIOD.label))
    each, ten = reports
    assert each.report.edition.untold(PERIOD) == ten.report.edition.untold(PERIOD) == ["jouren"]
    differing = [
        one.id
        for one, other in zip(each.exhibits, ten.exhibits, strict=True)
        if (one.record, one.html) != (other.record, other.html)
    ]
    assert not differing
    assert len(each.exhibits) > 25
    own = {"inputs", "settings", "reading"}
    assert {k: v for k, v in each.facts.items() if k not in own} == {
        k: v for k, v in ten.facts.items() if k not in own
    }


def test_the_coverage_figure_crosses_out_what_is_not_told(few: Dataset) -> None:
    weeks = silent_weeks(shown(few), report_of(few).history)
    exhibit = report_of(few).figure("coverage", weeks, listed=coverage_summary(weeks))
    assert all(row["status"] == {"hidden": True} for row in rows_of(exhibit.record))
    told = [row["status"] for row in rows_of(exhibit.record, "vakten")]
    assert set(map(str, told[:-1])) == {"reported"}
    assert [one["actor"] for one in exhibit.record["computed"]] == ["Vakten"]
    assert "Jouren: för en del av tiden visas inte" in exhibit.html
    assert "skyddat" in exhibit.pictures[0]
    weeks = silent_weeks(few, report_of(few).history)
    inner = report_of(few, INTERNAL).figure("coverage", weeks, listed=coverage_summary(weeks))
    assert {row["status"] for row in rows_of(inner.record)} == {"reported", "silent"}


def test_no_series_tells_which_weeks_have_a_row(few: Dataset) -> None:
    report = report_of(few)
    told = report.data
    series, _ = decompose_actors(told, report.history)
    trend = report.figure("trend", series, by="actor", recent=True).record
    assert not rows_of(trend)
    assert any("Jouren: serien visas inte publikt" in sentence for sentence in trend["findings"])
    path = forecast_path(told, report.next_period, ["actor"])
    ahead = report.figure("forecast_weeks", path, by="actor", ahead=True).record
    assert not [row for row in rows_of(ahead) if row["when"] == "past"]
    own = series[series["actor"] == "jouren"]
    assert in_steps(own, plan_of(few, PUBLIC), told.coverage)[1] == 0


def test_steps_that_are_summed_do_not_tell_that_each_week_has_a_row(tmp_path: Path) -> None:
    """Eighteen weeks with two events or one: no week is 0, and sums of four would say so."""
    days = sorted([dt.date(2025, 9, 3) + dt.timedelta(weeks=n) for n in range(17)] * 2)
    data = town_of(tmp_path / "smastad", few=ANY_ROW, days=days)
    series, _ = decompose_actors(data, report_of(data).history)
    assert (
        in_steps(series[series["actor"] == "jouren"], plan_of(data, PUBLIC), data.coverage)[1] == 0
    )
    declared = town_of(tmp_path / "other", few=THROUGH, days=days)
    assert (
        in_steps(series[series["actor"] == "jouren"], plan_of(declared, PUBLIC), declared.coverage)[
            1
        ]
        == 4
    )


def test_where_every_week_is_large_or_nothing_its_reporting_is_told(tmp_path: Path) -> None:
    mondays = [dt.date(2025, 9, 1) + dt.timedelta(weeks=n) for n in range(18) if n not in (4, 5)]
    days = [monday + dt.timedelta(days=d) for monday in mondays[:-1] for d in range(6)]
    days += [dt.date(2025, 12, 29)] * 6
    data = town_of(tmp_path / "smastad", few=ANY_ROW, days=days)
    plan = plan_of(data, PUBLIC)
    assert plan.told("jouren", 2025 * 3 + 2)
    assert not plan.told("jouren", 2025 * 3 + 1)  # about two a week
    assert not plan_of(data, DisclosureRule("public", hide_zeros=True)).told("jouren", 6077)
    row = rows_of(report_of(data).table("data_basis", data_basis(shown(data), PERIOD)).record)[0]
    assert row["weeks_reported"] == pytest.approx(15.4)
    assert row["coverage"] == "partly"


def test_a_tertial_without_rows_is_still_not_reported(tmp_path: Path) -> None:
    """Zero is never confused with not reported, on public pages neither."""
    data = town_of(tmp_path / "smastad", few=ANY_ROW, days=[])
    basis = report_of(data).table("data_basis", data_basis(shown(data), PERIOD)).record
    row = rows_of(basis)[0]
    assert row["count"] is None
    assert (row["weeks_reported"], row["coverage"]) == (0, "silent")
    totals = (
        report_of(data).table("totals", compare_periods(shown(data), PERIOD, by=["actor"])).record
    )
    assert any("Jouren" in s and "ej rapporterat" in s for s in totals["findings"])


@pytest.mark.parametrize(("coverage", "told"), [(NO_END, False), (THROUGH, True)])
def test_the_last_events_day_is_told_only_where_it_is_declared(
    coverage: str, told: bool, tmp_path: Path
) -> None:
    data = town_of(tmp_path / "smastad", few=coverage, days=[*single_days(), dt.date(2025, 12, 27)])
    basis = data_basis(data, PERIOD)
    public = data_basis(shown(data), PERIOD)
    row = rows_of(report_of(data).table("data_basis", public).record)[0]
    assert hidden(row) == (set() if told else {"weeks", "weeks_reported", "last_day", "coverage"})
    assert rows_of(report_of(data, INTERNAL).table("data_basis", basis).record)[0]["last_day"] == (
        "2025-12-31" if told else "2025-12-27"
    )
    earlier = parse_period("2025-T2")
    report = Report("tertial", data, earlier, PUBLIC, language("sv"))
    row = rows_of(report.table("data_basis", data_basis(report.data, earlier)).record)[0]
    assert hidden(row) == (set() if told else {"last_day"})
    assert row["coverage"] == "reported"


def test_a_public_week_does_not_say_who_had_a_row(few: Dataset) -> None:
    told = []
    for label in ("2025-W37", "2025-W38"):  # with an event of Jouren's, and without
        week = parse_period(label)
        public, inner = (
            report.in_short(
                actors=actor_week(report.data, week),
                types=signals(report.data, week, ["actor", "category"]),
                cells=signals(report.data, week, ["actor", "category", "area"]),
                insatser=pd.DataFrame({"follow_up_state": [], "name": []}, dtype=object),
                decisions=pd.DataFrame({"state": []}, dtype=object),
            ).record
            for rule in (PUBLIC, INTERNAL)
            for report in [Report("weekly", few, week, rule, language("sv"))]
        )
        assert public["findings"][0] == (
            "Om veckan är rapporterad sägs inte i den publika utgåvan: Jouren."
        )
        assert ("Ej rapporterat" in inner["findings"][0]) == (label == "2025-W38")
        told.append(public["findings"])
    assert told[0] == told[1]


def test_the_batchs_index_says_that_it_is_not_said(few: Dataset) -> None:
    reported = [{"actor": "vakten", "days": 122, "days_reported": 122},
                {"actor": "jouren", "days": 122, "days_reported": None}]  # fmt: skip
    words = language("sv")
    assert _missing(reported, few.settings, words) == words.text("batch.untold", actors="Jouren")
    reported[0]["days_reported"] = 120
    assert _missing(reported, few.settings, words).startswith("Vakten: 2 av 122 dagar; Jouren")
    reported[1]["days_reported"] = 122
    assert _missing(reported, few.settings, words) == "Vakten: 2 av 122 dagar"


# ---- orders and choices ----


def everything(data: Dataset, rule: DisclosureRule) -> list[str]:
    """What a public report shows of places, as text."""
    report = report_of(data, rule)
    rates = rates_by_area(report.data, PERIOD)
    areas = compare_periods(report.data, PERIOD, by=["actor", "area"], family=True)
    totals = compare_periods(report.data, PERIOD, by=["actor"])
    exhibits = [
        report.table("area_rates", rates),
        report.figure("per_1000", rates, by="actor", needs="per_1000"),
        report.table("areas", areas[areas["comparison"] == "last_year"]),
        report.table("priorities", priorities(report.data, PERIOD)),
        report.summary(totals=totals, areas=areas),
    ]
    return [json.dumps(one.record, ensure_ascii=False) for one in exhibits] + [
        picture for one in exhibits for picture in one.pictures
    ]


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        (PUBLIC, {"C": 4, "D": 1}, {"C": 1, "D": 4}),
        (ROUNDED, {"C": 13, "D": 14, "E": 16}, {"C": 14, "D": 13, "E": 16}),
    ],
)
def test_the_page_is_the_same_whichever_the_hidden_counts_are(
    rule: DisclosureRule, one: Counts, other: Counts, tmp_path: Path
) -> None:
    """Two places change theirs: no order, choice, axis or shade may tell which is which."""
    pages = [
        everything(town_of(tmp_path / name, USUAL | {"A": 40, "B": 30, "E": 0, "F": 0} | counts),
                   rule)
        for name, counts in (("smastad", one), ("andra", other))
    ]  # fmt: skip
    assert pages[0] == pages[1]


def test_ranks_are_not_public(few: Dataset) -> None:
    exhibit = report_of(few).table("area_rates", rates_by_area(shown(few), PERIOD))
    assert all("rank" in hidden(row) for row in rows_of(exhibit.record, "vakten"))
    assert "Rang" not in exhibit.html
    inner = report_of(few, INTERNAL).table("area_rates", rates_by_area(few, PERIOD)).record
    assert rows_of(inner, "vakten")[0]["rank"] == 6


def test_only_problems_that_are_shown_are_listed(tmp_path: Path) -> None:
    data = town_of(tmp_path / "smastad", USUAL | {"A": 40, "B": 30, "C": 4, "D": 1, "E": 0, "F": 0})
    table = priorities(data, PERIOD)
    assert table["area"].tolist() == ["a", "b", "c"]
    record = report_of(data).table("priorities", priorities(shown(data), PERIOD)).record
    seen = plan_of(data, PUBLIC).hidden("vakten", 6077)[:6, 0]
    assert [row["area"] for row in rows_of(record, "vakten")] == [
        area for area, hide in zip("abcdef", seen, strict=True) if not hide and area in "ab"
    ]
    assert all(isinstance(row["count"], int) for row in rows_of(record, "vakten"))


def test_an_empty_exhibit_that_is_not_public_does_not_say_so(few: Dataset) -> None:
    report, nothing = report_of(few), pd.DataFrame({"actor": [], "count": []})
    for name in ("cell_signals", "area_signals"):
        exhibit = report.table(name, nothing)
        assert (exhibit.html, exhibit.record["findings"]) == ("", [])


# ---- rounding, and plain ratios ----


def test_a_rounded_edition_claims_nothing_by_exact_counts(few: Dataset) -> None:
    report = report_of(few, ROUNDED)
    compared = compare_periods(report.data, PERIOD, by=["actor"])
    record = report.table("totals", compared).record
    for row in rows_of(record, "vakten"):
        assert {"lower", "upper", "verdict"} <= hidden(row)
        assert row["ratio"] == round(
            row["count"] / row["weeks"] / (row["reference_count"] * row["years"])
            * row["reference_weeks"], 2)  # fmt: skip
    assert record["findings"][1] == (
        "Jämförelsen med förra året visas inte i den publika utgåvan: Vakten."
    )
    assert report.edition.left_out("change")
    rates = report.table("area_rates", rates_by_area(report.data, PERIOD)).record
    assert rates["findings"] == [
        "Vakten: flest per 1 000 invånare, räknat på avrundade antal som visas, i F, 60,0. "
        "Därefter, av dem som visas, i E. Skillnaden mellan dem kan bero på slumpen."
    ]


@pytest.mark.parametrize(
    "name", ["evaluations", "conclusions", "ladder", "displacement", "variants", "regression"]
)
def test_no_evaluation_is_public(example: Dataset, name: str) -> None:
    """Its weeks of single areas and types are in no public table, and it gives them back."""
    report = report_of(example, kind="intervention")
    rows = pd.DataFrame({"actor": ["polisen"], "count": [700], "effect": [0.5]})
    assert report.table(name, rows).html == ""


def test_the_month_in_which_data_end_is_not_told(tmp_path: Path) -> None:
    town = SmallTown(tmp_path / "params" / "smastad")
    source = SOURCE.replace('["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[month]")
    town.files["sources/vakten.yaml"] = source + ANY_ROW
    months = pd.date_range("2021-01-01", "2025-12-01", freq="MS")
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n" + "".join(
        f"{month:%Y-%m};{area};Bråk\n" * (9 + place % 5)
        for place, month in enumerate(months) for area in ("Norr", "Söder")
    )  # fmt: skip
    town.files["interventions/ljus.yaml"] = (
        "{id: ljus, name: Ljus, what: Lampor, areas: [norr], categories: [brak], actors: [vakten], "
        "start: 2025-01-01, owner: Kommunen, goal: Färre, public: full}\n"
    )
    report = report_of(load_dataset(town.load(), AS_OF), kind="intervention")
    found = evaluate_insats(report.data, report.intervention("ljus"), PERIOD)
    entry = report.table("register_entry", register_entry(found, report.data))
    assert "2025-12" not in entry.html  # the last event's month is where the data end


def test_no_public_number_has_more_decimals_than_the_page(few: Dataset, example: Dataset) -> None:
    report = report_of(example)
    data = report.data
    series, _ = decompose_actors(data, report.history)
    exhibits = [
        report.figure("trend", series, by="actor"),
        report.table("totals", compare_periods(data, PERIOD, by=["actor"])),
        report.table("area_rates", rates_by_area(data, PERIOD)),
        report.table("priorities", priorities(data, PERIOD)),
    ]
    seen = 0
    for exhibit in exhibits:
        for row in exhibit.record["rows"]:
            for value in row:
                if isinstance(value, float) and np.isfinite(value):
                    decimals = len(re.sub(r"\.0$", "", str(value)).partition(".")[2])
                    assert decimals <= (5 if abs(value - 1) < 0.005 else 2), value
                    seen += 1
    assert seen > 1000
