"""Texts of the settings that become file names, or name files: safe on every system."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from est_analysis.config.section import Section

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_OUTSIDE = re.compile(r"^[/~\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x1f]")


def is_safe_id(text: str) -> bool:
    """Whether a text can be an id, and a part of a file name on Linux, macOS and Windows.

    Small letters a-z only: two ids that differ in capitals or accents would be one file.

    Examples
    --------
    >>> [is_safe_id(text) for text in ("alby", "Alby", "../etc", "con", "lpt1.x", "fri.")]
    [True, False, False, False, False, False]
    """
    return bool(_ID.fullmatch(text)) and not _DEVICE.fullmatch(text) and not text.endswith(".")


def safe_id(section: Section, key: str = "id", reserved: Collection[str] = ()) -> str:
    """An id that can be a part of a file name; else refused with file and line."""
    identity = section.text(key)
    if not is_safe_id(identity) or identity in reserved:
        words = ", ".join(f"'{word}'" for word in (*reserved, "con", "aux"))
        section.refuse(
            key,
            expected=f"an id of small letters a–z, digits, - _ or . (not {words})",
            found=f'"{identity}"',
            change="choose another id; the name may hold any letters",
        )
    return identity


def is_inside(pattern: str) -> bool:
    """Whether a file name or pattern stays in the folder that it is looked for in.

    Examples
    --------
    >>> [is_inside(text) for text in ("utdrag*.csv", "2025/*.csv", "../x.csv", "/etc/*", "C:x")]
    [True, True, False, False, False]
    """
    return bool(pattern) and not _OUTSIDE.search(pattern)


def named_file(name: str, folder: Path, within: Path) -> Path | None:
    """The file that a setting names.

    Parameters
    ----------
    folder
        Where it is looked for.
    within
        The municipality's folder, which a link must not lead out of.

    Returns
    -------
    Path or None
        None where there is no such file, the name or a link leads out, or no file can have the
        name.
    """
    path = folder / name
    # os.path's answer is no also for a name that is too long; pathlib raises an error
    there = is_inside(name) and os.path.isfile(path) and not leads_out(path, within)
    return path if there else None


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path in a folder is a link to somewhere outside it."""
    return not path.resolve().is_relative_to(folder.resolve())


def readable(name: str) -> str:
    r"""A file's name in letters: one that is no UTF-8, as from an old Windows disk, read as cp1252.

    Examples
    --------
    >>> readable("v\udce4ktare.csv"), readable("räddning.csv")
    ('väktare.csv', 'räddning.csv')
    """
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def name_within(path: Path, folder: Path) -> str:
    """A file's path in a folder, in letters that can be shown and stored."""
    return readable(path.relative_to(folder).as_posix())
