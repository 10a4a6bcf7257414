"""What a figure shows, in words, from the released table it is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.disclosure import SafeTable
from est_analysis.language import Language

Rows = list[dict[str, Any]]


def alt_text(name: str, part: SafeTable, language: Language, subject: str) -> str:
    """What a figure shows, for those who do not see it."""
    write = _ALTS.get(name)
    words = write(part.data, language) if write is not None and len(part.data) else ""
    lead = language.text(f"alt.{name}")
    return " ".join(filter(None, [f"{subject}." if subject else "", lead, words]))


def computed(name: str, part: SafeTable, language: Language) -> Rows:
    """What a figure's text states that is no cell of its table; it goes to ``results.json``."""
    compute = _COMPUTED.get(name)
    return compute(part.data, language) if compute is not None and len(part.data) else []


def _alt_series(data: pd.DataFrame, language: Language) -> str:
    """The highest value, and steps that were not reported, of one actor's series."""
    known = data[data["observed"].notna()]
    if known.empty:
        return language.text("alt.nothing_reported")
    top = known.iloc[int(known["observed"].astype(float).to_numpy().argmax())]
    return language.text(
        "alt.series",
        highest=language.number(top["observed"]),
        when=language.date(pd.Timestamp(top["start"])),
        missing=language.number(_unreported(data)[0]["steps_missing"]),
    )


def _unreported(data: pd.DataFrame) -> Rows:
    return [
        {"actor": str(data["actor"].iloc[0]), "steps_missing": int(data["observed"].isna().sum())}
    ]


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
        language.text("alt.rate", area=row["area"], rate=language.number(row["per_1000"], 1))
        for row in known.to_dict("records")
    )


def _alt_map(data: pd.DataFrame, language: Language) -> str:
    """The highest and the lowest area, and how many have no number."""
    ends = _map_ends(data, language)
    if not ends:
        return language.text("alt.map_nothing")
    words = {
        end: f"{ends[0][f'{end}_area']} {language.number(ends[0][end], 1)}"
        for end in ("highest", "lowest")
    }
    without = language.number(ends[0]["areas_without"])
    return language.text("alt.map_ends", **words, without=without)


def _map_ends(data: pd.DataFrame, language: Language) -> Rows:
    nowhere = [language.value("area", code) for code in (UNKNOWN, UNMAPPED)]
    data = data[~data["area"].isin(nowhere)]
    known = data[data["per_1000"].notna()].sort_values("per_1000", ascending=False)
    if known.empty:
        return []
    high, low = known.iloc[0], known.iloc[-1]
    found = {
        "actor": str(data["actor"].iloc[0]),
        "highest_area": str(high["area"]),
        "highest": float(high["per_1000"]),
        "lowest_area": str(low["area"]),
        "lowest": float(low["per_1000"]),
        "areas_without": len(data) - len(known),
    }
    return [found]


def _alt_coverage(data: pd.DataFrame, language: Language) -> str:
    return " ".join(
        language.text(
            "alt.coverage_actor",
            subject=row["actor"],
            told=language.number(row["steps_reported"]),
            steps=language.number(row["steps"]),
        )
        for row in _told(data)
    )


def _told(data: pd.DataFrame) -> Rows:
    return [
        {
            "actor": str(actor),
            "steps_reported": int((own["status"] == "reported").sum()),
            "steps": len(own),
        }
        for actor, own in data.groupby("actor", sort=False, observed=True)
    ]


def _alt_forecast(data: pd.DataFrame, language: Language) -> str:
    return " ".join(
        language.text(
            "alt.forecast_range",
            expected=language.number(row["expected"], 1),
            interval=language.interval(row["lower_80"], row["upper_80"], 0),
        )
        for row in _ordinary_week(data)
    )


def _ordinary_week(data: pd.DataFrame) -> Rows:
    """The mean of the coming weeks, of one actor."""
    coming = data[(data["when"] == "coming") & data["expected"].notna()]
    if coming.empty:
        return []
    means = coming[["expected", "lower_80", "upper_80"]].astype(float).mean()
    actor = str(coming["actor"].iloc[0])
    return [{"actor": actor, **{str(name): float(mean) for name, mean in means.items()}}]


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
_COMPUTED: dict[str, Callable[[pd.DataFrame, Language], Rows]] = {
    "trend": lambda data, _: _unreported(data),
    "decomposition": lambda data, _: _unreported(data),
    "last_year": lambda data, _: _unreported(data),
    "coverage": lambda data, _: _told(data),
    "forecast_weeks": lambda data, _: _ordinary_week(data),
    "map_per_1000": _map_ends,
}
