"""Looking ahead: a forecast with its uncertainty, and the coming weeks beside an ordinary one."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.figures import steps, style
from est_analysis.figures.dots import finite, row_frame, short_number
from est_analysis.figures.expected import (
    KEY_LINE,
    POINT,
    key_lines,
    labels_at_end,
    mark,
    no_picture,
    write_key,
)
from est_analysis.figures.picture import Picture
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FAN = {95: "#dbe9f4", 80: "#b5d1e5", 50: "#82b1d2"}  # per cent → from pale to strong
_ROW, _LINE = 16.0, 12.0  # points
_LEFT, _PLOT, _EVENTS = 84.0, 130.0, 238.0
_EVENT_LETTERS, _EVENT_LINES = 36, 2
_RISKS: dict[str, dict[str, Any]] = {
    "high": {"marker": "^", "ms": 7, "color": style.RED},
    "low": {"marker": "v", "ms": 7, "color": style.BLUE},
}

_Row = dict[Hashable, Any]


def forecast_figure(safe: SafeTable, language: Language) -> Picture:
    """Draw one actor's past counts and what is expected of the coming steps, as a fan.

    Answers: how many may come, and how sure is that? Half of the steps are expected in the darkest
    field, 80 and 95 per cent in the paler ones.

    Parameters
    ----------
    safe
        ``when`` (``past`` or ``coming``), ``start`` (in order), ``observed`` (missing when
        coming), ``expected`` and ``lower_50`` to ``upper_95``. Past steps that were not reported
        are hatched and hidden ones marked with a diamond; neither is drawn as zero.
    """
    if safe.data.empty:
        return no_picture(language)
    most = max(float(np.nanmax(steps.values(safe, n), initial=1)) for n in ("observed", "upper_95"))
    left, top, height = style.number_room(most, language, 34), 24.0, 150.0
    width = 352.0 - left
    coming = (safe.data["when"] == "coming").to_numpy()
    past, ahead = safe.select((~coming).tolist()), safe.select(coming.tolist())
    start, end = steps.span(safe)
    entries = [(language.text("figure.observed"), POINT)]
    if steps.not_reported(past).any():
        entries.append((language.text("figure.not_reported"), steps.NOT_REPORTED))
    if steps.hidden(past).any():
        entries.append((language.text("figure.hidden"), steps.HIDDEN))
    below = top + height + 42
    with style.drawing(below + KEY_LINE * key_lines(entries, left) + 8) as figure:
        on = style.axes(figure, left, top, width, height)
        on.set_ylim(0, most * 1.08)
        steps.hatch_missing(on, past)
        _fan(on, ahead)
        on.plot(
            steps.middles(past), steps.values(past, "observed"), color=style.LINE, lw=0.7, **_thin()
        )
        steps.mark_hidden(on, past)
        style.gridlines(on)
        style.number_ticks(on, language)
        style.date_ticks(on, start, end, language)
        _name_fan(on, ahead, language, height)
        if len(ahead.data):
            now = style.day_number(steps.starts(ahead)[0])
            on.axvline(now, color=style.INK, lw=0.9, ls=(0, (2, 2)))
            x = left + width * (now - style.day_number(start)) / (end - start).days
            style.write(figure, x, 16, language.text("figure.now"), ha="center", color=style.INK)
        style.write(figure, left, 12, steps.unit(safe, language))
        write_key(figure, left, below, entries)
        y = below + KEY_LINE * key_lines(entries, left)
        style.write(figure, left, y, language.text(f"figure.fan_{steps.word(ahead)}"))
        return Picture(style.svg(figure))


def _thin() -> dict[str, Any]:
    return {"marker": "o", "ms": 2.6, "mfc": style.INK, "mec": style.INK}


def _fan(on: Axes, ahead: SafeTable) -> None:
    """Draw the fields, whole weeks wide: a count to come is a whole number."""
    if not len(ahead.data):
        return
    edges = [style.day_number(day) for day in (*steps.starts(ahead), steps.span(ahead)[1])]
    for level, colour in _FAN.items():
        ends = [steps.values(ahead, f"{side}_{level}") for side in ("lower", "upper")]
        lower, upper = (np.append(end, end[-1]) for end in ends)
        on.fill_between(edges, lower, upper, step="post", facecolor=colour, lw=0)
    x, expected = steps.middles(ahead), steps.values(ahead, "expected")
    half = steps.length(ahead).days / 2
    ends_too = np.concatenate(([x[0] - half], x, [x[-1] + half]))
    on.plot(
        ends_too,
        np.concatenate((expected[:1], expected, expected[-1:])),
        color=style.BLUE,
        lw=1.8,
        solid_capstyle="butt",
    )


def _name_fan(on: Axes, ahead: SafeTable, language: Language, height: float) -> None:
    """Write each field's share at its upper edge, and the expected count's name at its line."""
    if not len(ahead.data):
        return
    labels = [(steps.values(ahead, "expected")[-1], language.text("figure.expected"), style.BLUE)]
    for level in _FAN:
        edge = steps.values(ahead, f"upper_{level}")[-1]
        labels.append((float(edge), language.percent(level), style.MUTED))
    labels_at_end(on, [entry for entry in labels if not np.isnan(entry[0])], height)


def year_strip(safe: SafeTable, language: Language) -> Picture:
    """Draw the coming weeks one below the other, each beside an ordinary week of the year.

    Answers: which weeks should be prepared for, and what happens in them? The axis is logarithmic:
    half as many is as far from an ordinary week as twice as many.

    Parameters
    ----------
    safe
        One actor: ``start`` (Mondays), ``events`` (text, shortened to two lines; the table has
        all), ``index`` (times an ordinary week), ``index_lower``, ``index_upper``, ``risk``
        (``high``, ``low``, ``ordinary``), and the count that the index comes from.
    """
    if safe.data.empty:
        return no_picture(language)
    rows = [safe.data.loc[place].to_dict() for place in safe.data.index]
    events = [_event_lines("" if pd.isna(row["events"]) else str(row["events"])) for row in rows]
    heights = [_ROW + _LINE * (max(len(lines), 1) - 1) for lines in events]
    tops = 40 + np.concatenate(([0.0], np.cumsum(heights)))
    top, height = 40.0, float(tops[-1]) - 40
    met = [name for name in _RISKS if any(str(row["risk"]) == name for row in rows)]
    entries = [(language.text(f"figure.risk.{name}"), _RISKS[name]) for name in met]
    with style.drawing(top + height + 38 + 16 * len(entries[:1])) as figure:
        on = style.axes(figure, _LEFT, top, _PLOT, height)
        on.patch.set_visible(False)
        limit = _reach(rows)
        _ratio_axis(on, limit, language)
        on.set_ylim(height, 0)
        middle = _LEFT + _PLOT / 2
        style.write(figure, middle, 14, language.text("figure.ordinary"), ha="center")
        style.write(figure, middle - 14, 30, f"← {language.text('figure.fewer')}", ha="right")
        style.write(figure, middle + 14, 30, f"{language.text('figure.more')} →")
        style.write(figure, _EVENTS, 30, language.text("figure.in_the_week"))
        title = language.text("figure.times_ordinary")
        style.write(figure, middle, top + height + 30, title, ha="center")
        for place, row in enumerate(rows):
            y = float(tops[place]) + 11.5
            _week(figure, row["start"], y, language)
            if place and row["start"].month != rows[place - 1]["start"].month:
                _rule(figure, float(tops[place]))
            why = "hidden" if bool(safe.hidden["index"].iloc[place]) else "no_data"
            if finite(row["index"]):
                _index_row(on, y - 3.5 - top, row, limit)
                if str(row["risk"]) in _RISKS:
                    mark(figure, _EVENTS - 13, y - 3.5, _RISKS[str(row["risk"])])
            else:
                style.write(figure, middle, y, language.text(f"figure.{why}"), ha="center")
            ink = {"color": style.INK}
            for number, line in enumerate(events[place]):
                style.write(figure, _EVENTS, y + number * _LINE, line, **ink)
        style.key(figure, 8, top + height + 48, entries)
        return Picture(style.svg(figure))


def _event_lines(text: str) -> list[str]:
    return textwrap.wrap(text, _EVENT_LETTERS, max_lines=_EVENT_LINES, placeholder=" …")


def _reach(rows: list[_Row]) -> float:
    """How far from 1 the axis goes: at least 1.5 and at most 4 times."""
    ends = [row[name] for row in rows for name in ("index", "index_lower", "index_upper")]
    far = [abs(math.log(float(end))) for end in ends if finite(end) and end > 0]
    return min(max(math.exp(max(far, default=0.0)) * 1.05, 1.6), 4.2)


def _ratio_axis(on: Axes, limit: float, language: Language) -> None:
    on.set_xscale("log")
    on.set_xlim(1 / limit, limit)
    row_frame(on, 1)
    on.axvline(1, color=style.INK, lw=0.9)
    marks = (0.25, 0.5, 1, 2, 4) if limit > 2 else (0.75, 1, 1.5)
    ticks = [tick for tick in marks if 1 / limit <= tick <= limit]
    on.set_xticks(ticks, [short_number(tick, language) for tick in ticks])
    on.set_xticks([], minor=True)


def _week(figure: Figure, start: pd.Timestamp, y: float, language: Language) -> None:
    """Write a week's number and its Monday."""
    text = language.text("figure.week", number=start.isocalendar().week)
    style.write(figure, 8, y, text, color=style.INK)
    month = language.text(f"month_short.{start.month}")
    day = language.text("figure.day_month", day=start.day, month=month)
    style.write(figure, _LEFT - 8, y, day, ha="right")


def _rule(figure: Figure, y: float) -> None:
    """Draw a faint line across, between months."""
    from matplotlib.lines import Line2D

    at = 1 - y / (figure.get_figheight() * 72)
    ends = (8 / style.WIDTH, 1 - 8 / style.WIDTH)
    figure.add_artist(Line2D(ends, (at, at), color=style.GRID, lw=0.8, zorder=-1))


def _index_row(on: Axes, y: float, row: _Row, limit: float) -> None:
    colour = _RISKS.get(str(row["risk"]), {}).get("color", style.MUTED)
    if finite(row["index_lower"]) and finite(row["index_upper"]):
        low, high = max(float(row["index_lower"]), 1 / limit), min(float(row["index_upper"]), limit)
        on.hlines(y, low, high, color=colour, lw=1.6)
    at = min(max(float(row["index"]), 1 / limit), limit)
    face = "white" if colour == style.MUTED else colour
    on.plot([at], [y], "o", ms=5.5, mec=colour, mfc=face, mew=1.3)
