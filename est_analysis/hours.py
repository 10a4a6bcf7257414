"""When on the day and in the week: uncertain times are spread evenly over their span (aoristic)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.dataset import Dataset

LONGEST_SPAN_HOURS = 24  # a longer span says nothing about the hour
HOUR = 3600


def weekday_hours(data: Dataset, period: Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Incidents per weekday and hour, and how many could be placed.

    An incident known to the minute counts 1 in its hour. One known to lie between two moments is
    spread over the hours between them in proportion to the time in each (Ratcliffe 2000,
    doi:10.1080/136588100424963). Spans over 24 hours, and incidents known to the day or coarser,
    cannot be placed and are counted apart.

    Returns
    -------
    DataFrame
        ``actor``, ``weekday`` (0 Monday), ``hour`` (0–23), ``count`` (fractions); every
        combination for each actor with some placed incident.
    DataFrame
        ``actor``, ``placed``, ``spread`` (of the placed, from spans), ``not_placed``.
    """
    day = data.incidents["day"]
    inside = data.incidents[(day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))]
    start = inside["occurred_from"].to_numpy("datetime64[s]").astype(np.int64)
    end = inside["occurred_to"].to_numpy("datetime64[s]").astype(np.int64)
    length = end - start
    weight = inside["count"].to_numpy(float)
    exact = (inside["precision"] == "minute").to_numpy()
    span = (inside["precision"] == "interval").to_numpy() & (length <= LONGEST_SPAN_HOURS * HOUR)
    actors = inside["actor"].cat.codes.to_numpy(np.int64)
    names = list(inside["actor"].cat.categories)
    cells = np.zeros(len(names) * 168)
    slot = (start // HOUR + 72) % 168  # 1 January 1970 was a Thursday
    np.add.at(cells, (actors * 168 + slot)[exact], weight[exact])
    _spread(cells, actors[span], start[span], end[span], weight[span])
    grid = pd.MultiIndex.from_product(
        [names, range(7), range(24)], names=["actor", "weekday", "hour"]
    ).to_frame(index=False)
    grid["count"] = cells
    summary = pd.DataFrame(
        {
            "actor": names,
            "placed": np.bincount(actors, weight * (exact | span), len(names)).astype(int),
            "spread": np.bincount(actors, weight * span, len(names)).astype(int),
            "not_placed": np.bincount(actors, weight * ~(exact | span), len(names)).astype(int),
        }
    )
    met = summary.loc[summary["placed"] > 0, "actor"]
    return grid[grid["actor"].isin(met)].reset_index(drop=True), summary


def by_hour(table: pd.DataFrame) -> pd.DataFrame:
    """The counts of `weekday_hours` with one row per hour.

    Returns
    -------
    DataFrame
        ``actor``, ``hour`` and ``count_weekday_0`` (Monday) to ``count_weekday_6``.
    """
    wide = table.pivot(index=["actor", "hour"], columns="weekday", values="count")
    wide.columns = pd.Index([f"count_weekday_{day}" for day in wide.columns])
    return wide.reset_index()


def _spread(
    cells: npt.NDArray[np.float64],
    actors: npt.NDArray[Any],
    start: npt.NDArray[Any],
    end: npt.NDArray[Any],
    weight: npt.NDArray[np.float64],
) -> None:
    """Add each span's share to the hours it touches."""
    first = start // HOUR
    for step in range(LONGEST_SPAN_HOURS + 1):
        hour = first + step
        inside = np.minimum(end, (hour + 1) * HOUR) - np.maximum(start, hour * HOUR)
        touched = inside > 0
        share = weight[touched] * inside[touched] / (end - start)[touched]
        np.add.at(cells, actors[touched] * 168 + (hour[touched] + 72) % 168, share)
