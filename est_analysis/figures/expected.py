"""What came against what was expected, week by week; and keys and labels of such figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.figures import steps, style
from est_analysis.figures.panels import Panels
from est_analysis.figures.picture import Picture, Span
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMED = 3  # weeks above the band that are named; the others have their ring
KEY_LINE = 14.0  # points

_BAND: dict[str, Any] = {"facecolor": style.LIGHT_BLUE, "lw": 0}
_RING: dict[str, Any] = {"marker": "o", "ms": 8, "mfc": "none", "mec": style.RED, "mew": 1.4}
_PROVISIONAL: dict[str, Any] = {
    "facecolor": "none",
    "edgecolor": "#9aa5ad",
    "hatch": "\\\\\\\\",
    "alpha": 0.6,
    "lw": 0,
}
POINT: dict[str, Any] = {"marker": "o", "ms": 3, "color": style.INK}
_EXPECTED: dict[str, Any] = {"marker": "_", "ms": 11, "mew": 1.8, "color": style.BLUE}

_Key = tuple[str, dict[str, Any]]
_Day = dt.date | pd.Timestamp | None
_Truths = npt.NDArray[np.bool_]


def band_figure(
    safe: SafeTable,
    language: Language,
    *,
    provisional_from: _Day = None,
    insats: Span | None = None,
) -> Picture:
    """Draw one series week by week on the band within which 95 % of such weeks lie.

    Answers: which of the latest weeks had more than usual? Points above the band have a ring, the
    three strongest their week's number. Of an insats: what was there before and after its start?

    Parameters
    ----------
    safe
        ``start`` (complete and in order, 26 to 60 steps), ``observed``, ``expected`` and the band:
        ``lower_95`` and ``upper_95``, which rounding leaves alone, or else ``lower`` and
        ``upper``. Steps not reported are hatched and hidden ones marked with a diamond; neither is
        drawn as zero.
    provisional_from
        The first day whose reports are not all in: from its step on lightly hatched, with hollow
        points.
    insats
        A bar over its time and a dashed line at its start; its name stands in the caption.
    """
    if safe.data.empty:
        return no_picture(language)
    left = style.number_room(_most(safe), language, 34)
    top, width, height = 24.0 if insats is None else 40.0, 344.0 - left, 150.0
    entries = _band_key(safe, language)
    with style.drawing(top + height + 34 + KEY_LINE * key_lines(entries, left)) as figure:
        on = style.axes(figure, left, top, width, height)
        _panel(on, safe, language, provisional_from, (width, height))
        known = [(n, _last(safe, n)) for n in ("observed", "expected")]
        looks = {"observed": style.INK, "expected": style.BLUE}
        names = [(y, language.text(f"figure.{n}"), looks[n]) for n, y in known if not np.isnan(y)]
        labels_at_end(on, names, height)
        style.write(figure, left, 14, steps.unit(safe, language))
        if _provisional(safe, provisional_from).any():
            text = language.text("figure.provisional")
            style.write(figure, left + width, 14, text, ha="right")
        if insats is not None:
            _draw_insats(on, insats, language)
        write_key(figure, left, top + height + 42, entries)
        return Picture(style.svg(figure))


def band_multiples(
    safe: SafeTable,
    language: Language,
    by: str = "actor",
    *,
    provisional_from: Mapping[str, _Day] | None = None,
) -> Picture:
    """Draw `band_figure` small, once per value of a column, two beside each other.

    Answers: for which actor was a week unlike the others? The columns of `band_figure` and `by`.
    Each panel has its own scale, and names the one week that is farthest above its band.

    Parameters
    ----------
    provisional_from
        Value of `by` → as for `band_figure`; those that are not there have all their reports in.
    """
    late = provisional_from or {}
    if safe.data.empty:
        return no_picture(language)
    groups = list(dict.fromkeys(safe.data[by].dropna()))
    most = _most(safe)
    names = [language.value(by, group) for group in groups]
    panels = Panels(names, most, language, 72, 48)
    lines: list[_Key] = [
        (language.text("figure.observed"), POINT),
        (language.text("figure.expected"), _EXPECTED),
    ]
    entries = lines + _band_key(safe, language)
    parts = {group: safe.select((safe.data[by] == group).to_numpy()) for group in groups}
    if any(_provisional(own, late.get(group)).any() for group, own in parts.items()):
        entries.append((language.text("figure.provisional"), _PROVISIONAL))
    below, left = panels.bottom + 2, panels.left
    with style.drawing(below + KEY_LINE * key_lines(entries, left) - 8) as figure:
        for place, (group, own) in enumerate(parts.items()):
            on = panels.axes(figure, place)
            _panel(on, own, language, late.get(group), (panels.width, panels.height))
        style.write(figure, left, 11, language.text("figure.each_own_scale"))
        write_key(figure, left, below, entries)
        return Picture(style.svg(figure))


def _panel(
    on: Axes,
    safe: SafeTable,
    language: Language,
    provisional_from: _Day,
    size: tuple[float, float],
) -> None:
    """Draw band, expected and observed counts, rings and the names of weeks; `size` in points."""
    large = size[1] > 100
    on.set_ylim(0, _most(safe) * size[1] / (size[1] - (26 if large else 17)))
    steps.hatch_missing(on, safe)
    _draw_band(on, safe)
    x, observed = steps.middles(safe), steps.values(safe, "observed")
    hollow = _provisional(safe, provisional_from)
    if hollow.any():
        first = style.day_number(steps.starts(safe)[hollow][0])
        on.axvspan(first, style.day_number(steps.span(safe)[1]), **_PROVISIONAL)
    on.plot(x, observed, color=style.LINE, lw=0.7)
    point = POINT | {"ms": 2.8 if large else 2.0}
    on.plot(x[~hollow], observed[~hollow], ls="", clip_on=False, **point)
    on.plot(x[hollow], observed[hollow], ls="", clip_on=False, **point | {"mfc": "white"})
    steps.mark_hidden(on, safe)
    above = _above(safe)
    ring = _RING if large else _RING | {"ms": 6.5}
    on.plot(x[above], observed[above], ls="", clip_on=False, **ring)
    style.gridlines(on)
    style.number_ticks(on, language, 4 if large else 3)
    style.date_ticks(on, *steps.span(safe), language)
    _name_weeks(on, safe, language, size)


def _most(safe: SafeTable) -> float:
    """The largest number that is drawn."""
    names = ("observed", _ends(safe)[1])
    return max(float(np.nanmax(steps.values(safe, name), initial=1)) for name in names)


def _ends(safe: SafeTable) -> tuple[str, str]:
    return ("lower_95", "upper_95") if "upper_95" in safe.data else ("lower", "upper")


def _above(safe: SafeTable) -> _Truths:
    return np.asarray(steps.values(safe, "observed") > steps.values(safe, _ends(safe)[1]), np.bool_)


def _provisional(safe: SafeTable, first: _Day) -> _Truths:
    if first is None:
        return np.zeros(len(safe.data), np.bool_)
    return np.asarray(steps.starts(safe) + steps.length(safe) > pd.Timestamp(first), np.bool_)


def _draw_insats(on: Axes, insats: Span, language: Language) -> None:
    """A dashed line at the start, and above the axes a bar from there to the end."""
    high = on.get_xlim()[1]
    start = style.day_number(insats.start)
    end = high if insats.end is None else min(style.day_number(insats.end) + 1, high)
    on.axvline(start, color=style.RED, lw=0.9, ls=(0, (3, 2)))
    above: dict[str, Any] = {"transform": on.get_xaxis_transform(), "clip_on": False}
    on.plot([start, end], [1.05, 1.05], color=style.RED, lw=4, solid_capstyle="butt", **above)
    text = language.text("figure.insats_from", day=f"{pd.Timestamp(insats.start):%Y-%m-%d}")
    on.annotate(
        text,
        (start, 1.05),
        xycoords=("data", "axes fraction"),
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=style.TEXT,
        color=style.RED,
        annotation_clip=False,
    )


def _draw_band(on: Axes, safe: SafeTable) -> None:
    """Band and expected counts over each unbroken stretch; a single week is one too."""
    lower, upper = (steps.values(safe, name) for name in _ends(safe))
    expected = np.where(steps.not_reported(safe), np.nan, steps.values(safe, "expected"))
    x, starts = steps.middles(safe), steps.starts(safe)
    known = ~np.isnan(lower) & ~np.isnan(upper) & ~steps.not_reported(safe)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], known.astype(int), [0]))))
    for first, last in edges.reshape(-1, 2):
        days = [style.day_number(day) for day in (*starts[first:last], starts[last - 1])]
        days[-1] += steps.length(safe).days
        low, high = (np.append(end[first:last], end[last - 1]) for end in (lower, upper))
        on.fill_between(days, low, high, step="post", **_BAND)
        if last - first == 1:
            on.hlines(expected[first], days[0], days[1], color=style.BLUE, lw=1.6)
    on.plot(x, expected, color=style.BLUE, lw=1.6)


def _name_weeks(on: Axes, safe: SafeTable, language: Language, size: tuple[float, float]) -> None:
    """Name the weeks that are farthest above the band, each above its point and the names there."""
    if steps.length(safe).days > 7:
        return
    most = MOST_NAMED if size[1] > 100 else 1
    observed, expected = steps.values(safe, "observed"), steps.values(safe, "expected")
    upper = steps.values(safe, _ends(safe)[1])
    excess = np.where(_above(safe), (observed - expected) / np.maximum(upper - expected, 0.5), -1.0)
    strongest = [int(i) for i in np.argsort(-excess, kind="stable")[:most] if excess[i] > 0]
    low, end = on.get_xlim()
    across, upward = size[0] / (end - low), size[1] / on.get_ylim()[1]
    taken: list[tuple[float, float]] = []
    for i in sorted(strongest, key=lambda i: observed[i]):
        x, y = (steps.middles(safe)[i] - low) * across, observed[i] * upward + 7
        text = language.text("figure.week", number=steps.starts(safe)[i].isocalendar().week)
        half = style.text_width(text) / 2
        x = min(max(x, half), (end - low) * across - half)
        while any(abs(x - a) < 2 * half + 2 and abs(y - b) < 11 for a, b in taken):
            y += 1
        taken.append((x, y))
        on.annotate(
            text,
            (low + x / across, y / upward),
            ha="center",
            va="bottom",
            color=style.RED,
            fontsize=style.TEXT,
            bbox={"facecolor": "white", "alpha": 0.75, "pad": 0.3, "lw": 0},
            annotation_clip=False,
        )


def _last(safe: SafeTable, name: str) -> float:
    values = steps.values(safe, name)
    known = values[~np.isnan(values)]
    return float(known[-1]) if len(known) else float("nan")


def labels_at_end(on: Axes, labels: Sequence[tuple[float, str, str]], height: float) -> None:
    """Write texts (value, text, colour) at the right end of axes from 0, without overlap."""
    scale = on.get_ylim()[1] / height
    places = style.apart([y for y, _, _ in labels], 12.5 * scale)
    lift = max(3 * scale - min(places, default=0.0), 0.0)
    for (_, text, colour), y in zip(labels, places, strict=True):
        on.annotate(
            text,
            (1, y + lift),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.TEXT,
            color=colour,
            annotation_clip=False,
        )


def _band_key(safe: SafeTable, language: Language) -> list[_Key]:
    """Explain those marks that occur."""
    entries: list[_Key] = []
    if not np.isnan(steps.values(safe, _ends(safe)[1])).all():
        entries.append((language.text(f"figure.band_{steps.word(safe)}"), _BAND))
    if _above(safe).any():
        entries.append((language.text("figure.above_band"), _RING | {"ms": 7}))
    if steps.not_reported(safe).any():
        entries.append((language.text("figure.not_reported"), steps.NOT_REPORTED))
    if steps.hidden(safe).any():
        entries.append((language.text("figure.hidden"), steps.HIDDEN))
    return entries


def _key_rows(entries: Sequence[_Key], left: float) -> list[list[_Key]]:
    rows: list[list[_Key]] = []
    x = style.WIDTH
    for entry in entries:
        need = 15 + style.text_width(entry[0])
        if x + need > style.WIDTH:
            rows.append([])
            x = left
        rows[-1].append(entry)
        x += need + 10
    return rows


def key_lines(entries: Sequence[_Key], left: float) -> int:
    """How many lines explanations take that begin `left` points from the edge."""
    return len(_key_rows(entries, left))


def write_key(figure: Figure, left: float, y: float, entries: Sequence[_Key]) -> None:
    """Explain marks as `style.key` does, on as many lines as are needed."""
    for place, row in enumerate(_key_rows(entries, left)):
        style.key(figure, left, y + place * KEY_LINE, row)


def mark(figure: Figure, x: float, y: float, look: dict[str, Any]) -> None:
    """Draw a marker at points from the drawing's upper left corner."""
    from matplotlib.lines import Line2D

    total = figure.get_figheight() * 72
    figure.add_artist(Line2D([x / style.WIDTH], [1 - y / total], linestyle="none", **look))


def no_picture(language: Language) -> Picture:
    """Say that a table has no rows."""
    with style.drawing(24) as figure:
        style.write(figure, 8, 15, language.text("figure.no_data"))
        return Picture(style.svg(figure))
