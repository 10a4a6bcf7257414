"""Which rows are left out, each with one reason, the column and what stood there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config.table_form import NOT_REPORTED
from est_analysis.privacy import HIDDEN, masked
from est_analysis.sources import CELL, SHEET, Coded, Export

LONGEST_SHOWN = 60  # characters of a refused value
BY_RULE = ("blank_row", "footer", "total")  # expected: nothing to mend
AS_DECLARED = (*BY_RULE, NOT_REPORTED)  # the last is no event that is left out, and no zero
REGISTERED_LATER = "registered_later"
AFTER = (REGISTERED_LATER, "future_date", "not_over")  # what the day of the extract leaves out
# duplicates: the row stands elsewhere too, or is taken from one that does
REPEATS = ("same_file", "replaced", "same_identity", "netted")
COLUMNS = ["actor", "file", "sheet", "row", "cell", "reason", "column", "value"]

Rows = npt.NDArray[np.bool_]


class Refusals:
    """Collects refused rows of one export; the first reason stands."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._codes = np.zeros(len(export), dtype=np.int16)
        self._reasons: list[tuple[str, str, str]] = []

    @property
    def kept(self) -> Rows:
        """Rows with no reason against them."""
        return np.asarray(self._codes == 0)

    def refuse(
        self,
        rows: Rows,
        reason: str,
        column: str = "",
        *,
        secret: bool = False,
        again: bool = False,
        note: str = "",
    ) -> None:
        """Leave out `rows`, unless they are left out already; `again` gives those a new reason.

        The account shows the `note` where one is given, else what stood in the column, unless that
        is `secret`.
        """
        if rows.any():
            self._reasons.append((reason, column, HIDDEN if secret else note))
            self._codes[rows if again else rows & self.kept] = len(self._reasons)

    def left_out_for(self, reasons: Callable[[str], bool]) -> Rows:
        """Rows that are left out for a reason of some kind."""
        codes = [n for n, (reason, _, _) in enumerate(self._reasons, start=1) if reasons(reason)]
        return np.isin(self._codes, codes) if codes else np.zeros(len(self._codes), dtype=bool)

    def why(
        self, rows: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
        """The reason against each of some rows, and the export's name of the column; "" if none."""
        reasons = np.array(["", *(reason for reason, _, _ in self._reasons)], dtype=object)
        columns = [header_of(self._export, column) for _, column, _ in self._reasons]
        codes = self._codes[rows]
        return reasons[codes], np.array(["", *columns], dtype=object)[codes]

    def because_of(self, column: str) -> Rows:
        """Rows that are left out for what stood in a column."""
        codes = [n for n, (_, name, _) in enumerate(self._reasons, start=1) if name == column]
        return np.isin(self._codes, codes)

    def table(self) -> pd.DataFrame:
        """One line per refused row, the unreadable ones of the reader among them."""
        export = self._export
        names = np.array([delivery.file for delivery in export.deliveries], dtype=object)
        parts = [
            pd.DataFrame(
                {
                    "file": export.faults["file"],
                    "sheet": export.faults["sheet"],
                    "row": export.faults["row"],
                    "cell": "",
                    "reason": export.faults["reason"],
                    "column": "",
                    "value": _shown(export.faults["value"].tolist()),
                }
            )
        ]
        for code, (reason, column, note) in enumerate(self._reasons, start=1):
            rows = self._codes == code
            only_looked_at = column.startswith("column ")  # by a rule; its texts are not kept
            column_or_none = None if only_looked_at else export.columns.get(column)
            values = note or _values(column_or_none, rows)
            parts.append(
                pd.DataFrame(
                    {
                        "file": names[export.file[rows]],
                        "sheet": _values(export.columns.get(SHEET), rows),
                        "row": export.row[rows],
                        "cell": _values(export.columns.get(CELL), rows),
                        "reason": reason,
                        "column": header_of(export, column),
                        "value": values,
                    }
                )
            )
        table = pd.concat([part for part in parts if len(part)] or parts)
        table["actor"] = export.source.actor
        return table.sort_values(["file", "sheet", "row"], kind="stable", ignore_index=True)[
            COLUMNS
        ]


def header_of(export: Export, column: str) -> str:
    """The export's own name for a field or rule column."""
    field = export.source.columns.get(column)
    return field.headers[0] if field is not None else column.removeprefix("column ")


def _values(column: Coded | None, rows: Rows) -> npt.NDArray[np.object_] | str:
    if column is None:
        return ""
    used = column.where(rows)
    places = np.flatnonzero(used.used())
    shown = np.full(len(used.words), "", dtype=object)
    shown[places] = _shown([used.words[i] for i in places])
    return shown[used.codes]


def _shown(words: list[str]) -> list[str]:
    return [
        word if len(word) <= LONGEST_SHOWN else f"{word[:LONGEST_SHOWN]}… ({len(word)} characters)"
        for word in masked(words)
    ]
