"""Sentences that state what a released table shows; every number in them stands in the table.

A sentence never says that something rose or fell unless its interval excludes "no change", and
never why.
"""

from __future__ import annotations

from collections.abc import Callable

from est_analysis.disclosure import SafeTable
from est_analysis.findings import basis, change, expected, insatser, where_when
from est_analysis.findings.change import summary
from est_analysis.findings.week import in_short as week_in_short
from est_analysis.language import Language

__all__ = ["of", "summary", "week_in_short"]


def of(name: str, shown: SafeTable, language: Language) -> list[str]:
    """The findings of one exhibit; none for exhibits that only list."""
    write = _WRITERS.get(name)
    return write(shown, language) if write is not None and len(shown.data) else []


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
    "conclusions": insatser.conclusions,
    "displacement": insatser.displacement,
    "evaluations": insatser.evaluations,
    "insats_checks": basis.checks,
    "week_signals": expected.signals,
    "cell_signals": expected.signals,
    "area_signals": expected.signals,
}
