"""How much the counts of single areas and types vary, from what is shown of them alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.comparisons import YEARS_OF_NOISE, step_dispersions
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure.plan import Plan, tertials_touched
from est_analysis.overdispersion import BLOCK_WEEKS, LEAST_DEGREES, dispersion

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
LEAST_EXPECTED = 5.0  # in a tertial, before a cell's share of it says how shares vary


@dataclass(frozen=True)
class ShownNoise:
    """Dispersion of cells of which no week is public: from their shown tertials.

    A cell's count is the actor's count times the cell's share of it. Its dispersion is therefore
    p × that of the actor's public weeks + (1 − p) × that of the shares between the shown tertials,
    estimated over all cells of the actor together. Real changes of a share are in it too, so that
    intervals are rather too wide than too narrow. Unknown where either is.
    """

    plan: Plan

    def __call__(self, data: Dataset, period: Period, by: list[str]) -> pd.DataFrame:
        """`by` and ``dispersion``, as `comparisons.series_dispersions`."""
        whole = self._of_weeks(data.whole(), period)
        if by == ["actor"] and data.area is None:
            return pd.DataFrame({"actor": list(whole), "dispersion": list(whole.values())})
        tables = [self._of_actor(data, period, by, actor, whole[actor]) for actor in whole]
        return pd.concat(tables, ignore_index=True)

    def _of_weeks(self, data: Dataset, period: Period) -> dict[str, float]:
        """Of each actor's public weeks (months), or of its public steps where they are longer."""
        table = step_dispersions(data, period, ["actor"])
        found = dict(zip(table["actor"].astype(str), table["dispersion"], strict=True))
        tertials = self._tertials(period)
        return {
            actor: found[actor] if found.get(actor, np.nan) > 0 else self._of_steps(actor, tertials)
            for actor in self.plan.tables
        }

    def _of_steps(self, actor: str, tertials: list[int]) -> float:
        counts, groups = [], []
        for tertial in tertials:
            steps = self.plan.step_counts(actor, tertial, BLOCK_WEEKS)
            if steps is not None and self.plan.told(actor, tertial):
                counts += steps.tolist()
                groups += [tertial] * len(steps)
        if not groups:
            return float("nan")
        return dispersion(counts, groups, [tertial % 3 for tertial in groups], block=1)

    def _tertials(self, period: Period) -> list[int]:
        first = period.years_before(YEARS_OF_NOISE).start
        return tertials_touched(first, period.end)

    def _of_actor(
        self, data: Dataset, period: Period, by: list[str], actor: str, whole: float
    ) -> pd.DataFrame:
        areas = [[area] for area in self._areas(data)] if "area" in by else [self._areas(data)]
        if "area" not in by and data.area is None:
            areas = [[]]  # the margin, which may be shown where some area is not
        kinds = [*self.plan.categories] if "category" in by else [""]
        keys = [(area, kind) for area in areas for kind in kinds]
        tertials = [
            t for t in self._tertials(period)
            if self.plan.shown(actor, [t]) and self.plan.told(actor, t)
        ]  # fmt: skip
        total = np.array([self.plan.total(actor, [t]) for t in tertials])
        counts = np.array([self._counts(actor, tertials, *key) for key in keys])
        share, shares = _shares(counts.reshape(len(keys), len(tertials)), total)
        found = np.maximum(share * whole + (1 - share) * shares, 1.0)
        table = pd.DataFrame({"actor": actor, "dispersion": found}, index=range(len(keys)))
        if "area" in by:
            table["area"] = [area[0] for area, _ in keys]
        if "category" in by:
            table["category"] = [kind for _, kind in keys]
        return table[[*by, "dispersion"]]

    def _areas(self, data: Dataset) -> list[str]:
        if data.area is None:
            return self.plan.areas
        return data.settings.areas_within(data.area)

    def _counts(self, actor: str, tertials: list[int], areas: list[str], kind: str) -> list[float]:
        """Of each tertial; NaN where it is hidden."""
        where = areas or None, kind or None
        return [
            self.plan.total(actor, [t], *where)
            if self.plan.shown(actor, [t], *where)
            else float("nan")
            for t in tertials
        ]


def _shares(counts: Numbers, total: Numbers) -> tuple[Numbers, float]:
    """Each cell's share of the total, and how much more shares vary than chance makes them.

    Around each cell's own share in the tertials of the same place in the year would be better, but
    leaves too little; so a season of the share is noise too.
    """
    known = ~np.isnan(counts) & (total > 0)
    size = (known * total).sum(axis=1)
    told = np.where(known, counts, 0.0)
    share = np.divide(told.sum(axis=1), size, out=np.zeros(len(counts)), where=size > 0)
    mean = share[:, None] * total
    used = known & (mean >= LEAST_EXPECTED) & (share < 1)[:, None]
    used &= (used.sum(axis=1) > 1)[:, None]
    variance = mean * (1 - share)[:, None]
    parts = np.divide((told - mean) ** 2, variance, out=np.zeros_like(mean), where=used)
    degrees = int(used.sum() - used.any(axis=1).sum())
    pooled = float(parts.sum()) / degrees if degrees >= LEAST_DEGREES else float("nan")
    return np.minimum(share, 1.0), pooled
