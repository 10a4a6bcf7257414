"""Which header each field has, and which fields a table must have."""

from __future__ import annotations

from dataclasses import replace

from est_analysis.config.model import Column, SourceFormat
from est_analysis.config.section import Section
from est_analysis.config.table_form import PARTS

DATE_FIELDS = ("occurred_from", "occurred_to", "reported_at")
FIELDS = (
    *DATE_FIELDS,
    "time_from",
    "time_to",
    "year",
    *PARTS,
    "area",
    "address",
    "north",
    "east",
    "category",
    "place",
    "count",
    "reporter",
)


_FORMS_OF_PARTS = {"week": ("week",), "month": ("month",), "day": ("iso", "day month")}


def with_date_parts(source: SourceFormat) -> SourceFormat:
    """The declaration with the forms of dates that are put together from their parts."""
    ways = source.layouts or (source,)
    finest = [next((p for p in ("week", "day", "month") if p in w.columns), "") for w in ways]
    own = tuple(form for part in finest if part for form in _FORMS_OF_PARTS[part])
    if not own:
        return source
    written = source.date_forms["occurred_from"] if not all(finest) else ()
    forms = tuple(dict.fromkeys((*written, *own)))
    return replace(source, date_forms=source.date_forms | {"occurred_from": forms})


def read_columns(section: Section, common: dict[str, Column], optional: bool) -> dict[str, Column]:
    """Which header each field has, beside those in `common`."""
    columns = section.section("columns")
    if columns is None:
        if optional or common:
            return common
        section.refuse(
            None,
            expected='the key "columns", which says which header each field has',
            found="no such key",
            change='add "columns:" with at least "occurred_from:"',
        )
    found = dict(common)
    for name in columns.names():
        columns.refuse_unknown(name, [name], FIELDS, expected="a field that est_analysis knows")
        if columns.is_mapping(name):
            part = columns.section(name)
            assert part is not None
            found[name] = Column(
                headers=part.texts("header"),
                split=part.text("split", "") or None,
                part=int(part.number("part", 1, least=-9)),
                pad=part.integer("pad", 0),
            )
            part.done()
        else:
            found[name] = Column(headers=columns.texts(name))
    return found


def check_fields(section: Section, source: SourceFormat) -> None:
    """Refuse a layout that lacks a field, or has two declarations for one."""
    reshaped = source.table.unpivot
    there = {*source.columns, *([reshaped.into, "count"] if reshaped else [])}
    year = "year" in there or bool(source.table.year_from)
    if year and any(part in there for part in PARTS):
        there.add("occurred_from")
    needed = ["occurred_from", "count"] if source.shape == "counts" else ["occurred_from"]
    lacking = next((name for name in needed if name not in there), None)
    if lacking is not None:
        section.refuse(
            "columns",
            expected=f'the field "{lacking}" (shape: {source.shape})',
            found=f"only {', '.join(sorted(there)) or 'no fields'}",
            change=f'add "{lacking}: <header in the export>"',
        )
    twice = (
        [name for name in (reshaped.into, "count") if name in source.columns] if reshaped else []
    )
    if reshaped and (twice or source.shape != "counts"):
        section.refuse(
            "unpivot",
            expected=f"shape: counts, with {reshaped.into} and count from these columns only",
            found=f"columns: {twice[0]} as well" if twice else f"shape: {source.shape}",
            change="leave the field out of columns" if twice else "write shape: counts",
        )
    if ("north" in there) != ("east" in there) or ("north" in there and not source.table.crs):
        section.refuse(
            "columns",
            expected='a position as "north", "east" and "crs"',
            found=", ".join(name for name in ("north", "east") if name in there) + " alone",
            change="name both headers, and crs: EPSG:3006 (SWEREF 99 TM) or EPSG:4326 (WGS 84)",
        )
