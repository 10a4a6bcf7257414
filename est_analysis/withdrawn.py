"""Which claims of a municipality's latest tertial what is unread would take back."""

from __future__ import annotations

import pandas as pd

from est_analysis.calendar import Period, parse_period
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import unread_of
from est_analysis.evaluations import evaluations_in
from est_analysis.surveillance import deviations

COLUMNS = ["exhibit", "actor", "area", "category", "intervention", "doubt"]


def latest_tertial(data: Dataset) -> Period:
    """The tertial in which the actors' deliveries end, the latest of them."""
    ends = [data.coverage.last_day(actor) for actor in data.settings.sources]
    last = min(max((day for day in ends if day is not None), default=data.as_of), data.as_of)
    return parse_period(f"{last.year}-T{(last.month - 1) // 4 + 1}")


def withdrawn_claims(data: Dataset, period: Period) -> pd.DataFrame:
    """What a tertial report of a period would claim, were it not for what is unread.

    Returns
    -------
    DataFrame
        ``exhibit``, ``actor``, ``area``, ``category`` and ``intervention`` (NA where they are not
        told apart), ``doubt`` (numbers of `Unread.causes`); a row for every claim taken back.
    """
    unread = unread_of(data)
    if not len(unread.causes):
        return pd.DataFrame(columns=COLUMNS)
    by_type, by_area = ["actor", "category"], ["actor", "area"]
    tables = {
        "totals": compare_periods(data, period, ["actor"]),
        "categories": compare_periods(data, period, by_type, family=True),
        "areas": compare_periods(data, period, by_area, family=True),
        "category_deviations": deviations(data, period, by_type),
        "area_deviations": deviations(data, period, by_area),
        "area_rates": rates_by_area(data, period),
        "evaluations": evaluations_in(data, period),
    }
    found = [
        table[table["doubt"] != ""].assign(exhibit=name).reindex(columns=COLUMNS)
        for name, table in tables.items()
    ]
    return pd.concat([part.astype(object) for part in found], ignore_index=True).drop_duplicates(
        ignore_index=True
    )
