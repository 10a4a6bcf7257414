"""Which cells must not be shown, and what rounding leaves of the others."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.disclosure.roles import DERIVED, Floats, floats, is_count, sources
from est_analysis.disclosure.rule import DisclosureRule
from est_analysis.disclosure.two_way import small as _small

Truths = npt.NDArray[np.bool_]
Groups = list[npt.NDArray[np.intp]]
Reasons = dict[str, int]


@dataclass(frozen=True)
class Decision:
    """What has been decided of a table's cells outside it, by the plan of the whole municipality.

    Attributes
    ----------
    hidden
        Truth per row, for some of the table's columns: not shown, whatever the table itself allows.
    near
        Rounded numbers to show where the rule rounds, for some of the counts; NaN leaves it to
        `release`.
    withheld
        Columns that nobody sees though what else is computed from them may be shown.
    beyond
        Whether the hidden are so because no rule makes them safe, not to protect a small count.
    unsaid
        Truth per row, for some columns: hidden, and where nothing stands too, since that it is
        missing would tell what may not be told.
    kept
        Columns of models of the shown steps alone: they say nothing more where a step is hidden.
    """

    hidden: pd.DataFrame
    near: pd.DataFrame
    withheld: tuple[str, ...] = ()
    beyond: bool = False
    unsaid: pd.DataFrame = field(default_factory=pd.DataFrame)
    kept: tuple[str, ...] = ()


def suppressed(
    data: pd.DataFrame,
    hidden: pd.DataFrame,
    rule: DisclosureRule,
    groups: Groups,
    decided: Decision | None = None,
) -> Reasons:
    """Mark in `hidden` what may not be shown: small counts, their complements, what they make."""
    reasons = dict.fromkeys(("small", "protects", "computed", "withheld"), 0)
    unsaid = _unsaid(hidden, decided)
    for name in filter(is_count, data.columns):
        values = floats(data[name])
        small = _small(values, rule)
        hidden[name] = _protect(values, small, groups, rule)
        _take(name, data, hidden, decided)
        reasons["small"] += int((small & ~unsaid[name]).sum())
        other = int((hidden[name] & ~small & ~unsaid[name]).sum())
        reasons["withheld" if decided is not None and decided.beyond else "protects"] += other
        hidden[name] |= unsaid[name]
    _hide_derived(data, hidden, decided.kept if decided is not None else ())
    return _with_rest(data, hidden, decided, unsaid, reasons)


def _take(name: str, data: pd.DataFrame, hidden: pd.DataFrame, decided: Decision | None) -> None:
    """Hide what has been decided; what is not reported stays not reported."""
    if decided is not None and name in decided.hidden:
        hidden[name] |= decided.hidden[name].to_numpy(bool) & data[name].notna().to_numpy()


def _unsaid(hidden: pd.DataFrame, decided: Decision | None) -> pd.DataFrame:
    """Truth per cell: what must not be said, also where nothing stands.

    That is the only reason given for such a cell: another would tell what stands there.
    """
    told = pd.DataFrame(False, index=hidden.index, columns=hidden.columns)
    if decided is None:
        return told
    return told.assign(**{str(n): c.to_numpy(bool) for n, c in decided.unsaid.items()})


def _with_rest(
    data: pd.DataFrame,
    hidden: pd.DataFrame,
    decided: Decision | None,
    unsaid: pd.DataFrame,
    reasons: Reasons,
) -> Reasons:
    """Hide decided cells that are no counts, and whole columns; the number of cells by reason."""
    if decided is not None:
        for name in decided.hidden.columns:
            _take(str(name), data, hidden, decided)
    counts = [name for name in data.columns if is_count(name)]
    reasons["computed"] = int((hidden & ~unsaid).drop(columns=counts).to_numpy().sum())
    reasons["withheld"] += int(unsaid.to_numpy().sum())
    for column in unsaid.columns:
        hidden[column] |= unsaid[column]
    for name in decided.withheld if decided is not None else ():
        if name in data:
            hide = data[name].notna()
            reasons["withheld"] += int((hide & ~hidden[name]).sum())
            hidden[name] |= hide
    return reasons


def _hide_derived(data: pd.DataFrame, hidden: pd.DataFrame, kept: tuple[str, ...]) -> None:
    for name in data.columns.intersection(list(DERIVED)).difference(list(kept)):
        for source in sources(data, name):
            hidden[name] |= hidden[source]


def _protect(values: Floats, small: Truths, groups: Groups, rule: DisclosureRule) -> Truths:
    """Hide more counts until a group's total tells no more of a small one than the rule does."""
    hidden = small.copy()
    reported = ~np.isnan(values)
    order = np.argsort(values, kind="stable")
    changed = True
    while changed:
        changed = False
        for numbers in groups:
            for number in np.unique(numbers[hidden]):
                inside = reported & (numbers == number)
                covered = inside & hidden
                alone = covered.sum() == 1  # then it is the total less the others
                if not alone and not _narrowed(values[covered], small[covered], rule):
                    continue
                free = order[(inside & ~hidden)[order]]
                large = free[values[free] > 0]
                free = large[:1] if len(large) else free  # else nothing is said of the group
                hidden[free] = True
                changed = changed or bool(len(free))
    return hidden


