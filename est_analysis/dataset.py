"""Cleaned incidents with the day they are counted on, and who has reported when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from est_analysis import calendar
from est_analysis.cleaned import cleaned
from est_analysis.config import Settings
from est_analysis.coverage import Coverage, read_coverage
from est_analysis.errors import SettingsError
from est_analysis.incidents import Cleaning


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
    """

    settings: Settings
    cleaning: Cleaning
    incidents: pd.DataFrame
    coverage: Coverage
    as_of: dt.date
    area: str | None = None

    def in_area(self, area: str) -> Dataset:
        """The same with the incidents of one area and the areas below it."""
        inside = {area}
        for other in self.settings.areas.values():
            if other.parent in inside:
                inside.add(other.id)
        return replace(
            self, incidents=self.incidents[self.incidents["area"].isin(inside)], area=area
        )

    def whole(self) -> Dataset:
        """The same of the whole municipality again."""
        return dataset_of(self.cleaning, self.settings, self.as_of)


def day_of_extract(text: str, settings: Settings) -> dt.date:
    """The day of the extract: as given (``2026-01-12``), else the settings' own, else today."""
    if not text:
        return settings.municipality.as_of or dt.date.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            "no such day",
            expected="a date such as 2026-01-12",
            found=f'"{text}"',
            change="write year-month-day in --as-of, or in the notebook's as_of",
            otherwise="nothing is read",
        ) from None


def load_dataset(
    settings: Settings, as_of: dt.date, progress: Callable[[str], None] = lambda line: None
) -> Dataset:
    """Read, clean and date everything of one municipality; see `clean` for the errors."""
    return dataset_of(cleaned(settings, as_of, progress), settings, as_of)


def dataset_of(cleaning: Cleaning, settings: Settings, as_of: dt.date) -> Dataset:
    """A `Dataset` from incidents that are cleaned already."""
    incidents = cleaning.incidents.assign(day=counted_on(cleaning.incidents, settings))
    return Dataset(settings, cleaning, incidents, read_coverage(incidents, settings), as_of)


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
