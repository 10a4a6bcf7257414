"""Every ugly file has a clear outcome: used and accounted for, or refused with what to do."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_town import SmallTown
from ugly_files import Ugly, text_cases
from ugly_packages import package_cases

from est_analysis.cli import main

LONGEST = 10  # seconds for one file
MOST_MEMORY = 1000  # MB
HEAVY = ("gigabytes", "bomb", "million rows", "million vertices", "longer than it says")
CASES = [*text_cases(), *package_cases()]
TALLY = re.compile(r"([\d,]+) rows read = ([\d,]+) kept \+ ([\d,]+) left out \+ ([\d,]+)")


def outcome_of(case: Ugly, town: SmallTown) -> str:
    """Run ``est check`` on an ugly file; what it says is printed."""
    case.spoil(town)
    return "accepted" if main(["check", "-m", str(town.write())]) == 0 else "refused"


def judge(case: Ugly, outcome: str, told: str) -> None:
    assert case.outcome in (outcome, "told"), told[-1500:]
    assert "Traceback" not in told
    tally = TALLY.search(told)
    if tally:
        read, kept, rejected, twice = (int(n.replace(",", "")) for n in tally.groups())
        assert read == kept + rejected + twice
    else:
        assert outcome == "refused"
        assert all(f"\n  {word:<10} " in told for word in ("expected", "found", "change it"))
        assert re.search(r"vakten\.|\.yaml|\.csv|\.geojson|exports", told)
    assert outcome == "refused" or tally
    for word in case.said:
        assert word in told


def test_there_are_two_hundred() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 200


LIGHT = [n for n, case in enumerate(CASES) if not any(word in case.name for word in HEAVY)]


@pytest.mark.parametrize("number", LIGHT, ids=lambda number: CASES[number].name)
def test_an_ugly_file_has_a_clear_outcome(
    number: int, town: SmallTown, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = time.perf_counter()
    outcome = outcome_of(CASES[number], town)
    assert time.perf_counter() - begun < LONGEST
    out, err = capfd.readouterr()
    judge(CASES[number], outcome, out + err)


def run_apart(numbers: list[int], folder: Path) -> list[dict[str, str]]:
    """Cases in a process of their own: what came of each, in how long, in how much memory."""
    command = [sys.executable, __file__, str(folder), *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_all_ugly_files_in_little_time_and_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures are printed: run with ``-k little_time -s``."""
    heavy = [number for number in range(len(CASES)) if number not in LIGHT]
    results = run_apart(LIGHT, tmp_path)
    for number in heavy:
        results += run_apart([number], tmp_path)
    for result in results:
        judge(CASES[int(result["number"])], result["outcome"], result["told"])
    seconds = max(float(result["seconds"]) for result in results)
    memory = max(float(result["megabytes"]) for result in results)
    accepted = sum(result["outcome"] == "accepted" for result in results)
    with capsys.disabled():
        print(f"\n{len(results)} ugly files: {accepted} used, {len(results) - accepted} refused")
        print(f"no traceback; the slowest {seconds:.1f} s, the largest {memory:.0f} MB")
    assert sorted(int(result["number"]) for result in results) == list(range(len(CASES)))
    assert seconds < LONGEST
    assert memory < MOST_MEMORY


def peak() -> float:
    """The largest memory in MB of this process, or of those it started; not of its parent."""
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("memory is measured on Linux")
    import resource

    own = int(status.read_text().split("VmHWM:")[1].split()[0])
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1000


if __name__ == "__main__":
    for word in sys.argv[2:]:
        town = SmallTown(Path(sys.argv[1]) / word / "params" / "smastad")
        told = io.StringIO()
        begin = time.perf_counter()
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            came = outcome_of(CASES[int(word)], town)
        spent = time.perf_counter() - begin
        facts = {"number": word, "outcome": came, "seconds": spent, "megabytes": peak()}
        print(json.dumps({**facts, "told": told.getvalue()}))
