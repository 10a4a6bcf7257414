"""How doubts are told: those that stop a report as errors, the others as lines."""

from __future__ import annotations

import pandas as pd

from est_analysis.config import Settings
from est_analysis.errors import SourceError

OTHERWISE = "no report is made: a number might be another one"


def told(suspicions: pd.DataFrame) -> list[str]:
    """A line for each doubt that changes no number."""
    notes = suspicions[~suspicions["grave"]]
    return [f"doubt  {row['found']}. To mend: {row['change']}" for row in notes.to_dict("records")]


def doubted(suspicions: pd.DataFrame, settings: Settings) -> list[SourceError]:
    """An error for each doubt that might change a number, that of most rows first."""
    grave = suspicions[suspicions["grave"]].sort_values("rows", ascending=False, kind="stable")
    return [
        SourceError(
            f"cannot believe the delivery of {settings.sources[row['actor']].name} "
            f"({row['suspicion']})",
            expected=row["expected"],
            found=row["found"],
            change=row["change"],
            otherwise=OTHERWISE,
        )
        for row in grave.to_dict("records")
    ]


def refuse_doubted(suspicions: pd.DataFrame, settings: Settings) -> None:
    """Stop at grave doubts, with the others beside the first.

    Raises
    ------
    SourceError
        When there is one.
    """
    found = doubted(suspicions, settings)
    if found:
        first, *others = found
        first.also = tuple(others)
        raise first
