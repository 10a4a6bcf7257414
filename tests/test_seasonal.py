from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from est_analysis.errors import EstError
from est_analysis.seasonal import TOLERANCE, Decomposition, decompose, season_profile

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
        "start", "observed", "reported", "trend", "seasonal", "remainder",
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
    with pytest.raises(EstError, match="cannot decompose"):
        season_profile(series, step)


def test_profile_is_relative_to_the_years_own_mean() -> None:
    starts = pd.date_range("2020-12-28", "2024-12-23", freq="7D")  # ISO 2020-W53 to 2024-W52
    year = starts.isocalendar()["year"].to_numpy(int)
    week = starts.isocalendar()["week"].to_numpy(int)
    series = pd.Series((year - 2018.0) * np.where(week == 18, 3.0, 1.0), starts)
    series[(year == 2023) & (week > 40)] = np.nan  # under 90 %: the year does not count
    series[(year == 2022) & (week == 18)] = np.nan
    profile = season_profile(series).set_index("position")
    assert profile.index.tolist() == list(range(1, 54))
    # 2021 and 2024 stand behind week 18, 2022 too behind the others; 2022's mean lacks week 18
    whole_year = 54 / 52
    assert profile.loc[18, "index"] == pytest.approx(3 / whole_year, rel=1e-12)
    assert profile.loc[18, "years"] == 2
    assert profile.loc[1, "index"] == pytest.approx(13 / (9 * whole_year + 4), rel=1e-12)
    assert profile.loc[1, "years"] == 3
    assert np.isnan(profile.loc[53, "index"])  # 2020 is one week only
    assert profile.loc[53, "years"] == 0


def test_profile_without_a_whole_year_is_empty() -> None:
    profile = season_profile(weekly(counts(40)))
    assert profile["index"].isna().all()
    assert (profile["years"] == 0).all()
    assert season_profile(weekly(np.zeros(110)))["index"].isna().all()
