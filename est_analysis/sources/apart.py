"""Workbooks are read in a process of their own, within bounds of time and memory.

A damaged file can make their reader end its process, go on for ever or ask for all memory there
is. Then that process is lost, and not the program.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from est_analysis.sources.numbers import number_text

if TYPE_CHECKING:
    import psutil

PROGRAM = Path(__file__).with_name("sheet_program.py")
STARTING = 60  # seconds until it reads; guards of viruses may look at a new process for long
SECONDS, BYTES_A_SECOND = 8, 200_000  # for any file, and more for a large one
MEGABYTES, TIMES_ITS_SIZE = 600, 40
MOST_ROWS = 1 << 31  # no sheet has as many
LOOK_EVERY = 0.05  # seconds


class UnreadableError(Exception):
    """Why a workbook cannot be read."""


class Book:
    """A workbook that another process opens when it is ready to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid: int = self._answer()
        self.sheets: list[tuple[str, bool]] = []
        self.merged_down: list[tuple[int, int, int]] = []  # of the sheet whose rows were last read

    def open(self, raw: bytes) -> None:
        """Let it read the workbook; then its sheets are known, and whether each is shown."""
        self._tell(len(raw).to_bytes(8, "little"), raw)
        self.sheets = [(name, shown) for name, shown in self._answer()]

    def rows(self, number: int, most: int = MOST_ROWS) -> Iterator[list[str]]:
        """The rows of a sheet as texts, from the first one with a value on or before it."""
        self._tell(b"%d %d\n" % (number, most))
        while part := self._answer():
            yield from part
        self.merged_down = [(top, low, left) for top, low, left in self._answer()]

    def _tell(self, *parts: bytes) -> None:
        assert self._process.stdin is not None
        if self._process.stdin.closed:  # it ended after it had said more than it was asked
            return
        try:
            for part in parts:
                self._process.stdin.write(part)
            self._process.stdin.flush()
        except OSError:  # it has ended: its answer, or that there is none, says why
            with suppress(OSError):
                self._process.stdin.close()

    def _answer(self) -> Any:
        """What it says next."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            code = self._process.wait()
            raise UnreadableError(f"its reader broke down ({code})")
        found = json.loads(line, parse_float=number_text)
        if isinstance(found, dict):
            raise UnreadableError(found["fault"])
        return found


@contextmanager
def opened(raw: bytes) -> Iterator[Book]:
    """Open a workbook in a process of its own, which ends with the block.

    Raises
    ------
    UnreadableError
        When it is none, or reading takes more time or memory than a file of its size may.
    """
    with subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:  # fmt: skip
        bounds = _Bounds(process, len(raw))
        bounds.start()
        try:
            book = Book(process)
            bounds.begin(book.pid)
            book.open(raw)
            yield book
        except UnreadableError as fault:
            raise UnreadableError(bounds.passed or str(fault)) from None
        finally:
            bounds.stop()
            bounds.end()


class _Bounds(threading.Thread):
    """Ends a process that passes a bound; `passed` says which."""

    def __init__(self, process: subprocess.Popen[bytes], size: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._reader: psutil.Process | None = None
        self.reading = SECONDS + size / BYTES_A_SECOND
        self._limit = self._from_now("starting its reader", STARTING)
        self.megabytes = MEGABYTES + TIMES_ITS_SIZE * size / 1e6
        self.passed = ""
        self._over = threading.Event()

    def begin(self, pid: int) -> None:
        """From now on that process reads; the one that was started may only be its launcher."""
        import psutil

        with suppress(psutil.NoSuchProcess):
            self._reader = psutil.Process(pid)
        self._limit = self._from_now("reading it", self.reading)

    @staticmethod
    def _from_now(doing: str, seconds: float) -> tuple[float, str]:
        return time.monotonic() + seconds, f"{doing} took more than {seconds:.0f} seconds"

    def run(self) -> None:
        import psutil

        try:
            while not self._over.wait(LOOK_EVERY):
                until, late = self._limit
                if time.monotonic() > until:
                    self.passed = late
                elif self._reader and self._reader.memory_info().rss > 1e6 * self.megabytes:
                    self.passed = f"reading it took more than {self.megabytes:,.0f} MB of memory"
                if self.passed:
                    return self.end()
        except psutil.Error:  # it has ended
            return None

    def end(self) -> None:
        """End the process that reads, and the one that was started."""
        import psutil

        if self._reader:
            with suppress(psutil.NoSuchProcess):  # nor another that has its number now
                self._reader.kill()
        self._process.kill()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()
