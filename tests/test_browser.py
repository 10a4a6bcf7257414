"""What the user sees: the page and JupyterLab in a real browser without a screen.

They need Chromium (Debian: ``apt-get install chromium``; or set EST_CHROMIUM) and skip without it.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from est_analysis.cli import NO_NEWS
from est_analysis.report import Written, run_report

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("browser") / "report"
    return run_report("tertial", "exempelkommun", "2025-T3", output=folder)


@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_fits_and_fetches_nothing(browser: Any, written: Written, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(written.html.as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth])")
    assert len(sizes) >= 20
    assert all(complete and size > 100 for complete, size in sizes)
    page.close()


def test_the_page_prints_with_page_numbers(browser: Any, written: Written) -> None:
    page = browser.new_page()
    page.goto(written.html.as_uri())
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 8 <= pages <= 36
    page.close()


@pytest.mark.parametrize("week", ["2025-W42", "2025-W52", "2026-W01"])
def test_the_weekly_report_is_two_sheets_at_most(browser: Any, tmp_path: Path, week: str) -> None:
    written = run_report("weekly", "exempelkommun", week, output=tmp_path / week)
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(written.html.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
    page.close()


@pytest.mark.usefixtures("chromium")
def test_the_pdf_is_tagged_with_bookmarks_and_text(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    written = run_report("weekly", "exempelkommun", "2025-W42", output=folder, pdf=True)
    assert written.pdf == written.html.with_suffix(".pdf")
    content = written.pdf.read_bytes()
    for part in (rb"/StructTreeRoot", rb"/MarkInfo", rb"/Outlines", rb"/Lang", rb"/Marked true"):
        assert re.search(part.replace(b" ", rb"\s+"), content), part
    run_report("weekly", "exempelkommun", "2025-W42", output=folder)
    assert not written.pdf.exists(), "its numbers are of an earlier run"


@contextlib.contextmanager
def jupyter_lab(folder: Path) -> Iterator[str]:
    """JupyterLab on `folder`, on this machine only; yields its address with a token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = base64.b16encode(os.urandom(12)).decode()
    home = {
        name: str(folder / f".{name}") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
         f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--allow-root", *NO_NEWS],
        env=os.environ | home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api?token={token}", timeout=1).close()
                break
            time.sleep(0.5)
        yield f"{address}/lab/tree/tertial.ipynb?token={token}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def run_all(page: Any) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).first.click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


RUN = re.compile(r"\[[*\d]")  # the mark of a cell that runs or has run
LOOK = (
    "[...document.querySelectorAll('.jp-OutputArea figcaption')]"
    ".map(one => getComputedStyle(one).fontWeight)"
)


def test_run_all_in_jupyterlab_shows_every_exhibit(browser: Any, tmp_path: Path) -> None:
    copy = tmp_path / "tertial.ipynb"
    shutil.copy(ROOT / "notebooks" / "tertial.ipynb", copy)
    with jupyter_lab(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
        run_all(page)
        deadline = time.monotonic() + 180
        cells: list[Any] = []
        while time.monotonic() < deadline:
            if page.locator(".jp-Dialog").count():  # the kernel was not there yet: take it
                page.locator(".jp-Dialog .jp-mod-accept").first.click()
                time.sleep(2)
            if not page.locator(".jp-InputPrompt", has_text=RUN).count():
                run_all(page)  # on a slow machine the page looks ready before its kernel is
            page.keyboard.press("Control+s")
            time.sleep(3)
            cells = [c for c in nbformat.read(copy, as_version=4).cells if c.cell_type == "code"]
            if all(cell.execution_count for cell in cells):
                break
        page.mouse.move(700, 500)
        drawn = shown = 0
        looks: set[str] = set()
        for step in range(400):  # only the cells in view are kept in the page: up, down, up …
            page.mouse.wheel(0, -600 if step // 100 % 2 == 0 else 600)
            time.sleep(0.1)
            drawn = max(drawn, page.locator(".jp-OutputArea figure img").count())
            shown = max(shown, page.locator(".jp-OutputArea table").count())
            looks |= set(page.evaluate(LOOK))
            if looks and drawn and shown and step >= 60:
                break
        page.close()
    assert [cell.source for cell in cells if not cell.execution_count] == []
    assert looks == {"600"}  # figures' captions are bold, as on the page
    outputs = [output for cell in cells for output in cell.outputs]
    assert len(cells) >= 25
    assert not [o for o in outputs if o.output_type in ("error", "stream")]
    pages = "".join(o["data"].get("text/html", "") for o in outputs)
    assert pages.count("<figure") >= 20
    assert drawn >= 1
    assert shown >= 1
