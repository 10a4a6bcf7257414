"""The page: an executed notebook as one HTML file that needs nothing else.

The template ``est`` is nbconvert's to use as well: ``jupyter nbconvert --to html --template est``.
"""

from __future__ import annotations

import functools
import html
import json
import re
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from est_analysis.errors import ReportError
from est_analysis.exhibits import EXHIBIT_MIME, LAB_STYLE, MANIFEST_MIME, NOT_PUBLIC
from est_analysis.language import Language
from est_analysis.language import language as language_of
from est_analysis.workspace import package_folder

_H1 = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_H2 = re.compile(r'<h2 id="([^"]*)"[^>]*>(.*?)</h2>', re.DOTALL)
_ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>[^<]*</a>')
_ID = re.compile(r'(?<=<h[1-6] id=")[^"]*')
_LETTER = re.compile(r"&#(1[6-9]\d|[2-9]\d\d|\d{4});")  # nbconvert writes headings' å, ä and ö so
_LAB = re.compile(re.escape(LAB_STYLE[0]) + ".*?" + re.escape(LAB_STYLE[1]), re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_NUMBERED = re.compile(r"^## \d+\. ")


@dataclass(frozen=True)
class Page:
    """The parts that the template puts together; `head`, `contents` and `body` are markup.

    Attributes
    ----------
    contents
        Id and text of each heading of the second level.
    """

    lang: str
    kind: str
    title: str
    head: str
    contents: list[tuple[str, str]]
    body: str
    skip: str
    contents_title: str
    footer: str


class PageWords:
    """What the template asks nbconvert for: the notebook's language, kind and title.

    An executed report says in its head's output which report it is and in which language; another
    notebook is in Swedish.
    """

    def __call__(self, notebook: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Give the template a function that divides the notebook's markup into a `Page`."""
        facts = resources.get("est") or {**_facts(notebook)}
        words = language_of(facts.get("language", "sv"))
        title = str(notebook.metadata.get("title", ""))
        page = partial(_page, language=words, kind=facts.get("kind", ""), title=title)
        return notebook, {**resources, "est": {"page": page}}


def render_page(notebook: Any, language: Language, kind: str = "") -> str:
    """Give an executed notebook as a page: text and results, no code.

    Answers: what does the reader get? What stands before the first heading of the second level
    becomes the page's head, and those headings its contents. The page refers to nothing outside
    itself and runs no scripts; its security policy forbids both.

    Parameters
    ----------
    notebook
        A notebook node with outputs. It has one heading of the first level, or
        ``metadata.title``, which also names the page; without it the page is named after the
        heading and the paragraph of class ``head``.
    kind
        The report's kind, as a class of the page: the weekly report is printed close-set.

    Raises
    ------
    ReportError
        No title at all, or several headings of the first level.
    """
    resources = {"est": {"language": language.code, "kind": kind}}
    whole = without_left_out(notebook, language)
    page, _ = exporter().from_notebook_node(whole, resources=resources)
    return str(page)


def without_left_out(notebook: Any, language: Language) -> Any:
    """A notebook without what introduces only what is left out of its page, and a word of that.

    A text cell goes when all exhibits up to the next one are left out; of a section of which some
    is shown its heading stays. Numbered headings are numbered anew.
    """
    groups: list[list[Any]] = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            groups.append([])
        groups[-1].append(cell)
    gone = [all(_left_out(cell) for cell in group[1:]) and len(group) > 1 for group in groups]
    if not any(_left_out(cell) for cell in notebook.cells):
        return notebook
    kept: list[Any] = []
    for place, group in enumerate(groups):
        if not gone[place]:
            kept += group
        elif _heads(group[0]) and _section_shown(groups, gone, place):
            kept.append({**group[0], "source": group[0].source.splitlines()[0]})
    kept.append(_text_cell(language.text("page.not_public")))
    number = 0
    cells = []
    for cell in kept:
        if cell["cell_type"] == "markdown" and _NUMBERED.match(cell["source"]):
            number += 1
            cell = {**cell, "source": _NUMBERED.sub(f"## {number}. ", cell["source"])}
        cells.append(cell)
    return type(notebook)({**notebook, "cells": [type(notebook)(cell) for cell in cells]})


def _left_out(cell: Any) -> bool:
    """Whether a cell shows an exhibit that is left out of this edition, and nothing else."""
    shown = [output.get("data", {}) for output in cell.get("outputs", [])]
    records = [json.loads(data[EXHIBIT_MIME]) for data in shown if EXHIBIT_MIME in data]
    return bool(records) and all(record.get("kind") == NOT_PUBLIC for record in records)


def _heads(cell: Any) -> bool:
    return str(cell.source).startswith("## ")


def _section_shown(groups: list[list[Any]], gone: list[bool], place: int) -> bool:
    """Whether some later part of the section that begins at a place is shown."""
    for later in range(place + 1, len(groups)):
        if _heads(groups[later][0]):
            return False
        if not gone[later]:
            return True
    return False


def _text_cell(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "not-public", "metadata": {}, "source": text}


@functools.cache
def exporter() -> Any:
    """The one that turns notebooks into pages; made once, its templates read once.

    Not nbconvert's own for HTML: that reads the whole page a second time, to give code cells a
    focus and figures a missing description. Here there are no code cells, and no figure lacks one.
    """
    from nbconvert.exporters import TemplateExporter

    make: Any = TemplateExporter
    return make(
        template_name="est",
        template_file="index.html.j2",
        extra_template_basedirs=[str(package_folder() / "templates")],
    )


def _facts(notebook: Any) -> dict[str, Any]:
    """What the report's head says of it; nothing where there is none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if MANIFEST_MIME in output.get("data", {}):
                facts: dict[str, Any] = output["data"][MANIFEST_MIME]
                return facts
    return {}


def _page(markup: str, *, language: Language, kind: str, title: str) -> Page:
    """Divide a notebook's markup into the parts of a page."""
    markup = _LETTER.sub(lambda found: chr(int(found.group(1))), _ANCHOR.sub("", markup))
    markup = _LAB.sub("", markup)
    markup = _ID.sub(_readable_id, markup)
    headings = _H1.findall(markup)
    if len(headings) > 1 or not (headings or title):
        raise ReportError(
            "the page must have one title",
            expected="one heading of the first level (#), or a title in the metadata",
            found=f"{len(headings)} headings: {', '.join(map(_plain, headings)) or 'none'}",
            change="the notebook's text cells",
            otherwise="the page is not written",
        )
    first = re.search(r"<h2[ >]", markup)
    end = first.start() if first else len(markup)
    head, body = markup[:end], markup[end:]
    if not headings:
        head = f"<h1>{html.escape(title)}</h1>\n{head}"
    lines = re.findall(r'<p class="head">(.*?)</p>', head, re.DOTALL)
    return Page(
        lang=language.code,
        kind=kind,
        title=title or " – ".join(map(_plain, headings + lines)),
        head=head,
        contents=[(key, _inner(text)) for key, text in _H2.findall(markup)],
        body=body,
        skip=language.text("page.skip"),
        contents_title=language.text("page.contents"),
        footer=language.text("page.made_with"),
    )


def _readable_id(found: re.Match[str]) -> str:
    """Undo nbconvert's percent signs: an id is text, not an address."""
    return html.escape(unquote(html.unescape(found.group())))


def _inner(markup: str) -> str:
    return " ".join(_TAG.sub("", markup).split())


def _plain(markup: str) -> str:
    return html.unescape(_inner(markup))
