"""A report as of a past day is the report that was made on that day."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from in_process import made
from small_town import SmallTown

from est_analysis.calendar import parse_period, tertial_of
from est_analysis.counts.coverage import weekly_status
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import period_totals
from est_analysis.workspace import example_folder

CSV, SOURCE, OWN = "exports/vakten.csv", "sources/vakten.yaml", "municipality.yaml"
ABOUT_FILES = ("appendix", "unread_values")  # names and checksums of files, which are others
DAYS = 30
SWEDEN = {
    OWN: 'name: Riket\ncode: "0000"\n',
    "disclosure.yaml": "minimum: 5\n",
    "taxonomy.yaml": """\
categories:
  - {id: brand, name: Brand}
  - {id: bilbrand, name: Bilbrand}
  - {id: vald, name: Våld mot tjänsteman}
""",
    "areas.yaml": """\
areas:
  - {id: stockholm, name: Stockholms Län}
  - {id: skane, name: Skåne Län}
  - {id: vastra, name: Västra Götalands Län}
  - {id: uppsala, name: Uppsala Län}
""",
    "sources/polisen.yaml": """\
actor: polisen
name: Polisen
files: ["brott_*.csv"]
reader: csv
delimiter: ","
columns: {occurred_from: Brottsdatum, reported_at: Inskrivningsdatum, area: Län, category: Brottskod}
categories:
  map:
    "1210": brand
    "1211": bilbrand
    "1311": vald
    "1615": vald
    "1701": vald
    "1702": vald
