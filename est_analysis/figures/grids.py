"""Grids: when in the week, and who has reported when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.figures import steps, style
from est_analysis.figures.picture import Picture
from est_analysis.language import Language

_HIDDEN: dict[str, Any] = {"facecolor": "white", "edgecolor": "#9aa5ad", "hatch": "xxxx", "lw": 0}
_STATUS: dict[str, dict[str, Any]] = {
    "reported": {"facecolor": style.BLUE, "edgecolor": style.BLUE, "lw": 0},
    "partly": {"facecolor": "#9cc4e0", "edgecolor": style.BLUE, "hatch": "||||", "lw": 0},
    "silent": {"facecolor": "white", "edgecolor": "#73838f", "hatch": style.HATCH, "lw": 0.6},
    "not_responsible": {"facecolor": "#e3e7ea", "edgecolor": "#e3e7ea", "lw": 0},
    "hidden": _HIDDEN,
}
_NAMES = 158.0  # points for actors' names, in two lines
_DARKEST = (11 / 255, 92 / 255, 146 / 255)


def weekday_hour_figure(safe: SafeTable, language: Language) -> Picture:
    """Draw counts per weekday and hour, with the number in each cell.

    Answers: when in the week does it happen? One row per ``hour``, columns ``count_weekday_0``
    (Monday) to ``count_weekday_6`` (fractions are rounded). Darker is more; hidden cells are
    crossed out, and cells without data are empty.
    """
    import seaborn as sns
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Rectangle

    wide, high, left, top = 54.0, 15.5, 42.0, 36.0
    names = [name for name in safe.data.columns if str(name).startswith("count_weekday_")]
    values = safe.data[names].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    hidden = safe.hidden[names].to_numpy()
    most = max(float(np.nanmax(values, initial=0)), 1.0)
    with style.drawing(top + 24 * high + 30) as figure:
        on = style.axes(figure, left, top, 7 * wide, 24 * high)
        sns.heatmap(
            values,
            vmin=0,
            vmax=most,
            cmap=ListedColormap([_shade(share) for share in np.linspace(0, 1, 256)]),
            linewidths=1.2,
            linecolor="white",
            cbar=False,
            mask=np.isnan(values),
            xticklabels=False,
            yticklabels=False,
            ax=on,
        )
        for y, x in zip(*np.nonzero(~np.isnan(values)), strict=True):
            ink = _ink(_shade(values[y, x] / most))
            text = language.number(values[y, x])
            on.text(x + 0.5, y + 0.53, text, ha="center", va="center", color=ink, size=9)
        for y, x in zip(*np.nonzero(hidden), strict=True):
            on.add_patch(Rectangle((x, y), 1, 1, **_HIDDEN))
        on.set(xlabel="", ylabel="")
        days = [language.text(f"weekday_short.{name[-1]}") for name in names]
        on.set_xticks(np.arange(len(days)) + 0.5, days)
        hours = [f"{hour:02d}" for hour in safe.data["hour"]]
        on.set_yticks(np.arange(len(hours)) + 0.5, hours, rotation=0, va="center")
        on.xaxis.tick_top()
        on.tick_params(length=0)
        on.spines["bottom"].set_visible(False)
        style.write(figure, left, 12, language.text("figure.weekday_hour"))
        style.write(figure, left - 6, top - 6, language.text("figure.hour"), ha="right")
        if bool(hidden.any()):
            entry = (language.text("figure.hidden"), _HIDDEN)
            style.key(figure, left, top + 24 * high + 20, [entry])
        return Picture(style.svg(figure))


def _shade(share: float) -> tuple[float, float, float]:
    """Mix white and the darkest blue; equal steps of count look like equal steps."""
    strength = 0.04 + 0.96 * share
    red, green, blue = (1 - strength * (1 - part) for part in _DARKEST)
    return red, green, blue


def _ink(shade: tuple[float, float, float]) -> str:
    """Black or white, whichever is easier to read on a shade (WCAG's relative luminance)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in shade]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if luminance < 0.179 else "black"


def _told(safe: SafeTable) -> pd.Series:
    """Each step's status; a hidden one is called so."""
    return safe.data["status"].astype(object).where(~safe.hidden["status"], "hidden")


def coverage_figure(safe: SafeTable, language: Language) -> Picture:
    """Draw who has reported when, as one strip per actor, each in its own steps.

    Answers: whose silence could be taken for calm? Columns ``actor``, ``start``, ``status``:
    ``reported``, ``partly``, ``silent`` or ``not_responsible``, told apart by pattern too; a
    hidden status is crossed out.
    """
    from matplotlib.patches import Rectangle

    actors = list(dict.fromkeys(safe.data["actor"].dropna()))
    names = [style.wrapped(language.value("actor", actor), _NAMES) for actor in actors]
    left = max([style.text_width(line) for lines in names for line in lines], default=0) + 12
    met = set(_told(safe))
    own = {actor: safe.select((safe.data["actor"] == actor).tolist()) for actor in actors}
    spans = [steps.span(part) for part in own.values()]
    row, start, end = 24.0, min(low for low, _ in spans), max(high for _, high in spans)
    with style.drawing(len(actors) * row + 66) as figure:
        on = style.axes(figure, left, 24, style.WIDTH - left - 10, len(actors) * row)
        on.set_ylim(len(actors), 0)
        for place, actor in enumerate(actors):
            part = own[actor]
            for first, last, status in _runs(part.data.assign(status=_told(part))):
                end_of_last = last + steps.length(part)
                low, high = style.day_number(first), style.day_number(end_of_last)
                corner = (low, place + 0.16)
                on.add_patch(Rectangle(corner, high - low, 0.68, **_STATUS[status]))
        labels = ["\n".join(lines) for lines in names]
        on.set_yticks(np.arange(len(actors)) + 0.5, labels, linespacing=1.0)
        on.tick_params(axis="y", labelcolor=style.INK, pad=6)
        style.date_ticks(on, start, end, language)
        keys = [(language.value("status", s), look) for s, look in _STATUS.items() if s in met]
        style.key(figure, 8, 14, keys)
        return Picture(style.svg(figure))


def _runs(rows: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.Timestamp, str]]:
    """Neighbouring steps of equal status as one: first start, last start, status."""
    rows = rows.sort_values("start")
    status = rows["status"].astype(str)
    number = (status != status.shift()).cumsum()
    return [
        (run["start"].iloc[0], run["start"].iloc[-1], str(run["status"].iloc[0]))
        for _, run in rows.groupby(number.to_numpy())
    ]
