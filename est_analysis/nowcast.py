"""Late reports: what share of the latest weeks has come in, and what they will come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.coverage import NOT_RESPONSIBLE
from est_analysis.counts.dataset import Dataset, counted_on
from est_analysis.counts.panel import regroup, step_panel
from est_analysis.expected import predictive

Numbers = npt.NDArray[np.float64]
Days = npt.NDArray[np.int_]
Dates = npt.NDArray[np.datetime64]

LONGEST = 56  # days: what comes later is too seldom to be waited for
WEEKS_BEHIND = 104  # whose delays tell how late reports are now
PROVISIONAL = 0.95  # share that is in; above it a count seldom rises by more than one in twenty
LEAST_IN = 0.1  # under a tenth, what is in says little of what will come
LEAST_REPORTS = 50  # of an actor before its delay is known
MANY_MISSING = 10  # events of days that a file does not reach; a quiet spell seldom hides so many
LEAST_WEEKS = 20  # behind an estimate of how much late reports vary


def reporting_delay(data: Dataset, *, weeks: int = WEEKS_BEHIND, most: int = 8) -> pd.DataFrame:
    """How large a share of a week's incidents is in, some whole weeks after the week ended.

    Parameters
    ----------
    weeks
        Before the extract, whose delays are used.
    most
        Weeks after which all are taken to be in; incidents that came later are left out.

    Returns
    -------
    DataFrame
        ``actor``, ``delay_weeks`` (0 is the week's last day, then 1 … `most`), ``share_in`` (per
        cent of what is in after `most` weeks), ``incidents`` behind it. Actors without report
        dates, or with under 50, are left out: their delay is unknown, not zero.

    Notes
    -----
    Reverse-time hazards, as in `share_in`.
    """
    rows = []
    for actor in data.settings.sources:
        late = _delays(data, actor, weeks, 7 * most)
        if late is None:
            continue
        for delay_weeks in range(most + 1):
            age = np.minimum(7 * delay_weeks + np.arange(7), 7 * most)
            share = 100 * late.cumulative[age].mean()
            rows.append((actor, delay_weeks, share, len(late.delay)))
    return pd.DataFrame(rows, columns=["actor", "delay_weeks", "share_in", "incidents"])


def share_in(data: Dataset, actor: str, starts: pd.DatetimeIndex) -> Numbers:
    """The share of the incidents of each week's (month's) reported days that is in.

    An incident of a day that lies d days back is in when its report took at most d days. The
    distribution of delays is estimated by reverse-time hazards, which allow for reports of recent
    days being seen only when they were quick: counting the delays that are seen would make reports
    look quicker than they are. Days are counted back from the extract, or from the actor's last
    report when it has been silent for longer than ever before.

    Returns
    -------
    array
        1 for weeks long past, and everywhere for an actor whose export has no report date or under
        50 reports: its delay is not known. Days that were not reported are left out of the mean
        (`Coverage` tells their part of the week).

    Notes
    -----
    P(delay ≤ d) is the product over x > d of 1 − n(x)/N(x): of the N(x) incidents that are at
    least x days old and took at most x, n(x) took x. Kalbfleisch and Lawless 1991 (Statistica
    Sinica 1, 19–32; printed without DOI); Lawless 1994, doi:10.2307/3315826.n1.
    """
    late = _delays(data, actor)
    if late is None:
        return np.ones(len(starts))
    return _shares(data, actor, starts, late, whole=False)


def share_of_days(data: Dataset, actor: str, days: Dates) -> Numbers:
    """The share of the incidents of each day (datetime64) that is in; 1 where it is not known."""
    told = _delay_of(data, actor)
    return np.ones(len(days)) if told is None else _within(*told, days)


def delays_told(data: Dataset) -> dict[str, tuple[dt.date, tuple[float, ...]]]:
    """What a public page may know of delays: see `Published.late`."""
    found = {actor: _delays(data, actor) for actor in data.settings.sources}
    return {
        actor: (late.taken, tuple(np.round(late.cumulative, 2).tolist()))
        for actor, late in found.items()
        if late is not None
    }


def _delay_of(data: Dataset, actor: str) -> tuple[dt.date, Numbers] | None:
    """The day an actor's file was taken and P(delay ≤ d) for d = 0 …; None where not known."""
    if data.published is not None:
        told = data.published.late.get(actor)
        return None if told is None else (told[0], np.array(told[1]))
    late = _delays(data, actor)
    return None if late is None else (late.taken, late.cumulative)


