"""Cleaned data as Parquet: written whole, read back identical, refused when the schema differs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd

from est_analysis.errors import SourceError
from est_analysis.incidents import Cleaning
from est_analysis.sources import Delivery
from est_analysis.stored_json import CLEANING, parsed, shown

SCHEMA = 5
TABLES = (
    "incidents", "rejected", "duplicates", "unmapped", "unread", "unused", "candidates",
    "effort", "personal", "tally", "suspicions", "missed_sums",
)  # fmt: skip
ABOUT = "cleaning.json"
FILES = (*(f"{name}.parquet" for name in TABLES), ABOUT)  # the last says that the others are whole
STORING = ".storing-"


def write_cleaning(cleaning: Cleaning, folder: Path) -> None:
    """Write every table of a `Cleaning` to `folder`, replacing what an earlier run left there.

    Only their owner can read them: they have every row.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=STORING, dir=folder.parent))
    try:
        for name in TABLES:
            getattr(cleaning, name).to_parquet(work / f"{name}.parquet")
        facts = {
            "schema": SCHEMA,
            "candidate_pairs": cleaning.candidate_pairs,
            "deliveries": [asdict(delivery) for delivery in cleaning.deliveries],
        }
        text = json.dumps(facts, ensure_ascii=False, indent=1)
        (work / ABOUT).write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True, mode=0o700)
        (folder / ABOUT).unlink(missing_ok=True)  # it says that the tables are whole: not now
        for name in FILES:
            (work / name).chmod(0o600)
            os.replace(work / name, folder / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def read_cleaning(folder: Path) -> Cleaning:
    """A `Cleaning` as `write_cleaning` stored it.

    Raises
    ------
    SourceError
        When the folder holds none, a damaged one, or one of another schema.
    """
    facts = _facts(folder)
    return Cleaning(
        **{name: _read_table(folder, name) for name in TABLES},
        candidate_pairs=facts["candidate_pairs"],
        deliveries=tuple(
            Delivery(**{one.name: delivery[one.name] for one in fields(Delivery)})
            for delivery in facts["deliveries"]
        ),
    )


def _facts(folder: Path) -> dict[str, Any]:
    """What stands beside the tables, every field checked."""
    try:
        found = parsed((folder / ABOUT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _refusal(folder, f"no {ABOUT}") from None
    except (ValueError, OSError) as fault:
        raise _refusal(folder, f"a {ABOUT} that is damaged ({type(fault).__name__})") from None
    facts: dict[str, Any] = found if isinstance(found, dict) else {}
    if facts.get("schema") != SCHEMA:
        raise _refusal(folder, f"schema {shown(facts.get('schema', 'not stated'))}")
    wrong = next(CLEANING(facts, ""), None)
    if wrong is not None:
        raise _refusal(folder, f"{ABOUT}: {wrong.place}: {wrong.found}")
    return facts


def _refusal(folder: Path, found: str) -> SourceError:
    return SourceError(
        f"cannot read cleaned data in {folder}",
        expected=f"tables with schema {SCHEMA}",
        found=found,
        change="run est clean again",
        otherwise="the stored data are not used",
    )


def _read_table(folder: Path, name: str) -> pd.DataFrame:
    """A table with what Parquet does not keep: whole seconds, and the type of no words."""
    path = folder / f"{name}.parquet"
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as fault:  # of Arrow's own, too
        raise _refusal(folder, f"{path.name}: {type(fault).__name__}") from None
    for column in table.select_dtypes("category"):
        words = table[column].cat.categories.astype("str")
        table[column] = table[column].cat.set_categories(words)
    moments = table.select_dtypes("datetime").columns
    return table.astype(dict.fromkeys(moments, "datetime64[s]"))
