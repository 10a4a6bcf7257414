"""Run a report's notebook and write the page, its numbers and its manifest, or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from est_analysis.calendar import parse_period
from est_analysis.config import load_settings
from est_analysis.errors import ReportError
from est_analysis.exhibits import EXHIBIT_MIME, MANIFEST_MIME
from est_analysis.language import language as language_of
from est_analysis.page import render_page
from est_analysis.report.annexes import annex_files, replace_annexes
from est_analysis.report.parameters import UNTOUCHED, refuse_unknown
from est_analysis.workspace import notebook_file, outputs_folder, settings_folder

RESULTS_SCHEMA = 1
MANIFEST_SCHEMA = 1
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Written:
    """The files of one report."""

    folder: Path
    html: Path
    notebook: Path
    results: Path
    manifest: Path
    annex: Path | None = None
    csv: Path | None = None


def run_report(
    kind: str,
    municipality: str,
    period: str,
    *,
    area: str = "",
    intervention: str = "",
    audience: str = "internal",
    as_of: str = "",
    language: str = "sv",
    output: Path | None = None,
    annex: bool = False,
    csv: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Written:
    """Make one report: execute its notebook with papermill and write its files.

    Parameters
    ----------
    kind
        A notebook's name, such as ``tertial`` or ``data_quality``.
    municipality
        A folder in ``params/``, or a path to one.
    period
        See `est_analysis.calendar.parse_period`.
    area
        One area's id; empty for the whole municipality.
    intervention
        An insats' id, for the report ``intervention``.
    audience
        ``internal`` or ``public``.
    as_of
        Day of the extract (2026-01-12); empty for the settings' own, else today.
    language
        ``sv`` or ``en``; the English notebooks lie in ``notebooks/en``.
    output
        Folder for the files; default ``outputs/<municipality>/<kind>_<period>…``.
    annex
        Also write the numbers as a workbook, with sources and definitions.
    csv
        Also write them as CSV, one file per table in the folder ``csv``.
    progress
        Called with a line of text for each step.

    Returns
    -------
    Written
        Paths of the page, the executed notebook, ``results.json`` and ``manifest.json``. They
        appear by rename when all are complete.

    Raises
    ------
    ReportError
        When a cell fails or writes a warning; the cell is named and nothing is replaced.
    """
    import nbformat

    language_of(language)  # an unknown one is refused before anything runs
    settings = load_settings(settings_folder(municipality))
    _refuse_mixed(kind, area, intervention)
    refuse_unknown(settings, area, intervention, audience, as_of)
    label = parse_period(period).label
    source = notebook_file(kind, language)
    name = "_".join(
        filter(
            None,
            [
                kind,
                label,
                area,
                intervention,
                "public" if audience == "public" else "",
                language if language != "sv" else "",
            ],
        )
    )
    name = name.replace("..", "--")
    folder = output or outputs_folder() / settings.municipality.id / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        parameters = {
            "municipality": _short(municipality, settings.folder),
            "period": label,
            **({"intervention": intervention} if kind == "intervention" else {"area": area}),
            "audience": audience,
            "as_of": as_of,
            "language": language,
        }
        progress(f"running notebook {source.name}")
        notebook = _execute(source, work / "notebook.ipynb", parameters, folder)
        _refuse_warnings(notebook, work, folder)
        progress("writing the page")
        facts = _facts(notebook)
        page = render_page(notebook, language_of(facts["language"]), facts["kind"])
        results = _results(notebook, facts)
        manifest = _manifest(facts, source, parameters, settings.municipality.id)
        manifest["disclosure"] = _verdict(results)
        written = Written(
            folder,
            folder / f"{settings.municipality.id}_{name}.html",
            folder / "notebook.ipynb",
            folder / "results.json",
            folder / "manifest.json",
            folder / f"{settings.municipality.id}_{name}.xlsx" if annex else None,
            folder / "csv" if csv else None,
        )
        extra = annex_files(results, settings, annex=written.annex, csv=written.csv)
        for name_of_path in ("input_path", "output_path"):
            notebook.metadata.get("papermill", {}).pop(name_of_path, None)
        nbformat.write(notebook, work / written.notebook.name)  # type: ignore[no-untyped-call]
        (work / written.html.name).write_text(page, encoding="utf-8", newline="\n")
        for path, content in ((written.results, results), (written.manifest, manifest)):
            text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
            (work / path.name).write_text(text + "\n", encoding="utf-8", newline="\n")
        folder.mkdir(exist_ok=True)
        for path in (written.notebook, written.results, written.manifest, written.html):
            os.replace(work / path.name, path)
        replace_annexes(written.html, extra, work)
        (folder / "failed.ipynb").unlink(missing_ok=True)
        return written
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _refuse_mixed(kind: str, area: str, intervention: str) -> None:
    """An insats' report needs its insats, and no other report has one."""
    if (kind == "intervention") != bool(intervention) or (kind == "intervention" and area):
        raise ReportError(
            f"cannot make the report {kind}",
            expected="--intervention ID with the report intervention, and only there; no --area",
            found=f'intervention "{intervention}", area "{area}"',
            change="the command; est evaluate lists the insatser of a period",
            otherwise=UNTOUCHED,
        )


