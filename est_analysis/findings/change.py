"""What changed against earlier periods."""

from __future__ import annotations

from typing import Any

from est_analysis.disclosure import SafeTable
from est_analysis.findings.rows import (
    CLEAR,
    Rows,
    last_year,
    listed,
    missing,
    named_areas,
    none_found,
    opening,
    partial,
    silent,
    strength,
    taken_back,
)
from est_analysis.language import Language

WEEKS_APART = 0.5  # between what two periods have reported; a leap day is less


def unreported(rows: Rows, language: Language) -> list[str]:
    """Who has no count, by reason."""
    missed = [row for row in rows if silent(row)]
    reasons = dict.fromkeys(_why_silent(row) for row in missed)
    return [
        sentence
        for why in reasons
        for sentence in named_actors(
            why, [row for row in missed if _why_silent(row) == why], language
        )
    ]


def _why_silent(row: dict[str, Any]) -> str:
    """The finding for a row without a count: silence, dates of months, or too short a part."""
    return {"by_month": "silent_by_month", "partly": "silent_partly"}.get(
        str(row.get("coverage")), "silent"
    )


def named_actors(key: str, rows: Rows, language: Language) -> list[str]:
    """One sentence that names the actors of some rows; none without rows."""
    if not rows:
        return []
    names = listed([row["actor"] for row in rows], language)
    return [language.text(f"finding.{key}", actors=names)]


def totals(shown: SafeTable, language: Language) -> list[str]:
    """Each actor's total against the same period last year; what cannot be judged stands apart."""
    return [change(row, language) for row in last_year(shown) if not taken_back(row)]


def parts(shown: SafeTable, language: Language) -> list[str]:
    """The clear changes of types or areas against last year."""
    return _part_changes(part_rows(shown, language), language)


def part_rows(shown: SafeTable, language: Language) -> Rows:
    """Rows that compare with last year; none where there is one area: it is the total."""
    rows = last_year(shown)
    if "area" in shown.data and len(named_areas(rows, language)) < 2:
        return []
    return rows


def _part_changes(rows: Rows, language: Language) -> list[str]:
    """The clear changes, the clearest first; or that there are none, or that none can be seen."""
    clear = [row for row in rows if row["verdict"] in CLEAR]
    if clear:
        return [part_change(row, language) for row in sorted(clear, key=strength)]
    if not rows:
        return []
    judged = any(row["verdict"] == "no_clear_change" for row in rows)
    kinds = [name for name in ("category", "area") if any(name in row for row in rows)]
    part = kinds[0] if len(kinds) == 1 else "part"
    return none_found(f"no_{part}_{'changed' if judged else 'judged'}", rows, language)


def change(row: dict[str, Any], language: Language) -> str:
    """One actor's total against the same period last year."""
    cases = (
        ("part_not_public", partial(row)), ("hidden", row["count_hidden"]),
        ("not_compared", not_compared(row)), (_why_silent(row), silent(row)),
    )  # fmt: skip
    for key, holds in cases:
        if holds:
            return language.text(f"finding.{key}", actors=row["actor"])
    if row["verdict"] not in (*CLEAR, "no_clear_change"):
        return language.text("finding.too_little", actors=row["actor"])
    sentence = language.text(
        f"finding.{row['verdict']}{_of_nothing(row)}", actor=row["actor"], **_against(row, language)
    )
    if row.get("compared") == "same_days":
        weeks_told = language.number(row["weeks"], 1)
        return f"{sentence} {language.text('finding.same_days', weeks=weeks_told)}"
    weeks = (row["weeks"], row["reference_weeks"])
    if abs(weeks[0] - weeks[1]) < WEEKS_APART:
        return sentence
    told = language.text(
        "finding.weeks_differ",
        weeks=language.number(weeks[0], 1),
        reference_weeks=language.number(weeks[1], 1),
    )
    return f"{sentence} {told}"


def not_compared(row: dict[str, Any]) -> bool:
    """The count is shown, and what it is compared with, or how, is hidden as small."""
    return bool(row["hidden"]) and not missing(row["count"]) and not partial(row)


def part_change(row: dict[str, Any], language: Language) -> str:
    """One category or area of an actor against the same period last year."""
    return language.text(
        f"finding.part_{row['verdict']}{_of_nothing(row)}",
        part=opening(str(row.get("category") or row.get("area"))),
        actor=row["actor"],
        **_against(row, language),
    )


def _of_nothing(row: dict[str, Any]) -> str:
    """The ending of a finding's key where there was nothing before: then there is no ratio."""
    return "_from_nothing" if missing(row["ratio"]) else ""


def _against(row: dict[str, Any], language: Language) -> dict[str, str]:
    """The two counts, of the days that are compared, and their ratio."""
    part = row.get("compared") == "same_days"
    return {
        "count": language.number(row["compared_count" if part else "count"]),
        "reference": language.number(row["reference_count"]),
        "when": language.text(f"finding.when_{'same_days' if part else 'whole'}"),
        "ratio": language.number(row["ratio"], 2),
        "interval": language.interval(row["lower"], row["upper"], apart_from=1),
    }
