"""Is the delivery what follows on the last one? What the run log knows of that one is compared."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from est_analysis.archive import earlier_readings, reading_facts
from est_analysis.checks import Check
from est_analysis.counts.dataset import Dataset

LEAST_MISSING = 5  # events; fewer are corrections
SHARE_MISSING = 0.02  # of the events of the months compared
LEAST_GROWN = 20
SHARE_GROWN = 0.25  # of the events in months that were over
WINDOW_DAYS = 31  # a window of months may move by one more than its end does
FINISHED_DAYS = 60  # after a month's end; by then few reports of it are still to come


def deliveries_follow(data: Dataset) -> list[Check]:
    """Whether each actor's delivery reaches as far, and holds as much, as the last other one.

    Returns
    -------
    list of Check
        For each actor that delivered something else before: ``delivery_older`` (days by which it
        ends earlier), ``delivery_shorter`` (events that stood there and do not stand here, by
        month) and ``delivery_grown`` (events new in months that were over two months before).
        ``info`` in place of ``warning`` when the actor's declaration has been changed since.
        None of one area.

    Notes
    -----
    A delivery of the last so many months may begin later than the last one, by as many days as it
    ends later and 31 more. See docs/method.md.
    """
    if data.area is not None:
        return []
    checks = []
    for actor, then in earlier_readings(data).items():
        now = reading_facts(data, actor)
        bad = "warning" if then["declared"] == now["declared"] else "info"
        missing, limit = missing_events(then, now)
        grown, most = grown_events(then, now)
        for name, value, at_most in (
            ("delivery_older", days_older(then, now, data.as_of), 0),
            ("delivery_shorter", missing, limit),
            ("delivery_grown", grown, most),
        ):
            checks.append(Check(name, bad if value > at_most else "ok", value, at_most, actor))
    return checks


def days_older(then: dict[str, Any], now: dict[str, Any], as_of: dt.date) -> int:
    """By how many days a delivery ends before the one before it; days after `as_of` are not seen.

    Examples
    --------
    >>> days_older({"reaches": "2025-10-05"}, {"reaches": "2025-10-02"}, dt.date(2025, 10, 20))
    3
    """
    if not then["reaches"]:
        return 0
    then_end = min(_day(then["reaches"]), as_of)
    if not now["reaches"]:
        return (then_end - _day(then["begins"])).days + 1
    return max(0, (then_end - _day(now["reaches"])).days)


def missing_events(then: dict[str, Any], now: dict[str, Any]) -> tuple[int, int]:
    """Events of the earlier delivery's months that are not in this one's, and how many may be.

    Examples
    --------
    >>> then = {"months": {"2025-01": 50, "2025-02": 40}, "begins": "2025-01-02",
    ...         "reaches": "2025-02-27"}
    >>> now = {"months": {"2025-01": 20, "2025-02": 43, "2025-03": 41}, "begins": "2025-01-02",
    ...        "reaches": "2025-03-30"}
    >>> missing_events(then, now)
    (30, 5)
    """
    old, new = _months(then), _months(now)
    if old.empty:
        return 0, LEAST_MISSING
    first = old.index[0]
    if len(new):
        begins, reaches = ((_day(now[key]) - _day(then[key])).days for key in ("begins", "reaches"))
        if 0 < begins <= max(0, reaches) + WINDOW_DAYS:  # the last so many months
            first = new.index[0] + 1
    asked = old[old.index >= first]
    lost = (asked - new.reindex(asked.index, fill_value=0)).clip(lower=0).sum()
    return int(lost), max(LEAST_MISSING, int(SHARE_MISSING * asked.sum()))


def grown_events(then: dict[str, Any], now: dict[str, Any]) -> tuple[int, int]:
    """Events that are new in months which were over when the earlier delivery was read.

    Examples
    --------
    >>> grown_events({"months": {"2025-01": 50, "2025-02": 40}, "as_of": "2025-05-01"},
    ...              {"months": {"2025-01": 100, "2025-02": 40}})
    (50, 22)
    """
    old, new = _months(then), _months(now)
    day = _day(then["as_of"]) - dt.timedelta(days=FINISHED_DAYS)
    over = old[[month.end_time.date() <= day for month in old.index]]
    more = (new.reindex(over.index, fill_value=0) - over).clip(lower=0).sum()
    return int(more), max(LEAST_GROWN, int(SHARE_GROWN * over.sum()))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _months(facts: dict[str, Any]) -> pd.Series:
    """Events per month, from the first month to the last."""
    months = pd.PeriodIndex(list(facts["months"]), freq="M")
    return pd.Series(list(facts["months"].values()), months, dtype="int64").sort_index()
