"""Plant single faults in the code and see whether the tests notice; the survivors are listed.

    python tests/mutation.py [MODULE ...] [--sample N] [--seed 1]

Each fault is planted in a copy of the package, and the module's own tests are run on it until one
fails. Without a sample that is hours. Faults in texts, types and errors are not planted.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = {
    "incidents": ["test_incidents.py", "test_bad_input.py", "test_personal_data.py"],
    "panel": ["test_panel.py"],
    "rates": ["test_rates.py"],
    "disclosure": ["test_disclosure.py"],
    "intervention": ["test_intervention.py"],
    "privacy": ["test_personal_data.py"],
}
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


def noticed(home: Path, tests: list[str]) -> bool:
    """Whether a test fails on the package as it stands in the copy."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-m",
        "not slow",
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, *(f"tests/{name}" for name in tests)], cwd=home, env=environment,
            capture_output=True, timeout=LONGEST, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=[])
    parser.add_argument("--sample", type=int, default=0, help="faults per module; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in ("est_analysis", "tests", "params", "notebooks"):
            shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", home)
        for module in options.modules or TESTS:
            if noticed(home, TESTS[module]):
                sys.exit(f"the tests of {module} fail without any fault")
            package = home / "est_analysis"
            files = sorted((package / module).glob("*.py")) or [package / f"{module}.py"]
            places = [
                (path, number, what)
                for path in files
                for number, what in faults(ast.parse(path.read_text(encoding="utf-8")))
            ]
            chosen = places
            if 0 < options.sample < len(places):
                chosen = random.Random(options.seed).sample(places, options.sample)
            found = 0
            for path, number, what in chosen:
                good = path.read_text(encoding="utf-8")
                bad, line = planted(good, number)
                path.write_text(bad, encoding="utf-8")
                seen = noticed(home, TESTS[module])
                path.write_text(good, encoding="utf-8")
                found += seen
                if not seen:
                    print(f"  survived  {path.relative_to(package)}:{line}  {what}", flush=True)
            share = found / len(chosen)
            print(
                f"{module}: {found} of {len(chosen)} noticed ({share:.0%}); {len(places)} places",
                flush=True,
            )


if __name__ == "__main__":
    main()
