"""What a figure shows, in words, from the released table it is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.disclosure import SafeTable
from est_analysis.figures import steps
from est_analysis.language import Language
from est_analysis.surveillance import NOT_JUDGED

Rows = list[dict[str, Any]]


def alt_text(name: str, part: SafeTable, language: Language, subject: str) -> str:
    """What a figure shows, for those who do not see it."""
    write = _ALTS.get(name)
    words = write(part, language) if write is not None and len(part.data) else ""
    lead = language.text(f"alt.{name}")
    return " ".join(filter(None, [f"{subject}." if subject else "", lead, words]))


def computed(name: str, part: SafeTable, language: Language) -> Rows:
    """What a figure's text states that is no cell of its table; it goes to ``results.json``."""
    compute = _COMPUTED.get(name)
    return compute(part, language) if compute is not None and len(part.data) else []


def _alt_series(part: SafeTable, language: Language) -> str:
    """The highest value, and steps not reported and hidden, of one actor's series."""
    data, steps = part.data, _steps(part)[0]
    known = data[data["observed"].notna()]
    hidden = language.text("alt.hidden", steps=language.number(steps["steps_hidden"]))
    if known.empty:
        return hidden if steps["steps_hidden"] else language.text("alt.nothing_reported")
    top = known.iloc[int(known["observed"].astype(float).to_numpy().argmax())]
    told = language.text(
        "alt.series",
        highest=language.number(top["observed"]),
        when=language.date(pd.Timestamp(top["start"])),
        missing=language.number(steps["steps_missing"]),
    )
    return f"{told} {hidden}" if steps["steps_hidden"] else told


def _steps(part: SafeTable) -> Rows:
    """How many steps of one actor were not reported, and how many are hidden: two things."""
    hidden = part.hidden["observed"].astype(bool)
    return [
        {
            "actor": str(part.data["actor"].iloc[0]),
            "steps_missing": int((part.data["observed"].isna() & ~hidden).sum()),
            "steps_hidden": int(hidden.sum()),
        }
    ]


def _alt_hours(part: SafeTable, language: Language) -> str:
    """The busiest day, where no hour is hidden: of a part it need not be so."""
    if part.hidden.to_numpy().any():
        return ""
    by_day = part.data.filter(like="count_weekday_").astype("Float64").sum()
    day = int(by_day.astype(float).to_numpy().argmax())
    return language.text("alt.busiest_day", weekday=language.weekday(day))


def _alt_ratios(part: SafeTable, language: Language) -> str:
    return " ".join(
        language.text(
            "alt.ratio",
            subject=row["actor"],
            ratio=language.number(row["ratio"], 2),
            interval=language.interval(row["lower"], row["upper"], apart_from=1),
        )
        for row in part.data.to_dict("records")
        if not pd.isna(row["ratio"])
    )


def _alt_rates(part: SafeTable, language: Language) -> str:
    known = part.data[part.data["per_1000"].notna()].sort_values("per_1000", ascending=False)
    return " ".join(
        language.text("alt.rate", area=row["area"], rate=language.number(row["per_1000"], 1))
        for row in known.to_dict("records")
    )


def _alt_map(part: SafeTable, language: Language) -> str:
    """The highest and the lowest area, and how many have no number."""
    ends = _map_ends(part, language)
    if not ends:
        return language.text("alt.map_nothing")
    words = {
        end: f"{ends[0][f'{end}_area']} {language.number(ends[0][end], 1)}"
        for end in ("highest", "lowest")
    }
    without = language.number(ends[0]["areas_without"])
    return language.text("alt.map_ends", **words, without=without)


def _map_ends(part: SafeTable, language: Language) -> Rows:
    nowhere = [language.value("area", code) for code in (UNKNOWN, UNMAPPED)]
    data = part.data[~part.data["area"].isin(nowhere)]
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


def _alt_coverage(part: SafeTable, language: Language) -> str:
    """Steps reported of each actor, of those of which it is told."""
    hidden = part.data.loc[part.hidden["status"].to_numpy(bool), "actor"].drop_duplicates()
    untold = [language.text("alt.coverage_untold", subject=str(actor)) for actor in hidden]
    told = [
        language.text(
            "alt.coverage_actor",
            subject=row["actor"],
            told=language.number(row["steps_reported"]),
            steps=language.number(row["steps"]),
        )
        for row in _told(part)
    ]
    return " ".join([*told, *untold])


