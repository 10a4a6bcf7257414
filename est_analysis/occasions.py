"""Holidays, school breaks and local events: what happened on them, and which come next."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.calendar_events import calendar_events
from est_analysis.counts.dataset import Dataset
from est_analysis.sharing import shared

SHOWN = ("holiday", "eve", "night", "school_break", "local")


def events_in(data: Dataset, period: Period, language: str = "sv") -> pd.DataFrame:
    """Calendar events that touch a period, in order of time.

    Returns
    -------
    DataFrame
        ``event_id``, ``event``, ``kind``, ``start`` and ``end``: dates, both inclusive.
    """
    settings = data.settings
    events = calendar_events(
        period.start, period.end, settings.school_breaks, settings.local_events, language
    )
    last = (events["end"] - pd.Timedelta(seconds=1)).dt.normalize()
    events = events.assign(start=events["start"].dt.normalize(), end=last)
    return events.sort_values(["start", "end"], ignore_index=True)


@shared
def counts_at_events(data: Dataset, period: Period, language: str = "sv") -> pd.DataFrame:
    """Incidents on the days of each calendar event, against the same weekdays otherwise.

    The window is the event's whole dates; an event at the period's edge (Valborg, New Year's night)
    is counted whole, on both sides of it.

    Returns
    -------
    DataFrame
        ``event``, ``start``, ``end`` (dates, both inclusive), ``actor``, ``count`` (NA when a day
        of the window was not reported), ``reference_count``: the mean of as many days of the same
        weekdays within six weeks before and after that belong to no such event. Actors whose
        dates are weeks or months are left out: no day of theirs is known.
    """
    events = events_in(data, period, language)
    events = events[events["kind"].isin(SHOWN)]
    margin = pd.Timedelta(weeks=6)
    if events.empty:
        columns = ["event", "start", "end", "actor", "count", "reference_count"]
        return pd.DataFrame(columns=columns)
    first, last = events["start"].min() - margin, events["end"].max() + margin
    days = pd.date_range(first, last, freq="D")
    ordinary = np.ones(len(days), dtype=bool)
    windows = []
    for event in events.to_dict("records"):
        begin, end = pd.Timestamp(event["start"]), pd.Timestamp(event["end"])
        windows.append((event["event"], begin, end))
        ordinary &= ~np.asarray((days >= begin) & (days <= end))
    rows = []
    for actor in data.actors:
        if data.coverage.grains[actor] != "day":
            continue
        daily, told = _daily(data, actor, days)
        for name, begin, end in windows:
            inside = np.asarray((days >= begin) & (days <= end))
            near = np.asarray((days >= begin - margin) & (days <= end + margin)) & ordinary & told
            expected = sum(
                float(daily[near & (days.day_of_week == weekday)].mean())
                for weekday in days[inside].day_of_week
                if (near & (days.day_of_week == weekday)).any()
            )
            whole = bool(told[inside].all())
            count = int(daily[inside].sum()) if whole else pd.NA
            rows.append((name, begin, end, actor, count, expected if whole else np.nan))
    table = pd.DataFrame(
        rows, columns=["event", "start", "end", "actor", "count", "reference_count"]
    ).astype({"count": "Int64"})
    order = {actor: i for i, actor in enumerate(data.actors)}
    return table.sort_values(
        ["start", "end", "event", "actor"],
        key=lambda c: c.map(order) if c.name == "actor" else c,
        kind="stable",
        ignore_index=True,
    )


def _daily(
    data: Dataset, actor: str, days: pd.DatetimeIndex
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    own = data.incidents[
        (data.incidents["actor"] == actor)
        & data.incidents["precision"].isin(["minute", "day", "interval"])
    ]
    counts = own.groupby("day")["count"].sum().reindex(days, fill_value=0)
    told = data.coverage.reported(actor, days[0].date(), days[-1].date())
    return counts.to_numpy(np.int64), told
