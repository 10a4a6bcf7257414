"""What the archive plan no longer keeps is removed, looked for again, and noted in the run log."""

from __future__ import annotations

import calendar
import datetime as dt
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from est_analysis.archive import all_snapshots, append, archive_folder
from est_analysis.archive.folder import alone, open_archive
from est_analysis.archive.snapshots import OBJECTS, object_path
from est_analysis.config import Settings
from est_analysis.errors import ReportError
from est_analysis.report.place import MANIFEST, PREVIOUS
from est_analysis.stored_json import read_stored
from est_analysis.workspace import outputs_folder

Found = list[tuple[Path, dt.date]]  # what is too old, and from which day it is


@dataclass(frozen=True)
class Purged:
    """What was removed (or would be), by what it is: ``snapshots``, ``previous``, ``reports``."""

    before: dt.date
    removed: dict[str, Found]
    objects: int

    @property
    def number(self) -> int:
        """How many snapshots and reports."""
        return sum(len(found) for found in self.removed.values())


def purge(
    settings: Settings, before: dt.date, *, dry_run: bool = False, output: Path | None = None
) -> Purged:
    """Remove what the archive plan says from before a day.

    Parameters
    ----------
    settings
        ``archive: purge:`` in ``municipality.yaml`` says what: ``snapshots`` of deliveries,
        ``previous`` editions of reports, ``reports`` themselves.
    before
        What was kept or made on that day or later stays. It cannot be nearer than ``keep_months``.
    dry_run
        Whether nothing is removed.
    output
        Where reports lie; default ``outputs/<municipality>``.

    Raises
    ------
    ReportError
        When the plan keeps what would be removed, or something is still there afterwards.
    """
    _refuse_early(settings, before)
    reports = output or outputs_folder() / settings.municipality.id
    archive = archive_folder(settings)
    with alone(open_archive(settings)):
        removed = _too_old(settings, before, archive, reports)
        gone = {path for path, _ in removed["snapshots"]}
        loose = _unused_objects(archive, gone)
        if dry_run:
            return Purged(before, removed, len(loose))
        for path in [*gone, *loose]:
            path.unlink()
        for kind in ("previous", "reports"):
            for path, _ in removed[kind]:
                shutil.rmtree(path)
        again = _too_old(settings, before, archive, reports).values()
        left = [path for found in again for path, _ in found] + _unused_objects(archive, set())
    facts = {
        "before": before.isoformat(),
        "removed": {kind: len(found) for kind, found in removed.items()},
        "objects": len(loose),
        "left": len(left),
    }
    append(archive, "purge", facts)
    if left:
        raise ReportError(
            "not everything is gone",
            expected="nothing of what was to be removed, when looking again",
            found=", ".join(str(path) for path in left[:5]),
            change="see who else writes there, and run est purge again",
            otherwise="what is named above is still there",
        )
    return Purged(before, removed, len(loose))


def _refuse_early(settings: Settings, before: dt.date) -> None:
    today = dt.date.today()
    months = today.year * 12 + today.month - 1 - settings.archive.keep_months
    year, month = divmod(months, 12)
    last = dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))
    if before > last:
        raise ReportError(
            "the archive plan keeps what would be removed",
            expected=f"a day up to {last} (keep_months: {settings.archive.keep_months})",
            found=f"--before {before}",
            change="an earlier day, or archive: keep_months: in municipality.yaml",
            otherwise="nothing is removed",
        )


def _too_old(settings: Settings, before: dt.date, archive: Path, reports: Path) -> dict[str, Found]:
    kinds: dict[str, Callable[[], Found]] = {
        "snapshots": lambda: [
            (one.path, dt.datetime.fromisoformat(one.kept).date()) for one in all_snapshots(archive)
        ],
        "previous": lambda: _made(reports.glob(f"*/{PREVIOUS}/{MANIFEST}")),
        "reports": lambda: _made(reports.glob(f"*/{MANIFEST}")),
    }
    return {
        kind: [(path, day) for path, day in list_them() if day < before]
        if kind in settings.archive.purge
        else []
        for kind, list_them in kinds.items()
    }


def _made(manifests: Iterable[Path]) -> Found:
    return [
        (path.parent, dt.datetime.fromisoformat(read_stored(path, "manifest")["created"]).date())
        for path in sorted(manifests)
    ]


def _unused_objects(archive: Path, gone: set[Path]) -> list[Path]:
    """Content that no snapshot has any longer."""
    used = {
        object_path(archive, digest)
        for one in all_snapshots(archive)
        if one.path not in gone
        for digest in one.objects.values()
    }
    return [path for path in sorted((archive / OBJECTS).glob("*/*.gz")) if path not in used]
