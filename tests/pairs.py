"""Pairs of made-up towns that show the same and differ in what is hidden, and their editions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from in_process import _run

import est_analysis.report
from est_analysis.calendar import parse_period
from est_analysis.counts.dataset import Dataset, dataset_of
from est_analysis.disclosure import DisclosureRule, Plan, plan_of
from est_analysis.disclosure.plan import tertial_days, tertial_numbers
from est_analysis.exhibits import MANIFEST_MIME, Exhibit
from est_analysis.figures import Picture
from est_analysis.language import language
from est_analysis.page import render_page
from est_analysis.report import looks
from est_analysis.report.session import Report
from est_analysis.workspace import notebook_file

SAME = ("inputs", "settings", "reading")  # of a report's facts: what may differ in a pair
_WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True)
class Pair:
    """Two towns, and how many incidents stand in other cells, weeks or areas' weeks in them."""

    one: Dataset
    other: Dataset
    moved: dict[str, int]


def pair_of(
    data: Dataset, rule: DisclosureRule, rng: np.random.Generator, period: str = "2025-T3"
) -> Pair:
    """The town and another with the same shown cells, steps and hours, as different as can be."""
    now = int(tertial_numbers(np.array([parse_period(period).start], "datetime64[D]"))[0])
    rows = data.cleaning.incidents.copy()
    plan = plan_of(data, rule)  # changed below, with the rows
    before = _steps_shown(plan)
    moved = {
        "areas' weeks": _swap(rows, "area", "category", rng),
        "types' weeks": _swap(rows, "category", "area", rng),
        "hidden weeks": _shift(rows, plan, now, rng) - _back(rows, data, rule, before),
        "hidden cells": _recell(rows, plan, rng),
    }
    other = dataset_of(replace(data.cleaning, incidents=rows), data.settings, data.as_of)
    shown = (_what_is_shown(plan_of(one, rule)) for one in (data, other))
    assert next(shown) == next(shown), "the pair does not show the same"
    return Pair(data, other, moved)


def _tertials(rows: pd.DataFrame) -> np.ndarray:
    return tertial_numbers(rows["occurred_from"].to_numpy("datetime64[D]"))


def _swap(rows: pd.DataFrame, key: str, kept: str, rng: np.random.Generator) -> int:
    """Areas (types) of an actor's incidents of one type (area) and tertial, dealt anew."""
    groups = pd.MultiIndex.from_arrays(
        [rows["actor"].astype(str), rows[kept].astype(str), _tertials(rows)]
    )
    code = rows[key].cat.codes.to_numpy().copy()
    number = pd.factorize(groups)[0]
    for group in range(number.max(initial=-1) + 1):
        places = np.flatnonzero(number == group)
        code[places] = rng.permutation(code[places])
    changed = int((code != rows[key].cat.codes.to_numpy()).sum())
    rows[key] = pd.Categorical.from_codes(code, rows[key].cat.categories)
    return changed


def _shift(rows: pd.DataFrame, plan: Plan, now: int, rng: np.random.Generator) -> int:
    """Incidents of weeks in no public series, whole weeks away to another such day.

    The last and first days that are seen in the data, from which reporting is told, stay.
    """
    begun = rows["occurred_from"].to_numpy("datetime64[s]").copy()
    tertial = _tertials(rows)
    actor = rows["actor"].astype(str).to_numpy()
    own = {name: (begun[actor == name].min(), begun[actor == name].max()) for name in set(actor)}
    changed = 0
    for place in rng.permutation(len(rows)):
        if begun[place] in own[actor[place]]:
            continue
        free = _unseen_days(plan, actor[place], int(tertial[place]))
        day = begun[place].astype("datetime64[D]")
        if day not in free:
            continue
        goals = free[free != day]
        if int(tertial[place]) == now:  # of which the hours of the week are shown
            goals = goals[(goals - day) % _WEEK == np.timedelta64(0, "D")]
        goals = goals[goals < own[actor[place]][1].astype("datetime64[D]")]
        goals = goals[goals > own[actor[place]][0].astype("datetime64[D]")]
        if len(goals):
            begun[place] += rng.choice(goals) - day
            changed += 1
    rows["occurred_from"] = begun
    rows["occurred_to"] = begun
    return changed


def _back(
    rows: pd.DataFrame, data: Dataset, rule: DisclosureRule, before: dict[tuple[str, int], str]
) -> int:
    """Incidents are put back where they have changed which steps are public."""
    other = dataset_of(replace(data.cleaning, incidents=rows), data.settings, data.as_of)
    after = _steps_shown(plan_of(other, rule))
    keys = zip(rows["actor"].astype(str), _tertials(rows), strict=True)
    wrong = np.array([before[key] != after[key] for key in keys])
    old = data.cleaning.incidents
    changed = wrong & (rows["occurred_from"] != old["occurred_from"]).to_numpy()
    for name in ("occurred_from", "occurred_to"):
        rows[name] = rows[name].where(~wrong, old[name])
    return int(changed.sum())


