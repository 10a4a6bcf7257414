import datetime as dt
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from est_analysis.errors import SettingsError
from est_analysis.written_dates import (
    ambiguous_forms,
    dst_faults,
    form_faults,
    read_dates,
    read_times,
)

MOMENT = ("2024-10-07 22:30:00", "2024-10-07 22:30:00", "minute")
DAY = ("2024-10-07 00:00:00", "2024-10-08 00:00:00", "day")
WEEK_41 = ("2024-10-07 00:00:00", "2024-10-14 00:00:00", "week")
OCTOBER = ("2024-10-01 00:00:00", "2024-11-01 00:00:00", "month")
WEEKEND = ("2024-10-11 18:00:00", "2024-10-14 00:00:00", "interval")
NIGHT = ("2024-10-11 22:00:00", "2024-10-12 06:00:00", "interval")
APRIL = ("2024-04-03 00:00:00", "2024-04-04 00:00:00", "day")
APRIL_TIME = ("2024-04-03 08:21:00", "2024-04-03 08:21:00", "minute")
ALL_NAMED = [
    "iso", "excel", "day/month", "dotted", "week", "weekend", "night", "month", "day month",
]  # fmt: skip


def read(text, *forms, year=0, near=None, **others):
    """The one span as (start, end, precision), or the problem."""
    near = None if near is None else np.array([near], dtype="datetime64[s]")
    row = read_dates([text], forms, years=[year], near=near, **others).iloc[0]
    if row["problem"]:
        assert pd.isna(row["start"])
        assert pd.isna(row["end"])
        assert row["precision"] == ""
        return row["problem"]
    return str(row["start"]), str(row["end"]), row["precision"]


