"""Read how areas and types are found: keywords, words with dates, tables of streets."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path

from est_analysis.config.finding import Dated, Keywords, Street
from est_analysis.config.paths import named_file
from est_analysis.config.references import check_references
from est_analysis.config.section import OTHERWISE, Section, nearest
from est_analysis.errors import SettingsError

SIDES = {
    "": "", "alla": "", "all": "",
    "udda": "odd", "odd": "odd", "jämna": "even", "jämn": "even", "even": "even",
}  # fmt: skip


def read_keywords(section: Section, known: Collection[str]) -> tuple[Keywords, ...]:
    """Under ``keywords``, in the order in which they are tried."""
    found = []
    for item in section.sections("keywords"):
        one = Keywords(item.texts("contains"), item.text("id"))
        check_references((one.id,), known, item, "id")
        item.done()
        found.append(one)
    return tuple(found)


def read_dated(section: Section, word: str, known: Collection[str]) -> tuple[Dated, ...]:
    """What a word in a ``map`` means at different times; the times must not overlap."""
    found = []
    for item in section.sections(word):
        one = Dated(
            item.text("id"),
            item.optional_date("from") or dt.date.min,
            item.optional_date("until") or dt.date.max,
        )
        check_references((one.id,), known, item, "id")
        item.done()
        found.append(one)
    found.sort(key=lambda one: one.start)
    for one, other in pairwise(found):
        if other.start <= one.end:
            section.refuse(
                word,
                expected="times that follow each other",
                found=f"{one.id} until {one.end} and {other.id} from {other.start}",
                change="mend from and until (both inclusive)",
            )
    return tuple(found)


def read_streets(section: Section, areas: Mapping[str, str]) -> tuple[Street, ...]:
    """Under ``streets``: a table of streets, with `areas` as id → name."""
    part = section.section("streets")
    if part is None:
        return ()
    beside = part.path.parent
    name = part.text("file")
    path = named_file(name, beside, beside.parent)
    if path is None:
        part.refuse(
            "file", expected=f"a CSV of streets beside {part.path.name}",
            found=f'no file "{name[:60]}" there', change="put it there",
        )  # fmt: skip
    headers = {key: part.text(key, "") for key in ("street", "area", "from", "to", "side")}
    headers["street"] = headers["street"] or "street"
    headers["area"] = headers["area"] or "area"
    delimiter = part.text("delimiter", ";")
    encoding = part.text("encoding", "utf-8-sig")
    part.done()
    rows = _rows(path, part, delimiter, encoding, headers)
    known = {area.casefold(): area for area in areas}
    known |= {name.casefold(): area for area, name in areas.items()}
    return tuple(_street(path, line, row, headers, known) for line, row in rows)


def _rows(
    path: Path, part: Section, delimiter: str, encoding: str, headers: dict[str, str]
) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding=encoding, newline="") as stream:
            reader = csv.DictReader(stream, delimiter=delimiter)
            rows = [(reader.line_num, row) for row in reader]
            there = reader.fieldnames or []
    except (csv.Error, UnicodeError, LookupError, TypeError) as fault:
        part.refuse(
            "file", expected=f"{path.name} as a CSV", found=str(fault)[:200],
            change="name its encoding and delimiter under streets",
        )  # fmt: skip
    for key, header in headers.items():
        if header and header not in there:
            part.refuse(
                key if part.has(key) else "file", expected=f'a column "{header}" in {path.name}',
                found=", ".join(map(str, there))[:200], change=f"{key}: the name of the column",
            )  # fmt: skip
    return [(line, {k: v or "" for k, v in row.items() if k is not None}) for line, row in rows]


def _street(
    path: Path, line: int, row: dict[str, str], headers: dict[str, str], known: dict[str, str]
) -> Street:
    said = {key: row[header].strip() if header else "" for key, header in headers.items()}
    first, last, side = said["from"], said["to"], said["side"].casefold()
    fault = ""
    if said["area"].casefold() not in known:
        fault = f'the area "{said["area"]}": {nearest(said["area"].casefold(), known)}'
    elif not all(number.isdecimal() for number in (first, last) if number):
        fault = f'the numbers "{first}" to "{last}"'
    elif side not in SIDES:
        fault = f'the side "{said["side"]}"'
    elif not said["street"]:
        fault = "no street"
    if fault:
        raise SettingsError(
            f"cannot use {path.name}",
            expected="a street and an area on each line; numbers and side (odd, even) may be blank",
            found=f"{fault} (line {line})",
            change=f"mend line {line} of {path}",
            otherwise=OTHERWISE,
        )
    return Street(
        " ".join(said["street"].split()),
        known[said["area"].casefold()],
        int(first) if first else None,
        int(last) if last else None,
        SIDES[side],
    )
