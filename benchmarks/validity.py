"""How often an evaluation is wrong when the truth is known, beside three simpler designs.

Made-up weekly counts of a target and three comparison areas in worlds where nothing happened and
in worlds with an effect. For each: how often the 95 % interval excludes no change, how often it
holds the truth, and the mean error of the estimate, for the primary design of `est_analysis`, a
before/after z-test on 26 weeks, a Poisson interrupted series without season, and the plain weighted
displacement difference on 26 weeks.

    python benchmarks/validity.py [--runs N] [--seed S] [--grid] [--run-up]

``--grid`` crosses levels, dispersions, years and autocorrelations for the primary design alone;
``--run-up`` compares how many weeks before a start on a peak are left out of the baseline.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.intervention.design import Design
from est_analysis.intervention.displacement import displacement_difference
from est_analysis.intervention.estimates import (
    Estimate,
    controlled,
    interrupted,
    parallel,
)
from est_analysis.intervention.evaluate import PARALLEL
from est_analysis.yearly import season_terms

Numbers = npt.NDArray[np.float64]

AFTER = 26
SHORT = 26  # weeks of the simple designs
METHODS = ("est_analysis", "z-test 26/26", "Poisson, no season", "WDD 26/26")


@dataclass(frozen=True)
class World:
    """One way in which the counts come about."""

    name: str
    level: float = 5.0
    dispersion: float = 1.5
    years: int = 4
    autocorrelation: float = 0.0
    effect: float = 1.0
    peak: bool = False
    trend: float = 0.0
    missing: float = 0.0
    displaced: float = 0.0
    shock: float = 0.0
    season_start: bool = False
    comparison: bool = True


NOTHING = (
    World("nothing"),
    World("nothing, level 1", level=1),
    World("nothing, level 20, dispersion 3", level=20, dispersion=3),
    World("nothing, two years", years=2),
    World("nothing, six years", years=6),
    World("nothing, autocorrelation .4", autocorrelation=0.4),
    World("chosen on a peak", peak=True),
    World("chosen on a peak, autocorrelation .4", peak=True, autocorrelation=0.4),
    World("start at the season's turn", season_start=True),
    World("trend −10 % a year", trend=-0.1),
    World("reporting grows 10 % a year everywhere", trend=0.1),
    World("15 % of weeks missing", missing=0.15),
    World("a shock that hits all areas", shock=0.4),
    World("no comparison area", comparison=False),
    World("no comparison area, on a peak", comparison=False, peak=True),
)
EFFECTS = (
    World("−15 %", effect=0.85),
    World("−30 %", effect=0.7),
    World("−50 %", effect=0.5),
    World("−30 %, level 1", effect=0.7, level=1),
    World("−30 %, level 20", effect=0.7, level=20),
    World("−30 %, on a peak, autocorrelation .4", effect=0.7, peak=True, autocorrelation=0.4),
    World("−30 %, half moved to a comparison area", effect=0.7, displaced=0.15),
    World("−30 %, no comparison area", effect=0.7, comparison=False),
)


def drawn(world: World, rng: np.random.Generator) -> Design:
    """One municipality of four areas; the effect is thinning, so the truth is exact."""
    weeks = world.years * 52 + 52 + AFTER
    waves = season_terms(pd.date_range("2018-01-01", periods=weeks, freq="7D"))
    common = 0.35 * waves[:, 0] + world.trend * np.arange(weeks) / 52
    if world.shock:
        common = common + _walk(rng, weeks, 0.8, world.shock)
    extra = world.dispersion - 1
    areas = []
    for _ in range(4):
        mean = world.level * np.exp(common + _walk(rng, weeks, world.autocorrelation, 0.25))
        areas.append(rng.poisson(rng.gamma(mean / extra) * extra if extra else mean))
    counts = np.array(areas)
    first = world.years * 52
    if world.peak:  # someone acts when the last thirteen weeks are among the worst there have been
        sums = np.convolve(counts[0], np.ones(13), "valid")  # of the weeks up to place + 12
        limit = np.quantile(sums[: first - 13], 0.95)
        high = np.flatnonzero(sums[first - 13 : first + 39] >= limit)
        start = first + int(high[0] if len(high) else 51)
    elif world.season_start:
        start = first + int(waves[first : first + 52, 0].argmax())
    else:
        start = first + int(rng.integers(52))
    stop = start + AFTER
    gone = rng.binomial(counts[0, start:stop], 1 - world.effect)
    counts[0, start:stop] -= gone
    if world.displaced:
        counts[1, start:stop] += rng.binomial(gone, world.displaced)
    told = (rng.random((4, stop)) >= world.missing).astype(float)
    values = np.where(told > 0, counts[:, :stop], np.nan)
    rest = slice(1, 4) if world.comparison else slice(1, 1)
    return Design(values[0], values[rest], told[0], told[rest], waves[:stop], start, stop)


def _walk(rng: np.random.Generator, steps: int, correlation: float, spread: float) -> Numbers:
    """An autocorrelated series of mean 0; none without correlation."""
    noise = rng.standard_normal(steps)
    if not correlation:
        return np.zeros(steps)
    found = np.empty(steps)
    now = noise[0]
    for step in range(steps):
        now = correlation * now + math.sqrt(1 - correlation**2) * noise[step]
        found[step] = now
    return spread * found


def primary(design: Design) -> Estimate:
    """The design that `evaluate` would choose."""
    return (
        controlled(design)
        if design.controlled and not parallel(design) < PARALLEL
        else interrupted(design)
    )


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
        other = np.nanmean(design.comparison, axis=0)
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
    """Per method: per cent that exclude no change, that hold the truth, and bias in per cent."""
    found: list[list[tuple[float, float, float]]] = [[] for _ in METHODS]
    for _ in range(runs):
        design = drawn(world, rng)
        one = primary(design)
        if one.known:
            found[0].append((math.log(one.ratio), math.log(one.lower), math.log(one.upper)))
        for place, other in enumerate(simple(design), start=1):
            found[place].append(other)
    truth = math.log(world.effect)
    rows: list[tuple[float, ...] | None] = []
    for values in found:
        if not values:
            rows.append(None)
            continue
        log, lower, upper = np.array(values).T
        claims = 100 * np.mean((lower > 0) | (upper < 0))
        covers = 100 * np.mean((lower <= truth) & (upper >= truth))
        rows.append((claims, covers, 100 * (math.exp(float(np.mean(log)) - truth) - 1)))
    return rows


def errors(world: World, runs: int, rng: np.random.Generator, run_up: int) -> Numbers:
    """Of the primary design alone: per cent that exclude no change, that hold it, and bias."""
    found = []
    for _ in range(runs):
        one = primary(replace(drawn(world, rng), run_up=run_up))
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
            (1, 5, 20), (1, 2, 3), (2, 4, 6), (0, 0.2, 0.4)
        ):
            world = World("", level, dispersion, years, correlation, peak=peak)
            cells.append((level, dispersion, years, correlation, *errors(world, runs, rng, 13)))
        table = np.array(cells)
        worst = table[table[:, 4].argmax()]
        large = table[table[:, 0] > 1]
        print(f"| {'chosen on a peak' if peak else 'nothing'} | {len(table)} "
              f"| {table[:, 4].mean():.1f} % | {worst[4]:.1f} % (level {worst[0]:g}, dispersion "
              f"{worst[1]:g}, {worst[2]:g} years, autocorrelation {worst[3]:g}) "
              f"| {(table[:, 4] > limit).sum()} | {large[:, 5].min():+.1f} to "
              f"{large[:, 5].max():+.1f} % |", flush=True)  # fmt: skip


def print_run_up(runs: int, rng: np.random.Generator) -> None:
    """What each length of the run-up costs and buys."""
    print(
        "| weeks left out | false claims on a peak | bias on a peak | power, −30 % not on a peak |"
    )
    print("|---|---|---|---|")
    for weeks in (0, 4, 8, 13, 26, 39):
        peak = errors(World("", autocorrelation=0.4, peak=True), runs, rng, weeks)
        power = errors(World("", effect=0.7), runs, rng, weeks)
        print(f"| {weeks} | {peak[0]:.1f} % | {peak[1]:+.1f} % | {power[0]:.0f} % |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
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
            cells = [
                "–" if row is None else f"{row[0]:.1f} %, covers {row[1]:.1f} %, {row[2]:+.1f} %"
                for row in run(world, options.runs, rng)
            ]
            print(f"| {world.name} | {' | '.join(cells)} |", flush=True)
        print()
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
