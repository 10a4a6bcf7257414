"""A planted attack on public reports: ``pytest tests/test_attack.py`` (``-m slow`` for 1,000)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attack import (
    BY_ROWS,
    TERTIALS,
    Weeks,
    attack,
    base_town,
    hours_narrowed,
    number_of,
    published,
    random_town,
    read,
    system_of,
    weeks_from_trend,
)
from small_town import SmallTown

from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import DisclosureRule, Plan, plan_of, roles
from est_analysis.figures import Picture
from est_analysis.report import looks, publishing, session

PUBLIC = DisclosureRule("public")
RULES = {
    "suppress": PUBLIC,
    "zeros": DisclosureRule("public", hide_zeros=True),
    "ten": DisclosureRule("public", minimum=10),
    "round": DisclosureRule("public", method="round"),
}
TABLES_A_TOWN = 8  # two actors, two tertials and the year before each


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return base_town(SmallTown(tmp_path_factory.mktemp("attack") / "params" / "smastad"))


@pytest.fixture(scope="module")
def by_rows(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Where a week is reported when it has a row."""
    return base_town(SmallTown(tmp_path_factory.mktemp("rows") / "params" / "smastad"), BY_ROWS)


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are not what is attacked, and take the longest."""
    for name in looks.DRAWN:
        monkeypatch.setitem(looks.DRAWN, name, lambda *_, **__: Picture("<svg></svg>", ""))


def attacked(
    base: Dataset, seed: int, rule: DisclosureRule, most: float = np.inf, **how: Any
) -> None:
    data = random_town(base, np.random.default_rng(seed), most)
    tables = published(data, rule, **how)
    tried, broken = attack(data, rule, tables, plan_of(data, rule))
    assert tried > 0
    assert not broken, (seed, broken[:5])
    assert not hours_narrowed(data, rule, tables)


@pytest.mark.parametrize(
    "rule",
    [
        "suppress",
        "round",
        *(pytest.param(r, marks=pytest.mark.slow) for r in ("zeros", "ten")),
    ],
)
def test_no_hidden_count_is_found_from_two_tertials(base: Dataset, rule: str) -> None:
    for seed in range(2 if rule == "suppress" else 1):
        attacked(base, 100 + seed, RULES[rule])


@pytest.mark.parametrize("rule", ["suppress", pytest.param("round", marks=pytest.mark.slow)])
def test_nor_where_a_week_is_reported_when_it_has_a_row(by_rows: Dataset, rule: str) -> None:
    attacked(by_rows, 400, RULES[rule], most=8)


def test_the_attack_finds_weeks_whose_reporting_is_told(
    by_rows: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was public before: which weeks have a row, and how many."""
    data = random_town(by_rows, np.random.default_rng(400), most=8)
    monkeypatch.setattr(Plan, "told", lambda *_: True)
    _, broken = attack(data, PUBLIC, published(data, PUBLIC), plan_of(data, PUBLIC))
    assert sum(one.exactly and one.tertial < 0 for one in broken) > 5


