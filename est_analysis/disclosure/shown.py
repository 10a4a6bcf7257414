"""The one entry of a public page: a dataset that is made of what the plan shows, and of no row.

Everything that a public page computes starts from it, as an internal page starts from the rows. So
trend, intervals, forecasts, orders and words are functions of what is shown, whoever writes the
exhibit: what is hidden is not there to be used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import Settings
from est_analysis.counts.coverage import Coverage
from est_analysis.counts.dataset import Dataset, Published
from est_analysis.disclosure.completion import completed_steps, completed_table, told_bounds
from est_analysis.disclosure.noise import ShownNoise
from est_analysis.disclosure.plan import STEPS, Plan, tertial_days
from est_analysis.disclosure.two_way import Counts
from est_analysis.incidents import Cleaning
from est_analysis.nowcast import delays_told

Days = npt.NDArray[np.datetime64]
_DAY = np.timedelta64(1, "D")
_THURSDAY = 3  # after Monday
_GOLDEN = 0.6180339887498949  # so that each cell's incidents are spread over the tertial


def shown_dataset(data: Dataset, plan: Plan) -> Dataset:
    """A dataset of public numbers alone, for all that a public page computes.

    Its rows stand for the shown counts of each actor's tertials: of areas and types, of weeks
    (months), and of when the actor reported. A hidden cell has some number there that agrees with
    the shown ones, by `completed_table`; the plan hides whatever is made of it. Steps that no
    public series shows are to a series as if they were not reported.

    Parameters
    ----------
    data
        As it was read, maybe of one area.
    plan
        Of the whole municipality.

    Notes
    -----
    Nothing but the plan, the settings, how many files and rows were read, the numbers of reporters
    (which `disclosure.release` protects by themselves) and how quickly reports come in (of actors
    with fifty, in hundredths) is taken from the data.
    """
    tertials = range(plan.first, plan.first + len(next(iter(plan.tables.values()))))
    coverage = _told_coverage(data.coverage, plan, tertials)
    parts = [
        _Told(plan, actor, tertial, coverage.grains[actor]).rows()
        for actor in plan.tables
        for tertial in tertials
        if tertial_days(tertial)[1] <= plan.until  # else it is in no public report yet
    ]
    incidents = _as_incidents(parts, data, plan, coverage)
    steps = {actor: _public_steps(plan, actor, tertials, coverage) for actor in plan.tables}
    published = Published(incidents, steps, ShownNoise(plan), delays_told(data))
    whole = replace(
        data,
        settings=_without_hidden(data.settings),
        cleaning=_without_rows(data.cleaning, incidents),
        incidents=incidents,
        coverage=coverage,
        area=None,
        stored=None,
        published=published,
    )
    return whole if data.area is None else whole.in_area(data.area)


@dataclass(frozen=True)
class _Told:
    """What is shown of one actor's tertial, as rows: day, place in areas, place in types."""

    plan: Plan
    actor: str
    tertial: int
    grain: str

    def rows(self) -> tuple[str, Days, Counts, Counts]:
        plan, rule = self.plan, self.plan.rule
        values, hidden = plan.table(self.actor, self.tertial), plan.hidden(self.actor, self.tertial)
        edges = finest_steps(plan, self.actor, self.tertial, monthly=self.grain == "month")
        counts = np.zeros(0, dtype=np.int64) if edges is None else plan.between(self.actor, edges)
        low, high = told_bounds(counts, np.zeros(counts.shape, bool), rule)
        outside = self._outside(edges)
        most = np.inf if len(outside) else float(high.sum())
        inner = completed_table(told_bounds(values, hidden, rule), (float(low.sum()), most))
        counts, rest = completed_steps((low, high), int(inner.sum()))
        days = [] if edges is None else [
            self._spread(np.arange(first, after), int(number))
            for first, after, number in zip(edges[:-1], edges[1:], counts, strict=True)
        ]  # fmt: skip
        day = np.concatenate([*days, self._spread(outside, rest)]).astype("datetime64[D]")
        cell = np.repeat(np.arange(inner.size), inner.ravel())
        cell = cell[np.argsort(np.arange(len(cell)) * _GOLDEN % 1, kind="stable")]
        return self.actor, np.sort(day), cell // inner.shape[1], cell % inner.shape[1]

    def _outside(self, edges: Days | None) -> Days:
        """The tertial's days that are in no public step."""
        first, last = (np.datetime64(day) for day in tertial_days(self.tertial))
        days = np.arange(first, last + _DAY)
        if edges is not None and len(edges):
            days = days[(days < edges[0]) | (days >= edges[-1])]
        return days

    def _spread(self, days: Days, number: int) -> Days:
        """Days of some incidents: over all, or over those that their dates are counted on."""
        counted = days
        if self.grain == "week":
            counted = days[(days.astype(int) + 3) % 7 == _THURSDAY]
        if self.grain == "month":
            counted = days[days == days.astype("datetime64[M]").astype("datetime64[D]")]
        days = counted if len(counted) else days
        return days[np.arange(number) % max(len(days), 1)]


