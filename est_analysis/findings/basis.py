"""What the figures rest on, and the shape of the year."""

from __future__ import annotations

from typing import Any

import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.findings.rows import CANNOT_BE_JUDGED, Rows, listed, missing, rows_of
from est_analysis.language import Language
from est_analysis.seasonal import mean_by_month

NOTICED = 5  # per cent that is worth a sentence


def basis(shown: SafeTable, language: Language) -> list[str]:
    """Weeks that were not reported, and incidents without area or type."""
    rows = lacking(shown)
    untold = [row["actor"] for row in rows if row["weeks_missing"] is None]
    sentences = [
        language.text(
            "finding.weeks_missing",
            actor=row["actor"],
            whose=language.genitive(row["actor"]),
            missing=language.number(row["weeks_missing"], 1),
            weeks=language.number(row["weeks"], 1),
        )
        for row in rows
        if row["weeks_missing"] is not None and row["weeks_missing"] > 0.01
    ]
    if untold:
        names = listed(untold, language)
        sentences.append(language.text("finding.reporting_untold", actors=names))
    sentences = sentences or [language.text("finding.all_reported")]
    for row in rows:
        for name in ("no_area", "no_category"):
            if row[name] is not None and row[name] >= NOTICED:
                words = {"actor": row["actor"], "share": language.percent(row[name])}
                sentences.append(language.text(f"finding.{name}", **words))
    return sentences


def still_coming(shown: SafeTable, language: Language) -> list[str]:
    """Whose reports on the period are not all in, and what their counts are expected to be."""
    rows = rows_of(shown)
    if not rows:
        return []
    named = [_so_far(row, language) for row in rows]
    return [language.text("finding.still_coming", actors=listed(named, language))]


def _so_far(row: dict[str, Any], language: Language) -> str:
    """An actor, with its count and what that will come to where both may be told."""
    if row["hidden"] or missing(row["nowcast"]):
        return str(row["actor"])
    interval = language.interval(row["nowcast_lower"], row["nowcast_upper"], 0)
    count = language.number(row["count"])
    return language.text("word.so_far", actor=row["actor"], count=count, interval=interval)


def lacking(shown: SafeTable) -> Rows:
    """Per actor: weeks not reported, and the share (per cent) without area and without type.

    The weeks are None where a public page may not say how much was reported.
    """

    def share(row: dict[str, Any], name: str) -> float | None:
        if missing(row[name]) or missing(row["count"]) or not row["count"]:
            return None
        return 100 * float(row[name]) / float(row["count"])

    return [
        {
            "actor": row["actor"],
            **_weeks(row),
            **{name: share(row, name) for name in ("no_area", "no_category")},
        }
        for row in rows_of(shown)
    ]


def _weeks(row: dict[str, Any]) -> dict[str, float | None]:
    if missing(row["weeks_reported"]):
        return {"weeks": None, "weeks_missing": None}
    weeks, reported = float(row["weeks"]), float(row["weeks_reported"])
    return {"weeks": weeks, "weeks_missing": weeks - reported}


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
                percent=language.percent(row["percent"], signed=True)
                if key == "same"
                else language.percent(abs(row["percent"])),
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
    return [
        language.text(
            f"finding.{UNCLEAR.get(row['season'], 'season' + row.get('step', ''))}",
            actor=row["actor"],
            **{
                name: language.text(f"month.{row[name]}") for name in ("high", "low") if name in row
            },
            **{name: language.number(row[name], 1) for name in ("more", "fewer") if name in row},
        )
        for row in season(shown)
    ]


UNCLEAR = {"unclear": "no_season", CANNOT_BE_JUDGED: "season_cannot_be_judged"}


def season(shown: SafeTable) -> Rows:
    """Per actor: the months with the highest and lowest seasonal mean, and those means."""
    rows: Rows = []
    for actor, own in shown.data.groupby("actor", sort=False, observed=True):
        year = own[own["seasonal"].notna()].tail(53)
        row: dict[str, Any] = {"actor": str(actor), "season": str(own["season"].iloc[0])}
        if row["season"] in UNCLEAR:
            rows.append(row)
        elif len(year):
            means = mean_by_month(year)
            row |= {"high": int(means.index[-1]), "more": float(means.iloc[-1])}
            row["step"] = {1: "_week", 4: "_month"}.get(_weeks_in_step(year), "")
            rows.append(row | {"low": int(means.index[0]), "fewer": -float(means.iloc[0])})
    return rows


def _weeks_in_step(series: pd.DataFrame) -> int:
    """How many whole weeks there are in a step of a series; 4 is a month where it begins one."""
    starts = pd.DatetimeIndex(series["start"]).sort_values()
    weeks = int((starts[1:] - starts[:-1]).days.to_series().median()) // 7 if len(starts) > 1 else 0
    return weeks if weeks != 4 or bool((starts.day == 1).all()) else 0


def checks(shown: SafeTable, language: Language) -> list[str]:
    """How many checks warn."""
    number = warnings(shown)[0]["warnings"]
    key = {0: "checks_passed", 1: "checks_warn_one"}.get(number, "checks_warn")
    return [language.text(f"finding.{key}", number=language.number(number))]


def warnings(shown: SafeTable) -> Rows:
    """How many checks warn."""
    return [{"warnings": int(shown.data["status"].isin(["warning", "failed"]).sum())}]


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
