"""A report of one area, whether or not an insats concerns it."""

from __future__ import annotations

import pandas as pd
import pytest
from in_process import REPORTS, Made, made
from small_town import SmallTown

from est_analysis.follow_up import interventions_in
from est_analysis.report import start


def rows(report: Made, name: str) -> object:
    return next(e for e in report.exhibits if e.id == name).record


def test_what_concerns_an_area_keeps_its_columns(town: SmallTown) -> None:
    """Also where nothing is registered, and where nothing concerns it."""
    report = start("tertial", str(town.write()), "2024-T3", area="soder")
    none = interventions_in(report.settings, report.period, report.data.as_of)
    assert none.empty
    assert list(report.concerning(none)) == list(none)
    far = pd.DataFrame({"intervention": pd.Series(dtype="str"), "follow_up_state": []})
    assert list(report.concerning(far)) == ["intervention", "follow_up_state"]


@pytest.mark.slow
@pytest.mark.parametrize("audience", ["internal", "public"])
@pytest.mark.parametrize("kind", ["weekly", "tertial"])
def test_a_municipality_without_insatser(town: SmallTown, kind: str, audience: str) -> None:
    notebook = {"weekly": "2024-W41", "tertial": "2024-T3"}[kind]
    for area in ("norr", "soder", "gamla"):
        shown = made(kind, "sv", audience, str(town.write()), notebook, area=area)
        assert len(shown.exhibits) > 8
        name = {"weekly": "week_insatser", "tertial": "interventions"}[kind]
        assert rows(shown, name)["kind"] == "left_out"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in REPORTS if kind in ("weekly", "tertial")])
def test_every_area_of_the_example_before_any_insats(kind: str) -> None:
    period = {"weekly": "2023-W40", "tertial": "2022-T3"}[kind]
    for area in ("centrum", "norrbacka", "ostervik"):
        assert len(made(kind, "sv", period=period, area=area).exhibits) > 8
