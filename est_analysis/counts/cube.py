"""One sparse cube of counts per dataset: every count by day, actor, area and type is a sum over it.

Only what occurs stands in it. Beside each count stands by how much it may be too high or too low,
because something was sent that belongs there and cannot be read: zero, a count, and a count with
bounds are different values. What was not reported at all is `coverage`'s.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.incidents.unread import MASKED, UNCOUNTED

KEYS = ("actor", "area", "category", "subcategory")
NUMBERS = ("count", "low", "high", "unread")


def count_cube(incidents: pd.DataFrame, unread: pd.DataFrame) -> pd.DataFrame:
    """Counts per day and keys, with what cannot be read of them.

    Parameters
    ----------
    incidents
        Of a `Dataset`, with ``day``.
    unread
        Of `Cleaning`.

    Returns
    -------
    DataFrame
        ``day``, ``actor``, ``area``, ``category`` (main) and ``subcategory`` (NA where there is
        none) as in the incidents; ``count``; ``low`` and ``high`` (at most so many fewer and more
        than ``count``: declared masks, and rows of this very cell that cannot be counted) and
        ``unread`` (how many rows of this cell nobody can count).
    """
    parts = [_summed(incidents)]
    inside = unread[unread["fault"].isin((MASKED, *UNCOUNTED))]
    if len(inside):
        parts.append(_unread(inside, incidents))
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return table[["day", *KEYS, *NUMBERS]]


def _summed(incidents: pd.DataFrame) -> pd.DataFrame:
    """The incidents added up; by codes, which is ten times as fast as by words."""
    day = incidents["day"].to_numpy("datetime64[D]").astype(np.int64)
    key = day - day.min(initial=0)
    for name in KEYS:
        column = incidents[name].cat
        key = key * (len(column.categories) + 1) + column.codes.to_numpy() + 1
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    table = incidents[["day", *KEYS]].iloc[first].reset_index(drop=True)
    weights = incidents["count"].to_numpy()
    total = np.bincount(place, weights, len(first)).astype(np.int64)
    return table.assign(count=total, low=0.0, high=0.0, unread=np.int64(0))


def _unread(rows: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """What may be missing or too much in cells that are known; days that are not lie nowhere."""
    table = pd.DataFrame({"day": rows["day"].to_numpy("datetime64[s]")})
    for name in KEYS:
        words = incidents[name].cat.categories
        table[name] = pd.Categorical(rows[name].to_numpy(dtype=object), words)
    table = table.assign(
        count=np.int64(0),
        low=rows["low"].to_numpy(float),
        high=rows["high"].to_numpy(float),
        unread=np.where(rows["fault"] == MASKED, 0, rows["rows"].to_numpy(np.int64)),
    )
    known = table["day"].notna() & table[["actor", "area", "category"]].notna().all(axis=1)
    return pd.DataFrame(table[known])
