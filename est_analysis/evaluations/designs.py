"""From the register and the panel to a design: whose counts, where, before and after what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Intervention
from est_analysis.counts.coverage import HEARD, UNREADABLE, weekly_status
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import step_panel
from est_analysis.evaluations.judged import begun, beside, counted_days
from est_analysis.intervention import RUN_UP, Design
from est_analysis.usual import Series, gather, history_and
from est_analysis.yearly import YearlyTerms, yearly_terms

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

KEYS = ["actor", "area", "category"]


@dataclass(frozen=True)
class _Cell:
    """An actor's area and type, step by step: heard of, unreadable, and the least that came."""

    heard: Truths
    unread: Truths
    least: Numbers


@dataclass(frozen=True)
class Gathered:
    """All series in one step up to the last day judged, of which an insats' designs are made.

    ``data`` are those of `judged`: its types told apart, and its days alone.
    """

    data: Dataset
    insats: Intervention
    series: Series
    span: Period

    def own(self) -> tuple[str, ...]:
        """The types that the insats is for."""
        mains = (self.data.settings.main_category(word) for word in self.insats.categories)
        return tuple(dict.fromkeys(mains))

    def summed(
        self,
        actor: str,
        areas: Sequence[str],
        categories: Sequence[str],
        *,
        unreadable: bool = False,
    ) -> tuple[Numbers, Numbers]:
        """Counts of some areas and categories together, and what share of each step was told.

        The share is that of the parts, weighed by their usual counts; NaN where nothing was.

        Parameters
        ----------
        unreadable
            Whether also what cannot be read was told: with the least that it may be.
        """
        keys = self.series.keys
        rows = (
            (keys["actor"] == actor)
            & keys["area"].isin(list(areas))
            & keys["category"].isin(list(categories))
        ).to_numpy(dtype=bool)
        if not rows.any():
            return self._none_met(actor, areas, categories)
        counts, there = self.series.counts[rows], self.series.exposure[rows]
        if unreadable:
            counts, there = self._at_least(keys[rows], counts, there)
        told = ~np.isnan(counts) & (there > 0)
        seen = np.where(told, counts, 0)
        rate = seen.sum(axis=1) / np.maximum((there * told).sum(axis=1), 1e-9)
        share = (there * told * rate[:, None]).sum(axis=0) / max(rate.sum(), 1e-9)
        return np.where(share > 0, seen.sum(axis=0), np.nan), share

    def _at_least(
        self, keys: pd.DataFrame, counts: Numbers, there: Numbers
    ) -> tuple[Numbers, Numbers]:
        """Series with the least of what could not be read in them, as if reported."""
        cells, days = self._every_cell
        counts, there = counts.copy(), there.copy()
        for row, key in enumerate(keys[KEYS].itertuples(index=False, name=None)):
            if key in cells:
                gone = cells[key].unread
                counts[row, gone] = cells[key].least[gone]
                there[row, gone] = days[key[0]][gone]
        return counts, there

    def _none_met(
        self, actor: str, areas: Sequence[str], categories: Sequence[str]
    ) -> tuple[Numbers, Numbers]:
        """Zero where the actor reported what it answers for, although nothing ever came."""
        steps = len(self.series.starts)
        cells, days = self._every_cell
        met = [cells[key] for key in product([actor], areas, categories) if key in cells]
        if not met:
            return np.full(steps, np.nan), np.zeros(steps)
        heard = np.any([cell.heard for cell in met], axis=0)
        share = days[actor] * (heard & ~np.any([cell.unread for cell in met], axis=0))
        return np.where(share > 0, 0.0, np.nan), share

    @cached_property
    def _every_cell(self) -> tuple[dict[tuple[str, str, str], _Cell], dict[str, Numbers]]:
        """Each actor's areas and types, also those without an incident.

        And what share of its days each actor reported.
        """
        step, coverage = self.series.step, self.data.coverage
        actors = [name for name in self.insats.actors if coverage.step_of(name) == step]
        panel = step_panel(self.data, self.span, step, actors)
        told, shape = panel["coverage"], (len(self.series.starts), -1)
        least = panel["count"].fillna(0).to_numpy(float).reshape(shape)
        heard, unread = (
            part.to_numpy(bool).reshape(shape) for part in (told.isin(HEARD), told == UNREADABLE)
        )
        keys = panel[KEYS].iloc[: least.shape[1]].itertuples(index=False, name=None)
        cells = {
            key: _Cell(heard[:, place], unread[:, place], least[:, place])
            for place, key in enumerate(keys)
        }
        status = weekly_status(coverage, self.span, step)
        share = status["days_reported"] / status["days"]
        days = {actor: share[status["actor"] == actor].to_numpy(float) for actor in actors}
        return cells, days

    def design(self, actor: str, categories: Sequence[str] | None = None) -> Design:
        """The insats' question asked of one actor's counts, by default of its own categories."""
        insats, series = self.insats, self.series
        kinds = self.own() if categories is None else tuple(categories)
        target, exposure = self.summed(actor, insats.areas, kinds)
        near = [self.summed(actor, [area], kinds) for area in insats.comparison_areas]
        near = [pair for pair in near if np.nansum(pair[0]) > 0]
        pool = self.pool(actor, kinds)
        steps = len(series.starts)
        terms = self._terms
        quiet = np.asarray((terms.calendar <= 0).all(axis=1)) if terms.families else None
        start = int((series.starts <= pd.Timestamp(insats.start)).sum()) - 1
        return Design(
            target=target,
            comparison=np.array([c for c, _ in near]).reshape(len(near), steps),
            exposure=exposure,
            comparison_exposure=np.array([e for _, e in near]).reshape(len(near), steps),
            season=terms.season,
            start=start,
            stop=steps,
            run_up=RUN_UP[series.step] if insats.chosen_on_peak else 0,
            delay=_steps_between(insats, series.step),
            quiet=quiet,
            pool=pool[0],
            pool_exposure=pool[1],
            step=series.step,
            inside=self._inside(actor),
        )

    @cached_property
    def _terms(self) -> YearlyTerms:
        """Season and calendar, the same for every actor and type."""
        settings, series = self.data.settings, self.series
        return yearly_terms(
            series.starts, series.step, settings.school_breaks, settings.local_events
        )

    def _inside(self, actor: str) -> Numbers:
        """The share of each step that lies in the days that are counted since the start."""
        first, last = counted_days(self.data, actor, self.insats, self.span.end)
        starts = self.series.starts
        length = np.full(len(starts), 7.0) if self.series.step == "week" else starts.days_in_month
        begin = (pd.Timestamp(first) - starts).days.to_numpy(float)
        end = (pd.Timestamp(last) - starts).days.to_numpy(float) + 1
        days = np.minimum(end, length) - np.maximum(begin, 0)
        return np.asarray(np.clip(days / np.asarray(length, float), 0, 1))

    def pool(
        self, actor: str, categories: Sequence[str], *, unreadable: bool = False
    ) -> tuple[Numbers, Numbers]:
        """Of `remaining`, in the same order; those that never had an incident are zeros."""
        pairs = [
            self.summed(actor, [area], categories, unreadable=unreadable) for area in self.remaining
        ]
        shape = (len(pairs), len(self.series.starts))
        counts, there = ([pair[part] for pair in pairs] for part in (0, 1))
        return np.array(counts).reshape(shape), np.array(there).reshape(shape)

    @property
    def remaining(self) -> tuple[str, ...]:
        """The areas that the target is compared with, before their own counts are looked at.

        Neither target nor neighbour, and without an insats of their own for the same types.
        """
        gone = {*self.insats.areas, *self.insats.neighbour_areas, *self.treated}
        return tuple(area for area in self.data.settings.areas if area not in gone)

    @property
    def treated(self) -> tuple[str, ...]:
        """Other areas where an insats for the same types ran since a year before the start."""
        settings = self.data.settings
        others = beside(settings, self.insats, self.span.end)
        return tuple(
            area
            for area in settings.areas
            if area not in self.insats.areas and any(area in other.areas for other in others)
        )


