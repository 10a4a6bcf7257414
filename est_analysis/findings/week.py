"""The week in short: who told, what stood out, what waits."""

from __future__ import annotations

from est_analysis.counts.coverage import BY_MONTH
from est_analysis.disclosure import SafeTable
from est_analysis.findings import expected, where_when
from est_analysis.findings.rows import listed, missing, none_found, rows_of, taken_back
from est_analysis.language import Language
from est_analysis.surveillance import NOT_JUDGED

MOST_SIGNALS = 3  # in full; the others are named


def in_short(tables: dict[str, SafeTable], language: Language) -> list[str]:
    """Silent actors first, then what stands out, every signal of it, then what is overdue.

    Parameters
    ----------
    tables
        ``actors`` (of the week), ``types`` and ``cells`` (signals by type and by type and area),
        ``late`` (weeks whose reports are not all in), ``insatser`` and ``decisions``.
    """
    sentences = silent(tables["actors"], language)
    sentences += _standing_out(tables["types"], tables["cells"], language)
    waiting = late(tables["late"], language) if "late" in tables else []
    waiting += overdue(tables["insatser"], tables["decisions"], language)
    return sentences + waiting


def silent(actors: SafeTable, language: Language) -> list[str]:
    """Who has not reported the week, wholly or in part, or to the month only."""
    rows = rows_of(actors)
    if not rows:
        return [language.text("finding.week_nobody")]
    sentences = []
    told = [row for row in rows if not missing(row["coverage"])]
    for status in ("silent", "partly", BY_MONTH):
        names = [row["actor"] for row in told if row["coverage"] == status]
        if names:
            sentences.append(
                language.text(f"finding.week_{status}", actors=listed(names, language))
            )
    untold = [row["actor"] for row in rows_of(actors) if row["hidden"] and missing(row["coverage"])]
    if untold:
        named = listed(untold, language)
        sentences.append(language.text("finding.week_untold", actors=named))
    return sentences or [language.text("finding.week_all_told")]


def late(weeks: SafeTable, language: Language) -> list[str]:
    """Which actors' latest counts will still rise."""
    names = list(dict.fromkeys(row["actor"] for row in rows_of(weeks) if row["provisional"]))
    if not names:
        return []
    return [language.text("finding.week_late", actors=listed(names, language))]


def overdue(insatser: SafeTable, decisions: SafeTable, language: Language) -> list[str]:
    """Which follow-ups and, for internal readers, which decisions are overdue."""
    sentences = where_when.overdue(insatser, language)
    if "state" in decisions.data and decisions.rule.audience == "internal":
        late_ones = decisions.data[decisions.data["state"] == "overdue"]
        if len(late_ones):
            words = [
                language.text("finding.one_decision", what=row["what"], owner=row["owner"])
                for row in late_ones.to_dict("records")
            ]
            sentences.append(
                language.text("finding.decisions_overdue", names=listed(words, language))
            )
    return sentences


def overdue_counts(insatser: SafeTable, decisions: SafeTable) -> dict[str, int]:
    """How many follow-ups of insatser and, for internal readers, how many decisions are overdue."""
    found = {"follow_ups_overdue": int((insatser.data["follow_up_state"] == "overdue").sum())}
    if decisions.rule.audience == "internal":  # the public page does not have them
        found["decisions_overdue"] = int((decisions.data["state"] == "overdue").sum())
    return found


def _standing_out(types: SafeTable, cells: SafeTable, language: Language) -> list[str]:
    """The types' signals, then those of single areas that no type's signal has told of already."""
    told, places = rows_of(types), rows_of(cells)
    clear = [row for row in told + places if row["signal"] == "signal" and not row["hidden"]]
    clear.sort(key=lambda row: float(row["probability"]))
    if clear:
        sentences = [expected.against(row, "signal", language) for row in clear[:MOST_SIGNALS]]
        left = [expected.name_of(row) for row in clear[MOST_SIGNALS:]]
        if left:
            names = listed(left, language)
            sentences.append(language.text("finding.other_signals", names=names))
        return sentences
    if told and all(row["hidden"] for row in told):
        return [language.text("finding.week_hidden")]
    if any(map(taken_back, places)):
        return []  # what cannot be judged leads the page
    judged = any(row["signal"] not in NOT_JUDGED for row in told)
    return none_found("nothing_stands_out" if judged else "nothing_judged", told, language)
