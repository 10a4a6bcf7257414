"""Made-up weekly counts of a target and its comparison areas, of which the truth is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from est_analysis.intervention.design import RUN_UP, Design
from est_analysis.yearly import season_terms

Numbers = npt.NDArray[np.float64]

AFTER = 26
DECLARED = 3  # comparison areas that the register names


@dataclass(frozen=True)
class World:
    """One way in which the counts come about.

    ``trends`` are growths a year, and ``sizes`` multiples of the level, of the target and the
    first comparison areas. ``own_season`` is the height of the target's season where no other area
    has one. ``walk`` is by how much each area's level walks in a week. ``stepped`` is a rise of the
    target a year before the start. ``silent`` of comparison areas send zeros after the start.
    ``worst`` takes the area with the worst last quarter as target. ``reported`` is the share that
    is reported after the start. ``course`` of an effect: ``step``, ``builds`` or ``fades``.
    """

    name: str
    level: float = 5.0
    dispersion: float = 1.5
    years: int = 4
    areas: int = 3
    autocorrelation: float = 0.0
    effect: float = 1.0
    course: str = "step"
    peak: bool = False
    trend: float = 0.0
    missing: float = 0.0
    displaced: float = 0.0
    shock: float = 0.0
    season_start: bool = False
    comparison: bool = True
    trends: tuple[float, ...] = ()
    sizes: tuple[float, ...] = ()
    own_season: float = 0.0
    walk: float = 0.0
    stepped: float = 0.0
    silent: int = 0
    worst: bool = False
    reported: float = 1.0

    @property
    def truth(self) -> float:
        """The ratio of what came after to what would have come; of a course, its mean."""
        return float(self.effects().mean())

    def effects(self) -> Numbers:
        """Of each week after."""
        share = np.linspace(0, 1, AFTER)
        grown = {"step": np.ones(AFTER), "builds": share, "fades": 1 - share}[self.course]
        return np.asarray(1 - (1 - self.effect) * grown)


NOTHING = (
    World("nothing"),
    World("nothing, level 1", level=1),
    World("nothing, level 20, dispersion 3", level=20, dispersion=3),
    World("nothing, two years", years=2),
    World("nothing, six years", years=6),
    World("nothing, nine areas", areas=9),
    World("nothing, autocorrelation .4", autocorrelation=0.4),
    World("nothing, autocorrelation .8", autocorrelation=0.8),
    World("nothing, autocorrelation .95", autocorrelation=0.95),
    World("nothing, autocorrelation .95, level 20", autocorrelation=0.95, level=20),
    World("levels walk, 3 % a week", walk=0.03),
    World("levels walk, 3 % a week, level 20", walk=0.03, level=20),
    World("season of the target ± 50 %, level 20", own_season=0.5, level=20),
    World("trends +20, 0, −20 % a year in the comparison", trends=(0, 0.2, 0, -0.2)),
    World("trend −10 % a year in the target", trends=(-0.1,)),
    World("target +50 % a year before", stepped=0.5),
    World("a comparison area falls silent", silent=1),
    World("unequal sizes (1, 8, 2, ½)", sizes=(1, 8, 2, 0.5)),
    World("chosen on a peak", peak=True),
    World("chosen on a peak, autocorrelation .4", peak=True, autocorrelation=0.4),
    World("worst of thirty", worst=True, areas=29),
    World("worst of thirty, autocorrelation .95", worst=True, areas=29, autocorrelation=0.95),
    World("start at the season's turn", season_start=True),
    World("trend −10 % a year", trend=-0.1),
    World("reporting grows 10 % a year everywhere", trend=0.1),
    World("15 % of weeks missing", missing=0.15),
    World("a shock that hits all areas", shock=0.4),
    World("no comparison area", comparison=False),
    World("no comparison area, on a peak", comparison=False, peak=True),
    World("one area reports 20 % less", reported=0.8),
)
EFFECTS = (
    World("−15 %", effect=0.85),
    World("−30 %", effect=0.7),
    World("−30 %, nine areas", effect=0.7, areas=9),
    World("−50 %", effect=0.5),
    World("−30 %, level 1", effect=0.7, level=1),
    World("−30 %, level 1, nine areas", effect=0.7, level=1, areas=9),
    World("−30 %, level 20", effect=0.7, level=20),
    World("−30 %, season of the target ± 50 %, level 20", effect=0.7, own_season=0.5, level=20),
    World("−30 %, on a peak, autocorrelation .4", effect=0.7, peak=True, autocorrelation=0.4),
    World("−30 %, level 20, autocorrelation .95", effect=0.7, level=20, autocorrelation=0.95),
    World("−30 %, half moved to a comparison area", effect=0.7, displaced=0.5),
    World("−30 %, builds up over half a year", effect=0.7, course="builds"),
    World("−30 %, fades over half a year", effect=0.7, course="fades"),
    World("−30 %, no comparison area", effect=0.7, comparison=False),
)


def drawn(world: World, rng: np.random.Generator) -> Design:
    """One municipality; the effect is thinning, so the truth is exact."""
    weeks = world.years * 52 + 52 + AFTER
    waves = season_terms(pd.date_range("2018-01-01", periods=weeks, freq="7D"))
    counts = _counts(world, waves, rng)
    start = world.years * 52 + int(rng.integers(52))
    if world.peak:
        start = _peak(counts[0], world.years * 52)
    elif world.season_start:
        start = world.years * 52 + int(waves[world.years * 52 :][:52, 0].argmax())
    if world.stepped:
        more = rng.poisson(world.stepped * counts[0, start - 52 :])
        counts[0, start - 52 :] += more
    if world.worst:
        last = counts[:, start - 13 : start].mean(axis=1) / counts[:, : start - 13].mean(axis=1)
        worst = int(last.argmax())
        counts[[0, worst]] = counts[[worst, 0]]
    stop = start + AFTER
    after = slice(start, stop)
    gone = rng.binomial(counts[0, after], 1 - world.effects() * world.reported)
    counts[0, after] -= gone
    counts[1, after] += rng.binomial(gone, world.displaced)
    counts[1 : 1 + world.silent, after] = 0
    told = (rng.random((len(counts), stop)) >= world.missing).astype(float)
    values = np.where(told > 0, counts[:, :stop], np.nan)
    run_up = RUN_UP["week"] if world.peak or world.worst else 0
    if not world.comparison:
        return Design(values[0], values[:0], told[0], told[:0], waves[:stop], start, stop, run_up)
    rest = slice(1, 1 + DECLARED)
    return Design(values[0], values[rest], told[0], told[rest], waves[:stop], start, stop, run_up,
                  pool=values[1:], pool_exposure=told[1:])  # fmt: skip


def walk(rng: np.random.Generator, steps: int, correlation: float, spread: float) -> Numbers:
    """An autocorrelated series of mean 0; none without correlation."""
    noise = rng.standard_normal(steps)
    if not correlation:
        return np.zeros(steps)
    found = np.empty(steps)
    now = noise[0]
    for step in range(steps):
        now = correlation * now + math.sqrt(1 - correlation**2) * noise[step]
        found[step] = now
    return spread * found


def _counts(world: World, waves: Numbers, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    weeks = len(waves)
    years = np.arange(weeks) / 52
    common = world.trend * years if world.own_season else 0.35 * waves[:, 0] + world.trend * years
    if world.shock:
        common = common + walk(rng, weeks, 0.8, world.shock)
    extra = world.dispersion - 1
    areas = []
    for area in range(world.areas + 1):
        log = common + walk(rng, weeks, world.autocorrelation, 0.25)
        log = log + world.walk * np.cumsum(rng.standard_normal(weeks))
        if area < len(world.trends):
            log = log + math.log1p(world.trends[area]) * (years - years[-1])
        if area == 0:
            log = log + world.own_season * waves[:, 0]
        mean = world.level * np.exp(log)
        if area < len(world.sizes):
            mean = mean * world.sizes[area]
        areas.append(rng.poisson(rng.gamma(mean / extra) * extra if extra else mean))
    return np.array(areas)


def _peak(counts: npt.NDArray[np.int64], first: int) -> int:
    """Someone acts when the last thirteen weeks are among the worst there have been."""
    sums = np.convolve(counts, np.ones(13), "valid")  # of the weeks up to place + 12
    limit = np.quantile(sums[: first - 13], 0.95)
    high = np.flatnonzero(sums[first - 13 : first + 39] >= limit)
    return first + int(high[0] if len(high) else 51)
