"""Areas as polygons shaded by class: rates for their size, or counts against the expected."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from est_analysis.disclosure import SafeTable
from est_analysis.figures import style
from est_analysis.figures.dots import finite
from est_analysis.figures.expected import KEY_LINE, key_lines, no_picture, write_key
from est_analysis.figures.map_classes import Classes, rate_classes, ratio_classes
from est_analysis.figures.map_labels import LINE, Label, place
from est_analysis.figures.picture import Picture
from est_analysis.geography import Shapes
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely import MultiPolygon

_Key = tuple[str, dict[str, Any]]
_EDGE = {"edgecolor": "#4a5862", "lw": 0.8}
_STATES: dict[str, dict[str, Any]] = {
    "hidden": {"facecolor": "white", "edgecolor": "#73838f", "hatch": "xxxx", "lw": 0.8},
    "not_reported": {
        "facecolor": style.PALE, "edgecolor": "#73838f", "hatch": style.HATCH, "lw": 0.8,
    },
    "no_data": {"facecolor": "white", "edgecolor": "#73838f", "ls": "--", "lw": 0.8},
}  # fmt: skip
_HIGHEST = {False: 290.0, True: 400.0}  # points of a tall map; many areas need more room
_MANY = 10  # areas
_MARGIN = 6.0
_COLUMN = 26  # letters of a name in the list below the map
_SIGNS = {"more": "▲", "fewer": "▼"}


def areas_map(
    safe: SafeTable,
    language: Language,
    *,
    shapes: Shapes,
    label: str = "area",
    measure: str = "per_1000",
) -> Picture:
    """Draw areas shaded by class, each with its name and number.

    Answers: where is there most for its size, or more than expected? Hidden and not reported
    areas have a pattern each and a word; an area without a row is left white. Areas too small for
    their name have a number, explained below the map from the highest value down.

    Parameters
    ----------
    safe
        Columns `label` and either ``per_1000`` with ``count``, or ``count``, ``expected`` and
        ``deviation`` (codes: ``more``, ``fewer`` and others).
    shapes
        Polygons by the same words as the column `label`.
    measure
        ``per_1000``; or ``deviation``: the count as a multiple of the expected one, with a sign
        where it lies outside what is usual.
    """
    rows = {str(name): place for place, name in enumerate(safe.data[label])}
    if not any(name in rows for name in shapes.polygons):
        return no_picture(language)
    values = {name: _value(safe, rows.get(name), measure) for name in shapes.polygons}
    numbers = [value for value, state in values.values() if not state]
    classes = ratio_classes() if measure == "deviation" else rate_classes(numbers)
    words = {
        name: _words(safe, rows.get(name), values[name], classes, measure, language)
        for name in _ranked(values)
    }
    entries = _legend(values, classes, measure, safe, language)
    top = 18.0 + KEY_LINE * key_lines(entries, 4) + 2
    on_paper, height = _in_points(shapes.polygons)
    labels = place({name: on_paper[name] for name in words}, words)
    keys = _listed(labels, words)
    notes = _notes(safe, shapes, rows, measure, label, language)
    below = top + height + 12
    total = below + LINE * (_column_height(keys) + len(notes)) + 4
    with style.drawing(total) as figure:
        style.write(figure, 4, 12, language.text(f"figure.map_{measure}"))
        write_key(figure, 4, 28, entries)
        on = style.axes(figure, 0, top, style.WIDTH, height)
        on.set(xlim=(0, style.WIDTH), ylim=(height, 0))
        on.axis("off")
        for name, polygon in on_paper.items():
            value, state = values[name]
            look = _STATES.get(state) or {"facecolor": classes.shades[classes.of(value)], **_EDGE}
            _draw(on, polygon, look)
        for name, text in labels.items():
            _write_label(on, text, backed=bool(values[name][1]))
        _write_list(figure, below, keys)
        for number, note in enumerate(notes, start=_column_height(keys)):
            style.write(figure, 4, below + LINE * number, note)
        return Picture(style.svg(figure))


def _value(safe: SafeTable, row: int | None, measure: str) -> tuple[float, str]:
    """An area's value, or NaN and why it has none."""
    if row is None:
        return math.nan, "no_data"
    column = "expected" if measure == "deviation" else measure
    if any(bool(safe.hidden[name].iloc[row]) for name in ("count", column)):
        return math.nan, "hidden"
    count, value = safe.data["count"].iloc[row], safe.data[column].iloc[row]
    if not finite(count):
        return math.nan, "not_reported"
    if measure == "deviation" and finite(value):
        value = float(count) / float(value) if value > 0 else math.nan
    return (float(value), "") if finite(value) else (math.nan, "no_data")


def _words(
    safe: SafeTable,
    row: int | None,
    value: tuple[float, str],
    classes: Classes,
    measure: str,
    language: Language,
) -> str:
    number, state = value
    if state or row is None:
        return language.text(f"figure.{state}")
    text = language.number(number, classes.decimals)
    sign = _SIGNS.get(str(safe.data["deviation"].iloc[row])) if measure == "deviation" else None
    return f"{text} {sign}" if sign else text


def _ranked(values: dict[str, tuple[float, str]]) -> list[str]:
    """Names from the highest value down; those without a value last, as they stood."""
    return sorted(values, key=lambda n: math.inf if values[n][1] else -values[n][0])


