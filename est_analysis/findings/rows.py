"""Rows of a released table, and what can be said of one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.language import Language

CLEAR = ("increase", "decrease")

CANNOT_BE_JUDGED = "cannot_be_judged"
CLAIMS = ("verdict", "deviation", "signal", "local")  # columns in which a claim is taken back

Rows = list[dict[str, Any]]


def rows_of(shown: SafeTable) -> Rows:
    """Rows as dicts; ``hidden`` says whether the row's count, or what comes of it, is hidden.

    ``count_hidden`` says whether the count itself is.
    """
    seen = shown.hidden.drop(columns=list(shown.withheld))
    hidden = seen.any(axis=1).tolist()
    counts = seen["count"].tolist() if "count" in seen else [False] * len(seen)
    rows = shown.data.to_dict("records")
    return [
        {str(k): v for k, v in row.items()} | {"hidden": hide, "count_hidden": count}
        for row, hide, count in zip(rows, hidden, counts, strict=True)
    ]


def last_year(shown: SafeTable) -> Rows:
    """Rows that compare with last year."""
    rows = rows_of(shown)
    return [row for row in rows if row.get("comparison", "last_year") == "last_year"]


def silent(row: dict[str, Any]) -> bool:
    """Not reported, and not hidden either."""
    return missing(row["count"]) and not row["count_hidden"]


def too_little(row: dict[str, Any]) -> bool:
    """Reported and shown, but not enough to compare."""
    return not row["hidden"] and row["verdict"] == "too_little_data" and not missing(row["count"])


def partial(row: dict[str, Any]) -> bool:
    """Hidden only because a part of the period is compared: the period's count is shown."""
    return bool(row["hidden"] and row.get("compared") == "same_days" and not missing(row["count"]))


def named_areas(rows: Rows, language: Language) -> list[str]:
    """The different areas of some rows, but not those that nobody knows which are."""
    nameless = {language.text(f"word.in_{word}") for word in ("unknown", "unmapped")}
    return [area for area in dict.fromkeys(row["area"] for row in rows) if area not in nameless]


def missing(value: Any) -> bool:
    """NA of any kind."""
    return bool(pd.isna(value))


def strength(row: dict[str, Any]) -> float:
    """The interval's near end, as a distance from 1: the least change that the data support."""
    near = row["lower"] if row["verdict"] == "increase" else row["upper"]
    return -abs(float(np.log(max(float(near), 1e-9))))


def opening(text: str) -> str:
    """Write the beginning of a sentence: only its first letter is made a capital."""
    return text[:1].upper() + text[1:]


def listed(words: list[str], language: Language) -> str:
    """Words with commas and an "and" before the last; semicolons where one has a comma itself."""
    if len(words) < 2:
        return "".join(words)
    mark = ";" if any("," in word for word in words) else ","
    last = f"{language.text('word.and')} {words[-1]}"
    between = f"{mark} " if mark == ";" else " "
    return f"{f'{mark} '.join(words[:-1])}{between}{last}"


def taken_back(row: dict[str, Any]) -> bool:
    """Whether what a row would say has been taken back; a nameless row says nothing anyway."""
    if "doubt" in row:
        return bool(row["doubt"])
    said = any(row.get(name) == CANNOT_BE_JUDGED for name in CLAIMS)
    return said or row.get("reasons") == "unread"


def none_found(key: str, rows: Rows, language: Language) -> list[str]:
    """Say that nothing was found, where that can be said: only of rows that are shown.

    Of hidden rows it could be untrue, and whoever sees them all may not tell. Where something
    cannot be judged that is said, and not that there is nothing.
    """
    if any(taken_back(row) for row in rows):
        return []
    hidden = sum(row["hidden"] for row in rows)
    if rows and hidden == len(rows):
        key = "no_part_public" if all(map(partial, rows)) else "all_hidden"
        return [language.text(f"finding.{key}")]
    sentence = language.text(f"finding.{key}")
    if hidden:
        inner = sentence[:1].lower() + sentence[1:]
        sentence = language.text("finding.among_shown", sentence=inner)
    return [sentence]
