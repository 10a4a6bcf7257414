"""What the figures rest on, and the shape of the year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.findings.rows import missing, rows_of
from est_analysis.language import Language

NOTICED = 5  # per cent that is worth a sentence


def basis(shown: SafeTable, language: Language) -> list[str]:
    """Weeks that were not reported, and incidents without area or type."""
    lacking = []
    for row in rows_of(shown):
        lost = row["weeks"] - row["weeks_reported"]
        if lost > 0.01:
            lacking.append(
                language.text(
                    "finding.weeks_missing",
                    actor=row["actor"],
                    missing=language.number(lost, 1),
                    weeks=language.number(row["weeks"], 1),
                )
            )
    sentences = lacking or [language.text("finding.all_reported")]
    for row in rows_of(shown):
        for name in ("no_area", "no_category"):
            if not missing(row[name]) and not missing(row["count"]) and row["count"]:
                share = 100 * float(row[name]) / float(row["count"])
                if share >= NOTICED:
                    words = {"actor": row["actor"], "share": language.percent(share)}
                    sentences.append(language.text(f"finding.{name}", **words))
    return sentences


def reporters(shown: SafeTable, language: Language) -> list[str]:
    """Whether more or fewer reported than last year."""
    sentences = []
    for row in rows_of(shown):
        if missing(row["percent"]):
            continue
        key = (
            "more"
            if row["percent"] >= NOTICED
            else "fewer"
            if row["percent"] <= -NOTICED
            else "same"
        )
        sentences.append(
            language.text(
                f"finding.reporters_{key}",
                actor=row["actor"],
                percent=language.percent(row["percent"], signed=True),
            )
        )
    return sentences


def effort(shown: SafeTable, language: Language) -> list[str]:
    """Whether a change may only be more, or less, reporting."""
    sentences = []
    for row in rows_of(shown):
        key = "may_be_reporting" if row["explained"] == "may_be_reporting" else ""
        if row["explained"] == "no" and row["verdict"] == "increase":
            key = "beyond_reporting"
        if key and not row["hidden"]:
            interval = (row["per_reporter_lower"], row["per_reporter_upper"])
            sentences.append(
                language.text(
                    f"finding.{key}",
                    actor=row["actor"],
                    ratio=language.number(row["per_reporter_ratio"], 2),
                    interval=language.interval(*interval, apart_from=1),
                )
            )
    return sentences


def decomposition(shown: SafeTable, language: Language) -> list[str]:
    """The season's high and low month of each actor, or that it is unclear."""
    sentences = []
    for actor, own in shown.data.groupby("actor", sort=False, observed=True):
        year = own[own["seasonal"].notna()].tail(53)
        if own["season"].iloc[0] == "unclear":
            sentences.append(language.text("finding.no_season", actor=actor))
        elif len(year):
            month = pd.DatetimeIndex(year["start"]).month
            means = year["seasonal"].astype(float).groupby(np.asarray(month)).mean().sort_values()
            sentences.append(
                language.text(
                    "finding.season",
                    actor=actor,
                    high=language.text(f"month.{means.index[-1]}"),
                    more=language.number(means.iloc[-1], 1),
                    low=language.text(f"month.{means.index[0]}"),
                    fewer=language.number(-means.iloc[0], 1),
                )
            )
    return sentences


def checks(shown: SafeTable, language: Language) -> list[str]:
    """How many checks warn."""
    number = int(shown.data["status"].isin(["warning", "failed"]).sum())
    key = {0: "checks_passed", 1: "checks_warn_one"}.get(number, "checks_warn")
    return [language.text(f"finding.{key}", number=language.number(number))]


def tally(shown: SafeTable, language: Language) -> list[str]:
    """The account of every actor's rows."""
    return [
        language.text(
            "finding.tally",
            actor=row["actor"],
            **{
                key: language.number(row[f"rows_{key}"])
                for key in ("read", "kept", "rejected", "duplicates")
            },
        )
        for row in rows_of(shown)
    ]
