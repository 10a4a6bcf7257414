"""What a report was made from: checksums of settings, versions, commit."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
import subprocess

from est_analysis import __version__
from est_analysis.config import Settings
from est_analysis.workspace import package_folder

PACKAGES = (
    "pandas", "numpy", "scipy", "statsmodels", "seaborn", "matplotlib", "papermill", "nbconvert",
)  # fmt: skip


def checksums(settings: Settings) -> dict[str, str]:
    """SHA-256 of every settings file, by its path inside the municipality's folder."""
    files = sorted(settings.folder.rglob("*.yaml")) + sorted(settings.folder.rglob("sources/*.csv"))
    named = {path.relative_to(settings.folder).as_posix(): path for path in files}
    if settings.borders is not None:
        named[settings.borders.path.name] = settings.borders.path
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}


def versions() -> dict[str, str]:
    """Versions of the program and of what its figures depend on."""
    found = {"est_analysis": __version__, "python": platform.python_version()}
    return found | {name: importlib.metadata.version(name) for name in PACKAGES}


@functools.cache
def program() -> str:
    """SHA-256 of the program's own files: code, texts and templates."""
    digest = hashlib.sha256()
    folder = package_folder()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and "_shipped" not in path.parts:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def commit() -> str:
    """The commit of the checkout the package runs from, or "" when it is installed."""
    if not (package_folder().parent / ".git").exists():
        return ""
    run = subprocess.run(
        [
            "git",
            "-C",
            str(package_folder().parent),
            "describe",
            "--always",
            "--dirty",
            "--abbrev=12",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.strip()