def _within(taken: dt.date, cumulative: Numbers, days: Dates) -> Numbers:
    ages = _number(taken) - days.astype("datetime64[D]").astype(int)
    return np.where(ages < 0, 0.0, cumulative[np.clip(ages, 0, len(cumulative) - 1)])


def still_to_come(data: Dataset, period: Period) -> pd.DataFrame:
    """Actors of whose reports on a period some are still to come, and how many those are.

    Parameters
    ----------
    period
        Both ends inclusive.

    Returns
    -------
    DataFrame
        ``actor``, ``start`` (Monday of the first week of which under 95 % is in), ``count`` so far,
        ``share_in`` (per cent of the days', expected), ``nowcast`` with ``nowcast_lower`` and
        ``nowcast_upper`` (95 %): what the period will come to; NaN with under a tenth of those
        weeks in, and for the public. Only actors with such a week in the period.
    """
    rows = []
    for actor in data.coverage.by_step.get("week", []):
        told = _delay_of(data, actor) if actor in data.actors else None
        days = np.datetime64(period.start) + np.arange(period.days)
        days = days[data.coverage.reported(actor, period.start, period.end)]
        begun = None if told is None else _first_provisional(days, _within(*told, days))
        if told is None or begun is None:
            continue
        own = data.incidents[(data.incidents["actor"] == actor).to_numpy()]
        when = own["day"].to_numpy("datetime64[D]")
        inside = (when >= np.datetime64(period.start)) & (when <= np.datetime64(period.end))
        sides = [(days < begun, when < begun), (days >= begun, when >= begun)]
        counts = np.array([own["count"][inside & there].sum() for _, there in sides], float)
        shares = np.array([_mean(_within(*told, days[here])) for here, _ in sides])
        estimate = (np.nan, np.nan, np.nan)
        if data.published is None:
            estimate = _come_to(counts, shares, _spread_since(data, actor, begun, period))
        share = 100 * _mean(_within(*told, days))
        rows.append((actor, pd.Timestamp(begun), int(counts.sum()), share, *estimate))
    columns = ["actor", "start", "count", "share_in", "nowcast", "nowcast_lower", "nowcast_upper"]
    return pd.DataFrame(rows, columns=columns)


def _first_provisional(days: Dates, within: Numbers) -> np.datetime64 | None:
    """The Monday of the first week of whose reported days under 95 % is in."""
    mondays = days - (days.astype(int) + 3) % 7
    for monday in np.unique(mondays):
        if within[mondays == monday].mean() < PROVISIONAL:
            return np.datetime64(monday, "D")
    return None


def _mean(shares: Numbers) -> float:
    return float(shares.mean()) if len(shares) else 1.0


def _spread_since(data: Dataset, actor: str, begun: np.datetime64, period: Period) -> float:
    """The largest extra variation of the weeks from a Monday to a period's end."""
    late = _delays(data, actor)
    starts = pd.date_range(pd.Timestamp(begun), period.end, freq="7D")
    if late is None:
        return 1.0
    share = _shares(data, actor, starts, late, whole=True)
    return float(_extra_variation(data, actor, starts, share, late).max())


def _come_to(counts: Numbers, shares: Numbers, spread: float) -> tuple[float, float, float]:
    """What parts of a count come to together, as `nowcast` for each."""
    if (shares < LEAST_IN).any():
        return np.nan, np.nan, np.nan
    late = (counts + 0.5) * (1 - shares) / shares
    lower, upper = predictive.interval(0.95, late.sum(), (late / shares * spread).sum())
    total = float(counts.sum())
    return float((counts / shares).sum()), total + float(lower), total + float(upper)


