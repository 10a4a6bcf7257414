"""Counts below zero correct others: where declared, they are taken from the rows they correct."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.incidents.refusals import Refusals
from est_analysis.sources import Export

Rows = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int32]


def net_corrections(
    export: Export, keys: pd.Series, count: Whole, refusals: Refusals
) -> tuple[Whole, Rows]:
    """Counts with their corrections taken away, and which rows those are.

    A correction is taken from counts with its key (time, area, type, place), first those of its own
    file, then of the files before, the latest first. One that is larger than all of them is left
    out, and so is one of a count that is not there.

    Parameters
    ----------
    keys
        The key of each row in use; its index are places in the export.
    """
    below = np.asarray(refusals.kept & (count < 0))
    netted = np.zeros(len(count), dtype=bool)
    if not below.any():
        return count, netted
    count = count.copy()
    asked = keys[keys.isin(keys[below[keys.index]].unique())]
    for _, places in asked.groupby(asked).groups.items():
        rows = np.asarray(places, dtype=np.int64)
        for row in rows[count[rows] < 0].tolist():
            others = rows[(count[rows] > 0) & (export.file[rows] <= export.file[row])][::-1]
            if count[others].sum() + count[row] < 0:
                continue
            left = -int(count[row])
            for other in others.tolist():
                taken = min(left, int(count[other]))
                count[other] -= taken
                left -= taken
            netted[row] = True
    refusals.refuse(below & ~netted, "negative_count", "count")
    return np.maximum(count, 0), netted
