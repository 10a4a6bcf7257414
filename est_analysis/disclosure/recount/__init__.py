"""The recount: every count is added again from the incidents before it is shown.

By a way that shares no code with what made the table; a difference is a fault of the program, and
no report is made. It is on by default: what is not added again says why (`declared.EXEMPT`), and
a count that nobody knows how to add again stops the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED, Intervention
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure.recount.again import Again
from est_analysis.disclosure.recount.declared import EXEMPT, counts_in, declared, way_of
from est_analysis.disclosure.recount.found import Difference, Found, differences, lost
from est_analysis.errors import ReportError


@dataclass
class Recount:
    """Adds a report's counts again.

    Attributes
    ----------
    data
        The report's, maybe of one area.
    whole
        Of the whole municipality; None where `data` are.
    insats
        What the report is about, where it is about one insats.
    """

    data: Dataset
    period: Period
    whole: Dataset | None = None
    insats: Intervention | None = None

    @cached_property
    def _again(self) -> Again:
        return Again(self.data, self.period, self.whole, self.insats)

    def refuse_mismatch(self, name: str, table: pd.DataFrame) -> None:
        """Stop the report when an exhibit's counts are not those of the incidents.

        Raises
        ------
        ReportError
            Where a count is another, where a row was lost, and where nobody has said how a count
            is added again, or why not.
        """
        counts = counts_in(table)
        if table.empty or not counts or name in EXEMPT:
            return
        way = way_of(name, table)
        if way is None or self._strangers(table):
            raise _unknown(name, counts, self._strangers(table))
        found = way(self._again, table)
        alike = declared(name).way is None and len(set(found.words)) < len(found.words)
        if alike or not set(counts) <= set(found.columns):
            raise _unknown(name, counts)
        for difference in _all(name, found, table):
            raise _mismatch(name, difference)

    def _strangers(self, table: pd.DataFrame) -> list[str]:
        """Words that stand for actors or insatser and are no ids."""
        settings = self.data.settings
        ids = (("actor", settings.sources), ("intervention", settings.interventions))
        return [
            str(word)
            for key, known in ids
            if key in table
            for word in table[key].unique()
            if word not in known
        ]


def _all(name: str, found: Found, table: pd.DataFrame) -> Iterator[Difference]:
    yield from differences(found, table)
    said = declared(name)
    if not said.partial:
        yield from lost(found, nameless=(UNKNOWN, UNMAPPED) if said.nameless else ())


def _mismatch(name: str, difference: Difference) -> ReportError:
    added, shown = (
        "no number" if isnan(number) else f"{number:,.10g}"
        for number in (difference.added, difference.shown)
    )
    return ReportError(
        f"the table {name} does not add up",
        expected=f"{added}, {difference.place} added again from the incidents",
        found=f"{shown} in the table",
        change="nothing of yours: a fault of the program, or of what the notebook changes in "
        "the table before it shows it",
        otherwise="no report is made: a number in it would be wrong",
    )


def _unknown(name: str, counts: list[str], strangers: Sequence[str] = ()) -> ReportError:
    of = f", of {', '.join(strangers)}, which is no id in the settings" if strangers else ""
    return ReportError(
        f"the counts of the table {name} cannot be added again",
        expected="rows told apart by actor, and by area, category or start where there are "
        "several; or a way declared for this table, or a reason why it is not added again",
        found=f"{', '.join(counts)}{of}: no way to add them again from the incidents",
        change="the table's columns, or DECLARED or EXEMPT in "
        "est_analysis/disclosure/recount/declared.py",
        otherwise="no report is made: a count that has not been added twice is not shown",
    )


__all__ = ["Recount"]
