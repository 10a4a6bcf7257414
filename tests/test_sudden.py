"""A delivery that does not follow on the last one, and a month unlike those before it, are told."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_town import SmallTown

from est_analysis.archive import record_reading
from est_analysis.calendar import parse_period
from est_analysis.checks import Check
from est_analysis.cli import main
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.quality import check_data, deliveries_follow, sudden_changes
from est_analysis.quality.sudden import level_change, mix_change, month_change

HEAD = "Datum;Område;Typ\n"
PERIOD = parse_period("2024-T3")


def rows(first: str, days: int, kind: str = "Bråk", hour: int = 12) -> str:
    begin = dt.date.fromisoformat(first)
    return "".join(
        f"{begin + dt.timedelta(days=n)} {hour:02d}:{n % 60:02d};Norr;{kind}\n" for n in range(days)
    )


def delivered(town: SmallTown, text: str) -> dict[str, Check]:
    """The checks on a delivery, which is then noted as read."""
    town.files["exports/vakten.csv"] = HEAD + text
    settings = town.load()
    data = load_dataset(settings, dt.date(2025, 1, 31))
    checks = deliveries_follow(data)
    record_reading(data, {}, "")
    return {check.name: check for check in checks}


def test_nothing_is_said_of_the_first_delivery_or_of_the_same_again(town: SmallTown) -> None:
    text = rows("2024-06-01", 150)
    assert delivered(town, text) == {}
    assert delivered(town, text) == {}


def test_a_delivery_that_goes_on_is_in_order(town: SmallTown) -> None:
    delivered(town, rows("2024-06-01", 150))
    found = delivered(town, rows("2024-06-01", 180))
    assert {check.status for check in found.values()} == {"ok"}
    assert set(found) == {"delivery_older", "delivery_shorter", "delivery_grown"}


def test_an_older_delivery_is_told_by_its_days(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(town, rows("2024-06-01", 150))
    town.files["exports/vakten.csv"] = HEAD + rows("2024-06-01", 140)
    assert main(["check", "-m", str(town.write())]) == 0
    out = capsys.readouterr().out
    assert "delivery  ends 10 days before the last one" in out
    assert "delivery  lacks 10 events that the last one had" in out
    found = delivered(town, rows("2024-06-01", 140))
    assert found["delivery_older"] == Check("delivery_older", "warning", 10, 0, "vakten")
    assert found["delivery_shorter"].value == 10
    again = delivered(town, rows("2024-06-01", 150))  # back to the longer one
    assert again["delivery_older"].status == "ok"


def test_a_delivery_with_a_hole_is_shorter(town: SmallTown) -> None:
    delivered(town, rows("2024-06-01", 150))
    found = delivered(town, rows("2024-06-01", 30) + rows("2024-07-15", 120))
    assert found["delivery_shorter"] == Check("delivery_shorter", "warning", 14, 5, "vakten")
    assert found["delivery_older"].status == "ok"


def test_a_window_of_months_may_move_with_its_end_but_not_lose_its_beginning(
    town: SmallTown,
) -> None:
    delivered(town, rows("2024-06-01", 150))
    assert delivered(town, rows("2024-06-20", 150))["delivery_shorter"].status == "ok"
    lost = delivered(town, rows("2024-09-01", 80))["delivery_shorter"]
    assert (lost.status, lost.value) == ("warning", 11 + 31 + 31)


def test_the_same_rows_twice_are_told(town: SmallTown) -> None:
    delivered(town, rows("2024-06-01", 150))
    found = delivered(town, rows("2024-06-01", 150) + rows("2024-06-01", 150, hour=13))
    assert found["delivery_grown"].status == "warning"
    assert found["delivery_grown"].value == 30 + 31 + 31 + 30 + 28


def test_a_changed_declaration_is_said_to_be_the_reason(town: SmallTown) -> None:
    delivered(town, rows("2024-06-01", 150))
    town.change("sources/vakten.yaml", "name: Vakten", "name: Vakterna")
    assert delivered(town, rows("2024-06-01", 100))["delivery_shorter"].status == "info"


def test_a_delivery_that_is_gone_is_told(town: SmallTown, own_archive: Path) -> None:
    second = town.files["sources/vakten.yaml"]
    assert isinstance(second, str)
    town.files["sources/a.yaml"] = second.replace("vakten", "andra").replace("Vakten", "Andra")
    town.files["exports/andra.csv"] = HEAD + rows("2024-06-01", 60)
    delivered(town, rows("2024-06-01", 150))
    (town.folder / "exports" / "andra.csv").unlink()
    del town.files["exports/andra.csv"]
    found = delivered(town, rows("2024-06-01", 150))
    assert found["delivery_shorter"].subject == "andra"
    assert found["delivery_shorter"].value == 60
    assert found["delivery_older"].value == 60


def test_one_area_is_not_compared(town: SmallTown) -> None:
    delivered(town, rows("2024-06-01", 150))
    town.files["exports/vakten.csv"] = HEAD + rows("2024-06-01", 20)
    data = load_dataset(town.load(), dt.date(2025, 1, 31))
    assert deliveries_follow(data)
    assert not deliveries_follow(data.in_area("norr"))
    names = {check.name for check in check_data(data, PERIOD)}
    assert "delivery_shorter" in names


# ---- months ----


def test_the_level_is_judged_as_by_hand() -> None:
    totals = np.array([100.0] * 12 + [210.0])
    factor, sure = level_change(totals, [9, 10, 11], 0, 12, totals[:12])
    assert factor == pytest.approx(2.1)
    assert sure
    z = np.log(2.1) / np.sqrt(1 / 210 + 1 / 100)  # last year is the weaker of the two
    assert stats.norm.sf(z) * 2 < 0.003
    season = np.array([200.0, *[100.0] * 11, 200.0])
    assert level_change(season, [9, 10, 11], 0, 12, season[:12]) == (pytest.approx(1), False)
    up_and_down = np.array([300.0, *[60.0] * 11, 120.0])
    assert level_change(up_and_down, [9, 10, 11], 0, 12, up_and_down[:12])[0] == 1.0


def test_a_mix_is_judged_as_by_a_chi_square_test() -> None:
    history = np.tile([60.0, 40.0], (12, 1))
    now, then = np.array([30.0, 70.0]), np.array([60.0, 40.0])
    moved, sure = mix_change([(now, then * 3, 3), (now, then, 1)], history)
    assert moved == pytest.approx(0.3)
    assert stats.chi2_contingency([now, then], correction=False).pvalue < 0.003
    assert sure
    few = mix_change([(now / 5, then * 3 / 5, 3), (now / 5, then / 5, 1)], history / 5)
    assert stats.chi2_contingency([now / 5, then / 5], correction=False).pvalue > 0.003
    assert few == (pytest.approx(0.3), False)
    season = mix_change([(now, then * 3, 3), (now, now, 1)], history)
    assert season == (0.0, False)


def test_too_little_or_unreported_months_are_not_judged() -> None:
    table = np.full((13, 1), 100.0)
    known = [True] * 13
    assert month_change("sudden_level", table, 12, known) is not None
    assert month_change("sudden_level", table, 11, known) is None
    assert month_change("sudden_level", table / 10, 12, known) is None
    for gap in (0, 9, 11, 12):
        with_gap = [n != gap for n in range(13)]
        assert month_change("sudden_level", table, 12, with_gap) is None


@pytest.mark.slow
def test_months_without_change_are_seldom_warned_of() -> None:
    rng = np.random.default_rng(1)
    runs, known = 1500, [True] * 28
    for name, kinds in (("sudden_level", 1), ("sudden_mix", 5)):
        warned = 0
        for _ in range(runs):
            wave = 1 + 0.3 * np.cos(
                2 * np.pi * (np.arange(28)[:, None] - rng.uniform(0, 12, kinds)) / 12
            )
            table = rng.negative_binomial(150 / kinds * wave / 0.5, 1 / 1.5).astype(float)
            told = [month_change(name, table, at, known) for at in range(24, 28)]
            warned += any(one is not None and one[1] for one in told)
        assert warned / runs < 0.015


def spoilt(example: Dataset, actor: str, month: str, **columns: object) -> Dataset:
    """The example with one actor's incidents of one month changed."""
    table = example.incidents.copy()
    rows = (table["actor"] == actor) & (table["day"].dt.strftime("%Y-%m") == month)
    for name, value in columns.items():
        found = value(table.loc[rows, name]) if callable(value) else value
        table.loc[rows, name] = found
    return dataclasses.replace(example, incidents=table)


