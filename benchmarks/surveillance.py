"""One week's surveillance of many series: batched, beside a loop of statsmodels GLMs, and beside R.

Farrington's improved algorithm on made-up weekly counts of five years and a half; the loop makes
the same fits, weights and bounds one series at a time, and its bounds are compared. R is timed
where Rscript and its package surveillance are installed. Then 58,000 series, and whether time
grows in proportion. The pooled model of the weekly report is timed beside it.

    python benchmarks/surveillance.py [--series N] [--loop N] [--repeat N]
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.expected import expected_counts, predictive
from est_analysis.farrington import _reference, farrington
from est_analysis.yearly import yearly_terms

Numbers = npt.NDArray[np.float64]

WEEKS = 292
WEEK = WEEKS - 1
R_SCRIPT = """
suppressMessages(library(surveillance))
counts <- as.matrix(read.csv("{file}", header = FALSE))
control <- list(range = {week}, b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26,
                pThresholdTrend = 1, thresholdMethod = "nbPlugin", alpha = 0.01,
                glmWarnings = FALSE)
begin <- proc.time()[["elapsed"]]
for (row in seq_len(nrow(counts))) {{
  series <- sts(counts[row, ], frequency = 52, start = c(2019, 1))
  suppressWarnings(farringtonFlexible(series, control))
}}
cat((proc.time()[["elapsed"]] - begin) / nrow(counts) * 1000)
"""


def made_up(series: int, seed: int = 1) -> Numbers:
    """Counts of two to fifteen a week with a season and clusters."""
    rng = np.random.default_rng(seed)
    wave = np.exp(0.3 * np.cos(2 * np.pi * np.arange(WEEKS) / 52))
    mean = rng.uniform(2, 15, (series, 1)) * wave
    return rng.poisson(rng.gamma(mean / 0.4) * 0.4).astype(float)


def one_by_one(counts: Numbers) -> Numbers:
    """The same bounds by statsmodels, one GLM at a time, as one would write them."""
    import statsmodels.api as sm
    from scipy import stats

    rows, part = _reference(WEEK, 5, 3, 10, 26)
    design = np.column_stack([np.eye(10)[part], rows - WEEK])
    family = sm.families.Poisson()
    bounds = []
    for row in counts:
        y = row[rows]
        first = sm.GLM(y, design, family=family).fit()
        phi = max(first.pearson_chi2 / first.df_resid, 1)
        mean, leverage = first.fittedvalues, first.get_hat_matrix_diag(observed=False)
        residual = 1.5 * (y ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean))
        residual = residual / np.sqrt(phi * (1 - leverage))
        shape = np.where(residual > 2.58, 1 / residual**2, 1.0)
        weight = shape * len(y) / shape.sum()
        fit = sm.GLM(y, design, family=family, var_weights=weight).fit()
        phi = max(fit.pearson_chi2 / fit.df_resid, 1)
        now = float(np.exp(fit.params[0]))
        if now > y.max():
            bounds.append(np.nan)  # the trend is left out there: not compared
        elif phi > 1:
            bounds.append(float(stats.nbinom.ppf(0.99, now / (phi - 1), 1 / phi)))
        else:
            bounds.append(float(stats.poisson.ppf(0.99, now)))
    return np.array(bounds)


def seconds(work: Callable[[], object], repeat: int) -> float:
    """The median of some runs."""
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def by_r(counts: Numbers) -> float | None:
    """Milliseconds per series in R; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "counts.csv"
        pd.DataFrame(counts.astype(int)).to_csv(file, header=False, index=False)
        script = R_SCRIPT.format(file=file.as_posix(), week=WEEKS)
        run = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
    return float(run.stdout) if run.returncode == 0 and run.stdout else None


def pooled(counts: Numbers) -> None:
    """The weekly report's model: ten categories to a municipality of twenty areas."""
    rows = np.arange(len(counts))
    category = rows // 200 * 10 + rows % 10
    terms = yearly_terms(pd.date_range("2020-01-06", periods=WEEKS, freq="7D"))
    found = expected_counts(
        counts[:, :-1], np.ones((len(counts), WEEKS - 1)), terms, category, actor=category // 10
    )
    predictive.upper_bound(0.99, found.mean, found.variance)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--loop", type=int, default=100, help="series that the loop and R fit")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    counts = made_up(options.series)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels warns of perfect separation in quiet series
        bounds = one_by_one(counts[: options.loop])
        loop = seconds(lambda: one_by_one(counts[: options.loop]), 1) / options.loop
    ours = farrington(counts, WEEK).upper[: options.loop]
    compared = ~np.isnan(bounds) & ~np.isnan(ours)
    largest = float(np.abs(ours - bounds)[compared].max())
    each = seconds(lambda: farrington(counts, WEEK), options.repeat) / options.series
    print(f"{options.series} series, {WEEKS} weeks, one week judged; medians of {options.repeat}")
    print(f"batched             {1000 * each:8.4f} ms a series")
    print(f"statsmodels, a loop {1000 * loop:8.4f} ms a series  ({loop / each:.0f} times ours;"
          f" measured on {options.loop}, bounds differ by at most {largest:g}"
          f" in {int(compared.sum())})")  # fmt: skip
    in_r = by_r(counts[: options.loop])
    if in_r is None:
        print("R surveillance      not installed")
    else:
        print(f"R surveillance      {in_r:8.4f} ms a series  ({in_r / 1000 / each:.0f} times ours)")
    print("\nseries   Farrington, s   pooled model, s")
    for number in (10_000, 20_000, 40_000, 58_000):
        many = made_up(number)
        plain = seconds(lambda many=many: farrington(many, WEEK), 1)  # type: ignore[misc]
        model = seconds(lambda many=many: pooled(many), 1)  # type: ignore[misc]
        print(f"{number:6d} {plain:15.1f} {model:17.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory {peak:.1f} GB")


if __name__ == "__main__":
    main()