def _steps_shown(plan: Plan) -> dict[tuple[str, int], str]:
    return {
        (actor, tertial): repr([
            None if steps is None else steps.tolist()
            for length in (1, 2, 4)
            for steps in [plan.step_counts(actor, tertial, length)]
        ])
        for actor in plan.tables
        for tertial in range(plan.first, plan.first + len(plan.tables[actor]))
    }  # fmt: skip


def _unseen_days(plan: Plan, actor: str, tertial: int) -> np.ndarray:
    first, last = (np.datetime64(day) for day in tertial_days(tertial))
    days = np.arange(first, last + np.timedelta64(1, "D"))
    if last > np.datetime64(plan.until):
        return days[:0]
    for length in (1, 2, 4):
        edges = plan.steps(actor, tertial, length, monthly=False)
        if edges is not None and len(edges):
            return days[(days < edges[0]) | (days >= edges[-1])]
    return days


def _recell(rows: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> int:
    """Four hidden cells of a rectangle, one more in two and one less in two, where that shows not."""
    changed = 0
    tertial, actor = _tertials(rows), rows["actor"].astype(str).to_numpy()
    area, kind = (rows[key].cat.codes.to_numpy().copy() for key in ("area", "category"))
    for name in plan.tables:
        for number in range(plan.first, plan.first + len(plan.tables[name])):
            before = plan.hidden(name, number)
            hidden = before[:-1, :-1]
            table = plan.tables[name][number - plan.first]
            places = np.argwhere(hidden)
            for _ in range(6 if len(places) > 3 else 0):
                (a, c), (b, d) = places[rng.integers(len(places), size=2)]
                if a == b or c == d or not (hidden[a, d] and hidden[b, c]):
                    continue
                inside = (actor == name) & (tertial == number)
                one = np.flatnonzero(inside & (area == a) & (kind == c))
                two = np.flatnonzero(inside & (area == b) & (kind == d))
                if not len(one) or not len(two):
                    continue
                kind[one[0]], kind[two[0]] = d, c
                table[[a, b, a, b], [c, d, d, c]] += [-1, -1, 1, 1]
                plan._decided.clear()
                if (plan.hidden(name, number) == before).all():
                    changed += 2
                    continue
                kind[one[0]], kind[two[0]] = c, d
                table[[a, b, a, b], [c, d, d, c]] -= [-1, -1, 1, 1]
                plan._decided.clear()
    rows["category"] = pd.Categorical.from_codes(kind, rows["category"].cat.categories)
    return changed


def _what_is_shown(plan: Plan) -> str:
    """All that public reports show of counts, as a text."""
    told = []
    for actor in plan.tables:
        for tertial in range(plan.first, plan.first + len(plan.tables[actor])):
            hidden = plan.hidden(actor, tertial)
            shown = np.where(hidden, -1, plan.table(actor, tertial)).tolist()
            told.append((actor, tertial, plan.told(actor, tertial), shown))
    return repr(told) + repr(_steps_shown(plan))


# ---- editions ----


def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of a figure, the numbers and marks that it would be drawn from: seconds faster."""

    def picture(part: Any, *_: Any, **marks: Any) -> Picture:
        drawn = repr(part.data.to_dict("list")) + repr(part.hidden.to_dict("list")) + repr(marks)
        return Picture(f"<svg>{hashlib.sha256(drawn.encode()).hexdigest()}</svg>", "")

    for name in looks.DRAWN:
        monkeypatch.setitem(looks.DRAWN, name, picture)


def edition(
    data: Dataset, rule: DisclosureRule, kind: str, period: str, code: str = "sv", **how: Any
) -> dict[str, str]:
    """All that a report says, by exhibit: its page, its numbers, its manifest but for checksums."""
    notebook = nbformat.read(notebook_file(kind, code), as_version=4)
    report = Report(kind, data, parse_period(period), rule, language(code))
    names: dict[str, Any] = {}
    told: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(est_analysis.report, "start", lambda *_, **__: report)
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            found = _run(cell.source, names)
            if found is None:
                continue
            bundle = found._repr_mimebundle_()
            cell.outputs = [nbformat.v4.new_output("display_data", data=bundle)]
            if isinstance(found, Exhibit):
                told[found.id] = json.dumps(found.record, sort_keys=True) + found.html
            else:
                facts = {k: v for k, v in bundle[MANIFEST_MIME].items() if k not in SAME}
                told["head"] = json.dumps(facts, sort_keys=True, default=str)
    told["page"] = render_page(notebook, language(code), kind)
    return told


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The parts of two editions that are not the same."""
    assert list(one) == list(other)
    return [name for name in one if one[name] != other[name]]