@pytest.mark.slow
def test_the_attack_reads_ranks_shares_and_reported_weeks(
    base: Dataset, by_rows: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was public before: the attacker must be able to use it."""
    data = random_town(by_rows, np.random.default_rng(401), most=40)
    dense = random_town(base, np.random.default_rng(100))
    names = {area.id: area.name for area in data.settings.areas.values()}

    def equations(rule: DisclosureRule, data: Dataset = data) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for one in published(data, rule):
            for actor in data.settings.sources:
                system = system_of(data, actor)
                read(system, [one], rule, names)
                exact = system.matrix()[0] @ system.exact()
                low, high = system.matrix()[1:]
                assert ((exact >= low - 1e-6) & (exact <= high + 1e-6)).all(), one.name
                found[one.name] += len(system.rows) - TERTIALS
        return found

    now, shares = equations(PUBLIC), equations(RULES["round"], dense)["priorities"]
    monkeypatch.setattr(publishing, "ORDERS", ())
    monkeypatch.setattr(Plan, "told", lambda *_: True)
    before = equations(PUBLIC)
    assert all(before[name] > now[name] for name in ("area_rates", "coverage", "data_basis"))
    monkeypatch.setitem(roles.DERIVED, "share", ("scale", (("count",),)))
    assert equations(RULES["round"], dense)["priorities"] > shares


@pytest.mark.parametrize(
    "towns",
    [1, pytest.param(10, marks=pytest.mark.slow),
     pytest.param(200, marks=[pytest.mark.slow, pytest.mark.nightly])],
)  # fmt: skip
def test_no_hidden_week_follows_from_trend_and_season(
    base: Dataset, monkeypatch: pytest.MonkeyPatch, towns: int
) -> None:
    """As they were computed before, from all weeks, most do: the attack must be able to succeed."""
    datas = [random_town(base, np.random.default_rng(7000 + n), least=250) for n in range(towns)]
    now = sum((weeks_from_trend(data, PUBLIC, "2025-T3") for data in datas), Weeks())
    monkeypatch.setattr(session, "shown_dataset", lambda data, _: data)
    before = sum((weeks_from_trend(data, PUBLIC, "2025-T3") for data in datas), Weeks())
    print(f"hidden weeks of {towns} towns: before {before}, now {now}")
    assert before.hidden > 0
    assert before.exactly > before.hidden / 2
    assert now.exactly == 0


@pytest.mark.slow
def test_nor_with_the_reports_of_single_areas_beside(base: Dataset) -> None:
    attacked(base, 200, PUBLIC, areas=("norr", "soder", "ost"))


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("rule", RULES)
def test_no_hidden_count_is_found_in_a_thousand_tables(base: Dataset, rule: str) -> None:
    """1,000 tables with suppression, as many more with the other rules together."""
    towns = 1000 // TABLES_A_TOWN if rule == "suppress" else 1000 // TABLES_A_TOWN // 3 + 1
    for seed in range(towns):
        areas = ("norr", "soder", "ost") if seed % 5 == 0 else ()
        attacked(base, 1000 + seed, RULES[rule], areas=areas)


def test_the_attack_breaks_tables_that_are_protected_one_by_one(base: Dataset) -> None:
    """What was done before there was a plan: the attack must be able to succeed."""
    data = random_town(base, np.random.default_rng(100))
    tables = published(data, PUBLIC, plan=False)
    tried, broken = attack(data, PUBLIC, tables, plan_of(data, PUBLIC))
    exactly = [one for one in broken if one.exactly and one.count < PUBLIC.minimum]
    assert len(exactly) > 5
    assert len(broken) > tried / 4


def test_the_system_has_the_numbers_of_each_exhibit(base: Dataset) -> None:
    """A reader of the pages that misses equations would prove nothing."""
    data = random_town(base, np.random.default_rng(100))
    names = {area.id: area.name for area in data.settings.areas.values()}
    read_from = defaultdict(int)
    for one in published(data, PUBLIC):
        for actor in data.settings.sources:
            system = system_of(data, actor)
            read(system, [one], PUBLIC, names)
            matrix, low, high = system.matrix()
            exact = matrix @ system.exact()
            assert ((exact >= low - 1e-6) & (exact <= high + 1e-6)).all(), one.name
            read_from[one.name] += len(system.rows) - TERTIALS
    wanted = {"totals", "categories", "areas", "effort", "data_basis", "area_rates", "trend"}
    assert all(read_from[name] > 2 for name in wanted), dict(read_from)


def test_a_count_has_one_fate_in_all_exhibits_of_both_reports(base: Dataset) -> None:
    data = random_town(base, np.random.default_rng(100))
    fates = defaultdict(set)
    for one in published(data, PUBLIC, areas=("norr",)):
        now = number_of(one.period.start)
        spans = {"count": now, "reference_count": now - 3}
        for place, row in enumerate(one.safe.data.to_dict("records")):
            if str(row.get("comparison", "last_year")) != "last_year" or "timing" in row:
                continue
            if one.name in ("concentration", "priorities"):
                spans = {"count": now} if one.name == "priorities" else {}
            for name, tertial in spans.items():
                if name in row:
                    area = str(row.get("area", one.area or ""))
                    key = (row["actor"], area, str(row.get("category", "")), tertial)
                    fates[key].add(bool(one.safe.hidden[name].iloc[place]))
    several = [key for key, found in fates.items() if len(found) > 1]
    assert not several
    assert sum(found == {True} for found in fates.values()) > 10
    assert sum(found == {False} for found in fates.values()) > 10


def test_the_plan_is_the_same_whatever_else_is_in_the_data(base: Dataset) -> None:
    """Later incidents, and other actors, change nothing in an earlier tertial of an actor."""
    data = random_town(base, np.random.default_rng(301))
    own = data.incidents
    early = own[(own["day"] < "2026-01-01") & (own["actor"] == "vakten")]
    before, after = (
        plan_of(Dataset(data.settings, data.cleaning, rows, data.coverage, data.as_of), PUBLIC)
        for rows in (early, own)
    )
    for tertial in range(after.first, after.first + TERTIALS - 1):
        np.testing.assert_array_equal(
            before.hidden("vakten", tertial), after.hidden("vakten", tertial)
        )


def test_a_plan_takes_no_time(example: Dataset) -> None:
    import time

    begun = time.perf_counter()
    plan = plan_of(example, PUBLIC)
    for actor in plan.tables:
        for tertial in range(plan.first, plan.first + len(plan.tables[actor])):
            plan.hidden(actor, tertial)
    assert time.perf_counter() - begun < 2  # 0.15 s alone on the machine


def test_settings_are_where_the_attack_thinks(base: Dataset, tmp_path: Path) -> None:
    assert list(base.settings.areas) == ["norr", "soder", "ost", "gamla"]
    assert base.settings.main_categories() == ["skada", "brak", "stold"]
