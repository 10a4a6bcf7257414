"""What an evaluation compares: target, comparison areas, weeks before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

STEPS_A_YEAR = {"week": 52, "month": 12}
RUN_UP = {"week": 13, "month": 3}  # before the start, that made someone act; left out on a peak
LEAST_AFTER = {"week": 8, "month": 2}
SHIFT = {"week": 4, "month": 1}  # by which other choices of the start differ
LEAST_EVENTS = 30  # of the target, before and after together
LEAST_POOL = 10  # remaining areas before a weighed comparison is made of them all


@dataclass(frozen=True)
class Design:
    """One actor's counts for one insats, in weeks (or months).

    Attributes
    ----------
    target
        Counts per step in the target areas together; NaN where not reported.
    comparison
        Comparison areas × steps, none when empty.
    exposure, comparison_exposure
        The share of each step that was reported, as the counts.
    season
        Steps × terms: the year's waves.
    start, stop
        The first step after the start, and the step after the last one judged.
    run_up
        Steps before the start that are left out of the baseline (0 when not chosen on a peak).
    delay
        Steps after the start in which no effect is expected yet: left out.
    quiet
        Truth for steps without holidays and breaks, for one of the checks.
    pool, pool_exposure
        All remaining areas × steps (neither target nor neighbour, and without an insats of their
        own), for the primary design and the synthetic comparison; None: `comparison` is all.
    step
        ``week`` or ``month``.
    inside
        The share of each step that lies in the days judged, where the first or last is cut.
    """

    target: Numbers
    comparison: Numbers
    exposure: Numbers
    comparison_exposure: Numbers
    season: Numbers
    start: int
    stop: int
    run_up: int = RUN_UP["week"]
    delay: int = 0
    quiet: Truths | None = None
    pool: Numbers | None = None
    pool_exposure: Numbers | None = None
    step: str = "week"
    inside: Numbers | None = None

    @property
    def steps_a_year(self) -> int:
        """52 for weeks, 12 for months."""
        return STEPS_A_YEAR[self.step]

    @property
    def before(self) -> Truths:
        """Steps of the baseline."""
        place = np.arange(len(self.target))
        return np.asarray((place < self.start - self.run_up) & self.told)

    @property
    def after(self) -> Truths:
        """Steps in which an effect is looked for."""
        place = np.arange(len(self.target))
        return np.asarray((place >= self.start + self.delay) & (place < self.stop) & self.told)

    @property
    def compared(self) -> Truths:
        """Steps that at least one comparison area reported."""
        told = ~np.isnan(self.comparison) & (self.comparison_exposure > 0)
        return np.asarray(told.any(axis=0))

    @property
    def told(self) -> Truths:
        """Steps that the target reported."""
        return np.asarray(~np.isnan(self.target) & (self.exposure > 0))

    @property
    def block(self) -> int:
        """Steps of a quarter: errors are summed over them (see `fits`)."""
        return self.steps_a_year // 4

    @property
    def whole(self) -> Truths:
        """Steps that are not cut."""
        if self.inside is None:
            return np.ones(len(self.target), dtype=bool)
        return np.asarray(self.inside > 1 - 1e-9)

    @property
    def length_after(self) -> int:
        """Whole steps' worth of days in which an effect is looked for."""
        if self.inside is None:
            return int(self.after.sum())
        return int(self.inside[self.after].sum() + 1e-9)

    @property
    def least_after(self) -> int:
        """Steps of eight weeks, or two months."""
        return LEAST_AFTER[self.step]

    @property
    def controlled(self) -> bool:
        """Whether there is a comparison area with counts."""
        return bool(self.comparison.size and np.nansum(self.comparison) > 0)

    def moved(self, steps: int) -> Design:
        """The same with another first step."""
        return replace(self, start=self.start + steps)

    def without(self, area: int) -> Design:
        """The same without one comparison area."""
        return replace(
            self,
            comparison=np.delete(self.comparison, area, axis=0),
            comparison_exposure=np.delete(self.comparison_exposure, area, axis=0),
        )

    def of(self, counts: Numbers, exposure: Numbers) -> Design:
        """The same question asked of another area, such as a neighbour."""
        return replace(self, target=counts, exposure=exposure)
