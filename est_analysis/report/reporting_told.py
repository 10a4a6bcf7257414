"""What a public page says of which parts of a time were reported.

Where rows alone tell of reporting, a reported week is a week with events: said beside a small
count, it would tell of single ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import Plan, is_count, tells_reporting, tertials_touched

HISTORIES = ("coverage", "back_test")  # of the period and the three years before it


@dataclass(frozen=True)
class ReportingTold:
    """For one report: its data, its period, and the plan of all public reports."""

    data: Dataset
    period: Period
    plan: Plan

    def untold(self, period: Period) -> list[str]:
        """Actors of which a page may not say how much of a period they reported."""
        touched = tertials_touched(period.start, period.end)
        return [actor for actor in self.data.actors if not self._told_of(actor, touched)]

    def _told_of(self, actor: str, tertials: list[int]) -> bool:
        return all(self.plan.told(actor, tertial) for tertial in tertials)

    def _touched(self, name: str, row: dict[str, object], *, references: bool = True) -> list[int]:
        """The tertials whose reporting a row tells of, with or without what it compares with."""
        if "start" in row and not pd.isna(row["start"]):  # type: ignore[call-overload]
            first = pd.Timestamp(row["start"])  # type: ignore[arg-type]
            monthly = "actor" in row and self.data.coverage.step_of(str(row["actor"])) == "month"
            last = first + (pd.offsets.MonthEnd(0) if monthly else pd.Timedelta(days=6))
            return tertials_touched(first.date(), last.date())
        spans = [self.period]
        if name in HISTORIES:
            spans = [Period("", "days", self.period.years_before(3).start, self.period.end)]
        elif "comparison" in row or "reference_count" in row or "reference_reporters" in row:
            kind = str(row.get("comparison"))
            now = self.period.last_12_months() if kind == "last_12_months" else self.period
            numbers = (1, 2, 3) if kind == "mean_3_years" else (1,)
            spans = [now, *(now.earlier(n) for n in numbers if references)]
        return [t for span in spans for t in tertials_touched(span.start, span.end)]

    def unsaid(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """What would tell of reporting that the public may not know of."""
        rows = records(table)
        hide = np.array([not self.row_told(name, row) for row in rows], bool)
        count = np.array([not self.row_told(name, row, references=False) for row in rows], bool)
        columns = {
            str(column): hide
            if tells_reporting(str(column))
            else count & table[column].isna().to_numpy()
            for column in table
            if tells_reporting(str(column)) or is_count(str(column))
        }
        if name == "coverage":
            columns["status"] = hide
        if "last_day" in table:
            columns["last_day"] = np.array([not self._day_told(row) for row in rows], bool)
        return pd.DataFrame(columns, index=table.index)

    def row_told(self, name: str, row: dict[str, object], *, references: bool = True) -> bool:
        """Whether a row is of reporting that the public may know of; or of what is to come."""
        if row.get("when") == "coming":
            return True
        actors = [str(row["actor"])] if "actor" in row else self.data.actors
        touched = self._touched(name, row, references=references)
        return all(self._told_of(actor, touched) for actor in actors)

    def _day_told(self, row: dict[str, object]) -> bool:
        """Whether the last day that an actor's data reach is no event's own date."""
        day = pd.Timestamp(row["last_day"])  # type: ignore[arg-type]
        if pd.isna(day):
            return True
        return self._told_of(str(row["actor"]), tertials_touched(day.date(), day.date()))


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """A table's rows by the names of its columns."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
