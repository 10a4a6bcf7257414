"""Which cells must not be shown, and what rounding leaves of the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.disclosure.roles import DERIVED, Floats, floats, is_count, sources
from est_analysis.disclosure.rule import DisclosureRule

Truths = npt.NDArray[np.bool_]
Groups = list[npt.NDArray[np.intp]]


def _small(values: Floats, rule: DisclosureRule) -> Truths:
    least = (values >= 0) if rule.hide_zeros else (values > 0)
    return np.asarray(least & (values < rule.minimum), dtype=np.bool_)


def suppressed(
    data: pd.DataFrame,
    hidden: pd.DataFrame,
    rule: DisclosureRule,
    groups: Groups,
) -> None:
    """Mark in `hidden` what may not be shown: small counts, their complements, what they make."""
    for name in filter(is_count, data.columns):
        values = floats(data[name])
        hidden[name] = _protect(values, _small(values, rule), groups, rule)
    _hide_derived(data, hidden)


def _hide_derived(data: pd.DataFrame, hidden: pd.DataFrame) -> None:
    for name in data.columns.intersection(list(DERIVED)):
        for source in sources(data, name):
            hidden[name] |= hidden[source]


def _protect(values: Floats, small: Truths, groups: Groups, rule: DisclosureRule) -> Truths:
    """Hide more counts until no hidden one follows from a group's total."""
    hidden = small.copy()
    reported = ~np.isnan(values)
    order = np.lexsort((values, values == 0))  # smallest first, zeros last
    changed = True
    while changed:
        changed = False
        for numbers in groups:
            for number in np.unique(numbers[hidden]):
                inside = reported & (numbers == number)
                covered = inside & hidden
                if not _follows(values[covered], small[covered], rule):
                    continue
                free = order[(inside & ~hidden)[order]]
                if len(free):
                    hidden[free[0]] = True
                    changed = True
    return hidden


def _follows(values: Floats, small: Truths, rule: DisclosureRule) -> bool:
    """Whether a group's total gives its hidden counts away.

    One hidden count does. Several small ones do when their sum is the least or the most that so
    many small counts can make: two that sum to 2 are 1 and 1.
    """
    if len(values) <= 1:
        return len(values) == 1
    least = 0 if rule.hide_zeros else 1
    limits = (least * len(values), (rule.minimum - 1) * len(values))
    return bool(small.all()) and float(values.sum()) in limits


def rounded(data: pd.DataFrame, hidden: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Round the counts of a table and bring what is computed from them in line."""
    exact = {name: floats(data[name]) for name in data.columns if is_count(name)}
    near = {n: np.floor(v / rule.round_to + 0.5) * rule.round_to for n, v in exact.items()}
    changes: dict[str, pd.Series] = {}
    for name, values in near.items():
        changes[name] = pd.Series(values).astype(data[name].dtype)
    for name in data.columns.intersection(list(DERIVED)):
        parts = sources(data, name)
        for source in parts:
            hidden[name] |= _small(exact[source], rule)
        if parts and DERIVED[name][0] == "told":
            hidden[name] = data[name].notna()
        if not parts or DERIVED[name][0] in ("model", "told"):
            continue
        shift = near[parts[0]] - exact[parts[0]]
        factor = _quotient(near[parts[0]], exact[parts[0]])
        if len(parts) > 1:
            shift = shift - (near[parts[1]] - exact[parts[1]])
            factor = _quotient(factor, _quotient(near[parts[1]], exact[parts[1]]))
        moved = _in_line(DERIVED[name][0], floats(data[name]), shift, factor)
        changes[name] = pd.Series(pd.array(moved, dtype="Float64"))
    return data.assign(**changes)


def _in_line(how: str, values: Floats, shift: Floats, factor: Floats) -> Floats:
    """Compute a derived column as if from the rounded counts."""
    if how == "shift":
        return values + shift
    if how == "percent":
        return 100 * ((1 + values / 100) * factor - 1)
    scaled = values * factor
    return np.round(scaled, 1) if how == "interval" else scaled


def _quotient(near: Floats, exact: Floats) -> Floats:
    """Divide rounded by exact; 1 where either is 0."""
    usable = (near != 0) & (exact != 0)
    return np.where(usable, near / np.where(usable, exact, 1), 1)
