"""Text files → rows of cells: encodings, delimiters."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from est_analysis.config import SourceFormat
from est_analysis.privacy import shown
from est_analysis.sources.encodings import better_encoding, likely_encoding, strangeness
from est_analysis.sources.file_kinds import refuse_other_kind
from est_analysis.sources.refusal import refuse

LARGEST_FILE = 500_000_000  # bytes of a text file or workbook
MOST_PACKED = 1100  # gzip packs at most about 1032 bytes in one
LONGEST_CELL = 100_000  # characters; a longer one is a sign of a quote that was never closed
_GARBLED = re.compile("\x00|Ã[¥¤¶©…„–\x85\x84\x96]")  # å ä ö é Å Ä Ö in UTF-8, read by the letter


def csv_rows(path: Path, source: SourceFormat) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of their first line; a quote that is never closed is refused."""
    text = decoded(path, source)
    before = csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    line = 0
    try:
        for cells in reader:
            yield line + 1, cells
            line = reader.line_num
    except csv.Error as fault:
        refuse(
            path,
            source,
            f"cells of at most {LONGEST_CELL:,} characters, and a closing quote for each quote",
            f"{fault}, in the row that begins on line {line + 1}",
            f"look for a stray quote on line {line + 1}, mend it or export again",
        )
    finally:
        csv.field_size_limit(before)


def decoded(path: Path, source: SourceFormat) -> str:
    """The file's text in its declared encoding; refused where that is another one."""
    raw = read_bytes(path, source)
    if not raw.strip():
        refuse(path, source, "rows with data", "an empty file", "export the file again")
    refuse_other_kind(path, source, raw)
    encoding = (
        "utf-8-sig" if source.encoding.lower().replace("_", "-") == "utf-8" else source.encoding
    )
    try:
        text = raw.decode(encoding)
    except UnicodeError as fault:
        start = getattr(fault, "start", 0)
        line = raw[:start].count(b"\n") + 1
        other = likely_encoding(raw)
        refuse(
            path,
            source,
            f"text in the encoding {source.encoding}",
            f"byte 0x{raw[start]:02x} on line {line}, which is not {source.encoding}"
            + (f"; the file can be read as {other}" if other else ""),
            f"{source.path}: encoding: {other or 'the right one'}, if all its files are; else "
            f"layouts: with files: [{path.name}] and that encoding, beside one of the others",
        )
    _check_letters(path, source, raw, text)
    return text


def _check_letters(path: Path, source: SourceFormat, raw: bytes, text: str) -> None:
    """Refuse letters in no language: another encoding, or spoilt when the file was saved."""
    found = _GARBLED.search(text)
    if found is None:
        other = better_encoding(raw, text)
        if other and codecs.lookup(source.encoding).name != codecs.lookup(other).name:
            rows = enumerate(text.split("\n"), start=1)
            line, row = next((n, row) for n, row in rows if strangeness(row))
            refuse(
                path,
                source,
                f"text in the encoding {source.encoding}",
                f"{shown(row.strip())!r} on line {line}: {other} read as {source.encoding}",
                f"{source.path}: encoding: {other}",
            )
        return
    line = text.count("\n", 0, found.start()) + 1
    here = f"{found[0]!r} on line {line}"
    other = _of_garbled(found[0], raw)
    if other and not codecs.lookup(source.encoding).name.startswith(other):
        refuse(
            path,
            source,
            f"text in the encoding {source.encoding}",
            f"{here}: {other} read as {source.encoding}",
            f"{source.path}: encoding: {other}",
        )
    refuse(
        path,
        source,
        "text as it was written",
        f"{here}: the file was spoilt already when it was saved, whatever encoding is declared",
        "ask the sender for a new export straight from the system, not opened and saved by "
        "another program on the way",
    )


def _of_garbled(found: str, raw: bytes) -> str:
    """The encoding that makes words of it; empty where none does."""
    if found == "\x00":
        return "utf-16" if 4 * raw.count(0) > len(raw) else ""
    return "utf-8" if _is_text(raw, "utf-8") else ""


def _is_text(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeError:
        return False
    return True


def is_packed(path: Path) -> bool:
    """Whether its name ends with .gz, or .GZ as some systems write it."""
    return path.suffix.casefold() == ".gz"


def read_bytes(path: Path, source: SourceFormat) -> bytes:
    """The file's bytes, unpacked when its name ends with .gz."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            _refuse_large(path, source)
        raw = path.read_bytes()
        if not is_packed(path):
            return raw
        if len(raw) * MOST_PACKED > LARGEST_FILE:
            _measure(path, source, raw)
        return gzip.decompress(raw)
    except FileNotFoundError:
        refuse(path, source, "a file that is there", f"none of the name {path.name}", "the name")
    except (OSError, EOFError, zlib.error) as fault:
        refuse(
            path,
            source,
            "a file that can be opened",
            f"{type(fault).__name__}: {getattr(fault, 'strerror', None) or fault}",
            "close it in Excel, or copy it here again",
        )


def _measure(path: Path, source: SourceFormat, raw: bytes) -> None:
    """Refuse a packed file that unpacks to too much, without holding it in memory."""
    size = 0
    with gzip.open(io.BytesIO(raw)) as stream:
        while chunk := stream.read(1 << 20):
            size += len(chunk)
            if size > LARGEST_FILE:
                _refuse_large(path, source)


def _refuse_large(path: Path, source: SourceFormat) -> NoReturn:
    refuse(
        path,
        source,
        f"a file of at most {LARGEST_FILE // 10**6} MB, unpacked",
        "a larger one",
        "ask for the export in several files, or as Parquet",
    )
