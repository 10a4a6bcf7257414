"""A file that several actors share is read once."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path

from est_analysis.config.model import SourceFormat
from est_analysis.sources.raw_tables import RawTable, read_raw
from est_analysis.sources.text_files import is_packed

Wanted = dict[str, tuple[str, ...]]


class SharedTables:
    """Tables of files, kept only while another source is to read the same file in the same way.

    Parameters
    ----------
    uses
        What will be read: each file with its source and the columns wanted.
    """

    def __init__(self, uses: Iterable[tuple[Path, SourceFormat, Wanted]]) -> None:
        self._to_come = Counter(_way(*use) for use in uses)
        self._kept: dict[Hashable, RawTable] = {}
        self._digests: dict[Path, tuple[str, str]] = {}

    def read(self, path: Path, source: SourceFormat, wanted: Wanted) -> RawTable:
        """The wanted columns of a file."""
        way = _way(path, source, wanted)
        table = self._kept.pop(way, None)
        if table is None:
            table = read_raw(path, source, wanted)
        self._to_come[way] -= 1
        if self._to_come[way] > 0:
            self._kept[way] = table
        return table

    def digests(self, path: Path) -> tuple[str, str]:
        """SHA-256 of a file as it lies, and of what it unpacks to, once it has been read.

        It has then been found to unpack to no more than it may.
        """
        if path not in self._digests:
            digest = _sha256(path)
            self._digests[path] = digest, _sha256_unpacked(path) if is_packed(path) else digest
        return self._digests[path]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sha256_unpacked(path: Path) -> str:
    with gzip.open(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _way(path: Path, source: SourceFormat, wanted: Wanted) -> Hashable:
    """All that decides what a file is read as."""
    form = (source.reader, source.encoding, source.delimiter, source.decimal, source.footer)
    rows = (source.header_row, source.header_rows, source.sheet)
    dates = tuple(sorted(source.date_forms.items()))
    return path, form, rows, dates, tuple(wanted.items())
