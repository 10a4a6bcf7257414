"""STL by statsmodels, also where steps were not reported."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.seasonal.grid import refused

Numbers = npt.NDArray[np.float64]

TOLERANCE = 1e-3  # counts: filled-in values that move less have settled
MOST_ROUNDS = 100


@dataclass(frozen=True)
class Smoothing:
    """STL with one set of windows."""

    period: int
    robust: bool
    seasonal_window: int | None
    trend_window: int | None

    def __post_init__(self) -> None:
        for window in (self.seasonal_window, self.trend_window):
            if window is not None and (window < 3 or window % 2 == 0):
                raise refused("odd windows of 3 or more", f"{window}", "the window in the call")

    def parts(
        self, values: Numbers, tolerance: float = TOLERANCE
    ) -> tuple[Numbers, Numbers, float]:
        """Trend, seasonal and how much the filled-in values still moved in the last round."""
        from statsmodels.tsa.seasonal import STL

        season = self.seasonal_window or 10 * len(values) + 1
        trend = self.trend_window or _odd(1.5 * self.period / (1 - 1.5 / season))
        low_pass = _odd(self.period)
        missing = np.isnan(values)
        steps = np.arange(len(values))
        seen = np.isin(steps % self.period, steps[~missing] % self.period)
        filled = values.copy()
        filled[missing] = np.interp(steps[missing], steps[~missing], values[~missing])
        moved = 0.0
        for _ in range(MOST_ROUNDS):
            fit = STL(
                filled,
                self.period,
                seasonal=season,
                trend=trend,
                low_pass=low_pass,
                seasonal_deg=0,
                robust=self.robust,
                seasonal_jump=math.ceil(season / 10),
                trend_jump=math.ceil(trend / 10),
                low_pass_jump=math.ceil(low_pass / 10),
            ).fit(inner_iter=1 if self.robust else 2, outer_iter=15 if self.robust else 0)
            model = np.asarray(fit.trend + fit.seasonal)
            moved = float(np.abs(model - filled)[missing & seen].max(initial=0))
            if moved < tolerance:
                break
            filled[missing] = model[missing]
        return np.asarray(fit.trend), np.asarray(fit.seasonal), moved


def taken(length: int, period: int) -> float:
    """Degrees of freedom that season and trend take."""
    return period + 2 * length / (1.5 * period)


def _odd(x: float) -> int:
    """Return the smallest odd number that is at least x."""
    whole = math.ceil(x)
    return whole + 1 - whole % 2
