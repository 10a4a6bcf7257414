"""Time and memory of cleaning forty-one actors who share one file of four million rows.

    python benchmarks/shared_file.py [FILE.parquet] [--actors 41]

The file of police.uk's incidents of 2025 is split by force with ``only``: every actor reads the
same file and keeps its own rows. It runs in a process of its own, so that memory is its own.
Without a file, an invented table of the same shape is used. On the way that was there before
(each actor read the whole file and kept an account of every row of the others) the machine killed
the process at 19 GB.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cleaning import SHARED, invented

BEFORE = "before: 0.9 GB with 1 actor, 1.8 with 3, 2.6 with 5; with 41 killed at 19 GB"


def write_settings(folder: Path, source: Path, most: int) -> int:
    """A municipality in which each force is an area and an actor; how many there are."""
    import pyarrow.parquet as pq

    table = pq.read_table(source, columns=["force", "crime_type"])
    forces = sorted(table.column("force").unique().to_pylist())[:most]
    types = sorted(table.column("crime_type").unique().to_pylist())
    kinds = ", ".join(f'{{id: k{n}, name: "{word}"}}' for n, word in enumerate(types))
    areas = ", ".join(f'{{id: a{n}, name: "{word}"}}' for n, word in enumerate(forces))
    files = {
        "municipality.yaml": 'name: Forces\ncode: "0000"\nas_of: 2025-12-31\n'
        f"timezone: Europe/London\nexports: {source.parent.resolve()}\n",
        "areas.yaml": f"areas: [{areas}]\n",
        "taxonomy.yaml": f"categories: [{kinds}]\n",
        "disclosure.yaml": "minimum: 5\n",
    }
    for number, force in enumerate(forces):
        files[f"sources/force{number}.yaml"] = f"""\
actor: force{number}
name: "{force}"
files: ["{source.name}"]
reader: parquet
columns: {{occurred_from: month, area: force, category: crime_type, place: lsoa_code}}
dates: {{forms: [month]}}
only: [{{column: force, equals: "{force}"}}]
coverage: {{rule: any_row}}
reports: [{{areas: [a{number}]}}]
"""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(forces)


def run(folder: Path) -> None:
    """Clean them in this process; print what it took."""
    from est_analysis.config import load_settings
    from est_analysis.incidents import clean

    settings = load_settings(folder)
    begun = time.monotonic()
    found = clean(settings, dt.date(2025, 12, 31))
    facts = {
        "actors": len(settings.sources),
        "rows": len(found.incidents),
        "left_out": len(found.rejected),
        "seconds": round(time.monotonic() - begun, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(facts))


def main() -> None:
    """Run it, and print it beside what was before."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--actors", type=int, default=41)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options.run)
        return
    with tempfile.TemporaryDirectory() as folder:
        source = options.file or (SHARED if SHARED.is_file() else None)
        source = source or invented(Path(folder) / "invented.parquet")
        write_settings(Path(folder) / "forces", source, options.actors)
        command = [sys.executable, __file__, "--run", str(Path(folder) / "forces")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(done.stdout.strip() or done.stderr.strip()[-2000:])
        print(BEFORE)


if __name__ == "__main__":
    main()
