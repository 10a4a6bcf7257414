"""Series over time: observed counts with their trend, taken apart, and side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.figures import style
from est_analysis.figures.lanes import LANE, draw_lanes, lanes_of
from est_analysis.figures.picture import Picture, Span
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PLOT_HEIGHT = 150.0  # points, of a trend figure
_NOT_REPORTED: dict[str, Any] = {
    "facecolor": style.PALE,
    "edgecolor": "#9aa5ad",
    "hatch": style.HATCH,
    "lw": 0,
}
_HIDDEN: dict[str, Any] = {
    "marker": "D",
    "markersize": 4,
    "markerfacecolor": "white",
    "color": style.MUTED,
}
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
        not reported, and marked with a diamond when hidden; neither is drawn as zero.
    events, interventions
        Named above the curve, each over its own days.
    period
        The report's period, shaded and named.
    """
    spans = [*interventions, *events]
    start, end = _range(safe)
    width, left = 312.0, 34.0
    lanes = lanes_of(spans, start, end, width)
    top = 20 + LANE * (max(lanes) + 1 if lanes else 0) + (8 if lanes else 0)
    explained = period is not None or _not_reported(safe).any() or _hidden(safe).any()
    with style.drawing(top + (204 if explained else 184)) as figure:
        on = style.axes(figure, left, top, width, _PLOT_HEIGHT)
        names = [n for n in ("observed", "trend", "expected") if n in safe.data]
        most = max((float(np.nanmax(_values(safe, n), initial=1)) for n in names), default=1)
        on.set_ylim(0, most * 1.08)
        if period is not None:
            _shade_period(on, period, start, end)
        _missing(on, safe)
        _lines(on, safe, names)
        style.gridlines(on)
        style.number_ticks(on, language)
        style.date_ticks(on, start, end, language)
        style.write(figure, left, 12, _unit(safe, language))
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
    start, end = _range(safe)
    height, gap = 70.0, 26.0
    with style.drawing(4 * (height + gap) + 44) as figure:
        for place, name in enumerate(("observed", "trend", "seasonal", "remainder")):
            on = style.axes(figure, 36, 20 + place * (height + gap), 388, height)
            values = _values(safe, name)
            if name in ("seasonal", "remainder"):
                on.axhline(0, color=style.MUTED, linewidth=0.8)
                far = float(np.nanmax(np.abs(values), initial=1)) * 1.1
                on.set_ylim(-far, far)
            else:
                on.set_ylim(0, float(np.nanmax(values, initial=1)) * 1.08)
            if name in ("observed", "remainder"):
                _missing(on, safe)
            _draw_part(on, safe, name)
            style.gridlines(on)
            style.number_ticks(on, language, 3)
            style.date_ticks(on, start, end, language)
            if place < 3:
                on.tick_params(labelbottom=False)
            title = language.text(f"figure.{name}")
            style.write(
                figure, 36, 14 + place * (height + gap), title, color=style.INK, weight="bold"
            )
        _explain(figure, safe, language, 36, 4 * (height + gap) + 36, None)
        return Picture(style.svg(figure))


def small_multiples(
    safe: SafeTable, language: Language, *, by: str = "actor", common_y: bool = False
) -> Picture:
    """Draw one small trend figure per value of a column, on a common time axis.

    Answers: where is it that something changes? Columns ``start``, `by`, ``observed`` and, if
    wanted, ``trend``. Actors count different things: scales are their own unless `common_y`.
    """
    groups = list(dict.fromkeys(safe.data[by].dropna()))
    start, end = _range(safe)
    top_of_all = float(np.nanmax(_values(safe, "observed"), initial=1))
    rows = (len(groups) + 1) // 2
    width, height, gap = 178.0, 74.0, 50.0
    with style.drawing(max(rows, 1) * (height + gap) + 34) as figure:
        for place, group in enumerate(groups):
            own = safe.select((safe.data[by] == group).to_numpy())
            left = 30 + (place % 2) * (width + 34)
            top = 34 + (place // 2) * (height + gap)
            on = style.axes(figure, left, top, width, height)
            own_top = float(np.nanmax(_values(own, "observed"), initial=1))
            on.set_ylim(0, (top_of_all if common_y else own_top) * 1.1)
            _missing(on, own)
            _lines(on, own, [n for n in ("observed", "trend") if n in own.data], small=True)
            style.gridlines(on)
            style.number_ticks(on, language, 3)
            style.date_ticks(on, start, end, language)
            title = language.value(by, group)
            style.write(figure, left, top - 7, title, color=style.INK, weight="bold")
        unit = _unit(safe, language) if common_y else language.text("figure.each_own_scale")
        style.write(figure, 30, 10, unit)
        _explain(figure, safe, language, 30, max(rows, 1) * (height + gap) + 28, None)
        return Picture(style.svg(figure))


def _values(safe: SafeTable, name: str) -> Floats:
    column = safe.data[name].astype("Float64")
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), np.float64)


