"""The workbook and the CSV files beside a report, and the earlier ones that they replace."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path
from typing import Any

from est_analysis.annex import annex_sheets, csv_files, workbook
from est_analysis.config import Settings
from est_analysis.language import language

_OURS = re.compile(r"\d{2,3}_[a-z0-9_]+\.csv")


def annex_files(
    results: dict[str, Any], settings: Settings, *, annex: Path | None, csv: Path | None
) -> dict[Path, bytes]:
    """Give path → content of the workbook and of the CSV files that were asked for."""
    if annex is None and csv is None:
        return {}
    words = language(results["language"])
    sheets = annex_sheets(results, settings, words)
    files: dict[Path, bytes] = {}
    if annex is not None:
        day = dt.date.fromisoformat(results["as_of"])
        files[annex] = workbook(sheets, day=day, language_code=words.code)
    if csv is not None:
        files |= {csv / name: content for name, content in csv_files(sheets, words).items()}
    return files


def replace_annexes(page: Path, files: dict[Path, bytes], work: Path) -> None:
    """Put the files beside the page; take away those of an earlier run, whose numbers are old."""
    folder = page.parent / "csv"
    found = folder.iterdir() if folder.is_dir() else ()
    old = [path for path in found if _OURS.fullmatch(path.name)]
    for path in (page.with_suffix(".xlsx"), *old):
        if path not in files:
            path.unlink(missing_ok=True)
    for path, content in files.items():
        path.parent.mkdir(exist_ok=True)
        (work / path.name).write_bytes(content)
        os.replace(work / path.name, path)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
