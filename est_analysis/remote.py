"""Folders that are addresses, such as ``s3://bucket/exports``: fetched before, published after.

fsspec opens them (extra ``cluster``); what a kind of address needs besides, such as s3fs, and its
keys, are found as fsspec finds them.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from est_analysis.errors import ReportError, SourceError

LIST = ".fetched.json"  # what was fetched, beside it
MANIFEST = "manifest.json"


def is_address(text: object) -> bool:
    """Whether a folder is named by an address, not by a path."""
    return isinstance(text, str) and "://" in text


def fetch(address: str, folder: Path) -> None:
    """Copy the files at an address to a folder; only those that have changed since the last time.

    Parameters
    ----------
    address
        Its files are fetched, not those of folders in it, nor hidden ones.
    folder
        Has afterwards the same files. Each appears whole.

    Raises
    ------
    SourceError
        When the address cannot be opened or has no files.
    """
    try:
        fs, root = _open(address)
        names = _names(fs, root)
        there = {name: str(fs.checksum(f"{root}/{name}")) for name in names}
    except Exception as fault:  # each kind of address has its own
        raise _unreachable(address, fault) from fault
    if not there:
        raise _unreachable(address, FileNotFoundError("no files"))
    folder.mkdir(parents=True, exist_ok=True)
    known = json.loads((folder / LIST).read_text("utf-8")) if (folder / LIST).is_file() else {}
    for name, checksum in there.items():
        if known.get(name) == checksum and (folder / name).is_file():
            continue
        handle, work = tempfile.mkstemp(prefix=".fetching-", dir=folder)
        os.close(handle)
        try:
            fs.get_file(f"{root}/{name}", work)
        except Exception as fault:
            Path(work).unlink()
            raise _unreachable(f"{address}/{name}", fault) from fault
        os.replace(work, folder / name)
    for path in folder.iterdir():
        if path.is_file() and path.name not in there and not path.name.startswith("."):
            path.unlink()
    (folder / LIST).write_text(json.dumps(there), encoding="utf-8")


def publish(folder: Path, address: str, names: Iterable[str] | None = None) -> None:
    """Copy a finished report's files to an address, the manifest last: with one it is whole.

    Parameters
    ----------
    folder
        The report's.
    names
        Of the files; default all of the folder and of folders in it.

    Raises
    ------
    ReportError
        When they cannot be written there.
    """
    found = names or [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    files = sorted(name for name in found if not name.startswith((".", "previous/")))
    try:
        fs, root = _open(address)
        if names is None and fs.exists(root):
            if fs.exists(f"{root}/{MANIFEST}"):
                fs.rm_file(f"{root}/{MANIFEST}")
            for name in set(_names(fs, root)) - set(files):
                fs.rm_file(f"{root}/{name}")
        for part in ([n for n in files if n != MANIFEST], [n for n in files if n == MANIFEST]):
            for name in part:
                fs.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
            with fs.transaction:  # each appears whole
                for name in part:
                    with fs.open(f"{root}/{name}", "wb") as file:
                        file.write((folder / name).read_bytes())
    except Exception as fault:
        raise ReportError(
            f"cannot write to {address}",
            expected="an address that this user may write to",
            found=f"{type(fault).__name__}: {str(fault)[:200]}",
            change="the address, its keys, or the network",
            otherwise="the report is not published; without its manifest no half one counts",
        ) from fault


def look(address: str, folder: Path, names: Iterable[str] | None = None) -> None:
    """Know which reports are at an address: their manifests, and the names of their other files.

    Parameters
    ----------
    folder
        Has afterwards a folder for each, with the manifest; of other files that are not there
        already only the name. Folders of reports that are no longer there are removed.
    names
        Of the reports; default all.
    """
    fs, root = _open(address)
    if not fs.exists(root):
        shutil.rmtree(folder, ignore_errors=True)
        return
    entries = fs.ls(root, detail=True)
    there = [e["name"].rstrip("/").rpartition("/")[2] for e in entries if e["type"] == "directory"]
    for name in there if names is None else names:
        _look_at_one(fs, f"{root}/{name}", folder / name)
    if names is None and folder.is_dir():
        for path in folder.iterdir():
            if path.is_dir() and path.name not in there:
                shutil.rmtree(path)


def _look_at_one(fs: Any, root: str, folder: Path) -> None:
    files = _names(fs, root)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.name not in files:
            path.unlink()
    for file in files:
        if file == MANIFEST:
            fs.get_file(f"{root}/{file}", str(folder / file))
        elif not (folder / file).is_file():
            (folder / file).touch()


def _open(address: str) -> tuple[Any, str]:
    """The file system of an address, and the folder in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise ReportError(
            f"cannot use {address}",
            expected="fsspec, for folders that are addresses",
            found="it is not installed",
            change="pip install est_analysis[cluster]",
            otherwise="nothing is read or made",
        ) from None
    fs, root = url_to_fs(address)
    fs.invalidate_cache()
    return fs, str(root).rstrip("/")


def _names(fs: Any, root: str) -> list[str]:
    """The files of a folder, without hidden ones."""
    entries = fs.ls(root, detail=True) if fs.exists(root) else []
    names = [e["name"].rpartition("/")[2] for e in entries if e["type"] == "file"]
    return sorted(name for name in names if name and not name.startswith("."))


def _unreachable(address: str, fault: Exception) -> SourceError:
    return SourceError(
        f"cannot fetch {address}",
        expected="an address with the actors' exports, that this user may read",
        found=f"{type(fault).__name__}: {str(fault)[:200]}",
        change="exports in municipality.yaml, the keys, or the network",
        otherwise="nothing is read, and no report is made",
    )
