"""Series over time: observed counts with their trend, taken apart, and side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.figures import steps, style
from est_analysis.figures.lanes import LANE, draw_lanes, lanes_of
from est_analysis.figures.panels import Panels
from est_analysis.figures.picture import Picture, Span
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PLOT_HEIGHT = 150.0  # points, of a trend figure
_RIGHT = 346.0  # points, where its axes end and the curves' names begin
_EVENT_LANES = 2  # for events with names; marks without take one or two more
_EVENT_GAP = 16.0  # points between marks that a reader can tell apart
_PERIOD: dict[str, Any] = {"facecolor": style.LIGHT_BLUE, "alpha": 0.45, "lw": 0}

Floats = npt.NDArray[np.float64]


def trend_figure(
    safe: SafeTable,
    language: Language,
    *,
    events: Sequence[Span] = (),
    interventions: Sequence[Span] = (),
    period: Span | None = None,
) -> Picture:
    """Draw observed counts over time with their trend.

    Answers: is there more or less than before, apart from season and chance?

    Parameters
    ----------
    safe
        ``start`` (Mondays or firsts of months, complete and in order), ``observed``, ``trend``;
        ``expected`` is drawn dashed when there. Steps without observed count are hatched when
        not reported, and marked with a diamond when hidden; neither is drawn as zero. A name in
        ``break`` is a dashed line at that step, across which no trend is drawn.
    events, interventions
        Named above the curve, each over its own days; events that stand close share a name, and
        those for which there is no room have a mark only.
    period
        The report's period, shaded and named.
    """
    start, end = steps.span(safe)
    names = [n for n in ("observed", "trend", "expected") if n in safe.data]
    most = max((float(np.nanmax(steps.values(safe, n), initial=1)) for n in names), default=1)
    left = style.number_room(most, language, 34)
    width = _RIGHT - left
    changes = _breaks(safe)
    marks = [*interventions, *changes]
    spans = [*marks, *_uncluttered(marks, events, start, end, width)]
    lanes = lanes_of(spans, start, end, width)
    top = 20 + LANE * (max(lanes) + 1 if lanes else 0) + (8 if lanes else 0)
    explained = period is not None or steps.not_reported(safe).any() or steps.hidden(safe).any()
    with style.drawing(top + (204 if explained else 184)) as figure:
        on = style.axes(figure, left, top, width, _PLOT_HEIGHT)
        on.set_ylim(0, most * 1.08)
        if period is not None:
            _shade_period(on, period, start, end)
        steps.hatch_missing(on, safe)
        _lines(on, safe, names)
        _draw_breaks(on, changes)
        style.gridlines(on)
        style.number_ticks(on, language)
        style.date_ticks(on, start, end, language)
        style.write(figure, left, 12, steps.unit(safe, language))
        _name_lines(on, safe, names, language)
        _explain(figure, safe, language, left, top + 198, period)
        if spans:
            above = style.axes(figure, left, 18, width, top - 24)
            draw_lanes(above, spans, lanes, len(interventions), start, end)
        return Picture(style.svg(figure))


def decomposition_figure(safe: SafeTable, language: Language) -> Picture:
    """Draw a series and the three parts it is the sum of, one above the other.

    Answers: how much of a rise is trend, how much season, how much is left? Columns ``start``,
    ``observed``, ``trend``, ``seasonal``, ``remainder``. Each panel has its own scale.
    """
    start, end = steps.span(safe)
    parts = ("observed", "trend", "seasonal", "remainder")
    known = [steps.values(safe, name) for name in parts]
    least = min(float(np.nanmin(one, initial=0)) for one in known)
    most = max(float(np.nanmax(one, initial=1)) for one in known)
    left = max(style.number_room(end, language, 36) for end in (least, most))
    height, gap, width = 70.0, 26.0, 416.0 - left
    changes = _breaks(safe)
    lanes = lanes_of(changes, start, end, width)
    above = LANE * (max(lanes) + 1) + 4 if lanes else 0
    with style.drawing(above + 4 * (height + gap) + 44) as figure:
        if changes:
            draw_lanes(style.axes(figure, left, 2, width, above - 4), changes, lanes, 0, start, end)
        for place, name in enumerate(parts):
            top = above + place * (height + gap)
            on = style.axes(figure, left, 20 + top, width, height)
            values = known[place]
            if name in ("seasonal", "remainder"):
                on.axhline(0, color=style.MUTED, linewidth=0.8)
                far = float(np.nanmax(np.abs(values), initial=1)) * 1.1
                on.set_ylim(-far, far)
            else:
                on.set_ylim(0, float(np.nanmax(values, initial=1)) * 1.08)
            if name in ("observed", "remainder"):
                steps.hatch_missing(on, safe)
            if name in ("observed", "trend"):
                _draw_breaks(on, changes)
            _draw_part(on, safe, name)
            style.gridlines(on)
            style.number_ticks(on, language, 3)
            style.date_ticks(on, start, end, language)
            if place < 3:
                on.tick_params(labelbottom=False)
            title = language.text(f"figure.{name}")
            style.write(figure, left, 14 + top, title, color=style.INK, weight="bold")
        _explain(figure, safe, language, left, above + 4 * (height + gap) + 36, None)
        return Picture(style.svg(figure))


def last_year_figure(safe: SafeTable, language: Language) -> Picture:
    """Draw a series beside the same weeks, or months, of the year before.

    Answers, where a series is too short for a trend: is this more than last year? Columns
    ``start``, ``observed`` (solid) and ``last_year`` (dashed). Hatched and marked as in
    `trend_figure` by what is observed; where last year is unknown there is no dashed line.
    """
    start, end = steps.span(safe)
    names = ["observed", "last_year"]
    known = [steps.values(safe, name) for name in names]
    most = max(float(np.nanmax(one, initial=1)) for one in known)
    left, top = style.number_room(most, language, 34), 20.0
    width = _RIGHT - left
    explained = steps.not_reported(safe).any() or steps.hidden(safe).any()
    with style.drawing(top + (204 if explained else 184)) as figure:
        on = style.axes(figure, left, top, width, _PLOT_HEIGHT)
        on.set_ylim(0, most * 1.08)
        steps.hatch_missing(on, safe)
        x = steps.middles(safe)
        on.plot(x, known[1], color=style.MUTED, lw=1.2, linestyle=(0, (4, 2)))
        on.plot(x, steps.values(safe, "observed"), color=style.BLUE, lw=1.8, marker="o", ms=2.5)
        steps.mark_hidden(on, safe)
        style.gridlines(on)
        style.number_ticks(on, language)
        style.date_ticks(on, start, end, language)
        style.write(figure, left, 12, steps.unit(safe, language))
        _name_lines(on, safe, names, language, strong="observed")
        _explain(figure, safe, language, left, top + 198, None)
        return Picture(style.svg(figure))


def small_multiples(
    safe: SafeTable, language: Language, *, by: str = "actor", common_y: bool = False
) -> Picture:
    """Draw one small trend figure per value of a column, on a common time axis.

    Answers: where is it that something changes? Columns ``start``, `by`, ``observed`` and, if
    wanted, ``trend``. Actors count different things: scales are their own unless `common_y`.
    """
    groups = list(dict.fromkeys(safe.data[by].dropna()))
    start, end = steps.span(safe)
    top_of_all = float(np.nanmax(steps.values(safe, "observed"), initial=1))
    names = [language.value(by, group) for group in groups]
    panels = Panels(names, top_of_all, language, 74, 50)
    with style.drawing(panels.bottom) as figure:
        for place, group in enumerate(groups):
            own = safe.select((safe.data[by] == group).to_numpy())
            on = panels.axes(figure, place)
            own_top = float(np.nanmax(steps.values(own, "observed"), initial=1))
            on.set_ylim(0, (top_of_all if common_y else own_top) * 1.1)
            steps.hatch_missing(on, own)
            _lines(on, own, [n for n in ("observed", "trend") if n in own.data], small=True)
            style.gridlines(on)
            style.number_ticks(on, language, 3)
            style.date_ticks(on, start, end, language)
        unit = steps.unit(safe, language) if common_y else language.text("figure.each_own_scale")
        style.write(figure, panels.left, 10, unit)
        _explain(figure, safe, language, panels.left, panels.bottom - 6, None)
        return Picture(style.svg(figure))


def _lines(on: Axes, safe: SafeTable, names: list[str], small: bool = False) -> None:
    x = steps.middles(safe)
    looks: dict[str, dict[str, Any]] = {
        "observed": {"color": style.LINE, "lw": 0.8, "marker": "" if small else "o", "ms": 1.8},
        "trend": {"color": style.BLUE, "lw": 1.8 if small else 2.4},
        "expected": {"color": style.RED, "lw": 1.4, "linestyle": (0, (4, 2))},
    }
    for name in names:
        cuts = _cuts(safe) if name == "trend" else []
        _plot(on, x, steps.values(safe, name), cuts, **looks[name])
    steps.mark_hidden(on, safe)


def _plot(on: Axes, x: Floats, values: Floats, cuts: Sequence[int], **look: Any) -> None:
    """Plot a line that does not cross the rows in `cuts`."""
    for part in np.split(np.arange(len(x)), cuts):
        on.plot(x[part], values[part], **look)


def _cuts(safe: SafeTable) -> list[int]:
    """Rows that begin after a break."""
    if "break" not in safe.data:
        return []
    return [int(row) for row in np.flatnonzero(safe.data["break"].notna().to_numpy())]


def _breaks(safe: SafeTable) -> list[Span]:
    starts = steps.starts(safe)
    return [
        Span(str(safe.data["break"].iloc[row]), starts[row], starts[row]) for row in _cuts(safe)
    ]


def _uncluttered(
    fixed: Sequence[Span],
    events: Sequence[Span],
    start: pd.Timestamp,
    end: pd.Timestamp,
    width: float,
) -> list[Span]:
    """Join events that stand close, and take the names off those that need a third lane."""
    near = (end - start) * (_EVENT_GAP / width)
    joined: list[list[Span]] = []
    for event in sorted(events, key=lambda e: (pd.Timestamp(e.start), e.name)):
        if joined and pd.Timestamp(event.start) - pd.Timestamp(joined[-1][0].start) <= near:
            joined[-1].append(event)
        else:
            joined.append([event])
    most = max(lanes_of(fixed, start, end, width), default=-1) + 1 + _EVENT_LANES
    kept: list[Span] = []
    for group in joined:
        names = list(dict.fromkeys(event.name for event in group))
        name = ", ".join(names)
        if style.text_width(name) > width / 2:
            name = names[0] + " …" * (len(names) > 1)
        until = None if group[-1].end is None else max(pd.Timestamp(e.end or end) for e in group)
        span = Span(name, group[0].start, until)
        fits = max(lanes_of([*fixed, *kept, span], start, end, width)) < most
        kept.append(span if fits else Span("", span.start, span.end))
    return kept


def _draw_breaks(on: Axes, breaks: Sequence[Span]) -> None:
    for span in breaks:
        place = style.day_number(span.start)
        on.axvline(place, color=style.INK, linewidth=0.9, linestyle=(0, (3, 2)))


def _draw_part(on: Axes, safe: SafeTable, name: str) -> None:
    x, values = steps.middles(safe), steps.values(safe, name)
    if name == "remainder":
        on.vlines(x, 0, values, color=style.LINE, linewidth=1.1)
    elif name == "observed":
        _lines(on, safe, ["observed"], small=True)
    else:
        cuts = _cuts(safe) if name == "trend" else []
        _plot(on, x, values, cuts, color=style.BLUE, lw=2.2 if name == "trend" else 1.3)


def _shade_period(on: Axes, period: Span, start: pd.Timestamp, end: pd.Timestamp) -> None:
    last = pd.Timestamp(period.end) + pd.Timedelta(days=1) if period.end else end
    on.axvspan(
        style.day_number(max(pd.Timestamp(period.start), start)),
        style.day_number(min(last, end)),
        zorder=0,
        **_PERIOD,
    )


def _name_lines(
    on: Axes, safe: SafeTable, names: list[str], language: Language, strong: str = "trend"
) -> None:
    """Write each curve's name at its right end, in its colour."""
    colours = {strong: style.BLUE, "expected": style.RED}
    ends, shown = [], []
    for name in names:
        values = steps.values(safe, name)
        known = values[~np.isnan(values)]
        if len(known):
            shown.append(name)
            ends.append(float(known[-1]))
    scale = on.get_ylim()[1] / _PLOT_HEIGHT
    for name, y in zip(shown, style.apart(ends, 13 * scale), strict=True):
        on.annotate(
            language.text(f"figure.{name}"),
            (1, max(y, 3 * scale)),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.TEXT,
            weight="bold" if name == strong else "normal",
            color=colours.get(name, style.MUTED),
            annotation_clip=False,
        )


def _explain(
    figure: Figure,
    safe: SafeTable,
    language: Language,
    left: float,
    y: float,
    period: Span | None,
) -> None:
    """Explain below the figure those marks that occur in it."""
    entries: list[tuple[str, dict[str, Any]]] = []
    if period is not None:
        entries.append((period.name, _PERIOD))
    if steps.not_reported(safe).any():
        entries.append((language.text("figure.not_reported"), steps.NOT_REPORTED))
    if steps.hidden(safe).any():
        entries.append((language.text("figure.hidden"), steps.HIDDEN))
    style.key(figure, left, y, entries)
