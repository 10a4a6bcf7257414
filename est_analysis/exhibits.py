"""What a notebook cell shows: HTML for the reader, and the same released numbers for machines."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable

EXHIBIT_MIME = "application/vnd.est.exhibit+json"
MANIFEST_MIME = "application/vnd.est.manifest+json"


@dataclass(frozen=True)
class Exhibit:
    """One table, figure or set of findings.

    In JupyterLab and in the report it shows as HTML; `record` goes to ``results.json``.
    """

    id: str
    html: str
    record: dict[str, Any]
    mime: str = EXHIBIT_MIME

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/html": self.html,
            "text/plain": f"<{self.id}>",
            self.mime: self.record,
        }


def table_record(name: str, safe: SafeTable) -> dict[str, Any]:
    """A released table as plain JSON values: hidden cells say so, missing ones are null."""
    columns = list(safe.data.columns)
    rows = [
        [_plain(value, bool(hide)) for value, hide in zip(values, hides, strict=True)]
        for values, hides in zip(
            safe.data.astype(object).to_numpy(), safe.hidden.to_numpy(), strict=True
        )
    ]
    return {
        "id": name,
        "kind": "table",
        "columns": columns,
        "rows": rows,
        "unit": safe.unit,
        "period": safe.period,
        "source": safe.source,
        "hidden_cells": safe.hidden_cells,
    }


def findings_html(sentences: list[str], name: str) -> str:
    """Findings as a box; one as a paragraph, several as a list."""
    if not sentences:
        return ""
    if len(sentences) == 1:
        return f'<p class="finding" id="{name}-finding">{html.escape(sentences[0])}</p>'
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="finding" id="{name}-finding">{items}</ul>'


def _plain(value: Any, hidden: bool) -> Any:
    if hidden:
        return {"hidden": True}
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp | np.datetime64):
        stamp = pd.Timestamp(value)
        return stamp.date().isoformat() if stamp == stamp.normalize() else stamp.isoformat()
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        if math.isnan(number):
            return None
        if math.isinf(number):
            return "infinity"
        return round(number, 6)
    return str(value)
