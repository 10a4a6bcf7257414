"""Where: how strongly an actor's incidents gather at few places."""

from __future__ import annotations

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.dataset import Dataset
from est_analysis.listing import listing


def top_places(data: Dataset, period: Period, most: int = 5) -> pd.DataFrame:
    """The places with most incidents, for actors whose export names places. Internal only.

    Parameters
    ----------
    most
        Places per actor; ties at the end are cut in the order of the place's name.

    Returns
    -------
    DataFrame
        ``actor``, ``area``, ``place``, ``count``, ``share`` of the actor's incidents (per cent).
    """
    day = data.incidents["day"]
    inside = data.incidents[(day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))]
    total = inside.groupby("actor", observed=True)["count"].sum()
    known = inside[inside["place"].notna()]
    keys = ["actor", "area", "place"]
    table = known.groupby(keys, observed=True, as_index=False).agg(count=("count", "sum"))
    table = table.sort_values(["actor", "count", "place"], ascending=[True, False, True])
    table = table.groupby("actor", observed=True).head(most).reset_index(drop=True)
    table["share"] = 100 * table["count"] / total.reindex(table["actor"]).to_numpy(dtype=float)
    return table


def concentration(data: Dataset, period: Period) -> pd.DataFrame:
    """How few areas hold half of each actor's incidents.

    Returns
    -------
    DataFrame
        ``actor``, ``areas`` (names, most first, that together hold at least half), ``count`` in
        them, ``share`` (per cent of those with a known area).
    """
    day = data.incidents["day"]
    inside = data.incidents[(day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))]
    known = inside[inside["area"].isin(list(data.settings.areas))]
    rows = []
    for actor, own in known.groupby("actor", observed=True):
        counts = own.groupby("area", observed=True)["count"].sum().sort_values(ascending=False)
        needed = int((counts.cumsum() < counts.sum() / 2).sum()) + 1
        held = counts.head(needed)
        names = listing(data.settings.areas[str(area)].name for area in held.index)
        rows.append((actor, names, int(held.sum()), 100 * held.sum() / counts.sum()))
    table = pd.DataFrame(rows, columns=["actor", "areas", "count", "share"])
    return table.astype({"count": "Int64"})
