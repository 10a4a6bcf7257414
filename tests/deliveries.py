"""Invented deliveries for a small town, and the damages that exports come with, drawn by a seed."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from small_town import SOURCE, SmallTown

from est_analysis.errors import SourceError
from est_analysis.incidents import Cleaning, clean

AS_OF = dt.date(2025, 12, 31)
DECLARED = "sources/vakten.yaml"
CSV = "exports/vakten.csv"
AREAS = ("Norr", "Söder")
KINDS = ("Klotter", "Bråk")
EVENT = ["Ärende", "Datum", "Område", "Typ"]
COUNT = ["Vecka", "Område", "Typ", "Antal"]

Row = list[Any]


@dataclass
class Delivery:
    """Rows under a header, and what the source says of them."""

    header: list[str]
    rows: list[Row]
    source: str
    sheets: dict[str, list[Row]] = field(default_factory=dict)

    def put(self, town: SmallTown) -> SmallTown:
        """Write it, as text or as a workbook where it has sheets."""
        town.files["municipality.yaml"] = f'name: Småstad\ncode: "0001"\nas_of: {AS_OF}\n'
        town.files[DECLARED] = self.source
        if not self.sheets:
            lines = [self.header, *self.rows]
            town.files[CSV] = "".join(";".join(map(str, row)) + "\n" for row in lines)
            return town
        town.files[DECLARED] = self.source.replace("reader: csv", "reader: xlsx").replace(
            "*.csv", "*.xlsx"
        )
        town.files.pop(CSV, None)
        town.files["exports/vakten.xlsx"] = workbook(
            {"Data": [self.header, *self.rows], **self.sheets}
        )
        return town

    def column(self, name: str) -> int:
        return self.header.index(name)


def workbook(sheets: dict[str, list[Row]]) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(stream)
    return stream.getvalue()


def event_source(*, identity: bool = False, forms: str = '["%Y-%m-%d %H:%M", iso]') -> str:
    text = SOURCE.replace('["%Y-%m-%d %H:%M", "%Y-%m-%d"]', forms)
    return f"{text}identity: [Ärende]\n" if identity else text


def count_source(form: str = "[week]") -> str:
    text = SOURCE.replace('["%Y-%m-%d %H:%M", "%Y-%m-%d"]', form)
    text = text.replace("occurred_from: Datum", "occurred_from: Vecka\n  count: Antal")
    return f"{text}shape: counts\n"


def moments(rng: np.random.Generator, number: int) -> pd.DatetimeIndex:
    """Moments of two years, some hours and weekdays busier than others, in order."""
    days = pd.date_range("2024-01-01", "2025-12-28")
    weight = np.where(days.day_of_week >= 4, 1.6, 1.0) * rng.gamma(4, 0.25, len(days))
    chosen = rng.choice(len(days), number, p=weight / weight.sum())
    hours = rng.choice(24, number, p=np.r_[np.full(6, 2), np.full(12, 3), np.full(6, 5)] / 78)
    minutes = np.where(rng.random(number) < 0.4, 0, rng.integers(0, 60, number))
    return pd.DatetimeIndex(
        days[chosen] + pd.to_timedelta(hours, "h") + pd.to_timedelta(minutes, "min")
    ).sort_values()


def events(rng: np.random.Generator, *, identity: bool = False) -> Delivery:
    """Single events with a case number that never begins again."""
    when = moments(rng, int(rng.integers(150, 600)))
    rows: list[Row] = [
        [1000 + n, f"{moment:%Y-%m-%d %H:%M}", str(rng.choice(AREAS)), str(rng.choice(KINDS))]
        for n, moment in enumerate(when)
    ]
    return Delivery(EVENT, rows, event_source(identity=identity))


def counts(rng: np.random.Generator) -> Delivery:
    """Weekly counts of every area and type."""
    level = float(rng.choice([2, 8, 30]))
    rows: list[Row] = [
        [f"{year}-W{week:02d}", area, kind, int(rng.poisson(level))]
        for year in range(2022, 2026)
        for week in range(1, 53)
        for area in AREAS
        for kind in KINDS
    ]
    return Delivery(COUNT, rows, count_source())


def weekly_events(rng: np.random.Generator) -> Delivery:
    """Single events known to the week."""
    made = events(rng)
    for row in made.rows:
        row[1] = f"{dt.datetime.fromisoformat(row[1]):%G-W%V}"
    made.source = event_source(forms="[week]")
    return made


def cleaned(town: SmallTown) -> Cleaning:
    """Cleaned in spite of doubts; each row has one fate."""
    found = clean(town.load(), AS_OF, believe=True)
    for row in found.tally.to_dict("records"):
        assert row["read"] == row["kept"] + row["rejected"] + row["duplicates"]
    return found


def doubted(town: SmallTown) -> dict[str, bool]:
    """What is doubted, and whether gravely."""
    table = cleaned(town).suspicions
    return dict(zip(table["suspicion"], table["grave"].tolist(), strict=True))


def totals(found: Cleaning) -> dict[tuple[str, str, str], int]:
    """Counts by month, area and type."""
    table = found.incidents
    month = table["occurred_from"].dt.strftime("%Y-%m")
    sums = table.groupby([month, "area", "category"], observed=True)["count"].sum()
    return {key: int(value) for key, value in sums.items() if value}


def outcome(town: SmallTown, truth: dict[tuple[str, str, str], int]) -> str:
    """What becomes of a delivery: ``refused``, ``told``, ``no effect`` or, wrongly, ``silent``."""
    try:
        found = clean(town.load(), AS_OF)
    except SourceError:
        return "refused"
    if len(found.suspicions) or len(found.rejected) or len(found.unmapped):
        return "told"
    return "no effect" if totals(found) == truth else "silent"


# ---- damages: what is done to a delivery ----

Damage = Callable[[Delivery, np.random.Generator], None]


def total_row(made: Delivery, rng: np.random.Generator) -> None:
    """A row for the whole municipality (or all types), in some of the weeks."""
    where, name = (1, "Hela kommunen") if rng.random() < 0.6 else (2, "Summa")
    parts = pd.DataFrame(made.rows)
    first = rng.choice(["2024-W01", "2025-W01", "2025-W30"])
    added = parts[parts[0] >= first].groupby([0, 3 - where])[3].sum()
    for (week, other), number in added.items():
        row: Row = [week, "", "", int(number)]
        row[where], row[3 - where] = name, other
        made.rows.append(row)


def key_twice(made: Delivery, rng: np.random.Generator) -> None:
    """Some counts again, corrected or not."""
    for place in rng.choice(len(made.rows), int(rng.integers(1, 6)), replace=False):
        again = list(made.rows[place])
        again[3] += int(rng.integers(0, 4))
        made.rows.append(again)


def block_twice(made: Delivery, rng: np.random.Generator) -> None:
    """A stretch of rows pasted a second time at the end."""
    length = int(rng.integers(30, 80))
    begin = int(rng.integers(0, len(made.rows) - length))
    made.rows += [list(row) for row in made.rows[begin : begin + length]]


def restarted(made: Delivery, rng: np.random.Generator) -> None:
    """Case numbers that begin again each year."""
    numbers = {"2024": 0, "2025": 0}
    for row in made.rows:
        year = row[1][:4]
        numbers[year] += 1
        row[0] = numbers[year]


def no_number(made: Delivery, rng: np.random.Generator) -> None:
    """The same text in the place of many numbers."""
    word = rng.choice(["-", "0", "saknas", "Ej angivet"])
    for row in made.rows:
        if rng.random() < 0.3:
            row[0] = word


def stray_year(made: Delivery, rng: np.random.Generator) -> None:
    """One year typed wrongly."""
    row = made.rows[int(rng.integers(len(made.rows)))]
    row[1] = f"{rng.choice([1998, 2005, 2016, 2019, 2052, 2205])}{row[1][4:]}"


def swapped_typed(made: Delivery, rng: np.random.Generator) -> None:
    """A spreadsheet has read d/m/Y as m/d/Y where it could; the rest are texts."""
    made.source = event_source(forms='[excel, "%d/%m/%Y %H:%M"]')
    for row in made.rows:
        moment = dt.datetime.fromisoformat(row[1])
        if moment.day <= 12:
            row[1] = moment.replace(day=moment.month, month=moment.day)
        else:
            row[1] = f"{moment:%d/%m/%Y %H:%M}"
    made.sheets = {"Om": []}


def swapped_iso(made: Delivery, rng: np.random.Generator) -> None:
    """A program has turned round the days up to the 12th, and written all as ISO."""
    for row in made.rows:
        moment = dt.datetime.fromisoformat(row[1])
        if moment.day <= 12:
            row[1] = f"{moment.replace(day=moment.month, month=moment.day):%Y-%m-%d %H:%M}"


def sheet_unread(made: Delivery, rng: np.random.Generator) -> None:
    """The second year in a sheet whose header is written a little otherwise."""
    later = [row for row in made.rows if row[1] >= "2025"]
    made.rows = [row for row in made.rows if row[1] < "2025"]
    header = list(made.header)
    header[2] = str(rng.choice(["Omrade", "område ", "Områden"]))
    made.sheets = {"2025": [header, *later]}


def month_starts(made: Delivery, rng: np.random.Generator) -> None:
    """Each day written as the first of its month."""
    for row in made.rows:
        row[1] = f"{row[1][:7]}-01"


def monday_dates(made: Delivery, rng: np.random.Generator) -> None:
    """Each week written as its Monday."""
    made.source = count_source("[iso]")
    for row in made.rows:
        row[0] = f"{dt.datetime.strptime(row[0] + '-1', '%G-W%V-%u'):%Y-%m-%d}"


def midnights(made: Delivery, rng: np.random.Generator) -> None:
    """An unknown time written as 00:00."""
    for row in made.rows:
        if rng.random() < 0.3:
            row[1] = f"{row[1][:10]} 00:00"


def calendar_years(made: Delivery, rng: np.random.Generator) -> None:
    """The calendar year of each Monday or Sunday beside its ISO week."""
    sunday = rng.random() < 0.5
    at = 0 if made.header == COUNT else 1
    for row in made.rows:
        monday = dt.datetime.strptime(row[at] + "-1", "%G-W%V-%u")
        day = monday + dt.timedelta(days=6 if sunday else 0)
        row[at] = f"{day.year}-W{row[at][-2:]}"


def from_to(made: Delivery, rng: np.random.Generator) -> None:
    """Counts of spans: quarters, or two weeks."""
    made.source = count_source("[iso]").replace("count: Antal", "occurred_to: Till\n  count: Antal")
    made.header = [*COUNT, "Till"]
    days = int(rng.choice([14, 28, 91]))
    for row in made.rows:
        monday = dt.datetime.strptime(row[0] + "-1", "%G-W%V-%u")
        row[0] = f"{monday:%Y-%m-%d}"
        row.append(f"{monday + dt.timedelta(days=days - 1):%Y-%m-%d}")


OF_EVENTS: dict[str, Damage] = {
    damage.__name__: damage
    for damage in (block_twice, stray_year, swapped_typed, swapped_iso, sheet_unread,
                   month_starts, midnights)
}  # fmt: skip
OF_CASES: dict[str, Damage] = {damage.__name__: damage for damage in (restarted, no_number)}
OF_WEEKS: dict[str, Damage] = {"calendar_years": calendar_years}
OF_COUNTS: dict[str, Damage] = {
    damage.__name__: damage
    for damage in (total_row, key_twice, block_twice, monday_dates, calendar_years, from_to)
}


def damaged(name: str, kind: str, seed: int) -> tuple[Delivery, Delivery]:
    """A delivery before and after a damage."""
    makers: dict[str, tuple[Callable[..., Delivery], dict[str, Damage]]] = {
        "events": (events, OF_EVENTS), "cases": (lambda rng: events(rng, identity=True), OF_CASES),
        "weeks": (weekly_events, OF_WEEKS), "counts": (counts, OF_COUNTS),
    }  # fmt: skip
    make, damages = makers[kind]
    before, after = (make(np.random.default_rng(seed)) for _ in range(2))
    damages[name](after, np.random.default_rng(seed + 1))
    return before, after


DRAWN = [
    (kind, name)
    for kind, damages in (
        ("events", OF_EVENTS),
        ("cases", OF_CASES),
        ("weeks", OF_WEEKS),
        ("counts", OF_COUNTS),
    )
    for name in damages
]
