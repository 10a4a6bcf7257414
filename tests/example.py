"""The fictional example municipality, made anew in a temporary folder."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.simulate import simulate_exports
from est_analysis.workspace import example_folder


def example_dataset(folder: Path) -> Dataset:
    """Settings copied to a folder, exports written, read and cleaned."""
    target = folder / "exempelkommun"
    shutil.copytree(example_folder(), target, ignore=shutil.ignore_patterns("exports"))
    settings = load_settings(target)
    simulate_exports(settings)
    return load_dataset(settings, dt.date(2026, 1, 12))
