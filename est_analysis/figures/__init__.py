"""Figures, drawn from released tables only: each returns a `Picture`."""

from est_analysis.figures.ahead import forecast_figure, year_strip
from est_analysis.figures.area_map import areas_map
from est_analysis.figures.dots import area_dots, comparison_dots
from est_analysis.figures.expected import band_figure, band_multiples
from est_analysis.figures.grids import coverage_figure, weekday_hour_figure
from est_analysis.figures.picture import Picture, Span
from est_analysis.figures.ratings import against_expected, priority_matrix, ratings_strip
from est_analysis.figures.series import (
    decomposition_figure,
    last_year_figure,
    small_multiples,
    trend_figure,
)

__all__ = [
    "Picture",
    "Span",
    "against_expected",
    "area_dots",
    "areas_map",
    "band_figure",
    "band_multiples",
    "comparison_dots",
    "coverage_figure",
    "decomposition_figure",
    "forecast_figure",
    "last_year_figure",
    "priority_matrix",
    "ratings_strip",
    "small_multiples",
    "trend_figure",
    "weekday_hour_figure",
    "year_strip",
]
