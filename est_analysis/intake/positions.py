"""Positions → areas, by point in polygon; nothing of a position is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from shapely import MultiPolygon

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]
NOWHERE = -1
_BLANKS = re.compile(r"\s")


def axis(words: tuple[str, ...]) -> Numbers:
    """The number that each word of a column of positions is; NaN where it is none.

    Examples
    --------
    >>> axis(("6551909,5", "59.1", "6 551 909", "okänd"))
    array([6.5519095e+06, 5.9100000e+01, 6.5519090e+06,           nan])
    """
    return np.array([_number(word) for word in words], dtype=np.float64)


def _number(word: str) -> float:
    try:
        found = float(_BLANKS.sub("", word).replace(",", "."))
    except ValueError:
        return float("nan")
    return found if np.isfinite(found) else float("nan")


def moved(east: Numbers, north: Numbers, crs: str, plane: Any) -> tuple[Numbers, Numbers]:
    """Positions of a projection as x and y on another one's plane."""
    from pyproj import Transformer

    move = Transformer.from_crs(crs, plane, always_xy=True)
    x, y = move.transform(east, north)
    return np.asarray(x), np.asarray(y)


def areas_at(
    x: Numbers, y: Numbers, polygons: Mapping[str, MultiPolygon]
) -> tuple[Places, list[tuple[str, str]]]:
    """Which polygon each point lies in (its place in `polygons`), and pairs that share a point.

    A point on a border is of the first that it touches, one inside several of the last;
    `NOWHERE` is in none.

    Examples
    --------
    >>> from shapely import box
    >>> squares = {"west": box(0, 0, 1, 1), "east": box(1, 0, 2, 1)}
    >>> areas_at(np.array([0.5, 1.5, 3.0]), np.array([0.5, 0.5, 0.5]), squares)[0]
    array([ 0,  1, -1], dtype=int32)
    """
    import shapely

    found = np.full(len(x), NOWHERE, dtype=np.int32)
    shared: set[tuple[int, int]] = set()
    inside_of = np.full(len(x), NOWHERE, dtype=np.int32)
    for number, polygon in enumerate(polygons.values()):
        west, south, east, north = polygon.bounds
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        shapely.prepare(polygon)
        touched = near[shapely.intersects_xy(polygon, x[near], y[near])]
        within = touched[shapely.contains_xy(polygon, x[touched], y[touched])]
        for other in np.unique(inside_of[within]).tolist():
            if other != NOWHERE:
                shared.add((other, number))
        inside_of[within] = number
        found[touched[found[touched] == NOWHERE]] = number
        found[within[found[within] != number]] = number  # inside goes before on the border
    names = list(polygons)
    return found, [(names[one], names[other]) for one, other in sorted(shared)]
