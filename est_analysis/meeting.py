"""What the weekly meeting goes through: actors, insatser, decisions, the coming weeks."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from est_analysis.calendar import Period
from est_analysis.config import Decision, Settings
from est_analysis.counts.dataset import Dataset
from est_analysis.counts.panel import period_totals
from est_analysis.errors import SettingsError
from est_analysis.follow_up import interventions_in
from est_analysis.occasions import events_in
from est_analysis.privacy import personal_data_in

SOON = dt.timedelta(weeks=4)  # a follow-up due within this is on the agenda


def decisions_in(settings: Settings, period: Period) -> pd.DataFrame:
    """Decisions as they stood at a period's end: those of the period, and those that wait.

    Nothing decided after the period's end, so that the report of a week is the same next year.

    Returns
    -------
    DataFrame
        ``decision``, ``date``, ``what``, ``owner``, ``due``, ``state``: ``overdue``, ``open``,
        ``new`` (taken in the period and not yet done), ``done`` or ``dropped`` (in the period).
        What waits longest comes first, what was settled last.

    Raises
    ------
    SettingsError
        Where a text of the log holds an identity number, a telephone number or an address.
    """
    _refuse_persons(settings)
    rows = []
    for decision in settings.decisions:
        state = _state(decision, period)
        if state is not None:
            rows.append(
                {
                    "decision": decision.id,
                    "date": pd.Timestamp(decision.date),
                    "what": decision.what,
                    "owner": decision.owner,
                    "due": pd.Timestamp(decision.due) if decision.due else pd.NaT,
                    "state": state,
                }
            )
    columns = ["decision", "date", "what", "owner", "due", "state"]
    table = pd.DataFrame(rows, columns=columns)
    order = ["overdue", "open", "new", "done", "dropped"]
    rank = table["state"].map(order.index)
    table = table.assign(rank=rank).sort_values(["rank", "due", "date"], ignore_index=True)
    return table.drop(columns="rank").astype({"date": "datetime64[s]", "due": "datetime64[s]"})


def _refuse_persons(settings: Settings) -> None:
    for decision in settings.decisions:
        for key in ("what", "owner", "note"):
            kind = personal_data_in(getattr(decision, key))
            if kind is not None:
                raise SettingsError(
                    "cannot use decisions.yaml",
                    expected="functions and places, never a person",
                    found=f'personal data ({kind}) in "{key}" of the decision "{decision.id}"',
                    change=f"write it without, in {settings.folder / 'decisions.yaml'}",
                    otherwise="no decisions are shown",
                )


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
    """What each actor reported in a period, does, and has to follow up.

    Returns
    -------
    DataFrame
        ``actor``, ``count`` (NA when nothing was reported), ``coverage``, ``doing`` (names of the
        insatser whose data the actor gives and that run), ``follow_ups`` (of them, overdue or due
        within four weeks), ``decisions`` (that it owns and that wait). Texts; "" for none.
    """
    totals = period_totals(data, period, ["actor"])
    insatser = interventions_week(data.settings, period).set_index("intervention")
    waiting = decisions_in(data.settings, period)
    waiting = waiting[waiting["state"].isin(["overdue", "open", "new"])]
    rows = []
    for row in totals.to_dict("records"):
        actor = str(row["actor"])
        own = [
            name
            for name, insats in data.settings.interventions.items()
            if actor in insats.actors and name in insatser.index
        ]
        mine = insatser.loc[own]
        running = mine[mine["state"].isin(["new", "running"])]
        due = mine[mine["follow_up_state"].isin(["overdue", "due"])]
        due = due[due["follow_up"] <= pd.Timestamp(period.end + SOON)]
        names = {actor, data.settings.sources[actor].name}
        rows.append(
            {
                "actor": actor,
                "count": row["count"],
                "coverage": row["coverage"],
                "doing": ", ".join(running["name"]),
                "follow_ups": ", ".join(due["name"]),
                "decisions": ", ".join(waiting.loc[waiting["owner"].isin(names), "what"]),
            }
        )
    columns = ["actor", "count", "coverage", "doing", "follow_ups", "decisions"]
    return pd.DataFrame(rows, columns=columns).astype({"count": "Int64"})


def coming_events(data: Dataset, period: Period, language: str = "sv") -> pd.DataFrame:
    """Calendar events of the four weeks after a period, as `events_in`."""
    first = period.end + dt.timedelta(days=1)
    return events_in(data, Period("", "days", first, period.end + SOON), language)
