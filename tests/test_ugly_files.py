"""Every ugly file has a clear outcome: used and accounted for, or refused with what to do."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    "case", [c for c in CASES if not any(h in c.name for h in HEAVY)], ids=lambda case: case.name
)
def test_an_ugly_file_has_a_clear_outcome(
    case: Ugly, town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.perf_counter()
    outcome = outcome_of(case, town)
    assert time.perf_counter() - begun < LONGEST
    out, err = capsys.readouterr()
    judge(case, outcome, out + err)


def run_alone(number: int, folder: Path) -> dict[str, object]:
    """One case in a process of its own: what came of it, in how long, in how much memory."""
    command = [sys.executable, __file__, str(number), str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent, check=False
    )
    assert done.returncode == 0, done.stderr[-1000:]
    lines = done.stdout.strip().splitlines()
    return {**json.loads(lines[-1]), "told": "\n".join(lines[:-1]) + done.stderr}


@pytest.mark.slow
def test_all_ugly_files_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are printed: run with ``-k one_by_one -s``."""
    results = []
    for number, case in enumerate(CASES):
        result = run_alone(number, tmp_path / str(number))
        judge(case, str(result["outcome"]), str(result["told"]))
        results.append(result)
    seconds = max(float(str(result["seconds"])) for result in results)
    memory = max(float(str(result["megabytes"])) for result in results)
    accepted = sum(result["outcome"] == "accepted" for result in results)
    with capsys.disabled():
        print(
            f"\n{len(results)} ugly files: {accepted} accepted, {len(results) - accepted} refused"
        )
        print(f"no traceback; the slowest {seconds:.1f} s, the largest {memory:.0f} MB")
    assert seconds < LONGEST
    assert memory < MOST_MEMORY


if __name__ == "__main__":
    import resource

    begin = time.perf_counter()
    came = outcome_of(CASES[int(sys.argv[1])], SmallTown(Path(sys.argv[2]) / "params" / "smastad"))
    spent = time.perf_counter() - begin
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps({"outcome": came, "seconds": spent, "megabytes": size}))
