"""A total that differs from what others say is told."""

from __future__ import annotations

import pytest
from small_town import SOURCE, SmallTown

from est_analysis.calendar import parse_period
from est_analysis.cli import main
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.quality import check_data

TOTAL = (
    "control_totals:\n  - {{from: 2024-10-01, to: 2024-10-31, count: {}, said_by: Vaktens egen}}\n"
)


def loaded(town: SmallTown) -> Dataset:
    settings = town.load()
    assert settings.municipality.as_of is not None
    return load_dataset(settings, settings.municipality.as_of)


@pytest.mark.parametrize(("said", "status"), [(3, "ok"), (4, "warning"), (2, "warning")])
def test_a_control_total_is_compared(
    town: SmallTown, capsys: pytest.CaptureFixture[str], said: int, status: str
) -> None:
    town.files["sources/vakten.yaml"] = TOTAL.format(said) + SOURCE
    checks = {c.name: c for c in check_data(loaded(town), parse_period("2024-T3"))}
    check = checks["control_total"]
    assert (check.value, check.limit, check.status) == (3, said, status)
    assert main(["check", "-m", str(town.folder)]) == (status != "ok")
    out = capsys.readouterr().out
    assert ("agrees" in out) == (status == "ok")
    assert out.startswith("CANNOT BE ASSESSED in 2024-T3") == (status != "ok")
    assert f"(3 here, {said} there)" in out


def test_a_control_total_of_one_type_and_of_other_days(town: SmallTown) -> None:
    total = "control_totals:\n  - {from: 2024-10-08, to: 2024-10-09, count: 9, said_by: Brå, categories: [skada]}\n"
    town.files["sources/vakten.yaml"] = total + SOURCE
    data = loaded(town)
    assert [
        c.value for c in check_data(data, parse_period("2024-T3")) if c.name == "control_total"
    ] == [1]
    assert not [
        c
        for c in check_data(data.in_area("norr"), parse_period("2024-T3"))
        if c.name == "control_total"
    ]
