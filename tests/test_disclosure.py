import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from est_analysis.disclosure import (
    COUNTS,
    DERIVED,
    PLAIN,
    DisclosureRule,
    SafeTable,
    decimals_of,
    release,
)
from est_analysis.disclosure.roles import INTERNAL_TEXTS, TEXTS
from est_analysis.errors import ReportError, SettingsError

PUBLIC = DisclosureRule("public")
INTERNAL = DisclosureRule("internal")
ROUNDED = DisclosureRule("public", method="round")


def table(counts, **columns):
    return pd.DataFrame({"area": list("ABCDEFGH")[: len(counts)], "count": counts} | columns)


def counts_of(safe, name="count"):
    return [None if pd.isna(v) else v for v in safe.data[name]]


def test_internal_hides_nothing():
    safe = release(table([0, 1, 4, 5]), INTERNAL, margins=[()])
    assert counts_of(safe) == [0, 1, 4, 5]
    assert safe.hidden_cells == 0


def test_public_hides_one_to_four_and_keeps_zero_and_not_reported_apart():
    safe = release(table(pd.array([0, 1, 4, 5, None], dtype="Int64")), PUBLIC)
    assert counts_of(safe) == [0, None, None, 5, None]
    assert safe.hidden["count"].tolist() == [False, True, True, False, False]


def test_zeros_are_hidden_when_the_rule_says_so():
    safe = release(table([0, 5]), DisclosureRule("public", hide_zeros=True))
    assert counts_of(safe) == [None, 5]


def test_fractions_of_a_count_are_small_counts():
    safe = release(table([0.0, 0.3, 4.99, 5.0]), PUBLIC)
    assert safe.hidden["count"].tolist() == [False, True, True, False]


def test_everything_computed_from_a_hidden_count_is_hidden():
    given_table = table(
        [3, 40, 40],
        reference_count=[40, 2, 50],
        weeks=[17.0, 17.0, 17.0],
        percent=[-92.5, 1900.0, -20.0],
        ratio=[0.075, 20.0, 0.8],
        verdict=["decrease", "increase", "no_clear_change"],
    )
    safe = release(given_table, PUBLIC)
    for name in ("percent", "ratio", "verdict"):
        assert safe.hidden[name].tolist() == [True, True, False]
        assert safe.data[name].isna().tolist() == [True, True, False]
    assert safe.data["weeks"].tolist() == [17.0, 17.0, 17.0]
    assert safe.hidden["count"].tolist() == [True, False, False]


def test_a_single_hidden_count_takes_the_next_smallest_with_it():
    assert counts_of(release(table([3, 30, 7, 0]), PUBLIC, margins=[()])) == [None, 30, None, 0]


def test_a_group_with_one_small_count_and_zeros_tells_nothing():
    """Its total is the count, and its zeros may be known."""
    assert counts_of(release(table([3, 0, 0]), PUBLIC, margins=[()])) == [None] * 3


def test_two_small_counts_that_their_sum_gives_away_take_a_third():
    assert counts_of(release(table([1, 1, 9, 30]), PUBLIC, margins=[()])) == [None] * 3 + [30]
    assert counts_of(release(table([4, 4, 9, 30]), PUBLIC, margins=[()])) == [None] * 3 + [30]
    assert counts_of(release(table([2, 2, 9, 30]), PUBLIC, margins=[()])) == [None] * 3 + [30]
    assert counts_of(release(table([1, 1, 3, 30]), PUBLIC, margins=[()])) == [None] * 4
    assert counts_of(release(table([1, 4, 9, 30]), PUBLIC, margins=[()])) == [None, None, 9, 30]


def test_protection_goes_both_ways_until_it_is_stable():
    grid = pd.DataFrame(
        {
            "actor": ["p", "p", "p", "q", "q", "q"],
            "area": ["A", "B", "C"] * 2,
            "count": [2, 10, 30, 20, 15, 40],
        }
    )
    safe = release(grid, PUBLIC, margins=[("actor",), ("area",)])
    assert safe.hidden["count"].tolist() == [True, True, False, True, True, False]