def of(checks: list[Check], actor: str) -> dict[str, str]:
    return {check.name: check.status for check in checks if check.subject == actor}


def test_changes_that_are_made_are_found(example: Dataset) -> None:
    period = parse_period("2025-T3")
    police = "polisen"
    before = of(sudden_changes(example, period), police)
    assert set(before) >= {"sudden_level", "sudden_mix", "sudden_hours"}
    assert set(before.values()) == {"ok"}
    double = spoilt(example, police, "2025-10", count=2)
    assert of(sudden_changes(double, period), police)["sudden_level"] == "warning"
    kinds = spoilt(example, police, "2025-10", category=example.settings.main_categories()[0])
    assert of(sudden_changes(kinds, period), police)["sudden_mix"] == "warning"
    midnight = spoilt(example, police, "2025-10", occurred_from=lambda c: c.dt.normalize())
    assert of(sudden_changes(midnight, period), police)["sudden_hours"] == "warning"
    late = spoilt(example, police, "2025-09", reported_at=lambda c: pd.Timestamp("2025-11-20"))
    assert of(sudden_changes(late, period), police)["sudden_delay"] == "warning"
    assert not sudden_changes(double.in_area("centrum"), period)


def test_a_declared_break_explains_a_change(example: Dataset) -> None:
    period = parse_period("2025-T3")
    double = spoilt(example, "polisen", "2025-10", count=2)
    known = example.settings.breaks
    assert known
    mended = dataclasses.replace(known[0], actor="polisen", date=dt.date(2025, 10, 1))
    settings = dataclasses.replace(example.settings, breaks=(mended,))
    told = dataclasses.replace(double, settings=settings)
    assert of(sudden_changes(told, period), "polisen")["sudden_level"] == "info"


