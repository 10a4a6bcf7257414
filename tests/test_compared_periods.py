"""What a period is compared with, and that its days are printed."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_process import made
from small_town import EXPORT, SmallTown

from est_analysis.calendar import Period, parse_period
from est_analysis.comparisons import compare_periods
from est_analysis.counts.dataset import load_dataset
from est_analysis.language import language
from est_analysis.report.compared_words import language_for

CSV = "exports/vakten.csv"
TWO_YEARS = "2024-01-01..2025-12-31"
A_DAY = {2022: 1, 2023: 1, 2024: 2, 2025: 3}  # 365 + 365 + 732 + 1,095 events


def events(town: SmallTown) -> SmallTown:
    """So many events a day as each year has."""
    lines = [EXPORT.splitlines()[0]]
    for day in pd.date_range("2022-01-01", "2025-12-31"):
        lines += [f"{day:%Y-%m-%d};Norr;Bråk"] * A_DAY[day.year]
    town.files[CSV] = "\n".join(lines) + "\n"
    return town.change("municipality.yaml", "as_of: 2025-01-31", "as_of: 2026-01-12")


def test_two_years_are_compared_with_the_two_before(town: SmallTown) -> None:
    data = load_dataset(events(town).load(), dt.date(2026, 1, 12))
    table = compare_periods(data, parse_period(TWO_YEARS), ["actor"]).set_index("comparison")
    row = table.loc["last_year"]
    assert (row["count"], row["reference_count"], row["compared"]) == (1827, 730, "whole")
    assert round(row["ratio"], 2) == 2.5
    assert table.loc["mean_3_years", "compared"] == "none"  # one period before is no mean
    assert round(table.loc["last_12_months", "ratio"], 2) == 1.5


@given(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), st.integers(1, 2000))
def test_no_period_shares_a_day_with_what_it_is_compared_with(start: dt.date, days: int) -> None:
    period = Period("", "days", start, start + dt.timedelta(days=days - 1))
    spans = [period, *(period.earlier(n) for n in (1, 2, 3))]
    for later, before in pairwise(spans):
        assert before.end < later.start
        assert abs(before.days - period.days) <= 1 + days // 366  # leap days
    assert (start - period.earlier().start).days < 366 * (days // 365 + 2)
    assert period.years == 1 or period.years_before(period.years - 1).end >= start


@pytest.mark.parametrize(
    ("text", "last", "three", "twelve"),
    [
        ("2025-T3", "(1 september–31 december 2024)",
         "(1 september–31 december 2022, 2023 och 2024)",
         "(1 januari–31 december 2025 mot 1 januari–31 december 2024)"),
        ("2024-02", "(1–28 februari 2023)", "(1–28 februari 2021, 2022 och 2023)",
         "(1 mars 2023–29 februari 2024 mot 1 mars 2022–28 februari 2023)"),
        ("2025-W01", "(1–7 januari 2024)",
         "(3–9 januari 2022; 2–8 januari 2023; 1–7 januari 2024)",
         "(6 januari 2024–5 januari 2025 mot 6 januari 2023–5 januari 2024)"),
        (TWO_YEARS, "(1 januari 2022–31 december 2023)",
         "(1 januari 2018–31 december 2019; 1 januari 2020–31 december 2021; "
         "1 januari 2022–31 december 2023)",
         "(1 januari 2025–31 december 2025 mot 1 januari 2024–31 december 2024)".replace(
             "januari 2025–", "januari–").replace("januari 2024–", "januari–")),
    ],
)  # fmt: skip
def test_each_comparison_has_its_days(text: str, last: str, three: str, twelve: str) -> None:
    words = language_for(language("sv"), parse_period(text))
    kinds = ("last_year", "mean_3_years", "last_12_months")
    for kind, days in zip(kinds, (last, three, twelve), strict=True):
        assert words.value("comparison", kind).endswith(days)


@pytest.mark.parametrize(("code", "wrong"), [("sv", "förra år|i fjol"), ("en", "last year")])
def test_of_a_longer_period_no_sentence_says_last_year(code: str, wrong: str) -> None:
    """Each text that does has another one for such a period; weeks beside weeks are years apart."""
    ordinary = language(code)
    longer = language_for(ordinary, parse_period(TWO_YEARS))
    left = {
        key
        for key, text in longer.texts.items()
        if re.search(wrong, text) and not key.startswith(("longer.", "label.", "define."))
    }
    of_weeks = {key for key in left if key.rpartition(".")[2].startswith("last_year")}
    assert left == of_weeks
    assert not {key for key in left if key.startswith("value.")}
    plain = language_for(ordinary, parse_period("2025-T3"))
    assert re.search(wrong, plain.text("finding.when_whole"))


@pytest.mark.slow
def test_the_whole_report_of_two_years(town: SmallTown) -> None:
    report = made("tertial", "sv", municipality=str(events(town).write()), period=TWO_YEARS)
    shown = {exhibit.id: exhibit for exhibit in report.exhibits}
    said = " ".join(shown["summary"].record["findings"])
    assert "säkerställd ökning" in said
    assert "1 827 händelser mot 730 i perioden före" in said.replace("\xa0", " ")
    assert "2,50" in said
    assert "1 januari 2022–31 december 2023" in shown["totals"].html
    assert "1 januari 2022–31 december 2023" in shown["categories"].html
