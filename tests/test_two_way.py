"""The choice of hidden cells, held against linear programming on each table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from est_analysis.disclosure import DisclosureRule
from est_analysis.disclosure.two_way import _rounding_room, protected, small, told, with_margins

RULES = [
    DisclosureRule("public"),
    DisclosureRule("public", minimum=10),
    DisclosureRule("public", method="round"),
    DisclosureRule("public", method="round", round_to=10),
    DisclosureRule("public", method="round", round_to=1),
]
# Each example is many linear programs; of the nightly profile all of its examples are looked at.
FEW = 15 if settings.default.derandomize else settings.default.max_examples


def bounds(values, limits, cell):
    """The least and the most of a cell in a table with margins, by linear programming."""
    rows, columns = values.shape
    equations = []
    for r in range(rows):
        line = np.zeros(values.shape)
        line[r, :-1], line[r, -1] = 1, -1
        equations.append(line.ravel())
    for c in range(columns):
        line = np.zeros(values.shape)
        line[:-1, c], line[-1, c] = 1, -1
        equations.append(line.ravel())
    aim = np.zeros(values.size)
    aim[cell[0] * columns + cell[1]] = 1
    found = [
        linprog(sign * aim, A_eq=np.array(equations), b_eq=np.zeros(rows + columns), bounds=limits)
        for sign in (1, -1)
    ]
    assert [answer.status for answer in found] == [0, 0]
    return found[0].fun, -found[1].fun


def known(values, hidden, rule, *, shown=True):
    """What a reader knows of each cell: the shown numbers, and which hidden ones are small."""
    limits = []
    for place, value in np.ndenumerate(values):
        low, high = (1, rule.minimum - 1) if value < rule.minimum else (rule.minimum, 10_000)
        if rule.method == "round":
            near = np.floor(value / rule.round_to + 0.5) * rule.round_to
            low = max(np.ceil(near - rule.round_to / 2), 0)
            high = np.ceil(near + rule.round_to / 2) - 1
            if hidden[place]:
                low, high = 0, 10_000
        elif shown and not hidden[place]:
            low = high = value
        limits.append((low, high) if value else (0, 0))
    return limits


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.method}-{r.minimum}-{r.round_to}")
@settings(max_examples=FEW)
@given(
    st.integers(1, 4).flatmap(
        lambda rows: st.lists(
            st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 9, 14, 40]), min_size=3, max_size=3),
            min_size=rows,
            max_size=rows,
        )
    )
)
def test_no_cell_is_narrowed(rule, inner):
    values = with_margins(np.array(inner))
    hidden = protected(values, rule)
    little = small(values, rule)
    if rule.method == "suppress":
        assert hidden[little].all()
    if hidden.all():
        return  # nothing is said of the table
    for cell in map(tuple, np.argwhere(hidden | little)):
        low, high = bounds(values, known(values, hidden, rule), cell)
        if rule.method == "round":
            assert high - low >= (rule.minimum - 2 if hidden[cell] else 1) - 1e-6
            continue
        least, most = bounds(values, known(values, hidden, rule, shown=False), cell)
        if little[cell]:
            assert (low, high) == pytest.approx((least, most))
        else:
            assert high - low >= min(rule.minimum - 2, most - least) - 1e-6


def test_what_a_table_gives_away_is_hidden():
    """One row: the total less the others is the small count, whatever else is hidden."""
    values = with_margins(np.array([[3, 20, 30]]))
    hidden = protected(values, RULES[0])
    assert hidden[0].tolist() == [True, True, False, False]
    assert hidden[1].tolist() == [True, True, False, False]


def test_nothing_is_hidden_where_nothing_is_small():
    assert not protected(with_margins(np.full((3, 4), 5)), RULES[0]).any()
    assert not protected(with_margins(np.zeros((3, 4), int)), RULES[0]).any()


def test_nine_counts_of_two_are_not_found_from_their_rounded_total():
    """Shown as 0 and 20, nine counts of at most 2 can only be 2 each."""
    values = with_margins(np.full((9, 1), 2))
    nothing = np.zeros(values.shape, bool)
    rule = RULES[2]
    assert bounds(values, known(values, nothing, rule), (0, 0)) == (2, 2)
    hidden = protected(values, rule)
    assert hidden.any()
    if not hidden.all():
        low, high = bounds(values, known(values, hidden, rule), (0, 0))
        assert high - low >= 1


def test_the_choice_is_the_same_each_time():
    rng = np.random.default_rng(4)
    for _ in range(20):
        values = with_margins(rng.poisson(rng.gamma(0.7, 10, size=(6, 5))))
        np.testing.assert_array_equal(protected(values, RULES[0]), protected(values, RULES[0]))


def test_of_all_rectangles_that_protect_the_cheapest_is_hidden():
    """One small count: every pair of another row and column is tried, margins as a last resort."""
    rng = np.random.default_rng(8)
    margins = 0
    for _ in range(300):
        inner = rng.integers(5, 12, size=rng.integers(2, 5, size=2))
        cell = tuple(int(rng.integers(n)) for n in inner.shape)
        inner[cell] = rng.integers(1, 5)
        values = with_margins(inner)
        if small(values, RULES[0]).sum() > 1:
            continue
        price = values + 0.0
        price[-1] += 1_000
        price[:, -1] += 1_000
        rise, fall = 4 - values[cell], values[cell] - 1
        best, choice = np.inf, None
        for k in range(values.shape[0]):
            for m in range(values.shape[1]):
                if k == cell[0] or m == cell[1]:
                    continue
                corners = [(k, m), (cell[0], m), (k, cell[1])]
                # with the small count the opposite corner rises, the two between fall; a margin
                # moves as what it is the sum of, which is the other way round
                turns = [(-1) ** ((r == k) + (c == m)) for r, c in corners]
                turns = [
                    t * (-1) ** ((r == values.shape[0] - 1) + (c == values.shape[1] - 1))
                    for t, (r, c) in zip(turns, corners, strict=True)
                ]
                room = [
                    values[c] - 5 >= (fall if t > 0 else rise)
                    for t, c in zip(turns, corners, strict=True)
                ]
                if all(room) and sum(price[c] for c in corners) < best:
                    best, choice = sum(price[c] for c in corners), corners
        if choice is None or (values.shape[0] - 1, values.shape[1] - 1) in choice:
            continue
        margins += any(r == values.shape[0] - 1 or c == values.shape[1] - 1 for r, c in choice)
        hidden = protected(values, RULES[0])
        others = [c for c in np.argwhere(hidden).tolist() if tuple(c) != cell]
        assert best == pytest.approx(sum(price[tuple(c)] for c in others)), values
    assert margins > 5


@pytest.mark.parametrize(
    ("inner", "hidden"),
    [
        # the grand total is the last to go, though more of the others go instead
        ([[0, 30], [4, 4]], [[0, 1, 1], [1, 1, 1], [1, 1, 0]]),
        # of two that cost the same, the one that stands beside the exposed cell
        ([[3, 3], [2, 2]], [[1, 1, 1], [1, 1, 1], [0, 0, 0]]),
        # what is hidden already costs nothing
        ([[12, 1, 0], [2, 4, 12]], [[1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 0, 0]]),
    ],
)
def test_the_choice_leaves_the_reader_most(inner, hidden):
    assert protected(with_margins(np.array(inner)), RULES[0]).astype(int).tolist() == hidden


def test_where_zeros_are_hidden_small_counts_and_zeros_are_protected_without_hiding_all():
    """A zero takes more with it: the reader may know that nobody answers for it."""
    rule = DisclosureRule("public", hide_zeros=True)
    others = [0, 20, 30], [40, 50, 60], [70, 80, 90]
    for value in (1, 4):
        hidden = protected(with_margins(np.array([[value, 20, 30], *others[1:]])), rule)
        assert np.argwhere(hidden).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    hidden = protected(with_margins(np.array(others)), rule)
    assert hidden[0, 0]
    assert not hidden[:, -1].any()
    assert not hidden[-1].any()


@pytest.mark.parametrize("rule", [RULES[0], DisclosureRule("public", hide_zeros=True)])
def test_what_smallness_alone_tells_is_never_more_than_there_is(rule):
    """The bounds hold the truth and all that linear programming leaves; zeros that show are known."""
    rng = np.random.default_rng(9)
    narrower = 0
    for _ in range(25):
        values = with_margins(
            rng.choice([0, 0, 1, 2, 3, 4, 6, 30], size=rng.integers(1, 4, size=2))
        )
        low, high = told(values, rule)
        assert (low <= values).all()
        assert (values <= high).all()
        little = small(values, rule)
        known = (values == 0) & ~little
        assert (high[known] == 0).all()
        limits = [
            (0, 0) if known[p] else ((0 if rule.hide_zeros else 1), 4) if little[p] else (5, 10**6)
            for p in np.ndindex(values.shape)
        ]
        for cell in np.ndindex(values.shape):
            least, most = bounds(values, limits, cell)
            assert low[cell] <= least + 1e-6
            assert high[cell] >= most - 1e-6
            plain = limits[cell[0] * values.shape[1] + cell[1]]
            narrower += bool((low[cell], high[cell]) != plain)
    assert narrower > 40


def test_how_far_a_count_may_move_and_be_rounded_to_the_same():
    for base in range(1, 12):
        values = np.arange(60)
        up, down = _rounding_room(values, base)
        near = np.floor(values / base + 0.5)
        for value, rise, fall, shown in zip(values, up, down, near, strict=True):
            same = [n for n in range(80) if np.floor(n / base + 0.5) == shown]
            assert (value - fall, value + rise) == (same[0], same[-1])
