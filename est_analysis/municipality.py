"""Write a new municipality's settings: the shipped example's, or as good as empty ones."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from est_analysis.config.paths import is_safe_id
from est_analysis.errors import SettingsError
from est_analysis.workspace import example_folder, package_folder

RENAMED = (
    (
        "# Exempelkommun finns inte. Alla uppgifter i mappen är påhittade.",
        "# Alla uppgifter i mappen är påhittade tills de bytts ut mot era egna.",
    ),
)
KEPT = ("taxonomy.yaml", "disclosure.yaml", "batch.yaml", "reports/tertial.yaml")
_NAME = re.compile(r"[^\W_][\w '’&-]{0,59}")


def new_municipality(name: str, params: Path, *, written: str = "", empty: bool = False) -> Path:
    """Write a new folder in ``params/``.

    Parameters
    ----------
    name
        The municipality's or the folder's: ``Upplands Väsby`` makes ``upplands-vasby``.
    params
        The folder for it.
    written
        The name as reports write it; `name` with a capital letter where nothing is given.
    empty
        Whether the example's areas, actors, insatser, decisions and exports are left out. Else all
        is copied, renamed and still marked as fictional.

    Raises
    ------
    SettingsError
        When the name cannot be a folder's, or the folder is there already.
    """
    identity = folder_name(name) if _NAME.fullmatch(name) else ""
    if not is_safe_id(identity):
        _refuse(
            name,
            "a name of letters, digits, blanks and -, such as upplands-vasby or Upplands Väsby",
            f'"{name}"',
            "choose such a name; --name says how reports write it",
        )
    shown = written or name[0].upper() + name[1:]
    if not shown.isprintable() or not shown.strip():
        _refuse(name, "a name on one line in --name", ascii(shown), "write it without line breaks")
    folder = params / identity
    if folder.exists():
        _refuse(
            name,
            "a name that is not taken",
            f"{folder}",
            "choose another name, or edit the files in that folder",
        )
    example = example_folder()
    if empty:
        shutil.copytree(package_folder() / "templates" / "empty", folder)
        for part in ("reports", "interventions", "exports"):
            (folder / part).mkdir()
        for part in KEPT:
            shutil.copyfile(example / part, folder / part)
    else:
        ignored = shutil.ignore_patterns("exports", "__pycache__")
        shutil.copytree(example, folder, ignore=ignored)
    _rename((folder / "municipality.yaml", *(folder / "reports").glob("*.yaml")), identity, shown)
    return folder


def folder_name(name: str) -> str:
    """A municipality's folder: small letters without dots and rings, and hyphens for blanks.

    Examples
    --------
    >>> [folder_name(name) for name in ("Åsköping", "Upplands Väsby", "exempelkommun")]
    ['askoping', 'upplands-vasby', 'exempelkommun']
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub("[^a-z0-9_-]+", "-", plain).strip("-_")


def _rename(paths: Iterable[Path], identity: str, shown: str) -> None:
    quoted = json.dumps(shown, ensure_ascii=False)  # YAML reads it as JSON does
    names = (("name: Exempelkommun", f"name: {quoted}"), ("name: NAME", f"name: {quoted}"))
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for old, new in (*RENAMED, ("exempelkommun", identity), *names):
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8", newline="\n")


def _refuse(name: str, expected: str, found: str, change: str) -> NoReturn:
    raise SettingsError(
        f'cannot make a municipality "{name}"',
        expected=expected,
        found=found,
        change=change,
        otherwise="nothing is written",
    )
