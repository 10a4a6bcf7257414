"""Check that the intervals of `est_analysis.rates` keep what they promise.

Made-up weekly counts of four years; the last tertial is compared with the same tertial the year
before. Prints, for each world, how often a change is claimed when nothing happened (nominal 5 %)
and how often the interval covers a true ratio of 0.7 (nominal 95 %), beside the Poisson test
and a z-test on weekly means. Then, for a tertial of which only the first nine weeks are reported,
how often a change is claimed against the same weeks of last year, as reports do it, and against
the whole of last year's tertial.

    python benchmarks/validity_rates.py [--runs N] [--seed S]
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.rates import dispersions, rate_ratios

Numbers = npt.NDArray[np.float64]

YEARS = 4
TERTIAL_OF_YEAR = np.repeat([0, 1, 2], [17, 18, 17])
TERTIAL = np.tile(TERTIAL_OF_YEAR, YEARS)
GROUP = np.repeat(np.arange(YEARS), 52) * 3 + TERTIAL
LATEST = int(GROUP[-1])
NOW, LAST_YEAR = np.equal(GROUP, LATEST), np.equal(GROUP, LATEST - 3)
BEHIND = np.greater_equal(
    GROUP, LATEST - 9
)  # the tertial and the three years before it, as in a report
AMPLITUDE = 0.3
SHOCK = 0.25  # standard deviation of the autocorrelated part, log scale
LEVELS, DISPERSIONS, AUTOCORRELATIONS = (1.0, 5.0, 20.0), (1.0, 1.5, 3.0), (0.0, 0.5)
TRUE_RATIO = 0.7
REPORTED = 9  # weeks of the tertial, where only a part of it is reported
METHODS = ("est_analysis", "Poisson", "z-test")


@dataclass(frozen=True)
class World:
    """One way in which weekly counts can come about."""

    level: float
    dispersion: float
    autocorrelation: float


@dataclass(frozen=True)
class Cell:
    """Shares of runs in per cent, per method in the order of `METHODS`."""

    world: World
    claims: tuple[float, ...]
    covers: tuple[float, ...]


def weekly_counts(rng: np.random.Generator, world: World, runs: int, ratio: float = 1.0) -> Numbers:
    """Return runs × weeks; the last tertial's mean is multiplied by ``ratio``."""
    log_mean = np.log(world.level) + AMPLITUDE * np.cos(2 * np.pi * np.arange(len(GROUP)) / 52)
    log_mean = np.tile(log_mean + np.where(NOW, np.log(ratio), 0.0), (runs, 1))
    if world.autocorrelation:
        log_mean += SHOCK * _autoregressive(rng, log_mean.shape, world.autocorrelation)
        log_mean -= SHOCK**2 / 2
    mean: Numbers = np.exp(log_mean)
    if world.dispersion > 1:
        mean = rng.gamma(mean / (world.dispersion - 1), world.dispersion - 1)
    return np.asarray(rng.poisson(mean), dtype=float)


