"""Where a report's files lie: made out of sight, seen when they are whole."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Collection
from pathlib import Path

from est_analysis.errors import ReportError
from est_analysis.leftovers import remove_dead

MAKING = ".making-"
MANIFEST = "manifest.json"
FAILED = "failed.ipynb"
PREVIOUS = "previous"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_NOT_ALLOWED = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG
}  # fmt: skip


def work_folder(folder: Path) -> Path:
    """Make a hidden folder beside `folder` to make its files in; its name tells whose it is."""
    prefix = f"{MAKING}{socket.gethostname()}-{os.getpid()}-"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.exists()  # refuses a name that no folder can have
        return Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    except OSError as fault:
        raise cannot_write(folder, fault) from fault


def put_in_place(
    work: Path,
    folder: Path,
    names: Collection[str],
    keep_previous: bool,
    replaced: Collection[Path] = (),
) -> None:
    """Move finished files to `folder`, the manifest last: a folder with one is whole.

    Parameters
    ----------
    work
        The hidden folder that has them.
    names
        Theirs, the manifest's among them; they may lie in folders of it (``csv/01_summary.csv``).
    keep_previous
        Whether the files of the report that was there are kept in its folder ``previous``.
    replaced
        Files of an earlier report that have no place beside this one.
    """
    folder.mkdir(exist_ok=True, mode=0o700)
    if keep_previous and (folder / MANIFEST).is_file():
        _keep(folder, work, {folder / name for name in names} | set(replaced))
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in replaced:
        path.unlink(missing_ok=True)
        if path.parent != folder and not any(path.parent.iterdir()):
            path.parent.rmdir()
    for name in sorted(names, key=lambda name: name == MANIFEST):
        (folder / name).parent.mkdir(exist_ok=True, mode=0o700)
        (work / name).chmod(0o600)  # for its owner; est publish makes copies for everybody
        os.replace(work / name, folder / name)
    (folder / FAILED).unlink(missing_ok=True)


def _keep(folder: Path, work: Path, ours: Collection[Path]) -> None:
    """Keep a report's own files; what an analyst has put beside them stays where it is."""
    kept = work / PREVIOUS
    kept.mkdir()
    for path in folder.iterdir():
        if path in ours and path.is_file():
            shutil.copy2(path, kept / path.name)
    shutil.rmtree(folder / PREVIOUS, ignore_errors=True)
    os.replace(kept, folder / PREVIOUS)


def remove_leftovers(parent: Path) -> None:
    """Remove what runs on this machine left behind when they were killed."""
    remove_dead(parent, f"{MAKING}{socket.gethostname()}-")


def cannot_write(folder: Path, fault: OSError) -> Exception:
    """What to tell when files cannot be written; the fault itself when it is of another kind."""
    if fault.errno not in _NO_ROOM | _NOT_ALLOWED:
        return fault
    full = fault.errno in _NO_ROOM
    return ReportError(
        f"cannot write to {folder.parent}",
        expected="room on the disk" if full else "a folder that this user may write to",
        found=f"{fault.strerror} ({fault.filename or folder.name})",
        change="make room, or choose another folder" if full else "its permissions, or the folder",
        otherwise="nothing is written; what was there is left as it was",
    )
