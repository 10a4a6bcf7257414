"""Named stretches of time in lanes above a figure, so that no two names collide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from est_analysis.figures import style
from est_analysis.figures.picture import Span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LANE = 14.0  # points


def _ends(span: Span, start: pd.Timestamp, end: pd.Timestamp, width: float) -> tuple[float, float]:
    """Where a span begins and ends, in points from the left edge; at least 3 wide."""
    last = end if span.end is None else pd.Timestamp(span.end) + pd.Timedelta(days=1)
    scale = width / ((end - start) / pd.Timedelta(days=1))
    low = (max(pd.Timestamp(span.start), start) - start) / pd.Timedelta(days=1) * scale
    high = (min(last, end) - start) / pd.Timedelta(days=1) * scale
    return low, max(high, low + 3)


def _named(span: Span, width: float) -> str:
    """A span's name, shortened where the lane is too short for it."""
    return style.shortened(span.name, width - 8) if span.name else ""


def _placed(low: float, high: float, name: str, width: float) -> tuple[str, float, float, float]:
    """Where the name of a bar stands: alignment, place, and where bar and name begin and end."""
    need = style.text_width(name) + 6
    if high + need <= width:
        return "left", high + 3, low, high + need + 4
    if low - need >= 0:
        return "right", low - 3, low - need - 4, high
    middle = min(max((low + high) / 2, need / 2), width - need / 2)
    return "center", middle, min(low, middle - need / 2), max(high, middle + need / 2)


def lanes_of(
    spans: Sequence[Span], start: pd.Timestamp, end: pd.Timestamp, width: float
) -> list[int]:
    """Give each span the first lane in which it and its name fit."""
    taken: list[list[tuple[float, float]]] = []
    lanes = []
    for span in spans:
        low, high = _ends(span, start, end, width)
        _, _, left, right = _placed(low, high, _named(span, width), width)
        free = [all(right <= a or left >= b for a, b in others) for others in taken]
        lane = free.index(True) if True in free else len(taken)
        taken += [[]] * (lane == len(taken))
        taken[lane] = [*taken[lane], (left, right)]
        lanes.append(lane)
    return lanes


def draw_lanes(
    on: Axes,
    spans: Sequence[Span],
    lanes: Sequence[int],
    strong: int,
    start: pd.Timestamp,
    end: pd.Timestamp,
) -> None:
    """Draw spans as bars with their names; the first `strong` of them in full colour."""
    width = on.get_position().width * style.WIDTH
    on.set_axis_off()
    on.set_xlim(0, width)
    on.set_ylim(max(lanes) + 1, 0)
    for place, (span, lane) in enumerate(zip(spans, lanes, strict=True)):
        low, high = _ends(span, start, end, width)
        colour = style.RED if place < strong else style.MUTED
        on.barh(lane + 0.5, high - low, 0.5, low, color=colour, lw=0)
        name = _named(span, width)
        align, x, _, _ = _placed(low, high, name, width)
        on.text(
            x,
            lane + 0.5,
            name,
            ha=align,
            va="center",
            fontsize=style.TEXT,
            color=colour,
            bbox={"facecolor": "white", "pad": 1, "lw": 0} if align == "center" else None,
        )
