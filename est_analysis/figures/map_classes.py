"""Classes of a map: round limits, a shade for each, and words that name the limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from est_analysis.language import Language

MOST = 5  # classes that can be told apart by shade alone
RATIO_LIMITS = (0.67, 0.8, 1.25, 1.5)  # of the expected count; each way the same
_SHADES = ("#edf4f9", "#c9dfee", "#a3c8e2", "#7db0d5", "#5b9bc9")
_RATIO_SHADES = ("#6aa5d0", "#bcd7ea", "#f6f5f2", "#f7cdb2", "#e8915f")
_STEPS = (1.0, 2.0, 2.5, 5.0)


@dataclass(frozen=True)
class Classes:
    """How values are shaded.

    Attributes
    ----------
    limits
        Between the classes, ascending; a value at a limit belongs to the class above it.
    shades
        One colour more than limits. Dark text on any of them has a contrast of 4.5 to 1.
    decimals
        As values and limits are written. A value is classed as it is written.
    """

    limits: tuple[float, ...]
    shades: tuple[str, ...]
    decimals: int

    def of(self, value: float) -> int:
        """The class of a value, from 0."""
        return int(np.searchsorted(self.limits, self._written(value), side="right"))

    def words(self, number: int, language: Language) -> str:
        """Name the limits of a class."""
        ends = (-math.inf, *self.limits, math.inf)
        low, high = ends[number], ends[number + 1]
        if not self.limits:
            return language.text("figure.class_all")
        if low == -math.inf:
            return language.text("figure.class_below", high=self._text(high, language))
        if high == math.inf:
            return language.text("figure.class_above", low=self._text(low, language))
        last = high - 10.0**-self.decimals
        return f"{self._text(low, language)}–{self._text(last, language)}"

    def _written(self, value: float) -> float:
        return math.floor(value * 10.0**self.decimals + 0.5) / 10.0**self.decimals

    def _text(self, value: float, language: Language) -> str:
        return language.number(value, self.decimals)


def ratio_classes() -> Classes:
    """Fixed classes for a count as a multiple of the expected one; the middle is as expected."""
    return Classes(RATIO_LIMITS, _RATIO_SHADES, 2)


def rate_classes(values: Sequence[float]) -> Classes:
    """Choose round limits that spread the values over at most five classes.

    Answers: which areas are alike? Equal round steps over the values' range, none smaller than a
    tenth of the highest, so that small differences get no shades; or steps of 1–2–5 where those
    spread the values better (entropy), as when one area has many times the others. The limits
    follow from the values given and nothing else.

    Examples
    --------
    >>> rate_classes([1.2, 3.9, 4.4, 7.0, 8.1]).limits
    (2.0, 4.0, 6.0, 8.0)
    >>> rate_classes([16.7, 18.3, 20.2, 24.7]).limits
    (17.5, 20.0, 22.5)
    >>> rate_classes([0.4, 0.9, 1.8, 4.4, 60]).limits
    (0.5, 1.0, 2.0, 5.0)
    >>> rate_classes([20.1, 20.4]).limits
    ()
    """
    known = sorted(value for value in values if math.isfinite(value))
    decimals = 2 if known and known[-1] < 1 else 1
    if not known or known[-1] <= 0:
        return Classes((), _SHADES[1:2], decimals)
    rising = _rising(known[0], known[-1], decimals)
    windows = [rising[i : i + MOST - 1] for i in range(max(len(rising) - MOST + 2, 1))]
    choices = (_equal(known[0], known[-1], decimals), *windows)
    limits = max(choices, key=lambda limits: _spread(known, limits))
    shades = [_SHADES[i] for i in np.linspace(0, MOST - 1, len(limits) + 1).round().astype(int)]
    return Classes(limits, tuple(shades) if limits else _SHADES[1:2], decimals)


def _equal(least: float, top: float, decimals: int) -> tuple[float, ...]:
    """Multiples of the smallest round step that makes at most five classes."""
    power = 10.0 ** math.floor(math.log10(top) - 1)
    for step in (step * power * scale for scale in (1, 10, 100) for step in _STEPS):
        first = math.floor(least / step) + 1
        limits = tuple(round(step * i, 6) for i in range(first, math.floor(top / step) + 1))
        fine = all(_whole(limit, decimals) for limit in limits)
        if step >= top / 10 and len(limits) < MOST and fine:
            return limits
    return ()


def _rising(least: float, top: float, decimals: int) -> tuple[float, ...]:
    """1, 2, 5, 10, 20 … within the range."""
    power = math.floor(math.log10(top))
    steps = [round(s * 10.0**p, 6) for p in range(power - 2, power + 1) for s in (1, 2, 5)]
    return tuple(s for s in steps if least < s <= top and _whole(s, decimals))


def _whole(limit: float, decimals: int) -> bool:
    scaled = limit * 10.0**decimals
    return abs(scaled - round(scaled)) < 1e-6


def _spread(values: Sequence[float], limits: Sequence[float]) -> float:
    """Entropy of the classes' shares: highest when all are equally full."""
    shares = np.bincount(np.searchsorted(limits, values, side="right")) / len(values)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())