def begins(text, *forms, **known):
    return read(text, *forms, **known)[0]


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("iso", "2024-10-07", DAY),
        ("iso", "20241007", DAY),
        ("iso", "2024-10-07 22:30", MOMENT),
        ("iso", "2024-10-07T22:30", MOMENT),
        ("iso", "2024-10-07t22:30:00", MOMENT),
        ("iso", "2024-10-07 22:30:00.000", MOMENT),
        ("iso", "2024-10-06 24:00", ("2024-10-07 00:00:00", "2024-10-07 00:00:00", "minute")),
        ("iso", "2024-10-07 6:05", ("2024-10-07 06:05:00", "2024-10-07 06:05:00", "minute")),
        ("iso", "2024-10-07 22:30:15", ("2024-10-07 22:30:15", "2024-10-07 22:30:15", "minute")),
        ("iso", "2024-10-07 22:30:00 +02:00", MOMENT),
        ("iso", "2024-10-07 21:30:00 +01:00", MOMENT),
        ("iso", "2024-10-07T20:30:00Z", MOMENT),
        ("iso", "2024-10-07T20:30+0000", MOMENT),
        ("iso", "2024-12-31T23:30Z", ("2025-01-01 00:30:00", "2025-01-01 00:30:00", "minute")),
        ("excel", "2024-10-07", DAY),
        ("excel", "2024-10-07 22:30", MOMENT),
        ("excel", "45572", DAY),
        ("excel", "45572.0", DAY),
        ("excel", "45572.9375", MOMENT),
        ("excel", "45572,9375", MOMENT),
        ("excel", "45572.9374999", MOMENT),
        ("day/month", "7/10-24", DAY),
        ("day/month", "7/10 - 2024", DAY),
        ("day/month", "7/10 2024", DAY),
        ("day/month", "07/10/2024", DAY),
        ("day/month", "7/10-24 22.30", MOMENT),
        ("day/month", "7/10 2024 kl 22:30", MOMENT),
        ("dotted", "07.10.2024", DAY),
        ("dotted", "7.10.24", DAY),
        ("dotted", "7.10.2024 22:30", MOMENT),
        ("week", "v. 41 2024", WEEK_41),
        ("week", "V.41-2024", WEEK_41),
        ("week", "v 41, 2024", WEEK_41),
        ("week", "vecka 41 2024", WEEK_41),
        ("week", "2024v41", WEEK_41),
        ("week", "2024 v 41", WEEK_41),
        ("week", "2024 v. 41", WEEK_41),
        ("week", "202441", WEEK_41),
        ("week", "2024-W41", WEEK_41),
        ("week", "2024W41", WEEK_41),
        ("week", "2025-W01", ("2024-12-30 00:00:00", "2025-01-06 00:00:00", "week")),
        ("week", "v. 53 2020", ("2020-12-28 00:00:00", "2021-01-04 00:00:00", "week")),
        ("weekend", "helgen v. 41 2024", WEEKEND),
        ("weekend", "Helgen v.41-2024", WEEKEND),
        ("weekend", "helg 2024-W41", WEEKEND),
        ("night", "natten till lördag v. 41 2024", NIGHT),
        ("night", "Natten mot lördagen v. 41 2024", NIGHT),
        ("night", "natten till lördag 12/10-24", NIGHT),
        ("night", "natten till lör 12/10 2024", NIGHT),
        ("night", "natten till 12/10-24", NIGHT),
        ("night", "natten till den 12 oktober 2024", NIGHT),
        ("night", "natten till lördag den 12 oktober 2024", NIGHT),
        ("night", "natten till 2024-10-12", NIGHT),
        ("night", "natten till måndag v. 1 2025",
         ("2024-12-29 22:00:00", "2024-12-30 06:00:00", "interval")),
        ("month", "okt 2024", OCTOBER),
        ("month", "okt. 2024", OCTOBER),
        ("month", "Oktober 2024", OCTOBER),
        ("month", "October 2024", OCTOBER),
        ("month", "oct-24", OCTOBER),
        ("month", "2024-10", OCTOBER),
        ("month", "202410", OCTOBER),
        ("month", "dec 2024", ("2024-12-01 00:00:00", "2025-01-01 00:00:00", "month")),
        ("month", "feb 2024", ("2024-02-01 00:00:00", "2024-03-01 00:00:00", "month")),
        ("day month", "3 april 2024", APRIL),
        ("day month", "den 3 april 2024", APRIL),
        ("day month", "3:e apr. 2024", APRIL),
        ("day month", "onsdag 3 april 2024", APRIL),
        ("day month", "onsdagen den 3 april 2024", APRIL),
        ("day month", "den 3 april 2024 kl 08.21", APRIL_TIME),
        ("day month", "3 april 2024, kl. 8:21", APRIL_TIME),
        ("day month", "onsdag 2 april 2025 kl 24",
         ("2025-04-03 00:00:00", "2025-04-03 00:00:00", "minute")),
        ("%d.%m.%Y %H:%M", "7.10.2024 22:30", MOMENT),
        ("%d/%m/%y", "07/10/24", DAY),
        ("%Y%m%d%H%M", "202410072230", MOMENT),
        ("%d %b %Y %H.%M", "7 okt 2024 22.30", MOMENT),
        ("%d-%B-%Y", "07-October-2024", DAY),
        ("%m/%d/%Y %I:%M %p", "10/07/2024 10:30 PM", MOMENT),
        ("%d/%m/%Y %H:%M:%S.%f", "07/10/2024 22:30:00.123", MOMENT),
        ("%d/%m/%Y %H:%M%z", "07/10/2024 20:30+00:00", MOMENT),
        ("%d/%m/%Y kl %H", "07/10/2024 KL 22",
         ("2024-10-07 22:00:00", "2024-10-07 22:00:00", "minute")),
    ],
)  # fmt: skip
def test_every_written_form(form, text, expected):
    assert read(text, form) == expected


@pytest.mark.parametrize("word", ["ca", "ca.", "c:a", "cirka", "omkring", "CA", "Cirka"])
@pytest.mark.parametrize(
    "place", ["{word} 7/10-24 22.30", "7/10-24 22.30 {word}", "7/10-24 {word} 22.30"]
)
def test_about_is_noted_and_taken_away(word, place):
    row = read_dates([place.format(word=word)], ["day/month"]).iloc[0]
    assert bool(row["approximate"]) is True
    assert (str(row["start"]), row["precision"]) == ("2024-10-07 22:30:00", "minute")


