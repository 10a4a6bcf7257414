"""A fictional municipality with known truth, delivered in the formats its settings declare."""

from est_analysis.simulate.exports import simulate_exports
from est_analysis.simulate.plan import is_simulated

__all__ = ["is_simulated", "simulate_exports"]
