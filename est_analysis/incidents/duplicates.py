"""The same event twice: removed within an actor by its identity, only listed across actors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.sources import Export
from est_analysis.sources.coded import combined

MOST_LISTED = 200_000  # pairs; more are counted, not listed


Rows = npt.NDArray[np.bool_]


def repeated(
    export: Export, kept: Rows, said: Sequence[npt.NDArray[Any]]
) -> list[tuple[Rows, str, str]]:
    """Rows that stand again in a later row or file, which is used in their place.

    Rows with a blank identity are never duplicates of each other. Counts without identity are
    identified by time, area and type, between files: of two deliveries that overlap the later one
    counts.

    Parameters
    ----------
    export, kept
        The rows, and which of them are still in use.
    said
        What the figures are made of, per row: when, where, what and how many (the last).

    Returns
    -------
    list of (rows, reason, note)
        ``same_file``: of a file delivered before. ``replaced``: the file named in the note says
        something else of the same case or count. ``same_identity``: the same again, or corrected
        in the same file.
    """
    again = np.array([delivery.repeats is not None for delivery in export.deliveries], dtype=bool)
    if not again.any() and not export.source.identity and export.source.shape != "counts":
        return []
    same_file = again[export.file] & kept if len(again) else np.zeros(len(export), dtype=bool)
    used = np.full(len(export), -1, dtype=np.int64)  # the file that is used in a row's place
    differs = np.zeros(len(export), dtype=bool)
    if export.source.identity:
        used, differs = _same_case(export, kept & ~same_file, said)
    elif export.source.shape == "counts":
        used, differs = _counted_again(export, kept & ~same_file, said[-1])
    replaced = [
        (differs & (used == number), "replaced", export.deliveries[number].file)
        for number in np.unique(used[differs]).tolist()
    ]
    return [(same_file, "same_file", ""), *replaced, (used >= 0, "same_identity", "")]


def _same_case(
    export: Export, kept: Rows, said: Sequence[npt.NDArray[Any]]
) -> tuple[npt.NDArray[np.int64], Rows]:
    """Cases that come again: the last row is used, it is the corrected one."""
    used = np.full(len(export), -1, dtype=np.int64)
    differs = np.zeros(len(export), dtype=bool)
    columns = [export.columns[f"column {header}"] for header in export.source.identity]
    keys, _ = combined(columns)
    blank = np.logical_and.reduce([c.flags([w == "" for w in c.words]) for c in columns])
    rows = np.flatnonzero(kept & ~blank)
    earlier = rows[pd.Series(keys[rows]).duplicated(keep="last").to_numpy()]
    last = np.zeros(int(keys.max(initial=-1)) + 1, dtype=np.int64)
    last[keys[rows]] = rows  # the last one stays
    later = last[keys[earlier]]
    used[earlier] = export.file[later]
    other = np.logical_or.reduce([_plain(one)[earlier] != _plain(one)[later] for one in said])
    differs[earlier] = other & (export.file[earlier] != export.file[later])
    return used, differs


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Moments as numbers: an unknown one equals itself."""
    return values.view(np.int64) if values.dtype.kind == "M" else values


def _counted_again(
    export: Export, kept: Rows, count: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int64], Rows]:
    """Counts that a later file gives again: the same time, area and type."""
    fields = ("occurred_from", "occurred_to", "time_from", "year", "area", "category", "place")
    keys, _ = combined([export.columns[name] for name in fields if name in export.columns])
    frame = pd.DataFrame({"key": keys, "file": export.file.astype(np.int64), "count": count})[kept]
    frame["newest"] = frame.groupby("key")["file"].transform("max")
    sums = frame.groupby(["key", "file"])["count"].sum()
    earlier = frame[frame["file"] < frame["newest"]]
    there, here = (
        sums.reindex(pd.MultiIndex.from_frame(earlier[["key", name]])).to_numpy()
        for name in ("newest", "file")
    )
    used = np.full(len(export), -1, dtype=np.int64)
    differs = np.zeros(len(export), dtype=bool)
    used[earlier.index] = earlier["newest"]
    differs[earlier.index] = there != here
    return used, differs


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
