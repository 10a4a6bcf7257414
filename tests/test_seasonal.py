from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from est_analysis.errors import EstError
from est_analysis.seasonal import Decomposition, decompose, long_enough
from est_analysis.seasonal.smoothing import TOLERANCE

REFERENCE = Path(__file__).parent / "reference" / "seasonal"
PARTS = ["seasonal", "trend", "remainder"]


def weekly(values: np.ndarray, name: str | None = None) -> pd.Series:
    starts = pd.date_range("2019-01-07", periods=len(values), freq="7D")
    return pd.Series(np.asarray(values, dtype=float), starts, name=name)


def counts(n: int = 260, level: float = 8, seed: int = 4) -> np.ndarray:
    mean = level * np.exp(0.4 * np.cos(2 * np.pi * np.arange(n) / 52))
    return np.random.default_rng(seed).poisson(mean).astype(float)


def monthly(name: str) -> pd.Series:
    values = pd.read_csv(REFERENCE / f"{name}.csv")[name].to_numpy()
    return pd.Series(values, pd.date_range("1900-01-01", periods=len(values), freq="MS"))


def check(parts: Decomposition, name: str) -> tuple[str, float]:
    (found,) = [c for c in parts.checks if c.name == name]
    return found.status, found.value


def outcome(parts: Decomposition) -> dict[str, str]:
    return {c.name: c.status for c in parts.checks}


@pytest.mark.parametrize(
    ("name", "series", "window", "largest"),
    [
        # R makes the periodic season exactly periodic after the fit: differences in the 6th decimal
        ("stl_co2_periodic_R", monthly("co2"), None, 2e-6),
        ("stl_nottem_periodic_R", monthly("nottem"), None, 5e-6),
        ("stl_logco2_s21_R", np.log(monthly("co2")), 21, 1e-12),
    ],
)
def test_equals_stl_of_r(name: str, series: pd.Series, window: int | None, largest: float) -> None:
    r = pd.read_csv(REFERENCE / f"{name}.csv")
    parts = decompose(series, "month", seasonal_window=window)
    assert np.abs(parts.table[PARTS].to_numpy() - r[PARTS].to_numpy()).max() < largest


def test_weekly_counts_through_week_53_equal_stl_of_r() -> None:
    counted = pd.read_csv(REFERENCE / "weekly_counts.csv", parse_dates=["start"], index_col="start")
    assert 53 in set(counted.index.isocalendar()["week"])
    r = pd.read_csv(REFERENCE / "stl_weekly_periodic_R.csv")
    parts = decompose(counted["count"])
    apart = np.abs(parts.table[PARTS].to_numpy() - r[PARTS].to_numpy()).max()
    # R makes the season exactly periodic after the fit (measured: 1.4e-7)
    assert apart < 5e-7


def test_robust_has_the_shape_of_r() -> None:
    # robust weights are iterated differently; compared as shapes, within 5 % of the series' spread
    series = monthly("nottem")
    r = pd.read_csv(REFERENCE / "stl_nottem_s7_robust_R.csv")
    parts = decompose(series, "month", robust=True, seasonal_window=7)
    apart = np.abs(parts.table[PARTS].to_numpy() - r[PARTS].to_numpy()).max()
    assert 0 < apart < 0.05 * series.std()


def test_robust_lets_one_extreme_week_pull_less() -> None:
    spike = counts()
    spike[130] += 200
    usual, robust = (decompose(weekly(spike), robust=r).table for r in (False, True))
    plain = decompose(weekly(counts())).table
    pulled, held = (abs(t.loc[130, "trend"] - plain.loc[130, "trend"]) for t in (usual, robust))
    assert pulled > 2
    assert held < 0.5


def test_an_exact_series_comes_back() -> None:
    wave = 3 * np.sin(2 * np.pi * np.arange(260) / 52)
    table = decompose(weekly(10 + wave)).table
    np.testing.assert_allclose(table["trend"], 10, atol=1e-9)
    np.testing.assert_allclose(table["seasonal"], wave, atol=1e-5)  # the window is not infinite
    rising = 10 + 0.02 * np.arange(260)
    table = decompose(weekly(rising + wave)).table
    # two inner rounds, as in R, leave 1.4 % of the rise of 5.2 in the seasonal part
    np.testing.assert_allclose(table["trend"], rising, atol=0.08)


