"""The workbook and the CSV files beside a report, and the earlier ones that they replace."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from est_analysis.annex import annex_sheets, csv_files, workbook
from est_analysis.calendar import parse_period
from est_analysis.config import Settings
from est_analysis.language import language
from est_analysis.report.compared_words import language_for

STATEMENTS = tuple(
    f"{name}.{ending}" for name in ("accessibility", "method") for ending in ("html", "md")
)
_OURS = re.compile(r"\d{2,3}_[a-z0-9_]+\.csv")


def annex_files(
    results: dict[str, Any], settings: Settings, *, annex: Path | None, csv: Path | None
) -> dict[str, bytes]:
    """Give name → content of the workbook and of the CSV files that were asked for."""
    if annex is None and csv is None:
        return {}
    words = language_for(language(results["language"]), parse_period(results["period"]))
    sheets = annex_sheets(results, settings, words)
    files: dict[str, bytes] = {}
    if annex is not None:
        day = dt.date.fromisoformat(results["as_of"])
        files[annex.name] = workbook(sheets, day=day, language_code=words.code)
    if csv is not None:
        made = csv_files(sheets, words)
        files |= {f"{csv.name}/{name}": content for name, content in made.items()}
    return files


def earlier_annexes(page: Path) -> list[Path]:
    """What stood beside an earlier run's page, whose numbers are old: annexes, PDF, statements."""
    folder = page.parent / "csv"
    own = folder.is_dir() and not folder.is_symlink()
    found = sorted(folder.iterdir()) if own else []
    ours = [path for path in found if _OURS.fullmatch(path.name)]
    beside = [page.with_suffix(".xlsx"), page.with_suffix(".pdf")]
    beside += [page.parent / name for name in STATEMENTS]
    return [path for path in (*beside, *ours) if path.is_file()]
