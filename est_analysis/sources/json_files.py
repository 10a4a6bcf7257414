"""JSON → records: one object a line, or a list of them somewhere in a file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from est_analysis.config import SourceFormat
from est_analysis.privacy import masked
from est_analysis.sources.numbers import number_text
from est_analysis.sources.refusal import refuse
from est_analysis.sources.text_files import decoded

Records = list[tuple[int, dict[str, str]]]
Faults = list[tuple[int, str, str]]
MOST_KEYS = 1_000  # of one record, its lists taken apart


def json_records(path: Path, source: SourceFormat) -> tuple[Records, Faults]:
    """Records of a list, with their place in it from 1, and the items of it that are none.

    Nested keys are joined by dots, and so are places in lists, from 0: a GeoJSON's point has
    ``geometry.coordinates.0`` and ``geometry.coordinates.1``.
    """
    try:
        whole = json.loads(decoded(path, source), parse_float=number_text, object_pairs_hook=_once)
    except (ValueError, RecursionError, _TwiceError) as fault:
        told = (
            f"{fault.msg}, line {fault.lineno}" if isinstance(fault, json.JSONDecodeError) else ""
        )
        refuse(
            path, source, "a JSON file", f"one that is damaged ({told or type(fault).__name__})",
            "ask for a new export; one object on each line is reader: jsonl",
        )  # fmt: skip
    records: Records = []
    faults: Faults = []
    for number, item in enumerate(_listed(path, source, whole), start=1):
        if not isinstance(item, dict):
            faults.append((number, "bad_json", f"{type(item).__name__} instead of an object"))
            continue
        cells = dict(_flat(item, "", lists=True))
        if len(cells) > MOST_KEYS:
            faults.append((number, "bad_json", f"more than {MOST_KEYS:,} keys"))
            continue
        try:
            "".join((*cells, *cells.values())).encode()  # half a surrogate pair is no text
        except ValueError as fault:
            faults.append((number, "bad_json", type(fault).__name__))
            continue
        records.append((number, cells))
    if not records:
        refuse(path, source, "a list of JSON objects", "none in it", "export the file again")
    return records, faults


def _listed(path: Path, source: SourceFormat, whole: Any) -> list[Any]:
    """The list of records, where the declaration says that it stands."""
    found = whole
    for key in source.table.records.split(".") if source.table.records else []:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    lists = (
        sorted(k for k, v in whole.items() if isinstance(v, list))
        if isinstance(whole, dict)
        else []
    )
    names = ", ".join(masked(lists)) or "none"
    refuse(
        path,
        source,
        f'a list of records under "{source.table.records}"'
        if source.table.records
        else "a list of records",
        f"none there; lists in the file: {names}",
        f"{source.path}: records: the key of the list, such as {lists[0] if lists else 'features'}",
    )


def json_lines(
    path: Path, source: SourceFormat
) -> tuple[list[tuple[int, dict[str, str]]], list[tuple[int, str, str]]]:
    """Records with their line number, nested keys joined by dots, and the lines that are none."""
    records: list[tuple[int, dict[str, str]]] = []
    faults: list[tuple[int, str, str]] = []
    lines = decoded(path, source).removesuffix("\n").split("\n")  # U+2028 may stand in a text
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            faults.append((number, "blank_row", ""))
            continue
        try:
            record = json.loads(line, parse_float=number_text, object_pairs_hook=_once)
            if not isinstance(record, dict):
                faults.append((number, "bad_json", f"{type(record).__name__} instead of an object"))
                continue
            cells = _once(list(_flat(record, "")))
            "".join((*cells, *cells.values())).encode()  # half a surrogate pair is no text
            records.append((number, cells))
        except json.JSONDecodeError as fault:  # told by its place: the line may hold anything
            faults.append((number, "bad_json", f"{fault.msg}, character {fault.colno}"))
        except _TwiceError as fault:
            faults.append((number, "bad_json", str(fault)))
        except (ValueError, RecursionError) as fault:
            faults.append((number, "bad_json", type(fault).__name__))
    if not records:
        refuse(path, source, "one JSON object per line", "none", "export the file again")
    return records, faults


class _TwiceError(Exception):
    """A record has a key twice, and nothing tells which of the values is meant."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError("a key that stands twice")
    return found


def _flat(record: dict[str, Any], above: str, lists: bool = False) -> Iterable[tuple[str, str]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.", lists)
        elif lists and isinstance(value, list):
            yield from _flat({str(n): one for n, one in enumerate(value)}, f"{above}{key}.", lists)
        elif isinstance(value, str):
            yield above + key, value  # also a number with decimals, which stays one
        elif isinstance(value, bool):
            yield above + key, "Ja" if value else "Nej"
        else:
            yield above + key, "" if value is None else str(value)
