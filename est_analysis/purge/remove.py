"""Remove what is too old; note it in the run log before and after, and look again."""

from __future__ import annotations

import calendar
import datetime as dt
import errno
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from est_analysis.archive import append, archive_folder
from est_analysis.archive.folder import alone, open_archive
from est_analysis.config import Settings
from est_analysis.errors import ReportError
from est_analysis.purge.look import KINDS, Left, Look, Old, written_ns
from est_analysis.workspace import outputs_folder

MOST = 12  # places that a message lists
_GONE_OR_USED = {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST}  # a folder with others' files stays


@dataclass(frozen=True)
class Purged:
    """What was removed, or would be.

    Attributes
    ----------
    objects
        How many files of content that nothing in the archive has any longer.
    left
        Links, and files beside a report that the program did not make: they stay.
    failed
        What is still there and should not be, or may be too old, and why.
    """

    before: dt.date
    removed: tuple[Old, ...]
    objects: int
    left: tuple[Left, ...]
    failed: tuple[Left, ...]

    @property
    def fault(self) -> ReportError | None:
        """What to tell when not everything is gone."""
        if not self.failed:
            return None
        named = [str(one) for one in self.failed]
        more = [f"and {len(named) - MOST} more"] if len(named) > MOST else []
        return ReportError(
            "not everything is gone",
            expected="nothing of what was to be removed, when looking again, and an age for all",
            found="\n             ".join([*named[:MOST], *more]),
            change="see who else writes there and who may; put a damaged file back, or remove its "
            "folder yourself; then run est purge again",
            otherwise="what is named above is still there; the rest is done, and noted in the log",
        )


def purge(
    settings: Settings, before: dt.date, *, dry_run: bool = False, output: Path | None = None
) -> Purged:
    """Remove what the archive plan says from before a day.

    Only files that the program makes go, and no link is followed. The run log has an entry before
    anything is removed and one afterwards: what a killed purge began is seen.

    Parameters
    ----------
    settings
        ``archive: purge:`` in ``municipality.yaml`` says what: ``snapshots`` of deliveries and
        what ``est clean`` has stored, ``previous`` editions of reports and notebooks that failed,
        ``reports`` themselves.
    before
        What was kept or made on that day or later stays. It cannot be nearer than ``keep_months``.
    dry_run
        Whether nothing is removed.
    output
        Where reports lie; default ``outputs/<municipality>``.

    Returns
    -------
    Purged
        With a fault when something could not be removed, or its age could not be told.

    Raises
    ------
    ReportError
        When the plan keeps what would be removed.
    """
    _refuse_early(settings, before)
    reports = output or outputs_folder() / settings.municipality.id
    archive = archive_folder(settings)
    with alone(open_archive(settings)):
        first = Look(settings, before, archive, reports)
        if dry_run:
            return Purged(
                before, tuple(first.old), len(first.objects), tuple(first.left), tuple(first.unsure)
            )
        if first.old or first.objects:
            append(archive, "purging", {"before": before.isoformat(), "found": _counts(first.old)})
        faults = {one: _remove(one, reports) for one in first.old}
        failed = [*chain(*faults.values()), *_remove_files(first.objects)]
        again = Look(settings, before, archive, reports)
    still = {path for one in again.old for path in one.files} | set(again.objects)
    told = {one.path for one in failed}
    failed += [Left(path, "still there") for path in sorted(still - told)] + again.unsure
    removed = tuple(one for one in first.old if not faults[one] and still.isdisjoint(one.files))
    objects = len(set(first.objects) - still)
    facts = {
        "before": before.isoformat(),
        "removed": _counts(removed),
        "objects": objects,
        "left": len(failed),
    }
    append(archive, "purge", facts)
    return Purged(before, removed, objects, tuple(first.left), tuple(failed))


def _counts(found: Iterable[Old]) -> dict[str, int]:
    number = Counter(one.kind for one in found)
    return {kind: number[kind] for kind in KINDS}


def _remove(old: Old, reports: Path) -> list[Left]:
    """Remove one thing; the file that says what it is stays while others of it could not go."""
    *others, last = old.files
    if written_ns(last) != old.seen:
        return [Left(last, "somebody else has changed it meanwhile")]
    failed = _remove_files(others) or _remove_files([last])
    above = {folder for path in old.files for folder in path.parents if reports in folder.parents}
    for folder in sorted(above, reverse=True):  # the inner ones first
        failed += _attempt(folder.rmdir, folder)
    return failed


def _remove_files(paths: Iterable[Path]) -> list[Left]:
    failed = []
    for path in paths:
        whole = path.is_dir() and not path.is_symlink()
        failed += _attempt(partial(shutil.rmtree, path) if whole else path.unlink, path)
    return failed


def _attempt(remove: Callable[[], None], path: Path) -> list[Left]:
    try:
        remove()
    except OSError as fault:
        if fault.errno not in _GONE_OR_USED:
            return [Left(path, fault.strerror or type(fault).__name__)]
    return []


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
