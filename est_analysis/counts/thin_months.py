"""Months with almost no rows: strays of a time that was never delivered, not a quiet time.

An export chosen by day of registration holds a few events of earlier years; a file that was
forgotten leaves a year with nothing but such rows. Counted as reported, they would be zeros that
nobody has told.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

FEW = 0.1  # of the usual number; a real quiet time is never that quiet
LEAST = 50.0  # events expected before a stretch can be told from chance
BLOCKS = (1, 3, 12)  # months, for the usual level: the shortest that usually has so many
_HALF = 0.5  # of a month, before its level says anything of the same month of other years


def thin_months(counts: Numbers, shares: Numbers, said: Truths) -> Truths:
    """Which months have under a tenth of what is usual for them.

    Parameters
    ----------
    counts
        Events per calendar month, all of one actor; consecutive months.
    shares
        The share of each month that would count as reported.
    said
        Months in which the actor itself reports a zero: never thin.

    Returns
    -------
    array of bool
        By stretches of consecutive months in which 50 events are usual; the month beside one is
        part of it when it has under half (the last days of a lost year are registered in the next).
        What is usual is the level in which half of the actor's events lie, or less where every
        other year is lower in that month: a season that returns is no missing delivery. None with
        fewer than 50 events a year.

    Notes
    -----
    With 50 expected, under 5 have a probability of 5 in 10¹⁷ by chance (Poisson), and of 2 in 10⁶
    where counts vary five times as much (negative binomial).

    Examples
    --------
    >>> counts = np.array([0, 1, 0] + [60] * 24, dtype=float)
    >>> thin_months(counts, np.ones(27), np.zeros(27, dtype=bool))[:5].tolist()
    [True, True, True, False, False]
    """
    usual = _usual(counts, shares) * shares
    told = np.where(said, np.maximum(counts, usual), counts)
    found = _stretches(usual, told) | _stretches(usual[::-1], told[::-1])[::-1]
    beside = np.zeros(len(found), dtype=bool)
    beside[1:] |= found[:-1]
    beside[:-1] |= found[1:]
    found |= beside & (told < _HALF * usual)
    return found & (shares > 0) & ~said


def _stretches(usual: Numbers, told: Numbers) -> Truths:
    """Months of the shortest stretches from each month on in which enough events are usual."""
    expected_by, told_by = (np.concatenate([[0.0], np.cumsum(part)]) for part in (usual, told))
    ordinary = told >= _HALF * usual
    found = np.zeros(len(usual), dtype=bool)
    ends = np.searchsorted(expected_by, expected_by + LEAST)
    for start, end in enumerate(ends[:-1]):
        if end <= len(usual) and (
            told_by[end] - told_by[start] < FEW * (expected_by[end] - expected_by[start])
        ):
            few = start + np.flatnonzero(~ordinary[start:end])
            found[few[0] : few[-1] + 1] = True  # an ordinary month at an end is not in it
    return found


def _usual(counts: Numbers, shares: Numbers) -> Numbers:
    """Events that a whole month would have had; 0 where too few to tell."""
    level = next((found for block in BLOCKS if (found := _level(counts, shares, block))), 0.0)
    usual = np.full(len(counts), level)
    whole = shares >= _HALF
    rate = np.divide(counts, shares, out=np.zeros_like(counts), where=whole)
    for place in range(len(counts)):
        same = np.arange(place % 12, len(counts), 12)
        others = same[(same != place) & whole[same]]
        if len(others):
            usual[place] = min(level, rate[others].max())
    return usual


def _level(counts: Numbers, shares: Numbers, block: int) -> float:
    """Events a month in the block of months in which the middle event lies; 0 if they are few."""
    blocks = len(counts) // block
    if not blocks:
        return 0.0
    cut = len(counts) - blocks * block  # the last months are the ones to know
    number, share = (part[cut:].reshape(blocks, block).sum(axis=1) for part in (counts, shares))
    kept = share >= _HALF * block
    number, rate = number[kept], number[kept] * block / share[kept]
    order = np.argsort(rate)
    below = np.cumsum(number[order])
    if not below.size or not below[-1]:
        return 0.0
    found = float(rate[order][np.searchsorted(below, below[-1] / 2)])
    return found / block if found >= LEAST else 0.0
