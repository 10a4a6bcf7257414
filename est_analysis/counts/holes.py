"""What a source says of itself that it has not reported: no zero, and no loss to be explained.

A cell of a table that is declared as not reported has no number. It takes its days from the
coverage of its area's type; from that of the area, the type or the actor as a whole where all that
these ever have in such a table is as blank.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.config.table_form import NOT_REPORTED
from est_analysis.counts.coverage import Coverage
from est_analysis.counts.lost import AMOUNTS, COLUMNS, Lost

KEYS = ["actor", "area", "category"]
CELL = ["area", "category"]
LEVELS: tuple[list[str], ...] = ([], ["area"], ["category"], CELL)  # the widest first


def is_hole(unread: pd.DataFrame) -> pd.Series:
    """Which unread rows are of a known day, area and type and not reported, as their source says.

    Of a source without areas, or types, they are of none.
    """
    found = (unread["fault"] == NOT_REPORTED) & unread["day"].notna()
    for key in CELL:
        found &= ~unread[key].isin([UNKNOWN, UNMAPPED]) | unread[f"{key}_value"].isna()
    return found


def declared_holes(incidents: pd.DataFrame, unread: pd.DataFrame, coverage: Coverage) -> Lost:
    """The stretches that sources declare as not reported, as stretches that are lost.

    Parameters
    ----------
    incidents
        Of a `Dataset`, with ``day``.
    unread
        Of `Cleaning`.

    Returns
    -------
    Lost
        Of ``amounts`` each cell's and step's is the most that it has in any other.
    """
    holes = unread.loc[is_hole(unread), ["day", *KEYS]].drop_duplicates()
    if holes.empty:
        return Lost(pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(columns=list(AMOUNTS)))
    holes = _with_level(holes.astype({key: object for key in KEYS}), incidents)
    holes = holes.merge(_usual(incidents, holes), on=KEYS, how="left")
    holes[["mean", "most"]] = holes[["mean", "most"]].fillna(0.0)
    parts = [_spans(own, coverage.grains[str(actor)]) for actor, own in holes.groupby("actor")]
    holes = pd.concat(parts, ignore_index=True)
    holes["run"] = _numbered(holes)
    runs = holes.groupby("run").agg(
        actor=("actor", "first"), area=("of_area", "first"), category=("of_category", "first"),
        first=("first", "min"), last=("last", "max"), expected=("mean", "sum"),
    )  # fmt: skip
    runs = runs.assign(count=0.0, elsewhere=False, declared=True).reset_index(drop=True)
    for key in CELL:
        runs[key] = runs[key].where(runs[key] != "", None)
    missing = holes[holes["most"] > 0].rename(columns={"most": "amount"})
    return Lost(runs[list(COLUMNS)], missing[list(AMOUNTS)].reset_index(drop=True))


def both(lost: Lost, holes: Lost) -> Lost:
    """What is lost and what is declared, with the numbers of the runs after one another."""
    if holes.runs.empty:
        return lost
    moved = holes.amounts.assign(run=holes.amounts["run"] + len(lost.runs))
    runs = [part for part in (lost.runs, holes.runs) if len(part)]
    amounts = [part for part in (lost.amounts, moved) if len(part)] or [moved]
    return Lost(pd.concat(runs, ignore_index=True), pd.concat(amounts, ignore_index=True))


def _usual(incidents: pd.DataFrame, holes: pd.DataFrame) -> pd.DataFrame:
    """What each cell that is ever blank has at other times: its mean and its most in a step."""
    own = incidents[incidents["actor"].isin(holes["actor"])]
    own = own[["day", *KEYS, "count"]].astype({key: object for key in KEYS})
    own = own.merge(holes[KEYS].drop_duplicates(), on=KEYS)
    steps = own.groupby(["day", *KEYS])["count"].sum()
    return steps.groupby(KEYS).agg(mean="mean", most="max").astype(float).reset_index()


def _with_level(holes: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """``of_area`` and ``of_category``: what is blank as a whole; empty where that is all of them.

    A whole is blank in a step where each of its cells is that has a row at any time: in a table of
    events alone those without a row are zeros.
    """
    own = incidents.loc[incidents["actor"].isin(holes["actor"]), KEYS]
    known = pd.concat([own.astype(object), holes[KEYS]]).drop_duplicates()
    found = holes.assign(of_area=holes["area"], of_category=holes["category"])
    done = pd.Series(False, index=holes.index)
    for level in LEVELS:
        keys = ["actor", *level]
        blank = holes.groupby(["day", *keys])["day"].transform("size")
        cells = known.groupby(keys).size().rename("cells").reset_index()
        here = blank.to_numpy() == holes.merge(cells, on=keys, how="left")["cells"].to_numpy()
        here &= ~done.to_numpy()
        for key in CELL:
            if key not in level:
                found.loc[here, f"of_{key}"] = ""
        done |= here
    return found


def _spans(holes: pd.DataFrame, grain: str) -> pd.DataFrame:
    """``first`` and ``last`` day of each hole's step, by the coarsest that the actor has."""
    day = pd.DatetimeIndex(holes["day"])
    if grain == "week":
        first = day - pd.to_timedelta(day.day_of_week, unit="D")
        return holes.assign(first=first, last=first + pd.Timedelta(days=6))
    if grain == "month":
        first = day - pd.to_timedelta(day.day - 1, unit="D")
        return holes.assign(first=first, last=first + pd.offsets.MonthEnd(0))
    return holes.assign(first=day, last=day)


def _numbered(holes: pd.DataFrame) -> pd.Series:
    """The stretch of each hole: steps on end of the same whole are one."""
    of = ["actor", "of_area", "of_category"]
    steps = holes[[*of, "first", "last"]].drop_duplicates().sort_values([*of, "first"])
    same = (steps[of] == steps[of].shift()).all(axis=1)
    next_to = steps["first"] <= steps["last"].shift() + pd.Timedelta(days=1)
    steps["run"] = np.cumsum(~(same & next_to)) - 1
    return pd.Series(holes.merge(steps, on=[*of, "first", "last"], how="left")["run"])
