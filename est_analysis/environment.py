"""What this process tells the processes it starts, for as long as it is so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


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
