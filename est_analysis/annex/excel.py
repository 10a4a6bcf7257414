"""The annex as a workbook: real numbers and dates, frozen header, text that stays text."""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from est_analysis.annex.sheets import Cell, Sheet
from est_analysis.annex.text import begins_like_a_formula, clean
from est_analysis.workbook import same_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEADER_ROW = 3
_NARROWEST, _WIDEST = 9, 60  # characters
_LINE, _HIGHEST = 15, 409  # points; Excel has no higher row
_MOST_UNITS = 32767  # of text in a cell
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def workbook(sheets: Sequence[Sheet], *, day: dt.date, language_code: str) -> bytes:
    """Write the sheets as an xlsx file, the same bytes each time.

    Numbers and dates are typed and formatted, so that Excel shows them as the reader's own
    settings have it. Text is never a formula: such as could be one is marked so that it stays
    text also when the cell is edited.

    Parameters
    ----------
    day
        What the file gives as its date: the day of the extract.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "est_analysis"
    book.properties.title = clean(sheets[0].caption)
    book.properties.language = language_code
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    stream = io.BytesIO()
    book.save(stream)
    return same_bytes(stream.getvalue(), day)


def _write(page: Worksheet, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    _put(page, 1, 1, Cell(sheet.caption)).font = Font(bold=True, size=13)
    _put(page, 2, 1, Cell(sheet.below)).font = Font(italic=True, color="56626C")
    for place, word in enumerate(sheet.header, start=1):
        cell = _put(page, HEADER_ROW, place, Cell(word))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", start_color="E3E7EA")
        cell.border = Border(bottom=Side("thin"))
        numeric = any(not isinstance(row[place - 1].value, str) for row in sheet.rows)
        side = "right" if numeric else "left"
        cell.alignment = Alignment(side, "top", wrap_text=True, indent=0 if numeric else place > 1)
    widths = _widths(sheet)
    _set_height(page, HEADER_ROW, zip(sheet.header, widths, strict=True))
    word_look = Font(italic=True, color="56626C")
    for number, row in enumerate(sheet.rows, start=HEADER_ROW + 1):
        wrapped = []
        for place, content in enumerate(row, start=1):
            cell = _put(page, number, place, content)
            if content.word:
                cell.font = word_look
                cell.alignment = Alignment(horizontal="right", vertical="top")
            elif isinstance(content.value, str):
                wrap = "\n" in content.value or len(content.value) > widths[place - 1]
                # a step in: the column before may end in figures
                cell.alignment = Alignment("left", "top", wrap_text=wrap, indent=place > 1)
                if wrap:
                    wrapped.append((content.value, widths[place - 1]))
            else:
                cell.alignment = Alignment(vertical="top")
        _set_height(page, number, wrapped)
    for number, name in enumerate(sheet.links, start=HEADER_ROW + 1):
        if name:
            _link(page.cell(number, 1), name)
    _lay_out(page, sheet, widths)


def _set_height(page: Worksheet, number: int, wrapped: Iterable[tuple[str, int]]) -> None:
    """Make room for texts of several lines: not every program finds out by itself."""
    lines = max((_lines(text, width) for text, width in wrapped), default=1)
    if lines > 1:
        page.row_dimensions[number].height = min(lines * _LINE, _HIGHEST)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes at most: a column's width is in figures, wider than letters."""
    return sum(max(len(textwrap.wrap(part, width)), 1) for part in text.split("\n"))


def _put(page: Worksheet, row: int, column: int, content: Cell) -> Any:
    """Fill a cell; a text is told to be one, whatever it begins with."""
    cell = page.cell(row, column)
    value = content.value
    if isinstance(value, str):
        cell.value = _held(value)
        cell.data_type = "s"  # also where it begins as a formula or an error does
        cell.quotePrefix = begins_like_a_formula(value)
        return cell
    cell.value = value
    if isinstance(value, dt.datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, dt.date):
        cell.number_format = "yyyy-mm-dd"
    else:
        cell.number_format = number_format(content)
    return cell


def number_format(content: Cell) -> str:
    """Excel's code for how a number is shown; the signs are those of the reader's settings.

    Examples
    --------
    >>> number_format(Cell(1234.5, 1)), number_format(Cell(-3, 0, signed=True))
    ('#,##0.0', '+#,##0;-#,##0;0')
    """
    part = "." + "0" * content.decimals if content.decimals > 0 else ""
    if content.decimals < 0:
        return "0"
    whole = f"#,##0{part}"
    return f"+{whole};-{whole};0{part}" if content.signed else whole


def _held(text: str) -> str:
    """The text as a cell can hold it; what looks like Excel's own escape is escaped."""
    text = _LOOKS_ESCAPED.sub("_x005F_", clean(text))
    units = text.encode("utf-16-le")
    if len(units) > 2 * _MOST_UNITS:
        return units[: 2 * (_MOST_UNITS - 1)].decode("utf-16-le", "ignore") + "…"
    return text


def _link(cell: Any, name: str) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    quoted = name.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1")
    cell.font = Font(color="0B5C92", underline="single")


def _widths(sheet: Sheet) -> list[int]:
    """Columns as wide as their content, within limits; a header may take two lines."""
    widths = []
    for place, word in enumerate(sheet.header):
        longest = max((_shown_length(row[place]) for row in sheet.rows), default=0)
        words = max(map(len, word.split()), default=0)
        widths.append(min(max(longest, words, len(word) // 2, _NARROWEST) + 2, _WIDEST))
    return widths


def _shown_length(content: Cell) -> int:
    value = content.value
    if isinstance(value, str):
        return max(map(len, value.split("\n")))
    if isinstance(value, dt.date):
        return 16 if isinstance(value, dt.datetime) else 10
    return len(f"{value:,.{max(content.decimals, 0)}f}") + content.signed


def _lay_out(page: Worksheet, sheet: Sheet, widths: Sequence[int]) -> None:
    from openpyxl.utils import get_column_letter

    for place, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(place)].width = width
    page.freeze_panes = f"A{HEADER_ROW + 1}"
    last = f"{get_column_letter(len(sheet.header))}{HEADER_ROW + len(sheet.rows)}"
    if sheet.rows:
        page.auto_filter.ref = f"A{HEADER_ROW}:{last}"
    page.print_title_rows = f"1:{HEADER_ROW}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.right.text = "&P (&N)"
