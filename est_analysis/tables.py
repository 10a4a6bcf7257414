"""Released tables and figures as HTML that reads well on screen, on paper and aloud."""

from __future__ import annotations

import base64
import datetime as dt
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from est_analysis.counts.coverage import BY_MONTH
from est_analysis.disclosure import DERIVED, SafeTable, decimals_of, is_count
from est_analysis.figures import Picture
from est_analysis.language import EN_DASH, Language

SHORT = 15  # rows; a table so short is not divided between printed pages
SYMBOLS = {
    "verdict": {
        "increase": "▲",
        "decrease": "▼",
        "no_clear_change": "●",
        "too_little_data": "–",
        "cannot_be_judged": "?",
    },
    "signal": {
        "signal": "▲▲",
        "above": "▲",
        "usual": "●",
        "below": "▼",
        "cannot_be_judged": "?",
        "too_little": "–",
        "by_month": "–",
    },
    "deviation": {
        "more": "▲",
        "fewer": "▼",
        "as_expected": "●",
        "cannot_be_judged": "?",
        "too_little": "–",
        "by_month": "–",
    },
    "local": {
        "higher": "▲",
        "lower": "▼",
        "no_clear_difference": "●",
        "too_little_data": "–",
        "cannot_be_judged": "?",
    },
    "risk": {"high": "▲", "low": "▼", "ordinary": "●"},
}
_LIMITS = {
    "lower": ("upper", "interval"),
    "count": ("most", "count"),
    "lower_per_1000": ("upper_per_1000", "interval_per_1000"),
    "usual_from": ("usual_to", "usual_range"),
    "lower_50": ("upper_50", "interval_50"),
    "lower_80": ("upper_80", "interval_80"),
    "lower_95": ("upper_95", "interval_95"),
    "index_lower": ("index_upper", "interval_index"),
    "nowcast_lower": ("nowcast_upper", "interval_nowcast"),
    "per_reporter_lower": ("per_reporter_upper", "interval"),
}
BROKEN = {"sha256": "checksum", "change": "path"}  # columns whose long words may be broken
JUDGEMENTS = ("signal", "deviation", "coverage")  # columns that say how a row's count is known
# What the municipality writes itself, in Swedish on every page; "what" is so where somebody
# answers for it: an insats or a decision.
_OWN_WORDS = (
    "name",
    "goal",
    "owner",
    "performed",
    "doing",
    "follow_ups",
    "decisions",
    "judged",
    "note",
)


@dataclass(frozen=True)
class _Cell:
    """What stands in a cell: markup, a class, and which sign the legend must explain."""

    markup: str
    css: str = ""
    sign: str = ""
    swedish: bool = False  # on a page in another language


@dataclass(frozen=True)
class _Column:
    """A column as shown; an interval is made of two columns of the table."""

    name: str
    heading: str
    sources: tuple[str, ...]
    numeric: bool
    own: bool = False  # the municipality's own words, always Swedish


def html_table(
    safe: SafeTable,
    *,
    caption: str,
    language: Language,
    exhibit: str = "",
    row_header: tuple[str, ...] | None = None,
    legend: bool = True,
    absent: Sequence[str] | None = None,
) -> str:
    """Give a released table as semantic HTML.

    Answers: how does a table look to a reader, also one who listens? A caption, column and row
    headings with scope, numbers right-aligned, ``lower`` and ``upper`` as one interval, a word
    for what is not reported or hidden, and below it a legend of just the signs that occur.

    Parameters
    ----------
    safe
        The table; its columns' headings and formats are declared by name.
    caption
        What the table shows.
    exhibit
        Its name, for headings of its own.
    row_header
        Key columns that name a row; by default the leading text and date columns up to the first
        number (a rank before them aside). Where the first of them repeats the row above, it is
        read aloud but not shown again.
    legend
        Whether to explain the signs and name the source below the table.
    absent
        Why a count of each row is missing; by default as its own columns say (`absent_words`).

    Examples
    --------
    >>> from est_analysis.disclosure import DisclosureRule, release
    >>> from est_analysis.language import language
    >>> safe = release(pd.DataFrame({"area": ["Centrum"], "count": [3]}), DisclosureRule("public"))
    >>> '<td class="number hidden">skyddat</td>' in html_table(
    ...     safe, caption="Händelser", language=language("sv"))
    True
    """
    columns = _columns(safe, language, exhibit)
    keys = _leading_keys(columns) if row_header is None else row_header
    used = [name for column in columns for name in column.sources]
    values = {name: safe.data[name].tolist() for name in used}  # a cell at a time is slow
    hidden = {name: safe.hidden[name].tolist() for name in used}
    absent = absent_words(safe.data) if absent is None else absent
    rows = [
        [
            _cell(
                [(values[n][place], hidden[n][place]) for n in column.sources],
                column,
                absent[place],
                language,
            )
            for column in columns
        ]
        for place in range(len(safe.data))
    ]
    css = "scroll short" if len(rows) <= SHORT else "scroll"
    label = html.escape(language.text("table.region", caption=caption), quote=True)
    return (
        f'<div class="{css}" role="region" tabindex="0" aria-label="{label}"><table>'
        f"{_caption(caption)}<thead><tr>{''.join(map(_heading, columns))}</tr></thead>"
        f"<tbody>{_body(rows, columns, keys, language)}</tbody></table></div>"
        + (_legend(safe, rows, columns, language) if legend else "")
    )