def test_the_parts_add_up_where_reported_and_only_there() -> None:
    values = counts()
    values[[5, 60, 61, 62, 200]] = np.nan
    values[100:113] = np.nan  # thirteen weeks, a quarter of a year, is still bridged
    parts = decompose(weekly(values, "police"))
    table = parts.table
    total = table["trend"] + table["seasonal"] + table["remainder"]
    known = ~np.isnan(values)
    np.testing.assert_allclose(total[known], values[known], atol=1e-12)
    assert list(table.columns) == [
        "start", "observed", "reported", "trend", "seasonal", "remainder", "break",
    ]  # fmt: skip
    assert (table["reported"] == known).all()
    assert table.loc[~known, ["observed", "remainder"]].isna().all(axis=None)
    assert table[["trend", "seasonal"]].notna().all(axis=None)
    assert outcome(parts) == {
        "left_out": "ok", "not_reported": "ok", "season_never_seen": "ok",
        "convergence": "ok", "season": "ok",
    }  # fmt: skip
    assert {c.subject for c in parts.checks} == {"police"}
    assert check(parts, "not_reported") == ("ok", 18 / 260)


def test_filled_in_weeks_are_the_models_own() -> None:
    values = counts()
    values[np.random.default_rng(9).random(260) < 0.2] = np.nan
    values[[0, -1]] = 8
    first = decompose(weekly(values)).table
    filled = np.where(np.isnan(values), first["trend"] + first["seasonal"], values)
    again = decompose(weekly(filled)).table
    # a fixed point: fitting the filled series moves no part by more than the tolerance
    for part in ("trend", "seasonal"):
        assert np.abs(again[part] - first[part]).max() < TOLERANCE


def test_a_missing_week_is_not_a_zero() -> None:
    values = counts(level=20)
    gap = slice(150, 160)
    as_nan, as_zero = values.copy(), values.copy()
    as_nan[gap], as_zero[gap] = np.nan, 0
    full, missing, zero = (
        decompose(weekly(v)).table["trend"][gap] for v in (values, as_nan, as_zero)
    )
    assert np.abs(missing - full).max() < 1.5
    assert (zero < full - 3).all()


def test_the_longest_stretch_is_decomposed_and_the_latest_of_equals() -> None:
    values = counts(104 + 14 + 130)
    values[104:118] = np.nan
    parts = decompose(weekly(values))
    assert parts.table["trend"].notna().tolist() == [False] * 118 + [True] * 130
    assert check(parts, "left_out") == ("warning", 104)
    equal = counts(110 + 14 + 110)
    equal[110:124] = np.nan
    assert decompose(weekly(equal)).table["trend"].notna().tolist() == [False] * 124 + [True] * 110


def test_months_split_at_a_gap_of_more_than_three() -> None:
    values = np.arange(80.0) % 12
    for gap, decomposed in ((3, 80), (4, 46)):
        series = pd.Series(values, pd.date_range("2019-01-01", periods=80, freq="MS"))
        series.iloc[30 : 30 + gap] = np.nan
        assert decompose(series, "month").table["trend"].notna().sum() == decomposed


def test_before_the_first_and_after_the_last_reported_week_there_is_no_trend() -> None:
    values = np.concatenate([np.full(3, np.nan), counts(120), np.full(5, np.nan)])
    parts = decompose(weekly(values))
    assert parts.table["trend"].notna().tolist() == [False] * 3 + [True] * 120 + [False] * 5
    assert check(parts, "left_out") == ("ok", 0)


