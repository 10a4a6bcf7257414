"""Values of a settings file that know their file and line, read as the type each setting has.

YAML 1.1 turns ``no`` into False, ``0127`` into 87 and ``22:30`` into 1350. Here the words of the
file are kept as they stand; a word that YAML would read as something else than text must be
quoted where text is expected.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo, available_timezones

import yaml

from est_analysis.errors import SettingsError
from est_analysis.privacy import names_person, personal_data_in

OTHERWISE = "the settings are not used and no report is made"
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,14})?")
_NO_SIGN = re.compile("[\x00\ud800-\udfff]")
_DATE_TAG = "tag:yaml.org,2002:timestamp"
_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL_TAG = "tag:yaml.org,2002:null"


class Text(str):
    """A text from a settings file that remembers where it stood."""

    where: str

    def __new__(cls, value: str, where: str) -> Text:
        """Make a text that stood at `where`."""
        text = super().__new__(cls, value)
        text.where = where
        return text

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Copy and pickle as a plain text."""
        return str, (str(self),)


def place_of(value: str, default: str) -> str:
    """Where a text stood (``file, line n``), or `default` for a text from elsewhere."""
    return value.where if isinstance(value, Text) else default


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the closest known word, or lists what may stand there."""
    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    listed = ", ".join(options[:20]) + (", …" if len(options) > 20 else "")
    return f"what may stand here: {listed}" if options else "nothing may stand here yet"


class Section:
    """A mapping in a settings file, read key by key; `done` refuses the keys nobody asked for."""

    def __init__(self, node: yaml.MappingNode, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.line = node.start_mark.line + 1
        self._values: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        self._asked: set[str] = set()
        for key_node, value in node.value:
            key = self._scalar(key_node, "a key")
            if key in self._values:
                self._refuse(
                    key_node,
                    expected=f'the key "{key}" once',
                    found=f'"{key}" again (first on line {self._lines[key]})',
                    change="keep one of them",
                )
            self._values[key] = value
            self._lines[key] = key_node.start_mark.line + 1

    # ---- what stands under a key ----

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        self._asked.add(key)
        node = self._values.get(key)
        return node is not None and node.tag != _NULL_TAG

    def names(self) -> list[str]:
        """The keys as they stand, for mappings whose keys are data."""
        self._asked.update(self._values)
        return list(self._values)

    def where(self, key: str | None = None) -> str:
        """``file, line n`` of a key, or of the section itself."""
        line = self._lines.get(key, self.line) if key else self.line
        return f"{self.path}, line {line}"

    def text(self, key: str, default: str | None = None) -> str:
        """A text. ``0127``, ``no`` and the like must be quoted."""
        if not self.has(key):
            return self._missing(key, "a text") if default is None else default
        return self._scalar(self._values[key], f'"{key}"')

    def own_words(self, key: str, default: str | None = None) -> str:
        """What somebody has written, to be shown: without a number or address of a person."""
        text = self.text(key, default)
        kind = personal_data_in(text)
        if kind is not None:
            self._refuse_person(key, kind)
        return text

    def function(self, key: str) -> str:
        """Who answers for something: a function or an organisation, never a person."""
        text = self.own_words(key)
        if names_person(text):
            self._refuse_person(key, "name")
        return text

    def _refuse_person(self, key: str, kind: str) -> NoReturn:
        """Without what stands there."""
        self.refuse(
            key,
            expected="functions and places, never a person",
            found=f"personal data ({kind})",
            change="write the function, such as Kommunens trygghetssamordnare, or leave it out",
        )

    def choice(self, key: str, options: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(key, default)
        self.refuse_unknown(key, [value], options, expected=f"one of {', '.join(options)}")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        if not self.has(key):
            if default is None:
                self._missing(key, "a text or a list of texts")
            return default or ()
        node = self._values[key]
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(self._scalar(part, f'"{key}"') for part in parts)

    def integer(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """A whole number, at least `least`."""
        value = self.number(key, None if default is None else float(default), least=least)
        if value != int(value):
            self.refuse(key, expected="a whole number", found=f"{value}", change="round it")
        return int(value)

    def number(self, key: str, default: float | None = None, *, least: float = 0) -> float:
        """A number written with a decimal point, at least `least`."""
        if not self.has(key):
            if default is None:
                self._missing(key, "a number")
            return float(default or 0)
        word = self._word(self._values[key], f'"{key}"', "a number")
        if not _PLAIN_NUMBER.fullmatch(word) or float(word) < least:
            self.refuse(
                key,
                expected=f"a number of at least {least:g}, such as 5 or 0.5",
                found=f'"{word}"',
                change="write digits only, without leading zeros, blanks or units",
            )
        return float(word)

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """So many numbers of at least 0, in brackets."""
        words = self.texts(key)
        plain = all(map(_PLAIN_NUMBER.fullmatch, words))
        if len(words) != count or not plain or min(map(float, words), default=0) < 0:
            self.refuse(
                key,
                expected=f"{count} numbers of at least 0 in brackets",
                found=f"{len(words)} values: {', '.join(words[:30])}",
                change="write them with decimal points, and commas between",
            )
        return tuple(map(float, words))

    def boolean(self, key: str, default: bool) -> bool:
        """``true`` or ``false``."""
        if not self.has(key):
            return default
        word = self._word(self._values[key], f'"{key}"', "true or false")
        if word not in ("true", "false"):
            self.refuse(
                key, expected="true or false", found=f'"{word}"', change="write true or false"
            )
        return word == "true"

    def date(self, key: str) -> dt.date:
        """A date written 2025-03-31."""
        if not self.has(key):
            self._missing(key, "a date such as 2025-03-31")
        word = self._word(self._values[key], f'"{key}"', "a date")
        try:
            return dt.datetime.strptime(word, "%Y-%m-%d").date()
        except ValueError:
            self.refuse(
                key,
                expected="a date that exists, written 2025-03-31",
                found=f'"{word}"',
                change="write year-month-day",
            )

    def optional_date(self, key: str) -> dt.date | None:
        """A date, or None where the key is absent or empty."""
        return self.date(key) if self.has(key) else None

    def time(self, key: str, default: dt.time) -> dt.time:
        """A time of day written "06:00"."""
        if not self.has(key):
            return default
        word = self._word(self._values[key], f'"{key}"', "a time of day")
        try:
            return dt.datetime.strptime(word, "%H:%M").time()
        except ValueError:
            self.refuse(
                key, expected='a time such as "06:00"', found=f'"{word}"', change="write HH:MM"
            )

    def timezone(self, key: str) -> str:
        """A time zone's name; Sweden's where there is none."""
        word = self.text(key, "Europe/Stockholm")
        try:
            ZoneInfo(word)
        except (KeyError, ValueError, OSError):  # one for each way not to be a name
            self.refuse(
                key,
                expected="the name of a time zone, such as Europe/Stockholm",
                found=f'"{word[:60]}"',
                change=nearest(word, available_timezones()),
            )
        return word

    def section(self, key: str) -> Section | None:
        """A mapping under a key, or None where the key is absent or empty."""
        if not self.has(key):
            return None
        node = self._values[key]
        if not isinstance(node, yaml.MappingNode):
            self.refuse(
                key,
                expected=f'"{key}" with its own keys indented below it',
                found="a single value or a list",
                change="see the same key in params/exempelkommun",
            )
        return Section(node, self.path, f"{self.name}{key}.")

    def is_mapping(self, key: str) -> bool:
        """Whether a mapping stands under the key."""
        return self.has(key) and isinstance(self._values[key], yaml.MappingNode)

    def is_list(self, key: str) -> bool:
        """Whether a list stands under the key."""
        return self.has(key) and isinstance(self._values[key], yaml.SequenceNode)

    def sections(self, key: str) -> list[Section]:
        """A list of mappings; empty where the key is absent or empty."""
        if not self.has(key):
            return []
        node = self._values[key]
        if not isinstance(node, yaml.SequenceNode) or not all(
            isinstance(item, yaml.MappingNode) for item in node.value
        ):
            self.refuse(
                key,
                expected=f'"{key}" as a list, each item beginning with "-" and having keys',
                found="something else",
                change="see the same key in params/exempelkommun",
            )
        return [Section(item, self.path, f"{self.name}{key}.") for item in node.value]

    def done(self) -> None:
        """Refuse keys that no reader asked for."""
        unknown = [key for key in self._values if key not in self._asked]
        if unknown:
            self.refuse(
                unknown[0],
                expected="keys that est_analysis knows",
                found=f'"{self.name}{unknown[0]}"',
                change=nearest(unknown[0], self._asked - set(self._values)),
            )

    def refuse_unknown(
        self, key: str, words: Iterable[str], known: Collection[str], *, expected: str
    ) -> None:
        """Refuse the first word that is not known, with the closest one that is."""
        for word in words:
            if word not in known:
                self.refuse(key, expected=expected, found=f'"{word}"', change=nearest(word, known))

    def refuse(self, key: str | None, *, expected: str, found: str, change: str) -> NoReturn:
        """Raise a `SettingsError` that names this file and the key's line."""
        line = self._lines.get(key, self.line) if key else self.line
        raise SettingsError(
            f"cannot use {self.path.name}",
            expected=expected if not key else f"{self.name}{key}: {expected}",
            found=f"{found} (line {line})",
            change=f"{self.path}, line {line}: {change}",
            otherwise=OTHERWISE,
        )

    # ---- how a word is read ----

    def _missing(self, key: str, what: str) -> NoReturn:
        self.refuse(
            None,
            expected=f'the key "{self.name}{key}" with {what}',
            found="no such key, or an empty one",
            change=f'add "{key}:"',
        )

    def _refuse(self, node: yaml.Node, *, expected: str, found: str, change: str) -> NoReturn:
        line = node.start_mark.line + 1
        raise SettingsError(
            f"cannot use {self.path.name}",
            expected=expected,
            found=f"{found} (line {line})",
            change=f"{self.path}, line {line}: {change}",
            otherwise=OTHERWISE,
        )

    def _word(self, node: yaml.Node, what: str, expected: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(
                node, expected=f"{what} as {expected}", found="a list or a mapping",
                change="write a single value",
            )  # fmt: skip
        word = str(node.value)
        if _NO_SIGN.search(word):
            self._refuse(
                node, expected=f"{what} as {expected}", found="an escape of what is no sign",
                change="write the sign itself",
            )  # fmt: skip
        return word

    def _scalar(self, node: yaml.Node, what: str) -> str:
        """A scalar as text; refused when plain YAML would have made something else of it."""
        word = self._word(node, what, "a text")
        quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
        trap = node.tag not in (_TEXT_TAG, _DATE_TAG) and not _PLAIN_NUMBER.fullmatch(word)
        if not quoted and trap:
            self._refuse(
                node,
                expected=f"{what} as a text",
                found=f"{word or 'nothing'}, which YAML reads as something else than text",
                change=f'put it in quotes: "{word}"',
            )
        return Text(word, f"{self.path}, line {node.start_mark.line + 1}")
