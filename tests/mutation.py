"""Plant single faults in the code and see whether the tests notice; the survivors are listed.

    python tests/mutation.py [MODULE ...] [--sample N] [--seed 1] [--workers 2]

Without a module all that have tests of their own, which takes many hours.

The module's tests are run once to see which lines each of them, and each fixture, goes through.
Then each fault is planted in a fork of a process that has everything imported, and the tests
that go through its line are run there, the quickest first, until one fails. A fault in a line that
is run at import is tried in a fork that imports everything anew. Noticed are also faults that take
ten times as long. A test that goes through a line only by what another one left in a cache is not
tried on it, so the share is rather too low than too high.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import importlib.machinery
import inspect
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest import runner
from _pytest.assertion.rewrite import AssertionRewritingHook
from faults import PACKAGE, ROOT, Fault, equivalents, faults_of

TESTS = {
    "incidents": [
        "test_incidents.py", "test_cleaning_edges.py", "test_bad_input.py", "test_reconcile.py", "test_properties.py",
        "test_personal_data.py", "test_real_input.py", "test_silent_numbers.py", "test_written_dates.py",
    ],
    "panel": ["test_panel.py", "test_series.py", "test_real_input.py"],
    "rates": ["test_rates.py"],
    "disclosure/recount": ["test_recount.py", "test_same_days.py"],
    "disclosure": [
        "test_disclosure.py", "test_two_way.py", "test_publishing.py", "test_attack.py",
        "test_properties.py", "test_untold.py", "test_steps.py", "test_names.py",
    ],
    "intervention": [
        "test_intervention.py", "test_intervention_edges.py", "test_intervention_learned.py",
        "test_intervention_pooled.py", "test_properties.py",
    ],
    "privacy": ["test_personal_data.py"],
    "calendar": ["test_calendar.py", "test_properties.py"],
    "calendar_events": ["test_calendar_events.py"],
    "written_dates": ["test_written_dates.py"],
    "sources": ["test_sources.py", "test_bad_input.py", "test_silent_numbers.py"],
    "coverage": ["test_panel.py", "test_series.py", "test_real_input.py"],
    "expected": ["test_expected.py"],
    "nowcast": ["test_nowcast.py"],
    "farrington": ["test_farrington.py"],
    "seasonal": ["test_seasonal.py", "test_properties.py"],
    "series": ["test_series.py", "test_panel.py"],
    "comparisons": ["test_panel.py", "test_rates.py"],
    "surveillance": ["test_surveillance.py"],
    "hours": ["test_hours.py"],
    "effort": ["test_effort.py"],
    "priorities": ["test_priorities.py"],
    "outlook": ["test_outlook.py"],
    "evaluations": [
        "test_evaluations.py", "test_evaluations_unread.py", "test_intervention.py",
        "test_intervention_pooled.py", "test_unread.py",
    ],
    "same_days": ["test_same_days.py"],
    "thin_months": ["test_thin_months.py"],
    "stored_json": ["test_stored.py"],
    "purge": ["test_purge.py"],
}  # fmt: skip
HOMES = tuple(path.stem for path in Path(__file__).parent.glob("*.py"))
LEAST, LONGEST = 20, 180  # seconds that one fault may take
BROKEN = 3  # the status of a fork that could not try its fault
MEMORY = 4 << 30  # bytes beyond what is taken already


class Lines:
    """Which lines of some files each test and each fixture goes through, and for how long."""

    def __init__(self, files: list[Path]) -> None:
        self.files = {str(path) for path in files}
        self.seen: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self.caches = caches()
        self._stack: list[set[tuple[str, int]]] = []

    def _called(self, frame: FrameType, event: str, value: Any) -> Any:
        if frame.f_code.co_filename not in self.files:
            return None
        self._stack[-1].add((frame.f_code.co_filename, frame.f_lineno))
        return self._went

    def _went(self, frame: FrameType, event: str, value: Any) -> Any:
        if event == "line":
            self._stack[-1].add((frame.f_code.co_filename, frame.f_lineno))
        return self._went

    @contextlib.contextmanager
    def _watch(self, name: str) -> Iterator[None]:
        self._stack.append(self.seen[name])
        sys.settrace(self._called)
        try:
            yield
        finally:
            self._stack.pop()
            sys.settrace(self._called if self._stack else None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        for cache in self.caches:
            cache.cache_clear()
        began = time.monotonic()
        with self._watch(item.nodeid):
            done = yield
        self.seconds[item.nodeid] = time.monotonic() - began
        return done

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        with self._watch(name_of(fixturedef)):
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


class Planting:
    """A pytest plugin that instead of running the tests plants faults and runs some for each."""

    def __init__(self, faults: list[Fault], workers: int) -> None:
        self.faults, self.workers = faults, workers
        self.survivors: list[Fault] = []
        self.done = self.stopped = 0

    def pytest_report_teststatus(self) -> tuple[str, str, str]:
        return "", "", ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            say(report.longreprtext)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """A fixture is kept as long as the process, so that a fork has it."""
        for item in items:
            for one in fixtures(item).values():
                if one.scope != "function":
                    one._scope = type(one._scope).Session

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items: list[Any] = list(session.items)
        self._record(session)
        self._warm()
        self._see_that_all_is_well()
        running: dict[int, Fault] = {}
        left = list(reversed(self.faults))
        while left or running:
            while left and len(running) < self.workers:
                fault = left.pop()
                running[self._fork(functools.partial(self._try, fault))] = fault
            child, status = os.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            fault = running.pop(child)
            if os.waitstatus_to_exitcode(status) == BROKEN:
                pytest.exit(f"could not be tried: {fault}", returncode=1)
            self.done += 1
            self.stopped += os.WIFSIGNALED(status)
            if status == 0:
                self.survivors.append(fault)
                say(f"  survived  {fault}")
        return True

    def _record(self, session: pytest.Session) -> None:
        """Run every test in a fork, with its lines."""
        with tempfile.NamedTemporaryFile() as kept:

            def all_of_them() -> bool:
                lines = Lines([fault.path for fault in self.faults])
                session.config.pluginmanager.register(lines)
                run(self.items)
                Path(kept.name).write_bytes(
                    pickle.dumps((dict(lines.seen), lines.seconds, lines.failed, [*sys.modules]))
                )
                return False

            os.waitpid(self._fork(all_of_them), 0)
            told = pickle.loads(Path(kept.name).read_bytes())
            self.seen, self.seconds, failed, self.imported = told
        if failed:
            pytest.exit(f"fails without any fault: {', '.join(failed)}", returncode=1)
        for item in self.items:
            for name in fixtures(item):
                self.seen[item.nodeid] |= self.seen.get(name, set())
        slow = sorted(self.items, key=self._seconds)[-3:]
        say(f"  {len(self.items)} tests, {sum(self.seconds.values()):.0f} s; slowest: "
            + ", ".join(f"{item.name} {self._seconds(item):.0f} s" for item in slow))  # fmt: skip

    def _warm(self) -> None:
        """Import what the tests imported; make the fixtures that go through no line of the module."""
        for name in self.imported:
            with contextlib.suppress(ImportError):
                import_module(name)
        made: set[str] = set()
        for item in self.items:
            own = fixtures(item)
            shared = {name for name, one in own.items() if one.scope == "session"}
            if shared - made and not any(self.seen.get(name) for name in own):
                runner.call_and_report(item, "setup", log=False)
                other = self.items[0 if item is not self.items[0] else -1]
                runner.call_and_report(item, "teardown", log=False, nextitem=other)
                item._request, item.funcargs = False, None
                made |= shared
        self.caches, self.functions = caches(), made_from({str(f.path) for f in self.faults})
        gc.freeze()  # so that a fork does not touch, and copy, all of it; nothing is listed after

    def _see_that_all_is_well(self) -> None:
        """Without a fault the tests pass, also where everything is imported anew."""
        whole = self.faults[0]
        good = compile(whole.path.read_text(encoding="utf-8"), str(whole.path), "exec")
        tests = [item.nodeid for item in self.items if self.seen[item.nodeid]]
        for work in (lambda: run(self.items), lambda: afresh(whole, good, tests)):
            with tempfile.NamedTemporaryFile("r") as told:
                if os.waitpid(self._fork(work, told.name), 0)[1]:
                    pytest.exit(f"fails in a fork without any fault:\n{told.read()}", returncode=1)

    def _fork(self, work: Callable[[], bool], told: str = os.devnull) -> int:
        """A child that does some work; its status says whether something failed."""
        child = os.fork()
        if child:
            return child
        code = BROKEN
        try:
            os.setsid()
            silent = os.open(told, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            code = int(work())
        finally:
            os._exit(code)

    def _try(self, fault: Fault) -> bool:
        """Whether a test notices a fault."""
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
        spoilt = fault.planted()
        good = compile(fault.path.read_text(encoding="utf-8"), str(fault.path), "exec")
        if at_import(good) != at_import(spoilt):
            items = sorted(
                (item for item in self.items if self.seen[item.nodeid]), key=self._seconds
            )
            signal.alarm(LONGEST)
            return afresh(fault, spoilt, [item.nodeid for item in items])
        where = (str(fault.path), fault.line)
        items = sorted(
            (item for item in self.items if where in self.seen[item.nodeid]), key=self._seconds
        )
        signal.alarm(min(LONGEST, LEAST + 10 * round(sum(map(self._seconds, items)))))
        for cache in self.caches:
            cache.cache_clear()
        exchange(self.functions, spoilt)
        return run(items)

    def _seconds(self, item: pytest.Item) -> float:
        return float(self.seconds[item.nodeid])


def fixtures(item: Any) -> dict[str, Any]:
    """All that a test needs, by name."""
    known = item._fixtureinfo.name2fixturedefs.values()
    return {name_of(one): one for defined in known for one in defined}


def name_of(fixture: Any) -> str:
    return f"fixture {fixture.argname} of {fixture.baseid}"


def run(items: list[Any]) -> bool:
    """Run tests until one fails; whether one did."""
    for item, after in zip(items, [*items[1:], *items[-1:]], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if item.session.testsfailed:
            return True
    return False


def afresh(fault: Fault, spoilt: CodeType, tests: list[str]) -> bool:
    """Import all of the package and the tests anew, one file of it spoilt, and run the tests."""
    whole = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        return spoilt if self.path == str(fault.path) else whole(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    for name in list(sys.modules):
        where = getattr(sys.modules[name], "__file__", None) or ""
        if where.startswith((str(PACKAGE), str(ROOT / "tests"))):
            del sys.modules[name]
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, AssertionRewritingHook)]
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is cleared by other runs beside
        return pytest.main([*WORDS, "-x", f"--basetemp={folder}/t", "--assert=plain", *tests]) != 0


def at_import(code: CodeType) -> list[Any]:
    """What of a file's code is run when it is imported: the file's own and its classes'."""
    own: list[Any] = [code.co_code, code.co_names]
    for constant in code.co_consts:
        if not isinstance(constant, CodeType):
            own.append((type(constant), constant))
        elif not constant.co_flags & 0x1:  # a class's body is not optimised, a function's is
            own.append(at_import(constant))
    return own


