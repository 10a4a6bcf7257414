"""Expected counts: level, season, calendar and coverage in one log-linear model."""

from est_analysis.expected.model import ExpectedCounts, expected_counts

__all__ = ["ExpectedCounts", "expected_counts"]
