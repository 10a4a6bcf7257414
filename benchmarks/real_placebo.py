"""Made-up insatser in real series, where nothing began: what is claimed, and what is found.

Real weekly counts of areas (see ../shared/data/README.md): crime in sixteen cities of the USA by
category (until February 2020), and dwelling fires and animal rescues in the boroughs of London. An
area and a start are drawn; the area at random, or the one with the worst last quarter of all. 26
weeks follow. With ``--effect`` a share of the target's incidents after the start is taken away: a
fall whose size is known. Today's primary design compares with all remaining areas, the former
release with three of them.

    python benchmarks/real_placebo.py [--runs N] [--seed S] [--effect 0.7] [--only TEXT]
"""

from __future__ import annotations

import argparse
import math
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
import numpy.typing as npt
import pandas as pd
from former import former

from est_analysis.intervention.design import RUN_UP, Design
from est_analysis.intervention.evaluate import primary_of
from est_analysis.intervention.shares import question
from est_analysis.yearly import season_terms

Numbers = npt.NDArray[np.float64]

DATA = Path(__file__).parents[2] / "shared" / "data"
AFTER = 26
DECLARED = 3
QUARTER = 13
YEAR = 52


@dataclass(frozen=True)
class Series:
    """One type's weekly counts, areas × weeks (NaN where an area has none yet)."""

    counts: Numbers
    weeks: pd.DatetimeIndex


def cities(folder: Path) -> list[Series]:
    """Sixteen cities, each category by itself, before the spring of 2020."""
    table = pd.read_csv(folder / "ashby_weekly_crime_counts.csv", parse_dates=["week_beginning"])
    table = table[table["week_beginning"] < "2020-03-01"]
    found = []
    for _, one in table.groupby("category"):
        wide = one.pivot_table(
            index="city_name", columns="week_beginning", values="actual_crimes"
        )  # fmt: skip
        found.append(Series(wide.to_numpy(float), pd.DatetimeIndex(wide.columns)))
    return found


def _weekly(days: pd.Series, area: pd.Series) -> Series:
    """Counts by area and ISO week, without the first and last, which may be cut."""
    week = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).dt.normalize()
    wide = pd.crosstab(area, week)
    wide = wide.reindex(columns=pd.date_range(week.min(), week.max(), freq="7D"), fill_value=0)
    wide = wide.iloc[:, 1:-1]
    return Series(wide.to_numpy(float), pd.DatetimeIndex(wide.columns))


def london_fires(folder: Path) -> list[Series]:
    """Dwelling fires in the boroughs of London."""
    rows = pd.read_csv(folder / "lfb_dwelling_fires_2009_2016.csv.gz", parse_dates=["date"])
    rows = rows.dropna(subset=["borough"])
    return [_weekly(rows["date"], rows["borough"])]


def london_animals(folder: Path) -> list[Series]:
    """Animal rescues in the boroughs of London."""
    rows = pd.read_csv(folder / "lfb_animal_rescues_2009_2021.csv.gz", encoding="latin1")
    rows = rows[rows["borough code"].astype(str).str.startswith("E09")]
    days = pd.to_datetime(rows["date_time of call"], dayfirst=True)
    return [_weekly(days, rows["borough code"])]


SETS = {"cities": cities, "London fires": london_fires, "London animals": london_animals}


def made_up(series: list[Series], worst: bool, rng: np.random.Generator) -> Design:
    """An insats that never was."""
    one = series[rng.integers(len(series))]
    weeks = one.counts.shape[1]
    start = int(rng.integers(2 * YEAR, weeks - AFTER + 1))
    stop = start + AFTER
    there = ~np.isnan(one.counts[:, start - 2 * YEAR : stop]).any(axis=1)
    there &= np.nansum(one.counts[:, : start - QUARTER], axis=1) > 0
    areas = np.flatnonzero(there)
    counts = one.counts[areas, :stop]
    target = int(rng.integers(len(areas)))
    if worst:
        last = counts[:, start - QUARTER : start].mean(axis=1)
        target = int((last / np.nanmean(counts[:, : start - QUARTER], axis=1)).argmax())
    rest = np.delete(np.arange(len(areas)), target)
    told = (~np.isnan(counts)).astype(float)
    near = rng.choice(rest, min(DECLARED, len(rest)), replace=False)
    return Design(
        counts[target], counts[near], told[target], told[near], season_terms(one.weeks[:stop]),
        start, stop, run_up=RUN_UP["week"] if worst else 0,
        pool=counts[rest], pool_exposure=told[rest],
    )  # fmt: skip


def thinned(design: Design, effect: float, rng: np.random.Generator) -> Design:
    """The same with a share of the incidents after the start taken away."""
    target = design.target.copy()
    kept = rng.binomial(target[design.start :].astype(int), effect)
    target[design.start :] = kept
    return design.of(target, design.exposure)


def without_run_up(design: Design) -> Design:
    """The same without the quarter before the start."""
    place = np.arange(len(design.target))
    gone = (place >= design.start - QUARTER) & (place < design.start)
    target = np.where(gone, np.nan, design.target)
    return replace(design.of(target, np.where(gone, 0, design.exposure)), run_up=QUARTER)


def row(series: list[Series], worst: bool, effect: float, runs: int, seed: int) -> str:
    """Per cent of claims by today's design, the same without the run-up, and the former one."""
    rng = np.random.default_rng([seed, worst])
    claims, placebo = [], []
    for _ in range(runs):
        design = made_up(series, worst, rng)
        if effect < 1:
            design = thinned(design, effect, rng)
        asked = question(design)
        found = (asked.estimate(), primary_of(without_run_up(design)), former(design))
        sure = [one.known and not one.lower <= 1 <= one.upper for one in found]
        fell = [claim and one.ratio < 1 for claim, one in zip(sure, found, strict=True)]
        truth = found[0].lower <= effect <= found[0].upper or not found[0].known
        claims.append([*(fell if effect < 1 else sure), truth, sure[0] and found[0].ratio > 1])
        placebo.append(asked.made_up.claims(worst).share)
    mean = 100 * np.mean(claims, axis=0)
    error = 100 * math.sqrt(max(mean[0] * (100 - mean[0]) / 1e4, 0.02) / runs)
    return (f"{mean[0]:.1f} ± {error:.1f} % (rises {mean[4]:.1f}), covers {mean[3]:.1f} % "
            f"| {mean[1]:.1f} % | {mean[2]:.1f} % | {100 * np.nanmean(placebo):.1f} %")  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--effect", type=float, default=1.0)
    parser.add_argument("--only", default="", help="series whose name has this text")
    options = parser.parse_args()
    begin = time.perf_counter()
    print(f"{options.runs} draws a row, seed {options.seed}, ratio {options.effect:g}\n")
    print("| real series | claims | run-up left out | former release | placebo on the page |")
    print("|---|---|---|---|---|")
    for name, read in SETS.items():
        if options.only not in name:
            continue
        series = read(DATA)
        for worst in (False, True):
            cells = row(series, worst, options.effect, options.runs, options.seed)
            print(f"| {name}, {'worst' if worst else 'random'} | {cells} |", flush=True)
    print(f"\n{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
