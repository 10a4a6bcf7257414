"""A folder has one edition of one report: what is published is never beside what is not."""

from __future__ import annotations

import getpass
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from est_analysis.errors import EstError, ReportError
from est_analysis.locking import take
from est_analysis.report.annexes import STATEMENTS
from est_analysis.report.parameters import UNTOUCHED
from est_analysis.report.place import FAILED, MANIFEST, PREVIOUS
from est_analysis.stored_json import read_stored

RESULTS = "results.json"
NOTEBOOK = "notebook.ipynb"
PAGES = (".html", ".pdf", ".xlsx")
KEYS = ("municipality", "kind", "period", "area", "audience", "language")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let no other process of this machine look at or change a report's folder meanwhile."""
    place = Path(tempfile.gettempdir()) / f"est-{getpass.getuser()}"
    place.mkdir(mode=0o700, exist_ok=True)
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    with (place / name).open("a+b") as lock:
        take(lock, wait=True)
        yield


def refuse_other_edition(folder: Path, stem: str, wanted: dict[str, str]) -> None:
    """Refuse a folder that has another report, or the same one for other readers.

    Parameters
    ----------
    folder
        Where the report is to be written. Of a public edition nothing else may lie there at all.
    stem
        The name of its page without the ending.
    wanted
        Its `KEYS` and ``intervention``.

    Raises
    ------
    ReportError
        When something of another edition is there, whole or left by a run that was killed.
    """
    if not folder.is_dir():
        return
    ours = {stem + ending for ending in PAGES}
    ours |= {RESULTS, NOTEBOOK, MANIFEST, FAILED, PREVIOUS, "csv", *STATEMENTS}
    for path in sorted(folder.iterdir()):
        page = path.suffix in PAGES and path.name.startswith(f"{wanted['municipality']}_")
        if path.name not in ours and (page or wanted["audience"] == "public"):
            raise _refused(folder, path.name)
    named = [name for name in (MANIFEST, RESULTS) if (folder / name).exists()]
    for name in named:
        if not _is_of(folder / name, wanted):
            raise _refused(folder, f"{name} of another edition")
    nameless = [name for name in (NOTEBOOK, "csv", PREVIOUS) if (folder / name).exists()]
    if nameless and not named:
        raise _refused(folder, f"{nameless[0]}, and nothing that says whose it is")


def _is_of(path: Path, wanted: dict[str, str]) -> bool:
    """Whether a manifest, or a file of numbers, is of an edition; one that is unreadable is not."""
    try:
        facts = read_stored(path, path.stem)
    except EstError:
        return False
    own = facts.get("parameters", wanted).get("intervention", "")
    return own == wanted["intervention"] and all(facts.get(key) == wanted[key] for key in KEYS)


def _refused(folder: Path, found: str) -> ReportError:
    return ReportError(
        f"{folder} has something of another edition",
        expected="an empty or new folder, or one with an earlier run of this very report",
        found=found,
        change="--output: give each edition a folder of its own; or move what lies there",
        otherwise=f"{UNTOUCHED}: who publishes a folder would publish both",
    )
