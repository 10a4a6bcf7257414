"""Public series: in steps large enough, else summed to larger ones, else not at all."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.counts.coverage import Coverage
from est_analysis.disclosure.plan import STEPS, Plan, tertial_numbers

ADDITIVE = ("observed", "trend", "seasonal", "remainder", "expected")
KEPT = ("actor", "when", "season", "break")


def in_steps(own: pd.DataFrame, plan: Plan, coverage: Coverage) -> tuple[pd.DataFrame, int]:
    """One actor's series in the smallest steps that the plan shows in all of its tertials.

    Parameters
    ----------
    own
        ``actor``, ``start`` (Mondays or firsts of months), ``observed`` and what belongs to it.
        Rows with ``when`` = ``coming`` have no counts and stay as they are.
    coverage
        When the actor reported: of a longer step all must be.

    Returns
    -------
    DataFrame
        With ``withheld``: truth for steps that no public series shows, as they lie across a
        tertial's edge or in one that is not over or not public. Sums have no intervals: what is
        not in `ADDITIVE` or `KEPT` is missing in them.
    int
        Weeks (months) in a step; 0 where no step is large enough in all tertials, and no row.
    """
    coming = (own["when"] == "coming") if "when" in own else pd.Series(False, index=own.index)
    past = own[~coming]
    starts = pd.DatetimeIndex(past["start"])
    monthly = bool(len(starts)) and bool((starts.day == 1).all())
    actor = str(own["actor"].iloc[0])
    days = starts.to_numpy("datetime64[D]")
    tertials = np.unique(tertial_numbers(days)).tolist()
    public = [t for t in tertials if plan.shows_series(actor, t) and plan.told(actor, t)]
    if not public and any(plan.shows_series(actor, t) for t in tertials):
        return own.iloc[:0].assign(withheld=False), 0  # a step without a row is seen to be one
    for length in STEPS:
        edges = [plan.steps(actor, t, length, monthly=monthly) for t in public]
        if all(one is not None for one in edges):
            break
    else:
        return own.iloc[:0].assign(withheld=False), 0
    code = np.full(len(past), -1)
    for tertial, one in zip(public, edges, strict=True):
        if one is not None:
            _number(code, days, one, 1000 * tertial)
    if length == 1:
        told = past.assign(withheld=code < 0)
        heard = [coverage.reported(actor, day, _last(day, monthly)).all() for day in starts.date]
        unseen = told["withheld"] & np.array(heard, dtype=bool)
        told["observed"] = told["observed"].mask(unseen, plan.rule.minimum)  # hidden, not missing
    else:
        told = _summed(past, code, length)
        told["observed"] = _counts(told, plan, actor, coverage, length, monthly=monthly)
    return pd.concat([told, own[coming].assign(withheld=False)], ignore_index=True), length


def _last(day: dt.date, monthly: bool) -> dt.date:
    """The last day of a week or month."""
    return (
        pd.Timestamp(day) + (pd.offsets.MonthEnd(0) if monthly else pd.Timedelta(days=6))
    ).date()


def _counts(
    table: pd.DataFrame, plan: Plan, actor: str, coverage: Coverage, length: int, *, monthly: bool
) -> npt.NDArray[np.float64]:
    """The plan's counts of the steps of a table; NaN where some of one was not reported."""
    found = []
    for start in pd.DatetimeIndex(table["start"]):
        after = start + (pd.DateOffset(months=length) if monthly else pd.Timedelta(weeks=length))
        edges = np.array([start, after], dtype="datetime64[D]")
        told = coverage.reported(actor, start.date(), (after - pd.Timedelta(days=1)).date()).all()
        found.append(float(plan.between(actor, edges)[0]) if told else np.nan)
    return np.array(found, dtype=float)


def _number(
    code: npt.NDArray[np.int64],
    days: npt.NDArray[np.datetime64],
    edges: npt.NDArray[np.datetime64],
    base: int,
) -> None:
    """Number the rows inside a tertial's steps."""
    place = np.searchsorted(edges, days, side="right")
    inside = (days >= edges[0]) & (days < edges[-1])
    code[inside] = base + place[inside]


def _summed(past: pd.DataFrame, code: npt.NDArray[np.int64], length: int) -> pd.DataFrame:
    """Rows of the same number added up; steps that the table has only a part of are left out."""
    kept = past[code >= 0].assign(_step=code[code >= 0])
    groups = kept.groupby("_step", sort=True)
    whole = groups.size() == length
    table = groups[["start"]].first()
    for name in past.columns:
        if name in ADDITIVE:
            table[name] = groups[name].agg(lambda column: column.sum(skipna=False))
        elif name in KEPT:
            table[name] = groups[name].first()
        elif name != "start":
            table[name] = np.nan
    told = table.loc[whole.to_numpy(), list(past.columns)]
    return told.reset_index(drop=True).assign(withheld=False)
