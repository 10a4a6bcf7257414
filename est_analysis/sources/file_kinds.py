"""What a file is by its first bytes, where its name or declaration says something else."""

from __future__ import annotations

from pathlib import Path

from est_analysis.config import SourceFormat
from est_analysis.sources.refusal import refuse

_MARKS = (
    (b"PK\x03\x04", "xlsx"), (bytes.fromhex("d0cf11e0a1b11ae1"), "xls"), (b"PAR1", "parquet"),
    (b"%PDF", "pdf"), (b"\x1f\x8b", "gz"),
)  # fmt: skip
_TAGS = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")
CALLED = {
    "xlsx": "a workbook (xlsx)", "ods": "a workbook (ods)", "xls": "an old workbook (xls)",
    "zip": "a packed folder (zip)", "parquet": "a Parquet file", "pdf": "a PDF",
    "gz": "a packed file (gz)", "html": "a web page (HTML or XML)",
}  # fmt: skip
_SAVE_AS = {
    "zip": "unpack it, and put the files in its place",
    "pdf": "ask for the table itself; a PDF is a picture of it",
    "gz": "give its name the ending .gz, and it is unpacked",
    "html": "open it in Excel and save it as xlsx, or ask for the file itself",
}


def kind_of(raw: bytes) -> str:
    """The kind of a file that has a mark of its own; empty for texts.

    Examples
    --------
    >>> kind_of(b"PAR1..."), kind_of(b"Datum;Typ")
    ('parquet', '')
    """
    for mark, kind in _MARKS:
        if raw.startswith(mark):
            return _packed(raw) if kind == "xlsx" else kind
    begin = raw[:500].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if begin.startswith(_TAGS) else ""


def _packed(raw: bytes) -> str:
    """Of a package: which workbook, or only files."""
    if b"opendocument.spreadsheet" in raw[:200]:
        return "ods"
    return "xlsx" if b"xl/" in raw or b"[Content_Types].xml" in raw else "zip"


def refuse_other_kind(path: Path, source: SourceFormat, raw: bytes) -> None:
    """Refuse a file for a reader of texts that is none, with the reader it needs."""
    kind = kind_of(raw)
    if not kind or (kind == "html" and source.reader == "jsonl"):
        return
    refuse(
        path,
        source,
        f"a text file (reader: {source.reader})",
        f"{CALLED[kind]}, whatever its name ends with",
        _SAVE_AS.get(
            kind,
            f"{source.path}: reader: {kind}, if every file is one; else save it as CSV from the "
            "program that it was made in",
        ),
    )


def refuse_no_workbook(path: Path, source: SourceFormat, raw: bytes) -> None:
    """Refuse a file for a reader of workbooks that is a web page, a text or another kind."""
    kind = kind_of(raw)
    if kind in ("xlsx", "xls", "ods", "zip") or (not kind and not _is_text(raw)):
        return
    refuse(
        path,
        source,
        f"a workbook ({source.reader})",
        f"{CALLED.get(kind, 'a text file')}, whatever its name ends with",
        _SAVE_AS.get(kind, f"{source.path}: reader: {kind or 'csv'}, if every file is one; else "
                     "open it in Excel and save it as a workbook"),
    )  # fmt: skip


def _is_text(raw: bytes) -> bool:
    begin = raw[:2000]
    return bool(begin.strip()) and not any(sign < 9 or 13 < sign < 32 for sign in begin)
