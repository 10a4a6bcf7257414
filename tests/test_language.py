import datetime as dt
import re
import string
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from est_analysis.errors import ReportError, SettingsError
from est_analysis.language import language

SV, EN = language("sv"), language("en")
NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "decimals", "swedish", "english"),
    [
        (0, 0, "0", "0"),
        (-0.4, 0, "0", "0"),
        (999, 0, "999", "999"),
        (1234567, 0, f"1{NBSP}234{NBSP}567", "1,234,567"),
        (-12345.25, 1, f"−12{NBSP}345,3", "−12,345.3"),
        (2.5, 0, "3", "3"),
        (0.125, 2, "0,13", "0.13"),
        (1e-9, 2, "0,00", "0.00"),
        (np.int64(7), 0, "7", "7"),
        (np.nan, 1, ".", "."),
        (pd.NA, 0, ".", "."),
        (float("-inf"), 0, "−∞", "−∞"),
    ],
)
def test_numbers(value, decimals, swedish, english):
    assert SV.number(value, decimals) == swedish
    assert EN.number(value, decimals) == english


def test_changes_have_a_sign_unless_they_round_to_nothing():
    assert [SV.signed(v) for v in (12, -12, 0, 0.3, -0.3)] == ["+12", "−12", "0", "0", "0"]
    assert SV.signed(0.3, 1) == "+0,3"
    assert SV.percent(12.4) == f"12{NBSP}%"
    assert SV.percent(12.4, signed=True) == f"+12{NBSP}%"
    assert EN.percent(-12.4, 1, signed=True) == "−12.4%"
    assert SV.percent(None) == "."


def test_intervals():
    assert SV.interval(0.81, 1.12) == "0,81–1,12"
    assert SV.interval(0.81, np.inf, 1) == "över 0,8"
    assert EN.interval(0.81, np.inf) == "above 0.81"
    assert SV.interval(-3, 5, 0) == "−3 till 5"
    assert SV.interval(np.nan, 2) == "."


@pytest.mark.parametrize(
    ("start", "end", "swedish", "english"),
    [
        ((2025, 9, 1), (2025, 12, 31), "1 september–31 december 2025",
         "1 September–31 December 2025"),
        ((2025, 9, 1), (2025, 9, 30), "1–30 september 2025", "1–30 September 2025"),
        ((2025, 9, 1), (2025, 9, 1), "1 september 2025", "1 September 2025"),
        ((2024, 12, 30), (2025, 1, 5), "30 december 2024–5 januari 2025",
         "30 December 2024–5 January 2025"),
    ],
)  # fmt: skip
def test_date_ranges(start, end, swedish, english):
    assert SV.date_range(dt.date(*start), dt.date(*end)) == swedish
    assert EN.date_range(pd.Timestamp(*start), pd.Timestamp(*end)) == english


@pytest.mark.parametrize(
    ("label", "kind", "swedish"),
    [
        ("2025-T3", "tertial", "tertial 3 2025 (2–9 maj 2025)"),
        ("2025-Q1", "quarter", "kvartal 1 2025 (2–9 maj 2025)"),
        ("2025-H2", "half-year", "halvår 2 2025 (2–9 maj 2025)"),
        ("2025-W04", "week", "vecka 4 2025 (2–9 maj 2025)"),
        ("2025-W40", "week", "vecka 40 2025 (2–9 maj 2025)"),
        ("2025-05", "month", "maj 2025"),
        ("2025", "year", "året 2025"),
        ("2025-05-02..2025-05-09", "days", "2–9 maj 2025"),
    ],
)
def test_periods(label, kind, swedish):
    period = SimpleNamespace(
        label=label, kind=kind, start=dt.date(2025, 5, 2), end=dt.date(2025, 5, 9)
    )
    assert SV.period(period) == swedish


def test_weeks_belong_to_the_iso_year():
    assert SV.week(dt.date(2025, 12, 29)) == f"v.{NBSP}1 2026"
    assert EN.week(pd.Timestamp("2025-03-31")) == f"week{NBSP}14 2025"
    assert SV.month(pd.Timestamp("2025-03-31")) == "mars 2025"
    assert [SV.weekday(day) for day in (0, 6)] == ["måndag", "söndag"]


