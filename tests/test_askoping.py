"""What one municipality's five actors really send, as it lies, against what truly happened."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from est_analysis.calendar import tertial_of, week_label
from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.intake import read_export

TOWN = Path(__file__).parent / "cases" / "askoping"
BY_DAY = {
    "kommun_embrace": "kommunen", "kommun_fel": "kommunen_fel", "bostad": "bostadsbolaget",
    "rtj": "raddningstjansten",
}  # fmt: skip
BY_WEEK = {"polis": "polisen", "vakt": "vaktbolaget"}
TYPES = {  # what the truth calls a type → the id that the settings give it; others have its name
    "kommun_fel": {"Belysning trasig": "belysning", "Skräp/dumpning": "skrap",
                   "Klotter på kommunal byggnad": "klotter",
                   "Trasig lekutrustning": "annan_skadegorelse"},
    "bostad": {"storning": "hog_musik", "skada": "skadegorelse"},
    "rtj": {"Brand i byggnad": "brand", "Brand ej i byggnad": "brand"},
    "polis": {"1201": "klotter", "1203": "annan_skadegorelse", "0365": "vald",
              "9801": "narkotika", "0825": "stold"},
    "vakt": {"Störande personer": "brak", "Klotter": "klotter", "Öppna dörrar": "oppen_dorr"},
}  # fmt: skip
EDGES = {"2021-W52", "2026-W01"}  # of weeks that begin or end outside the years
NOT_IN_THE_FILES = {  # the guards' first file is of 2023, and they had a holiday in 2024
    "polis": EDGES,
    "vakt": {*EDGES, *(f"2022-W{week:02d}" for week in range(1, 53)),
             *(f"2024-W{week}" for week in range(27, 31))},
}  # fmt: skip
NOT_OF_SAFETY = {"Potthål", "Automatlarm", "Trafikolycka", "Avvisningar"}


@pytest.fixture(scope="module")
def data() -> Dataset:
    settings = load_settings(TOWN)
    assert settings.municipality.as_of is not None
    return load_dataset(settings, settings.municipality.as_of)


def truth(file: str, data: Dataset) -> pd.DataFrame:
    table = pd.read_csv(TOWN / file, dtype={"type": str})
    table = table[~table["type"].isin(NOT_OF_SAFETY)]
    names = {entry.name: entry.id for entry in data.settings.categories.values()}
    table["type"] = [
        TYPES.get(actor, names).get(kind, kind)
        for actor, kind in zip(table["actor"], table["type"], strict=True)
    ]
    areas = {area.name: area.id for area in data.settings.areas.values()}
    return table.assign(area=table["area"].map(areas))


def found(data: Dataset, actor: str, kinds: set[str]) -> pd.DataFrame:
    own = data.incidents[data.incidents["actor"] == actor]
    sub, main = own["subcategory"].astype(object), own["category"].astype(str)
    kind = sub.where(sub.notna(), main)
    kind = kind.where(kind.isin(kinds), main)  # the truth has only the main type
    return pd.DataFrame(
        {
            "tertial": [tertial_of(day.date()).label for day in own["day"]],
            "week": [week_label(day.date()) for day in own["day"]],
            "area": own["area"].astype(str),
            "type": kind,
            "count": own["count"],
        }
    )


def summed(table: pd.DataFrame, step: str) -> dict[tuple[str, str, str], int]:
    sums = table.groupby([step, "area", "type"])["count"].sum()
    return {key: int(count) for key, count in sums.items() if count}


@pytest.mark.parametrize("actor", BY_DAY)
def test_sources_of_days_are_the_truth_by_tertial_area_and_type(data: Dataset, actor: str) -> None:
    true = truth("truth.csv", data)
    true = true[true["actor"] == actor]
    assert summed(found(data, BY_DAY[actor], set(true["type"])), "tertial") == summed(
        true, "tertial"
    )


@pytest.mark.parametrize("actor", BY_WEEK)
def test_sources_of_weeks_are_the_truth_by_week_area_and_type(data: Dataset, actor: str) -> None:
    true = truth("truth_weeks.csv", data)
    true = true[true["actor"] == actor]
    seen = found(data, BY_WEEK[actor], set(true["type"]))
    inside = true["week"].isin(set(seen["week"]))
    assert summed(seen, "week") == summed(true[inside], "week")
    assert set(true.loc[~inside, "week"]) <= NOT_IN_THE_FILES[actor]


def test_the_last_tertial_has_the_numbers_that_are_known_from_elsewhere(data: Dataset) -> None:
    own = data.incidents
    last = own[(own["day"] >= "2025-09-01") & (own["day"] <= "2025-12-31")]
    by_actor = last.groupby("actor", observed=True)["count"].sum()
    assert by_actor.to_dict() == {
        "kommunen": 954, "kommunen_fel": 374, "bostadsbolaget": 210, "raddningstjansten": 51,
        "polisen": 370, "vaktbolaget": 166,
    }  # fmt: skip


def test_nothing_is_lost_and_each_cell_knows_where_it_stood(data: Dataset) -> None:
    tally = data.cleaning.tally
    assert (tally["read"] == tally["kept"] + tally["rejected"] + tally["duplicates"]).all()
    assert data.cleaning.unmapped.empty
    assert set(data.cleaning.rejected["reason"]) == {"total", "drop: inte trygghet"}
    police = data.incidents[data.incidents["actor"] == "polisen"]
    places = police[["source_file", "source_sheet", "source_row", "source_cell"]].astype(str)
    assert not places.duplicated().any()
    assert len(police) == 4 * 30 * 52
    assert set(police["source_sheet"]) == {"2022", "2023", "2024", "2025"}


def test_the_sums_that_the_files_state_agree_with_their_rows(data: Dataset) -> None:
    folder = data.settings.municipality.exports
    totals = pd.concat(read_export(one, folder).totals for one in data.settings.sources.values())
    assert totals.groupby("actor").size().to_dict() == {
        "kommunen": 26, "polisen": 4 * (7 * 52 + 30)
    }  # fmt: skip
    assert (totals["said"] == totals["found"]).all()
