"""What ``est check`` tells: every row's fate, what lacks translation, what to do about it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from est_analysis.config.table_form import NOT_REPORTED
from est_analysis.dataset import Dataset
from est_analysis.geography import area_shapes
from est_analysis.incidents.refusals import BY_RULE
from est_analysis.quality import (
    LARGEST_REJECTED,
    control_totals,
    counted_twice,
    deliveries_follow,
    rejected_share,
    replaced_rows,
    spans,
    stated_sums,
    unread,
    usual_cause,
)

MOST_LINES = 12


def describe(data: Dataset) -> tuple[list[str], int]:
    """Lines of text about the exports, and the number of faults that stop a report."""
    lines: list[str] = []
    faults = 0
    delivered = {delivery.actor for delivery in data.cleaning.deliveries}
    for actor, source in data.settings.sources.items():
        lines.append("")
        if actor not in delivered:
            lines.append(
                f"{source.name}: NOT DELIVERED – no file matches {', '.join(source.files)} "
                f"in {data.settings.municipality.exports}; shown as not reported"
            )
            continue
        tally = data.cleaning.tally.set_index("actor").loc[actor]
        lines.append(
            f"{source.name}: {tally['read']:,} rows read = {tally['kept']:,} kept "
            f"+ {tally['rejected']:,} left out + {tally['duplicates']:,} duplicates"
        )
        lines += _left_out(data, actor)
        lines += _personal_data(data, actor)
        lines += _untranslated(data, actor)
        lines += _replaced(data, actor)
        lines += _reconciled(data, actor)
        lines += _follows(data, actor)
        lines += _thin(data, actor)
        share = rejected_share(data, actor)
        if share > LARGEST_REJECTED:
            faults += 1
            cause = usual_cause(data, actor)
            lines.append(
                f"  STOP  {share:.0%} of the rows cannot be used (limit {LARGEST_REJECTED:.0%}). "
                f"Expected {cause.expected}; found {cause.found}. Mend {cause.key}"
            )
    lines += _unread(data)
    lines += _borders(data)
    pairs = data.cleaning.candidate_pairs
    lines += [
        "",
        f"Possible duplicates between actors: {pairs:,} pairs (listed in the data quality report, "
        "never merged)",
    ]
    return lines, faults


def _unread(data: Dataset) -> list[str]:
    """Files that lie there and are used for nothing: renamed ones, mostly."""
    names = unread(data)["file"].tolist()
    if not names:
        return []
    shown = ", ".join(names[:MOST_LINES])
    more = f" and {len(names) - MOST_LINES} more" if len(names) > MOST_LINES else ""
    return [
        "",
        f"NOT READ  {len(names):,} files in {data.settings.municipality.exports} that no source "
        f"reads: {shown}{more}. Name them in files in {data.settings.folder / 'sources'}, or take "
        "them away",
    ]


def _borders(data: Dataset) -> list[str]:
    """What the maps lack, or why there are none."""
    shapes = area_shapes(data.settings)
    if shapes is None:
        return ["", "Maps: no geometry in areas.yaml, so dots are drawn instead"]
    total = len(shapes.polygons) + len(shapes.lacking)
    lines = ["", f"Maps: borders of {len(shapes.polygons)} of {total} areas"]
    told = (
        ("areas without a polygon, named below the map", shapes.lacking),
        ("polygons of no area, not drawn", shapes.unused),
        ("borders that crossed themselves, mended", shapes.mended),
    )
    for what, names in told:
        shown = ", ".join(names[:MOST_LINES])
        more = f" and {len(names) - MOST_LINES} more" if len(names) > MOST_LINES else ""
        lines += [f"  {what}: {shown}{more}"] if names else []
    return lines


def _left_out(data: Dataset, actor: str) -> list[str]:
    lost = data.cleaning.rejected
    lines = []
    own = lost[lost["actor"] == actor]
    for (reason, column), rows in own.groupby(["reason", "column"], sort=False):
        first = rows.iloc[0]
        line = f"  left out  {len(rows):,} × {reason}"
        if reason not in (*BY_RULE, NOT_REPORTED) and not str(reason).startswith("drop: "):
            where = f" in {column}" if column else ""
            line += f'{where}: first {place_of_row(first)}, "{first["value"]}"'
        lines.append(line)
    return lines


def place_of_row(row: pd.Series) -> str:
    """File, sheet, row and the header over the cell, those that there are."""
    sheet = f", sheet {row['sheet']}" if row["sheet"] else ""
    cell = f", column {row['cell']}" if row["cell"] else ""
    return f"{row['file']}{sheet}, row {row['row']}{cell}"


def _replaced(data: Dataset, actor: str) -> list[str]:
    """Which of two files that differ is used, why, and how to have it otherwise."""
    table = replaced_rows(data, actor)
    lines = [_used_instead(row) for row in table.head(MOST_LINES).to_dict("records")]
    if len(table) > MOST_LINES:
        lines.append(f"  files differ  and {len(table) - MOST_LINES} more pairs of files")
    if (table["file"] != table["used"]).any():
        path = data.settings.sources[actor].path
        lines.append(
            f"  files differ  files are read in the order of files in {path}, then of their "
            "names. To use another, name it last in files, or take the outdated file away"
        )
    return lines


def _used_instead(row: dict[Hashable, Any]) -> str:
    if row["file"] == row["used"]:
        return (
            f"  annulled  {row['rows']:,} rows of {row['file']} are of cases whose last row there "
            "a rule leaves out: such a case does not count"
        )
    return (
        f"  files differ  {row['rows']:,} rows of {row['file']} have other values in "
        f"{row['used']}, which is used: it is read later"
    )


def _reconciled(data: Dataset, actor: str) -> list[str]:
    lines = []
    for owner, total, found in control_totals(data):
        if owner == actor:
            verdict = "agrees" if found == total.count else f"DIFFERS by {found - total.count:+,}"
            lines.append(
                f"  control total  {total.start} to {total.end}, {total.said_by}: {verdict} "
                f"({found:,} here, {total.count:,} there)"
            )
    if actor in (sums := stated_sums(data)):
        lines.append(_sums(data, actor, *sums[actor]))
    twice = counted_twice(data).get(actor, 0)
    if twice:
        lines.append(
            f"  counted twice?  {twice:,} rows stand alike in two files of the same days: "
            f"name identity in {data.settings.sources[actor].path}, or take one file away"
        )
    return lines


def _sums(data: Dataset, actor: str, stated: int, wrong: int) -> str:
    line = f"  sums in the files  {stated:,} stated, {stated - wrong:,} agree with their rows"
    if not wrong:
        return line
    totals = data.cleaning.totals
    first = totals[(totals["actor"] == actor) & (totals["said"] != totals["found"])].iloc[0]
    return f"{line}; first {place_of_row(first)}: {first['said']:,} there, {first['found']:,} here"


def _follows(data: Dataset, actor: str) -> list[str]:
    told = {
        "delivery_older": "ends {value:,} days before the last one",
        "delivery_shorter": "lacks {value:,} events that the last one had",
        "delivery_grown": "has {value:,} more events of months that were over in the last one",
    }
    return [
        f"  delivery  {told[check.name].format(value=int(check.value))}"
        for check in deliveries_follow(data)
        if check.subject == actor and check.status != "ok"
    ]


def _thin(data: Dataset, actor: str) -> list[str]:
    months = data.coverage.thin.get(actor, ())
    if not months:
        return []
    return [
        f"  almost no rows  {', '.join(spans(months))}: shown as not reported. Is a file missing? "
        "If it really was that quiet: quiet_months: real under coverage in "
        f"{data.settings.sources[actor].path}"
    ]


def _personal_data(data: Dataset, actor: str) -> list[str]:
    fates = {
        "left_out": "rows left out",
        "masked": "cells masked",
        "not_kept": "rows used, the column is not kept",
    }
    table = data.cleaning.personal
    return [
        f"  personal data  {row['cells']:,} × {row['kind']} in {row['column']}: "
        + fates[row["fate"]]
        for row in table[table["actor"] == actor].to_dict("records")
    ]


def _untranslated(data: Dataset, actor: str) -> list[str]:
    table = data.cleaning.unmapped
    own = table[table["actor"] == actor]
    lines = [
        f'  untranslated  {row["field"]} "{row["value"]}" in {row["rows"]:,} rows '
        f"(first {row['file']}, row {row['row']}): {row['change']}"
        for row in own.head(MOST_LINES).to_dict("records")
    ]
    if len(own) > MOST_LINES:
        lines.append(f"  untranslated  and {len(own) - MOST_LINES:,} more values")
    unused = data.cleaning.unused
    words = unused.loc[unused["actor"] == actor, "value"].tolist()
    if words:
        shown = ", ".join(f'"{word}"' for word in words[:MOST_LINES])
        more = f" and {len(words) - MOST_LINES} more" if len(words) > MOST_LINES else ""
        lines.append(f"  unused translations  {shown}{more}")
    return lines
