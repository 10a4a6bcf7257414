"""What papermill's entry point names: loaded by every ``import papermill``, so next to nothing."""

from __future__ import annotations

from typing import Any


class RegisteredEngine:
    """The engine ``est``, imported when a notebook is run with it.

    papermill loads its engines while it is itself being imported; ours imports papermill.
    """

    @classmethod
    def execute_notebook(cls, *args: Any, **kwargs: Any) -> Any:
        """Run a notebook as `est_analysis.kernels.engine.SocketEngine` does."""
        from est_analysis.kernels.engine import SocketEngine

        return SocketEngine.execute_notebook(*args, **kwargs)
