"""The draft as YAML: each guess with its reason, each doubt as a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from est_analysis.draft.guess import guess
from est_analysis.draft.guessed import Guess, Known
from est_analysis.draft.look import look
from est_analysis.municipality import folder_name
from est_analysis.privacy import masked_names

QUESTION = "FRÅGA"
LAYOUT_KEYS = (
    "files", "reader", "encoding", "delimiter", "header_row", "sheets", "footer", "total",
    "fill_down", "year_from", "crs", "identity", "unpivot", "columns",
)  # fmt: skip


def draft(paths: Sequence[Path], known: Known) -> str:
    """A declaration of one actor for some of its exports, with comments.

    Parameters
    ----------
    paths
        Exports of one actor.
    known
        Areas and types that the words are held against; without any they are questions.

    Raises
    ------
    SourceError
        When a file cannot be opened, or has no row that looks like column names.
    """
    guesses = [guess(look(path), known) for path in paths]
    lines = [
        f"# Utkast av est draft efter {', '.join(masked_names([p.name for p in paths]))}.",
        f"# Allt är gissat ur filerna: läs varje rad, svara på varje {QUESTION}, kör est check.",
        f"actor: {_actor(paths[0])}  # {QUESTION}: vilken aktör? (små bokstäver a–z)",
        f"name: {scalar(_name(paths[0]))}  # {QUESTION}: aktörens namn i rapporterna",
    ]
    alike = [_same_layout(guesses[0], other) for other in guesses]
    if all(alike):
        lines += _keys(_together(guesses))
    else:
        shared = _together(guesses)
        lines += _keys({k: v for k, v in shared.items() if k not in LAYOUT_KEYS})
        lines.append("layouts:  # filerna ser olika ut")
        for path, one in zip(paths, guesses, strict=True):
            own = {k: v for k, v in one.items() if k in LAYOUT_KEYS}
            own["files"] = Guess([path.name], "")
            lines += _item(own)
    return "\n".join(lines) + "\n"


def _actor(path: Path) -> str:
    words = re.findall(r"[^\W\d_]+", path.stem)
    return folder_name(words[0]) if words else "aktor"


def _name(path: Path) -> str:
    return masked_names([path.stem])[0][:40]


def _same_layout(one: dict[str, Guess], other: dict[str, Guess]) -> bool:
    keys = [key for key in LAYOUT_KEYS if key != "files"]
    return all(
        (one[k].value if k in one else None) == (other[k].value if k in other else None)
        for k in keys
    )


def _together(guesses: list[dict[str, Guess]]) -> dict[str, Guess]:
    """The guesses of all files; of lists and mappings what stands in any."""
    found = dict(guesses[0])
    for other in guesses[1:]:
        for key, one in other.items():
            if key not in found:
                found[key] = one
            elif key in ("files", "dates", "areas", "categories"):
                own = found[key]
                above = tuple(dict.fromkeys([*own.above, *one.above]))
                value = _merged(own.value, one.value)
                found[key] = Guess(value, own.comment, {**one.notes, **own.notes}, above)
    return found


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, list) and isinstance(other, list):
        return list(dict.fromkeys([*one, *other]))
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one
    both = dict(one)
    for key, value in other.items():
        if isinstance(value, list):
            both[key] = list(dict.fromkeys([*both.get(key, []), *value]))
        elif isinstance(value, dict):
            both[key] = {**value, **both.get(key, {})}
        else:
            both.setdefault(key, value)
    return both


def _keys(guesses: dict[str, Guess]) -> list[str]:
    lines: list[str] = []
    for key, one in guesses.items():
        lines += [f"# {line}" for line in one.above]
        note = f"  # {one.comment}" if one.comment else ""
        if one.value is None:
            lines += [f"# {one.comment}"] if one.comment else []
        elif isinstance(one.value, dict) and one.value:
            lines.append(f"{key}:{note}")
            lines += [
                f"  {scalar(name)}: {scalar(value)}{_note(one.notes.get(name, ''))}"
                for name, value in one.value.items()
            ]
        else:
            lines.append(f"{key}: {scalar(one.value)}{note}")
    return lines


def _item(guesses: dict[str, Guess]) -> list[str]:
    lines = [f"    {line}" for line in _keys(guesses)]
    first = next(n for n, line in enumerate(lines) if not line.lstrip().startswith("#"))
    lines[first] = f"  - {lines[first].lstrip()}"
    return [*lines[first : first + 1], *lines[:first], *lines[first + 1 :]]


def _note(text: str) -> str:
    return f"  # {text}" if text else ""


def scalar(value: Any) -> str:
    """A value on one line, quoted where YAML would take it for something else."""
    if isinstance(value, int):
        return str(value)
    text = yaml.safe_dump(
        value, allow_unicode=True, default_flow_style=True, width=100_000, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()