def _body(
    rows: list[list[_Cell]], columns: list[_Column], keys: tuple[str, ...], language: Language
) -> str:
    if not rows:
        text = html.escape(language.text("table.empty"))
        return f'<tr><td colspan="{len(columns)}">{text}</td></tr>'
    names = [column.name for column in columns]
    first = 0 if len(keys) > 1 and names[0] == keys[0] else None
    repeats = [
        first is not None and place > 0 and row[first] == rows[place - 1][first]
        for place, row in enumerate(rows)
    ]
    lines = []
    for place, row in enumerate(rows):
        again = repeats[place]
        starts = any(repeats) and place > 0 and not again
        cells = [
            _markup(cell, column, column.name in keys, again and i == first)
            for i, (cell, column) in enumerate(zip(row, columns, strict=True))
        ]
        css = ' class="group"' if starts else ""
        lines.append(f"<tr{css}>{''.join(cells)}</tr>")
    return "".join(lines)


def figure_html(
    picture: Picture, caption: str, alt: str, table_html: str, language: Language
) -> str:
    """Give a figure with its caption, a text for those who do not see it, and its data.

    Parameters
    ----------
    alt
        What the picture shows, in a sentence; with an empty one `Picture.alt` is used.
    table_html
        The numbers of the picture, from `html_table`; shown on request.
    """
    data = base64.b64encode(picture.svg.encode()).decode()
    described = html.escape(alt or picture.alt, quote=True)
    below = on_request(table_html, language.text("table.show")) if table_html else ""
    return (
        f'<figure><img alt="{described}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>{below}"
    )


def on_request(table_html: str, label: str) -> str:
    """Give a table that is closed until the reader opens it; on paper it is left out."""
    summary = html.escape(label)
    return f'<details class="data"><summary>{summary}</summary>{table_html}</details>'


def _columns(safe: SafeTable, language: Language, exhibit: str) -> list[_Column]:
    names = list(safe.data.columns)
    ends = {end for low, (end, _) in _LIMITS.items() if low in names and end in names}
    columns = []
    for name in names:
        end, heading = _LIMITS.get(name, ("", ""))
        if end in ends:
            columns.append(_Column(name, language.label(heading), (name, end), True))
        elif name not in ends:
            own = name in _OWN_WORDS or (name == "what" and "owner" in names)
            number = _is_number(safe, name)
            heading = language.label(name, exhibit)
            columns.append(_Column(name, heading, (name,), number, own))
    return columns


def _is_number(safe: SafeTable, name: str) -> bool:
    return is_count(name) or pd.api.types.is_numeric_dtype(safe.data[name].dtype)


def _leading_keys(columns: list[_Column]) -> tuple[str, ...]:
    keys: list[str] = []
    ranked = bool(columns) and columns[0].name == "rank"
    for column in columns[ranked:]:
        if column.numeric or column.name in DERIVED:
            break
        keys.append(column.name)
    return tuple(keys)


def absent_words(table: pd.DataFrame) -> list[str]:
    """Why a count of each row is missing: ``not_reported``, or ``by_month`` where the row says it.

    Examples
    --------
    >>> absent_words(pd.DataFrame({"signal": ["usual", "by_month"]}))
    ['not_reported', 'by_month']
    """
    said = [table[name].astype(str) == BY_MONTH for name in JUDGEMENTS if name in table]
    coarse = np.any(said, axis=0) if said else np.zeros(len(table), bool)
    return [BY_MONTH if one else "not_reported" for one in coarse]


