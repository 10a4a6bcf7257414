"""Moments without an offset are of the source's zone; all become the municipality's local time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SmallTown

from est_analysis.counts.dataset import load_dataset
from est_analysis.written_dates import dst_faults, read_dates

OWN, CSV, TOWN = "sources/vakten.yaml", "exports/vakten.csv", "municipality.yaml"
ZONES = ("UTC", "Europe/Stockholm", "Europe/London", "America/New_York", "Asia/Kathmandu")
FORMS = 'forms: ["%Y-%m-%d %H:%M", "%Y-%m-%d"]'


def begun(town: SmallTown, head: str, *rows: str) -> list[str]:
    town.files[CSV] = "\n".join([head, *rows]) + "\n"
    incidents = load_dataset(town.load(), dt.date(2025, 12, 31)).incidents
    return incidents["occurred_from"].dt.strftime("%Y-%m-%d %H:%M").tolist()


def test_moments_without_offset_are_moved_from_the_zone_of_the_source(town: SmallTown) -> None:
    town.change(OWN, FORMS, 'forms: ["%Y-%m-%d %H:%M", iso]\n  timezone: UTC')
    found = begun(
        town, "Datum;Område;Typ",
        "2025-07-01 22:30;Norr;Bråk", "2025-07-01T22:30:00+02:00;Norr;Bråk",
        "2025-07-01T22:30:00Z;Söder;Bråk", "2025-01-31 23:30;Norr;Klotter",
        "2025-07-01;Norr;Bråk",
    )  # fmt: skip
    assert found == [
        "2025-07-02 00:30", "2025-07-01 22:30", "2025-07-02 00:30", "2025-02-01 00:30",
        "2025-07-01 00:00",  # a day is the calendar's, in any zone
    ]  # fmt: skip


def test_so_are_times_in_columns_of_their_own(town: SmallTown) -> None:
    town.change(OWN, FORMS, "forms: [iso]\n  timezone: UTC")
    town.change(OWN, "columns:", "columns:\n  time_from: Kl")
    found = begun(
        town, "Datum;Kl;Område;Typ",
        "2025-07-01;22:30;Norr;Bråk", "2025-07-01;;Norr;Bråk", "2025-12-01;23-24;Norr;Bråk",
    )  # fmt: skip
    assert found == ["2025-07-02 00:30", "2025-07-01 00:00", "2025-12-02 00:00"]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/Helsinki", "2025-07-01 23:30"), ("Europe/London", "2025-07-01 21:30")],
)
def test_the_municipalitys_own_zone_is_that_of_every_reader(
    town: SmallTown, zone: str, expected: str
) -> None:
    """Without a word in the source its moments are local; those with an offset become so."""
    town.change(TOWN, "as_of", f"timezone: {zone}\nas_of")
    town.change(OWN, FORMS, "forms: [iso]")
    town.files["sources/jouren.yaml"] = (
        'actor: jouren\nname: Jouren\nfiles: ["jour.jsonl"]\nreader: jsonl\n'
        "columns: {occurred_from: tid, area: plats, category: typ}\n"
    )
    town.files["exports/jour.jsonl"] = (
        '{"tid": "2025-07-01T20:30:00Z", "plats": "Norr", "typ": "Bråk"}\n'
        '{"tid": "2025-07-01 20:30", "plats": "Norr", "typ": "Bråk"}\n'
    )
    found = begun(
        town, "Datum;Område;Typ",
        "2025-07-01T22:30:00+02:00;Norr;Bråk", "2025-07-01 22:30;Norr;Bråk",
    )  # fmt: skip
    assert sorted(found) == sorted([expected, "2025-07-01 20:30", expected, "2025-07-01 22:30"])


@given(
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2030, 1, 1)).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
)
def test_naive_and_told_offsets_are_the_same_moment(
    moment: dt.datetime, written_in: str, zone: str
) -> None:
    gap, overlap = dst_faults([moment], written_in)
    if gap[0] or overlap[0]:  # no such time, or two of them
        return
    aware = moment.replace(tzinfo=ZoneInfo(written_in))
    texts = [f"{moment:%Y-%m-%d %H:%M}", aware.isoformat(timespec="minutes")]
    table = read_dates(texts, ["iso"], timezone=zone, written_in=written_in)
    assert table["start"].tolist() == table["end"].tolist()
    assert table["start"].nunique() == 1
    local = aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert table["start"].iloc[0] == pd.Timestamp(local)
