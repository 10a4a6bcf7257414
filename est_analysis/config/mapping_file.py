"""Long translations in a two-column CSV beside the declaration."""

from __future__ import annotations

import csv
from pathlib import Path

from est_analysis.config.paths import named_file
from est_analysis.config.section import OTHERWISE, Section, Text
from est_analysis.errors import SettingsError
from est_analysis.privacy import LONGEST_TOLD, shown


def mapping_file(name: str, section: Section) -> dict[str, str]:
    """A two-column CSV ``raw;id`` with a header row, UTF-8."""
    beside = section.path.parent
    path = named_file(name, beside, beside.parent)
    if path is None:
        section.refuse(
            "file",
            expected=f"a two-column CSV beside {section.path.name}",
            found=f'no file "{name[:LONGEST_TOLD]}" there',
            change=f"write {beside / name[:LONGEST_TOLD]} with the columns raw;id",
        )
    mapping: dict[str, str] = {}
    for number, row in enumerate(_rows(path, section), start=1):
        if not row or number == 1:
            continue
        if len(row) != 2 or row[0] in mapping:
            raise SettingsError(
                f"cannot use {path.name}",
                expected="two columns, raw;id, each raw value once",
                found=f"line {number}: {shown(';'.join(row))!r}",
                change=f"mend line {number} of {path}",
                otherwise=OTHERWISE,
            )
        mapping[row[0]] = Text(row[1].strip(), f"{path}, line {number}")
    return mapping


def _rows(path: Path, section: Section) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.reader(stream, delimiter=";"))
    except (csv.Error, UnicodeDecodeError) as fault:
        section.refuse(
            "file",
            expected=f"{path.name} as a CSV saved as UTF-8",
            found=shown(str(fault)),
            change=f"save {path.name} again with that encoding, and look for a stray quote",
        )
