"""Reports per minute of `est batch` beside what one would write without it, in one run.

Usage: ``python benchmarks/batch.py [--areas 21] [--loop 3] [--pool 4] [--only-batch]``

All three make the same tertial reports of the same notebook: the example municipality's six areas
for two audiences, and over as many earlier tertials as it takes for the number of areas asked for.

- *loop*: ``papermill`` and ``jupyter nbconvert`` one after the other in a shell, report by report;
- *pool*: ``papermill.execute_notebook`` and nbconvert's ``HTMLExporter`` in two processes;
- *batch*: ``est_analysis.batch.run_batch`` with two workers, which also writes what belongs beside
  the page and looks whether anything had changed.

The first two are timed over a few reports and scaled by count; the print says over how many.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
PERIOD = "2025-T3"
WORKERS = 2


def town(folder: Path) -> Path:
    """The example municipality in a workspace of its own."""
    source = HERE / "params" / "exempelkommun"
    target = folder / "params" / "exempelkommun"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("exports"))
    from est_analysis.config import load_settings
    from est_analysis.exports import ensure_exports

    ensure_exports(load_settings(target))
    return target


def jobs(folder: Path, areas: int) -> list[tuple[str, str, str]]:
    """Area, audience and period of every report: the example's areas, over earlier tertials too."""
    from est_analysis.calendar import parse_period
    from est_analysis.config import load_settings

    own = list(load_settings(folder).areas)
    period, listed = parse_period(PERIOD), []
    while len(listed) < areas:
        listed += [(area, period.label) for area in own][: areas - len(listed)]
        period = period.before()
    return [(a, audience, p) for audience in ("internal", "public") for a, p in listed]


def processor() -> float:
    """Processor seconds of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def loop(work: Path, listed: list[tuple[str, str, str]]) -> tuple[list[float], float]:
    """Seconds of each report by two commands, and processor seconds in all."""
    programs = Path(sys.executable).parent
    notebook = HERE / "notebooks" / "tertial.ipynb"
    begun, seconds = processor(), []
    for area, audience, period in listed:
        out = work / f"loop_{area}_{audience}_{period}.ipynb"
        start = time.perf_counter()
        for command in (
            [programs / "papermill", "--no-progress-bar", notebook, out, "-p", "area", area, "-p",
             "audience", audience, "-p", "period", period, "--cwd", notebook.parent],
            [programs / "jupyter", "nbconvert", "--to", "html", "--no-input", out],
        ):  # fmt: skip
            subprocess.run([str(word) for word in command], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return seconds, processor() - begun


def one_of_pool(job: tuple[str, str, str, str]) -> None:
    """One report in a process of the pool."""
    import papermill
    from nbconvert import exporters

    work, area, audience, period = job
    source = HERE / "notebooks" / "tertial.ipynb"
    notebook = papermill.execute_notebook(
        str(source),
        None,
        parameters={"area": area, "audience": audience, "period": period},
        progress_bar=False,
        cwd=str(source.parent),
    )
    make = exporters.HTMLExporter
    page, _ = make(exclude_input=True).from_notebook_node(notebook)
    Path(work, f"pool_{area}_{audience}_{period}.html").write_text(page, encoding="utf-8")


def pool(work: Path, listed: list[tuple[str, str, str]]) -> tuple[float, float]:
    """Seconds of all reports in two processes, and processor seconds."""
    begun, start = processor(), time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as executor:
        list(executor.map(one_of_pool, [(str(work), *job) for job in listed]))
    return time.perf_counter() - start, processor() - begun


def batch(work: Path, folder: Path, listed: list[tuple[str, str, str]]):
    """The batch's own account, seconds and processor seconds."""
    from est_analysis.batch import Wanted, run_batch

    wanted = [Wanted("tertial", (p,), (area,), (audience,)) for area, audience, p in listed]
    begun, start = processor(), time.perf_counter()
    made = run_batch(str(folder), wanted, output=work / "batch", number=WORKERS)
    if made.failed:
        raise SystemExit(f"failed: {made.failed[0].fault}")
    return made, time.perf_counter() - start, processor() - begun


def main() -> None:
    """Run all three and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--areas", type=int, default=21)
    parser.add_argument("--loop", type=int, default=3, help="reports of the loop that are timed")
    parser.add_argument("--pool", type=int, default=6, help="reports of the pool that are timed")
    parser.add_argument("--only-batch", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        os.environ["EST_HOME"] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a loop would find compiled modules
        os.environ["PYTHONPYCACHEPREFIX"] = str(work / "compiled")
        home = town(work)
        listed = jobs(home, options.areas)
        number = len(listed)
        print(
            f"{number} tertial reports, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
        )
        rates, costs = {}, {}
        if not options.only_batch:
            loop(work, listed[:1])  # compiles; not counted
            seconds, used = loop(work, listed[: options.loop])
            each = statistics.median(seconds)
            rates["loop"], costs["loop"] = 60 / each, used / len(seconds)
            print(
                f"loop   {60 / each:6.1f} reports/min  {used / len(seconds):5.1f} s of processor "
                f"each (median of {len(seconds)}, scaled)"
            )
            took, used = pool(work, listed[: options.pool])
            rates["pool"], costs["pool"] = 60 * options.pool / took, used / options.pool / WORKERS
            print(
                f"pool   {rates['pool']:6.1f} reports/min  {used / options.pool:5.1f} s of "
                f"processor each (over {options.pool}, scaled)"
            )
        made, took, used = batch(work, home, listed)
        rate = 60 * number / took
        print(f"batch  {rate:6.1f} reports/min  {used / number:5.1f} s of processor each (all)")
        for name, slow in rates.items():
            idle = costs[name] / (used / number / WORKERS)  # by processor seconds, not the clock
            print(f"  {rate / slow:.1f} times the {name}; {idle:.1f} times on idle processors")
        kernel, report = made.used["kernel"], made.used["report"]
        beside = (used - kernel["seconds"]) / number
        print("where the batch's processor seconds go, per report:")
        print(f"  {kernel['seconds'] / number:5.2f}  the notebook's own kernel")
        print(f"  {report['seconds'] / number:5.2f}  papermill, the page and the files")
        print(f"  {beside - report['seconds'] / number:5.2f}  imports, cleaning, plan (once)")
        print(f"  {beside:5.2f}  in all beyond the notebook's kernel (target 0.5)")
        print(f"peak memory: kernel {kernel['peak_mb']:.0f} MB, report {report['peak_mb']:.0f} MB")


if __name__ == "__main__":
    main()
