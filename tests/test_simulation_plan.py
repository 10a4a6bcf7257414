"""The plan of a fictional municipality: read as it is written, and refused where it is wrong."""

from __future__ import annotations

import re

import pytest
from small_town import SmallTown

from est_analysis.errors import SettingsError
from est_analysis.simulate.plan import read_plan

PLAN = """\
seed: 1
start: 2024-01-01
end: 2024-12-31
areas: {norr: 1.2}
weekday: [1, 1, 1, 1, 1.5, 1.5, 1]
hours:
  skada: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5]
calendar: {local: 1.3}
actors:
  - actor: vakten
    file: vakten_{year}.csv
    weekly: {klotter: 6}
    reporters: [2, 3]
outbreaks:
  - {area: norr, category: klotter, start: 2024-05-06, factor: 3}
"""


def test_a_plan_is_read(town: SmallTown) -> None:
    town.files["simulation.yaml"] = PLAN
    plan = read_plan(town.load())
    assert plan.weekday == (1, 1, 1, 1, 1.5, 1.5, 1)
    assert len(plan.hours["skada"]) == 24
    assert plan.hours["skada"][-1] == 0.5
    assert (plan.areas, plan.calendar) == ({"norr": 1.2}, {"local": 1.3})
    assert plan.actors[0].reporters == (2, 3)


@pytest.mark.parametrize(
    ("written", "instead", "found"),
    [
        ("areas: {norr:", "areas: {nor:", "nor"),
        ("{local: 1.3}", "{locl: 1.3}", "locl"),
        ("actor: vakten", "actor: vakter", "vakter"),
        ("weekly: {klotter:", "weekly: {kloter:", "kloter"),
        ("  skada: [", "  skad: [", "skad"),
        ("category: klotter,", "category: kloter,", "kloter"),
        ("{area: norr,", "{area: nor,", "nor"),
        (", 0.5]", "]", "23 values"),
        ("1.5, 1]", "1.5, mycket]", "mycket"),
        ("[1, 1, 1,", "[-1, 1, 1,", "-1"),
        ("1.5, 1]", "1.5]", "6 values"),
        ("reporters: [2, 3]", "reporters: [2]", "1 values"),
        ("outbreaks:", "interventions: [{id: lampor, factor: 0.5}]\noutbreaks:", "lampor"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(
    town: SmallTown, written: str, instead: str, found: str
) -> None:
    assert PLAN.count(written) == 1
    town.files["simulation.yaml"] = PLAN.replace(written, instead)
    with pytest.raises(SettingsError) as caught:
        read_plan(town.load())
    assert re.search(rf"(?<!\w){re.escape(found)}(?!\w)", caught.value.found)
    assert "simulation.yaml, line " in caught.value.change
