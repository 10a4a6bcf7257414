"""One look for all figures: white ground, few lines, words instead of decoration.

Sizes are in points of a drawing 432 wide: text of 10 is as large as the page's text on a screen,
and still readable on a phone. Colours are Okabe and Ito's, darkened until text in them has a
contrast of 4.5 to 1; nothing is told by colour alone.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 432.0
INK = "#1f2a33"
MUTED = "#56626c"
GRID = "#dde2e6"
PALE = "#f1f3f5"
BLUE = "#0b5c92"
LIGHT_BLUE = "#cfe2f0"
RED = "#b23c00"
LINE = "#73838f"
TEXT = 10.0
HATCH = "/////"
FONTS = "'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif"

_LONG = re.compile(r"(?<=[ \"(\-,])\d+\.\d{3,}(?=[ \"),])")  # hundredths of a point are enough
_STILL = re.compile(r' transform="rotate\(-?0 [^"]*\)"')

_MEASURED = ("DejaVu Sans", "Last Resort High-Efficiency")  # the second has every sign, as a box
_NAMED = re.compile(r"font-family: 'DejaVu Sans'(, 'Last Resort High-Efficiency')?; ")

_STYLE: dict[str, Any] = {
    "font.family": list(_MEASURED),
    "font.size": TEXT,
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name with dollar signs is a name
    "svg.hashsalt": "est_analysis",
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "ytick.major.size": 0,
    "xtick.major.size": 4,
    "xtick.minor.size": 2,
    "hatch.linewidth": 0.6,
    "hatch.color": "#9aa5ad",
    "lines.solid_capstyle": "round",
}


@contextmanager
def drawing(height: float) -> Iterator[Figure]:
    """Give an empty drawing, `WIDTH` by `height` points, in the house style."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = dict(mpl.rcParamsDefault) | _STYLE
    settings.pop("backend", None)
    with mpl.rc_context(settings):
        yield Figure(figsize=(WIDTH / 72, height / 72), facecolor="white")


def axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Place axes by points from the drawing's upper left corner."""
    total = figure.get_figheight() * 72
    place = (left / WIDTH, 1 - (top + height) / total, width / WIDTH, height / total)
    return figure.add_axes(place)


def svg(figure: Figure) -> str:
    """Write a drawing as SVG without date, program name or document type."""
    _measure_all_signs(figure)
    target = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(target, format="svg", metadata=nothing)
    text = target.getvalue()
    text = re.sub(r"^.*?(?=<svg )", "", text, flags=re.DOTALL)
    text = _LONG.sub(lambda found: f"{float(found.group()):.2f}", text)
    text = _NAMED.sub("", _STILL.sub("", text))
    text = re.sub(r">\s+<", "><", text).replace("<svg ", f'<svg font-family="{FONTS}" ', 1)
    return text


def _measure_all_signs(figure: Figure) -> None:
    """Measure bold texts with signs that the measuring font lacks, such as emoji, as plain ones.

    The font that has every sign is never bold. The reader's own fonts draw them; only their width
    is estimated here.
    """
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_fontweight() == "bold":
            if _signs() >= set(text.get_text()):
                text.set(fontfamily=_MEASURED[0])
            else:
                text.set(fontweight="normal")


@cache
def _signs() -> frozenset[str]:
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont(_MEASURED[0])).get_charmap()
    return frozenset({"\n", *map(chr, known)})


def write(figure: Figure, x: float, y: float, text: str, **look: Any) -> None:
    """Write text at points from the drawing's upper left corner; `y` is its baseline."""
    total = figure.get_figheight() * 72
    figure.text(x / WIDTH, 1 - y / total, text, **{"fontsize": TEXT, "color": MUTED, **look})


def text_width(text: str, size: float = TEXT) -> float:
    """Estimate the width of a text in points, on the generous side."""
    return 0.6 * size * len(text)


