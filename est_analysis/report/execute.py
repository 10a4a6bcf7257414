"""Run a notebook with papermill; what goes wrong is said as an analyst can use it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from est_analysis.errors import ReportError
from est_analysis.privacy import masked, shown
from est_analysis.report.parameters import UNTOUCHED
from est_analysis.report.place import FAILED

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def execute(
    source: Path,
    target: Path,
    parameters: dict[str, str],
    folder: Path | None,
    cell_seconds: float | None = None,
) -> Any:
    """Execute a notebook; ReportError names the cell that failed, and it is kept in `folder`.

    Without a folder it is not kept.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    from est_analysis.kernels import engine

    engine.register()
    try:
        return papermill.execute_notebook(
            source,
            target,
            parameters=parameters,
            engine_name=engine.NAME,
            kernel_name="python3",
            progress_bar=sys.stderr.isatty(),
            cwd=source.parent,
            request_save_on_cell_execute=False,  # it is written once, when it has run or failed
            execution_timeout=cell_seconds,
        )
    except PapermillExecutionError as fault:
        to_see = _keep_failed(target, folder)
        message = _ANSI.sub("", str(fault.evalue))
        if "\n  expected   " in message:  # one of our own errors: it says what to do
            raise ReportError(
                f"the report stopped in cell {fault.exec_count}: {message.splitlines()[0]}",
                **_parts(message),
            ) from None
        raise ReportError(
            f"the report stopped in cell {fault.exec_count}",
            expected="every cell of the notebook to run",
            found=f"{fault.ename}: {message}",
            change=f"{to_see}; this is likely a fault of the program",
            otherwise=UNTOUCHED,
        ) from None
    except CellTimeoutError as fault:
        raise ReportError(
            "the report stopped: a cell took too long",
            expected=f"each cell to be done within {cell_seconds:g} s",
            found=str(fault).strip().splitlines()[-1],
            change="look for what keeps the cell; or allow more time (--cell-seconds)",
            otherwise=UNTOUCHED,
        ) from None
    except engine.KernelEndedError as fault:
        raise ReportError(
            "the report stopped: its kernel ended",
            expected="a kernel that runs until the notebook is done",
            found=str(fault),
            change="fewer workers at a time, or more memory for each (--memory-mb)",
            otherwise=UNTOUCHED,
        ) from None


def _parts(message: str) -> dict[str, str]:
    """The four lines of an error that came out of the kernel as text."""
    names = {
        "expected": "expected",
        "found": "found",
        "change it": "change",
        "otherwise": "otherwise",
    }
    parts = dict.fromkeys(names.values(), "")
    current = ""
    for line in message.splitlines()[1:]:
        for label, name in names.items():
            if line.startswith(f"  {label:<10} "):
                current = name
                line = line[13:]
                break
        if current:
            parts[current] = f"{parts[current]}\n{line}".strip()
    parts["otherwise"] = UNTOUCHED
    return parts


def _keep_failed(target: Path, folder: Path | None) -> str:
    """Keep the notebook for its owner only, rows may stand in it; what to do to see the cell.

    What an error or a warning quotes of an export may be a person, and is masked.
    """
    if folder is None:
        return "make it with est report, which keeps the notebook, to see the cell"
    import nbformat

    folder.mkdir(exist_ok=True)
    kept = folder / FAILED
    if target.exists():
        notebook = nbformat.read(target, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
        for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
            if output.output_type == "stream":
                output.text = _masked_lines(output.text)
            elif output.output_type == "error":
                output.evalue = _masked_lines(output.evalue)
                output.traceback = [_masked_lines(part) for part in output.traceback]
        nbformat.write(notebook, target)  # type: ignore[no-untyped-call]
        target.chmod(0o600)
        os.replace(target, kept)
    return f"open {kept} to see the cell"


def _masked_lines(text: str) -> str:
    return "\n".join(masked(text.split("\n")))


def refuse_warnings(notebook: Any, work: Path, folder: Path | None) -> None:
    """A cell that wrote to stderr fails the report; the notebook is kept in `folder`, if any."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.get("output_type") == "stream" and output.get("name") == "stderr":
                to_see = _keep_failed(work / "notebook.ipynb", folder)
                raise ReportError(
                    f"cell {number} wrote a warning",
                    expected="cells that write nothing to stderr",
                    found=shown(_ANSI.sub("", str(output.text)).strip(), 400),
                    change=f"{to_see}, and mend its cause in cell {number}: {cell.source[:60]!r}",
                    otherwise=UNTOUCHED,
                )
