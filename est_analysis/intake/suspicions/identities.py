"""Case numbers that begin again, or stand for "none": different events would be taken for one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from est_analysis.intake.reading import Places, Reading, date_of
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import quoted

FAR = 14  # days between two rows of one case; corrections of the day are nearer
LEAST_FAR, LEAST_SHARE = 3, 0.01  # cases, and of the cases that come again
LEAST_DAYS = 5  # different days of one number that stands for none
MOST_SHOWN = 5


@suspicion("case_numbers", expected="one case for each identity, on about one day")
def case_numbers(reading: Reading) -> Iterator[Suspicion]:
    """One identity on days far apart."""
    if not len(reading.earlier):
        return
    first = reading.column(f"column {reading.source.identity[0]}")
    assert first is not None
    known = ~np.isnat(reading.start[reading.earlier]) & ~np.isnat(reading.start[reading.later])
    apart = np.abs(reading.day[reading.earlier] - reading.day[reading.later]) > FAR
    far, later = reading.earlier[known & apart], reading.later[known & apart]
    words = first.codes[far]
    days = pd.Series(reading.day[far]).groupby(words).nunique()
    none = days[days >= LEAST_DAYS].index.to_numpy()
    if 0 < len(none) <= MOST_SHOWN:  # more of them are numbers that begin again
        stands_for_none = np.isin(words, none)
        rows = reading.earlier[np.isin(first.codes[reading.earlier], none)]
        yield _none(reading, rows, [first.words[code] for code in none])
        far, later = far[~stands_for_none], later[~stands_for_none]
    if len(far):
        number = len(np.unique(later))
        share = number / len(np.unique(reading.later))
        yield _again(reading, far, later, number >= LEAST_FAR and share >= LEAST_SHARE)


def _none(reading: Reading, rows: Places, words: list[str]) -> Suspicion:
    told = ", ".join(quoted(word) for word in words)
    return Suspicion(
        f"{told} as {quoted(reading.source.identity[0])} in {reading.told(rows)} of different "
        "days: they would be taken for one case, and only the last used",
        f"{reading.settled_in}: no_identity: [{told}], if that is no number (then each row "
        f"is an event of its own); {it_is_so('case_numbers', words[0])}",
        grave=True,
        rows=len(rows),
        value=words[0],
        first=date_of(reading.day[rows].min()),
        last=date_of(reading.day[rows].max()),
    )


def _again(reading: Reading, rows: Places, later: Places, grave: bool) -> Suspicion:
    year, other = (reading.start[some].astype("datetime64[Y]") for some in (rows, later))
    month, that = (reading.start[some].astype("datetime64[M]") for some in (rows, later))
    span = next(
        (
            name
            for name, differs in (("year", year != other), ("month", month != that))
            if differs.mean() >= 0.9
        ),
        "file",
    )
    number = len(rows)
    return Suspicion(
        f"the {quoted(reading.source.identity[0])} of another row more than {FAR} days away, which "
        f"would be used in their place: {reading.told(rows)}, the first that of "
        f"{reading.named(later[:1])}",
        f"add the {span} to identity, if the numbers begin again: {reading.settled_in}: "
        f"identity_restarts: {span}; or name in identity another column that tells the cases "
        f"apart; {it_is_so('case_numbers')}",
        grave=grave,
        rows=number,
        first=date_of(reading.day[rows].min()),
        last=date_of(reading.day[rows].max()),
    )
