"""Target out of target and all other areas, in blocks of four weeks: many such series at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.design import Design

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

BLOCK = {"week": 4, "month": 1}  # steps whose counts are summed
WAVES = 4  # columns of the season: two pairs
USUAL_THERE = 20.0  # incidents that would have come, before a silence is seen to be one


@dataclass(frozen=True)
class Areas:
    """Several areas in the same steps: counts (NaN where not reported) and shares reported."""

    counts: Numbers
    exposure: Numbers

    @property
    def told(self) -> Truths:
        """Areas × steps that were reported."""
        return np.asarray(~np.isnan(self.counts) & (self.exposure > 0))

    def against_the_rest(self) -> tuple[Numbers, Numbers, Numbers]:
        """Per area: its counts, those of it and all others together, and the offset.

        The offset is the logarithm of what the area reported over what the others did, each of
        them weighed by its usual counts. The total is 0 where the area or all others are missing.
        """
        told = self.told
        counts = np.where(told, self.counts, 0.0)
        there = np.where(told, self.exposure, 0.0)
        rate = counts.sum(axis=1) / np.maximum(there.sum(axis=1), 1e-9)
        weighed = there * rate[:, None]
        left = np.maximum(rate.sum() - rate, 1e-9)[:, None]
        others = (weighed.sum(axis=0) - weighed) / left
        both = told & (others > 1e-6)
        total = np.where(both, counts.sum(axis=0), 0.0)
        ratio = np.where(both, there, 1.0) / np.where(both, others, 1.0)
        return np.where(both, counts, 0.0), total, np.log(ratio)


@dataclass(frozen=True)
class Lanes:
    """Series side by side, each lane × block; a block without counts has the total 0.

    Attributes
    ----------
    count, total
        Of the lane's own area, and of all together.
    offset
        Mean logarithm of what the area reported over what the others did.
    after
        1 in blocks after the start, 0 before.
    time
        Years from the start to the middle of the block.
    yearly
        Lane × block × 5: two pairs of waves, and the years: how areas may differ.
    """

    count: Numbers
    total: Numbers
    offset: Numbers
    after: Numbers
    time: Numbers
    yearly: Numbers

    @property
    def used(self) -> Truths:
        """Blocks that have counts."""
        return self.total > 0

    def taken(self, rows: npt.NDArray[np.intp]) -> Lanes:
        """Some of the lanes, or some of them several times."""
        return Lanes(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def lanes_of(design: Design, areas: Areas, start: int, stop: int) -> Lanes:
    """Every area against the others, in blocks that a start divides into before and after.

    Parameters
    ----------
    start, stop
        The first step after, and the step after the last one used.
    """
    count, total, offset = areas.against_the_rest()
    place = np.arange(stop) - start
    into, first = _into_blocks(place, BLOCK[design.step], design.delay)
    total = total[:, :stop]
    totals = total @ into
    weight = np.maximum(totals, 1e-9)
    terms = np.column_stack([design.season[:stop, :WAVES], place / design.steps_a_year])
    columns = [(total * term) @ into / weight for term in terms.T]
    number = np.arange(into.shape[1]) + first
    return Lanes(
        count=count[:, :stop] @ into,
        total=totals,
        offset=(total * offset[:, :stop]) @ into / weight,
        after=np.broadcast_to((number >= 0).astype(float), totals.shape),
        time=columns[-1],
        yearly=np.stack(columns, axis=2),
    )


def _into_blocks(place: npt.NDArray[np.intp], length: int, delay: int) -> tuple[Numbers, int]:
    """Steps × blocks of 1 and 0, and the first block's number; 0 is the first after the start.

    Steps between the start and the end of a declared delay are in no block.
    """
    number = np.where(place < 0, place // length, (place - delay) // length)
    kept = (place < 0) | (place >= delay)
    first = int(number[0])
    into = (number[:, None] == np.arange(first, int(number.max()) + 1)) & kept[:, None]
    return into.astype(float), first


def has_both(lanes: Lanes) -> Truths:
    """Lanes with incidents, of any area, both before and after."""
    late = lanes.after > 0
    return np.asarray((lanes.total * late).any(axis=1) & (lanes.total * ~late).any(axis=1))


def silent(areas: Areas, steps: int) -> Truths:
    """Areas that nearly nothing came from for a while, although it was reported as usual.

    Somewhere in ``steps`` steps in a row it has under a tenth of its usual incidents, where
    `USUAL_THERE` or more were usual: a delivery that broke, and no comparison.
    """
    told = areas.told
    counts, there = np.where(told, areas.counts, 0.0), np.where(told, areas.exposure, 0.0)
    usual = there * (counts.sum(axis=1) / np.maximum(there.sum(axis=1), 1e-9))[:, None]
    edges = np.arange(0, counts.shape[1] - steps + 1)

    def summed(values: Numbers) -> Numbers:
        total = np.pad(np.cumsum(values, axis=1), [(0, 0), (1, 0)])
        return np.asarray(total[:, edges + steps] - total[:, edges])

    expected = summed(usual)
    return np.asarray(((expected >= USUAL_THERE) & (summed(counts) < 0.1 * expected)).any(axis=1))


def joined(parts: Sequence[Lanes]) -> Lanes:
    """Lanes of several starts together; shorter ones have empty blocks before."""
    longest = max(part.count.shape[1] for part in parts)

    def padded(values: Numbers) -> Numbers:
        more = longest - values.shape[1]
        return np.pad(values, [(0, 0), (more, 0), *[(0, 0)] * (values.ndim - 2)])

    return Lanes(
        *(np.concatenate([padded(getattr(part, name)) for part in parts])
          for name in Lanes.__dataclass_fields__)
    )  # fmt: skip