def _starts(safe: SafeTable) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(safe.data["start"])


def _monthly(safe: SafeTable) -> bool:
    days = _starts(safe).unique().sort_values().to_series().diff().dt.days
    return bool(days.median() > 20)


def _step(safe: SafeTable) -> pd.Timedelta:
    return pd.Timedelta(days=30 if _monthly(safe) else 7)


def _range(safe: SafeTable) -> tuple[pd.Timestamp, pd.Timestamp]:
    starts = _starts(safe)
    return starts.min(), starts.max() + _step(safe)


def _unit(safe: SafeTable, language: Language) -> str:
    return language.text("figure.per_month" if _monthly(safe) else "figure.per_week")


def _middles(safe: SafeTable) -> Floats:
    return np.array([style.day_number(start + _step(safe) / 2) for start in _starts(safe)])


def _lines(on: Axes, safe: SafeTable, names: list[str], small: bool = False) -> None:
    x = _middles(safe)
    looks: dict[str, dict[str, Any]] = {
        "observed": {"color": style.LINE, "lw": 0.8, "marker": "" if small else "o", "ms": 1.8},
        "trend": {"color": style.BLUE, "lw": 1.8 if small else 2.4},
        "expected": {"color": style.RED, "lw": 1.4, "linestyle": (0, (4, 2))},
    }
    for name in names:
        on.plot(x, _values(safe, name), **looks[name])
    _mark_hidden(on, safe)


def _mark_hidden(on: Axes, safe: SafeTable) -> None:
    hidden = _hidden(safe)
    if hidden.any():
        on.plot(
            _middles(safe)[hidden], np.zeros(int(hidden.sum())), ls="", clip_on=False, **_HIDDEN
        )


def _draw_part(on: Axes, safe: SafeTable, name: str) -> None:
    x, values = _middles(safe), _values(safe, name)
    if name == "remainder":
        on.vlines(x, 0, values, color=style.LINE, linewidth=1.1)
    elif name == "observed":
        _lines(on, safe, ["observed"], small=True)
    else:
        on.plot(x, values, color=style.BLUE, lw=2.2 if name == "trend" else 1.3)


def _missing(on: Axes, safe: SafeTable) -> None:
    """Hatch the stretches that nobody reported."""
    gone = _not_reported(safe)
    starts = _starts(safe)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], gone.astype(int), [0]))))
    for first, last in edges.reshape(-1, 2):
        on.axvspan(
            style.day_number(starts[first]),
            style.day_number(starts[last - 1] + _step(safe)),
            **_NOT_REPORTED,
        )


def _not_reported(safe: SafeTable) -> npt.NDArray[np.bool_]:
    gone = np.isnan(_values(safe, "observed")) & ~_hidden(safe)
    return np.asarray(gone, np.bool_)


def _hidden(safe: SafeTable) -> npt.NDArray[np.bool_]:
    return np.asarray(safe.hidden["observed"], np.bool_)


def _shade_period(on: Axes, period: Span, start: pd.Timestamp, end: pd.Timestamp) -> None:
    last = pd.Timestamp(period.end) + pd.Timedelta(days=1) if period.end else end
    on.axvspan(
        style.day_number(max(pd.Timestamp(period.start), start)),
        style.day_number(min(last, end)),
        zorder=0,
        **_PERIOD,
    )


def _name_lines(on: Axes, safe: SafeTable, names: list[str], language: Language) -> None:
    """Write each curve's name at its right end, in its colour."""
    colours = {"observed": style.MUTED, "trend": style.BLUE, "expected": style.RED}
    ends, shown = [], []
    for name in names:
        values = _values(safe, name)
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
            weight="bold" if name == "trend" else "normal",
            color=colours[name],
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
    if _not_reported(safe).any():
        entries.append((language.text("figure.not_reported"), _NOT_REPORTED))
    if _hidden(safe).any():
        entries.append((language.text("figure.hidden"), _HIDDEN))
    style.key(figure, left, y, entries)
