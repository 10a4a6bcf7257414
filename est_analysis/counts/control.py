"""Whether what is counted is what the actor itself, or another source, says there were."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from est_analysis.config import ControlTotal, Settings


@dataclass(frozen=True)
class Controlled:
    """A declared control total, and what is counted here of the same days and types."""

    actor: str
    total: ControlTotal
    found: int

    @property
    def missed(self) -> bool:
        """Whether they differ by more than the tolerance that is declared."""
        return abs(self.found - self.total.count) > self.total.tolerance / 100 * self.total.count


def controlled(cube: pd.DataFrame, settings: Settings) -> tuple[Controlled, ...]:
    """Every control total of the settings beside its count, of the whole municipality."""
    found = []
    for source in settings.sources.values():
        for total in source.control_totals:
            day = cube["day"]
            inside = (cube["actor"] == source.actor) & (day >= pd.Timestamp(total.start))
            inside &= day <= pd.Timestamp(total.end)
            if total.categories:
                kinds = cube[["category", "subcategory"]]
                inside &= kinds.isin(total.categories).any(axis=1)
            found.append(Controlled(source.actor, total, int(cube.loc[inside, "count"].sum())))
    return tuple(found)
