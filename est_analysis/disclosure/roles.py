"""What each column of a table is: a count, something computed from counts, or neither."""

from __future__ import annotations

import difflib
import numbers

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.errors import ReportError

Floats = npt.NDArray[np.float64]

COUNTS = (
    "count",
    "reference_count",
    "observed",
    "no_area",
    "no_category",
    "before_event",
    "reporters",
    "reference_reporters",
    "last_year",
)
COUNT_AFFIXES = ("count_", "_count")  # count_2024, before_count

_PAIR = (("count", "reference_count"), ("reporters", "reference_reporters"))
_ONE = (("count",), ("observed",))

# Column → how rounding changes it, and the counts it is computed from: the first alternative that
# stands in the table. "scale", "shift" and "percent" are computed again from the rounded counts.
# "model" values come from a whole series and are not changed. What is "told" by exact counts (an
# interval, a share of an exact sum, an order, a word for where a count lies) would give them back,
# and is hidden where counts are rounded.
DERIVED: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "most": ("told", _ONE),
    "difference": ("shift", _PAIR),
    "percent": ("percent", _PAIR),
    "ratio": ("scale", _PAIR),
    "effect": ("scale", _ONE),
    "without": ("model", _ONE),
    "lower": ("told", _PAIR + _ONE),
    "upper": ("told", _PAIR + _ONE),
    "verdict": ("told", _PAIR + _ONE),
    "share": ("told", _ONE),
    "rank": ("told", _ONE),
    "areas": ("model", _ONE),
    "per_1000": ("scale", _ONE),
    "lower_per_1000": ("told", _ONE),
    "upper_per_1000": ("told", _ONE),
    "trend": ("model", _ONE),
    "seasonal": ("model", _ONE),
    "expected": ("model", _ONE),
    "usual_from": ("model", _ONE),
    "usual_to": ("model", _ONE),
    "score": ("told", _ONE),
    "probability": ("told", _ONE),
    "signal": ("told", _ONE),
    "deviation": ("told", _ONE),
    "risk": ("model", _ONE),
    "local": ("told", _PAIR),
    "explained": ("told", _PAIR),
    "grade": ("model", _ONE),
    "beside_effect": ("model", _ONE),
    "beside_lower": ("model", _ONE),
    "beside_upper": ("model", _ONE),
    "goal_met": ("model", _ONE),
    "seen": ("model", _ONE),
    "anyway": ("model", _ONE),
    "remaining": ("model", _ONE),
    "visible": ("model", _ONE),
    "prevented": ("told", _ONE),
    "prevented_lower": ("told", _ONE),
    "prevented_upper": ("told", _ONE),
    "placebo": ("model", _ONE),
    "placebo_areas": ("model", _ONE),
    "per_reporter_ratio": ("told", _PAIR),
    "per_reporter_lower": ("told", _PAIR),
    "per_reporter_upper": ("told", _PAIR),
    "per_reporter_verdict": ("told", _PAIR),
    "per_reporter": ("told", _ONE),
    "rating": ("told", _ONE),
    "lower_50": ("model", _ONE),
    "upper_50": ("model", _ONE),
    "lower_80": ("model", _ONE),
    "upper_80": ("model", _ONE),
    "lower_95": ("model", _ONE),
    "upper_95": ("model", _ONE),
    "index": ("model", _ONE),
    "index_lower": ("model", _ONE),
    "index_upper": ("model", _ONE),
    "nowcast": ("scale", _ONE),
    "nowcast_lower": ("told", _ONE),
    "nowcast_upper": ("told", _ONE),
    "remainder": ("shift", _ONE),
    "median_days": ("model", _ONE),
    "median_minutes": ("model", _ONE),
    "days_90": ("model", _ONE),
    "within_week": ("model", _ONE),
}

PLAIN = (
    "weeks",
    "weeks_reported",
    "steps",
    "forecasts",
    "reference_weeks",
    "days",
    "days_reported",
    "population",
    "year",
    "years",
    "month",
    "week",
    "weekday",
    "hour",
    "files",
    "rows",
    "rows_read",
    "rows_kept",
    "rows_rejected",
    "rows_duplicates",
    "row",
    "level",
    "dispersion",
    "covered",
    "attained",
    "share_in",
    "delay_weeks",
    "value",
    "limit",
    "series_judged",
    "series_above",
    "unread_events",
)


