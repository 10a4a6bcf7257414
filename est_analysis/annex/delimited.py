"""The annex as CSV that a Swedish Excel opens as it is: semicolons, decimal commas, UTF-8 BOM."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal

from est_analysis.annex.sheets import Cell, Sheet
from est_analysis.annex.text import begins_like_a_formula, clean
from est_analysis.language import Language


def csv_files(sheets: Sequence[Sheet], language: Language) -> dict[str, bytes]:
    r"""Give file name → content, one file per sheet, in the sheets' order.

    Numbers have the language's decimal sign and no grouping; dates are written 2025-09-01. A text
    that a spreadsheet could take for a formula begins with an apostrophe.

    Examples
    --------
    >>> from est_analysis.language import language
    >>> sheet = Sheet("totals", "01", "", "", ("Namn", "Kvot"), ((Cell("=1+1"), Cell(0.25)),))
    >>> csv_files([sheet], language("sv"))["00_totals.csv"].decode("utf-8-sig")
    "Namn;Kvot\r\n'=1+1;0,25\r\n"
    """
    decimal = language.text("number.decimal")
    files = {}
    for number, sheet in enumerate(sheets):
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow([_text(word) for word in sheet.header])
        writer.writerows([[_written(cell, decimal) for cell in row] for row in sheet.rows])
        files[f"{number:02d}_{sheet.id}.csv"] = stream.getvalue().encode("utf-8-sig")
    return files


def _written(cell: Cell, decimal: str) -> str:
    value = cell.value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dt.date):
        return value.isoformat()
    whole = isinstance(value, float) and value.is_integer()
    exact = Decimal(int(value)) if whole else Decimal(repr(value))
    return f"{exact:f}".replace(".", decimal)


def _text(text: str) -> str:
    text = clean(text)
    return f"'{text}" if begins_like_a_formula(text) else text
