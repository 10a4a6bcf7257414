"""Farrington's algorithm against R's surveillance package, and on what R does not take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from est_analysis.errors import EstError
from est_analysis.farrington import farrington

REFERENCE = Path(__file__).parent / "reference" / "farrington"
ORIGINAL: dict[str, Any] = {"periods": 1, "past_weeks_excluded": 3, "trend_level": 0.05, "threshold": "delta"}  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "improved_nb": {},
    "improved_muan": {"threshold": "muan"},
    "improved_delta": {"threshold": "delta", "alpha": 0.05},
    "original": {**ORIGINAL, "weights_threshold": 1, "alpha": 0.05},
    "original_half": {**ORIGINAL, "power": "1/2"},
    "original_none": {**ORIGINAL, "power": "none"},
    "unweighted": {"periods": 5, "trend_level": 0.05, "reweight": False},
    "no_trend": {"trend": False},
}


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "counts.csv").set_index("week")


@pytest.fixture(scope="module")
def from_r() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "farrington.csv")


@pytest.mark.parametrize("name", list(SETTINGS))
def test_equal_to_r(counts: pd.DataFrame, from_r: pd.DataFrame, name: str) -> None:
    matrix = counts.to_numpy(float).T
    rows = from_r[from_r["setting"] == name]
    assert len(rows) == 8 * 9
    for week, of_r in rows.groupby("week"):
        ours = farrington(matrix, int(week) - 1, **SETTINGS[name])
        of_r = of_r.set_index("series").loc[counts.columns]
        known = of_r["expected"].notna().to_numpy()  # R says none of it with too few recent events
        same = {"rtol": 1e-9, "atol": 1e-9}
        np.testing.assert_allclose(ours.expected[known], of_r["expected"][known], **same)
        np.testing.assert_allclose(ours.upper, of_r["upper"], **same)
        np.testing.assert_allclose(ours.dispersion, of_r["phi"], **same)
        np.testing.assert_array_equal(ours.alarm, of_r["alarm"] == 1)
        np.testing.assert_array_equal(ours.trend, of_r["trend"] == 1)
        np.testing.assert_allclose(ours.slope, of_r["slope"], **same)
        if "delta" in SETTINGS[name].values():  # the others' score R takes from the logarithm
            np.testing.assert_allclose(ours.score[known], of_r["score"][known], **same)


def test_the_reference_has_alarms_and_lost_trends(from_r: pd.DataFrame) -> None:
    """Else the comparison above would say little."""
    assert from_r.groupby("setting")["alarm"].sum().min() >= 5
    assert set(from_r.loc[from_r["setting"] == "original", "trend"]) == {0, 1}
    assert from_r["upper"].isna().any()


def test_series_are_judged_as_if_alone(counts: pd.DataFrame) -> None:
    matrix = counts.to_numpy(float).T
    together = farrington(matrix, 322)
    for row, one in enumerate(matrix):
        alone = farrington(one[None, :], 322)
        np.testing.assert_allclose(alone.upper[0], together.upper[row])
        np.testing.assert_allclose(alone.slope[0], together.slope[row], rtol=1e-12)


def test_weeks_not_reported_have_no_weight_and_are_not_zeros(counts: pd.DataFrame) -> None:
    matrix = counts[["busy"]].to_numpy(float).T
    gap = matrix.copy()
    gap[0, 200:230] = np.nan
    zeros = np.nan_to_num(gap)
    plain, missing, zero = (farrington(m, 322) for m in (matrix, gap, zeros))
    assert missing.weeks[0] == plain.weeks[0] - 30
    assert missing.expected[0] == pytest.approx(plain.expected[0], rel=0.1)
    assert zero.dispersion[0] > 1.3 * missing.dispersion[0]


def test_a_week_not_reported_gives_no_alarm(counts: pd.DataFrame) -> None:
    matrix = counts[["now"]].to_numpy(float).T.copy()
    assert farrington(matrix, 320).alarm[0]
    matrix[0, 320] = np.nan
    found = farrington(matrix, 320)
    assert not found.alarm[0]
    assert np.isnan(found.score[0])


def test_the_standard_errors_of_the_fit_are_wider_than_rs(counts: pd.DataFrame) -> None:
    matrix = counts.to_numpy(float).T
    like, own = (farrington(matrix, 322, threshold="muan", like_r=flag) for flag in (True, False))
    assert (own.upper >= like.upper)[~np.isnan(own.upper)].all()
    assert (own.upper > like.upper).any()


def test_no_series_and_wrong_arguments() -> None:
    assert len(farrington(np.zeros((0, 300)), 299).alarm) == 0
    for wrong in ({"week": 200}, {"threshold": "nb"}, {"power": "1/3"}):
        with pytest.raises(EstError, match="cannot judge"):
            farrington(np.ones((1, 300)), **{"week": 299, **wrong})
