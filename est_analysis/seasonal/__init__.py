"""A weekly or monthly series as trend, seasonal pattern and remainder, with its breaks."""

from est_analysis.seasonal.decompose import Decomposition, decompose, long_enough, mean_by_month
from est_analysis.seasonal.grid import complete_grid

__all__ = ["Decomposition", "complete_grid", "decompose", "long_enough", "mean_by_month"]
