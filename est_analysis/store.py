"""Cleaned data as Parquet: written whole, read back identical, refused when the schema differs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from est_analysis.errors import SourceError
from est_analysis.incidents import Cleaning
from est_analysis.sources import Delivery

SCHEMA = 2
TABLES = (
    "incidents", "rejected", "duplicates", "unmapped", "unused", "candidates", "effort",
    "personal", "tally",
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
        When the folder holds none, or one of another schema.
    """
    path = folder / ABOUT
    facts: dict[str, Any] = {"schema": None}
    if path.is_file():
        facts = json.loads(path.read_text(encoding="utf-8"))
    if facts["schema"] != SCHEMA:
        raise SourceError(
            f"cannot read cleaned data in {folder}",
            expected=f"tables with schema {SCHEMA}",
            found="no cleaning.json" if facts["schema"] is None else f"schema {facts['schema']}",
            change="run est clean again",
            otherwise="the stored data are not used",
        )
    tables = {name: _read_table(folder / f"{name}.parquet") for name in TABLES}
    return Cleaning(
        **tables,
        candidate_pairs=facts["candidate_pairs"],
        deliveries=tuple(Delivery(**delivery) for delivery in facts["deliveries"]),
    )


def _read_table(path: Path) -> pd.DataFrame:
    """A table with what Parquet does not keep: whole seconds, and the type of no words."""
    table = pd.read_parquet(path)
    for name in table.select_dtypes("category"):
        words = table[name].cat.categories.astype("str")
        table[name] = table[name].cat.set_categories(words)
    moments = table.select_dtypes("datetime").columns
    return table.astype(dict.fromkeys(moments, "datetime64[s]"))
