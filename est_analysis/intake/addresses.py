"""Addresses → areas, by a table of streets and numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from est_analysis.config.finding import Street
from est_analysis.sources.coded import tidy

_NUMBER = re.compile(r"[\s,]+(\d{1,4})\s*[a-zåäö]?(?![0-9])", re.IGNORECASE)


class Register:
    """Finds the area of an address; of streets that cross a border by number and side."""

    def __init__(self, streets: Iterable[Street]) -> None:
        self._streets: dict[str, list[Street]] = defaultdict(list)
        for street in streets:
            self._streets[_plain(street.name)].append(street)

    def find(self, address: str) -> tuple[str, str]:
        """The area (empty where it is not known), and the street as it is written.

        Examples
        --------
        >>> parts = [Street("Storgatan", "norr", 1, 19), Street("Storgatan", "soder", 20)]
        >>> [Register(parts).find(text) for text in ("Storgatan 8 B", "storgatan 20", "Byvägen 1")]
        [('norr', 'Storgatan'), ('soder', 'storgatan'), ('', 'Byvägen')]
        """
        text = tidy(address)
        name, number = _parts(text)
        own = self._streets.get(_plain(name)) or self._streets.get(_plain(text), [])
        areas = {street.area for street in own if _holds(street, number)}
        return (areas.pop() if len(areas) == 1 else "", name)


def _plain(name: str) -> str:
    return tidy(name).casefold().removesuffix(".")


def _parts(address: str) -> tuple[str, int | None]:
    """The street and its number, if there is one."""
    found = _NUMBER.search(address)
    if found is None or not found.start():
        return address.split(",")[0].strip(), None
    return address[: found.start()].strip(), int(found[1])


def _holds(street: Street, number: int | None) -> bool:
    if street.first is None and street.last is None and not street.side:
        return True
    if number is None:
        return False
    low, high = street.first or 0, street.last if street.last is not None else number
    side = "odd" if number % 2 else "even"
    return low <= number <= high and street.side in ("", side)
