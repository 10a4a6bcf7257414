"""Reports of damaged inputs, made in this process and held against those of the undamaged ones.

Run as a program it makes some draws, and prints the table and every false claim:
``python tests/damage_runs.py 40``, or ``python tests/damage_runs.py 7 1003 12`` for these draws.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
import tempfile
import time
import traceback
from ast import Load, Name, Store, parse, walk
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
import numpy as np
import pandas as pd
from damage_kinds import KINDS, SMALL, UNSEEABLE, Damage, Given, NotHereError, copied, drawn
from damages import (
    FORECASTS,
    NO_CLAIMS,
    SEASONS,
    WITHDRAWN,
    Claim,
    Page,
    Row,
    all_clears,
    claims_in,
    claims_of,
    leads_alone,
    values_of,
    withdrawn_in,
)
from example import example_dataset
from in_process import _run as run_cell

from est_analysis.calendar import Period, parse_period
from est_analysis.config import UNKNOWN, UNMAPPED, load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.errors import EstError
from est_analysis.exhibits import Exhibit
from est_analysis.figures import Picture
from est_analysis.priorities import priorities
from est_analysis.report import begin, session
from est_analysis.workspace import notebook_file

REAL = Path(__file__).parent / "real"
EXAMPLE = "exempelkommun"
DEFECT = "nothing of yours"  # what a refusal says that is the program's own fault

# ---- the inputs ----


@dataclass(frozen=True)
class Input:
    """Which periods are reported; with a year before them where the data are so long."""

    tertial: str
    weekly: str = ""
    intervention: tuple[str, ...] = ()


INPUTS = {
    EXAMPLE: Input(
        "2025-T3",
        "2025-W50",
        ("belysning-soderholm", "kamera-norrbacka", "ordningsvakter-centrum"),
    ),
    "polisen": Input("2025-T3", "2025-W49"),
    "london_fires": Input("2016-T3", "2016-W48"),
    "city_of_london": Input("2025-T3"),  # known to the month: no week can be told of
    "us_cities": Input("2019-T3", "2020-W10"),
    "montgomery": Input("2016-07-01..2016-08-21", "2016-W33"),  # nine months in all
}
COMMON = 0.5  # of the draws are of the example, which has insatser, inhabitants and four actors


@cache
def given(place: str) -> Given:
    """An undamaged input; FileNotFoundError where its data are not on this machine."""
    if place == EXAMPLE:
        held = tempfile.TemporaryDirectory(prefix="damages-example-")
        atexit.register(held.cleanup)
        folder = Path(held.name)
        data = example_dataset(folder)
        return Given(folder / EXAMPLE, data, parse_period(INPUTS[place].tertial))
    settings = load_settings(REAL / place)
    if not settings.municipality.exports.is_dir():
        raise FileNotFoundError(settings.municipality.exports)
    assert settings.municipality.as_of is not None
    data = load_dataset(settings, settings.municipality.as_of)
    return Given(REAL / place, data, parse_period(INPUTS[place].tertial))


@cache
def undamaged(place: str, kind: str, insats: str = "") -> Page:
    """The page of an input as it is."""
    with _archive() as folder:
        return page_of(kind, copied(given(place), folder), place, insats)


# ---- one report ----


def page_of(kind: str, folder: Path, place: str, insats: str = "") -> Page:
    """A report of the municipality in a folder, without its figures and without what claims nothing.

    Raises
    ------
    EstError
        When the report is refused.
    """
    notebook = nbformat.read(notebook_file(kind, "sv"), as_version=4)
    asked = {"period": getattr(INPUTS[place], kind if kind != "intervention" else "tertial")}
    asked |= {"intervention": insats} if insats else {}
    names: dict[str, Any] = {}
    exhibits = {}
    with undrawn():
        for cell in _needed([cell for cell in notebook.cells if cell.cell_type == "code"]):
            found = run_cell(cell.source, names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= {"municipality": str(folder), **asked}
            if isinstance(found, Exhibit):
                exhibits[found.id] = found.record
    tables = {name: names[name] for name in ("types", "cells", "areas") if name in names}
    report = names["report"]
    return Page(kind, report.period, exhibits, report.data, report, tables)


SHOWN = re.compile(r'report\.(?:(?:table|figure|internal_table|checks)\(\s*"(\w+)"|(appendix)\()')


def exhibits_of(source: str) -> list[str]:
    """The exhibits that a notebook's cell shows."""
    return [one or other for one, other in SHOWN.findall(source)]


