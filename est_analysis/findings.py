"""Sentences that state what a released table shows; every number in them stands in the table.

A sentence never says that something rose or fell unless its interval excludes "no change", and
never why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.language import Language

MOST_IN_SUMMARY = 5
LEAST_IN_PEAK = 10  # incidents in the busiest hour; with fewer chance decides which it is
NOTICED = 5  # per cent more or fewer reporters that is worth a sentence
CLEAR = ("increase", "decrease")

Rows = list[dict[str, Any]]


def of(name: str, shown: SafeTable, language: Language) -> list[str]:
    """The findings of one exhibit; none for exhibits that only list."""
    write = _WRITERS.get(name)
    return write(shown, language) if write is not None and len(shown.data) else []


def summary(tables: dict[str, SafeTable], language: Language) -> list[str]:
    """At most five findings: silent actors, totals, then the clearest changes in the parts.

    Parameters
    ----------
    tables
        ``totals`` (by actor), and any of ``categories`` and ``areas`` (whose intervals hold
        together), all from `compare_periods`.
    """
    sentences: list[str] = []
    totals = _last_year(tables["totals"])
    changed = [row for row in totals if row["verdict"] in CLEAR]
    more = _with_more_reporters(tables.get("reporters"))
    for row in sorted(changed, key=_strength):
        caveat = row["verdict"] == "increase" and row["actor"] in more
        sentences.append(
            _change(row, language)
            + (" " + language.text("finding.caveat_reporters") if caveat else "")
        )
    for key, rows in (
        ("steady", [row for row in totals if row["verdict"] == "no_clear_change"]),
        ("silent", [row for row in totals if _silent(row)]),
        ("hidden", [row for row in totals if row["hidden"]]),
        ("too_little", [row for row in totals if _too_little(row)]),
    ):
        if rows:
            names = _list([row["actor"] for row in rows], language)
            sentences.append(language.text(f"finding.{key}", actors=names))
    parts: Rows = []
    for name in ("categories", "areas"):
        if name in tables:
            parts += _last_year(tables[name])
    sentences += _part_changes(parts, language)
    return sentences[:MOST_IN_SUMMARY]


def _with_more_reporters(table: SafeTable | None) -> set[str]:
    """Actors whose number of reporters rose so that it may be the reason for an increase."""
    if table is None:
        return set()
    return {
        row["actor"]
        for row in _rows(table)
        if not _missing(row["percent"]) and row["percent"] >= NOTICED
    }


# ---- findings by exhibit ----


def _totals(shown: SafeTable, language: Language) -> list[str]:
    return [_change(row, language) for row in _last_year(shown)]


def _parts(shown: SafeTable, language: Language) -> list[str]:
    return _part_changes(_last_year(shown), language)


def _part_changes(rows: Rows, language: Language) -> list[str]:
    """The clear changes, the clearest first; or that there are none, or that none can be seen."""
    clear = [row for row in rows if row["verdict"] in CLEAR]
    if clear:
        return [_part_change(row, language) for row in sorted(clear, key=_strength)]
    judged = any(row["verdict"] == "no_clear_change" for row in rows)
    return [language.text("finding.no_part_changed" if judged else "finding.no_part_judged")]


def _rates(shown: SafeTable, language: Language) -> list[str]:
    known = shown.data[shown.data["per_1000"].notna()]
    sentences = []
    for actor, own in known.groupby("actor", sort=False, observed=True):
        row = own.sort_values("per_1000", ascending=False).iloc[0]
        sentences.append(
            language.text(
                "finding.highest_rate",
                actor=actor,
                area=row["area"],
                rate=language.number(row["per_1000"], 1),
                interval=language.interval(row["lower_per_1000"], row["upper_per_1000"], 1),
            )
        )
    return sentences


def _basis(shown: SafeTable, language: Language) -> list[str]:
    lacking = []
    for row in _rows(shown):
        missing = row["weeks"] - row["weeks_reported"]
        if missing > 0.01:
            lacking.append(
                language.text(
                    "finding.weeks_missing",
                    actor=row["actor"],
                    missing=language.number(missing, 1),
                    weeks=language.number(row["weeks"], 1),
                )
            )
    sentences = lacking or [language.text("finding.all_reported")]
    for row in _rows(shown):
        for name in ("no_area", "no_category"):
            if not _missing(row[name]) and not _missing(row["count"]) and row["count"]:
                share = 100 * float(row[name]) / float(row["count"])
                if share >= NOTICED:
                    words = {"actor": row["actor"], "share": language.percent(share)}
                    sentences.append(language.text(f"finding.{name}", **words))
    return sentences


def _decomposition(shown: SafeTable, language: Language) -> list[str]:
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


def _reporters(shown: SafeTable, language: Language) -> list[str]:
    sentences = []
    for row in _rows(shown):
        if _missing(row["percent"]):
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


def _hours(shown: SafeTable, language: Language) -> list[str]:
    sentences = []
    for actor, own in shown.data.groupby("actor", sort=False, observed=True):
        counts = own.filter(like="count_weekday_").astype("Float64")
        values = counts.to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(values).all() or np.nansum(values) == 0:
            continue
        if np.nanmax(values) < LEAST_IN_PEAK or (values == np.nanmax(values)).sum() > 1:
            continue
        row, day = np.unravel_index(int(np.nanargmax(values)), values.shape)
        hour = int(own["hour"].iloc[int(row)])
        sentences.append(
            language.text(
                "finding.busiest_hour",
                actor=actor,
                weekday=language.weekday(int(day)),
                hour=f"{hour:02d}",
                until=f"{(hour + 1) % 24:02d}",
                count=language.number(values[row, day]),
            )
        )
    return sentences


def _concentration(shown: SafeTable, language: Language) -> list[str]:
    return [
        language.text(
            "finding.concentration",
            actor=row["actor"],
            share=language.percent(row["share"]),
            areas=row["areas"],
        )
        for row in _rows(shown)
        if not _missing(row["share"]) and row["share"] < 100
    ]


def _interventions(shown: SafeTable, language: Language) -> list[str]:
    overdue = shown.data.loc[shown.data["follow_up_state"] == "overdue", "name"].tolist()
    if overdue:
        return [language.text("finding.overdue", names=_list(overdue, language))]
    return [language.text("finding.none_overdue")]


def _outlook(shown: SafeTable, language: Language) -> list[str]:
    sentences = []
    for actor, own in shown.data.groupby("actor", sort=False, observed=True):
        known = own[own["index"].notna()]
        if len(known):
            row = known.sort_values("index", ascending=False).iloc[0]
            sentences.append(
                language.text(
                    "finding.busiest_month",
                    actor=actor,
                    month=language.text(f"month.{int(row['month'])}"),
                    index=language.number(row["index"]),
                )
            )
    return sentences


def _checks(shown: SafeTable, language: Language) -> list[str]:
    number = int(shown.data["status"].isin(["warning", "failed"]).sum())
    key = {0: "checks_passed", 1: "checks_warn_one"}.get(number, "checks_warn")
    return [language.text(f"finding.{key}", number=language.number(number))]


def _tally(shown: SafeTable, language: Language) -> list[str]:
    return [
        language.text(
            "finding.tally",
            actor=row["actor"],
            **{
                key: language.number(row[f"rows_{key}"])
                for key in ("read", "kept", "rejected", "duplicates")
            },
        )
        for row in _rows(shown)
    ]


# ---- sentences ----


def _change(row: dict[str, Any], language: Language) -> str:
    """One actor's total against the same period last year."""
    for key, holds in (("hidden", row["hidden"]), ("silent", _silent(row))):
        if holds:
            return language.text(f"finding.{key}", actors=row["actor"])
    if row["verdict"] not in (*CLEAR, "no_clear_change"):
        return language.text("finding.too_little", actors=row["actor"])
    return language.text(
        f"finding.{row['verdict']}",
        actor=row["actor"],
        count=language.number(row["count"]),
        reference=language.number(row["reference_count"]),
        ratio=language.number(row["ratio"], 2),
        interval=language.interval(row["lower"], row["upper"], apart_from=1),
    )


