"""The commands ``est reproduce``, ``est log`` and ``est purge``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_commands(commands: Any, municipality: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add them to the parser of ``est``; `municipality` adds the option of that name."""
    again = commands.add_parser(
        "reproduce", help="make a report again from its manifest, and compare the figures"
    )
    again.add_argument("manifest", type=Path, help="the report's manifest.json")
    again.add_argument(
        "-m",
        "--municipality",
        default="",
        help="where its settings lie (default: params/ and the manifest's municipality)",
    )
    again.set_defaults(run=_reproduce)


def _reproduce(options: argparse.Namespace) -> int:
    from est_analysis.reproduce import reproduce

    found = reproduce(options.manifest, options.municipality, _say)
    if found.fault is not None:
        print(f"est: {found.fault}", file=sys.stderr)
        return found.exit_code
    for cause in found.causes:
        _say(f"without effect on the figures: {cause}")
    print(f"identical: results.json made again from {found.made_from}")
    return 0


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)
