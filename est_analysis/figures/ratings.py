"""Rows side by side: series against what is usual, areas by rating, problems by criterion."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.figures import style
from est_analysis.figures.dots import finite, number_axis, row_frame
from est_analysis.figures.expected import KEY_LINE, key_lines, mark, no_picture, write_key
from est_analysis.figures.picture import Picture
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 20  # of a picture; the table has them all
MOST_WEEKS = 20
ROW = 16.0  # points

_SERIES = ("actor", "area", "category")
_LETTERS = 30  # of a series' name, in each of two lines
_HIGH = (1.0, 1.5)  # rows, of a name in one line and in two
_BETWEEN = 10.0  # points from line to line of a name
_LETTER = 0.53 * style.TEXT  # points, the mean width of a letter
_WIDE = 8  # times the typical row, from which a square-root axis shows both
_RANGE: dict[str, Any] = {"facecolor": "#b5d1e5", "lw": 0}
_MARKS: dict[str, dict[str, Any]] = {
    "signal": {"marker": "^", "ms": 7, "mfc": style.RED, "mec": style.RED},
    "above": {"marker": "^", "ms": 7, "mfc": "white", "mec": style.RED},
    "below": {"marker": "v", "ms": 7, "mfc": "white", "mec": style.BLUE},
}
_DOTS = {"signal": style.RED, "above": style.RED, "below": style.BLUE}
_RATINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "green": ({"facecolor": "#cfe6d6"}, {"marker": "o", "ms": 2.5, "color": "#1d6b3c"}),
    "yellow": ({"facecolor": "#f6dc7a"}, {"marker": "^", "ms": 6, "color": style.INK}),
    "red": ({"facecolor": style.RED}, {"marker": "D", "ms": 5.5, "color": "white"}),
    "unknown": (
        {"facecolor": "white", "edgecolor": "#9aa5ad", "hatch": style.HATCH},
        {"marker": "", "color": style.MUTED},
    ),
}
_CRITERIA: dict[str, dict[str, Any]] = {
    "met": {"marker": "o", "ms": 9, "mfc": style.BLUE, "mec": style.BLUE},
    "partly": {
        "marker": "o",
        "ms": 9,
        "fillstyle": "left",
        "mfc": style.BLUE,
        "mfcalt": "white",
        "mec": style.BLUE,
    },
    "not_met": {"marker": "o", "ms": 9, "mfc": "white", "mec": style.LINE},
}
_UNCOUNTED = ("not_reported", "by_month")
_NOT_JUDGED: dict[str, Any] = {"marker": "_", "ms": 8, "mew": 1.2, "color": style.LINE}

_Row = dict[Hashable, Any]


def against_expected(safe: SafeTable, language: Language) -> Picture:
    """Draw each series' count on the range that is usual for it.

    Answers: which series had more than usual, and by how much? Rows keep their order, at most
    `MOST_ROWS` of them; those of several actors stand under their actor's name.

    Parameters
    ----------
    safe
        Some of ``actor``, ``area``, ``category``, and ``count``, ``expected``, ``usual_from``,
        ``usual_to``, ``signal`` (codes: ``signal``, ``above``, ``usual``, ``below``,
        ``too_little``, ``not_reported``, ``by_month``). A count not known or hidden is a word, not
        a zero.
    """
    if safe.data.empty:
        return no_picture(language)
    shown = safe.select([place < MOST_ROWS for place in range(len(safe.data))])
    rows = [shown.data.loc[place].to_dict() for place in shown.data.index]
    lines = _grouped(rows)
    heads = any(row is None for row, _ in lines)
    names = [_series_name(row, heads, language) for row in rows]
    letters, left = _room(names, _LETTERS)
    labels = [textwrap.wrap(name, letters, max_lines=2, placeholder=" …") or [""] for name in names]
    high = [1.0 if row is None else _HIGH[len(labels[number]) - 1] for row, number in lines]
    middles = np.cumsum(high) - np.array(high) / 2 - 0.5
    most = max([float(row["count"]) for row in rows if finite(row["count"])], default=0.0)
    numbers = max(28.0, style.text_width(language.number(most)) - 2)
    width, top, height = style.WIDTH - left - 86 - numbers, 22.0, float(sum(high)) * ROW
    entries = [
        (language.text("figure.count"), {"marker": "o", "ms": 5, "color": style.INK}),
        (
            language.text("figure.expected"),
            {"marker": "|", "ms": 10, "mew": 1.8, "color": style.BLUE},
        ),
        (language.text("figure.usual_range"), _RANGE),
    ]
    more = len(safe.data) - len(rows)
    below = top + height + 34
    with style.drawing(below + KEY_LINE * (key_lines(entries, 8) + (more > 0))) as figure:
        on = style.axes(figure, left, top, width, height)
        wide = _scale(on, rows)
        row_frame(on, float(sum(high)))
        _axis(on, language, wide)
        count = language.text("figure.count")
        style.write(figure, left + width + numbers, 14, count, ha="right")
        for place, (row, number) in zip(middles.tolist(), lines, strict=True):
            y = top + (place + 0.5) * ROW + 3.5
            if row is None:
                actor = language.value("actor", rows[number]["actor"])
                style.write(figure, 8, y, actor, color=style.INK, weight="bold")
                continue
            hidden = bool(shown.hidden["count"].iloc[number])
            _range_row(on, place, row)
            own = labels[number]
            for step, text in enumerate(own):
                at = y + _BETWEEN * (step - (len(own) - 1) / 2)
                style.write(figure, left - 6, at, text, color=style.INK, ha="right")
            _verdict(figure, left + width + numbers - 28, y, row, hidden, language)
        if wide:
            style.write(figure, left, 14, language.text("figure.root_scale"))
        write_key(figure, 8, below, entries)
        if more > 0:
            text = language.text("figure.more_rows", number=language.number(more))
            style.write(figure, 8, below + KEY_LINE * key_lines(entries, 8), text)
        return Picture(style.svg(figure))


def _grouped(rows: list[_Row]) -> list[tuple[_Row | None, int]]:
    """Rows under their actors: (row, number), and (None, number of its first row) as a head."""
    actors = list(dict.fromkeys(row.get("actor") for row in rows))
    if len(actors) < 2 or not any(name in rows[0] for name in _SERIES[1:]):
        return [(row, place) for place, row in enumerate(rows)]
    lines: list[tuple[_Row | None, int]] = []
    for actor in actors:
        own = [(row, place) for place, row in enumerate(rows) if row["actor"] == actor]
        lines += [(None, own[0][1]), *own]
    return lines


def _series_name(row: _Row, heads: bool, language: Language) -> str:
    columns = [name for name in _SERIES if name in row and not (heads and name == "actor")]
    return " · ".join(language.value(name, row[name]) for name in columns)


def _room(names: list[str], most: int) -> tuple[int, float]:
    """How many letters of names are shown, and how many points they and their margins take."""
    letters = min(max(len(name) for name in names), most)
    return letters, 14 + letters * _LETTER


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else style.shortened(text, 0.6 * style.TEXT * most)


def _scale(on: Axes, rows: list[_Row]) -> bool:
    """Set the axis from 0 to the largest value; True when it is a square-root axis."""
    names = ("count", "usual_to", "expected")
    ends = [max([float(row[n]) for n in names if finite(row[n])], default=0.0) for row in rows]
    most = max(ends, default=0.0) or 1.0
    typical = float(np.median(ends)) if ends else most
    wide = most > 20 and most > _WIDE * max(typical, 1.0)
    if wide:
        on.set_xscale("function", functions=(lambda v: np.sqrt(np.abs(v)), np.square))
    on.set_xlim(0, most * 1.05)
    return bool(wide)


def _axis(on: Axes, language: Language, wide: bool) -> None:
    if not wide:
        number_axis(on, language)
        return
    most, width = on.get_xlim()[1], on.get_position().width * style.WIDTH
    round_numbers = [0.0, *(b * 10.0**e for e in range(7) for b in (1, 2, 5))]
    ticks: list[float] = []
    for tick in (t for t in round_numbers if t <= most):
        if not ticks or (math.sqrt(tick) - math.sqrt(ticks[-1])) / math.sqrt(most) * width >= 22:
            ticks.append(tick)
    on.set_xticks(ticks, [language.number(tick) for tick in ticks])
    on.set_xticks([], minor=True)


def _range_row(on: Axes, place: float, row: _Row) -> None:
    if str(row["signal"]) in _UNCOUNTED:
        return
    if finite(row["usual_from"]) and finite(row["usual_to"]):
        reach = float(row["usual_to"]) - float(row["usual_from"])
        on.barh(place, reach, 0.5, float(row["usual_from"]), **_RANGE)
    if finite(row["expected"]):
        on.vlines(float(row["expected"]), place - 0.36, place + 0.36, color=style.BLUE, lw=1.8)
    if finite(row["count"]):
        colour = _DOTS.get(str(row["signal"]), style.INK)
        on.plot([float(row["count"])], [place], "o", ms=5, color=colour, clip_on=False)


def _verdict(
    figure: Figure, x: float, y: float, row: _Row, hidden: bool, language: Language
) -> None:
    """Write the count, and in symbol and word what is to be said of it."""
    signal = str(row["signal"])
    if hidden or not finite(row["count"]):
        why = "hidden" if hidden else signal if signal in _UNCOUNTED else "not_reported"
        style.write(figure, x + 12, y, language.text(f"figure.{why}"))
        return
    number = language.number(row["count"])
    style.write(figure, x + 28, y, number, ha="right", color=style.INK)
    if signal in _MARKS:
        mark(figure, x + 37, y - 3.5, _MARKS[signal])
    if language.has(f"figure.signal.{signal}"):
        colour = _DOTS.get(signal, style.MUTED)
        look: dict[str, Any] = {"weight": "bold"} if signal == "signal" else {}
        text = language.text(f"figure.signal.{signal}")
        style.write(figure, x + 44, y, text, color=colour, **look)


def ratings_strip(safe: SafeTable, language: Language) -> Picture:
    """Draw each area's rating week by week, the latest at the right.

    Answers: where has it been green, yellow or red, and for how long? Columns ``area``, ``start``
    and ``rating`` (``green``, ``yellow``, ``red``, ``unknown``), each with a symbol of its own; a
    week without rating is unknown, never green. The latest `MOST_WEEKS` weeks are drawn.
    """
    from matplotlib.patches import Rectangle

    if safe.data.empty:
        return no_picture(language)
    starts = list(pd.DatetimeIndex(safe.data["start"]).unique().sort_values()[-MOST_WEEKS:])
    areas = list(dict.fromkeys(safe.data["area"].dropna()))
    names = [language.value("area", area) for area in areas]
    letters, left = _room(names, 26)
    wide = min((style.WIDTH - left - 8) / len(starts), 34.0)
    high, top = 18.0, 36.0
    keys = zip(safe.data["area"], safe.data["start"], strict=True)
    given = dict(zip(keys, safe.data["rating"].astype(object), strict=True))
    with style.drawing(top + len(areas) * high + 26) as figure:
        on = style.axes(figure, left, top, wide * len(starts), len(areas) * high)
        on.set_xlim(0, len(starts))
        on.set_ylim(len(areas), 0)
        on.set_axis_off()
        for y, area in enumerate(areas):
            name = _shortened(names[y], letters)
            at = top + (y + 0.5) * high + 3.5
            style.write(figure, left - 6, at, name, ha="right", color=style.INK)
            for x, start in enumerate(starts):
                rating = str(given.get((area, start)))
                field, sign = _RATINGS[rating if rating in _RATINGS else "unknown"]
                on.add_patch(Rectangle((x + 0.05, y + 0.06), 0.9, 0.88, lw=0, **field))
                on.plot([x + 0.5], [y + 0.5], ls="", mew=0, **sign)
        every = next(n for n in (1, 2, 4, 20) if wide * n >= 15)
        style.write(figure, left - 6, top - 7, language.text("figure.week_head"), ha="right")
        for x, start in enumerate(starts):
            if (len(starts) - 1 - x) % every == 0:
                last = x == len(starts) - 1
                look: dict[str, Any] = {"weight": "bold", "color": style.INK} if last else {}
                number = str(start.isocalendar().week)
                style.write(figure, left + (x + 0.5) * wide, top - 7, number, ha="center", **look)
        _rating_key(figure, language, top + len(areas) * high + 18)
        return Picture(style.svg(figure))


def _rating_key(figure: Figure, language: Language, y: float) -> None:
    """Name the ratings, each with its colour and its symbol on it."""
    x = 8.0
    for rating, (field, sign) in _RATINGS.items():
        name = language.text(f"figure.rating.{rating}")
        style.key(figure, x, y, [(name, {"lw": 0, **field})])
        mark(figure, x + 5.5, y - 3.7, {"mew": 0, **sign, "ms": 0.7 * sign.get("ms", 0)})
        x += 35 + style.text_width(name)


def priority_matrix(
    safe: SafeTable, language: Language, criteria: Sequence[str], *, label: str = "label"
) -> Picture:
    """Draw problems as rows and criteria as columns, with a symbol where one is met.

    Answers: which problems meet most criteria, and which have not been judged? Columns `label` and
    `criteria`, each ``met``, ``partly``, ``not_met`` or missing, which is "not judged", never
    "not met". The columns' headings are their labels. Rows keep their order.
    """
    if safe.data.empty:
        return no_picture(language)
    names = [language.value(label, value) for value in safe.data[label]]
    letters, left = _room(names, 36)
    wide = min((style.WIDTH - left - 8) / max(len(criteria), 1), 90.0)
    heads = [_lines(language.label(name), wide) for name in criteria]
    top = 10 + 11 * max([len(lines) for lines in heads], default=1)
    with style.drawing(top + len(names) * 20 + 28) as figure:
        on = style.axes(figure, left, top, wide * max(len(criteria), 1), len(names) * 20)
        on.set_xlim(0, max(len(criteria), 1))
        on.set_ylim(len(names), 0)
        on.set_axis_off()
        for x, lines in enumerate(heads):
            for place, line in enumerate(lines):
                at = top - 6 - 11 * (len(lines) - 1 - place)
                style.write(figure, left + (x + 0.5) * wide, at, line, ha="center")
        for y, name in enumerate(names):
            on.axhline(y, color=style.GRID, lw=0.8)
            text = _shortened(name, letters)
            style.write(figure, left - 6, top + y * 20 + 13.5, text, ha="right", color=style.INK)
            for x, column in enumerate(criteria):
                value = str(safe.data[column].iloc[y])
                on.plot([x + 0.5], [y + 0.5], ls="", **_CRITERIA.get(value, _NOT_JUDGED))
        entries = [(language.text(f"figure.criterion.{n}"), look) for n, look in _CRITERIA.items()]
        entries.append((language.text("figure.criterion.not_judged"), _NOT_JUDGED))
        style.key(figure, 8, top + len(names) * 20 + 20, entries)
        return Picture(style.svg(figure))


def _lines(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, max(int(width / (0.55 * style.TEXT)), 6)) or [text]
