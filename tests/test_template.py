import re
import shutil
import subprocess
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest
from nbconvert.exporters import HTMLExporter

from est_analysis.disclosure import DisclosureRule, release
from est_analysis.errors import ReportError
from est_analysis.exhibits import MANIFEST_MIME, lab_style
from est_analysis.figures import Picture
from est_analysis.language import language
from est_analysis.page import render_page
from est_analysis.tables import figure_html, html_table

SV, EN = language("sv"), language("en")
V4 = nbformat.v4


def shown(markup):
    output = V4.new_output(
        "execute_result",
        {"text/html": markup, "text/plain": "<x>", "application/vnd.x+json": {"a": 1}},
    )
    return V4.new_code_cell("secret_code = 1", outputs=[output])


def notebook(*cells, **metadata):
    return V4.new_notebook(cells=list(cells), metadata=metadata)


def example():
    safe = release(pd.DataFrame({"area": ["Å & Ä"], "count": [9]}), DisclosureRule("internal"))
    table = html_table(safe, caption="Områden", language=SV)
    head = '<p class="head">Exempelkommun · tertial 3 2025</p><p class="stamp-internal">Internt</p>'
    return notebook(
        V4.new_markdown_cell("# Tertialanalys"),
        shown(head),
        V4.new_markdown_cell("## Sammanfattning\n\nHögst *fem* resultat."),
        shown('<p class="finding">Ökning.</p>'),
        V4.new_markdown_cell("## När & var\n\n### Detalj"),
        shown(
            figure_html(Picture("<svg xmlns='http://www.w3.org/2000/svg'/>"), "T", "Alt", table, SV)
        ),
    )


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[name] for name in ("href", "src") if name in given]


def outline(page):
    reader = Outline()
    reader.feed(page)
    return reader


def test_a_page_needs_nothing_outside_itself_and_runs_nothing():
    page = render_page(example(), SV)
    reader = outline(page)
    assert [link for link in reader.links if not link.startswith(("#", "data:"))] == []
    assert not {"script", "link", "iframe", "object", "form"} & set(reader.tags)
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(
        1
    )
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "url(" not in page
    assert "@import" not in page


def test_the_parts_of_a_page_stand_in_order():
    reader = outline(render_page(example(), SV))
    order = [t for t in reader.tags if t in ("header", "h1", "nav", "main", "h2", "h3", "footer")]
    assert order == ["header", "h1", "nav", "main", "h2", "h2", "h3", "footer"]
    assert reader.links[0] == "#content"
    targets = [link[1:] for link in reader.links if link.startswith("#")]
    assert set(targets) <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))


def test_code_and_plain_text_twins_are_not_shown():
    page = render_page(example(), SV)
    assert "secret_code" not in page
    assert "&lt;x&gt;" not in page
    assert "¶" not in page
    assert "<em>fem</em>" in page
    assert "Å &amp; Ä" in page


def test_language_and_title():
    page = render_page(example(), SV)
    assert '<html lang="sv">' in page
    assert "<title>Tertialanalys – Exempelkommun · tertial 3 2025</title>" in page
    assert ">Hoppa till innehållet</a>" in page
    english = render_page(notebook(V4.new_markdown_cell("## A"), title="<Title>"), EN)
    assert '<html lang="en">' in english
    assert "<title>&lt;Title&gt;</title>" in english
    assert "<h1>&lt;Title&gt;</h1>" in english
    assert ">Skip to the content</a>" in english


def test_contents_link_to_the_sections():
    page = render_page(example(), SV)
    nav = page[page.index("<nav") : page.index("</nav>")]
    assert re.findall(r'<a href="#([^"]*)">(.*?)</a>', nav) == [
        ("Sammanfattning", "Sammanfattning"), ("När-&amp;-var", "När &amp; var")
    ]  # fmt: skip
    assert "<nav" not in render_page(notebook(V4.new_markdown_cell("# A\n\nText.")), SV)


@pytest.mark.parametrize("cells", [(), ("# A", "# B")])
def test_a_page_has_exactly_one_title(cells):
    with pytest.raises(ReportError, match="one title"):
        render_page(notebook(*map(V4.new_markdown_cell, cells)), SV)


def test_a_failed_cell_is_visible():
    error = V4.new_output("error", ename="ValueError", evalue="<b>", traceback=["x"])
    page = render_page(
        notebook(V4.new_markdown_cell("# A"), V4.new_code_cell("1/0", outputs=[error])), SV
    )
    assert '<pre class="error">ValueError: &lt;b&gt;</pre>' in page


def test_the_same_notebook_gives_the_same_page():
    assert render_page(example(), SV) == render_page(example(), SV)


def style():
    page = render_page(example(), SV)
    return page[page.index("<style>") : page.index("</style>")]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_that_wcag_asks_for(theme):
    block = re.findall(r":root \{(.*?)\}", style(), re.DOTALL)[theme]
    colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    pairs = [(text, ground) for text in ("ink", "muted", "accent", "more")
             for ground in ("paper", "soft")]  # fmt: skip
    pairs += [(f"{name}-ink", name) for name in ("warm", "straw", "leaf")]
    for text, ground in pairs:
        high, low = sorted((luminance(colour[text]), luminance(colour[ground])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_the_page_without_sideways_scrolling(tmp_path, width):
    wide = {f"count_{n}": [1234567] for n in range(2010, 2026)}
    table = pd.DataFrame({"area": ["Centrum"], **wide})
    labels = dict(SV.texts) | {f"label.{name}": name for name in wide}
    words = type(SV)("sv", labels)
    markup = html_table(release(table, DisclosureRule("internal")), caption="Bred", language=words)
    page = render_page(notebook(V4.new_markdown_cell("# A\n\n## B"), shown(markup)), SV)
    probe = (
        "<script>onload=()=>document.title=document.documentElement.scrollWidth+'/'+innerWidth"
        "</script></head>"
    )
    page = re.sub(r"<meta[^>]*Content-Security-Policy[^>]*>", "", page).replace("</head>", probe)
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html>{page}", encoding="utf-8")
    frame = f'<iframe src="page.html" style="width:{width}px;height:800px"></iframe>'
    report = (
        "<script>onload=()=>setTimeout(()=>document.title='found '+"
        "document.querySelector('iframe').contentDocument.title,300)</script>"
    )
    (tmp_path / "frame.html").write_text(frame + report, encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
               "--disable-background-networking", "--allow-file-access-from-files",
               "--virtual-time-budget=3000", "--dump-dom",
               (tmp_path / "frame.html").as_uri()]  # fmt: skip
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r"found (\d+)/(\d+)", dom)
    assert found is not None
    assert int(found.group(1)) <= int(found.group(2)) == width


def test_nbconvert_finds_the_template_by_its_name():
    """As ``jupyter nbconvert --to html --template est`` does; the language is the report's own."""
    report = example()
    facts = {"language": "en", "kind": "weekly"}
    report.cells[1].outputs[0].data[MANIFEST_MIME] = facts
    page, _ = HTMLExporter(template_name="est").from_notebook_node(report)
    assert '<html lang="en">' in page
    assert '<body class="weekly">' in page
    assert ">Skip to the content</a>" in page
    order = [t for t in outline(page).tags if t in ("header", "h1", "nav", "main", "h2", "footer")]
    assert order == ["header", "h1", "nav", "main", "h2", "h2", "footer"]
    assert "secret_code" not in page


def test_the_look_in_jupyterlab_is_not_on_the_page():
    report = example()
    report.cells[1].outputs[0].data["text/html"] += lab_style()
    page = render_page(report, SV)
    assert page == render_page(example(), SV)
    assert ".finding" in lab_style()
