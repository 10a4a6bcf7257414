"""What the processes of a batch do: warm up once, then make one report each."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from est_analysis.errors import EstError

CLEANED = "cleaned"
# What reports import, some of it inside functions, and what running and writing them does.
STACK = (
    "papermill", "nbconvert.exporters", "nbclient", "ipykernel.kernelapp", "ipykernel.ipkernel",
    "IPython", "matplotlib_inline.backend_inline", "matplotlib.pyplot",
    "matplotlib.backends.backend_svg", "seaborn", "scipy.stats", "scipy.optimize",
    "statsmodels.tsa.seasonal", "est_analysis.report", "est_analysis.evaluations",
    "est_analysis.outlook", "est_analysis.priorities", "est_analysis.effort",
    "est_analysis.kernels.engine", "est_analysis.kernels.kernel",
)  # fmt: skip


def warm_up(
    say: Callable[[dict[str, Any]], None], folder: Path, municipality: str, as_of: str, period: str
) -> dict[str, str] | None:
    """Import everything and clean the exports; what is wrong, if anything, is returned.

    Parameters
    ----------
    say
        Told the progress, as ``{"said": line}``.
    folder
        Where to store the cleaned data, in ``cleaned``.
    municipality, as_of
        Whose exports, and as on which day.
    period
        One of the reports' periods.
    """
    from est_analysis.calendar import parse_period
    from est_analysis.cleaned import FOLDER, store_cleaned
    from est_analysis.config import load_settings
    from est_analysis.counts.dataset import load_dataset
    from est_analysis.exports import ensure_exports
    from est_analysis.report import provenance
    from est_analysis.surveillance import deviations

    for name in STACK:
        import_module(name)
    provenance.program()
    try:
        settings = load_settings(Path(municipality))
        day = dt.date.fromisoformat(as_of)
        ensure_exports(settings)
        store_cleaned(settings, day, folder / CLEANED, lambda line: say({"said": line}))
    except EstError as fault:
        return told(fault)
    os.environ[FOLDER] = str(folder / CLEANED)
    data = load_dataset(settings, day)  # those who are forked have it in memory
    deviations(data, parse_period(period), by=["actor"])  # and what computing it sets up
    _draw_and_write()
    return None


def _draw_and_write() -> None:
    """A drawing and a page for nobody: what the first of each sets up is then set up."""
    import nbformat

    from est_analysis.figures import style
    from est_analysis.language import language
    from est_analysis.page import render_page

    words = language("sv")
    with style.drawing(100) as figure:
        style.write(figure, 10, 20, "Å")
        style.axes(figure, 20, 20, 60, 60).plot([1, 2])
        style.svg(figure)
    cells = [nbformat.v4.new_markdown_cell("# A")]  # type: ignore[no-untyped-call]
    render_page(nbformat.v4.new_notebook(cells=cells), words)  # type: ignore[no-untyped-call]


def make_report(request: dict[str, Any]) -> dict[str, Any]:
    """Make one report; ``{"written": folder}``, or the fault's four lines and a traceback.

    An insats that there are no data to judge by is ``skipped``, with the four lines that say why.

    Parameters
    ----------
    request
        What `est_analysis.report.run_report` is told; ``output`` as text. With ``address`` the
        finished report is also published there.
    """
    from est_analysis.remote import publish
    from est_analysis.report import run_report

    told_of = dict(request)
    address = told_of.pop("address", "")
    try:
        skipped = _too_early(request)
        if skipped is not None:
            return {"skipped": told(skipped)}
        written = run_report(**{**told_of, "output": Path(request["output"])})
        if address:
            publish(written.folder, address)
    except EstError as fault:
        return {"fault": told(fault)}
    except Exception as fault:
        said = {
            "what": "the report stopped: a fault of the program",
            "expected": "a report, or a message that says what to mend",
            "found": f"{type(fault).__name__}: {fault}",
            "change": "nothing of yours; please report it, with the lines of index.json",
            "otherwise": "an earlier report is left as it was",
        }
        return {"fault": {**said, "traceback": traceback.format_exc()}}
    return {"written": written.html.name}


def _too_early(request: dict[str, Any]) -> EstError | None:
    """Why an insats has nothing to be evaluated by; None where it has, and for other reports."""
    from est_analysis.calendar import parse_period
    from est_analysis.config import load_settings
    from est_analysis.counts.dataset import load_dataset
    from est_analysis.evaluations import cannot_be
    from est_analysis.extract_day import day_of_extract
    from est_analysis.workspace import settings_folder

    if request["kind"] != "intervention":
        return None
    settings = load_settings(settings_folder(request["municipality"]))
    insats = settings.interventions.get(request["intervention"])
    if insats is None:
        return None  # it is refused with the rest of what is wrong
    data = load_dataset(settings, day_of_extract(request["as_of"], settings))
    return cannot_be(data, insats, parse_period(request["period"]))


def told(fault: EstError) -> dict[str, str]:
    """An error's parts, as JSON can hold them."""
    return {
        "what": fault.what,
        "expected": fault.expected,
        "found": fault.found,
        "change": fault.change,
        "otherwise": fault.otherwise,
    }


if __name__ == "__main__":  # where there is no fork server: a process for one report
    print(json.dumps(make_report(json.loads(sys.argv[1]))))
