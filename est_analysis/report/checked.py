"""Checks as rows of a table: what was found beside what is allowed, and which are public."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import pandas as pd

from est_analysis.checks import Check
from est_analysis.language import Language

SHARES = (
    "rejected_rows", "no_area", "no_category", "silent_weeks", "reporters", "not_reported",
    "sudden_mix", "sudden_hours", "sudden_delay", "made_up_claims",
)  # fmt: skip
MINIMA = (  # the limit is the least that passes; of the others, the most
    "too_short", "season", "break_short_side", "weeks_before", "weeks_after",
    "months_before", "months_after", "events",
    "parallel_before", "performed",
)  # fmt: skip
# Checks that tell how much of the time was reported, or of how many reporters a week.
OF_REPORTING = (
    "silent_weeks", "not_reported", "left_out", "season_never_seen", "reporters", "too_short",
    "break_short_side",
)  # fmt: skip
NOT_BY_CHANCE = "sudden_"  # what is over the limit passes where chance could give it
# Checks that are public: of files, of reporting, and of what a public table shows. Others (of
# single months, of rows held against other rows, of a series with hidden weeks) are not.
PUBLIC = (
    "rejected_rows", "silent_period", "silent_weeks", "thin_months", "reporters", "season",
    "no_area", "no_category",
)  # fmt: skip
PUBLIC_KINDS = "personal_"  # and of what was found of persons, by kind


def outcomes(checks: Iterable[Check], language: Language) -> pd.DataFrame:
    """A row for each check: ``actor, check, status, found, at_most``, in the reader's words."""
    rows = [
        (
            check.subject,
            language.text(f"check.{check.name}"),
            check.status,
            _value(check, check.value, language),
            limit(check, language),
        )
        for check in checks
    ]
    return pd.DataFrame(rows, columns=["actor", "check", "status", "found", "at_most"])


def is_public(check: Check, untold: Collection[str]) -> bool:
    """Whether a check is declared to be public, and not of reporting that is not told."""
    if check.name not in PUBLIC and not check.name.startswith(PUBLIC_KINDS):
        return False
    return check.name not in OF_REPORTING or check.subject not in untold


def limit(check: Check, language: Language) -> str:
    """What passes, in words; empty where nothing is said of it."""
    if math.isnan(check.limit):
        return ""
    side = "at_least" if check.name in MINIMA else "at_most"
    if check.name.startswith(NOT_BY_CHANCE):
        side = "beyond_chance"
    return language.text(f"check_limit.{side}", limit=_value(check, check.limit, language))


def _value(check: Check, value: float, language: Language) -> str:
    if math.isnan(value):
        return language.text("word.cannot_be_tested")
    if check.name in SHARES:
        return language.percent(100 * value, 1)
    return language.number(value, 0 if float(value).is_integer() else 2)
