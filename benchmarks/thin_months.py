"""How often a lost year is seen, and how often a reported month is taken for a lost one.

Made-up monthly counts of one actor, with a season and a spread of one, two or five times Poisson's.
Beside the rule of `est_analysis.counts.thin_months` stands the one that people use by eye: a month
with under a tenth of the median month.

    python benchmarks/thin_months.py [--runs N] [--seed S]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from est_analysis.counts.thin_months import thin_months

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

LEVELS = (5, 10, 25, 60, 300)
STRAYS = 0.01  # of a lost year's events, registered late


def by_eye(counts: Numbers) -> Truths:
    """Under a tenth of the median month."""
    return np.asarray(counts < 0.1 * np.median(counts))


def drawn(rng: np.random.Generator, mean: Numbers, spread: int) -> Numbers:
    """Negative binomial counts; Poisson for a spread of one."""
    if spread == 1:
        return rng.poisson(mean).astype(float)
    return rng.negative_binomial(mean / (spread - 1), 1 / spread).astype(float)


def series(
    rng: np.random.Generator, level: int, runs: int, lose: bool
) -> Iterator[tuple[Numbers, Truths]]:
    """Counts of two to six years, and which months were lost."""
    for _ in range(runs):
        years = int(rng.integers(2, 7))
        month = np.arange(12 * years)
        season = np.exp(rng.choice([0, 0.3, 0.8]) * np.cos(2 * np.pi * month / 12))
        lost = np.isin(month // 12, rng.integers(0, years, rng.integers(1, years)))
        lost = lost if lose else np.zeros(len(month), dtype=bool)
        mean = level * season * np.where(lost, STRAYS, 1)
        yield drawn(rng, mean, int(rng.choice([1, 2, 5]))), lost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=1000, help="series per level and kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(f"{options.runs} series per row; shares of months, per cent\n")
    print("| events a month | lost and found | by eye | reported, taken for lost | by eye "
          "| series without a lost year that have one | by eye |")  # fmt: skip
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for level in LEVELS:
        cells: list[str] = []
        rules = (lambda c: thin_months(c, np.ones(len(c)), np.zeros(len(c), dtype=bool)), by_eye)
        with_lost = list(series(rng, level, options.runs, lose=True))
        without = list(series(rng, level, options.runs, lose=False))
        total = sum(int(lost.sum()) for _, lost in with_lost)
        told = sum(int((~lost).sum()) for _, lost in with_lost)
        judged = [[(rule(counts), lost) for counts, lost in with_lost] for rule in rules]
        for count in (lambda j, lost: j & lost, lambda j, lost: j & ~lost):
            base = total if not cells else told
            cells += [f"{100 * sum(int(count(*one).sum()) for one in own) / base:.2f}"
                      for own in judged]  # fmt: skip
        cells += [f"{100 * np.mean([rule(c).any() for c, _ in without]):.1f}" for rule in rules]
        print(f"| {level} | " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
