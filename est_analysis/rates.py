"""Rate ratios and intervals for counts that vary more than chance alone: period against period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.errors import EstError
from est_analysis.overdispersion import BLOCK_MONTHS, BLOCK_WEEKS, dispersion, dispersions

__all__ = [
    "BLOCK_MONTHS",
    "BLOCK_WEEKS",
    "MINIMUM_BASE",
    "RateRatio",
    "count_interval",
    "dispersion",
    "dispersions",
    "rate_ratio",
    "rate_ratios",
    "without_vague",
]

Numbers = npt.NDArray[np.float64]

MINIMUM_BASE = 10  # reference count under which a per cent change says nothing
VAGUE = 1000  # times its lower end, where an interval's upper end says nothing of the ratio
_LEVEL = 0.95


@dataclass(frozen=True)
class RateRatio:
    """Count per week of one period divided by that of a reference period.

    ``lower`` and ``upper`` bound the true ratio at ``level``. ``dispersion`` is the variance in
    units of a Poisson variance; NaN when unknown, and then there is no interval.
    """

    count: float
    weeks: float
    reference_count: float
    reference_weeks: float
    ratio: float
    lower: float
    upper: float
    level: float
    dispersion: float

    @property
    def verdict(self) -> str:
        """``increase``, ``decrease``, ``no_clear_change`` or ``too_little_data``.

        A change is claimed when the interval excludes 1. Too little data means that no division
        of these events between the two periods could have excluded 1, or that a number is missing.
        """
        if np.isnan(self.lower):
            return "too_little_data"
        share = np.array([self.weeks / (self.weeks + self.reference_weeks)])
        events = np.array([self.count + self.reference_count]) / self.dispersion
        ends = np.array([self.lower]), np.array([self.upper])
        return str(_verdicts(events, share, *ends, self.level)[0])


def rate_ratio(
    count: float,
    weeks: float,
    reference_count: float,
    reference_weeks: float,
    *,
    dispersion: float = 1.0,
    level: float = _LEVEL,
) -> RateRatio:
    """How many times higher the count per week is than in the reference period, with an interval.

    Parameters
    ----------
    count, reference_count
        Events, 0 or more; NaN where not reported.
    weeks, reference_weeks
        Reported weeks (days/7).
    dispersion
        From `dispersion`; 1 is pure chance (Poisson), NaN is unknown.
    level
        Of the two-sided interval.

    Returns
    -------
    RateRatio
        0 against events gives an interval from 0; events against 0 one without upper end;
        0 against 0, a missing number or no reported weeks gives NaN and ``too_little_data``.

    Raises
    ------
    EstError
        A negative count, a dispersion of 0 or less, or a level outside 0–1.

    Notes
    -----
    Given the sum of both counts, the count is binomial (doi:10.1093/biomet/31.3-4.313); the
    interval is Clopper and Pearson's (doi:10.1093/biomet/26.4.404) by beta quantiles, on counts
    divided by the dispersion. With dispersion 1 it equals R's ``poisson.test``.

    Examples
    --------
    >>> change = rate_ratio(60, 17.4, 90, 17.4)
    >>> round(change.ratio, 2), round(change.lower, 2), round(change.upper, 2), change.verdict
    (0.67, 0.47, 0.93, 'decrease')
    >>> rate_ratio(60, 17.4, 90, 17.4, dispersion=2.5).verdict
    'no_clear_change'
    """
    row = rate_ratios(
        [count], [weeks], [reference_count], [reference_weeks], dispersion=dispersion, level=level
    ).iloc[0]
    return RateRatio(
        float(count),
        float(weeks),
        float(reference_count),
        float(reference_weeks),
        float(row["ratio"]),
        float(row["lower"]),
        float(row["upper"]),
        level,
        float(dispersion),
    )


def rate_ratios(
    count: npt.ArrayLike,
    weeks: npt.ArrayLike,
    reference_count: npt.ArrayLike,
    reference_weeks: npt.ArrayLike,
    *,
    dispersion: npt.ArrayLike = 1.0,
    level: float = _LEVEL,
) -> pd.DataFrame:
    """Compute `rate_ratio` for arrays, which are broadcast against each other.

    Returns
    -------
    DataFrame
        One row per element: ``ratio``, ``lower``, ``upper`` (NaN where unknown), ``verdict``.

    Raises
    ------
    EstError
        As `rate_ratio`.

    Examples
    --------
    >>> rate_ratios([60, 4], 17.4, [90, 0], 17.4, dispersion=[1.0, 1.2]).round(2)
       ratio  lower  upper          verdict
    0   0.67   0.47   0.93         decrease
    1    inf   0.49    inf  too_little_data
    """
    _refuse_impossible(level, dispersion, count, reference_count)
    a, t, b, u, phi = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(x, dtype=float))
            for x in (count, weeks, reference_count, reference_weeks, dispersion)
        )
    )
    known = (t > 0) & (u > 0) & (a + b > 0)
    a, t, b, u = (np.where(known, x, np.nan) for x in (a, t, b, u))
    low, low_exchanged = (
        _least_share(a / phi, b / phi, level),
        _least_share(b / phi, a / phi, level),
    )
    with np.errstate(divide="ignore"):
        ratio = (a / t) / (b / u)
        lower = low / (1 - low) * u / t
        upper = (1 - low_exchanged) / low_exchanged * u / t  # 1 minus the upper share cancels
    verdict = _verdicts((a + b) / phi, t / (t + u), lower, upper, level)
    return pd.DataFrame({"ratio": ratio, "lower": lower, "upper": upper, "verdict": verdict})


def without_vague(ratios: pd.DataFrame) -> pd.DataFrame:
    """Take away ratios whose interval spans more than a factor of 1,000: too little data.

    An end that is 0 or infinite is taken to lie as far from 1 as the other end, on its side. An
    interval that excludes 1 says something however wide it is, and stays.

    Parameters
    ----------
    ratios
        From `rate_ratios`.

    Examples
    --------
    >>> without_vague(rate_ratios([1, 0], 17.4, [1, 20], 17.4, dispersion=[3, 1])).round(2)
       ratio  lower  upper          verdict
    0    NaN    NaN    NaN  too_little_data
    1    0.0    0.0    0.2         decrease
    """
    lower, upper = ratios["lower"], ratios["upper"]
    with np.errstate(divide="ignore"):
        low = np.where(lower > 0, lower, 1 / upper)
        high = np.where(np.isfinite(upper), upper, 1 / lower)
        vague = (high / low > VAGUE) & (lower <= 1) & (upper >= 1)
    kept = ratios[["ratio", "lower", "upper"]].mask(vague)
    return kept.assign(verdict=ratios["verdict"].mask(vague, "too_little_data"))


def count_interval(
    count: npt.ArrayLike, *, dispersion: npt.ArrayLike = 1.0, level: float = _LEVEL
) -> tuple[Numbers, Numbers]:
    """Between which ends the expected count lies, given the count that was seen.

    Parameters
    ----------
    count
        Events, 0 or more; NaN where not reported.
    dispersion
        From `dispersion`; NaN where unknown gives NaN.

    Returns
    -------
    tuple of arrays
        Lower and upper end; broadcast shape of the arguments.

    Raises
    ------
    EstError
        As `rate_ratio`.

    Notes
    -----
    Garwood's exact interval (doi:10.1093/biomet/28.3-4.437) on counts divided by the dispersion.

    Examples
    --------
    >>> lower, upper = count_interval([0, 10])
    >>> lower.round(2), upper.round(2)
    (array([0. , 4.8]), array([ 3.69, 18.39]))
    """
    from scipy import special

    _refuse_impossible(level, dispersion, count)
    tail = (1 - level) / 2
    phi = np.asarray(dispersion, dtype=float)
    scaled = np.asarray(count, dtype=float) / phi
    lower = np.where(scaled == 0, 0.0, special.gammaincinv(scaled, tail))
    return lower * phi, special.gammainccinv(scaled + 1, tail) * phi


def _least_share(a: Numbers, b: Numbers, level: float) -> Numbers:
    """Clopper and Pearson's lower end for the share a / (a + b); counts need not be whole."""
    from scipy import special

    return np.where(a == 0, 0.0, special.betaincinv(a, b + 1, (1 - level) / 2))


