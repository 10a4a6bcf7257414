"""How often deliveries and months without change are warned of, and what changes are seen.

Run: python benchmarks/sudden.py [runs]. Prints, per 100 reports of a tertial and actor, how many
have a warning of each kind; for deliveries, per 100 deliveries.
"""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pandas as pd

from est_analysis.quality.deliveries import days_older, grown_events, missing_events
from est_analysis.quality.sudden import month_change

RNG = np.random.default_rng(20251123)
MONTHS, TERTIAL = 28, range(24, 28)
KINDS = {"sudden_level": 1, "sudden_mix": 5, "sudden_hours": 6, "sudden_delay": 5}


def world(level: float, noise: float, season: float, drift: float, kinds: int) -> np.ndarray:
    """Counts by month and kind: a season of each kind's own, a level that wanders, clusters."""
    month = np.arange(MONTHS)
    shares = RNG.dirichlet(np.full(kinds, 3.0))
    phase = RNG.uniform(0, 12, kinds)
    wave = 1 + season * np.cos(2 * np.pi * (month[:, None] - phase) / 12)
    path = np.zeros(MONTHS)
    for n in range(1, MONTHS):
        path[n] = 0.8 * path[n - 1] + RNG.normal(0, drift)
    mean = level * shares * wave * np.exp(path)[:, None]
    if noise == 1:
        return RNG.poisson(mean).astype(float)
    return RNG.negative_binomial(mean / (noise - 1), 1 / noise).astype(float)


def share_warned(name: str, runs: int, change: str = "", **of: float) -> float:
    """Per cent of tertials in which any month is warned of."""
    warned = looked = 0
    for _ in range(runs):
        table = world(**of, kinds=KINDS[name])
        if change == "double":
            table[25:] *= 2
        elif change == "half":
            table[25:] = np.floor(table[25:] / 2)
        elif change == "moved":  # two fifths of the first kinds become the last one
            gone = np.floor(0.4 * table[25:, :-1])
            table[25:, :-1] -= gone
            table[25:, -1] += gone.sum(axis=1)
        told = [month_change(name, table, at, [True] * MONTHS) for at in TERTIAL]
        known = [one for one in told if one is not None]
        looked += bool(known)
        warned += any(sure for _, sure in known)
    return 100 * warned / max(looked, 1)


def deliveries(runs: int, level: float, window: int | None, every: int) -> dict[str, float]:
    """Per cent of deliveries warned of: corrected, late and re-dated rows, but no fault."""
    found = {"delivery_older": 0, "delivery_shorter": 0, "delivery_grown": 0}
    for _ in range(runs):
        days = 365 + 180
        day = np.repeat(np.arange(days), RNG.poisson(level / 7, days))
        late = np.floor(RNG.exponential(4, len(day)) * (RNG.random(len(day)) < 0.5)).astype(int)
        facts = []
        for read in (days - every, days):
            day = np.where(RNG.random(len(day)) < 0.005, day + RNG.integers(-20, 21, len(day)), day)
            kept = (day + late < read) & (day >= 0) & (RNG.random(len(day)) >= 0.005)
            if window is not None:
                kept &= day >= read - window
            dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(day[kept], "D")
            months = dates.to_period("M").value_counts()
            facts.append(
                {
                    "months": {str(m): int(n) for m, n in months.items()},
                    "begins": dates.min().date().isoformat(),
                    "reaches": dates.max().date().isoformat(),
                    "as_of": (dt.date(2024, 1, 1) + dt.timedelta(days=read)).isoformat(),
                }
            )
        as_of = dt.date.fromisoformat(facts[1]["as_of"])
        found["delivery_older"] += days_older(*facts, as_of) > 0
        for name, count in (
            ("delivery_shorter", missing_events(*facts)),
            ("delivery_grown", grown_events(*facts)),
        ):
            found[name] += count[0] > count[1]
    return {name: 100 * number / runs for name, number in found.items()}


def main(runs: int) -> None:
    """Print the tables."""
    worlds = [
        {"level": level, "noise": noise, "season": season, "drift": drift}
        for level in (40.0, 150.0, 600.0)
        for noise, season, drift in ((1.0, 0.0, 0.0), (1.5, 0.3, 0.05), (3.0, 0.5, 0.1))
    ]
    print("without change: tertials warned of, per 100")
    print(f"{'events a month':>15} {'dispersion':>10} {'season':>7} {'drift':>6}", *KINDS)
    for of in worlds:
        rates = [f"{share_warned(name, runs, **of):>12.1f}" for name in KINDS]
        print(f"{of['level']:>15g} {of['noise']:>10g} {of['season']:>7g} {of['drift']:>6g}", *rates)
    print("with a change in the tertial's second month: seen, per 100 (dispersion 1.5, season 0.3)")
    for level in (40.0, 150.0, 600.0):
        of = {"level": level, "noise": 1.5, "season": 0.3, "drift": 0.05}
        told = [f"{change} level {share_warned('sudden_level', runs // 4, change, **of):.0f}"
                for change in ("double", "half")]  # fmt: skip
        told += [f"two fifths moved, {name} {share_warned(name, runs // 4, 'moved', **of):.0f}"
                 for name in list(KINDS)[1:]]  # fmt: skip
        print(f"{level:>15g}", "; ".join(told))
    print("deliveries without fault, warned of per 100")
    for window in (None, 365):
        for every in (7, 30):
            for level in (2.0, 10.0, 50.0):
                told = deliveries(runs // 4, level, window, every)
                print(f"{'all' if window is None else 'a year':>8} every {every:>2} days, "
                      f"{level:>3g} a week:", told)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
