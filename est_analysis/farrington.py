"""Farrington's algorithm, original and improved, for many series at once.

The default of the weekly report is the pooled model of `est_analysis.expected`; this is the
reference that public health agencies use, for series with some events a week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.errors import EstError
from est_analysis.expected import predictive

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

YEAR = 52  # weeks back to the same week a year earlier, as in R with ``freq = 52``
CHUNK = 64  # series fitted together: few enough to stay in a processor's cache
THRESHOLDS = ("nb_plugin", "muan", "delta")
POWERS = {"2/3": 2 / 3, "1/2": 0.5, "none": 1.0}
_ROUNDS = 25  # of iterated least squares, and when they end: those of R's glm
_TOLERANCE = 1e-8
_FAR = 50.0  # a linear predictor beyond this is none
_SMALLEST = 1e-300


@dataclass(frozen=True)
class Farrington:
    """What was expected of one week, per series; NaN where a series could not be judged.

    Attributes
    ----------
    expected, upper
        The mean of the model, and the count above which a week is too high.
    score
        (count − expected) / (upper − expected): above 1 is above the bound.
    alarm
        Above the bound, with at least as many recent events as `limit54` asks for.
    trend, slope
        Whether the model kept its trend, and its slope per week, log scale.
    dispersion
        Of the reference weeks, at least 1.
    weeks
        Reference weeks that were reported.
    """

    expected: Numbers
    upper: Numbers
    score: Numbers
    alarm: Truths
    trend: Truths
    slope: Numbers
    dispersion: Numbers
    weeks: npt.NDArray[np.intp]


def farrington(
    counts: Numbers,
    week: int,
    *,
    years_back: int = 5,
    window: int = 3,
    periods: int = 10,
    past_weeks_excluded: int = 26,
    reweight: bool = True,
    weights_threshold: float = 2.58,
    trend: bool = True,
    trend_level: float = 1.0,
    alpha: float = 0.01,
    limit54: tuple[int, int] = (5, 4),
    threshold: str = "nb_plugin",
    power: str = "2/3",
    like_r: bool = True,
) -> Farrington:
    """Whether a week is higher than the same weeks of earlier years let expect.

    Parameters
    ----------
    counts
        Series × weeks, consecutive; NaN where not reported: such weeks have no weight, and a week
        that is itself not reported gives no alarm.
    week
        Column to judge; at least ``years_back · 52 + window`` columns must lie before it.
    years_back, window
        The same week of so many years, and so many weeks on each side of it.
    periods
        Into how many parts the year is divided: weeks outside the windows tell of the level in
        their own part. 1 leaves them out (the original algorithm).
    past_weeks_excluded
        Weeks just before the one judged that are left out: an outbreak may have begun.
    reweight, weights_threshold
        Whether reference weeks with an Anscombe residual above the threshold weigh less.
    trend, trend_level
        Whether a trend may be in the model, and the p value up to which it stays (1: always). It
        is left out when it would go above what the reference weeks have seen, or with under three
        years of them.
    alpha
        Probability above the bound.
    limit54
        At least so many events in so many weeks up to the one judged, else no alarm and no bound.
    threshold, power
        ``nb_plugin`` (negative binomial at the mean), ``muan`` (at the upper end of the mean) or
        ``delta`` (normal after a power transformation: ``2/3``, ``1/2`` or ``none``).

    like_r
        Take the standard errors as R's package has them: after reweighting it divides the errors
        of the fit by the mean once too often, so that they come out too small. It changes the
        trend's p value, ``muan`` and ``delta``; the defaults here use none of them.

    Returns
    -------
    Farrington
        One number per series. (R's own score of ``nb_plugin`` and ``muan`` puts the logarithm in
        place of the mean; ours does not.)

    Raises
    ------
    EstError
        Too few weeks before the one judged, or an unknown threshold or power.

    Notes
    -----
    Farrington, Andrews, Beale and Catchpole 1996, doi:10.2307/2983331; improved: Noufaily et al.
    2013, doi:10.1002/sim.5595. The defaults are the improved algorithm's. Equal to R's
    ``surveillance::farringtonFlexible`` (``tests/reference/farrington``). Since all series share
    reference weeks and parts of the year, each fit needs sums over the parts only.

    Examples
    --------
    >>> quiet = np.random.default_rng(1).poisson(6, (2, 300)).astype(float)
    >>> quiet[1, 299] = 25
    >>> farrington(quiet, 299).alarm
    array([False,  True])
    """
    _refuse(counts, week, years_back, window, threshold, power)
    rows, part = _reference(week, years_back, window, periods, past_weeks_excluded)
    found = []
    for first in range(0, len(counts), CHUNK):
        own = counts[first : first + CHUNK]
        limit = weights_threshold if reweight else np.inf
        model = _Model(own[:, rows], rows, part, week, limit, like_r)
        kept = np.zeros(len(own), dtype=bool)
        if trend and years_back >= 3:
            sloped = model.with_trend()
            kept = sloped.p_value <= trend_level
            kept &= sloped.mean <= np.nanmax(own[:, rows], axis=1, initial=0)
        fit = sloped if kept.all() and len(kept) else model.without_trend()
        if kept.any() and not kept.all():
            fit = fit.where(kept, sloped)
        found.append(_judged(own, week, fit, kept, alpha, limit54, threshold, POWERS[power]))
    if not found:
        nothing = np.zeros(0)
        none = nothing.astype(bool)
        return Farrington(
            nothing, nothing, nothing, none, none, nothing, nothing, nothing.astype(np.intp)
        )
    names = Farrington.__dataclass_fields__
    return Farrington(*(np.concatenate([getattr(part, name) for part in found]) for name in names))


def _refuse(
    counts: Numbers, week: int, years_back: int, window: int, threshold: str, power: str
) -> None:
    least = years_back * YEAR + window
    for expected, found, wrong in (
        (f"a week from {least} on: {years_back} years and {window} weeks before it", f"{week}",
         not least <= week < counts.shape[1]),
        (f"a threshold of {', '.join(THRESHOLDS)}", threshold, threshold not in THRESHOLDS),
        (f"a power of {', '.join(POWERS)}", power, power not in POWERS),
    ):  # fmt: skip
        if wrong:
            raise EstError(
                "cannot judge the week",
                expected=expected,
                found=found,
                change="the argument of that name in the call",
                otherwise="nothing is judged",
            )


def _reference(
    week: int, years_back: int, window: int, periods: int, excluded: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Reference weeks, and the part of the year each lies in; part 0 is that of the week judged."""
    between = YEAR - 2 * window - 1
    sizes = np.full(max(periods - 1, 0), between // max(periods - 1, 1))
    sizes[: between - sizes.sum()] += 1  # the first parts are the longer ones
    year = np.concatenate([np.zeros(2 * window + 1, int), np.repeat(np.arange(1, periods), sizes)])
    if periods == 1:
        year = np.concatenate([year, np.full(between, -1)])
    first = week - years_back * YEAR - window
    rows = np.arange(first, week - excluded)
    part = year[(rows - first) % YEAR]
    return rows[part >= 0].astype(np.intp), part[part >= 0].astype(np.intp)


@dataclass(frozen=True)
class _Fit:
    """A model at the week judged: mean, its relative standard error, and what it was fitted by."""

    mean: Numbers
    relative_error: Numbers
    slope: Numbers
    dispersion: Numbers
    p_value: Numbers
    weeks: npt.NDArray[np.intp]

    def where(self, chosen: Truths, other: _Fit) -> _Fit:
        """The other's values where chosen."""
        names = _Fit.__dataclass_fields__
        return _Fit(*(np.where(chosen, getattr(other, n), getattr(self, n)) for n in names))


class _Model:
    """Quasi-Poisson regressions of many series on shared parts of the year."""

    def __init__(
        self,
        counts: Numbers,
        rows: npt.NDArray[np.intp],
        part: npt.NDArray[np.intp],
        week: int,
        threshold: float,
        like_r: bool,
    ) -> None:
        self.told = ~np.isnan(counts)
        self.y = np.where(self.told, counts, 0.0)
        self.time = (rows - week) / YEAR
        self.size = int(part.max(initial=0)) + 1
        self.parts = np.eye(self.size)[part]
        one = self.parts * self.time[:, None]
        self.sums = np.concatenate([self.parts, one, one * self.time[:, None]], axis=1)
        self.design = np.concatenate([self.parts, self.time[:, None]], axis=1).T
        self.own = self.y * np.log(np.where(self.y > 0, self.y, 1.0))
        self.part = part
        self.threshold = threshold
        self.like_r = like_r

    def without_trend(self) -> _Fit:
        """Level per part of the year."""
        return self._reweighted(False)

    def with_trend(self) -> _Fit:
        """Level per part, and one slope for all."""
        return self._reweighted(True)

    def _reweighted(self, trend: bool) -> _Fit:
        fit, mean, leverage = self._fit(self.told.astype(float), trend)
        if np.isinf(self.threshold):
            return fit
        phi = fit.dispersion[:, None]
        residual = 1.5 * (self.y ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean))
        residual /= np.sqrt(phi * np.maximum(1 - leverage, 1e-12))
        high = (residual > self.threshold) & self.told
        shape = np.where(high, 1 / np.where(high, residual, 1) ** 2, 1.0) * self.told
        number = self.told.sum(axis=1, keepdims=True)
        scale = number / np.maximum(shape.sum(axis=1, keepdims=True), 1e-12)
        return self._fit(shape * scale, trend, weighted=True)[0]

    def _fit(
        self, weight: Numbers, trend: bool, weighted: bool = False
    ) -> tuple[_Fit, Numbers, Numbers]:
        """The model, its means, and the leverage of each reference week."""
        from scipy import special

        mean, working, level, slope = self._iterated(weight, trend)
        total = np.maximum(working @ self.parts, _SMALLEST)
        middle = (working * self.time) @ self.parts / total
        away = self.time - middle[:, self.part]
        spread = (working * away**2).sum(axis=1)
        leverage = working / total[:, self.part]
        leverage = leverage + (working * away**2 / spread[:, None] if trend else 0)
        used = (weight > 0).sum(axis=1)
        freedom = used - (((weight > 0) @ self.parts) > 0).sum(axis=1) - int(trend)
        freedom = np.maximum(freedom, 1)
        relative = np.where(weight > 0, self.y / mean - 1, 0) ** 2
        estimated = (working * relative).sum(axis=1) / freedom
        phi = np.maximum(estimated, 1.0)
        if weighted and self.like_r:
            estimated = (weight * relative).sum(axis=1) / freedom
        share = 1 / total[:, 0] + (middle[:, 0] ** 2 / spread if trend else 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = slope / np.sqrt(estimated / spread)
        p_value = np.nan_to_num(2 * special.stdtr(freedom, -np.abs(t)), nan=1.0)
        error = np.sqrt(estimated * share)
        fit = _Fit(level, error, slope / YEAR, phi, p_value, used.astype(np.intp))
        return fit, mean, leverage

    def _iterated(self, weight: Numbers, trend: bool) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Means, the last working weights, the level in the week judged, and the slope.

        Weighted least squares again and again, begun and ended as R's ``glm`` does: its standard
        errors are those of the last step but one, and so to equal it one must go its way.
        """
        mean = self.y + 0.1
        predictor = np.log(mean)
        working = np.empty_like(mean)
        slope, level = np.zeros(len(mean)), np.zeros(len(mean))
        deviance = self._deviance(predictor, mean, weight, slice(None))
        going: slice | npt.NDArray[np.intp] = slice(None)
        for _ in range(_ROUNDS):
            heavy, now, line = weight[going], mean[going], predictor[going]
            w = heavy * now
            target = w * line + heavy * (self.y[going] - now)  # working weight × working response
            sums, targets = w @ self.sums, target @ self.sums[:, : 2 * self.size]
            total, moment, square = np.split(sums, 3, axis=1)
            total = np.maximum(total, _SMALLEST)
            bend = np.zeros(len(w))
            if trend:
                own, other = targets[:, : self.size], targets[:, self.size :]
                spread = (square - moment**2 / total).sum(axis=1)
                bend = (other - moment * own / total).sum(axis=1) / spread
            centre = (targets[:, : self.size] - bend[:, None] * moment) / total
            line = np.column_stack([centre, bend]) @ self.design
            np.clip(line, -_FAR, _FAR, out=line)
            now = np.exp(line)
            slope[going], level[going] = bend, np.exp(centre[:, 0])
            predictor[going], mean[going], working[going] = line, now, w
            fresh = self._deviance(line, now, heavy, going)
            moved = np.abs(fresh - deviance[going]) / (np.abs(fresh) + 0.1)
            deviance[going] = fresh
            rows = np.arange(len(mean))[going][moved >= _TOLERANCE]
            if not len(rows):
                break
            going = slice(None) if len(rows) == len(mean) else rows
        return mean, working, level, slope

    def _deviance(
        self,
        predictor: Numbers,
        mean: Numbers,
        weight: Numbers,
        rows: slice | npt.NDArray[np.intp],
    ) -> Numbers:
        parts = self.own[rows] - self.y[rows] * (predictor + 1) + mean
        return np.asarray(2 * np.einsum("st,st->s", weight, parts))


def _judged(
    counts: Numbers,
    week: int,
    fit: _Fit,
    trend: Truths,
    alpha: float,
    limit54: tuple[int, int],
    threshold: str,
    power: float,
) -> Farrington:
    from scipy import special

    now = counts[:, week]
    z = float(special.ndtri(1 - alpha))
    mean, phi = fit.mean, fit.dispersion
    if threshold == "delta":
        spread = phi + fit.relative_error**2 * mean
        error = power * np.sqrt(mean ** (2 * power - 1) * spread)
        upper = np.maximum(mean**power + z * error, 0) ** (1 / power)
    else:
        at = mean * np.exp(z * fit.relative_error) if threshold == "muan" else mean
        upper = predictive.upper_bound(1 - alpha, at, at * phi)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (now - mean) / (upper - mean)
    recent = np.nansum(counts[:, max(week - limit54[1] + 1, 0) : week + 1], axis=1)
    enough = recent >= limit54[0]
    upper = np.where(enough, upper, np.nan)
    return Farrington(
        expected=mean,
        upper=upper,
        score=score,
        alarm=enough & ~np.isnan(now) & (now > upper),
        trend=trend,
        slope=np.where(trend, fit.slope, np.nan),
        dispersion=phi,
        weeks=fit.weeks,
    )
