"""What became of every row that was read, and what to mend at the source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.archive import files_not_read
from est_analysis.calendar import Period
from est_analysis.config import SourceFormat
from est_analysis.counts.dataset import Dataset
from est_analysis.incidents.refusals import AFTER, AS_DECLARED, REPEATS
from est_analysis.privacy import HIDDEN
from est_analysis.written_dates import read_dates

LEAST_LATER = 5  # rows of a file after the extract; fewer are mistyped days
LEAST_MISSING = 7  # days in a row; fewer are how far the last delivery reached
SHORT_SUM = 12  # letters of a checksum that tell files apart at a glance


def delivered_files(data: Dataset) -> pd.DataFrame:
    """The files: ``actor``, ``file``, ``rows``, ``sha256`` (short), ``repeats`` (which is used)."""
    return pd.DataFrame(
        [
            (d.actor, d.file, d.rows, d.sha256[:SHORT_SUM], d.repeats or "")
            for d in data.cleaning.deliveries
        ],
        columns=["actor", "file", "rows", "sha256", "repeats"],
    )


def unread(data: Dataset) -> pd.DataFrame:
    """Files beside the exports that no source reads: ``file``."""
    return pd.DataFrame({"file": files_not_read(data)}, dtype="str")


def tally(data: Dataset) -> pd.DataFrame:
    """Per actor: ``rows_read = rows_kept + rows_rejected + rows_duplicates``."""
    table = data.cleaning.tally
    return table.rename(columns={n: f"rows_{n}" for n in table.columns if n != "actor"})


def rows_by_reason(data: Dataset) -> pd.DataFrame:
    """Rows left out: ``actor``, ``reason``, ``column``, ``rows``; first ``file, row, value``."""
    lost = pd.concat([data.cleaning.rejected, data.cleaning.duplicates], ignore_index=True)
    table = lost.groupby(["actor", "reason", "column"], as_index=False, sort=False).agg(
        rows=("row", "size"), file=("file", "first"), row=("row", "first"), value=("value", "first")
    )
    return table.sort_values(["actor", "rows"], ascending=[True, False], ignore_index=True)


def left_out_by_rule(reasons: pd.Series) -> pd.Series:
    """Which reasons are a declaration at work, so that there is nothing to mend."""
    return reasons.isin(AS_DECLARED) | reasons.str.startswith("drop: ")


def rejected_share(data: Dataset, actor: str) -> float:
    """Share of an actor's rows that cannot be used; those left out by a rule do not count.

    Rows after the day of the extract do not either: a report on an earlier day leaves them out.
    """
    own = data.cleaning.rejected[data.cleaning.rejected["actor"] == actor]
    by_rule = left_out_by_rule(own["reason"]) | own["reason"].isin(AFTER)
    tally = data.cleaning.tally
    usable = int(tally.loc[tally["actor"] == actor, "read"].sum()) - int(by_rule.sum())
    return int((~by_rule).sum()) / usable if usable else 0.0


def after_extract(data: Dataset) -> pd.DataFrame:
    """Rows that the day of the extract leaves out though their day has come.

    Returns
    -------
    DataFrame
        ``actor``, ``file``, ``rows`` and ``last``, their latest day. Rows of a day that is still to
        come are typing errors, and none of them; so are fewer than five of a file.
    """
    lost = data.cleaning.rejected
    rows = []
    for (actor, file), own in lost[lost["reason"].isin(AFTER)].groupby(["actor", "file"]):
        source = data.settings.sources[str(actor)]
        days = pd.Series(
            [
                _last_day(source, str(column), tuple(part["value"]))
                for column, part in own.groupby("column")
            ]
        ).explode()
        come = days[days.notna() & (days <= pd.Timestamp(dt.date.today()))]
        if len(come) >= LEAST_LATER:
            rows.append((actor, file, len(come), come.max()))
    return pd.DataFrame(rows, columns=["actor", "file", "rows", "last"])


def _last_day(source: SourceFormat, header: str, words: tuple[str, ...]) -> list[pd.Timestamp]:
    """The last day that each text of a date column tells of."""
    zones = {"timezone": source.timezone, "written_in": source.written_in}
    read = read_dates(list(words), source.forms_under(header), **zones)
    ends = read["end"] - pd.Timedelta(seconds=1)
    last = ends.where(ends > read["start"], read["start"]).dt.normalize()
    return list(last.where(read["problem"] == ""))


def replaced_rows(data: Dataset, actor: str) -> pd.DataFrame:
    """Rows changed in a later file, or annulled: ``file``, ``used`` (in its place), ``rows``."""
    table = data.cleaning.duplicates
    own = table[(table["actor"] == actor) & (table["reason"] == "replaced")]
    pairs = own.groupby(["file", "value"], as_index=False, sort=False).agg(rows=("row", "size"))
    return pairs.rename(columns={"value": "used"})


def duplicate_candidates(data: Dataset, period: Period) -> pd.DataFrame:
    """Possible duplicates between actors in a period, by pair of actors and type.

    Returns
    -------
    DataFrame
        ``actor``, ``other_actor``, ``category``, ``count`` (pairs), ``median_minutes`` apart.
    """
    pairs = data.cleaning.candidates
    day = data.incidents["day"].reindex(pairs["row"])
    inside = (day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))
    chosen = pairs[inside.to_numpy()]
    ordered = chosen.assign(
        actor=chosen[["actor", "other_actor"]].min(axis=1),
        other_actor=chosen[["actor", "other_actor"]].max(axis=1),
    )
    table = ordered.groupby(["actor", "other_actor", "category"], as_index=False).agg(
        count=("minutes", "size"), median_minutes=("minutes", "median")
    )
    return table.sort_values("count", ascending=False, ignore_index=True)


def to_do(data: Dataset, period: Period) -> pd.DataFrame:
    """What to ask each actor for, or to mend in the settings, most rows first.

    Parameters
    ----------
    period
        Whose days must be reported; the rest is of all that was read.

    Returns
    -------
    DataFrame
        ``actor``, ``task`` (``translate``, ``mend_rows``, ``deliver``, ``ask``, ``thin_months``),
        ``reason`` (of rows left out), ``what`` (the value, the first row, the days, the months),
        ``change`` (where), ``rows``.
    """
    delivered = {delivery.actor for delivery in data.cleaning.deliveries}
    rows: list[tuple[str, str, str, str, str, int]] = [
        (actor, "deliver", "", ", ".join(source.files), "", 0)
        for actor, source in data.settings.sources.items()
        if actor not in delivered
    ]
    for actor in sorted(delivered):
        missing = unreported(data, period, actor)
        if missing:
            path = data.settings.sources[actor].path.name
            rows.append((actor, "ask", "", ", ".join(missing), path, 0))
    for row in data.cleaning.unmapped.to_dict("records"):
        rows.append((row["actor"], "translate", "", row["value"], row["change"], row["rows"]))
    reasons = rows_by_reason(data)
    expected = left_out_by_rule(reasons["reason"]) | reasons["reason"].isin(REPEATS)
    for row in reasons[~expected].to_dict("records"):
        place = f"{row['file']}, {row['row']}"
        if row["value"] != HIDDEN:
            place += f": {row['value']}"
        rows.append((row["actor"], "mend_rows", row["reason"], place, row["column"], row["rows"]))
    for actor, months in data.coverage.thin.items():
        if months:
            path = data.settings.sources[actor].path.name
            rows.append((actor, "thin_months", "", ", ".join(spans(months)), path,
                         _rows_in(data, actor, months)))  # fmt: skip
    names = ["actor", "task", "reason", "what", "change", "rows"]
    table = pd.DataFrame(rows, columns=names)
    return table.sort_values(["actor", "rows"], ascending=[True, False], ignore_index=True)


def unreported(data: Dataset, period: Period, actor: str) -> list[str]:
    """Spans of at least a week that an actor should have reported and has not.

    Not those after the extract, those it does not answer for, and those that are declared: why
    they are missing is known.
    """
    source = data.settings.sources[actor]
    days = pd.date_range(period.start, min(period.end, data.as_of))
    if not len(days):
        return []
    found = data.coverage.reported(actor, days[0].date(), days[-1].date())
    asked = np.zeros(len(days), dtype=bool)
    for rule in source.responsibilities:
        asked |= _between(days, rule.start, rule.end)
    for gap in source.gaps:
        asked &= ~_between(days, gap.start, gap.end)
    for month in data.coverage.thin.get(actor, ()):  # they have a task of their own
        asked &= days.to_period("M") != month.to_period("M")
    missing = pd.Series(days[asked & ~found])
    runs = missing.groupby((missing.diff() != pd.Timedelta(days=1)).cumsum()).agg(["min", "max"])
    long = runs[runs["max"] - runs["min"] >= pd.Timedelta(days=LEAST_MISSING - 1)]
    return [f"{first:%Y-%m-%d}..{last:%Y-%m-%d}" for first, last in long.itertuples(index=False)]


def _between(
    days: pd.DatetimeIndex, start: dt.date | None, end: dt.date | None
) -> npt.NDArray[np.bool_]:
    """Whether each of some days lies between two, both inclusive; None is no limit."""
    first = days[0] if start is None else pd.Timestamp(start)
    last = days[-1] if end is None else pd.Timestamp(end)
    return np.asarray((days >= first) & (days <= last))


def spans(months: Sequence[pd.Timestamp]) -> list[str]:
    """Consecutive months as spans.

    Examples
    --------
    >>> spans(pd.to_datetime(["2022-11-01", "2022-12-01", "2023-01-01", "2023-06-01"]))
    ['2022-11..2023-01', '2023-06']
    """
    found: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for month in months:
        if found and month == found[-1][1] + pd.offsets.MonthBegin():
            found[-1] = (found[-1][0], month)
        else:
            found.append((month, month))
    return [
        f"{start:%Y-%m}" if start == end else f"{start:%Y-%m}..{end:%Y-%m}" for start, end in found
    ]


def _rows_in(data: Dataset, actor: str, months: Sequence[pd.Timestamp]) -> int:
    day = data.incidents.loc[data.incidents["actor"] == actor, "day"]
    return int(day.dt.to_period("M").isin([month.to_period("M") for month in months]).sum())
