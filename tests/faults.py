"""Single faults that `mutation.py` plants: where they fit, what they change, which change nothing."""

from __future__ import annotations

import ast
import copy
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "est_analysis"
EQUIVALENT = Path(__file__).with_name("equivalent_faults.toml")
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A place in a file where a fault is planted, as text for the reader."""

    path: Path
    number: int  # of the node in `ast.walk`
    line: int
    code: str
    change: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}  {self.change}   in: {self.code}"

    def planted(self) -> CodeType:
        """The file's code with the fault; lines keep their numbers."""
        tree, _, _ = _spoilt(self.path.read_text(encoding="utf-8"), self.number)
        return compile(tree, str(self.path), "exec")


def faults_of(module: str) -> list[Fault]:
    """Every fault of a module, or of a package's modules."""
    found = []
    for path in sorted((PACKAGE / module).glob("*.py")) or [PACKAGE / f"{module}.py"]:
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        for number in _places(ast.parse(source)):
            _, line, change = _spoilt(source, number)
            found.append(Fault(path, number, line, lines[line - 1].strip(), change))
    return found


def equivalents(faults: list[Fault]) -> set[Fault]:
    """Those that a reader has shown to change nothing; an entry that fits no fault is refused."""
    text = EQUIVALENT.read_text(encoding="utf-8")
    found: set[Fault] = set()
    files = {str(fault.path.relative_to(PACKAGE)) for fault in faults}
    for entry in tomllib.loads(text)["fault"]:
        if entry["file"] not in files:
            continue
        fits = {
            fault for fault in faults
            if str(fault.path.relative_to(PACKAGE)) == entry["file"]
            and (fault.code, fault.change) == (entry["code"], entry["change"])
        }  # fmt: skip
        if not fits or not entry["why"]:
            raise SystemExit(f"{EQUIVALENT.name}: no such fault, or no reason: {entry}")
        found |= fits
    return found


def _places(tree: ast.Module) -> Iterator[int]:
    """Numbers of nodes; types, texts, errors and guards against other code are left alone."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        types = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        raised = [node] if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            raised += [node] if node.func.id in ("refuse", "cast") else []
        guards = [one for one in getattr(node, "keywords", []) if one.arg in ("frozen", "strict")]
        for root in guards + [t for t in types if t is not None] + raised:
            skipped |= set(ast.walk(root))
    for number, node in enumerate(ast.walk(tree)):
        if node in skipped:
            continue
        if (
            (isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS)
            or (isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS)
            or (
                isinstance(node, ast.UnaryOp)
                and isinstance(node.op, ast.Not | ast.Invert | ast.USub)
            )
            or (isinstance(node, ast.Constant) and type(node.value) in (bool, int, float))
        ):
            yield number


def _spoilt(source: str, number: int) -> tuple[ast.Module, int, str]:
    """The tree with one fault, its line, and what became of what."""
    tree = ast.parse(source)
    node = list(ast.walk(tree))[number]
    before = copy.deepcopy(node)
    after = node
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAPS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        node.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.UnaryOp):
        after = node.operand
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                if value is node:
                    setattr(parent, name, after)
                elif isinstance(value, list) and node in value:
                    value[value.index(node)] = after
    change = f"{ast.unparse(before)} → {ast.unparse(after)}"
    return ast.fix_missing_locations(tree), int(getattr(node, "lineno", 0)), change