def test_letters_inside_a_word_are_not_about():
    table = read_dates(["7/10-24", "caféet 7/10-24"], ["day/month"])
    assert table["approximate"].tolist() == [False, False]
    assert table["problem"].tolist() == ["", "no_form"]


@pytest.mark.parametrize(
    "text",
    [
        "natten till l\u00f6rdag v. 41 2024",
        unicodedata.normalize("NFD", "natten till lördag v. 41 2024"),
        "natten\u00a0till\u2009lördag\u202fv.\u00a041\u00a02024",
        "\ufeffNATTEN TILL LÖRDAG  V.41\u20132024 ",
    ],
)
def test_spelling_of_letters_blanks_and_dashes_does_not_matter(text):
    assert read(text, "night") == NIGHT


@pytest.mark.parametrize("text", ["", "  ", "\u00a0", "\u200b"])
def test_blank(text):
    assert read(text, *ALL_NAMED) == "blank"


@pytest.mark.parametrize(
    "text",
    ["okänt", "today", "now", "NaT", "nan", "0", "2024", "7", "41", "lördag", "natten till lördag",
     "natten till lördag okt 2024", "natten till lördag 12/10-24 22.00",
     "natten till blördag v. 41",
     "natten till v. 41 2024", "helgen", "helgen okt 2024", "hösten 2024", "3 apalil 2024",
     "apdag 3 april 2024", "2024-10-07 22", "2024-10-07Z", "v. 41-42 2024", "12345.5", "99999",
     "7/10-244", "７/10-24"],
)  # fmt: skip
def test_what_fits_no_named_form_is_not_guessed(text):
    assert read(text, *ALL_NAMED) == "no_form"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso", "2024-02-30"),
        ("iso", "2023-02-29"),
        ("iso", "2024-10-07 25:00"),
        ("iso", "2024-10-07 24:01"),
        ("iso", "9999-12-31 24:00"),
        ("iso", "0000-01-01"),
        ("day/month", "31/2-24"),
        ("day/month", "31/2"),
        ("day/month", "7/13-24"),
        ("day/month", "7/10-85"),
        ("day/month", "7/10-24 24.30"),
        ("dotted", "31.04.2024"),
        ("week", "v. 53 2024"),
        ("week", "v. 54"),
        ("week", "2024v0"),
        ("weekend", "helgen v. 53 2024"),
        ("night", "natten till fredag 12/10-24"),
        ("night", "natten till lördag 31/2-24"),
        ("night", "natten till lördag v. 53 2024"),
        ("month", "2024-13"),
        ("day month", "31 april 2024"),
        ("day month", "tisdag 3 april 2024"),
        ("%d.%m.%Y", "31.02.2024"),
        ("%d.%m.%Y", "07.13.2024"),
        ("%d/%m-%y", "07/10-80"),
        ("%d/%m/%Y %H:%M", "07/10/2024 25:00"),
        ("%m/%d/%Y %I:%M %p", "10/07/2024 13:30 PM"),
    ],
)
def test_dates_that_do_not_exist(form, text):
    assert read(text, form) == "no_such_date"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("day/month", "7/10"),
        ("day/month", "29/2"),
        ("week", "v. 41"),
        ("week", "vecka 53"),
        ("weekend", "helgen v. 41"),
        ("night", "natten till lördag v. 41"),
        ("night", "natten till lördag 12/10"),
        ("month", "okt"),
        ("day month", "03 april 08.21"),
    ],
)
def test_what_needs_a_year_says_so(form, text):
    assert read(text, form) == "needs_year"


