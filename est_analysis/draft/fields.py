"""Which column seems to be which field: by its name, by what stands in it, by the settings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from est_analysis.draft.look import Table
from est_analysis.sources.coded import tidy
from est_analysis.written_dates import read_dates, read_times

MOST_WORDS = 400  # distinct words of a column that are looked at
ENOUGH = 0.95  # share of the words that a form must read
FORMS = (
    "iso", "excel", "day/month", "dotted", "day month", "week", "month", "%Y-%m-%d %H.%M",
    "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y%m%d %H:%M", "%Y-%m-%d kl %H:%M",
)  # fmt: skip
NAMES = {  # what a header may begin with or hold, the surest first
    "occurred_from": ("händelsedag", "händelsedatum", "brottsdatum", "inträff", "larmtid", "datum",
                      "vecka", "månad", "öppnad", "inkom", "start", "tidpunkt", "dag", "date"),
    "time_from": ("klockslag", "klockan", "kl", "tid"),
    "area": ("stadsdel", "område", "kommundel", "distrikt", "objekt", "ort", "plats", "area"),
    "category": ("underkategori", "undertyp", "ärendetyp", "händelsetyp", "brottskod", "typ",
                 "kategori", "händelse", "slag", "brott", "category"),
    "address": ("adress", "gatuadress", "gata"),
    "identity": ("ärendenr", "ärendenummer", "årendenummer", "ärende-id", "löpnr", "löpnummer",
                 "nr", "id", "dnr"),
    "count": ("antal", "summa", "count"),
    "north": ("sweref n", "lat", "latitud", "nord", "n", "y"),
    "east": ("sweref e", "long", "lon", "longitud", "ost", "öst", "e", "x"),
}  # fmt: skip
WEEK = re.compile(r"(v\.? ?|vecka |w)\d{1,2}|\d{4}[- ]?[vw]\.? ?\d{1,2}", re.IGNORECASE)
_MONTH = re.compile(
    r"(jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec)[a-z]*\.?( ?-?\d{2,4})?"
    r"|(19|20)\d{2}(-|m)\d{2}",
    re.IGNORECASE,
)
TOTAL = re.compile(
    r"(del)?summa\b.*|.*\b(summa|totalt?)|total(t|summa)?\b.*|samtliga", re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """A column's name and its distinct words, the most common first."""

    name: str
    place: int
    words: list[str]
    filled: float  # share of the rows
    distinct: float  # distinct words per filled row


def columns_of(table: Table) -> list[Column]:
    """The columns of a table, rows of sums and blank ones left out."""
    body = [cells for _, cells in table.rows if any(map(str.strip, cells)) and not is_total(cells)]
    found = []
    for place, name in enumerate(table.headers):
        cells = [tidy(cells[place]) if place < len(cells) else "" for cells in body]
        counts = Counter(cell for cell in cells if cell)
        filled = sum(counts.values())
        words = [word for word, _ in counts.most_common()]
        found.append(
            Column(name, place, words, filled / max(len(body), 1), len(words) / max(filled, 1))
        )
    return found


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row seems to be the sum of others."""
    first = next((tidy(cell) for cell in cells if cell.strip()), "")
    return bool(TOTAL.fullmatch(first))


def called(column: Column, field: str) -> int:
    """How surely a column is a field, by its name: 0 is not at all."""
    name = column.name.casefold()
    for place, word in enumerate(NAMES[field]):
        sure = len(NAMES[field]) - place
        if name == word:
            return 3 * sure
        if len(word) > 2 and name.startswith(word):
            return 2 * sure
        if len(word) > 3 and word in name:
            return sure
    return 0


def date_forms(column: Column) -> list[str]:
    """The fewest forms that read almost all words; none where the column is no date."""
    words = column.words[:MOST_WORDS]
    if not words or is_numbers(column):
        return []
    years = [2024] * len(words)
    for form in FORMS:
        read = (read_dates(words, [form], years=years)["problem"] == "").mean()
        if read >= ENOUGH:
            return ["excel"] if form == "iso" and _midnights(words) else [form]
    return []


def _midnights(words: list[str]) -> bool:
    """Days that a spreadsheet has given a time of 00:00."""
    return all(word.endswith(" 00:00") for word in words)


def is_times(column: Column) -> bool:
    """Whether almost all words are times of day, with a sign between hours and minutes."""
    words = column.words[:MOST_WORDS]
    if not words or not all(re.search(r"\d[.:]\d", word) for word in words[:20]):
        return False
    return bool((read_times(words)["problem"] == "").mean() >= ENOUGH)


def is_numbers(column: Column) -> bool:
    """Whether all words are whole numbers of at most six digits, as counts are."""
    return bool(column.words) and all(
        word.isdecimal() and len(word) < 7 and not (word[0] == "0" and len(word) > 1)
        for word in column.words
    )


def numbers(column: Column) -> list[float]:
    """The words as numbers with decimals; none where one is no number."""
    try:
        return [float(word.replace(" ", "").replace(",", ".")) for word in column.words]
    except ValueError:
        return []


def projection(north: Column, east: Column) -> str:
    """In which projection two columns would be positions in Sweden; empty where in none."""
    y, x = numbers(north), numbers(east)
    if not y or not x:
        return ""
    if min(y) > 54 and max(y) < 70 and min(x) > 8 and max(x) < 26:
        return "EPSG:4326"
    if min(y) > 6_100_000 and max(y) < 7_700_000:
        if min(x) > 200_000 and max(x) < 950_000:
            return "EPSG:3006"
        if min(x) > 1_200_000 and max(x) < 1_900_000:
            return "EPSG:3021"
    return ""


def periods(columns: Sequence[Column]) -> list[Column]:
    """Columns whose names are weeks or months, where there are several."""
    found = [one for one in columns if WEEK.fullmatch(one.name) or _MONTH.fullmatch(one.name)]
    return found if len(found) > 2 else []
