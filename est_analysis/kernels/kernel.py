"""What a forked child does to be an ordinary ipykernel."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any


def run(arguments: list[str]) -> None:
    """Be the kernel until it is told to stop."""
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]  # it would open a port
    iostream: Any = import_module("ipykernel.iostream")
    kernelapp: Any = import_module("ipykernel.kernelapp")

    class Outputs(iostream.IOPubThread):  # type: ignore[misc]
        """The thread of outputs, without the port on which it would hear its own children."""

        def __init__(self, socket: Any, pipe: bool = False, **more: Any) -> None:
            super().__init__(socket, pipe=False, **more)

    kernelapp.IOPubThread = Outputs
    app = kernelapp.IPKernelApp.instance(parent_handle=os.getppid())  # it ends with the server
    app.initialize(arguments)
    if "matplotlib" in sys.modules:
        # matplotlib chose its backend when the server imported it: choose as a new kernel does
        import matplotlib as mpl

        mpl.use("module://matplotlib_inline.backend_inline")
        app.shell.enable_matplotlib("inline")
    app.start()
