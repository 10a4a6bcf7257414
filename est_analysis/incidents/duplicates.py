"""The same event twice: removed within an actor by its identity, only listed across actors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.sources import Export
from est_analysis.sources.coded import combined

MOST_LISTED = 200_000  # pairs; more are counted, not listed


def repeated(
    export: Export, kept: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Rows of a file delivered before, and rows whose identity comes again in a later row.

    The last row with an identity is kept: it is the corrected one. Rows with a blank identity are
    never duplicates of each other. Counts without identity are identified by time, area and type,
    between files: of two deliveries that overlap the later one counts.
    """
    again = np.array([delivery.repeats is not None for delivery in export.deliveries], dtype=bool)
    same_file = again[export.file] & kept if len(again) else np.zeros(len(export), dtype=bool)
    same_identity = np.zeros(len(export), dtype=bool)
    if export.source.identity:
        columns = [export.columns[f"column {header}"] for header in export.source.identity]
        keys, _ = combined(columns)
        blank = np.logical_and.reduce([c.flags([w == "" for w in c.words]) for c in columns])
        rows = np.flatnonzero(kept & ~same_file & ~blank)
        same_identity[rows[pd.Series(keys[rows]).duplicated(keep="last").to_numpy()]] = True
    elif export.source.shape == "counts":
        same_identity = _counted_again(export, kept & ~same_file)
    return same_file, same_identity


def _counted_again(export: Export, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Counts that a later file gives again: the same time, area and type."""
    fields = ("occurred_from", "occurred_to", "time_from", "year", "area", "category", "place")
    keys, _ = combined([export.columns[name] for name in fields if name in export.columns])
    frame = pd.DataFrame({"key": keys, "file": export.file})[kept]
    newest = frame.groupby("key")["file"].transform("max")
    again = np.zeros(len(export), dtype=bool)
    again[frame.index[frame["file"] < newest]] = True
    return again


def candidates(incidents: pd.DataFrame, window_minutes: int) -> tuple[pd.DataFrame, int]:
    """Pairs of incidents of different actors that may be the same event.

    Same area, same main category, both known to the minute, and at most `window_minutes` apart.
    They are shown and counted, never merged.

    Returns
    -------
    DataFrame
        ``row``, ``other_row`` (index in `incidents`), ``actor``, ``other_actor``, ``area``,
        ``category``, ``minutes`` apart; at most 200,000.
    int
        How many pairs there are in all.
    """
    names = ["row", "other_row", "actor", "other_actor", "area", "category", "minutes"]
    exact = incidents[
        (incidents["precision"] == "minute")
        & ~incidents["area"].isin([UNKNOWN, UNMAPPED])
        & ~incidents["category"].isin([UNKNOWN, UNMAPPED])
    ]
    time = exact["occurred_from"].to_numpy("datetime64[s]").astype(np.int64)
    actor = exact["actor"].cat.codes.to_numpy()
    group = exact.groupby(["area", "category"], observed=True).ngroup().to_numpy()
    order = np.lexsort((time, group))
    time, actor, group = time[order], actor[order], group[order]
    rows = exact.index.to_numpy()[order]
    found: list[pd.DataFrame] = []
    total = 0
    for step in range(1, len(rows)):
        near = (group[step:] == group[:-step]) & (time[step:] - time[:-step] <= window_minutes * 60)
        if not near.any():
            break
        first = np.flatnonzero(near & (actor[step:] != actor[:-step]))
        if total < MOST_LISTED:
            found.append(
                pd.DataFrame(
                    {
                        "row": rows[first],
                        "other_row": rows[first + step],
                        "minutes": (time[first + step] - time[first]) / 60,
                    }
                )
            )
        total += len(first)
    if not found:
        return pd.DataFrame(columns=names), 0
    pairs = pd.concat(found, ignore_index=True).head(MOST_LISTED)
    for name, side in (("actor", "row"), ("other_actor", "other_row")):
        pairs[name] = incidents["actor"].loc[pairs[side]].astype(str).to_numpy()
    for name in ("area", "category"):
        pairs[name] = incidents[name].loc[pairs["row"]].astype(str).to_numpy()
    return pairs[names], total
