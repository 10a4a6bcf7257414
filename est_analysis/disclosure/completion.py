"""One table and one series that agree with all that is shown of a tertial, made of that alone.

They stand in for the rows in everything that a public page computes. Which of the many tables that
agree it is does not matter, as no hidden cell of it is shown; that it is made of nothing else does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from est_analysis.disclosure.rule import DisclosureRule
from est_analysis.disclosure.two_way import Counts, Truths, rounding_bounds

Numbers = npt.NDArray[np.float64]
Bounds = tuple[Numbers, Numbers]  # the least and the most that each number can be


def told_bounds(values: Counts, hidden: Truths, rule: DisclosureRule) -> Bounds:
    """What a page tells of some counts: all of one that is shown, its rounding, or nothing.

    A count is never hidden where it is 0, if zeros are shown and some cell of the table is.
    """
    if rule.method == "round":
        low, high = (bound.astype(float) for bound in rounding_bounds(values, rule.round_to))
    else:
        low, high = values.astype(float), values.astype(float)
    least = 0.0 if rule.hide_zeros or hidden.all() else 1.0
    return np.where(hidden, least, low), np.where(hidden, np.inf, high)


def completed_table(bounds: Bounds, total: tuple[float, float]) -> Counts:
    """Inner cells of a table whose cells and margins lie within bounds, as few incidents as can be.

    Parameters
    ----------
    bounds
        Of cells with margins last.
    total
        Between which the grand total must lie besides.

    Raises
    ------
    ValueError
        When no table agrees: then they are not of one table.

    Examples
    --------
    >>> low = np.array([[1, 7, 9], [1, 5, 8], [5, 12, 17]], dtype=float)
    >>> high = np.array([[np.inf, 7, 9], [np.inf, 5, 8], [5, 12, 17]])
    >>> completed_table((low, high), (0, np.inf)).tolist()
    [[2, 7], [3, 5]]
    """
    from scipy.optimize import Bounds as Limits
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import csr_array, kron, vstack

    low, high = (bound.copy() for bound in bounds)
    low[-1, -1], high[-1, -1] = max(low[-1, -1], total[0]), min(high[-1, -1], total[1])
    rows, columns = low.shape[0] - 1, low.shape[1] - 1
    one_row, one_column = np.ones((1, columns)), np.ones((1, rows))
    sums = vstack(
        [
            kron(np.eye(rows), one_row),
            kron(one_column, np.eye(columns)),
            csr_array(np.ones((1, rows * columns))),
        ]
    )
    least, most = (np.concatenate([b[:-1, -1], b[-1, :-1], b[-1:, -1]]) for b in (low, high))
    inner = (slice(-1), slice(-1))
    answer = milp(
        np.ones(rows * columns),
        integrality=np.ones(rows * columns),
        bounds=Limits(low[inner].ravel(), high[inner].ravel()),
        constraints=LinearConstraint(sums, least, most),
    )
    if answer.x is None:
        raise ValueError("no table agrees with what is shown")
    return np.round(answer.x).astype(np.int64).reshape(rows, columns)


def completed_steps(bounds: Bounds, total: int) -> tuple[Counts, int]:
    """Counts of steps within bounds, and what is left of a total; the first steps are filled first.

    Examples
    --------
    >>> steps, rest = completed_steps((np.array([3.0, 8]), np.array([7.0, 12])), 14)
    >>> steps.tolist(), rest
    ([6, 8], 0)
    """
    low, high = bounds
    room = np.maximum(total - low.sum() - np.concatenate([[0], (high - low).cumsum()[:-1]]), 0)
    steps = (low + np.minimum(high - low, room)).astype(np.int64)
    return steps, int(total - steps.sum())
