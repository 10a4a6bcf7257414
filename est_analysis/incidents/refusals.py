"""Which rows are left out, each with one reason, the column and what stood there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.privacy import HIDDEN, personal_data_in
from est_analysis.sources import Coded, Export

LONGEST_SHOWN = 60  # characters of a refused value
BY_RULE = ("blank_row", "footer", "other_actor")  # expected: nothing to mend
REPEATS = ("same_file", "same_identity")  # duplicates: the row stands elsewhere too
COLUMNS = ["actor", "file", "row", "reason", "column", "value"]

Rows = npt.NDArray[np.bool_]


class Refusals:
    """Collects refused rows of one export; the first reason stands."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._codes = np.zeros(len(export), dtype=np.int16)
        self._reasons: list[tuple[str, str, bool]] = []

    @property
    def kept(self) -> Rows:
        """Rows with no reason against them."""
        return np.asarray(self._codes == 0)

    def refuse(self, rows: Rows, reason: str, column: str = "", *, secret: bool = False) -> None:
        """Leave out `rows`, unless they are left out already."""
        if rows.any():
            self._reasons.append((reason, column, secret))
            self._codes[rows & self.kept] = len(self._reasons)

    def table(self) -> pd.DataFrame:
        """One line per refused row, the unreadable ones of the reader among them."""
        export = self._export
        names = np.array([delivery.file for delivery in export.deliveries], dtype=object)
        parts = [
            pd.DataFrame(
                {
                    "file": export.faults["file"],
                    "row": export.faults["row"],
                    "reason": export.faults["reason"],
                    "column": "",
                    "value": [_shown(value) for value in export.faults["value"]],
                }
            )
        ]
        for code, (reason, column, secret) in enumerate(self._reasons, start=1):
            rows = self._codes == code
            values = _values(export.columns.get(column), rows, secret)
            parts.append(
                pd.DataFrame(
                    {
                        "file": names[export.file[rows]],
                        "row": export.row[rows],
                        "reason": reason,
                        "column": _header(export, column),
                        "value": values,
                    }
                )
            )
        table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
        table.insert(0, "actor", export.source.actor)
        return table.sort_values(["file", "row"], kind="stable", ignore_index=True)[COLUMNS]


def _header(export: Export, column: str) -> str:
    """The export's own name for a field or rule column."""
    field = export.source.columns.get(column)
    return field.headers[0] if field is not None else column.removeprefix("column ")


def _values(column: Coded | None, rows: Rows, secret: bool) -> npt.NDArray[np.object_] | str:
    if secret:
        return HIDDEN
    if column is None:
        return ""
    used = column.where(rows)
    mask = used.used()
    shown = [_shown(word) if use else "" for word, use in zip(used.words, mask, strict=True)]
    return np.array(shown, dtype=object)[used.codes]


def _shown(word: str) -> str:
    if personal_data_in(word):
        return HIDDEN
    return (
        word if len(word) <= LONGEST_SHOWN else f"{word[:LONGEST_SHOWN]}… ({len(word)} characters)"
    )
