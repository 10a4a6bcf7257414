"""From the register and the panel to a design: whose counts, where, before and after what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Intervention
from est_analysis.dataset import Dataset
from est_analysis.intervention import LEAST_POOL, RUN_UP, Design
from est_analysis.usual import Series, gather, history_and

Numbers = npt.NDArray[np.float64]

KEYS = ["actor", "area", "category"]


@dataclass(frozen=True)
class Gathered:
    """All series up to the last day judged, of which an insats' designs are made."""

    data: Dataset
    insats: Intervention
    series: Series

    def own(self) -> tuple[str, ...]:
        """The main categories that the insats is for."""
        mains = (self.data.settings.main_category(word) for word in self.insats.categories)
        return tuple(dict.fromkeys(mains))

    def summed(
        self, actor: str, areas: Sequence[str], categories: Sequence[str]
    ) -> tuple[Numbers, Numbers]:
        """Counts of some areas and categories together, and what share of each step was told.

        The share is that of the parts, weighed by their usual counts; NaN where nothing was.
        """
        keys = self.series.keys
        rows = (
            (keys["actor"] == actor)
            & keys["area"].isin(list(areas))
            & keys["category"].isin(list(categories))
        ).to_numpy(dtype=bool)
        counts, there = self.series.counts[rows], self.series.exposure[rows]
        steps = len(self.series.starts)
        if not rows.any():
            return np.full(steps, np.nan), np.zeros(steps)
        told = ~np.isnan(counts) & (there > 0)
        seen = np.where(told, counts, 0)
        rate = seen.sum(axis=1) / np.maximum((there * told).sum(axis=1), 1e-9)
        share = (there * told * rate[:, None]).sum(axis=0) / max(rate.sum(), 1e-9)
        return np.where(share > 0, seen.sum(axis=0), np.nan), share

    def design(self, actor: str, categories: Sequence[str] | None = None) -> Design:
        """The insats' question asked of one actor's counts, by default of its own categories."""
        from est_analysis.yearly import yearly_terms

        insats, series, settings = self.insats, self.series, self.data.settings
        kinds = self.own() if categories is None else tuple(categories)
        target, exposure = self.summed(actor, insats.areas, kinds)
        near = [self.summed(actor, [area], kinds) for area in insats.comparison_areas]
        near = [pair for pair in near if np.nansum(pair[0]) > 0]
        pool = self._pool(actor, kinds)
        steps = len(series.starts)
        terms = yearly_terms(
            series.starts, series.step, settings.school_breaks, settings.local_events
        )
        quiet = np.asarray((terms.calendar <= 0).all(axis=1)) if terms.families else None
        return Design(
            target=target,
            comparison=np.array([c for c, _ in near]).reshape(len(near), steps),
            exposure=exposure,
            comparison_exposure=np.array([e for _, e in near]).reshape(len(near), steps),
            season=terms.season,
            start=int((series.starts < pd.Timestamp(insats.start)).sum()),
            stop=steps,
            run_up=_run_up(series.step) if insats.chosen_on_peak else 0,
            delay=_steps(insats.expected_delay_weeks, series.step),
            quiet=quiet,
            pool=None if pool is None else pool[0],
            pool_exposure=None if pool is None else pool[1],
            steps_a_year=52 if series.step == "week" else 12,
        )

    def _pool(self, actor: str, categories: Sequence[str]) -> tuple[Numbers, Numbers] | None:
        """The areas that are neither target nor neighbour; None when they are few."""
        left_out = {*self.insats.areas, *self.insats.neighbour_areas}
        areas = [area for area in self.data.settings.areas if area not in left_out]
        pairs = [self.summed(actor, [area], categories) for area in areas]
        pairs = [pair for pair in pairs if np.nansum(pair[0]) > 0]
        if len(pairs) < LEAST_POOL:
            return None
        return np.array([counts for counts, _ in pairs]), np.array([there for _, there in pairs])


def gathered(data: Dataset, insats: Intervention, span: Period) -> Gathered:
    """Gather what an insats is judged by: the history of its start, and the span since."""
    return Gathered(data, insats, gather(data, KEYS, history_and(data, span)))


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


def _run_up(step: str) -> int:
    """Thirteen weeks, or three months."""
    return RUN_UP if step == "week" else 3


def _steps(weeks: int, step: str) -> int:
    return weeks if step == "week" else -(-weeks * 12 // 52)
