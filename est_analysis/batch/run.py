"""Make all reports of a plan that have to be made, and the list of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from est_analysis.batch.cluster import on_cluster
from est_analysis.batch.due import basis_of, reason_to_make
from est_analysis.batch.index import write_index
from est_analysis.batch.lock import locked
from est_analysis.batch.outcome import Outcome
from est_analysis.batch.plan import FILE, Job, Wanted, plan, read_batch_file
from est_analysis.batch.workers import workers
from est_analysis.batch_options import Limits
from est_analysis.config import Settings, load_settings
from est_analysis.environment import usable_home
from est_analysis.exports import ensure_exports
from est_analysis.extract_day import day_asked, day_of_extract
from est_analysis.remote import is_address, look, publish
from est_analysis.report.place import remove_leftovers
from est_analysis.workspace import outputs_folder, settings_folder


@dataclass(frozen=True)
class Planned:
    """What a batch would do.

    Attributes
    ----------
    reasons
        Every report of the plan, with why it has to be made; empty where it has not.
    folder
        Where the reports' folders lie.
    address
        Where they are published, if that is elsewhere; `folder` then has what is known of it.
    """

    settings: Settings
    as_of: dt.date
    folder: Path
    language: str
    reasons: dict[Job, str]
    address: str = ""


@dataclass(frozen=True)
class Batch:
    """A batch that has been run.

    Attributes
    ----------
    index
        The page that lists the reports; ``index.json`` lies beside it.
    used
        Processor seconds and peak memory of the processes, by what they did.
    """

    outcomes: list[Outcome]
    index: Path
    seconds: float
    used: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def failed(self) -> list[Outcome]:
        """Those that failed, or were not tried because another had."""
        return [one for one in self.outcomes if one.status in ("failed", "not_tried")]


def plan_batch(
    municipality: str,
    wanted: Iterable[Wanted] | None = None,
    *,
    as_of: str = "",
    force: bool = False,
    output: Path | str | None = None,
) -> Planned:
    """Say what a batch would make and why, and make nothing.

    Parameters
    ----------
    municipality
        A folder in ``params/``, or a path to one.
    wanted
        What to make; default what its ``batch.yaml`` says.
    as_of
        Day of the extract (2026-01-12); empty for the settings' own, else the last of the files.
    force
        Whether also what has not changed is made.
    output
        Where the reports' folders are to lie; default ``outputs/<municipality>``. A text such as
        ``s3://bucket/reports`` is an address that fsspec opens: reports are published there.

    Raises
    ------
    EstError
        When the settings or what is wanted cannot be used.
    """
    settings = load_settings(settings_folder(municipality))
    day_asked(as_of)  # a word that is no day is refused before anything is fetched
    language = "sv"
    if wanted is None:
        wanted, language = read_batch_file(settings.folder / FILE)
    ensure_exports(settings)
    day = day_of_extract(as_of, settings)
    jobs = plan(wanted, settings, day)
    address = str(output).rstrip("/") if is_address(output) else ""
    folder = _place(settings, address, output)
    if address:
        look(address, folder)
    basis = basis_of(settings, day)
    reasons = {job: reason_to_make(job, folder / job.name, basis) for job in jobs}
    if force:
        reasons = {job: reason or "asked for again" for job, reason in reasons.items()}
    return Planned(settings, day, folder, language, reasons, address)


def _place(settings: Settings, address: str, output: Path | str | None) -> Path:
    """The folder of the reports; for an address one that is this machine's memory of it."""
    if address:
        name = hashlib.sha256(address.encode()).hexdigest()[:16]
        return outputs_folder() / ".published" / name / settings.municipality.id
    return Path(output or outputs_folder() / settings.municipality.id).absolute()


