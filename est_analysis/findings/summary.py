"""A report's summary: what is clear, what explains it, what was done, and what is left to do."""

from __future__ import annotations

from typing import Any

from est_analysis.disclosure import SafeTable
from est_analysis.findings import insatser, where_when
from est_analysis.findings.change import (
    change,
    named_actors,
    not_compared,
    part_change,
    part_rows,
    unreported,
)
from est_analysis.findings.rows import (
    CLEAR,
    Rows,
    last_year,
    listed,
    missing,
    none_found,
    opening,
    partial,
    rows_of,
    too_little,
)
from est_analysis.language import Language

MOST_CHANGES = 4  # in full; the rest are named
MOST_WEEKS = 2


def summary(tables: dict[str, SafeTable], language: Language) -> list[str]:
    """What the page says, the clearest first; nothing clear is left out without a word.

    Parameters
    ----------
    tables
        ``totals`` (by actor), and any of ``categories`` and ``areas`` (whose intervals hold
        together), all from `compare_periods`; ``category_deviations`` and ``area_deviations``
        from `deviations`; ``weeks`` from `outbreak_weeks`; ``effort`` from `effort_trend`,
        ``evaluations`` from `evaluations_in`, ``interventions`` from `interventions_in`.

    Returns
    -------
    list of str
        Clear changes that reporting does not explain, by how many events they are; single weeks
        that stand out; in one line what reporting explains; what did not change; what came of the
        insatser, each with the displacement it caused; what is overdue; what cannot be judged,
        with a reason for each.
    """
    totals = last_year(tables["totals"])
    reporting = _may_be_reporting(tables.get("effort"))
    clear = [row for row in totals if row["verdict"] in CLEAR]
    explained = [row for row in clear if row["actor"] in reporting]
    parts = [row for name in ("categories", "areas") if name in tables
             for row in part_rows(tables[name], language)]  # fmt: skip
    changed = [row for row in clear if row["actor"] not in reporting]
    changed += [row for row in parts if row["verdict"] in CLEAR]
    steady = [row for row in totals if row["verdict"] == "no_clear_change" and not row["hidden"]]
    return [
        *_changes(sorted(changed, key=_events, reverse=True), tables, language),
        *_weeks(tables.get("weeks"), language),
        *_explained(explained, language),
        *([] if changed else _no_part_changed(parts, language)),
        *named_actors("steady", steady, language),
        *_insatser(tables, language),
        *unreported(totals, language),
        *named_actors("part_not_public", [row for row in totals if partial(row)], language),
        *named_actors(
            "hidden", [r for r in totals if r["count_hidden"] and not partial(r)], language
        ),
        *named_actors("not_compared", [r for r in totals if not_compared(r)], language),
        *named_actors("too_little", [row for row in totals if too_little(row)], language),
    ]


def _events(row: dict[str, Any]) -> float:
    """How many events a clear change is."""
    return 0.0 if missing(row["difference"]) else abs(float(row["difference"]))


def _changes(rows: Rows, tables: dict[str, SafeTable], language: Language) -> list[str]:
    """The largest clear changes, each also against what was expected; the others named."""
    sentences = []
    for row in rows[:MOST_CHANGES]:
        parts = [_change(row, language), _expected(row, tables, language)]
        parts.append(_moved_here(row, tables.get("evaluations"), language))
        sentences.append(" ".join(filter(None, parts)))
    left = rows[MOST_CHANGES:]
    if left:
        names = listed([_name(row, language) for row in left], language)
        number = language.number(len(left))
        sentences.append(language.text("finding.more_changes", number=number, names=names))
    return sentences


def _change(row: dict[str, Any], language: Language) -> str:
    whole = "category" not in row and "area" not in row
    return change(row, language) if whole else part_change(row, language)


