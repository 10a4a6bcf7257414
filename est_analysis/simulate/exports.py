"""Write the fictional events as each actor's declaration says its exports look."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from est_analysis.calendar import tertial_of
from est_analysis.config import Settings, SourceFormat, Translation
from est_analysis.simulate.plan import ActorPlan, Plan, read_plan
from est_analysis.simulate.world import draw_events
from est_analysis.sources import MARK, TRUTH, mark_invented
from est_analysis.workbook import same_bytes

_NOT_A_PERSON = "Anna Exempel, 811228-9874"  # the tax agency's own test number


def simulate_exports(settings: Settings) -> Path:
    """Write the fictional municipality's exports, unless they are there already.

    The same settings give the same bytes. Beside the exports lies ``truth.json``: the true effects,
    outbreaks and totals.

    Returns
    -------
    Path
        The folder of the exports.
    """
    folder = settings.municipality.exports
    if (folder / TRUTH).is_file():
        return folder
    plan = read_plan(settings)
    events = draw_events(settings, plan)
    rng = np.random.default_rng(plan.seed + 1)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".exports-", dir=folder.parent))
    try:
        for actor in plan.actors:
            _write_actor(work, settings, plan, actor, events[events["actor"] == actor.actor], rng)
        text = json.dumps(_truth(settings, plan, events), ensure_ascii=False, indent=1)
        (work / TRUTH).write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        mark_invented(work)
        for path in sorted(work.iterdir(), key=lambda p: (p.name == TRUTH, p.name != MARK)):
            os.replace(path, folder / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _truth(settings: Settings, plan: Plan, events: pd.DataFrame) -> dict[str, Any]:
    tertial = [tertial_of(day.date()).label for day in events["start"].dt.normalize()]
    named = events.assign(tertial=tertial).groupby(["actor", "tertial"], as_index=False).size()
    totals: dict[str, dict[str, int]] = {}
    for row in named.to_dict("records"):
        totals.setdefault(row["actor"], {})[row["tertial"]] = int(row["size"])
    return {
        "municipality": settings.municipality.name,
        "fictional": True,
        "seed": plan.seed,
        "totals": totals,
        "interventions": {
            e.intervention: {"factor": e.factor, "moved": e.moved, "peak_before": e.peak_before}
            for e in plan.effects
        },
        "outbreaks": [
            {"area": o.area, "category": o.category, "start": str(o.start), "factor": o.factor}
            for o in plan.outbreaks
        ],
    }


def _write_actor(
    folder: Path,
    settings: Settings,
    plan: Plan,
    actor: ActorPlan,
    events: pd.DataFrame,
    rng: np.random.Generator,
) -> None:
    source = settings.sources[actor.actor]
    table = _raw_table(settings, source, actor, events, rng)
    table = _with_faults(table, source, actor, rng)
    by_year = "{year}" in actor.file
    years = events["reported_at"].dt.year.clip(upper=plan.end.year).to_numpy()
    years = np.append(years, np.full(len(table) - len(years), plan.end.year))
    for year in np.unique(years) if by_year else [plan.end.year]:
        rows = table[years == year] if by_year else table
        path = folder / actor.file.format(year=year)
        if source.reader == "csv":
            path.write_bytes(_csv(rows, source, f"{source.name} {year}"))
        elif source.reader == "xlsx":
            path.write_bytes(_xlsx(rows, source, f"{source.name} {year}"))
        elif source.reader == "jsonl":
            lines = [json.dumps(r, ensure_ascii=False) for r in rows.to_dict("records")]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        else:
            rows.to_parquet(path, index=False)


def _raw_table(
    settings: Settings,
    source: SourceFormat,
    actor: ActorPlan,
    events: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The export's own columns and words."""
    number = len(events)
    table: dict[str, Any] = {
        key: [f"{source.actor[:2].upper()}-{position}{n:06d}" for n in range(number)]
        for position, key in enumerate(source.identity)
    }
    table |= _moment_columns(source, events, rng)
    area_words = _words(source.areas, {a.id: a.name for a in settings.areas.values()})
    kind_words = _words(source.categories, {c.id: c.name for c in settings.categories.values()})
    kinds = [kind_words.get(c) or kind_words[settings.main_category(c)] for c in events["category"]]
    fields: dict[str, Callable[[], list[str]]] = {
        "area": lambda: [str(rng.choice(area_words[a])) for a in events["area"]],
        "category": lambda: [str(rng.choice(words)) for words in kinds],
        "reporter": lambda: events["reporter"].to_list(),
        "count": lambda: ["1"] * number,
        "place": lambda: [f"Plats {n}" for n in rng.integers(1, 30, number)],
    }
    for field, words in fields.items():
        if field in source.columns:
            table[source.columns[field].headers[0]] = words()
    for name, texts in actor.extra_columns.items():
        table[name] = [str(word) for word in rng.choice(texts, number)]
    return pd.DataFrame(table)


