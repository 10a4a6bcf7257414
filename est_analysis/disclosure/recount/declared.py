"""How each exhibit's counts are added again, and in words why where they are not.

By default they are added by the columns of the table, and nothing that an actor has may be missing
in it. Here stands what is otherwise: another span, or a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.disclosure import is_count
from est_analysis.disclosure.recount import files, hours, insatser, occasions, steps, totals
from est_analysis.disclosure.recount.found import Way


@dataclass(frozen=True)
class Declared:
    """How an exhibit's counts are added again.

    Attributes
    ----------
    way
        None: by its columns.
    partial
        Why it has not a row for everything that an actor has; with no reason nothing may be lost.
    nameless
        Why it has no rows of unknown or untranslated areas and types.
    """

    way: Way | None = None
    partial: str = ""
    nameless: str = ""


_OF_ONE_INSATS = "of one insats: its areas, types and days"
_STANDS_OUT = "only what stands out, the strongest first"
_SHORT_HISTORY = "series without half a year of history have no forecast"
_NO_MODEL = "nothing is expected of what has no name"

DECLARED: dict[str, Declared] = {
    # the report's period, and periods compared with it
    "change": Declared(partial="without interval there is nothing to draw; it stands in totals"),
    "category_deviations": Declared(nameless=_NO_MODEL),
    "area_deviations": Declared(nameless=_NO_MODEL),
    "priorities": Declared(totals.problems, partial="each actor's largest problems"),
    "concentration": Declared(totals.gathered_in_few),
    "places": Declared(partial="each actor's five places with most incidents"),
    "weekday_hours": Declared(hours.by_hour),
    "placed": Declared(hours.by_timing),
    "calendar": Declared(occasions.at_events, partial="only the days of events"),
    # weeks and months
    "decomposition": Declared(partial="series too short to be taken apart stand in last_year"),
    "last_year": Declared(partial="only series too short to be taken apart"),
    "forecast_weeks": Declared(partial=_SHORT_HISTORY),
    "to_come": Declared(totals.of_period, partial="only actors with reports still to come"),
    "late": Declared(partial="only weeks of which reports are still to come"),
    "weeks": Declared(partial="only single weeks that stand out"),
    "ratings": Declared(partial="of each area the actor that is farthest above the expected"),
    "types": Declared(steps.up_to_the_end()),
    "cells": Declared(steps.up_to_the_end()),
    "week_signals": Declared(steps.up_to_the_end(), nameless=_NO_MODEL),
    "cell_signals": Declared(steps.up_to_the_end(), partial=_STANDS_OUT),
    "area_signals": Declared(steps.up_to_the_end(weeks=4), partial=_STANDS_OUT),
    "forecast": Declared(steps.year_before_the_next, partial=_SHORT_HISTORY),
    "area_forecast": Declared(steps.year_before_the_next, partial=_SHORT_HISTORY),
    "risk_weeks": Declared(steps.history_before(Period.after), partial=_SHORT_HISTORY),
    "coming_weeks": Declared(
        steps.history_before(steps.four_weeks_after), partial="only the busier weeks"
    ),
    # insatser
    "evaluations": Declared(insatser.of_each, partial="only where and when insatser ran"),
    "conclusions": Declared(insatser.of_insats, partial=_OF_ONE_INSATS),
    "ladder": Declared(insatser.of_insats, partial=_OF_ONE_INSATS),
    "regression": Declared(insatser.of_insats, partial=_OF_ONE_INSATS),
    "displacement": Declared(insatser.beside_it, partial=_OF_ONE_INSATS),
    "variants": Declared(insatser.other_choices, partial=_OF_ONE_INSATS),
    "before_after": Declared(insatser.before_and_after, partial=_OF_ONE_INSATS),
    # rows of files
    "appendix": Declared(files.rows_of_files),
    "deliveries": Declared(files.rows_of_files),
    "tally": Declared(files.account),
    "reasons": Declared(files.left_out),
    "unmapped": Declared(files.not_translated),
    "delays": Declared(files.reports_in),
    "candidates": Declared(files.pairs_of_actors),
}

# Exhibits whose counts are not added again, and why.
EXEMPT: dict[str, str] = {
    "unread_values": "rows that cannot be placed or counted, so that no incident stands for them",
    "to_do": "what to mend: its rows are those of unmapped and reasons, and added again there",
}
# Columns that count something else than incidents, and why they are not added again.
NOT_INCIDENTS: dict[str, str] = {
    "reporters": "persons, who are counted when a file is read and then forgotten",
    "reference_reporters": "persons, who are counted when a file is read and then forgotten",
}


def declared(name: str) -> Declared:
    """An exhibit's declaration; the strict one where it has none."""
    return DECLARED.get(name, Declared())


def way_of(name: str, table: pd.DataFrame) -> Way | None:
    """How an exhibit's counts are added again; None where neither it nor its columns say."""
    way = declared(name).way
    if way is not None:
        return way
    columns = {str(column) for column in table}
    if "actor" not in columns or "end" in columns:
        return None
    if "start" in columns:
        return steps.series
    return totals.comparisons if "compared" in columns else totals.of_period


def counts_in(table: pd.DataFrame) -> list[str]:
    """The columns of a table that count incidents or rows of files."""
    names = [str(column) for column in table]
    return [
        name
        for name in names
        if (is_count(name) or name == "rows" or name.startswith("rows_"))
        and name not in NOT_INCIDENTS
    ]
