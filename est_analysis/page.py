"""The page: an executed notebook as one HTML file that needs nothing else."""

from __future__ import annotations

import functools
import html
import re
from typing import Any
from urllib.parse import unquote

from est_analysis.errors import ReportError
from est_analysis.language import Language
from est_analysis.workspace import package_folder

_MAIN = '<main id="content" tabindex="-1">'
_H1 = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_H2 = re.compile(r'<h2 id="([^"]*)"[^>]*>(.*?)</h2>', re.DOTALL)
_ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>[^<]*</a>')
_ID = re.compile(r'(?<=<h[1-6] id=")[^"]*')
_TAG = re.compile(r"<[^>]+>")


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
    words = {
        "lang": language.code,
        "kind": kind,
        "title": "\N{OBJECT REPLACEMENT CHARACTER}",
        "skip": language.text("page.skip"),
        "footer": language.text("page.made_with"),
    }
    page, _ = exporter().from_notebook_node(notebook, resources={"est": words})
    page = _ID.sub(_readable_id, _ANCHOR.sub("", page))
    before, _, rest = page.partition(_MAIN)
    head, body = _split_head(rest)
    headings = _H1.findall(rest)
    title = str(notebook.metadata.get("title", ""))
    if len(headings) > 1 or not (headings or title):
        raise ReportError(
            "the page must have one title",
            expected="one heading of the first level (#), or a title in the metadata",
            found=f"{len(headings)} headings: {', '.join(map(_plain, headings)) or 'none'}",
            change="the notebook's text cells",
            otherwise="the page is not written",
        )
    if not headings:
        head = f"<h1>{html.escape(title)}</h1>\n{head}"
    lines = re.findall(r'<p class="head">(.*?)</p>', head, re.DOTALL)
    name = title or " – ".join(map(_plain, headings + lines))
    before = before.replace(words["title"], html.escape(name))
    return f"{before}<header>{head}</header>\n{contents(rest, language)}{_MAIN}\n{body}"


@functools.cache
def exporter() -> Any:
    """The one that turns notebooks into pages; made once, its templates read once."""
    from nbconvert import exporters

    make: Any = exporters.HTMLExporter
    return make(
        template_name="est",
        extra_template_basedirs=[str(package_folder() / "templates")],
        exclude_input=True,
    )


def contents(page: str, language: Language) -> str:
    """Give a page's contents as a list of links to its headings of the second level.

    Examples
    --------
    >>> from est_analysis.language import language
    >>> contents('<h2 id="a">Trend</h2>', language("sv")).splitlines()[2]
    '<li><a href="#a">Trend</a></li>'
    """
    links = [f'<li><a href="#{key}">{_inner(text)}</a></li>' for key, text in _H2.findall(page)]
    if not links:
        return ""
    title = html.escape(language.text("page.contents"))
    lines = ['<nav aria-labelledby="contents">', f'<p id="contents">{title}</p><ol>']
    return "\n".join([*lines, *links, "</ol></nav>\n"])


def _split_head(rest: str) -> tuple[str, str]:
    found = re.search(r"<h2[ >]", rest)
    if found is None:
        text, end, tail = rest.partition("</main>")
        return text, end + tail
    return rest[: found.start()], rest[found.start() :]


def _readable_id(found: re.Match[str]) -> str:
    """Undo nbconvert's percent signs: an id is text, not an address."""
    return html.escape(unquote(html.unescape(found.group())))


def _inner(markup: str) -> str:
    return " ".join(_TAG.sub("", markup).split())


def _plain(markup: str) -> str:
    return html.unescape(_inner(markup))
