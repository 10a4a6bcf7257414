"""Counts per step, actor, area and category, where zero and "not reported" are different values."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.calendar import Period
from est_analysis.config import UNKNOWN, UNMAPPED
from est_analysis.config.model import Area, Responsibility
from est_analysis.counts.coverage import (
    BY_MONTH,
    HEARD,
    LEAST_REPORTED,
    NOT_RESPONSIBLE,
    PARTLY,
    REPORTED,
    SILENT,
    STATUSES,
    UNREADABLE,
    starts_in,
    weekly_status,
)
from est_analysis.counts.dataset import Dataset

KEYS = ("actor", "area", "category")
Answering = tuple[str, tuple[Responsibility, ...]]


def count_panel(data: Dataset, period: Period, step: str | None = None) -> pd.DataFrame:
    """The complete grid of counts over a period.

    Parameters
    ----------
    data
        The dataset.
    period
        The grid's range; it never comes from the data.
    step
        ``week`` (ISO weeks that touch the period, whole) or ``month``; by default each actor's
        own, the finest that its dates allow.

    Returns
    -------
    DataFrame
        ``start`` (Monday or first of month), ``actor``, ``area``, ``category`` (main), ``count``
        (Int64; NA when not reported; of a masked count the least), ``most`` (what it may be at
        most), ``coverage``: ``reported``, ``partly`` (some of the days), ``unreadable`` (rows of
        this cell cannot be counted: not the count that was sent), ``silent`` or
        ``not_responsible`` (also where the area does not exist then), ``asked``: whether the actor
        answers for it, though it met none. A row for every combination of an actor's steps;
        ``unknown`` and ``unmapped`` only where they occur.
    """
    groups = data.coverage.by_step if step is None else {step: list(data.settings.sources)}
    panels = [step_panel(data, period, own, actors) for own, actors in groups.items()]
    return panels[0] if len(panels) == 1 else pd.concat(panels, ignore_index=True)


def step_panel(data: Dataset, period: Period, step: str, actors: list[str]) -> pd.DataFrame:
    """`count_panel` of some actors in one step: complete, by start, actor, area and category."""
    starts = starts_in(step, period)
    levels = {
        "actor": actors,
        "area": _areas(data),
        "category": _with_reserved(data, "category", data.settings.main_categories()),
    }
    counts, high, unread = _count(data, starts, levels, step)
    status, asked = _status(data, period, starts, levels, step, counts)
    status[(unread > 0) & (status < STATUSES.index(SILENT))] = STATUSES.index(UNREADABLE)
    index = pd.MultiIndex.from_product(
        [starts, *levels.values()], names=["start", *levels]
    ).to_frame(index=False)
    for name, words in (levels | {"actor": list(data.settings.sources)}).items():
        index[name] = pd.Categorical(index[name], words)
    values = pd.array(counts.ravel(), dtype="Int64")
    values[status.ravel() >= STATUSES.index(SILENT)] = pd.NA
    index["count"] = values
    index["most"] = index["count"] + np.ceil(high.ravel()).astype(np.int64)
    index["coverage"] = pd.Categorical.from_codes(
        status.ravel().astype(np.int8), pd.Index(STATUSES)
    )
    index["asked"] = asked.ravel()
    return index


def regroup(panel: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Add up a panel's cells over the keys that are not in `by`.

    ``count`` is NA only where nothing was reported; ``coverage`` is ``partly`` where some cells
    that somebody answers for were not reported, and ``unreadable`` where some cannot be counted,
    so a sum is never taken for the whole.
    """
    keys = ["start", *by]
    frame = panel[keys].assign(
        count=panel["count"].fillna(0).astype("int64"),
        most=panel["most"].fillna(0).astype("int64"),
        heard=panel["coverage"].isin(HEARD),
        unread=panel["coverage"] == UNREADABLE,
        whole=panel["coverage"] == REPORTED,
        asked=panel["coverage"] != NOT_RESPONSIBLE,
    )
    table = frame.groupby(keys, as_index=False, observed=True).sum()
    status = np.select(
        [
            table["asked"] == 0,
            table["heard"] == 0,
            table["unread"] > 0,
            table["whole"] == table["asked"],
        ],
        [NOT_RESPONSIBLE, SILENT, UNREADABLE, REPORTED],
        PARTLY,
    )
    table["coverage"] = pd.Categorical(status, list(STATUSES))
    for name in ("count", "most"):
        table[name] = table[name].astype("Int64").where(table["heard"] > 0)
    return table[[*keys, "count", "most", "coverage"]]