def _needed(cells: list[Any]) -> list[Any]:
    """Cells that show something that claims, and those before that they take names from."""
    kept, wanted = [], set()
    for cell in reversed(cells):
        names = [node for node in walk(parse(cell.source)) if isinstance(node, Name)]
        shown = exhibits_of(cell.source)
        makes = {node.id for node in names if isinstance(node.ctx, Store)}
        if not shown or makes & wanted or any(name not in NO_CLAIMS for name in shown):
            kept.append(cell)
            wanted |= {node.id for node in names if isinstance(node.ctx, Load)}
    return kept[::-1]


@contextmanager
def undrawn() -> Iterator[None]:
    """Figures are not drawn, and one municipality's exports are cleaned once for its reports."""

    def blank(name: str, *_: object) -> tuple[Any, str]:
        return (lambda *_, **__: Picture("")), name

    with (
        mock.patch.object(session, "drawing", blank),
        mock.patch.object(begin, "load_dataset", _cleaned),
    ):
        yield


_LATEST: dict[Path, Dataset] = {}


def _cleaned(settings: Any, as_of: Any) -> Dataset:
    if settings.folder not in _LATEST:
        _LATEST.clear()
        _LATEST[settings.folder] = load_dataset(settings, as_of)
    return _LATEST[settings.folder]


@contextmanager
def _archive() -> Iterator[Path]:
    """A folder for a municipality, and an archive of its own: nothing is known of it before."""
    with tempfile.TemporaryDirectory(prefix="damages-") as folder:
        archive = {"EST_ARCHIVE": str(Path(folder) / "archive")}
        with mock.patch.dict(os.environ, archive):
            yield Path(folder) / "params"


# ---- one draw ----


@dataclass
class Outcome:
    """What a damage did to what was claimed.

    Attributes
    ----------
    created
        Claims that the undamaged page has not, of counts that the damage touched.
    others
        Such claims of counts that it did not touch: how many are judged together, or how much
        counts spread, is another number.
    unread
        Such claims of rows without area or type, or of values that nobody has translated: they say
        what could not be read.
    left
        Such claims that the page has too when the missing time is declared as not reported: they
        are of what is left, all of which is true.
    seasons
        Such claims of a week's place in the year whose interval holds what the undamaged data say.
    alone
        Sentences that lead a page, and that no exhibit of it bears out.
    astray
        Forecasts whose interval leaves out what the undamaged data expect.
    clears
        Sentences that say that nothing was found, where the undamaged page found something.
    withdrawn, faded
        Claims of the undamaged page that the damaged one withdraws or no longer shows, and those
        that it judges and does not have.
    """

    number: int
    kind: str
    place: str
    words: str
    share: float
    refused: str = ""
    broken: str = ""
    created: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    seasons: list[str] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    clears: list[str] = field(default_factory=list)
    claims: int = 0
    withdrawn: list[str] = field(default_factory=list)
    faded: list[str] = field(default_factory=list)
    marks: int = 0  # rows that the damaged pages withdraw
    seconds: float = 0.0


def outcome(number: int, places: tuple[str, ...] = tuple(INPUTS)) -> Outcome:
    """Draw a damage, make the reports, and compare them with those of the undamaged input.

    Parameters
    ----------
    number
        The seed. Kinds take turns; of every three draws one is of under one row in a hundred.
    places
        The inputs that there are on this machine.
    """
    rng = np.random.default_rng([2025, number])
    place, damage = _drawn(list(KINDS)[number % len(KINDS)], places, rng)
    whole = given(place)
    share = damage.rows / len(whole.data.incidents)
    told = Outcome(number, damage.kind, place, damage.words, share)
    pages = [("tertial", "")]
    if INPUTS[place].weekly and rng.random() < 0.35:
        pages.append(("weekly", ""))
    if INPUTS[place].intervention and rng.random() < 0.35:
        pages.append(("intervention", str(rng.choice(INPUTS[place].intervention))))
    before = [undamaged(place, *page) for page in pages]
    begun = time.process_time()
    with _archive() as folder:
        settings = copied(whole, folder, damage)
        for page, sound in zip(pages, before, strict=True):
            _compare_made(told, page, settings, sound, damage)
        if damage.silent is not None and (told.created or told.astray):
            declared = copied(whole, folder / "declared", damage, declared=True)
            _tell_apart_what_is_left(told, declared, pages, before)
    told.seconds = time.process_time() - begun
    return told


def _drawn(kind: str, places: tuple[str, ...], rng: np.random.Generator) -> tuple[str, Damage]:
    small = rng.random() < 1 / 3
    for _ in range(100):
        rest = [place for place in places if place != EXAMPLE]
        place = EXAMPLE if not rest or rng.random() < COMMON else str(rng.choice(rest))
        try:
            return place, drawn(kind, given(place), rng, small=small)
        except NotHereError:
            continue
    raise NotHereError(kind)


