"""What the figures rest on: coverage, delay, reporters, and breaks in the series."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.counts.coverage import weekly_status
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import period_totals
from est_analysis.sharing import shared

NEW_CATEGORY_DAYS = 90  # a type first seen this long after the actor began is a new one
LEAST_OF_A_TYPE = 20  # incidents; rarer types come and go by chance


def data_basis(data: Dataset, period: Period) -> pd.DataFrame:
    """What each actor's figures for a period rest on.

    Returns
    -------
    DataFrame
        ``actor``, ``files``, ``count`` in the period (NA when not reported), ``weeks`` (of the
        period) and ``weeks_reported``, ``last_day`` (that the deliveries reach),
        ``no_area`` and ``no_category`` (count without or untranslated), ``coverage``.
    """
    totals = period_totals(data, period, ["actor"])
    inside = _in_period(data, period)
    files = pd.Series([d.actor for d in data.cleaning.delivered], dtype="str").value_counts()
    lost = {}
    for name, key in (("no_area", "area"), ("no_category", "category")):
        rows = inside[inside[key].isin([UNKNOWN, UNMAPPED])]
        lost[name] = rows.groupby("actor", observed=False)["count"].sum()
    actors = totals["actor"].astype(str)

    def told(counts: pd.Series) -> pd.Series:
        found = pd.Series(pd.array([counts[actor] for actor in actors], "Int64"))
        return found.mask(totals["count"].isna())

    return pd.DataFrame(
        {
            "actor": totals["actor"],
            "files": [int(files.get(actor, 0)) for actor in actors],
            "count": totals["count"],
            "weeks": totals["days"] / 7,
            "weeks_reported": totals["days_reported"] / 7,
            "last_day": pd.DatetimeIndex(
                [data.coverage.last_day(actor) or pd.NaT for actor in actors]
            ),
            "no_area": told(lost["no_area"]),
            "no_category": told(lost["no_category"]),
            "coverage": totals["coverage"],
        }
    )


def _in_period(data: Dataset, period: Period) -> pd.DataFrame:
    day = data.incidents["day"]
    rows = (day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))
    return data.incidents[rows]


@shared
def silent_weeks(data: Dataset, period: Period) -> pd.DataFrame:
    """Coverage per actor and step over a period, with the statuses of `coverage`.

    Returns
    -------
    DataFrame
        ``actor``, ``step`` (``week`` or ``month``), ``start``, ``status`` (``reported``,
        ``partly``, ``silent``).
    """
    table = weekly_status(data.coverage, period)
    asked = table["actor"].isin(data.actors)
    table = table.assign(step=table["actor"].map(data.coverage.step_of))
    return table.loc[asked, ["actor", "step", "start", "status"]].reset_index(drop=True)


def coverage_summary(weeks: pd.DataFrame) -> pd.DataFrame:
    """How many steps of `silent_weeks` have each status.

    Returns
    -------
    DataFrame
        ``actor``, ``step`` (``week`` or ``month``, each actor's own), ``status``, ``steps``.
    """
    keys = ["actor", "step", "status"]
    table = weeks.groupby(keys, as_index=False, sort=False).size()
    return table.rename(columns={"size": "steps"})


def delays(data: Dataset, period: Period) -> pd.DataFrame:
    """Days from event to report, for incidents reported in a period.

    Returns
    -------
    DataFrame
        ``actor``, ``count``, ``median_days``, ``days_90`` (nine in ten are in by then),
        ``within_week`` (share, per cent), ``before_event`` (reports dated before the event; they
        are kept). Actors whose export has no report date are left out.
    """
    reported = data.incidents["reported_at"]
    inside = data.incidents[
        (reported >= pd.Timestamp(period.start))
        & (reported < pd.Timestamp(period.end) + pd.Timedelta(days=1))
    ]
    known = inside.assign(
        days=(inside["reported_at"] - inside["occurred_from"]).dt.total_seconds() / 86_400,
        early=inside["reported_at"] < inside["occurred_from"].dt.normalize(),
    )
    rows = []
    for actor, own in known.groupby("actor", observed=True):
        late = own["days"].clip(lower=0)
        rows.append(
            {
                "actor": actor,
                "count": len(own),
                "median_days": late.median(),
                "days_90": late.quantile(0.9),
                "within_week": 100 * (late <= 7).mean(),
                "before_event": int(own["early"].sum()),
            }
        )
    columns = ["actor", "count", "median_days", "days_90", "within_week", "before_event"]
    return pd.DataFrame(rows, columns=columns)


def breaks(data: Dataset, period: Period, language: str = "sv") -> pd.DataFrame:
    """Where a series may mean something else than before, up to the end of a period.

    Breaks declared in ``calendar.yaml``, and types (sub-types) that an actor first reported more
    than 90 days after its first report, or stopped reporting more than 90 days before its last.

    Returns
    -------
    DataFrame
        ``actor``, ``date``, ``kind`` (``begins``, ``ends``, or ``declared_`` and its own kind),
        ``what``.
    """
    rows = [
        (item.actor, pd.Timestamp(item.date), f"declared_{item.kind}", item.named(language))
        for item in data.settings.breaks
        if item.date <= period.end
    ]
    leaf = data.incidents["subcategory"].astype(object)
    leaf = leaf.where(leaf.notna(), data.incidents["category"].astype(object))
    frame = pd.DataFrame(
        {"actor": data.incidents["actor"], "kind": leaf, "day": data.incidents["day"]}
    )
    frame = frame[frame["day"] <= pd.Timestamp(period.end)]
    spans = frame.groupby(["actor", "kind"], observed=True, as_index=False).agg(
        first=("day", "min"), last=("day", "max"), size=("day", "size")
    )
    whole = frame.groupby("actor", observed=True)["day"].agg(["min", "max"])
    limit = pd.Timedelta(days=NEW_CATEGORY_DAYS)
    for span in spans.to_dict("records"):
        actor, kind = span["actor"], span["kind"]
        if kind in (UNKNOWN, UNMAPPED) or span["size"] < LEAST_OF_A_TYPE:
            continue
        name = data.settings.categories[kind].named(language)
        if span["first"] - whole["min"][actor] > limit:
            rows.append((actor, span["first"], "begins", name))
        if whole["max"][actor] - span["last"] > limit:
            rows.append((actor, span["last"], "ends", name))
    table = pd.DataFrame(rows, columns=["actor", "date", "kind", "what"])
    return table.sort_values(["actor", "date"], ignore_index=True)


@shared
def reporters(data: Dataset, period: Period) -> pd.DataFrame:
    """Different reporters in a mean week, this period and the one it is compared with.

    Returns
    -------
    DataFrame
        ``actor``, ``reporters``, ``reference_reporters``, ``percent``; only actors whose export
        tells who reported (a code that is counted, never stored).
    """
    effort = data.cleaning.effort
    rows = []
    for actor, own in effort.groupby("actor"):
        means = []
        for span in (period, period.earlier()):
            weeks = pd.to_datetime(own["week"])
            inside = (weeks >= pd.Timestamp(span.start)) & (weeks <= pd.Timestamp(span.end))
            means.append(float(own.loc[inside, "reporters"].mean()) if inside.any() else np.nan)
        change = 100 * (means[0] / means[1] - 1) if means[1] > 0 else np.nan
        rows.append((actor, means[0], means[1], change))
    return pd.DataFrame(rows, columns=["actor", "reporters", "reference_reporters", "percent"])
