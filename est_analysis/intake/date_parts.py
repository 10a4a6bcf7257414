"""A date that stands in parts: a year, and a week, a month or a day in columns of their own."""

from __future__ import annotations

import numpy as np

from est_analysis.config.table_form import PARTS
from est_analysis.sources.coded import Coded, combined


def dated(columns: dict[str, Coded]) -> dict[str, Coded]:
    """The columns with the date in one, as a text that the named forms read.

    Examples
    --------
    >>> found = dated({"year": Coded.of(["2025", "2025"]), "week": Coded.of(["3", "v. 4"])})
    >>> [found["occurred_from"].words[code] for code in found["occurred_from"].codes]
    ['2025-W03', 'v. 4 2025']
    """
    parts = {name: columns[name] for name in ("year", *PARTS) if name in columns}
    codes, examples = combined(list(parts.values()))
    rows = [
        {name: column.words[column.codes[example]] for name, column in parts.items()}
        for example in examples.tolist()
    ]
    whole = Coded(codes.astype(np.int32), tuple(map(_text, rows))).distinct()
    left = {name: column for name, column in columns.items() if name not in parts}
    return left | {"occurred_from": whole}


def _text(said: dict[str, str]) -> str:
    """One date; what is not a number stays as it is written, for the forms to read or refuse."""
    year, week, month, day = (said.get(name, "") for name in ("year", *PARTS))
    if not any((week, month, day)):
        return ""
    if "week" in said:
        return f"{year}-W{int(week):02d}" if week.isdecimal() else f"{week} {year}"
    number = f"{int(month):02d}" if month.isdecimal() else month
    if "day" not in said:
        return f"{year}-{number}" if month.isdecimal() else f"{month} {year}"
    if month.isdecimal() and day.isdecimal():
        return f"{year}-{number}-{int(day):02d}"
    return f"{day} {month} {year}"
