"""What an old workbook (xls) must be before it is opened: a compound file whose chains end.

An xls is a small file system: sectors, a table that says which sector follows which, and a
directory ([MS-CFB], Microsoft's open specification). Of a damaged table a reader may take a part of
the rows for all of them; here every chain is followed once, and must be as long as is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from est_analysis.config import SourceFormat
from est_analysis.sources.refusal import refuse

MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_RECORDS = ("Workbook", "Book")  # since 1997, and before
_LAST_SECTOR = 0xFFFFFFFA  # from here on numbers are signs, such as the end of a chain
_END = 0xFFFFFFFE
_IN_HEADER = 109  # places of the table that the header itself has
_ENTRY = 128  # bytes of a directory entry
_SMALL = 64  # bytes of a small sector
_ROOT = 5  # the kind of the entry that has the small parts

Sectors = npt.NDArray[np.uint32]


class _DamagedError(Exception):
    """What is wrong."""


def check_compound(path: Path, source: SourceFormat, raw: bytes) -> None:
    """Refuse a compound file with chains that do not end, leave the file or are too short.

    A file without its mark is left to the reader, which refuses it or knows another old form.
    """
    if not raw.startswith(MARK):
        return
    try:
        _follow(raw)
    except (_DamagedError, ValueError) as fault:
        refuse(
            path,
            source,
            "an undamaged workbook (xls)",
            f"a damaged file: {fault}",
            "open it in Excel, save it as .xlsx, or ask for a new export",
        )


def part_of_records(raw: bytes) -> bytes:
    """The part of an xls that has the sheets; a file without the mark is that part alone."""
    return part_of(raw, _RECORDS) if raw.startswith(MARK) else raw


def part_of(raw: bytes, names: tuple[str, ...]) -> bytes:
    """The first part of an undamaged compound file with one of the names; empty where none has."""
    file = _Compound(raw)
    found = next((part for part in file.parts() if part.name in names), None)
    if found is None:
        return b""
    if not file.is_small(found):
        return file.sectors.joined(file.chain(found)).tobytes()[: found.length]
    root = next(part for part in file.parts() if part.kind == _ROOT)
    inside = file.sectors.joined(file.chain(root)).tobytes()
    pieces = [inside[n * _SMALL : (n + 1) * _SMALL] for n in file.chain(found)]
    return b"".join(pieces)[: found.length]


def _follow(raw: bytes) -> None:
    """Follow all chains."""
    file = _Compound(raw)
    for part in file.parts():
        size = _SMALL if file.is_small(part) else file.sectors.size
        if len(file.chain(part)) * size < part.length:
            raise _DamagedError("a part is shorter than it says")


class _Part(NamedTuple):
    name: str
    kind: int
    first: int
    length: int


class _Compound:
    """The header, the tables and the directory of a compound file."""

    def __init__(self, raw: bytes) -> None:
        shift, small_shift = np.frombuffer(raw, "<u2", 2, 30).tolist()
        if shift not in (9, 12) or 1 << small_shift != _SMALL:
            raise _DamagedError("its header has unknown sector sizes")
        self.sectors = _Sectors(raw, 1 << shift)
        self._header = np.frombuffer(raw, "<u4", 8 + _IN_HEADER, 44)
        self._table = self.sectors.table(self._header)
        self._directory, self._smalls = (
            self.sectors.joined(_chain(self._table, int(first), self.sectors.number))
            for first in self._header[[1, 4]]
        )

    def parts(self) -> Iterator[_Part]:
        """The directory, blank places left out."""
        entries = self._directory.tobytes()
        for start in range(0, len(entries), _ENTRY):
            first, length = np.frombuffer(entries, "<u4", 2, start + 116).tolist()
            if length:
                name = entries[start : start + 64].decode("utf-16-le", "replace").split("\0")[0]
                yield _Part(name, entries[start + 66], first, length)

    def is_small(self, part: _Part) -> bool:
        """Whether it lies in the root's part, in sectors of its own kind."""
        return part.kind != _ROOT and part.length < int(self._header[3])

    def chain(self, part: _Part) -> list[int]:
        """Its sectors, in order."""
        if self.is_small(part):
            return _chain(self._smalls, part.first, len(self._smalls))
        return _chain(self._table, part.first, self.sectors.number)


class _Sectors:
    """The sectors of a file, after its header."""

    def __init__(self, raw: bytes, size: int) -> None:
        self.raw, self.size = raw, size
        self.number = -(-max(len(raw) - size, 0) // size)  # the last may be cut short

    def joined(self, sectors: Sequence[int]) -> Sectors:
        """Some sectors as numbers, one after the other."""
        parts = [self.raw[(s + 1) * self.size : (s + 2) * self.size] for s in sectors]
        return np.frombuffer(b"".join(p.ljust(self.size, b"\xff") for p in parts), "<u4")

    def table(self, header: Sectors) -> Sectors:
        """The table that says which sector follows which."""
        places, more, met = list(header[8:]), int(header[6]), set()
        while more < _LAST_SECTOR:
            if more in met or more >= self.number:
                raise _DamagedError("the list of its tables goes in a circle or out of the file")
            met.add(more)
            *found, more = self.joined([more]).tolist()
            places += found
        listed = [int(place) for place in places if place < _LAST_SECTOR][: int(header[0])]
        if header[0] > self.number or any(place >= self.number for place in listed):
            raise _DamagedError("its table is larger than the file or lies outside it")
        return self.joined(listed)


def _chain(table: Sectors, first: int, sectors: int) -> list[int]:
    """The sectors of a chain, in order."""
    found: list[int] = []
    met: set[int] = set()
    while first != _END and first < _LAST_SECTOR:
        if first in met:
            raise _DamagedError("a chain of its sectors goes in a circle")
        if first >= len(table) or first >= sectors:
            raise _DamagedError("a chain of its sectors leaves the file")
        met.add(first)
        found.append(first)
        first = int(table[first])
    return found
