"""Words to say what a stored value has to be, and what is wrong with one that is something else.

A file that others have sent, or changed, may hold anything: what is read of it is used as a path,
a number of a log's entry or a text on a page only when it is what the program writes there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 60  # letters of a found value that a message shows
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # what neither a file's name nor a page can hold


@dataclass(frozen=True)
class Wrong:
    """A value that is not what stands there: where, what was expected, and what was found."""

    place: str
    expected: str
    found: str


Check = Callable[[Any, str], Iterator[Wrong]]


def of(expected: str, fits: Callable[[Any], bool]) -> Check:
    """Check one value by a test."""

    def check(value: Any, place: str) -> Iterator[Wrong]:
        if not fits(value):
            yield Wrong(place, expected, shown(value))

    return check


def word(expected: str, fits: Callable[[str], bool]) -> Check:
    """Check a text by a test of its letters."""
    return of(expected, lambda value: _is_text(value) and fits(value))


def letters(pattern: str, expected: str) -> Check:
    """Check a text by a pattern that the whole of it must follow."""
    return word(expected, lambda text: re.fullmatch(pattern, text) is not None)


def one_of(*words: str) -> Check:
    """Check that a text is one of a few words."""
    return word(f"one of {', '.join(words)}", words.__contains__)


def or_null(check: Check) -> Check:
    """Let a value be null, too."""
    return lambda value, place: iter(()) if value is None else check(value, place)


def list_of(check: Check) -> Check:
    """Check every item of a list."""

    def check_list(value: Any, place: str) -> Iterator[Wrong]:
        if not isinstance(value, list):
            yield Wrong(place, "a list", shown(value))
            return
        for number, item in enumerate(value):
            yield from check(item, f"{place}[{number}]")

    return check_list


def mapping(key: Check, value: Check) -> Check:
    """Check a mapping whose keys are data."""

    def check_mapping(found: Any, place: str) -> Iterator[Wrong]:
        if not isinstance(found, dict):
            yield Wrong(place, "a mapping", shown(found))
            return
        for name, item in found.items():
            yield from key(name, f"a key of {place}")
            yield from value(item, f"{place}.{name[:LONGEST]}")

    return check_mapping


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Check a mapping whose keys are known; others are let be, nobody reads them."""

    def check_record(found: Any, place: str) -> Iterator[Wrong]:
        if not isinstance(found, dict):
            yield Wrong(place, "a mapping", shown(found))
            return
        for name, check in {**required, **(optional or {})}.items():
            where = f"{place}.{name}" if place else name
            if name in found:
                yield from check(found[name], where)
            elif name in required:
                yield Wrong(where, "a value", "no such field")

    return check_record


def both(first: Check, second: Callable[[Any], Check]) -> Check:
    """Check a value, and once it is right by what stands in it."""

    def check(value: Any, place: str) -> Iterator[Wrong]:
        wrong = list(first(value, place))
        yield from wrong or second(value)(value, place)

    return check


def shown(value: Any) -> str:
    r"""A found value as a message can show it: short, and with no sign that steers a terminal.

    Examples
    --------
    >>> [shown(value) for value in (None, [1], {}, True, 2, "a\nb")]
    ['null', 'a list', 'a mapping', 'true', '2', '"a?b"']
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    short = plain(str(value)[:LONGEST])
    return f'"{short}"' if isinstance(value, str) else short


def plain(text: str) -> str:
    """A text without the signs that steer a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not _NO_TEXT.search(value)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


TEXT = of("a text", _is_text)
NUMBER = of("a whole number from 0", _is_number)
FLAG = of("true or false", lambda value: isinstance(value, bool))
ANYTHING = of("anything", lambda value: True)
