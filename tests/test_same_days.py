"""Like with like: only the days reported in all the years compared are counted in each."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis import findings
from est_analysis.calendar import Period, parse_period
from est_analysis.comparisons import compare_periods
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import answering, period_totals
from est_analysis.counts.same_days import NOT_COMPARED, SAME_DAYS, WHOLE, compared_days
from est_analysis.disclosure import DisclosureRule, release
from est_analysis.disclosure.recount import Recount
from est_analysis.disclosure.recount.days import ComparableDays
from est_analysis.effort import effort_trend
from est_analysis.errors import PeriodError, ReportError
from est_analysis.language import language
from est_analysis.priorities import priorities
from est_analysis.report import Report, start

SOURCE = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
TERTIAL = parse_period("2024-T3")


def seasonal(first: str, last: str) -> pd.DatetimeIndex:
    """Days with events: one on each in September and October, four from November on."""
    days = pd.date_range(first, last)
    return days.repeat(np.where(days.month >= 11, 4, 1))


def town_of(
    town: SmallTown, days: pd.DatetimeIndex, rest: str = "", form: str = "%Y-%m-%d"
) -> Dataset:
    if form != "%Y-%m-%d":
        town.change(
            SOURCE, '["%Y-%m-%d %H:%M", "%Y-%m-%d"]', "[week]" if "v" in form else "[month]"
        )
    written = days.strftime(form.replace("v", "v").replace("%Y", "%G") if "v" in form else form)
    lines = [f"{day};{('Norr', 'Söder')[i % 2]};{('Bråk', 'Klotter')[i % 3 > 0]}"
             for i, day in enumerate(written)]  # fmt: skip
    town.files[CSV] = "\n".join(["Datum;Område;Typ", *lines]) + "\n"
    town.files[SOURCE] = f"{town.files[SOURCE]}{rest}"
    return load_dataset(town.load(), dt.date(2025, 1, 31))


def last_year(table: pd.DataFrame, kind: str = "last_year") -> pd.Series:
    return table[table["comparison"] == kind].iloc[0]


def test_half_a_period_is_compared_with_the_same_half(town: SmallTown) -> None:
    """With the whole of last year's the season of what is to come would be a decrease."""
    data = town_of(town, seasonal("2020-01-01", "2024-11-04"))
    table = compare_periods(data, TERTIAL, ["actor"])
    row = last_year(table)
    assert row["compared"] == SAME_DAYS
    assert (row["count"], row["compared_count"]) == (61 + 16, 61 + 16)
    assert (row["reference_count"], row["difference"]) == (61 + 16, 0)
    assert row["weeks"] == row["reference_weeks"] == pytest.approx(65 / 7)
    assert (row["ratio"], row["verdict"]) == (1, "no_clear_change")
    mean = last_year(table, "mean_3_years")
    assert (mean["reference_count"], mean["years"], mean["compared"]) == (77, 3, SAME_DAYS)
    assert mean["reference_weeks"] == pytest.approx(3 * 65 / 7)
    year = last_year(table, "last_12_months")  # 29 February goes with the 28th
    assert (year["weeks"], year["reference_weeks"]) == pytest.approx((309 / 7, 308 / 7))


def test_what_last_year_lacks_is_left_out_of_this_year_too(town: SmallTown) -> None:
    gap = "coverage:\n  not_reported: [{from: 2023-11-01, to: 2023-12-31, reason: flytt}]\n"
    days = seasonal("2020-01-01", "2024-12-31")
    days = days[(days < "2023-11-01") | (days > "2023-12-31")]
    row = last_year(compare_periods(town_of(town, days, gap), TERTIAL, ["actor"]))
    assert row["count"] == 61 + 4 * 61
    assert (row["compared_count"], row["reference_count"], row["ratio"]) == (61, 61, 1)


def test_whole_periods_are_compared_whole(town: SmallTown) -> None:
    table = compare_periods(town_of(town, seasonal("2020-01-01", "2024-12-31")), TERTIAL, ["actor"])
    assert set(table["compared"]) == {WHOLE}
    assert (table["count"] == table["compared_count"]).all()


