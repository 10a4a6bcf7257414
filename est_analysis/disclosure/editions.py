"""What earlier public editions have shown, and what that leaves to the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from est_analysis.disclosure.plan import STEPS, Days, Plan, tertial_days
from est_analysis.disclosure.two_way import Counts, Truths
from est_analysis.errors import ReportError


@dataclass(frozen=True)
class Earlier:
    """What an edition has shown of one actor's tertial.

    Attributes
    ----------
    table, hidden
        Areas × types without margins, and which cells were hidden, with margins.
    daily
        Counts by day of the tertial.
    steps
        Length in weeks (months) → edges of the public steps, where there were any.
    told
        Whether it was told how much was reported.
    """

    table: Counts
    hidden: Truths
    daily: Counts
    steps: dict[int, Days]
    told: bool


def edition_facts(plan: Plan, own: Sequence[int], monthly: Iterable[str]) -> dict[str, Any]:
    """What reports by a plan show of tertials up to those of a report, as plain values."""
    by_month = set(monthly)
    cells = []
    for actor in plan.tables:
        for tertial in range(plan.first, max(own) + 1):
            if tertial - plan.first >= len(plan.tables[actor]):
                continue
            steps = {
                str(length): edges.astype(str).tolist()
                for length in STEPS
                for edges in [plan.steps(actor, tertial, length, monthly=actor in by_month)]
                if edges is not None
            }
            cells.append(
                {
                    "actor": actor,
                    "tertial": tertial,
                    "table": plan.tables[actor][tertial - plan.first].tolist(),
                    "hidden": plan.hidden(actor, tertial).tolist(),
                    "daily": plan.days_of(actor, tertial).tolist(),
                    "steps": steps,
                    "told": plan.told(actor, tertial),
                }
            )
    return {"own": list(own), "shape": _shape(plan), "cells": cells}


def follow(
    plan: Plan, editions: Iterable[dict[str, Any]], own: Sequence[int], *, superseding: bool
) -> None:
    """Let a plan take account of what has been published, the newest of each tertial.

    Tertials that are not the report's own are as they were published: rows that came later change
    nothing in them. In its own ones what was hidden stays hidden, and so does what the difference
    between the editions would give away (`Plan.hidden`).

    Parameters
    ----------
    own
        The report's tertials.
    superseding
        Whether those that were published of them are not taken account of.

    Raises
    ------
    ReportError
        When an edition was made by other settings, or of rows that are not there any more.
    """
    for edition in editions:
        for cell in edition["cells"]:
            key = (str(cell["actor"]), int(cell["tertial"]))
            mine = key[1] in own
            if key[0] not in plan.tables or key in plan.earlier or (mine and superseding):
                continue
            if mine and key[1] not in edition["own"]:
                continue  # it was the reference of an earlier report, by an edition of its own
            if edition["shape"] != _shape(plan):
                if not mine:
                    continue  # other areas, types or rule: nothing to hold it against
                raise _refused(key, "other areas, types or rule in the settings")
            plan.earlier[key] = _read(cell)
            if mine:
                _refuse_fewer(plan, key)
            else:
                plan.freeze(*key)


def _read(cell: dict[str, Any]) -> Earlier:
    return Earlier(
        np.array(cell["table"], dtype=np.int64),
        np.array(cell["hidden"], dtype=bool),
        np.array(cell["daily"], dtype=np.int64),
        {int(k): np.array(edges, dtype="datetime64[D]") for k, edges in cell["steps"].items()},
        bool(cell["told"]),
    )


def _refuse_fewer(plan: Plan, key: tuple[str, int]) -> None:
    """Differences can be protected as counts are, where no count has become smaller."""
    actor, tertial = key
    before = plan.earlier[key]
    now = plan.table(actor, tertial)[:-1, :-1]
    if (now < before.table).any() or (plan.days_of(actor, tertial) < before.daily).any():
        raise _refused(key, "fewer incidents of some area, type or day than then")


def _shape(plan: Plan) -> dict[str, Any]:
    rule = plan.rule
    told = [rule.minimum, rule.hide_zeros, rule.method, rule.round_to]
    return {"areas": plan.areas, "types": plan.categories, "rule": told}


def _refused(key: tuple[str, int], found: str) -> ReportError:
    actor, tertial = key
    first, last = tertial_days(tertial)
    return ReportError(
        "a public edition of that tertial has been made, and this one would tell by the difference",
        expected=f"the settings of then and all rows of then ({actor}, {first} to {last})",
        found=found,
        change='nothing; or, if the first one was wrong or is withdrawn: --supersede "reason", '
        "which is noted in the log and on the page",
        otherwise="no report is made: a small count could follow from the two editions",
    )