@pytest.mark.parametrize(
    ("form", "text", "year", "expected"),
    [
        ("day/month", "7/10", 2024, DAY),
        ("day/month", "7/10-24", 2019, DAY),  # what is written wins
        ("week", "v. 41", 2024, WEEK_41),
        ("week", "v. 1", 2025, ("2024-12-30 00:00:00", "2025-01-06 00:00:00", "week")),
        ("week", "v. 53", 2020, ("2020-12-28 00:00:00", "2021-01-04 00:00:00", "week")),
        ("week", "v. 53", 2024, "no_such_date"),
        ("weekend", "helgen v. 41", 2024, WEEKEND),
        ("night", "natten till lördag v. 41", 2024, NIGHT),
        ("night", "natten till lördag 12/10", 2024, NIGHT),
        ("night", "natten till lördag 12/10", 2023, "no_such_date"),
        ("month", "okt", 2024, OCTOBER),
        ("day month", "3 april", 2024, APRIL),
        ("day month", "03 april 08.21", 2024, APRIL_TIME),
        ("day/month", "29/2", 2023, "no_such_date"),
    ],
)
def test_a_year_column_gives_the_year(form, text, year, expected):
    assert read(text, form, year=year) == expected


@pytest.mark.parametrize(
    ("form", "text", "near", "expected"),
    [
        ("day month", "03 april 08.21", "2024-04-03T09:00", "2024-04-03 08:21:00"),
        ("day month", "31 december 23.50", "2025-01-01T06:00", "2024-12-31 23:50:00"),
        ("day month", "1 januari 00.10", "2024-12-31T23:59", "2025-01-01 00:10:00"),
        ("day month", "3 april", "2024-04-02T00:00", "2024-04-03 00:00:00"),  # one day after
        ("day month", "3 april", "2024-04-01T23:59", "2023-04-03 00:00:00"),
        ("day month", "29 februari", "2025-01-15T00:00", "2024-02-29 00:00:00"),
        ("week", "v. 1", "2024-12-31T12:00", "2024-12-30 00:00:00"),
        ("month", "okt", "2025-02-01T00:00", "2024-10-01 00:00:00"),
    ],
)
def test_without_a_year_it_is_the_latest_such_date_near_the_report(form, text, near, expected):
    assert begins(text, form, near=near) == expected


def test_a_date_that_is_in_neither_year_near_the_report_does_not_exist():
    assert read("29 februari", "day month", near="2026-03-01") == "no_such_date"
    assert read("vecka 53", "week", near="2026-03-01") == "no_such_date"


def test_a_wrong_weekday_does_not_choose_another_year():
    # 12 October was a Thursday in 2023 and a Saturday in 2024
    assert read("torsdag 12 oktober", "day month", near="2024-11-01") == "no_such_date"


def test_a_year_column_goes_before_near_and_gaps_in_both_are_unknown():
    table = read_dates(
        ["3 april", "4 april", "5 april"],
        ["day month"],
        years=pd.array([2020, None, 0], dtype="Int64"),
        near=np.array(["2024-05-01", "2024-05-01", "NaT"], dtype="datetime64[s]"),
    )
    assert table["start"].dt.year.fillna(0).tolist() == [2020, 2024, 0]
    assert table["problem"].tolist() == ["", "", "needs_year"]


def test_the_first_form_that_fits_wins_and_an_impossible_one_does_not_hinder_the_next():
    assert read("202410", "month", "week") == OCTOBER
    assert begins("202410", "week", "month") == "2024-03-04 00:00:00"
    assert read("202441", "month", "week") == WEEK_41
    assert read("202460", "month", "week") == "no_such_date"
    assert read("31/2-24", "day/month", "iso") == "no_such_date"
    assert read("7/10", "day/month", "iso") == "needs_year"
    assert read("7/10 2024", "%d/%m/%Y", "day/month") == DAY


@pytest.mark.parametrize(("written", "hour"), [("12:05 AM", 0), ("1:05 am", 1), ("12:05 PM", 12)])
def test_hours_before_and_after_noon(written, hour):
    start = begins(f"10/07/2024 {written}", "%m/%d/%Y %I:%M %p")
    assert start == f"2024-10-07 {hour:02d}:05:00"


