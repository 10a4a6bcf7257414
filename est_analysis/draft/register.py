"""A table of streets and areas among the municipality's own files."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from est_analysis.config.finding import Street
from est_analysis.draft.guessed import Known
from est_analysis.intake.addresses import Register

ENOUGH = 0.6  # share of the addresses whose street stands in it
MOST_LINES = 100_000


def street_register(
    addresses: Sequence[str], known: Known
) -> tuple[dict[str, str], list[str]] | None:
    """The keys of ``streets``, and the areas that the addresses lie in; None of no table."""
    if known.folder is None:
        return None
    areas = {name.casefold(): str(area) for name, area in known.areas.items()}
    for path in sorted((known.folder / "sources").glob("*.csv")):
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                lines = list(csv.reader(stream, delimiter=";"))
        except (csv.Error, UnicodeError):  # then it is no table of this kind
            continue
        if len(lines) < 3 or len(lines) > MOST_LINES:
            continue
        found = _columns(lines, areas)
        if found is None:
            continue
        street, area = found
        rows = [line for line in lines[1:] if len(line) > max(found)]
        named = [(row[street], areas.get(row[area].casefold(), "")) for row in rows]
        register = Register(Street(name, own) for name, own in named if own)
        hits = [register.find(address)[0] for address in addresses]
        if sum(map(bool, hits)) >= ENOUGH * len(hits):
            head = lines[0]
            there = set(hits) - {""}
            keys = {"file": path.name, "street": head[street], "area": head[area]}
            return keys, [str(a) for a in known.areas.values() if a in there]
    return None


def _columns(lines: Sequence[Sequence[str]], areas: dict[str, str]) -> tuple[int, int] | None:
    """The columns of streets and of areas, if all words of one are areas and of another none."""
    width = len(lines[0])
    body = [line for line in lines[1:] if len(line) == width]
    of_areas = [
        n for n in range(width) if body and all(line[n].casefold() in areas for line in body)
    ]
    others = [n for n in range(width) if n not in of_areas]
    return (others[0], of_areas[0]) if of_areas and others else None
