"""A tiny invented municipality that tests write to a temporary folder and then spoil."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from est_analysis.config import Settings, load_settings

MUNICIPALITY = 'name: Småstad\ncode: "0001"\nas_of: 2025-01-31\n'
AREAS = """\
areas:
  - {id: norr, name: Norr, neighbours: [soder], population: {2024: 1000}}
  - {id: soder, name: Söder, population: {2024: 2000}}
  - {id: gamla, name: Gamla, valid_to: 2023-12-31}
"""
TAXONOMY = """\
categories:
  - id: skada
    name: Skadegörelse
    subcategories: [{id: klotter, name: Klotter}]
  - id: brak
    name: Bråk
"""
DISCLOSURE = "minimum: 5\n"
SOURCE = """\
actor: vakten
name: Vakten
files: ["vakten*.csv"]
reader: csv
encoding: utf-8
delimiter: ";"
columns:
  occurred_from: Datum
  area: Område
  category: Typ
dates:
  forms: ["%Y-%m-%d %H:%M", "%Y-%m-%d"]
areas:
  match: name
categories:
  match: name
"""
EXPORT = """\
Datum;Område;Typ
2024-10-07 22:30;Norr;Klotter
2024-10-08;Söder;Bråk
2024-10-09;Norr;Klotter
"""


@dataclass
class SmallTown:
    """Files of a municipality; change a text, then `load` it."""

    folder: Path
    files: dict[str, str | bytes] = field(
        default_factory=lambda: {
            "municipality.yaml": MUNICIPALITY,
            "areas.yaml": AREAS,
            "taxonomy.yaml": TAXONOMY,
            "disclosure.yaml": DISCLOSURE,
            "sources/vakten.yaml": SOURCE,
            "exports/vakten.csv": EXPORT,
        }
    )

    def write(self) -> Path:
        """Write the files; the municipality's folder."""
        for name, content in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            raw = content if isinstance(content, bytes) else content.encode("utf-8")
            path.write_bytes(raw)
        return self.folder

    def load(self) -> Settings:
        """Write the files and read the settings."""
        return load_settings(self.write())

    def change(self, name: str, old: str, new: str) -> SmallTown:
        """Replace a part of a file that must be there."""
        text = self.files[name]
        assert isinstance(text, str)
        assert old in text, old
        self.files[name] = text.replace(old, new)
        return self
