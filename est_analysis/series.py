"""Each actor's series over time, taken apart into trend, season and the rest."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.dataset import Dataset
from est_analysis.panel import complete_series, count_panel, regroup
from est_analysis.seasonal import decompose


def decompose_actors(data: Dataset, span: Period) -> tuple[pd.DataFrame, tuple[Check, ...]]:
    """Decompose every actor's counts; actors are never added together.

    Parameters
    ----------
    span
        The series' range: at least two whole years for a season to be told apart.

    Returns
    -------
    DataFrame
        ``actor``, ``start`` (Monday or first of month), ``observed`` (NaN unless the whole step was
        reported), ``trend``, ``seasonal``, ``remainder``; observed = trend + seasonal + remainder.
        ``season``: ``clear``, or ``unclear`` where the pattern is no stronger than chance.
    tuple of Check
        What the decomposition found wanting, with the actor as subject.
    """
    panel = regroup(count_panel(data, span), ["actor"])
    tables, checks = [], []
    for actor in data.settings.sources:
        series = complete_series(panel[panel["actor"] == actor])
        result = decompose(series, step=data.coverage.step)
        clear = any(check.name == "season" and check.status == "ok" for check in result.checks)
        tables.append(result.table.assign(actor=actor, season="clear" if clear else "unclear"))
        checks += [replace(check, subject=actor) for check in result.checks]
    table = pd.concat(tables, ignore_index=True)
    names = ["actor", "start", "observed", "trend", "seasonal", "remainder", "season"]
    return table[names], tuple(checks)


def decomposed(table: pd.DataFrame) -> pd.DataFrame:
    """The actors of `decompose_actors` whose series was long enough to take apart."""
    long_enough = table.groupby("actor")["trend"].transform("count") > 0
    return table[long_enough]
