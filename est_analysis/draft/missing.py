"""The lines that the mappings of areas and types lack, ready to fill in."""

from __future__ import annotations

from est_analysis.config import Settings
from est_analysis.draft.guessed import Known
from est_analysis.draft.words import nearest
from est_analysis.draft.write import scalar
from est_analysis.incidents import Cleaning
from est_analysis.privacy import HIDDEN

FIELDS = {"area": "areas", "category": "categories"}


def missing_lines(cleaning: Cleaning, settings: Settings, known: Known) -> list[str]:
    """YAML for each declaration whose export has words without translation, most rows first.

    A word that is like a name of the settings has its id, to be confirmed; others are left blank.
    Nothing is written to a file.
    """
    table = cleaning.unmapped[cleaning.unmapped["field"].isin(FIELDS)]
    table = table[~table["value"].str.contains(HIDDEN, regex=False)]
    table = table[~table["value"].str.startswith("(")]  # what stands for many texts or no place
    lines: list[str] = []
    for path, own in table.groupby(table["change"].str.split(": ").str[0], sort=False):
        lines.append(f"# {path}")
        for field, key in FIELDS.items():
            rows = own[own["field"] == field]
            names = known.areas if field == "area" else known.kinds
            if len(rows):
                lines += [f"{key}:", "  map:"]
            for row in rows.to_dict("records"):
                near = nearest(row["value"], names)
                number = int(row["rows"])
                told = f"{number} {'rad' if number == 1 else 'rader'}"
                told += f", liknar {near}" if near else ""
                identity = str(names[near]) if near else ""
                lines.append(f"    {scalar(row['value'])}: {identity}  # {told}")
    return lines
