"""Many reports at once: what is planned, what is made again, and that nothing is left half done."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from small_town import SmallTown

from est_analysis.batch import Limits, Outcome, Wanted, plan_batch, run_batch
from est_analysis.batch.lock import locked
from est_analysis.batch.plan import plan, read_batch_file
from est_analysis.cli import main
from est_analysis.config import load_settings
from est_analysis.errors import ReportError, SettingsError
from est_analysis.kernels import client
from est_analysis.workspace import example_folder

ROOT = Path(__file__).resolve().parents[1]
CELLS = {
    "good": "report.appendix()",
    "fails": "1 / (1 if area else 0)",
    "slow": "import time; time.sleep(60)",
    "dies": "import os; os._exit(3)",
    "hungry": "import time; held = b'x' * 600_000_000; time.sleep(20)",
    "random": "import numpy as np; print(np.random.random())",
    "plot": "import matplotlib.pyplot as plt; fig = plt.figure(); plt.plot([1, 2]); plt.show()",
    "ports": "import psutil; print(psutil.Process().net_connections('inet'))",
}
NIGHTLY = [pytest.mark.slow, pytest.mark.nightly]
forks = pytest.mark.skipif(not client.can_fork(), reason="kernels cannot be forked here")


@pytest.fixture
def home(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a small town and one short notebook per entry of `CELLS`."""
    folder = town.write().parents[1]
    (folder / "notebooks").mkdir()
    for name, code in CELLS.items():
        cells = [
            nbformat.v4.new_markdown_cell("# Rapport"),
            nbformat.v4.new_code_cell(
                'municipality = "smastad"\nperiod = "2024-T3"\narea = ""\n'
                'audience = "internal"\nas_of = ""',
                metadata={"tags": ["parameters"]},
            ),
            nbformat.v4.new_code_cell(
                "from est_analysis.report import start\n"
                f'report = start("{name}", municipality, period, area, audience, as_of)\nreport'
            ),
            nbformat.v4.new_code_cell(code),
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(
            cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}
        )
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
    monkeypatch.setenv("EST_HOME", str(folder))
    return folder


def good(*areas: str) -> list[Wanted]:
    return [Wanted("good", ("2024-T3",), areas or ("whole",))]


def states(outcomes: list[Outcome]) -> list[str]:
    return [one.status for one in outcomes]


def visible(folder: Path) -> dict[str, bytes]:
    """What must be the same however a batch came to its end."""
    found = [*folder.rglob("*.html"), *folder.rglob("results.json")]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in found
        if path.name != "index.html"
    }


# ---- the plan ----


def test_the_example_plans_every_report_once() -> None:
    settings = load_settings(example_folder())
    wanted, language = read_batch_file(settings.folder / "batch.yaml")
    jobs = plan(wanted, settings, dt.date(2026, 1, 12))
    names = [job.name for job in jobs]
    assert language == "sv"
    assert len(set(names)) == len(names) == 2 * (1 + 6) + 1 + 1 + 3
    assert "tertial_2025-T3_hagalund_public" in names
    assert "weekly_2026-W02" in names
    assert "intervention_2025-T3_ordningsvakter-centrum" in names
    assert plan([*wanted, *wanted], settings, dt.date(2026, 1, 12)) == jobs


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted("tertiall", ("2025-T3",)), 'did you mean "tertial"'),
        (Wanted("tertial", ("2025-T3",), ("hagalun",)), 'did you mean "hagalund"'),
        (Wanted("tertial", ("latest-tertialen",)), "latest-tertial"),
        (Wanted("tertial", ("2025-T3",), audiences=("all",)), 'no audience "all"'),
        (Wanted("intervention", ("2025-T3",), interventions=("kamera",)), 'no insats "kamera"'),
    ],
)
def test_what_is_not_known_is_told_before_anything_is_made(wanted: Wanted, said: str) -> None:
    with pytest.raises(Exception, match="expected") as caught:
        plan([wanted], load_settings(example_folder()), dt.date(2026, 1, 12))
    assert said in str(caught.value)


def test_an_unknown_key_in_batch_yaml_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "batch.yaml"
    path.write_text("reports:\n  - kind: tertial\n    periods: [2025-T3]\n    area: [each]\n")
    with pytest.raises(SettingsError) as caught:
        read_batch_file(path)
    assert 'did you mean "areas"' in str(caught.value)


