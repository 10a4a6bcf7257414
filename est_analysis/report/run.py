"""Run a report's notebook and write the page, its numbers and its manifest, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from est_analysis.account import told_of_extract
from est_analysis.archive import archive_folder, record_edition, refuse_published
from est_analysis.calendar import parse_period
from est_analysis.config import Settings, load_settings
from est_analysis.environment import usable_home
from est_analysis.errors import ReportError
from est_analysis.exports import ensure_exports
from est_analysis.extract_day import extract_day
from est_analysis.language import language as language_of
from est_analysis.page import render_page
from est_analysis.pdf import find_browser, print_pdf
from est_analysis.report.annexes import annex_files, earlier_annexes
from est_analysis.report.execute import execute, refuse_warnings
from est_analysis.report.one_edition import alone_in, refuse_other_edition
from est_analysis.report.parameters import UNTOUCHED, refuse_unknown
from est_analysis.report.place import cannot_write, put_in_place, work_folder
from est_analysis.report.provenance import checksums
from est_analysis.report.records import (
    INTERNAL,
    facts_in,
    finish_manifest,
    log_report,
    manifest_of,
    results_of,
    withdrawn_lines,
    write_json,
)
from est_analysis.report.registered import registering_with, taken_out
from est_analysis.report.unchecked import (
    label_unchecked,
    refuse_other_audience,
    refuse_unchecked,
)
from est_analysis.workspace import notebook_file, outputs_folder, same_workspace, settings_folder


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
    pdf: Path | None = None
    withdrawn: int = 0  # claims that what is unread takes back


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
    pdf: bool = False,
    supersede: str = "",
    keep_previous: bool = False,
    keep_failed: bool = True,
    cell_seconds: float | None = None,
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
        Day of the extract (2026-01-12); empty for the settings' own, else the last of the files.
    language
        ``sv`` or ``en``; the English notebooks lie in ``notebooks/en``.
    output
        Folder for the files; default ``outputs/<municipality>/<kind>_<period>…``.
    annex
        Also write the numbers as a workbook, with sources and definitions.
    csv
        Also write them as CSV, one file per table in the folder ``csv``.
    pdf
        Also print the page to PDF, by a Chromium-based browser found on the machine.
    supersede
        Why a public edition takes no account of an earlier one of its period; it stands on the
        page and in the log.
    keep_previous
        Whether an earlier report's files are kept in the folder ``previous`` of its own.
    keep_failed
        Whether a notebook that fails is kept in the folder, to look at.
    cell_seconds
        How long a cell may take; no limit by default.
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
        When a cell fails or writes a warning (the cell is named), or when the settings changed
        meanwhile; nothing is replaced.
    """
    language_of(language)  # an unknown one is refused before anything runs
    browser = find_browser() if pdf else None
    settings = load_settings(settings_folder(municipality))
    read = checksums(settings)
    _refuse_mixed(kind, area, intervention)
    refuse_unknown(settings, area, intervention, audience, as_of)
    as_of = as_of or _day_of_files(settings, progress)
    label = parse_period(period).label
    source = notebook_file(kind, language)
    name = report_name(
        kind, label, area=area, intervention=intervention, audience=audience, language=language
    )
    folder = output or outputs_folder() / settings.municipality.id / name
    refuse_published(archive_folder(settings), folder)
    stem = f"{settings.municipality.id}_{name}"
    wanted = {
        "municipality": settings.municipality.id, "kind": kind, "period": label, "area": area,
        "audience": audience, "language": language, "intervention": intervention,
    }  # fmt: skip
    refuse_other_edition(folder, stem, wanted)
    failed = folder if keep_failed else None
    work = work_folder(folder)
    try:
        parameters = {
            "municipality": settings.folder.name,
            "period": label,
            **({"intervention": intervention} if kind == "intervention" else {"area": area}),
            "audience": audience,
            "as_of": as_of,
            "language": language,
        }
        progress(f"running notebook {source.name}")
        with same_workspace(settings.folder), registering_with(supersede), usable_home():
            notebook = execute(source, work / "notebook.ipynb", parameters, failed, cell_seconds)
        refuse_warnings(notebook, work, failed)
        edition = taken_out(notebook)
        progress("writing the page")
        facts = facts_in(notebook)
        _refuse_other(read, facts["settings"])
        refuse_other_audience(facts, audience)
        if audience == "public":
            refuse_unchecked(notebook, source)
        else:
            label_unchecked(notebook, language_of(facts["language"]))
        page = render_page(notebook, language_of(facts["language"]), facts["kind"])
        results = results_of(notebook, facts)
        for line in (*facts.pop("told"), *withdrawn_lines(results)):  # of the terminal alone
            progress(line)
        manifest = manifest_of(facts, results, source, parameters, settings.municipality.id)
        written = Written(
            folder,
            folder / f"{stem}.html",
            folder / "notebook.ipynb",
            folder / "results.json",
            folder / "manifest.json",
            folder / f"{stem}.xlsx" if annex else None,
            folder / "csv" if csv else None,
            folder / f"{stem}.pdf" if pdf else None,
            withdrawn=len(results["withdrawn"]),
        )
        made = annex_files(results, settings, annex=written.annex, csv=written.csv)
        _write(work, written, notebook, page, results, manifest, made)
        paths = [written.notebook, written.results, written.manifest, written.html]
        if written.pdf is not None and browser is not None:
            progress("printing the page")
            print_pdf(work / written.html.name, work / written.pdf.name, browser)
            paths.append(written.pdf)
        old = earlier_annexes(written.html)
        names = [*(path.name for path in paths), *made]
        _tell_removed(old, folder, set(names), progress)
        finish_manifest(work, manifest, [n for n in names if n not in INTERNAL])
        with alone_in(folder):
            refuse_other_edition(folder, stem, wanted)  # made by another run meanwhile
            if edition is not None:
                record_edition(settings, edition, supersede)
            log_report(settings, manifest)  # first: what can be read stands in the log
            put_in_place(work, folder, names, keep_previous, replaced=old)
        return written
    except OSError as fault:
        raise cannot_write(folder, fault) from fault
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _day_of_files(settings: Settings, progress: Callable[[str], None]) -> str:
    """How far the files reach, where the settings say no day; the user is told whose it is."""
    if settings.municipality.as_of is not None:
        return ""
    ensure_exports(settings)
    found = extract_day("", settings)
    for line in told_of_extract(found, settings):
        progress(line)
    return found.day.isoformat()


