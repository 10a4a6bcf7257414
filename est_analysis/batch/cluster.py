"""Reports made on a Dask cluster whose workers see the same folders (extra ``cluster``)."""

from __future__ import annotations

import atexit
import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from est_analysis.batch.workers import Workers, workers
from est_analysis.batch_options import Limits
from est_analysis.config import Settings, load_settings
from est_analysis.errors import ReportError

RETRIES = 3  # on another worker, when one is lost
_starting = threading.Lock()
_held: dict[tuple[str, str], Workers] = {}
_open = ExitStack()


@contextmanager
def on_cluster(
    scheduler: str, settings: Settings, as_of: dt.date, period: str, limits: Limits
) -> Iterator[Workers]:
    """Be ready to make reports on an existing cluster.

    Each of its workers cleans the exports once and forks its reports as a batch on one machine
    does. Settings, exports and outputs must lie where all workers see them under the same names.

    Raises
    ------
    ReportError
        When Dask is not installed, or there is no scheduler.
    """
    try:
        from distributed import Client
    except ImportError:
        raise _no_cluster(
            scheduler,
            "the package distributed is not installed",
            "pip install est_analysis[cluster]",
        ) from None
    try:
        client = Client(scheduler, timeout="10s")  # type: ignore[no-untyped-call, unused-ignore]
    except OSError as fault:
        raise _no_cluster(scheduler, str(fault), "start it: dask scheduler") from None
    told = (str(settings.folder), as_of.isoformat(), period, limits)
    with client:
        yield Workers(
            lambda request: client.submit(
                make_on_worker, request, *told, pure=False, retries=RETRIES
            ).result(),
            {},
        )


def make_on_worker(
    request: dict[str, Any], municipality: str, as_of: str, period: str, limits: Limits
) -> dict[str, Any]:
    """Make one report in a process forked from this worker's warm one, started when first asked."""
    key = (municipality, as_of)
    with _starting:
        if key not in _held:
            settings = load_settings(Path(municipality))
            day = dt.date.fromisoformat(as_of)
            if not _held:
                atexit.register(_open.close)
            _held[key] = _open.enter_context(
                workers(settings, day, period, limits, lambda line: None)
            )
    return _held[key].make(request)


def _no_cluster(scheduler: str, found: str, change: str) -> ReportError:
    return ReportError(
        f"cannot use the cluster {scheduler}",
        expected="Dask, and a scheduler that answers at that address",
        found=found,
        change=change,
        otherwise="nothing is made",
    )