def test_a_dry_run_tells_and_makes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["batch", "-m", "smastad", "-k", "good", "-p", "2024-T3", "-a", "whole", "-a", "each"]
    assert main([*words, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "good_2024-T3_norr   make: not made yet" in out
    assert "4 of 4 reports would be made" in out
    assert not (home / "outputs").exists()


def test_half_a_plan_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "-m", "smastad", "-k", "good"]) == 1
    assert "--period" in capsys.readouterr().err


# ---- what is made, and made again ----


@pytest.mark.slow
def test_only_what_has_changed_is_made_again(home: Path, town: SmallTown) -> None:
    first = run_batch("smastad", good("whole", "norr"))
    assert states(first.outcomes) == ["made", "made"]
    before = visible(first.index.parent)
    again = run_batch("smastad", good("whole", "norr", "soder"))
    assert states(again.outcomes) == ["up_to_date", "up_to_date", "made"]
    assert before.items() <= visible(first.index.parent).items()

    def reasons() -> set[str]:
        return set(plan_batch("smastad", good("whole", "norr")).reasons.values())

    assert reasons() == {""}
    town.files["exports/vakten.csv"] = f"{town.files['exports/vakten.csv']}2024-11-01;Norr;Bråk\n"
    town.write()
    assert reasons() == {"changed exports: vakten.csv"}
    town.change("exports/vakten.csv", "2024-11-01;Norr;Bråk\n", "").write()
    assert reasons() == {""}
    town.change("disclosure.yaml", "5", "6").write()
    assert reasons() == {"changed settings: disclosure.yaml"}
    town.change("disclosure.yaml", "6", "5").write()
    notebook = home / "notebooks" / "good.ipynb"
    text = notebook.read_text("utf-8")
    notebook.write_text(text.replace("# Rapport", "# Annan rapport"), encoding="utf-8")
    assert reasons() == {"changed notebook: good.ipynb"}
    notebook.write_text(text, encoding="utf-8")
    asked = plan_batch("smastad", good("whole"), force=True).reasons
    assert set(asked.values()) == {"asked for again"}
    next(first.index.parent.glob("good_2024-T3/*.html")).unlink()
    assert reasons() == {"a file is missing", ""}


@pytest.mark.slow
def test_public_and_english_editions_are_made_once_too(home: Path, town: SmallTown) -> None:
    (home / "notebooks" / "en").mkdir()
    english = (home / "notebooks" / "good.ipynb").read_text("utf-8").replace("Rapport", "Report")
    (home / "notebooks" / "en" / "good.ipynb").write_text(english, encoding="utf-8")
    wanted = [Wanted("good", ("2024-T3",), audiences=("public",), languages=("sv", "en"))]
    assert states(run_batch("smastad", wanted).outcomes) == ["made", "made"]
    assert states(run_batch("smastad", wanted).outcomes) == ["up_to_date", "up_to_date"]
    town.files["exports/vakten.csv"] = f"{town.files['exports/vakten.csv']}2024-11-01;Norr;Bråk\n"
    town.write()
    reasons = set(plan_batch("smastad", wanted).reasons.values())
    assert reasons == {"changed exports: vakten.csv"}


@pytest.mark.slow
def test_a_batch_gives_what_single_reports_give(home: Path) -> None:
    made = run_batch("smastad", good("norr"))
    single = home / "single"
    words = ["report", "good", "-m", "smastad", "-p", "2024-T3", "-a", "norr"]
    assert main([*words, "--output", str(single)]) == 0
    assert list(visible(single).values()) == list(visible(made.outcomes[0].folder).values())


@pytest.mark.slow
def test_the_earlier_report_is_kept_on_request(home: Path) -> None:
    first = run_batch("smastad", good())
    folder = first.outcomes[0].folder
    page = first.outcomes[0].html
    assert page is not None
    page.write_text("tidigare", encoding="utf-8")
    run_batch("smastad", good(), force=True, keep_previous=True)
    assert (folder / "previous" / page.name).read_text("utf-8") == "tidigare"
    assert page.read_text("utf-8") != "tidigare"


