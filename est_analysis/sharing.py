"""Results that many reports share: computed by the first that needs them, read by the others."""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar


class Sharing(Protocol):
    """A dataset that knows where its results may be kept; None where they may not."""

    @property
    def shared(self) -> tuple[Path, str] | None: ...  # noqa: D102


D = TypeVar("D", bound=Sharing)
P = ParamSpec("P")
R = TypeVar("R")


def shared(function: Callable[Concatenate[D, P], R]) -> Callable[Concatenate[D, P], R]:
    """Let a function of a dataset and plain values be computed once for all reports of a batch.

    The same to the last bit as without: a result is stored as Python stores objects, in the
    batch's private folder, under its function, the dataset's name there and the values. Outside a
    batch nothing is stored and nothing read.

    Parameters
    ----------
    function
        Gives the same for the same, changes nothing; its values are written out in full by
        ``repr`` (texts, numbers, dates, periods and lists of them).
    """

    @functools.wraps(function)
    def once(data: D, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if data.shared is None:
            return function(data, *args, **kwargs)
        folder, name = data.shared
        words = repr((function.__module__, function.__qualname__, name, args, kwargs))
        path = folder / f"{hashlib.sha256(words.encode()).hexdigest()}.pickle"
        if path.is_file():
            result: R = pickle.loads(path.read_bytes())
            return result
        result = function(data, *args, **kwargs)
        _store(path, result)
        return result

    return once


def _store(path: Path, result: Any) -> None:
    """Whole or not at all: another report may be reading."""
    handle, work = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        pickle.dump(result, file, protocol=pickle.HIGHEST_PROTOCOL)
    os.replace(work, path)
