"""How often quiet weeks are called more than usual, on real series and on the fictional example.

Every week of a period without known disturbance is judged as a report of that week would have
judged it. Nominal is one per cent for *above*; signals are fewer, since false discoveries are held
down over all series of a week. Farrington's improved algorithm is judged on the same series where
their history is long enough. Then the example's planted outbreaks.

    python benchmarks/alarms.py
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from backtest import datasets

from est_analysis.calendar import Period, week_label
from est_analysis.counts.dataset import Dataset
from est_analysis.farrington import YEAR, farrington
from est_analysis.simulate.plan import read_plan
from est_analysis.surveillance import signals_of
from est_analysis.usual import gather, history_and, named, usual_of

QUIET = {  # source → first and last day
    "us_cities": ("2018-01-01", "2020-03-01"),
    "london_fires": ("2014-01-06", "2016-12-25"),
    "polisen": ("2024-09-02", "2025-12-21"),
    "example (fictional)": ("2024-01-01", "2025-12-21"),
}
CELLS = ["actor", "area", "category"]
YEARS_BACK = 3  # the sources have no five years before their quiet weeks


def judged(data: Dataset, first: str, last: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The signals of every week, and Farrington's alarms where it could judge."""
    span = Period("", "days", pd.Timestamp(first).date(), pd.Timestamp(last).date())
    series = gather(data, CELLS, history_and(data, span))
    tables, alarms = [], []
    for start in series.starts[series.starts >= pd.Timestamp(first)]:
        known = series.before(start + pd.Timedelta(days=1))
        tables.append(signals_of(usual_of(data, known, start)).assign(start=start))
        week = len(known.starts) - 1
        if week >= YEARS_BACK * YEAR + 3:
            chosen = known.counts[named(known.keys)]
            found = farrington(chosen, week, years_back=YEARS_BACK)
            alarms.append(found.alarm[~np.isnan(chosen[:, week])])
    every = np.concatenate(alarms) if alarms else np.zeros(0, dtype=bool)
    return pd.concat(tables, ignore_index=True), every


def main() -> None:
    """Print the tables."""
    print(
        "| source | series-weeks | above, per 1,000 | signals, per 1,000 | Farrington, per 1,000 |"
    )
    print("|---|---:|---:|---:|---:|")
    for name, _, data in datasets():
        if name not in QUIET:
            continue
        table, alarms = judged(data, *QUIET[name])
        heard = table[~table["signal"].isin(["not_reported", "too_little"])]
        planted = outbreaks(data) if "example" in name else []
        hit = [(area, start) in planted for area, start in zip(heard["area"], heard["start"],
                                                               strict=True)]  # fmt: skip
        quiet = heard[~np.array(hit, dtype=bool)]
        above = 1000 * quiet["signal"].isin(["above", "signal"]).mean()
        signal = 1000 * (quiet["signal"] == "signal").mean()
        other = f"{1000 * alarms.mean():.1f}" if len(alarms) else "too short"
        print(f"| {name} | {len(quiet)} | {above:.1f} | {signal:.1f} | {other} |")
        for area, start in planted:
            week = table[(table["area"] == area) & (table["start"] == start)]
            best = week.iloc[0]
            print(
                f"|   planted: {area}, {week_label(start.date())} | | {best['count']} against "
                f"{best['expected']:.1f} expected | {best['signal']} | |"
            )


def outbreaks(data: Dataset) -> list[tuple[str, pd.Timestamp]]:
    """Area and Monday of the example's planted outbreaks."""
    return [
        (o.area, pd.Timestamp(o.start) - pd.Timedelta(days=o.start.weekday()))
        for o in read_plan(data.settings).outbreaks
    ]


if __name__ == "__main__":
    main()