def _moment_columns(
    source: SourceFormat, events: pd.DataFrame, rng: np.random.Generator
) -> dict[str, list[str]]:
    """Dates, times and year as the declaration writes them."""
    header = {name: column.headers[0] for name, column in source.columns.items()}
    timed = "time_from" in header
    moments = {
        "occurred_from": events["start"],
        "reported_at": events["reported_at"],
        "occurred_to": events["end"],
    }
    table = {}
    for field, moment in moments.items():
        if field in header:
            date_only = timed and field != "reported_at"
            texts = [_date_text(when, source, field, date_only, rng) for when in moment]
            table[header[field]] = texts
    if timed:
        spans = zip(events["start"], events["end"], strict=True)
        table[header["time_from"]] = [_time_text(a, b, b > a, rng) for a, b in spans]
    if "year" in header:
        table[header["year"]] = events["start"].dt.year.astype(str).to_list()
    return table


def _words(translation: Translation, names: dict[str, str]) -> dict[str, list[str]]:
    """Id → the raw words that mean it."""
    words: dict[str, list[str]] = {}
    for raw, target in translation.mapping.items():
        words.setdefault(target, []).append(str(raw))
    for identity, name in names.items():
        if "name" in translation.match:
            words.setdefault(identity, []).append(name)
        elif "id" in translation.match:
            words.setdefault(identity, []).append(identity)
    return words


def _date_text(
    when: pd.Timestamp, source: SourceFormat, field: str, date_only: bool, rng: np.random.Generator
) -> str:
    form = str(rng.choice(source.date_forms[field]))
    if "%" in form:
        return when.strftime(form)
    if form == "day/month":
        return f"{when.day}/{when.month}-{when:%y}"
    if form == "dotted":
        return f"{when:%d.%m.%Y}"
    return f"{when:%Y-%m-%d}" if date_only else f"{when:%Y-%m-%d %H:%M}"


def _time_text(start: pd.Timestamp, end: pd.Timestamp, span: bool, rng: np.random.Generator) -> str:
    if span:
        return f"{start:%H}-{end:%H}"
    form = int(rng.integers(0, 10))
    if form == 0:
        return f"ca {start:%H.%M}"
    return f"kl {start:%H.%M}" if form < 5 else f"{start:%H:%M}"


def _with_faults(
    table: pd.DataFrame, source: SourceFormat, actor: ActorPlan, rng: np.random.Generator
) -> pd.DataFrame:
    """The faults that real exports have: each is planted in rows added for it, or told in truth."""
    header = {name: column.headers[0] for name, column in source.columns.items()}

    def some(number: int) -> pd.DataFrame:
        return table.iloc[np.sort(rng.choice(len(table), number, replace=False))].copy()

    added = [some(actor.repeated_rows)]
    bad = some(actor.unreadable_dates)
    bad[header["occurred_from"]] = "2024-02-30"
    persons = some(actor.personal_cells)
    if "place" in header:
        persons[header["place"]] = _NOT_A_PERSON
    dropped = some(actor.dropped_rows)
    for rule in source.drop[:1]:
        dropped[rule.column] = rule.values[0]
    for position, fresh in enumerate((bad, persons, dropped)):
        for key in source.identity:
            fresh[key] = [f"X{position}-{n:05d}" for n in range(len(fresh))]
        added.append(fresh)
    if "area" in header and actor.blank_area_share:
        rows = rng.random(len(table)) < actor.blank_area_share
        table.loc[rows, header["area"]] = ""
    for field, words in actor.untranslated.items():
        rows = np.sort(rng.choice(len(table), 3 * len(words), replace=False))
        table.loc[table.index[rows], header[field]] = np.resize(
            np.array(words, dtype=object), len(rows)
        )
    return pd.concat([table, *(part for part in added if len(part))], ignore_index=True)


def _grid(table: pd.DataFrame, source: SourceFormat, title: str) -> list[list[str]]:
    """Title rows, header, rows and footer."""
    names = list(table.columns)
    head = [[title], ["Utdrag – FIKTIVA DATA"], *([[""]] * 9)][: source.header_row - 1]
    foot = [[source.footer[0], str(len(table))]] if source.footer else []
    if source.header_rows == 2:
        upper = [name.split(" ", 1)[0] if " " in name else name for name in names]
        lower = [name.split(" ", 1)[1] if " " in name else "" for name in names]
        shown = [u if i == 0 or upper[i - 1] != u else "" for i, u in enumerate(upper)]
        names_rows = [shown, lower]
    else:
        names_rows = [names]
    return [*head, *names_rows, *table.astype(str).to_numpy().tolist(), *foot]


def _csv(table: pd.DataFrame, source: SourceFormat, title: str) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=source.delimiter).writerows(_grid(table, source, title))
    encoding = "utf-8-sig" if source.encoding.lower() in ("utf-8", "utf8") else source.encoding
    return stream.getvalue().encode(encoding)


def _xlsx(table: pd.DataFrame, source: SourceFormat, title: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(source.sheet or "Blad1")
    dates = {
        source.columns[f].headers[0]
        for f in ("occurred_from", "occurred_to", "reported_at")
        if f in source.columns and "excel" in source.date_forms[f]
    }
    native = [name in dates for name in table.columns]
    for row in _grid(table, source, title):
        full = len(row) == len(native)
        sheet.append([_native(cell) if full and native[i] else cell for i, cell in enumerate(row)])
    stream = io.BytesIO()
    book.save(stream)
    return same_bytes(stream.getvalue(), dt.date(2026, 1, 1))


def _native(cell: str) -> Any:
    try:
        return pd.Timestamp(cell).to_pydatetime()
    except ValueError:
        return cell
