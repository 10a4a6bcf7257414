import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from est_analysis.calendar import (
    Period,
    monday_of,
    monday_of_week,
    mondays_in,
    months_in,
    operational_date,
    parse_period,
    tertial_of,
    week_label,
    week_labels,
    weeks_of_year,
)
from est_analysis.errors import PeriodError

DAYS = [dt.date(1970, 1, 1) + dt.timedelta(days=n) for n in range(47_847)]  # to 31 December 2100
LABELS = [
    *(f"2024-{part}" for part in ("T1", "T2", "T3", "Q1", "Q4", "H1", "H2")),
    *("2024-02", "2024-12", "2024", "2020-W53", "2024-W01", "2024-02-29..2024-03-10"),
]


def d(text):
    return dt.date.fromisoformat(text)


def test_the_weeks_of_every_day_from_1970_to_2100_are_those_of_the_standard_library():
    assert DAYS[-1] == d("2100-12-31")
    mondays = monday_of(np.array(DAYS, dtype="datetime64[D]"))
    labels = week_labels(mondays)
    assert mondays.dtype == "datetime64[s]"
    for day, monday, label in zip(DAYS, mondays.tolist(), labels, strict=True):
        year, week, weekday = day.isocalendar()
        assert monday.date() == day - dt.timedelta(days=weekday - 1)
        assert label == f"{year}-W{week:02d}"


def test_every_week_from_1970_to_2100_is_found_by_its_number():
    for year in range(1970, 2101):
        number = max(dt.date(year, 12, day).isocalendar().week for day in range(22, 29))
        assert weeks_of_year(year) == number
        for week in range(1, number + 1):
            assert monday_of_week(year, week) == dt.date.fromisocalendar(year, week, 1)


def test_years_with_week_53_are_those_of_the_swedish_mortality_statistics(shared_data):
    deaths = pd.read_csv(shared_data / "sweden_weekly_deaths_hmd_stmf.csv")
    dated = deaths[deaths["Week"] != "UNK"].astype({"Week": int})
    last = dated.groupby("Year")["Week"].max().drop(2021)  # ends in spring
    assert last[last == 53].index.tolist() == [2004, 2009, 2015, 2020]
    assert last.to_dict() == {year: weeks_of_year(year) for year in range(2000, 2021)}


def test_every_monday_since_2004_has_the_week_of_the_swedish_mortality_statistics(shared_data):
    deaths = pd.read_csv(shared_data / "sweden_weekly_deaths_hmd_stmf.csv")
    dated = deaths[(deaths["Week"] != "UNK") & (deaths["Year"] >= 2004)]
    written = [f"{y}-W{int(w):02d}" for y, w in zip(dated["Year"], dated["Week"], strict=True)]
    assert (written[0], written[-1][:4]) == ("2004-W01", "2021")
    last = monday_of_week(2021, int(dated["Week"].iloc[-1]))
    mondays = mondays_in(Period("", "days", d("2003-12-29"), last))
    assert set(mondays.day_of_week) == {0}
    assert week_labels(mondays) == written


def test_every_day_belongs_to_exactly_one_tertial_and_tertials_meet():
    for day in DAYS:
        tertial = tertial_of(day)
        assert tertial.start <= day <= tertial.end
        assert tertial.label == f"{day.year}-T{1 if day.month < 5 else 2 if day.month < 9 else 3}"
    assert [parse_period(f"2024-T{n}").days for n in (1, 2, 3)] == [121, 123, 122]
    assert parse_period("2025-T1").days == 120


@pytest.mark.parametrize(
    ("text", "label", "kind", "start", "end"),
    [
        ("2025-T1", "2025-T1", "tertial", "2025-01-01", "2025-04-30"),
        (" 2025 - t3 ", "2025-T3", "tertial", "2025-09-01", "2025-12-31"),
        ("2025-q2", "2025-Q2", "quarter", "2025-04-01", "2025-06-30"),
        ("2025-H2", "2025-H2", "half-year", "2025-07-01", "2025-12-31"),
        ("2024-02", "2024-02", "month", "2024-02-01", "2024-02-29"),
        ("2025", "2025", "year", "2025-01-01", "2025-12-31"),
        ("2025-W1", "2025-W01", "week", "2024-12-30", "2025-01-05"),
        ("2025-v14", "2025-W14", "week", "2025-03-31", "2025-04-06"),
        ("2020-W53", "2020-W53", "week", "2020-12-28", "2021-01-03"),
        (
            "2025-01-01 .. 2025-02-15",
            "2025-01-01..2025-02-15",
            "days",
            "2025-01-01",
            "2025-02-15",
        ),
    ],
)
def test_written_periods(text, label, kind, start, end):
    assert parse_period(text) == Period(label, kind, d(start), d(end))


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("våren 2025", "2025-T1 to T3, 2025-Q1 to Q4"),
        ("", "2025-01-01..2025-02-15"),
        ("2025-1", "2025-03"),
        ("2025-T4", "2025-T1 to 2025-T3"),
        ("2025-H0", "2025-H1 to 2025-H2"),
        ("2025-13", "2025-01 to 2025-12"),
        ("2025-W53", "2025-W52, or 2026-W01"),
        ("2025-W00", "2025-W52"),
        ("2025-02-30..2025-03-01", "correct 2025-02-30"),
        ("2025-03-01..2025-02-01", "swap them: 2025-02-01..2025-03-01"),
        ("0225-T1", "a year from 1900 to 2199"),
    ],
)
def test_impossible_periods_say_what_is_legal(text, remedy):
    with pytest.raises(PeriodError) as error:
        parse_period(text)
    assert remedy in str(error.value)
    assert "nothing is counted for this period" in str(error.value)


