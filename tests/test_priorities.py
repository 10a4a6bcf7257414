"""Which problems first: what is computed of them, what people have judged, and in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from small_town import SmallTown

from est_analysis import rates
from est_analysis.calendar import parse_period
from est_analysis.comparisons import LEVEL, series_dispersions
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure.roles import check_roles
from est_analysis.priorities import JUDGED, KEYS, priorities

TERTIAL = parse_period("2024-T3")  # 122 days


def rows(area: str, kind: str, every: int, first: dt.date = dt.date(2022, 1, 1)) -> Iterator[str]:
    """One incident every so many days, to the day of the extract."""
    day = first
    while day <= dt.date(2025, 1, 31):
        yield f"{day};{area};{kind}\n"
        day += dt.timedelta(days=every)


def load(town: SmallTown, *series: Iterator[str]) -> Dataset:
    lines = [line for part in series for line in part]
    town.files["exports/vakten.csv"] = "Datum;Område;Typ\n" + "".join(lines)
    return load_dataset(town.load(), dt.date(2025, 1, 31))


def test_three_criteria_are_computed_and_three_are_read(example: Dataset) -> None:
    table = priorities(example, parse_period("2025-T3"))
    assert table.groupby("actor").size().max() == 3
    centre = table[(table["area"] == "centrum") & (table["category"] == "samling")].iloc[0]
    assert centre[list(JUDGED)].tolist() == ["little", "much", "much"]
    assert centre["judged"] == "EST-gruppen 2025-12-11"
    unjudged = table[(table["area"] == "norrbacka") & (table["category"] == "skadegorelse")]
    assert len(unjudged) > 0
    assert (unjudged[list(JUDGED)] == "not_judged").all(axis=None)
    assert (unjudged["judged"] == "").all()
    whole = table["count"] + table["reference_count"]
    np.testing.assert_allclose(
        table["share"].astype(float), (100 * table["count"] / whole).astype(float)
    )
    high = table["local"] == "higher"
    assert (table.loc[high, "lower"] > 1).all()
    assert not (table.loc[~high, "lower"] > 1).any()


def test_other_areas_are_compared_per_inhabitant_with_all_rows_in_mind(example: Dataset) -> None:
    period = parse_period("2025-T3")
    table = priorities(example, period, most=40)
    people = {a.id: a.population[max(y for y in a.population if y <= 2025)]
              for a in example.settings.areas.values() if a.population}  # fmt: skip
    others = sum(n for area, n in people.items() if area != "centrum")
    key = ("polisen", "centrum", "ordningsstorning")
    row = table.set_index(KEYS).loc[key]
    noise = series_dispersions(example, period, KEYS).astype(dict.fromkeys(KEYS, "str"))
    expected = rates.rate_ratio(
        int(row["count"]), people["centrum"], int(row["reference_count"]), others,
        dispersion=float(noise.set_index(KEYS).loc[key, "dispersion"]),
        level=1 - (1 - LEVEL) / len(table),
    )  # fmt: skip
    assert row["ratio"] == pytest.approx(expected.ratio, rel=1e-9)
    assert row["lower"] == pytest.approx(expected.lower, rel=1e-9)
    assert row["upper"] == pytest.approx(expected.upper, rel=1e-9)


def test_most_criteria_first_then_as_the_settings_are(example: Dataset) -> None:
    table = priorities(example, parse_period("2025-T3"), most=5)
    met = (
        (table["verdict"] == "increase").astype(int)
        + (table["local"] == "higher")
        + table[list(JUDGED)].isin(["some", "much"]).sum(axis=1)
    )
    assert met.is_monotonic_decreasing
    assert met.nunique() > 2
    settings = example.settings
    orders = [list(settings.sources), list(settings.areas), list(settings.categories)]
    places = pd.concat(
        [table[key].map(order.index) for key, order in zip(KEYS, orders, strict=True)], axis=1
    )
    for _, same in places.groupby(met):
        assert same.to_numpy().tolist() == sorted(same.to_numpy().tolist())


def test_every_number_has_a_role(example: Dataset) -> None:
    check_roles(priorities(example, parse_period("2025-T3")))


def test_a_judgement_of_the_area_goes_before_one_of_everywhere(town: SmallTown) -> None:
    town.files["judgements.yaml"] = (
        "judgements:\n"
        "  - {category: brak, seriousness: 1, who: EST, date: 2024-11-07}\n"
        "  - {category: brak, area: soder, influence: 3, who: BRÅ, date: 2024-12-05}\n"
    )
    data = load(town, rows("Norr", "Bråk", 3), rows("Söder", "Bråk", 4), rows("Norr", "Klotter", 5))
    table = priorities(data, TERTIAL).set_index(["area", "category"])
    assert table.loc[("norr", "brak"), [*JUDGED, "judged"]].tolist() == [
        "little", "not_judged", "not_judged", "EST 2024-11-07",
    ]  # fmt: skip
    assert table.loc[("soder", "brak"), [*JUDGED, "judged"]].tolist() == [
        "not_judged", "not_judged", "much", "BRÅ 2024-12-05",
    ]  # fmt: skip
    assert (table.loc[("norr", "skada"), list(JUDGED)] == "not_judged").all()


def test_an_area_that_no_longer_exists_is_nobodys_reference(town: SmallTown) -> None:
    town.change("areas.yaml", "name: Gamla,", "name: Gamla, population: {2022: 90000},")
    data = load(town, rows("Norr", "Bråk", 3), rows("Söder", "Bråk", 3))
    row = priorities(data, TERTIAL).set_index("area").loc["norr"]
    assert row["ratio"] == pytest.approx((row["count"] / 1000) / (row["reference_count"] / 2000))


def test_days_that_were_not_reported_are_not_days_without_incidents(town: SmallTown) -> None:
    town.change(
        "sources/vakten.yaml",
        "dates:",
        "reports:\n  - {areas: [norr], from: 2022-01-01}\n  - {areas: [soder], from: 2024-10-01}\ndates:",
    )
    late = dt.date(2024, 10, 1)
    data = load(town, rows("Norr", "Bråk", 2), rows("Söder", "Bråk", 2, late))
    row = priorities(data, TERTIAL).set_index("area").loc["norr"]
    own, other = row["count"] / (1000 * 122), row["reference_count"] / (2000 * 92)
    assert row["ratio"] == pytest.approx(own / other, rel=1e-12)
    assert row["ratio"] == pytest.approx(2, rel=0.03)  # as often, half as many inhabitants


def test_an_area_reported_less_than_half_the_period_is_not_compared(town: SmallTown) -> None:
    town.change(
        "sources/vakten.yaml",
        "dates:",
        "reports:\n  - {areas: [norr], from: 2022-01-01}\n  - {areas: [soder], from: 2024-12-01}\ndates:",
    )
    late = dt.date(2024, 12, 1)
    data = load(town, rows("Norr", "Bråk", 2), rows("Söder", "Bråk", 2, late))
    table = priorities(data, TERTIAL).set_index("area")
    assert pd.isna(table.loc["norr", "reference_count"])
    assert table["ratio"].isna().all()
    assert (table["local"] == "too_little_data").all()


def test_where_population_is_not_given_areas_are_compared_one_to_one(town: SmallTown) -> None:
    town.change("areas.yaml", ", population: {2024: 2000}", "")
    data = load(town, rows("Norr", "Bråk", 2), rows("Söder", "Bråk", 4))
    row = priorities(data, TERTIAL).set_index("area").loc["norr"]
    assert row["ratio"] == pytest.approx(row["count"] / row["reference_count"], rel=1e-12)


def test_unnamed_areas_are_no_problem_to_put_first(town: SmallTown) -> None:
    data = load(town, rows("Norr", "Bråk", 5), rows("Nere vid ån", "Bråk", 1))
    table = priorities(data, TERTIAL)
    assert table["area"].tolist() == ["norr"]
    assert table["share"].tolist() == [100.0]


def test_a_period_without_incidents_has_no_problems(town: SmallTown) -> None:
    data = load(town, rows("Norr", "Bråk", 5, dt.date(2025, 1, 10)))
    assert priorities(data, TERTIAL).empty


def test_the_report_of_an_area_holds_it_against_the_whole_municipality(example: Dataset) -> None:
    period = parse_period("2025-T3")
    own = priorities(example.in_area("norrbacka"), period)
    everywhere = priorities(example, period, most=100).set_index(KEYS)
    assert set(own["area"]) == {"norrbacka"}
    for row in own.to_dict("records"):
        same = everywhere.loc[(row["actor"], row["area"], row["category"])]
        assert (row["count"], row["reference_count"]) == (same["count"], same["reference_count"])
        assert row["share"] == pytest.approx(same["share"])
        assert row["ratio"] == pytest.approx(same["ratio"], nan_ok=True)
    assert (own["share"] < 100).all()


def test_in_a_municipality_of_one_area_there_is_nothing_to_hold_it_against(town: SmallTown) -> None:
    town.files["areas.yaml"] = "areas:\n  - {id: norr, name: Norr}\n"
    table = priorities(load(town, rows("Norr", "Bråk", 2)), TERTIAL)
    assert table["count"].tolist() == [61]
    assert not {"share", "reference_count", "ratio", "lower", "upper", "local"} & set(table)
    check_roles(table)
