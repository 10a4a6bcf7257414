"""Sums that a file states itself and that its rows miss: control totals of the days they are of."""

from __future__ import annotations

import pandas as pd

from est_analysis.intake.reading import Reading
from est_analysis.sources import CELL, SHEET, Coded

SUSPICION = "total_differs"  # as `confirmed` in a source names it
COLUMNS = ["actor", "file", "sheet", "row", "cell", "said", "found", "first", "last"]


def differing_sums(reading: Reading) -> pd.DataFrame:
    """Stated sums that are not those of their parts, in `COLUMNS`.

    ``first`` and ``last`` are the days of what a sum is of: of its column where that has days of
    its own, of its row where that has, else of its sheet. NaT where nothing there has a day.
    """
    again = {one.file for one in reading.export.deliveries if one.repeats is not None}
    stated = reading.export.totals
    wrong = stated[(stated["said"] != stated["found"]) & ~stated["file"].isin(again)]
    if wrong.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = _rows(reading)
    never = pd.Series(pd.NaT, index=range(len(wrong)), dtype="datetime64[s]")
    found = wrong.reset_index(drop=True).assign(first=never, last=never)
    for keys in (["file", "sheet"], ["file", "sheet", "row"], ["file", "sheet", "cell"]):
        spans = rows.groupby(keys, as_index=False).agg(begun=("first", "min"), over=("last", "max"))
        own = found[keys].merge(spans, on=keys, how="left")
        found["first"] = own["begun"].fillna(found["first"])
        found["last"] = own["over"].fillna(found["last"])
    return found[COLUMNS]


def missed_sums(reading: Reading) -> pd.DataFrame:
    """Those that nobody has confirmed, one for each time of a sheet: what takes claims back."""
    found = differing_sums(reading).dropna(subset=["first"])
    if found.empty:
        return found
    settled = [line for line in reading.source.confirmed if line.suspicion == SUSPICION]
    open_ones = [
        not any(line.settles(str(file), own["first"].min().date(), own["last"].max().date())
                for line in settled)
        for file, own in found.groupby("file")
        for _ in range(len(own))
    ]  # fmt: skip
    found = found.sort_values("file", kind="stable")[open_ones]
    return found.drop_duplicates(["file", "sheet", "first", "last"]).reset_index(drop=True)


def _rows(reading: Reading) -> pd.DataFrame:
    """Where each row with a day stood, and its first and last day."""
    export = reading.export
    names = pd.Series([one.file for one in export.deliveries], dtype="str")
    day = "datetime64[s]"
    table = pd.DataFrame(
        {
            "file": names.iloc[export.file].to_numpy(),
            "sheet": _words(export.columns.get(SHEET), len(export)),
            "row": export.row,
            "cell": _words(export.columns.get(CELL), len(export)),
            "first": reading.start.astype("datetime64[D]").astype(day),
            "last": (reading.end - 1).astype("datetime64[D]").astype(day),
        }
    )
    table["last"] = table[["first", "last"]].max(axis=1)  # of a moment its day
    return table.dropna(subset=["first"])


def _words(column: Coded | None, rows: int) -> pd.Series:
    if column is None:
        return pd.Series([""] * rows, dtype="str")
    return pd.Series(column.words, dtype="str").iloc[column.codes].reset_index(drop=True)
