"""The pages against axe-core and the Nu validator, in both languages, in light and dark.

``make browser-tools`` installs both checkers; Chromium and Java are found on the machine. Without
them these tests skip.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from est_analysis.batch import Wanted, run_batch
from est_analysis.report import Written, run_report
from est_analysis.statement import write_statements

pytestmark = pytest.mark.slow
TOOLS = Path(__file__).resolve().parents[1] / ".browser-tools" / "node_modules"
AXE = TOOLS / "axe-core" / "axe.min.js"
VNU = TOOLS / "vnu-jar" / "build" / "dist" / "vnu.jar"
KINDS: dict[str, dict[str, str]] = {
    "tertial": {"period": "2025-T3"},
    "weekly": {"period": "2025-W42"},
    "intervention": {"period": "2025-T3", "intervention": "belysning-soderholm"},
    "data_quality": {"period": "2025-T3"},
}
EDITIONS = [(kind, language, "internal") for kind in KINDS for language in ("sv", "en")] + [
    ("tertial", "sv", "public"),
    ("weekly", "sv", "public"),
    ("intervention", "sv", "public"),
]


@pytest.fixture(scope="module", params=EDITIONS, ids=lambda edition: "-".join(edition))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    kind, language, audience = request.param
    return run_report(
        kind, "exempelkommun", KINDS[kind]["period"],
        intervention=KINDS[kind].get("intervention", ""), language=language, audience=audience,
        output=tmp_path_factory.mktemp("page") / "report",
    )  # fmt: skip


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The pages that are no reports: a batch's list, and the texts to publish beside a report."""
    folder = tmp_path_factory.mktemp("batch")
    wanted = [Wanted("weekly", ("2025-W42", "2025-W52"), audiences=("internal", "public"))]
    batch = run_batch("exempelkommun", wanted, output=folder)
    texts = write_statements(batch.outcomes[0].folder)
    return [batch.index, *(path for path in texts if path.suffix == ".html")]


def test_axe_finds_nothing_in_light_or_dark(written: Written, browser: Any) -> None:
    axe_finds_nothing(written.html, browser)


def test_axe_and_nu_find_nothing_on_the_pages_beside(beside: list[Path], browser: Any) -> None:
    for path in beside:
        axe_finds_nothing(path, browser)
        assert nu_errors(path) == []


def axe_finds_nothing(path: Path, browser: Any) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: make browser-tools")
    source = AXE.read_text(encoding="utf-8")
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.evaluate(source + "; undefined")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        page.close()
        assert found["testEngine"]["name"] == "axe-core"
        assert len(found["passes"]) > 15
        told = [
            (one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in found["violations"]
        ]
        assert told == [], scheme


def test_axe_sees_a_fault(browser: Any) -> None:
    if not AXE.is_file():
        pytest.skip("no axe-core: make browser-tools")
    page = browser.new_page()
    page.set_content("<html lang=sv><title>x</title><main><h1>x</h1><img src='a.png'></main>")
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    found = page.evaluate("axe.run()")
    page.close()
    assert "image-alt" in {one["id"] for one in found["violations"]}


def nu_errors(path: Path) -> list[str]:
    if not VNU.is_file() or shutil.which("java") is None:
        pytest.skip("no Nu validator: make browser-tools, and Java")
    command = ["java", "-jar", str(VNU), "--format", "json", "--exit-zero-always", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    messages = json.loads(done.stderr)["messages"]
    return [one["message"] for one in messages if one["type"] == "error"]


def test_the_nu_validator_finds_no_error(written: Written) -> None:
    assert nu_errors(written.html) == []


def test_the_nu_validator_sees_a_fault(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(
        "<!doctype html><html lang=sv><title>x</title><p><div id=a id=b>"
    )
    assert nu_errors(tmp_path / "bad.html")


def test_the_page_is_small_and_whole_without_scripts(written: Written, browser: Any) -> None:
    assert written.html.stat().st_size < 1.5e6
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(written.html.as_uri())
    text = page.inner_text("main")
    context.close()
    # A public page of a week or an insats has no evaluated counts: its reader gets less text.
    assert len(text) > (1500 if "public" in written.html.name else 2000)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