def _part_change(row: dict[str, Any], language: Language) -> str:
    """One category or area of an actor against the same period last year."""
    return language.text(
        f"finding.part_{row['verdict']}",
        part=row.get("category") or row.get("area"),
        actor=row["actor"],
        count=language.number(row["count"]),
        reference=language.number(row["reference_count"]),
        ratio=language.number(row["ratio"], 2),
        interval=language.interval(row["lower"], row["upper"], apart_from=1),
    )


def _last_year(shown: SafeTable) -> Rows:
    rows = _rows(shown)
    return [row for row in rows if row.get("comparison", "last_year") == "last_year"]


def _rows(shown: SafeTable) -> Rows:
    """Rows as dicts; ``hidden`` says whether the row's count, or what comes of it, is hidden."""
    hidden = shown.hidden.any(axis=1).tolist()
    rows = shown.data.to_dict("records")
    return [
        {str(k): v for k, v in row.items()} | {"hidden": hide}
        for row, hide in zip(rows, hidden, strict=True)
    ]


def _silent(row: dict[str, Any]) -> bool:
    return _missing(row["count"]) and not row["hidden"]


def _too_little(row: dict[str, Any]) -> bool:
    """Reported and shown, but not enough to compare."""
    return row["verdict"] == "too_little_data" and not _missing(row["count"])


def _missing(value: Any) -> bool:
    return bool(pd.isna(value))


def _strength(row: dict[str, Any]) -> float:
    """The interval's near end, as a distance from 1: the least change that the data support."""
    near = row["lower"] if row["verdict"] == "increase" else row["upper"]
    return -abs(float(np.log(max(float(near), 1e-9))))


def _list(words: list[str], language: Language) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {language.text('word.and')} {words[-1]}"


_WRITERS: dict[str, Callable[[SafeTable, Language], list[str]]] = {
    "data_basis": _basis,
    "reporters": _reporters,
    "totals": _totals,
    "categories": _parts,
    "areas": _parts,
    "area_rates": _rates,
    "decomposition": _decomposition,
    "weekday_hours": _hours,
    "concentration": _concentration,
    "interventions": _interventions,
    "outlook": _outlook,
    "checks": _checks,
    "tally": _tally,
}
