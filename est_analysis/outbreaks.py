"""Single weeks of a period in which one type in one area stands out, whatever its total does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import unread_of
from est_analysis.counts.panel import KEYS
from est_analysis.expected import predictive
from est_analysis.sharing import shared
from est_analysis.surveillance import BOUND, LEAST_IN_SIGNAL, discoveries
from est_analysis.usual import Usual, joined, named, usual

FALSE_WEEKS = 0.05  # of the weeks named, on average, are chance
COLUMNS = [*KEYS, "start", "count", "expected", "usual_from", "usual_to", "probability"]


@shared
def outbreak_weeks(data: Dataset, period: Period) -> pd.DataFrame:
    """Weeks in which an actor's type in an area came clearly more often than was expected.

    Answers: was there a week that the period's totals do not show?

    Parameters
    ----------
    period
        Its weeks (months), whole, held against what was expected before the period began.

    Returns
    -------
    DataFrame
        ``actor``, ``area``, ``category``, ``start``, ``count``, ``expected`` (at the reporting
        there was), ``usual_from`` and ``usual_to`` (counts up to which 99 % of such weeks reach,
        each way), ``probability`` (of as many or more when nothing unusual happens); the surest
        first. Only what chance does not explain: at most one in twenty is expected to be chance,
        over all weeks and series. None that what is unread could explain.

    Notes
    -----
    False discoveries: Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    parts = [_weeks(found) for found in usual(data, period, list(KEYS))]
    table = joined(data, parts, COLUMNS)
    if table.empty:
        return table[COLUMNS]
    kept = discoveries(table["probability"].to_numpy(float), FALSE_WEEKS)
    count = table["count"].to_numpy(dtype=float, na_value=np.nan)
    large = (count > table["usual_to"].to_numpy(float)) & (count >= LEAST_IN_SIGNAL)
    found = table[kept & large].sort_values("probability", kind="stable")
    stands = [_stands(data, row) for _, row in found.iterrows()]
    return found[np.array(stands, dtype=bool)][COLUMNS].reset_index(drop=True)


def _weeks(found: Usual) -> pd.DataFrame:
    now, model = found.now, found.model.reported(found.now.exposure)
    mean = np.where(np.isnan(now.counts), np.nan, model.mean)
    lower, _ = predictive.interval(2 * BOUND - 1, mean, model.variance)
    upper = predictive.upper_bound(BOUND, mean, model.variance)
    keys = now.keys.loc[now.keys.index.repeat(len(now.starts))].reset_index(drop=True)
    table = keys.assign(
        start=np.tile(now.starts, len(now.keys)),
        count=pd.Series(now.counts.ravel()).astype("Int64"),
        expected=mean.ravel(),
        usual_from=lower.ravel(),
        usual_to=upper.ravel(),
        probability=predictive.exceedance(now.counts, mean, model.variance).ravel(),
    )
    return pd.DataFrame(table[named(now.keys).repeat(len(now.starts))])


def _stands(data: Dataset, row: pd.Series) -> bool:
    """Whether a week is above its bound whatever is unread means."""
    first = row["start"].date()
    step = data.coverage.step_of(str(row["actor"]))
    last = (row["start"] + pd.offsets.MonthEnd(0)).date()
    week = Period("", "days", first, last if step == "month" else first + pd.Timedelta(days=6))
    doubt = unread_of(data).against_history(row[list(KEYS)].to_frame().T, week)
    return bool(doubt.moved(np.array([float(row["count"])]), False)[0] > row["usual_to"])