@pytest.mark.slow
def test_one_failing_report_does_not_stop_the_others(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [Wanted("fails", ("2024-T3",), ("whole", "norr")), *good()]
    batch = run_batch("smastad", wanted)
    assert states(batch.outcomes) == ["failed", "made", "made"]
    record = json.loads((batch.index.parent / "index.json").read_text("utf-8"))
    assert [entry["status"] for entry in record["reports"]] == ["failed", "made", "made"]
    assert "ZeroDivisionError" in record["reports"][0]["fault"]["found"]
    assert record["reports"][0]["page"] is None
    words = ["batch", "-m", "smastad", "-k", "fails", "-p", "2024-T3"]
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert "ZeroDivisionError" in out
    assert "FAILED" in err
    assert "\r" not in err


@pytest.mark.slow
def test_fail_fast_begins_no_more(home: Path) -> None:
    wanted = [Wanted("fails", ("2024-T3",)), *good("whole", "norr", "soder")]
    batch = run_batch("smastad", wanted, number=1, fail_fast=True)
    assert states(batch.outcomes).count("not_tried") >= 2
    assert len(batch.failed) >= 3


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")


def test_the_index_lists_links_and_faults(home: Path) -> None:
    batch = run_batch("smastad", [Wanted("fails", ("2024-T3",), ("whole", "norr")), *good()])
    text = batch.index.read_text("utf-8")
    page = Page()
    page.feed(text)
    links = [link for link in page.links if not link.startswith("#")]
    assert len(links) == 2
    assert all((batch.index.parent / link).is_file() for link in links)
    assert '<html lang="sv">' in text
    assert "ZeroDivisionError" in text
    assert "default-src 'none'" in text
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == tags.count("main") == 1
    assert tags.count("caption") == tags.count("table") == 2
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")


# ---- limits: a report that hangs, dies or grows fails alone ----


@pytest.mark.slow
@forks
def test_a_report_that_hangs_dies_or_grows_fails_alone(home: Path) -> None:
    kinds = ("slow", "dies", "hungry")
    limits = Limits(cell_seconds=6, memory_mb=500)
    wanted = [*(Wanted(kind, ("2024-T3",)) for kind in kinds), *good()]
    batch = run_batch("smastad", wanted, limits=limits)
    assert states(batch.outcomes) == ["failed", "failed", "failed", "made"]
    slow, dead, hungry, _ = (one.fault for one in batch.outcomes)
    assert slow["what"] == "the report stopped: a cell took too long"
    assert dead["what"] == "the report stopped: its kernel ended"
    assert "MB of memory, more than 500" in hungry["found"]
    assert len(list(batch.index.parent.glob("*/*.html"))) == 1


@pytest.mark.slow
@forks
def test_a_report_that_takes_too_long_in_all_fails_alone(home: Path) -> None:
    wanted = [Wanted("slow", ("2024-T3",)), *good()]
    batch = run_batch("smastad", wanted, limits=Limits(report_seconds=10))
    assert states(batch.outcomes) == ["failed", "made"]
    assert batch.outcomes[0].fault["what"] == "the report took too long"
    assert not list(batch.index.parent.glob(".making-*"))


def printed(outcome: Outcome) -> list[dict[str, Any]]:
    notebook = nbformat.read(outcome.folder / "notebook.ipynb", as_version=4)
    return list(notebook.cells[-1].outputs)


@pytest.mark.slow
@forks
def test_a_forked_kernel_is_like_a_new_one(home: Path) -> None:
    """It draws, chance is its own, and it opens no ports."""
    names = ("random", "plot", "ports")
    batch = run_batch("smastad", [Wanted(n, ("2024-T3",), ("whole", "norr")) for n in names])
    assert states(batch.outcomes) == ["made"] * 6
    one, other, drawn, _, ports, _ = [printed(outcome) for outcome in batch.outcomes]
    assert one[-1]["text"] != other[-1]["text"]
    assert "image/png" in drawn[-1]["data"]
    assert ports[-1]["text"].strip() == "[]"


# ---- locks, disks, kills ----


def test_two_batches_in_one_folder_do_not_meet(home: Path, tmp_path: Path) -> None:
    folder = home / "outputs" / "smastad"
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom est_analysis.batch.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        with pytest.raises(ReportError) as caught:
            run_batch("smastad", good())
        assert f"process {holder.pid} on " in caught.value.found
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    with locked(folder):  # a dead process's lock is taken over
        pass


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(home: Path) -> None:
    (home / "outputs").mkdir(mode=0o500)
    with pytest.raises(ReportError, match="cannot write to"):
        run_batch("smastad", good())


def test_a_file_where_the_folder_should_be_is_told(home: Path) -> None:
    (home / "outputs").write_text("")
    with pytest.raises(ReportError, match="cannot write to"):
        run_batch("smastad", good())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def full(self: Path, text: str, **_: Any) -> int:
        with open("/dev/full", "w") as device:
            return device.write(text)

    from est_analysis.report import run_report

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ReportError) as caught:
        run_report("good", "smastad", "2024-T3")
    assert "No space left" in caught.value.found
    folder = home / "outputs" / "smastad"
    assert not list(folder.glob("**/*.html"))
    assert not list(folder.glob(".making-*"))


