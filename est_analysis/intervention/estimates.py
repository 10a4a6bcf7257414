"""The ladder of designs, from what people usually see to what can be relied on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import Design
from est_analysis.intervention.fits import Fit, quasi_binomial, quasi_poisson

Numbers = npt.NDArray[np.float64]

LEVEL = 0.95
POWER = 0.8
WIDEST = 100.0  # times: an interval that reaches further from its ratio tells nothing
_FAR = 50.0  # log scale: beyond it a ratio is only "all" or "none"


@dataclass(frozen=True)
class Estimate:
    """What one design says: the count after, in units of what it would have been.

    ``ratio`` with its interval; NaN where the design's requirements do not hold. ``p`` is
    two-sided. ``prevented`` incidents in the weeks after, with interval (negative: more).
    ``visible`` is the smallest fall that these data would have shown with 80 % probability.
    ``observed`` incidents came in the weeks after that the design looks at.
    """

    design: str
    ratio: float
    lower: float
    upper: float
    p: float
    log_error: float
    freedom: float
    dispersion: float
    prevented: float
    prevented_lower: float
    prevented_upper: float
    visible: float
    observed: float = float("nan")

    @property
    def known(self) -> bool:
        """Whether there is an estimate."""
        return bool(np.isfinite(self.ratio) and np.isfinite(self.log_error))


def unknown(design: str) -> Estimate:
    """A design whose requirements do not hold."""
    return Estimate(design, *([float("nan")] * 11))


def estimable(found: Estimate) -> Estimate:
    """The estimate, or `unknown` where its interval reaches more than `WIDEST` times either way.

    The one rule for every design. With no incident before or none after, or almost none, the ratio
    is whatever the arithmetic ends at, and its interval has no end: then nothing is estimated.
    """
    near = found.ratio <= WIDEST * found.lower and found.upper <= WIDEST * found.ratio
    return found if near and found.ratio > 0 else unknown(found.design)


def _estimate(name: str, fit: Fit, observed: float) -> Estimate:
    from scipy import special

    effect, error, freedom = float(fit.effect[0]), float(fit.error[0]), float(fit.freedom[0])
    t = float(special.stdtrit(freedom, (1 + LEVEL) / 2))
    p = float(2 * special.stdtr(freedom, -abs(effect / max(error, 1e-12))))
    ends = np.clip(effect + np.array([-t, t]) * error, -_FAR, _FAR)
    lower, upper = np.exp(ends)
    ratio = float(np.exp(np.clip(effect, -_FAR, _FAR)))
    least = np.exp(-(t + float(special.stdtrit(freedom, POWER))) * error)
    return estimable(Estimate(
        name, ratio, float(lower), float(upper), p, error, freedom, float(fit.dispersion[0]),
        observed / ratio - observed, observed / float(upper) - observed,
        observed / float(lower) - observed, float(1 - least), observed,
    ))  # fmt: skip


def interrupted(design: Design, trend: bool | None = None) -> Estimate:
    """Interrupted time series: level, season, a trend if the weeks before have one, and a step.

    Quasi-Poisson; Bernal, Cummins and Gasparrini 2017, doi:10.1093/ije/dyw098.

    Parameters
    ----------
    trend
        None: by the rule of `has_trend`, from the weeks before alone.
    """
    if not design.before.any() or not design.after.any():
        return unknown("interrupted")
    fit, _, _ = fitted_interrupted(design, trend)
    return _estimate("interrupted", fit, float(np.nansum(design.target[design.after])))


def fitted_interrupted(design: Design, trend: bool | None = None) -> tuple[Fit, Numbers, Numbers]:
    """The fit of `interrupted`, its offset, and its terms: steps × columns."""
    sloped = has_trend(design) if trend is None else trend
    offset, terms = _log(design.exposure), _terms(design, sloped)
    weight = (design.before | design.after).astype(float)
    after = design.after.astype(float)
    fit = quasi_poisson(design.target, offset, terms, after[None, :], weight[None, :], design.block)
    return fit, offset, terms


def slope_change(design: Design, trend: bool | None = None) -> Estimate:
    """The change of slope after the start, per quarter, in an interrupted series with both changes.

    Only with two quarters after the start; ``prevented`` is not known.
    """
    block = design.block
    if not design.before.any() or design.after.sum() < 2 * block:
        return unknown("slope")
    after = design.after.astype(float)
    weight = (design.before | design.after).astype(float)
    since = (np.arange(len(after)) - design.start) / block
    since = np.where(design.after, since - since[design.after].mean(), 0)
    sloped = has_trend(design) if trend is None else trend
    terms = np.concatenate([_terms(design, sloped), after[:, None]], axis=1)
    fit = quasi_poisson(
        design.target, _log(design.exposure), terms, since[None, :], weight[None, :], block
    )
    found = _estimate("slope", fit, float(np.nansum(design.target[design.after])))
    none = float("nan")
    return replace(found, prevented=none, prevented_lower=none, prevented_upper=none)


def has_trend(design: Design) -> bool:
    """Whether the weeks before the start, and they alone, have a clear trend (5 %)."""
    before = design.before
    if before.sum() < 2 * design.steps_a_year:
        return False
    time = _time(design)
    fit = quasi_poisson(
        design.target, _log(design.exposure), _terms(design, False), time[None, :],
        before.astype(float)[None, :], design.block,
    )  # fmt: skip
    return _significant(fit)


def controlled(design: Design) -> Estimate:
    """Target against comparison areas: the target's share of both, before and after.

    Season and shocks that both share cancel. Quasi-binomial, which is difference in differences on
    the log scale given the sum of both.
    """
    before, after = design.before & design.compared, design.after & design.compared
    if not design.controlled or not before.any() or not after.any():
        return unknown("controlled")
    fit = quasi_binomial(
        *_shares(design), after.astype(float)[None, :], (before | after).astype(float)[None, :],
        design.block,
    )  # fmt: skip
    return _estimate("controlled", fit, float(np.nansum(design.target[design.after])))


def parallel(design: Design) -> float:
    """The p value of another trend in the target than in the comparison before; NaN without."""
    from scipy import special

    told = design.before & design.compared
    if not design.controlled or told.sum() < design.steps_a_year / 2:
        return float("nan")
    fit = quasi_binomial(
        *_shares(design), _time(design)[None, :], told.astype(float)[None, :], design.block
    )
    return float(2 * special.stdtr(fit.freedom[0], -abs(fit.effect[0] / fit.error[0])))


def same_weeks(design: Design) -> Estimate:
    """The weeks after against the same weeks a year before: what people usually see. Weak."""
    year = design.steps_a_year
    after = np.flatnonzero(design.after)
    after = after[after >= year]
    pairs = after[design.told[after - year]]
    if not len(pairs):
        return unknown(f"same_{design.step}s")
    chosen = np.concatenate([pairs - year, pairs])
    later = np.concatenate([np.zeros(len(pairs)), np.ones(len(pairs))])
    fit = quasi_poisson(
        design.target[chosen], _log(design.exposure[chosen]), np.ones((len(chosen), 1)),
        later[None, :], np.ones((1, len(chosen))), design.block,
    )  # fmt: skip
    return _estimate(f"same_{design.step}s", fit, float(design.target[pairs].sum()))


def placebo_scores(design: Design, most: int = 199) -> tuple[Numbers, float]:
    """The estimate over its error at made-up starts in the weeks before the real one.

    Beside them, how many of them are told apart: starts whose weeks after overlap say the same.

    The interrupted series of the weeks before the run-up, with as many weeks after as really
    followed, at most half of what is there.
    A start needs what an insats needs: a year of reported weeks before, and half of those after.
    """
    last, least_before = design.start - design.run_up, design.steps_a_year
    told = design.told
    after = min(int(design.after.sum()), (last - least_before) // 2)
    first, final = least_before + design.run_up, last - after
    if after < 4 or final - first < 20:
        return np.zeros(0), 0.0
    starts = np.unique(np.linspace(first, final, most).astype(int))
    place = np.arange(len(design.target))
    later = told & (place >= starts[:, None] + design.delay) & (place < starts[:, None] + after)
    earlier = told & (place < starts[:, None] - design.run_up)
    enough = earlier.sum(axis=1) >= least_before
    enough &= 2 * later.sum(axis=1) >= after - design.delay
    room = (final - first) * float(enough.mean())
    if room < 20:
        return np.zeros(0), 0.0
    later, earlier = later[enough], earlier[enough]
    weight = (later | earlier).astype(float)
    fit = quasi_poisson(
        design.target, _log(design.exposure), _terms(design, has_trend(design)),
        later.astype(float), weight, design.block,
    )  # fmt: skip
    return fit.effect / np.maximum(fit.error, 1e-9), room / after + 1


def extrapolated(design: Design, found: Estimate) -> float:
    """How far a fall rests on a trend drawn on above what was ever seen; 1 or less is not.

    Expected without the insats over the highest count of the same steps in an earlier year (per
    reported step), where the whole interval says that it fell; but only where against that
    highest year nothing fell for sure. NaN without an earlier year.
    """
    year, after = design.steps_a_year, np.flatnonzero(design.after)
    seen = []
    for back in range(year, int(after[-1]) + 1, year):
        earlier = after[after >= back] - back
        earlier = earlier[design.before[earlier]]
        if 2 * len(earlier) >= len(after):
            seen.append(design.target[earlier].sum() / design.exposure[earlier].sum())
    if not seen:
        return float("nan")
    further = design.target[after].sum() / found.ratio / design.exposure[after].sum() / max(seen)
    return float(further if found.upper < 1 <= found.upper * further else min(further, 1.0))


def _shares(design: Design) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Target, target + comparison, offset for unequal reporting, and the level."""
    told = ~np.isnan(design.comparison)
    counts = np.where(told, design.comparison, 0.0)
    rate = counts.sum(axis=1) / np.maximum((design.comparison_exposure * told).sum(axis=1), 1e-9)
    there = (design.comparison_exposure * told * rate[:, None]).sum(axis=0) / max(rate.sum(), 1e-9)
    offset = _log(design.exposure) - _log(there)
    total = np.nan_to_num(design.target) + counts.sum(axis=0)
    return design.target, total, offset, np.ones((len(design.target), 1))


def _terms(design: Design, trend: bool) -> Numbers:
    columns = [np.ones((len(design.target), 1)), design.season]
    return np.concatenate([*columns, _time(design)[:, None]] if trend else columns, axis=1)


def _time(design: Design) -> Numbers:
    steps = len(design.target)
    return (np.arange(steps) - steps / 2) / design.steps_a_year


def _log(exposure: Numbers) -> Numbers:
    return np.asarray(np.log(np.where(exposure > 0, exposure, 1.0)))


def _significant(fit: Fit) -> bool:
    from scipy import special

    return bool(2 * special.stdtr(fit.freedom[0], -abs(fit.effect[0] / fit.error[0])) < 0.05)
