"""Sheets with rows that nothing reads: a month, or a year, beside the one that is read."""

from __future__ import annotations

from collections.abc import Iterator

from est_analysis.intake.layouts import names_sheet
from est_analysis.intake.reading import Reading
from est_analysis.intake.suspicion import Suspicion, it_is_so, suspicion
from est_analysis.intake.words import listed, quoted


@suspicion("unread_sheet", expected="every sheet with rows read, or said to be something else")
def unread_sheet(reading: Reading) -> Iterator[Suspicion]:
    """Visible sheets of the workbooks; an error where their columns are nearly those wanted."""
    others = [
        way
        for actor in reading.settings.sources.values()
        for one in actor.each
        for way in one.layouts or (one,)
        if (way.sheet is not None or way.table.sheets)
        and set(way.files) & set(reading.source.files)
    ]
    none = reading.source.sheet is None
    named = f", or name the one to be read: {reading.settled_in}: sheet:" if none else ""
    for number, sheet in reading.export.sheets:
        delivery = reading.export.deliveries[number]
        if (
            any(names_sheet(one, sheet.name, False) for one in others)
            or delivery.repeats is not None
        ):
            continue
        lacks = f", but not {listed(sheet.lacks)}" if sheet.lacks else ""
        columns = f", with the columns {listed(sheet.has)}{lacks}" if sheet.alike else ""
        yield Suspicion(
            f"{delivery.file}: nothing reads the sheet {quoted(sheet.name)} "
            f"({sheet.rows}{columns})",
            f"gather the rows in one sheet with the same column names{named}; "
            f"{it_is_so('unread_sheet', sheet.name)}",
            grave=sheet.alike,
            rows=sheet.number,
            value=sheet.name,
        )
