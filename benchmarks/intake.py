"""What it costs to reshape and to place: a wide table, and positions by point in polygon.

    python benchmarks/intake.py

Prints wall and processor seconds of one unpivot of 1,000 rows × 500 columns, and of a million
positions (WGS 84) in the 26 municipalities of Stockholm county.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

ROWS, COLUMNS, POINTS = 1_000, 500, 1_000_000
COUNTY = Path("shared") / "data" / "may-ship" / "stockholm_county_kommuner.geojson"


def measured(what: str, target: float, work: Callable[[], int]) -> None:
    """Run once, print what it took."""
    wall, processor = time.perf_counter(), time.process_time()
    done = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{what}: {done:,} in {wall:.2f} s, {processor:.2f} s of processor (target {target:g} s)")


def unpivot() -> int:
    from est_analysis.config.table_form import TableForm, Unpivot
    from est_analysis.draft.look import stub_of
    from est_analysis.intake.reshape import reshaped

    rng = np.random.default_rng(1)
    rows = [(1, ["Område", *(f"v.{n}" for n in range(COLUMNS))])]
    numbers = rng.integers(0, 30, (ROWS, COLUMNS)).astype(str).tolist()
    rows += [(n + 2, [f"område {n}", *line]) for n, line in enumerate(numbers)]
    path = Path("bred.csv")
    form = TableForm(unpivot=Unpivot(("v.*",), "occurred_from", "0"))
    layout = replace(stub_of(path, "csv"), table=form)
    result = 0

    def work() -> int:
        nonlocal result
        result = len(reshaped(path, layout, rows, {"area": ("Område",)}))
        return result

    measured(f"unpivot of {ROWS:,} × {COLUMNS} cells", 1, work)
    return result


def positions() -> None:
    from shapely.geometry import shape

    from est_analysis.intake.positions import areas_at, moved

    found = (folder / COUNTY for folder in Path(__file__).resolve().parents)
    path = next((path for path in found if path.is_file()), None)
    if path is None:
        print("the county's municipalities are not here: not measured")
        return
    import geopandas as gpd

    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = gpd.GeoSeries([shape(f["geometry"]) for f in features], crs=4326).to_crs(3006)
    polygons = {str(n): polygon for n, polygon in enumerate(shapes)}
    rng = np.random.default_rng(1)
    east, north = rng.uniform(17.2, 19.5, POINTS), rng.uniform(58.7, 60.3, POINTS)

    def work() -> int:
        places, _ = areas_at(*moved(east, north, "EPSG:4326", 3006), polygons)
        return len(places)

    measured(f"point in polygon, {len(polygons)} areas", 3, work)


if __name__ == "__main__":
    unpivot()
    positions()
