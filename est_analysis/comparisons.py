"""Period against period, as Brå's tables do it, with an interval for every claim of change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import overdispersion, rates
from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.counts.coverage import REPORTED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import CANNOT_BE_JUDGED, Doubt, unread_of
from est_analysis.counts.panel import Answering, answering, count_panel, period_totals, regroup
from est_analysis.counts.same_days import NOT_COMPARED, Part, compared_days, counts_of
from est_analysis.nowcast import LEAST_IN, share_of_days
from est_analysis.sharing import shared

Numbers = npt.NDArray[np.float64]
COMPARISONS = ("last_year", "mean_3_years", "last_12_months")
LEVEL = 0.95
LEAST_YEARS = 2  # a mean of one year is that year
YEARS_OF_NOISE = 3  # years of weekly counts behind the dispersion


@shared
def compare_periods(
    data: Dataset, period: Period, by: list[str], *, family: bool = False
) -> pd.DataFrame:
    """How a period's counts compare with earlier ones.

    Three comparisons: with the same period last year, with the mean of the same period in the
    three years before (those that were reported, at least two), and the twelve months that end with
    the period against the twelve months before them. A period longer than a year is compared with
    the one just before it, of the same length in whole years, and with the mean of the three before
    it. Where some days are not reported, only the days reported in all that is compared are counted
    in each.

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
        `by`, ``comparison``, ``count`` (of the period), ``compared_count`` (of the days that are
        compared), ``reference_count`` (of the same days; a mean per year for ``mean_3_years``),
        ``compared``, ``weeks`` and ``reference_weeks`` that are compared, ``share_in`` (per cent of
        the incidents of those weeks that is expected to be in, see `nowcast.share_in`), ``years``,
        ``difference``, ``percent`` (per reported week; NaN where the base is under
        `rates.MINIMUM_BASE`), ``ratio``, ``lower``, ``upper`` (95 %, each row or all together) and
        ``verdict``; ``most`` and ``coverage`` of the period, as in `period_totals`; ``doubt``:
        numbers of `Unread.causes` that take a verdict back. Where what is unread could turn a
        verdict, where so much of the row was lost that nothing can be compared, or where the row
        is of no known area or type, it is ``cannot_be_judged``, without ratio.
        ``compared`` is:

        ``whole``
            All of the period, and of what it is compared with, is reported.
        ``same_days``
            Only the days reported in each are compared: the counts are of parts of the periods.
        ``none``
            Less than half of the period can be compared: no ratio. ``reference_count`` is of the
            whole periods of which at least half was reported, ``weeks`` are those reported.

    Notes
    -----
    Ratios are per reported week, times the share of its reports that is in: of a period whose last
    weeks are still coming in, what has come is compared with as large a share. Ratio and interval
    are not given where the interval is too wide to say anything (`rates.without_vague`). The
    interval's dispersion is estimated from three years of the same series; see docs/method.md.
    """
    noise = series_dispersions(data, period, by)
    blocks = [
        ("last_year", period, (1,)),
        ("mean_3_years", period, (1, 2, 3)),
        ("last_12_months", period.last_12_months(), (1,)),
    ]
    tables = []
    for name, current, numbers in blocks:
        table = _against(data, current, tuple(n * current.years for n in numbers), by)
        table.insert(
            len(by), "comparison", pd.Series(pd.Categorical([name] * len(table), COMPARISONS))
        )
        level = 1 - (1 - LEVEL) / (max(len(table), 1) if family else 1)
        scale = table["weeks"] / table["reference_weeks"].where(table["reference_weeks"] > 0)
        before = [current.earlier(n) for n in numbers]
        unread = unread_of(data)
        doubt = unread.doubt(table[by], [current], before, scale)
        times = [current, *before]
        lost = (unread.silenced(table[by], times), unread.nameless(table[by], times))
        tables.append(_with_ratios(table, noise, by, level, doubt, lost))
    return pd.concat(tables, ignore_index=True).sort_values([*by, "comparison"], ignore_index=True)


def _against(data: Dataset, period: Period, years: tuple[int, ...], by: list[str]) -> pd.DataFrame:
    """The period's count and the sum over the years before, on the days that are compared."""
    own = period_totals(data, period, by)
    least = min(LEAST_YEARS, len(years))
    keys = answering(data, own[by])
    found = {k: compared_days(data, period, years, least, *k) for k in dict.fromkeys(keys)}
    rows = [found[key] for key in keys]
    table = own[by].copy()
    table["compared"] = pd.Series([row.state for row in rows], dtype="str")
    usable = (table["compared"] != NOT_COMPARED).to_numpy()
    table["count"] = own["count"]
    table["most"], table["coverage"] = own["most"], own["coverage"]
    now = {key: one.now for key, one in found.items()}
    inside = _on_days(data, own, by, keys, now)
    table["compared_count"] = pd.array(inside, dtype="Float64").astype("Int64")
    table.loc[~usable, "compared_count"] = pd.NA
    table["weeks"] = np.array([row.now.days for row in rows], dtype=float) / 7
    shares = {key: _share_in(data, key[0], one.now) for key, one in found.items()}
    table["share_in"] = [100 * shares[key] for key in keys]
    table["years"] = np.array([len(row.before) for row in rows], dtype=int)
    total = np.zeros(len(table))
    for n in years:
        totals = period_totals(data, period.years_before(n), by, nameless=True)
        parts = {key: one.before[n] for key, one in found.items() if n in one.before}
        before = _on_days(data, own[by].merge(totals, on=by, how="left"), by, keys, parts)
        total += np.where([n in row.before for row in rows], before, 0)
    days = np.array([sum(part.days for part in row.before.values()) for row in rows], dtype=float)
    table["reference_total"] = total
    table["reference_weeks"] = days / 7
    mean = np.where(table["years"] >= least, total / np.maximum(table["years"], 1), np.nan)
    table["reference_count"] = pd.array(mean, dtype="Float64")
    return table


