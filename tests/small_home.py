"""A workspace with a small town and a short notebook, whose report takes little time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from est_analysis.report import Written, run_report


def write_notebook(folder: Path) -> None:
    """The notebook ``short``, in a workspace."""
    (folder / "notebooks").mkdir()
    cells = [
        nbformat.v4.new_markdown_cell("# Rapport"),
        nbformat.v4.new_code_cell(
            'municipality = "smastad"\nperiod = "2024-T3"\narea = ""\naudience = "internal"\n'
            'as_of = ""\nlanguage = "sv"',
            metadata={"tags": ["parameters"]},
        ),
        nbformat.v4.new_code_cell(
            "from est_analysis.report import start\n"
            "from est_analysis.quality import data_basis, rows_by_reason\n"
            'report = start("short", municipality, period, area, audience, as_of)\nreport'
        ),
        nbformat.v4.new_code_cell(
            'report.table("data_basis", data_basis(report.data, report.period))'
        ),
        nbformat.v4.new_code_cell('report.internal_table("reasons", rows_by_reason(report.data))'),
        nbformat.v4.new_code_cell("report.appendix()"),
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=spec)
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, folder / "notebooks" / "short.ipynb")


def made(home: Path, **options: Any) -> Written:
    return run_report("short", "smastad", "2024-T3", **options)


def aged(path: Path, key: str, day: str) -> None:
    facts = json.loads(path.read_text("utf-8"))
    facts[key] = f"{day}T12:00:00+00:00"
    path.write_text(json.dumps(facts), encoding="utf-8")