def test_every_month_name_in_both_languages():
    names = [
        *("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september"),
        *("oktober", "november", "december", "January", "February", "March", "April", "May"),
        *("June", "July", "August", "September", "October", "November", "December"),
    ]
    numbers = [*range(1, 13), *range(1, 13)]
    texts = [f"5 {name} 2024" for name in names] + [f"6 {name[:3]}. 2024" for name in names]
    for form in ("day month", "%d %b %Y"):
        assert read_dates(texts, [form])["start"].dt.month.tolist() == numbers * 2
    assert begins("5 sept 2024", "day month") == "2024-09-05 00:00:00"


def test_every_weekday_name_in_both_languages():
    swedish = ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"]
    english = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    for number in range(7):
        for name in (swedish[number], swedish[number] + "en", swedish[number][:3], english[number]):
            start = begins(f"natten till {name} v. 41 2024", "night")
            assert start == f"2024-10-{6 + number:02d} 22:00:00"


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2079, 12, 31)))
def test_all_forms_of_a_moment_agree(when):
    day = when.replace(hour=0, minute=0, second=0, microsecond=0)
    months = "januari februari mars april maj juni juli augusti september oktober november december"
    named = f"{when.day} {months.split()[when.month - 1]} {when.year}"
    year, week, _ = when.isocalendar()
    for form, text in {
        "iso": f"{day:%Y-%m-%d}",
        "day/month": f"{when.day}/{when.month}-{when:%y}",
        "dotted": f"{when.day}.{when.month}.{when:%y}",
        "day month": named,
        "%d%m%y": f"{when:%d%m%y}",
    }.items():
        assert begins(text, form) == str(day)
    for form, text in {
        "iso": f"{when:%Y-%m-%dT%H:%M}",
        "day/month": f"{when.day}/{when.month} {when.year} kl {when:%H.%M}",
        "day month": f"{named} {when:%H:%M}",
        "%Y/%m/%d %H.%M": f"{when:%Y/%m/%d %H.%M}",
    }.items():
        assert begins(text, form) == str(when.replace(second=0, microsecond=0))
    monday = dt.datetime.fromisocalendar(year, week, 1)
    assert begins(f"v. {week} {year}", "week") == str(monday)
    assert begins(f"{year}{week:02d}", "week") == str(monday)
    assert begins(f"{when:%Y%m}", "month") == str(day.replace(day=1))


def test_serial_numbers_are_those_of_openpyxl():
    from openpyxl.utils.datetime import from_excel

    numbers = [*range(18_264, 73_050, 97), *(45_000 + n / 1440 for n in range(1, 1440, 7))]
    table = read_dates([str(number) for number in numbers], ["excel"])
    expected = [pd.Timestamp(from_excel(number)).round("s") for number in numbers]
    assert table["start"].tolist() == expected


def test_a_hundred_thousand_texts_are_each_read_in_their_own_row():
    moments = pd.date_range("2015-01-01", periods=100_000, freq="47min")
    texts = moments.strftime("%Y-%m-%d %H:%M").tolist()
    texts[5], texts[50_000], texts[99_999] = "", "2024-02-30 10:00", moments[-1].isoformat() + "Z"
    table = read_dates(texts, ["iso"])
    wrong = table.index[table["start"].to_numpy() != moments.to_numpy()]
    assert wrong.tolist() == [5, 50_000, 99_999]
    assert table["problem"].iloc[[5, 50_000, 99_999]].tolist() == ["blank", "no_such_date", ""]
    assert (table["problem"] != "").sum() == 2


def test_columns_and_types_also_without_rows():
    for values in ([], ["7/10-24", ""]):
        table = read_dates(values, ["day/month"])
        assert list(table.columns) == ["start", "end", "precision", "approximate", "problem"]
        assert str(table["start"].dtype) == str(table["end"].dtype) == "datetime64[s]"
        assert table["approximate"].dtype == bool


@pytest.mark.parametrize(
    "form",
    ["datum", "%d.%m", "%Y-%m", "%Y", "%H:%M", "%Y-%m-%d %q", "%Y-%m-%d %", "%d %d %m %Y",
     "%Y %y %m %d", "%Y-%m-%d %I:%M", "%A %d %m %Y"],
)  # fmt: skip
def test_a_form_that_cannot_name_a_day_is_refused(form):
    with pytest.raises(SettingsError) as error:
        read_dates(["2024-10-07"], [form])
    assert str(error.value).startswith(f"cannot read dates with the form {form!r}")
    assert "under dates:" in error.value.change


