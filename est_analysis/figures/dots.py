"""Dots with intervals: how sure is a change, and which areas have most."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from est_analysis.disclosure import SafeTable
from est_analysis.figures import style
from est_analysis.figures.picture import Picture
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Row = dict[Hashable, Any]
_ROW = 24.0
_LEFT, _PLOT = 146.0, 170.0
_COLOURS = {"increase": style.RED, "decrease": style.BLUE}


def comparison_dots(safe: SafeTable, language: Language, *, label: str = "label") -> Picture:
    """Draw ratios with their intervals on a logarithmic axis where 1 means no change.

    Answers: which changes are more than chance? Columns `label`, ``ratio``, ``lower``,
    ``upper`` and, if wanted, ``verdict``: a clear increase or decrease is filled and coloured,
    the rest is hollow. Rows keep their order. An end outside the axis is an arrow; a row without
    ratio says why.
    """
    rows = [safe.data.loc[place].to_dict() for place in safe.data.index]
    limit = _reach(rows)
    height = max(len(rows), 1) * _ROW
    with style.drawing(height + 66) as figure:
        on = style.axes(figure, _LEFT, 30, _PLOT, height)
        on.set_xscale("log")
        on.set_xlim(1 / limit, limit)
        row_frame(on, len(rows))
        on.axvline(1, color=style.INK, linewidth=1)
        ticks = [t for t in (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8) if 1 / limit <= t <= limit]
        on.set_xticks(ticks, [short_number(t, language) for t in ticks])
        on.set_xticks([], minor=True)
        for place, row in enumerate(rows):
            _label(figure, language.value(label, row[label]), 30 + (place + 0.5) * _ROW)
            _ratio_row(on, place, row, limit)
            text = _ratio_text(safe, place, row, language)
            style.write(figure, _LEFT + _PLOT + 8, 30 + (place + 0.5) * _ROW + 3, text)
        middle = _LEFT + _PLOT / 2
        style.write(figure, middle, 12, language.text("figure.unchanged"), ha="center")
        style.write(figure, middle - 40, 24, f"← {language.text('figure.fewer')}", ha="right")
        style.write(figure, middle + 40, 24, f"{language.text('figure.more')} →")
        style.write(figure, middle, height + 60, language.text("figure.ratio"), ha="center")
        return Picture(style.svg(figure))


def area_dots(safe: SafeTable, language: Language, *, label: str = "area") -> Picture:
    """Draw rates per 1,000 inhabitants, highest first.

    Answers: where is there most, for its size, and how sure is the order? Columns `label`,
    ``per_1000`` and, if wanted, ``lower_per_1000`` and ``upper_per_1000``. Areas without a rate
    come last and say why.
    """
    order = safe.data["per_1000"].astype("Float64").fillna(-1).sort_values(ascending=False).index
    rows = [safe.data.loc[place].to_dict() for place in order]
    ends = [row.get("upper_per_1000", row["per_1000"]) for row in rows]
    known = [v for v in (*ends, *(r["per_1000"] for r in rows)) if finite(v)]
    height = max(len(rows), 1) * _ROW
    with style.drawing(height + 44) as figure:
        on = style.axes(figure, _LEFT, 6, _PLOT, height)
        on.set_xlim(0, (max(known, default=0) or 1) * 1.06)
        row_frame(on, len(rows))
        number_axis(on, language)
        for place, (where, row) in enumerate(zip(order, rows, strict=True)):
            _label(figure, language.value(label, row[label]), 6 + (place + 0.5) * _ROW)
            if finite(row.get("lower_per_1000")) and finite(row.get("upper_per_1000")):
                on.hlines(
                    place, row["lower_per_1000"], row["upper_per_1000"], color=style.BLUE, lw=1.6
                )
            if finite(row["per_1000"]):
                on.plot([row["per_1000"]], [place], "o", ms=6, color=style.BLUE)
            text = _reason(safe, int(where), "per_1000", language)
            text = text or language.number(row["per_1000"], 1)
            style.write(figure, _LEFT + _PLOT + 8, 6 + (place + 0.5) * _ROW + 3, text)
        name = "per_1000_interval" if "lower_per_1000" in safe.data else "per_1000"
        title = language.text(f"figure.{name}")
        style.write(figure, _LEFT + _PLOT / 2, height + 38, title, ha="center")
        return Picture(style.svg(figure))


def row_frame(on: Axes, rows: float) -> None:
    """Rows from above, without ticks."""
    on.set_ylim(max(rows, 1) - 0.5, -0.5)
    on.set_yticks([])
    style.gridlines(on, "x")


def _label(figure: Figure, text: str, middle: float) -> None:
    """Write a row's name in one or two lines, each anchored at its right end."""
    lines = textwrap.wrap(text, 25, max_lines=2, placeholder=" …")
    for place, line in enumerate(lines):
        y = middle + 3 + (place - (len(lines) - 1) / 2) * 10.8
        style.write(figure, _LEFT - 8, y, line, ha="right", color=style.INK)


def number_axis(on: Axes, language: Language) -> None:
    """Few ticks, written as the language writes numbers."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    on.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    on.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value, language)))


def short_number(value: float, language: Language) -> str:
    """A number with as few decimals as it needs, at most two."""
    for decimals in (0, 1, 2):
        if abs(value - round(value, decimals)) < 1e-9:
            return language.number(value, decimals)
    return language.number(value, 3)


def finite(value: Any) -> bool:
    """Whether a value is a number that can be drawn."""
    return isinstance(value, int | float | np.number) and math.isfinite(float(value))


def _reach(rows: list[_Row]) -> float:
    """How far from 1 the axis goes: to the farthest end, at least 2 and at most 8 times."""
    ends = [row[name] for row in rows for name in ("ratio", "lower", "upper")]
    far = [abs(math.log(float(v))) for v in ends if finite(v) and v > 0]
    return min(max(math.exp(max(far, default=0)) * 1.1, 2.1), 8.5)


def _ratio_row(on: Axes, place: int, row: _Row, limit: float) -> None:
    if not finite(row["ratio"]) and not finite(row["lower"]):
        return
    colour = _COLOURS.get(str(row.get("verdict", "")), style.MUTED)
    low = max(float(row["lower"]), 0.0) if finite(row["lower"]) else 0.0
    high = float(row["upper"]) if finite(row["upper"]) else math.inf
    on.hlines(place, max(low, 1 / limit), min(high, limit), color=colour, lw=1.6)
    for value, edge, arrow in ((low, 1 / limit, "<"), (high, limit, ">")):
        if not 1 / limit <= value <= limit:
            on.plot([edge], [place], arrow, ms=5, color=colour, clip_on=False)
    if finite(row["ratio"]) and 1 / limit <= row["ratio"] <= limit:
        face = colour if colour != style.MUTED else "white"
        on.plot([row["ratio"]], [place], "o", ms=6, mec=colour, mfc=face, mew=1.4)


def _reason(safe: SafeTable, place: int, name: str, language: Language) -> str:
    """Why a row has no number; empty when it has one."""
    if bool(safe.hidden[name].iloc[place]):
        return language.text("word.hidden")
    return "" if finite(safe.data[name].iloc[place]) else language.text("figure.no_data")


def _ratio_text(safe: SafeTable, place: int, row: _Row, language: Language) -> str:
    text = _reason(safe, place, "ratio", language)
    if text:
        return text
    interval = language.interval(row["lower"], row["upper"], apart_from=1)
    return f"{language.number(row['ratio'], 2)}  ({interval})"
