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
        ``made``, ``up_to_date``, ``failed``, ``not_tried`` after another had failed, or
        ``skipped``: of an insats that there are no data to judge by yet.
    folder
        The report's.
    why
        Why it was to be made.
    fault
        Of a failed or skipped one: ``what``, ``expected``, ``found``, ``change``, ``otherwise``.
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
        for status, key in (("failed", "fault"), ("skipped", "skipped")):
            if answer.get(key):
                return cls(job, status, folder, why, seconds, answer[key])
        return cls(job, "made", folder, why, seconds)

    @property
    def html(self) -> Path | None:
        """The page, maybe of an earlier run; None where there is none."""
        return next(iter(sorted(self.folder.glob("*.html"))), None)