def test_too_little_is_not_compared_and_the_whole_count_is_shown(town: SmallTown) -> None:
    data = town_of(town, seasonal("2020-01-01", "2024-10-15"))
    row = last_year(compare_periods(data, TERTIAL, ["actor"]))
    assert (row["compared"], row["count"], row["reference_count"]) == (
        NOT_COMPARED,
        45,
        61 + 4 * 61,
    )
    assert pd.isna(row["compared_count"])
    assert pd.isna(row["ratio"])
    assert row["verdict"] == "too_little_data"


@pytest.mark.parametrize(
    ("form", "weeks"), [("%Yv%V", 10), ("%Y-%m", (30 + 31 + 30) / 7)], ids=["week", "month"]
)
def test_a_week_or_month_known_as_one_is_compared_as_one(
    town: SmallTown, form: str, weeks: float
) -> None:
    days = seasonal("2020-01-06", "2024-11-10" if "v" in form else "2024-11-30")
    data = town_of(town, days, form=form)
    row = last_year(compare_periods(data, TERTIAL, ["actor"]))
    assert row["compared"] == SAME_DAYS
    assert row["weeks"] == row["reference_weeks"] == pytest.approx(weeks)
    assert row["ratio"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    "period", ["2024-W18", "2024-W12", "2024-01-20..2024-02-10"], ids=["first", "none", "part"]
)
def test_what_months_do_not_tell_of_is_not_compared(town: SmallTown, period: str) -> None:
    """Also where the first of a month lies in it: no month is a week, and no zero is made of it."""
    data = town_of(town, seasonal("2020-01-01", "2024-12-31"), form="%Y-%m")
    asked = parse_period(period)
    numbers = ["count", "compared_count", "reference_count", "difference", "ratio"]
    for name, by in (("totals", ["actor"]), ("areas", ["actor", "area"])):
        table = compare_periods(data, asked, by)
        rows = table[table["comparison"] != "last_12_months"]
        assert (rows["compared"] == NOT_COMPARED).all()
        assert (rows["years"] == 0).all()
        assert rows[numbers].isna().all(axis=None)
        added = Recount(data, asked)
        added.refuse_mismatch(name, table)
        for column in numbers[:3]:
            wrong = table.copy()
            wrong.loc[rows.index[0], column] = 0
            with pytest.raises(ReportError, match=f"no number, {column} of"):
                added.refuse_mismatch(name, wrong)
    trend = effort_trend(data, asked).iloc[0]
    assert trend[["compared_count", "reference_count"]].isna().all()


def test_a_february_that_lacks_a_day_is_no_month(town: SmallTown) -> None:
    """29 February makes the same dates a whole month in some years only."""
    data = town_of(town, seasonal("2017-01-01", "2024-12-31"), form="%Y-%m")
    period = parse_period("2021-02-01..2021-02-28")
    table = compare_periods(data, period, ["actor"])
    Recount(data, period).refuse_mismatch("totals", table)
    rows = table.set_index("comparison")
    assert rows.loc["last_year", "compared"] == NOT_COMPARED
    assert rows.loc["last_year", "count"] == 28
    assert rows.loc["last_year", "reference_count"] is pd.NA
    mean = rows.loc["mean_3_years"]
    assert (mean["years"], mean["compared_count"], mean["reference_count"]) == (2, 28, 28)


def test_an_area_that_began_last_autumn_is_compared_from_then(town: SmallTown) -> None:
    town.change("areas.yaml", "name: Söder,", "name: Söder, valid_from: 2023-10-01,")
    days = seasonal("2020-01-01", "2024-12-31")
    table = compare_periods(town_of(town, days), TERTIAL, ["actor", "area"])
    rows = table[table["comparison"] == "last_year"].set_index("area")
    assert rows.loc["norr", "compared"] == WHOLE
    assert rows.loc["soder", "compared"] == SAME_DAYS
    assert rows.loc["soder", "weeks"] == pytest.approx(92 / 7)
    assert rows.loc["soder", "compared_count"] < rows.loc["soder", "count"]


