"""The data an insats is judged by: its own types told apart, and its own days alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis import calendar
from est_analysis.calendar import Period
from est_analysis.config import Intervention, Settings
from est_analysis.counts.dataset import Dataset

_DAY = dt.timedelta(days=1)
YEAR = dt.timedelta(weeks=52)


def judged(data: Dataset, insats: Intervention, last: dt.date) -> Dataset:
    """The data as one insats needs them, up to the last day that is judged.

    The panel, the expected counts and the designs then work as they do for everything else: a
    sub-type is a type, and a week of which a part lies outside is a week reported in part.
    """
    return own_days(told_apart(data, insats.categories), insats, last)


def told_apart(data: Dataset, categories: Iterable[str]) -> Dataset:
    """The same with the sub-types among some categories, and their siblings, as types of their own.

    Incidents of no sub-type stay under the main type, which then stands for the rest.
    """
    settings = data.settings
    split = mains_split(settings, categories)
    finer = {c.id for c in settings.categories.values() if c.parent in split}
    if not finer:
        return data
    main, leaf = (data.incidents[name].astype(object) for name in ("category", "subcategory"))
    words = list(dict.fromkeys([*data.incidents["category"].cat.categories, *sorted(finer)]))
    category = pd.Categorical(main.where(~leaf.isin(finer), leaf), words)
    return replace(
        data,
        incidents=data.incidents.assign(category=category),
        settings=_finer(settings, split, finer),
    )


def mains_split(settings: Settings, categories: Iterable[str]) -> set[str]:
    """The main types of which only sub-types are among some categories."""
    named = set(categories)
    return {settings.main_category(word) for word in named} - named


def tells_apart(data: Dataset, actor: str, categories: Iterable[str]) -> bool:
    """Whether an actor's incidents have sub-types, where some categories ask for them.

    An export with main types only says nothing of a sub-type: not that there was none.
    """
    split = mains_split(data.settings, categories)
    incidents = data.incidents
    leaf = incidents.loc[
        (incidents["actor"] == actor) & incidents["category"].isin(split), "subcategory"
    ]
    finer = {c.id for c in data.settings.categories.values() if c.parent in split}
    return leaf.empty or bool(leaf.isin(finer).any())


def kinds_of(settings: Settings, categories: Iterable[str]) -> set[str]:
    """Some categories and their sub-types: two insatser that share one are for the same."""
    named = set(categories)
    return named | {c.id for c in settings.categories.values() if c.parent in named}


def beside(settings: Settings, insats: Intervention, last: dt.date) -> tuple[Intervention, ...]:
    """Other insatser for the same types that ran at some time since a year before the start.

    Also those that had ended when it began: what they did is in the baseline.
    """
    kinds = kinds_of(settings, insats.categories)
    return tuple(
        other
        for other in settings.interventions.values()
        if other.id != insats.id
        and kinds_of(settings, other.categories) & kinds
        and other.start <= last
        and (other.end is None or other.end >= insats.start - YEAR)
    )


def own_days(data: Dataset, insats: Intervention, last: dt.date) -> Dataset:
    """The same without the days of the first and last step judged that are not counted.

    The days before the start in its week are neither before nor after: they are left out.
    """
    keep = np.ones(len(data.incidents), dtype=bool)
    actor = data.incidents["actor"]
    when = data.incidents["day"].to_numpy("datetime64[D]")
    days = {}
    for name, told in data.coverage.days.items():
        step = data.coverage.step_of(name)
        steps = [_step_of(day, step) for day in (begun(insats), last)]
        number = data.coverage.first.astype("datetime64[D]") + np.arange(len(told))
        first, end = counted_days(data, name, insats, last)
        days[name] = told & ~_outside(number, steps, first, end)
        keep &= (actor != name).to_numpy() | ~_outside(when, steps, first, end)
    coverage = replace(data.coverage, days=days)
    return replace(data, incidents=data.incidents[keep], coverage=coverage)


def begun(insats: Intervention) -> dt.date:
    """The first day on which an effect is expected: the start, after a declared delay."""
    return insats.start + dt.timedelta(weeks=insats.expected_delay_weeks)


def counted_days(
    data: Dataset, actor: str, insats: Intervention, last: dt.date
) -> tuple[dt.date, dt.date]:
    """First and last day that an actor's incidents are counted; none when the last is earlier.

    From the first day of an expected effect to the last one judged. Of dates known to the week or
    the month only, those that are counted in these days.
    """
    first = begun(insats)
    if first > last:
        return first, first - _DAY
    return data.coverage.counted_span(actor, Period("", "days", first, last))


def _step_of(day: dt.date, step: str) -> tuple[np.datetime64, np.datetime64]:
    """The first and the last day of a day's week or month."""
    one = Period("", "days", day, day)
    if step == "week":
        start = calendar.mondays_in(one)[0]
        return np.datetime64(start, "D"), np.datetime64(start, "D") + 6
    start = calendar.months_in(one)[0]
    return np.datetime64(start, "D"), np.datetime64(start + pd.offsets.MonthEnd(0), "D")


def _outside(
    days: npt.NDArray[np.datetime64],
    steps: list[tuple[np.datetime64, np.datetime64]],
    first: dt.date,
    last: dt.date,
) -> npt.NDArray[np.bool_]:
    """Days of some steps that are not counted."""
    cut = np.zeros(len(days), dtype=bool)
    for begin, end in steps:
        cut |= (days >= begin) & (days <= end)
    return cut & ((days < np.datetime64(first)) | (days > np.datetime64(last)))


def _finer(settings: Settings, split: set[str], finer: set[str]) -> Settings:
    """The settings in which sub-types of some main types are types, for whoever names the main."""

    def named(words: tuple[str, ...]) -> tuple[str, ...]:
        more = {c.id for c in settings.categories.values() if c.parent in split & set(words)}
        return (*words, *sorted(more - set(words)))

    return replace(
        settings,
        categories={
            name: replace(one, parent=None) if name in finer else one
            for name, one in settings.categories.items()
        },
        sources={
            name: replace(
                source,
                responsibilities=tuple(
                    replace(rule, categories=named(rule.categories))
                    for rule in source.responsibilities
                ),
            )
            for name, source in settings.sources.items()
        },
        breaks=tuple(replace(item, categories=named(item.categories)) for item in settings.breaks),
    )