def _name(row: dict[str, Any], language: Language) -> str:
    part = row.get("category") or row.get("area")
    word = language.text(f"word.{row['verdict']}")
    return f"{part} ({row['actor']}, {word})" if part else f"{row['actor']} ({word})"


def _expected(row: dict[str, Any], tables: dict[str, SafeTable], language: Language) -> str:
    """Whether a change against last year is one against what was expected too."""
    key = "category" if "category" in row else "area"
    table = tables.get(f"{key}_deviations")
    if key not in row or table is None:
        return ""
    for other in rows_of(table):
        same = other["actor"] == row["actor"] and other[key] == row[key] and not other["hidden"]
        if same and other["deviation"] in ("as_expected", "more", "fewer"):
            agrees = {"more": "increase", "fewer": "decrease"}.get(other["deviation"])
            word = "too" if agrees == row["verdict"] else "not"
            if other["deviation"] != "as_expected" and word == "not":
                return ""
            return language.text(
                f"finding.expected_{word}",
                expected=language.number(other["expected"]),
                interval=language.interval(other["usual_from"], other["usual_to"], 0),
            )
    return ""


def _moved_here(row: dict[str, Any], table: SafeTable | None, language: Language) -> str:
    """The insats that an area's increase may be displaced by."""
    if table is None or row.get("verdict") != "increase" or "area" not in row:
        return ""
    names = [
        other["name"]
        for other in rows_of(table)
        if other["actor"] == row["actor"]
        and other.get("beside") == row["area"]
        and other["beside_lower"] > 1
    ]
    if not names:
        return ""
    return language.text("finding.moved_here", names=listed(list(dict.fromkeys(names)), language))


def _weeks(table: SafeTable | None, language: Language) -> list[str]:
    """Single weeks that stand out, the surest in full and the others counted."""
    if table is None:
        return []
    rows = [row for row in rows_of(table) if not row["hidden"]]
    sentences = [
        language.text(
            "finding.one_week_stands_out",
            part=opening(f"{row['category']} {row['area']}"),
            actor=row["actor"],
            week=language.week(row["start"]),
            count=language.incidents(row["count"]),
            expected=language.number(row["expected"], 1),
        )
        for row in rows[:MOST_WEEKS]
    ]
    if len(rows) > MOST_WEEKS:
        left = language.number(len(rows) - MOST_WEEKS)
        sentences.append(language.text("finding.more_weeks", number=left))
    return sentences


def _explained(rows: Rows, language: Language) -> list[str]:
    """Changes that only more, or less, reporting may be: in one line, after all that is more."""
    told = [
        language.text(
            "finding.one_explained",
            actor=row["actor"],
            count=language.number(row["count"]),
            reference=language.number(row["reference_count"]),
            ratio=language.number(row["ratio"], 2),
            interval=language.interval(row["lower"], row["upper"], apart_from=1),
        )
        for row in rows
    ]
    return [language.text("finding.explained", told=listed(told, language))] if told else []


def _may_be_reporting(table: SafeTable | None) -> set[str]:
    """Actors whose change may only be one of reporting: it is none per active reporter."""
    if table is None:
        return set()
    return {row["actor"] for row in rows_of(table) if row["explained"] == "may_be_reporting"}


def _no_part_changed(rows: Rows, language: Language) -> list[str]:
    """That no type or area changed clearly, or that it cannot be seen."""
    if not rows:
        return []
    judged = any(row["verdict"] == "no_clear_change" for row in rows)
    kinds = [name for name in ("category", "area") if any(name in row for row in rows)]
    part = kinds[0] if len(kinds) == 1 else "part"
    return none_found(f"no_{part}_{'changed' if judged else 'judged'}", rows, language)


def _insatser(tables: dict[str, SafeTable], language: Language) -> list[str]:
    sentences = []
    if "evaluations" in tables:
        sentences += insatser.in_short(tables["evaluations"], language)
    if "interventions" in tables:
        sentences += where_when.overdue(tables["interventions"], language)
    return sentences
