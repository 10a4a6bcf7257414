"""What a figure shows, in words, from the released table it is drawn from."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.disclosure import SafeTable
from est_analysis.language import Language


def alt_text(name: str, part: SafeTable, language: Language, subject: str) -> str:
    """What a figure shows, for those who do not see it."""
    write = _ALTS.get(name)
    words = write(part.data, language) if write is not None and len(part.data) else ""
    lead = language.text(f"alt.{name}")
    return " ".join(filter(None, [f"{subject}." if subject else "", lead, words]))


def _alt_series(data: pd.DataFrame, language: Language) -> str:
    """Span, highest value and steps that were not reported."""
    sentences = []
    groups = data.groupby("actor", sort=False, observed=True) if "actor" in data else [("", data)]
    for actor, own in groups:
        known = own[own["observed"].notna()]
        if known.empty:
            sentences.append(language.text("alt.nothing_reported", subject=actor))
            continue
        top = known.iloc[int(known["observed"].astype(float).to_numpy().argmax())]
        sentences.append(
            language.text(
                "alt.series",
                subject=actor,
                highest=language.number(top["observed"]),
                when=language.date(pd.Timestamp(top["start"])),
                missing=language.number(len(own) - len(known)),
            )
        )
    return " ".join(sentences)


def _alt_hours(data: pd.DataFrame, language: Language) -> str:
    by_day = data.filter(like="count_weekday_").astype("Float64").sum()
    day = int(by_day.astype(float).to_numpy().argmax())
    return language.text("alt.busiest_day", weekday=language.weekday(day))


def _alt_ratios(data: pd.DataFrame, language: Language) -> str:
    return " ".join(
        language.text(
            "alt.ratio",
            subject=row["actor"],
            ratio=language.number(row["ratio"], 2),
            interval=language.interval(row["lower"], row["upper"], apart_from=1),
        )
        for row in data.to_dict("records")
        if not pd.isna(row["ratio"])
    )


def _alt_rates(data: pd.DataFrame, language: Language) -> str:
    known = data[data["per_1000"].notna()].sort_values("per_1000", ascending=False)
    return " ".join(
        f"{row['area']} {language.number(row['per_1000'], 1)}." for row in known.to_dict("records")
    )


def _alt_map(data: pd.DataFrame, language: Language) -> str:
    """The highest and the lowest area, and how many have no number."""
    nowhere = [language.value("area", code) for code in (UNKNOWN, UNMAPPED)]
    data = data[~data["area"].isin(nowhere)]
    known = data[data["per_1000"].notna()].sort_values("per_1000", ascending=False)
    if known.empty:
        return language.text("alt.map_nothing")
    ends = (known.iloc[0], known.iloc[-1])
    words = [f"{row['area']} {language.number(row['per_1000'], 1)}" for row in ends]
    without = language.number(len(data) - len(known))
    return language.text("alt.map_ends", highest=words[0], lowest=words[1], without=without)


def _alt_coverage(data: pd.DataFrame, language: Language) -> str:
    sentences = []
    for actor, own in data.groupby("actor", sort=False, observed=True):
        told = int((own["status"] == "reported").sum())
        sentences.append(
            language.text(
                "alt.coverage_actor",
                subject=actor,
                told=language.number(told),
                steps=language.number(len(own)),
            )
        )
    return " ".join(sentences)


def _alt_forecast(data: pd.DataFrame, language: Language) -> str:
    sentences = []
    coming = data[(data["when"] == "coming") & data["expected"].notna()]
    for actor, own in coming.groupby("actor", sort=False, observed=True):
        means = own[["expected", "lower_80", "upper_80"]].astype(float).mean()
        sentences.append(
            language.text(
                "alt.forecast_range",
                subject=actor,
                expected=language.number(means["expected"], 1),
                interval=language.interval(means["lower_80"], means["upper_80"], 0),
            )
        )
    return " ".join(sentences)


def _alt_risk(data: pd.DataFrame, language: Language) -> str:
    """The weeks that stand out, and the highest where none does."""
    known = data[data["index"].notna()].sort_values("index", ascending=False)
    chosen = known[known["risk"] == "high"]
    return " ".join(
        language.text(
            "alt.risk_week",
            week=language.week(pd.Timestamp(row["start"])),
            index=language.number(row["index"], 1),
        )
        for row in (known.head(1) if chosen.empty else chosen).to_dict("records")
    )


_ALTS: dict[str, Callable[[pd.DataFrame, Language], str]] = {
    "trend": _alt_series,
    "decomposition": _alt_series,
    "last_year": _alt_series,
    "weekday_hours": _alt_hours,
    "change": _alt_ratios,
    "per_1000": _alt_rates,
    "map_per_1000": _alt_map,
    "coverage": _alt_coverage,
    "forecast_weeks": _alt_forecast,
    "risk_weeks": _alt_risk,
}
