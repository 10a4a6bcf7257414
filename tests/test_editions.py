"""A second public edition tells nothing by its difference from the first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from attack import base_town, random_town
from scipy.optimize import linprog
from small_home import made
from small_town import SmallTown

from est_analysis.archive import public_editions, read_log
from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, dataset_of
from est_analysis.disclosure import DisclosureRule, Plan, edition_facts, follow, plan_of
from est_analysis.disclosure.plan import tertial_days, tertial_numbers
from est_analysis.errors import ReportError

PUBLIC = DisclosureRule("public")
NOW = 2025 * 3 + 2


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return base_town(SmallTown(tmp_path_factory.mktemp("editions") / "params" / "smastad"))


def with_late_rows(data: Dataset, rng: np.random.Generator, number: int) -> Dataset:
    """The same with rows of the tertial that came later: copies of others of it."""
    rows = data.cleaning.incidents
    tertial = tertial_numbers(rows["occurred_from"].to_numpy("datetime64[D]"))
    own = np.flatnonzero(tertial == NOW)
    late = rows.iloc[rng.choice(own, number)].copy()
    for name in ("area", "category"):
        late[name] = rng.permutation(late[name].to_numpy())
        late[name] = pd.Categorical(late[name], rows[name].cat.categories)
    both = pd.concat([rows, late], ignore_index=True)
    return dataset_of(replace(data.cleaning, incidents=both), data.settings, data.as_of)


def second(first: Plan, data: Dataset, own: int = NOW, **how: bool) -> Plan:
    plan = plan_of(data, PUBLIC)
    facts = json.loads(json.dumps(edition_facts(first, [NOW], ())))
    follow(plan, [facts], [own], superseding=how.get("superseding", False))
    return plan


def equations(plans: tuple[Plan, Plan], actor: str) -> tuple[np.ndarray, np.ndarray]:
    """All that two editions show of a table, as sums of the first one's cells and the second's."""
    rows, columns = (n - 1 for n in plans[0].table(actor, NOW).shape)
    left, right = [], []
    for number, plan in enumerate(plans):
        values, hidden = plan.table(actor, NOW), plan.hidden(actor, NOW)
        for place in np.argwhere(~hidden):
            cells = np.zeros((2, rows, columns))
            cells[
                number,
                *(
                    slice(None) if i == n else i
                    for i, n in zip(place, (rows, columns), strict=True)
                ),
            ] = 1
            left.append(cells.ravel())
            right.append(values[tuple(place)])
    return np.array(left), np.array(right)


def attacked(first: Plan, now: Plan) -> list[str]:
    """Small counts that follow exactly: hidden ones of the second edition, and what came between.

    What came late is a count of few at a place, as the hidden ones are.
    """
    found = []
    for actor in now.tables:
        old, new = (plan.table(actor, NOW) for plan in (first, now))
        hidden = now.hidden(actor, NOW)
        if hidden.all():
            continue
        sums, shown = equations((first, now), actor)
        size = sums.shape[1] // 2
        one = np.eye(size)
        ahead = np.hstack([-one, one])  # rows were only added
        asked = {
            "is": (new, np.hstack([0 * one, one]), hidden & (new > 0)),
            "came": (new - old, ahead, (new - old > 0) & (new - old < 5)),
        }
        for verb, (truth, aims, small) in asked.items():
            for aim, place in zip(aims, np.ndindex(*(n - 1 for n in truth.shape)), strict=True):
                if not small[place]:
                    continue
                ends = [
                    sign * linprog(sign * aim, A_eq=sums, b_eq=shown, A_ub=-ahead,
                                   b_ub=np.zeros(size), bounds=(0, 1e5), method="highs").fun
                    for sign in (1, -1)
                ]  # fmt: skip
                if ends[1] - ends[0] < 0.5:
                    assert abs(ends[0] - truth[place]) < 1e-6
                    found.append(f"{actor} {place} {verb} {truth[place]}")
    return found


@pytest.mark.parametrize("number", range(3))
def test_two_editions_give_no_hidden_count(base: Dataset, number: int) -> None:
    rng = np.random.default_rng(number)
    data = random_town(base, rng)
    first = plan_of(data, PUBLIC)
    plan = second(first, with_late_rows(data, rng, 12))
    for actor in plan.tables:
        assert (plan.hidden(actor, NOW) >= first.hidden(actor, NOW)).all()
    assert not attacked(first, plan)


@pytest.mark.slow
@pytest.mark.parametrize("towns", [20, pytest.param(200, marks=pytest.mark.nightly)])
def test_two_editions_of_many_towns(base: Dataset, towns: int) -> None:
    """And without the register, by the same attack, some do."""
    before = 0
    for number in range(towns):
        rng = np.random.default_rng(1000 + number)
        data = random_town(base, rng)
        first = plan_of(data, PUBLIC)
        late = with_late_rows(data, rng, int(rng.integers(1, 30)))
        assert not attacked(first, second(first, late)), number
        before += len(attacked(first, plan_of(late, PUBLIC)))
    print(f"small counts exactly, of {towns} towns: {before} without the register, 0 with it")
    assert before > towns / 10


def test_the_same_rows_give_the_same_edition(base: Dataset) -> None:
    data = random_town(base, np.random.default_rng(4))
    first = plan_of(data, PUBLIC)
    plan = second(first, data)
    for actor in plan.tables:
        np.testing.assert_array_equal(plan.hidden(actor, NOW), first.hidden(actor, NOW))
        for length in (1, 2, 4):
            one, other = (p.step_counts(actor, NOW, length) for p in (first, plan))
            assert (one is None and other is None) or one.tolist() == other.tolist()


def test_no_small_difference_of_a_count_or_a_week_is_shown(base: Dataset) -> None:
    rng = np.random.default_rng(7)
    data = random_town(base, rng)
    first = plan_of(data, PUBLIC)
    plan = second(first, with_late_rows(data, rng, 40))
    shown = 0
    for actor in plan.tables:
        seen = ~plan.hidden(actor, NOW) & ~first.hidden(actor, NOW)
        added = (plan.table(actor, NOW) - first.table(actor, NOW))[seen]
        assert not ((added > 0) & (added < 5)).any()
        shown += int((added >= 5).sum())
        for length in (1, 2, 4):
            one, other = (p.step_counts(actor, NOW, length) for p in (first, plan))
            if one is not None and other is not None:
                more = other - one[: len(other)]
                assert not ((more > 0) & (more < 5)).any()
    assert shown


def test_an_earlier_tertial_is_as_it_was_published(base: Dataset) -> None:
    """Rows that came later change nothing in what the next report compares with."""
    rng = np.random.default_rng(5)
    data = random_town(base, rng)
    first = plan_of(data, PUBLIC)
    later = second(first, with_late_rows(data, rng, 10), own=NOW + 1)
    for actor in later.tables:
        np.testing.assert_array_equal(later.table(actor, NOW), first.table(actor, NOW))
        np.testing.assert_array_equal(later.hidden(actor, NOW), first.hidden(actor, NOW))
        days = [np.datetime64(day) for day in tertial_days(NOW)]
        edges = np.arange(days[0], days[1] + 1)
        np.testing.assert_array_equal(later.between(actor, edges), first.between(actor, edges))


def test_fewer_rows_or_other_settings_are_refused_and_how_to_go_on_is_said(base: Dataset) -> None:
    data = random_town(base, np.random.default_rng(6))
    first = plan_of(data, PUBLIC)
    rows = data.cleaning.incidents
    tertial = tertial_numbers(rows["occurred_from"].to_numpy("datetime64[D]"))
    fewer = rows.drop(index=np.flatnonzero(tertial == NOW)[:3])
    gone = dataset_of(replace(data.cleaning, incidents=fewer), data.settings, data.as_of)
    with pytest.raises(ReportError, match="fewer incidents") as caught:
        second(first, gone)
    assert '--supersede "reason"' in caught.value.change
    assert not second(first, gone, superseding=True).earlier.keys() & {
        (actor, NOW) for actor in first.tables
    }
    other = plan_of(data, DisclosureRule("public", minimum=10))
    with pytest.raises(ReportError, match="other areas, types or rule"):
        follow(other, [edition_facts(first, [NOW], ())], [NOW], superseding=False)


def test_a_public_report_is_registered_and_the_next_one_held_against_it(home: Path) -> None:
    written = made(home, audience="public")
    settings = load_settings(home / "params" / "smastad")
    (edition,) = public_editions(settings)
    assert edition["own"] == [2024 * 3 + 2]
    assert sum(map(sum, edition["cells"][-1]["table"])) == 3
    for path in (written.notebook, written.manifest, written.results, written.html):
        assert "est.edition" not in path.read_text("utf-8")
    export = home / "params" / "smastad" / "exports" / "vakten.csv"
    text = export.read_text("utf-8")
    export.write_text(text.replace("2024-10-09;Norr;Klotter\n", ""), encoding="utf-8")
    with pytest.raises(ReportError, match="this one would tell by the difference"):
        made(home, audience="public")
    made(home)  # an internal one has nothing to hide
    reason = "Fel fil från Vakten"
    page = made(home, audience="public", supersede=reason).html.read_text("utf-8")
    assert f"ersätter en tidigare publik utgåva. Skäl: {reason}" in page
    found = [one for one in read_log(home / "archive" / "smastad").entries
             if one["event"] == "edition"]  # fmt: skip
    assert [one["supersedes"] for one in found] == ["", reason]
    assert len(public_editions(settings)) == 2


def test_a_register_that_was_changed_stops_public_reports(home: Path) -> None:
    made(home, audience="public")
    (path,) = (home / "archive" / "smastad" / "editions").iterdir()
    path.write_text(path.read_text("utf-8") + " ", encoding="utf-8")
    with pytest.raises(ReportError, match="register of public editions is not whole"):
        made(home, audience="public")
