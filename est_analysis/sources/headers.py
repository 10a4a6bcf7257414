"""Column names: joined of several rows, and which of them a source accepts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from est_analysis.sources.coded import tidy

FIRST_ROWS = 30  # in which column names are looked for, where they may stand on another row


def joined_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """Column names; of two header rows the upper one spans the blank cells to its right.

    Examples
    --------
    >>> joined_headers([["Händelse", "", "Id"], ["Datum", "Typ", ""]])
    ['Händelse Datum', 'Händelse Typ', 'Id']
    """
    width = max(len(row) for row in rows)
    names = [""] * width
    for level, row in enumerate(rows):
        filled = ""
        for i in range(width):
            cell = tidy(row[i]) if i < len(row) else ""
            filled = cell or (filled if level < len(rows) - 1 else "")
            names[i] = f"{names[i]} {filled}".strip()
    while names and not names[-1]:
        names.pop()
    return names


def accepted(headers: Sequence[str], names: Iterable[str]) -> list[int]:
    """The places of the columns that have one of the names, in small letters or capitals."""
    known = {name.casefold() for name in names}
    return [i for i, header in enumerate(headers) if tidy(header).casefold() in known]