def _narrowed(values: Floats, small: Truths, rule: DisclosureRule) -> bool:
    """Whether some small count of a group cannot be each number that the rule calls small.

    It can where the other hidden ones together can fall, and rise, by what it would rise and fall;
    those that are not small are taken to be known not to be. Two small ones that sum to 2 cannot:
    they are 1 and 1.
    """
    whole = bool((values == np.round(values)).all())
    least = 0 if rule.hide_zeros or not whole else 1
    most = rule.minimum - 1 if whole else rule.minimum
    rise = np.where(small, most - values, np.inf)
    fall = np.where(small, values - least, np.maximum(values - rule.minimum, 0))
    others_rise = np.array([np.delete(rise, i).sum() for i in range(len(rise))])
    others_fall = fall.sum() - fall
    narrow = (others_fall < rise) | (others_rise < fall)
    return bool((narrow & small).any())


def rounded(
    data: pd.DataFrame,
    hidden: pd.DataFrame,
    rule: DisclosureRule,
    groups: Groups,
    decided: Decision | None = None,
) -> tuple[pd.DataFrame, Reasons]:
    """Round the counts of a table and bring what is computed from them in line.

    Within the groups the same cells are hidden as without rounding: a rounded total of rounded
    counts can give small ones back (nine of 2 are shown as 0, and their total as 20).
    """
    exact = {name: floats(data[name]) for name in data.columns if is_count(name)}
    near = {n: np.floor(v / rule.round_to + 0.5) * rule.round_to for n, v in exact.items()}
    reasons = dict.fromkeys(("small", "protects", "computed", "withheld"), 0)
    unsaid = _unsaid(hidden, decided)
    for name in near:
        if decided is not None and name in decided.near:
            told = floats(decided.near[name])
            near[name] = np.where(np.isnan(told) | np.isnan(exact[name]), near[name], told)
        if groups:
            hidden[name] = _protect(exact[name], _small(exact[name], rule), groups, rule)
        _take(name, data, hidden, decided)
        why = "withheld" if decided is not None and decided.beyond else "protects"
        reasons[why] += int((hidden[name] & ~unsaid[name]).sum())
        hidden[name] |= unsaid[name]
    changes: dict[str, pd.Series] = {}
    for name, values in near.items():
        changes[name] = pd.Series(values).astype(data[name].dtype)
    unseen = decided.withheld if decided is not None else ()
    kept = decided.kept if decided is not None else ()
    for name in data.columns.intersection(list(DERIVED)):
        parts, how = sources(data, name), DERIVED[name][0]
        for source in () if name in kept else parts:
            vanished = (near[source] == 0) & (exact[source] > 0)  # nothing is in line with that
            hidden[name] |= _small(exact[source], rule) | hidden[source] | vanished
        if not parts or how == "model" or set(parts) <= set(unseen):
            continue  # of counts that nobody sees, a model's answer gives none back
        if how == "told":
            hidden[name] |= data[name].notna()
            continue
        shift = near[parts[0]] - exact[parts[0]]
        factor = _quotient(near[parts[0]], exact[parts[0]])
        if len(parts) > 1:
            shift = shift - (near[parts[1]] - exact[parts[1]])
            factor = _quotient(factor, _quotient(near[parts[1]], exact[parts[1]]))
        changes[name] = pd.Series(
            pd.array(_in_line(how, floats(data[name]), shift, factor), dtype="Float64")
        )
    return data.assign(**changes), _with_rest(data, hidden, decided, unsaid, reasons)


def _in_line(how: str, values: Floats, shift: Floats, factor: Floats) -> Floats:
    """Compute a derived column as if from the rounded counts."""
    if how == "shift":
        return values + shift
    if how == "percent":
        return 100 * ((1 + values / 100) * factor - 1)
    return values * factor


def _quotient(near: Floats, exact: Floats) -> Floats:
    """Divide rounded by exact; 1 where either is 0."""
    usable = (near != 0) & (exact != 0)
    return np.where(usable, near / np.where(usable, exact, 1), 1)
