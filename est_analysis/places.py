"""Where: how strongly an actor's incidents gather at few places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import unread_of
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
    inside = _told_in(data, period)
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
        them, ``share`` (per cent of those with a known area). Where what is unread could name
        other areas, no areas and no share; ``doubt``: numbers of `Unread.causes`.
    """
    inside = _told_in(data, period)
    known = inside[inside["area"].isin(list(data.settings.areas))]
    rows = []
    for actor, own in known.groupby("actor", observed=True):
        counts = own.groupby("area", observed=True)["count"].sum().sort_values(ascending=False)
        needed = int((counts.cumsum() < counts.sum() / 2).sum()) + 1
        held = counts.head(needed)
        names = listing(data.settings.areas[str(area)].name for area in held.index)
        doubt = _others(data, period, str(actor), counts, needed)
        share = 100 * held.sum() / counts.sum()
        rows.append(
            (actor, "" if doubt else names, int(held.sum()), np.nan if doubt else share, doubt)
        )
    table = pd.DataFrame(rows, columns=["actor", "areas", "count", "share", "doubt"])
    return table.astype({"count": "Int64"})


def _others(data: Dataset, period: Period, actor: str, counts: pd.Series, needed: int) -> str:
    """Causes by which other areas, or more or fewer of them, may hold half."""
    areas = pd.DataFrame({"actor": actor, "area": counts.index.astype(str)})
    whole = pd.DataFrame({"actor": [actor]})
    unread, before = unread_of(data), period.earlier()
    doubt = unread.doubt(areas, [period], [before], lost="all")
    if not doubt.any():
        return ""
    own = counts.to_numpy(float)
    low = np.maximum(own - doubt.less, 0)[:needed]
    high = (own + doubt.more)[needed:]
    turned = bool(len(high)) and high.max() > low.min()
    # What has lost its area may be any one area's; what is lost with its area adds up over them.
    lost = unread.doubt(whole, [period], [before], lost="all")
    slack = sum(float(side.max()) for one in (doubt, lost) for side in (one.more, one.less))
    held, all_but_one = own[:needed].sum(), own[: needed - 1].sum()
    crossed = 2 * held - slack < own.sum() or 2 * all_but_one + slack >= own.sum()
    words = [words for words in doubt.causes if words]
    return words[0] if turned or crossed else ""


def _told_in(data: Dataset, period: Period) -> pd.DataFrame:
    """The incidents of a period; in a week none of actors whose dates are months."""
    day = data.incidents["day"]
    told = [actor for actor in data.actors if data.coverage.tells_of(actor, period)]
    inside = (day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))
    return data.incidents[inside & data.incidents["actor"].isin(told)]
