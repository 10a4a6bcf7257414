"""A report made again from what its manifest names, and compared with what it was."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from est_analysis.archive import (
    Snapshot,
    archive_folder,
    as_of_entry,
    find_snapshot,
    restore,
)
from est_analysis.archive.snapshots import RAW
from est_analysis.cleaned import FOLDER, made_from, stamp
from est_analysis.config import Settings, load_settings
from est_analysis.environment import told
from est_analysis.errors import EstError, ReportError
from est_analysis.exports import ensure_exports
from est_analysis.incidents import clean
from est_analysis.leftovers import own_folder
from est_analysis.report import run_report
from est_analysis.reproduce.differences import (
    EXIT_CODES,
    FIGURES,
    INPUT,
    Difference,
    changed_figures,
    changed_inputs,
    changed_program,
    changed_settings,
)
from est_analysis.store import write_cleaning
from est_analysis.stored_json import read_stored
from est_analysis.workspace import settings_folder

MOST = 12  # differences that a message lists


@dataclass(frozen=True)
class Reproduced:
    """A report made again.

    Attributes
    ----------
    identical
        Whether ``results.json`` is the same to the last byte; None when it could not be made.
    causes
        What is not what it was: inputs, settings, packages, program.
    figures
        What differs in the results.
    made_from
        ``exports``, or the snapshot that stood in for them; "" when it could not be made.
    """

    manifest: Path
    identical: bool | None
    causes: tuple[Difference, ...]
    figures: tuple[Difference, ...]
    made_from: str

    @property
    def exit_code(self) -> int:
        """0 identical; else 3 input, 4 settings, 5 package, 6 program, 7 the figures alone."""
        if self.identical:
            return 0
        return min([EXIT_CODES[one.kind] for one in self.causes] or [EXIT_CODES[FIGURES]])

    @property
    def fault(self) -> EstError | None:
        """What to tell when it is not the same."""
        if self.identical:
            return None
        named = [str(one) for one in (*self.causes, *self.figures)]
        more = [f"and {len(named) - MOST} more"] if len(named) > MOST else []
        made = self.identical is not None
        return ReportError(
            f"{self.manifest} "
            + ("gives other figures now" if made else "cannot be made again: its inputs are gone"),
            expected="the inputs, settings and versions that the manifest names, and the same "
            "figures to the last byte",
            found="\n             ".join([*named[:MOST], *more]),
            change="put back what differs (settings and program from version control, exports "
            "from the sender; archive: snapshots: keeps deliveries from now on)"
            if self.causes
            else "nothing of yours: results.json was changed after it was made, or this is a "
            "fault of the program",
            otherwise="nothing is replaced; the report is left as it was",
        )


def reproduce(
    path: Path, municipality: str = "", progress: Callable[[str], None] = lambda line: None
) -> Reproduced:
    """Make a report again and compare its ``results.json``.

    Parameters
    ----------
    path
        Its ``manifest.json``; ``results.json`` is looked for beside it.
    municipality
        Where its settings lie, if not in ``params/`` under the manifest's municipality. Only here
        may it be a path: a manifest can come from anybody, and names a municipality by its id.

    Returns
    -------
    Reproduced
        Made from the exports where they still are what was read, else from a snapshot of the
        archive. Settings, packages and program are this machine's: what differs is told.

    Raises
    ------
    EstError
        When the manifest or the settings cannot be used.
    """
    manifest = read_stored(path, "manifest")
    folder = settings_folder(municipality or manifest["municipality"])
    settings = load_settings(folder)
    ensure_exports(settings)
    inputs = changed_inputs(manifest, settings)
    causes = [*inputs, *changed_settings(manifest, settings), *changed_program(manifest)]
    snapshot = find_snapshot(archive_folder(settings), manifest) if inputs else None
    if inputs and snapshot is None:
        return Reproduced(path, None, tuple(causes), (), "")
    if snapshot is not None:
        causes = [one for one in causes if one.kind != INPUT]
        progress(f"exports are not what was read; using the snapshot of {snapshot.kept}")
    with own_folder("est-again-") as work:
        with as_of_entry(manifest["reading"]), _inputs(snapshot, settings, manifest, work):
            written = run_report(
                manifest["kind"],
                str(folder) if municipality else manifest["municipality"],
                manifest["period"],
                area=manifest["area"],
                intervention=manifest["parameters"].get("intervention", ""),
                audience=manifest["audience"],
                as_of=manifest["as_of"],
                language=manifest["language"],
                output=work / "report",
                keep_failed=False,
                progress=progress,
            )
        made = written.results.read_bytes()
    figures, same = _compare(path, manifest, made)
    source = f"the snapshot of {snapshot.kept}" if snapshot else "the exports"
    return Reproduced(path, same, tuple(causes), tuple(figures), source)


def _compare(path: Path, manifest: dict[str, Any], made: bytes) -> tuple[list[Difference], bool]:
    """What differs from the results beside the manifest, and from the checksum in it."""
    beside = path.with_name("results.json")
    wanted = manifest["results"]  # None in a manifest of an earlier schema
    stored = beside.read_bytes() if beside.is_file() else b""
    if wanted is None and not stored:
        raise ReportError(
            f"nothing to compare {path} with",
            expected="results.json beside it",
            found="no such file",
            change="put it there",
            otherwise="the report is not compared",
        )
    figures = []
    known = hashlib.sha256(stored).hexdigest()
    if stored and wanted and known != wanted:
        figures.append(
            Difference(FIGURES, "results.json has been changed", wanted[:12], known[:12])
        )
    if stored and stored != made:
        figures += changed_figures(read_stored(beside, "results"), json.loads(made))
    now = hashlib.sha256(made).hexdigest()
    if wanted and now != wanted and not figures:
        figures.append(Difference(FIGURES, "results.json", wanted[:12], now[:12]))
    return figures, not figures


@contextmanager
def _inputs(
    snapshot: Snapshot | None, settings: Settings, manifest: dict[str, Any], work: Path
) -> Iterator[None]:
    """Let the report read a snapshot in place of the exports."""
    if snapshot is None:
        yield
        return
    day = dt.date.fromisoformat(manifest["as_of"])
    cleaned = work / "cleaned"
    restored = work / "restored"
    restore(archive_folder(settings), snapshot, restored)
    if snapshot.form == RAW:
        town = replace(settings.municipality, exports=restored)
        write_cleaning(clean(replace(settings, municipality=town), day), cleaned)
    else:
        restored.rename(cleaned)
    stamp(cleaned, made_from(settings, day))
    with told(FOLDER, str(cleaned)):
        yield
