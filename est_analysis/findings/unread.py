"""What cannot be judged, because of what, and what to do about it: a claim never stands on it."""

from __future__ import annotations

from typing import Any

from est_analysis.disclosure import SafeTable
from est_analysis.findings.rows import Rows, listed, missing, rows_of, taken_back
from est_analysis.language import Language

MOST_CAUSES = 3
MOST_PARTS = 4


def withdrawn(shown: SafeTable) -> Rows:
    """Rows of a table of which something cannot be judged, because of what is unread."""
    return [row for row in rows_of(shown) if taken_back(row)]


def unjudged(
    tables: dict[str, SafeTable], causes: SafeTable | None, language: Language
) -> list[str]:
    """One sentence for each cause: what cannot be judged, why, and the cure.

    Parameters
    ----------
    tables
        Released tables; of those that compare in several ways, what is compared with last year.
    causes
        From `counts.causes.unread_values`, named; None where the readers may not see them.
    """
    rows = [
        row
        for shown in tables.values()
        for row in withdrawn(shown)
        if row.get("comparison", "last_year") == "last_year"
    ]
    if not rows:
        return []
    if causes is None:
        return _without_causes(rows, language)
    known = {row["cause"]: row for row in rows_of(causes)}
    groups: dict[str, Rows] = {}
    for row in rows:
        if not row.get("doubt"):  # a table without causes: others on the page have them
            continue
        groups.setdefault(_root(str(row["doubt"]).split(), known), []).append(row)
    sentences = [
        _sentence(known[root], parts, language) for root, parts in groups.items() if root in known
    ]
    if len(sentences) <= MOST_CAUSES:
        return sentences
    left = language.number(len(sentences) - MOST_CAUSES)
    return [*sentences[:MOST_CAUSES], language.text("finding.more_causes", number=left)]


def _root(causes: list[str], known: dict[str, dict[str, Any]]) -> str:
    """The cause that the others come from: what is lost, where a new name appeared for it."""
    for cause in causes:
        value = known.get(cause, {}).get("value")
        for other, row in known.items():
            if row["instead"] and value and row["instead"] == value:
                return other
    return causes[0]


def _without_causes(rows: Rows, language: Language) -> list[str]:
    """For readers who see no causes: by actor."""
    actors: dict[str, Rows] = {}
    for row in rows:
        actors.setdefault(str(row["actor"]), []).append(row)
    return [
        language.text("finding.unjudged_public", parts=_parts(own, language), actor=actor)
        for actor, own in actors.items()
    ]


def _sentence(cause: dict[str, Any], rows: Rows, language: Language) -> str:
    return language.text(
        "finding.unjudged",
        parts=_parts(rows, language),
        actor=cause["actor"],
        why=why(cause, language),
        cure=language.text(f"cure.{_cure(cause)}", change=cause["change"]),
    )


def why(cause: dict[str, Any], language: Language) -> str:
    """What cannot be read, in a sentence or two."""
    told = language.text(f"unread.{_kind(cause)}", **_words(cause, language))
    if cause["instead"]:
        told += " " + language.text("unread.renamed", value=cause["instead"])
    return told


def in_lines(doubts: list[str], causes: list[dict[str, Any]], language: Language) -> list[str]:
    """For a terminal: each cause, how many claims it takes back, and where to mend it.

    Parameters
    ----------
    doubts
        Of each claim that is taken back the numbers of its causes.
    causes
        Rows of `counts.causes.unread_values`, named.
    """
    known = {row["cause"]: row for row in causes}
    number: dict[str, int] = {}
    for doubt in doubts:
        root = _root(doubt.split(), known)
        number[root] = number.get(root, 0) + 1
    return [
        language.text(
            "unread.line",
            number=language.number(claims),
            actor=known[root]["actor"],
            why=why(known[root], language),
            change=known[root]["change"],
        )
        for root, claims in sorted(number.items(), key=lambda pair: -pair[1])
        if root in known
    ]


def _kind(cause: dict[str, Any]) -> str:
    """Which words a cause has: of what is not there by what it is missing of."""
    kind = str(cause["unread"])
    if kind not in ("lost", "not_reported"):
        return kind
    named = [key for key in ("area", "category") if cause[key]]
    return f"{kind}_{'both' if len(named) == 2 else named[0] if named else 'all'}"


def _cure(cause: dict[str, Any]) -> str:
    return "renamed" if cause["instead"] else str(cause["unread"])


def _words(cause: dict[str, Any], language: Language) -> dict[str, str]:
    known = not missing(cause["start"])
    events = 0 if missing(cause["unread_events"]) else cause["unread_events"]
    return {
        "value": str(cause["value"]),
        "area": str(cause["area"]),
        "category": str(cause["category"]),
        "number": language.incidents(events),
        "rows": language.number(cause["rows"]),
        "since": f"{cause['start']:%Y-%m-%d}" if known else "–",
        "days": language.date_range(cause["start"], cause["end"]) if known else "–",
        "reason": language.value("reason", cause["reason"]),
    }


def _parts(rows: Rows, language: Language) -> str:
    """What cannot be judged, each named once."""
    names = list(dict.fromkeys(_part(row, language) for row in rows))
    if len(names) > MOST_PARTS:
        more = language.text("unread.more", number=language.number(len(names) - MOST_PARTS))
        names = [*names[:MOST_PARTS], more]
    return listed(names, language)


def _part(row: dict[str, Any], language: Language) -> str:
    """A row in words: its type and area; its insats; else all that the actor has."""
    if "name" in row:
        return str(row["name"])
    words = [str(row[key]) for key in ("category", "area") if row.get(key)]
    return " ".join(words) if words else language.text("unread.all")