def test_a_week_is_judged_by_the_last_month_before_its_end(example: Dataset) -> None:
    double = spoilt(example, "polisen", "2025-09", count=2)
    for label, status in (("2025-W39", "ok"), ("2025-W40", "warning"), ("2025-W36", "ok")):
        found = of(sudden_changes(double, parse_period(label)), "polisen")
        assert found["sudden_level"] == status, label
    for day, status in ((6, "ok"), (7, "warning")):  # a month is left a week for what comes late
        then = dataclasses.replace(double, as_of=dt.date(2025, 10, day))
        found = of(sudden_changes(then, parse_period("2025-09")), "polisen")
        assert found["sudden_level"] == status


@pytest.mark.parametrize("label", ["2001-T1", "2024-W24", "2024-T2", "2025-04"])
def test_what_has_no_year_before_it_is_not_judged(town: SmallTown, label: str) -> None:
    town.files["exports/vakten.csv"] = HEAD + rows("2024-06-01", 400)
    data = load_dataset(town.load(), dt.date(2025, 8, 31))
    assert sudden_changes(data, parse_period(label)) == []


def test_a_year_after_the_first_month_is_judged(town: SmallTown) -> None:
    town.files["exports/vakten.csv"] = HEAD + rows("2024-06-01", 400)
    data = load_dataset(town.load(), dt.date(2025, 8, 31))
    assert {check.name for check in sudden_changes(data, parse_period("2025-06"))} == {
        "sudden_level",
        "sudden_mix",
        "sudden_hours",
    }
