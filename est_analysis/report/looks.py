"""How each exhibit looks: its drawing, the columns of its table, and what a figure also marks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from est_analysis import figures
from est_analysis.calendar import Period
from est_analysis.config import Settings
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.same_days import SAME_DAYS
from est_analysis.disclosure import SafeTable
from est_analysis.geography import area_shapes
from est_analysis.language import Language

DRAWN: dict[str, Callable[..., figures.Picture]] = {
    "coverage": figures.coverage_figure,
    "change": partial(figures.comparison_dots, label="actor"),
    "trend": figures.trend_figure,
    "decomposition": figures.decomposition_figure,
    "last_year": figures.last_year_figure,
    "per_1000": figures.area_dots,
    "weekday_hours": figures.weekday_hour_figure,
    "week_signals": figures.against_expected,
    "recent": figures.band_multiples,
    "before_after": figures.band_figure,
    "ratings": figures.ratings_strip,
    "forecast_weeks": figures.forecast_figure,
    "risk_weeks": figures.year_strip,
}
MAPPED = {"per_1000": "per_1000"}  # drawn as a map where there is geometry → its measure
_CHANGE = ["count", "compared_count", "reference_count", "percent", "ratio", "lower", "upper",
           "verdict"]  # fmt: skip
_USUAL = ["count", "expected", "usual_from", "usual_to", "signal"]
SEEN: dict[str, list[str]] = {  # columns on the page, where results.json has more
    "totals": ["actor", "comparison", *_CHANGE],
    "categories": ["actor", "category", *_CHANGE],
    "areas": ["actor", "area", *_CHANGE],
    "interventions": ["name", "what", "areas", "goal", "start", "end", "state", "performed",
                      "follow_up", "follow_up_state"],
    "trend": ["actor", "start", "observed", "trend"],
    "decomposition": ["actor", "start", "observed", "trend", "seasonal", "remainder"],
    "ahead": ["event", "kind", "start", "end"],
    "week_signals": ["actor", "category", *_USUAL],
    "cell_signals": ["category", "area", "actor", *_USUAL],
    "area_signals": ["area", "actor", *_USUAL],
    "effort": ["actor", "count", "compared_count", "reference_count", "per_reporter_ratio",
               "per_reporter_lower", "per_reporter_upper", "explained"],
    "priorities": ["actor", "area", "category", "count", "share", "verdict", "reference_count",
                   "ratio", "lower", "upper", "local", "seriousness", "affected", "influence",
                   "judged"],
    "before_after": ["start", "observed", "expected", "lower_95", "upper_95"],
    "conclusions": ["actor", "count", "without", "effect", "lower", "upper", "visible", "holds",
                    "maryland", "goal_met", "grade"],
    "evaluations": ["name", "actor", "count", "without", "effect", "lower", "upper", "visible",
                    "grade", "interim"],
    "unread_values": ["actor", "unread", "area", "category", "value", "reason", "unread_events",
                      "start", "change"],
    "decisions": ["date", "what", "name", "concerns", "owner", "due", "state", "note"],
    "week_insatser": ["name", "areas", "owner", "start", "end", "state", "follow_up",
                      "follow_up_state"],
    "coming_events": ["event", "kind", "start", "end"],
    "coming_weeks": ["actor", "start", "events", "index", "index_lower", "index_upper", "risk"],
    "late": ["actor", "start", "count", "share_in", "nowcast", "nowcast_lower", "nowcast_upper"],
    "to_come": ["actor", "start", "count", "share_in", "nowcast", "nowcast_lower",
                "nowcast_upper"],
    "recent": ["actor", "start", "observed", "expected", "lower_95", "upper_95"],
    "forecast_weeks": ["start", "expected", "lower_50", "upper_50", "lower_80", "upper_80",
                       "lower_95", "upper_95"],
}  # fmt: skip

# What is said of single weeks alone: actors whose dates are months have no part in it.
OF_WEEKS = ("cell_signals", "area_signals", "recent", "ratings", "coming_weeks", "risk_weeks",
            "late", "to_come")  # fmt: skip
SPARSE = ("unread_values",)  # each row fills but some columns: those that none fills are left out
IN_ORDER_ON_REQUEST = ("checks",)  # dozens of rows, of which those that warn must not drown


def columns_seen(name: str, shown: SafeTable) -> list[str]:
    """The columns on the page, of those that this audience has.

    How many of the days compared only where that is not all: else it is the count again.
    """
    columns = SEEN.get(name, [str(column) for column in shown.data if column != "doubt"])
    if "count" in columns and "most" in shown.data and "most" not in columns:
        columns = [*columns, "most"]  # the page has it in the count's own cell
    same = "compared" in shown.data and (shown.data["compared"] == SAME_DAYS).any()
    left = set(shown.withheld) | (set() if same else {"compared_count"})
    if name in SPARSE:
        blank = shown.data.isna() | (shown.data.astype(object) == "")
        left |= {str(column) for column in blank.columns[blank.all()]}
    return [column for column in columns if column in shown.data and column not in left]


def drawing(
    name: str, shown: SafeTable, data: Dataset
) -> tuple[Callable[..., figures.Picture], str]:
    """How an exhibit is drawn, and under which name its alt text stands."""
    if name in MAPPED and data.area is None:
        shapes = area_shapes(data.settings)
        if shapes is not None:
            named_shapes = shapes.by_name(data.settings)
            if shown.data["area"].isin(list(named_shapes.polygons)).any():
                measure = MAPPED[name]
                draw = partial(figures.areas_map, shapes=named_shapes, measure=measure)
                return draw, f"map_{measure}"
    return DRAWN[name], name


def marks_on(
    name: str,
    actor: str,
    provisional: pd.DataFrame | None,
    period: Period,
    settings: Settings,
    language: Language,
    *,
    public: bool = False,
) -> dict[str, Any]:
    """What a figure also marks: the report's period, the actor's insatser, weeks not all in."""
    if provisional is not None and len(provisional):
        first = provisional.groupby("actor", observed=True)["start"].min()
        named = {
            settings.sources[str(actor)].named(language.code): day for actor, day in first.items()
        }
        return {"provisional_from": named}
    if name != "trend":
        return {}
    names = {source.named(language.code): source.actor for source in settings.sources.values()}
    spans = [
        figures.Span(insats.name, insats.start, insats.end)
        for insats in settings.interventions.values()
        if names[actor] in insats.actors
        and insats.start <= period.end
        and (insats.public == "full" or not public)
    ]
    words = language.period(period).split(" (")[0]
    return {"period": figures.Span(words, period.start, period.end), "interventions": spans}