def _told(part: SafeTable) -> Rows:
    return [
        {
            "actor": str(actor),
            "steps_reported": int((own["status"] == "reported").sum()),
            "steps": len(own),
        }
        for actor, own in part.data[part.data["status"].notna()].groupby(
            "actor", sort=False, observed=True
        )
    ]


def _alt_forecast(part: SafeTable, language: Language) -> str:
    coming = part.select((part.data["when"] == "coming").tolist())
    return " ".join(
        language.text(
            f"alt.forecast_range_{steps.word(coming)}",
            expected=language.number(row["expected"], 1),
            interval=language.interval(row["lower_80"], row["upper_80"], 0),
        )
        for row in _ordinary_step(part)
    )


def _ordinary_step(part: SafeTable) -> Rows:
    """The mean of the coming weeks, or months, of one actor."""
    data = part.data
    coming = data[(data["when"] == "coming") & data["expected"].notna()]
    if coming.empty:
        return []
    means = coming[["expected", "lower_80", "upper_80"]].astype(float).mean()
    actor = str(coming["actor"].iloc[0])
    return [{"actor": actor, **{str(name): float(mean) for name, mean in means.items()}}]


def _alt_risk(part: SafeTable, language: Language) -> str:
    """The weeks that stand out."""
    chosen = part.data[part.data["risk"] == "high"].sort_values("index", ascending=False)
    if chosen.empty:
        return language.text("alt.risk_none")
    return " ".join(
        language.text(
            "alt.risk_week",
            week=language.week(pd.Timestamp(row["start"])),
            index=language.number(row["index"], 1),
        )
        for row in chosen.to_dict("records")
    )


def _alt_band(part: SafeTable, language: Language) -> str:
    """How many of each actor's steps were as expected, and how many above and below."""
    return " ".join(
        language.text(
            "alt.band",
            subject=row["actor"],
            within=language.number(row["steps_within"]),
            above=language.number(row["steps_above"]),
            below=language.number(row["steps_below"]),
        )
        for row in _in_band(part)
    )


def _in_band(part: SafeTable) -> Rows:
    """Steps within, above and below the 95 % interval, of those with a count and an interval."""
    if "lower_95" not in part.data:
        return []
    known = part.data.dropna(subset=["observed", "lower_95", "upper_95"])
    return [
        {
            "actor": str(actor),
            "steps_within": int(own["observed"].between(own["lower_95"], own["upper_95"]).sum()),
            "steps_above": int((own["observed"] > own["upper_95"]).sum()),
            "steps_below": int((own["observed"] < own["lower_95"]).sum()),
        }
        for actor, own in known.groupby("actor", sort=False, observed=True)
    ]


def _alt_signals(part: SafeTable, language: Language) -> str:
    """The types that stand out, where any could be judged."""
    judged = part.data[~part.data["signal"].isin(NOT_JUDGED)]
    clear = judged[judged["signal"] == "signal"]
    if clear.empty:
        return "" if judged.empty else language.text("alt.signals_none")
    types = ", ".join(f"{row['category']} ({row['actor']})" for row in clear.to_dict("records"))
    return language.text("alt.signals", types=types)


_ALTS: dict[str, Callable[[SafeTable, Language], str]] = {
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
    "before_after": _alt_band,
    "recent": _alt_band,
    "week_signals": _alt_signals,
}
_COMPUTED: dict[str, Callable[[SafeTable, Language], Rows]] = {
    "before_after": lambda part, _: _in_band(part),
    "recent": lambda part, _: _in_band(part),
    "trend": lambda part, _: _steps(part),
    "decomposition": lambda part, _: _steps(part),
    "last_year": lambda part, _: _steps(part),
    "coverage": lambda part, _: _told(part),
    "forecast_weeks": lambda part, _: _ordinary_step(part),
    "map_per_1000": _map_ends,
}
