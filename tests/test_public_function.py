"""What a public page prints is a function of what it shows: pairs of towns that show the same.

``make test-slow`` looks at 6 pairs, ``make nightly`` at 50 of every sort and 1,000 of one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from attack import BY_ROWS, base_town, random_town
from pairs import differing, edition, pair_of, undrawn
from small_town import SmallTown

from est_analysis.calendar import parse_period
from est_analysis.comparisons import series_dispersions
from est_analysis.counts.dataset import Dataset
from est_analysis.disclosure import DisclosureRule, plan_of, shown_dataset
from est_analysis.language import language
from est_analysis.report import session
from est_analysis.report.publishing import PUBLIC
from est_analysis.report.session import Report

RULES = {
    "suppress": DisclosureRule("public"),
    "zeros": DisclosureRule("public", hide_zeros=True),
    "ten": DisclosureRule("public", minimum=10),
    "round": DisclosureRule("public", method="round"),
}
SUPPRESS = RULES["suppress"]
ROUND = RULES["round"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return base_town(SmallTown(tmp_path_factory.mktemp("pairs") / "params" / "smastad"))


@pytest.fixture(scope="module")
def by_rows(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Where a week is reported when it has a row."""
    return base_town(SmallTown(tmp_path_factory.mktemp("rows") / "params" / "smastad"), BY_ROWS)


@pytest.fixture(autouse=True)
def not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    undrawn(monkeypatch)


def found_in(base: Dataset, rule: DisclosureRule, seed: int, **how: str) -> list[str]:
    """The parts in which the editions of a pair differ; what is hidden must differ much."""
    rng = np.random.default_rng(seed)
    pair = pair_of(random_town(base, rng), rule, rng)
    assert sum(pair.moved.values()) > 50
    asked = {"kind": "tertial", "period": "2025-T3", "code": "sv", **how}
    area = asked.pop("area", "")
    towns = (town.in_area(area) if area else town for town in (pair.one, pair.other))
    return differing(*(edition(town, rule, **asked) for town in towns))


def test_two_towns_that_differ_in_what_is_hidden_have_one_edition(base: Dataset) -> None:
    assert not found_in(base, SUPPRESS, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [*range(6), *(pytest.param(n, marks=pytest.mark.nightly) for n in range(6, 50))]
)
def test_fifty_pairs_have_one_edition_each(base: Dataset, by_rows: Dataset, number: int) -> None:
    """With each rule, in both languages, of the whole and of areas, of tertials and weeks."""
    rule = RULES["suppress" if number % 5 < 2 else list(RULES)[number % 5 - 1]]
    how = {}
    if number % 4 == 1:
        how = {"area": ("norr", "soder", "ost")[number % 3]}
    if number % 7 == 3:
        how = {"kind": "weekly", "period": "2025-W45"}
    if number % 2:
        how["code"] = "en"
    town = by_rows if number % 6 == 5 else base
    assert not found_in(town, rule, 100 + number, **how)


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("hundred", range(10))
def test_a_thousand_pairs_have_one_edition_each(base: Dataset, hundred: int) -> None:
    for number in range(100):
        rule = list(RULES.values())[number % len(RULES)]
        assert not found_in(base, rule, 1000 + 100 * hundred + number), (hundred, number)


@pytest.mark.slow
def test_the_pairs_find_what_is_made_of_rows(
    base: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done before: the page's numbers were computed from all rows."""
    monkeypatch.setattr(session, "shown_dataset", lambda data, _: data)
    assert {"trend", "forecast_weeks"} <= set(found_in(base, SUPPRESS, 0))


def test_a_public_report_has_no_row_of_the_exports(example: Dataset) -> None:
    report = Report("tertial", example, parse_period("2025-T3"), SUPPRESS, language("sv"))
    rows, own = report.data.incidents, example.incidents
    assert rows[["place", "subcategory", "reported_at"]].isna().all(axis=None)
    assert report.data.cleaning.incidents.equals(rows.drop(columns="day"))
    assert not len(report.data.cleaning.rejected)
    assert report.data.whole() is not example
    assert report.data.in_area("norrbacka").whole().incidents.equals(rows)
    same = rows.merge(own, on=["actor", "area", "category", "occurred_from"])
    assert len(same) < len(own) / 20  # by chance: rows stand at midnight


@pytest.mark.parametrize("rule", RULES)
def test_its_counts_are_those_that_the_plan_shows(example: Dataset, rule: str) -> None:
    plan = plan_of(example, RULES[rule])
    again = plan_of(shown_dataset(example, plan), RULES[rule])
    shown = 0
    for actor in plan.tables:
        for tertial in range(plan.first, plan.first + len(plan.tables[actor]) - 1):
            seen = ~plan.hidden(actor, tertial)
            one, other = (which.table(actor, tertial)[seen] for which in (plan, again))
            if rule == "round":
                one, other = (np.floor(counts / 5 + 0.5) for counts in (one, other))
            assert one.tolist() == other.tolist()
            shown += int(seen.sum())
    assert shown > 500 or rule == "zeros"  # which hides all of the example


def test_an_exhibit_that_nobody_declared_is_not_public(example: Dataset) -> None:
    """Also one without a count: strict is the default."""
    report = Report("tertial", example, parse_period("2025-T3"), SUPPRESS, language("sv"))
    table = pd.DataFrame({"actor": ["polisen"], "status": ["reported"]})
    assert "something_new" not in PUBLIC
    assert report.table("something_new", table).html == ""
    assert report.figure("something_new", table).record["kind"] == "not_public"


def test_how_shares_vary_is_estimated_from_shown_tertials(example: Dataset) -> None:
    """About as much as from weeks; with an interval wherever one is given to internal readers."""
    plan = plan_of(example, SUPPRESS)
    shown = shown_dataset(example, plan)
    period = parse_period("2025-T3")
    for by in (["actor"], ["actor", "category"], ["actor", "area"]):
        words = dict.fromkeys(by, str)
        public, own = (series_dispersions(d, period, by).astype(words) for d in (shown, example))
        both = own.dropna().merge(public, on=by, suffixes=("", "_shown"))
        assert len(both) >= len(own.dropna()) / 2
        ratio = both["dispersion_shown"] / both["dispersion"]
        assert 0.8 < ratio.median() < 1.6
