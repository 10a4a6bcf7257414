"""Figures, drawn from released tables only: each returns a `Picture`."""

from est_analysis.figures.dots import area_dots, comparison_dots
from est_analysis.figures.grids import coverage_figure, weekday_hour_figure
from est_analysis.figures.picture import Picture, Span
from est_analysis.figures.series import decomposition_figure, small_multiples, trend_figure

__all__ = [
    "Picture",
    "Span",
    "area_dots",
    "comparison_dots",
    "coverage_figure",
    "decomposition_figure",
    "small_multiples",
    "trend_figure",
    "weekday_hour_figure",
]
