"""What was more than usual, what is to come, and how well that has held."""

from __future__ import annotations

from typing import Any

import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.findings.rows import Rows, listed, missing, none_found, opening, rows_of
from est_analysis.language import Language
from est_analysis.surveillance import NOT_JUDGED

MOST_NAMED = 5
_ABOVE = (("number", "above"), ("rows", "judged"), ("chance", "by_chance"))
BEYOND = 0.01  # of series are above their 99 % bound by chance, at most
MANY = 100  # series, of which that is one or more


def signals(shown: SafeTable, language: Language) -> list[str]:
    """The signals, the strongest first; how many are only above the bound; or that none is."""
    rows = rows_of(shown)
    clear = [row for row in rows if row["signal"] == "signal" and not row["hidden"]]
    clear.sort(key=lambda row: float(row["probability"]))
    sentences = [against(row, "signal", language) for row in clear[:MOST_NAMED]]
    found = judged(shown)[0]
    if found["more_signals"]:
        number = language.number(found["more_signals"])
        sentences.append(language.text("finding.more_signals", number=number))
    if found["above"] > found["signals"]:
        words = {name: language.number(found[key]) for name, key in _ABOVE}
        size = "_alone" if found["judged"] == 1 else "_of_many" if found["judged"] >= MANY else ""
        sentences.append(language.text(f"finding.above{size}", **words))
    elif not clear:
        key = "nothing_above" if found["judged"] else "nothing_judged"
        sentences += none_found(key, rows, language)
    return sentences


def judged(shown: SafeTable) -> Rows:
    """How many series were judged, are above the bound, are signals, and are so and not named.

    Of a table with only some of the series judged, it is the table that says how many they were.
    """
    rows = rows_of(shown)
    seen = [row for row in rows if not row["hidden"]]
    signals = sum(row["signal"] == "signal" for row in seen)
    judged = sum(row["signal"] not in NOT_JUDGED for row in seen)
    above = sum(row["signal"] == "above" for row in seen)
    if rows and "series_judged" in rows[0]:
        judged, above = (int(rows[0][name]) for name in ("series_judged", "series_above"))
    return [
        {
            "judged": judged,
            "above": above + signals,
            "signals": signals,
            "by_chance": round(BEYOND * judged),
            "more_signals": max(0, signals - MOST_NAMED),
        }
    ]


def deviations(shown: SafeTable, language: Language) -> list[str]:
    """The clear deviations from what was expected; or that there are none."""
    rows = rows_of(shown)
    seen = [row for row in rows if not row["hidden"]]
    clear = [row for row in seen if row["deviation"] in ("more", "fewer")]
    if clear:
        return [against(row, row["deviation"], language) for row in clear]
    judged = any(row["deviation"] == "as_expected" for row in seen)
    return none_found("none_deviates" if judged else "nothing_judged", rows, language)


def forecast(shown: SafeTable, language: Language) -> list[str]:
    """What to expect of each actor's largest series in the coming period."""
    sentences = []
    known = [row for row in rows_of(shown) if not row["hidden"] and not missing(row["expected"])]
    for actor in dict.fromkeys(row["actor"] for row in known):
        rows = [row for row in known if row["actor"] == actor]
        top = max(rows, key=lambda row: float(row["expected"]))
        sentences.append(
            language.text(
                "finding.forecast",
                part=name_of(top),
                expected=language.number(top["expected"]),
                interval=language.interval(top["lower_80"], top["upper_80"], 0),
            )
        )
    return sentences


def risk_weeks(shown: SafeTable, language: Language) -> list[str]:
    """The coming weeks that stand out, for each actor."""
    sentences, ordinary = [], []
    for actor, own in shown.data.groupby("actor", sort=False, observed=True):
        high = own[own["risk"] == "high"].sort_values("index", ascending=False).head(3)
        if high.empty:
            ordinary.append(str(actor))
            continue
        weeks = [
            language.text(
                "finding.one_week" if row["events"] else "finding.one_week_plain",
                week=language.week(pd.Timestamp(row["start"])),
                events=row["events"],
                index=language.number(row["index"], 1),
            )
            for row in high.to_dict("records")
        ]
        sentences.append(
            language.text("finding.risk_weeks", actor=actor, weeks=listed(weeks, language))
        )
    if ordinary:
        none = language.text("finding.no_risk_week", actors=listed(ordinary, language))
        sentences.append(none)
    return sentences


def back_test(shown: SafeTable, language: Language) -> list[str]:
    """How often earlier forecasts' intervals held."""
    return [
        language.text(
            "finding.back_test_untold"
            if missing(row["forecasts"])
            else f"finding.back_test_{row['step']}",
            level=language.percent(row["level"]),
            covered=language.percent(row["covered"]),
            attained=language.percent(row["attained"]),
            forecasts=language.number(row["forecasts"]),
        )
        for row in rows_of(shown)
        if not missing(row["covered"])
    ]


def against(row: dict[str, Any], key: str, language: Language) -> str:
    """One series against what was expected."""
    return language.text(
        f"finding.expected_{key}",
        part=name_of(row),
        count=language.number(row["count"]),
        expected=language.number(row["expected"], 1),
        interval=language.interval(row["usual_from"], row["usual_to"], 0),
    )


def name_of(row: dict[str, Any]) -> str:
    """The series in words: its type and area, and the actor."""
    parts = [str(row[key]) for key in ("category", "area") if key in row]
    return f"{opening(' '.join(parts))} ({row['actor']})" if parts else str(row["actor"])
