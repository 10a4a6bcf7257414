"""What a report says of itself: its head, its stamps, its inputs and versions."""

from __future__ import annotations

import html
from collections.abc import Collection
from typing import Any

from est_analysis.calendar import Period
from est_analysis.config import Settings
from est_analysis.counts.causes import unread_values
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import period_totals
from est_analysis.disclosure import DisclosureRule, release
from est_analysis.exhibits import table_rows
from est_analysis.language import Language
from est_analysis.names import named
from est_analysis.report import provenance


def head_line(
    place: str, period: Period, data: Dataset, language: Language, subject: str = ""
) -> str:
    """What the report is about where that is one thing, place, period and day of the extract."""
    line = language.text(
        "head.line", place=place, period=language.period(period), as_of=language.date(data.as_of)
    )
    return f"{subject} · {line}" if subject else line


def head_html(line: str, rule: DisclosureRule, settings: Settings, language: Language) -> str:
    """The line below the title, and the stamps: for whom, and whether the data are invented."""
    marks = [rule.audience, *(["fictional"] if settings.municipality.fictional else [])]
    stamps = "".join(
        f'<p class="stamp-{mark}">{html.escape(language.text(f"stamp.{mark}"))}</p>'
        for mark in marks
    )
    return f'<p class="head">{html.escape(line)}</p>{stamps}'


def facts_of(
    kind: str,
    period: Period,
    data: Dataset,
    rule: DisclosureRule,
    language: Language,
    untold: Collection[str] = (),
) -> dict[str, Any]:
    """What the manifest needs; of rows and files a public one has checksums only.

    Of the actors `untold` it does not say on how many days they reported.
    """
    settings = data.settings
    return {
        "kind": kind,
        "municipality": settings.municipality.id,
        "name": settings.municipality.name,
        "fictional": settings.municipality.fictional,
        "period": period.label,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "area": data.area or "",
        "audience": rule.audience,
        "language": language.code,
        "as_of": data.as_of.isoformat(),
        "inputs": inputs_of(data, rule),
        "reported": reported_of(data, period, untold),
        "unread": [] if rule.audience == "public" else unread_in(data, period, language),
        "rows": [] if rule.audience == "public" else data.cleaning.tally.to_dict("records"),
        "settings": provenance.checksums(settings),
        "versions": provenance.versions(),
        "commit": provenance.commit(),
    }


def reported_of(
    data: Dataset, period: Period, untold: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Each actor's days in the period, and on how many it reported (on the report's area).

    None where that may not be told: it tells of single events.
    """
    by = ["actor"] if data.area is None else ["actor", "area"]
    table = period_totals(data, period, by)
    own = table if data.area is None else table[table["area"] == data.area]
    return [
        {
            "actor": str(actor),
            "days": int(days),
            "days_reported": None if str(actor) in untold else int(reported),
        }
        for actor, days, reported in zip(
            own["actor"], own["days"], own["days_reported"], strict=True
        )
    ]


def unread_in(data: Dataset, period: Period, language: Language) -> list[dict[str, Any]]:
    """What cannot be read of a period and the year before it, as plain values with names."""
    safe = release(unread_values(data, period), DisclosureRule("internal"))
    return table_rows(named(safe, data.settings, language))


def inputs_of(data: Dataset, rule: DisclosureRule) -> list[dict[str, Any]]:
    """The files that were read; for the public without names and numbers of rows."""
    files = [
        {"actor": d.actor, "file": d.file, "sha256": d.sha256, "bytes": d.size, "rows": d.rows}
        for d in data.cleaning.deliveries
    ]
    if rule.audience == "internal":
        return files
    return [{"actor": one["actor"], "sha256": one["sha256"]} for one in files]


def appendix_lines(
    rule: DisclosureRule, verdict: dict[str, int], language: Language
) -> tuple[str, str]:
    """The packages' versions, and how many cells were hidden by which rule."""
    used = ", ".join(f"{name} {number}" for name, number in provenance.versions().items())
    rounded = rule.audience == "public" and rule.method == "round"
    return (
        language.text("appendix.versions", versions=used),
        language.text(
            f"appendix.hidden_{'rounded' if rounded else rule.audience}",
            cells=language.number(sum(verdict.values())),
            least=language.number(rule.minimum),
            base=language.number(rule.round_to),
            **{reason: language.number(cells) for reason, cells in verdict.items()},
        ),
    )
