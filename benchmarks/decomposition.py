"""Time what a tertial report computes, and count how often a series is decomposed.

Runs the code cells of a notebook in their order, without Jupyter, and prints the seconds of each
call (tables and pictures included), and how many series were decomposed. Beside it: a loop over
the same actors' areas that fits statsmodels' robust STL to every series long enough, as one would
without the package. Real exports are read from where the settings in ``tests/real`` find them.

    python benchmarks/decomposition.py [--municipality PATH] [--period LABEL] [--least SECONDS]

``--municipality tests/real/london_fires --period 2016-T3`` has eight years of 33 boroughs;
without arguments it is 68 areas × 3 actors over nine months, too short for any decomposition.
"""

from __future__ import annotations

import argparse
import ast
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.tsa.seasonal as statsmodels_seasonal

from est_analysis import seasonal, series
from est_analysis.counts.panel import complete_series, count_panel, regroup

ROOT = Path(__file__).resolve().parents[1]
TARGET = 15.0  # seconds, of the cells after the exports are read


@dataclass
class Counted:
    """How often something was done to the same numbers."""

    times: Counter[bytes] = field(default_factory=Counter)

    def see(self, values: Any) -> None:
        """Count it once more for these numbers."""
        self.times[np.asarray(values, dtype=float).tobytes()] += 1

    def __str__(self) -> str:
        again = sum(n - 1 for n in self.times.values())
        return f"{self.times.total()} times, of which {again} on numbers already seen"


def count_fits() -> tuple[Counted, Counted]:
    """Wrap `decompose` and STL, so that every call is counted by the numbers it is given."""
    decompositions, fits = Counted(), Counted()
    decompose, stl = seasonal.decompose, statsmodels_seasonal.STL

    def counted_decompose(values: pd.Series, *arguments: Any, **named: Any) -> Any:
        decompositions.see(values.to_numpy(dtype=float, na_value=np.nan))
        return decompose(values, *arguments, **named)

    def counted_stl(values: Any, *arguments: Any, **named: Any) -> Any:
        fits.see(values)
        return stl(values, *arguments, **named)

    setattr(series, "decompose", counted_decompose)  # noqa: B010
    setattr(statsmodels_seasonal, "STL", counted_stl)  # noqa: B010
    return decompositions, fits


def run_cells(notebook: Path, parameters: dict[str, str]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Run a notebook's statements one by one: what they leave, and the seconds of each call."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    rows = []
    for source in sources:
        for statement in ast.parse(source).body:
            text = ast.unparse(statement)
            start = time.perf_counter()
            exec(compile(ast.Module([statement], []), str(notebook), "exec"), names)
            rows.append((text.splitlines()[0][:90], time.perf_counter() - start))
        names.update({key: value for key, value in parameters.items() if key in names})
    return names, pd.DataFrame(rows, columns=["call", "seconds"])


def robust_loop(report: Any) -> tuple[int, float]:
    """Fit statsmodels' robust STL to every actor's areas: how many, and the seconds."""
    panel = regroup(count_panel(report.data, report.history), ["actor", "area"])
    fitted = 0
    start = time.perf_counter()
    for (actor, _), own in panel.groupby(["actor", "area"], observed=True):
        period = 52 if report.data.coverage.step_of(actor) == "week" else 12
        values = complete_series(own).dropna()
        if len(values) >= 2 * period:
            statsmodels_seasonal.STL(values.to_numpy(), period, robust=True).fit()
            fitted += 1
    return fitted, time.perf_counter() - start


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--municipality", default=str(ROOT / "tests/real/montgomery"))
    parser.add_argument("--period", default="2016-T2")
    parser.add_argument("--notebook", type=Path, default=ROOT / "notebooks/tertial.ipynb")
    parser.add_argument("--least", type=float, default=0.1, help="show calls of that many seconds")
    options = parser.parse_args(arguments)
    decompositions, fits = count_fits()
    parameters = {"municipality": options.municipality, "period": options.period}
    names, calls = run_cells(options.notebook, parameters)
    reading = calls["call"].str.contains(r"= start\(|^(?:from|import) ")
    slow = calls[calls["seconds"] >= options.least].sort_values("seconds", ascending=False)
    print("| call | seconds |\n|---|---:|")
    for row in slow.to_dict("records"):
        print(f"| `{row['call']}` | {row['seconds']:.2f} |")
    library = float(calls.loc[~reading, "seconds"].sum())
    print(f"\nReading and imports {calls.loc[reading, 'seconds'].sum():.1f} s; all else", end=" ")
    print(f"{library:.1f} s (target {TARGET:.0f}).")
    print(f"Series decomposed: {decompositions}.\nSTL fitted: {fits}.")
    fitted, seconds = robust_loop(names["report"])
    print(f"Robust STL by statsmodels, every actor's areas: {fitted} series, {seconds:.1f} s.")
    again = max(decompositions.times.values(), default=0) > 1
    return int(library > TARGET or again)


if __name__ == "__main__":
    raise SystemExit(main())