def run_and_kill(home: Path, after: float, areas: tuple[str, ...]) -> None:
    words = ["-m", "est_analysis.cli", "batch", "-m", "smastad", "-k", "good", "-p", "2024-T3"]
    for area in areas:
        words += ["-a", area]
    batch = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        batch.wait(after)
    except subprocess.TimeoutExpired:
        batch.send_signal(signal.SIGKILL)
    batch.wait()


def ours(home: Path) -> list[str]:
    """Fork servers of batches in one folder; other tests' run at the same time."""
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if "est_analysis.kernels.server" in line and str(home) in line:
            found.append(line)
    return found


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signal")
@pytest.mark.parametrize(
    "after", [6.0, *(pytest.param(2 + n / 2, marks=NIGHTLY) for n in range(20))]
)
def test_a_killed_batch_leaves_no_half_report_and_is_finished_by_the_next(
    home: Path, after: float
) -> None:
    areas = ("whole", "norr", "soder")
    undisturbed = run_batch("smastad", good(*areas), output=home / "undisturbed")
    assert states(undisturbed.outcomes) == ["made"] * 3
    run_and_kill(home, after, areas)
    folder = home / "outputs" / "smastad"
    for path in folder.glob("good*/*.html"):
        assert path.read_text("utf-8").rstrip().endswith("</html>")
    until = time.monotonic() + 20
    while ours(home) and time.monotonic() < until:
        time.sleep(0.2)
    assert not ours(home)
    rest = run_batch("smastad", good(*areas))
    assert not rest.failed
    assert visible(folder) == visible(home / "undisturbed")
    assert not list(folder.glob(".making-*"))


@pytest.mark.slow
@forks
def test_a_cluster_that_loses_a_worker_makes_the_same_files(home: Path) -> None:
    distributed = pytest.importorskip("distributed")
    wanted = [Wanted("good", ("2024-T3", "2024-Q4", "2024"), ("whole", "norr", "soder"))]
    alone = run_batch("smastad", wanted, output=home / "alone")
    assert states(alone.outcomes) == ["made"] * 9
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        killed: list[int] = []

        def kill_once(outcome: Outcome, count: int, total: int) -> None:
            if count == 4 and not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append(count)

        made = run_batch(
            "smastad", wanted, number=2, scheduler=cluster.scheduler_address, done=kill_once
        )
    assert killed == [4]
    assert states(made.outcomes) == ["made"] * 9
    assert visible(made.index.parent) == visible(home / "alone")
    assert not list(made.index.parent.glob(".making-*"))


@pytest.mark.slow
@pytest.mark.nightly
@forks
def test_many_reports_leave_nothing_behind(home: Path) -> None:
    """Over 100 reports: no processes, sockets, temporary files; memory does not grow."""
    import tempfile

    import psutil

    place = Path(tempfile.gettempdir())
    before = set(place.glob("est-*"))
    periods = tuple(f"2024-10-{day:02}..2024-12-{day:02}" for day in range(7, 31))
    wanted = [Wanted("good", periods, ("whole", "norr", "soder", "gamla"))]
    run_batch("smastad", good())
    me = psutil.Process()
    others = set(me.children(recursive=True))
    files, memory = me.num_fds(), me.memory_info().rss
    batch = run_batch("smastad", [*wanted, *good()], force=True)
    assert states(batch.outcomes) == ["made"] * 97
    assert batch.used["kernel"]["children"] == batch.used["report"]["children"] == 97
    assert me.num_fds() == files
    assert me.memory_info().rss - memory < 30e6
    assert not [c for c in set(me.children(recursive=True)) - others if c.is_running()]
    assert {path for path in place.glob("est-*") if str(os.getpid()) in path.name} <= before
    assert not list(batch.index.parent.glob(".making-*"))
