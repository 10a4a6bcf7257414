"""What damaged exports make a report claim, held against the report of the undamaged ones.

A claim is *created* where the damaged page has it and the undamaged one has not: it is false, unless
the page withdraws it (``cannot_be_judged``). It is *withdrawn* where the undamaged page has it and
the damaged one says that it cannot be judged, or no longer shows the row: that is the price.

Here stands what is a claim; `damage_kinds` damages the files, `damage_runs` makes the reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset
from est_analysis.findings.expected import against
from est_analysis.findings.rows import rows_of
from est_analysis.language import language
from est_analysis.report import Report

WITHDRAWN = "cannot_be_judged"
SV = language("sv")
Row = dict[str, Any]

# ---- what a page claims ----


@dataclass(frozen=True)
class Said:
    """A column of an exhibit that claims something.

    Attributes
    ----------
    keys
        The columns that say of what.
    claims
        The values that are claims, None where any is; `harmless` the others that it may have.
        A value that is in neither is a fault: nobody has said whether it is a claim.
    untold
        The column's own words for what cannot be judged, beside `WITHDRAWN`.
    behind
        Which of the keys say whose counts it is made of; all where not told.
    span
        Of which days they are: ``compared`` (the period and what it is compared with), ``period``
        or ``history`` (all up to the period's end).
    read
        Takes the value from a row, where no column has it.
    """

    keys: tuple[str, ...]
    column: str
    claims: frozenset[str] | None
    harmless: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    behind: tuple[str, ...] | None = None
    span: str = "history"
    read: Callable[[Row], str | None] | None = None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _beside_one(row: Row) -> str | None:
    """What a finding says of a row next door, by its interval."""
    if row["lower"] is None or row["upper"] is None:
        return None
    upper = float("inf") if row["upper"] == "infinity" else row["upper"]
    return "moved" if row["lower"] > 1 else "diffused" if upper < 1 else "no_clear_change"


def _first(row: Row) -> str | None:
    return None if row["rank"] is None else "first" if row["rank"] == 1 else "later"


def _together(row: Row) -> str | None:
    """The areas that hold half, whichever of them has the most."""
    return ", ".join(sorted(row["areas"].split(", "))) if row["areas"] else None


UNCHANGED = _words("no_clear_change too_little_data")


def _changed(*keys: str, column: str = "verdict") -> Said:
    return Said(keys, column, _words("increase decrease"), UNCHANGED, span="compared")


def _deviates(*keys: str) -> Said:
    other = _words("as_expected too_little not_reported by_month")
    return Said(keys, "deviation", _words("more fewer"), other)


def _signal(*keys: str) -> Said:
    other = _words("usual too_little not_reported by_month")
    return Said(keys, "signal", _words("signal above below"), other)


GRADES = _words("clear_support some_support some_against clear_against")
UNDETERMINED = _words("cannot_be_determined")
HIGHEST = Said(("actor", "area"), "rank", _words("first"), _words("later"),
               behind=("actor",), span="period", read=_first)  # fmt: skip
RISK = Said(("actor", "start"), "risk", _words("high low"), _words("ordinary"), behind=("actor",))
PROBLEM = ("actor", "area", "category")

# Every exhibit that claims something, and the columns that do; `test_every_exhibit` holds it
# against the notebooks.
CLAIMS: dict[str, tuple[Said, ...]] = {
    "totals": (_changed("actor", "comparison"),),
    "change": (_changed("actor", "comparison"),),  # the same as a figure: it must not lag behind
    "categories": (_changed("actor", "category", "comparison"),),
    "areas": (_changed("actor", "area", "comparison"),),
    "effort": (
        _changed("actor"),
        _changed("actor", column="per_reporter_verdict"),
        Said(("actor",), "explained", _words("no may_be_reporting"), _words("no_change unknown"),
             span="compared"),
    ),
    "category_deviations": (_deviates("actor", "category"),),
    "area_deviations": (_deviates("actor", "area"),),
    "area_rates": (HIGHEST,),
    "per_1000": (HIGHEST,),
    "concentration": (Said(("actor",), "areas", None, span="period", read=_together),),
    "evaluations": (
        Said(("intervention", "actor"), "grade", GRADES, untold=UNDETERMINED, behind=("actor",)),
    ),
    "priorities": (
        Said(PROBLEM, "verdict", _words("increase decrease"), UNCHANGED, span="compared"),
        Said(PROBLEM, "local", _words("higher lower"),
             _words("no_clear_difference too_little_data"),
             behind=("actor", "category"), span="period"),
    ),
    "risk_weeks": (RISK,),
    "coming_weeks": (RISK,),
    "week_signals": (_signal("actor", "category"),),
    "cell_signals": (_signal("actor", "category", "area"),),
    "area_signals": (_signal("actor", "area"),),
    "ratings": (
        Said(("area", "start"), "rating", _words("yellow red"), _words("green"),
             untold=_words("unknown")),
    ),
    "conclusions": (
        Said(("actor",), "grade", GRADES, untold=UNDETERMINED),
        Said(("actor",), "goal_met", _words("reached not_reached"), untold=_words("open")),
    ),
    "displacement": (
        Said(("actor", "near", "beside"), "interval", _words("moved diffused"), UNCHANGED,
             behind=("actor",), read=_beside_one),
    ),
}  # fmt: skip

# Claims that stand in a sentence alone: exhibit → text → fields that say what is claimed.
SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "area_rates": {"highest_rate": ("actor", "area")},
    "reporters": {"reporters_more": ("actor",), "reporters_fewer": ("actor",)},
    "weekday_hours": {"busiest_hour": ("actor", "weekday", "hour")},
    "decomposition": {
        "season_week": ("actor", "high", "low"),
        "season_month": ("actor", "high", "low"),
    },
}
SENTENCE_SPAN = {"reporters": "compared", "decomposition": "history"}  # else the period
HEDGES = ("next_rate_close",)  # what follows in the sentence takes the claim back

# Sentences that lead a page: each is to be one that an exhibit of the page says too.
LEADING = ("summary", "in_short", "insats_in_short")
LEADS = ("increase", "decrease", "increase_from_nothing", "part_increase", "part_decrease",
         "part_increase_from_nothing", "expected_signal", "moved_area", "diffused_area",
         "moved_category", "diffused_category", "moved_hours", "diffused_hours")  # fmt: skip

# Sentences that say that nothing was found: no claims of a change, and counted apart.
ALL_CLEAR = ("no_part_changed", "no_category_changed", "no_area_changed", "none_deviates",
             "nothing_above", "nothing_stands_out", "none_moved")  # fmt: skip

# Forecasts claim an interval: it is astray where it leaves out what the undamaged data expect.
FORECASTS: dict[str, tuple[str, ...]] = {
    "forecast": ("actor", "category"),
    "area_forecast": ("actor", "area"),
}
# A week's place in the year is estimated from what is known: with less of it other weeks stand out,
# and that is untrue only where the whole data lie outside what is said.
SEASONS = ("risk_weeks", "coming_weeks")

NO_CLAIMS = {
    "unread_values": "what cannot be read, which takes claims back and makes none",
    "data_basis": "what was reported",
    "coverage": "what was reported",
    "trend": "numbers in a figure, without a verdict",
    "last_year": "numbers in a figure, without a verdict",
    "placed": "counts",
    "places": "counts of named places, without a verdict",
    "calendar": "counts beside counts, without a verdict",
    "interventions": "the register, which no export changes",
    "ahead": "the calendar",
    "owners_week": "the register and decisions, which no export changes",
    "to_come": "what is in so far, and what is still to come",
    "forecast_weeks": "the forecasts that the tables hold, step by step",
    "back_test": "how forecasts have held",
    "checks": "warnings",
    "appendix": "files",
    "recent": "numbers in a figure, without a verdict",
    "actor_week": "counts and the register",
    "week_insatser": "the register, which no export changes",
    "decisions": "the log of decisions",
    "coming_events": "the calendar",
    "late": "how many reports are still to come",
    "register_entry": "the register, which no export changes",
    "insats_checks": "warnings",
    "before_after": "numbers in a figure, without a verdict",
    "ladder": "estimates that the conclusion rests on, without a verdict",
    "regression": "estimates that the conclusion rests on, without a verdict",
    "variants": "estimates that the conclusion rests on, without a verdict",
}


@dataclass(frozen=True)
class Claim:
    """One thing that a page claims, of the counts of some `behind` in some days (`span`)."""

    exhibit: str
    keys: tuple[tuple[str, str], ...]
    column: str
    value: str
    behind: tuple[str, ...] = field(compare=False, default=())
    span: str = field(compare=False, default="history")

    @property
    def place(self) -> tuple[str, tuple[tuple[str, str], ...], str]:
        """What it is a claim of, whatever it says."""
        return self.exhibit, self.keys, self.column

    def __str__(self) -> str:
        of = " ".join(value for _, value in self.keys)
        return f"{self.exhibit}: {of}: {self.value}"


@dataclass
class Page:
    """What one report shows, and the tables behind what it shows only a part of."""

    kind: str
    period: Period
    exhibits: dict[str, dict[str, Any]]
    data: Dataset | None = None
    report: Report | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def rows(self, name: str) -> list[Row]:
        record = self.exhibits.get(name, {})
        columns = record.get("columns", [])
        return [dict(zip(columns, row, strict=True)) for row in record.get("rows", [])]

    def findings(self, *names: str) -> Iterator[tuple[str, str]]:
        """Exhibit and sentence, of some exhibits or all that do not lead the page."""
        for name, record in self.exhibits.items():
            if name in names or (not names and name not in LEADING):
                yield from ((name, sentence) for sentence in record.get("findings", []))


# Tables that a page shows a part of: report → name in the notebook → exhibit.
BEHIND = {"weekly": {"types": "week_signals", "cells": "cell_signals", "areas": "area_signals"}}


def claims_of(page: Page) -> set[Claim]:
    """All that a page claims, in columns and in sentences."""
    return claims_in(page, {name: page.rows(name) for name in CLAIMS}) | set(_sentence_claims(page))


def claims_in(page: Page, rows: dict[str, list[Row]] | None = None) -> set[Claim]:
    """What rows claim that exhibits have, or would have if they showed all of their tables."""
    return {
        claim
        for name, own in (_behind(page) if rows is None else rows).items()
        for row in own
        for said in CLAIMS[name]
        if (claim := _claim(name, said, row)) is not None
    }


def _behind(page: Page) -> dict[str, list[Row]]:
    return {
        exhibit: page.tables[name].astype(object).to_dict("records")
        for name, exhibit in BEHIND.get(page.kind, {}).items()
    }


def values_of(page: Page) -> dict[tuple[Any, ...], str | None]:
    """What every claim column says, claim or not, by place; and every sentence that claims."""
    found: dict[tuple[Any, ...], str | None] = {}
    shown = [{name: page.rows(name) for name in CLAIMS}, _behind(page)]
    for rows in shown:
        for name, own in rows.items():
            for row in own:
                for said in CLAIMS[name]:
                    place = (name, _keys(said, row), said.column)
                    found.setdefault(place, said_by(said, row))
    return found | {claim.place: claim.value for claim in _sentence_claims(page)}


def _keys(said: Said, row: Row) -> tuple[tuple[str, str], ...]:
    return tuple((key, str(row[key])) for key in said.keys if key in row)


def _claim(name: str, said: Said, row: Row) -> Claim | None:
    value = said_by(said, row)
    if value in (None, "", WITHDRAWN) or value in said.harmless:
        return None
    if said.claims is not None and value not in said.claims:
        raise AssertionError(f"{name}: nobody has said whether {said.column} = {value} is a claim")
    return Claim(
        name, _keys(said, row), said.column, str(value), said.behind or said.keys, said.span
    )


def said_by(said: Said, row: Row) -> str | None:
    """The value of a claim column in a row; `WITHDRAWN` where it says so in words of its own."""
    if said.read is not None:
        return WITHDRAWN if WITHDRAWN in row.values() else said.read(row)
    value = row.get(said.column)
    return WITHDRAWN if value in said.untold else value


def _sentence_claims(page: Page) -> Iterator[Claim]:
    for name, texts in SENTENCES.items():
        for _, sentence in page.findings(name):
            for key, fields in texts.items():
                told = pattern(key).match(sentence)
                if told is None or any(pattern(h).search(sentence[told.end() :]) for h in HEDGES):
                    continue
                keys = tuple((one, _id(page, one, told[one])) for one in fields)
                span = SENTENCE_SPAN.get(name, "period")
                yield Claim(name, keys[:1], f"sentence {key}", _rest(keys), ("actor",), span)


def _rest(keys: tuple[tuple[str, str], ...]) -> str:
    return " ".join(value for _, value in keys[1:]) or "said"


def _id(page: Page, name: str, word: str) -> str:
    if name != "actor" or page.data is None:
        return word
    sources = page.data.settings.sources.values()
    return next((one.actor for one in sources if one.named("sv") == word), word)


@cache
def pattern(key: str) -> re.Pattern[str]:
    """The expression that finds a text of findings, with a group for each of its fields."""
    text = SV.texts[f"finding.{key}"]
    parts = re.split(r"{(\w+)}", text)
    whole = "".join(
        f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.compile(whole)


def leads_alone(page: Page) -> list[str]:
    """Sentences that claim something first on the page, and that no exhibit of it bears out."""
    told = [sentence for _, sentence in page.findings()]
    told += [
        against(row, "signal", SV)
        for name in ("types", "cells")
        if name in page.tables and page.report is not None
        for row in rows_of(page.report._in_sentences({name: page.tables[name]})[name])
        if row["signal"] == "signal"
    ]
    return [
        sentence
        for _, sentence in page.findings(*LEADING)
        if any(pattern(key).match(sentence) for key in LEADS)
        and not any(sentence.startswith(one) for one in told)
    ]


def all_clears(page: Page) -> set[tuple[str, str]]:
    """Sentences that say that nothing was found."""
    texts = {SV.texts[f"finding.{key}"]: key for key in ALL_CLEAR}
    every = [*page.findings(), *page.findings(*LEADING)]
    return {(name, texts[sentence]) for name, sentence in every if sentence in texts}


def withdrawn_in(page: Page) -> list[str]:
    """Everything on a page that cannot be judged."""
    return [
        f"{page.kind} {name}: {' '.join(str(value) for value in row.values())}"
        for name in page.exhibits
        for row in page.rows(name)
        if WITHDRAWN in row.values()
    ]
