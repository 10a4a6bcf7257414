"""Green, yellow, red: the municipality's own rule on how far a week is above the expected."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Ratings
from est_analysis.counts.dataset import Dataset
from est_analysis.surveillance import week_by_week

COLOURS = ("green", "yellow", "red", "unknown")


def ratings_in(data: Dataset, period: Period, weeks: int = 12) -> pd.DataFrame:
    """The colours of the weeks up to a period's end, for municipalities that use them.

    Returns
    -------
    DataFrame
        As `area_ratings`; empty where the settings have no ``ratings.yaml``.
    """
    rule = data.settings.ratings
    if rule is None:
        return pd.DataFrame(columns=["area", "start", "actor", "count", "rating"])
    return area_ratings(week_by_week(data, period, ["actor", "area"], weeks), rule)


def area_ratings(scores: pd.DataFrame, rule: Ratings) -> pd.DataFrame:
    """One colour per area and week: that of the actor who is farthest above the expected.

    Parameters
    ----------
    scores
        ``area``, ``start``, ``actor``, ``observed``, ``score`` (0 as expected, 1 at the upper
        bound; NaN when not reported or not known), one row per series.

    Returns
    -------
    DataFrame
        ``area``, ``start``, ``actor`` and ``count`` (of the series that gave the colour),
        ``rating``: ``green``, ``yellow`` (score from `rule.yellow`), ``red`` (from `rule.red`),
        ``unknown`` where no series of the area is known, and where one that was not reported
        might be worse: silence is not green.

    Examples
    --------
    >>> scores = pd.DataFrame({"area": ["a", "a", "b"], "start": pd.Timestamp("2025-01-06"),
    ...                        "actor": "x", "observed": [4, 9, None], "score": [0.1, 0.7, None]})
    >>> area_ratings(scores, Ratings(0.5, 1.0))[["area", "rating"]].to_numpy().tolist()
    [['a', 'yellow'], ['b', 'unknown']]
    """
    keys = ["area", "start"]
    table = scores.sort_values([*keys, "score"], na_position="first").groupby(
        keys, as_index=False, sort=True
    )
    top = table.tail(1).rename(columns={"observed": "count"})
    silent = scores.assign(silent=scores["observed"].isna()).groupby(keys)["silent"].any()
    unsure = silent.reindex(pd.MultiIndex.from_frame(top[keys])).to_numpy(bool)
    top["rating"] = np.select(
        [top["score"].isna(), top["score"] >= rule.red, unsure, top["score"] >= rule.yellow],
        ["unknown", "red", "unknown", "yellow"],
        "green",
    )
    return top[[*keys, "actor", "count", "rating"]].reset_index(drop=True)
