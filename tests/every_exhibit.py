"""Every table with counts that the four notebooks show, or tell of, as they make it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pandas as pd

from est_analysis import evaluations, outlook, quality, surveillance
from est_analysis.comparisons import compare_periods, rates_by_area
from est_analysis.config import Intervention
from est_analysis.effort import effort_trend
from est_analysis.hours import weekday_hours
from est_analysis.meeting import actor_week
from est_analysis.nowcast import nowcast_weeks, provisional
from est_analysis.occasions import counts_at_events
from est_analysis.places import concentration, top_places
from est_analysis.priorities import priorities
from est_analysis.ratings import ratings_in
from est_analysis.report import Report
from est_analysis.series import decompose_actors, decomposed, short_series

Table = Callable[[], pd.DataFrame]


def tables_of(report: Report) -> Iterator[tuple[str, Table]]:
    """The tables of the period's report and of the week's, by exhibit; made when called."""
    yield from _of_the_period(report)
    yield from _ahead(report)
    yield from _of_the_week(report)
    yield from _of_the_files(report)


def _of_the_period(report: Report) -> Iterator[tuple[str, Table]]:
    data, period = report.data, report.period

    @cache
    def compared(*by: str) -> pd.DataFrame:
        return compare_periods(data, period, list(by), family=len(by) > 1)

    hours = cache(lambda: weekday_hours(data, period))
    series = cache(lambda: decompose_actors(data, report.history)[0])
    rates = cache(lambda: rates_by_area(data, period))
    yield "totals", lambda: compared("actor")
    yield "change", lambda: compared("actor").dropna(subset="lower")
    yield "categories", lambda: compared("actor", "category")
    yield "areas", lambda: compared("actor", "area")
    yield "effort", lambda: effort_trend(data, period)
    yield "evaluations", lambda: evaluations.evaluations_in(report.whole, period)
    yield "trend", series
    yield "decomposition", lambda: decomposed(series())
    yield "last_year", lambda: short_series(data, report.history)
    for name, key in (("category_deviations", "category"), ("area_deviations", "area")):
        yield name, lambda key=key: surveillance.deviations(data, period, ["actor", key])
    yield "area_rates", rates
    yield "per_1000", rates
    yield "weekday_hours", lambda: hours()[0]
    yield "placed", lambda: hours()[1]
    yield "concentration", lambda: concentration(data, period)
    yield "places", lambda: top_places(data, period)
    yield "calendar", lambda: counts_at_events(data, period)
    yield "priorities", lambda: priorities(data, period)


def _ahead(report: Report) -> Iterator[tuple[str, Table]]:
    data, coming = report.data, report.next_period
    yield "risk_weeks", lambda: outlook.risk_weeks(data, coming)
    yield "coming_weeks", lambda: outlook.risk_weeks(data, report.coming_weeks)
    yield "forecast_weeks", lambda: outlook.forecast_path(data, coming, ["actor"])
    yield "forecast", lambda: outlook.forecast_totals(data, coming, ["actor", "category"])
    yield "area_forecast", lambda: outlook.forecast_totals(data, coming, ["actor", "area"])


def _of_the_week(report: Report) -> Iterator[tuple[str, Table]]:
    data, period = report.data, report.period
    types = cache(lambda: surveillance.signals(data, period, ["actor", "category"]))
    cells = cache(lambda: surveillance.signals(data, period, ["actor", "category", "area"]))
    month = surveillance.window(period)
    weeks = cache(lambda: nowcast_weeks(data, report.recent_weeks))
    yield "types", types
    yield "cells", cells
    yield "week_signals", lambda: surveillance.in_order(types(), report.settings)
    yield "cell_signals", lambda: surveillance.standing_out(cells())
    yield "area_signals", lambda: surveillance.signals(data, month, ["actor", "area"])
    yield "recent", lambda: surveillance.week_by_week(data, period, ["actor"])
    yield "ratings", lambda: ratings_in(data, period)
    yield "actors", lambda: actor_week(data, period)
    yield "late", lambda: provisional(weeks())
    yield "late", weeks


def _of_the_files(report: Report) -> Iterator[tuple[str, Table]]:
    data, period = report.data, report.period
    yield "data_basis", lambda: quality.data_basis(data, period)
    yield "deliveries", lambda: quality.delivered_files(data)
    yield "tally", lambda: quality.tally(data)
    yield "reasons", lambda: quality.rows_by_reason(data)
    yield "unmapped", lambda: data.cleaning.unmapped
    yield "candidates", lambda: quality.duplicate_candidates(data, period)
    yield "delays", lambda: quality.delays(data, period)


def tables_of_insats(report: Report, insats: Intervention) -> Iterator[tuple[str, Table]]:
    """Those of the report on one insats."""
    found = cache(lambda: evaluations.evaluate_insats(report.data, insats, report.period))
    for make in (
        evaluations.conclusions,
        evaluations.ladder,
        evaluations.regression,
        evaluations.displacement,
        evaluations.variants,
    ):
        yield make.__name__, lambda make=make: make(found())
    yield "before_after", lambda: evaluations.before_after(report.data, found())
