"""What a recount starts from: the report's incidents, its period, and who reported which steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Intervention
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure.recount.days import ComparableDays, tells
from est_analysis.disclosure.recount.incidents import (
    STEP_DAYS,
    Incidents,
    Truths,
    day_number,
    first_day,
    numbers,
)
from est_analysis.nowcast import share_in


@dataclass
class Again:
    """Everything that counts are added again from; made once for a report.

    Attributes
    ----------
    data
        The report's, maybe of one area.
    insats
        What the report is about, where it is about one.
    """

    data: Dataset
    period: Period
    whole: Dataset | None = None
    insats: Intervention | None = None

    @cached_property
    def incidents(self) -> Incidents:
        """The report's incidents."""
        return Incidents(self.data)

    @cached_property
    def everywhere(self) -> Again:
        """The same of the whole municipality."""
        if self.data.area is None or self.whole is None:
            return self
        return Again(self.whole, self.period, None, self.insats)

    @cached_property
    def days(self) -> ComparableDays:
        """The days that can be compared."""
        return ComparableDays(self.data)

    def tells(self, actor: str, span: Period) -> bool:
        """Dated by month alone, the first of it says nothing of the days around."""
        return tells(self.data.coverage.grains[actor], span)

    @cached_property
    def telling(self) -> list[str]:
        """The actors whose dates tell of the report's period."""
        return [actor for actor in self.data.coverage.grains if self.tells(actor, self.period)]

    def step_of(self, actor: str) -> str:
        """The step that an actor's dates allow."""
        return "month" if self.data.coverage.grains[actor] == "month" else "week"

    def actors_in(self, step: str) -> list[str]:
        """The actors whose step it is."""
        return [actor for actor in self.data.coverage.grains if self.step_of(actor) == step]

    @cached_property
    def reported(self) -> dict[str, frozenset[int]]:
        """Actor → numbers of the steps of which something is reported.

        Not those of which nothing can be in yet, by how late the actor's reports usually are.
        """
        found = {}
        for actor in self.data.coverage.days:
            step = self.step_of(actor)
            told = np.unique(numbers(self._reported_days(actor), step))
            starts = pd.DatetimeIndex([first_day(number, step) for number in told.tolist()])
            seen = set(told[share_in(self.data, actor, starts) > 0].tolist())
            found[actor] = frozenset(seen - self._not_public(actor, step))
        return found

    @cached_property
    def wholly_reported(self) -> dict[str, frozenset[int]]:
        """Actor → numbers of the steps of which every day is reported, and all of it is read."""
        found = {}
        for actor in self.data.coverage.days:
            step = self.step_of(actor)
            told, days = np.unique(numbers(self._reported_days(actor), step), return_counts=True)
            length = [_length(number, step) for number in told.tolist()]
            whole = set(told[days == np.array(length, dtype=int)].tolist())
            found[actor] = frozenset(whole - self._not_whole(actor, step))
        return found

    def _not_whole(self, actor: str, step: str) -> set[int]:
        """Steps of which an area or type is lost, a count is no number, or not all is public."""
        days = [
            np.arange(day_number(run["first"].date()), day_number(run["last"].date()) + 1)
            for run in self.data.lost.runs.to_dict("records")
            if run["actor"] == actor and not run["elsewhere"]
        ]
        unread = self.data.unread[self.data.unread["fault"].astype(str).str.endswith("_count")]
        own = unread.loc[unread["actor"] == actor, "day"].dropna()
        days.append(own.to_numpy("datetime64[D]").astype(np.int64))
        lost = set(numbers(np.concatenate(days), step).tolist())
        return lost | self._not_public(actor, step)

    def _not_public(self, actor: str, step: str) -> set[int]:
        """Steps that a public edition has no number of."""
        if self.data.published is None:
            return set()
        public = self.data.published.steps[actor].astype("datetime64[D]").astype(np.int64)
        every = set(numbers(self._reported_days(actor), step).tolist())
        return every - set(numbers(public, step).tolist())

    def in_reported(self, step: str) -> Truths:
        """Which incidents are of an actor of a step, and of a step that it reported."""
        return self._in_reported[step]

    @cached_property
    def _in_reported(self) -> dict[str, Truths]:
        found = {}
        for step in STEP_DAYS:
            kept = np.zeros(len(self.incidents.day), dtype=bool)
            for actor in self.actors_in(step):
                known = np.array(sorted(self.reported[actor]), dtype=np.int64)
                own = np.flatnonzero(self.incidents.of("actor", [actor]))
                kept[own] = np.isin(self.incidents.step(step)[own], known)
            found[step] = kept
        return found

    def _reported_days(self, actor: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        begin = int(self.data.coverage.first.astype("datetime64[D]").astype(np.int64))
        return begin + np.flatnonzero(self.data.coverage.days[actor]).astype(np.int64)


def _length(number: int, step: str) -> int:
    if step == "week":
        return 7
    return day_number(first_day(number + 1, step)) - day_number(first_day(number, step))
