"""What is gained when the actors of an insats are asked together, also when they see the same.

Three actors' made-up weekly counts of a target and comparison areas, of which a share of every
actor's incidents is seen by all three; nothing happens, or all that is seen falls by 30 %. For each
world: how often one actor's 95 % interval and the pooled one exclude no change, how often the
pooled one holds the truth, and the correlation of the actors' errors as it was estimated.

    python benchmarks/pooled.py [--runs N] [--seed S]
"""

from __future__ import annotations

import argparse
import itertools
import math
import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
import pandas as pd
from worlds import AFTER

from est_analysis.intervention.design import Design
from est_analysis.intervention.pooled import pooled
from est_analysis.intervention.shares import question
from est_analysis.yearly import season_terms

ACTORS = 3
YEARS = 4
DISPERSION = 1.5


def drawn(
    level: float, areas: int, shared: float, effect: float, rng: np.random.Generator
) -> list[Design]:
    """One insats as three actors see it."""
    weeks = YEARS * 52 + 52 + AFTER
    waves = season_terms(pd.date_range("2018-01-01", periods=weeks, freq="7D"))
    start = YEARS * 52 + int(rng.integers(52))
    stop = start + AFTER
    mean = level * np.exp(0.35 * waves[:, 0]) * np.ones((areas + 1, 1))
    extra = DISPERSION - 1

    def seen(share: float) -> np.ndarray:
        counts = rng.poisson(rng.gamma(share * mean / extra) * extra) if share else 0 * mean
        counts = np.asarray(counts, dtype=int)
        counts[0, start:stop] = rng.binomial(counts[0, start:stop], effect)
        return counts[:, :stop].astype(float)

    both, there = seen(shared), np.ones((areas + 1, stop))
    every = [both + seen(1 - shared) for _ in range(ACTORS)]
    return [
        Design(counts[0], counts[1:], there[0], there[1:], waves[:stop], start, stop, run_up=0)
        for counts in every
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = 100 * math.sqrt(0.05 * 0.95 / options.runs)
    print(f"{options.runs} runs a row, seed {options.seed}; Monte Carlo standard error at 5 %: "
          f"{chance:.1f} points\n")  # fmt: skip
    print("| a week, areas, shared | nothing: one, pooled | −30 %: one, pooled | covers | "
          "correlation |")  # fmt: skip
    print("|---|---|---|---|---|")
    for (level, areas), shared in itertools.product(((5.0, 3), (1.0, 9)), (0.0, 0.1, 0.3)):
        rng = np.random.default_rng(options.seed)
        cells = []
        for effect in (1.0, 0.7):
            rows = []
            for _ in range(options.runs):
                asked = [question(one) for one in drawn(level, areas, shared, effect, rng)]
                answer, own = pooled(asked), asked[0].estimate()
                assert answer is not None
                both = answer.estimate
                rows.append((own.p < 0.05, both.p < 0.05, both.lower <= effect <= both.upper,
                             answer.correlation[0, 1]))  # fmt: skip
            cells.append(np.mean(rows, axis=0))
        none, fell = cells
        print(f"| {level:g}, {areas}, {100 * shared:.0f} % | {100 * none[0]:.1f}, "
              f"{100 * none[1]:.1f} % | {100 * fell[0]:.0f}, {100 * fell[1]:.0f} % | "
              f"{100 * fell[2]:.1f} % | {fell[3]:.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
