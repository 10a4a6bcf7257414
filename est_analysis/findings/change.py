"""What changed against earlier periods; the summary of a report."""

from __future__ import annotations

from typing import Any

from est_analysis.disclosure import SafeTable
from est_analysis.findings import insatser, where_when
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
    rows_of,
    silent,
    strength,
    too_little,
)
from est_analysis.language import Language

MOST_IN_SUMMARY = 5
WEEKS_APART = 0.5  # between what two periods have reported; a leap day is less


def summary(tables: dict[str, SafeTable], language: Language) -> list[str]:
    """At most five findings: totals, the clearest changes, insatser; and what cannot be judged.

    What came of the insatser is never left out. What cannot be judged comes last and beside the
    five, one sentence for each reason: without it the others mislead.

    Parameters
    ----------
    tables
        ``totals`` (by actor), and any of ``categories`` and ``areas`` (whose intervals hold
        together), all from `compare_periods`; ``effort`` from `effort_trend`, ``evaluations``
        from `evaluations_in`, ``interventions`` from `interventions_in`.
    """
    sentences: list[str] = []
    totals = last_year(tables["totals"])
    changed = [row for row in totals if row["verdict"] in CLEAR]
    more = _may_be_reporting(tables.get("effort"))
    for row in sorted(changed, key=strength):
        caveat = row["verdict"] == "increase" and row["actor"] in more
        sentences.append(
            _change(row, language)
            + (" " + language.text("finding.caveat_reporters") if caveat else "")
        )
    steady = [row for row in totals if row["verdict"] == "no_clear_change" and not row["hidden"]]
    sentences += _named("steady", steady, language)
    parts: Rows = []
    for name in ("categories", "areas"):
        if name in tables:
            parts += _parts_of(tables[name], language)
    sentences += _part_changes(parts, language)
    kept = insatser.in_short(tables["evaluations"], language) if "evaluations" in tables else []
    if "interventions" in tables:
        kept += where_when.overdue(tables["interventions"], language)
    unjudged = [
        *_unreported(totals, language),
        *_named("part_not_public", [row for row in totals if partial(row)], language),
        *_named("hidden", [r for r in totals if r["count_hidden"] and not partial(r)], language),
        *_named("not_compared", [r for r in totals if _not_compared(r)], language),
        *_named("too_little", [row for row in totals if too_little(row)], language),
    ]
    return sentences[: MOST_IN_SUMMARY - len(kept)] + kept + unjudged


def _unreported(rows: Rows, language: Language) -> list[str]:
    """Who has no count, by reason."""
    missed = [row for row in rows if silent(row)]
    reasons = dict.fromkeys(_why_silent(row) for row in missed)
    return [
        sentence
        for why in reasons
        for sentence in _named(why, [row for row in missed if _why_silent(row) == why], language)
    ]


def _why_silent(row: dict[str, Any]) -> str:
    """The finding for a row without a count: silence, dates of months, or too short a part."""
    return {"by_month": "silent_by_month", "partly": "silent_partly"}.get(
        str(row.get("coverage")), "silent"
    )


def _named(key: str, rows: Rows, language: Language) -> list[str]:
    """One sentence that names the actors of some rows; none without rows."""
    if not rows:
        return []
    names = listed([row["actor"] for row in rows], language)
    return [language.text(f"finding.{key}", actors=names)]


def totals(shown: SafeTable, language: Language) -> list[str]:
    """Each actor's total against the same period last year."""
    return [_change(row, language) for row in last_year(shown)]


def parts(shown: SafeTable, language: Language) -> list[str]:
    """The clear changes of types or areas against last year."""
    return _part_changes(_parts_of(shown, language), language)


def _parts_of(shown: SafeTable, language: Language) -> Rows:
    """Rows that compare with last year; none where there is one area: it is the total."""
    rows = last_year(shown)
    if "area" in shown.data and len(named_areas(rows, language)) < 2:
        return []
    return rows


def _part_changes(rows: Rows, language: Language) -> list[str]:
    """The clear changes, the clearest first; or that there are none, or that none can be seen."""
    clear = [row for row in rows if row["verdict"] in CLEAR]
    if clear:
        return [_part_change(row, language) for row in sorted(clear, key=strength)]
    if not rows:
        return []
    judged = any(row["verdict"] == "no_clear_change" for row in rows)
    kinds = [name for name in ("category", "area") if any(name in row for row in rows)]
    part = kinds[0] if len(kinds) == 1 else "part"
    return none_found(f"no_{part}_{'changed' if judged else 'judged'}", rows, language)


def _may_be_reporting(table: SafeTable | None) -> set[str]:
    """Actors whose increase may only be more reporting: it is none per active reporter."""
    if table is None:
        return set()
    return {row["actor"] for row in rows_of(table) if row["explained"] == "may_be_reporting"}


def _change(row: dict[str, Any], language: Language) -> str:
    """One actor's total against the same period last year."""
    cases = (
        ("part_not_public", partial(row)), ("hidden", row["count_hidden"]),
        ("not_compared", _not_compared(row)), (_why_silent(row), silent(row)),
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


def _not_compared(row: dict[str, Any]) -> bool:
    """The count is shown, and what it is compared with, or how, is hidden as small."""
    return bool(row["hidden"]) and not missing(row["count"]) and not partial(row)


def _part_change(row: dict[str, Any], language: Language) -> str:
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
