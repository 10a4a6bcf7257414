"""Whether the figures agree with what others say, and whether anything is counted twice."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pandas as pd

from est_analysis.checks import Check
from est_analysis.config import ControlTotal
from est_analysis.dataset import Dataset
from est_analysis.quality.rows import replaced_rows

LEAST_TWICE = 5  # equal rows in two files; fewer may be chance
SHARE_TWICE = 0.5  # of the rows that the smaller file has in the days both files cover
ALIKE = ["occurred_from", "occurred_to", "area", "category", "subcategory", "place", "count"]


def control_totals(data: Dataset) -> list[tuple[str, ControlTotal, int]]:
    """Actor, control total and what is counted here in the same days and types.

    Control totals are of the whole municipality: a dataset of one area has none.
    """
    if data.area is not None:
        return []
    day, actor = data.incidents["day"], data.incidents["actor"]
    rows = []
    for source in data.settings.sources.values():
        for total in source.control_totals:
            inside = (actor == source.actor) & (day >= pd.Timestamp(total.start))
            inside &= day <= pd.Timestamp(total.end)
            if total.categories:
                kinds = data.incidents[["category", "subcategory"]]
                inside &= kinds.isin(total.categories).any(axis=1)
            rows.append((source.actor, total, int(data.incidents.loc[inside, "count"].sum())))
    return rows


def counted_twice(data: Dataset) -> dict[str, int]:
    """Rows of each actor that stand alike in two files that cover the same days.

    Only of events without ``identity``, by which they would be recognised. Two files are compared
    where both have rows in the same days; they count as overlapping when at least half of the rows
    that one of them has there, and at least five, stand in the other one too.
    """
    twice = {}
    for source in data.settings.sources.values():
        if source.identity or source.shape == "counts":
            continue
        own = data.incidents[data.incidents["actor"] == source.actor]
        files = [rows for _, rows in own.groupby("source_file", observed=True)]
        spans = [(rows["day"].min(), rows["day"].max()) for rows in files]
        twice[source.actor] = sum(
            _alike(files[i], files[j], max(spans[i][0], spans[j][0]), min(spans[i][1], spans[j][1]))
            for i, j in combinations(range(len(files)), 2)
            if max(spans[i][0], spans[j][0]) <= min(spans[i][1], spans[j][1])
        )
    return twice


def stated_sums(data: Dataset) -> dict[str, tuple[int, int]]:
    """How many sums each actor's files state, and how many of them differ from their parts.

    They are of the whole municipality: a dataset of one area has none.
    """
    totals = data.cleaning.totals
    if data.area is not None or totals.empty:
        return {}
    wrong = (totals["said"] != totals["found"]).groupby(totals["actor"], sort=False)
    return {
        str(a): (int(n), int(w))
        for a, n, w in zip(wrong.size().index, wrong.size(), wrong.sum(), strict=True)
    }


def _alike(one: pd.DataFrame, other: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> int:
    """How many rows stand in both files, each as often as in the file that has it less often."""
    counts = []
    for rows in (one, other):
        inside = rows[(rows["day"] >= first) & (rows["day"] <= last)]
        counts.append(inside[ALIKE].astype(str).fillna("").value_counts())
    both = pd.concat(counts, axis=1, keys=["one", "other"]).fillna(0)
    found = int(both.min(axis=1).sum())
    least = min(int(count.sum()) for count in counts)
    return found if found >= max(LEAST_TWICE, SHARE_TWICE * least) else 0


def reconciliation(data: Dataset) -> list[Check]:
    """Whether totals agree, and files with each other.

    ``control_total`` for each declared one, ``stated_sums`` for actors whose files have such,
    ``counted_twice`` for actors without identity,
    ``replaced_rows`` for those with several files, or with annulled cases.
    """
    checks = [
        Check("control_total", "ok" if found == total.count else "warning", found, total.count, a)
        for a, total, found in control_totals(data)
    ]
    checks += [
        Check("stated_sums", "warning" if wrong else "ok", wrong, 0, actor)
        for actor, (_, wrong) in stated_sums(data).items()
    ]
    checks += [
        Check("counted_twice", "warning" if rows else "ok", rows, 0, actor)
        for actor, rows in counted_twice(data).items()
    ]
    files = Counter(delivery.actor for delivery in data.cleaning.deliveries)
    for actor, number in files.items():
        rows = int(replaced_rows(data, actor)["rows"].sum())
        if rows or number > 1:
            checks.append(Check("replaced_rows", "warning" if rows else "ok", rows, 0, actor))
    return checks
