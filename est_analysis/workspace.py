"""Where settings, notebooks and outputs lie, from any working directory.

A workspace is a folder with ``params/`` in it: the one named by ``EST_HOME``, else the nearest at
or above the working directory, else the folder the package was installed from. What a process
starts looks where it looks itself (`same_workspace`), whatever the working directory there is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from est_analysis.config.paths import is_safe_id
from est_analysis.config.section import nearest
from est_analysis.environment import told
from est_analysis.errors import ReportError, SettingsError

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "_shipped"  # copies inside an installed wheel
_STARTED_IN, _SETTINGS = "EST_STARTED_IN", "EST_SETTINGS"


def package_folder() -> Path:
    """The folder of the package itself."""
    return _PACKAGE


def find_workspace() -> Path:
    """The folder that holds ``params/`` and ``outputs/``."""
    started_in = os.environ.get(_STARTED_IN)
    if started_in:
        return Path(started_in)
    named = os.environ.get("EST_HOME")
    if named:
        if not (Path(named) / "params").is_dir():
            raise SettingsError(
                "no workspace",
                expected="EST_HOME to name a folder with params/ in it",
                found=f"EST_HOME={named}",
                change="set EST_HOME to the right folder, or unset it",
                otherwise="no settings are found",
            )
        return Path(named).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if any(folder.glob("params/*/municipality.yaml")):
            return folder
    return _PACKAGE.parent if (_PACKAGE.parent / "params").is_dir() else here


@contextmanager
def same_workspace(settings: Path) -> Iterator[None]:
    """Processes started within have this one's workspace, and a municipality's settings by its id.

    A kernel works in the folder of its notebook, which need not lie in the workspace: the shipped
    notebooks do not, and beside them are settings and an archive that are not the municipality's.
    That the id is enough keeps paths out of what is stored.
    """
    with told(_STARTED_IN, str(find_workspace())), told(_SETTINGS, str(settings)):
        yield


def settings_folder(municipality: str) -> Path:
    """``params/<municipality>`` of the workspace; a path to a folder, or ``.``, is taken as it is.

    A name that ``params/`` does not have may be a municipality's folder where one stands.
    """
    given = Path(municipality)
    if given.is_absolute() or len(given.parts) != 1 or municipality == os.pardir:
        return given.resolve()
    asked = Path(os.environ.get(_SETTINGS, ""))
    if asked.name == municipality:
        return asked
    named = find_workspace() / "params" / municipality
    here = (given / "municipality.yaml").is_file() and not named.exists()
    return given.resolve() if here else named


def municipality_here() -> str:
    """The municipality whose folder the working directory is in; "" where it is in none."""
    here = Path.cwd()
    inside = (f for f in (here, *here.parents) if (f / "municipality.yaml").is_file())
    return str(next(inside, ""))


def example_folder() -> Path:
    """The fictional example municipality's settings."""
    for base in (_PACKAGE.parent, _SHIPPED):
        if (base / "params" / "exempelkommun" / "municipality.yaml").is_file():
            return base / "params" / "exempelkommun"
    raise SettingsError(
        "no example municipality",
        expected="params/exempelkommun beside the package",
        found="no such folder",
        change="install est_analysis again",
        otherwise="est init and est demo cannot run",
    )


def notebook_file(kind: str, language: str = "sv") -> Path:
    """The notebook of one kind of report; the workspace's own before the shipped one.

    The Swedish ones lie in ``notebooks/``, those of another language in a folder of its code there.
    """
    folder = Path("notebooks") if language == "sv" else Path("notebooks") / language
    bases = (find_workspace(), _PACKAGE.parent, _SHIPPED)
    for base in bases:
        path = base / folder / f"{kind}.ipynb"
        if is_safe_id(kind) and path.is_file():
            return path
    known = sorted({path.stem for base in bases for path in (base / folder).glob("*.ipynb")})
    raise ReportError(
        f'no report "{kind}"' + ("" if language == "sv" else f" in {language}"),
        expected=f"one of {', '.join(known)}",
        found=f"no notebook {folder.as_posix()}/{kind}.ipynb",
        change=nearest(kind, known),
        otherwise="no report is made",
    )


def notebooks_folder() -> Path:
    """The notebooks of the workspace; copies of the shipped ones are put there if it has none."""
    workspace = find_workspace()
    folder = workspace / "notebooks"
    if any(folder.glob("*.ipynb")):
        return folder
    for base in (_PACKAGE.parent, _SHIPPED):
        if any((base / "notebooks").glob("*.ipynb")):
            shutil.copytree(base / "notebooks", folder, dirs_exist_ok=True)
            break
    return folder


def outputs_folder() -> Path:
    """Where reports are written."""
    return find_workspace() / "outputs"
