"""Expected counts: level, season, calendar and coverage in one log-linear model."""

from est_analysis.expected.model import LEAST_STEPS, ExpectedCounts, expected_counts

__all__ = ["LEAST_STEPS", "ExpectedCounts", "expected_counts"]