def made_from(files: set[str]) -> list[FunctionType]:
    """All functions that some files have made."""
    every = [thing for thing in gc.get_objects() if isinstance(thing, FunctionType)]
    return [one for one in every if one.__code__.co_filename in files]


def exchange(functions: list[FunctionType], code: CodeType) -> None:
    """Give the functions that were made from a file the code that it has now."""
    made: dict[Any, CodeType] = {}
    left = [code]
    while left:
        one = left.pop()
        made[_place(one)] = one
        left += [constant for constant in one.co_consts if isinstance(constant, CodeType)]
    for function in functions:
        if function.__code__.co_filename == code.co_filename:
            function.__code__ = made[_place(function.__code__)]


def _place(code: CodeType) -> tuple[Any, ...]:
    return code.co_qualname, code.co_firstlineno, next(code.co_positions())


def caches() -> list[Any]:
    """What the package and the tests keep of what they have computed."""
    kept = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
    return [
        one for one in kept
        if getattr(inspect.unwrap(one), "__module__", "").startswith(("est_analysis", *HOMES))
    ]  # fmt: skip


def say(line: str) -> None:
    print(line, flush=True)


WORDS = ["-q", "-s", "-m", "not slow", "-p", "no:cacheprovider", "--doctest-modules",
         "-o", "tmp_path_retention_policy=none", "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # fmt: skip


def try_module(module: str, sample: int, seed: int, workers: int) -> None:
    """Plant a module's faults, list those that no test notices, and print the share."""
    began = time.monotonic()
    faults = faults_of(module)
    same = equivalents(faults)
    chosen = [fault for fault in faults if fault not in same]
    if 0 < sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)
    planting = Planting(chosen, workers)
    files = sorted({str(fault.path) for fault in faults})
    with tempfile.TemporaryDirectory() as folder:
        words = [*WORDS, f"--basetemp={folder}/tests"]
        where = [*files, *(f"tests/{name}" for name in TESTS[module])]
        status = pytest.main([*words, "--no-header", "--no-summary", *where], plugins=[planting])
    if status != 0 or planting.done != len(chosen):
        sys.exit(f"{module}: pytest ended with {status!r}")
    found = len(chosen) - len(planting.survivors)
    say(
        f"{module}: {found} of {len(chosen)} noticed ({found / len(chosen):.0%}), "
        f"{planting.stopped} of them by time or memory; "
        f"{len(faults)} places, {len(same)} that change nothing; "
        f"{(time.monotonic() - began) / 60:.0f} minutes"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TESTS))
    parser.add_argument("--sample", type=int, default=0, help="faults per module; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    unknown = set(options.modules) - set(TESTS)
    if unknown:
        parser.error(
            f"no tests are named for {', '.join(sorted(unknown))}; known: {', '.join(TESTS)}"
        )
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    for module in options.modules or TESTS:
        child = os.fork()  # each with a process of its own: pytest is made to be started once
        if not child:
            try_module(module, options.sample, options.seed, options.workers)
            return
        if os.waitpid(child, 0)[1]:
            sys.exit(f"{module}: not finished")


if __name__ == "__main__":
    main()
