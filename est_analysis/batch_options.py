"""What commands may be told; apart from the rest, so that ``est --help`` imports little."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

EXAMPLE = "exempelkommun"


@dataclass(frozen=True)
class Limits:
    """What one report may take: seconds per cell and in all, and memory of its kernel."""

    cell_seconds: float = 600
    report_seconds: float = 3600
    memory_mb: float = 2000


def add_municipality(parser: argparse.ArgumentParser) -> None:
    """The option ``-m``, which most commands have; without it see `est_analysis.cli`."""
    parser.add_argument(
        "-m",
        "--municipality",
        help="a folder in params/, or a path to one (default: the one you stand in, else "
        f"{EXAMPLE})",
    )


def add_options(parser: argparse.ArgumentParser, periods: str) -> None:
    """What ``est batch`` may be told."""
    many = parser.add_argument_group("instead of batch.yaml (each may be given several times)")
    many.add_argument("-k", "--kind", action="append", help="a kind of report")
    many.add_argument("-p", "--period", action="append", help=f"{periods}, or latest-tertial …")
    many.add_argument("-a", "--area", action="append", help="an id, whole or each (default: whole)")
    many.add_argument("--audience", action="append", choices=("internal", "public"))
    many.add_argument("-i", "--intervention", action="append", help="an id, or each (default)")
    many.add_argument("--language", action="append", choices=("sv", "en"))
    parser.add_argument("--dry-run", action="store_true", help="say what would be made, and why")
    parser.add_argument("--force", action="store_true", help="make also what has not changed")
    stop = parser.add_mutually_exclusive_group()
    stop.add_argument(
        "--keep-going",
        dest="fail_fast",
        action="store_false",
        help="make the others when one fails (default)",
    )
    stop.add_argument("--fail-fast", action="store_true", help="begin no more after one failed")
    parser.set_defaults(fail_fast=False)
    parser.add_argument(
        "--keep-previous", action="store_true", help="keep the earlier report in previous/"
    )
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="at a time (default: one per processor)"
    )
    parser.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="make them on a Dask cluster that sees the same folders, such as tcp://host:8786",
    )
    limits = Limits()
    for name, default, unit in (
        ("--cell-seconds", limits.cell_seconds, "seconds that a cell may take"),
        ("--report-seconds", limits.report_seconds, "seconds that a report may take"),
        ("--memory-mb", limits.memory_mb, "megabytes that a report's kernel may use"),
    ):
        parser.add_argument(
            name, type=float, default=default, metavar="N", help=f"{unit} (default: {default:g})"
        )
    parser.add_argument(
        "--output",
        help="folder for the reports' folders, or an address such as s3://bucket/reports",
    )
