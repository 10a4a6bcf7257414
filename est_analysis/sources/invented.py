"""Exports that the program has made itself: known by their checksums, never a real delivery.

Beside invented exports lies a list of them. Settings stop being those of a fictional municipality
when two lines are deleted; files that were forgotten then would be a report that looks real.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from est_analysis.errors import SourceError
from est_analysis.sources.read import TRUTH, Delivery

MARK = ".invented.json"  # checksums of what was made


def mark_invented(folder: Path) -> None:
    """Note which files in a folder the program has made."""
    made = sorted(path for path in folder.iterdir() if path.name not in (MARK, TRUTH))
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made}
    text = json.dumps({"fictional": True, "files": sums}, ensure_ascii=False, indent=1)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")


def refuse_invented(deliveries: Iterable[Delivery], folder: Path, settings: Path) -> None:
    """Refuse invented files as the exports of a municipality that is not fictional.

    Parameters
    ----------
    deliveries, folder
        The files that were read, and where they lie.
    settings
        The municipality's folder.

    Raises
    ------
    SourceError
        It names the files that are to be deleted.
    """
    known = _invented(folder)
    found = [d.file for d in deliveries if known is None or d.sha256 in known]
    if found:
        shown = ", ".join(found[:20]) + (f" and {len(found) - 20} more" if found[20:] else "")
        raise SourceError(
            "invented exports in a municipality that is not fictional",
            expected=f"the actors' own files in {folder}",
            found=f"files that est made for trying: {shown}"
            if known is not None
            else f"{TRUTH}, which lies beside exports that est made for trying, and {shown}",
            change=f"delete them from {folder}, and {TRUTH}; or write fictional: true in "
            f"{settings / 'municipality.yaml'}",
            otherwise="nothing is made: what is invented would look real",
        )


def _invented(folder: Path) -> set[str] | None:
    """Checksums of invented files; None where an earlier version made some and listed none."""
    if (folder / MARK).is_file():
        return set(json.loads((folder / MARK).read_text(encoding="utf-8"))["files"].values())
    return None if (folder / TRUTH).is_file() else set()