@given(
    st.lists(st.integers(0, 12), min_size=12, max_size=12),
    st.booleans(),
)
def test_no_total_gives_a_hidden_count_away(counts, hide_zeros):
    grid = pd.DataFrame({"actor": list("pppqqqrrrsss"), "area": list("ABC") * 4, "count": counts})
    rule = DisclosureRule("public", hide_zeros=hide_zeros)
    safe = release(grid, rule, margins=[("actor",), ("area",)])
    least = 0 if hide_zeros else 1
    for key in ("actor", "area"):
        for _, places in grid.groupby(key).indices.items():
            covered = safe.hidden["count"].to_numpy()[places]
            if covered.all() or not covered.any():
                continue  # the total itself is not protected by the table
            values = np.array(counts)[places][covered]
            assert len(values) > 1
            if ((values >= least) & (values < 5)).all():
                assert least * len(values) < values.sum() < 4 * len(values)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=8))
def test_rounding_shows_multiples_and_nothing_finer(counts):
    counts = np.array(counts)
    reference = counts[::-1] + 3
    people = np.full(len(counts), 4000)
    frame = table(
        counts,
        reference_count=reference,
        population=people,
        per_1000=1000 * counts / people,
        ratio=counts / reference,
        percent=100 * (counts / reference - 1),
        difference=counts - reference,
    )
    data = release(frame, ROUNDED).data
    assert (data["count"] % 5 == 0).all()
    assert (abs(data["count"] - counts) <= 2).all()
    shown = data["per_1000"].notna()
    near, base = data["count"][shown], data["reference_count"][shown]
    # the published rate gives back the rounded count, not the exact one
    rate = data["per_1000"][shown].astype(float)
    np.testing.assert_allclose(rate, near.astype(float) / 4, atol=0.0501)
    both = data["ratio"].notna() & (data["count"] > 0)
    quotient = (data["count"] / data["reference_count"])[both].astype(float)
    np.testing.assert_allclose(data["ratio"][both].astype(float), quotient, atol=0.00501)
    percent = data["percent"][both].astype(float)
    np.testing.assert_allclose(percent, 100 * (quotient - 1), atol=0.501)
    gap = (data["count"] - data["reference_count"])[both].astype(float)
    np.testing.assert_allclose(data["difference"][both].astype(float), gap, atol=1e-9)
    assert len(base) == len(near)


def test_rounding_hides_what_comes_from_a_small_count():
    safe = release(table([3, 23], population=[100, 100], per_1000=[30.0, 230.0]), ROUNDED)
    assert counts_of(safe) == [5, 25]
    assert counts_of(safe, "per_1000") == [None, 250.0]
    assert safe.hidden_cells == 1


def test_rounding_keeps_the_identity_of_a_decomposition():
    frame = pd.DataFrame(
        {"observed": [12.0, 7.0], "trend": [9.0, 9.5], "seasonal": [1.0, -1.0]}
    ).assign(remainder=lambda t: t["observed"] - t["trend"] - t["seasonal"])
    data = release(frame, ROUNDED).data
    assert data["observed"].tolist() == [10.0, 5.0]
    total = data["trend"] + data["seasonal"] + data["remainder"]
    np.testing.assert_allclose(total.astype(float), data["observed"], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.0, 2.0]),
        pd.Series([1, "x"], dtype=object),
        pd.Series(pd.Categorical([1, 2])),
        pd.Series(pd.to_timedelta([1, 2], unit="h")),
        pd.Series([1, None], dtype="Int64"),
    ],
)
def test_a_number_without_a_role_cannot_be_released(column):
    with pytest.raises(
        ReportError, match='without a role cannot be released: column "shares"'
    ) as e:
        release(pd.DataFrame({"shares": column}), INTERNAL)
    assert 'did you mean "share"?' in str(e.value)


def test_a_derived_number_needs_its_counts_beside_it():
    with pytest.raises(ReportError, match="count and reference_count"):
        release(table([5], ratio=[0.5]), INTERNAL)


@pytest.mark.parametrize("column", [[True], [pd.Timestamp("2025-01-06")], [None]])
def test_dates_and_truth_values_are_keys(column):
    frame = pd.DataFrame({"anything": column})
    pd.testing.assert_frame_equal(release(frame, PUBLIC).data, frame)


