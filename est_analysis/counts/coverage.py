"""Who has reported when: the difference between "nothing happened" and "nobody told".

A day is reported when the actor answers for it and its deliveries reach it. Only then is a count
of zero a zero. Months with almost no rows were not delivered, unless the declaration says that
they were so quiet (`thin_months`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.calendar import Period
from est_analysis.config import Settings, SourceFormat
from est_analysis.counts.thin_months import thin_months
from est_analysis.intake import bulk

REPORTED, PARTLY, SILENT, NOT_RESPONSIBLE = "reported", "partly", "silent", "not_responsible"
UNREADABLE = "unreadable"  # something was sent that belongs here and cannot be counted
STATUSES = (REPORTED, PARTLY, UNREADABLE, SILENT, NOT_RESPONSIBLE)
HEARD = (REPORTED, PARTLY, UNREADABLE)  # something is known
BY_MONTH = "by_month"  # reported, but to the month: of a week nothing is known
RECENT = 91  # days, for what is usual at the end of a delivery
NONE_OF = 10  # usual events, of which none is no quiet time but the end of the delivery
LEAST_REPORTED = 0.5  # share of a period's days; with less the season of the rest decides

STEPS = ("week", "month")
_NO_DAY = dt.date(2000, 1, 1)

Days = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Coverage:
    """Reported days per actor.

    Attributes
    ----------
    first
        The first day of the arrays (midnight).
    days
        Actor → truth per day from `first` on.
    grains
        Actor → ``day``, ``week`` or ``month``: the coarsest precision of its dates.
    thin
        Actor → first days of the months that its rule would count as reported, but that have
        almost no rows; not reported.
    inferred
        Actor → truth per day: reported, and known to be so from the day's or week's rows alone,
        not from a declaration. Whoever is told of such days is told of single events.
    """

    first: np.datetime64
    days: dict[str, Days]
    grains: dict[str, str]
    thin: dict[str, tuple[pd.Timestamp, ...]] = field(default_factory=dict)
    inferred: dict[str, Days] = field(default_factory=dict)

    def inferred_days(self, actor: str) -> npt.NDArray[np.datetime64]:
        """The days that only rows say were reported."""
        found = np.flatnonzero(self.inferred.get(actor, np.zeros(0, bool)))
        return np.asarray(self.first.astype("datetime64[D]") + found.astype("timedelta64[D]"))

    def reported(self, actor: str, start: dt.date, end: dt.date) -> Days:
        """Truth per day from `start` to `end`, both inclusive."""
        length = (end - start).days + 1
        offset = int((np.datetime64(start, "D") - self.first.astype("datetime64[D]")).astype(int))
        known = self.days[actor]
        found = np.zeros(length, dtype=bool)
        low, high = max(offset, 0), min(offset + length, len(known))
        if low < high:
            found[low - offset : high - offset] = known[low:high]
        return found

    def without(self, actor: str, first: dt.date, last: dt.date) -> Coverage:
        """The same with some days of an actor (both inclusive) not reported."""
        days = self.days[actor].copy()
        low = (np.datetime64(first, "D") - self.first.astype("datetime64[D]")).astype(int)
        high = (np.datetime64(last, "D") - self.first.astype("datetime64[D]")).astype(int)
        days[max(int(low), 0) : max(int(high) + 1, 0)] = False
        return replace(self, days={**self.days, actor: days})

    def step_of(self, actor: str) -> str:
        """The finest step of a series that the actor's dates allow: ``week`` or ``month``."""
        return "month" if self.grains[actor] == "month" else "week"

    @property
    def by_step(self) -> dict[str, list[str]]:
        """Actors by `step_of`, weeks first: a series is never in coarser steps than its own."""
        steps = {step: [a for a in self.grains if self.step_of(a) == step] for step in STEPS}
        return {step: actors for step, actors in steps.items() if actors}

    def tells_of(self, actor: str, period: Period) -> bool:
        """Whether an actor's dates can tell what came in a period: in a week those of months no."""
        return tells_of(self.step_of(actor), period)

    def counted_span(self, actor: str, period: Period) -> tuple[dt.date, dt.date]:
        """First and last day of what is counted in a period; the last is before the first if none.

        An incident known to the week is counted on its Thursday, one known to the month on the
        first: then whole weeks or months are counted, and time must be counted in the same. In a
        period without a whole month none is.
        """
        day = dt.timedelta(days=1)
        if self.grains[actor] == "week":
            first = period.start - period.start.weekday() * day
            last = period.end - period.end.weekday() * day
            first += 7 * day * (first + 3 * day < period.start)
            last -= 7 * day * (last + 3 * day > period.end)
            return first, last + 6 * day
        if self.grains[actor] == "month":
            if not self.tells_of(actor, period):
                return period.start, period.start - day
            begun = [m for m in calendar.months_in(period) if m.date() >= period.start]
            return begun[0].date(), (begun[-1] + pd.offsets.MonthEnd(0)).date()
        return period.start, period.end

    def first_day(self, actor: str) -> dt.date | None:
        """The first day that the actor's deliveries reach."""
        return self._day(actor, 0)

    def last_day(self, actor: str) -> dt.date | None:
        """The last day that the actor's deliveries reach."""
        return self._day(actor, -1)

    def _day(self, actor: str, place: int) -> dt.date | None:
        found = np.flatnonzero(self.days[actor])
        if not len(found):
            return None
        day = self.first.astype("datetime64[D]") + int(found[place])
        return dt.date.fromisoformat(str(day))


