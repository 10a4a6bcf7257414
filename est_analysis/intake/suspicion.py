"""What is doubted of a delivery: each doubt is registered beside the function that looks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from est_analysis.config import Confirmed, SourceFormat
from est_analysis.config.section import nearest
from est_analysis.errors import SettingsError
from est_analysis.intake.reading import Reading
from est_analysis.privacy import masked

COLUMNS = ["actor", "suspicion", "grave", "rows", "expected", "found", "change"]
ELSEWHERE = ("lost_rows",)  # doubts that are looked for after cleaning, and settled in the same way


@dataclass(frozen=True)
class Suspicion:
    """One doubt of one actor's delivery.

    Attributes
    ----------
    name
        What is doubted; filled in when it is registered.
    found, change
        What stands there, with its rows, and how to mend or declare it.
    grave
        Whether a number would be another one; then no report is made until it is settled.
    rows
        How many rows it is about.
    value, first, last
        What `Confirmed` may name: the value, and the days.
    """

    found: str
    change: str
    grave: bool
    rows: int
    value: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    name: str = ""
    expected: str = ""


Look = Callable[[Reading], Iterator[Suspicion]]
_LOOKS: dict[str, Look] = {}
_EXPECTED: dict[str, str] = {}


def suspicion(name: str, *, expected: str) -> Callable[[Look], Look]:
    """Register what looks for a doubt; `expected` says what a delivery is when it has none."""

    def register(look: Look) -> Look:
        assert name not in _LOOKS, name
        _LOOKS[name] = look
        _EXPECTED[name] = expected
        return look

    return register


def expectation(name: str) -> str:
    """What a delivery is when a doubt does not hold."""
    return _EXPECTED[name]


def names() -> tuple[str, ...]:
    """Every doubt that may be confirmed."""
    return (*_LOOKS, *ELSEWHERE)


def doubts(reading: Reading) -> pd.DataFrame:
    """Every doubt of a delivery that nobody has settled, in `COLUMNS`, the gravest first.

    Raises
    ------
    SettingsError
        When a line of ``confirmed`` names a doubt that there is not.
    """
    source = reading.source
    _refuse_unknown(source)
    found = [
        replace(one, name=name, expected=_EXPECTED[name])
        for name, look in _LOOKS.items()
        for one in look(reading)
    ]
    settled = {line: False for line in source.confirmed if line.suspicion not in ELSEWHERE}
    left = []
    for one in found:
        lines = [line for line in settled if _settles(line, one)]
        settled |= dict.fromkeys(lines, True)
        if not lines:
            left.append(one)
    if reading.export.deliveries:
        left += [_needless(line) for line, met in settled.items() if not met]
    return table(source.actor, left)


def table(actor: str, found: list[Suspicion]) -> pd.DataFrame:
    """Doubts as a table; what was found is hidden where it holds personal data."""
    rows = [
        (actor, one.name, one.grave, one.rows, one.expected, masked([one.found])[0], one.change)
        for one in sorted(found, key=lambda one: (not one.grave, -one.rows))
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"grave": bool, "rows": "int64"})


def it_is_so(name: str, value: str = "") -> str:
    """How to say that a doubt is none, as a line of the source's file."""
    about = f', value: "{value}"' if value else ""
    return f"if it is so: confirmed: [{{suspicion: {name}{about}, day: <today>, by: <function>}}]"


def _settles(line: Confirmed, one: Suspicion) -> bool:
    return line.suspicion == one.name and line.settles(one.value, one.first, one.last)


def _refuse_unknown(source: SourceFormat) -> None:
    for line in source.confirmed:
        if line.suspicion not in names():
            raise SettingsError(
                f"cannot use {source.path.name}",
                expected="a doubt that est_analysis has",
                found=f'"{line.suspicion}" ({line.where})',
                change=f"{line.where}: {nearest(line.suspicion, names())}",
                otherwise="nothing of this actor is used",
            )


def _needless(line: Confirmed) -> Suspicion:
    about = f' of "{line.value}"' if line.value else ""
    return Suspicion(
        f"confirmed: {line.suspicion}{about} settles nothing: there is no such doubt now",
        f"{line.where}: take the line away, unless it is about files that come later",
        grave=False,
        rows=0,
        name="needless_confirmation",
        expected="lines of confirmed that settle a doubt",
    )