@pytest.mark.parametrize("rule", [PUBLIC, INTERNAL], ids=["public", "internal"])
@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_a_text_without_declared_readers_cannot_be_released(rule, dtype):
    frame = pd.DataFrame({"area": ["A"], "comment": pd.Series(["vid lekparken"], dtype=dtype)})
    with pytest.raises(ReportError, match='text without a role cannot be released: column "comm'):
        release(frame, rule)


@pytest.mark.parametrize("name", INTERNAL_TEXTS)
def test_what_people_wrote_reaches_internal_readers_only(name):
    frame = pd.DataFrame({"area": ["A"], name: ["Kameran vid förskolan"]})
    assert release(frame, INTERNAL).data[name].tolist() == ["Kameran vid förskolan"]
    safe = release(frame, PUBLIC)
    assert list(safe.data.columns) == list(safe.hidden.columns) == ["area"]
    assert not safe.select([True]).data.astype(str).eq("Kameran vid förskolan").any(axis=None)


def test_names_that_say_count_are_counts():
    safe = release(pd.DataFrame({"count_2024": [3], "before_count": [4]}), PUBLIC)
    assert safe.hidden_cells == 2


def test_a_column_has_one_role():
    numbers = [*COUNTS, *DERIVED, *PLAIN]
    assert len(numbers) == len(set(numbers))
    texts = [*TEXTS, *INTERNAL_TEXTS, *DERIVED]
    assert len(texts) == len(set(texts))


def test_negative_counts_and_unknown_margins_are_refused():
    with pytest.raises(ReportError, match="negative count"):
        release(table([-1]), INTERNAL)
    with pytest.raises(ReportError, match="margin that is not in the table"):
        release(table([1]), PUBLIC, margins=[("actor",)])


def test_only_the_gate_makes_a_safe_table():
    frame = table([1])
    with pytest.raises(TypeError, match="release only"):
        SafeTable(frame, frame.isna(), PUBLIC)


def test_the_callers_table_is_left_alone_and_its_index_is_not_released():
    frame = table([3, 9]).set_index(pd.Index([101, 102], name="secret"))
    before = frame.copy(deep=True)
    safe = release(frame, PUBLIC)
    pd.testing.assert_frame_equal(frame, before)
    assert safe.data.index.tolist() == [0, 1]
    assert safe.data.index.name is None


def test_a_selection_keeps_what_is_hidden():
    safe = release(table([3, 9]), PUBLIC, unit="händelser").select([True, False], ["count"])
    assert safe.hidden_cells == 1
    assert list(safe.data.columns) == ["count"]
    assert safe.unit == "händelser"


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float64", "Float64", "object"])
def test_no_hidden_number_is_left_anywhere_in_the_object(dtype):
    frame = table(pd.Series([3.0, 765.0]).astype(dtype), reference_count=[100.0, 100.0])
    safe = release(frame.assign(difference=[-97.25, 665.0]), PUBLIC)
    memory = [safe.data[name].array for name in ("count", "difference")]
    memory = [getattr(array, "_data", array) for array in memory]
    assert 3 not in [v for v in memory[0] if v is not None]
    assert -97.25 not in [v for v in memory[1] if v is not None]
    assert 765 in memory[0][1:]


