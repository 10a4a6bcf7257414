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
from est_analysis.stored_json import INVENTED, parsed

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
        It names the files that are to be deleted. Also where the list of them is damaged: nobody
        knows then what is invented.
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
    path = folder / MARK
    if not path.is_file():
        return None if (folder / TRUTH).is_file() else set()
    try:
        found = parsed(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as fault:
        raise _damaged(path, f"something else ({type(fault).__name__})") from None
    wrong = next(INVENTED(found, ""), None)
    if wrong is not None:
        raise _damaged(path, f"{wrong.place or 'the list'}: {wrong.found}")
    return set(found["files"].values())


def _damaged(path: Path, found: str) -> SourceError:
    return SourceError(
        f"cannot use {path}",
        expected="the list of files that est made for trying, as est wrote it",
        found=found,
        change=f"see that every file in {path.parent} is an actor's own, delete those that are "
        f"not, {TRUTH} if it is there, and {MARK}",
        otherwise="nothing is made: what is invented would look real",
    )