def read_coverage(
    incidents: pd.DataFrame, settings: Settings, as_of: dt.date, delivered: Collection[str]
) -> Coverage:
    """Reported days of every actor, by the rule that its declaration names.

    ``continuous``: from the first declared day (else the first incident) to the declared last
    one (``through``, else the last day that stands in the data); with both declared also where
    a file came without an incident, which is then reported zeros. ``any_row``: the ISO weeks
    (months, where dates are months) that have at least one row of the actor, reported zeros
    among them. Declared gaps are taken away from both, and so are months with almost no rows.
    Rows far from all others (`intake.bulk`) make no day reported.
    Whatever is declared, no day after the extract's is reported.

    Parameters
    ----------
    incidents
        Incidents of `Dataset`, with ``day``.
    as_of
        The day of the extract.
    delivered
        Actors of whom a file came: of the others nothing is reported, zeros neither.
    """
    first, length = _all_days(incidents, settings)
    days, grains, thin, inferred = {}, {}, {}, {}
    for actor, source in settings.sources.items():
        own = incidents[incidents["actor"] == actor]
        met = set(own["precision"].unique())
        grains[actor] = next((grain for grain in ("month", "week") if grain in met), "day")
        found = np.zeros(length, dtype=bool)
        inferred[actor] = np.zeros(length, dtype=bool)
        if len(own) or (actor in delivered and _declared(source)):
            fill = _continuous if source.coverage == "continuous" else _any_row
            fill(found, first, own, source, grains[actor])
            bulk_of = _without_strays(own, source)
            reached = found.copy()
            if len(bulk_of) < len(own):
                reached[:] = False
                fill(reached, first, bulk_of, source, grains[actor])
            found[max(_index(first, as_of) + 1, 0) :] = False
            inferred[actor] = _inferred(found & reached, source)
            _cut_gaps(found, first, source)
            if not source.quiet_is_real:
                thin[actor] = _cut_thin(found, first, own, source)
            found &= reached
        days[actor] = found
    return Coverage(first, days, grains, thin, inferred)


def _without_strays(own: pd.DataFrame, source: SourceFormat) -> pd.DataFrame:
    """The rows of the bulk, unless somebody has said that the others are right."""
    if own.empty:
        return own
    every = own["day"].to_numpy("datetime64[D]")
    days, rows = np.unique(every.astype(np.int64), return_counts=True)
    first, last = (np.datetime64(day, "D") for day in bulk(days, rows))
    far = np.zeros(len(own), dtype=bool)
    for rows_far in (every < first, every > last):
        if rows_far.any():
            ends = [day.astype(object) for day in (every[rows_far].min(), every[rows_far].max())]
            if not any(
                line.suspicion == "stray_days" and line.settles("", *ends)
                for one in source.each
                for line in one.confirmed
            ):
                far |= rows_far
    return own[~far] if far.any() else own


def _inferred(found: Days, source: SourceFormat) -> Days:
    """Which of the reported days only the rows tell of: all, or the ends that nobody declared."""
    if source.coverage != "continuous":
        return found.copy()
    ends = np.zeros_like(found)
    reported = np.flatnonzero(found)
    if len(reported) and source.through is None:
        ends[reported[-1]] = True
    if len(reported) and all(r.start is None for r in source.responsibilities):
        ends[reported[0]] = True
    return ends


def _all_days(incidents: pd.DataFrame, settings: Settings) -> tuple[np.datetime64, int]:
    """First day and number of days of the arrays: all incidents, and all that is declared."""
    known = []
    if len(incidents):
        last = incidents[["day", "reported_at"]].max().max()
        known = [incidents["day"].min().date(), last.date()]
    for source in settings.sources.values():
        starts = _starts(source) if _declared(source) else []
        known += [day for day in (*starts, source.through) if day is not None]
    low, high = min(known, default=_NO_DAY), max(known, default=_NO_DAY)
    low, high = dt.date(low.year, 1, 1), high + dt.timedelta(days=31)
    return np.datetime64(low, "D"), (high - low).days + 1


def _starts(source: SourceFormat) -> list[dt.date]:
    return [rule.start for rule in source.responsibilities if rule.start is not None]


def _declared(source: SourceFormat) -> bool:
    """Whether first and last day are declared, so that they hold without an incident too."""
    known = source.through is not None and bool(_starts(source))
    return source.coverage == "continuous" and known


def _index(first: np.datetime64, day: dt.date | pd.Timestamp) -> int:
    return int((np.datetime64(pd.Timestamp(day).date(), "D") - first).astype(int))


