"""Has an actor's location field changed meaning? Many areas collapse at once, others swell."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.counts.coverage import REPORTED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import count_panel, regroup

Numbers = npt.NDArray[np.float64]

LEAST_AREAS = 3  # that collapse together; two may be chance or a closed school
COLLAPSE = 0.25  # of its former share of the actor's incidents
SWELLS = 2.0  # times its former share
TAKES_OVER = 0.5  # of what the collapsed areas lost
TOTAL_KEPT = (0.5, 2.0)  # the actor's count per step; beyond it more than places has changed
SURE = 0.001  # one-sided probability of each collapse and swelling, when shares had stayed
BEFORE = {"week": 26, "month": 6}  # steps
AFTER = {"week": 13, "month": 3}
LEAST_AFTER = {"week": 4, "month": 1}
GRADUAL = {"week": (0, 4), "month": (0, 1)}  # steps around the change that are left out


def moved_areas(data: Dataset, period: Period) -> tuple[Check, ...]:
    """Whether an actor's areas seem to mean something else than before.

    Looks for a week from which at least three areas have under a quarter of their former share of
    the actor's incidents while others (new, unknown or untranslated too) at least double their
    shares and take over at least half of what those lost, and the actor's total is half to twice
    what it was. All areas change within four weeks of it. Where the same weeks of the year before
    are known, the shares must have changed from those too, so that a season is no change.

    Parameters
    ----------
    period
        It and the one it is compared with are searched: its comparisons rest on both.

    Returns
    -------
    tuple of Check
        ``moved_areas``, one for each actor with at least three areas and enough reported weeks
        (26 before, 4 after; months 6 and 1): ``warning`` with the number of areas that collapsed,
        ``info`` when the actor has a declared break within four weeks, else ``ok`` with 0.

    Notes
    -----
    Given an area's count before and after together, the count after is binomial if its share
    stayed; each collapse and swelling must have a probability under 0.001. See docs/method.md.
    """
    before = period.earlier()
    span = Period("", "days", before.years_before(1).start, period.end)
    panel = regroup(count_panel(data, span), ["actor", "area"])
    first = pd.Timestamp(before.start)
    checks = []
    for actor, own in panel.groupby("actor", observed=True, sort=False):
        count = own["count"].astype("Float64").where(own["coverage"] == REPORTED)
        wide = (
            own.assign(count=count)
            .pivot(index="area", columns="start", values="count")
            .sort_index()
        )
        starts = pd.DatetimeIndex(wide.columns)
        step = data.coverage.step_of(str(actor))
        moved = _most_moved(wide.to_numpy(float, na_value=np.nan), starts, first, step)
        if moved is None:
            continue
        number, start = moved
        status = "ok"
        if number:
            status = "info" if _declared(data, str(actor), start) else "warning"
        checks.append(Check("moved_areas", status, number, LEAST_AREAS, str(actor)))
    return tuple(checks)


def _most_moved(
    counts: Numbers, starts: pd.DatetimeIndex, first: pd.Timestamp, step: str
) -> tuple[int, pd.Timestamp] | None:
    """The largest number of areas that moved at once, and when; None with too little to look at."""
    heard = np.flatnonzero(~np.isnan(counts).all(axis=0))
    counts, starts = counts[:, heard], starts[heard]  # across a gap, its two sides are neighbours
    if (np.nansum(counts, axis=1) > 0).sum() < LEAST_AREAS:
        return None
    found: list[tuple[int, int, float, pd.Timestamp]] = []  # the surest date of most areas
    for at in range(BEFORE[step], len(starts) - LEAST_AFTER[step] + 1):
        if starts[at] < first:
            continue
        for gap in GRADUAL[step]:
            begin, end = at - gap - BEFORE[step], at + gap + AFTER[step]
            if begin < 0 or at + gap + LEAST_AFTER[step] > len(starts):
                continue
            after = counts[:, at + gap : end]
            before = counts[:, begin : at - gap]
            fell = _exchange(before, after)
            year = np.flatnonzero(starts.isin(starts[at + gap : end] - _a_year(step)))
            if fell.any() and len(year) == after.shape[1]:
                fell &= _exchange(counts[:, year], after)
            number = int(fell.sum())
            lost = np.nanmean(before[fell], axis=1).sum() - np.nanmean(after[fell], axis=1).sum()
            found.append((number if number >= LEAST_AREAS else 0, -gap, float(lost), starts[at]))
    if not found:
        return None
    number, _, _, start = max(found)
    return number, start


def _exchange(before: Numbers, after: Numbers) -> npt.NDArray[np.bool_]:
    """The areas that collapsed, if others took over; none if not, or if the total changed."""
    from scipy import stats

    none = np.zeros(len(before), dtype=bool)
    a, b = np.nansum(before, axis=1), np.nansum(after, axis=1)
    if not a.sum() or not b.sum():
        return none
    kept = (b.sum() / after.shape[1]) / (a.sum() / before.shape[1])
    old, new = a / a.sum(), b / b.sum()
    asked = ~np.isnan(before).all(axis=1) & ~np.isnan(after).all(axis=1)
    fell, rose = asked & (new < COLLAPSE * old), new >= SWELLS * old
    if fell.sum() < LEAST_AREAS or not TOTAL_KEPT[0] <= kept <= TOTAL_KEPT[1]:
        return none
    expected = b.sum() / (a.sum() + b.sum())
    fell &= stats.binom.cdf(b, a + b, expected) < SURE
    rose &= stats.binom.sf(b - 1, a + b, expected) < SURE
    lost, gained = (old - new)[fell].sum(), (new - old)[rose].sum()
    return fell if gained >= TAKES_OVER * lost else none


def _a_year(step: str) -> pd.Timedelta | pd.DateOffset:
    return pd.Timedelta(weeks=52) if step == "week" else pd.DateOffset(years=1)


def _declared(data: Dataset, actor: str, start: pd.Timestamp) -> bool:
    near = dt.timedelta(weeks=4)
    return any(
        item.actor == actor and abs(item.date - start.date()) <= near
        for item in data.settings.breaks
    )