def planted(town: SmallTown, seed: int) -> tuple[Dataset, Period]:
    """A town with gaps, responsibilities and areas that begin and end anywhere."""
    rng = np.random.default_rng(seed)

    def day(first: str = "2020-01-01", last: str = "2024-12-31") -> str:
        return str(rng.choice(pd.date_range(first, last).strftime("%Y-%m-%d")))

    town.change("areas.yaml", "name: Söder,", f"name: Söder, valid_from: {day()},")
    gaps = [(begin, pd.Timestamp(begin) + pd.Timedelta(days=int(rng.integers(1, 60))))
            for begin in (day() for _ in range(3))]  # fmt: skip
    told = ", ".join(f"{{from: {a}, to: {b:%Y-%m-%d}, reason: x}}" for a, b in gaps)
    rest = (
        f"coverage: {{quiet_months: real, not_reported: [{told}]}}\n"
        f"reports:\n  - {{from: {day(last='2022-06-30')}, areas: [norr, gamla]}}\n"
        f"  - {{from: {day(last='2023-06-30')}, areas: [soder], categories: [brak]}}\n"
    )
    days = pd.DatetimeIndex(rng.choice(pd.date_range("2020-01-01", day("2024-06-01")), 900))
    form = ("%Y-%m-%d", "%Yv%V", "%Y-%m")[seed % 3]
    periods = ("2024-T3", "2024-T1", "2024-W20", "2024-02", "2024-02-10..2024-06-20", "2023")
    return town_of(town, days.sort_values(), rest, form), parse_period(periods[seed % 7 % 6])


@pytest.mark.parametrize("seed", range(24))
def test_the_days_found_again_are_those_compared(town: SmallTown, seed: int) -> None:
    """And every count of them is that of the incidents; by code that shares nothing."""
    data, period = planted(town, seed)
    for one in (data, data.in_area("soder")):
        again, added = ComparableDays(one), Recount(one, period)
        for name, by in (("totals", ["actor"]), ("areas", ["actor", "area"]),
                         ("categories", ["actor", "category"])):  # fmt: skip
            table = compare_periods(one, period, by)
            added.refuse_mismatch(name, table)
            rows = period_totals(one, period, by)[by]
            for key, word in zip(answering(one, rows), rows.to_dict("records"), strict=True):
                found = compared_days(one, period, (1, 2, 3), 2, *key)
                if found.state == NOT_COMPARED:
                    continue
                now, before = again.of({str(k): str(v) for k, v in word.items()}, period, (1, 2, 3))
                parts = {0: found.now, **found.before}
                for n, days in {0: now, **before}.items():
                    span = period.years_before(n) if n else period
                    every = pd.date_range(span.start, span.end).to_numpy("datetime64[D]")
                    assert set(every[parts[n].holds(every)].tolist()) == set(days)


def test_a_wrong_count_of_compared_days_is_found(town: SmallTown) -> None:
    data = town_of(town, seasonal("2020-01-01", "2024-11-04"))
    table = compare_periods(data, TERTIAL, ["actor"])
    for column in ("compared_count", "reference_count"):
        wrong = table.assign(**{column: table[column] + 1})
        with pytest.raises(ReportError, match="does not add up"):
            Recount(data, TERTIAL).refuse_mismatch("totals", wrong)


def test_reporters_are_those_of_the_weeks_compared(town: SmallTown) -> None:
    """Twice as many reporters from November on: in a season, not in one of the years."""
    days = seasonal("2020-01-01", "2024-11-04")
    lines = [f"{day:%Y-%m-%d};Norr;Bråk;r{i % (8 if day.month >= 11 else 2)}"
             for i, day in enumerate(days)]  # fmt: skip
    town.files[CSV] = "\n".join(["Datum;Område;Typ;Vem", *lines]) + "\n"
    town.change(SOURCE, "columns:", "columns:\n  reporter: Vem")
    row = effort_trend(load_dataset(town.load(), dt.date(2025, 1, 31)), TERTIAL).iloc[0]
    assert row["compared"] == SAME_DAYS
    assert row["reporters"] == pytest.approx(row["reference_reporters"], abs=0.6)
    assert row["per_reporter_ratio"] == pytest.approx(1, abs=0.2)


def shown(
    data: Dataset, audience: str, method: str = "suppress"
) -> tuple[Report, dict[str, pd.DataFrame]]:
    rule = DisclosureRule(audience, method=method)
    report = Report("tertial", data, TERTIAL, rule, language("sv"))
    data = report.data
    tables = {
        "totals": compare_periods(data, TERTIAL, ["actor"]),
        "areas": compare_periods(data, TERTIAL, ["actor", "area"]),
        "effort": effort_trend(data, TERTIAL),
    }
    return report, tables


