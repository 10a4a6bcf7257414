"""What this process tells the processes it starts, for as long as it is so."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def told(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment; afterwards it is what it was.

    Examples
    --------
    >>> with told("EST_HOME", "/elsewhere"):
    ...     os.environ["EST_HOME"]
    '/elsewhere'
    """
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def usable_home() -> Iterator[None]:
    """Processes started within keep their caches in a folder of their own where home allows none.

    The account of a service, or of a container, often has a home that cannot be written, or none.
    Matplotlib and IPython then say so in the middle of a report.
    """
    with ExitStack() as until_done:
        lacking = [name for name, places in _caches().items() if not all(map(_writable, places))]
        if lacking:
            folder = until_done.enter_context(tempfile.TemporaryDirectory(prefix="est-home-"))
            for name in lacking:
                place = Path(folder) / name.lower()
                place.mkdir()
                until_done.enter_context(told(name, str(place)))
        yield


def _caches() -> dict[str, list[Path]]:
    """Variable → the folders that are used without it, of those that are not set."""
    home = Path(os.path.expanduser("~"))
    config, cache = (
        Path(os.environ.get(name) or home / word)
        for name, word in (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache"))
    )
    places = {
        "MPLCONFIGDIR": [config / "matplotlib", cache / "matplotlib"],
        "IPYTHONDIR": [home / ".ipython"],
    }
    return {name: used for name, used in places.items() if not os.environ.get(name)}


def _writable(place: Path) -> bool:
    """Whether a folder is there and can be written, or can be made."""
    there = next((one for one in (place, *place.parents) if one.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)
