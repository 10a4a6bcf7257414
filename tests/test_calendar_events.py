import datetime as dt
from dataclasses import dataclass

import pandas as pd
import pytest

from est_analysis.calendar_events import calendar_events
from est_analysis.errors import SettingsError


@dataclass(frozen=True)
class Entry:
    id: str
    name: str
    start: dt.date
    end: dt.date

    def named(self, language: str) -> str:
        return self.name


def events(start, end, **others):
    return calendar_events(dt.date.fromisoformat(start), dt.date.fromisoformat(end), **others)


def spans(table, kind):
    chosen = table[table["kind"] == kind]
    return {
        row.event_id: (f"{row.start:%Y-%m-%d %H:%M}", f"{row.end:%Y-%m-%d %H:%M}")
        for row in chosen.itertuples()
    }


def test_the_public_holidays_of_2024_and_their_days():
    # lag (1989:253) om allmänna helgdagar; Easter Sunday 2024 was 31 March
    table = events("2024-01-01", "2024-12-31")
    holidays = table[table["kind"] == "holiday"]
    assert dict(zip(holidays["event"], holidays["start"].dt.strftime("%m-%d"), strict=True)) == {
        "Nyårsdagen": "01-01",
        "Trettondedag jul": "01-06",
        "Långfredagen": "03-29",
        "Påskdagen": "03-31",
        "Annandag påsk": "04-01",
        "Första maj": "05-01",
        "Kristi himmelsfärdsdag": "05-09",
        "Pingstdagen": "05-19",
        "Nationaldagen": "06-06",
        "Midsommardagen": "06-22",
        "Alla helgons dag": "11-02",
        "Juldagen": "12-25",
        "Annandag jul": "12-26",
    }
    assert (holidays["end"] - holidays["start"] == pd.Timedelta(days=1)).all()


@pytest.mark.parametrize(
    ("year", "easter"),
    [
        (2019, "04-21"), (2020, "04-12"), (2021, "04-04"), (2022, "04-17"), (2023, "04-09"),
        (2024, "03-31"), (2025, "04-20"), (2026, "04-05"), (2027, "03-28"), (2038, "04-25"),
    ],
)  # fmt: skip
def test_easter_moves_as_the_almanac_says(year, easter):
    table = events(f"{year}-03-01", f"{year}-05-31")
    assert spans(table, "holiday")[f"paskdagen-{year}"][0] == f"{year}-{easter} 00:00"


def test_two_holidays_on_one_day_are_two_events():
    table = events("2008-05-01", "2008-05-01")
    holidays = table[table["kind"] == "holiday"]
    assert set(holidays["event"]) == {"Första maj", "Kristi himmelsfärdsdag"}
    assert holidays["event_id"].is_unique


def test_eves_are_whole_days():
    assert spans(events("2025-01-01", "2025-12-31"), "eve") == {
        "midsommarafton-2025": ("2025-06-20 00:00", "2025-06-21 00:00"),
        "halloween-2025": ("2025-10-31 00:00", "2025-11-01 00:00"),
        "lucia-2025": ("2025-12-13 00:00", "2025-12-14 00:00"),
        "julafton-2025": ("2025-12-24 00:00", "2025-12-25 00:00"),
    }


@pytest.mark.parametrize("year", range(2000, 2030))
def test_midsummer_eve_is_the_friday_before_midsummer_day(year):
    table = events(f"{year}-06-01", f"{year}-06-30").set_index("event_id")
    eve = table.loc[f"midsommarafton-{year}", "start"]
    assert eve.weekday() == 4
    assert table.loc[f"midsommardagen-{year}", "start"] - eve == pd.Timedelta(days=1)


def test_a_night_on_the_border_belongs_to_both_tertials():
    valborg = {"valborg-2025": ("2025-04-30 18:00", "2025-05-01 06:00")}
    new_year = {
        "nyarsnatten-2024": ("2024-12-31 18:00", "2025-01-01 06:00"),
        "nyarsnatten-2025": ("2025-12-31 18:00", "2026-01-01 06:00"),
    }
    assert spans(events("2025-01-01", "2025-12-31"), "night") == valborg | new_year
    assert set(spans(events("2025-01-01", "2025-04-30"), "night")) == {
        "nyarsnatten-2024",
        "valborg-2025",
    }
    assert spans(events("2025-05-01", "2025-08-31"), "night") == valborg
    assert spans(events("2025-05-02", "2025-08-31"), "night") == {}


def test_pay_weekends_after_every_kind_of_weekday():
    assert spans(events("2025-01-20", "2025-07-31"), "pay_weekend") == {
        "lonehelg-2025-01": ("2025-01-24 18:00", "2025-01-27 00:00"),  # the 25th is a Saturday
        "lonehelg-2025-02": ("2025-02-28 18:00", "2025-03-03 00:00"),  # Tuesday
        "lonehelg-2025-03": ("2025-03-28 18:00", "2025-03-31 00:00"),
        "lonehelg-2025-04": ("2025-04-25 18:00", "2025-04-28 00:00"),  # Friday
        "lonehelg-2025-05": ("2025-05-23 18:00", "2025-05-26 00:00"),  # Sunday
        "lonehelg-2025-06": ("2025-06-27 18:00", "2025-06-30 00:00"),  # Wednesday
        "lonehelg-2025-07": ("2025-07-25 18:00", "2025-07-28 00:00"),
    }


def test_a_pay_weekend_that_began_before_the_period_is_whole():
    (span,) = spans(events("2025-03-02", "2025-03-05"), "pay_weekend").values()
    assert span == ("2025-02-28 18:00", "2025-03-03 00:00")
    assert spans(events("2025-03-03", "2025-03-05"), "pay_weekend") == {}


def test_school_breaks_and_local_events_end_after_their_last_day():
    week = Entry("hostlov-2025", "Höstlov", dt.date(2025, 10, 27), dt.date(2025, 10, 31))
    fair = Entry("marknad", "Marknad", dt.date(2025, 11, 8), dt.date(2025, 11, 8))
    table = events("2025-10-31", "2025-11-08", school_breaks=[week], local_events=[fair])
    assert spans(table, "school_break") == {
        "hostlov-2025": ("2025-10-27 00:00", "2025-11-01 00:00")
    }
    assert spans(table, "local") == {"marknad": ("2025-11-08 00:00", "2025-11-09 00:00")}
    later = events("2025-11-01", "2025-11-07", school_breaks=[week], local_events=[fair])
    assert set(later["kind"]) == {"holiday"}


def test_names_follow_the_language_and_ids_do_not():
    swedish, english = (events("2025-01-01", "2025-12-31", language=code) for code in ("sv", "en"))
    assert swedish["event_id"].tolist() == english["event_id"].tolist()
    assert swedish["event_id"].is_unique
    named = english.set_index("event_id")["event"]
    assert named["langfredagen-2025"] == "Good Friday"
    assert named["valborg-2025"] == "Walpurgis Night"
    assert not set(swedish["event"]) & set(english["event"]) - {"Halloween"}


def test_another_language_is_refused():
    with pytest.raises(SettingsError, match="cannot name the calendar's events") as error:
        events("2025-01-01", "2025-01-02", language="de")
    assert "language sv or en" in str(error.value)


def test_columns_types_and_order_also_without_events():
    full, empty = events("2024-01-01", "2025-12-31"), events("2025-03-03", "2025-03-04")
    assert empty.empty
    for table in (full, empty):
        assert list(table.columns) == ["event_id", "event", "kind", "start", "end"]
        assert {str(table[name].dtype) for name in ("start", "end")} == {"datetime64[s]"}
    assert full["start"].is_monotonic_increasing
