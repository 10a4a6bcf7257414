"""What the process of a notebook tells of a public edition, and is told: by the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from est_analysis.environment import told

EDITION_MIME = "application/vnd.est.edition+json"  # taken out before a notebook is stored
_REGISTER, _SUPERSEDE = "EST_REGISTER", "EST_SUPERSEDE"


@contextmanager
def registering_with(reason: str) -> Iterator[None]:
    """Let notebooks that run within tell what the register of public editions is to have."""
    with told(_REGISTER, "yes"), told(_SUPERSEDE, reason):
        yield


def registering() -> bool:
    """Whether a report is to tell what it shows: not in JupyterLab, whose notebooks are stored."""
    return bool(os.environ.get(_REGISTER))


def superseding() -> str:
    """Why the report takes no account of an earlier edition, where it does not."""
    return os.environ.get(_SUPERSEDE, "")


def taken_out(notebook: Any) -> dict[str, Any] | None:
    """What a public edition shows; it has hidden counts and is not left in the notebook."""
    found = None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = output.get("data", {}).pop(EDITION_MIME, None) or found
    return found
