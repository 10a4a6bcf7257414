"""Are there more incidents, or do more people report? Counts per active reporter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis import rates
from est_analysis.calendar import Period
from est_analysis.comparisons import LEVEL, compare_periods, series_dispersions
from est_analysis.counts.coverage import REPORTED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import answering, count_panel, period_totals, regroup
from est_analysis.counts.same_days import compared_days
from est_analysis.sharing import shared

EXPLAINED = ("no_change", "no", "may_be_reporting", "unknown")


def weekly_reporters(data: Dataset, period: Period) -> pd.DataFrame:
    """How many reported each week, and how many incidents there were for each of them.

    Parameters
    ----------
    period
        ISO weeks that touch it, whole.

    Returns
    -------
    DataFrame
        ``actor``, ``start`` (Monday), ``reporters`` (Int64: different reporters who were active in
        the week, in the whole municipality; NA where the actor did not report, or not by whom),
        ``count`` (Int64; NA where not reported), ``per_reporter`` (NaN without reporters). Only
        actors whose export tells who reported, to the week or finer.

    Notes
    -----
    A reporter is active in the week of the report, an incident is counted in the week it happened.
    """
    told = _tells(data)
    effort = data.cleaning.effort
    panel = regroup(count_panel(data, period, "week"), ["actor"])
    own = panel[panel["actor"].isin(told)].reset_index(drop=True)
    active = pd.DataFrame(
        {
            "actor": effort["actor"].astype(str),
            "start": pd.to_datetime(effort["week"]),
            "reporters": effort["reporters"].astype("Int64"),
        }
    )
    table = own.assign(actor=own["actor"].astype(str)).merge(
        active, on=["actor", "start"], how="left"
    )
    nothing = (table["count"] == 0).fillna(False) & (table["coverage"] == REPORTED)
    table["reporters"] = table["reporters"].mask(nothing & table["reporters"].isna(), 0)
    table["reporters"] = table["reporters"].mask(table["count"].isna())
    many = table["reporters"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    count = table["count"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    each = np.divide(count, many, out=np.full(len(table), np.nan), where=many > 0)
    return table[["actor", "start", "reporters", "count"]].assign(per_reporter=each)


@shared
def effort_trend(data: Dataset, period: Period) -> pd.DataFrame:
    """Whether a change against last year may only be a change in how many report.

    Parameters
    ----------
    period
        Both ends inclusive; compared with the same period last year.

    Returns
    -------
    DataFrame
        ``actor``, ``count``, ``compared_count``, ``reference_count``, ``compared``, ``ratio`` (per
        reported week) with ``lower``, ``upper`` (95 %) and ``verdict``, as in `compare_periods`;
        ``reporters``, ``reference_reporters`` (mean of the weeks that are compared);
        ``per_reporter_ratio`` with ``per_reporter_lower``, ``per_reporter_upper`` and
        ``per_reporter_verdict``; ``explained``:

        ``no``
            No change is claimed, or the same change is claimed per active reporter.
        ``may_be_reporting``
            An increase (decrease) that is not one per active reporter.
        ``unknown``
            A change is claimed, and no ratio per reporter can be given: who reported is not known
            for both periods, or nobody did in one of them.

    Notes
    -----
    The per-reporter ratio has the mean number of reporters times the reported weeks in place of the
    weeks, and the same dispersion. A true rise makes more people report: ``may_be_reporting``
    means that the two cannot be told apart, never that nothing happened.
    """
    compared = compare_periods(data, period, ["actor"])
    table = compared[compared["comparison"] == "last_year"].reset_index(drop=True)
    table["actor"] = table["actor"].astype(str)
    table["reporters"], table["reference_reporters"] = _mean_reporters(data, period, table)
    noise = series_dispersions(data, period, ["actor"]).set_index("actor")["dispersion"]
    usable = table["ratio"].notna()
    numbers = table[["compared_count", "reference_count"]].astype("Float64")
    count, reference = (numbers[name].where(usable) for name in numbers)
    found = rates.without_vague(
        rates.rate_ratios(
            count.to_numpy(float, na_value=np.nan),
            table["weeks"] * table["share_in"] / 100 * table["reporters"],
            reference.to_numpy(float, na_value=np.nan),
            table["reference_weeks"] * table["reference_reporters"],
            dispersion=noise.reindex(table["actor"]).to_numpy(float),
            level=LEVEL,
        )
    )
    for name in ("ratio", "lower", "upper", "verdict"):
        table[f"per_reporter_{name}"] = found[name].to_numpy()
    table["explained"] = _explained(table)
    per = [f"per_reporter_{name}" for name in ("ratio", "lower", "upper", "verdict")]
    return table[["actor", "count", "compared_count", "reference_count", "compared", "ratio",
                  "lower", "upper", "verdict", "reporters", "reference_reporters", *per,
                  "explained", "doubt"]]  # fmt: skip


def _mean_reporters(
    data: Dataset, period: Period, table: pd.DataFrame
) -> tuple[list[float], list[float]]:
    """Each actor's mean number of reporters in the period and last year, of the weeks compared."""
    now, before = weekly_reporters(data, period), weekly_reporters(data, period.earlier())
    means: tuple[list[float], list[float]] = ([], [])
    for key in answering(data, table[["actor"]]):
        found = compared_days(data, period, (period.years,), 1, *key)
        parts = (found.now, found.before.get(period.years))
        for mean, weeks, part in zip(means, (now, before), parts, strict=True):
            own = weeks[weeks["actor"] == key[0]]
            if part is not None:
                own = own[own["start"].isin(part.mondays())]
            known = own["reporters"].dropna()
            mean.append(float(known.mean()) if len(known) else np.nan)
    return means


def constant_actors(data: Dataset, period: Period) -> tuple[str, ...]:
    """The actors that reported every day both of a period and of the same period last year.

    A comparison of these is of like with like; an actor that began, ended or was silent in
    between is not among them. In the order of the settings; empty when there are none.
    """
    whole: set[str] = set(data.settings.sources)
    for span in (period, period.earlier()):
        totals = period_totals(data, span, ["actor"])
        whole &= set(totals.loc[totals["coverage"] == REPORTED, "actor"].astype(str))
    return tuple(actor for actor in data.settings.sources if actor in whole)


def _tells(data: Dataset) -> set[str]:
    """Actors whose export tells who reported, by week."""
    actors = set(data.cleaning.effort["actor"].astype(str))
    return {actor for actor in actors if data.coverage.grains[actor] != "month"}


def _explained(table: pd.DataFrame) -> list[str]:
    changed = table["verdict"].isin(["increase", "decrease"])
    known = table["per_reporter_ratio"].notna()
    same = table["verdict"] == table["per_reporter_verdict"]
    return list(np.select([~changed, known & same, known], EXPLAINED[:3], EXPLAINED[3]))