def _share_in(data: Dataset, actor: str, part: Part) -> float:
    """The share of the incidents of the compared days that is in; NaN with under a tenth."""
    share = float(share_of_days(data, actor, part.each_day()).mean()) if part.days else 1.0
    return share if share >= LEAST_IN else np.nan


def _on_days(
    data: Dataset,
    totals: pd.DataFrame,
    by: list[str],
    keys: list[Answering],
    parts: dict[Answering, Part],
) -> npt.NDArray[np.float64]:
    """The rows' counts on the days of their parts; NaN where nothing is known."""
    whole = totals["count"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    part = counts_of(data, totals[by], keys, parts)
    return np.where(np.isnan(part), whole, part)


def _with_ratios(
    table: pd.DataFrame,
    noise: pd.DataFrame,
    by: list[str],
    level: float,
    doubt: Doubt,
    lost: tuple[list[str], list[str]],
) -> pd.DataFrame:
    """`table` with its claims; `lost` has what is lost of each row, and of its name."""
    phi = table[by].merge(noise, on=by, how="left")["dispersion"].to_numpy(float)
    usable = (table["compared"] != NOT_COMPARED).to_numpy()
    counted = table["compared_count"].astype("Float64")
    count = np.asarray(counted.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)

    def ratios_of(more: Numbers, before: Numbers) -> pd.DataFrame:
        return rates.without_vague(
            rates.rate_ratios(
                count + more,
                np.where(usable, table["weeks"] * table["share_in"] / 100, np.nan),
                np.where(usable, table["reference_total"] + before, np.nan),
                np.where(usable, table["reference_weeks"], np.nan),
                dispersion=phi,
                level=level,
            )
        )

    ratios = claims_that_stand(doubt, ratios_of, named_rows(table[by]))
    for name in ("ratio", "lower", "upper", "verdict", "doubt"):
        table[name] = ratios[name].to_numpy()
    silent, nameless = (np.array(words, dtype=object) for words in lost)
    for words, back in ((silent, ~usable & (silent != "")), (nameless, nameless != "")):
        table["verdict"] = table["verdict"].mask(back, CANNOT_BE_JUDGED)
        table["doubt"] = np.where(back & (table["doubt"] == ""), words, table["doubt"])
        for name in ("ratio", "lower", "upper"):
            table[name] = table[name].mask(back)
    base = table["reference_total"].to_numpy()
    table["ratio"] = table["ratio"].where(base > 0)  # of nothing there is no ratio
    percent = np.where(base >= rates.MINIMUM_BASE, 100 * (table["ratio"] - 1), np.nan)
    table["percent"] = percent
    difference = table["compared_count"].astype("Float64") - table["reference_count"]
    table["difference"] = difference.where(usable)
    names = [*by, "comparison", "count", "compared_count", "reference_count", "compared", "weeks",
             "reference_weeks", "share_in", "years", "difference", "percent", "ratio", "lower",
             "upper", "verdict", "most", "coverage", "doubt"]  # fmt: skip
    return table[names]


def claims_that_stand(
    doubt: Doubt,
    ratios_of: Callable[[Numbers, Numbers], pd.DataFrame],
    named: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Ratios with their verdicts, without those that what is unread could turn.

    Parameters
    ----------
    ratios_of
        `rates.rate_ratios` of the same rows with so many events more now, and before.
    named
        Rows of known area and type; of the others nothing is claimed.
    """
    nothing = np.zeros(len(named))
    table = ratios_of(nothing, nothing)
    verdict = least = most = table["verdict"]
    if doubt.any():
        least = ratios_of(nothing, doubt.before)["verdict"]
        most = ratios_of(doubt.more, nothing)["verdict"]
    turned = ((verdict == "increase") & (least != "increase")) | (
        (verdict == "decrease") & (most != "decrease")
    )
    nameless = verdict.isin(["increase", "decrease"]) & ~named
    table = table.assign(doubt=np.where(turned & named, doubt.causes, ""))
    back = turned | nameless
    table[["ratio", "lower", "upper"]] = table[["ratio", "lower", "upper"]].mask(back)
    return table.assign(verdict=verdict.mask(back, CANNOT_BE_JUDGED))


def named_rows(keys: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Truth for rows of known area and type."""
    return np.asarray(~keys.isin([UNKNOWN, UNMAPPED]).any(axis=1))


def series_dispersions(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """Dispersion of each series' counts per step, over the period and the years before it."""
    if data.published is not None:  # of weeks of single areas and types nothing is public
        return data.published.noise(data, period, by)
    return step_dispersions(data, period, by)


def step_dispersions(data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
    """`series_dispersions` from the counts per step themselves."""
    start = period.years_before(YEARS_OF_NOISE).start
    span = Period("", "days", start, period.end)
    table = regroup(count_panel(data, span), by)
    return pd.concat(
        [
            _dispersions(table[table["actor"].isin(actors)], by, step)
            for step, actors in data.coverage.by_step.items()
        ],
        ignore_index=True,
    )


def _dispersions(table: pd.DataFrame, by: list[str], step: str) -> pd.DataFrame:
    """`series_dispersions` of the actors whose series are in one step."""
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
        ``rank`` among the actor's areas, ``most`` and ``coverage`` as in `period_totals`. Where
        what is unread could give another area the highest rate, no rank of the actor's, and
        ``doubt`` of the area that has it now: numbers of `Unread.causes`. An area whose incidents
        came without its name for half of the period or more has no rate, and ``doubt``.
    """
    table = period_totals(data, period, ["actor", "area"])
    noise = series_dispersions(data, period, ["actor", "area"])
    inhabitants = [population(data, str(area), period.end) for area in table["area"]]
    table["population"] = pd.array(inhabitants, dtype="Int64")
    people = table["population"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    count = table["count"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    phi = table[["actor", "area"]].merge(noise, how="left")["dispersion"].to_numpy(float)
    lower, upper = rates.count_interval(count, dispersion=phi)
    words = np.array(unread_of(data).nameless(table[["actor", "area"]], [period]), dtype=object)
    for name, value in (("per_1000", count), ("lower_per_1000", lower), ("upper_per_1000", upper)):
        table[name] = np.where(words == "", 1000 * value / people, np.nan)
    table["rank"] = (
        table.groupby("actor", observed=True)["per_1000"].rank(ascending=False, method="min")
    ).astype("Int64")
    table["doubt"] = np.where(words == "", _overtaken(data, table, period), words)
    table["rank"] = table["rank"].mask(
        table["doubt"].groupby(table["actor"], observed=True).transform("max") != ""
    )
    names = ["actor", "area", "count", "most", "population", "per_1000", "lower_per_1000",
             "upper_per_1000", "rank", "coverage", "doubt"]  # fmt: skip
    return table[names]


def _overtaken(data: Dataset, table: pd.DataFrame, period: Period) -> list[str]:
    """By what is unread another area might have each actor's highest rate: causes, else ""."""
    before = [period.earlier()]
    doubt = unread_of(data).doubt(table[["actor", "area"]], [period], before, lost="all")
    causes = [""] * len(table)
    if not doubt.any():
        return causes
    people = table["population"].to_numpy(dtype=float, na_value=np.nan)
    count = table["count"].to_numpy(dtype=float, na_value=np.nan)
    most = table["most"].to_numpy(dtype=float, na_value=np.nan)
    high = (np.fmax(most, count + doubt.more)) / people
    low = np.maximum(count - doubt.less, 0) / people
    known = named_rows(table[["area"]]) & ~np.isnan(count / people)
    for at in table[known].groupby("actor", observed=True, sort=False).indices.values():
        own = np.flatnonzero(known)[at]
        top = own[int(np.argmax((count / people)[own]))]
        rivals = [place for place in own if place != top and high[place] >= low[top]]
        plain = [place for place in rivals if (count / people)[place] < (count / people)[top]]
        words = [doubt.causes[place] for place in (top, *plain) if doubt.causes[place]]
        if plain and words:
            causes[top] = words[0]
    return causes


def population(data: Dataset, area: str, day: dt.date) -> int | None:
    """An area's inhabitants in the latest year given up to a day; None when none is."""
    entry = data.settings.areas.get(area)
    years = [year for year in entry.population if year <= day.year] if entry else []
    return entry.population[max(years)] if entry and years else None
