"""Write a new municipality's settings from the shipped example."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from est_analysis.errors import SettingsError
from est_analysis.workspace import example_folder

RENAMED = (
    (
        "# Exempelkommun finns inte. Alla uppgifter i mappen är påhittade.",
        "# Alla uppgifter i mappen är påhittade tills de bytts ut mot era egna.",
    ),
)


def new_municipality(name: str, params: Path) -> Path:
    """Copy the example's settings to ``params/<name>``, renamed and still marked as fictional.

    Raises
    ------
    SettingsError
        When the name cannot be a folder's, or the folder is there already.
    """
    folder = params / name
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise SettingsError(
            f'cannot make a municipality "{name}"',
            expected="a folder name of small letters a–z, digits, - and _, such as upplands-vasby",
            found=f'"{name}"',
            change="choose such a name; the name shown in reports is set in municipality.yaml",
            otherwise="nothing is written",
        )
    if folder.exists():
        raise SettingsError(
            f'cannot make a municipality "{name}"',
            expected="a name that is not taken",
            found=f"{folder}",
            change="choose another name, or edit the files in that folder",
            otherwise="nothing is written",
        )
    example = example_folder()
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("exports", "__pycache__"))
    for path in (folder / "municipality.yaml", *(folder / "reports").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        for old, new in (*RENAMED, ("exempelkommun", name), ("Exempelkommun", name.capitalize())):
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8", newline="\n")
    return folder
