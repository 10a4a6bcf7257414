"""A page on paper: printed to PDF by a Chromium-based browser that the machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from est_analysis.errors import ReportError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
         "microsoft-edge", "msedge", "brave-browser")  # fmt: skip
PLACES = (
    "Microsoft/Edge/Application/msedge.exe",
    "Google/Chrome/Application/chrome.exe",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Chromium.app/Contents/MacOS/Chromium",
)
SECONDS = 180


def find_browser() -> Path:
    """The browser to print with: the one that ``EST_CHROMIUM`` names, else the first found.

    Raises
    ------
    ReportError
        When there is none; it says what to install.
    """
    named = os.environ.get("EST_CHROMIUM", "")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return Path(found)
    if not named:
        roots = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)")]
        for root in filter(None, [*roots, "/Applications"]):
            for place in PLACES:
                if (Path(root) / place).is_file():
                    return Path(root) / place
    raise ReportError(
        "cannot make a PDF",
        expected="Chromium, Google Chrome or Microsoft Edge on this machine",
        found=f"EST_CHROMIUM={named}, which is no program" if named else "none of them",
        change="install one (Debian: apt install chromium), or let EST_CHROMIUM name it; "
        "or print the page from any browser",
        otherwise="no report is made",
    )


def print_pdf(page: Path, target: Path, browser: Path) -> None:
    """Print a page to PDF: tagged for screen readers, with bookmarks, as its print style says.

    Parameters
    ----------
    page
        The HTML file. Nothing is fetched: it needs nothing.
    target
        The file to write.

    Raises
    ------
    ReportError
        When the browser fails or takes longer than three minutes.
    """
    with tempfile.TemporaryDirectory(prefix="est-print-") as profile:
        command = [
            str(browser), "--headless", "--disable-gpu", f"--user-data-dir={profile}",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-extensions", "--no-pdf-header-footer",
            "--export-tagged-pdf", "--generate-pdf-document-outline",
            f"--print-to-pdf={target.resolve()}", page.resolve().as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to start for root with one
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=SECONDS,
                check=False,
            )  # fmt: skip
            said = done.stderr.strip().splitlines()[-3:]
        except subprocess.TimeoutExpired:
            said = [f"it was not done after {SECONDS} seconds, and was ended"]
        except OSError as fault:
            said = [str(fault)]
    if not target.is_file() or not target.read_bytes().startswith(b"%PDF-"):
        raise ReportError(
            "cannot make a PDF",
            expected=f"{browser.name} to print the page",
            found=" ".join(said) or "it ended without a file",
            change="let EST_CHROMIUM name another browser; or print the page from any browser",
            otherwise="no report is made",
        )
