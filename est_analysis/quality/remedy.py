"""What most of the rows that cannot be used have in common, and which setting that speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from est_analysis.config.source_file import DATE_FORMS
from est_analysis.counts.dataset import Dataset
from est_analysis.incidents.refusals import AFTER
from est_analysis.quality.rows import left_out_by_rule
from est_analysis.written_dates import read_dates

# Reason → the key of the source's file that decides it, and what is read by it.
KEYS = {
    "bad_count": ("decimal", 'whole numbers, with the decimal sign "{decimal}" where there is one'),
    "unclear_count": (
        "decimal",
        'numbers that are thousands or decimals beyond doubt, with the decimal sign "{decimal}"',
    ),
    "masked_count": ("masked", "numbers, or what a masked one stands for"),
    "blank_count": ("columns: count", "a number in every row"),
    "negative_count": ("columns: count", "numbers from 0"),
    "needs_year": ("dates: forms, columns: year", "dates with a year, or a column with it"),
    "no_form": ("dates: forms", "dates written as {forms}"),
    "no_such_date": ("dates: forms", "dates that exist, written as {forms}"),
    "unlikely_date": ("dates: forms", "dates since 1950, written as {forms}"),
    "blank_date": ("columns: occurred_from", "a date in every row"),
    "ends_before_start": ("columns: occurred_to", "ends after the beginnings"),
    "column_count": (
        "delimiter",
        'as many columns as there are headers, with "{delimiter}" between',
    ),
    "bad_json": ("reader", "one JSON object per line, with each key once"),
    "personal_data": ("personal_data", "columns without personal data"),
}


@dataclass(frozen=True)
class Cause:
    """The most common reason: what was expected, what stood first, and the key that decides."""

    expected: str
    found: str
    key: str


def usual_cause(data: Dataset, actor: str) -> Cause:
    """Why most of an actor's unusable rows are left out; there must be some."""
    source = data.settings.sources[actor]
    lost = data.cleaning.rejected
    expected_ones = left_out_by_rule(lost["reason"]) | lost["reason"].isin(AFTER)
    own = lost[(lost["actor"] == actor) & ~expected_ones]
    most: tuple[str, str] = own.groupby(["reason", "column"]).size().idxmax()  # type: ignore[assignment]
    reason, column = most
    rows = own[(own["reason"] == reason) & (own["column"] == column)]
    first = rows.iloc[0]
    key, expected = KEYS.get(reason, ("", "rows as the declaration says"))
    forms = source.forms_under(column)
    hint = _fitting(first["value"], forms) if "{forms}" in expected else ""
    return Cause(
        expected.format(
            decimal=source.decimal, delimiter=source.delimiter, forms=" or ".join(forms)
        ),
        f"{len(rows):,} × {reason}"
        + (f" in {column}" if column else "")
        + f': first {first["file"]}, row {first["row"]}, "{first["value"]}"{hint}',
        f"{key} in {source.path}" if key else f"{source.path}, or the export",
    )


def _fitting(value: str, declared: tuple[str, ...]) -> str:
    """Which other forms can read what stood there."""
    others = [form for form in DATE_FORMS if form not in declared]
    if value.isdecimal() and len(value) <= 2:
        return ", a bare number: name its column week, month or day, beside year"
    fit = [form for form in others if read_dates([value], [form])["problem"].iloc[0] == ""]
    return f", which is written as {' or '.join(fit)}" if fit else ""
