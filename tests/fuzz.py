"""Feed the readers of exports and settings with files that a coverage-guided fuzzer makes up.

    python tests/fuzz.py [MINUTES] [--seed 1] [--corpus build/fuzz]

It begins with the ugly files of the tests. Each made-up file must be read or refused by an error
that says what to do; anything else, more than ten seconds, or more than a gigabyte beyond what
the program itself takes, stops the run and is kept in the corpus folder. Needs atheris
(``pip install atheris``), on Linux or macOS; ``make fuzz`` installs it for itself.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

AS_OF = dt.date(2025, 1, 31)
READERS = {  # first byte of a made-up file → how its rest is read as an export
    b"c": ("csv", "csv"), b"j": ("jsonl", "jsonl"), b"x": ("xlsx", "xlsx"), b"l": ("xls", "xls"),
    b"o": ("ods", "ods"), b"p": ("parquet", "parquet"), b"z": ("csv", "csv.gz"),
}  # fmt: skip
SETTINGS = {  # or as a file of the settings
    b"S": "sources/vakten.yaml", b"A": "areas.yaml", b"T": "taxonomy.yaml",
    b"M": "municipality.yaml", b"I": "interventions/insats.yaml", b"C": "calendar.yaml",
    b"D": "decisions.yaml",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minutes", type=float, nargs="?", default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=ROOT / "build" / "fuzz")
    options = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["est_analysis"]):
        from est_analysis.config import load_settings
        from est_analysis.errors import EstError
        from est_analysis.incidents import clean
    from small_town import SmallTown

    write_seeds(options.corpus / "corpus")
    with tempfile.TemporaryDirectory() as folder:
        towns: dict[bytes, Any] = {}
        for first, (reader, ending) in READERS.items():
            town = SmallTown(Path(folder) / reader / ending / "params" / "smastad")
            town.change("sources/vakten.yaml", "reader: csv", f"reader: {reader}")
            town.change("sources/vakten.yaml", "vakten*.csv", f"vakten.{ending}")
            del town.files["exports/vakten.csv"]
            towns[first] = town.load()
            (town.folder / "exports").mkdir()
        spoilt = SmallTown(Path(folder) / "settings" / "params" / "smastad")

        def one(raw: bytes) -> None:
            first, rest = raw[:1], raw[1:]
            with contextlib.suppress(EstError):
                if first in towns:
                    settings = towns[first]
                    ending = READERS[first][1]
                    (settings.municipality.exports / f"vakten.{ending}").write_bytes(rest)
                    clean(settings, AS_OF, lambda line: None)
                elif first in SETTINGS:
                    path = spoilt.write() / SETTINGS[first]
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(rest)
                    try:
                        clean(load_settings(spoilt.folder), AS_OF, lambda line: None)
                    finally:
                        path.unlink()

        arguments = [
            sys.argv[0], f"-max_total_time={round(60 * options.minutes)}", f"-seed={options.seed}",
            "-timeout=10", "-rss_limit_mb=1500", "-max_len=65536", "-print_final_stats=1",
            f"-artifact_prefix={options.corpus}/", str(options.corpus / "corpus"),
        ]  # fmt: skip
        atheris.Setup(arguments, one)
        atheris.Fuzz()


def write_seeds(folder: Path) -> None:
    """The ugly files that are small, each with the byte that says how it is read."""
    from small_town import SmallTown
    from ugly_files import text_cases
    from ugly_packages import package_cases

    folder.mkdir(parents=True, exist_ok=True)
    plain = SmallTown(folder).files
    kinds = {ending: first for first, (_, ending) in READERS.items()}
    names = {name: first for first, name in SETTINGS.items()}
    heavy = ("gigabytes", "bomb", "million", "longer than it says", "10")
    seeds = [(first, plain[name]) for name, first in names.items() if name in plain]
    seeds.append((b"c", plain["exports/vakten.csv"]))
    for case in [*text_cases(), *package_cases()]:
        if any(word in case.name for word in heavy):
            continue
        town = SmallTown(folder)
        with contextlib.redirect_stdout(io.StringIO()):
            case.spoil(town)
        for name, content in town.files.items():
            if content != plain.get(name):
                first = names.get(name) or kinds.get(name.partition(".")[2])
                if first:
                    seeds.append((first, content))
    for number, (first, content) in enumerate(seeds):
        raw = content if isinstance(content, bytes) else content.encode()
        if len(raw) < 65_000:
            (folder / f"seed_{number:03}").write_bytes(first + raw)


if __name__ == "__main__":
    main()