def _tell_removed(
    old: list[Path], folder: Path, made: set[str], progress: Callable[[str], None]
) -> None:
    """Say which of an earlier report's files go without being made again: their numbers are old."""
    gone = [name for path in old if (name := path.relative_to(folder).as_posix()) not in made]
    if gone:
        shown = ", ".join(dict.fromkeys("csv/" if n.startswith("csv/") else n for n in gone))
        progress(
            f"removing {shown} of the report that was there: the numbers in them are not those of "
            "this one. To have them again: --annex (xlsx), --csv, --pdf, est statement"
        )


def _write(
    work: Path,
    written: Written,
    notebook: Any,
    page: str,
    results: dict[str, Any],
    manifest: dict[str, Any],
    made: dict[str, bytes],
) -> None:
    """Write a report's files to the hidden folder, under the names that they will have."""
    import nbformat

    for name_of_path in ("input_path", "output_path"):
        notebook.metadata.get("papermill", {}).pop(name_of_path, None)
    nbformat.write(notebook, work / written.notebook.name)  # type: ignore[no-untyped-call]
    (work / written.html.name).write_text(page, encoding="utf-8", newline="\n")
    manifest["results"] = write_json(work / written.results.name, results)
    for file, content_of in made.items():
        (work / file).parent.mkdir(exist_ok=True)
        (work / file).write_bytes(content_of)


def report_name(
    kind: str,
    period: str,
    *,
    area: str = "",
    intervention: str = "",
    audience: str = "internal",
    language: str = "sv",
) -> str:
    """The name of a report's folder in ``outputs/<municipality>``."""
    public = "public" if audience == "public" else ""
    other = language if language != "sv" else ""
    parts = [kind, period, area, intervention, public, other]
    return "_".join(filter(None, parts)).replace("..", "--")


def page_stem(manifest: dict[str, Any]) -> str:
    """What a report's page, workbook and PDF are called, without their endings."""
    name = report_name(
        manifest["kind"],
        manifest["period"],
        area=manifest["area"],
        intervention=manifest["parameters"].get("intervention", ""),
        audience=manifest["audience"],
        language=manifest["language"],
    )
    return f"{manifest['municipality']}_{name}"


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


def _refuse_other(read: dict[str, str], used: dict[str, str]) -> None:
    """The notebook must have read the settings that were checked before it ran."""
    if read != used:
        changed = sorted(name for name in read | used if read.get(name) != used.get(name))
        raise ReportError(
            "the notebook read other settings than were checked before it ran",
            expected="settings that stay as they are while a report is made",
            found=f"other contents: {', '.join(changed[:5])}",
            change="make the report again; a notebook of your own must read the municipality given",
            otherwise=UNTOUCHED,
        )
