"""Steps of a released series: where they lie, and the marks of what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.figures import style
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOT_REPORTED: dict[str, Any] = {
    "facecolor": style.PALE,
    "edgecolor": "#9aa5ad",
    "hatch": style.HATCH,
    "lw": 0,
}
HIDDEN: dict[str, Any] = {
    "marker": "D",
    "markersize": 4,
    "markerfacecolor": "white",
    "color": style.MUTED,
}

Floats = npt.NDArray[np.float64]


def values(safe: SafeTable, name: str) -> Floats:
    """A column as floats, NaN for NA."""
    column = safe.data[name].astype("Float64")
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), np.float64)


def starts(safe: SafeTable) -> pd.DatetimeIndex:
    """The first moment of each step."""
    return pd.DatetimeIndex(safe.data["start"])


def monthly(safe: SafeTable) -> bool:
    """Whether the steps are months, or some together."""
    return bool((starts(safe).day == 1).all())


def together(safe: SafeTable) -> int:
    """How many weeks, or months, are added up in a step."""
    days = starts(safe).unique().sort_values().to_series().diff().dt.days
    usual = days.median()
    return 1 if np.isnan(usual) else max(round(float(usual) / (30.4 if monthly(safe) else 7)), 1)


def length(safe: SafeTable) -> pd.Timedelta:
    """How long a step is, about."""
    return pd.Timedelta(days=(30 if monthly(safe) else 7) * together(safe))


def span(safe: SafeTable) -> tuple[pd.Timestamp, pd.Timestamp]:
    """From the first step to the end of the last."""
    begun = starts(safe)
    return begun.min(), begun.max() + length(safe)


def unit(safe: SafeTable, language: Language) -> str:
    """What the counts are per."""
    word = "month" if monthly(safe) else "week"
    number = together(safe)
    if number == 1:
        return language.text(f"figure.per_{word}")
    return language.text(f"figure.per_{word}s", number=language.number(number))


def word(safe: SafeTable) -> str:
    """What a step is in words: ``week``, ``month``, or ``step`` where some are added up."""
    if together(safe) > 1:
        return "step"
    return "month" if monthly(safe) else "week"


def middles(safe: SafeTable) -> Floats:
    """Day numbers of the steps' middles."""
    half = length(safe) / 2
    return np.array([style.day_number(start + half) for start in starts(safe)])


def not_reported(safe: SafeTable) -> npt.NDArray[np.bool_]:
    """Steps without a count, not because it is hidden."""
    gone = np.isnan(values(safe, "observed")) & ~hidden(safe)
    return np.asarray(gone, np.bool_)


def hidden(safe: SafeTable) -> npt.NDArray[np.bool_]:
    """Steps whose count is hidden."""
    return np.asarray(safe.hidden["observed"], np.bool_)


def hatch_missing(on: Axes, safe: SafeTable) -> None:
    """Hatch the stretches that nobody reported."""
    gone = not_reported(safe)
    begun = starts(safe)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], gone.astype(int), [0]))))
    for first, last in edges.reshape(-1, 2):
        on.axvspan(
            style.day_number(begun[first]),
            style.day_number(begun[last - 1] + length(safe)),
            **NOT_REPORTED,
        )


def mark_hidden(on: Axes, safe: SafeTable) -> None:
    """A diamond on the axis for each hidden step."""
    gone = hidden(safe)
    if gone.any():
        on.plot(middles(safe)[gone], np.zeros(int(gone.sum())), ls="", clip_on=False, **HIDDEN)
