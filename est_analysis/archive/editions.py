"""The register of public editions: what each has shown, so that the next tells no difference."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from est_analysis.archive.folder import open_archive, write_private
from est_analysis.archive.run_log import append, latest
from est_analysis.archive.until import entry_limit
from est_analysis.config import Settings
from est_analysis.errors import ReportError
from est_analysis.stored_json import parsed

EDITION = "edition"
FOLDER = "editions"

Edition = dict[str, Any]


def record_edition(settings: Settings, edition: Edition, reason: str) -> None:
    """Note what a public edition shows, hidden counts too: the archive is private.

    Parameters
    ----------
    edition
        From `disclosure.edition_facts`.
    reason
        Why it takes no account of an earlier one, where it does not.
    """
    if entry_limit() is not None:
        return
    folder = open_archive(settings)
    content = json.dumps(edition, sort_keys=True).encode()
    name = f"{hashlib.sha256(content).hexdigest()}.json"
    write_private(folder / FOLDER / name, content)
    append(folder, EDITION, {"file": name, "tertials": edition["own"], "supersedes": reason})


def public_editions(settings: Settings) -> list[Edition]:
    """What public editions have shown, the newest first.

    Raises
    ------
    ReportError
        When one that the log names is gone or changed: then nothing can be held against it.
    """
    folder = open_archive(settings)
    found = []
    for entry in latest(folder, EDITION):
        path = folder / FOLDER / str(entry["file"])
        content = path.read_bytes() if path.is_file() else b""
        if f"{hashlib.sha256(content).hexdigest()}.json" != path.name:
            raise ReportError(
                "the register of public editions is not whole",
                expected=f"{FOLDER}/{path.name}, as it was written",
                found="no such file" if not content else "other contents",
                change="put the archive back from its copy",
                otherwise="no public report is made: it could give away what another has hidden",
            )
        edition: Edition = parsed(content.decode())
        found.append(edition)
    return found