def run_batch(
    municipality: str,
    wanted: Iterable[Wanted] | None = None,
    *,
    as_of: str = "",
    force: bool = False,
    output: Path | str | None = None,
    number: int = 0,
    fail_fast: bool = False,
    keep_previous: bool = False,
    limits: Limits | None = None,
    scheduler: str = "",
    say: Callable[[str], None] = lambda line: None,
    done: Callable[[Outcome, int, int], None] = lambda outcome, count, total: None,
) -> Batch:
    """Make the reports that have to be made; one that fails does not stop the others.

    Reports run by papermill in processes of their own, forked from one that has imported and
    cleaned everything once. They appear whole or not at all; after an interruption the same call
    makes the rest. Afterwards ``index.html`` and ``index.json`` list them.

    Parameters
    ----------
    municipality, wanted, as_of, force, output
        As for `plan_batch`.
    number
        How many reports at a time; 0 for as many as there are processors.
    fail_fast
        Whether to begin no more reports after one has failed.
    keep_previous
        Whether an earlier report's files are kept in its folder ``previous``.
    limits
        What one report may take.
    scheduler
        Address of a Dask scheduler; its workers make the reports.
    say
        Called with lines of progress.
    done
        Called with each report's outcome, how many are done, and of how many.

    Returns
    -------
    Batch
        With an outcome for every report of the plan.

    Raises
    ------
    EstError
        When the settings, the plan or the exports cannot be used, the folder cannot be written
        to, or another batch is writing to it. A report's own fault is in its outcome.
    """
    begun = time.monotonic()
    first = plan_batch(municipality, wanted, as_of=as_of, force=force, output=output)
    with locked(first.folder):
        remove_leftovers(first.folder)
        outcomes = {
            job: Outcome(job, "up_to_date", first.folder / job.name)
            for job, reason in first.reasons.items()
            if not reason
        }
        due = {
            job: first.reasons[job]
            for job in sorted(first.reasons, key=_turn)
            if first.reasons[job]
        }
        used: dict[str, dict[str, float]] = {}
        if due:
            made = _make_all(
                first, due, number or os.cpu_count() or 1, fail_fast, keep_previous,
                limits or Limits(), scheduler, say, done, used,
            )  # fmt: skip
            outcomes |= {outcome.job: outcome for outcome in made}
            remove_leftovers(first.folder)  # of reports that were ended
        listed = [outcomes[job] for job in first.reasons]
        index = write_index(first.folder, first.settings, first.as_of, first.language, listed)
        if first.address:
            publish(first.folder, first.address, [index.name, "index.json"])
    return Batch(listed, index, time.monotonic() - begun, used)


def _turn(job: Job) -> tuple[str, str]:
    """Editions one after the other: what the first computes the others then only read."""
    return job.audience, job.language


def _make_all(
    planned: Planned,
    due: dict[Job, str],
    number: int,
    fail_fast: bool,
    keep_previous: bool,
    limits: Limits,
    scheduler: str,
    say: Callable[[str], None],
    done: Callable[[Outcome, int, int], None],
    used: dict[str, dict[str, float]],
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    period = next(iter(due)).period
    where = (planned.settings, planned.as_of, period, limits)
    made_by = on_cluster(scheduler, *where) if scheduler else workers(*where, say)
    with usable_home(), made_by as ready:

        def make(job: Job) -> Outcome:
            begun = time.monotonic()
            answer = ready.make(_request(planned, job, keep_previous, limits))
            if planned.address and "fault" not in answer:  # another machine may have made it
                look(planned.address, planned.folder, [job.name])
            return Outcome.of(
                job, planned.folder / job.name, answer, due[job], time.monotonic() - begun
            )

        pool = ThreadPoolExecutor(number)
        waiting: dict[Future[Outcome], Job] = {pool.submit(make, job): job for job in due}
        try:
            for future in as_completed(waiting):
                job = waiting[future]
                if future.cancelled():
                    outcome = Outcome(job, "not_tried", planned.folder / job.name, due[job])
                else:
                    outcome = future.result()
                outcomes.append(outcome)
                done(outcome, len(outcomes), len(due))
                if fail_fast and outcome.status == "failed":
                    for other in waiting:
                        other.cancel()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    used.update(ready.used)
    return outcomes


def _request(planned: Planned, job: Job, keep_previous: bool, limits: Limits) -> dict[str, Any]:
    return {
        **job.parameters(),
        "municipality": str(planned.settings.folder),
        "as_of": planned.as_of.isoformat(),
        "output": str(planned.folder / job.name),
        "keep_previous": keep_previous,
        "cell_seconds": limits.cell_seconds,
        **({"address": f"{planned.address}/{job.name}"} if planned.address else {}),
    }
