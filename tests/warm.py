"""What the tests' fork server imports before kernels are forked from it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from est_analysis.batch.make import STACK


def imported(say: Callable[[dict[str, Any]], None], folder: Path) -> None:
    """Import what a report needs."""
    for name in STACK:
        import_module(name)