def _autoregressive(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> Numbers:
    out = rng.normal(size=shape)
    for week in range(1, shape[1]):
        out[:, week] = rho * out[:, week - 1] + math.sqrt(1 - rho**2) * out[:, week]
    return out


def outside(counts: Numbers, ratio: float) -> tuple[float, ...]:
    """Share of runs, in per cent, whose interval leaves out ``ratio``; per method."""
    now, before = counts[:, NOW], counts[:, LAST_YEAR]
    weeks, reference_weeks = now.shape[1], before.shape[1]
    phi = dispersions(counts[:, BEHIND], GROUP[BEHIND], TERTIAL[BEHIND])
    shares = []
    for noise in (phi, 1.0):
        table = rate_ratios(
            now.sum(axis=1), weeks, before.sum(axis=1), reference_weeks, dispersion=noise
        )
        shares.append(100 * float(((table["lower"] > ratio) | (table["upper"] < ratio)).mean()))
    error = np.sqrt(
        now.var(axis=1, ddof=1) / weeks + ratio**2 * before.var(axis=1, ddof=1) / reference_weeks
    )
    away = np.abs(now.mean(axis=1) - ratio * before.mean(axis=1))
    return (*shares, 100 * float((away > 1.959964 * error).mean()))


def claimed_of_a_part(counts: Numbers) -> tuple[float, float, float]:
    """Share of runs, in per cent, with a change claimed of a half-reported tertial.

    Against the same weeks of last year; against all of that tertial: an increase, a decrease.
    """
    places, before = np.flatnonzero(NOW), np.flatnonzero(LAST_YEAR)
    known = counts.copy()
    known[:, places[REPORTED:]] = np.nan
    phi = dispersions(known[:, BEHIND], GROUP[BEHIND], TERTIAL[BEHIND])
    verdicts = []
    for reference in (before[:REPORTED], before):
        table = rate_ratios(
            counts[:, places[:REPORTED]].sum(axis=1),
            REPORTED,
            counts[:, reference].sum(axis=1),
            len(reference),
            dispersion=phi,
        )
        verdicts.append(table["verdict"])
    same, whole = verdicts
    wrong = (same.isin(["increase", "decrease"]), whole == "increase", whole == "decrease")
    same_claims, more, fewer = (100 * float(found.mean()) for found in wrong)
    return same_claims, more, fewer


def part_table(runs: int, seed: int) -> str:
    """Write how often a change is claimed of a half-reported tertial, as a Markdown table."""
    lines = [
        "| level a week | dispersion | autocorrelation | claims, the same weeks "
        "| increases, the whole tertial | decreases, the whole tertial |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for number, values in enumerate(itertools.product(LEVELS, DISPERSIONS, AUTOCORRELATIONS)):
        world = World(*values)
        rng = np.random.default_rng([seed, number, REPORTED])
        shares = claimed_of_a_part(weekly_counts(rng, world, runs))
        shown = [f"{value:g}" for value in values] + [f"{share:.1f} %" for share in shares]
        lines.append("| " + " | ".join(shown) + " |")
    return "\n".join(lines)


def simulate(runs: int, seed: int) -> list[Cell]:
    """All worlds; each with its own stream of random numbers, so that a cell stands alone."""
    cells = []
    for number, values in enumerate(itertools.product(LEVELS, DISPERSIONS, AUTOCORRELATIONS)):
        rng = np.random.default_rng([seed, number])
        world = World(*values)
        claims = outside(weekly_counts(rng, world, runs), 1.0)
        misses = outside(weekly_counts(rng, world, runs, TRUE_RATIO), TRUE_RATIO)
        cells.append(Cell(world, claims, tuple(100 - miss for miss in misses)))
    return cells


def table(cells: list[Cell], runs: int, seed: int) -> str:
    """Write the result as a Markdown table, with the Monte Carlo error."""
    error = 100 * math.sqrt(0.05 * 0.95 / runs)
    lines = [
        f"{runs} runs a cell, seed {seed}; Monte Carlo standard error at 5 %: {error:.1f} points.",
        "",
        "| level a week | dispersion | autocorrelation "
        + "".join(f"| claims, {name} " for name in METHODS)
        + "".join(f"| covers {TRUE_RATIO}, {name} " for name in METHODS)
        + "|",
        "|" + "---:|" * (3 + 2 * len(METHODS)),
    ]
    for cell in cells:
        shown = [f"{cell.world.level:g}", f"{cell.world.dispersion:g}"]
        shown += [f"{cell.world.autocorrelation:g}"]
        shown += [f"{share:.1f} %" for share in (*cell.claims, *cell.covers)]
        lines.append("| " + " | ".join(shown) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    print(table(simulate(options.runs, options.seed), options.runs, options.seed))
    print(f"\nThe first {REPORTED} weeks of the tertial are reported:\n")
    print(part_table(options.runs, options.seed))
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
