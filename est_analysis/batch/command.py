"""``est batch``: what it is told and what it tells."""

from __future__ import annotations

import argparse
import sys
import time

from est_analysis.batch import Batch, Outcome, Planned, Wanted, plan_batch, run_batch
from est_analysis.batch.plan import EACH, WHOLE
from est_analysis.batch_options import Limits
from est_analysis.errors import SettingsError

STATES = {
    "made": "made",
    "up_to_date": "up to date",
    "failed": "FAILED",
    "not_tried": "not tried",
    "skipped": "skipped",
}


def run(options: argparse.Namespace) -> int:
    """Run the command; 1 when a report failed."""
    wanted = _wanted(options)
    common = {"as_of": options.as_of, "force": options.force, "output": options.output}
    if options.dry_run:
        _tell_plan(plan_batch(options.municipality, wanted, **common))
        return 0
    progress = Progress(sys.stderr.isatty())
    limits = Limits(options.cell_seconds, options.report_seconds, options.memory_mb)
    batch = run_batch(
        options.municipality,
        wanted,
        **common,
        number=options.workers,
        fail_fast=options.fail_fast,
        keep_previous=options.keep_previous,
        limits=limits,
        scheduler=options.scheduler,
        say=progress.say,
        done=progress.done,
    )
    _tell(batch)
    return 1 if batch.failed else 0


def _wanted(options: argparse.Namespace) -> list[Wanted] | None:
    """What the options ask for; None where they leave it to ``batch.yaml``."""
    if not options.kind and not options.period:
        return None
    if not (options.kind and options.period):
        raise SettingsError(
            "half a plan",
            expected="both --kind and --period, or neither and a file batch.yaml",
            found="only --kind" if options.kind else "only --period",
            change="add the other; several of each may be given",
            otherwise="nothing is made",
        )
    return [
        Wanted(
            kind,
            tuple(options.period),
            tuple(options.area or [WHOLE]),
            tuple(options.audience or ["internal"]),
            tuple(options.intervention or [EACH]),
            tuple(options.language or ["sv"]),
        )
        for kind in options.kind
    ]


class Progress:
    """A line that is written over on a terminal; one line per report elsewhere."""

    def __init__(self, terminal: bool) -> None:
        self.terminal = terminal
        self.begun = time.monotonic()

    def say(self, line: str) -> None:
        """A line of text, such as the cleaning's."""
        self._write(f"  {line}", stays=True)

    def done(self, outcome: Outcome, count: int, total: int) -> None:
        """One more report is done, or has failed."""
        failed = outcome.status == "failed"
        told = f"{outcome.job.name}: {STATES[outcome.status]} ({outcome.seconds:.1f} s)"
        if failed:
            told += f": {outcome.fault['what']}"
        if not self.terminal or failed:
            self._write(f"  [{count}/{total}] {told}", stays=True)
        if self.terminal and count < total:
            spent = time.monotonic() - self.begun
            left = spent / count * (total - count)
            bar = "#" * (30 * count // total)
            self._write(f"  [{bar:<30}] {count}/{total}, about {_clock(left)} left", stays=False)

    def _write(self, line: str, *, stays: bool) -> None:
        if self.terminal:
            line = f"\r\x1b[K{line}"
        print(line, end="\n" if stays else "", file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _tell_plan(planned: Planned) -> None:
    width = max(len(job.name) for job in planned.reasons) if planned.reasons else 0
    for job, reason in planned.reasons.items():
        print(f"{job.name:<{width}}  {'make: ' + reason if reason else 'up to date'}")
    number = sum(1 for reason in planned.reasons.values() if reason)
    print(f"{number} of {len(planned.reasons)} reports would be made in {planned.folder}")


def _tell(batch: Batch) -> None:
    """The summary: a table by kind and state, what failed, and where the index lies."""
    kinds = list(dict.fromkeys(one.job.kind for one in batch.outcomes))
    width = max((len(kind) for kind in kinds), default=0)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    print(f"{'':<{width}}  " + "  ".join(f"{name:>10}" for name in STATES.values()))
    for kind in kinds:
        numbers = [
            sum(1 for one in batch.outcomes if one.job.kind == kind and one.status == state)
            for state in STATES
        ]
        print(f"{kind:<{width}}  " + "  ".join(f"{number:>10}" for number in numbers))
    for one in batch.outcomes:
        if one.fault:
            print(f"{one.job.name}: {one.fault['what']}")
            for name, key in (("found", "found"), ("change it", "change")):
                print(f"  {name:<10} {one.fault[key]}")
    print(f"{len(batch.outcomes)} reports in {_clock(batch.seconds)}")
    print(batch.index)