def gathered(data: Dataset, insats: Intervention, span: Period) -> dict[str, Gathered]:
    """Gather what an insats is judged by: the history of its start, and the span since.

    By actor, each in the finest steps that its own dates allow.
    """
    step_of = {actor: data.coverage.step_of(actor) for actor in insats.actors}
    found = {}
    for step in dict.fromkeys(step_of.values()):
        whole = history_and(data, span, step)
        found[step] = Gathered(data, insats, gather(data, KEYS, whole, step), whole)
    return {actor: found[step] for actor, step in step_of.items()}


def within_hours(data: Dataset, hours: tuple[int, int]) -> tuple[Dataset, Dataset]:
    """The incidents whose time is known to the minute, inside and outside some hours of the day.

    Parameters
    ----------
    hours
        From and to, whole hours; (22, 2) passes midnight.
    """
    incidents = data.incidents
    exact = incidents["precision"] == "minute"
    hour = incidents["occurred_from"].dt.hour
    first, last = hours
    inside = (hour >= first) & (hour < last)
    if first >= last:
        inside = (hour >= first) | (hour < last)
    return (
        replace(data, incidents=incidents[exact & inside]),
        replace(data, incidents=incidents[exact & ~inside]),
    )


def _steps_between(insats: Intervention, step: str) -> int:
    """From the start to the first day on which an effect is expected."""
    if step == "week":
        return insats.expected_delay_weeks
    first, begin = insats.start, begun(insats)
    return 12 * (begin.year - first.year) + begin.month - first.month
