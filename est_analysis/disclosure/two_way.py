"""Which cells of a table with margins to hide so that none can be worked out, or nearly so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.disclosure.rule import DisclosureRule

Counts = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

PLENTY = 1_000_000  # how far a large hidden count may rise: the reader knows no upper limit
_MARGIN, _TOTAL = 1_000, 1_000_000  # hidden margins cost the reader more than hidden cells


def with_margins(inner: Counts) -> Counts:
    """A table with its row totals, column totals and grand total as last column and row.

    Examples
    --------
    >>> with_margins(np.array([[1, 2], [3, 4]])).tolist()
    [[1, 2, 3], [3, 4, 7], [4, 6, 10]]
    """
    rows = np.column_stack([inner, inner.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)]).astype(np.int64)


def protected(values: Counts, rule: DisclosureRule, also: Truths | None = None) -> Truths:
    """Choose what to hide in a table whose cells and margins are all published.

    Answers: with what is left, and the rule, can a reader narrow a hidden count down? The reader is
    taken to know more than the page tells: which hidden counts are small and which are hidden to
    protect them. The choice depends on the table and the rule alone.

    Parameters
    ----------
    values
        From `with_margins`.
    also
        Cells that are hidden whatever they are, as another edition has hidden them.

    Returns
    -------
    array of bool
        Hidden cells. From all that is shown and the additivity, a small hidden count can still be
        every number that the rule calls small, and no other hidden one is known to within fewer
        numbers than that. All is True where that cannot be had by hiding some: then nothing is
        said of the table. With ``round``, what is not hidden is shown rounded, and no small count
        can be told exactly.

    Notes
    -----
    How far a cell can rise or fall while all that is shown stays the same is a maximum flow through
    the hidden cells (the table's rows and columns are the nodes), so each decision has its proof:
    two other tables that would have been published as the same page. Cells to hide are chosen as
    the cheapest rectangle through the exposed cell (Hundepool et al. 2012, section 4.4).

    Examples
    --------
    >>> inner = np.array([[3, 20, 30], [40, 8, 12], [9, 25, 60]])
    >>> protected(with_margins(inner), DisclosureRule("public"))[:3, :3].astype(int).tolist()
    [[1, 1, 0], [0, 0, 0], [1, 1, 0]]
    """
    table = _Table(values, rule)
    queue = table.to_protect()
    if also is not None:
        if also.all():
            return np.ones(values.shape, bool)
        table.hidden |= also
        queue += [(int(r), int(c)) for r, c in np.argwhere(also & ~table.small & (values > 0))]
    while queue:
        cell = queue.pop(0)
        while not table.safe(cell):
            more = table.helpers(cell)
            if not more:
                return np.ones(values.shape, bool)
            for other in more:
                table.hidden[other] = True
            queue += more
    return table.hidden


def small(values: Counts | npt.NDArray[np.float64], rule: DisclosureRule) -> Truths:
    """Counts that the rule hides, or that rounding has to protect."""
    least = (values >= 0) if rule.hide_zeros else (values > 0)
    return np.asarray(least & (values < rule.minimum), dtype=np.bool_)


Cell = tuple[int, int]


@dataclass
class _Table:
    values: Counts
    rule: DisclosureRule

    def __post_init__(self) -> None:
        self.small = small(self.values, self.rule)
        rounds = self.rule.method == "round"
        self.hidden = np.zeros_like(self.small) if rounds else self.small.copy()
        self.least = 0 if self.rule.hide_zeros else 1
        side = np.ones(self.values.shape[0]), np.ones(self.values.shape[1])
        for one in side:
            one[-1] = -1
        self.sign = np.outer(*side)  # with it each row and column sums to 0
        cost = self.values.astype(float)
        cost[-1] += _MARGIN
        cost[:, -1] += _MARGIN
        cost[-1, -1] += _TOTAL
        self.cost = cost
        self.lowest, self.highest = told(self.values, self.rule)

    def to_protect(self) -> list[Cell]:
        """Small cells, the smallest first."""
        places = np.argwhere(self.small)
        order = np.argsort(self.values[self.small], kind="stable")
        return [(int(r), int(c)) for r, c in places[order]]

    def room(self) -> tuple[Counts, Counts]:
        """How far each cell may rise and fall without the page changing."""
        v = self.values
        if self.rule.method == "round":
            up, down = _rounding_room(v, self.rule.round_to)
            up, down = np.where(self.hidden, PLENTY, up), np.where(self.hidden, v, down)
        else:
            up = np.where(self.small, self.rule.minimum - 1 - v, PLENTY)
            down = np.where(self.small, v - self.least, v - self.rule.minimum)
            up, down = np.where(self.hidden, up, 0), np.where(self.hidden, down, 0)
        none = v == 0  # nobody may answer for it: then its zero is known
        return np.where(none, 0, up), np.where(none, 0, down)

    def safe(self, cell: Cell) -> bool:
        """Whether a cell is as free as the rule says."""
        wanted_up, wanted_down, width = self._wanted(cell)
        up, down = self.room()
        if self.hidden[cell] and self.values[cell] == 0:
            up[cell] = PLENTY
        if wanted_up and self._flow(cell, up, down, wanted_up) < wanted_up:
            return False
        if wanted_down and self._flow(cell, down, up, wanted_down) < wanted_down:
            return False
        if not width:
            return True
        rise = self._flow(cell, up, down, width)
        return rise >= width or rise + self._flow(cell, down, up, width) >= width

    def _wanted(self, cell: Cell) -> tuple[int, int, int]:
        """How far it must be able to rise, to fall, and both together."""
        value, width = int(self.values[cell]), self.rule.minimum - 1 - self.least
        if self.rule.method == "round":
            return 0, 0, width if self.hidden[cell] else 1
        if self.small[cell]:
            return int(self.highest[cell]) - value, value - int(self.lowest[cell]), 0
        return 0, 0, min(width, int(self.highest[cell] - self.lowest[cell]))

    def _flow(self, cell: Cell, up: Counts, down: Counts, wanted: int) -> int:
        """How far a cell can rise, at most `wanted`, where others may rise `up` and fall `down`.

        An amount leaves the cell's column for its row through the other cells.
        """
        rows, columns = self.values.shape
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_flow

        wanted = min(wanted, int(up[cell]))
        if not wanted:
            return 0
        direction = self.sign * self.sign[cell]
        grow = np.where(direction > 0, up, down)  # of the signed cells
        fall = np.where(direction > 0, down, up)
        grow[cell] = fall[cell] = 0
        capacity = np.zeros((rows + columns + 1, rows + columns + 1), dtype=np.int32)
        capacity[:rows, rows:-1] = np.minimum(grow, PLENTY)
        capacity[rows:-1, :rows] = np.minimum(fall, PLENTY).T
        capacity[-1, rows + cell[1]] = wanted
        return int(maximum_flow(csr_array(capacity), rows + columns, cell[0]).flow_value)

    def helpers(self, cell: Cell) -> list[Cell]:
        """More cells to hide for an exposed one: the cheapest rectangle, else the next cheapest."""
        if not self.hidden[cell]:
            return [cell]
        found = self._rectangle(cell)
        total = (self.values.shape[0] - 1, self.values.shape[1] - 1)
        if found and total not in found:
            return found
        free = ~self.hidden & (self.values > 0)
        if not free.any():
            return []
        near = np.zeros_like(free)
        near[cell[0]] = near[:, cell[1]] = True
        cost = np.where(free, self.cost + np.where(near, 0, _MARGIN / 2), np.inf)
        place = np.unravel_index(int(np.argmin(cost)), cost.shape)
        return [(int(place[0]), int(place[1]))]

    def _rectangle(self, cell: Cell) -> list[Cell]:
        """The cheapest three cells that, hidden, let a cell move as far as it should."""
        rise, fall, width = self._wanted(cell)
        rise = max(rise, width)
        v = self.values
        limited = self.small & (self.rule.method != "round")
        floor = 0 if self.rule.method == "round" else self.rule.minimum
        up = np.where(limited, self.rule.minimum - 1 - v, PLENTY)
        down = np.where(limited, v - self.least, v - floor)
        direction = self.sign * self.sign[cell]
        with_it = (up >= rise) & (down >= fall) & (v > 0)
        against = (down >= rise) & (up >= fall) & (v > 0)
        along = np.where(direction > 0, with_it, against)  # moves as the cell itself, signed
        across = np.where(direction > 0, against, with_it)
        cost = np.where(self.hidden, 0, self.cost)
        i, j = cell
        possible = along & across[i][None, :] & across[:, j][:, None]
        possible[i] = possible[:, j] = False
        if not possible.any():
            return []
        total = np.where(possible, cost + cost[i][None, :] + cost[:, j][:, None], np.inf)
        k, m = (int(n) for n in np.unravel_index(int(np.argmin(total)), total.shape))
        return [other for other in ((i, m), (k, j), (k, m)) if not self.hidden[other]]


def told(values: Counts, rule: DisclosureRule) -> tuple[Counts, Counts]:
    """Least and most that each cell can be when it is known which are small, which 0, and no more.

    A small total of two small counts leaves less to each than the rule alone does.
    """
    little = small(values, rule)
    low = np.where(little, 0 if rule.hide_zeros else 1, np.where(values > 0, rule.minimum, 0))
    high = np.where(little, rule.minimum - 1, np.where(values > 0, PLENTY, 0))
    while True:
        before = low.copy(), high.copy()
        for least, most in ((low, high), (low.T, high.T)):  # views: both are narrowed in place
            parts_low, parts_high = least[:, :-1], most[:, :-1]
            np.maximum(least[:, -1], parts_low.sum(axis=1), out=least[:, -1])
            np.minimum(most[:, -1], parts_high.sum(axis=1), out=most[:, -1])
            others_low = parts_low.sum(axis=1, keepdims=True) - parts_low
            others_high = parts_high.sum(axis=1, keepdims=True) - parts_high
            np.minimum(parts_high, most[:, -1:] - others_low, out=parts_high)
            np.maximum(parts_low, least[:, -1:] - others_high, out=parts_low)
        if (before[0] == low).all() and (before[1] == high).all():
            return low.astype(np.int64), high.astype(np.int64)


def rounding_bounds(values: Counts, base: int) -> tuple[Counts, Counts]:
    """The least and the most that counts can be and still be rounded to the same multiple."""
    near = np.floor(values / base + 0.5).astype(np.int64) * base
    lowest = np.maximum(np.ceil(near - base / 2).astype(np.int64), 0)
    return lowest, np.ceil(near + base / 2).astype(np.int64) - 1


def _rounding_room(values: Counts, base: int) -> tuple[Counts, Counts]:
    """How far counts may rise and fall and still be rounded to the same multiple."""
    lowest, highest = rounding_bounds(values, base)
    return highest - values, values - lowest
