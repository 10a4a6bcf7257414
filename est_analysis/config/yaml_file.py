"""Strict YAML: safe, small, shallow, and without YAML's own marks."""

from __future__ import annotations

from pathlib import Path

import yaml

from est_analysis.config.section import OTHERWISE, Section
from est_analysis.errors import SettingsError

LARGEST_FILE = 2_000_000  # bytes; a settings file is written by hand
DEEPEST = 12  # levels; guards the recursive reader


def read_settings_file(path: Path) -> Section:
    """Read one YAML file whose top level is a mapping."""
    problem = f"cannot use {path.name}"
    if not path.is_file():
        raise SettingsError(
            problem,
            expected=f"a file {path.parent.name}/{path.name}",
            found="no such file",
            change=f"write {path}, or copy it from another municipality's folder",
            otherwise=OTHERWISE,
        )
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise SettingsError(
            problem,
            expected="text saved as UTF-8",
            found=f"byte 0x{raw[fault.start]:02x} on line {line}, which is not UTF-8",
            change=f"save {path} again with the encoding UTF-8",
            otherwise=OTHERWISE,
        ) from None
    if len(raw) > LARGEST_FILE:
        raise SettingsError(
            problem,
            expected=f"at most {LARGEST_FILE // 1_000_000} MB",
            found=f"{len(raw) / 1e6:.1f} MB",
            change=f"move long mappings from {path} to a two-column CSV",
            otherwise=OTHERWISE,
        )
    node = _compose(text, path)
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(
            problem,
            expected="settings written as 'key: value'",
            found="an empty file" if node is None else "something else at the top level",
            change=f"see the same file in params/exempelkommun and mend {path}",
            otherwise=OTHERWISE,
        )
    _refuse_deep(node, path, 1)
    return Section(node, path, "")


def read_optional_file(path: Path) -> Section | None:
    """Read a file that a municipality may leave out; None where all of it is commented out."""
    if not path.is_file():
        return None
    lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines()
    if all(line.strip() == "" or line.lstrip().startswith("#") for line in lines):
        return None
    return read_settings_file(path)


def _compose(text: str, path: Path) -> yaml.Node | None:
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                raise SettingsError(
                    f"cannot use {path.name}",
                    expected="plain keys, texts and lists",
                    found=f"YAML's own marks (&, * or !) on line {token.start_mark.line + 1}",
                    change=f"write the value out, or put quotes around it, in {path}",
                    otherwise=OTHERWISE,
                )
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise SettingsError(
            f"cannot use {path.name}",
            expected="valid YAML",
            found=f"{getattr(fault, 'problem', None) or 'something unreadable'} ({line})",
            change=f"mend {line} of {path}; indent with blanks, quote texts that hold ':' or '#'",
            otherwise=OTHERWISE,
        ) from None


def _refuse_deep(node: yaml.Node, path: Path, depth: int) -> None:
    if depth > DEEPEST:
        raise SettingsError(
            f"cannot use {path.name}",
            expected=f"at most {DEEPEST} levels",
            found=f"more, on line {node.start_mark.line + 1}",
            change=f"flatten {path}",
            otherwise=OTHERWISE,
        )
    if isinstance(node, yaml.MappingNode):
        children = [child for pair in node.value for child in pair]
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else []
    for child in children:
        _refuse_deep(child, path, depth + 1)
