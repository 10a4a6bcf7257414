"""A reduced run of the simulations that say how often an evaluation is wrong."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
import validity

RUNS = 400
ERROR = 100 * math.sqrt(0.05 * 0.95 / RUNS)
NAMES = ("nothing", "chosen on a peak, autocorrelation .4", "15 % of weeks missing")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_seldom_called_an_effect(name: str) -> None:
    world = next(world for world in validity.NOTHING if world.name == name)
    claims, covers, bias = validity.run(world, RUNS, np.random.default_rng(11))[0]
    assert claims <= 5 + 2 * ERROR
    assert covers >= 95 - 2 * ERROR
    assert abs(bias) < 3


@pytest.mark.slow
def test_an_effect_is_estimated_as_it_is_and_the_simple_designs_are_worse() -> None:
    world = next(world for world in validity.EFFECTS if world.name == "−30 %")
    ours, _, z_test, poisson, _ = validity.run(world, RUNS, np.random.default_rng(12))
    assert ours is not None
    assert z_test is not None
    assert poisson is not None
    assert ours[0] > 50
    assert ours[1] >= 95 - 2 * ERROR
    assert abs(ours[2]) < 3
    assert z_test[1] < 80
    assert poisson[1] < 80
