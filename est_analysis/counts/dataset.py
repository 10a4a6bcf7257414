"""Cleaned incidents with the day they are counted on, and who has reported when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.cleaned import read_stored, stored_folder
from est_analysis.config import UNKNOWN, UNMAPPED, Settings
from est_analysis.counts.control import Controlled, controlled
from est_analysis.counts.coverage import Coverage, read_coverage
from est_analysis.counts.cube import count_cube
from est_analysis.counts.holes import both, declared_holes
from est_analysis.counts.lost import NOTHING_LOST, Lost, lost_rows
from est_analysis.counts.silence import silenced
from est_analysis.incidents import Cleaning, clean


@dataclass(frozen=True)
class Stored:
    """A batch's folder of cleaned data and results, and the incidents that it is of."""

    folder: Path
    incidents: pd.DataFrame


@dataclass(frozen=True)
class Published:
    """What a dataset of public numbers alone (`disclosure.shown_dataset`) knows beside its rows.

    Attributes
    ----------
    incidents
        Those of the whole municipality.
    steps
        Actor → first days of the weeks (months) that a public series shows; all others are to a
        series as if they were not reported.
    noise
        From a period and keys to the dispersion of each series, of what is shown alone.
    late
        Actor → the day its file was taken, and the share of incidents that is reported within 0, 1
        … days, in hundredths: without it a period whose reports still come in would be a fall.
    """

    incidents: pd.DataFrame
    steps: dict[str, npt.NDArray[np.datetime64]]
    noise: Callable[[Dataset, calendar.Period, list[str]], pd.DataFrame]
    late: dict[str, tuple[dt.date, tuple[float, ...]]]


@dataclass(frozen=True)
class Dataset:
    """What every statistic starts from.

    Attributes
    ----------
    incidents
        `Cleaning.incidents` and ``day``: the date each is counted on. It is the date it began (by
        the operational day, where one is set); Thursday for an incident known to the week only,
        the first for one known to the month only.
    coverage
        Reported days per actor, always of the whole municipality.
    as_of
        The day of the extract.
    area
        The area that `incidents` are limited to, or None.
    lost
        Stretches of the whole municipality's data that are too empty to be believed, and those that
        their source says it has not reported.
    control_totals
        Declared ones beside what is counted, of the whole municipality.
    stored
        Where a batch keeps what is computed of them; None outside one.
    published
        What it knows beside its rows where they are made of public numbers alone; else None.
    """

    settings: Settings
    cleaning: Cleaning
    incidents: pd.DataFrame
    coverage: Coverage
    as_of: dt.date
    area: str | None = None
    stored: Stored | None = None
    lost: Lost = NOTHING_LOST
    control_totals: tuple[Controlled, ...] = ()
    published: Published | None = None

    @cached_property
    def cube(self) -> pd.DataFrame:
        """Counts per day, actor, area and type: `counts.cube.count_cube`."""
        return count_cube(self.incidents, self.unread)

    @property
    def unread(self) -> pd.DataFrame:
        """`Cleaning.unread` that may belong to the area, where the incidents are of one."""
        table = self.cleaning.unread
        if self.area is None:
            return table
        inside = [*self.settings.areas_within(self.area), UNKNOWN, UNMAPPED]
        return pd.DataFrame(table[table["area"].isin(inside)])

    @property
    def shared(self) -> tuple[Path, str] | None:
        """Where a batch keeps results of these data, and their name there."""
        if self.stored is None or self.stored.incidents is not self.incidents:
            return None
        return self.stored.folder, self.area or ""

    @property
    def actors(self) -> list[str]:
        """The actors that answer for the area, or have incidents there, in the settings' order."""
        sources = self.settings.sources
        if self.area is None:
            return list(sources)
        inside = set(self.settings.areas_within(self.area))
        met = set(self.incidents["actor"].unique())
        return [
            actor for actor, source in sources.items()
            if actor in met
            or any(not rule.areas or inside & set(rule.areas) for rule in source.responsibilities)
        ]  # fmt: skip

    def in_area(self, area: str) -> Dataset:
        """The same with the incidents of one area and the areas below it."""
        inside = self.settings.areas_within(area)
        incidents = self.incidents[self.incidents["area"].isin(inside)]
        stored = Stored(self.stored.folder, incidents) if self.shared and self.stored else None
        return replace(self, incidents=incidents, area=area, stored=stored)

    def whole(self) -> Dataset:
        """The same of the whole municipality again."""
        if self.published is not None:
            return replace(self, incidents=self.published.incidents, area=None)
        data = dataset_of(self.cleaning, self.settings, self.as_of)
        return _stored_in(self.stored.folder, data) if self.shared and self.stored else data


def load_dataset(
    settings: Settings,
    as_of: dt.date,
    progress: Callable[[str], None] = lambda line: None,
    *,
    believe: bool = False,
) -> Dataset:
    """Read, clean and date everything of one municipality; see `clean` for errors and `believe`.

    In a batch the cleaned data are read from where it stored them, if they are still right.
    """
    folder = stored_folder(settings, as_of)
    if folder is None:
        return dataset_of(clean(settings, as_of, progress, believe=believe), settings, as_of)
    return _stored_in(folder, dataset_of(read_stored(folder), settings, as_of))


def _stored_in(folder: Path, data: Dataset) -> Dataset:
    return replace(data, stored=Stored(folder, data.incidents))


def dataset_of(cleaning: Cleaning, settings: Settings, as_of: dt.date) -> Dataset:
    """A `Dataset` from incidents that are cleaned already."""
    incidents = cleaning.incidents.assign(day=counted_on(cleaning.incidents, settings))
    delivered = {delivery.actor for delivery in cleaning.delivered}
    coverage = read_coverage(incidents, settings, as_of, delivered)
    data = Dataset(settings, cleaning, incidents, coverage, as_of)
    holes = declared_holes(incidents, cleaning.unread, coverage)
    coverage, told = _without(coverage, holes.runs), silenced(settings, holes.runs)
    lost = lost_rows(data.cube, cleaning.unread, coverage, told)
    return replace(
        data,
        settings=silenced(told, lost.runs),
        coverage=_without(coverage, lost.runs),
        lost=both(lost, holes),
        control_totals=controlled(data.cube, settings, cleaning.missed_sums),
    )


def _without(coverage: Coverage, runs: pd.DataFrame) -> Coverage:
    """Coverage without the stretches of which nothing of an actor is there."""
    for run in runs.to_dict("records"):
        if run["area"] is None and run["category"] is None and not run["elsewhere"]:
            coverage = coverage.without(run["actor"], run["first"].date(), run["last"].date())
    return coverage


def counted_on(incidents: pd.DataFrame, settings: Settings) -> pd.Series:
    """The date each incident is counted on (midnight, datetime64)."""
    begun = incidents["occurred_from"]
    start = settings.municipality.operational_day_start
    day = begun.dt.normalize()
    if start != dt.time(0, 0):
        timed = incidents["precision"].isin(["minute", "interval"])
        shifted = pd.Series(calendar.operational_date(begun.to_numpy(), start), index=begun.index)
        day = day.where(~timed, shifted)
    weekly = incidents["precision"] == "week"
    if weekly.any():
        day = day.where(~weekly, day + np.timedelta64(3, "D"))
    return pd.Series(day)