@pytest.mark.parametrize("n", [0, 1, 103])
def test_under_two_years_nothing_is_decomposed(n: int) -> None:
    parts = decompose(weekly(counts(n)))
    assert outcome(parts) == {"too_short": "failed"}
    assert (parts.checks[0].value, parts.checks[0].limit) == (n, 104)
    assert len(parts.table) == n
    assert parts.table[PARTS].isna().all(axis=None)
    assert parts.table["observed"].notna().all()
    assert outcome(decompose(weekly(np.full(n, np.nan)))) == {"too_short": "failed"}


def test_two_years_are_enough() -> None:
    assert decompose(weekly(counts(104))).table["trend"].notna().all()


def test_weeks_of_the_year_never_reported_have_no_seasonal_value() -> None:
    values = counts()
    summer = np.isin(np.arange(260) % 52, np.arange(26, 34))
    values[summer] = np.nan
    parts = decompose(weekly(values))
    assert check(parts, "season_never_seen") == ("warning", 8)
    assert (parts.table["seasonal"].isna() == summer).all()
    assert parts.table["trend"].notna().all()


def test_many_missing_weeks_warn() -> None:
    values = counts()
    values[1::3] = np.nan
    assert check(decompose(weekly(values)), "not_reported") == ("warning", pytest.approx(86 / 259))


def test_a_season_is_told_from_chance() -> None:
    # nominal 5 % of series without a season pass; 9 of 100 is the binomial 97 % point
    rng = np.random.default_rng(12)
    flat = [decompose(weekly(rng.poisson(5, 208))) for _ in range(100)]
    assert sum(check(parts, "season")[0] == "ok" for parts in flat) <= 9
    seasonal = [decompose(weekly(counts(208, 8, seed))) for seed in range(20)]
    assert all(check(parts, "season")[0] == "ok" for parts in seasonal)


def test_nothing_is_changed_and_twice_gives_the_same() -> None:
    series = weekly(counts())
    series.iloc[7] = np.nan
    before = series.copy()
    first, second = decompose(series), decompose(series)
    pd.testing.assert_series_equal(series, before)
    pd.testing.assert_frame_equal(first.table, second.table)
    assert first.checks == second.checks


def test_nullable_counts_are_read() -> None:
    values = counts()
    values[9] = np.nan
    nullable = weekly(values).astype("Int64")
    pd.testing.assert_frame_equal(decompose(nullable).table, decompose(weekly(values)).table)


def test_windows_are_taken() -> None:
    stiff, supple = (decompose(weekly(counts()), trend_window=w).table["trend"] for w in (181, 61))
    assert stiff.diff().std() < 0.7 * supple.diff().std()
    with pytest.raises(EstError, match="odd windows") as error:
        decompose(weekly(counts()), trend_window=52)
    assert error.value.found == "52"


@pytest.mark.parametrize(
    ("series", "step"),
    [
        (weekly(counts(110)).drop(pd.Timestamp("2019-03-04")), "week"),
        (weekly(counts(110)), "month"),
        (monthly("co2"), "week"),
        (weekly(counts(110)).sort_index(ascending=False), "week"),
        (weekly(counts(110)).reset_index(drop=True), "week"),
        (weekly(counts(110)), "day"),
    ],
)
def test_a_grid_with_holes_or_of_another_step_is_refused(series: pd.Series, step: str) -> None:
    with pytest.raises(EstError, match="cannot decompose"):
        decompose(series, step)


# ---- breaks ----

STEP = np.arange(208) >= 104
WAVE = 3 * np.sin(2 * np.pi * np.arange(208) / 52)


def at(series: pd.Series, row: int, name: str = "Ny blankett") -> tuple[dt.date, str]:
    return series.index[row].date(), name


@pytest.mark.parametrize("row", [20, 104, 190])
def test_a_step_comes_back_as_a_step(row: int) -> None:
    rising = 20 + 0.02 * np.arange(208)
    true = rising + 5 * (np.arange(208) >= row)
    series = weekly(true + WAVE)
    parts = decompose(series, breaks=[at(series, row)])
    # without a step a rise is off by as much (see above); the step itself is 2 % off
    assert np.abs(parts.table["trend"] - true).max() < 0.11
    assert parts.breaks["change"].item() == pytest.approx(5, abs=0.1)
    assert np.abs(decompose(series).table["trend"] - true).max() > 2.4  # smeared
    # smearing also went into the season, which the break gives back
    assert np.abs(parts.table["seasonal"] - WAVE).max() < 0.11
    assert np.abs(decompose(series).table["seasonal"] - WAVE).max() > 0.5