def nowcast_weeks(data: Dataset, period: Period, by: Sequence[str] = ("actor",)) -> pd.DataFrame:
    """The weeks of a period as they are, and as they will be when all reports are in.

    Parameters
    ----------
    period
        Weeks that touch it, whole.
    by
        ``actor`` and, if wanted, ``area`` or ``category``, which share the actor's delay.

    Returns
    -------
    DataFrame
        `by`, ``start``, ``count`` (so far; NA when not reported), ``share_in`` (per cent,
        expected), ``provisional`` (under 95 %), ``nowcast`` with ``nowcast_lower`` and
        ``nowcast_upper`` (95 %; never under what is in; NaN with under a tenth in, or before the
        week has ended). Only actors whose dates are known to the week, and their delay too. Of a
        week that was reported in part the nowcast is that of the reported days.
    """
    keys = list(by)
    weekly = data.coverage.by_step.get("week", [])
    panel = regroup(step_panel(data, period, "week", weekly), keys)
    panel = panel[panel["coverage"] != NOT_RESPONSIBLE].sort_values(keys, kind="stable")
    tables = []
    for actor, own in panel.groupby("actor", observed=True, sort=False):
        late = _delays(data, str(actor))
        if late is None:
            continue
        starts = pd.DatetimeIndex(own["start"].unique())
        share = _shares(data, str(actor), starts, late, whole=True)
        spread = _extra_variation(data, str(actor), starts, share, late)
        over = np.array([_last_day(start, "week") <= late.taken for start in starts])
        at = starts.get_indexer(pd.DatetimeIndex(own["start"]))
        count = own["count"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        ended = np.where(over[at], count, np.nan)
        estimate, lower, upper = nowcast(ended, share[at], dispersion=spread[at])
        table = own[keys].astype(str).assign(start=own["start"], count=own["count"])
        table["share_in"] = 100 * share[at]
        table["provisional"] = (share < PROVISIONAL)[at]
        tables.append(table.assign(nowcast=estimate, nowcast_lower=lower, nowcast_upper=upper))
    columns = [*keys, "start", "count", "share_in", "provisional", "nowcast", "nowcast_lower",
               "nowcast_upper"]  # fmt: skip
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def provisional(weeks: pd.DataFrame) -> pd.DataFrame:
    """The weeks of `nowcast_weeks` that will still rise."""
    return weeks[weeks["provisional"].astype(bool)].reset_index(drop=True)


def nowcast(
    count: npt.ArrayLike,
    share: npt.ArrayLike,
    *,
    dispersion: npt.ArrayLike = 1.0,
    level: float = 0.95,
) -> tuple[Numbers, Numbers, Numbers]:
    """What a count will come to, given the share of it that is expected to be in.

    Parameters
    ----------
    count
        Incidents so far; NaN where not reported.
    share
        From `share_in`, 0 to 1. Under 0.1 there is no estimate (NaN).
    dispersion
        How much more the late ones vary than chance alone.

    Returns
    -------
    tuple of arrays
        Estimate, count / share (unbiased), and the interval's ends: what is in, plus those to
        come, which are negative binomial given those in (Jeffreys' prior on the rate).

    Examples
    --------
    >>> estimate, lower, upper = nowcast([40], [0.8])
    >>> estimate, lower, upper
    (array([50.]), array([44.]), array([57.]))
    """
    y, f, phi = np.broadcast_arrays(
        *(np.asarray(value, dtype=float) for value in (count, share, dispersion))
    )
    usable = ~np.isnan(y) & (f >= LEAST_IN)
    inside = np.where(usable, f, 1.0)
    late = np.where(usable, (y + 0.5) * (1 - inside) / inside, np.nan)
    lower, upper = predictive.interval(level, late, late / inside * phi)
    return np.where(usable, y / inside, np.nan), y + lower, y + upper


@dataclass(frozen=True)
class _Late:
    """What an actor's export tells of its delays.

    ``delay`` and ``age`` (days) of each report, P(delay ≤ d) in ``cumulative`` for d = 0 …, the
    day its file was ``taken``, and whether days after its last report can be in it (``fresh``).
    """

    delay: Days
    age: Days
    cumulative: Numbers
    taken: dt.date
    fresh: bool


def _delays(
    data: Dataset, actor: str, weeks: int = WEEKS_BEHIND, longest: int = LONGEST
) -> _Late | None:
    """None with too few reports. A report dated before the event took no time."""
    file = data.cleaning.incidents  # not of an area alone, nor cut: the delay is the actor's
    now = _number(data.as_of)
    recent = file["occurred_from"] >= pd.Timestamp(data.as_of) - pd.Timedelta(weeks=weeks)
    own = file[(file["actor"] == actor) & file["reported_at"].notna() & recent]
    day = counted_on(own, data.settings).to_numpy("datetime64[D]").astype(int)
    told = own["reported_at"].to_numpy("datetime64[D]").astype(int)
    if len(day) < LEAST_REPORTS:
        return None
    taken, fresh = _taken(day, told, now)
    delay, age = np.maximum(told - day, 0), taken - day
    kept = (delay <= longest) & (delay <= age)
    if kept.sum() < LEAST_REPORTS:
        return None
    share = _cumulative(delay[kept], age[kept], longest)
    return _Late(delay[kept], age[kept], share, dt.date(1970, 1, 1) + dt.timedelta(taken), fresh)


def _taken(day: Days, told: Days, now: int) -> tuple[int, bool]:
    """The day an actor's file was taken, and whether its days reach until then.

    The day of the extract; but the last report's, if the actor has been silent since for longer
    than ever in between. Not when many newer events would have been told by then: that file was
    limited to a period, and its silence tells nothing.
    """
    last, newest = int(told.max()), int(day.max())
    if now - last <= np.diff(np.unique(told)).max(initial=1):
        return now, True
    quick = sum(float((told - day <= age).mean()) for age in range(last - newest))
    missing = quick * len(day) / (newest - int(day.min()) + 1)
    return (now if missing > MANY_MISSING else last), False


def _number(day: dt.date) -> int:
    return int(np.datetime64(day, "D").astype(int))


def _cumulative(delay: Days, age: Days, longest: int) -> Numbers:
    """P(delay ≤ d days) for d = 0 … `longest`, given that it is at most the longest."""
    share = np.ones(longest + 1)
    for day in range(longest, 0, -1):  # backwards: of those that could have been seen by then
        seen = (age >= day) & (delay <= day)
        at = np.count_nonzero(delay[seen] == day)
        among = max(int(seen.sum()), 1)
        share[day - 1] = share[day] * (1 - int(at) / among)
    return share


def _shares(
    data: Dataset, actor: str, starts: pd.DatetimeIndex, late: _Late, *, whole: bool
) -> Numbers:
    """Mean share in over the reported days of each step.

    With `whole` also over the days after the last sign of life of a file that reaches them: they
    are not known to be reported, but what happened then is to come.
    """
    share = np.ones(len(starts))
    last_sign = data.coverage.last_day(actor)
    step = data.coverage.step_of(actor)
    for place, start in enumerate(starts):
        end = _last_day(start, step)
        days = np.datetime64(start.date()) + np.arange((end - start.date()).days + 1)
        ages = _number(late.taken) - days.astype("datetime64[D]").astype(int)
        if ages[-1] >= LONGEST:
            continue
        within = _within(late.taken, late.cumulative, days)
        counted = data.coverage.reported(actor, start.date(), end)
        if whole and late.fresh and last_sign is not None:
            counted |= ages < (late.taken - last_sign).days
        share[place] = within[counted].mean() if counted.any() else within.mean()
    return share


def _last_day(start: pd.Timestamp, step: str) -> dt.date:
    length = 7 if step == "week" else start.days_in_month
    return start.date() + dt.timedelta(days=length - 1)


def _extra_variation(
    data: Dataset, actor: str, starts: pd.DatetimeIndex, share: Numbers, late: _Late
) -> Numbers:
    """How much more the late reports of past weeks varied than chance, at each week's age.

    Reports come in batches: one holiday delays them all. At least 1.
    """
    found = np.ones(len(starts))
    monday = late.taken - dt.timedelta(days=late.taken.weekday())
    since = late.age - late.taken.weekday()  # days from the incident to that Monday
    back = np.maximum(np.ceil(since / 7).astype(int), 0)  # weeks before that of the file
    weekday = 7 * back - since
    number = int(back.max(initial=0)) + 1
    total = np.bincount(back, minlength=number)
    heard = [
        data.coverage.reported(actor, day, day + dt.timedelta(days=6)).all()
        for day in (monday - dt.timedelta(weeks=week) for week in range(number))
    ]
    usable = np.array(heard) & (np.arange(number) > LONGEST // 7)  # all of their reports are in
    for place, start in enumerate(starts):
        if not LEAST_IN <= share[place] < 1 or usable.sum() < LEAST_WEEKS:
            continue
        in_by = weekday + late.delay <= (late.taken - start.date()).days
        early = np.bincount(back[in_by], minlength=number)
        expected = (early + 0.5) * (1 - share[place]) / share[place]
        error = (total - early - expected) ** 2 / (expected / share[place])
        found[place] = max(float(error[usable].mean()), 1.0)
    return found
