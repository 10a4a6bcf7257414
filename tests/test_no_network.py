"""A report is made without a network: nothing but the machine itself is ever asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUARD = """\
import os, socket, sys

_connect, _look_up = socket.socket.connect, socket.getaddrinfo

def _note(what):
    with open(os.environ["EST_ATTEMPTS"], "a") as log:
        log.write(f"{what}\\n")
    raise OSError("the network is closed in this test")

def connect(self, address):
    local = self.family == getattr(socket, "AF_UNIX", -1) or address[0] in ("127.0.0.1", "::1")
    return _connect(self, address) if local else _note(address)

def look_up(host, *rest, **more):
    local = host in (None, "", "localhost", "127.0.0.1", "::1")
    return _look_up(host, *rest, **more) if local else _note(host)

socket.socket.connect, socket.getaddrinfo = connect, look_up
"""


def run(command: list[str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A command whose Python processes note every attempt to reach another machine."""
    (tmp_path / "guard").mkdir(exist_ok=True)
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    (tmp_path / "home" / "params").mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "guard"), str(ROOT)]),
        "EST_HOME": str(tmp_path / "home"),
        "EST_ATTEMPTS": str(tmp_path / "attempts.txt"),
    }
    return subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False
    )  # fmt: skip


def own_network(tmp_path: Path) -> list[str]:
    """How a command gets a network with nothing in it, where this machine lets it; else nothing."""
    if shutil.which("unshare") is None:
        return []
    for options in (["-n"], ["-r", "-n"]):
        if run(["unshare", *options, "true"], tmp_path).returncode == 0:
            return ["unshare", *options]
    return []


@pytest.mark.slow
def test_the_example_is_made_with_the_network_closed(tmp_path: Path) -> None:
    closed = own_network(tmp_path)
    est = [*closed, sys.executable, "-m", "est_analysis.cli"]
    done = run([*est, "init", "prov"], tmp_path)
    assert done.returncode == 0, done.stderr
    done = run([*est, "report", "tertial", "-m", "prov", "-p", "2025-T3"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_file()
    assert not (tmp_path / "attempts.txt").exists()


@pytest.mark.slow
def test_the_guard_would_have_seen_it(tmp_path: Path) -> None:
    code = "import urllib.request as u; u.urlopen('http://192.0.2.1/', timeout=1)"
    done = run([*own_network(tmp_path), sys.executable, "-c", code], tmp_path)
    assert done.returncode != 0
    assert "192.0.2.1" in (tmp_path / "attempts.txt").read_text(encoding="utf-8")
