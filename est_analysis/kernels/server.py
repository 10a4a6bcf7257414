"""The fork server: a process that imports everything once and forks a child per request.

It is started by `est_analysis.kernels.client.WarmServer` with one argument, a JSON object, and
listens on a socket in a private folder. A connection is a child's life: the client sends one line
(``{"target": "module:function", "arguments": [...], "env": {...}, "cwd": …, "memory_mb": …,
"label": …}``), the child answers with its process id and whatever its target says, and the server
ends with how it went. When the client goes, the child is killed; when the server's standard input
ends, all are, and the folder is removed. Nothing outlives the one that asked for it.
"""

from __future__ import annotations

import gc
import json
import os
import random
import selectors
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

LONGEST_REQUEST = 1_000_000  # bytes
WATCH_EVERY = 0.2  # seconds between looks at the children's memory


@dataclass
class _Child:
    """A running child and the connection it answers on."""

    pid: int
    connection: socket.socket
    label: str
    memory_mb: float
    reason: str = ""
    peak_mb: float = 0.0


class _Server:
    def __init__(self, folder: Path, say: Callable[[dict[str, Any]], None]) -> None:
        self.folder = folder
        self.say = say
        self.children: dict[int, _Child] = {}
        self.used: dict[str, dict[str, float]] = {}
        self.alive, self._held = os.pipe()  # the children read its end when this process dies
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / "server"))
        self.listener.listen(64)

    def serve(self) -> None:
        """Fork for each connection until standard input ends."""
        woken, wake = socket.socketpair()
        for end in (woken, wake):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asked decides when it ends
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(woken, selectors.EVENT_READ)
        self.selector.register(sys.stdin.buffer, selectors.EVENT_READ)
        self.say({"ready": str(self.folder / "server")})
        while True:
            watched = any(child.memory_mb for child in self.children.values())
            for key, _ in self.selector.select(WATCH_EVERY if watched else None):
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj is woken:
                    woken.recv(4096)
                elif key.fileobj is sys.stdin.buffer:
                    if not os.read(sys.stdin.fileno(), 1):
                        self._end()
                        return
                else:
                    self._client_gone(key.data)
            self._reap()
            self._watch_memory()

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        text = b""
        while not text.endswith(b"\n") and len(text) < LONGEST_REQUEST:
            part = connection.recv(65536)
            if not part:
                connection.close()
                return
            text += part
        connection.settimeout(None)
        request = json.loads(text)
        pid = os.fork()
        if pid == 0:
            self._be_child(connection, request)
        child = _Child(pid, connection, request.get("label", ""), request.get("memory_mb") or 0)
        self.children[pid] = child
        self.selector.register(connection, selectors.EVENT_READ, child)

    def _be_child(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Become the child; never returns."""
        code = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.listener.close()
            self.selector.close()
            for other in self.children.values():
                other.connection.close()
            self.children.clear()
            os.close(self._held)
            empty = os.open(os.devnull, os.O_RDWR)
            os.dup2(empty, 0)
            os.dup2(2, 1)  # standard output is the server's own channel
            os.close(empty)
            threading.Thread(target=_die_with, args=(self.alive,), daemon=True).start()
            os.environ.clear()
            os.environ.update(request["env"])
            os.chdir(request["cwd"])
            _reseed()
            connection.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
            module, _, name = request["target"].partition(":")
            answer = getattr(import_module(module), name)(*request["arguments"])
            if answer is not None:
                connection.sendall(json.dumps({"answer": answer}).encode() + b"\n")
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)  # no exit handlers: they belong to the server

    def _client_gone(self, child: _Child) -> None:
        self.selector.unregister(child.connection)
        _kill(child.pid)

    def _reap(self) -> None:
        while self.children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                return
            child = self.children.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            _kill(pid)  # what it started and left behind
            peak = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
            seconds = usage.ru_utime + usage.ru_stime
            self._count(child.label, seconds, peak)
            end = {"exit": code, "reason": child.reason, "seconds": seconds, "peak_mb": peak}
            try:
                self.selector.unregister(child.connection)
                child.connection.sendall(json.dumps(end).encode() + b"\n")
            except (KeyError, OSError):
                pass  # the client has gone; it was told by its own going
            child.connection.close()

    def _count(self, label: str, seconds: float, peak: float) -> None:
        entry = self.used.setdefault(label, {"children": 0, "seconds": 0.0, "peak_mb": 0.0})
        entry["children"] += 1
        entry["seconds"] += seconds
        entry["peak_mb"] = max(entry["peak_mb"], peak)

    def _watch_memory(self) -> None:
        for child in self.children.values():
            if child.memory_mb and not child.reason:
                used = _own_mb(child.pid, child.memory_mb)
                if used > child.memory_mb:
                    child.reason = (
                        f"it used {used:,.0f} MB of memory, more than {child.memory_mb:,.0f}"
                    )
                    _kill(child.pid)

    def _end(self) -> None:
        for pid in self.children:
            _kill(pid)
        for pid in list(self.children):
            _, _, usage = os.wait4(pid, 0)
            self._count(self.children[pid].label, usage.ru_utime + usage.ru_stime, 0)
        self.say({"used": self.used})
        shutil.rmtree(self.folder, ignore_errors=True)


def _kill(pid: int) -> None:
    """Kill a child's whole group, or the child alone where it has not made its group yet."""
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
            return
        except (ProcessLookupError, PermissionError):
            continue


def _die_with(alive: int) -> None:
    os.read(alive, 1)  # returns when the server's end is closed, that is, when it is gone
    os._exit(1)


def _reseed() -> None:
    """Chance anew, as in a process of its own: a fork would repeat its sisters' numbers."""
    random.seed()
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()


def _own_mb(pid: int, at_least: float) -> float:
    """Memory that a child shares with nobody; found only where it may be over a bound (slow).

    What it reads of the server's own memory is shared, and would be counted once per child.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        resident = float(process.memory_info().rss) / 1024**2
        if resident <= at_least:
            return resident
        return float(process.memory_full_info().uss) / 1024**2
    except psutil.Error:
        return 0.0


@contextmanager
def _ending_with(parent: int, folder: Path) -> Iterator[None]:
    """End when the one who asked is gone: while warming up nobody looks at standard input."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            if os.getppid() != parent:
                shutil.rmtree(folder, ignore_errors=True)
                os._exit(1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()  # no thread may be left when children are forked


def main(text: str) -> int:
    """Warm up and serve; the argument is ``{"folder": …, "warm": …, "arguments": [...]}``."""
    request = json.loads(text)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(line: dict[str, Any]) -> None:
        try:
            out.write(json.dumps(line) + "\n")
            out.flush()
        except BrokenPipeError:  # the one who asked is gone: the loop is about to see it
            pass

    folder = Path(request["folder"])
    try:
        if request["warm"]:
            module, _, name = request["warm"].partition(":")
            with _ending_with(os.getppid(), folder):
                fault = getattr(import_module(module), name)(say, folder, *request["arguments"])
            if fault:
                say({"fault": fault})
                shutil.rmtree(folder, ignore_errors=True)
                return 1
        gc.collect()
        gc.freeze()  # so that the children's collections do not copy the pages they share
        _Server(folder, say).serve()
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
