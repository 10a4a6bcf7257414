"""Where the words stand on a map: names inside their areas, numbers where names have no room."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from est_analysis.figures import style

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

LINE = 11.5  # points from one line of a label to the next
LETTER = 0.55 * style.TEXT  # points, the mean width of a letter
_LONGEST = 16  # letters in a line of a label
_FARTHEST = 90.0  # points from an area to its number
_NUMBER = (17.0, 13.0)
_INSIDE = 0.94  # of a label that must lie in its own area


@dataclass(frozen=True)
class Label:
    """Lines of text around a middle; where it is a number, the point that it belongs to."""

    lines: tuple[str, ...]
    x: float
    y: float
    number: int = 0
    home: tuple[float, float] = (0.0, 0.0)

    @property
    def moved(self) -> bool:
        """Whether a line must lead from the number to its area."""
        return bool(self.number) and (self.x, self.y) != self.home


def place(areas: Mapping[str, MultiPolygon], values: Mapping[str, str]) -> dict[str, Label]:
    """Place a label for each area.

    Answers: which area is which? The largest areas first: name and value inside the area where
    they fit; else a number, in the order of `areas`, on the area or beside it with a line to it.

    Parameters
    ----------
    areas
        Name → polygon in the drawing's points.
    values
        Name → what stands below it.
    """
    from shapely import Point, box
    from shapely.prepared import prep

    labels: dict[str, Label] = {}
    taken: list[Polygon] = []
    order = sorted(areas, key=lambda name: -areas[name].area)
    for name in order:
        lines = (*textwrap.wrap(name, _LONGEST), values[name])
        wide, high = max(map(len, lines)) * LETTER, len(lines) * LINE
        inside = prep(areas[name].buffer(1.5))
        for x, y in _points_inside(areas[name]):
            area = box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            enough = inside.contains(area) or (
                area.intersection(areas[name]).area > _INSIDE * area.area
            )
            if enough and not any(area.intersects(other) for other in taken):
                labels[name] = Label(lines, x, y)
                taken.append(area)
                break
    numbers = {name: n for n, name in enumerate((a for a in areas if a not in labels), start=1)}
    homes = {name: next(_points_inside(areas[name])) for name in numbers}
    for name in sorted(numbers, key=lambda name: areas[name].area):
        others = [Point(*homes[other]).buffer(2) for other in homes if other != name]
        for x, y in _around(*homes[name]):
            wide, high = _NUMBER
            area = box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            if not any(area.intersects(other) for other in (*taken, *others)):
                break
        labels[name] = Label((str(numbers[name]),), x, y, numbers[name], homes[name])
        taken.append(area)
    return labels


def _points_inside(polygon: MultiPolygon) -> Iterator[tuple[float, float]]:
    """The point farthest from the border of the largest part, then others by nearness to it."""
    import shapely

    largest = max(polygon.geoms, key=lambda part: part.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=0.5)
    x, y = shapely.get_coordinates(circle)[0]
    yield float(x), float(y)
    west, south, east, north = largest.bounds
    grid = [(float(a), float(b)) for a in np.linspace(west, east, 12)[1:-1]
            for b in np.linspace(south, north, 12)[1:-1]]  # fmt: skip
    yield from sorted(grid, key=lambda point: (point[0] - x) ** 2 + (point[1] - y) ** 2)


def _around(x: float, y: float) -> Iterator[tuple[float, float]]:
    """The point itself, then rings around it."""
    yield x, y
    for distance in np.arange(14.0, _FARTHEST, 6):
        for turn in np.arange(16) * np.pi / 8:
            yield float(x + distance * np.cos(turn)), float(y + distance * np.sin(turn))
