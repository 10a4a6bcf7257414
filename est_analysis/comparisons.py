"""Period against period, as Brå's tables do it, with an interval for every claim of change."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from est_analysis import overdispersion, rates
from est_analysis.calendar import Period
from est_analysis.coverage import REPORTED
from est_analysis.dataset import Dataset
from est_analysis.panel import count_panel, period_totals, regroup
from est_analysis.sharing import shared

COMPARISONS = ("last_year", "mean_3_years", "last_12_months")
LEVEL = 0.95
LEAST_YEARS = 2  # a mean of one year is that year
LEAST_REPORTED = 0.5  # share of a period's days; with less the season of the rest decides
YEARS_OF_NOISE = 3  # years of weekly counts behind the dispersion


@shared
def compare_periods(
    data: Dataset, period: Period, by: list[str], *, family: bool = False
) -> pd.DataFrame:
    """How a period's counts compare with earlier ones.

    Three comparisons: with the same period last year, with the mean of the same period in the
    three years before (those that were reported, at least two), and the twelve months that end with
    the period against the twelve months before them.

    Parameters
    ----------
    period
        Both ends inclusive.
    by
        ``actor`` and, if wanted, ``area`` or ``category``.
    family
        Whether the intervals hold for all rows of a comparison together (Bonferroni): for tables
        that are searched for changes.

    Returns
    -------
    DataFrame
        `by`, ``comparison``, ``count``, ``reference_count`` (a mean per year for
        ``mean_3_years``), ``weeks`` and ``reference_weeks`` that were reported, ``years``,
        ``difference``, ``percent`` (per reported week; NaN where the base is under
        `rates.MINIMUM_BASE`), ``ratio``, ``lower``, ``upper`` (95 %, each row or all together) and
        ``verdict``.

    Notes
    -----
    Ratios are per reported week. A period of which less than half was reported is not compared.
    The interval's dispersion is estimated from three years of the same series; see docs/method.md.
    """
    now = period_totals(data, period, by)
    noise = series_dispersions(data, period, by)
    year = period.last_12_months()
    blocks = [
        ("last_year", period, [period.years_before(1)]),
        ("mean_3_years", period, [period.years_before(n) for n in (1, 2, 3)]),
        ("last_12_months", year, [year.years_before(1)]),
    ]
    tables = []
    for name, current, references in blocks:
        own = now if current is period else period_totals(data, current, by)
        table = _against(
            own,
            [period_totals(data, ref, by, nameless=True) for ref in references],
            by,
            min(LEAST_YEARS, len(references)),
        )
        table.insert(
            len(by), "comparison", pd.Series(pd.Categorical([name] * len(table), COMPARISONS))
        )
        level = 1 - (1 - LEVEL) / (len(table) if family else 1)
        tables.append(_with_ratios(table, noise, by, level))
    return pd.concat(tables, ignore_index=True).sort_values([*by, "comparison"], ignore_index=True)


def _against(
    own: pd.DataFrame, references: list[pd.DataFrame], by: list[str], least: int
) -> pd.DataFrame:
    """The period's count and the sum over the reference periods that were reported."""
    table = own[by].copy()
    table["count"] = own["count"]
    table["weeks"] = own["days_reported"] / 7
    table["enough"] = own["days_reported"] >= LEAST_REPORTED * own["days"]
    total = np.zeros(len(table))
    weeks = np.zeros(len(table))
    years = np.zeros(len(table), dtype=int)
    for reference in references:
        other = own[by].merge(reference, on=by, how="left")
        days = other["days_reported"].fillna(0).to_numpy(float)
        enough = days >= LEAST_REPORTED * other["days"].fillna(1).to_numpy(float)
        count = other["count"].astype("Float64").fillna(0).to_numpy(float)
        total += np.where(enough, count, 0)
        weeks += np.where(enough, days / 7, 0)
        years += enough
    table["years"] = years
    table["reference_total"] = total
    table["reference_weeks"] = weeks
    table["reference_count"] = pd.array(
        np.where(years >= least, total / np.maximum(years, 1), np.nan), dtype="Float64"
    )
    table["enough"] &= years >= least
    return table


