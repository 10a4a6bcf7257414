"""How a file that cannot be read as declared is refused."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from est_analysis.config import SourceFormat
from est_analysis.config.paths import readable
from est_analysis.errors import SourceError
from est_analysis.privacy import HIDDEN, personal_data_in_name


def refuse(path: Path, source: SourceFormat, expected: str, found: str, change: str) -> NoReturn:
    """Raise a `SourceError` about one file; no person's name or number is shown."""
    name = HIDDEN if personal_data_in_name(path.name) else readable(path.name)
    raise SourceError(
        f"cannot read {name} ({source.name})",
        expected=expected,
        found=found,
        change=change,
        otherwise="nothing of this file is used",
    )
