"""What the weekly meeting goes through: actors, insatser, decisions, the coming weeks."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Decision, Settings
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import period_totals
from est_analysis.follow_up import interventions_in
from est_analysis.listing import listing
from est_analysis.occasions import events_in

TASKS = ("doing", "follow_ups", "decisions")
SOON = dt.timedelta(weeks=4)  # a follow-up due within this is on the agenda


def decisions_in(settings: Settings, period: Period, language: str = "sv") -> pd.DataFrame:
    """Decisions as they stood at a period's end: those of the period, and those that wait.

    Nothing decided after the period's end, so that the report of a week is the same next year.

    Returns
    -------
    DataFrame
        ``decision``, ``date``, ``what``, ``name`` (of the insats, where it is about one),
        ``concerns`` (names of areas and types), ``owner``, ``due``, ``state``: ``overdue``,
        ``open``, ``new`` (taken in the period and not yet done), ``done`` or ``dropped`` (in the
        period); ``note``. What waits longest comes first, what was settled last.
    """
    rows = []
    for decision in settings.decisions:
        state = _state(decision, period)
        if state is not None:
            rows.append(
                {
                    "decision": decision.id,
                    "date": pd.Timestamp(decision.date),
                    "what": decision.what,
                    "name": _insats(decision, settings),
                    "concerns": _concerns(decision, settings, language),
                    "owner": decision.owner,
                    "due": pd.Timestamp(decision.due) if decision.due else pd.NaT,
                    "state": state,
                    "note": decision.note,
                }
            )
    columns = ["decision", "date", "what", "name", "concerns", "owner", "due", "state", "note"]
    table = pd.DataFrame(rows, columns=columns)
    order = ["overdue", "open", "new", "done", "dropped"]
    rank = table["state"].map(order.index)
    table = table.assign(rank=rank).sort_values(["rank", "due", "date"], ignore_index=True)
    return table.drop(columns="rank").astype({"date": "datetime64[s]", "due": "datetime64[s]"})


def _insats(decision: Decision, settings: Settings) -> str:
    return settings.interventions[decision.intervention].name if decision.intervention else ""


def _concerns(decision: Decision, settings: Settings, language: str) -> str:
    areas = [settings.areas[area].name for area in decision.areas]
    kinds = [settings.categories[word].named(language) for word in decision.categories]
    return listing([*areas, *kinds])


def _state(decision: Decision, period: Period) -> str | None:
    """How a decision stood at the period's end; None when it is not on the agenda."""
    if decision.date > period.end:
        return None
    taken_now = decision.date >= period.start
    if decision.settled is not None and decision.settled <= period.end:
        return decision.status if decision.settled >= period.start else None
    if decision.due is not None and decision.due < period.end:
        return "overdue"
    return "new" if taken_now else "open"


def interventions_week(settings: Settings, period: Period) -> pd.DataFrame:
    """Insatser that are new, running or ended in a period, and follow-ups that are due or overdue.

    Returns
    -------
    DataFrame
        As `interventions_in`, as it stood at the period's end: planned ones only where they begin
        within four weeks; ended ones only in the period, or while their follow-up waits.
    """
    table = interventions_in(settings, period, period.end, past=True)
    end = pd.Timestamp(period.end)
    soon = end + pd.Timedelta(SOON)
    planned = (table["state"] == "planned") & (table["start"] > soon)
    ended = (table["state"] == "ended") & (table["end"] < pd.Timestamp(period.start))
    waits = table["follow_up_state"].isin(["overdue", "due"]) & (table["follow_up"] <= soon)
    return table[~planned & (~ended | waits)].reset_index(drop=True)


def actor_week(data: Dataset, period: Period) -> pd.DataFrame:
    """What each actor reported in a period, and what it answers for.

    Returns
    -------
    DataFrame
        ``actor``, ``count`` (NA when nothing was reported), ``coverage``, ``doing`` (names of the
        insatser that it owns and that run), ``follow_ups`` (of those it owns, overdue or due within
        four weeks), ``decisions`` (that it owns and that wait). Texts; "" for none. An actor owns
        what has its id or one of its names as ``owner``.
    """
    totals = period_totals(data, period, ["actor"])
    owned = _owned(data.settings, period)
    rows = [
        {
            "actor": row["actor"],
            "count": row["count"],
            "coverage": row["coverage"],
            **_tasks(owned[owned["actor"] == str(row["actor"])]),
        }
        for row in totals.to_dict("records")
    ]
    columns = ["actor", "count", "coverage", *TASKS]
    return pd.DataFrame(rows, columns=columns).astype({"count": "Int64"})


def owners_week(settings: Settings, period: Period) -> pd.DataFrame:
    """What those answer for who own insatser or decisions and deliver nothing.

    Returns
    -------
    DataFrame
        ``owner`` and ``doing``, ``follow_ups`` and ``decisions`` as in `actor_week`.
    """
    owned = _owned(settings, period)
    others = owned[owned["actor"] == ""]
    rows = [{"owner": owner, **_tasks(own)} for owner, own in others.groupby("owner", sort=False)]
    return pd.DataFrame(rows, columns=["owner", *TASKS])


def _owned(settings: Settings, period: Period) -> pd.DataFrame:
    """Every task of a period: ``owner``, ``actor`` ("" where it is none), ``task``, ``what``."""
    insatser = interventions_week(settings, period)
    runs = insatser["state"].isin(["new", "running"])
    due = insatser["follow_up_state"].isin(["overdue", "due"])
    due &= insatser["follow_up"] <= pd.Timestamp(period.end + SOON)
    decided = decisions_in(settings, period)
    waits = decided["state"].isin(["overdue", "open", "new"])
    parts = [("doing", insatser[runs], "name"), ("follow_ups", insatser[due], "name"),
             ("decisions", decided[waits], "what")]  # fmt: skip
    rows = [
        (owner, task, what)
        for task, table, column in parts
        for owner, what in zip(table["owner"], table[column], strict=True)
    ]
    names = {
        name.casefold(): source.actor
        for source in settings.sources.values()
        for name in (source.actor, source.name, source.name_en)
        if name
    }
    table = pd.DataFrame(rows, columns=["owner", "task", "what"], dtype="str")
    return table.assign(actor=[names.get(owner.casefold(), "") for owner in table["owner"]])


def _tasks(owned: pd.DataFrame) -> dict[str, str]:
    return {task: listing(owned.loc[owned["task"] == task, "what"]) for task in TASKS}


def coming_events(data: Dataset, period: Period, language: str = "sv") -> pd.DataFrame:
    """Calendar events of the four weeks after a period, as `events_in`."""
    first = period.end + dt.timedelta(days=1)
    return events_in(data, Period("", "days", first, period.end + SOON), language)