def _short(municipality: str, folder: Path) -> str:
    """The municipality's id where that is enough to find it, so that no path is stored."""
    return folder.name if settings_folder(folder.name) == folder else str(municipality)


def _execute(source: Path, target: Path, parameters: dict[str, str], folder: Path) -> Any:
    import papermill
    from papermill.exceptions import PapermillExecutionError

    try:
        with tempfile.TemporaryDirectory(prefix="est-") as sockets:
            return papermill.execute_notebook(
                source,
                target,
                parameters=parameters,
                kernel_name="python3",
                progress_bar=sys.stderr.isatty(),
                cwd=source.parent,
                config=_kernel_settings(sockets),
                shutdown_kernel="immediate",  # all cells are done; a graceful end interrupts first
            )
    except PapermillExecutionError as fault:
        kept = _keep_failed(target, folder)
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
            change=f"open {kept} to see the cell; this is likely a fault of the program",
            otherwise=UNTOUCHED,
        ) from None


def _kernel_settings(folder: str) -> Any:
    """Reach the kernel by sockets in a private folder, not open ports, where there are such."""
    from traitlets.config import Config

    if os.name == "nt":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder) / "kernel")}})


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
        for shown, name in names.items():
            if line.startswith(f"  {shown:<10} "):
                current = name
                line = line[13:]
                break
        if current:
            parts[current] = f"{parts[current]}\n{line}".strip()
    parts["otherwise"] = UNTOUCHED
    return parts


def _keep_failed(target: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    kept = folder / "failed.ipynb"
    if target.exists():
        os.replace(target, kept)
    return kept


def _refuse_warnings(notebook: Any, work: Path, folder: Path) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.get("output_type") == "stream" and output.get("name") == "stderr":
                kept = _keep_failed(work / "notebook.ipynb", folder)
                raise ReportError(
                    f"cell {number} wrote a warning",
                    expected="cells that write nothing to stderr",
                    found=_ANSI.sub("", str(output.text)).strip()[:400],
                    change=f"open {kept}, mend the cause in cell {number}: {cell.source[:60]!r}",
                    otherwise=UNTOUCHED,
                )


def _outputs(notebook: Any, mime: str) -> list[dict[str, Any]]:
    return [
        output["data"][mime]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]


def _facts(notebook: Any) -> dict[str, Any]:
    found = _outputs(notebook, MANIFEST_MIME)
    if not found:
        raise ReportError(
            "the notebook does not start a report",
            expected="a cell that shows start(…), the report's head",
            found="no such output",
            change="let a cell near the top end with: report",
            otherwise=UNTOUCHED,
        )
    return found[0]


def _results(notebook: Any, facts: dict[str, Any]) -> dict[str, Any]:
    keys = (
        "kind",
        "municipality",
        "name",
        "fictional",
        "period",
        "start",
        "end",
        "area",
        "audience",
        "language",
        "as_of",
    )
    return {
        "schema": RESULTS_SCHEMA,
        **{key: facts[key] for key in keys},
        "exhibits": _outputs(notebook, EXHIBIT_MIME),
    }


def _manifest(
    facts: dict[str, Any], source: Path, parameters: dict[str, str], municipality: str
) -> dict[str, Any]:
    return {
        "schema": MANIFEST_SCHEMA,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "notebook": {
            "file": source.name,
            "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        },
        "parameters": {**parameters, "municipality": municipality, "as_of": facts["as_of"]},
        **facts,
    }


def _verdict(results: dict[str, Any]) -> dict[str, Any]:
    """The rule and how many cells it hid, as the appendix says; empty where there is none."""
    for entry in results["exhibits"]:
        if entry["id"] == "appendix":
            return {key: entry[key] for key in ("rule", "hidden", "hidden_by_reason")}
    return {}
