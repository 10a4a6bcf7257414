"""What is unread of a dataset as a table: what stood there, how much, and where to mend it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.calendar import Period
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.doubt import unread_of
from est_analysis.counts.entries import GONE

COLUMNS = ["cause", "actor", "unread", "area", "category", "value", "reason", "unread_events",
           "rows", "start", "end", "file", "row", "change", "instead"]  # fmt: skip
BLANK = "drop or fill_down"
ASK = "masked or unpivot: blank"
CHANGE = {
    "area": "areas: map",
    "category": "categories: map",
    "count": "masked",
    "row": "columns, dates",
    "lost": "confirmed",
    "not_reported": ASK,
    "part": ASK,
    "control_total": "control_totals",
}


def unread_values(data: Dataset, period: Period | None = None) -> pd.DataFrame:
    """What was sent and cannot be read, and what has been lost on the way.

    Parameters
    ----------
    period
        Only what concerns it or the year before it; all of it by default.

    Returns
    -------
    DataFrame
        ``cause`` (its number, as in the column ``doubt`` of other tables), ``actor``, ``unread``
        (``area``, ``category``: a value without translation, or a blank; ``count``: no number;
        ``row``: no date or the like; ``lost``: an area or type that is too empty;
        ``not_reported``: one that is not, says its source; ``part``: so are some of its subtypes;
        ``control_total`` missed), ``area`` and ``category`` (of what is lost), ``value`` (what
        stood there),
        ``reason`` (why a row cannot be read), ``unread_events`` (at most), ``rows``, ``start`` and
        ``end`` (first and last day), ``file`` and ``row`` of the first, ``change`` (where to mend
        it), ``instead`` (the value that appeared when an area or type was lost: a probable new
        name).
    """
    unread = unread_of(data)
    rows = []
    for number, cause in unread.causes.iterrows():
        if period is not None and not _concerns(cause, period):
            continue
        lost, fault = cause["kind"] in GONE, cause["kind"] == "row"
        partner = unread.renamed.get(int(str(number)))
        source = data.settings.sources[cause["actor"]].path.name
        blank = cause["kind"] in ("area", "category") and cause["value"] == ""
        key = BLANK if blank else CHANGE[cause["kind"]]
        if cause["kind"] == "control_total" and cause["file"]:
            key = "confirmed"  # the file's own sum
        if partner is not None:
            key = CHANGE["area" if cause["field"] else "category"]
        rows.append(
            {
                "cause": str(number),
                "actor": cause["actor"],
                "unread": "blank_" + cause["kind"] if blank else cause["kind"],
                "area": cause["field"] if lost else "",
                "category": cause["value"] if lost else "",
                "value": "" if lost or fault else cause["value"],
                "reason": cause["value"] if fault else "",
                "unread_events": np.ceil(cause["events"]),
                "rows": cause["rows"],
                "start": cause["first"],
                "end": cause["last"],
                "file": cause["file"],
                "row": cause["row"],
                "change": f"sources/{source}: {key}",
                "instead": "" if partner is None else unread.causes["value"][partner],
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    whole = {"unread_events": "Int64", "rows": "Int64", "row": "Int64"}
    table = table.astype(whole).sort_values("unread_events", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def _concerns(cause: pd.Series, period: Period) -> bool:
    first, last = pd.Timestamp(period.earlier().start), pd.Timestamp(period.end)
    if pd.isna(cause["first"]):
        return True
    return bool(cause["first"] <= last and cause["last"] >= first)