def _verdicts(
    events: Numbers, share: Numbers, lower: Numbers, upper: Numbers, level: float
) -> npt.NDArray[np.object_]:
    """Words for the intervals, given ``events`` over the dispersion and the period's share."""
    most_lopsided = np.minimum(share, 1 - share) ** events
    words = np.full(len(lower), "no_clear_change", dtype=object)
    words[upper < 1] = "decrease"
    words[lower > 1] = "increase"
    unknown = np.isnan(lower)  # and then the upper end too
    words[unknown | (most_lopsided >= (1 - level) / 2)] = "too_little_data"
    return words


def _refuse_impossible(level: float, phi: npt.ArrayLike, *counts: npt.ArrayLike) -> None:
    faults = []
    if not 0 < level < 1:
        faults.append(("a level between 0 and 1", f"level={level:g}"))
    least = np.nanmin(np.asarray(phi, dtype=float), initial=np.inf)
    if least <= 0:
        faults.append(("a dispersion above 0", f"dispersion={least:g}"))
    least = min(np.nanmin(np.asarray(count, dtype=float), initial=np.inf) for count in counts)
    if least < 0:
        faults.append(("counts of 0 or more", f"count={least:g}"))
    for expected, found in faults:
        raise EstError(
            "cannot compute an interval",
            expected=expected,
            found=found,
            change="the argument of that name in the call",
            otherwise="nothing is computed",
        )