def _legend(
    values: dict[str, tuple[float, str]],
    classes: Classes,
    measure: str,
    safe: SafeTable,
    language: Language,
) -> list[_Key]:
    used = {classes.of(value) for value, state in values.values() if not state}
    first, last = (min(used), max(used)) if used else (0, -1)
    entries: list[_Key] = [
        (classes.words(number, language), {"facecolor": classes.shades[number], **_EDGE})
        for number in range(first, last + 1)
    ]
    states = {state for _, state in values.values()}
    entries += [(language.text(f"figure.{s}"), look) for s, look in _STATES.items() if s in states]
    if measure == "deviation":
        met = set(safe.data["deviation"].astype(str))
        marks = (("more", "^", "map_more"), ("fewer", "v", "map_fewer"))
        look = {"ms": 6, "color": style.INK}
        entries += [
            (language.text(f"figure.{word}"), {"marker": mark, **look})
            for code, mark, word in marks
            if code in met
        ]
    return entries


def _in_points(polygons: dict[str, MultiPolygon]) -> tuple[dict[str, MultiPolygon], float]:
    """The polygons in the drawing's points, as large as there is room for, and their height."""
    import shapely

    west, south, east, north = shapely.total_bounds(list(polygons.values()))
    wide, high = style.WIDTH - 2 * _MARGIN, _HIGHEST[len(polygons) > _MANY] - 2 * _MARGIN
    scale = min(wide / max(east - west, 1e-9), high / max(north - south, 1e-9))
    left = (style.WIDTH - scale * (east - west)) / 2
    corner = np.array([west - left / scale, north + _MARGIN / scale])

    def moved(pairs: Any) -> Any:
        return (pairs - corner) * scale * np.array([1, -1])

    drawn = {name: shapely.transform(polygon, moved) for name, polygon in polygons.items()}
    return drawn, scale * (north - south) + 2 * _MARGIN


def _draw(on: Axes, polygon: MultiPolygon, look: dict[str, Any]) -> None:
    """Islands and holes as one shape, so that a pattern runs through them."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    rings = [ring for part in polygon.geoms for ring in (part.exterior, *part.interiors)]
    paths = [Path(np.asarray(ring.coords)[:, :2].round(1), closed=True) for ring in rings]
    on.add_patch(PathPatch(Path.make_compound_path(*paths), joinstyle="round", **look))


def _write_label(on: Axes, label: Label, *, backed: bool) -> None:
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    if label.number:
        if label.moved:
            ends = zip(label.home, (label.x, label.y), strict=True)
            on.plot(*ends, color=style.INK, lw=0.6, solid_capstyle="butt")
            on.plot(*label.home, "o", ms=2, color=style.INK)
        backed = True
    for number, line in enumerate(label.lines):
        y = label.y + (number - (len(label.lines) - 1) / 2) * LINE
        on.text(
            label.x, y + 3.4, line, ha="center", va="baseline", color=style.INK,
            bbox=ground if backed else None, fontsize=style.TEXT,
        )  # fmt: skip


def _listed(labels: dict[str, Label], words: dict[str, str]) -> list[tuple[str, list[str], str]]:
    """Number, name in lines, value: of the areas that have a number on the map."""
    numbered = sorted((label.number, name) for name, label in labels.items() if label.number)
    return [
        (str(number), textwrap.wrap(name, _COLUMN, max_lines=2, placeholder=" …"), words[name])
        for number, name in numbered
    ]


def _halves(keys: Sequence[tuple[str, list[str], str]]) -> tuple[Any, Any]:
    half = (len(keys) + 1) // 2
    return keys[:half], keys[half:]


def _column_height(keys: Sequence[tuple[str, list[str], str]]) -> int:
    """Lines of the list's longer column."""
    return max(sum(len(lines) for _, lines, _ in half) for half in _halves(keys))


def _write_list(figure: Figure, top: float, keys: Sequence[tuple[str, list[str], str]]) -> None:
    for half, left in zip(_halves(keys), (4, style.WIDTH / 2 + 4), strict=True):
        y = top
        for number, lines, value in half:
            style.write(figure, left + 12, y, number, ha="right", color=style.INK)
            style.write(figure, left + style.WIDTH / 2 - 16, y, value, ha="right", color=style.INK)
            for line in lines:
                style.write(figure, left + 17, y, line)
                y += LINE


def _notes(
    safe: SafeTable,
    shapes: Shapes,
    rows: dict[str, int],
    measure: str,
    label: str,
    language: Language,
) -> list[str]:
    """Areas of the table that have no polygon, with their values, and whose borders they are."""
    notes: list[str] = []
    for name in shapes.lacking:
        if name in rows:
            value = _value(safe, rows[name], measure)
            classes = Classes((), ("",), 2 if measure == "deviation" else 1)
            text = _words(safe, rows[name], value, classes, measure, language)
            notes.append(language.text("figure.no_polygon", area=name, value=text))
    credit = [shapes.attribution] if shapes.attribution else []
    wrapped = [textwrap.wrap(note, 74, max_lines=2, placeholder=" …") for note in notes + credit]
    return [line for lines in wrapped for line in lines]
