"""Which days belong together: periods, ISO weeks, the operational day."""

from est_analysis.calendar.periods import (
    Period,
    mondays_in,
    months_in,
    parse_period,
    same_day,
    tertial_of,
)
from est_analysis.calendar.weeks import (
    monday_of,
    monday_of_week,
    operational_date,
    week_label,
    week_labels,
    weeks_of_year,
)

__all__ = [
    "Period",
    "monday_of",
    "monday_of_week",
    "mondays_in",
    "months_in",
    "operational_date",
    "parse_period",
    "same_day",
    "tertial_of",
    "week_label",
    "week_labels",
    "weeks_of_year",
]