def complete_series(table: pd.DataFrame) -> pd.Series:
    """A regrouped panel of one series as floats by ``start``; NaN unless whole and readable."""
    counts = table["count"].astype("Float64").where(table["coverage"] == REPORTED)
    return pd.Series(
        counts.to_numpy(dtype=float, na_value=np.nan), index=pd.DatetimeIndex(table["start"])
    )


def period_totals(
    data: Dataset, period: Period, by: list[str], *, nameless: bool = False
) -> pd.DataFrame:
    """Counts by calendar date in a period.

    Parameters
    ----------
    period
        Both ends inclusive.
    by
        Among ``actor``, ``area``, ``category``, ``subcategory``; ``actor`` must be one of them:
        actors count different things and are never added together here.
    nameless
        Whether rows of unknown or untranslated areas and types are kept where they are 0.

    Returns
    -------
    DataFrame
        `by`, ``count`` (Int64; NA when not one day was reported, where nothing came and under half
        of the days were, and where the actor's dates do not tell of the period), ``most`` (as in
        `count_panel`), ``days_reported``, ``days``, ``coverage``: as in `count_panel`, or
        ``by_month``: reported, but to the month, of which the period has no whole one. A row for
        every combination that somebody answers for or that occurs.
    """
    inside = data.cube[
        (data.cube["day"] >= pd.Timestamp(period.start))
        & (data.cube["day"] <= pd.Timestamp(period.end))
    ]
    counted = inside.groupby(by, observed=True)[["count", "high", "unread"]].sum()
    grid = _grid(data, by)
    if len(counted):
        grid = grid.union(counted.index)
    table = counted.reindex(grid, fill_value=0).reset_index()
    table.columns = [*by, "count", "high", "unread"]
    asked = answering(data, table[by])
    known = {key: reported_mask(data, period, *key) for key in dict.fromkeys(asked)}
    table["days_reported"] = [int(known[key][0].sum()) for key in asked]
    table["days"] = [len(known[key][0]) for key in asked]
    answered = np.array([known[key][1] for key in asked], dtype=bool)
    reported = table["days_reported"].to_numpy()
    nothing = (table["count"] == 0).to_numpy()
    dated = table["actor"].astype(str).map(lambda actor: data.coverage.tells_of(actor, period))
    by_month = ~dated.to_numpy(dtype=bool)
    table["coverage"] = np.select(
        [
            ~answered & (nothing | by_month),
            (reported == 0) & (nothing | by_month),
            by_month,
            table.pop("unread") > 0,
            reported == table["days"],
        ],
        [NOT_RESPONSIBLE, SILENT, BY_MONTH, UNREADABLE, REPORTED],
        PARTLY,
    )
    few = (reported == 0) | (reported < LEAST_REPORTED * table["days"].to_numpy())
    table["count"] = table["count"].astype("Int64").mask((nothing & few) | by_month)
    table["most"] = table["count"] + np.ceil(table.pop("high")).astype("Int64")
    return _ordered(table, data, by, nameless)


def _areas(data: Dataset) -> list[str]:
    settings = data.settings
    known = list(settings.areas) if data.area is None else settings.areas_within(data.area)
    return _with_reserved(data, "area", known)


def _with_reserved(data: Dataset, key: str, known: list[str]) -> list[str]:
    present = set(data.incidents[key].unique())
    return [*known, *(word for word in (UNKNOWN, UNMAPPED) if word in present)]


