"""Results that many reports share: computed by the first that needs them, read by the others."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

KEY = "EST_CLEANED_KEY"  # of this batch alone: what is not signed with it is never unpickled


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
    batch's private folder, under its function, the dataset's name there and the values. It is
    signed with the batch's key, and read only when the signature is right. Outside a batch, or
    without a key, nothing is stored and nothing read.

    Parameters
    ----------
    function
        Gives the same for the same, changes nothing; its values are written out in full by
        ``repr`` (texts, numbers, dates, periods and lists of them).
    """

    @functools.wraps(function)
    def once(data: D, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = os.environ.get(KEY, "").encode()
        if data.shared is None or not key:
            return function(data, *args, **kwargs)
        folder, name = data.shared
        words = repr((function.__module__, function.__qualname__, name, args, kwargs))
        path = folder / f"{hashlib.sha256(words.encode()).hexdigest()}.pickle"
        stored = _signed(path, key)
        if stored is not None:
            result: R = pickle.loads(stored)
            return result
        result = function(data, *args, **kwargs)
        _store(path, pickle.dumps(result, pickle.HIGHEST_PROTOCOL), key)
        return result

    return once


def _signed(path: Path, key: bytes) -> bytes | None:
    """What is stored, if anything is and this batch stored it."""
    if not path.is_file():
        return None
    whole = path.read_bytes()
    signature, stored = whole[:32], whole[32:]
    return stored if hmac.compare_digest(signature, _signature(path, stored, key)) else None


def _signature(path: Path, stored: bytes, key: bytes) -> bytes:
    """Of the content and of what it is stored as."""
    return hmac.digest(key, path.name.encode() + stored, "sha256")


def _store(path: Path, stored: bytes, key: bytes) -> None:
    """Whole or not at all: another report may be reading."""
    handle, work = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(_signature(path, stored, key) + stored)
    os.replace(work, path)
