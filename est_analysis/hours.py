"""When on the day and in the week: uncertain times are spread evenly over their span (aoristic)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset
from est_analysis.sharing import shared

LONGEST_SPAN_HOURS = 24  # a longer span says nothing about the hour
HOUR = 3600
WEEKDAY_COUNTS = tuple(f"count_weekday_{day}" for day in range(7))
TIMINGS = ("minute", "span", "not_placed")


@shared
def weekday_hours(data: Dataset, period: Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Incidents per weekday and hour, and how many could be placed.

    An incident known to the minute counts 1 in its hour. One known to lie between two moments is
    spread over the hours between them in proportion to the time in each (Ratcliffe 2000,
    doi:10.1080/136588100424963). Spans over 24 hours, and incidents known to the day or coarser,
    cannot be placed and are counted apart.

    Returns
    -------
    DataFrame
        ``actor``, ``hour`` (0–23), ``count_weekday_0`` (Monday) to ``count_weekday_6``
        (fractions); 24 rows for each actor with some placed incident.
    DataFrame
        ``actor``, ``timing`` (``minute``, ``span``, ``not_placed``), ``count``: together all
        incidents of the period; only actors that reported some of it, and whose dates tell of it.
    """
    day = data.incidents["day"]
    dated = [actor for actor in data.actors if data.coverage.tells_of(actor, period)]
    rows = (day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))
    inside = data.incidents[rows & data.incidents["actor"].isin(dated)]
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
    table = pd.DataFrame(
        cells.reshape(len(names), 7, 24).swapaxes(1, 2).reshape(-1, 7),
        columns=pd.Index(WEEKDAY_COUNTS),
    )
    table.insert(0, "actor", np.repeat(names, 24))
    table.insert(1, "hour", np.tile(np.arange(24), len(names)))
    known = np.select([exact, span], [0, 1], 2)
    totals = np.bincount(actors * 3 + known, weight, len(names) * 3).astype(int)
    summary = pd.MultiIndex.from_product([names, TIMINGS], names=["actor", "timing"]).to_frame(
        index=False
    )
    summary["count"] = pd.array(totals, dtype="Int64")
    told = [
        name for name in dated
        if data.coverage.reported(name, period.start, period.end).any()
    ]  # fmt: skip
    summary = summary[summary["actor"].isin(told)].reset_index(drop=True)
    met = table.groupby("actor")[list(WEEKDAY_COUNTS)].transform("sum").sum(axis=1) > 0
    return table[met].reset_index(drop=True), summary


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
