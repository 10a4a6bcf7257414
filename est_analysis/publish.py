"""``est publish``: of a public edition, what may be published, and nothing else."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from est_analysis.archive import archive_folder, refuse_published
from est_analysis.config import load_settings
from est_analysis.errors import ReportError
from est_analysis.report.annexes import STATEMENTS
from est_analysis.report.one_edition import alone_in
from est_analysis.statement import statements_of
from est_analysis.stored_json import read_stored
from est_analysis.workspace import find_workspace, outputs_folder, settings_folder

LIST = "SHA256SUMS"
NOTHING = "nothing is published"


def publish_edition(folder: Path, target: Path) -> list[Path]:
    """Copy the files of a public edition that may be published to an empty folder.

    They are the page and its PDF, the workbook, the CSV files and ``results.json``, which must be
    as the report wrote them, and the accessibility statement and method text where they have been
    written, which are made anew. Everybody may read the copies.

    Parameters
    ----------
    folder
        A public report's folder in ``outputs/``.
    target
        A folder that is empty or not there, outside ``outputs/``, settings and archive.

    Returns
    -------
    list of Path
        The copies, last the list of them with checksums (``SHA256SUMS``).

    Raises
    ------
    ReportError
        When the report is internal, when a file is missing, or changed since it was made, or when
        the target has anything in it; nothing is published.
    """
    with alone_in(folder):
        manifest = _public_manifest(folder)
        files = _as_made(folder, manifest)
        if any((folder / name).is_file() for name in STATEMENTS):
            files |= {name: text.encode() for name, text in statements_of(folder).items()}
    _refuse_place(target, manifest)
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    files[LIST] = "".join(lines).encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".publishing-", dir=target.parent))
    try:
        for name, content in files.items():
            path = work / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o644)
            path.parent.chmod(0o755)
        _put(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return [target / name for name in files]


def _public_manifest(folder: Path) -> dict[str, Any]:
    manifest = read_stored(folder / "manifest.json", "manifest")
    if manifest["audience"] != "public" or manifest["parameters"]["audience"] != "public":
        raise _refused(folder, "a public edition", f"audience: {manifest['audience']}",
                       "make it with est report … --audience public")  # fmt: skip
    if "files" not in manifest:
        raise _refused(folder, "a manifest that lists the report's files", "an older one",
                       "make the report again")  # fmt: skip
    return manifest


def _as_made(folder: Path, manifest: dict[str, Any]) -> dict[str, bytes]:
    """The listed files, each as it was when the report was made."""
    found = {}
    for name, checksum in manifest["files"].items():
        path = folder / name
        if path.is_symlink() or not path.is_file() or path.resolve().parent not in (
            folder.resolve(), (folder / "csv").resolve()
        ):  # fmt: skip
            raise _refused(folder, f"{name}, as the report wrote it", "no such file",
                           "make the report again")  # fmt: skip
        found[name] = path.read_bytes()
        if hashlib.sha256(found[name]).hexdigest() != checksum:
            raise _refused(folder, f"{name}, as the report wrote it", "other contents",
                           "make it again; texts of your own belong in the notebook")  # fmt: skip
    return found


def _refuse_place(target: Path, manifest: dict[str, Any]) -> None:
    settings = load_settings(settings_folder(manifest["municipality"]))
    refuse_published(archive_folder(settings), target)
    places = {
        "outputs/": outputs_folder(),
        "the settings": find_workspace() / "params",
        "the exports": settings.municipality.exports,
    }
    for name, private in places.items():
        own, other = target.resolve(), Path(private).resolve()
        if own.is_relative_to(other) or other.is_relative_to(own):
            raise _refused(target, f"a folder apart from {name}", str(target),
                           "the folder to publish to")  # fmt: skip
    if target.is_symlink() or (target.exists() and not _empty(target)):
        raise _refused(target, "an empty folder, or none", "something in it",
                       "another folder; move an earlier edition away first")  # fmt: skip


def _empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir())


def _put(work: Path, target: Path) -> None:
    """The whole folder at once; the system refuses when somebody has put something there."""
    try:
        if os.name == "nt" and target.is_dir():
            target.rmdir()
        os.replace(work, target)
    except OSError as fault:
        raise _refused(target, "an empty folder, or none, that this user may write",
                       str(fault.strerror), "the folder to publish to") from fault  # fmt: skip


def _refused(folder: Path, expected: str, found: str, change: str) -> ReportError:
    return ReportError(
        f"cannot publish {folder}",
        expected=expected,
        found=found,
        change=change,
        otherwise=NOTHING,
    )
