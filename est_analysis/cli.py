"""The ``est`` command: demo, init, check, clean, report, batch, lab, the archive and more.

Exit codes: 0 done; 1 something to mend in settings, exports or the report (the message says what);
2 the command was written wrongly; 3 to 7 what differs when a report is made again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from est_analysis import __version__, archive_commands, batch_options
from est_analysis.errors import EstError

if TYPE_CHECKING:
    from est_analysis.config import Area, Category, Settings
    from est_analysis.counts.dataset import Dataset
    from est_analysis.draft import Known

DEMO_PERIOD = "2025-T3"
PERIODS = (
    "2025-T3 (tertial), 2025-Q2, 2025-H1, 2025-03, 2025, 2025-W14, or 2025-01-01..2025-02-15 "
    "(both days included)"
)

NO_NEWS = (  # JupyterLab asks its makers for nothing
    "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``est``; returns the exit code."""
    if arguments is None:
        _begin_in_utf8()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not be UTF-8
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        _choose_municipality(options)
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except EstError as fault:
        print(f"est: {fault}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who reads what is printed has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as fault:
        if fault.filename is None:
            raise
        print(f"est: {_unusable(fault)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("est: stopped", file=sys.stderr)
        return 1


def _begin_in_utf8() -> None:
    """Where the system says that names are ASCII (services, containers), begin anew in UTF-8.

    Names of files and folders have å, ä and ö, whatever the terminal shows; so do the kernels of
    reports, which inherit the choice.
    """
    if sys.getfilesystemencoding().replace("-", "") != "utf8":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-m", "est_analysis.cli", *sys.argv[1:]])


def _choose_municipality(options: argparse.Namespace) -> None:
    """Without ``-m`` the municipality whose folder one stands in; else the example, and say so."""
    if getattr(options, "municipality", "") is not None:
        return
    from est_analysis.workspace import municipality_here

    options.municipality = municipality_here()
    if not options.municipality:
        options.municipality = batch_options.EXAMPLE
        _say(f"no -m: the fictional {batch_options.EXAMPLE}")


def _unusable(fault: OSError) -> EstError:
    return EstError(
        f"cannot use {str(fault.filename)[:300]}",
        expected="a file or folder that the system lets this user use",
        found=str(fault.strerror or fault),
        change="its name, where it lies, its permissions, or the room on the disk",
        otherwise="the command ends here; reports that are done stay as they are",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="est",
        description="Tertial analyses for Effektiv samordning för trygghet (EST), from the actors' "
        "own exports. Settings lie in params/<municipality>/, reports are written to outputs/.",
        epilog="Begin with: est demo. Then: est init <name>, est check, est report tertial.",
    )
    parser.add_argument("--version", action="version", version=f"est_analysis {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = commands.add_parser(
        "demo", help="make the fictional example municipality's tertial report"
    )
    demo.set_defaults(run=_demo)

    init = commands.add_parser(
        "init",
        help="write a new municipality's settings: the example's, which run at once on fictional "
        "exports, or with --empty such as are to be filled in",
    )
    init.add_argument(
        "name", help="the municipality, such as botkyrka or Åsköping (folder params/askoping)"
    )
    init.add_argument(
        "--name", dest="written", default="", help='as reports write it, such as "Upplands Väsby"'
    )
    init.add_argument(
        "--empty",
        action="store_true",
        help="without the example's areas, actors, insatser and exports: for your own at once",
    )
    init.set_defaults(run=_init)

    check = commands.add_parser(
        "check", help="read settings and exports; say what would be left out and why"
    )
    _municipality(check)
    check.add_argument(
        "--write-map",
        action="store_true",
        help="also the lines that areas: map: and categories: map: lack, ready to fill in",
    )
    check.set_defaults(run=_check)

    draft = commands.add_parser(
        "draft", help="look at one actor's exports and write a first declaration, with questions"
    )
    draft.add_argument("files", nargs="+", type=Path, help="exports of one actor")
    draft.add_argument(
        "-m", "--municipality", default="", help="whose areas and types the words are held against"
    )
    draft.add_argument("--output", type=Path, help="a new file, such as sources/aktor.yaml")
    draft.set_defaults(run=_draft)

    clean = commands.add_parser(
        "clean", help="clean the exports and store incidents and the account of every row (Parquet)"
    )
    _municipality(clean)
    clean.add_argument("--output", type=Path, help="folder (default outputs/<municipality>/clean)")
    clean.set_defaults(run=_clean)

    report = commands.add_parser("report", help="make a report: HTML, notebook, results, manifest")
    report.add_argument(
        "kind", help="tertial, weekly, intervention or data_quality: a notebook in notebooks/"
    )
    _municipality(report)
    report.add_argument("-p", "--period", required=True, help=PERIODS)
    report.add_argument(
        "-i", "--intervention", default="", help="an insats' id, for the report intervention"
    )
    report.add_argument("-a", "--area", default="", help="one area's id (default: all)")
    report.add_argument(
        "--audience",
        choices=("internal", "public"),
        default="internal",
        help="public hides small numbers as disclosure.yaml says (default: internal)",
    )
    report.add_argument(
        "--language", choices=("sv", "en"), default="sv", help="of the whole page (default: sv)"
    )
    report.add_argument("--output", type=Path, help="folder for the files")
    report.add_argument(
        "--annex",
        action="store_true",
        help="also the numbers as a workbook (xlsx) with definitions",
    )
    report.add_argument(
        "--csv", action="store_true", help="also the numbers as CSV (semicolon, decimal comma)"
    )
    report.add_argument(
        "--pdf", action="store_true", help="also the page as PDF, printed by a browser found here"
    )
    report.add_argument(
        "--strict",
        action="store_true",
        help="exit code 1 when something cannot be judged for what is unread (the page is made)",
    )
    report.add_argument(
        "--supersede",
        default="",
        metavar="REASON",
        help="a public edition that takes no account of an earlier one of its period, and says why",
    )
    report.set_defaults(run=_report)

    batch = commands.add_parser(
        "batch", help="make many reports, as params/<municipality>/batch.yaml says"
    )
    _municipality(batch)
    batch_options.add_options(batch, PERIODS)
    batch.set_defaults(run=_batch)

    lab = commands.add_parser("lab", help="open JupyterLab in the folder of the notebooks")
    lab.add_argument("arguments", nargs="*", help="for JupyterLab, after --, such as --no-browser")
    lab.set_defaults(run=_lab)

    statement = commands.add_parser(
        "statement", help="the accessibility statement and the method text of a report, to publish"
    )
    statement.add_argument("folder", type=Path, help="the report's folder in outputs/")
    statement.set_defaults(run=_statement)

    evaluate = commands.add_parser(
        "evaluate", help="did the insatser of a period work? every one, by each actor's data"
    )
    _municipality(evaluate)
    evaluate.add_argument("-p", "--period", required=True, help=PERIODS)
    evaluate.set_defaults(run=_evaluate)
    archive_commands.add_commands(commands)
    return parser


def _municipality(parser: argparse.ArgumentParser) -> None:
    batch_options.add_municipality(parser)
    parser.add_argument(
        "--as-of",
        default="",
        metavar="DATE",
        help="day of the extract, 2026-01-12 (default: as_of in municipality.yaml, else the last "
        "day of the files)",
    )


def _say(line: str) -> None:
    """Progress goes to stderr, so that stdout holds the result only."""
    print(f"  {line}", file=sys.stderr, flush=True)


def _load(name: str) -> Settings:
    """Settings; a fictional municipality's exports are made where they are missing."""
    from est_analysis.config import load_settings
    from est_analysis.workspace import settings_folder

    return load_settings(settings_folder(name))


def _day_of_extract(options: argparse.Namespace, settings: Settings) -> dt.date:
    """The day of the extract; said where it is the files' own."""
    from est_analysis.account import told_of_extract
    from est_analysis.extract_day import extract_day

    found = extract_day(options.as_of, settings)
    for line in told_of_extract(found, settings):
        _say(line)
    return found.day


def _demo(options: argparse.Namespace) -> int:
    from est_analysis.report import run_report
    from est_analysis.workspace import example_folder

    written = run_report("tertial", str(example_folder()), DEMO_PERIOD, progress=_say)
    print(written.html)
    return 0


def _init(options: argparse.Namespace) -> int:
    from est_analysis.municipality import new_municipality
    from est_analysis.workspace import find_workspace

    folder = new_municipality(
        options.name, find_workspace() / "params", written=options.written, empty=options.empty
    )
    print(folder)
    if options.empty:
        _say(
            "now: put the actors' exports in exports/, write code in municipality.yaml, your areas"
        )
        _say("in areas.yaml and one file per actor in sources/ (aktor.yaml shows how)")
    else:
        _say(f"try it: est report tertial -m {folder.name} -p {DEMO_PERIOD}")
        _say("for your own exports it is easiest to begin with: est init NAME --empty")
        _say("in this folder, delete all files in exports/ (they are invented) and interventions/,")
        _say("decisions.yaml, judgements.yaml, simulation.yaml, local_events and breaks in")
        _say("calendar.yaml and the line fictional: true; then change areas.yaml and sources/")
    _say(f"and run until nothing is left to mend: est check -m {folder.name}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from est_analysis.account import describe
    from est_analysis.counts.dataset import load_dataset
    from est_analysis.exports import ensure_exports

    settings = _load(options.municipality)
    ensure_exports(settings)
    data = load_dataset(settings, _day_of_extract(options, settings), _say, believe=True)
    unjudged = _unjudged(data)
    lines, faults = describe(data)
    worst_first = (lines, unjudged) if faults else (unjudged, lines)
    print("\n".join(line for part in worst_first for line in part))
    if options.write_map:
        from est_analysis.draft import missing_lines

        known = _known(settings.areas, settings.categories, settings.folder)
        print("\n".join(["", *missing_lines(data.cleaning, settings, known)]))
    return 1 if faults or unjudged else 0


def _unjudged(data: Dataset) -> list[str]:
    """What a report of the latest tertial could not judge, for what is unread; the worst first."""
    from est_analysis.counts.causes import unread_values
    from est_analysis.findings.unread import in_lines
    from est_analysis.language import language
    from est_analysis.withdrawn import latest_tertial, withdrawn_claims

    period = latest_tertial(data)
    claims = withdrawn_claims(data, period)
    if claims.empty:
        return []
    causes: list[dict[str, Any]] = unread_values(data, period).to_dict("records")  # type: ignore[assignment]
    settings = data.settings
    words = {area.id: area.name for area in settings.areas.values()}
    words |= {kind.id: kind.named("en") for kind in settings.categories.values()}
    words |= {actor: source.named("en") for actor, source in settings.sources.items()}
    named = [
        {**row, **{key: words.get(row[key], row[key]) for key in ("actor", "area", "category")}}
        for row in causes
    ]
    lines = in_lines(claims["doubt"].tolist(), named, language("en"))
    return [f"CANNOT BE ASSESSED in {period.label}  {line}" for line in lines]


def _known(areas: dict[str, Area], kinds: dict[str, Category], folder: Path) -> Known:
    from est_analysis.draft import Known

    return Known(
        {str(area.name): str(area.id) for area in areas.values()},
        {str(kind.name): str(kind.id) for kind in kinds.values()},
        folder,
    )


def _draft(options: argparse.Namespace) -> int:
    from est_analysis.config.load import load_words
    from est_analysis.draft import Known, draft
    from est_analysis.workspace import municipality_here, settings_folder

    known = Known()
    if named := options.municipality or municipality_here():
        folder = settings_folder(named)
        known = _known(*load_words(folder), folder)
    text = draft(options.files, known)
    if options.output is None:
        print(text, end="")
        return 0
    with options.output.open("x", encoding="utf-8") as stream:  # never over another one
        stream.write(text)
    print(options.output)
    return 0


def _clean(options: argparse.Namespace) -> int:
    from est_analysis.exports import ensure_exports
    from est_analysis.incidents import clean
    from est_analysis.store import write_cleaning
    from est_analysis.workspace import outputs_folder

    settings = _load(options.municipality)
    ensure_exports(settings)
    cleaning = clean(settings, _day_of_extract(options, settings), _say)
    folder = options.output or outputs_folder() / settings.municipality.id / "clean"
    write_cleaning(cleaning, folder)
    print(folder)
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from est_analysis.calendar import parse_period
    from est_analysis.counts.dataset import load_dataset
    from est_analysis.evaluations import evaluations_in, together_in
    from est_analysis.exports import ensure_exports
    from est_analysis.findings.insatser import conclusion
    from est_analysis.findings.rows import missing
    from est_analysis.language import language

    settings, english = _load(options.municipality), language("en")
    period = parse_period(options.period)
    ensure_exports(settings)
    data = load_dataset(settings, _day_of_extract(options, settings), _say)
    table = evaluations_in(data, period)
    if table.empty:
        print("no insats has run for eight weeks or more in that period")
        return 0
    for row in table.to_dict("records"):
        named: dict[str, Any] = {str(key): value for key, value in row.items()}
        named |= {"actor": settings.sources[row["actor"]].named("en")}
        told = [f"{row['intervention']}, {conclusion(named, english)}"]
        if not missing(row["count"]):
            told.append(f"Incidents counted: {english.number(row['count'])}.")
        if row["interim"] == "yes":
            told.append("Interim: it still runs.")
        print(" ".join(told))
    for row in together_in(data, period).to_dict("records"):
        actors = " and ".join(settings.sources[actor].named("en") for actor in row["actors"])
        whole = {str(key): value for key, value in row.items()} | {"actor": f"{actors} together"}
        print(f"{row['intervention']}, {conclusion(whole, english)}")
    _say("the report of one: est report intervention --intervention ID -p " + options.period)
    return 0


def _report(options: argparse.Namespace) -> int:
    from est_analysis.report import run_report

    written = run_report(
        options.kind,
        options.municipality,
        options.period,
        area=options.area,
        intervention=options.intervention,
        audience=options.audience,
        as_of=options.as_of,
        language=options.language,
        output=options.output,
        annex=options.annex,
        csv=options.csv,
        pdf=options.pdf,
        supersede=options.supersede,
        progress=_say,
    )
    for path in (written.html, written.pdf, written.annex, written.csv):
        if path is not None:
            print(path)
    if options.strict and written.withdrawn:
        _say(f"--strict: {written.withdrawn} claims cannot be judged, as the page says first")
        return 1
    return 0


def _lab(options: argparse.Namespace) -> int:
    from est_analysis.workspace import find_workspace, notebooks_folder

    workspace = find_workspace()
    folder = notebooks_folder()
    found = sorted(path.parent.name for path in workspace.glob("params/*/municipality.yaml"))
    _say(f"notebooks in {folder}")
    _say(f"settings in {workspace / 'params'}: {', '.join(found) or 'none; begin with est init'}")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *NO_NEWS]
    home = {"EST_HOME": str(workspace)} if found else {}
    return subprocess.call([*command, *options.arguments], env={**os.environ, **home}, cwd=folder)


def _statement(options: argparse.Namespace) -> int:
    from est_analysis.statement import write_statements

    for path in write_statements(options.folder):
        print(path)
    return 0


def _batch(options: argparse.Namespace) -> int:
    from est_analysis.batch.command import run

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
