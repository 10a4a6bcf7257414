"""Zero and "not reported" are different values, all the way."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from small_town import SOURCE as SMALL
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import complete_series, count_panel, period_totals, regroup
from est_analysis.hours import weekday_hours
from est_analysis.occasions import counts_at_events
from est_analysis.quality import check_data, coverage_summary, silent_weeks
from est_analysis.series import decompose_actors
from est_analysis.surveillance import deviations

SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
AS_OF = dt.date(2026, 1, 31)


def dataset(town: SmallTown, days: list[str], coverage: str = "", area: str = "Norr") -> Dataset:
    town.files[CSV] = "Datum;Område;Typ\n" + "".join(f"{day};{area};Bråk\n" for day in days)
    if coverage:
        town.files[SOURCE] = f"{town.files[SOURCE]}{coverage}"
    return load_dataset(town.load(), AS_OF)


def weekly(data: Dataset, period: str) -> dict[str, tuple[object, str]]:
    table = regroup(count_panel(data, parse_period(period)), ["actor"])
    return {
        f"{row['start']:%m-%d}": (
            None if pd.isna(row["count"]) else int(row["count"]),
            row["coverage"],
        )
        for row in table.to_dict("records")
    }


def test_a_quiet_week_is_zero_and_an_unreported_one_is_not(town: SmallTown) -> None:
    gap = "coverage:\n  not_reported:\n    - {from: 2024-10-21, to: 2024-10-27, reason: semester}\n"
    data = dataset(town, ["2024-10-07", "2024-10-09", "2024-10-31"], gap)
    assert weekly(data, "2024-09-30..2024-11-10") == {
        "09-30": (None, "silent"),
        "10-07": (2, "reported"),
        "10-14": (0, "reported"),
        "10-21": (None, "silent"),
        "10-28": (1, "partly"),
        "11-04": (None, "silent"),
    }


def test_any_row_makes_the_week_reported(town: SmallTown) -> None:
    data = dataset(town, ["2024-10-09", "2024-10-31"], "coverage: {rule: any_row}\n")
    assert weekly(data, "2024-10-07..2024-11-03") == {
        "10-07": (1, "reported"),
        "10-14": (None, "silent"),
        "10-21": (None, "silent"),
        "10-28": (1, "reported"),
    }


def test_a_reported_zero_is_a_row(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "shape: counts\ncolumns:\n  count: Antal")
    town.files[CSV] = (
        "Datum;Område;Typ;Antal\n2024-10-07;Norr;Bråk;3\n2024-10-14;Norr;Bråk;0\n2024-10-28;Norr;Bråk;1\n"
    )
    town.files[SOURCE] = f"{town.files[SOURCE]}coverage: {{rule: any_row}}\n"
    data = load_dataset(town.load(), AS_OF)
    found = weekly(data, "2024-10-07..2024-11-03")
    assert [count for count, _ in found.values()] == [3, 0, None, 1]


def test_the_range_comes_from_the_question(town: SmallTown) -> None:
    data = dataset(town, ["2024-10-07"])
    panel = count_panel(data, parse_period("2024"))
    assert panel["start"].nunique() == 53
    assert panel["start"].min() == pd.Timestamp("2024-01-01")
    assert len(panel) == 53 * 1 * 3 * 2


def test_through_says_how_far_a_quiet_export_reaches(town: SmallTown) -> None:
    data = dataset(town, ["2024-10-07"], "coverage: {through: 2024-10-20}\n")
    assert weekly(data, "2024-10-07..2024-10-27")["10-14"] == (0, "reported")
    assert weekly(data, "2024-10-07..2024-10-27")["10-21"] == (None, "silent")


@pytest.mark.parametrize(("a_day", "last"), [(2, "2024-12-31"), (1, "2025-01-07")])
def test_a_file_cut_at_a_day_of_events_says_nothing_of_the_days_after(
    town: SmallTown, a_day: int, last: str
) -> None:
    """Though its events are reported later; with seven usual in those days, none may be calm."""
    town.change(SOURCE, "columns:", "columns:\n  reported_at: Anmäld")
    days = [day for day in pd.date_range("2024-09-01", "2024-12-31") for _ in range(a_day)]
    rows = [f"{day:%Y-%m-%d};Norr;Bråk;{day:%Y-%m-%d}\n" for day in days]
    late = "2024-12-30;Norr;Bråk;2025-01-07\n"
    town.files[CSV] = "Datum;Område;Typ;Anmäld\n" + "".join([*rows, late])
    data = load_dataset(town.load(), AS_OF)
    assert str(data.coverage.last_day("vakten")) == last


def test_who_answers_for_what_is_declared(town: SmallTown) -> None:
    rule = "reports:\n  - {from: 2024-10-07, areas: [norr], categories: [brak]}\n"
    data = dataset(town, ["2024-10-09", "2024-10-27"], rule)
    panel = count_panel(data, parse_period("2024-10-07..2024-10-27"))
    cells = panel[panel["start"] == "2024-10-14"].set_index(["area", "category"])["coverage"]
    assert cells["norr", "brak"] == "reported"
    assert cells["soder", "brak"] == "not_responsible"
    assert cells["norr", "skada"] == "not_responsible"
    assert panel["asked"].tolist() == (panel["coverage"] != "not_responsible").tolist()
    totals = period_totals(data, parse_period("2024-10-07..2024-10-27"), ["actor", "area"])
    assert totals["area"].tolist() == ["norr"]


def test_a_report_outside_what_was_declared_is_still_counted(town: SmallTown) -> None:
    rule = "reports:\n  - {from: 2024-10-07, areas: [soder]}\n"
    data = dataset(town, ["2024-10-09", "2024-10-27"], rule)
    assert weekly(data, "2024-10-07..2024-10-27")["10-07"] == (1, "reported")
    panel = count_panel(data, parse_period("2024-10-07..2024-10-27"))
    met = panel[(panel["area"] == "norr") & (panel["count"] > 0)]
    assert met[["coverage", "asked"]].to_numpy().tolist() == [["reported", False]] * 2
    totals = period_totals(data, parse_period("2024-10"), ["actor", "area"])
    assert totals.set_index("area")["count"].to_dict() == {"norr": 2, "soder": 0}


@pytest.mark.parametrize(
    ("period", "count"),
    [("2024-T3", 3), ("2024-Q4", 2), ("2024-09", 1), ("2024-12-31..2024-12-31", 1), ("2025-W01", 2), ("2024", 3)],
)  # fmt: skip
def test_totals_follow_the_calendar_date_in_any_period(
    town: SmallTown, period: str, count: int
) -> None:
    data = dataset(town, ["2024-09-01", "2024-10-07", "2024-12-31", "2025-01-01", "2025-04-01"])
    assert period_totals(data, parse_period(period), ["actor"])["count"].tolist() == [count]


def test_weeks_at_new_year_belong_to_their_iso_year(town: SmallTown) -> None:
    data = dataset(town, ["2020-12-28", "2021-01-03", "2021-01-04"])
    assert weekly(data, "2020-W53") == {"12-28": (2, "reported")}


def test_totals_of_a_period_nobody_reported_are_missing_not_zero(town: SmallTown) -> None:
    data = dataset(town, ["2024-10-07"])
    totals = period_totals(data, parse_period("2023-T3"), ["actor"])
    assert totals["count"].isna().all()
    assert totals["coverage"].tolist() == ["silent"]


def test_the_night_belongs_to_the_day_before_where_it_is_set(town: SmallTown) -> None:
    town.change("municipality.yaml", "as_of", 'operational_day_start: "06:00"\nas_of')
    data = dataset(town, ["2024-05-01 02:00", "2024-05-01 07:00", "2024-05-01"])
    assert data.incidents["day"].dt.strftime("%m-%d").tolist() == ["04-30", "05-01", "05-01"]


def test_monthly_dates_give_a_monthly_panel(town: SmallTown) -> None:
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[month]")
    data = dataset(town, ["2024-01", "2024-01", "2024-04"], "coverage: {rule: any_row}\n")
    assert data.coverage.by_step == {"month": ["vakten"]}
    assert list(weekly(data, "2024-T1").values()) == [
        (2, "reported"), (None, "silent"), (None, "silent"), (1, "reported"),
    ]  # fmt: skip
    assert period_totals(data, parse_period("2024-T1"), ["actor"])["days_reported"].tolist() == [61]


def two_actors(town: SmallTown, weeks: int = 130) -> Dataset:
    """One actor by day, and one whose dates are known to the month."""
    town.files["sources/bolaget.yaml"] = (
        SMALL.replace("vakten", "bolaget")
        .replace("Vakten", "Bolaget")
        .replace('["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[month]")
    )
    town.change(SOURCE, "dates:", "dates:\n  mondays: day")
    mondays = pd.date_range("2022-01-03", periods=weeks, freq="7D")
    months = pd.date_range("2022-01-01", mondays[-1] - pd.offsets.MonthBegin(1), freq="MS")
    town.files["exports/bolaget.csv"] = "Datum;Område;Typ\n" + "".join(
        f"{month:%Y-%m};Norr;Bråk\n" * 9 for month in months
    )
    return dataset(town, [f"{day:%Y-%m-%d}" for day in mondays for _ in range(3)])


def test_each_actor_has_its_own_steps(town: SmallTown) -> None:
    data = two_actors(town)
    assert data.coverage.by_step == {"week": ["vakten"], "month": ["bolaget"]}
    panel = regroup(count_panel(data, parse_period("2023-T1")), ["actor"])
    own = {actor: part for actor, part in panel.groupby("actor", observed=True)}
    assert len(own["vakten"]) == 18
    assert own["bolaget"]["start"].dt.strftime("%m-%d").tolist() == [
        "01-01", "02-01", "03-01", "04-01"
    ]  # fmt: skip
    assert (own["bolaget"]["count"] == 9).all()
    series, _ = decompose_actors(data, parse_period("2022-01-03..2024-05-31"))
    assert series.groupby("actor")["observed"].max().to_dict() == {"bolaget": 9, "vakten": 3}
    shown = silent_weeks(data, parse_period("2023-T1"))
    assert shown.groupby("actor")["step"].unique().str[0].to_dict() == {
        "bolaget": "month", "vakten": "week"
    }  # fmt: skip
    summary = coverage_summary(shown)
    assert summary[["step", "steps"]].to_numpy().tolist() == [["month", 4], ["week", 18]]


@pytest.mark.parametrize(
    ("period", "count", "coverage"),
    [
        ("2023-W27", None, "by_month"),  # without a whole month
        ("2023-W31", None, "by_month"),  # has the first of August, on which the month is counted
        ("2030-W27", None, "silent"),
        ("2023-07", 9, "reported"),
        ("2023-07-31..2023-09-30", 18, "reported"),
    ],
)
def test_a_month_is_never_taken_for_a_week(
    town: SmallTown, period: str, count: int | None, coverage: str
) -> None:
    data, asked = two_actors(town), parse_period(period)
    row = period_totals(data, asked, ["actor"]).set_index("actor").loc["bolaget"]
    assert (None if pd.isna(row["count"]) else row["count"]) == count
    assert row["coverage"] == coverage
    areas = period_totals(data, asked, ["actor", "area"])
    kept = areas[areas["actor"] == "bolaget"].set_index("area")["count"]
    assert (None if pd.isna(kept["norr"]) else kept["norr"]) == count


def test_nothing_in_a_period_that_was_hardly_reported_is_not_zero(town: SmallTown) -> None:
    """The last week of 2022 has a day of 2023, of which nothing else was reported."""
    data = dataset(town, ["2022-06-01", "2022-12-31", "2024-02-01"], "coverage: {rule: any_row}\n")
    row = period_totals(data, parse_period("2023"), ["actor"]).iloc[0]
    assert pd.isna(row["count"])
    assert (row["days_reported"], row["coverage"]) == (1, "partly")
    assert rates_by_area(data, parse_period("2023"))["per_1000"].isna().all()
    expected = deviations(data, parse_period("2023"), ["actor"]).iloc[0]
    assert expected["deviation"] == "not_reported"
    assert expected[["expected", "usual_from", "usual_to"]].isna().all()
    assert "silent_weeks" in {check.name for check in check_data(data, parse_period("2023"))}


def test_an_empty_file_that_covers_a_time_is_reported_zeros(town: SmallTown) -> None:
    town.files["sources/bolaget.yaml"] = (
        SMALL.replace("vakten", "bolaget").replace("Vakten", "Bolaget")
        + "reports: [{from: 2019-06-01}]\ncoverage: {through: 2024-12-31}\n"
    )
    town.files["exports/bolaget.csv"] = "Datum;Område;Typ\n"
    data = dataset(town, ["2024-10-07"])
    for period in ("2024", "2020"):  # before the first incident of any actor too
        row = period_totals(data, parse_period(period), ["actor"]).set_index("actor").loc["bolaget"]
        assert (row["count"], row["coverage"]) == (0, "reported")
    assert data.coverage.first_day("bolaget") == dt.date(2019, 6, 1)
    assert data.coverage.last_day("bolaget") == dt.date(2024, 12, 31)
    late = period_totals(data, parse_period("2025-01"), ["actor"]).set_index("actor")
    assert late.loc["bolaget", "coverage"] == "silent"


@pytest.mark.parametrize(
    "without", ["coverage: {through: 2024-12-31}", "reports: [{from: 2019-06-01}]"]
)
def test_an_empty_file_alone_says_nothing(town: SmallTown, without: str) -> None:
    town.files["sources/bolaget.yaml"] = (
        SMALL.replace("vakten", "bolaget").replace("Vakten", "Bolaget") + without + "\n"
    )
    town.files["exports/bolaget.csv"] = "Datum;Område;Typ\n"
    data = dataset(town, ["2024-10-07"])
    assert not data.coverage.days["bolaget"].any()


def test_regrouping_never_takes_a_part_for_the_whole(town: SmallTown) -> None:
    gap = "coverage:\n  not_reported:\n    - {from: 2024-10-14, to: 2024-10-16, reason: kurs}\n"
    data = dataset(town, ["2024-10-07", "2024-10-17", "2024-10-27"], gap)
    table = regroup(count_panel(data, parse_period("2024-10-07..2024-10-27")), ["actor"])
    assert table["coverage"].tolist() == ["reported", "partly", "reported"]
    assert complete_series(table).isna().tolist() == [False, True, False]


def test_panel_sums_equal_plain_counts(town: SmallTown) -> None:
    days = pd.date_range("2024-01-01", "2024-12-29", freq="3D").strftime("%Y-%m-%d").tolist()
    data = dataset(town, days)
    panel = count_panel(data, parse_period("2024-01-01..2024-12-29"))
    assert int(panel["count"].sum()) == len(days)


def test_coverage_statuses_by_week(town: SmallTown) -> None:
    data = dataset(town, ["2024-10-09", "2024-10-20"])
    table = silent_weeks(data, parse_period("2024-10-07..2024-10-27"))
    assert table["status"].tolist() == ["partly", "reported", "silent"]


def yearly(first: int, last: int, per_week: dict[int, int]) -> list[str]:
    days = []
    for monday in pd.date_range(f"{first}-01-01", f"{last}-12-31", freq="W-MON"):
        for n in range(per_week[monday.year]):
            days.append((monday + pd.Timedelta(days=n % 7)).strftime("%Y-%m-%d"))
    return days


def test_comparisons_are_per_reported_week(town: SmallTown) -> None:
    gap = "coverage:\n  not_reported:\n    - {from: 2025-02-01, to: 2025-02-28, reason: flytt}\n"
    days = yearly(2022, 2025, {2022: 6, 2023: 6, 2024: 6, 2025: 6})
    days = [day for day in days if not day.startswith("2025-02")]
    table = compare_periods(dataset(town, days, gap), parse_period("2025-T1"), ["actor"])
    last_year = table.set_index("comparison").loc["last_year"]
    assert last_year["weeks"] == pytest.approx((120 - 28) / 7)
    assert last_year["reference_weeks"] == pytest.approx((121 - 29) / 7)
    assert abs(last_year["difference"]) < 3
    assert last_year["ratio"] == pytest.approx(1, abs=0.05)
    assert last_year["verdict"] == "no_clear_change"


@pytest.mark.parametrize(("before", "told"), [(9, False), (10, True)])
def test_a_per_cent_of_fewer_than_ten_is_not_told(town: SmallTown, before: int, told: bool) -> None:
    days = [f"{year}-{month:02}-15" for year in (2024, 2025) for month in range(1, 13)]
    days += [f"2024-03-{day:02}" for day in range(1, before - 3)]  # beside one a month
    table = compare_periods(dataset(town, days), parse_period("2025-T1"), ["actor"])
    row = table.set_index("comparison").loc["last_year"]
    assert row["reference_count"] == before
    assert pd.notna(row["percent"]) == told


def test_a_clear_change_is_called_and_nothing_else(town: SmallTown) -> None:
    data = dataset(town, yearly(2022, 2025, {2022: 10, 2023: 10, 2024: 10, 2025: 20}))
    table = compare_periods(data, parse_period("2025-T2"), ["actor"]).set_index("comparison")
    assert table["verdict"].to_dict() == dict.fromkeys(
        ("last_year", "mean_3_years", "last_12_months"), "increase"
    )
    assert table.loc["last_year", "percent"] == pytest.approx(100, abs=3)
    assert table.loc["mean_3_years", "years"] == 3
    assert table.loc["mean_3_years", "reference_count"] == pytest.approx(
        table.loc["last_year", "reference_count"], abs=3
    )


def test_what_was_not_reported_is_not_compared(town: SmallTown) -> None:
    data = dataset(town, yearly(2025, 2025, {2025: 10}))
    table = compare_periods(data, parse_period("2025-T2"), ["actor"])
    assert set(table["verdict"]) == {"too_little_data"}
    assert table["ratio"].isna().all()
    assert table["reference_count"].isna().all()


def test_a_mean_of_one_year_is_none(town: SmallTown) -> None:
    """It would be last year again, under another name."""
    for first, told in ((2024, 1), (2023, 2)):
        data = dataset(town, yearly(first, 2025, dict.fromkeys(range(first, 2026), 10)))
        table = compare_periods(data, parse_period("2025-T2"), ["actor"]).set_index("comparison")
        mean = table.loc["mean_3_years"]
        assert mean["years"] == told
        assert pd.notna(table.loc["last_year", "ratio"])
        for column in ("reference_count", "difference", "ratio", "lower"):
            assert pd.notna(mean[column]) == (told == 2)
        assert mean["verdict"] == ("no_clear_change" if told == 2 else "too_little_data")


def test_intervals_that_hold_together_are_wider(town: SmallTown) -> None:
    data = dataset(town, yearly(2022, 2025, {2022: 8, 2023: 8, 2024: 8, 2025: 10}))
    period, by = parse_period("2025-T2"), ["actor", "area"]
    alone = compare_periods(data, period, by).dropna(subset="lower")
    family = compare_periods(data, period, by, family=True).dropna(subset="lower")
    assert (family["lower"] < alone["lower"]).all()
    assert (family["upper"] > alone["upper"]).all()


def test_rates_use_the_population_of_the_year(town: SmallTown) -> None:
    data = dataset(town, yearly(2022, 2024, {2022: 5, 2023: 5, 2024: 5}))
    table = rates_by_area(data, parse_period("2024-T1")).set_index("area")
    assert table.loc["norr", "per_1000"] == pytest.approx(table.loc["norr", "count"] / 1000 * 1000)
    assert table.loc["norr", "lower_per_1000"] < table.loc["norr", "per_1000"]
    assert rates_by_area(data, parse_period("2023-T1"))["per_1000"].isna().all()


def test_a_report_of_one_area_has_its_incidents_only(town: SmallTown) -> None:
    data = dataset(town, ["2024-10-07", "2024-10-08"])
    assert len(data.in_area("norr").incidents) == 2
    assert len(data.in_area("soder").incidents) == 0
    totals = period_totals(data.in_area("soder"), parse_period("2024-10-07..2024-10-08"), ["actor"])
    assert totals["count"].tolist() == [0]


def test_weekly_counts_are_divided_by_the_weeks_that_are_counted(town: SmallTown) -> None:
    town.change(SOURCE, "columns:", "shape: counts\ncolumns:\n  count: Antal")
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[week]")
    lines = "".join(f"2024v{week};Norr;Bråk;10\n" for week in range(30, 53))
    town.files[CSV] = f"Datum;Område;Typ;Antal\n{lines}"
    data = load_dataset(town.load(), AS_OF)
    row = period_totals(data, parse_period("2024-T3"), ["actor"]).iloc[0]
    # 1 September is a Sunday: week 35 has its Thursday in August; week 1 of 2025 is not counted.
    assert (row["count"], row["days_reported"], row["days"]) == (170, 17 * 7, 17 * 7)
    assert row["coverage"] == "reported"


def test_days_of_weekly_data_are_unknown_in_the_calendar(town: SmallTown) -> None:
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[week]")
    data = dataset(town, ["2024v40", "2024v52"])
    assert counts_at_events(data, parse_period("2024-T3")).empty


def test_nothing_untranslated_last_year_is_zero_not_missing(town: SmallTown) -> None:
    days = yearly(2023, 2024, {2023: 8, 2024: 8})
    town.files[CSV] = "Datum;Område;Typ\n" + "".join(f"{d};Norr;Bråk\n" for d in days)
    town.files[CSV] = f"{town.files[CSV]}2024-10-07;Norr;Ufo\n"
    data = load_dataset(town.load(), AS_OF)
    table = compare_periods(data, parse_period("2024-T3"), ["actor", "category"])
    row = table[(table["category"] == "unmapped") & (table["comparison"] == "last_year")].iloc[0]
    assert (row["count"], row["reference_count"]) == (1, 0)
    assert pd.isna(row["ratio"])
    assert pd.isna(row["percent"])


@pytest.mark.parametrize(
    ("step", "start", "end", "steps"),
    [
        ("week", "2024-10-20", "2024-11-11", ["10-14", "10-21", "10-28", "11-04", "11-11"]),
        ("week", "2024-10-21", "2024-11-10", ["10-21", "10-28", "11-04"]),
        ("month", "2024-10-31", "2024-11-01", ["10-01", "11-01"]),
        ("month", "2024-11-01", "2024-11-30", ["11-01"]),
    ],
)
def test_a_responsibility_holds_in_the_weeks_or_months_that_its_days_touch(
    town: SmallTown, step: str, start: str, end: str, steps: list[str]
) -> None:
    rule = f"reports:\n  - {{areas: [soder], from: {start}, until: {end}}}\n"
    days = pd.date_range("2024-10-01", "2024-12-01", freq="7D").strftime("%Y-%m-%d")
    town.change(SOURCE, "dates:", "dates:\n  mondays: day")  # the same day of each week, on purpose
    data = dataset(town, list(days), f"coverage: {{rule: any_row}}\n{rule}", area="Norr")
    panel = count_panel(data, parse_period("2024-09-30..2024-12-01"), step)
    own = panel[(panel["area"] == "soder") & (panel["category"] == "brak")]
    asked = own[own["coverage"] != "not_responsible"]
    assert list(asked["start"].dt.strftime("%m-%d")) == steps
    assert (asked["count"] == 0).all()
    assert own.loc[own["coverage"] == "not_responsible", "count"].isna().all()


def test_a_panel_of_one_area_has_no_rows_of_others(town: SmallTown) -> None:
    town.files[CSV] = (
        "Datum;Område;Typ\n2024-10-07;Norr;Bråk\n2024-10-08;Söder;Bråk\n2024-10-09;Söder;Okänd\n"
    )
    data = load_dataset(town.load(), AS_OF)
    period = parse_period("2024-10-07..2024-10-13")
    whole = count_panel(data, period)
    assert set(whole["area"]) == {"norr", "soder", "gamla"}
    assert set(whole["category"]) == {"skada", "brak", "unmapped"}
    inside = count_panel(data.in_area("norr"), period)
    assert set(inside["area"]) == {"norr"}
    assert set(inside["category"]) == {"skada", "brak"}
    assert int(inside["count"].sum()) == 1
    assert int(whole["count"].sum()) == 3


def test_rows_of_what_nobody_named_stand_only_where_something_is(town: SmallTown) -> None:
    town.files[CSV] = (
        "Datum;Område;Typ\n"
        + "2024-10-07;Norr;Bråk\n" * 3
        + "2024-10-08;;Bråk\n2024-11-25;Norr;?\n"
    )
    data = load_dataset(town.load(), AS_OF)
    for label, area, category in (("2024-10", 1, 0), ("2024-11", 0, 1)):
        period = parse_period(label)
        for key, code, count in (("area", "unknown", area), ("category", "unmapped", category)):
            table = period_totals(data, period, ["actor", key]).set_index(key)["count"]
            assert table.get(code, 0) == count
            assert (code in table.index) == bool(count)
            kept = period_totals(data, period, ["actor", key], nameless=True).set_index(key)
            assert kept["count"].get(code, 0) == count
            assert list(table.index) == [c for c in kept.index if c in table.index]


def test_a_part_nobody_answers_for_is_not_silence(town: SmallTown) -> None:
    """Reported where it answers and silent where it does not: whole; silent where it does: partly."""
    rule = "coverage: {rule: any_row}\nreports:\n  - {areas: [norr]}\n"
    data = dataset(town, ["2024-10-07", "2024-10-15"], rule)
    panel = count_panel(data, parse_period("2024-10-07..2024-10-27"))
    assert regroup(panel, ["actor"])["coverage"].tolist() == ["reported", "reported", "silent"]
    by_area = regroup(panel, ["area"])
    other = by_area[by_area["area"] == "soder"]
    assert set(other["coverage"]) == {"not_responsible"}
    assert other["count"].isna().all()


def test_every_cell_is_that_of_a_plain_count(town: SmallTown) -> None:
    """The first and the last week, area and type too, beside rows just outside."""
    days = ["2024-10-06", "2024-10-07", "2024-10-13", "2024-10-14", "2024-10-27", "2024-10-28"]
    lines = [
        f"{day};{area};{kind}\n" * (n + 1)
        for n, day in enumerate(days)
        for area in ("Norr", "Söder")
        for kind in ("Klotter", "Bråk")
    ]
    town.files[CSV] = "Datum;Område;Typ\n" + "".join(lines)
    data = load_dataset(town.load(), AS_OF)
    panel = count_panel(data, parse_period("2024-10-07..2024-10-27"))
    counts = panel.dropna(subset="count").pivot_table(
        index="start", columns=["area", "category"], values="count", observed=True
    )
    assert {column: counts[column].tolist() for column in counts} == {
        ("norr", "skada"): [5, 4, 5],
        ("norr", "brak"): [5, 4, 5],
        ("soder", "skada"): [5, 4, 5],
        ("soder", "brak"): [5, 4, 5],
    }


def test_a_cell_that_nobody_reported_has_no_count(town: SmallTown) -> None:
    """Also when it stands alone; a row in a week thought silent is counted, and not the whole."""
    gap = "coverage:\n  not_reported:\n    - {from: 2024-10-14, to: 2024-10-27, reason: kurs}\n"
    data = dataset(town, ["2024-10-07", "2024-10-23", "2024-11-03"], gap)
    panel = count_panel(data, parse_period("2024-10-07..2024-11-03"))
    own = panel[(panel["area"] == "norr") & (panel["category"] == "brak")]
    assert own["coverage"].tolist() == ["reported", "silent", "partly", "reported"]
    assert own["count"].isna().tolist() == [False, True, False, False]
    assert own["count"].dropna().tolist() == [1, 1, 1]
    other = panel[(panel["area"] == "soder") & (panel["category"] == "brak")]
    assert other["coverage"].tolist() == ["reported", "silent", "silent", "reported"]
    assert other["count"].dropna().tolist() == [0, 0]
    again = regroup(panel, ["actor", "area", "category"])
    assert again["count"].equals(panel["count"])
    assert again["coverage"].tolist() == panel["coverage"].tolist()
    norr = regroup(panel[panel["area"] == "norr"], ["area"])
    assert set(norr["area"]) == {"norr"}


def test_totals_tell_a_reported_zero_from_silence_and_from_a_part(town: SmallTown) -> None:
    gap = "coverage:\n  not_reported:\n    - {from: 2024-10-14, to: 2024-10-20, reason: kurs}\n"
    data = dataset(town, ["2024-10-07", "2024-10-16", "2024-10-27"], gap)
    found = {
        label: period_totals(data, parse_period(label), ["actor", "area"]).set_index("area")
        for label in ("2024-10-07..2024-10-13", "2024-10-14..2024-10-20", "2024-10-15..2024-10-15")
    }
    told, silent, day = found.values()
    assert told["count"].to_dict() == {"norr": 1, "soder": 0}
    assert told["coverage"].tolist() == ["reported", "reported"]
    assert silent.loc["norr", "count"] == 1
    assert pd.isna(silent.loc["soder", "count"])
    assert silent["coverage"].tolist() == ["partly", "silent"]
    assert day["coverage"].tolist() == ["silent", "silent"]
    assert day["days"].tolist() == [1, 1]
    one = period_totals(data, parse_period("2024-10-27..2024-10-27"), ["actor"])
    assert one[["count", "days_reported", "days"]].to_numpy().tolist() == [[1, 1, 1]]
    assert one["coverage"].tolist() == ["reported"]


def test_half_of_a_period_is_enough_for_a_zero_and_less_is_not(town: SmallTown) -> None:
    gap = "coverage:\n  not_reported:\n    - {from: 2024-10-14, to: 2024-10-20, reason: kurs}\n"
    data = dataset(town, ["2024-10-07", "2024-10-27"], gap)
    quiet = {
        days: period_totals(data, parse_period(f"2024-10-{days}"), ["actor", "area"])
        .set_index("area").loc["soder"]
        for days in ("07..2024-10-20", "08..2024-10-20", "12..2024-10-12")
    }  # fmt: skip
    assert [(row["days_reported"], row["days"]) for row in quiet.values()] == [
        (7, 14),
        (6, 13),
        (1, 1),
    ]
    half, less, day = (row["count"] for row in quiet.values())
    assert (half, day) == (0, 0)
    assert pd.isna(less)


def test_who_answers_for_which_types_holds_in_totals_too(town: SmallTown) -> None:
    rule = "reports:\n  - {from: 2024-10-07, categories: [skada]}\n"
    town.files[CSV] = (
        "Datum;Område;Typ\n2024-10-07;Norr;Klotter\n2024-10-09;Norr;Ufo\n2024-10-27;Norr;Klotter\n"
    )
    town.files[SOURCE] = f"{town.files[SOURCE]}{rule}"
    data = load_dataset(town.load(), AS_OF)
    period = parse_period("2024-10-07..2024-10-27")
    mains = period_totals(data, period, ["actor", "category"])
    assert mains["category"].tolist() == ["skada", "unmapped"]
    assert mains["coverage"].tolist() == ["reported", "reported"]
    assert mains.index.tolist() == [0, 1]
    kinds = period_totals(data, period, ["actor", "subcategory"])
    assert kinds["subcategory"].tolist() == ["klotter"]
    assert kinds["count"].tolist() == [2]


def test_a_quiet_area_that_is_asked_for_stands_there_with_zero(town: SmallTown) -> None:
    data = dataset(town, ["2024-10-07", "2024-10-13"]).in_area("soder")
    period = parse_period("2024-10-07..2024-10-13")
    assert count_panel(data, period)["area"].unique().tolist() == ["soder"]
    totals = period_totals(data, period, ["actor", "area"])
    assert totals[["area", "count"]].to_numpy().tolist() == [["soder", 0]]


def test_where_no_week_is_counted_there_is_no_row(town: SmallTown) -> None:
    town.change(SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[week]")
    data = dataset(town, ["2024v40", "2024v45"])
    assert period_totals(data, parse_period("2024-10-08..2024-10-08"), ["actor"]).empty


def test_an_area_is_silent_of_nothing_before_it_begins_and_after_it_ends(town: SmallTown) -> None:
    """It has no zeros there, no change is claimed of it, and part of a period is a part."""
    days = pd.date_range("2022-01-03", "2024-12-29", freq="D").strftime("%Y-%m-%d")
    town.files[CSV] = "Datum;Område;Typ\n" + "".join(
        f"{day};{area};Bråk\n" for day in days for area in ("Norr", "Gamla")
    )
    data = load_dataset(town.load(), AS_OF)
    own = count_panel(data, parse_period("2023-12-18..2024-01-14"))
    own = own[(own["area"] == "gamla") & (own["category"] == "brak")]
    assert own["coverage"].tolist() == [
        "reported",
        "reported",
        "not_responsible",
        "not_responsible",
    ]
    assert own["count"].isna().tolist() == [False, False, True, True]
    by = ["actor", "area"]
    assert period_totals(data, parse_period("2024-T1"), by)["area"].tolist() == [
        "norr",
        "soder",
        "unmapped",
    ]
    both = period_totals(data, parse_period("2023-12-01..2024-01-31"), by).set_index("area")
    assert both.loc["gamla", ["count", "days_reported", "days"]].tolist() == [31, 31, 62]
    assert both.loc["gamla", "coverage"] == "partly"
    table = compare_periods(data, parse_period("2024-T1"), by)
    ceased = table[table["area"] == "gamla"]  # the last twelve months: part of them it was there
    assert ceased[["comparison", "verdict"]].to_numpy().tolist() == [
        ["last_12_months", "no_clear_change"]
    ]
    alone = data.in_area("gamla")
    assert period_totals(alone, parse_period("2024-T1"), ["actor"]).empty
    assert period_totals(alone, parse_period("2023-T3"), ["actor"])["count"].tolist() == [122]


def test_an_area_is_all_that_lies_below_it(town: SmallTown) -> None:
    """In whatever order they are written, and the zeros of those without events too."""
    town.change("areas.yaml", "  - {id: norr,", "  - {id: gata, name: Gata, parent: kvarter}\n"
                "  - {id: kvarter, name: Kvarter, parent: norr}\n  - {id: norr,")  # fmt: skip
    town.files[SOURCE] = f"{town.files[SOURCE]}reports:\n  - {{areas: [gata, soder]}}\n"
    data = dataset(town, ["2024-10-07", "2024-10-13"], area="Gata").in_area("norr")
    period = parse_period("2024-10-07..2024-10-13")
    totals = period_totals(data, period, ["actor", "area"])
    assert totals[["area", "count"]].to_numpy().tolist() == [["gata", 2]]
    assert set(count_panel(data, period)["area"]) == {"gata", "kvarter", "norr"}
    assert period_totals(data, period, ["actor"])["coverage"].tolist() == ["reported"]
    assert period_totals(data.whole().in_area("gamla"), period, ["actor"]).empty


def test_the_report_of_an_area_has_the_actors_that_answer_for_it(town: SmallTown) -> None:
    """The others have no zeros there, and are not silent."""
    own = str(town.files[SOURCE]).replace("vakten", "jouren").replace("Vakten", "Jouren")
    town.files["sources/jouren.yaml"] = f"{own}reports:\n  - {{areas: [soder]}}\n"
    days = pd.date_range("2022-01-03", "2025-01-12", freq="D").strftime("%Y-%m-%d")
    lines = "".join(f"{day};Söder;Bråk\n" for day in days)
    town.files["exports/jouren.csv"] = f"Datum;Område;Typ\n{lines}"
    data = dataset(town, list(days))
    period = parse_period("2024-T3")
    assert data.actors == ["jouren", "vakten"]
    assert data.in_area("soder").actors == ["jouren", "vakten"]
    norr = data.in_area("norr")
    assert norr.actors == ["vakten"]
    tables = {
        "totals": period_totals(norr, period, ["actor"]),
        "weeks": silent_weeks(norr, period),
        "occasions": counts_at_events(norr, period),
        "hours": weekday_hours(norr, period)[1],
        "change": compare_periods(norr, period, ["actor"]),
        "series": decompose_actors(norr, parse_period("2022-01-03..2024-12-31"))[0],
    }
    for name, table in tables.items():
        assert set(table["actor"]) == {"vakten"}, name
    town.files["exports/jouren.csv"] = f"Datum;Område;Typ\n{lines}2024-10-07;Norr;Bråk\n"
    assert load_dataset(town.load(), AS_OF).in_area("norr").actors == ["jouren", "vakten"]
