"""Plant single faults in the code and see whether the tests notice; the survivors are listed.

    python tests/mutation.py [MODULE ...] [--sample N] [--seed 1]

Each fault is planted in a copy of the package, and the module's own tests are run on it until one
fails, in a process forked from one that has imported what they need. Without a sample that is
hours. Faults in texts, types and errors are not planted.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = {
    "incidents": [
        "test_incidents.py", "test_bad_input.py", "test_reconcile.py", "test_properties.py",
        "test_personal_data.py",
    ],
    "panel": ["test_panel.py", "test_series.py", "test_real_input.py"],
    "rates": ["test_rates.py"],
    "disclosure": [
        "test_disclosure.py", "test_two_way.py", "test_publishing.py", "test_attack.py"
    ],
    "intervention": ["test_intervention.py"],
    "privacy": ["test_personal_data.py"],
}  # fmt: skip
STACK = (
    "pytest",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "python_calamine",
    "openpyxl",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.api",
    "statsmodels.tsa.seasonal",
    "holidays",
    "matplotlib.figure",
    "seaborn",
    "yaml",
)
WORDS = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "--doctest-modules"]
LONGEST = 240  # seconds for one fault; one that hangs is noticed
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a fault can be planted: number of the node in `ast.walk`, and what it becomes."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        types = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        raised = [node] if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr) else []
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if called and node.func.id in ("refuse", "cast"):
            raised.append(node)
        for root in [t for t in types if t is not None] + raised:
            skipped |= set(ast.walk(root))
    for number, node in enumerate(ast.walk(tree)):
        if node in skipped:
            continue
        if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
            yield number, SWAPS[type(node.ops[0])].__name__
        elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS:
            yield number, SWAPS[type(node.op)].__name__
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert | ast.USub):
            yield number, "without its sign"
        elif isinstance(node, ast.Constant) and type(node.value) in (bool, int, float):
            yield number, "another constant"


def planted(source: str, number: int) -> tuple[str, int]:
    """The source with one fault, and its line."""
    tree = copy.deepcopy(ast.parse(source))
    node = list(ast.walk(tree))[number]
    line = int(getattr(node, "lineno", 0))
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAPS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        node.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.UnaryOp):
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                if value is node:
                    setattr(parent, name, node.operand)
                elif isinstance(value, list) and node in value:
                    value[value.index(node)] = node.operand
    return ast.unparse(ast.fix_missing_locations(tree)), line


def begin(home: Path, tests: list[str], path: Path) -> int:
    """Fork a process that runs a file's examples and the tests in a copy; its number.

    What the package imports has been imported already, the package itself has not.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        import pytest

        os.setsid()
        signal.alarm(LONGEST)
        os.chdir(home)
        os.environ["PYTHONPATH"] = str(home)
        sys.path[:0] = [str(home), str(home / "tests")]
        sys.dont_write_bytecode = True
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        where = [str(path), *(f"tests/{name}" for name in tests)]
        code = int(pytest.main([*WORDS, *where]))
    finally:
        os._exit(code)


class Places:
    """Copies of the package, one for each fault that is tried at a time."""

    def __init__(self, folder: Path, number: int) -> None:
        self.homes = [folder / str(place) for place in range(number)]
        for home in self.homes:
            for name in ("est_analysis", "tests", "params", "notebooks"):
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, home / name, ignore=ignored)
            shutil.copy(ROOT / "pyproject.toml", home)
        self.free = list(self.homes)
        self.running: dict[int, tuple[Path, Path, str, object]] = {}

    def plant(self, path: Path, bad: str, tests: list[str], about: object) -> None:
        """Write a fault and begin its tests; there must be a free copy."""
        home = self.free.pop()
        good = (home / path).read_text(encoding="utf-8")
        (home / path).write_text(bad, encoding="utf-8")
        self.running[begin(home, tests, path)] = home, path, good, about

    def next(self) -> tuple[object, bool]:
        """Wait for one to end: what it was about, and whether a test failed."""
        child, status = os.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        home, path, good, about = self.running.pop(child)
        (home / path).write_text(good, encoding="utf-8")
        self.free.append(home)
        return about, status != 0


def places_in(module: str) -> list[tuple[Path, int, str]]:
    """Every place of a module, or of a package's modules, where a fault can be planted."""
    package = ROOT / "est_analysis"
    files = sorted((package / module).glob("*.py")) or [package / f"{module}.py"]
    return [
        (path.relative_to(ROOT), number, what)
        for path in files
        for number, what in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]


def try_module(module: str, places: Places, sample: int, seed: int) -> None:
    """Plant a module's faults, list those that no test notices, and print the share."""
    found_in = places_in(module)
    first = found_in[0][0]
    places.plant(first, (ROOT / first).read_text(encoding="utf-8"), TESTS[module], None)
    if places.next()[1]:
        sys.exit(f"the tests of {module} fail without any fault")
    chosen = found_in
    if 0 < sample < len(found_in):
        chosen = random.Random(seed).sample(found_in, sample)
    found, left = 0, list(chosen)
    while left or places.running:
        while left and places.free:
            path, number, what = left.pop()
            bad, line = planted((ROOT / path).read_text(encoding="utf-8"), number)
            places.plant(path, bad, TESTS[module], f"{path}:{line}  {what}")
        about, seen = places.next()
        found += seen
        if not seen:
            print(f"  survived  {about}", flush=True)
    print(
        f"{module}: {found} of {len(chosen)} noticed ({found / len(chosen):.0%}); "
        f"{len(found_in)} places",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=[])
    parser.add_argument("--sample", type=int, default=0, help="faults per module; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for name in STACK:
        import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder), options.workers)
        for module in options.modules or TESTS:
            try_module(module, places, options.sample, options.seed)


if __name__ == "__main__":
    main()