def finest_steps(plan: Plan, actor: str, tertial: int, *, monthly: bool) -> Days | None:
    """Edges of the smallest steps in which a tertial's series is public; None where it is not."""
    if not plan.told(actor, tertial):
        return None
    edges = (plan.steps(actor, tertial, length, monthly=monthly) for length in STEPS)
    return next((found for found in edges if found is not None), None)


def _public_steps(plan: Plan, actor: str, tertials: range, coverage: Coverage) -> Days:
    """First days of the single weeks (months) that a public series shows."""
    monthly = coverage.grains[actor] == "month"
    found = []
    for tertial in tertials:
        edges = plan.steps(actor, tertial, 1, monthly=monthly)
        if edges is not None and plan.told(actor, tertial):
            found.append(edges[:-1])
    return np.concatenate([np.zeros(0, "datetime64[D]"), *found])


def _told_coverage(coverage: Coverage, plan: Plan, tertials: range) -> Coverage:
    """When each actor reported, as far as it is told: else all of a tertial, or none of it."""
    first = tertial_days(tertials[0])[0]
    last = max(tertial_days(tertials[-1])[1], plan.until)
    days = {}
    for actor in coverage.days:
        known = coverage.reported(actor, first, last)
        for tertial in tertials:
            begin, end = tertial_days(tertial)
            span = slice((begin - first).days, (end - first).days + 1)
            if not plan.told(actor, tertial) and known[span].any():
                known[span] = True
        days[actor] = known
    return Coverage(np.datetime64(first, "D"), days, coverage.grains, coverage.thin)


def _as_incidents(
    parts: list[tuple[str, Days, Counts, Counts]], data: Dataset, plan: Plan, coverage: Coverage
) -> pd.DataFrame:
    """Rows in the columns of incidents; what no public number is made of is missing in them."""
    like = data.incidents
    sizes = [len(day) for _, day, _, _ in parts]
    actor = np.repeat([part[0] for part in parts], sizes)
    day, area, kind = (np.concatenate([part[place] for part in parts]) for place in (1, 2, 3))
    begin = pd.Series(day.astype("datetime64[s]"))
    grain = pd.Series(actor).map(coverage.grains)
    table = {
        "occurred_from": begin,
        "occurred_to": begin,
        "precision": grain,
        "actor": actor,
        "area": np.array(plan.areas, dtype=object)[area],
        "category": np.array(plan.categories, dtype=object)[kind],
        "count": 1,
        "approximate": False,
        "clock_change": False,
        "source_row": 0,
        "day": begin,
    }
    frame = pd.DataFrame(table, index=pd.RangeIndex(len(actor))).reindex(columns=like.columns)
    for name in like.columns:
        if isinstance(like[name].dtype, pd.CategoricalDtype):
            words = like[name].cat.categories
            frame[name] = pd.Categorical(frame[name].astype(object), words)
        else:
            frame[name] = frame[name].astype(like[name].dtype)
    return frame


def _without_hidden(settings: Settings) -> Settings:
    """The settings without the insatser of which a public page says nothing."""
    told = {key: one for key, one in settings.interventions.items() if one.public != "no"}
    return replace(settings, interventions=told)


def _without_rows(cleaning: Cleaning, incidents: pd.DataFrame) -> Cleaning:
    """The account of what was read, without a row of it."""
    listed = ("rejected", "duplicates", "unmapped", "unused", "candidates")
    empty = {name: getattr(cleaning, name).iloc[:0] for name in listed}
    return replace(cleaning, incidents=incidents.drop(columns="day"), candidate_pairs=0, **empty)
