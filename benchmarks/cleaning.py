"""Time and memory of cleaning four million rows, beside a bare pandas read + group-by.

    python benchmarks/cleaning.py [FILE.parquet] [--runs 5]

Each way runs in a process of its own, in turns, so that memory is its own and neither profits from
the other's warm-up. Without a file, an invented table of the same shape is used.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 4_000_000
KEYS = ["month", "force", "crime_type"]
SHARED = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "police_uk_2025_incidents.parquet"
)


def invented(path: Path) -> Path:
    """A table like the real one: month × force × small area × type, as dictionaries."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(1)
    words = {
        "month": [f"2025-{m:02d}" for m in range(1, 13)],
        "force": [f"force-{n:02d}" for n in range(41)],
        "lsoa_code": [f"E{n:08d}" for n in range(28_000)],
        "crime_type": [f"type {n}" for n in range(14)],
    }
    pd.DataFrame(
        {
            name: pd.Categorical.from_codes(rng.integers(0, len(w), ROWS), w)
            for name, w in words.items()
        }
    ).to_parquet(path)
    return path


def write_settings(folder: Path, source: Path) -> None:
    """Settings for the file: forces as areas, crime types as categories."""
    import pyarrow.parquet as pq

    table = pq.read_table(source, columns=KEYS)
    words = {key: sorted(table.column(key).unique().to_pylist()) for key in KEYS}
    kinds = {word: f"k{n}" for n, word in enumerate(words["crime_type"])}
    files = {
        "municipality.yaml": 'name: Benchmark\ncode: "0000"\nas_of: 2025-12-31\n'
        f"exports: {source.parent.resolve()}\n",
        "areas.yaml": "areas:\n" + "".join(f"  - {{id: {a}, name: {a}}}\n" for a in words["force"]),
        "taxonomy.yaml": "categories:\n"
        + "".join(f'  - {{id: {k}, name: "{w}"}}\n' for w, k in kinds.items()),
        "disclosure.yaml": "minimum: 5\n",
        "sources/police.yaml": f"""\
actor: police
name: Police
files: [{source.name}]
reader: parquet
columns: {{occurred_from: month, area: force, category: crime_type, place: lsoa_code}}
dates: {{forms: [month]}}
areas: {{match: id}}
categories: {{match: name}}
coverage: {{rule: any_row}}
""",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run_bare(source: Path) -> dict[str, float]:
    import pandas as pd

    begun = time.perf_counter()
    table = pd.read_parquet(source)
    counts = table.groupby(KEYS, observed=True).size()
    return {"seconds": time.perf_counter() - begun, "rows": int(counts.sum())}


def run_cleaning(folder: Path) -> dict[str, float]:
    # What both need is imported before the clock starts, as in the bare way.
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from est_analysis.config import load_settings
    from est_analysis.incidents import clean

    settings = load_settings(folder)
    begun = time.perf_counter()
    cleaning = clean(settings, dt.date(2025, 12, 31))
    return {"seconds": time.perf_counter() - begun, "rows": len(cleaning.incidents)}


def measure(way: str, path: Path) -> dict[str, float]:
    """One run in a fresh process: seconds, rows and peak memory."""
    command = [sys.executable, __file__, "--one", way, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, path = options.one
        result = run_bare(Path(path)) if way == "bare" else run_cleaning(Path(path))
        result["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(result))
        return
    with tempfile.TemporaryDirectory() as work:
        source = options.file or SHARED
        if not source.is_file():
            print("the real file is not here: measured on an invented table")
            source = invented(Path(work) / "invented.parquet")
        write_settings(Path(work) / "settings", source)
        runs = {"bare": [], "clean": []}
        for _ in range(options.runs):
            runs["bare"].append(measure("bare", source))
            runs["clean"].append(measure("clean", Path(work) / "settings"))
    assert {run["rows"] for way in runs.values() for run in way} == {runs["bare"][0]["rows"]}
    seconds = {way: statistics.median(r["seconds"] for r in found) for way, found in runs.items()}
    memory = {way: max(r["megabytes"] for r in found) for way, found in runs.items()}
    print(f"{source.name}: {runs['bare'][0]['rows']:,.0f} rows, median of {options.runs} runs each")
    print(f"bare pandas read + group-by  {seconds['bare']:6.2f} s  {memory['bare']:6.0f} MB")
    print(f"est_analysis clean           {seconds['clean']:6.2f} s  {memory['clean']:6.0f} MB")
    print(f"ratio {seconds['clean'] / seconds['bare']:.2f} (target: at most 3, under 2,000 MB)")


if __name__ == "__main__":
    main()
