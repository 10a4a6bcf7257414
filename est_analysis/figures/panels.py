"""Small panels, two beside each other, each under its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from est_analysis.figures import style
from est_analysis.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TOP = 34.0  # points above the first panel, where its title is one line
_LINE = 11.0
_RIGHT = 420.0
_BOLD = 1.1 * style.TEXT  # bold letters are wider


class Panels:
    """Where so many panels stand.

    Parameters
    ----------
    titles
        Each panel's name; long ones take two lines, and all rows are then that much higher.
    most
        The largest number on an axis: room is left for it.
    height, gap
        Of a panel and below it, in points.
    """

    def __init__(
        self, titles: Sequence[str], most: float, language: Language, height: float, gap: float
    ) -> None:
        self.left = style.number_room(most, language, 30)
        self.width = (_RIGHT - 2 * self.left - 4) / 2
        self.height = height
        room = self.width + 27  # as far as the numbers of the panel beside it
        self._titles = [style.wrapped(title, room, size=_BOLD) for title in titles]
        self._above = _LINE * (max(map(len, self._titles), default=1) - 1)
        self._step = height + gap + self._above

    @property
    def bottom(self) -> float:
        """Points from the drawing's top to below the last row and its dates."""
        return _TOP + max((len(self._titles) + 1) // 2, 1) * self._step

    def axes(self, figure: Figure, place: int) -> Axes:
        """Give the axes of one panel, with its title above."""
        left = self.left + place % 2 * (self.width + self.left + 4)
        top = _TOP + self._above + place // 2 * self._step
        lines = self._titles[place]
        for number, line in enumerate(lines):
            y = top - 6.5 - _LINE * (len(lines) - 1 - number)
            style.write(figure, left, y, line, color=style.INK, weight="bold")
        return style.axes(figure, left, top, self.width, self.height)
