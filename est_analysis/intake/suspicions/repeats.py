"""The same twice in one file: a key with two counts, spans within each other, a pasted block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.intake.reading import Places, Reading, date_of
from est_analysis.intake.sums import cells_of
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.sources import Coded
from est_analysis.written_dates.grains import DAY, INTERVAL, MINUTE, MONTH, PRECISIONS, WEEK

BLOCK = 10  # rows in a row that come again, with
LEAST_DAYS = 3  # different days: rows of one day may well be alike, and stand together
MOST_ANCHORS = 100_000  # places in a file at which a block is looked for
_STEP = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]


@suspicion("same_key", expected="each time, area, type and place once in a file of counts")
def same_key(reading: Reading) -> Iterator[Suspicion]:
    """Counts with one key on two rows of a file: a correction, a repetition, or parts."""
    if not reading.counts or reading.source.twice or reading.source.identity:
        return
    rows = np.flatnonzero(reading.kept)
    keys = _keys(reading)[rows]
    again = pd.Series(keys).duplicated(keep="first").to_numpy()
    if not again.any():
        return
    later = rows[again]
    first = rows[np.flatnonzero(keys == keys[again][0])[:1]]
    equal = pd.Series(reading.count[rows]).groupby(keys).nunique() == 1
    same = int(equal[np.unique(keys[again])].sum())
    number = len(np.unique(keys[again]))
    yield Suspicion(
        f"the time, area, type and place of an earlier row in their file: {reading.told(later)}, "
        f"the first that of {reading.named(first)}; with the same number again {same:,} of "
        f"{number:,}",
        f"{reading.settled_in}: twice: last (the later one corrects), or twice: add (they "
        "are parts, such as of a column that is not read); or mend the file",
        grave=True,
        rows=len(later),
        first=date_of(reading.day[later].min()),
        last=date_of(reading.day[later].max()),
    )


@suspicion("sums_of_time", expected="counts by one length of time for each area and type")
def sums_of_time(reading: Reading) -> Iterator[Suspicion]:
    """A month's count beside those of its weeks or days: counted a second time."""
    if not reading.counts or len(np.unique(reading.precision[reading.kept])) < 2:
        return
    rows = np.flatnonzero(reading.kept)
    keys = cells_of(_what(reading))[rows]
    length = (reading.end - reading.start)[rows]
    order = np.lexsort((-length.astype(np.int64), reading.start[rows].astype(np.int64), keys))
    rows, keys, length = rows[order], keys[order], length[order]
    # the next row of the same area and type begins before this one has ended, and is shorter
    inside = (keys[1:] == keys[:-1]) & (reading.start[rows[1:]] < reading.end[rows[:-1]])
    inside &= length[1:] < length[:-1]
    inside &= np.isin(reading.precision[rows[:-1]], (WEEK, MONTH))
    long = np.sort(rows[:-1][inside])
    if len(long):
        grains = [PRECISIONS[code] for code in np.unique(reading.precision[reading.kept])]
        yield Suspicion(
            f"of days that other rows of the same area and type count, too: {reading.told(long)} "
            f"({', '.join(grains)})",
            f"{reading.settled_in}: leave the sums out with drop or footer, or ask for one "
            f"length of time; {it_is_so('sums_of_time')}",
            grave=True,
            rows=len(long),
            first=date_of(reading.day[long].min()),
            last=date_of(reading.day[long].max()),
        )


@suspicion("block_twice", expected="each block of rows once in a file")
def block_twice(reading: Reading) -> Iterator[Suspicion]:
    """Events of several days that come again in the same order: pasted twice."""
    source = reading.source
    if reading.counts or source.identity or not len(reading.export):
        return
    if not np.isin(reading.precision, (MINUTE, DAY, INTERVAL)).any():
        return
    for begin, end in reading.files:
        day = reading.day[begin:end]
        if end - begin < 2 * BLOCK or (day[1:] >= day[:-1]).all() or (day[1:] <= day[:-1]).all():
            continue  # in order of days no block of several comes again
        found = _block(reading, begin, end)
        if len(found):
            yield Suspicion(
                f"an earlier block of the same file again, row by row: {reading.told(found)}",
                f"take the second block out of the file, or ask for a new one; "
                f"{it_is_so('block_twice')}",
                grave=True,
                rows=len(found),
                first=date_of(reading.day[found].min()),
                last=date_of(reading.day[found].max()),
            )


def _what(reading: Reading) -> list[npt.NDArray[np.int64]]:
    """What tells counts of one time apart: the words of area, type and place."""
    columns = [reading.column(name) for name in ("area", "category", "place")]
    found = [_folded(column).codes.astype(np.int64) for column in columns if column is not None]
    return found or [np.zeros(len(reading.export), dtype=np.int64)]


def _keys(reading: Reading) -> npt.NDArray[np.int64]:
    """One number for each time, area, type and place of each file, as they are written."""
    times = [reading.start.astype(np.int64), reading.end.astype(np.int64)]
    return cells_of([reading.export.file.astype(np.int64), *times, *_what(reading)])


def _folded(column: Coded) -> Coded:
    return Coded(column.codes, tuple(word.casefold() for word in column.words)).distinct()


def _block(reading: Reading, begin: int, end: int) -> Places:
    """The rows of later blocks that say the same as an earlier block of the file."""
    columns = [column.codes[begin:end] for column in reading.export.columns.values()]
    row = _mixed([codes.astype(np.uint64) for codes in columns])
    # rows that are alike are anchors, or not, in both blocks
    every = np.uint64(-(-len(row) // MOST_ANCHORS))
    anchors = np.flatnonzero(row[: len(row) - BLOCK + 1] % every == 0)
    window = _mixed([row[anchors + n] for n in range(BLOCK)])
    order = np.argsort(window, kind="stable")
    same = window[order][1:] == window[order][:-1]
    later = np.zeros(len(row), dtype=bool)
    day = reading.day[begin:end]
    for place in np.flatnonzero(same).tolist():
        one, other = sorted((int(anchors[order[place]]), int(anchors[order[place + 1]])))
        if later[other]:
            continue
        length = _length(row, one, other)
        if length >= BLOCK and len(np.unique(day[other : other + length])) >= LEAST_DAYS:
            later[other : other + length] = True
    return np.flatnonzero(later) + begin


def _length(row: Hashes, one: int, other: int) -> int:
    """For how many rows two places of a file go on alike, without one running into the other."""
    most = min(other - one, len(row) - other)
    differs = np.flatnonzero(row[one : one + most] != row[other : other + most])
    return int(differs[0]) if len(differs) else most


def _mixed(parts: list[Hashes]) -> Hashes:
    """One number for several, that is hardly ever that of others."""
    mixed = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        mixed = (mixed ^ part) * _STEP
        mixed ^= mixed >> np.uint64(29)
    return mixed