def _continuous(
    found: Days, first: np.datetime64, own: pd.DataFrame, source: SourceFormat, grain: str
) -> None:
    starts = _starts(source)
    begin = min(starts) if starts else own["day"].min()
    coarse = own["precision"].isin(["week", "month"])
    end = own["day"].max()
    if coarse.any():
        end = max(end, own.loc[coarse, "occurred_to"].max() - pd.Timedelta(days=1))
    last_report = own["reported_at"].max()
    if not pd.isna(last_report) and not _ends_with_events(own, end, last_report):
        end = max(end, last_report)
    if source.through is not None:
        end = pd.Timestamp(source.through)
    found[max(_index(first, begin), 0) : _index(first, end) + 1] = True


def _ends_with_events(own: pd.DataFrame, end: pd.Timestamp, last_report: pd.Timestamp) -> bool:
    """Whether a delivery was cut at a day of events, though their reports came in later.

    A file of last year's events that is taken out in January says nothing of January. Without any
    event where ten are usual (by the 13 weeks before), what comes after the last one is not zero.
    """
    begin = max(own["day"].min(), end - pd.Timedelta(days=RECENT - 1))
    usual = own.loc[own["day"] >= begin, "count"].sum() / ((end - begin).days + 1)
    return bool(usual * (last_report - end).days >= NONE_OF)


def _any_row(
    found: Days, first: np.datetime64, own: pd.DataFrame, source: SourceFormat, grain: str
) -> None:
    if grain == "month":
        starts = pd.DatetimeIndex(own["day"].dt.to_period("M").dt.start_time.unique())
        lengths = starts.days_in_month.to_numpy()
    else:
        starts = pd.DatetimeIndex(np.unique(calendar.monday_of(own["day"].to_numpy())))
        lengths = np.full(len(starts), 7)
    for start, length in zip(starts, lengths, strict=True):
        begin = _index(first, start)
        found[max(begin, 0) : begin + int(length)] = True


def _cut_gaps(found: Days, first: np.datetime64, source: SourceFormat) -> None:
    for gap in source.gaps:
        begin, end = _index(first, gap.start), _index(first, gap.end)
        if end >= 0:
            found[max(begin, 0) : end + 1] = False


def _cut_thin(
    found: Days, first: np.datetime64, own: pd.DataFrame, source: SourceFormat
) -> tuple[pd.Timestamp, ...]:
    """Take away the months with almost no rows; their first days.

    Looks where the actor answers for all that it ever does: less of it is fewer rows.
    """
    start = first.astype("datetime64[M]")
    number = (first.astype("datetime64[D]") + np.arange(len(found))).astype("datetime64[M]")
    month = (number - start).astype(int)
    length = np.bincount(month)
    when = (own["day"].to_numpy().astype("datetime64[M]") - start).astype(int)
    count = own["count"].to_numpy(float)
    counts = np.bincount(when, count, len(length)).astype(float)
    said = np.bincount(when, count == 0, len(length)) > 0
    judged = found.copy()
    for answers in source.responsibilities:
        if answers.start is not None:
            judged[: max(_index(first, answers.start), 0)] = False
        if answers.end is not None:
            judged[max(_index(first, answers.end) + 1, 0) :] = False
    thin = thin_months(counts, np.bincount(month, judged, len(length)) / length, said)
    found[thin[month]] = False
    return tuple(pd.Timestamp(start + int(place)) for place in np.flatnonzero(thin))


def tells_of(step: str, period: Period) -> bool:
    """Whether counts in a step tell of a period: those of months only where a whole one is in it.

    Examples
    --------
    >>> from est_analysis.calendar import parse_period
    >>> tells_of("month", parse_period("2025-W27")), tells_of("month", parse_period("2025-T1"))
    (False, True)
    """
    if step == "week":
        return True
    months = calendar.months_in(period)
    ends = months + pd.offsets.MonthEnd(0)
    first, last = pd.Timestamp(period.start), pd.Timestamp(period.end)
    return bool(((months >= first) & (ends <= last)).any())


def starts_in(step: str, period: Period) -> pd.DatetimeIndex:
    """Return the Mondays, or firsts of months, of all steps that share a day with a period."""
    return calendar.mondays_in(period) if step == "week" else calendar.months_in(period)


def weekly_status(coverage: Coverage, period: Period, step: str | None = None) -> pd.DataFrame:
    """Per actor and step: ``actor``, ``start``, ``days_reported``, ``days``, ``status``.

    Parameters
    ----------
    step
        ``week`` or ``month``; by default each actor's own (`Coverage.step_of`).
    """
    rows = []
    for actor in coverage.days:
        own = step or coverage.step_of(actor)
        for start in starts_in(own, period):
            length = 7 if own == "week" else int(start.days_in_month)
            end = start.date() + dt.timedelta(days=length - 1)
            reported = int(coverage.reported(actor, start.date(), end).sum())
            status = SILENT if not reported else REPORTED if reported == length else PARTLY
            rows.append((actor, start, reported, length, status))
    return pd.DataFrame(rows, columns=["actor", "start", "days_reported", "days", "status"])
