"""Whether what is counted is what the actor itself, or another source, says there were."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from est_analysis.config import ControlTotal, Settings
from est_analysis.intake import place_of_row


@dataclass(frozen=True)
class Controlled:
    """A declared control total, and what is counted here of the same days and types.

    Of a sum that a file states itself `file` and `row` say where.
    """

    actor: str
    total: ControlTotal
    found: int
    file: str = ""
    row: int = 0

    @property
    def missed(self) -> bool:
        """Whether they differ by more than the tolerance that is declared."""
        return abs(self.found - self.total.count) > self.total.tolerance / 100 * self.total.count


def controlled(
    cube: pd.DataFrame, settings: Settings, missed: pd.DataFrame
) -> tuple[Controlled, ...]:
    """Every control total of the settings beside its count, of the whole municipality.

    And those sums that files state themselves and miss (`Cleaning.missed_sums`).
    """
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
    for one in missed.to_dict("records"):
        first, last = one["first"].date(), one["last"].date()
        total = ControlTotal(first, last, int(one["said"]), place_of_row(pd.Series(one)))
        found.append(
            Controlled(one["actor"], total, int(one["found"]), one["file"], int(one["row"]))
        )
    return tuple(found)
