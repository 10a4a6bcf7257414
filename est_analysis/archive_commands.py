"""The commands ``est reproduce``, ``est publish``, ``est log`` and ``est purge``."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from est_analysis.batch_options import add_municipality
from est_analysis.errors import SettingsError
from est_analysis.stored_json import plain

if TYPE_CHECKING:
    from est_analysis.config import Settings


def add_commands(commands: Any) -> None:
    """Add them to the parser of ``est``."""
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

    public = commands.add_parser(
        "publish", help="copy what may be published of a public report to an empty folder"
    )
    public.add_argument("folder", type=Path, help="the report's folder in outputs/")
    public.add_argument("target", type=Path, help="an empty folder, or one that is not there")
    public.set_defaults(run=_publish)

    log = commands.add_parser(
        "log", help="which report was made from what, when and for whom; checks that it is whole"
    )
    add_municipality(log)
    log.add_argument("--last", type=int, default=0, metavar="N", help="only the last N entries")
    log.add_argument(
        "--holds",
        default="",
        metavar="HASH",
        help="noted earlier: is its entry still there?",
    )
    log.set_defaults(run=_log)

    purge = commands.add_parser(
        "purge",
        help="remove snapshots and old reports, as the archive plan says, and look again",
    )
    add_municipality(purge)
    purge.add_argument(
        "--before", required=True, metavar="DATE", help="what is older than that day, 2025-01-01"
    )
    purge.add_argument("--output", type=Path, help="where reports lie (default: outputs/)")
    purge.add_argument("--dry-run", action="store_true", help="say what, and remove nothing")
    purge.set_defaults(run=_purge)


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


def _publish(options: argparse.Namespace) -> int:
    from est_analysis.publish import publish_edition

    for path in publish_edition(options.folder, options.target):
        print(path)
    return 0


def _log(options: argparse.Namespace) -> int:
    from est_analysis.archive import archive_folder, read_log

    settings = _load(options.municipality)
    log = read_log(archive_folder(settings))
    for entry in log.entries[-options.last :]:
        print(_line(entry))
    faults = list(log.faults)
    if options.holds and options.holds not in {entry["hash"] for entry in log.entries}:
        faults.append(f"no entry has the hash {options.holds}")
    for fault in faults:
        print(f"est: the run log is not whole: {fault}", file=sys.stderr)
    if not faults:
        print(f"{len(log.entries)} entries, the chain is whole; last hash {log.hash}")
    return 1 if faults else 0


def _line(entry: dict[str, Any]) -> str:
    """An entry as a line to read."""
    head = f"{entry['entry']:>6}  {entry['at']}  {entry['event']:<8}"
    if entry["event"] == "report":
        told = entry["parameters"]
        chosen = [told.get(key, "") for key in ("period", "area", "intervention", "audience")]
        made = f"{entry['kind']} {' '.join(filter(None, chosen))} {told['language']}"
        version = f"{entry['versions']['est_analysis']} ({entry['program'][:12]})"
        return f"{head}  {made}; from entry {entry['reading']}, by est_analysis {version}"
    if entry["event"] == "reading":
        files = [f"{one['file']} {one['sha256'][:12]}" for one in entry["deliveries"]]
        return f"{head}  {len(files)} files: {', '.join(files)}"
    if entry["event"] == "edition":
        why = (
            f"; supersedes earlier ones: {plain(entry['supersedes'])}"
            if entry["supersedes"]
            else ""
        )
        return f"{head}  public, registered in {entry['file'][:12]}{why}"
    if entry["event"] == "purge":
        gone = ", ".join(f"{number} {kind}" for kind, number in entry["removed"].items() if number)
        gone = gone or "nothing"
        return f"{head}  before {entry['before']}: {gone}; {entry['left']} left"
    return head


def _purge(options: argparse.Namespace) -> int:
    from est_analysis.purge import purge

    purged = purge(
        _load(options.municipality),
        _day(options.before),
        dry_run=options.dry_run,
        output=options.output,
    )
    verb = "would remove" if options.dry_run else "removed"
    for one in purged.removed:
        print(f"{verb} {one.kind}: {one.place} ({one.day})")
    for kept in purged.left:
        print(f"left: {kept}")
    print(f"{verb} {len(purged.removed)} in all, with {purged.objects} files of content")
    if purged.fault is not None:
        print(f"est: {purged.fault}", file=sys.stderr)
        return 1
    if not options.dry_run:
        print("looked again: nothing of it is left; noted in the run log")
    return 0


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            "no such day",
            expected="a date such as 2025-01-01",
            found=f'"{text}"',
            change="write year-month-day in --before",
            otherwise="nothing is removed",
        ) from None


def _load(name: str) -> Settings:
    from est_analysis.config import load_settings
    from est_analysis.workspace import settings_folder

    return load_settings(settings_folder(name))


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)
