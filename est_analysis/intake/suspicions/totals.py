"""A total row among the parts: the whole municipality beside its areas, all types beside each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.intake.missed_sums import SUSPICION, differing_sums
from est_analysis.intake.reading import Reading, date_of
from est_analysis.intake.sums import Table, agreement, cells_of, sums_of_others
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import number_of, place_of_row, quoted
from est_analysis.sources import Coded

FIELDS = {"area": "areas", "category": "categories", "place": ""}
ASK = "ask which is right: parts may be masked, missing or corrected"
MOST_VALUES = 400  # of a field; a list as long is no table with sums
MOST_CELLS = 4_000_000  # of a table; of a larger one some of the steps are looked at


@suspicion("total_row", expected="counts of parts only, or a declared total")
def total_row(reading: Reading) -> Iterator[Suspicion]:
    """A value whose counts are the sums of the others', step by step."""
    if not reading.counts:
        return
    for field, section in FIELDS.items():
        column = reading.column(field)
        if column is None:
            continue
        table, values = _table(reading, field, np.flatnonzero(reading.kept))
        if not 2 < table.shape[1] + 1 <= MOST_VALUES:
            continue
        found = sums_of_others(table) | _of_declared_parts(reading, field, table, values)
        for place in _not_parts(reading, field, table, values, list(found)):
            yield _told(reading, field, section, values[place], found[place])


@suspicion(SUSPICION, expected="declared totals that are the sums of their parts")
def total_differs(reading: Reading) -> Iterator[Suspicion]:
    """Where a declared total is another number than its parts have together."""
    yield from _stated(reading)
    if not reading.totals.any():
        return
    for field in ("area", "category"):
        column = reading.column(field)
        if column is None:
            continue
        translation = getattr(reading.source, FIELDS[field])
        names = {word.casefold() for word in translation.totals}
        own = column.flags([word.casefold() in names for word in column.words]) & reading.totals
        if not own.any():
            continue
        cells = _cells(reading, field)
        parts = np.bincount(cells[reading.kept], reading.count[reading.kept], cells.max() + 1)
        there = np.bincount(cells[reading.kept], minlength=cells.max() + 1) > 0
        differs = own & there[cells] & (parts[cells] != reading.count)
        if differs.any():
            yield _differs(reading, own, differs, parts[cells])


def _stated(reading: Reading) -> Iterator[Suspicion]:
    """Rows and columns of a file that hold its sums; the claims of their days are taken back."""
    for file, wrong in differing_sums(reading).groupby("file"):
        first = wrong.iloc[0]
        days = [day.date() for day in (wrong["first"].min(), wrong["last"].max()) if pd.notna(day)]
        yield Suspicion(
            f"not the sum of their parts: {number_of(len(wrong), 'sum')} that {file} states; the "
            f"first, {place_of_row(first)}, is {first['said']:,}, its parts {first['found']:,}",
            f"{ASK}; {it_is_so(SUSPICION, str(file))}",
            grave=False,
            rows=len(wrong),
            value=str(file),
            first=min(days, default=None),
            last=max(days, default=None),
        )


def _differs(
    reading: Reading, own: np.ndarray, differs: np.ndarray, parts: np.ndarray
) -> Suspicion:
    first = int(np.argmax(differs))
    number = int(differs.sum())
    return Suspicion(
        f"of {int(own.sum()):,} totals, not the sum of their parts: {reading.told(differs)}; the "
        f"first is {reading.count[first]:,}, its parts {int(parts[first]):,}",
        ASK,
        grave=False,
        rows=number,
    )


def _cells(reading: Reading, field: str) -> npt.NDArray[np.int64]:
    """A number for each step and each combination of the other fields."""
    keys = [reading.start.astype(np.int64), reading.end.astype(np.int64)]
    for name in FIELDS:
        column = reading.column(name)
        if column is not None and name != field:
            keys.append(_folded(column).codes.astype(np.int64))
    return cells_of(keys)


