"""What a notebook cell shows: HTML for the reader, and the same released numbers for machines."""

from __future__ import annotations

import functools
import hashlib
import html
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from est_analysis.disclosure import SafeTable
from est_analysis.workspace import package_folder

EXHIBIT_MIME = "application/vnd.est.exhibit+json"  # as text: a notebook copies each value else
MANIFEST_MIME = "application/vnd.est.manifest+json"
GATE_MIME = "application/vnd.est.gate+json"  # beside what has passed the gate, and nothing else
NOT_PUBLIC = "not_public"  # the kind of a record of what a public page leaves out
LAB_STYLE = ('<style class="lab">', "</style>")  # around what a page leaves out


@dataclass(frozen=True)
class Exhibit:
    """One table, figure or set of findings.

    In JupyterLab and in the report it shows as HTML; `record` goes to ``results.json``.

    Attributes
    ----------
    pictures
        Its figures as SVG texts, in the order of the page.
    audience
        For whom it was released. Only `sealed` gives one, and with it the gate's mark.
    """

    id: str
    html: str
    record: dict[str, Any]
    pictures: tuple[str, ...] = ()
    audience: str = field(default="", init=False)

    def save(self, folder: str | Path = ".") -> list[Path]:
        """Write the figures as SVG files, which presentations and documents take in.

        Parameters
        ----------
        folder
            Where to; made if it is not there. Files of the same names are replaced.

        Returns
        -------
        list of Path
            ``<id>.svg``, or ``<id>_1.svg``, ``<id>_2.svg`` … where there are several.

        Examples
        --------
        >>> import tempfile
        >>> figure = Exhibit("trend", "", {}, pictures=("<svg xmlns='http://www.w3.org/2000/svg'/>",))
        >>> [path.name for path in figure.save(tempfile.mkdtemp())]
        ['trend.svg']
        """
        many = len(self.pictures) > 1
        Path(folder).mkdir(parents=True, exist_ok=True)
        paths = []
        for number, svg in enumerate(self.pictures, start=1):
            path = Path(folder) / (f"{self.id}_{number}.svg" if many else f"{self.id}.svg")
            path.write_text(svg, encoding="utf-8", newline="\n")
            paths.append(path)
        return paths

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        bundle = {
            "text/html": self.html + lab_style(),
            "text/plain": f"<{self.id}>",
            EXHIBIT_MIME: json.dumps(self.record, ensure_ascii=False, allow_nan=False),
        }
        return marked(bundle, self.audience) if self.audience else bundle


def sealed(exhibit: Exhibit, audience: str) -> Exhibit:
    """The exhibit with the mark of the gate: only a report gives it, to what it has released."""
    object.__setattr__(exhibit, "audience", audience)
    return exhibit


def marked(bundle: dict[str, Any], audience: str) -> dict[str, Any]:
    """What a cell shows, with the gate's mark: for whom it is, and a checksum of what is shown."""
    mark = {"audience": audience, "sha256": _checksum(bundle)}
    return {**bundle, GATE_MIME: mark}


def has_passed(bundle: dict[str, Any], audience: str) -> bool:
    """Whether what a cell shows has the gate's mark for an audience, and is as it was then."""
    mark = bundle.get(GATE_MIME)
    rest = {key: value for key, value in bundle.items() if key != GATE_MIME}
    return bool(mark == {"audience": audience, "sha256": _checksum(rest)})


def _checksum(bundle: dict[str, Any]) -> str:
    text = json.dumps(bundle, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def lab_style() -> str:
    """The page's look in JupyterLab, which keeps only the cells in view: each brings its own."""
    style = (package_folder() / "templates" / "lab.css").read_text(encoding="utf-8")
    return " ".join(style.split()).join(LAB_STYLE)


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


def table_rows(safe: SafeTable) -> list[dict[str, Any]]:
    """The rows of a released table as plain JSON values."""
    record = table_record("", safe)
    return [dict(zip(record["columns"], row, strict=True)) for row in record["rows"]]


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
