"""The only door out: `release` makes a `SafeTable`, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.disclosure.decimals import as_shown
from est_analysis.disclosure.protect import Decision, Reasons, rounded, suppressed
from est_analysis.disclosure.roles import check_roles, check_texts, internal_texts, is_count
from est_analysis.disclosure.rule import DisclosureRule
from est_analysis.errors import ReportError

_GATE = object()


@dataclass(frozen=True, eq=False)
class SafeTable:
    """A table that may be shown; only `release` makes one.

    Attributes
    ----------
    data
        The table; what is hidden is NA here too and does not exist downstream.
    hidden
        Truth per cell, same shape and columns: NA because it is hidden, not because it is missing.
    rule
        The rule that was applied.
    unit, period, source
        What the numbers count, when, and who delivered them, as text for the reader.
    reasons
        Reason → hidden cells: ``small``, ``protects`` (a small one), ``computed`` (from a hidden
        one), ``withheld`` (of a region or span that cannot be protected).
    withheld
        Columns hidden as a whole: they say nothing of their rows.
    """

    data: pd.DataFrame
    hidden: pd.DataFrame
    rule: DisclosureRule
    unit: str = ""
    period: str = ""
    source: str = ""
    reasons: Reasons = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    _gate: object = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self._gate is not _GATE:
            raise TypeError("a SafeTable is made by est_analysis.disclosure.release only")

    @property
    def hidden_cells(self) -> int:
        """How many cells are hidden."""
        return int(self.hidden.to_numpy().sum())

    def select(
        self, rows: Sequence[bool] | pd.Series | None = None, columns: Sequence[str] | None = None
    ) -> SafeTable:
        """Take some rows (truth per row) and columns, with the same cells hidden."""
        keep = np.ones(len(self.data), bool) if rows is None else np.asarray(rows, bool)
        names = list(self.data.columns) if columns is None else list(columns)
        return replace(
            self,
            data=self.data.loc[keep, names].reset_index(drop=True),
            hidden=self.hidden.loc[keep, names].reset_index(drop=True),
        )

    def worded(self, words: dict[str, dict[str, str]]) -> SafeTable:
        """Put readers' words for the codes of key columns (column → code → word)."""
        data = self.data.copy()
        for name in data.columns.intersection(list(words)):
            if not is_count(name):
                data[name] = [words[name].get(str(code), str(code)) for code in data[name]]
        return replace(self, data=data)


def release(
    table: pd.DataFrame,
    rule: DisclosureRule,
    *,
    margins: Sequence[Sequence[str]] = (),
    decided: Decision | None = None,
    unit: str = "",
    period: str = "",
    source: str = "",
) -> SafeTable:
    """Let a table out, with what the rule forbids taken away.

    Answers: which cells may this audience see? ``internal``: all. ``public`` with ``suppress``:
    counts under the minimum are hidden, and all that is computed from them; then, within each
    group of `margins`, the next smallest count as well when a hidden one could be worked out from
    the group's total. ``public`` with ``round``: counts are rounded, and within `margins`
    those that ``suppress`` would hide are hidden; what is computed from a count
    under the minimum is hidden, other ratios, differences and rates are computed from the rounded
    counts, and intervals, shares, orders and verdicts are hidden, as exact counts tell them. No
    number of a public table has more decimals than a page shows.

    Parameters
    ----------
    table
        Numbers in columns that `COUNTS`, `DERIVED` or `PLAIN` declare; text, dates and truth
        values are keys and pass. NA in a count means not reported and is never hidden. The
        index is dropped; the table is not changed.
    margins
        Tuples of columns. The counts of rows that agree in these columns add up to a total that
        is published somewhere; ``()`` is the whole table.
    decided
        What the plan of all public reports says of the cells: it is hidden as well.

    Raises
    ------
    ReportError
        A column without a role, a derived one without its counts, a negative count, or a margin
        that is not in the table.

    Notes
    -----
    Two things cannot be seen from inside one table: a total that is published although all its
    parts are hidden, and two tables whose difference is a small count. They are the plan's
    (`est_analysis.disclosure.plan`), from which a report takes `decided`.
    The ways to protect a table: Hundepool et al. (2012), doi:10.1002/9781118348239.

    Examples
    --------
    >>> table = pd.DataFrame({"area": ["A", "B", "C"], "count": [3, 7, 20]})
    >>> safe = release(table, DisclosureRule("public"), margins=[()])
    >>> safe.data["count"].tolist(), safe.hidden_cells
    ([<NA>, <NA>, 20], 2)
    """
    names = [str(name) for name in table.columns]
    data = table.set_axis(names, axis=1).reset_index(drop=True)
    check_roles(data)
    check_texts(data)
    data = data.assign(**{n: data[n].astype("Int64") for n in names if _is_whole_count(data, n)})
    hidden = pd.DataFrame(False, index=data.index, columns=names)
    reasons: Reasons = {}
    if rule.audience == "public":
        groups = [_group_numbers(data, margin) for margin in margins]
        if rule.method == "suppress":
            reasons = suppressed(data, hidden, rule, groups, decided)
        else:
            data, reasons = rounded(data, hidden, rule, groups, decided)
        data = data.assign(**{n: _blanked(data[n], hidden[n]) for n in names if hidden[n].any()})
        data = data.assign(**{n: as_shown(n, data[n]) for n in names})
        private = internal_texts(data)
        data, hidden = data.drop(columns=private), hidden.drop(columns=private)
    withheld = decided.withheld if decided is not None and rule.audience == "public" else ()
    return SafeTable(data, hidden, rule, unit, period, source, reasons, withheld, _GATE)


def _is_whole_count(data: pd.DataFrame, name: str) -> bool:
    return is_count(name) and pd.api.types.is_integer_dtype(data[name].dtype)


def _blanked(column: pd.Series, hide: pd.Series) -> pd.Series:
    """Put NA where told, by building the column anew.

    ``Series.mask`` leaves the number itself in the memory below the NA, and so in a pickle.
    """
    values = column.astype(object).where(~hide, None)
    whole = pd.api.types.is_integer_dtype(column.dtype)
    return pd.Series(values, dtype="Int64" if whole else column.dtype)


def _group_numbers(data: pd.DataFrame, margin: Sequence[str]) -> npt.NDArray[np.intp]:
    missing = [name for name in margin if name not in data]
    if missing:
        raise ReportError(
            "a margin that is not in the table",
            expected=f"some of {', '.join(data.columns)}",
            found=", ".join(missing),
            change="the margins given to release",
            otherwise="hidden counts could be worked out, so nothing is released",
        )
    if not margin:
        return np.zeros(len(data), dtype=np.intp)
    numbers: Any = data.groupby(list(margin), dropna=False).ngroup()
    return np.asarray(numbers, dtype=np.intp)
