"""Many reports at once: plan them, make those that have to be made, list them."""

from est_analysis.batch.outcome import Outcome
from est_analysis.batch.plan import Job, Wanted
from est_analysis.batch.run import Batch, Planned, plan_batch, run_batch
from est_analysis.batch_options import Limits

__all__ = ["Batch", "Job", "Limits", "Outcome", "Planned", "Wanted", "plan_batch", "run_batch"]
