"""Texts for a municipality to publish beside a report: accessibility statement and method.

Made from the report's own facts. What the program cannot know is marked to be filled in.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path
from typing import Any

from est_analysis.calendar import parse_period
from est_analysis.config import Settings, load_settings
from est_analysis.errors import ReportError
from est_analysis.exhibits import NOT_PUBLIC
from est_analysis.language import Language
from est_analysis.language import language as language_of
from est_analysis.page import render_page
from est_analysis.report.annexes import STATEMENTS
from est_analysis.stored_json import read_stored
from est_analysis.workspace import package_folder, settings_folder

METHODS = {  # what the method text explains, by the exhibits that a report has
    "change": {"totals", "change", "categories", "actor_week"},
    "season": {"trend", "decomposition"},
    "usual": {"category_deviations", "area_deviations", "week_signals", "cell_signals"},
    "rates": {"area_rates", "per_1000", "areas"},
    "hours": {"weekday_hours"},
    "events": {"calendar"},
    "evaluation": {"evaluations", "conclusions"},
    "forecast": {"forecast_weeks", "forecast", "coming_weeks"},
    "late": {"late"},
}


def write_statements(folder: Path) -> list[Path]:
    """Write ``accessibility`` and ``method``, each as a page and as Markdown, beside a report.

    Parameters
    ----------
    folder
        The report's folder, with ``manifest.json`` and ``results.json``. The texts are in the
        report's language; a public report's say no more of its exports than the report does.

    Returns
    -------
    list of Path
        The four files.

    Raises
    ------
    ReportError
        When there is no report in the folder.
    SettingsError
        When the municipality's settings cannot be read.
    """
    texts = statements_of(folder)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as work:
        for file, content in texts.items():
            (Path(work) / file).write_text(content, encoding="utf-8", newline="\n")
            (Path(work) / file).chmod(0o600)  # est publish makes copies for everybody
            os.replace(Path(work) / file, folder / file)  # also in place of a link
    return [folder / file for file in STATEMENTS]


def statements_of(folder: Path) -> dict[str, str]:
    """The texts of `write_statements`, by file."""
    import nbformat

    manifest, results = (_read(folder, name) for name in ("manifest", "results"))
    settings = load_settings(settings_folder(manifest["municipality"]))
    language = language_of(manifest["language"])
    fields = _fields(manifest, results, settings, language)
    pages: dict[str, str] = {}
    for name in dict.fromkeys(Path(file).stem for file in STATEMENTS):
        template = package_folder() / "texts" / f"{name}_{language.code}.md"
        text = template.read_text(encoding="utf-8").format_map(fields)
        cells = [nbformat.v4.new_markdown_cell(text)]  # type: ignore[no-untyped-call]
        notebook = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
        pages |= {f"{name}.html": render_page(notebook, language), f"{name}.md": text}
    return pages


def _read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / f"{name}.json"
    if not path.is_file():
        raise ReportError(
            f"no report in {path.parent}",
            expected="a report's folder, with manifest.json and results.json",
            found=f"no {path.name}",
            change="the folder; est report prints where a report lies",
            otherwise="no text is written",
        )
    return read_stored(path, name)


def _fields(
    manifest: dict[str, Any], results: dict[str, Any], settings: Settings, language: Language
) -> dict[str, str]:
    def fill_in(what: str) -> str:
        return language.text("statement.todo", what=language.text(f"statement.{what}"))

    hidden = manifest["disclosure"].get("hidden", 0)
    shown = {one["id"] for one in results["exhibits"] if one.get("kind") != NOT_PUBLIC}
    methods = [language.text(f"method.{key}") for key, ids in METHODS.items() if ids & shown]
    area = settings.areas.get(manifest["area"])
    key = f"batch.kind.{manifest['kind']}"
    title = language.text(key) if language.has(key) else manifest["kind"]
    return {
        "title": f"{title}, {area.name}" if area else title,
        "name": _plain(manifest["name"]),
        "period": language.period(parse_period(manifest["period"])),
        "as_of": language.date(dt.date.fromisoformat(manifest["as_of"])),
        "fictional": language.text("statement.fictional") if manifest["fictional"] else "",
        "contact": _plain(settings.municipality.contact) or fill_in("contact"),
        "todo_reviewed": fill_in("reviewed"),
        "todo_authority": fill_in("authority"),
        "todo_date": fill_in("date"),
        "sources": "\n".join(f"- {line}" for line in _sources(manifest, settings, language)),
        "rule": _rule(manifest, language),
        "hidden": language.text("statement.hidden", cells=language.number(hidden))
        if hidden
        else "",
        "methods": "\n\n".join(methods),
        "version": manifest["versions"]["est_analysis"],
        "notebook": manifest["notebook"]["file"],
        "notebook_sha": manifest["notebook"]["sha256"],
    }


def _sources(manifest: dict[str, Any], settings: Settings, language: Language) -> list[str]:
    """Each actor with its files and, in an internal report, what became of the rows."""
    rows = {row["actor"]: row for row in manifest["rows"]}
    lines = []
    for actor in dict.fromkeys(one["actor"] for one in manifest["inputs"]):
        source = settings.sources.get(actor)
        files = sum(one["actor"] == actor for one in manifest["inputs"])
        lines.append(
            language.text(
                "statement.source" if actor in rows else "statement.source_public",
                actor=_plain(source.named(language.code) if source else actor),
                files=language.number(files),
                **{
                    key: language.number(rows[actor][key]) if actor in rows else ""
                    for key in ("read", "kept", "rejected", "duplicates")
                },
            )
        )
    return lines


def _rule(manifest: dict[str, Any], language: Language) -> str:
    rule = manifest["disclosure"].get("rule", {"audience": "internal"})
    if rule["audience"] == "internal":
        return language.text("annex.rule_internal")
    if rule["method"] == "round":
        return language.text("annex.rule_round", minimum=rule["minimum"], step=rule["round_to"])
    key = "annex.rule_suppress_zeros" if rule["hide_zeros"] else "annex.rule_suppress"
    return language.text(key, minimum=rule["minimum"], most=rule["minimum"] - 1)


def _plain(text: str) -> str:
    """A name as text in Markdown: no mark of it is one of the page's."""
    return "".join(f"&#{ord(c)};" if c in "\\`*_{}[]()<>#+!|~&\"'\n" else c for c in text)