@pytest.mark.parametrize(
    ("text", "minutes", "end"),
    [
        ("22:30", 1350, 1350),
        ("22.30", 1350, 1350),
        ("kl 22.30", 1350, 1350),
        ("Kl. 22", 1320, 1320),
        ("kl.22:30", 1350, 1350),
        ("klockan 22", 1320, 1320),
        ("22", 1320, 1320),
        ("7", 420, 420),
        ("2230", 1350, 1350),
        ("0030", 30, 30),
        ("930", 570, 570),
        ("6:05", 365, 365),
        ("22:30:15", 1350, 1350),
        ("00:00", 0, 0),
        ("24:00", 1440, 1440),
        ("22-07", 1320, 1860),
        ("22.00\u201307.00", 1320, 1860),
        ("kl 22 - kl 07", 1320, 1860),
        ("22 till 07", 1320, 1860),
        ("mellan 22 och 07", 1320, 1860),
        ("2230-2315", 1350, 1395),
        ("08-16", 480, 960),
        ("00-24", 0, 1440),
        ("07-07", 420, 1860),
    ],
)
def test_written_times(text, minutes, end):
    row = read_times([text]).iloc[0]
    assert (row["minutes"], row["end_minutes"]) == (minutes, end)
    assert (bool(row["approximate"]), row["problem"]) == (False, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "blank"),
        (" ca ", "blank"),
        ("kväll", "no_form"),
        ("7/10", "no_form"),
        ("22:3", "no_form"),
        ("-5", "no_form"),
        ("223015", "no_form"),
        ("25", "no_such_time"),
        ("22:60", "no_such_time"),
        ("24:01", "no_such_time"),
        ("22-25", "no_such_time"),
    ],
)
def test_times_that_cannot_be_read(text, problem):
    row = read_times([text]).iloc[0]
    assert row["problem"] == problem
    assert pd.isna(row["minutes"])
    assert pd.isna(row["end_minutes"])


def test_about_times_and_their_types():
    table = read_times(["ca 22", "22 ca.", "22", "kl ca 22-ca 23", ""])
    assert table["approximate"].tolist() == [True, True, False, True, False]
    assert table["minutes"].iloc[:4].tolist() == [1320] * 4
    for times in (table, read_times([])):
        assert list(times.columns) == ["minutes", "end_minutes", "approximate", "problem"]
        assert str(times["minutes"].dtype) == str(times["end_minutes"].dtype) == "Int64"


