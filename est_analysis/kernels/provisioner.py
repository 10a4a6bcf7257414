"""A kernel provisioner that forks its kernels from the warm server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from est_analysis.kernels.client import ADDRESS, Child

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo

NAME = "est-warm"
MEMORY = "EST_KERNEL_MB"  # the most memory a kernel may use
LAUNCHER = ["-m", "ipykernel_launcher"]


class WarmProvisioner(LocalProvisioner):
    """Kernels forked from the server that the environment names; else started as usual."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or start one where there is no server or the kernel is not Python's."""
        address = os.environ.get(ADDRESS)
        if not address or cmd[1:3] != LAUNCHER:
            return await super().launch_kernel(cmd, **kwargs)
        env = dict(kwargs["env"])
        for name in (ADDRESS, "JPY_PARENT_PID"):  # neither is the kernel's own
            env.pop(name, None)
        child = Child(
            address,
            "est_analysis.kernels.kernel:run",
            [cmd[3:]],
            env=env,
            cwd=kwargs.get("cwd") or Path.cwd(),
            label="kernel",
            memory_mb=float(env.get(MEMORY, 0)),
        )
        _forked.append(child)
        self.process = child  # type: ignore[assignment]  # as good as a Popen here
        self.pid = self.pgid = child.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info


_forked: list[Child] = []


def reason_of_end() -> str:
    """Why the last forked kernel ended, where its server knows."""
    if not _forked or _forked[-1].poll() is None:
        return ""
    return str((_forked[-1].end or {})["reason"])