def _compare_made(
    told: Outcome, page: tuple[str, str], settings: Path, sound: Page, damage: Damage
) -> None:
    try:
        made = page_of(page[0], settings, told.place, page[1])
    except EstError as fault:
        if fault.change.startswith(DEFECT):
            told.broken = f"{page[0]}: {fault}"
        else:
            told.refused = f"{page[0]}: {fault.what}"
    except Exception:
        told.broken = f"{page[0]}: {traceback.format_exc(limit=-3)}"
    else:
        compare(told, sound, made, damage)


def _tell_apart_what_is_left(
    told: Outcome, settings: Path, pages: list[tuple[str, str]], before: list[Page]
) -> None:
    """Take from what is created that which is said of an openly shorter time as well."""
    said = set()
    for page, sound in zip(pages, before, strict=True):
        try:
            made = page_of(page[0], settings, told.place, page[1])
        except EstError:
            continue
        said |= {f"{made.kind} {claim}" for claim in claims_of(made)} | set(_astray(sound, made))
    told.left = [item for item in (*told.created, *told.astray) if item in said]
    told.created = [item for item in told.created if item not in said]
    told.astray = [item for item in told.astray if item not in said]


def compare(told: Outcome, sound: Page, made: Page, damage: Damage) -> None:
    """Add what a damaged page claims, and no longer claims, to a draw's outcome."""
    before, now = claims_of(sound), claims_of(made)
    known = before | claims_in(sound) | _asked_again(sound, made)
    seasons = _of_the_season(sound, made)
    for claim in sorted(now - known, key=str):
        if {value for _, value in claim.keys} & {UNKNOWN, UNMAPPED}:
            group = told.unread
        elif claim in seasons:
            group = told.seasons
        else:
            group = told.created if touches(claim, damage, sound.period) else told.others
        group.append(f"{made.kind} {claim}")
    told.claims += len(before)
    values = values_of(made)
    for claim in sorted(before - now, key=str):
        value = values.get(claim.place)
        if value is None or value == WITHDRAWN:
            told.withdrawn.append(f"{made.kind} {claim}")
        elif Claim(*claim.place, value) not in now:
            told.faded.append(f"{made.kind} {claim}")
    told.alone += leads_alone(made)
    told.clears += [
        f"{made.kind} {name}: {key}" for name, key in all_clears(made) - all_clears(sound)
    ]
    told.astray += _astray(sound, made)
    told.marks += len(withdrawn_in(made))


def _asked_again(sound: Page, made: Page) -> set[Claim]:
    """What the undamaged data say of the problems that the damaged page lists, and theirs does not.

    Which problems are listed depends on counts; what is claimed of them can be compared still.
    """
    if "priorities" not in made.exhibits or sound.data is None:
        return set()
    rows = made.rows("priorities")
    among = [(r["actor"], r["area"], r["category"], float(r["count"] or 0)) for r in rows]
    table = priorities(sound.data, sound.period, among=among)
    plain: list[Row] = table.astype(object).where(table.notna(), None).to_dict("records")
    return claims_in(sound, {"priorities": plain})


def _of_the_season(sound: Page, made: Page) -> set[Claim]:
    """What the damaged page says of weeks of the year, where the undamaged data lie inside it."""
    kept: set[Claim] = set()
    for name in SEASONS:
        if name not in made.exhibits or name not in sound.exhibits:
            continue
        index = {(row["actor"], row["start"]): row["index"] for row in sound.rows(name)}
        inside = [
            row
            for row in made.rows(name)
            if row["index_lower"] <= index.get((row["actor"], row["start"]), np.nan)
            and index[row["actor"], row["start"]] <= row["index_upper"]
        ]
        kept |= claims_in(made, {name: inside})
    return kept


def touches(claim: Claim, damage: Damage, period: Period) -> bool:
    """Whether a damage touched the counts that a claim is made of."""
    rows = damage.touched
    keys = dict(claim.keys)
    for key in claim.behind:
        if key in keys and key in ("actor", "area", "category"):
            rows = rows[rows[key] == keys[key]]
    margin = pd.Timedelta(days=7)  # a week is compared with one of other dates
    inside = np.zeros(len(rows), dtype=bool)
    for first, last in spans(claim, period):
        inside |= ((rows["day"] >= first - margin) & (rows["day"] <= last + margin)).to_numpy()
    return bool(inside.any())


def spans(claim: Claim, period: Period) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """The days whose counts are behind a claim."""
    if claim.span == "history":
        return [(pd.Timestamp(0), pd.Timestamp(period.end))]
    kept = [period]
    if claim.span == "compared":
        comparison = dict(claim.keys).get("comparison", "last_year")
        if comparison == "last_12_months":
            kept = [period.last_12_months()]
        years = (1, 2, 3) if comparison == "mean_3_years" else (1,)
        kept += [kept[0].years_before(n) for n in years]
    return [(pd.Timestamp(one.start), pd.Timestamp(one.end)) for one in kept]


