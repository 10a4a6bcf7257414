"""What is said in words of released tables: true, of all that is shown, and no more than promised."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from est_analysis import findings
from est_analysis.calendar import parse_period
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import DisclosureRule, SafeTable, release
from est_analysis.language import language
from est_analysis.report.looks import marks_on

PERIOD = parse_period("2025-W42")
INTERNAL = DisclosureRule("internal")
SV = language("sv")


def compared(
    actor: str, verdict: str, count: int | None, before: float, **other: Any
) -> dict[str, Any]:
    fell = verdict == "decrease"
    return {
        "actor": actor, "comparison": "last_year", "count": count, "compared_count": count,
        "reference_count": before, "compared": "whole", "weeks": 17.4, "reference_weeks": 17.4,
        "years": 1, "ratio": 0.5 if fell else 2.0, "lower": 0.3, "upper": 0.8 if fell else 3.0,
        "verdict": verdict, "coverage": "reported",
        "difference": None if count is None else count - before,
    } | other  # fmt: skip


def totals(*rows: dict[str, Any]) -> SafeTable:
    whole = dict.fromkeys(("count", "compared_count"), "Int64")
    return release(pd.DataFrame(list(rows)).astype(whole), INTERNAL)


def test_a_summary_names_every_clear_change_and_what_cannot_be_judged() -> None:
    rows = [compared(name, "increase", 100, 50) for name in "ABCDEF"]
    unknown = [
        compared("Tyst", "too_little_data", None, 50, coverage="silent"),
        compared("Månad", "too_little_data", None, 50, coverage="by_month"),
        compared("Halv", "too_little_data", None, 50, coverage="partly"),
        compared("Liten", "too_little_data", 2, 1),
    ]
    register = pd.DataFrame({"name": ["Ljus"], "follow_up_state": ["overdue"]})
    said = findings.summary(
        {"totals": totals(*rows, *unknown), "interventions": release(register, INTERNAL)}, SV
    )
    assert [line[:2] for line in said[:4]] == ["A:", "B:", "C:", "D:"]
    assert said[4:] == [
        "Dessutom 2 säkerställda förändringar: E (ökning) och F (ökning).",
        "Uppföljningen är försenad: Ljus.",
        "Kan inte bedömas, ej rapporterat under perioden: Tyst. Det betyder inte att inget har "
        "hänt.",
        "Kan inte bedömas, uppgifter bara per månad: Månad.",
        "Kan inte bedömas, mindre än hälften av perioden är rapporterad: Halv. Att inget finns i "
        "den delen betyder inte att inget har hänt.",
        "Kan inte bedömas, för lite data för att jämföra med förra året: Liten.",
    ]
    assert findings.of("totals", totals(unknown[1]), SV) == [said[7]]


def test_of_nothing_before_there_is_no_ratio() -> None:
    row = compared("A", "increase", 40, 0, ratio=None, lower=9.5, upper=float("inf"))
    said = findings.of("totals", totals(row), SV)
    assert said == [
        "A: säkerställd ökning. 40 händelser mot 0 samma period förra året. Av noll finns ingen "
        "kvot (osäkerhetsintervall över 9,50)."
    ]
    part = findings.of("categories", totals(row | {"category": "Bråk"}), SV)
    assert "händelser mot 0 samma period förra året (osäkerhetsintervall för kvoten" in part[0]


@pytest.mark.parametrize(
    ("signals", "told"),
    [
        (["signal", "signal", "above", "usual"], "3 av 4 bedömda serier"),
        (["above", "usual"], "1 av 2 bedömda serier"),
        (["signal", "usual"], None),
    ],
)
def test_what_is_above_the_bound_is_counted_with_the_signals(
    signals: list[str], told: str | None
) -> None:
    table = pd.DataFrame(
        {"actor": "vakten", "category": [f"t{n}" for n in range(len(signals))], "count": 9,
         "expected": 3.0, "usual_from": 1.0, "usual_to": 7.0, "probability": 0.01,
         "signal": signals}
    )  # fmt: skip
    safe = release(table, INTERNAL)
    said = findings.of("week_signals", safe, SV)
    assert any(told in line for line in said) if told else "serier" not in " ".join(said)
    assert findings.computed("week_signals", safe)[0]["above"] == sum(
        word in ("signal", "above") for word in signals
    )


def test_the_next_highest_that_is_shown_is_not_called_the_next_highest() -> None:
    table = pd.DataFrame(
        {"actor": "vakten", "area": ["Norr", "Liten", "Söder"], "count": [100, 3, 50],
         "population": [1000, 37, 1000], "per_1000": [100.0, 80.0, 50.0],
         "lower_per_1000": [40.0, 30.0, 30.0], "upper_per_1000": [160.0, 130.0, 70.0]}
    )  # fmt: skip
    public = findings.of("area_rates", release(table, DisclosureRule("public")), SV)
    assert "Därefter, av dem som visas, Söder." in public[0]
    internal = findings.of("area_rates", release(table, INTERNAL), SV)
    assert "Näst flest Liten." in internal[0]


def test_weeks_are_preliminary_for_those_whose_reports_are_not_in(example: Dataset) -> None:
    late = pd.DataFrame({"actor": ["polisen", "polisen"], "start": pd.to_datetime(["2025-10-13", "2025-10-06"])})  # fmt: skip
    marks = marks_on("recent", "", late, PERIOD, example.settings, SV)
    assert marks == {"provisional_from": {"Polisen": pd.Timestamp("2025-10-06")}}
