"""Real exports, as their owners publish them; totals are counted in a second, independent way."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from est_analysis.calendar import parse_period, tertial_of
from est_analysis.config import load_settings
from est_analysis.counts.coverage import weekly_status
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.counts.panel import count_panel, period_totals, regroup

REAL = Path(__file__).parent / "real"
MONTHS = ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
          "oktober", "november", "december"]  # fmt: skip


def load(name: str) -> Dataset:
    settings = load_settings(REAL / name)
    assert settings.municipality.as_of is not None
    return load_dataset(settings, settings.municipality.as_of)


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    text = gzip.decompress((folder / name).read_bytes()).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def tertial(year: int, month: int) -> str:
    return f"{year}-T{(month - 1) // 4 + 1}"


def totals(data: Dataset, labels: list[str]) -> dict[tuple[str, str], int]:
    found = {}
    for label in labels:
        for row in period_totals(data, parse_period(label), ["actor"]).to_dict("records"):
            if not pd.isna(row["count"]):
                found[row["actor"], label] = int(row["count"])
    return found


def test_montgomery_three_actors_in_one_file(shared_data: Path) -> None:
    data = load("montgomery")
    rows = lines(shared_data, "montgomery_pa_911_2015_2016.csv.gz")
    expected = Counter(
        (
            row["title"].split(":")[0].lower(),
            tertial(int(row["timeStamp"][:4]), int(row["timeStamp"][5:7])),
        )
        for row in rows
    )
    assert totals(data, ["2015-T3", "2016-T1", "2016-T2"]) == dict(expected)
    assert sum(expected.values()) == 99_492
    assert data.cleaning.unmapped.empty
    areas = period_totals(data, parse_period("2016-T1"), ["actor", "area"])
    by_town = Counter(
        row["twp"].title()
        for row in rows
        if row["title"].startswith("Fire") and "2016-01" <= row["timeStamp"][:7] <= "2016-04"
    )
    found = areas[(areas["actor"] == "fire") & (areas["count"] > 0)].set_index("area")["count"]
    names = {area.id: area.name for area in data.settings.areas.values()} | {"unknown": ""}
    assert {names[str(area)]: int(n) for area, n in found.items()} == dict(by_town)


def test_police_events_have_their_own_time_and_no_digests(shared_data: Path) -> None:
    data = load("polisen")
    rows = lines(shared_data, "polisen_events_stockholm_county_2022-2025.csv.gz")
    expected: Counter[str] = Counter()
    digests = 0
    for row in rows:
        if row["type"].startswith("Sammanfattning"):
            digests += 1
            continue
        day, month = row["name"].split(",")[0].split()[:2]
        number = MONTHS.index(month.lower()) + 1
        published = row["datetime"][:10]
        year = int(published[:4])
        # An event is told after it happened: one "in December", told in January, is last year's.
        if (number, int(day)) > (int(published[5:7]), int(published[8:10]) + 1):
            year -= 1
        expected[tertial(year, number)] += 1
    labels = [f"{year}-T{n}" for year in range(2022, 2026) for n in (1, 2, 3)]
    assert {label: n for (_, label), n in totals(data, labels).items() if n} == dict(expected)
    reasons = data.cleaning.rejected["reason"].value_counts().to_dict()
    assert reasons == {"drop: sammanfattning, inte en händelse": digests}
    assert data.cleaning.tally["read"].tolist() == [7447]


def test_eight_years_of_dwelling_fires(shared_data: Path) -> None:
    data = load("london_fires")
    rows = lines(shared_data, "lfb_dwelling_fires_2009_2016.csv.gz")
    expected = Counter(tertial(int(r["date"][:4]), int(r["date"][5:7])) for r in rows)
    labels = [f"{year}-T{n}" for year in range(2009, 2017) for n in (1, 2, 3)]
    assert {label: n for (_, label), n in totals(data, labels).items()} == dict(expected)
    boroughs = period_totals(data, parse_period("2014-T2"), ["actor", "area"])
    inside = Counter(r["borough"].lower() for r in rows if "2014-05" <= r["date"][:7] <= "2014-08")
    known = boroughs[boroughs["count"] > 0]
    assert dict(zip(known["area"].astype(str), known["count"].astype(int), strict=True)) == inside
    assert tertial_of(pd.Timestamp("2014-08-31").date()).label == "2014-T2"


def test_a_hole_of_34_months_is_a_hole(shared_data: Path) -> None:
    data = load("city_of_london")
    rows = lines(shared_data, "police_uk_city_of_london_2018-2025.csv.gz")
    expected = Counter(tertial(int(r["Month"][:4]), int(r["Month"][5:7])) for r in rows)
    labels = [f"{year}-T{n}" for year in range(2018, 2026) for n in (1, 2, 3)]
    assert {label: n for (_, label), n in totals(data, labels).items()} == dict(expected)
    hole = parse_period("2020-12-01..2023-09-30")
    status = weekly_status(data.coverage, hole, "month")
    assert len(status) == 34
    assert set(status["status"]) == {"silent"}
    panel = regroup(count_panel(data, hole), ["actor"])
    assert panel["count"].isna().all()
    silent = period_totals(data, parse_period("2022-T2"), ["actor"])
    assert silent["count"].isna().all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("montgomery", "2016-T2"),
        ("polisen", "2025-T2"),
        ("london_fires", "2016-T3"),
        ("city_of_london", "2024-T1"),
    ],
)
def test_real_input_gives_a_report(
    shared_data: Path, tmp_path: Path, name: str, period: str
) -> None:
    from est_analysis.report import run_report

    written = run_report("tertial", str(REAL / name), period, output=tmp_path / "report")
    page = written.html.read_text(encoding="utf-8")
    assert "<h1" in page
    assert ">nan<" not in page.lower()
