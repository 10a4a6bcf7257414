"""Rows that are left out before anything is translated: by rule, for persons, for their count."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from est_analysis.errors import SourceError
from est_analysis.incidents.refusals import Refusals
from est_analysis.privacy import HIDDEN, personal_data_in
from est_analysis.sources import Coded, Export

READ_FOR_PERSONS = ("area", "category", "place", "severity")
_GROUPED = re.compile(r"[+-]?\d{1,3}([ .,]\d{3})+|[+-]?\d+")


def apply_rules(export: Export, refusals: Refusals) -> None:
    """Rows of other actors, and rows that the declaration drops."""
    for rule in export.source.only:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule.test, rule.values)
        refusals.refuse(~hits, "other_actor", name)
    for rule in export.source.drop:
        name = f"column {rule.column}"
        hits = _matches(export.columns[name], rule.test, rule.values)
        refusals.refuse(hits, f"drop: {rule.reason}", name)


def _matches(column: Coded, test: str, values: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    if test == "equals":
        return column.flags([word in values for word in column.words])
    if test == "starts_with":
        return column.flags([word.startswith(values) for word in column.words])
    return column.flags([any(value in word for value in values) for word in column.words])


def guard_persons(export: Export, refusals: Refusals) -> Export:
    """Refuse or mask rows with personal data, or stop, as the source declares."""
    columns = dict(export.columns)
    for name in READ_FOR_PERSONS:
        column = columns.get(name)
        if column is None:
            continue
        found = [personal_data_in(word) is not None for word in column.words]
        if not any(found):
            continue
        rows = column.flags(found) & refusals.kept
        if export.source.personal_data == "stop" and rows.any():
            place = int(np.flatnonzero(rows)[0])
            raise SourceError(
                f"personal data in the export of {export.source.name}",
                expected="events at places, never persons",
                found=f"{int(rows.sum())} cells in the field {name}, the first in "
                f"{export.deliveries[export.file[place]].file}, row {export.row[place]}",
                change=f"remove them at the source; {export.source.path}: personal_data: reject "
                "leaves such rows out",
                otherwise="nothing of this actor is used (personal_data: stop)",
            )
        if export.source.personal_data == "reject":
            refusals.refuse(rows, "personal_data", name, secret=True)
        words = tuple(HIDDEN if bad else w for w, bad in zip(column.words, found, strict=True))
        columns[name] = Coded(column.codes, words).distinct()
    return Export(export.source, columns, export.file, export.row, export.faults, export.deliveries)


def read_counts(export: Export, refusals: Refusals) -> npt.NDArray[np.int32]:
    """The count of each row (1 for events); rows without a whole number from 0 are refused."""
    column = export.columns.get("count")
    if column is None:
        return np.ones(len(export), dtype=np.int32)
    read = [_whole_number(word, export.source.decimal) for word in column.words]
    problems = column.spread(np.array([problem for _, problem in read], dtype=object))
    for problem in ("blank_count", "bad_count", "negative_count"):
        refusals.refuse(problems == problem, problem, "count")
    return column.spread(np.array([value for value, _ in read], dtype=np.int32))


def _whole_number(word: str, decimal: str) -> tuple[int, str]:
    """A count and ``""``, or 0 and the problem. ``1 234`` and ``12,0`` are whole numbers."""
    if not word:
        return 0, "blank_count"
    whole, _, fraction = word.replace("\u2212", "-").partition(decimal)
    if (fraction and fraction.strip("0")) or not _GROUPED.fullmatch(whole):
        return 0, "bad_count"
    value = int(re.sub(r"[ .,]", "", whole))
    if abs(value) > 1_000_000_000:
        return 0, "bad_count"
    return (value, "") if value >= 0 else (0, "negative_count")
