"""What an old workbook (xls) must be before it is opened: a compound file whose chains end.

An xls is a small file system: sectors, a table that says which sector follows which, and a
directory ([MS-CFB], Microsoft's open specification). Of a damaged table a reader may take a part of
the rows for all of them; here every chain is followed once, and must be as long as is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from est_analysis.config import SourceFormat
from est_analysis.sources.refusal import refuse

MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST_SECTOR = 0xFFFFFFFA  # from here on numbers are signs, such as the end of a chain
_END = 0xFFFFFFFE
_IN_HEADER = 109  # places of the table that the header itself has
_ENTRY = 128  # bytes of a directory entry
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


def _follow(raw: bytes) -> None:
    """Follow all chains."""
    shift, small_shift = np.frombuffer(raw, "<u2", 2, 30).tolist()
    if shift not in (9, 12) or small_shift != 6:
        raise _DamagedError("its header has unknown sector sizes")
    file = _Sectors(raw, 1 << shift)
    header = np.frombuffer(raw, "<u4", 8 + _IN_HEADER, 44)
    table = file.table(header)
    entries = file.joined(_chain(table, int(header[1]), file.number)).tobytes()
    smalls = file.joined(_chain(table, int(header[4]), file.number))
    for start in range(0, len(entries), _ENTRY):
        first, length = np.frombuffer(entries, "<u4", 2, start + 116).tolist()
        if not length:
            continue
        if entries[start + 66] != _ROOT and length < header[3]:
            reach = len(_chain(smalls, first, len(smalls))) << small_shift
        else:
            reach = len(_chain(table, first, file.number)) << shift
        if reach < length:
            raise _DamagedError("a part is shorter than it says")


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
