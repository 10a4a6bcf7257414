"""A fictional municipality with known truth, delivered in the formats its settings declare."""

from est_analysis.simulate.exports import ensure_exports, simulate_exports

__all__ = ["ensure_exports", "simulate_exports"]
