"""What is concluded of an insats: talar för, oklart, talar emot; never that it is proved."""

from __future__ import annotations

from typing import Any

from est_analysis.counts.coverage import STEPS
from est_analysis.disclosure import SafeTable
from est_analysis.findings.rows import listed, missing, none_found, opening, rows_of, taken_back
from est_analysis.language import Language

UNDETERMINED = "cannot_be_determined"


def conclusions(shown: SafeTable, language: Language) -> list[str]:
    """Each actor's conclusion with its interval, its reasons and what could have been seen."""
    rows = [row for row in rows_of(shown) if not row["hidden"] and not taken_back(row)]
    return [conclusion(row, language) for row in rows]


def conclusion(row: dict[str, Any], language: Language) -> str:
    """One actor's conclusion, of a row with its ``actor`` named."""
    words = _graded(row, language)
    if missing(row["effect"]) or missing(row["visible"]):
        return language.text("finding.conclusion_unknown", **words)
    words |= {
        "ratio": language.number(row["effect"], 2),
        "interval": language.interval(row["lower"], row["upper"], apart_from=1),
        "visible": language.percent(row["visible"]),
    }
    sentence = language.text("finding.conclusion", **words)
    if row.get("goal_met"):
        sentence += " " + language.text(f"finding.goal_{row['goal_met']}")
    return sentence


def _graded(row: dict[str, Any], language: Language) -> dict[str, str]:
    """Whose data say what, and why."""
    return {
        "actor": row["actor"],
        "whose": language.genitive(row["actor"]),
        "grade": language.value("grade", row["grade"]),
        "reasons": _because(row, language),
    }


def insats_in_short(tables: dict[str, SafeTable], language: Language) -> list[str]:
    """Each actor's conclusion and what became of the goal, then what changed next door.

    Parameters
    ----------
    tables
        ``conclusions`` and, where anything next door could be estimated, ``displacement``.
    """
    sentences = conclusions(tables["conclusions"], language)
    if len(tables["displacement"].data):
        sentences += displacement(tables["displacement"], language)
    return sentences


def _in_a_word(row: dict[str, Any], language: Language) -> str:
    reasons = set(str(row["reasons"]).split())
    for step in STEPS:
        if reasons & {f"no_{step}s_before", f"no_{step}s_after"}:
            return _nothing_to_count(step, language)
    return language.value("grade", row["grade"])


def _nothing_to_count(step: str, language: Language) -> str:
    return language.text(f"finding.no_{step}s_to_count")


def _because(row: dict[str, Any], language: Language) -> str:
    """Why the grade is what it is; doubts about a conclusion are no reasons for it."""
    words = str(row["reasons"]).split()
    doubts = row["grade"] in ("some_support", "some_against") and words != ["goal_outside_interval"]
    told = listed([language.text(f"reason.{word}") for word in words], language)
    return language.text(f"finding.{'no_clearer_because' if doubts else 'because'}", reasons=told)


def _beside(row: dict[str, Any], language: Language) -> list[str]:
    """Where an insats' problem seems to have moved, or its effect to have spread."""
    if not row.get("beside") or missing(row["beside_effect"]):
        return []
    return [
        language.text(
            "finding.moved_beside" if row["beside_lower"] > 1 else "finding.diffused_beside",
            beside=row["beside"],
            actor=row["actor"],
            ratio=language.number(row["beside_effect"], 2),
            interval=language.interval(row["beside_lower"], row["beside_upper"], apart_from=1),
        )
    ]


def displacement(shown: SafeTable, language: Language) -> list[str]:
    """Clear changes next door; or that there is none. Inside the insats' hours is no next door."""
    sentences = []
    rows = [row for row in rows_of(shown) if row["beside"] != language.text("hours.inside")]
    for row in rows:
        if row["hidden"] or missing(row["effect"]):
            continue
        if row["lower"] > 1 or row["upper"] < 1:
            word = "moved" if row["lower"] > 1 else "diffused"
            sentences.append(
                language.text(
                    f"finding.{word}_{row['near']}",
                    beside=opening(str(row["beside"])),
                    actor=row["actor"],
                    ratio=language.number(row["effect"], 2),
                    interval=language.interval(row["lower"], row["upper"], apart_from=1),
                )
            )
    return sentences or none_found("none_moved", rows, language)


def evaluations(shown: SafeTable, language: Language) -> list[str]:
    """One line for each insats and actor, with the reasons."""
    return [
        language.text("finding.evaluation", name=row["name"], **_graded(row, language))
        for row in rows_of(shown)
        if not row["hidden"] and not taken_back(row)
    ]


def in_short(shown: SafeTable, language: Language) -> list[str]:
    """All evaluated insatser in one sentence: each one's grades, and by whose data.

    Those of which nothing can be told, by anybody's data, are named together at the end; that
    there are no weeks or months to tell it by is another thing than that they do not tell.
    """
    grades: dict[str, dict[str, list[str]]] = {}
    moved: dict[str, list[str]] = {}
    for row in rows_of(shown):
        if not row["hidden"] and row["reasons"] != "unread":
            own = grades.setdefault(row["name"], {})
            own.setdefault(_in_a_word(row, language), []).append(row["actor"])
            moved.setdefault(row["name"], []).extend(_beside(row, language))
    untold = [_nothing_to_count(step, language) for step in STEPS]
    together: dict[str, list[str]] = {
        word: [] for word in (language.value("grade", UNDETERMINED), *untold)
    }
    told = []
    for name, own in grades.items():
        if len(own) == 1 and set(own) <= set(together):
            together[next(iter(own))].append(name)
        else:
            parts = (f"{word} ({listed(actors, language)})" for word, actors in own.items())
            told.append(f"{name} – {', '.join([*parts, *moved[name]])}")
    told += [f"{listed(names, language)} – {word}" for word, names in together.items() if names]
    return [language.text("finding.insatser", told="; ".join(told))] if told else []
