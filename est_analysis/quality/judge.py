"""Are the data good enough? Checks with their limits, actor by actor."""

from __future__ import annotations

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.counts.coverage import SILENT
from est_analysis.counts.dataset import Dataset
from est_analysis.quality.basis import data_basis, reporters
from est_analysis.quality.deliveries import deliveries_follow
from est_analysis.quality.moved import moved_areas
from est_analysis.quality.reconcile import reconciliation
from est_analysis.quality.rows import rejected_share
from est_analysis.quality.sudden import sudden_changes
from est_analysis.sharing import shared

LARGEST_REJECTED = 0.20  # share of an actor's rows; above it the declaration is wrong, not the rows
REJECTED_WARNING = 0.01
UNMAPPED_WARNING = 0.01
NO_AREA_WARNING = 0.05
SILENT_WARNING = 0.05
REPORTERS_WARNING = 0.25  # change in the mean number of weekly reporters


@shared
def check_data(data: Dataset, period: Period) -> tuple[Check, ...]:
    """Every check on the data behind a period, actor by actor.

    A ``failed`` check stops the report: more than a fifth of an actor's rows cannot be used, so
    the declaration is likely to be wrong.
    """
    checks: list[Check] = []
    checks += [_rejected(data, str(actor)) for actor in data.cleaning.tally["actor"]]
    checks += personal_data(data)
    basis = data_basis(data, period)
    for row in basis.to_dict("records"):
        actor, count = str(row["actor"]), row["count"]
        if row["coverage"] == SILENT:
            checks.append(Check("silent_period", "warning", 0, 1, actor))
            continue
        for name, limit in (("no_area", NO_AREA_WARNING), ("no_category", UNMAPPED_WARNING)):
            if pd.isna(count):  # too little was reported, or by month, to count in the period
                continue
            share = int(row[name]) / max(int(count), 1)
            checks.append(Check(name, "warning" if share > limit else "ok", share, limit, actor))
        silent = 1 - row["weeks_reported"] / row["weeks"]
        status = "warning" if silent > SILENT_WARNING else "ok"
        checks.append(Check("silent_weeks", status, silent, SILENT_WARNING, actor))
    doubts = data.cleaning.suspicions["actor"].value_counts()
    checks += [Check("doubts", "warning", int(n), 0, str(actor)) for actor, n in doubts.items()]
    for actor, months in data.coverage.thin.items():
        checks.append(Check("thin_months", "warning" if months else "ok", len(months), 0, actor))
    for row in reporters(data, period).to_dict("records"):
        change = row["percent"] / 100
        status = "warning" if abs(change) > REPORTERS_WARNING else "ok"
        checks.append(Check("reporters", status, change, REPORTERS_WARNING, str(row["actor"])))
    checks += [*reconciliation(data), *moved_areas(data, period)]
    return (*checks, *deliveries_follow(data), *sudden_changes(data, period))


def personal_data(data: Dataset) -> list[Check]:
    """Cells with personal data by actor and kind; none is one ``ok``, with the kind left out."""
    found = data.cleaning.personal
    checks = []
    for actor in data.cleaning.tally["actor"]:
        own = found[(found["actor"] == actor) & (found["fate"] != "not_kept")]
        checks += [
            Check(f"personal_{kind}", "warning", int(rows["cells"].sum()), 0, str(actor))
            for kind, rows in own.groupby("kind", sort=False)
        ] or [Check("personal_data", "ok", 0, 0, str(actor))]
    return checks


def _rejected(data: Dataset, actor: str) -> Check:
    share = rejected_share(data, actor)
    status = (
        "failed" if share > LARGEST_REJECTED else "warning" if share > REJECTED_WARNING else "ok"
    )
    return Check("rejected_rows", status, share, LARGEST_REJECTED, actor)