def _folded(column: Coded) -> Coded:
    return Coded(column.codes, tuple(word.casefold() for word in column.words)).distinct()


def _table(reading: Reading, field: str, rows: npt.NDArray[np.int64]) -> tuple[Table, list[str]]:
    """Counts by cell and value, in the order in which the values come first."""
    column = reading.column(field)
    assert column is not None
    codes = _folded(column).codes[rows]
    order = pd.unique(codes)
    if len(order) > MOST_VALUES or not len(order):
        return np.zeros((0, 0)), []
    cells = _cells(reading, field)[rows]
    cells = pd.factorize(cells)[0]
    every = -(-(int(cells.max()) + 1) * len(order) // MOST_CELLS)
    some = cells % every == 0
    rows, codes, cells = rows[some], codes[some], cells[some] // every
    place = np.empty(int(codes.max()) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    shape = (int(cells.max()) + 1, len(order))
    at = cells * shape[1] + place[codes]
    size = shape[0] * shape[1]
    sums = np.bincount(at, reading.count[rows], size).astype(np.float64)
    sums[np.bincount(at, minlength=size) == 0] = np.nan
    first = {
        code: column.words[column.codes[row]]
        for code, row in zip(codes[::-1], rows[::-1], strict=True)
    }
    return sums.reshape(shape), [first[code] for code in order]


def _not_parts(
    reading: Reading, field: str, table: Table, values: Sequence[str], found: list[int]
) -> list[int]:
    """Without those that are the only part of another one: the two have the same counts."""
    ids = reading.area if field == "area" else reading.category
    column = reading.column(field)
    if field == "place" or column is None:
        return found
    of_word = dict(zip(column.words, ids.per_word, strict=True))
    strange = [n for n in found if of_word[values[n]] in (UNMAPPED, UNKNOWN)]
    alike = {
        n
        for n in set(found) - set(strange)
        for other in strange
        if (np.nan_to_num(table[:, n]) == np.nan_to_num(table[:, other])).mean() > 0.5
    }
    return [n for n in found if n not in alike]


def _of_declared_parts(
    reading: Reading, field: str, table: Table, values: Sequence[str]
) -> dict[int, int]:
    """Values that are the sums of those that the settings place below them."""
    if field == "place":
        return {}
    ids = reading.area if field == "area" else reading.category
    column = reading.column(field)
    assert column is not None
    of_word = dict(zip(column.words, ids.per_word, strict=True))
    own = [of_word[value] for value in values]
    known = reading.settings.areas if field == "area" else reading.settings.categories
    parent = {one.id: one.parent for one in known.values()}
    found = {}
    for place, identity in enumerate(own):
        below = [n for n, other in enumerate(own) if parent.get(other) == identity]
        there = ~np.isnan(table[:, place])
        if len(below) > 1:
            rest = np.nan_to_num(table[there][:, below]).sum(axis=1)
            if agree := agreement(table[there, place], rest):
                found[place] = agree
    return found


def _told(reading: Reading, field: str, section: str, value: str, cells: int) -> Suspicion:
    column = reading.column(field)
    assert column is not None
    name = value.casefold()
    rows = column.flags([word.casefold() == name for word in column.words]) & reading.kept
    header = reading.header(field)
    if section and value:
        declare = (
            f"{section}: total: {quoted(value)} (then it is not counted, but held against them)"
        )
    else:
        declare = f'drop: [{{column: {header}, equals: "{value}", reason: summa}}]'
    return Suspicion(
        f"{quoted(value)} ({header}) in {reading.told(rows)} is the sum of others in {cells:,} "
        "steps: they would be counted a second time",
        f"{reading.settled_in}: {declare}; {it_is_so('total_row', value)}",
        grave=True,
        rows=int(rows.sum()),
        value=value,
        first=date_of(reading.day[rows].min()),
        last=date_of(reading.day[rows].max()),
    )
