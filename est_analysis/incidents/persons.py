"""Persons stop here: every column that is read is searched, and what is found is never shown.

Columns whose texts are kept (area, type, place) follow the source's policy. Dates, times
and counts leave cleaning as numbers only, so a person there is a cell that cannot be read: its row
is left out. Columns that only rules, identity or the count of reporters look at are never kept;
what stands in them is counted, and the row is used.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.config import Settings
from est_analysis.errors import SourceError
from est_analysis.incidents.refusals import Refusals, header_of
from est_analysis.incidents.translate import lookup
from est_analysis.privacy import HIDDEN, UNSURE, find_personal_data
from est_analysis.sources import Coded, Export

KEPT_TEXTS = ("area", "category", "place")
READ_AS_NUMBERS = (
    "occurred_from", "time_from", "occurred_to", "time_to", "reported_at", "year", "count",
)  # fmt: skip
COLUMNS = ["actor", "column", "kind", "cells", "fate"]

Flags = npt.NDArray[np.bool_]


class PersonalData:
    """Finds persons in one export, and counts them by column and kind."""

    def __init__(self, export: Export) -> None:
        self._source = export.source
        self._found: list[tuple[str, str, str, int, str]] = []

    def guard(self, export: Export, refusals: Refusals, settings: Settings) -> Export:
        """Refuse or mask the rows whose texts hold a person, or stop, as the source declares."""
        columns = dict(export.columns)
        policy = self._source.personal_data
        for name in KEPT_TEXTS:
            if name not in columns:
                continue
            column = columns[name]
            known = _translated(name, export, settings)
            secret, unsure = self._look(export, name, known, refusals.kept)
            if not (secret | unsure).any():
                continue
            rows = column.spread(secret) & refusals.kept
            self._stop(export, name, rows)
            if policy == "reject":
                refusals.refuse(rows, "personal_data", name, secret=True)
            hide = secret | unsure
            words = tuple(HIDDEN if h else w for w, h in zip(column.words, hide, strict=True))
            columns[name] = Coded(column.codes, words).distinct()
        fates = {*KEPT_TEXTS, *READ_AS_NUMBERS}
        for name in columns:
            if name not in fates:
                self._look(export, name, frozenset(), refusals.kept, fate="not_kept")
        return replace(export, columns=columns)

    def unread(self, export: Export, refusals: Refusals) -> None:
        """Give rows whose date, time or count is a person that reason instead."""
        for name in READ_AS_NUMBERS:
            rows = refusals.because_of(name)
            if not rows.any():
                continue
            secret, _ = self._look(export, name, frozenset(), rows)
            hits = export.columns[name].spread(secret) & rows
            self._stop(export, name, hits)
            refusals.refuse(hits, "personal_data", name, secret=True, again=True)

    def table(self) -> pd.DataFrame:
        """``actor, column, kind, cells, fate``: what was found, never what stood there."""
        return pd.DataFrame(self._found, columns=COLUMNS)

    def _look(
        self, export: Export, name: str, known: frozenset[str], rows: Flags, fate: str = ""
    ) -> tuple[Flags, Flags]:
        """Which words of a column hold a person, and which may; the cells of `rows` are noted."""
        column = export.columns[name]
        secret, unsure = np.zeros((2, len(column.words)), dtype=bool)
        unknown = [
            i for i, word in enumerate(column.words) if word and word.casefold() not in known
        ]
        found = find_personal_data(
            [column.words[i] for i in unknown], names=name in self._source.person_names
        )
        fate = fate or ("masked" if self._source.personal_data == "mask" else "left_out")
        if name in READ_AS_NUMBERS:
            fate = "left_out"
        for kind, flags in found.items():
            here = np.zeros(len(column.words), dtype=bool)
            here[np.array(unknown)[flags]] = True
            cells = int((column.spread(here) & rows).sum())
            doubtful = kind in UNSURE
            told = unsure if doubtful else secret
            told |= here
            if cells and not (doubtful and name not in KEPT_TEXTS):
                place = header_of(export, name)
                own = "masked" if doubtful else fate
                self._found.append((self._source.actor, place, kind, cells, own))
        return secret, unsure

    def _stop(self, export: Export, name: str, rows: Flags) -> None:
        if self._source.personal_data != "stop" or not rows.any():
            return
        place = int(np.flatnonzero(rows)[0])
        raise SourceError(
            f"personal data in the export of {self._source.name}",
            expected="events at places, never persons",
            found=f"{int(rows.sum())} cells in the field {name}",
            change=f"remove them at the source, the first in "
            f"{export.deliveries[export.file[place]].file}, row {export.row[place]}; "
            f"{self._source.path}: personal_data: reject leaves such rows out",
            otherwise="nothing of this actor is used (personal_data: stop)",
        )


def _translated(name: str, export: Export, settings: Settings) -> frozenset[str]:
    """Words that the settings translate: somebody has looked at them, and only ids are kept."""
    source = export.source
    if name == "area":
        return frozenset(lookup(source.areas, settings.areas))
    if name == "category":
        return frozenset(lookup(source.categories, settings.categories))
    return frozenset()
