"""What stands in data and settings is text on the page: opened in a real browser, nothing runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from small_town import SmallTown

from est_analysis.report import run_report

pytestmark = pytest.mark.slow
CORPUS = [
    "<script>document.title='HIT'</script>",
    "<img src=x onerror=\"document.title='HIT'\">",
    "<svg/onload=\"document.title='HIT'\">",
    "</style><script>document.title='HIT'</script>",
    "--></title><script>document.title='HIT'</script>",
    '"onmouseover="document.title=\'HIT\'" x="',
    "<iframe srcdoc=\"<script>parent.document.title='HIT'</script>\">",
    "<a href=\"javascript:document.title='HIT'\">x</a>",
    "<math><mtext><script>document.title='HIT'</script></mtext></math>",
    "{{ ''.__class__ }}{% raw %}",
    "$\\href{javascript:document.title='HIT'}{x}$",
    "=cmd|' /C calc'!A0",
    "<style>*{background:url(http://evil.invalid/x)}</style>",
    "<link rel=stylesheet href=http://evil.invalid/x>",
    "<base href=http://evil.invalid/>",
    '<meta http-equiv=refresh content="0;url=http://evil.invalid/">',
]


def hostile(town: SmallTown) -> SmallTown:
    """The corpus as names of places and types, as values that nobody translated, and as places."""
    quoted = [json.dumps(text, ensure_ascii=False) for text in CORPUS]
    town.files["municipality.yaml"] = f'name: {quoted[0]}\ncode: "0001"\nas_of: 2025-01-31\n'
    areas = "".join(f"  - {{id: a{n}, name: {text}}}\n" for n, text in enumerate(quoted))
    town.files["areas.yaml"] = f"areas:\n{areas}"
    kinds = "".join(f"  - {{id: k{n}, name: {text}}}\n" for n, text in enumerate(quoted))
    town.files["taxonomy.yaml"] = f"categories:\n{kinds}"
    town.change("sources/vakten.yaml", "category: Typ", "category: Typ\n  place: Plats")
    town.change("sources/vakten.yaml", "name: Vakten", f"name: {quoted[1]}")
    town.change("sources/vakten.yaml", "areas:\n  match: name", "areas:\n  match: id")
    town.change("sources/vakten.yaml", "categories:\n  match: name", "categories:\n  match: id")
    rows = ["Datum;Område;Typ;Plats"]
    for day in range(1, 30):
        for n in range(len(CORPUS)):
            rows.append(f'2024-10-{day:02d};a{n};k{n};"{CORPUS[n].replace(chr(34), chr(34) * 2)}"')
    for text in CORPUS:
        cell = '"' + text.replace('"', '""') + '"'
        rows += [f"2024-11-01;{cell};{cell};Torget", f"{cell};a1;k1;Torget"]
    del town.files["exports/vakten.csv"]
    town.files["exports/vakten<img src=x onerror=document.title='HIT'>.csv"] = "\n".join(rows)
    return town


@pytest.mark.parametrize("kind", ["tertial", "data_quality", "weekly"])
def test_nothing_runs_in_a_browser(
    browser: Any, town: SmallTown, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also without the page's own policy: the texts are escaped, the policy is a second lock."""
    period = "2024-W42" if kind == "weekly" else "2024-T3"
    written = run_report(kind, str(hostile(town).write()), period, output=tmp_path / "report")
    asked: list[str] = []
    for bypass in (False, True):
        context = browser.new_context(bypass_csp=bypass)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append("dialog"))
        page.goto(written.html.as_uri())
        page.wait_for_timeout(500)
        assert "HIT" not in page.title().replace("document.title='HIT'", "")
        found = page.evaluate(
            "[...document.querySelectorAll('script,iframe,base,link,object,embed,meta[http-equiv=refresh]')].length"
            " + [...document.querySelectorAll('*')].filter(e => [...e.attributes].some("
            "a => /^on/i.test(a.name) || /^\\s*javascript:/i.test(a.value))).length"
        )
        assert found == 0
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    with capsys.disabled():
        print(f"\n{kind}: {len(CORPUS)} hostile texts in names, values and places: 0 executed")


def test_outputs_of_the_notebook_hold_them_as_text(town: SmallTown, tmp_path: Path) -> None:
    written = run_report(
        "data_quality", str(hostile(town).write()), "2024-T3", output=tmp_path / "r"
    )
    notebook = json.loads(written.notebook.read_text(encoding="utf-8"))
    kinds = set()
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for mime, content in output.get("data", {}).items():
                kinds.add(mime)
                text = "".join(content) if isinstance(content, list) else str(content)
                if mime == "text/html":
                    assert not re.search(r"<(script|iframe|base|link|object|embed)\b", text, re.I)
                    assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', text), re.I)
    assert "text/html" in kinds
    assert "application/javascript" not in kinds
    assert "document.title" not in json.dumps(notebook["metadata"])