@pytest.mark.parametrize(
    ("forms", "values", "expected"),
    [
        (["%d/%m/%Y"], ["10/07/2024", "10/13/2024"], "%m/%d/%Y"),
        (["%m/%d/%Y"], ["07/10/2024", "13/10/2024", ""], "%d/%m/%Y"),
        (["%d/%m/%Y %H:%M"], ["10/13/2024 22:30", "10/07/2024 07:00"], "%m/%d/%Y %H:%M"),
        (["%Y-%m-%d"], ["2024-13-10"], "%Y-%d-%m"),
        (["iso"], ["2024-13-10", "2024-07-10"], "%Y-%d-%m"),
        (["excel"], ["2024-13-10 07:00"], "%Y-%d-%m %H:%M"),
        (["dotted"], ["10.13.2024", "10.07.2024"], "%m.%d.%Y"),
        (["day/month"], ["10/13-24", "10/07-24"], "%m/%d-%y"),
        (["day/month"], ["10/13/2024"], "%m/%d/%Y"),
        (["week", "%d/%m/%Y"], ["v. 41 2024", "10/13/2024"], "%m/%d/%Y"),
        # one typing error or a remark does not hide that all the others are swapped
        (["%d/%m/%Y"], ["10/07/2024", "10/13/2024", "okänt"], "%m/%d/%Y"),
        # nothing speaks for the other order, or something speaks against it
        (["%d/%m/%Y"], ["07/10/2024", "06/10/2024"], None),
        (["%d/%m/%Y"], ["07/10/2024", "10/13/2024", "13/10/2024"], None),
        (["%d/%m/%Y"], ["07/10/2024", "okänt", "31/02/2024"], None),
        (["%d/%m/%Y", "%m/%d/%Y"], ["10/13/2024"], None),
        (["%d/%m/%Y", "%m/%d/%Y"], ["10/13/2024", "okänt"], None),
        (["iso"], ["2024-10-13", "2024-13-10"], None),
        (["iso"], ["2024-10-13 07:00", "2024-13-10"], None),
        (["day/month"], ["7/10", "31/12"], None),
        (["%d %b %Y"], ["7 okt 2024", "okänt"], None),
        (["week"], ["2024-13-10"], None),
        (["%d/%m/%Y"], [], None),
    ],
)
def test_swapped_days_and_months_are_found(forms, values, expected):
    fault = form_faults(values, forms)
    assert (fault and fault[0]) == expected
    if fault:  # and a value that shows it, not just any of the column
        assert read_dates([fault[1]], [fault[0]])["problem"].tolist() == [""]


def test_a_swapped_form_that_is_proposed_reads_every_value():
    values = ["10/07/2024", "10/13/2024", "12/31/2024"]
    proposed = form_faults(values, ["%d/%m/%Y"])
    assert proposed == ("%m/%d/%Y", "10/13/2024")
    table = read_dates(values, [proposed[0]])
    assert table["start"].astype(str).tolist() == ["2024-10-07", "2024-10-13", "2024-12-31"]


def test_values_that_are_two_days_are_listed():
    both = ["%d/%m/%Y", "%m/%d/%Y"]
    values = ["13/10/2024", "07/10/2024", "10/10/2024", "", "10/13/2024", "01/02/2024"]
    assert ambiguous_forms(values, both) == ["07/10/2024", "01/02/2024"]
    assert ambiguous_forms(values, both[:1]) == []
    assert ambiguous_forms(["202406", "202441"], ["week", "month"]) == ["202406"]
    assert ambiguous_forms(["2024-10-07", "45572", "2024-10-07 22:30"], ["excel", "iso"]) == []
    assert ambiguous_forms(["7/10"], ["day/month", "week"]) == []


def test_hours_that_clock_changes_skip_and_repeat():
    times = ["2025-03-30T01:59", "2025-03-30T02:00", "2025-03-30T02:59:59", "2025-03-30T03:00",
             "2025-10-26T01:59", "2025-10-26T02:00", "2025-10-26T02:59:59", "2025-10-26T03:00",
             "NaT"]  # fmt: skip
    gap, overlap = dst_faults(np.array(times, dtype="datetime64[s]"))
    assert np.flatnonzero(gap).tolist() == [1, 2]
    assert np.flatnonzero(overlap).tolist() == [5, 6]


def test_every_clock_change_from_1996_to_2030_is_on_the_last_sunday_at_two():
    # directive 2000/84/EC: the last Sundays of March and October, 01:00 UTC
    hours = pd.date_range("1996-01-01", "2030-12-31 23:00", freq="h")
    gap, overlap = dst_faults(hours)
    for found, month in ((hours[gap], 3), (hours[overlap], 10)):
        assert len(found) == 35
        assert set(found.month) == {month}
        assert set(found.day_of_week) == {6}
        assert set(found.hour) == {2}
        assert found.day.min() > 31 - 7


def test_another_zone_has_other_clock_changes():
    london = np.array(["2025-03-30T01:30", "2025-03-30T02:30"], dtype="datetime64[s]")
    gap, overlap = dst_faults(london, "Europe/London")
    assert (gap.tolist(), overlap.tolist()) == ([True, False], [False, False])
    assert read("2024-10-07T20:30Z", "iso", timezone="Europe/London")[0] == "2024-10-07 21:30:00"