def test_the_wording_of_a_period_error():
    with pytest.raises(PeriodError) as error:
        parse_period("2025-T4")
    assert str(error.value) == (
        "cannot understand the period '2025-T4'\n"
        "  expected   2025-T1 to 2025-T3\n"
        "  found      '2025-T4'\n"
        "  change it  a year has 3 such parts\n"
        "  otherwise  nothing is counted for this period"
    )


@pytest.mark.parametrize("label", LABELS)
def test_a_label_reads_as_itself_and_neighbours_meet(label):
    period = parse_period(label)
    assert period.label == label
    before, after = period.before(), period.after()
    assert before.end + dt.timedelta(days=1) == period.start
    assert period.end + dt.timedelta(days=1) == after.start
    assert before.after() == period == after.before()
    assert {before.kind, after.kind} == {period.kind}
    assert parse_period(before.label) == before


@pytest.mark.parametrize(
    ("label", "years", "earlier"),
    [
        ("2025-T3", 1, "2024-T3"),
        ("2025-T1", 3, "2022-T1"),
        ("2024-02", 1, "2023-02"),
        ("2025-Q4", 2, "2023-Q4"),
        ("2025-H1", 1, "2024-H1"),
        ("2025", 1, "2024"),
        ("2025-W01", 1, "2024-W01"),
        ("2020-W53", 1, "2019-W52"),
        ("2020-W53", 5, "2015-W53"),
        ("2024-02-29..2024-03-10", 1, "2023-02-28..2023-03-10"),
        ("2025-01-01..2025-02-15", 2, "2023-01-01..2023-02-15"),
    ],
)
def test_years_before(label, years, earlier):
    assert parse_period(label).years_before(years) == parse_period(earlier)


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2025-T3", "2025-01-01", "2025-12-31"),
        ("2025-T1", "2024-05-01", "2025-04-30"),
        ("2025-02", "2024-03-01", "2025-02-28"),
        ("2024-02", "2023-03-01", "2024-02-29"),
        ("2024-02-01..2024-02-28", "2023-03-01", "2024-02-28"),
        ("2025-01-01..2025-08-15", "2024-08-16", "2025-08-15"),
        ("2025-W14", "2024-04-07", "2025-04-06"),
    ],
)
def test_last_12_months(label, start, end):
    year = parse_period(label).last_12_months()
    assert (year.kind, year.start, year.end) == ("days", d(start), d(end))
    assert year.label == f"{start}..{end}"


@given(st.dates(d("1971-01-01"), d("2100-01-01")), st.integers(0, 400))
def test_twelve_months_are_a_year_of_days_without_gap(start, length):
    period = Period("", "days", start, start + dt.timedelta(days=length))
    year = period.last_12_months()
    assert year.days in (365, 366)
    day_after = year.end + dt.timedelta(days=1)
    day_after_29_february = (day_after.month, day_after.day) == (2, 29)
    if not day_after_29_february:
        assert (year.start.month, year.start.day) == (day_after.month, day_after.day)


def test_days_and_weeks():
    period = parse_period("2025-W14")
    assert (period.days, period.weeks) == (7, 1.0)
    assert parse_period("2025-T1").weeks == 120 / 7


@pytest.mark.parametrize("label", LABELS)
def test_mondays_and_months_in_a_period_are_those_its_days_have(label):
    period = parse_period(label)
    days = pd.date_range(period.start, period.end)
    mondays, months = mondays_in(period), months_in(period)
    assert list(mondays) == sorted({day - pd.Timedelta(days=day.weekday()) for day in days})
    assert list(months) == sorted({day.replace(day=1) for day in days})
    assert mondays.dtype == months.dtype == "datetime64[s]"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_monday_of_takes_arrays_series_and_indexes_with_gaps_and_early_dates(unit):
    moments = pd.DatetimeIndex(["1960-01-03 23:59:59", None, "2024-12-29", "2024-12-30"]).as_unit(
        unit
    )
    expected = np.array(["1959-12-28", "NaT", "2024-12-23", "2024-12-30"], dtype="datetime64[s]")
    for given_as in (moments, pd.Series(moments), moments.to_numpy()):
        np.testing.assert_array_equal(monday_of(given_as), expected)
    assert week_labels(moments) == ["1959-W53", "", "2024-W52", "2025-W01"]


@pytest.mark.parametrize(
    "monday", [d("2020-12-28"), pd.Timestamp("2020-12-28"), np.datetime64("2020-12-28")]
)
def test_week_label_of_one_day(monday):
    assert week_label(monday) == "2020-W53"


def test_moments_before_the_day_begins_belong_to_the_day_before():
    moments = np.array(
        ["2025-05-01T00:00", "2025-05-01T05:59:59", "2025-05-01T06:00", "1969-12-31T03:00", "NaT"],
        dtype="datetime64[s]",
    )
    expected = ["2025-04-30", "2025-04-30", "2025-05-01", "1969-12-30", "NaT"]
    np.testing.assert_array_equal(
        operational_date(moments, dt.time(6)), np.array(expected, dtype="datetime64[s]")
    )
    np.testing.assert_array_equal(
        operational_date(moments, dt.time(0)), moments.astype("datetime64[D]")
    )
    half_past = operational_date(pd.Series(moments), dt.time(5, 59, 59))
    assert half_past[1] == np.datetime64("2025-05-01")


def test_arrays_given_are_left_as_they_were():
    moments = np.array(["2025-05-01T03:00", "NaT"], dtype="datetime64[s]")
    kept = moments.copy()
    monday_of(moments)
    operational_date(moments, dt.time(6))
    np.testing.assert_array_equal(moments, kept)
