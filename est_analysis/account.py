"""What ``est check`` tells: every row's fate, what lacks translation, what to do about it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from est_analysis.config import Settings
from est_analysis.counts.dataset import Dataset
from est_analysis.extract_day import ExtractDay
from est_analysis.geography import area_shapes
from est_analysis.incidents.refusals import AS_DECLARED
from est_analysis.intake import doubted, place_of_row, told
from est_analysis.intake.words import number_of
from est_analysis.quality import (
    LARGEST_REJECTED,
    after_extract,
    deliveries_follow,
    rejected_share,
    replaced_rows,
    spans,
    unread,
    usual_cause,
)

MOST_LINES = 12
STALE = "as_of {day} in municipality.yaml leaves out rows of later days"


def told_of_extract(found: ExtractDay, settings: Settings) -> list[str]:
    """What is said of the day of the extract where nobody has set it."""
    if not found.actor:
        return []
    return [
        f"as_of is not set: {found.day} is used, the last day in {found.file} "
        f"({settings.sources[found.actor].name}). To decide otherwise: as_of in "
        f"{settings.folder / 'municipality.yaml'}, or --as-of"
    ]


def stale_extract(data: Dataset) -> list[str]:
    """Rows that the settings' own day of the extract leaves out though their day has come."""
    if data.as_of != data.settings.municipality.as_of:
        return []  # a day was asked for
    lines = [
        f"  {row['rows']:,} rows in {row['file']} "
        f"({data.settings.sources[row['actor']].name}), to {row['last']:%Y-%m-%d}"
        for row in after_extract(data).to_dict("records")
    ]
    if not lines:
        return []
    more = [f"  and {len(lines) - MOST_LINES} more files"] if len(lines) > MOST_LINES else []
    return [
        f"STALE  {STALE.format(day=data.as_of)}. Write the day on which the files were taken out "
        f"in {data.settings.folder / 'municipality.yaml'}; or take the line away, and the last day "
        "of the files is used",
        *lines[:MOST_LINES],
        *more,
    ]


def told_of_report(data: Dataset) -> list[str]:
    """What is said on the terminal of a report that is made: no rows, no names of files."""
    lines = [STALE.format(day=data.as_of)] if stale_extract(data) else []
    return [f"{line}: est check lists them" for line in lines]


def describe(data: Dataset) -> tuple[list[str], int]:
    """Lines of text about the exports, and the number of faults that are to be mended.

    What stops a report stands first, the fault of most rows before the others.
    """
    settings = data.settings
    faults = doubted(data.cleaning.suspicions, settings)
    stops = [line for fault in faults for line in f"STOP  {fault}".split("\n")]
    lines = [
        f"{settings.municipality.name}: settings are in order "
        f"({number_of(len(settings.areas), 'area')}, "
        f"{number_of(len(settings.categories), 'type')}, "
        f"{number_of(len(settings.sources), 'actor')}, {len(settings.interventions)} insatser)"
    ]
    unusable: list[str] = []
    stale = stale_extract(data)
    delivered = {delivery.actor for delivery in data.cleaning.deliveries}
    for actor, source in settings.sources.items():
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
            + _of_others(data, actor)
        )
        lines += _doubts(data, actor)
        lines += _left_out(data, actor)
        lines += _personal_data(data, actor)
        lines += _untranslated(data, actor)
        lines += _replaced(data, actor)
        lines += _reconciled(data, actor)
        lines += _follows(data, actor)
        lines += _thin(data, actor)
        unusable += _unusable(data, actor)
    lines += _unread(data)
    lines += _borders(data)
    pairs = data.cleaning.candidate_pairs
    lines += [
        "",
        f"Possible duplicates between actors: {pairs:,} pairs (listed in the data quality report, "
        "never merged)",
    ]
    stops = [*unusable, *stops, *stale]  # of what cannot be read little else can be said
    number = len(faults) + len(unusable) + len(stale)
    return [*stops, *([""] if stops else []), *lines], number


def _doubts(data: Dataset, actor: str) -> list[str]:
    """What is doubted of a delivery without changing a number."""
    own = data.cleaning.suspicions
    return [f"  {line}" for line in told(own[own["actor"] == actor])]


def _unusable(data: Dataset, actor: str) -> list[str]:
    """Why no report is made when too many rows cannot be used."""
    share = rejected_share(data, actor)
    if share <= LARGEST_REJECTED:
        return []
    cause = usual_cause(data, actor)
    return [
        f"STOP  {data.settings.sources[actor].name}: {share:.0%} of the rows cannot be used (limit "
        f"{LARGEST_REJECTED:.0%}). Expected {cause.expected}; found {cause.found}. "
        f"Mend {cause.key}"
    ]


def _of_others(data: Dataset, actor: str) -> str:
    """How many rows of other actors stand in the same files."""
    others = sum(d.others for d in data.cleaning.deliveries if d.actor == actor)
    return f"; {others:,} rows of other actors in the same files" if others else ""


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
        (
            "areas that overlap, of which one hides the other (mend the file, or set parent)",
            tuple(f"{one} and {other}" for one, other in shapes.overlapping),
        ),
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
        if reason not in AS_DECLARED and not str(reason).startswith("drop: "):
            where = f" in {column}" if column else ""
            line += f'{where}: first {place_of_row(first)}, "{first["value"]}"'
        lines.append(line)
    return lines


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
    for one in data.control_totals:
        if one.actor == actor:
            total, found = one.total, one.found
            verdict = f"DIFFERS by {found - total.count:+,}" if one.missed else "agrees"
            lines.append(
                f"  control total  {total.start} to {total.end}, {total.said_by}: {verdict} "
                f"({found:,} here, {total.count:,} there)"
            )
    return lines


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
        f'  untranslated  {row["field"]} "{row["value"]}" in {number_of(row["rows"], "row")} '
        f"(first {row['file']}, row {row['row']}): {row['change']}"
        for row in own.head(MOST_LINES).to_dict("records")
    ]
    if len(own) > MOST_LINES:
        lines.append(f"  untranslated  and {number_of(len(own) - MOST_LINES, 'more value')}")
    unused = data.cleaning.unused
    words = unused.loc[unused["actor"] == actor, "value"].tolist()
    if words:
        shown = ", ".join(f'"{word}"' for word in words[:MOST_LINES])
        more = f" and {len(words) - MOST_LINES} more" if len(words) > MOST_LINES else ""
        lines.append(f"  unused translations  {shown}{more}")
    return lines
