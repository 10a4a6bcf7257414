"""How long an evaluation takes, and 199 made-up starts beside statsmodels one by one.

    python benchmarks/placebo.py [--repeats N] [--evaluations N]

Prints the median of one evaluation with all its checks; of the made-up starts of one without
comparison areas, ours and as a loop of statsmodels GLMs with the same design; and of many
evaluations on one and two processes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # one core each: processes are compared

import numpy as np
import pandas as pd
import statsmodels.api as sm

from est_analysis.intervention import Design, evaluate
from est_analysis.intervention.estimates import placebo_scores
from est_analysis.yearly import season_terms

WEEKS = 7 * 52


def made(seed: int) -> Design:
    """Seven years of one target and three comparison areas, an insats in the last half year."""
    rng = np.random.default_rng(seed)
    waves = season_terms(pd.date_range("2018-12-31", periods=WEEKS, freq="7D"))
    mean = 8 * np.exp(0.3 * waves[:, 0])
    counts = rng.poisson(np.stack([mean, mean, 1.5 * mean, 0.7 * mean])).astype(float)
    ones = np.ones((4, WEEKS))
    quiet = np.arange(WEEKS) % 13 != 0
    return Design(
        counts[0], counts[1:], ones[0], ones[1:], waves, WEEKS - 26, WEEKS, quiet=quiet
    )  # fmt: skip


def one_by_one(design: Design) -> int:
    """The same starts by statsmodels, one GLM each; returns how many."""
    last, year = design.start - design.run_up, design.steps_a_year
    after = min(int(design.after.sum()), (last - year) // 2)
    starts = np.unique(np.linspace(year + design.run_up, last - after, 199).astype(int))
    place = np.arange(len(design.target))
    ones = np.ones((len(place), 1))
    for start in starts:
        later = (place >= start) & (place < start + after)
        used = (later | (place < start - design.run_up)) & (place < last)
        terms = np.column_stack([ones, design.season, later])
        sm.GLM(design.target[used], terms[used], family=sm.families.Poisson()).fit(scale="X2")
    return len(starts)


def median(work: Callable[[], object], repeats: int) -> float:
    """Median seconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def several(seeds: range) -> int:
    """Evaluate some made-up insatser; returns how many."""
    return len([evaluate(made(seed)) for seed in seeds])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--evaluations", type=int, default=1000)
    options = parser.parse_args()
    design = made(1)
    found = evaluate(design)
    took = median(lambda: evaluate(design), options.repeats)
    print(f"one evaluation, {found.placebos} made-up insatser, all checks: {1000 * took:.0f} ms")
    alone = design.without(0).without(0).without(0)
    ours = median(lambda: placebo_scores(alone), options.repeats)
    theirs = median(lambda: one_by_one(alone), 3)
    print(f"made-up starts, interrupted: ours {1000 * ours:.1f} ms, statsmodels one by one "
          f"{1000 * theirs:.0f} ms, ratio {theirs / ours:.0f}")  # fmt: skip
    for number in (options.evaluations // 4, options.evaluations):
        for workers in (1, 2):
            begin = time.perf_counter()
            parts = [range(k, number, workers) for k in range(workers)]
            with ProcessPoolExecutor(workers) as pool:
                done = sum(pool.map(several, parts))
            seconds = time.perf_counter() - begin
            print(f"{done} evaluations on {workers} cores: {seconds:.1f} s, "
                  f"{1000 * seconds / done:.1f} ms each")  # fmt: skip


if __name__ == "__main__":
    main()
