"""Each actor's series: taken apart, beside last year, and drawn."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from small_town import SOURCE, SmallTown

from est_analysis.calendar import Period
from est_analysis.config import Break
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.disclosure import DisclosureRule, SafeTable, release, roles
from est_analysis.errors import EstError
from est_analysis.figures import Span, decomposition_figure, trend_figure
from est_analysis.figures.series import last_year_figure
from est_analysis.language import Language, language
from est_analysis.series import (
    breaks_of,
    decompose_actors,
    decomposed,
    same_weeks_last_year,
    short_series,
)

SPAN = Period("", "days", dt.date(2021, 9, 6), dt.date(2025, 1, 26))
SVG = "{http://www.w3.org/2000/svg}"
FORM = Break("vakten", dt.date(2023, 5, 1), "Ny blankett")


@dataclasses.dataclass(frozen=True)
class Partial(Break):
    """A break of some areas or categories only."""

    areas: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def export(first: str, doubled: str | None = None) -> str:
    """Two reports a day, three from `doubled` on, to the day of the extract."""
    lines = ["Datum;Område;Typ"]
    for day in pd.date_range(first, "2025-01-31"):
        many = 2 + (doubled is not None and day >= pd.Timestamp(doubled))
        lines += [f"{day:%Y-%m-%d} {hour}:00;Norr;Klotter" for hour in range(10, 10 + many)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def data(town: SmallTown) -> Dataset:
    """Vakten since autumn 2021 with a new form in May 2023; Nykomlingen since autumn 2023."""
    town.files["sources/nya.yaml"] = SOURCE.replace("vakten", "nya").replace("Vakten", "Nya")
    town.files["exports/vakten.csv"] = export("2021-09-06", "2023-05-01")
    town.files["exports/nya.csv"] = export("2023-10-02")
    loaded = load_dataset(town.load(), dt.date(2025, 1, 31))
    return with_breaks(loaded, FORM)


def with_breaks(data: Dataset, *breaks: Break) -> Dataset:
    settings = dataclasses.replace(data.settings, breaks=breaks)
    return dataclasses.replace(data, settings=settings)


def test_a_declared_break_is_a_step_in_its_actors_trend(data: Dataset) -> None:
    table, checks = decompose_actors(data, SPAN)
    own = decomposed(table)
    assert set(own["actor"]) == {"vakten"}
    after = own["start"] >= pd.Timestamp("2023-05-01")
    # the counts are 14 a week before and 21 after, without noise
    np.testing.assert_allclose(own["trend"], np.where(after, 21, 14), atol=1e-3)
    named = own[own["break"].notna()]
    assert named[["start", "break"]].to_numpy().tolist() == [
        [pd.Timestamp("2023-05-01"), "Ny blankett"]
    ]
    found = {(c.subject, c.name): c.status for c in checks}
    assert found["vakten", "break_short_side"] == "ok"
    assert found["nya", "too_short"] == "failed"
    # without it the step is smeared
    bent, _ = decompose_actors(with_breaks(data), SPAN)
    level = np.where(after, 21, 14)
    assert np.abs(decomposed(bent)["trend"].to_numpy(float) - level).max() > 3


def test_only_breaks_that_concern_the_whole_series_are_taken(data: Dataset) -> None:
    other = Break("nya", dt.date(2024, 1, 1), "Ny app")
    found = with_breaks(data, other, FORM)
    assert breaks_of(found, "vakten") == [(FORM.date, "Ny blankett")]
    assert breaks_of(found, "nya") == [(other.date, "Ny app")]
    norr = Partial("vakten", dt.date(2023, 9, 1), "Norr", areas=("norr",))
    klotter = Partial("vakten", dt.date(2023, 9, 1), "Klotter", categories=("klotter",))
    found = with_breaks(data, norr, klotter)
    assert breaks_of(found, "vakten") == []
    assert breaks_of(found.in_area("norr"), "vakten") == [(norr.date, "Norr")]
    assert breaks_of(found.in_area("soder"), "vakten") == []


def test_a_short_series_is_beside_its_own_last_year(data: Dataset) -> None:
    table = short_series(data, SPAN)
    assert set(table["actor"]) == {"nya"}
    assert (table["start"].min(), table["start"].max()) == (
        pd.Timestamp("2024-01-29"), pd.Timestamp("2025-01-20"),
    )  # fmt: skip
    assert (table["observed"] == 14).all()
    # nothing was reported before October 2023: unknown, not zero
    assert (
        table["last_year"].isna().tolist()
        == (table["last_year_start"] < pd.Timestamp("2023-10-02")).tolist()
    )
    assert (table["last_year"].dropna() == 14).all()
    assert 0 < table["last_year"].count() < len(table)


def test_there_is_no_short_series_where_all_are_long(data: Dataset) -> None:
    sources = {"vakten": data.settings.sources["vakten"]}
    settings = dataclasses.replace(data.settings, sources=sources)
    coverage = dataclasses.replace(data.coverage, grains={"vakten": "day"})
    alone = dataclasses.replace(data, settings=settings, coverage=coverage)
    empty = short_series(alone, SPAN)
    assert empty.empty
    assert list(empty) == ["actor", "start", "observed", "last_year_start", "last_year"]


def test_a_week_is_beside_the_same_iso_week() -> None:
    starts = pd.date_range("2014-12-29", "2022-12-26", freq="7D")
    series = pd.Series(np.arange(len(starts), dtype=float), starts)
    series[pd.Timestamp("2018-03-05")] = np.nan
    table = same_weeks_last_year(series)
    for row in table.to_dict("records"):
        year, week, _ = row["start"].isocalendar()
        before = dt.date.fromisocalendar(year - 1, min(week, 52), 1)
        assert row["last_year_start"].date() == before
        expected = series.get(pd.Timestamp(before), np.nan)
        assert row["last_year"] == expected or np.isnan([row["last_year"], expected]).all()
    assert table["last_year"].isna().sum() == 53 + 1  # 2015 had 53 weeks; and the silent one


def test_a_month_is_beside_the_same_month() -> None:
    months = pd.date_range("2023-12-01", periods=15, freq="MS")
    table = same_weeks_last_year(pd.Series(range(15), months), "month")
    assert table["last_year"].dropna().tolist() == [0, 1, 2]
    assert table["last_year_start"].iloc[-1] == pd.Timestamp("2024-02-01")


def test_a_series_with_holes_is_refused() -> None:
    starts = pd.date_range("2024-01-01", periods=60, freq="7D").delete(3)
    with pytest.raises(EstError, match="every Monday"):
        same_weeks_last_year(pd.Series(1.0, starts))


# ---- figures ----


def swedish() -> Language:
    texts = language("sv").texts
    return dataclasses.replace(language("sv"), texts={"figure.last_year": "förra året", **texts})


def series_table(breaks: dict[int, str]) -> SafeTable:
    starts = pd.date_range("2023-01-02", periods=120, freq="7D")
    observed = np.round(9 + 3 * np.sin(np.arange(120) / 8))
    names = [breaks.get(row) for row in range(120)]
    table = pd.DataFrame(
        {"start": starts, "observed": pd.array(observed, "Int64"), "trend": 9.0, "seasonal": 0.0,
         "remainder": observed - 9, "break": pd.Series(names, dtype="str")}
    )  # fmt: skip
    return release(table, DisclosureRule("internal"))


def words(svg: str) -> list[str]:
    texts = ET.fromstring(svg).iter(f"{SVG}text")
    return ["".join(node.itertext()).strip() for node in texts]


def thick_lines(svg: str, width: str) -> int:
    return len(re.findall(rf"stroke: #0b5c92; stroke-width: {width}", svg))


@pytest.mark.parametrize(
    ("draw", "width", "panels"), [(trend_figure, "2.4", 1), (decomposition_figure, "2.2", 2)]
)
def test_a_break_is_a_named_line_that_the_trend_does_not_cross(draw, width, panels) -> None:
    plain = draw(series_table({}), swedish()).svg
    broken = draw(series_table({40: "Ny blankett", 80: "Nytt system"}), swedish()).svg
    assert {"Ny blankett", "Nytt system"} <= set(words(broken))
    assert (thick_lines(plain, width), thick_lines(broken, width)) == (1, 3)
    dashed = [svg.count("stroke-dasharray: 2.7,1.8") for svg in (plain, broken)]
    assert dashed == [0, 2 * panels]
    assert draw(series_table({40: "Ny blankett", 80: "Nytt system"}), swedish()).svg == broken


def test_many_events_take_few_lanes_and_lose_no_mark() -> None:
    days = pd.date_range("2024-02-05", periods=60, freq="5D")
    events = [Span(f"Händelse {n}", day, day) for n, day in enumerate(days)]
    alone = trend_figure(series_table({}), swedish()).svg
    svg = trend_figure(series_table({}), swedish(), events=events).svg
    heights = [float(ET.fromstring(s).get("viewBox", "").split()[3]) for s in (alone, svg)]
    assert heights[1] - heights[0] == 4 * 14 + 8  # two lanes with names, two of marks alone
    # 16 of 312 points are 43 of the 840 days: nine events 5 days apart are one mark
    bars = [len(re.findall('style="fill: #56626c"', s)) for s in (alone, svg)]
    named = [word for word in words(svg) if word.startswith("Händelse")]
    assert bars[1] - bars[0] == 7
    assert 2 <= len(named) < 7
    assert trend_figure(series_table({}), swedish(), events=events[::-1]).svg == svg


def last_year_table(monkeypatch: pytest.MonkeyPatch, audience: str = "internal") -> SafeTable:
    if "last_year" not in roles.COUNTS:
        monkeypatch.setattr(roles, "COUNTS", (*roles.COUNTS, "last_year"))
    starts = pd.date_range("2025-01-06", periods=40, freq="7D")
    observed = pd.array([9 + row % 3 for row in range(40)], "Int64")
    observed[10:13] = pd.NA
    last = pd.array([8 + row % 5 for row in range(40)], "Int64")
    last[:20] = pd.NA
    last[30] = 2
    table = pd.DataFrame({"start": starts, "observed": observed, "last_year": last})
    return release(table, DisclosureRule(audience))


def test_last_year_is_dashed_named_and_only_where_known(monkeypatch: pytest.MonkeyPatch) -> None:
    svg = last_year_figure(last_year_table(monkeypatch), swedish()).svg
    assert {"observerat", "förra året", "ej rapporterat", "antal per vecka"} <= set(words(svg))
    assert svg.count("fill: url(#") == 2  # the silent weeks, and the key that explains them
    dashed = re.findall(r'<path d="([^"]*)"[^>]*stroke-dasharray', svg)
    assert [len(re.findall("[ML]", path)) for path in dashed] == [20]
    assert last_year_figure(last_year_table(monkeypatch), swedish()).svg == svg


def test_a_hidden_week_of_last_year_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    svg = last_year_figure(last_year_table(monkeypatch, "public"), swedish()).svg
    dashed = re.findall(r'<path d="([^"]*)"[^>]*stroke-dasharray', svg)
    assert [path.count("M") for path in dashed] == [2]


def test_an_empty_year_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    safe = last_year_table(monkeypatch)
    nothing = safe.select(safe.data["observed"].isna())
    ET.fromstring(last_year_figure(nothing, swedish()).svg)
