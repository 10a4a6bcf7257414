"""Faults that only show in a whole column: swapped days and months, clock changes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.written_dates.dates import read_dates

Flags = npt.NDArray[np.bool_]
_LEAP_YEAR = 2024  # for dates without a year: any date may exist
_SWAPPED_FORMS = {
    "iso": ("%Y-%d-%m", "%Y-%d-%m %H:%M", "%Y-%d-%m %H:%M:%S"),
    "excel": ("%Y-%d-%m", "%Y-%d-%m %H:%M", "%Y-%d-%m %H:%M:%S"),
    "day/month": ("%m/%d-%y", "%m/%d-%Y", "%m/%d/%y", "%m/%d/%Y", "%m/%d %Y"),
    "dotted": ("%m.%d.%Y", "%m.%d.%y"),
}


def form_faults(values: Sequence[str], forms: Sequence[str]) -> tuple[str, str] | None:
    """Find out whether a column has days and months the other way round than declared.

    A value such as 10/13/2024, read as day/month, does not exist, but 10/07/2024 does and would
    silently become another day. The column is at fault when values of a declared form exist only
    with day and month swapped, and none of that form exists only as declared. Values of no such
    shape do not count.

    Parameters
    ----------
    values
        Unique texts; blank ones are ignored.
    forms
        As for `read_dates`.

    Returns
    -------
    tuple or None
        The swapped pattern that fits, and a value that only it fits; None when nothing speaks for
        one.

    Examples
    --------
    >>> form_faults(["10/07/2024", "10/13/2024"], ["%d/%m/%Y"])
    ('%m/%d/%Y', '10/13/2024')
    >>> form_faults(["10/07/2024", "13/10/2024"], ["%d/%m/%Y"]) is None
    True
    """
    if _fits(values, forms).all():
        return None
    for form in forms:
        declared = _fits(values, [form])
        others = _fits(values, [other for other in forms if other != form])
        for swapped in _swapped(form):
            turned = _fits(values, [swapped])
            only = turned & ~declared & ~others
            if only.any() and not (declared & ~turned).any():
                return swapped, values[int(only.argmax())]
    return None


def ambiguous_forms(values: Sequence[str], forms: Sequence[str]) -> list[str]:
    """List the values that are different days in two of the declared forms.

    Parameters
    ----------
    values
        Unique texts.
    forms
        As for `read_dates`.

    Returns
    -------
    list of str
        In the order of `values`; empty when the order of the forms does not matter.

    Examples
    --------
    >>> ambiguous_forms(["13/10/2024", "07/10/2024"], ["%d/%m/%Y", "%m/%d/%Y"])
    ['07/10/2024']
    """
    if len(forms) < 2:
        return []
    years = [_LEAP_YEAR] * len(values)
    days = [
        read_dates(values, [form], years=years)["start"].to_numpy("datetime64[D]") for form in forms
    ]
    differ = np.fmin.reduce(days) != np.fmax.reduce(days)  # these pass over what is not a date
    differ &= ~np.isnat(np.fmax.reduce(days))
    return [values[row] for row in np.flatnonzero(differ).tolist()]


def dst_faults(local: npt.ArrayLike, timezone: str = "Europe/Stockholm") -> tuple[Flags, Flags]:
    """Find local times in the hours that a clock change skips or repeats.

    Parameters
    ----------
    local
        datetime64 without time zone; NaT is no fault.
    timezone
        The zone whose clocks show `local`.

    Returns
    -------
    gap, overlap : ndarray of bool
        Times that do not exist (spring), and times that occur twice (autumn).

    Examples
    --------
    >>> times = np.array(["2025-03-30T02:30", "2025-10-26T02:30"], dtype="datetime64[s]")
    >>> dst_faults(times)
    (array([ True, False]), array([False,  True]))
    """
    times = pd.DatetimeIndex(np.asarray(local, dtype="datetime64[s]"))
    known = np.asarray(times.notna())
    summer = np.ones(len(times), dtype=bool)
    gap = times.tz_localize(timezone, ambiguous=summer, nonexistent="NaT").isna()
    overlap = times.tz_localize(timezone, ambiguous="NaT", nonexistent="shift_forward").isna()
    return np.asarray(gap) & known, np.asarray(overlap) & known


def _fits(values: Sequence[str], forms: Sequence[str]) -> Flags:
    """Tell which values can be read, in some year; blank ones count as read."""
    problem = read_dates(values, forms, years=[_LEAP_YEAR] * len(values))["problem"]
    return problem.isin(["", "blank"]).to_numpy(bool)


def _swapped(form: str) -> tuple[str, ...]:
    if "%" not in form:
        return _SWAPPED_FORMS.get(form, ())
    if "%m" not in form:
        return ()
    return (re.sub("%[dm]", lambda found: "%m" if found[0] == "%d" else "%d", form),)
