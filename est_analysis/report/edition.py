"""What the report's audience sees of its tables: each is added up again, and released."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.dataset import Dataset
from est_analysis.disclosure import DisclosureRule, SafeTable, release
from est_analysis.findings.rows import listed
from est_analysis.language import Language
from est_analysis.report.publishing import CELLS, SERIES, Publication
from est_analysis.report.readding import Added


@dataclass
class Edition:
    """The edition of a report that one audience gets.

    Attributes
    ----------
    data
        The report's, maybe of one area.
    whole
        Of the whole municipality.
    shown
        What has been released so far to be shown.
    told
        What has been released so far to be told of in sentences alone.
    """

    data: Dataset
    whole: Dataset
    period: Period
    rule: DisclosureRule
    language: Language
    shown: list[SafeTable] = field(default_factory=list)
    told: list[SafeTable] = field(default_factory=list)

    @cached_property
    def publication(self) -> Publication | None:
        """What the public edition decides; None in an internal one."""
        if self.rule.audience == "internal":
            return None
        return Publication(self.data, self.whole, self.period, self.rule)

    @cached_property
    def _added(self) -> Added:
        return Added(self.data, self.period)

    def left_out(self, name: str) -> bool:
        """Whether an exhibit has no place in it."""
        return self.publication is not None and self.publication.left_out(name)

    def untold(self, period: Period) -> list[str]:
        """Actors of which it does not say how much of a period they reported."""
        return [] if self.publication is None else self.publication.reporting.untold(period)

    def rows(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """The rows that the audience may see."""
        return table if self.publication is None else self.publication.rows(name, table)

    def in_steps(self, name: str, table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Series in the steps that the audience may see, and what is said of them."""
        if self.publication is None or name not in SERIES:
            return table, []
        told, lengths = self.publication.steps(table)
        settings, code = self.data.settings, self.language.code
        alike: dict[tuple[int, str], list[str]] = {}
        for actor, length in lengths.items():
            if length != 1:
                step = "month" if self.data.coverage.grains[actor] == "month" else "week"
                key = (length, f"series_summed_{step}" if length else "series_refused")
                alike.setdefault(key, []).append(settings.sources[actor].named(code))
        notes = [
            self.language.text(
                f"finding.{key}",
                actors=listed(names, self.language),
                steps=self.language.number(length),
            )
            for (length, key), names in sorted(alike.items())
        ]
        return told, notes

    def release(
        self,
        name: str,
        table: pd.DataFrame,
        margins: Iterable[Iterable[str]] = (),
        *,
        shown: bool = True,
    ) -> SafeTable:
        """An exhibit's table as the audience may see it.

        Parameters
        ----------
        margins
            As for `Report.table`.
        shown
            Whether the table itself is shown, or told of in sentences alone.

        Raises
        ------
        ReportError
            When its numbers are not those that the cleaned events add up to.
        """
        self._added.refuse_mismatch(name, table, steps=self.publication is None)
        decided = None
        if self.publication is not None:
            decided = self.publication.decide(name, table)
            if decided is not None and name in CELLS:
                margins = ()  # the plan has them, and those of every other exhibit
        safe = release(
            table.drop(columns="withheld", errors="ignore"),
            self.rule,
            margins=[list(margin) for margin in margins],
            decided=decided,
            unit=self.language.text("unit.incidents"),
            period=self.period.label,
            source=self.data.settings.municipality.name,
        )
        (self.shown if shown else self.told).append(safe)
        return safe

    def verdict(self) -> dict[str, int]:
        """How many cells are hidden so far, by reason."""
        words = ("small", "protects", "computed", "withheld")
        return {word: sum(t.reasons.get(word, 0) for t in self.shown) for word in words}
