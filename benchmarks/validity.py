"""How often an evaluation is wrong when the truth is known, beside simpler designs.

Made-up weekly counts (`worlds`) where nothing happened and with an effect. For each: how often the
95 % interval excludes no change, how often it holds the truth, and the mean error of the estimate,
for the primary design of `est_analysis`, that of the former release, a before/after z-test on 26
weeks, a Poisson interrupted series without season, and the plain weighted displacement difference
on 26 weeks. All see the same draws.

    python benchmarks/validity.py [--runs N] [--seed S] [--only TEXT] [--grid] [--run-up]

``--grid`` crosses levels, dispersions, years and autocorrelations for the primary design alone;
``--run-up`` compares how many weeks before a start on a peak are left out of the baseline.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import time
import zlib

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
import numpy.typing as npt
from former import former
from worlds import EFFECTS, NOTHING, World, drawn

from est_analysis.intervention.design import Design
from est_analysis.intervention.displacement import displacement_difference
from est_analysis.intervention.estimates import Estimate
from est_analysis.intervention.evaluate import primary_of

Numbers = npt.NDArray[np.float64]

SHORT = 26  # weeks of the simple designs
METHODS = ("est_analysis", "former release", "z-test 26/26", "Poisson, no season", "WDD 26/26")


def simple(design: Design) -> list[tuple[float, float, float]]:
    """Log ratio, lower and upper of the three simpler designs."""
    y, start = design.target, design.start
    before, after = y[start - SHORT : start], y[start : start + SHORT]
    found = []
    mean = np.nanmean(after) / max(np.nanmean(before), 1e-9)
    error = math.sqrt(
        np.nanvar(after, ddof=1) / np.sum(~np.isnan(after)) / max(np.nanmean(after), 1e-9) ** 2
        + np.nanvar(before, ddof=1) / np.sum(~np.isnan(before)) / max(np.nanmean(before), 1e-9) ** 2
    )
    found.append(_interval(math.log(max(mean, 1e-9)), error))
    first, second = np.nansum(y[:start]), np.nansum(y[start:])
    weeks = np.sum(~np.isnan(y[:start])), np.sum(~np.isnan(y[start:]))
    ratio = math.log(max(second, 0.5) / weeks[1] / (max(first, 0.5) / weeks[0]))
    found.append(_interval(ratio, math.sqrt(1 / max(first, 0.5) + 1 / max(second, 0.5))))
    if design.controlled:
        told = ~np.isnan(design.comparison)
        other = np.nansum(design.comparison, axis=0) / np.maximum(told.sum(axis=0), 1)
        other[~told.any(axis=0)] = np.nan
        change, spread = displacement_difference(
            (np.nansum(before), np.nansum(after)),
            (np.nansum(other[start - SHORT : start]), np.nansum(other[start : start + SHORT])),
        )
        base = max(np.nansum(after) - change, 1e-9)
        found.append(_interval(math.log(max(np.nansum(after), 0.5) / base), spread / base))
    return found


def _interval(log: float, error: float) -> tuple[float, float, float]:
    return log, log - 1.96 * error, log + 1.96 * error


def run(world: World, runs: int, rng: np.random.Generator) -> list[tuple[float, ...] | None]:
    """Per method: per cent that exclude no change, that hold the truth, and bias in per cent.

    A design that says nothing (no estimate) claims nothing, and holds the truth.
    """
    found: list[list[tuple[float, float, float]]] = [[] for _ in METHODS]
    for _ in range(runs):
        design = drawn(world, rng)
        for place, one in enumerate((primary_of(design), former(design))):
            found[place].append(_logs(one))
        for place, other in enumerate(simple(design), start=2):
            found[place].append(other)
    truth = math.log(world.truth)
    rows: list[tuple[float, ...] | None] = []
    for values in found:
        if not values:
            rows.append(None)
            continue
        log, lower, upper = np.array(values).T
        claims = 100 * np.mean((lower > 0) | (upper < 0))
        covers = 100 * np.mean((lower <= truth) & (upper >= truth))
        rows.append((claims, covers, 100 * (math.exp(float(np.nanmean(log)) - truth) - 1)))
    return rows


def _logs(one: Estimate) -> tuple[float, float, float]:
    if not one.known:
        return math.nan, -math.inf, math.inf
    return math.log(one.ratio), math.log(one.lower), math.log(one.upper)


def errors(world: World, runs: int, rng: np.random.Generator, run_up: int = 0) -> Numbers:
    """Of the primary design alone: per cent that exclude no change, and bias.

    ``run_up`` weeks before the start are taken away.
    """
    found = []
    for _ in range(runs):
        design = drawn(world, rng)
        place = np.arange(len(design.target))
        gone = (place >= design.start - run_up) & (place < design.start)
        target = np.where(gone, np.nan, design.target)
        one = primary_of(design.of(target, np.where(gone, 0, design.exposure)))
        if one.known:
            found.append((one.lower > 1 or one.upper < 1, math.log(one.ratio)))
    claims, log = np.array(found, dtype=float).T
    return np.array([100 * claims.mean(), 100 * (math.exp(log.mean()) - 1)])


def print_grid(runs: int, rng: np.random.Generator) -> None:
    """False claims in every cross of level, dispersion, years and autocorrelation."""
    print("| world | cells | mean | largest | above 5 % + 2 errors | bias, level 5 and 20 |")
    print("|---|---|---|---|---|---|")
    limit = 5 + 200 * math.sqrt(0.05 * 0.95 / runs)
    for peak in (False, True):
        cells = []
        for level, dispersion, years, correlation in itertools.product(
            (1, 5, 20), (1, 2, 3), (2, 4, 6), (0, 0.4, 0.8)
        ):
            world = World("", level, dispersion, years, autocorrelation=correlation, peak=peak)
            cells.append((level, dispersion, years, correlation, *errors(world, runs, rng)))
        table = np.array(cells)
        worst = table[table[:, 4].argmax()]
        large = table[table[:, 0] > 1]
        print(f"| {'chosen on a peak' if peak else 'nothing'} | {len(table)} "
              f"| {table[:, 4].mean():.1f} % | {worst[4]:.1f} % (level {worst[0]:g}, dispersion "
              f"{worst[1]:g}, {worst[2]:g} years, autocorrelation {worst[3]:g}) "
              f"| {(table[:, 4] > limit).sum()} | {large[:, 5].min():+.1f} to "
              f"{large[:, 5].max():+.1f} % |", flush=True)  # fmt: skip


def print_run_up(runs: int, rng: np.random.Generator) -> None:
    """What leaving out a run-up costs and buys."""
    print(
        "| weeks left out | false claims on a peak | bias on a peak | power, −30 % not on a peak |"
    )
    print("|---|---|---|---|")
    for weeks in (0, 4, 13, 26):
        peak = errors(World("", autocorrelation=0.4, peak=True), runs, rng, weeks)
        power = errors(World("", effect=0.7), runs, rng, weeks)
        print(f"| {weeks} | {peak[0]:.1f} % | {peak[1]:+.1f} % | {power[0]:.0f} % |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="worlds whose name has this text")
    parser.add_argument("--grid", action="store_true")
    parser.add_argument("--run-up", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    begin = time.perf_counter()
    chance = 100 * math.sqrt(0.05 * 0.95 / options.runs)
    print(f"{options.runs} runs a world, seed {options.seed}; Monte Carlo standard error at 5 %: "
          f"{chance:.1f} points\n")  # fmt: skip
    if options.grid or options.run_up:
        (print_grid if options.grid else print_run_up)(options.runs, rng)
        return
    for title, worlds in (("claims when nothing happened", NOTHING), ("an effect", EFFECTS)):
        print(f"| {title} | {' | '.join(METHODS)} |")
        print("|---" * (len(METHODS) + 1) + "|")
        for world in worlds:
            if options.only not in world.name:
                continue
            # a world's draws do not depend on which others are asked for
            rng = np.random.default_rng([options.seed, zlib.crc32(world.name.encode())])
            cells = [
                "–" if row is None else f"{row[0]:.1f} %, covers {row[1]:.1f} %, {row[2]:+.1f} %"
                for row in run(world, options.runs, rng)
            ]
            print(f"| {world.name} | {' | '.join(cells)} |", flush=True)
        print()
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
