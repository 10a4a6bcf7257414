"""The one model of what is usual: for alarms, forecasts, bands in figures and evaluations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from est_analysis.expected import noise, predictive
from est_analysis.expected.level import Levels, follow, variance
from est_analysis.expected.profile import Profile, fit_profiles
from est_analysis.yearly import DAYS_OF_YEAR, YearlyTerms

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

LEAST_STEPS = 26  # reported steps of a series before anything is called usual


@dataclass(frozen=True)
class ExpectedCounts:
    """What is expected of many series in the steps after those they were fitted to.

    Attributes
    ----------
    mean
        Series × steps to come, whole reporting: an actor that reports half the week gives half.
    chance
        Dispersion of each series.
    relative
        Series: variance of the level before the first step to come, relative to its square.
    drift
        Standard deviation of a step's change of level, log scale, per series.
    terms
        Steps to come × terms of season and calendar.
    category
        Code per series into `profile`.
    past, past_relative
        Series × observed steps: what each step was expected to give from those before it (the
        year's shape is that of the whole history), at the reporting it had, and the relative
        variance. What a figure's band shows.
    known
        Truth per series: at least `LEAST_STEPS` reported steps. Elsewhere nothing is expected and
        `mean` is NaN.
    profile
        The year's shape of each category.
    """

    mean: Numbers
    chance: Numbers
    relative: Numbers
    drift: Numbers
    terms: Numbers
    category: Codes
    past: Numbers
    past_relative: Numbers
    known: npt.NDArray[np.bool_]
    profile: Profile

    @property
    def variance(self) -> Numbers:
        """Of the counts to come, series × steps."""
        ahead = np.arange(self.mean.shape[1])
        level = self.relative[:, None] + ahead * self.drift[:, None] ** 2
        shape = self.profile.variance(self.terms)[self.category]
        return variance(self.mean, self.chance[:, None], level + shape)

    @property
    def past_variance(self) -> Numbers:
        """Of the counts of the history, series × observed steps."""
        return variance(self.past, self.chance[:, None], self.past_relative)

    def reported(self, exposure: Numbers) -> ExpectedCounts:
        """The same at the reporting there was: series × steps, shares from 0 to 1."""
        return replace(self, mean=self.mean * exposure)

    def interval(self, level: float = 0.95) -> tuple[Numbers, Numbers]:
        """Counts between which a share `level` of the coming steps lies, both ends inclusive."""
        return predictive.interval(level, self.mean, self.variance)

    def total(self) -> tuple[Numbers, Numbers]:
        """Mean and variance of each series' sum over the steps to come.

        What is not known of level and shape is shared by all steps: an error in the first is one in
        the last.
        """
        total = self.mean.sum(axis=1)
        later = np.cumsum(self.mean[:, ::-1], axis=1)[:, ::-1][:, 1:]  # what a later drift moves
        level = total**2 * self.relative + self.drift**2 * (later**2).sum(axis=1)
        weight = self.mean @ self.terms
        own = self.profile.covariance[self.category]
        shape = np.einsum("sp,spq,sq->s", weight, own, weight, optimize=True)
        return total, self.chance * total + level + shape


def expected_counts(
    counts: Numbers,
    exposure: Numbers,
    terms: YearlyTerms,
    category: Codes,
    *,
    step: str = "week",
    actor: Codes | None = None,
    breaks: npt.NDArray[np.bool_] | None = None,
) -> ExpectedCounts:
    """What is usual for each series in the steps that follow its history.

    Log-linear with dispersion: level + season + calendar, and what share was reported. The level is
    each series' own and drifts; season and calendar are estimated over all series of a category
    together and lent to each; dispersion and drift likewise.

    Parameters
    ----------
    counts
        Series × steps; NaN where not reported, never 0. The last column is the last step known.
    exposure
        Series × steps: the share of the step that was reported, 0 to 1.
    terms
        Of `yearly_terms`: the observed steps and those to come.
    category
        Code per series from 0: series of the same code share shape, dispersion and drift. Give
        areas of the same actor and category the same code, and their totals a model of their own.
    step
        ``week`` or ``month``.
    actor
        Code per series: categories of the same actor have similar shapes. Default: one actor.
    breaks
        Series × observed steps: truth where a series' figures begin to mean something else.

    Returns
    -------
    ExpectedCounts
        For the steps of `terms` after the observed ones.

    Notes
    -----
    The level: Harvey and Fernandes 1989, doi:10.1080/07350015.1989.10509750, with a drift in place
    of their discount. Outbreaks weigh less, as in Noufaily et al. 2013, doi:10.1002/sim.5595.

    Examples
    --------
    >>> import pandas as pd
    >>> from est_analysis.yearly import yearly_terms
    >>> weeks = pd.date_range("2022-01-03", periods=160, freq="7D")
    >>> counts = np.random.default_rng(1).poisson(6, (3, 156)).astype(float)
    >>> coming = expected_counts(
    ...     counts, np.ones_like(counts), yearly_terms(weeks), np.zeros(3, int)
    ... )
    >>> lower, upper = coming.interval(0.95)
    >>> coming.mean[0].round(0).tolist(), float(lower[0, 0]), float(upper[0, 0])
    ([7.0, 6.0, 7.0, 7.0], 2.0, 13.0)
    """
    series, observed = counts.shape
    owner = np.zeros(series, dtype=np.intp) if actor is None else actor
    told = np.where(np.isnan(counts), 0.0, exposure)
    steps_a_year = DAYS_OF_YEAR / 7 if step == "week" else 12.0
    profile = _profiles(counts, told, terms, category, owner, steps_a_year, breaks)
    shape = profile.shape[category]
    usual = told * np.exp(shape[:, :observed])
    begin = _start(counts, usual, category)
    phi, drift = noise.estimate(counts, usual, begin, category, profile.parameters, breaks)
    levels: Levels = follow(counts, usual, begin, phi[category], drift[category], breaks)
    mean = levels.level[:, -1:] * np.exp(shape[:, observed:])
    both = np.concatenate([terms.season, terms.calendar], axis=1)
    seen = (told > 0).cumsum(axis=1)
    known = (told > 0).sum(axis=1) >= LEAST_STEPS
    mean = np.where(known[:, None], mean, np.nan)
    past = np.where((seen >= LEAST_STEPS) & (told > 0), levels.level[:, :-1] * usual, np.nan)
    shape_variance = profile.variance(both[:observed])[category]
    return ExpectedCounts(
        mean=mean,
        chance=phi[category],
        relative=levels.relative_variance[:, -1],
        drift=drift[category],
        terms=both[observed:],
        category=category,
        past=past,
        past_relative=levels.relative_variance[:, :-1] + shape_variance,
        known=known,
        profile=profile,
    )


def _profiles(
    counts: Numbers,
    told: Numbers,
    terms: YearlyTerms,
    category: Codes,
    owner: Codes,
    steps_a_year: float,
    breaks: npt.NDArray[np.bool_] | None,
) -> Profile:
    """Shapes of all categories; areas that were not reported are missed in proportion."""
    categories = int(category.max(initial=-1)) + 1
    total = _sum(np.where(told > 0, np.nan_to_num(counts), 0.0), category, categories)
    rate = np.nan_to_num(counts).sum(axis=1) / np.maximum(told.sum(axis=1), 1e-9)
    rate = np.where((told > 0).any(axis=1), np.maximum(rate, 1e-6), 0)
    whole = np.bincount(category, rate, categories)
    share = _sum(told * rate[:, None], category, categories)
    share = share / np.maximum(whole, 1e-9)[:, None]
    parts: list[tuple[Codes, Profile]] = []
    for code in np.unique(owner) if len(owner) else (0,):  # no series, no shapes
        own = np.unique(category[owner == code])
        edges = () if breaks is None else np.flatnonzero(breaks[owner == code].any(axis=0))
        fitted = fit_profiles(
            total[own],
            share[own],
            terms.season,
            terms.calendar,
            steps_a_year,
            tuple(int(edge) for edge in edges if edge),
        )
        parts.append((own, fitted))
    order = np.argsort(np.concatenate([own for own, _ in parts]))
    joined = {
        name: np.concatenate([getattr(part, name) for _, part in parts])[order]
        for name in Profile.__dataclass_fields__
    }
    return Profile(**joined)


def _sum(values: Numbers, code: Codes, codes: int) -> Numbers:
    total = np.zeros((codes, values.shape[1]))
    np.add.at(total, code, values)
    return total


def _start(counts: Numbers, usual: Numbers, category: Codes) -> Numbers:
    """The mean level of the category's series: what is known of an area before it is seen."""
    codes = int(category.max(initial=-1)) + 1
    seen = np.bincount(category, np.nan_to_num(counts).sum(axis=1), codes)
    time = np.bincount(category, usual.sum(axis=1), codes)
    return np.asarray((seen + 0.5) / np.maximum(time, 1.0))[category]
