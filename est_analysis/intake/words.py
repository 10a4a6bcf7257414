"""Values of an export in messages: as they stand, never a person, never long."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from est_analysis.privacy import shown

LONGEST, MOST = 60, 6


def quoted(word: str) -> str:
    """A value between quotes."""
    return f'"{shown(word, LONGEST)}"'


def listed(words: Iterable[str]) -> str:
    """Some values, and how many more there are."""
    every = list(words)
    more = f" and {len(every) - MOST:,} more" if len(every) > MOST else ""
    return ", ".join(quoted(word) for word in every[:MOST]) + more


def place_of_row(row: pd.Series) -> str:
    """File, sheet, row and the header over the cell, those that there are."""
    sheet = f", sheet {row['sheet']}" if row["sheet"] else ""
    cell = f", column {row['cell']}" if row["cell"] else ""
    return f"{row['file']}{sheet}, row {row['row']}{cell}"


def number_of(number: int, what: str) -> str:
    """A number of something.

    Examples
    --------
    >>> number_of(1, "row"), number_of(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"
