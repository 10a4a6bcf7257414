"""What a forked child does to be an ordinary ipykernel."""

from __future__ import annotations

import os
import sys
from typing import Any


def run(arguments: list[str]) -> None:
    """Be the kernel until it is told to stop."""
    from ipykernel import debugger
    from ipykernel.kernelapp import IPKernelApp

    debugger._is_debugpy_available = False  # it would listen on a port
    app: Any = IPKernelApp.instance(parent_handle=os.getppid())  # it ends when the server does
    app.initialize(arguments)
    if "matplotlib" in sys.modules:
        # matplotlib chose its backend when the server imported it: choose as a new kernel does
        import matplotlib as mpl

        mpl.use("module://matplotlib_inline.backend_inline")
        app.shell.enable_matplotlib("inline")
    app.start()
