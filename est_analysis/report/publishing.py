"""What each exhibit's counts count, so that a public page shows only what the plan shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.coverage import STEPS
from est_analysis.dataset import Dataset
from est_analysis.disclosure import (
    DERIVED,
    Decision,
    DisclosureRule,
    Plan,
    in_steps,
    is_count,
    plan_of,
    tertials_of,
)
from est_analysis.priorities import Problem, priorities
from est_analysis.report.reporting_told import ReportingTold, records
from est_analysis.same_days import SAME_DAYS

# How an exhibit's counts are protected. What is not named here has counts of regions or spans that
# other pages overlap with (single weeks, days of holidays, an insats' own weeks): none is public.
CELLS = (
    "totals", "change", "effort", "data_basis", "categories", "areas", "category_deviations",
    "area_deviations", "area_rates", "per_1000", "concentration", "priorities",
)  # fmt: skip
SERIES = ("trend", "decomposition", "forecast_weeks", "recent")
HOURS = ("weekday_hours", "placed")
# A model's answer is public where its count is not small; the count itself is not.
MODELS = (
    "evaluations", "conclusions", "ladder", "displacement", "variants", "forecast",
    "area_forecast", "risk_weeks", "coming_weeks",
)  # fmt: skip
# Designs whose answer is no model's but a ratio of counts, which gives the counts back.
PLAIN_DESIGNS = (*(f"same_{step}s" for step in STEPS), "displacement_difference")
NO_INCIDENTS = ("reporters",)  # counts of something else: by the rule alone
GIVES_BACK = ("without", "prevented", "prevented_lower", "prevented_upper")
# Exhibits of which nothing would be left: a sentence stands in their place.
LEFT_OUT = (
    "calendar", "before_after", "last_year", "ratings", "late", "to_come", "week_signals",
    "cell_signals", "area_signals", "regression",
)  # fmt: skip
NOT_ROUNDED = ("change",)  # intervals and nothing else: they are told by exact counts
ORDERS = ("rank",)  # among all rows, hidden ones too: a gap among the shown is a hidden count
OF_THE_WHOLE = (*SERIES, *HOURS)  # not of one area: the others would follow from the whole
FACTS = {  # lines of the register that no one wrote as free text
    "register_entry": ("areas", "categories", "start", "end", "comparison_areas",
                       "neighbour_areas", "overlapping"),
}  # fmt: skip
REACHED = ("first_day", "last_day")  # lines of it: where nobody declared them, days of events
PARTS = {"no_area": "area", "no_category": "category"}


@dataclass
class Publication:
    """The public edition's decisions for one report's exhibits.

    Attributes
    ----------
    data
        The report's, maybe of one area.
    whole
        Of the whole municipality: the plan never depends on what else the report has.
    """

    data: Dataset
    whole: Dataset
    period: Period
    rule: DisclosureRule

    @cached_property
    def plan(self) -> Plan:
        """The plan of all public reports."""
        return plan_of(self.whole, self.rule)

    @cached_property
    def reporting(self) -> ReportingTold:
        """What it says of which parts of a time were reported."""
        return ReportingTold(self.data, self.period, self.plan)

    def left_out(self, name: str) -> bool:
        """Whether an exhibit has no place on this public page."""
        if self.rule.method == "round" and name in NOT_ROUNDED:
            return True
        return name in LEFT_OUT or (self.data.area is not None and name in OF_THE_WHOLE)

    def rows(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """The rows that the public may see: none is chosen, or left out, by what is hidden."""
        if name in FACTS:
            reached = REACHED if self.plan.declares_its_days else ()
            return table[table["entry"].isin((*FACTS[name], *reached))]
        if name == "priorities" and len(table):
            most = int(table.groupby("actor").size().max())
            return priorities(self.data, self.period, most, among=self.problems)
        if name == "change" or (name == "coverage" and "start" not in table):
            told = [self.reporting.row_told(name, row) for row in records(table)]
            return table[np.array(told, dtype=bool)]
        return table

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The actors' problems (area × type) with the counts that are public, and no others."""
        tertials = tertials_of(self.period) or []
        found: list[Problem] = []
        for actor in self.data.actors:
            for area in _named(self._areas()):
                for kind in self.data.settings.main_categories():
                    if tertials and self.plan.shown(actor, tertials, [area], kind):
                        count = self.plan.total(actor, tertials, [area], kind)
                        found.append((actor, area, kind, count))
        return tuple(found)

    def steps(self, table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
        """A table of series in public steps, and how long each actor's are (0: none is public)."""
        parts = [
            (str(actor), *in_steps(own, self.plan))
            for actor, own in table.groupby("actor", sort=False, observed=True)
        ]
        told = pd.concat([part for _, part, _ in parts], ignore_index=True)
        return told, {actor: length for actor, _, length in parts}

    def decide(self, name: str, table: pd.DataFrame) -> Decision | None:
        """What the plan says of an exhibit's cells; None where the table's own rule is enough."""
        decided = self._of_counts(name, table)
        of_weeks = name not in MODELS and name not in HOURS
        unsaid = self.reporting.unsaid(name, table) if of_weeks else pd.DataFrame(index=table.index)
        if decided is None and not unsaid.to_numpy().any():
            return None
        empty = Decision(pd.DataFrame(index=table.index), pd.DataFrame())
        return replace(decided or empty, unsaid=unsaid)

    def _of_counts(self, name: str, table: pd.DataFrame) -> Decision | None:
        counts = [str(column) for column in table if is_count(str(column))]
        if not counts or name in NO_INCIDENTS:
            return None
        if name in CELLS:
            return self._cells(name, table, counts)
        if name in MODELS:
            columns = (*counts, *(word for word in GIVES_BACK if word in table))
            return Decision(_plain_answers(table), pd.DataFrame(), columns)
        if name in SERIES and "withheld" in table:
            hide = table["withheld"]
            return Decision(pd.DataFrame({"observed": hide}), pd.DataFrame(), beyond=True)
        if name in HOURS:
            return _same(table, counts, [self._hours_hidden(a) for a in table["actor"]])
        return _same(table, counts, [True] * len(table), beyond=True)

    def _hours_hidden(self, actor: str) -> bool:
        tertials = tertials_of(self.period)
        return tertials is None or len(tertials) > 1 or not self.plan.shown(actor, tertials)

    def _cells(self, name: str, table: pd.DataFrame, counts: list[str]) -> Decision:
        hidden: dict[str, list[bool]] = {}
        near: dict[str, list[float]] = {}
        rows = records(table)
        incidents = [word for word in counts if "reporters" not in word]
        for column in incidents:
            told = [self._told(name, column, row) for row in rows]
            hidden[column] = [hide for hide, _ in told]
            near[column] = [number for _, number in told]
        if "share" in table:
            hidden["share"] = [not self._base_shown(name, row) for row in rows]
        if name == "priorities":
            hidden["verdict"] = [not self._changed_shown(row) for row in rows]
        index, orders = table.index, tuple(word for word in ORDERS if word in table)
        return Decision(pd.DataFrame(hidden, index=index), pd.DataFrame(near, index=index), orders)

    def _told(self, name: str, column: str, row: dict[str, object]) -> tuple[bool, float]:
        """Whether a count is hidden, and its rounded number where that is a sum of parts."""
        spans = self._spans(name, column, row)
        actor, category = str(row["actor"]), _word(row, "category")
        if None in spans:
            return True, float("nan")
        tertials = [t for span in spans for t in span or []]
        if _of_a_part(name, column, row):  # the rest of a tertial would follow
            return True, float("nan")
        if name == "concentration" or (name == "priorities" and column == "reference_count"):
            part = not self.plan.shown(actor, tertials, self._base(name), category)
            return part or self.rule.method == "round", float("nan")
        if column in PARTS:
            return self._nameless(actor, PARTS[column], tertials)
        areas = self._areas_of(row)
        if not self.plan.shown(actor, tertials, areas, category):
            return True, float("nan")
        mean = len(spans) if str(row.get("comparison")) == "mean_3_years" else 1
        if mean > 1 and column == "reference_count":
            mean = int(row["years"] or 0)  # type: ignore[call-overload]
            if mean < len(spans):  # some year was not reported: rounded parts would tell which
                return self.rule.method == "round", float("nan")
        if self.rule.method != "round":
            return False, float("nan")
        return False, self.plan.total(actor, tertials, areas, category) / max(mean, 1)

    def _spans(self, name: str, column: str, row: dict[str, object]) -> list[list[int] | None]:
        """The tertials of each period that a count adds up."""
        period, kind = self.period, str(row.get("comparison", "last_year"))
        if kind == "last_12_months":
            period = period.last_12_months()
        if column != "reference_count" or name == "priorities":
            return [tertials_of(period)]
        numbers = (1, 2, 3) if kind == "mean_3_years" else (1,)
        return [tertials_of(period.earlier(n)) for n in numbers]

    def _areas_of(self, row: dict[str, object]) -> list[str] | None:
        word = _word(row, "area")
        if word is not None:
            return [word]
        return None if self.data.area is None else self._areas()

    def _areas(self) -> list[str]:
        """All areas of the report: those that a sum over some of them is made of."""
        if self.data.area is None:
            return self.plan.areas
        return self.data.settings.areas_within(self.data.area)

    def _base(self, name: str) -> list[str]:
        """The named areas that an exhibit's shares are of: problems are held against all areas."""
        return _named(self.plan.areas if name == "priorities" else self._areas())

    def _nameless(self, actor: str, key: str, tertials: list[int]) -> tuple[bool, float]:
        """The incidents of no known area, or type: two rows, or columns, of the plan."""
        own = None if self.data.area is None else self._areas()
        parts: list[tuple[list[str] | None, str | None]]
        if key == "area":
            parts = [([word], None) for word in (UNKNOWN, UNMAPPED) if own is None or word in own]
        else:
            parts = [(own, word) for word in (UNKNOWN, UNMAPPED)]
        shown = all(self.plan.shown(actor, tertials, *part) for part in parts)
        return not shown, sum(self.plan.total(actor, tertials, *part) for part in parts)

    def _base_shown(self, name: str, row: dict[str, object]) -> bool:
        """Whether the total that a share is of, that of the named areas, is public."""
        tertials = tertials_of(self.period)
        if tertials is None:
            return False
        base = self._base(name)
        return self.plan.shown(str(row["actor"]), tertials, base, _word(row, "category"))

    def _changed_shown(self, row: dict[str, object]) -> bool:
        """Whether the count of last year that a problem's change is against is public."""
        before = tertials_of(self.period.earlier())
        if before is None or row["compared"] == SAME_DAYS:
            return False
        return self.plan.shown(
            str(row["actor"]), before, [str(row["area"])], _word(row, "category")
        )


def _plain_answers(table: pd.DataFrame) -> pd.DataFrame:
    """The answers of designs that are ratios of counts."""
    if "design" not in table:
        return pd.DataFrame(index=table.index)
    plain = table["design"].isin(PLAIN_DESIGNS).to_numpy()
    return pd.DataFrame(dict.fromkeys(("effect", "lower", "upper"), plain), index=table.index)


def _named(areas: list[str]) -> list[str]:
    return [area for area in areas if area not in (UNKNOWN, UNMAPPED)]


def _of_a_part(name: str, column: str, row: dict[str, object]) -> bool:
    """Whether a count is only of the days of a period that could be compared."""
    compared = name != "priorities" and column in ("compared_count", "reference_count")
    return compared and row.get("compared") == SAME_DAYS


def _word(row: dict[str, object], key: str) -> str | None:
    return str(row[key]) if key in row else None


def _same(
    table: pd.DataFrame, counts: list[str], hide: list[bool], *, beyond: bool = False
) -> Decision:
    """Rows hidden as a whole."""
    derived = [name for name in table if name in DERIVED]
    hidden = {str(name): np.array(hide, bool) for name in [*counts, *derived]}
    return Decision(pd.DataFrame(hidden, index=table.index), pd.DataFrame(), beyond=beyond)