def test_a_missing_text_or_field_says_which():
    with pytest.raises(ReportError, match=r'did you mean "legend\.source"') as error:
        SV.text("legend.sources")
    assert "texts/sv.toml" in str(error.value)
    with pytest.raises(ReportError, match="field 'source' for the text"):
        SV.text("legend.source")
    with pytest.raises(ReportError, match=r"label\.nothing"):
        SV.label("nothing")


def test_codes_become_words_and_other_values_stay():
    assert SV.value("verdict", "increase") == "ökning"
    assert SV.value("area", "Centrum") == "Centrum"


def test_an_unknown_language_lists_the_known():
    with pytest.raises(SettingsError, match="sv or en"):
        language("fi")


def test_both_languages_have_the_same_texts_with_the_same_fields():
    assert list(SV.texts) == list(EN.texts)

    def fields(text):
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        return {{"whose": "actor"}.get(name, name) for name in names}  # a genitive, or the name

    differing = [k for k in SV.texts if fields(SV.texts[k]) != fields(EN.texts[k])]
    assert differing == []


def test_every_column_that_can_be_released_has_a_heading():
    from est_analysis.disclosure import COUNTS, DERIVED, PLAIN

    columns = [*COUNTS, *DERIVED, *PLAIN]
    assert [name for name in columns if not SV.has(f"label.{name}")] == []


def test_an_interval_that_excludes_1_is_seen_to_do_so():
    assert SV.interval(1.0031, 1.67, apart_from=1) == "1,003–1,67"
    assert SV.interval(0.81, 0.9968, apart_from=1) == "0,81–0,997"
    assert SV.interval(1.0, 1.67, apart_from=1) == "1,00–1,67"
    assert SV.interval(1.0000001, 1.67, apart_from=1) == "1,00000–1,67"
    assert SV.interval(1.0031, 1.67) == "1,00–1,67"


def test_a_break_in_a_series_is_never_called_a_crime():
    """In Swedish *brott* is both; a report on crime says *omläggning*."""
    root = Path(__file__).parents[1]
    files = [*root.glob("notebooks/*.ipynb"), *root.glob("est_analysis/texts/*_sv.md"),
             *root.glob("est_analysis/templates/**/*.yaml"), *root.glob("params/exempelkommun/*.yaml"),
             root / "est_analysis/texts/sv.toml"]  # fmt: skip
    assert len(files) > 12
    found = {
        f"{path.name}: {word[0]}"
        for path in files
        for word in re.finditer(
            r"(?i)[^\n]{0,30}\bbrott(?:et|en|ens|ets)?\b", path.read_text("utf-8")
        )
    }
    assert found == set()


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("sv", "1 händelser mot 0", "1 händelse mot 0"),
        ("sv", "21 händelser, 0–1 händelser, 1,0 veckor, 1\u00a0001 rader", None),
        ("sv", "v. 41 veckor", None),
        ("sv", "Bara 1 veckor (av 17 veckor)", "Bara 1 vecka (av 17 veckor)"),
        ("en", "about 1 incidents are expected", "about 1 incident is expected"),
        ("en", "1 incidents so far, 11 incidents", "1 incident so far, 11 incidents"),
        ("en", "−1 incidents, 1.1 weeks", None),
    ],
)
def test_one_is_not_many(code, before, after):
    assert language(code)._of_one(before) == (after or before)


@pytest.mark.parametrize("code", ["sv", "en"])
def test_no_text_says_one_incidents(code):
    """Whatever text a number of 1 is put into."""
    words = language(code)
    for key, text in words.texts.items():
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
        if not names:
            continue
        said = words.text(key, **dict.fromkeys(names, "1"))
        found = [word for word in words.singulars if re.search(rf"(?<![\w,.−–-])1 {word}\b", said)]
        assert not found, (key, said)