def _with_ratios(
    table: pd.DataFrame, noise: pd.DataFrame, by: list[str], level: float
) -> pd.DataFrame:
    phi = table[by].merge(noise, on=by, how="left")["dispersion"].to_numpy(float)
    usable = table["enough"].to_numpy()
    count = table["count"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    ratios = rates.rate_ratios(
        np.where(usable, count, np.nan),
        np.where(usable, table["weeks"], np.nan),
        np.where(usable, table["reference_total"], np.nan),
        np.where(usable, table["reference_weeks"], np.nan),
        dispersion=phi,
        level=level,
    )
    for name in ("ratio", "lower", "upper", "verdict"):
        table[name] = ratios[name].to_numpy()
    base = table["reference_total"].to_numpy()
    table["ratio"] = table["ratio"].where(base > 0)  # of nothing there is no ratio
    percent = np.where(base >= rates.MINIMUM_BASE, 100 * (table["ratio"] - 1), np.nan)
    table["percent"] = percent
    difference = table["count"].astype("Float64") - table["reference_count"]
    table["difference"] = difference.where(usable)
    names = [*by, "comparison", "count", "reference_count", "weeks", "reference_weeks", "years",
             "difference", "percent", "ratio", "lower", "upper", "verdict"]  # fmt: skip
    return table[names]


def series_dispersions(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """Dispersion of each series' counts per step, over the period and the years before it."""
    start = period.years_before(YEARS_OF_NOISE).start
    span = Period("", "days", start, period.end)
    step = data.coverage.step
    table = regroup(count_panel(data, span, step), by)
    whole = table["count"].astype("Float64").where(table["coverage"] == REPORTED)
    wide = whole.to_frame("count").join(table[["start", *by]])
    matrix = wide.pivot(index=by, columns="start", values="count")
    starts = pd.DatetimeIndex(matrix.columns)
    middle = starts + pd.Timedelta(days=3)  # the Thursday of a week; some day of a month
    tertial = (middle.month.to_numpy() - 1) // 4
    found = matrix.index.to_frame(index=False)
    found["dispersion"] = overdispersion.dispersions(
        matrix.to_numpy(dtype=float, na_value=np.nan),
        middle.year.to_numpy() * 3 + tertial,
        tertial,
        block=overdispersion.BLOCK_WEEKS if step == "week" else overdispersion.BLOCK_MONTHS,
    )
    return found


@shared
def rates_by_area(data: Dataset, period: Period) -> pd.DataFrame:
    """Incidents per area and actor, with the rate per 1,000 inhabitants and its interval.

    Parameters
    ----------
    period
        Both ends inclusive.

    Returns
    -------
    DataFrame
        ``actor``, ``area``, ``count``, ``population`` (of the period's year, else the latest year
        before it; NA when none is given), ``per_1000`` with ``lower`` and ``upper`` (95 %, per
        reported year's share: the rate is for the reported days, not scaled to a year),
        ``rank`` among the actor's areas, ``coverage``.
    """
    table = period_totals(data, period, ["actor", "area"])
    noise = series_dispersions(data, period, ["actor", "area"])
    inhabitants = [population(data, str(area), period.end) for area in table["area"]]
    table["population"] = pd.array(inhabitants, dtype="Int64")
    people = table["population"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    count = table["count"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    phi = table[["actor", "area"]].merge(noise, how="left")["dispersion"].to_numpy(float)
    lower, upper = rates.count_interval(count, dispersion=phi)
    for name, value in (("per_1000", count), ("lower_per_1000", lower), ("upper_per_1000", upper)):
        table[name] = 1000 * value / people
    table["rank"] = (
        table.groupby("actor", observed=True)["per_1000"].rank(ascending=False, method="min")
    ).astype("Int64")
    names = ["actor", "area", "count", "population", "per_1000", "lower_per_1000",
             "upper_per_1000", "rank", "coverage"]  # fmt: skip
    return table[names]


def population(data: Dataset, area: str, day: dt.date) -> int | None:
    """An area's inhabitants in the latest year given up to a day; None when none is."""
    entry = data.settings.areas.get(area)
    years = [year for year in entry.population if year <= day.year] if entry else []
    return entry.population[max(years)] if entry and years else None
