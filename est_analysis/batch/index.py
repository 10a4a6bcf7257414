"""The list of a batch's reports: a page for people, ``index.json`` for programs."""

from __future__ import annotations

import datetime as dt
import html
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from est_analysis.batch.outcome import Outcome
from est_analysis.calendar import parse_period
from est_analysis.config import Settings
from est_analysis.errors import ReportError
from est_analysis.language import Language, language
from est_analysis.report.place import MANIFEST, cannot_write
from est_analysis.stored_json import INDEX_SCHEMA, read_stored
from est_analysis.workspace import package_folder

SECURE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write_index(
    folder: Path, settings: Settings, as_of: dt.date, code: str, outcomes: list[Outcome]
) -> Path:
    """Write ``index.html`` and ``index.json`` to `folder`; each appears whole.

    Returns
    -------
    Path
        The page.
    """
    entries = [_entry(outcome, folder) for outcome in outcomes]
    record = {
        "schema": INDEX_SCHEMA,
        "municipality": settings.municipality.id,
        "name": settings.municipality.name,
        "fictional": settings.municipality.fictional,
        "as_of": as_of.isoformat(),
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "reports": entries,
    }
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    page = _page(settings, as_of, language(code), entries)
    for name, content in (("index.json", text), ("index.html", page)):
        path = folder / f".{name}.{os.getpid()}"
        try:
            path.write_text(content, encoding="utf-8", newline="\n")
            os.replace(path, folder / name)
        except OSError as fault:
            path.unlink(missing_ok=True)
            raise cannot_write(folder / name, fault) from fault
    return folder / "index.html"


def _entry(outcome: Outcome, folder: Path) -> dict[str, Any]:
    """What is known of one report; of an earlier version where this one failed."""
    job, manifest = outcome.job, outcome.folder / MANIFEST
    try:
        made = read_stored(manifest, "manifest")
    except ReportError:  # gone, or of a version that is newer than this one
        made = {}
    return {
        "kind": job.kind,
        "period": job.period,
        "area": job.area,
        "intervention": job.intervention,
        "audience": job.audience,
        "language": job.language,
        "status": outcome.status,
        "why": outcome.why,
        "page": outcome.html.relative_to(folder).as_posix() if outcome.html and made else None,
        "data_as_of": made.get("as_of"),
        "created": made.get("created"),
        "reported": made.get("reported", []),
        "fault": outcome.fault or None,
    }


def _page(
    settings: Settings, as_of: dt.date, words: Language, entries: list[dict[str, Any]]
) -> str:
    town = settings.municipality
    style = (package_folder() / "templates" / "est" / "style.css").read_text(encoding="utf-8")
    gone = [entry for entry in entries if entry["status"] in ("failed", "not_tried")]
    skipped = [entry for entry in entries if entry["status"] == "skipped"]
    title = words.text("batch.title")
    line = words.text(
        "batch.line",
        place=town.name,
        as_of=words.date(as_of),
        number=words.number(len(entries)),
    )
    told = words.text(
        f"batch.{'some_failed' if gone else 'some_skipped' if skipped else 'none_failed'}",
        failed=words.number(len(gone)),
        skipped=words.number(len(skipped)),
        number=words.number(len(entries)),
    )
    marks = ["internal", *(["fictional"] if town.fictional else [])]
    stamps = [f'<p class="stamp-{m}">{_safe(words.text(f"stamp.{m}"))}</p>' for m in marks]
    kinds = list(dict.fromkeys(entry["kind"] for entry in entries))
    parts = [
        "<!doctype html>",
        f'<html lang="{words.code}">',
        '<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{SECURE}">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{_safe(f'{title} – {line}')}</title>",
        f"<style>\n{style}</style>\n</head>\n<body>",
        f'<a class="skip" href="#content">{_safe(words.text("page.skip"))}</a>',
        f'<header><h1>{_safe(title)}</h1>\n<p class="head">{_safe(line)}</p>',
        *stamps,
        "</header>",
        f'<main id="content" tabindex="-1">\n<p>{_safe(told)}</p>',
        *_faults("faults", gone, settings, words),
        *_faults("skipped", skipped, settings, words),
        *(_kind(kind, [e for e in entries if e["kind"] == kind], settings, words)
          for kind in kinds),
        f"</main>\n<footer><p>{_safe(words.text('page.made_with'))}</p></footer>",
        "</body>\n</html>\n",
    ]  # fmt: skip
    return "\n".join(parts)


