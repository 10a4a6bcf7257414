"""Where and when, and what is done about it."""

from __future__ import annotations

import numpy as np

from est_analysis.disclosure import SafeTable
from est_analysis.findings.rows import Rows, listed, missing, rows_of
from est_analysis.language import Language
from est_analysis.listing import apart

LEAST_IN_PEAK = 10  # incidents in the busiest hour; with fewer chance decides which it is


def rates(shown: SafeTable, language: Language) -> list[str]:
    """Each actor's area with the highest rate, and the next where it may be as high.

    Nothing where there is one area, where the highest is 0 or as high as the next, or where its
    interval is not known.
    """
    known = shown.data[shown.data["per_1000"].notna()]
    sentences = []
    for actor, own in known.groupby("actor", sort=False, observed=True):
        if len(own) < 2:
            continue
        if "rank" in own and own["rank"].isna().all() and shown.rule.method != "round":
            continue  # what is unread could make another area the highest
        row, second = (r for _, r in own.sort_values("per_1000", ascending=False)[:2].iterrows())
        values = [language.number(one["per_1000"], 1) for one in (row, second)]
        rounded = missing(row["lower_per_1000"]) and shown.rule.method == "round"
        unsure = missing(row["lower_per_1000"]) and not rounded
        if values[0] == values[1] or unsure or not row["count"] or row.get("doubt"):
            continue
        key = "highest_rate_shown" if _hidden(shown, str(actor), "per_1000") else "highest_rate"
        if rounded:
            key = "highest_rate_rounded"
        sentences.append(
            language.text(
                f"finding.{key}",
                actor=actor,
                area=row["area"],
                rate=values[0],
                interval=language.interval(row["lower_per_1000"], row["upper_per_1000"], 1),
            )
        )
        if not row["lower_per_1000"] > second["upper_per_1000"]:  # nor if that is not known
            key = "next_rate_close" if key == "highest_rate" else "next_rate_close_shown"
            sentences[-1] += " " + language.text(f"finding.{key}", area=second["area"])
    return sentences


def _hidden(shown: SafeTable, actor: str, columns: str) -> bool:
    """Whether an actor has hidden values: the highest that is shown need not be the highest."""
    own = shown.hidden[shown.data["actor"] == actor]
    return bool(own.filter(like=columns).to_numpy().any())


def hours(shown: SafeTable, language: Language) -> list[str]:
    """Each actor's busiest hour of the week, where it is not chance which it is."""
    return [
        language.text(
            "finding.busiest_hour_shown"
            if _hidden(shown, row["actor"], "count_weekday_")
            else "finding.busiest_hour",
            actor=row["actor"],
            weekday=language.weekday(row["weekday"]),
            hour=f"{row['hour']:02d}",
            until=f"{row['until']:02d}",
            count=language.number(row["count"]),
        )
        for row in peaks(shown)
    ]


def peaks(shown: SafeTable) -> Rows:
    """Per actor: weekday (0 is Monday), hour, the hour after it, and count of the busiest hour."""
    rows: Rows = []
    for actor, own in shown.data.groupby("actor", sort=False, observed=True):
        counts = own.filter(like="count_weekday_").astype("Float64")
        values = counts.to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(values).all() or np.nansum(values) == 0:
            continue
        if np.nanmax(values) < LEAST_IN_PEAK or (values == np.nanmax(values)).sum() > 1:
            continue
        row, day = np.unravel_index(int(np.nanargmax(values)), values.shape)
        hour = int(own["hour"].iloc[int(row)])
        rows.append(
            {
                "actor": str(actor),
                "weekday": int(day),
                "hour": hour,
                "until": (hour + 1) % 24,
                "count": float(values[row, day]),
            }
        )
    return rows


def concentration(shown: SafeTable, language: Language) -> list[str]:
    """How few areas hold half of the incidents."""
    return [
        language.text(
            "finding.concentration",
            actor=row["actor"],
            share=language.percent(row["share"]),
            areas=listed(apart(str(row["areas"])), language),
        )
        for row in rows_of(shown)
        if not missing(row["share"]) and row["share"] < 100
    ]


def interventions(shown: SafeTable, language: Language) -> list[str]:
    """Whether a follow-up is overdue."""
    return overdue(shown, language) or [language.text("finding.none_overdue")]


def overdue(shown: SafeTable, language: Language) -> list[str]:
    """Which insatser's follow-up is overdue; nothing where none is."""
    names = shown.data.loc[shown.data["follow_up_state"] == "overdue", "name"].tolist()
    return [language.text("finding.overdue", names=listed(names, language))] if names else []