@pytest.mark.parametrize(
    "settings",
    [{"audience": "press"}, {"audience": "public", "method": "blur"},
     {"audience": "public", "minimum": 0}, {"audience": "public", "round_to": 0}],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(settings):
    with pytest.raises(SettingsError, match=r"disclosure\.yaml"):
        DisclosureRule(**settings)


def test_a_rank_is_hidden_with_its_count():
    table = pd.DataFrame({"rank": [1, 2], "area": ["A", "B"], "count": [9, 3]})
    safe = release(table, DisclosureRule("public"))
    assert safe.data["rank"].tolist() == [1, pd.NA]


def test_what_would_give_a_rounded_count_back_is_hidden() -> None:
    """Expected 4, upper bound 9 and a score of 0.8 are a count of 8, whatever is printed."""
    table = pd.DataFrame(
        {"count": [8], "expected": [4.0], "usual_to": [9.0], "score": [0.8], "probability": [0.06]}
    )
    safe = release(table, DisclosureRule("public", method="round"))
    assert safe.data["count"].tolist() == [10]
    assert safe.data["expected"].tolist() == [4.0]
    assert safe.hidden[["score", "probability"]].all(axis=None)
    assert safe.data[["score", "probability"]].isna().all(axis=None)
    assert not release(table, DisclosureRule("internal")).hidden.any(axis=None)


def test_rounding_says_how_many_are_hidden_to_protect_others():
    safe = release(table([3, 30, 7, 0], reference_count=[1, 1, 60, 70]), ROUNDED, margins=[()])
    assert safe.reasons["protects"] == safe.hidden_cells == 5


def test_groups_are_told_apart_by_what_is_missing_too():
    """Two groups without a name for their type: each protects its own."""
    own = pd.DataFrame({
        "area": list("AABB"), "category": [None] * 4, "count": [3, 30, 40, 50],
    })  # fmt: skip
    safe = release(own, PUBLIC, margins=[("area", "category")])
    assert counts_of(safe) == [None, None, 40, 50]


def test_a_minimum_of_one_hides_nothing_and_none_is_refused():
    assert counts_of(release(table([0, 1]), DisclosureRule("public", minimum=1))) == [0, 1]
    for number in ({"minimum": 0}, {"round_to": 0}):
        with pytest.raises(SettingsError, match="cannot be used"):
            DisclosureRule("public", **number)


def test_what_is_computed_from_a_count_that_rounds_to_nought_is_hidden():
    """Also where the count itself is not small: nothing else would be in line with it."""
    rule = DisclosureRule("public", method="round", minimum=3, round_to=10)
    safe = release(table([4, 0, 42], weeks=[10.0] * 3, per_1000=[0.4, 0.0, 4.2]), rule)
    assert counts_of(safe) == [0, 0, 40]
    assert counts_of(safe, "per_1000") == [None, 0.0, pytest.approx(4.0)]


def test_what_exact_counts_tell_is_hidden_where_they_are_rounded():
    """38.5 per cent of 10 is a sum of 26; an interval, an order and a verdict are of exact counts."""
    given_table = table(
        [42, 58], reference_count=[40, 40], share=[42.0, 58.0], rank=[2, 1], ratio=[1.05, 1.45],
        lower=[0.7, 1.1], upper=[1.6, 2.0], verdict=["no_clear_change", "increase"],
        lower_per_1000=[30.28, 44.04], upper_per_1000=[56.77, 74.98], population=[1000, 1000],
    )  # fmt: skip
    safe = release(given_table, DisclosureRule("public", method="round", round_to=10))
    assert counts_of(safe) == [40, 60]
    assert counts_of(safe, "ratio") == [1.0, 1.5]
    told = ["share", "rank", "lower", "upper", "verdict", "lower_per_1000", "upper_per_1000"]
    assert safe.hidden[told].all(axis=None)
    assert safe.data[told].isna().all(axis=None)


def test_a_public_number_has_no_more_decimals_than_a_page_shows():
    frame = table([43, 92], reference_count=[46, 86], ratio=[0.934783, 1.069767],
                  lower=[0.999612, 0.7123], upper=[np.inf, np.nan], per_1000=[3.27868, 12.0],
                  weeks=[17.428571, 18.0])  # fmt: skip
    data = release(frame, PUBLIC).data
    assert data["ratio"].tolist() == [0.93, 1.07]
    assert data["lower"].tolist() == [0.9996, 0.71]  # it must be seen to exclude 1
    assert data["upper"].tolist()[0] == np.inf
    assert data["per_1000"].tolist() == [3.3, 12.0]
    assert data["weeks"].tolist() == [17.4, 18.0]
    assert release(frame, INTERNAL).data["ratio"].tolist() == [0.934783, 1.069767]


def test_both_ends_of_an_interval_have_as_many_decimals():
    ends = [("lower", "upper"), ("per_reporter_lower", "per_reporter_upper"),
            ("index_lower", "index_upper"), ("lower_per_1000", "upper_per_1000")]  # fmt: skip
    for low, high in ends:
        assert decimals_of(low, 0.123) == decimals_of(high, 0.123)
