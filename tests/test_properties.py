"""What must hold whatever the numbers are. ``EST_HYPOTHESIS=nightly`` tries 10,000 of each.

Rows are conserved, in `test_incidents`; intervals and exchange, in `test_rates`; here the panel
does not depend on how the rows came, days belong to one period each, and parts add up.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from small_town import SmallTown

from est_analysis.calendar import mondays_in, parse_period, tertial_of, week_label
from est_analysis.counts.dataset import load_dataset
from est_analysis.counts.panel import count_panel, period_totals, regroup
from est_analysis.privacy import find_personal_data, masked
from est_analysis.rates import count_interval, rate_ratio
from est_analysis.seasonal import decompose

CSV = "exports/vakten.csv"
AUTUMN = parse_period("2024-T3")
DAYS = st.dates(dt.date(1970, 1, 1), dt.date(2100, 12, 31))
AREAS, KINDS = ["Norr", "Söder", "Gamla", "Okänd", ""], ["Bråk", "Klotter", "Ufo", ""]
LINES = st.builds(
    "{};{};{}".format,
    st.dates(dt.date(2024, 8, 20), dt.date(2025, 1, 10)),
    st.sampled_from(AREAS),
    st.sampled_from(KINDS),
)


def panel(town: SmallTown, *files: list[str]) -> pd.DataFrame:
    """The panel of an export in one file or several."""
    for path in (town.folder / "exports").glob("*"):
        path.unlink()
    for name in [name for name in town.files if name.startswith("exports/")]:
        del town.files[name]
    for number, lines in enumerate(files):
        town.files[f"exports/vakten{number}.csv"] = "\n".join(["Datum;Område;Typ", *lines]) + "\n"
    settings = town.load()
    assert settings.municipality.as_of is not None
    return count_panel(load_dataset(settings, settings.municipality.as_of), AUTUMN)


@given(lines=st.lists(LINES, min_size=1, max_size=30), data=st.data())
def test_the_order_of_rows_does_not_matter(
    town: SmallTown, lines: list[str], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(lines))
    pd.testing.assert_frame_equal(panel(town, lines), panel(town, list(shuffled)))


@given(lines=st.lists(LINES, min_size=2, max_size=30), cut=st.integers(1, 29))
def test_a_file_in_two_parts_is_the_same_file(town: SmallTown, lines: list[str], cut: int) -> None:
    first, second = lines[:cut], lines[cut:]
    assume(second and first != second)  # the same file twice counts once
    pd.testing.assert_frame_equal(panel(town, lines), panel(town, first, second))


@given(lines=st.lists(LINES, min_size=1, max_size=30))
def test_a_panel_adds_up_to_the_totals_in_every_grouping(town: SmallTown, lines: list[str]) -> None:
    whole = panel(town, lines)
    total = int(whole["count"].sum())
    for by in (["actor"], ["area"], ["category"], ["actor", "area"]):
        assert int(regroup(whole, by)["count"].sum()) == total
    settings = town.load()
    assert settings.municipality.as_of is not None
    data = load_dataset(settings, settings.municipality.as_of)
    for by in (["actor"], ["actor", "area"], ["actor", "category"]):
        inside = int(period_totals(data, AUTUMN, by)["count"].sum())
        day = data.incidents["day"].dt.date
        assert inside == int(((day >= AUTUMN.start) & (day <= AUTUMN.end)).sum())


@given(day=DAYS)
def test_every_day_is_in_one_week_and_one_tertial(day: dt.date) -> None:
    tertial = tertial_of(day)
    assert tertial.start <= day <= tertial.end
    others = [
        parse_period(f"{y}-T{n}") for y in (day.year - 1, day.year, day.year + 1) for n in (1, 2, 3)
    ]
    assert sum(other.start <= day <= other.end for other in others) == 1
    week = parse_period(week_label(day))
    assert week.start <= day <= week.end
    assert week.days == 7
    assert not week.before().start <= day <= week.before().end
    assert not week.after().start <= day <= week.after().end
    assert (week.start.isocalendar().year, week.start.isocalendar().week) == day.isocalendar()[:2]
    assert sum(m.date() <= day < m.date() + dt.timedelta(7) for m in mondays_in(tertial)) == 1


@given(day=DAYS, kind=st.sampled_from(["T", "Q", "H", "M", "W"]), steps=st.integers(1, 8))
def test_periods_follow_each_other_without_gap(day: dt.date, kind: str, steps: int) -> None:
    label = {
        "T": f"{day.year}-T{(day.month - 1) // 4 + 1}",
        "Q": f"{day.year}-Q{(day.month - 1) // 3 + 1}",
        "H": f"{day.year}-H{(day.month - 1) // 6 + 1}",
        "M": f"{day.year}-{day.month:02d}",
        "W": week_label(day),
    }[kind]
    period = start = parse_period(label)
    for _ in range(steps):
        later = period.after()
        assert later.start == period.end + dt.timedelta(1)
        assert later.before() == period
        period = later
    assert parse_period(period.label) == period
    assert start.start < period.start


@given(
    a=st.integers(0, 5000), b=st.integers(0, 5000), t=st.floats(0.5, 200), u=st.floats(0.5, 200),
    phi=st.floats(1, 10),
)  # fmt: skip
def test_exchange_of_areas_inverts_the_ratio(
    a: int, b: int, t: float, u: float, phi: float
) -> None:
    one = rate_ratio(a, t, b, u, dispersion=phi)
    other = rate_ratio(b, u, a, t, dispersion=phi)
    if a + b == 0:
        assert np.isnan(one.ratio)
        return
    for mine, theirs in (
        (one.ratio, other.ratio),
        (one.lower, other.upper),
        (one.upper, other.lower),
    ):
        inverse = np.inf if theirs == 0 else 1 / theirs
        assert mine == pytest.approx(inverse, rel=1e-6)
    mirrored = {"increase": "decrease", "decrease": "increase"}
    assert other.verdict == mirrored.get(one.verdict, one.verdict)


@given(count=st.integers(0, 100_000), phi=st.floats(1, 20))
def test_a_count_lies_in_its_interval_and_more_events_move_it_up(count: int, phi: float) -> None:
    lower, upper = count_interval([count, count + 1], dispersion=phi)
    assert lower[0] <= count <= upper[0]
    assert lower[0] <= lower[1]
    assert upper[0] < upper[1]


@given(
    counts=st.lists(st.integers(0, 60), min_size=110, max_size=160),
    silent=st.sets(st.integers(0, 159), max_size=10),
)
def test_a_series_is_the_sum_of_its_parts(counts: list[int], silent: set[int]) -> None:
    values = np.array(counts, dtype=float)
    values[[n for n in silent if n < len(counts)]] = np.nan
    index = pd.date_range("2021-01-04", periods=len(counts), freq="7D", unit="s")
    result = decompose(pd.Series(values, index=index, name="x"))
    table = result.table
    np.testing.assert_array_equal(table["observed"].to_numpy(), values)
    parts = table["trend"] + table["seasonal"] + table["remainder"]
    known = parts.notna().to_numpy()
    np.testing.assert_allclose(parts[known], values[known], atol=1e-9)
    assert np.isnan(table["remainder"].to_numpy()[np.isnan(values)]).all()


@given(words=st.lists(st.text(max_size=60), max_size=12))
def test_any_text_can_be_searched_word_by_word(words: list[str]) -> None:
    together = find_personal_data(words, names=True)
    for place, word in enumerate(words):
        alone = {kind for kind, flags in find_personal_data([word], names=True).items() if flags[0]}
        assert alone == {kind for kind, flags in together.items() if flags[place]}
    assert len(masked(words)) == len(words)
