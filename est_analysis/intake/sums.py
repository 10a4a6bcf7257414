"""Whether a value's counts are the sums of others', step by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LEAST_PARTS = 2  # of a sum
LEAST_CELLS = 4  # steps with a number
MOST_MISSED = 0.05  # of them: corrections, masked parts
SURE = 14.0  # natural logarithm of how unlikely the agreement is by chance
TIMES = (1, 2, 3)  # the others have the parts once, and once more for each level of sums

Table = npt.NDArray[np.float64]  # cells × values; NaN where a value has no row
Column = npt.NDArray[np.float64]


def sums_of_others(table: Table) -> dict[int, int]:
    """Columns that are sums of other columns, and in how many cells they agree.

    Tried for each: all others (with sums of a lower level among them), and any run of columns that
    stand side by side before or after it.
    """
    found: dict[int, int] = {}
    whole = np.nansum(table, axis=1)
    filled = np.nan_to_num(table)
    for place in range(table.shape[1]):
        own = table[:, place]
        there = ~np.isnan(own)
        if (np.delete(filled[there], place, axis=1).sum(axis=0) > 0).sum() < LEAST_PARTS:
            continue  # two equal ones are no sum
        rest = (whole - filled[:, place])[there]
        agree = max((agreement(own[there] * times, rest) for times in TIMES), default=0)
        agree = agree or _run_beside(filled[there], place)
        if agree:
            found[place] = agree
    return found


def agreement(own: Column, rest: Column) -> int:
    """In how many cells a sum agrees; 0 where that may be chance, or where too few do."""
    said = (own > 0) | (rest > 0)
    own, rest = own[said], rest[said]
    number = len(own)
    hits = int((own == rest).sum())
    if number < LEAST_CELLS or hits < (1 - MOST_MISSED) * number or not own.any():
        return 0
    values, codes = np.unique(np.concatenate([own, rest]), return_inverse=True)
    size = len(values)
    pairs = np.bincount(codes[:number], minlength=size) @ np.bincount(
        codes[number:], minlength=size
    )
    chance = (pairs - hits + 1) / (number * (number - 1) + 1)  # of a cell and another's sum
    return hits if hits * -np.log(chance) >= SURE else 0


def _run_beside(filled: Table, place: int) -> int:
    """Agreement with the columns from some place up to this one, or from it up to some place."""
    own = filled[:, place]
    best = 0
    for beside in (filled[:, :place][:, ::-1], filled[:, place + 1 :]):
        if beside.shape[1] < 2 or not own.any():
            continue
        reach = np.cumsum(beside.sum(axis=0))
        # only a run whose total is about its own can be it
        near = np.flatnonzero(np.abs(reach - own.sum()) <= MOST_MISSED * own.sum())
        for last in near[near >= 1].tolist():
            best = max(best, agreement(own, beside[:, : last + 1].sum(axis=1)))
    return best


def cells_of(keys: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """One number for each combination of some columns of whole numbers."""
    import pandas as pd

    found = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        codes, words = pd.factorize(key)
        found = pd.factorize(found * max(len(words), 1) + codes)[0].astype(np.int64)
    return found
