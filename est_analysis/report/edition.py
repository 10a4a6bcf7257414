"""What the report's audience sees of its tables: each is added up again, and released."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.checks import Check
from est_analysis.config import Intervention
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import DisclosureRule, Plan, SafeTable, release
from est_analysis.disclosure.recount import Recount
from est_analysis.findings.rows import listed
from est_analysis.language import Language
from est_analysis.report.checked import is_public
from est_analysis.report.publishing import CELLS, HOURS, SERIES, Publication


@dataclass
class Edition:
    """The edition of a report that one audience gets.

    Attributes
    ----------
    data
        What the report is made of, maybe of one area.
    read
        As it was read: the same in an internal edition.
    plan
        Of the public reports; None in an internal edition.
    insats
        What the report is about, where it is about one insats.
    shown
        What has been released so far to be shown.
    told
        What has been released so far to be told of in sentences alone.
    """

    data: Dataset
    read: Dataset
    period: Period
    rule: DisclosureRule
    language: Language
    plan: Plan | None = None
    insats: Intervention | None = None
    shown: list[SafeTable] = field(default_factory=list)
    told: list[SafeTable] = field(default_factory=list)

    @cached_property
    def publication(self) -> Publication | None:
        """What the public edition decides; None in an internal one."""
        if self.plan is None:
            return None
        return Publication(self.data, self.read, self.period, self.plan)

    @cached_property
    def _recount(self) -> Recount:
        whole = self.data if self.data.area is None else self.data.whole()
        return Recount(self.data, self.period, whole, self.insats)

    @cached_property
    def _of_rows(self) -> Recount:
        """Of what a public edition makes of the rows themselves."""
        return Recount(self.read, self.period, None, self.insats)

    def left_out(self, name: str) -> bool:
        """Whether an exhibit has no place in it."""
        return self.publication is not None and self.publication.left_out(name)

    def untold(self, period: Period) -> list[str]:
        """Actors of which it does not say how much of a period they reported."""
        return [] if self.publication is None else self.publication.reporting.untold(period)

    def public_checks(self, checks: Iterable[Check], history: Period) -> list[Check]:
        """Those that a public page may have: declared, told, and of counts that it shows."""
        untold = self.untold(history)
        told = [check for check in checks if is_public(check, untold)]
        if self.publication is None:
            return told
        return [check for check in told if self.publication.shows_checked(check)]

    def rows(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """The rows that the audience may see."""
        return table if self.publication is None else self.publication.rows(name, table)

    def in_steps(self, name: str, table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Series in the steps that the audience may see, and what is said of them."""
        if self.publication is None or name not in SERIES:
            return table, []
        self._recount.refuse_mismatch(name, table)  # as it is, before its steps are made longer
        told, lengths = self.publication.steps(table)
        settings, code = self.data.settings, self.language.code
        alike: dict[tuple[int, str], list[str]] = {}
        for actor, length in lengths.items():
            if length != 1:
                step = "month" if self.data.coverage.grains[actor] == "month" else "week"
                key = (length, f"series_summed_{step}" if length else "series_refused")
                alike.setdefault(key, []).append(settings.sources[actor].named(code))
        for actor in self.data.actors:  # of whom the models know no step, as none is public
            if actor not in lengths and self.data.coverage.days[actor].any():
                names = alike.setdefault((0, "series_refused"), [])
                names.append(settings.sources[actor].named(code))
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
        # Of what is not public every number is hidden, and a series was added up by its own steps.
        if self.publication is None or not (name in SERIES or self.publication.left_out(name)):
            of_rows = self.publication is not None and name in HOURS
            (self._of_rows if of_rows else self._recount).refuse_mismatch(name, table)
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
        """How many cells are hidden so far, by reason.

        In a public edition not how many of them are small: that is a fact of what is hidden.
        """
        words = ("small", "protects", "computed", "withheld")
        found = {word: sum(t.reasons.get(word, 0) for t in self.shown) for word in words}
        if self.publication is None:
            return found
        return {"protected": found.pop("small") + found.pop("protects"), **found}
