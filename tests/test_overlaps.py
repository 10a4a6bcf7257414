"""A corrected file beside the first one never doubles what was reported."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import SOURCE, SmallTown

from est_analysis.cli import main
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.errors import SettingsError, SourceError

FIRST, NEXT, OWN = "exports/vakten.csv", "exports/vakten_ny.csv", "sources/vakten.yaml"
HEAD = "Datum;Område;Typ\n"
COUNTS = SOURCE.replace("columns:", "shape: counts\ncolumns:\n  count: Antal").replace(
    "dates:\n", "dates:\n  mondays: day\n"
)
TWO_DATES = SOURCE.replace("columns:", "columns:\n  reported_at: Anmäld")
REFUSED = "two files of Vakten are of the same days"


def loaded(town: SmallTown) -> Dataset:
    return load_dataset(town.load(), dt.date(2025, 1, 31))


def declared(town: SmallTown, overlap: str, source: str = SOURCE) -> SmallTown:
    town.files[OWN] = source + (f"overlap: {overlap}\n" if overlap else "")
    return town


def timed(first: int, last: int, kind: str = "Bråk") -> str:
    return "".join(
        f"2024-10-{day:02d} 12:{day:02d};Norr;{kind}\n" for day in range(first, last + 1)
    )


def dated(first: int, last: int, each: int = 2, area: str = "Norr", kind: str = "Bråk") -> str:
    return "".join(f"2024-10-{day:02d};{area};{kind}\n" * each for day in range(first, last + 1))


AGAIN = {
    "the same rows, and more": (timed(1, 20), timed(11, 30)),
    "all, with one more row": (timed(1, 20), timed(1, 21)),
    "other types at the same minutes": (timed(1, 20), timed(1, 20, "Klotter")),
    "some types corrected": (timed(1, 20), timed(1, 4) + timed(5, 20, "Klotter")),
    "days alone, other areas": (dated(1, 20), dated(1, 10) + dated(11, 20, area="Söder")),
    "days alone, most rows changed": (
        dated(1, 20, kind="Bråk") + dated(1, 1, 1, "Söder"),
        dated(1, 20, 1, "Söder") + dated(1, 20, 1, "Norr", "Klotter"),
    ),
}
APART = {
    "other days": (timed(1, 20), timed(21, 31)),
    "a night between": (timed(1, 20), timed(20, 28)),
    "the day between": (dated(1, 20, 9, "Norr"), dated(20, 30, 9, "Söder") + dated(20, 25)),
    "a file for each area": (dated(1, 30, 4), dated(1, 30, 4, "Söder")),
    "a file for each type": (dated(1, 30, 4), dated(1, 30, 4, kind="Klotter")),
    "late reports in the next": (
        dated(1, 20, 9),
        dated(11, 20, 1, kind="Klotter") + dated(21, 30, 9),
    ),
    "one mistyped day": (timed(10, 30), timed(1, 1) + "2024-11-02 09:00;Norr;Bråk\n" * 20),
}


@pytest.mark.parametrize("case", AGAIN)
def test_files_of_the_same_days_are_refused_with_the_choice(town: SmallTown, case: str) -> None:
    town.files[FIRST], town.files[NEXT] = (HEAD + rows for rows in AGAIN[case])
    with pytest.raises(SourceError, match=REFUSED) as caught:
        loaded(town)
    told = caught.value
    assert "vakten.csv and vakten_ny.csv" in told.found
    assert "overlap: last" in told.change
    assert "overlap: add" in told.change
    assert "identity" in told.change


@pytest.mark.parametrize("case", AGAIN)
def test_the_last_is_used_or_both_as_is_declared(town: SmallTown, case: str) -> None:
    first, then = AGAIN[case]
    town.files[FIRST], town.files[NEXT] = HEAD + first, HEAD + then
    both = loaded(declared(town, "add"))
    assert len(both.incidents) == first.count("\n") + then.count("\n")
    last = loaded(declared(town, "last"))
    begins = then[:10]
    alone = sum(line[:10] < begins for line in first.splitlines())  # days that only it has
    assert len(last.incidents) == alone + then.count("\n")
    assert set(last.cleaning.duplicates["reason"]) == {"replaced"}
    assert set(last.cleaning.duplicates["value"]) == {"vakten_ny.csv"}


@pytest.mark.parametrize("case", APART)
def test_other_days_parts_and_late_reports_are_no_correction(town: SmallTown, case: str) -> None:
    town.files[FIRST], town.files[NEXT] = (HEAD + rows for rows in APART[case])
    rows = sum(part.count("\n") for part in APART[case])
    assert len(loaded(town).incidents) == rows


def test_files_by_month_of_registration_share_days_of_events(town: SmallTown) -> None:
    """And files by month of the events those of registration: both dates must be shared."""
    rows = []
    for day in range(60):
        event = dt.date(2024, 10, 1) + dt.timedelta(days=day)
        rows += [(event, event + dt.timedelta(days=late)) for late in (0, 5, 20)]
    for by in (0, 1):
        for name, month in ((FIRST, 10), (NEXT, 11)):
            lines = [f"{a};Norr;Bråk;{b}" for a, b in rows if (a, b)[by].month == month]
            town.files[name] = "Datum;Område;Typ;Anmäld\n" + "\n".join(lines) + "\n"
        town.files[OWN] = TWO_DATES
        assert len(loaded(town).incidents) > 150


@given(st.integers(0, 10_000), st.floats(0, 0.45), st.booleans())
def test_a_file_delivered_again_never_adds(
    tmp_path_factory: pytest.TempPathFactory, seed: int, changed: float, minutes: bool
) -> None:
    """However many rows were corrected in it: refused, and never counted twice."""
    draw = random.Random(seed)
    rows = []
    for _ in range(draw.randint(20, 80)):
        clock = f" {draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}" if minutes else ""
        day = f"2024-{draw.randint(9, 11):02d}-{draw.randint(1, 30):02d}{clock}"
        rows.append([day, draw.choice(["Norr", "Söder"]), draw.choice(["Bråk", "Klotter"])])
    again = [
        [row[0], row[1], draw.choice(["Bråk", "Klotter"])] if draw.random() < changed else row
        for row in rows
    ]
    town = SmallTown(tmp_path_factory.mktemp("town"))
    for name, part in ((FIRST, rows), (NEXT, again)):
        town.files[name] = HEAD + "\n".join(map(";".join, part)) + "\n"
    if rows == again:
        assert len(loaded(town).incidents) == len(rows)
        return
    with pytest.raises(SourceError, match=REFUSED):
        loaded(town)
    assert len(loaded(declared(town, "last")).incidents) == len(rows)


def weeks(first: int, last: int, areas: tuple[str, ...] = ("Norr", "Söder"), each: int = 3) -> str:
    days = [dt.date(2024, 9, 2) + dt.timedelta(weeks=number) for number in range(first, last)]
    return "".join(f"{day};{area};Bråk;{each}\n" for day in days for area in areas)


def test_counts_that_a_later_file_no_longer_has_are_not_added(town: SmallTown) -> None:
    head = "Datum;Område;Typ;Antal\n"
    town.files[FIRST] = head + weeks(0, 10)
    town.files[NEXT] = head + weeks(0, 10, ("Norr",), 4) + weeks(0, 4, ("Söder",), 4)
    with pytest.raises(SourceError, match=REFUSED):
        loaded(declared(town, "", COUNTS))
    assert loaded(declared(town, "last", COUNTS)).incidents["count"].sum() == 10 * 4 + 4 * 4
    assert loaded(declared(town, "add", COUNTS)).incidents["count"].sum() == 60 + 56
    town.files[NEXT] = head + weeks(5, 15, each=4)  # a later delivery that gives all again
    assert loaded(declared(town, "", COUNTS)).incidents["count"].sum() == 5 * 6 + 10 * 8
    town.files[NEXT] = head + weeks(2, 4, ("Norr",), 4)  # and one with corrected rows alone
    assert loaded(declared(town, "", COUNTS)).incidents["count"].sum() == 60 + 2
    town.files[NEXT] = head + weeks(0, 10, ("Gamla", "Östra"))
    assert len(loaded(declared(town, "", COUNTS)).incidents) == 40  # of other areas


def test_with_an_identity_nothing_is_declared(town: SmallTown) -> None:
    with_identity = SOURCE.replace("columns:", "identity: [Datum]\ncolumns:")
    town.files[FIRST], town.files[NEXT] = HEAD + timed(1, 20), HEAD + timed(11, 30)
    assert len(loaded(declared(town, "", with_identity)).incidents) == 30
    with pytest.raises(SettingsError, match="overlap"):
        declared(town, "last", with_identity).load()


def test_check_says_so(town: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    town.files[FIRST], town.files[NEXT] = HEAD + timed(1, 20), HEAD + timed(1, 21)
    town.write()
    assert main(["check", "-m", str(town.folder)]) == 1
    told = capsys.readouterr().err
    assert REFUSED in told
    assert "20 and 20 rows of 2024-10-01 to 2024-10-20, 20 of them alike" in told