def _cell(parts: list[tuple[Any, bool]], column: _Column, absent: str, language: Language) -> _Cell:
    if any(hidden for _, hidden in parts):
        return _Cell(html.escape(language.text("word.hidden")), "hidden", "hidden")
    values = [value for value, _ in parts]
    if any(value is None or bool(pd.isna(value)) for value in values):
        if is_count(column.name):
            return _Cell(html.escape(language.text(f"word.{absent}")), "nr", absent)
        if column.name in DERIVED or column.numeric:
            return _Cell(html.escape(language.text("word.too_small")), "", "too_small")
        return _Cell("–")
    if isinstance(values[0], str) and not values[0]:
        return _Cell("–")
    if column.name == "count" and len(values) == 2:
        least, most = (_number("count", value, language) for value in values)
        return _Cell(html.escape(least if least == most else least + EN_DASH + most))
    if len(values) == 2:
        decimals, _ = decimals_of(column.name, values[0])
        apart = 1.0 if column.name == "lower" else None  # an interval of a ratio
        return _Cell(
            html.escape(language.interval(values[0], values[1], decimals, apart_from=apart))
        )
    dated = isinstance(values[0], pd.Timestamp | dt.date)
    swedish = column.own and bool(values[0]) and language.code != "sv"
    css = "date" if dated else BROKEN.get(column.name, "")
    return _Cell(_shown(column, values[0], language), css, swedish=swedish)


def _shown(column: _Column, value: Any, language: Language) -> str:
    name = column.name
    if name in SYMBOLS:
        symbol = SYMBOLS[name].get(str(value), "")
        word = html.escape(language.value(name, value))
        return (
            f'<span class="verdict {value}"><span aria-hidden="true">{symbol}</span> {word}</span>'
        )
    if isinstance(value, pd.Timestamp | dt.date):
        return html.escape(_date(name, value, language))
    if name == "weekday" and column.numeric:
        return html.escape(language.weekday(int(value)))
    if name == "month" and column.numeric:
        return html.escape(language.text(f"month.{int(value)}"))
    if not column.numeric:
        return html.escape(language.value(name, value))
    return html.escape(_number(name, value, language))


def _date(name: str, value: pd.Timestamp | dt.date, language: Language) -> str:
    if name in ("week", "month"):
        write: Callable[[pd.Timestamp | dt.date], str] = getattr(language, name)
        return write(value)
    stamp = pd.Timestamp(value)
    return f"{stamp:%Y-%m-%d}" if stamp == stamp.normalize() else f"{stamp:%Y-%m-%d %H:%M}"


def _number(name: str, value: Any, language: Language) -> str:
    decimals, signed = decimals_of(name, value)
    if decimals < 0:
        return str(int(value))
    return language.signed(value, decimals) if signed else language.number(value, decimals)


def _markup(cell: _Cell, column: _Column, heading: bool, again: bool) -> str:
    css = " ".join(filter(None, ("number" if column.numeric else "", cell.css)))
    attribute = (f' class="{css}"' if css else "") + (' lang="sv"' if cell.swedish else "")
    if not heading:
        return f"<td{attribute}>{cell.markup}</td>"
    inner = f'<span class="again">{cell.markup}</span>' if again else cell.markup
    return f'<th scope="row"{attribute}>{inner}</th>'


def _heading(column: _Column) -> str:
    css = ' class="number"' if column.numeric else ""
    return f'<th scope="col"{css}>{html.escape(column.heading)}</th>'


def _caption(caption: str) -> str:
    return f"<caption><span>{html.escape(caption)}</span></caption>"


def _legend(
    safe: SafeTable, rows: list[list[_Cell]], columns: list[_Column], language: Language
) -> str:
    rule = safe.rule
    signs = [cell.sign for row in rows for cell in row]
    texts = []
    if "hidden" in signs and rule.method == "suppress":
        least = 0 if rule.hide_zeros else 1
        limits = {"least": least, "most": rule.minimum - 1}
        texts.append(language.text("legend.hidden", cells=signs.count("hidden"), **limits))
    elif "hidden" in signs:
        fields = {"minimum": rule.minimum, "cells": signs.count("hidden")}
        texts.append(language.text("legend.hidden_rounded", **fields))
    if rule.audience == "public" and rule.method == "round":
        texts.append(language.text("legend.rounded", step=rule.round_to))
    absent = ("not_reported", BY_MONTH, "too_small")
    texts += [language.text(f"legend.{sign}") for sign in absent if sign in signs]
    if any(column.name == "compared_count" for column in columns):
        texts.append(language.text("legend.same_days"))
    texts += [
        language.text(f"legend.{heading}")
        for low, (_, heading) in _LIMITS.items()
        if low != "count"
        and any(column.name == low and len(column.sources) == 2 for column in columns)
    ]
    if safe.source:
        texts.append(language.text("legend.source", source=safe.source))
    spans = "".join(f"<span>{html.escape(text)}</span>" for text in texts)
    return f'<p class="legend">{spans}</p>' if texts else ""