def wrapped(text: str, room: float, most: int = 2, size: float = TEXT) -> list[str]:
    """Break a text at words into at most so many lines of `room` points; what is left is "…".

    Examples
    --------
    >>> wrapped("Fältassistenter och trygghetsrapportörer", 150)
    ['Fältassistenter och', 'trygghetsrapportörer']
    >>> wrapped("Fältassistenter och trygghetsrapportörer", 150, 1)
    ['Fältassistenter och …']
    """
    letters = max(int(room / (0.6 * size)), 4)
    return textwrap.wrap(text, letters, max_lines=most, placeholder=" …") or [""]


def shortened(text: str, room: float, size: float = TEXT) -> str:
    """Cut a text at a word, so that it takes at most `room` points.

    Examples
    --------
    >>> shortened("Ordningsvakter på torget", 120)
    'Ordningsvakter på …'
    """
    line = wrapped(text, room, 1, size)[0]
    if line not in ("…", " …"):
        return line
    letters = max(int(room / (0.6 * size)), 4)  # not even the first word has room
    return text[: letters - 1] + "…"


def number_room(most: float, language: Language, least: float) -> float:
    """Points that numbers up to `most` need to the left of an axis, at least `least`."""
    sign = "−" if most < 0 else ""
    return max(least, text_width(sign + language.number(abs(most))) + 4)


def key(figure: Figure, x: float, y: float, entries: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Explain marks in words on one line: a swatch or marker, then its name."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    total = figure.get_figheight() * 72
    for name, look in entries:
        if "marker" in look:
            mark = Line2D([(x + 5) / WIDTH], [1 - (y - 3.2) / total], linestyle="none", **look)
            figure.add_artist(mark)
        else:
            corner = (x / WIDTH, 1 - y / total)
            figure.add_artist(Rectangle(corner, 11 / WIDTH, 7.5 / total, **look))
        write(figure, x + 15, y, name)
        x += 15 + text_width(name) + 10


def gridlines(on: Axes, axis: Literal["x", "y"] = "y") -> None:
    """Draw faint lines at the ticks of one axis."""
    on.grid(visible=True, axis=axis, color=GRID, linewidth=0.8)


def number_ticks(on: Axes, language: Language, most: int = 4) -> None:
    """Put few round numbers, written in the reader's language, on the y axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    on.yaxis.set_major_locator(MaxNLocator(most, integer=True, steps=[1, 2, 5, 10]))
    on.yaxis.set_major_formatter(FuncFormatter(lambda value, _: language.number(value)))


def day_number(day: dt.date | pd.Timestamp) -> float:
    """Count days from 1 January 1970, the unit of the time axes."""
    return float((pd.Timestamp(day) - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1))


def date_ticks(on: Axes, start: pd.Timestamp, end: pd.Timestamp, language: Language) -> None:
    """Label every month, else every quarter's first month, else years: what there is room for."""
    months = pd.date_range(start.to_period("M").start_time, end, freq="MS")
    months = months[months >= start - pd.Timedelta(days=6)]
    width = on.get_position().width * WIDTH
    every = next(
        (n for n in (1, 3) if width * n >= (25 if n == 1 else 32) * max(len(months), 1)), 12
    )
    shown = months[(months.month - 1) % every == 0]
    small = months[(months.month - 1) % min(every, 3) == 0]
    if every == 12:
        names = [str(month.year) for month in shown]
    else:
        names = [language.text(f"month_short.{month.month}") for month in shown]
        for place, month in enumerate(shown):
            if place == 0 or month.month == 1:
                names[place] += f"\n{month.year}"
    on.set_xlim(day_number(start), day_number(end))
    on.set_xticks([day_number(month) for month in shown], names)
    on.set_xticks([day_number(month) for month in small], minor=True)


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Move positions apart to at least `gap`, keeping their order and middle."""
    order = np.argsort(places, kind="stable")
    moved = np.asarray(places, float)[order]
    for _ in range(50):
        for i in range(len(moved) - 1):
            lack = gap - (moved[i + 1] - moved[i])
            if lack > 1e-9:
                moved[i] -= lack / 2
                moved[i + 1] += lack / 2
    result = np.empty(len(moved))
    result[order] = moved
    return [float(value) for value in result]
