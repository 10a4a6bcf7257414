"""Processes that make reports: forked from a warm one, or started anew where that cannot be."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from est_analysis import cleaned, sharing
from est_analysis.batch.make import CLEANED, told
from est_analysis.batch_options import Limits
from est_analysis.config import Settings
from est_analysis.errors import EstError, ReportError
from est_analysis.kernels import client
from est_analysis.leftovers import own_folder

# One thread each: the workers share the processors, and sums are then always in the same order.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
     "VECLIB_MAXIMUM_THREADS"), "1",
)  # fmt: skip


@dataclass
class Workers:
    """Makes one report at a time per thread that asks.

    Attributes
    ----------
    make
        Takes what `est_analysis.batch.make.make_report` takes, and returns what that returns.
    used
        After the end: processor seconds and peak memory of all processes, by what they did.
    """

    make: Callable[[dict[str, Any]], dict[str, Any]]
    used: dict[str, dict[str, float]]


@contextmanager
def workers(
    settings: Settings,
    as_of: dt.date,
    period: str,
    limits: Limits,
    say: Callable[[str], None],
) -> Iterator[Workers]:
    """Clean the exports once and be ready to make reports; all is gone at the end.

    Raises
    ------
    EstError
        When the exports cannot be read.
    """
    env = {**os.environ, **ONE_THREAD, sharing.KEY: secrets.token_hex()}
    if client.can_fork():
        yield from _forked(settings, as_of, period, limits, say, env)
        return
    with own_folder("est-cleaned-") as folder:
        env[cleaned.FOLDER] = str(folder)
        cleaned.store_cleaned(settings, as_of, folder, say)
        yield Workers(lambda request: _in_new_process(request, env, limits), {})


def _forked(
    settings: Settings,
    as_of: dt.date,
    period: str,
    limits: Limits,
    say: Callable[[str], None],
    env: dict[str, str],
) -> Iterator[Workers]:
    arguments = [str(settings.folder), as_of.isoformat(), period]
    with client.WarmServer(
        "est_analysis.batch.make:warm_up", arguments, env, lambda line: say(line["said"])
    ) as server:
        if server.fault is not None:
            raise EstError(**server.fault)
        from est_analysis.kernels import provisioner

        env = {
            **env,
            cleaned.FOLDER: str(server.folder / CLEANED),
            client.ADDRESS: server.address,
            provisioner.MEMORY: f"{limits.memory_mb:g}",
        }
        ready = Workers(lambda request: _in_fork(request, server.address, env, limits), {})
        yield ready
    ready.used.update(server.used)


def _in_fork(
    request: dict[str, Any], address: str, env: dict[str, str], limits: Limits
) -> dict[str, Any]:
    child = client.Child(
        address,
        "est_analysis.batch.make:make_report",
        [request],
        env=env,
        cwd=Path.cwd(),
        label="report",
    )
    try:
        child.wait(limits.report_seconds)
    except TimeoutError:
        return _too_long(limits)
    finally:
        child.close()
    if child.answer is None:
        assert child.end is not None
        return _ended(child.end["reason"] or f"exit code {child.returncode}")
    answer: dict[str, Any] = child.answer
    return answer


def _in_new_process(request: dict[str, Any], env: dict[str, str], limits: Limits) -> dict[str, Any]:
    command = [sys.executable, "-m", "est_analysis.batch.make", json.dumps(request)]
    try:
        run = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=limits.report_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _too_long(limits)
    if run.returncode:
        return _ended(f"exit code {run.returncode}")
    answer: dict[str, Any] = json.loads(run.stdout.decode().splitlines()[-1])
    return answer


def _too_long(limits: Limits) -> dict[str, Any]:
    fault = ReportError(
        "the report took too long",
        expected=f"a report within {limits.report_seconds:g} s",
        found="it was not done, and was ended",
        change="look for what keeps it; or allow more time (--report-seconds)",
        otherwise="an earlier report is left as it was",
    )
    return {"fault": told(fault)}


def _ended(how: str) -> dict[str, Any]:
    fault = ReportError(
        "the report's process ended before it was done",
        expected="a process that ends with a report or a message",
        found=how,
        change="fewer workers at a time, if memory was short; run the batch again",
        otherwise="an earlier report is left as it was",
    )
    return {"fault": told(fault)}
