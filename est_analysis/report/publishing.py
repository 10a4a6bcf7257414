"""What each exhibit's counts count, so that a public page shows only what the plan shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.same_days import SAME_DAYS
from est_analysis.disclosure import (
    DERIVED,
    Decision,
    DisclosureRule,
    Plan,
    in_steps,
    is_count,
    tertials_of,
)
from est_analysis.hours import weekday_hours
from est_analysis.priorities import Problem, priorities
from est_analysis.report.reporting_told import ReportingTold, records

# What a public page may have, by how its counts are protected. It is made from `shown_dataset`, so
# that it can tell nothing that is hidden; what is named here is also true: what is not (counts of
# single weeks, days of holidays, an insats' own weeks, models of single areas and types, of whose
# weeks nothing is public) would be made of numbers that stand for hidden ones, and is left out.
CELLS = (
    "totals", "change", "effort", "data_basis", "categories", "areas", "area_rates", "per_1000",
    "concentration", "priorities",
)  # fmt: skip
SERIES = ("trend", "decomposition", "forecast_weeks", "recent")
HOURS = ("weekday_hours", "placed")  # of the rows: their table is protected by its own total
OF_SHOWN_STEPS = ("trend", "seasonal", "expected", "lower_95", "upper_95")  # models of these alone
RHYTHMS = ("risk_weeks", "coming_weeks")  # of the shown weeks; how many they are is not told
NO_INCIDENTS = ("reporters",)  # counts of something else: by the rule alone
NO_COUNTS = (
    "coverage", "checks", "interventions", "register_entry", "ahead", "appendix", "week_insatser",
    "coming_events",
)  # fmt: skip
PUBLIC = frozenset((*CELLS, *SERIES, *HOURS, *RHYTHMS, *NO_INCIDENTS, *NO_COUNTS))
NOT_ROUNDED = ("change",)  # intervals and nothing else: they are told by exact counts
ORDERS = ("rank",)  # among all rows, hidden ones too: a gap among the shown is a hidden count
# Not of one area: the others would follow from the whole, and of its weeks nothing is public.
OF_THE_WHOLE = (*SERIES, *HOURS, *RHYTHMS)
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
        The report's, made of what the plan shows; maybe of one area.
    read
        The same as it was read: only tables that are protected by their own total are made of it.
    plan
        Of all public reports, from the whole municipality.
    """

    data: Dataset
    read: Dataset
    period: Period
    plan: Plan

    @property
    def rule(self) -> DisclosureRule:
        """The rule of the plan."""
        return self.plan.rule

    @cached_property
    def reporting(self) -> ReportingTold:
        """What it says of which parts of a time were reported."""
        return ReportingTold(self.data, self.period, self.plan)

    def left_out(self, name: str) -> bool:
        """Whether an exhibit has no place on this public page: none has that is not declared."""
        if self.rule.method == "round" and name in NOT_ROUNDED:
            return True
        return name not in PUBLIC or (self.data.area is not None and name in OF_THE_WHOLE)

    def rows(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """The rows that the public may see: none is chosen, or left out, by what is hidden."""
        if name in FACTS:
            reached = REACHED if self.plan.declares_its_days else ()
            return table[table["entry"].isin((*FACTS[name], *reached))]
        if "intervention" in table:
            return self._named_alone(table)
        if name in HOURS:
            return weekday_hours(self.read, self.period)[HOURS.index(name)]
        if name == "priorities" and len(table):
            most = int(table.groupby("actor").size().max())
            return priorities(self.data, self.period, most, among=self.problems)
        if name == "change" or (name == "coverage" and "start" not in table):
            told = [self.reporting.row_told(name, row) for row in records(table)]
            return table[np.array(told, dtype=bool)]
        return table

    def _named_alone(self, table: pd.DataFrame) -> pd.DataFrame:
        """Insatser, of some of which only the name is public: they stand last, by name."""
        register = self.data.settings.interventions
        alone = [register[str(key)].public != "full" for key in table["intervention"]]
        whole, rest = table[~np.array(alone, bool)], table[np.array(alone, bool)]
        if rest.empty:
            return whole
        bare = rest[["name"]].sort_values("name").reindex(columns=table.columns)
        return pd.concat([whole, bare.astype(table.dtypes)], ignore_index=True)

    def shows_checked(self, check: Check) -> bool:
        """Whether the counts that a check compares are public, where it is of counts."""
        if check.name not in PARTS:
            return True
        tertials, areas = (
            tertials_of(self.period),
            None if self.data.area is None else self._areas(),
        )
        if tertials is None or not self.plan.shown(check.subject, tertials, areas):
            return False
        return self._nameless(check.subject, PARTS[check.name], tertials)[0] is False

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
            (str(actor), *in_steps(own, self.plan, self.data.coverage))
            for actor, own in table.groupby("actor", sort=False, observed=True)
        ]
        told = pd.concat([part for _, part, _ in parts], ignore_index=True)
        return told, {actor: length for actor, _, length in parts}

    def decide(self, name: str, table: pd.DataFrame) -> Decision | None:
        """What the plan says of an exhibit's cells; None where the table's own rule is enough."""
        decided = self._of_counts(name, table)
        of_weeks = name not in RHYTHMS and name not in HOURS
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
        if name in RHYTHMS:
            return Decision(pd.DataFrame(index=table.index), pd.DataFrame(), tuple(counts))
        if name in SERIES and "withheld" in table:
            hide = table["withheld"]
            observed = pd.DataFrame({"observed": hide})
            return Decision(observed, pd.DataFrame(), beyond=True, kept=OF_SHOWN_STEPS)
        if name in HOURS:
            return _same(table, counts, [self._hours_hidden(a) for a in table["actor"]])
        return _same(table, counts, [True] * len(table), beyond=True)

    def _hours_hidden(self, actor: str) -> bool:
        tertials = tertials_of(self.period)
        if tertials is None or len(tertials) > 1 or self.plan.changed(actor, tertials[0]):
            return True  # of which hours what came later is, the difference would tell
        return not self.plan.shown(actor, tertials)

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