def _astray(sound: Page, made: Page) -> list[str]:
    found = []
    for name, keys in FORECASTS.items():
        expected = {tuple(r[k] for k in keys): r["expected"] for r in sound.rows(name)}
        for row in made.rows(name):
            key = tuple(row[k] for k in keys)
            ends = (row["lower_95"], row["upper_95"])
            if WITHDRAWN in row.values() or None in ends or expected.get(key) is None:
                continue
            if not ends[0] <= expected[key] <= ends[1]:
                found.append(
                    f"{name}: {' '.join(key)}: {ends[0]:g}–{ends[1]:g}, {expected[key]:.0f}"
                )
    return found


# ---- the table ----


def available() -> tuple[str, ...]:
    """The inputs whose data are on this machine."""
    return tuple(
        place
        for place in INPUTS
        if place == EXAMPLE or load_settings(REAL / place).municipality.exports.is_dir()
    )


COLUMNS = ("kind", "draws", "refused", "broken", "created", "others'", "unread", "left", "season",
           "alone", "astray", "all-clear", "claims", "withdrawn %", "faded %", "small draws",
           "withdrawn % of small", "unseen")  # fmt: skip


def table_of(outcomes: list[Outcome]) -> str:
    """A line for each kind, and one for all that can be seen."""
    seeable = [one for one in outcomes if one.kind not in UNSEEABLE]
    groups = {kind: [one for one in outcomes if one.kind == kind] for kind in KINDS}
    groups = {kind: own for kind, own in groups.items() if own} | {"all seeable": seeable}
    lines = [COLUMNS, *(_line(name, own) for name, own in groups.items())]
    wide = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(size) if not place else cell.rjust(size)
            for place, (cell, size) in enumerate(zip(line, wide, strict=True))
        )
        for line in lines
    )


def _line(name: str, own: list[Outcome]) -> tuple[str, ...]:
    made = [one for one in own if not one.refused]
    small = [one for one in made if one.share < SMALL]
    lists = ("created", "others", "unread", "left", "seasons", "alone", "astray", "clears")
    hidden = sum(not one.marks for one in made)
    return (
        name,
        str(len(own)),
        str(len(own) - len(made)),
        str(sum(bool(one.broken) for one in own)),
        *(str(sum(len(getattr(one, key)) for one in own)) for key in lists),
        str(sum(one.claims for one in own)),
        f"{lost(made):.1f}",
        f"{lost(made, 'faded'):.1f}",
        str(len(small)),
        f"{lost(small):.1f}",
        f"{hidden} of {len(made)}" if name in UNSEEABLE else "",
    )


def lost(outcomes: list[Outcome], how: str = "withdrawn") -> float:
    """Per cent of the undamaged pages' claims that some draws' pages withdrew."""
    claims = sum(one.claims for one in outcomes)
    return 100 * sum(len(getattr(one, how)) for one in outcomes) / max(claims, 1)


def where(outcomes: list[Outcome]) -> str:
    """By kind, the exhibits with false claims, most first."""
    lines = []
    for kind in KINDS:
        made_up = Counter(
            item.partition(":")[0]
            for one in outcomes
            if one.kind == kind
            for item in (*one.created, *one.astray)
        )
        if made_up:
            told = ", ".join(f"{name} {number}" for name, number in made_up.most_common())
            lines.append(f"{kind}: {told}")
    return "\n".join(lines)


def told_of(one: Outcome) -> str:
    """A draw with all that it should not have done."""
    head = (
        f"{one.number} {one.kind} {one.place} ({one.share:.2%} of rows, {one.claims} claims, "
        f"{one.seconds:.1f} s): {one.words}"
    )
    lines = [
        f"    {key}: {item}"
        for key in (
            "created",
            "others",
            "unread",
            "left",
            "seasons",
            "alone",
            "astray",
            "clears",
            "withdrawn",
            "faded",
        )
        for item in getattr(one, key)
    ]
    faults = [
        f"    {key}: {getattr(one, key)}" for key in ("refused", "broken") if getattr(one, key)
    ]
    return "\n".join([head, *faults, *lines])


def main(words: list[str]) -> None:
    """Make draws and print what they did."""
    numbers = [int(word) for word in words] or [40]
    outcomes = []
    for number in numbers if len(numbers) > 1 else range(numbers[0]):
        outcomes.append(outcome(number, available()))
        print(told_of(outcomes[-1]), flush=True)
    print(table_of(outcomes), where(outcomes), sep="\n\n")
    print(f"{np.mean([one.seconds for one in outcomes]):.1f} s a draw")


if __name__ == "__main__":
    main(sys.argv[1:])
