"""Start a fork server and ask it for children."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from est_analysis.leftovers import remove_dead

PREFIX = "est-warm-"
ADDRESS = "EST_WARM"  # names a running server's socket to the processes it forks


def can_fork() -> bool:
    """Whether kernels can be forked here; elsewhere they are started as usual.

    Not on macOS: its own libraries for numbers and drawing may stop in a forked process.
    """
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX") and sys.platform != "darwin"


class WarmServer:
    """A fork server, and its end: use it in a ``with`` statement.

    Parameters
    ----------
    warm
        ``module:function``, called in the server before it serves, with a function that says a
        line (a dict), the server's private folder and `arguments`; it returns None, or what is
        wrong as a dict.
    arguments
        Whatever JSON can hold.
    env
        The server's whole environment; the children's are given by request.
    said
        Called with each line the server says while it warms up.

    Attributes
    ----------
    address
        The server's socket.
    fault
        What the warming function returned, if anything: then nothing is served.
    used
        After the end: processor seconds and peak memory of the children, by label.
    """

    def __init__(
        self,
        warm: str = "",
        arguments: list[Any] | None = None,
        env: dict[str, str] | None = None,
        said: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> None:
        remove_dead(Path(tempfile.gettempdir()), PREFIX)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))  # mode 0700
        self.address = ""
        self.fault: dict[str, Any] | None = None
        self.used: dict[str, dict[str, float]] = {}
        request = {"folder": str(self.folder), "warm": warm, "arguments": arguments or []}
        command = [sys.executable, "-m", "est_analysis.kernels.server", json.dumps(request)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=env,
            start_new_session=True,  # Ctrl-C reaches the one who asked; it ends the server
        )
        try:
            self._wait_until_ready(said)
        except BaseException:
            self.close()
            raise

    def _wait_until_ready(self, said: Callable[[dict[str, Any]], None]) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line = json.loads(text)
            if "ready" in line:
                self.address = line["ready"]
                return
            if "fault" in line:
                self.fault = line["fault"]
                return
            said(line)
        self.fault = {
            "what": "the process that reports are forked from ended before it was ready",
            "expected": "a process that imports the program and cleans the exports",
            "found": f"exit code {self.process.wait()}; what it said stands above",
            "change": "more memory, if that was short; else this is likely a fault of the program",
            "otherwise": "no report is made",
        }

    def close(self) -> None:
        """End the server and all its children."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        for text in self.process.stdout:
            self.used = json.loads(text).get("used", self.used)
        self.process.stdout.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> WarmServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Child:
    """A forked child, as much like `subprocess.Popen` as a kernel provisioner needs.

    Attributes
    ----------
    pid
        Its process id, and that of its group.
    answer
        What its target returned, after the end.
    end
        How it went: ``exit``, ``reason``, ``seconds``, ``peak_mb``.
    """

    stdin = stdout = stderr = None

    def __init__(
        self,
        address: str,
        target: str,
        arguments: list[Any],
        *,
        env: dict[str, str],
        cwd: str | Path,
        label: str = "",
        memory_mb: float = 0,
    ) -> None:
        self.answer: Any = None
        self.end: dict[str, Any] | None = None
        self._text = b""
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        request = {
            "target": target,
            "arguments": arguments,
            "env": env,
            "cwd": str(cwd),
            "label": label,
            "memory_mb": memory_mb,
        }
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        self.pid = 0
        while not self.pid and self.end is None:
            self._read(None)

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return None if self.end is None else int(self.end["exit"])

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        while self.end is None and self._read(0):
            pass
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; `TimeoutError` when it takes longer."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.end is None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            self._read(left)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the child alone."""
        if self.end is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the child's group."""
        if self.end is None and self.pid:
            with contextlib.suppress(ProcessLookupError):  # ended meanwhile: the server tells how
                os.killpg(self.pid, signal.SIGKILL)

    terminate = kill

    def close(self) -> None:
        """Let go of the child: the server kills it if it still runs."""
        self._connection.close()
        if self.end is None:
            self.end = {"exit": -9, "reason": "let go", "seconds": 0.0, "peak_mb": 0.0}

    def _read(self, seconds: float | None) -> bool:
        """Take in what has come within some seconds; whether anything had."""
        ready, _, _ = select.select([self._connection], [], [], seconds)
        if not ready:
            return False
        try:
            part = self._connection.recv(65536)
        except ConnectionError:
            part = b""
        if not part:
            self.end = {"exit": -9, "reason": "its server ended", "seconds": 0.0, "peak_mb": 0.0}
            self._connection.close()
            return True
        *lines, self._text = (self._text + part).split(b"\n")
        for text in lines:
            line = json.loads(text)
            self.pid = line.get("pid", self.pid)
            self.answer = line.get("answer", self.answer)
            if "exit" in line:
                self.end = line
                self._connection.close()
        return True
