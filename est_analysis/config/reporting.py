"""What an actor answers for, when it has reported, and totals that its rows must add up to."""

from __future__ import annotations

import datetime as dt

from est_analysis.config.model import Area, Category, ControlTotal, Gap, Responsibility
from est_analysis.config.references import check_references
from est_analysis.config.section import Section


def read_responsibilities(
    section: Section, areas: dict[str, Area], categories: dict[str, Category]
) -> tuple[Responsibility, ...]:
    """Under ``reports``; everything, always, where nothing is said."""
    found = []
    for item in section.sections("reports"):
        found.append(
            Responsibility(
                categories=_known(item, "categories", categories),
                areas=_known(item, "areas", areas),
                start=item.optional_date("from"),
                end=item.optional_date("until"),
            )
        )
        item.done()
    return tuple(found) or (Responsibility(),)


def read_coverage(section: Section) -> tuple[str, tuple[Gap, ...], dt.date | None, bool]:
    """Under ``coverage``: its rule, known gaps, the day it reaches, whether quiet is real."""
    part = section.section("coverage")
    if part is None:
        return "continuous", (), None, False
    rule = part.choice("rule", ("continuous", "any_row"), "continuous")
    gaps = []
    for item in part.sections("not_reported"):
        gaps.append(Gap(*_days(item), item.text("reason")))
        item.done()
    through = part.optional_date("through")
    quiet = part.choice("quiet_months", ("not_reported", "real"), "not_reported")
    part.done()
    return rule, tuple(gaps), through, quiet == "real"


def read_control_totals(
    section: Section, categories: dict[str, Category]
) -> tuple[ControlTotal, ...]:
    """Under ``control_totals``."""
    found = []
    for item in section.sections("control_totals"):
        first, last = _days(item)
        found.append(
            ControlTotal(
                first,
                last,
                item.integer("count"),
                item.text("said_by"),
                _known(item, "categories", categories),
                item.number("tolerance", 0),
            )
        )
        item.done()
    return tuple(found)


def _days(item: Section) -> tuple[dt.date, dt.date]:
    first, last = item.date("from"), item.date("to")
    if last < first:
        item.refuse("to", expected="to on or after from", found=f"{last}", change="swap them")
    return first, last


def _known(
    section: Section, key: str, known: dict[str, Area] | dict[str, Category]
) -> tuple[str, ...]:
    words = section.texts(key, ())
    if words == ("all",):
        return ()
    check_references(words, known, section, key)
    return words