# Columns that are the same whichever weeks were reported. All others (weeks, ratios per week, words
# for coverage) tell of them, and are hidden where that may not be told.
WHATEVER_REPORTED = (
    "count", "most", "no_area", "no_category", "files", "population", "per_1000", "lower_per_1000",
    "upper_per_1000", "share", "areas", "rank", "hour", "level", "covered", "attained",
)  # fmt: skip
# No numbers, and told by reporting all the same: words, and the last day of the data.
REPORTING = ("coverage", "last_day", "compared")


# Texts that every reader may see: codes, names and words from the settings or the program.
# "name" is an insats' name and "break" a break's: the settings' guide says to write them for all.
TEXTS = (
    "actor", "other_actor", "area", "category", "subcategory", "comparison", "compared",
    "coverage", "status", "season", "break", "timing", "event", "event_id", "events", "kind",
    "intervention", "name", "state", "follow_up_state", "interim", "holds", "maryland", "reasons",
    "design", "primary", "variant", "seriousness", "affected", "influence", "when", "check",
    "entry", "said", "near", "beside", "step",
    "sha256", "decision", "label",
)  # fmt: skip
# Texts that people wrote or an export held: places, persons' words, names of files, patrols.
INTERNAL_TEXTS = (
    "what", "goal", "owner", "performed", "judged", "doing", "follow_ups", "decisions", "file",
    "place", "reason", "column", "field", "change", "task", "found", "at_most", "value",
    "repeats", "doubt", "cause", "unread", "instead", "concerns", "note",
)  # fmt: skip


def is_count(column: str) -> bool:
    """Whether a column's name declares it a count."""
    first, last = COUNT_AFFIXES
    return column in COUNTS or column.startswith(first) or column.endswith(last)


def tells_reporting(column: str) -> bool:
    """Whether a column says something of which weeks were reported."""
    if column in WHATEVER_REPORTED or column.startswith(COUNT_AFFIXES[0]):
        return False
    return column in REPORTING or column in DERIVED or column in PLAIN or is_count(column)


def _holds_numbers(column: pd.Series) -> bool:
    """Whether there are numbers in a column, also inside objects or categories."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    if pd.api.types.is_bool_dtype(column.dtype) or bool(column.isna().all()):
        return False
    if column.dtype == object:
        return any(
            isinstance(value, numbers.Number)
            and not isinstance(value, bool | np.bool_)
            and value == value  # not NaN
            for value in column
        )
    is_key = pd.api.types.is_string_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(
        column.dtype
    )
    return not is_key


def _holds_text(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    if column.dtype == object:
        return any(isinstance(value, str) for value in column)
    return bool(pd.api.types.is_string_dtype(column.dtype))


def check_texts(data: pd.DataFrame) -> None:
    """Refuse a table with a text whose readers are not declared."""
    for name in data.columns:
        if name in TEXTS or name in INTERNAL_TEXTS or name in DERIVED:
            continue
        if _holds_text(data[name]):
            raise _role_fault(
                name, "a text declared in TEXTS or INTERNAL_TEXTS", f'"{name}"', kind="text"
            )


def internal_texts(data: pd.DataFrame) -> list[str]:
    """Columns that no public table has."""
    return [name for name in data.columns if name in INTERNAL_TEXTS]


def check_roles(data: pd.DataFrame) -> None:
    """Refuse a table with a number whose role is not declared."""
    for name in data.columns:
        if is_count(name):
            if (floats(data[name]) < 0).any():
                raise _role_fault(name, "counts from 0", "a negative count")
        elif name in DERIVED:
            if _holds_numbers(data[name]) and not sources(data, name):
                wanted = " or ".join(" and ".join(names) for names in DERIVED[name][1])
                raise _role_fault(name, f"its counts in the same table: {wanted}", "none of them")
        elif name not in PLAIN and _holds_numbers(data[name]):
            known = [*COUNTS, *DERIVED, *PLAIN]
            near = difflib.get_close_matches(name, known, n=1)
            hint = f' (did you mean "{near[0]}"?)' if near else ""
            raise _role_fault(name, "a column with a declared role", f'"{name}"{hint}')


def _role_fault(name: str, expected: str, found: str, kind: str = "number") -> ReportError:
    return ReportError(
        f'a {kind} without a role cannot be released: column "{name}"',
        expected=expected,
        found=found,
        change="the column's name, or the lists in est_analysis/disclosure/roles.py",
        otherwise="the table is not shown to anyone",
    )


def sources(data: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Find the counts in the table that a derived column is computed from."""
    for names in DERIVED[name][1]:
        if all(source in data for source in names):
            return names
    return ()


def floats(column: pd.Series) -> Floats:
    """Read a numeric column as floats, NaN for NA."""
    return np.asarray(column.astype("Float64").to_numpy(dtype=float, na_value=np.nan), np.float64)
