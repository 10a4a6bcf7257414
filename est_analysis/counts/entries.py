"""All that is unread of a dataset: an entry for each day, place and type, and its causes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.holes import is_hole
from est_analysis.incidents.unread import MASKED, PART, UNCOUNTED

GONE = ("lost", "not_reported")  # kinds of stretches of which nothing is there
KINDS = ("area", "category", "count", "row", "part", *GONE, "control_total")
CAUSES = ("actor", "kind", "field", "value", "events", "rows", "first", "last", "file", "row")
GROUP = ("area", "category", "subcategory", "steady", "of_area", "of_category", "of_row")
NAMELESS = (UNKNOWN, UNMAPPED)

Truths = npt.NDArray[np.bool_]


def unread_entries(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every entry, and the causes that entries are numbered by: `Unread.entries` and `causes`."""
    causes: list[tuple[object, ...]] = []
    parts = [part for part in (_of_rows(data, causes), _of_lost(data, causes)) if len(part)]
    _of_totals(data, causes)
    columns = ["actor", "day", *GROUP, "placed", "low", "high"]
    entries = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return entries[columns], pd.DataFrame(causes, columns=list(CAUSES))


def _of_rows(data: Dataset, causes: list[tuple[object, ...]]) -> pd.DataFrame:
    """Rows that cannot be placed or counted; numbered over the whole municipality."""
    table = data.cleaning.unread
    table = table[~is_hole(table)]  # those are no doubt where they are not compared: `_of_lost`
    if table.empty:
        return table
    fault = table["fault"].to_numpy(dtype=object)
    counts = np.isin(fault, (MASKED, *UNCOUNTED))
    area, kind = table["area_value"], table["category_value"]
    entries = pd.DataFrame(
        {
            "actor": table["actor"].astype(str).to_numpy(),
            "day": table["day"].to_numpy("datetime64[s]"),
            "area": np.where(table["area"].isin(NAMELESS), "", table["area"]),
            "category": np.where(table["category"].isin(NAMELESS), "", table["category"]),
            "subcategory": np.where(table["subcategory"].isna(), "", table["subcategory"]),
            "placed": table["placed"].to_numpy(float) * (fault == ""),
            "low": table["low"].to_numpy(float),
            "high": table["high"].to_numpy(float),
            "steady": ~counts,
        }
    )
    readable = fault == ""
    entries["of_area"] = _numbered(table, area.notna().to_numpy() & readable, "area", area, causes)
    entries["of_category"] = _numbered(
        table, kind.notna().to_numpy() & readable, "category", kind, causes
    )
    value = table["fault_value"].where(counts, table["fault"])
    part = fault == PART
    kinds = {"count": counts & ~part, "part": part, "row": ~counts & ~readable}
    found = [_numbered(table, here, kind, value, causes) for kind, here in kinds.items()]
    entries["of_row"] = np.maximum.reduce(found)
    if data.area is None:
        return entries
    inside = ["", *data.settings.areas_within(data.area)]
    return pd.DataFrame(entries[entries["area"].isin(inside)])


def _numbered(
    table: pd.DataFrame,
    here: Truths,
    kind: str,
    value: pd.Series,
    causes: list[tuple[object, ...]],
) -> npt.NDArray[np.int64]:
    """The cause of each row, by actor and value; -1 where it is none of this kind."""
    found = np.full(len(table), -1, dtype=np.int64)
    own = table[here].assign(value=value[here], place=np.flatnonzero(here))
    own["events"] = own["placed"].where(own["placed"] > 0, own["high"])
    keys = ["actor", "fault_column", "value"]
    for (actor, column, word), rows in own.groupby(keys, sort=False, dropna=False, observed=True):
        found[rows["place"].to_numpy()] = len(causes)
        first = rows.iloc[0]
        causes.append(
            (str(actor), kind, column, word, float(rows["events"].sum()), int(rows["rows"].sum()),
             rows["day"].min(), rows["day"].max(), first["file"], int(first["row"]))
        )  # fmt: skip
    return found


def _of_lost(data: Dataset, causes: list[tuple[object, ...]]) -> pd.DataFrame:
    """What is missing of stretches that are too empty."""
    amounts = data.lost.amounts
    start = len(causes)
    for run in data.lost.runs.to_dict("records"):  # of a whole actor: not reported, and no doubt
        reached = data.coverage.last_day(run["actor"])
        last = run["last"] if reached is None else min(run["last"], pd.Timestamp(reached))
        causes.append(
            (run["actor"], GONE[int(run["declared"])], run["area"] or "", run["category"] or "",
             float(run["expected"] - run["count"]), 0, run["first"], last, "", 0)
        )  # fmt: skip
    if amounts.empty:
        return amounts
    whole = data.lost.runs["area"].isna() & data.lost.runs["category"].isna()
    kept = amounts[~amounts["run"].isin(whole.index[whole])]
    if data.area is not None:
        kept = kept[kept["area"].isin(data.settings.areas_within(data.area))]
    return pd.DataFrame(
        {
            "actor": kept["actor"].to_numpy(dtype=object),
            "day": kept["day"].to_numpy("datetime64[s]"),
            "area": kept["area"].to_numpy(dtype=object),
            "category": kept["category"].to_numpy(dtype=object),
            "subcategory": "",
            "placed": 0.0,
            "low": 0.0,
            "high": kept["amount"].to_numpy(float),
            "steady": False,
            "of_area": -1,
            "of_category": -1,
            "of_row": kept["run"].to_numpy(np.int64) + start,
        }
    )


def _of_totals(data: Dataset, causes: list[tuple[object, ...]]) -> None:
    """Control totals that the actor's rows miss by more than their tolerance."""
    for one in data.control_totals:
        if one.missed:
            causes.append(
                (one.actor, "control_total", one.total.said_by, str(one.total.count),
                 float(one.found), 0, pd.Timestamp(one.total.start), pd.Timestamp(one.total.end),
                 one.file, one.row)
            )  # fmt: skip
