"""How often forecasts of real series would have held: rolling origin, a tertial ahead.

For every source of real data that lies beside the checkout (and the fictional example
municipality), forecasts are made from what was known at six earlier days, a tertial apart, and
held against what came. Prints the share of weeks (months) inside the 50, 80 and 95 % intervals,
and in brackets what these intervals of whole counts promise: with few events an interval cannot
hold less.

    python benchmarks/backtest.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from est_analysis.calendar import parse_period
from est_analysis.config import load_settings
from est_analysis.counts.dataset import Dataset, load_dataset
from est_analysis.errors import EstError
from est_analysis.exports import ensure_exports
from est_analysis.extract_day import day_of_extract
from est_analysis.outlook import back_test
from est_analysis.workspace import example_folder

REAL = Path(__file__).resolve().parents[1] / "tests" / "real"
SOURCES = {  # settings → the last period whose weeks are held against forecasts
    "us_cities": "2016-01-04..2020-03-01",  # before the break of spring 2020
    "london_fires": "2016-T3",
    "polisen": "2025-T3",
    "city_of_london": "2025-T3",
    "montgomery": "2016-T2",
}
GRAINS = (["actor"], ["actor", "category"], ["actor", "area"], ["actor", "area", "category"])


def datasets() -> Iterator[tuple[str, str, Dataset]]:
    """Name, period and data of every source that is there."""
    for name, period in SOURCES.items():
        settings = load_settings(REAL / name)
        try:
            yield name, period, load_dataset(settings, day_of_extract("", settings))
        except EstError as fault:
            print(f"{name}: left out ({fault.args[0].splitlines()[0]})", file=sys.stderr)
    settings = load_settings(example_folder())
    ensure_exports(settings)
    data = load_dataset(settings, day_of_extract("", settings))
    yield "example (fictional)", "2025-T3", data


def main() -> None:
    """Print the table."""
    print("| source | series by | forecasts | 50 % | 80 % | 95 % | seconds |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name, period, data in datasets():
        for by in GRAINS:
            begin = time.perf_counter()
            table = back_test(data, parse_period(period), by).set_index("level")
            seconds = time.perf_counter() - begin
            grain = ", ".join(by)
            if table.empty:
                print(f"| {name} | {grain} | too short a history |  |  |  |  |")
                break
            cells = [
                f"{table.loc[level, 'covered']:.1f} ({table.loc[level, 'attained']:.1f})"
                for level in (50.0, 80.0, 95.0)
            ]
            number = int(table["forecasts"].iloc[0])
            print(f"| {name} | {grain} | {number} | {' | '.join(cells)} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
