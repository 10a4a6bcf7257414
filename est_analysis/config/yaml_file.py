"""Strict YAML: safe, small, shallow, and without YAML's own marks."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import yaml

from est_analysis.config.section import OTHERWISE, Section
from est_analysis.errors import SettingsError

LARGEST_FILE = 2_000_000  # bytes; a settings file is written by hand
DEEPEST = 12  # levels; guards the recursive reader
MOST_TOKENS = 100_000  # keys, values and marks: more is a table, and slow to read as YAML
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where PyYAML has it: fast
_OPENS = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSES = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


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
    depth = tokens = 0
    try:
        for token in yaml.scan(text, Loader=_LOADER):
            depth += isinstance(token, _OPENS) - isinstance(token, _CLOSES)
            tokens += 1
            if depth > DEEPEST or tokens > MOST_TOKENS:
                _refuse_heavy(path, token.start_mark.line + 1, depth)
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                raise SettingsError(
                    f"cannot use {path.name}",
                    expected="plain keys, texts and lists",
                    found=f"YAML's own marks (&, * or !) on line {token.start_mark.line + 1}",
                    change=f"write the value out, or put quotes around it, in {path}",
                    otherwise=OTHERWISE,
                )
        return yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        if mark and "\t" in _indent(text, mark.line):
            raise SettingsError(
                f"cannot use {path.name}",
                expected="lines that begin with blanks",
                found=f"a tab at the beginning of line {mark.line + 1}",
                change=f"{path}, line {mark.line + 1}: write blanks in place of the tab, as many "
                "as the lines beside it begin with",
                otherwise=OTHERWISE,
            ) from None
        raise SettingsError(
            f"cannot use {path.name}",
            expected="valid YAML",
            found=f"{getattr(fault, 'problem', None) or 'something unreadable'} ({line})",
            change=f"mend {line} of {path}; indent with blanks, quote texts that hold ':' or '#'",
            otherwise=OTHERWISE,
        ) from None


def _indent(text: str, line: int) -> str:
    """What stands before the first sign of a line; empty past the last one."""
    row = next(iter(text.splitlines()[line : line + 1]), "")
    return row[: len(row) - len(row.lstrip())]


def _refuse_heavy(path: Path, line: int, depth: int) -> NoReturn:
    deep = depth > DEEPEST
    raise SettingsError(
        f"cannot use {path.name}",
        expected=f"at most {DEEPEST} levels"
        if deep
        else f"at most {MOST_TOKENS:,} keys, values and marks",
        found=f"more, on line {line}",
        change=f"flatten {path}" if deep else f"move long mappings from {path} to a CSV",
        otherwise=OTHERWISE,
    )
