"""A stray quote makes one cell of all that stands until the next one, rows and all.

Free text may have line breaks of its own. But its row has one date, and so at most one of its lines
looks like a row; of rows that a stray quote has joined, two or more do. So does a row with another
that somebody has pasted into its text: nothing tells the two apart, and to ask costs less than to
lose rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from est_analysis.config import SourceFormat
from est_analysis.sources.coded import tidy
from est_analysis.sources.refusal import refuse

Row = tuple[int, list[str]]
_LINE_END = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"[0-9]+")


def check_quotes(
    path: Path, source: SourceFormat, rows: list[Row], width: int, date_column: int
) -> None:
    """Refuse a file in which a row's quotes hold other rows.

    Parameters
    ----------
    path, source
        The file and its declaration.
    rows
        From the column names on, with the line that each begins on.
    width
        How many cells a row has.
    date_column
        The place of a column that has a date in every row.
    """
    known: frozenset[str] | None = None
    for number, cells in _of_several_lines(rows):
        if known is None:
            known = _forms(rows, date_column)
        if not known:
            return
        lines = [line.split(source.delimiter) for line in _lines(cells, source.delimiter)]
        alike = [
            number + n
            for n, parts in enumerate(lines)
            if len(parts) == width and _form(parts[date_column]) in known
        ]
        if len(alike) > 1:
            refuse(
                path,
                source,
                "one row of the table in each row of the file",
                f"{len(alike)} lines that look like rows in the one that begins on line {number} "
                f"and ends on line {number + len(lines) - 1}, joined by a quote",
                f"look for a stray quote on line {number} of {path.name}, mend it or export again; "
                "where a row is only pasted into a text, take away the line break before it",
            )


def _of_several_lines(rows: list[Row]) -> Iterator[Row]:
    for row, following in pairwise(rows):
        if following[0] - row[0] > 1:
            yield row
    if rows and any(_LINE_END.search(cell) for cell in rows[-1][1]):
        yield rows[-1]


def _lines(cells: list[str], delimiter: str) -> list[str]:
    return _LINE_END.split(delimiter.join(cells))


def _forms(rows: list[Row], column: int) -> frozenset[str]:
    """How the column is written: its texts, whatever their numbers."""
    texts = {cells[column] for _, cells in rows[1:] if len(cells) > column}
    return frozenset(_form(text) for text in texts if not _LINE_END.search(text)) - {""}


def _form(text: str) -> str:
    return _NUMBER.sub("0", tidy(text.strip('"')))
