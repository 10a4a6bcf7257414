"""A total that differs from what others say, and rows that come in two files, are told."""

from __future__ import annotations

import pytest
from small_town import SOURCE, SmallTown

from est_analysis.calendar import parse_period
from est_analysis.cli import main
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.quality import check_data, counted_twice

HEAD = "Datum;Område;Typ\n"
TOTAL = (
    "control_totals:\n  - {{from: 2024-10-01, to: 2024-10-31, count: {}, said_by: Vaktens egen}}\n"
)


def loaded(town: SmallTown) -> Dataset:
    settings = town.load()
    assert settings.municipality.as_of is not None
    return load_dataset(settings, settings.municipality.as_of)


def days(first: int, last: int, kind: str = "Bråk") -> str:
    return "".join(
        f"2024-10-{day:02d} 12:{day:02d};Norr;{kind}\n" for day in range(first, last + 1)
    )


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
    assert out.startswith("CANNOT BE JUDGED in 2024-T3") == (status != "ok")
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


def test_deliveries_that_overlap_are_told(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.files["exports/vakten.csv"] = HEAD + days(1, 20)
    town.files["exports/vakten_ny.csv"] = HEAD + days(11, 30)
    assert counted_twice(loaded(town)) == {"vakten": 10}
    main(["check", "-m", str(town.folder)])
    assert "10 rows stand alike in two files" in capsys.readouterr().out


@pytest.mark.parametrize(
    "second",
    [days(21, 31), days(1, 20, "Klotter"), days(1, 4) + days(5, 20, "Klotter"), days(20, 28)],
)
def test_other_days_other_events_and_a_few_alike_are_not(town: SmallTown, second: str) -> None:
    town.files["exports/vakten.csv"] = HEAD + days(1, 20)
    town.files["exports/vakten_ny.csv"] = HEAD + second
    assert counted_twice(loaded(town)) == {"vakten": 0}


def test_with_identity_nothing_is_counted_twice(town: SmallTown) -> None:
    town.change("sources/vakten.yaml", "columns:", "identity: [Datum]\ncolumns:")
    town.files["exports/vakten.csv"] = HEAD + days(1, 20)
    town.files["exports/vakten_ny.csv"] = HEAD + days(11, 30)
    data = loaded(town)
    assert len(data.incidents) == 30
    assert counted_twice(data) == {}