def test_a_step_without_noise_and_rise_is_exact_also_with_gaps() -> None:
    series = weekly(20 + WAVE + 5 * STEP)
    series.iloc[[50, *range(98, 108), 150]] = np.nan
    parts = decompose(series, breaks=[at(series, 104)])
    assert parts.breaks["change"].item() == pytest.approx(5, abs=1e-3)
    np.testing.assert_allclose(parts.table["trend"], 20 + 5 * STEP, atol=2e-3)
    known = parts.table[parts.table["reported"]]
    total = known["trend"] + known["seasonal"] + known["remainder"]
    np.testing.assert_allclose(total, known["observed"], atol=1e-12)


def test_two_steps_are_told_apart() -> None:
    late = np.arange(208) >= 160
    series = weekly(20 + WAVE + 5 * STEP - 8 * late)
    breaks = [at(series, 160, "B"), at(series, 104, "A")]
    parts = decompose(series, breaks=breaks)
    assert parts.breaks["name"].tolist() == ["A", "B"]
    np.testing.assert_allclose(parts.breaks["change"], [5, -8], atol=1e-3)
    named = parts.table["break"].dropna()
    assert named.to_dict() == {104: "A", 160: "B"}


def test_the_interval_of_a_jump_holds_the_truth() -> None:
    # 200 series: 95 % are 190; 183 and 200 are the binomial 0.1 % points of an exact interval
    rng = np.random.default_rng(5)
    mean = 20 * np.exp(0.3 * np.cos(2 * np.pi * np.arange(174) / 52)) + 6 * (np.arange(174) >= 90)
    held = 0
    for _ in range(200):
        series = weekly(rng.poisson(mean))
        found = decompose(series, breaks=[at(series, 90)]).breaks.iloc[0]
        held += int(found["lower"] <= 6 <= found["upper"])
    assert 183 <= held <= 200


@pytest.mark.parametrize(
    ("row", "status", "least"), [(60, "ok", 60), (190, "warning", 18), (196, "failed", 12)]
)
def test_a_short_side_is_told_and_a_quarter_is_needed(row: int, status: str, least: int) -> None:
    series = weekly(20 + WAVE + 5 * (np.arange(208) >= row))
    parts = decompose(series, breaks=[at(series, row)])
    (found,) = [c for c in parts.checks if c.name == "break_short_side"]
    assert (found.status, found.value, found.limit) == (status, least, 52)
    assert parts.breaks["change"].isna().item() == (status == "failed")
    if status == "failed":
        pd.testing.assert_frame_equal(
            parts.table.drop(columns="break"), decompose(series).table.drop(columns="break")
        )


def test_a_break_too_near_another_is_left_out_not_both() -> None:
    series = weekly(20 + WAVE + 5 * STEP)
    parts = decompose(series, breaks=[at(series, 104, "A"), at(series, 110, "B")])
    assert parts.breaks["change"].notna().tolist() == [True, False]
    assert [c.value for c in parts.checks if c.name == "break_short_side"] == [6]


@pytest.mark.parametrize(
    ("day", "row"),
    [("2020-03-02", 60), ("2020-03-05", 60), ("2020-03-06", 61), ("2020-03-08", 61),
     ("2019-01-06", None), ("2030-01-01", None)],
)  # fmt: skip
def test_a_week_belongs_to_where_most_of_it_lies(day: str, row: int | None) -> None:
    table = decompose(weekly(counts()), breaks=[(dt.date.fromisoformat(day), "A")]).table
    assert table.index[table["break"].notna()].tolist() == ([] if row is None else [row])


