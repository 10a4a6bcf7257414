"""A papermill engine: kernels on sockets in a private folder, warm ones where there are such."""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.log import logger
from traitlets.config import Config

from est_analysis.kernels import provisioner
from est_analysis.kernels.client import ADDRESS

NAME = "est"


class KernelEndedError(Exception):
    """A kernel died or was ended: the argument says why, where that is known."""


class SocketEngine(Engine):  # type: ignore[misc]
    """papermill's own way of running a notebook, with kernels that nobody else can reach.

    ``papermill --engine est`` uses it too. Kernels talk by sockets in a folder of their own that
    only its owner can enter; no port is opened.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: float | None = None,
        **_: Any,
    ) -> None:
        """Run the notebook's cells; `KernelEndedError` when the kernel dies."""
        address = os.environ.get(ADDRESS, "")
        inside = str(Path(address).parent) if address else None
        with tempfile.TemporaryDirectory(prefix="est-", dir=inside) as folder:
            client = PapermillNotebookClient(
                nb_man,
                kernel_name=kernel_name,
                timeout=execution_timeout,
                startup_timeout=start_timeout,
                shutdown_kernel="immediate",  # all cells are done: a graceful end only waits
                log=logger,
                log_output=log_output,
                stdout_file=stdout_file,
                stderr_file=stderr_file,
                config=kernel_settings(folder),
            )
            try:
                client.execute()
            except DeadKernelError as fault:
                raise KernelEndedError(provisioner.reason_of_end() or str(fault)) from fault


def kernel_settings(folder: str) -> Any:
    """Reach the kernel by sockets in a private folder, not open ports, where there are such."""
    if os.name == "nt":
        return Config()
    place = Path(folder)
    settings = {
        "transport": "ipc",
        "ip": str(place / "kernel"),
        "connection_file": str(place / "connection.json"),
    }
    return Config({"KernelManager": settings})


def register() -> None:
    """Make the engine and the provisioner known where the package is not installed."""
    papermill_engines.register(NAME, SocketEngine)
    KernelProvisionerFactory.provisioners.setdefault(
        provisioner.NAME,
        EntryPoint(
            provisioner.NAME,
            "est_analysis.kernels.provisioner:WarmProvisioner",
            KernelProvisionerFactory.GROUP_NAME,
        ),
    )
    if os.environ.get(ADDRESS):
        KernelProvisionerFactory.instance().default_provisioner_name = provisioner.NAME
