"""Insatser of a period: where they stand, whether they were carried out and followed up."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Intervention, Settings
from est_analysis.listing import listing


def interventions_in(
    settings: Settings, period: Period, as_of: dt.date, *, past: bool = False
) -> pd.DataFrame:
    """The insatser that touch a period, and those that begin after it.

    It says what is done and whether it is followed up; not whether it works.

    Parameters
    ----------
    past
        Also those that ended before the period.

    Returns
    -------
    DataFrame
        ``intervention``, ``name``, ``what``, ``areas``, ``owner``, ``goal``, ``start``, ``end``
        (NaT while running), ``state`` at the end of the period (``planned``, ``new``, ``running``,
        ``ended``), ``performed`` (text of what the log holds for the period), ``follow_up``
        (planned date), ``follow_up_state`` as of
        `as_of`: ``done``, ``overdue``, ``due`` (later), ``none``.
    """
    rows = []
    for insats in settings.interventions.values():
        if not past and insats.end is not None and insats.end < period.start:
            continue
        rows.append(
            {
                "intervention": insats.id,
                "name": insats.name,
                "what": insats.what,
                "areas": listing(settings.areas[area].name for area in insats.areas),
                "owner": insats.owner,
                "goal": insats.goal,
                "start": pd.Timestamp(insats.start),
                "end": pd.Timestamp(insats.end) if insats.end else pd.NaT,
                "state": _state(insats, period),
                "performed": _performed(insats, period),
                "follow_up": pd.Timestamp(insats.follow_up) if insats.follow_up else pd.NaT,
                "follow_up_state": _follow_up_state(insats, as_of),
            }
        )
    columns = ["intervention", "name", "what", "areas", "owner", "goal", "start", "end", "state",
               "performed", "follow_up", "follow_up_state"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).sort_values("start", ignore_index=True)


def _state(insats: Intervention, period: Period) -> str:
    if insats.start > period.end:
        return "planned"
    if insats.end is not None and insats.end <= period.end:
        return "ended"
    return "new" if insats.start >= period.start else "running"


def _performed(insats: Intervention, period: Period) -> str:
    """Amounts of the log inside the period, added up by unit."""
    totals: dict[str, float] = {}
    for entry in insats.log:
        if period.start <= entry.date <= period.end:
            totals[entry.unit] = totals.get(entry.unit, 0) + entry.amount
    return listing(f"{amount:g} {unit}" for unit, amount in totals.items())


def _follow_up_state(insats: Intervention, as_of: dt.date) -> str:
    if insats.followed_up is not None and insats.followed_up <= as_of:
        return "done"
    if insats.follow_up is None:
        return "none"
    return "overdue" if insats.follow_up < as_of else "due"
