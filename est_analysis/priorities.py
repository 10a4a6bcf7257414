"""Which problems first? The criteria that data can give, side by side (Brå's problem table)."""

from __future__ import annotations

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.comparisons import compare_periods
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.dataset import Dataset
from est_analysis.panel import period_totals


def priorities(data: Dataset, period: Period, most: int = 10) -> pd.DataFrame:
    """The largest problems (actor × area × category) with frequency, change and how local they are.

    It orders by frequency only: how serious a problem is, whom it touches and whether actors can
    influence it are judgements for the meeting.

    Returns
    -------
    DataFrame
        ``rank``, ``actor``, ``area``, ``category``, ``count``, ``share`` (of the actor's incidents
        of this category, per cent), ``change`` (verdict against the same period last year for the
        actor's category in all areas, intervals holding together).
    """
    by = ["actor", "area", "category"]
    table = period_totals(data, period, by)
    reserved = [UNKNOWN, UNMAPPED]
    table = table[~table["area"].isin(reserved) & ~table["category"].isin(reserved)]
    whole = period_totals(data, period, ["actor", "category"])
    total = whole.set_index(["actor", "category"])["count"].astype("Float64")
    table = table.sort_values("count", ascending=False, kind="stable").head(most)
    keys = pd.MultiIndex.from_frame(table[["actor", "category"]].astype(str))
    total.index = pd.MultiIndex.from_tuples([(str(a), str(c)) for a, c in total.index])
    table["share"] = 100 * table["count"].astype("Float64") / total.reindex(keys).to_numpy()
    change = compare_periods(data, period, ["actor", "category"], family=True)
    change = change[change["comparison"] == "last_year"]
    verdict = {
        (str(row["actor"]), str(row["category"])): row["verdict"]
        for row in change.to_dict("records")
    }
    table["verdict"] = [verdict.get(key, "too_little_data") for key in keys]
    table.insert(0, "rank", range(1, len(table) + 1))
    return table[["rank", *by, "count", "share", "verdict"]].reset_index(drop=True)