def test_the_page_says_which_days_are_compared(town: SmallTown) -> None:
    report, tables = shown(town_of(town, seasonal("2020-01-01", "2024-11-04")), "internal")
    exhibit = report.table("totals", tables["totals"])
    assert "77 händelser mot 77 samma dagar förra året" in exhibit.record["findings"][0]
    assert "Bara de dagar som är rapporterade båda åren jämförs: 9,3 veckor." in exhibit.html
    assert "Antal, samma dagar" in exhibit.html
    assert "samma dagar = antal under" in exhibit.html
    whole, tables = shown(town_of(town, seasonal("2020-01-01", "2024-12-31")), "internal")
    assert "Antal, samma dagar" not in whole.table("totals", tables["totals"]).html


@pytest.mark.parametrize("method", ["suppress", "round"])
def test_a_part_of_a_tertial_is_not_public(town: SmallTown, method: str) -> None:
    """The rest of the tertial, its whole less the part, could be a small count."""
    told = "coverage: {through: 2024-11-04}\nreports: [{from: 2020-01-01}]\n"
    data = town_of(town, seasonal("2020-01-01", "2024-11-04"), told)
    report, tables = shown(data, "public", method)
    for name, table in tables.items():
        record = report.table(name, table).record
        rows = pd.DataFrame(record["rows"], columns=record["columns"])
        parts = rows[rows["compared"] == SAME_DAYS]
        assert len(parts)
        for column in ("compared_count", "reference_count", "ratio", "verdict"):
            assert all(value == {"hidden": True} for value in parts[column]), (name, column)
        assert not any(isinstance(value, dict) for value in parts["count"])
    said = report.table("totals", tables["totals"]).record["findings"]
    assert said == ["Jämförs inte med förra året i den publika utgåvan, eftersom bara en del av "
                    "dagarna är rapporterade båda åren: Vakten."]  # fmt: skip
    summary = report.summary(**{n: tables[n] for n in ("totals", "areas")}).record["findings"]
    assert said[0] in summary
    assert language("sv").text("finding.all_hidden") not in summary
    problems = report.table("priorities", priorities(report.data, TERTIAL)).record
    place = problems["columns"].index("verdict")
    assert all(row[place] == {"hidden": True} for row in problems["rows"])


def test_a_period_before_all_data_is_refused(town: SmallTown) -> None:
    town.files[CSV] = f"{town.files[CSV]}2022-03-01;Norr;Bråk\n"
    town.files[SOURCE] = f"{town.files[SOURCE]}reports:\n  - {{from: 2022-01-01}}\n"
    folder = str(town.write())
    for period in ("2021-T3", "2010-T1"):
        with pytest.raises(PeriodError, match="begin 2022-01-01") as caught:
            start("tertial", folder, period)
        assert "2022-T1" in caught.value.change
    assert start("tertial", folder, "2030-T3").period.label == "2030-T3"
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    assert compare_periods(data, parse_period("2021-T3"), ["actor", "area"], family=True).empty


def rate_rows(*rates: tuple[float, float, float]) -> list[str]:
    table = pd.DataFrame(rates, columns=["per_1000", "lower_per_1000", "upper_per_1000"]).assign(
        actor="A", area=[f"i O{n}" for n in range(len(rates))]
    )
    table["count"] = (10 * table["per_1000"]).astype(int)
    return findings.of("area_rates", release(table, DisclosureRule("internal")), language("sv"))


def test_the_highest_rate_is_named_only_where_there_is_one() -> None:
    nan = float("nan")
    assert rate_rows((5, 3, 8)) == []
    assert rate_rows((0, 0, 1), (0, 0, 1)) == []
    assert rate_rows((5, 3, 8), (5, 3, 8), (1, 0, 2)) == []
    assert rate_rows((5, nan, nan), (1, nan, nan)) == []
    assert rate_rows((5, 3, 8), (1, 0, 2)) == [
        "A: flest per 1 000 invånare i O0, 5,0 (osäkerhetsintervall 3,0–8,0)."
    ]
    assert rate_rows((5, 3, 8), (4, 2, 7))[0].endswith(
        "Näst flest i O1. Skillnaden mellan dem kan bero på slumpen."
    )