def _count(
    data: Dataset, starts: pd.DatetimeIndex, levels: dict[str, list[str]], step: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Per cell: what is counted, how many more it may be, and rows that nobody can count."""
    cube = data.cube
    day = cube["day"].to_numpy("datetime64[s]")
    begun = calendar.monday_of(day) if step == "week" else day.astype("datetime64[M]")
    position = starts.get_indexer(pd.DatetimeIndex(begun.astype("datetime64[s]")))
    flat = position.astype(np.int64)
    inside = flat >= 0
    shape: list[int] = [len(starts)]
    for name, words in levels.items():
        column = cube[name]
        place = np.array([words.index(w) if w in words else -1 for w in column.cat.categories])
        codes = place[column.cat.codes.to_numpy()]
        inside &= codes >= 0
        flat = flat * len(words) + codes
        shape.append(len(words))

    def summed(name: str) -> npt.NDArray[np.float64]:
        weights = cube[name].to_numpy(float)[inside]
        flattened = np.bincount(flat[inside], weights, math.prod(shape)).astype(np.float64)
        return flattened.reshape(shape)

    counts, high, unread = (summed(name) for name in ("count", "high", "unread"))
    return counts.astype(np.int64), high, unread.astype(np.int64)


def _status(
    data: Dataset,
    period: Period,
    starts: pd.DatetimeIndex,
    levels: dict[str, list[str]],
    step: str,
    counts: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Index into `STATUSES` per cell, and whether the actor answers for it.

    A count where the actor does not answer, or was thought silent, was reported all the same.
    """
    by_actor = weekly_status(data.coverage, period, step)
    shape = (len(starts), *(len(words) for words in levels.values()))
    status = np.full(shape, STATUSES.index(NOT_RESPONSIBLE))
    asked = np.zeros(shape, dtype=bool)
    for i, actor in enumerate(levels["actor"]):
        own = by_actor[by_actor["actor"] == actor]["status"].map(STATUSES.index).to_numpy()
        for rule in data.settings.sources[actor].responsibilities:
            area = [not rule.areas or a in rule.areas for a in levels["area"]]
            kind = [
                not rule.categories or c in _mains(data, rule.categories)
                for c in levels["category"]
            ]
            when = _touched(starts, step, rule.start or dt.date.min, rule.end or dt.date.max)
            told = own.copy()
            for first, last in rule.silent:
                told[_touched(starts, step, first, last)] = STATUSES.index(SILENT)
            cells = np.ix_(when, np.array([i]), np.array(area), np.array(kind))
            status[cells] = np.broadcast_to(told[when][:, None, None, None], status[cells].shape)
        for j, name in enumerate(levels["area"]):
            there = data.settings.areas.get(name)
            if there is not None:
                exists = _touched(starts, step, there.first_day, there.last_day)
                status[~exists, i, j] = STATUSES.index(NOT_RESPONSIBLE)
        asked[:, i] = status[:, i] != STATUSES.index(NOT_RESPONSIBLE)
        silent = (status[:, i] == STATUSES.index(SILENT)) | (own == STATUSES.index(SILENT))[
            :, None, None
        ]
        heard = np.where(silent, STATUSES.index(PARTLY), own[:, None, None])
        met = (counts[:, i] > 0) & (status[:, i] >= STATUSES.index(SILENT))
        status[:, i] = np.where(met, heard, status[:, i])
        if data.published is not None:  # of one area no series is public
            seen = np.isin(starts.to_numpy("datetime64[D]"), data.published.steps[actor])
            unseen = ~seen | (data.area is not None)
            hidden = unseen[:, None, None] & (status[:, i] < STATUSES.index(SILENT))
            status[:, i] = np.where(hidden, STATUSES.index(SILENT), status[:, i])
    return status, asked


def _touched(
    starts: pd.DatetimeIndex, step: str, first: dt.date, last: dt.date
) -> npt.NDArray[np.bool_]:
    """Whether the week or month that begins on each start has one of some days."""
    begin = starts.to_numpy("datetime64[D]")
    if step == "week":
        after = begin + np.timedelta64(7, "D")
    else:
        after = (starts.to_numpy("datetime64[M]") + np.timedelta64(1, "M")).astype("datetime64[D]")
    return (after > np.datetime64(first)) & (begin <= np.datetime64(last))


def _mains(data: Dataset, categories: tuple[str, ...]) -> set[str]:
    return {data.settings.main_category(category) for category in categories}


def _grid(data: Dataset, by: list[str]) -> pd.Index:
    """Every combination that somebody answers for."""
    levels = {
        "actor": list(data.settings.sources),
        "area": _areas(data),
        "category": _with_reserved(data, "category", data.settings.main_categories()),
        "subcategory": [c.id for c in data.settings.categories.values() if c.parent],
    }
    if "actor" not in by:
        raise ValueError("by must contain 'actor': actors are never added together here")
    if len(by) == 1:
        return pd.Index(levels["actor"], name="actor")
    return pd.MultiIndex.from_product([levels[name] for name in by], names=by)


def answering(data: Dataset, rows: pd.DataFrame) -> list[Answering]:
    """Each row's actor, with those of its responsibilities that the row falls under.

    Parameters
    ----------
    rows
        ``actor`` and any of ``area``, ``category`` and ``subcategory``.
    """
    return [(row["actor"], _falls_under(data, row)) for row in rows.astype(str).to_dict("records")]


def _falls_under(data: Dataset, key: dict[Any, str]) -> tuple[Responsibility, ...]:
    """The actor's responsibilities that a combination falls under, while its areas exist."""
    category = key.get("subcategory") or key.get("category")
    areas = _of_areas(data, key.get("area"))
    found = []
    for rule in data.settings.sources[key["actor"]].responsibilities:
        if areas is not None:
            own = [area for area in areas if not rule.areas or area.id in rule.areas]
            if not own:
                continue
            rule = replace(
                rule,
                start=max(rule.start or dt.date.min, min(area.first_day for area in own)),
                end=min(rule.end or dt.date.max, max(area.last_day for area in own)),
            )
        named = category and rule.categories and category not in (UNKNOWN, UNMAPPED)
        mains = _mains(data, rule.categories) if named else set()
        if named and data.settings.main_category(str(category)) not in mains:
            continue
        found.append(rule)
    return tuple(found)


def _of_areas(data: Dataset, named: str | None) -> list[Area] | None:
    """The areas that a count is of; None when it may be of all, or of nobody knows which."""
    if named in (UNKNOWN, UNMAPPED) or (named is None and data.area is None):
        return None
    settings = data.settings
    inside = [named] if named is not None else settings.areas_within(str(data.area))
    return [settings.areas[area] for area in inside]


def reported_mask(
    data: Dataset, period: Period, actor: str, rules: tuple[Responsibility, ...]
) -> tuple[npt.NDArray[np.bool_], bool]:
    """Truth per day of `Coverage.counted_span`, reported under some rules; whether any holds."""
    first, last = data.coverage.counted_span(actor, period)
    if not data.coverage.tells_of(actor, period):  # whether it reported can be told all the same
        first, last = period.start, period.end
    mask = np.zeros(max((last - first).days + 1, 0), dtype=bool)
    answers = False
    for rule in rules:
        begin, end = max(rule.start or first, first), min(rule.end or last, last)
        if begin > end:
            continue
        answers = True
        offset = (begin - first).days
        reported = data.coverage.reported(actor, begin, end)
        for low, high in rule.silent:
            reported[max((low - begin).days, 0) : max((high - begin).days + 1, 0)] = False
        mask[offset : offset + len(reported)] |= reported
    return mask, answers


def _ordered(table: pd.DataFrame, data: Dataset, by: list[str], nameless: bool) -> pd.DataFrame:
    """Rows in the order of the settings, without combinations nobody answers for or met."""
    order = {
        "actor": list(data.settings.sources),
        "area": [*data.settings.areas, UNKNOWN, UNMAPPED],
        "category": [*data.settings.categories, UNKNOWN, UNMAPPED],
        "subcategory": [*data.settings.categories, UNKNOWN, UNMAPPED],
    }
    table = table[table["coverage"] != NOT_RESPONSIBLE]
    if not nameless:
        unnamed = table[by].isin([UNKNOWN, UNMAPPED]).any(axis=1)
        table = table[~(unnamed & (table["count"].fillna(0) == 0))]
    for name in by:
        table = table.assign(**{name: pd.Categorical(table[name], order[name])})
    return table.sort_values(by, ignore_index=True)