""",
}


TWO_DATES = """\
actor: vakten
name: Vakten
files: ["vakten*.csv"]
reader: csv
identity: [Nummer]
columns: {occurred_from: Datum, reported_at: Registrerad, area: Område, category: Typ}
dates: {forms: [iso, week]}
drop: [{column: Läge, equals: [Makulerad], reason: inte en händelse}]
reports: [{from: 2024-01-01}]
coverage: {through: 2025-12-31}
"""
HEAD = "Nummer;Datum;Registrerad;Område;Typ;Läge"


def at(town: SmallTown, day: str) -> Dataset:
    return load_dataset(town.load(), dt.date.fromisoformat(day))


def told(town: SmallTown, *rows: str) -> SmallTown:
    """The small town with rows of two dates."""
    town.files |= {SOURCE: TWO_DATES, CSV: "\n".join([HEAD, *rows]) + "\n"}
    return town


def counted(data: Dataset, period: str) -> object:
    return period_totals(data, parse_period(period), ["actor"])["count"].item()


def test_what_was_registered_later_did_not_exist(town: SmallTown) -> None:
    rows = (
        "1;2025-03-03;2025-03-04 08:00;Norr;Bråk;",
        "2;2025-03-03;2025-03-05 08:00;Norr;Bråk;",
        "3;2025-03-04;;Norr;Bråk;",
    )
    told(town, *rows)
    assert counted(at(town, "2025-03-04"), "2025-W10") == 2
    assert counted(at(town, "2025-03-05"), "2025-W10") == 3
    lost = at(town, "2025-03-04").cleaning
    assert lost.rejected[["reason", "row", "column"]].to_numpy().tolist() == [
        ["registered_later", 3, "Registrerad"]
    ]
    tally = lost.tally.iloc[0]
    assert tally["read"] == 3 == tally["kept"] + tally["rejected"] + tally["duplicates"]


def test_a_case_stands_as_it_did_before_it_was_corrected_or_annulled(town: SmallTown) -> None:
    told(
        town,
        "1;2025-03-03;2025-03-04;Norr;Bråk;",
        "1;2025-03-03;2025-03-10;Söder;Bråk;",
        "2;2025-03-03;2025-03-04;Norr;Klotter;",
        "2;2025-03-03;2025-03-11;Norr;Klotter;Makulerad",
    )
    before, after = (at(town, f"2025-03-{day}").incidents for day in ("09", "11"))
    assert before[["area", "category"]].astype(str).to_numpy().tolist() == [
        ["norr", "brak"], ["norr", "skada"],
    ]  # fmt: skip
    assert after["area"].astype(str).tolist() == ["soder"]


def test_no_day_after_the_extract_is_reported_whatever_is_declared(town: SmallTown) -> None:
    told(town, "1;2025-03-03;2025-03-03;Norr;Bråk;", "2;2025-03-09;2025-03-09;Norr;Bråk;")
    for rule in ("{through: 2025-12-31}", "{rule: any_row}"):
        town.change(SOURCE, "coverage: {through: 2025-12-31}", f"coverage: {rule}")
        data = at(town, "2025-03-05")
        assert data.coverage.last_day("vakten") == dt.date(2025, 3, 5)
        weeks = weekly_status(data.coverage, parse_period("2025-W10"))
        assert weeks[["days_reported", "status"]].to_numpy().tolist() == [[3, "partly"]]
        town.files[SOURCE] = TWO_DATES


def test_a_week_that_is_not_over_cannot_have_been_counted(town: SmallTown) -> None:
    """Unless the row says that it was registered by then."""
    told(town, "1;v. 10 2025;;Norr;Bråk;", "2;v. 10 2025;2025-03-04;Norr;Bråk;")
    cut, whole = at(town, "2025-03-05"), at(town, "2025-03-09")
    assert cut.cleaning.rejected["reason"].tolist() == ["not_over"]
    assert len(whole.incidents) == 2


def test_a_missing_file_is_no_reported_zero(town: SmallTown) -> None:
    town.files["sources/jouren.yaml"] = (
        TWO_DATES.replace("vakten*", "jouren*").replace("vakten", "jouren").replace("Vakten", "J")
    )
    told(town, "1;2025-03-03;2025-03-03;Norr;Bråk;")
    data = at(town, "2025-03-05")
    assert data.coverage.first_day("jouren") is None
    town.files["exports/jouren.csv"] = HEAD + "\n"  # an empty file is zeros
    assert at(town, "2025-03-05").coverage.first_day("jouren") == dt.date(2024, 1, 1)
    town.files["exports/jouren.csv"] = f"{HEAD}\n9;2025-03-06;2025-03-07;Norr;Bråk;\n"
    data = at(town, "2025-03-05")  # the file that holds only what came later was not there
    assert data.coverage.first_day("jouren") is None
    town.files["sources/jouren.yaml"] += "footer: [Summa]\n"
    town.files["exports/jouren.csv"] += ";;;;;\nSumma;1;;;;\n"  # nor are a total and a blank row
    assert at(town, "2025-03-05").coverage.first_day("jouren") is None


CASES = st.lists(
    st.tuples(
        st.integers(1, 12),  # number
        st.integers(0, 40),  # day
        st.integers(-1, 25),  # days to the registration; none
        st.sampled_from(["Norr", "Söder", "", "Okänd"]),
        st.sampled_from(["Bråk", "Klotter", "Annat"]),
        st.sampled_from(["", "", "", "Makulerad"]),
    ),
    min_size=1,
    max_size=25,
)


@given(CASES, st.integers(0, 60))
def test_cleaned_as_of_a_day_is_cleaned_on_that_day(
    tmp_path_factory: pytest.TempPathFactory, cases: list[tuple[Any, ...]], cut: int
) -> None:
    first = dt.date(2025, 1, 6)
    as_of = first + dt.timedelta(days=cut)
    whole, then = [], []
    for number, day, delay, area, kind, state in cases:
        begun = first + dt.timedelta(days=day)
        registered = begun + dt.timedelta(days=delay) if delay >= 0 else None
        row = f"{number};{begun};{registered or ''};{area};{kind};{state}"
        whole.append(row)
        if (registered or begun) <= as_of:
            then.append(row)
    assume(then)  # else no file was there
    tables = []
    for rows in (whole, then):
        town = SmallTown(tmp_path_factory.mktemp("town"))
        data = load_dataset(told(town, *rows).load(), as_of)
        keys = data.incidents.drop(columns=["source_row", "source_file"]).astype(str)
        tables.append((keys, data.coverage.days["vakten"].nonzero()[0].tolist()))
    pd.testing.assert_frame_equal(tables[0][0], tables[1][0])
    assert tables[0][1] == tables[1][1]


def drawn(first: str, last: str, number: int) -> list[dt.date]:
    """Days drawn at random, the same in every run."""
    days = pd.date_range(first, last)
    chosen = np.random.default_rng(16).choice(len(days), number, replace=False)
    return [days[place].date() for place in chosen]


def example_until(folder: Path, day: dt.date) -> Path:
    """The example with the rows that were registered by the end of a day; emptied files are gone.

    Written without the program: the rows are those of the files, in their own forms.
    """
    whole, target = example_folder(), folder / "exempelkommun"
    shutil.copytree(whole, target)
    for path in (target / "exports").iterdir():
        keep = KEPT.get(path.name.split("_")[0])
        if keep is not None and not keep(path, day):
            path.unlink()
    return target


def _lines(path: Path, day: dt.date, encoding: str, delimiter: str, form: str, column: str) -> int:
    head, *rows = csv.reader(io.StringIO(path.read_text(encoding)), delimiter=delimiter)
    place = head.index(column)
    kept = [row for row in rows if _day(row[place], form) <= day]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([head, *kept])
    path.write_text(text.getvalue(), encoding)
    return len(kept)


def _day(text: str, form: str) -> dt.date:
    return dt.datetime.strptime(text, form).date()


def _housing(path: Path, day: dt.date) -> int:
    return _lines(path, day, "cp1252", ";", "%Y-%m-%d %H:%M", "Registrerad")


def _reporters(path: Path, day: dt.date) -> int:
    return _lines(path, day, "utf-8-sig", ",", "%d.%m.%Y %H:%M", "rapporttid")


def _brigade(path: Path, day: dt.date) -> int:
    lines = path.read_text("utf-8").splitlines()
    kept = [line for line in lines if json.loads(line)["rapporterad"] < f"{day} 24"]
    path.write_text("\n".join(kept) + "\n", "utf-8")
    return len(kept)


def _police(path: Path, day: dt.date) -> int:
    book = openpyxl.load_workbook(path)
    sheet = book["Händelser"]
    rows = list(sheet.iter_rows(values_only=True))
    head, body, foot = rows[:4], rows[4:-1], rows[-1:]
    kept = [row for row in body if row[2].date() <= day]  # type: ignore[union-attr]
    sheet.delete_rows(1, sheet.max_row)
    for row in (*head, *kept, *foot):
        sheet.append(row)
    book.save(path)
    return len(kept)


KEPT: dict[str, Callable[[Path, dt.date], int]] = {
    "bostader": _housing,
    "polisen": _police,
    "raddningstjansten": _brigade,
    "rapportorer": _reporters,
}


def sweden_until(folder: Path, data: Path, day: dt.date) -> Path:
    """Offences with both of their dates, a file for each year of registration, up to a day."""
    target = folder / "riket"
    town = SmallTown(target, dict(SWEDEN))
    with gzip.open(data / "brott_deso_inskrivna_tom_2021-12-31.csv.gz", "rt") as stream:
        head, *rows = csv.reader(stream)
    place = head.index("Inskrivningsdatum")
    kept = [row for row in rows if row[place] <= day.isoformat()]
    for year in sorted({row[place][:4] for row in kept}):
        text = io.StringIO()
        csv.writer(text).writerows([head, *(row for row in kept if row[place].startswith(year))])
        town.files[f"exports/brott_{year}.csv"] = text.getvalue()
    return town.write()


def numbers(kind: str, folder: Path, day: dt.date) -> dict[str, str]:
    """Every exhibit of a report as of a day, as ``results.json`` has it."""
    week = "{}-W{:02d}".format(*day.isocalendar())
    period = week if kind == "weekly" else tertial_of(day).label
    found = made(kind, "sv", municipality=str(folder), period=period, as_of=day.isoformat())
    return {
        exhibit.id: json.dumps(exhibit.record, ensure_ascii=False)
        for exhibit in found.exhibits
        if exhibit.id not in ABOUT_FILES
    }


def held_to_the_day(whole: Path, then: Path, day: dt.date) -> None:
    """Both reports of a past day, from all that came and from what had come by then."""
    for kind in ("weekly", "tertial"):
        now, before = numbers(kind, whole, day), numbers(kind, then, day)
        assert len(now) > 10
        for name in now | before:
            assert now[name] == before[name], (kind, day, name)


@pytest.fixture
def whole_example(example: Dataset) -> Path:
    return example.settings.folder


AS_MANY = pytest.mark.parametrize(
    "days",
    [
        pytest.param(2, marks=pytest.mark.slow),
        pytest.param(DAYS, marks=[pytest.mark.slow, pytest.mark.nightly]),
    ],
)


@AS_MANY
def test_random_days_of_the_example(tmp_path: Path, whole_example: Path, days: int) -> None:
    for day in drawn("2023-01-02", "2026-01-11", days):
        held_to_the_day(whole_example, example_until(tmp_path / f"{day}", day), day)


@AS_MANY
def test_random_days_of_real_offences(tmp_path: Path, shared_data: Path, days: int) -> None:
    whole = sweden_until(tmp_path / "whole", shared_data, dt.date(2021, 12, 31))
    for day in drawn("2020-03-01", "2021-12-30", days):
        then = sweden_until(tmp_path / f"{day}", shared_data, day)
        held_to_the_day(whole, then, day)
