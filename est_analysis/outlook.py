"""Looking ahead: how the coming period's months have been in earlier years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.dataset import Dataset

LEAST_YEARS = 2
MOST_YEARS = 4


def month_profile(data: Dataset, period: Period) -> pd.DataFrame:
    """How busy each month of a coming period has been, against the mean month of the same years.

    A description of earlier years, not a forecast: trend and level are left out.

    Parameters
    ----------
    period
        The period to come; the years before its start are used.

    Returns
    -------
    DataFrame
        ``actor``, ``month`` (1–12), ``count`` (in that month, all those years together),
        ``index`` (incidents per day, per cent of the mean day of the same years), ``years`` that
        were reported (at least four days in five). Actors with fewer than two, and those whose
        dates are weeks, are left out.
    """
    months = pd.date_range(period.start, period.end, freq="MS").month.unique()
    rows = []
    for actor in data.settings.sources:
        if data.coverage.grains[actor] == "week":  # a week lies in two months
            continue
        own = data.incidents[data.incidents["actor"] == actor]
        daily = own.groupby("day")["count"].sum()
        kept = []
        for year in range(period.start.year - 1, period.start.year - 1 - MOST_YEARS, -1):
            days = pd.date_range(f"{year}-01-01", f"{year}-12-31", freq="D")
            told = data.coverage.reported(actor, days[0].date(), days[-1].date())
            if told.mean() >= 0.8:
                values = daily.reindex(days, fill_value=0).to_numpy(float)
                kept.append(pd.Series(np.where(told, values, np.nan), index=days))
        if len(kept) < LEAST_YEARS:
            continue
        series = pd.concat(kept)
        mean = series.mean()
        by_month = series.groupby(pd.DatetimeIndex(series.index).month)
        total, daily_mean = by_month.sum(), by_month.mean()
        for month in months:
            index = 100 * daily_mean[month] / mean
            rows.append((actor, month, int(total[month]), index, len(kept)))
    return pd.DataFrame(rows, columns=["actor", "month", "count", "index", "years"])