def test_months_have_breaks_too() -> None:
    values = 10 + 5.0 * (np.arange(60) >= 30) + 2 * np.sin(np.pi * np.arange(60) / 6)
    series = pd.Series(values, pd.date_range("2019-01-01", periods=60, freq="MS"))
    parts = decompose(series, "month", breaks=[(dt.date(2021, 7, 10), "A")])
    assert parts.breaks["start"].item() == pd.Timestamp("2021-07-01")
    assert parts.breaks["change"].item() == pytest.approx(5, abs=1e-3)
    late = decompose(series, "month", breaks=[(dt.date(2021, 6, 25), "A")])
    assert late.breaks["start"].item() == pd.Timestamp("2021-07-01")


def test_breaks_on_one_step_are_one_and_robust_takes_them() -> None:
    series = weekly(20 + WAVE + 5 * STEP)
    both = decompose(series, robust=True, breaks=[at(series, 104, "A"), at(series, 104, "B")])
    assert both.table["break"].dropna().tolist() == ["A, B"]
    np.testing.assert_allclose(both.table["trend"], 20 + 5 * STEP, atol=1e-3)


def test_without_breaks_nothing_changes_and_a_short_series_still_names_them() -> None:
    parts = decompose(weekly(counts()))
    assert parts.breaks.empty
    assert parts.table["break"].isna().all()
    assert "break_short_side" not in outcome(parts)
    short = weekly(counts(80))
    parts = decompose(short, breaks=[at(short, 40)])
    assert outcome(parts) == {"too_short": "failed"}
    assert parts.breaks[["name", "change"]].isna().to_numpy().tolist() == [[False, True]]
    assert parts.table["break"].dropna().index.tolist() == [40]


# ---- years of 53 weeks ----


@pytest.mark.parametrize("years", [4, 10, 18])
def test_the_season_leaves_its_dates_by_no_more_than_52_weeks_are_short(years: int) -> None:
    """Over a report's four years the season is within 3 % of its height of the date's."""
    starts = pd.date_range("2004-01-05", periods=round(years * 52.1775), freq="7D")
    middle = (starts - pd.Timestamp("2001-01-01")).days + 3.5
    wave = 3 * np.cos(2 * np.pi * middle / 365.2425)
    table = decompose(pd.Series(10 + wave, starts)).table
    off = np.abs(table["trend"] + table["seasonal"] - 10 - wave).max()
    # at either end the pattern, right in the middle, is half the drift too early or late
    drift = 2 * np.pi * (365.2425 - 364) / 365.2425 * years / 2
    assert 0.5 * 3 * drift < off < 3 * drift
    if years == 4:
        assert off < 0.09


def test_nothing_jumps_over_a_year_of_53_weeks(shared_data: Path) -> None:
    deaths = pd.read_csv(shared_data / "sweden_weekly_deaths_hmd_stmf.csv")
    dated = deaths[(deaths["Week"] != "UNK") & deaths["Year"].between(2012, 2019)]
    starts = pd.date_range("2012-01-02", periods=len(dated), freq="7D")
    table = decompose(pd.Series(dated["Deaths"].to_numpy(float), starts)).table
    week = starts.isocalendar()["week"].to_numpy(int)
    near = np.flatnonzero(week == 53)[0] + np.arange(-2, 4)
    bend = table["trend"].diff().diff().abs()
    assert bend[near].max() <= bend.drop(near).max()
    # the season goes on as it does 52 weeks earlier, step for step
    again = table["seasonal"].to_numpy()[near] - table["seasonal"].to_numpy()[near - 52]
    assert np.abs(again).max() < 0.01 * table["seasonal"].std()


@pytest.mark.parametrize(
    ("n", "gap", "enough"), [(104, 0, True), (103, 0, False), (150, 14, False)]
)
def test_whether_a_series_is_long_enough_is_known_without_a_fit(
    n: int, gap: int, enough: bool
) -> None:
    values = counts(n)
    values[60 : 60 + gap] = np.nan
    assert long_enough(weekly(values)) is enough
    assert (outcome(decompose(weekly(values))) != {"too_short": "failed"}) is enough
