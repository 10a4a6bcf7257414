"""The recipes of docs/settings.md, each with its export and what it gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_town import SmallTown
from test_layouts import rows, workbook
from test_places import GEOMETRY, borders

from est_analysis.counts.dataset import load_dataset

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "settings.md").read_text("utf-8")
PART = TEXT.split("## Recipes", 1)[1].split("\n## ", 1)[0]
RECIPES = dict(re.findall(r"^### (.+?)\n(.+?)(?=^### |\Z)", PART, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"^```(\w+)(?: (.+?))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_gives_what_it_says(town: SmallTown, title: str) -> None:
    areas = str(town.files["areas.yaml"])
    town.files["areas.yaml"] = areas.replace("areas:\n", GEOMETRY + "areas:\n")
    town.files["gränser.geojson"] = borders(("Norr", 0), ("Söder", 1))
    del town.files["exports/vakten.csv"], town.files["sources/vakten.yaml"]
    sheets: dict[str, dict[str, list[list[object]]]] = {}
    gives = ""
    for kind, name, text in BLOCK.findall(RECIPES[title]):
        file, _, of = name.partition(", ")
        if kind == "yaml":
            town.files["sources/recept.yaml"] = text
        elif name == "gives":
            gives = text
        elif file.endswith(".xlsx"):
            cells = [[cell or None for cell in line.split(";")] for line in text.splitlines()]
            sheets.setdefault(file, {})[of] = cells
        else:
            town.files[file] = text.encode(of or "utf-8")
    town.files |= {file: workbook(of_file) for file, of_file in sheets.items()}
    settings = town.load()
    assert settings.municipality.as_of is not None
    data = load_dataset(settings, settings.municipality.as_of)
    found = [f"{day} {area} {kind} {count}" for day, area, kind, count in rows(data)]
    assert sorted(found) == gives.splitlines()
    assert data.cleaning.suspicions.empty
    assert set(data.cleaning.rejected["reason"]) <= {"total", "not_reported"}


def test_there_is_a_recipe_for_each_everyday_form() -> None:
    assert len(RECIPES) >= 11