def _kind(kind: str, entries: Iterable[dict[str, Any]], settings: Settings, words: Language) -> str:
    """The reports of one kind as a table."""
    name = _kind_name(kind, words)
    columns = ("place", "period", "edition", "status", "data", "missing", "made")
    heads = "".join(f'<th scope="col">{_safe(words.text(f"batch.{c}"))}</th>' for c in columns)
    rows = "\n".join(_row(entry, settings, words) for entry in entries)
    caption = words.text("batch.caption", kind=name)
    return (
        f"<h2>{_safe(name)}</h2>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_safe(caption)}">'
        f"<table><caption><span>{_safe(caption)}</span></caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(entry: dict[str, Any], settings: Settings, words: Language) -> str:
    place = _safe(_place(entry, settings))
    if entry["page"]:
        place = f'<a href="{_safe(entry["page"])}">{place}</a>'
    edition = words.text(f"batch.audience.{entry['audience']}")
    if entry["language"] != words.code:
        edition += f" ({entry['language']})"
    state = words.text(f"batch.state.{entry['status']}")
    if entry["status"] in ("failed", "not_tried", "skipped") and entry["page"]:
        state += f" ({words.text('batch.earlier')})"
    cells = [
        words.period(parse_period(entry["period"])).split(" (")[0],
        edition,
        state,
        entry["data_as_of"] or "–",
        _missing(entry["reported"], settings, words),
        f"{dt.datetime.fromisoformat(entry['created']):%Y-%m-%d}" if entry["created"] else "–",
    ]
    css = ("", "", "", ' class="date"', "", ' class="date"')
    told = (f"<td{look}>{_safe(cell)}</td>" for look, cell in zip(css, cells, strict=True))
    return f'<tr><th scope="row">{place}</th>' + "".join(told)


def _missing(reported: list[dict[str, Any]], settings: Settings, words: Language) -> str:
    """Who did not report the whole period, or is not told of; that nobody did stands out."""
    if not reported:
        return "–"
    told = [one for one in reported if one["days_reported"] is not None]
    if told == reported and not any(one["days_reported"] for one in told):
        return words.text("batch.no_data")
    untold = [one["actor"] for one in reported if one not in told]
    lacking = [one for one in told if one["days_reported"] < one["days"]]
    lines = [
        words.text(
            "batch.days_missing",
            actor=settings.sources[one["actor"]].named(words.code),
            missing=words.number(one["days"] - one["days_reported"]),
            days=words.number(one["days"]),
        )
        for one in lacking
        if one["actor"] in settings.sources
    ]
    names = [settings.sources[a].named(words.code) for a in untold if a in settings.sources]
    if names:
        lines.append(words.text("batch.untold", actors=", ".join(names)))
    return "; ".join(lines) or words.text("batch.complete")


def _faults(
    heading: str, gone: list[dict[str, Any]], settings: Settings, words: Language
) -> list[str]:
    """What was not made and why, as a list; nothing where all of it was."""
    if not gone:
        return []
    lines = []
    for entry in gone:
        edition = words.text(f"batch.audience.{entry['audience']}")
        name = f"{_kind_name(entry['kind'], words)}, {_place(entry, settings)}, {entry['period']}"
        told = words.text("batch.state.not_tried")
        if entry["fault"]:
            parts = ("what", "expected", "found", "change")
            told = words.text("batch.fault", **{part: entry["fault"][part] for part in parts})
        lines.append(f"<li><strong>{_safe(f'{name} ({edition})')}</strong>: {_safe(told)}</li>")
    return [f"<h2>{_safe(words.text(f'batch.{heading}'))}</h2>", "<ul>", *lines, "</ul>"]


def _kind_name(kind: str, words: Language) -> str:
    key = f"batch.kind.{kind}"
    return words.text(key) if words.has(key) else kind


def _place(entry: dict[str, Any], settings: Settings) -> str:
    if entry["intervention"]:
        return settings.interventions[entry["intervention"]].name
    return settings.areas[entry["area"]].name if entry["area"] else settings.municipality.name


def _safe(text: str) -> str:
    return html.escape(text)
