"""Sentences that state what a released table shows; every number in them stands in the table.

A sentence never says that something rose or fell unless its interval excludes "no change", and
never why.
"""

from __future__ import annotations

from collections.abc import Callable

from est_analysis.disclosure import SafeTable
from est_analysis.findings import basis, change, expected, insatser, where_when
from est_analysis.findings.basis import still_coming
from est_analysis.findings.insatser import insats_in_short
from est_analysis.findings.rows import Rows
from est_analysis.findings.summary import summary
from est_analysis.findings.unread import unjudged
from est_analysis.findings.week import in_short as week_in_short
from est_analysis.findings.week import overdue_counts
from est_analysis.language import Language

__all__ = [
    "computed",
    "insats_in_short",
    "of",
    "overdue_counts",
    "still_coming",
    "summary",
    "unjudged",
    "week_in_short",
]


def of(name: str, shown: SafeTable, language: Language) -> list[str]:
    """The findings of one exhibit; none for exhibits that only list."""
    write = _WRITERS.get(name)
    return write(shown, language) if write is not None and len(shown.data) else []


def computed(name: str, shown: SafeTable) -> Rows:
    """What an exhibit's sentences state that is no cell of its table: sums, shares, means.

    It goes to ``results.json`` beside the table, so that every number in the prose stands there.
    """
    compute = _COMPUTED.get(name)
    return compute(shown) if compute is not None and len(shown.data) else []


_COMPUTED: dict[str, Callable[[SafeTable], Rows]] = {
    "data_basis": basis.lacking,
    "decomposition": basis.season,
    "weekday_hours": where_when.peaks,
    "checks": basis.warnings,
    "insats_checks": basis.warnings,
    "week_signals": expected.judged,
    "cell_signals": expected.judged,
    "area_signals": expected.judged,
}

_WRITERS: dict[str, Callable[[SafeTable, Language], list[str]]] = {
    "data_basis": basis.basis,
    "reporters": basis.reporters,
    "effort": basis.effort,
    "totals": change.totals,
    "categories": change.parts,
    "areas": change.parts,
    "area_rates": where_when.rates,
    "decomposition": basis.decomposition,
    "weekday_hours": where_when.hours,
    "concentration": where_when.concentration,
    "interventions": where_when.interventions,
    "checks": basis.checks,
    "tally": basis.tally,
    "category_deviations": expected.deviations,
    "area_deviations": expected.deviations,
    "forecast": expected.forecast,
    "risk_weeks": expected.risk_weeks,
    "back_test": expected.back_test,
    "displacement": insatser.displacement,
    "evaluations": insatser.evaluations,
    "insats_checks": basis.checks,
    "week_signals": expected.signals,
    "cell_signals": expected.signals,
    "area_signals": expected.signals,
}
