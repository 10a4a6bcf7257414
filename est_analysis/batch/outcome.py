"""How one report of a batch went."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from est_analysis.batch.plan import Job


@dataclass(frozen=True)
class Outcome:
    """How one report went.

    Attributes
    ----------
    status
        ``made``, ``up_to_date``, ``failed``, or ``not_tried`` after another had failed.
    folder
        The report's.
    why
        Why it was to be made.
    fault
        Of a failed one: ``what``, ``expected``, ``found``, ``change``, ``otherwise``.
    """

    job: Job
    status: str
    folder: Path
    why: str = ""
    seconds: float = 0.0
    fault: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, job: Job, folder: Path, answer: dict[str, Any], why: str, seconds: float
    ) -> Outcome:
        """What a worker's answer means."""
        fault = answer.get("fault") or {}
        return cls(job, "failed" if fault else "made", folder, why, seconds, fault)

    @property
    def html(self) -> Path | None:
        """The page, maybe of an earlier run; None where there is none."""
        return next(iter(sorted(self.folder.glob("*.html"))), None)
