"""The share of a target with what wanders between areas: every setting of the wander at once.

In each block the logit of the target's share is a level, the effect after the start, a difference
of season and of slope that are drawn from normal distributions, and an Ornstein–Uhlenbeck process.
The counts are binomial with a common overdispersion. All of it is normal about a level (Breslow and
Clayton 1993, doi:10.1080/01621459.1993.10594284), so each setting of the sizes is one regression
whose errors a Kalman filter makes independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from est_analysis.intervention.lanes import Lanes

Numbers = npt.NDArray[np.float64]

_ROUNDS = 6
_RIDGE = 1e-9
_WAVES = np.array([1.0, 1.0, 0.25, 0.25])  # half a year's wave is usually half as high


@dataclass(frozen=True)
class Settings:
    """How large differences between areas may be: every wander with every slow difference.

    ``wander`` has rows of standard deviation and half-life in years; ``slow`` rows of standard
    deviation of the season's coefficients and of the slope (a year).
    """

    wander: Numbers
    slow: Numbers

    @property
    def shape(self) -> tuple[int, int]:
        """Wanders, and slow differences."""
        return len(self.wander), len(self.slow)


@dataclass(frozen=True)
class Fitted:
    """Lane × wander × slow: the effect beyond the tried one, and how well each setting fits.

    ``variance`` is that of ``effect`` at the overdispersion 1, ``squares`` the weighted sum of
    squares left, with ``freedom`` per lane, ``log_volume`` the part of the restricted likelihood
    that does not depend on the overdispersion.
    """

    effect: Numbers
    variance: Numbers
    squares: Numbers
    log_volume: Numbers
    freedom: Numbers


def fitted(lanes: Lanes, tried: Numbers, phi: float, settings: Settings, step: bool) -> Fitted:
    """Fit every lane by every setting about a tried effect.

    Parameters
    ----------
    tried
        Per lane: the effect (logarithm) at which means and variances are taken: a score test of it.
    phi
        The overdispersion by which the settings' variances are measured.
    step
        Whether there is an effect to fit; without it all blocks have one level.
    """
    answer, weight = working(lanes, tried, step)
    fixed = [np.ones_like(answer), lanes.after] if step else [np.ones_like(answer)]
    columns = np.concatenate([np.stack(fixed, axis=2), lanes.yearly, answer[:, :, None]], axis=2)
    columns *= lanes.used[:, :, None]
    products, log_volume = _filtered(lanes, columns, weight, phi, settings.wander)
    return _reduced(products, log_volume, len(fixed), phi, settings.slow, lanes.used.sum(axis=1))


def working(lanes: Lanes, tried: Numbers, step: bool) -> tuple[Numbers, Numbers]:
    """Answers and weights (1/variance) about the level before, and the tried effect after."""
    eta = lanes.offset + tried[:, None] * lanes.after
    counted = lanes.used * (1 - lanes.after if step else 1.0)
    share = ((lanes.count * counted).sum(axis=1) + 0.5) / ((lanes.total * counted).sum(axis=1) + 1)
    level = np.log(share / (1 - share))
    mean = variance = eta
    for _ in range(_ROUNDS):
        mean = 1 / (1 + np.exp(-np.clip(level[:, None] + eta, -30, 30)))
        variance = np.maximum(lanes.total * mean * (1 - mean), 1e-9)
        error = ((lanes.count - lanes.total * mean) * counted).sum(axis=1)
        level = level + np.clip(error / (variance * counted).sum(axis=1).clip(1e-9), -2, 2)
    mean = 1 / (1 + np.exp(-np.clip(level[:, None] + eta, -30, 30)))
    variance = np.maximum(lanes.total * mean * (1 - mean), 1e-9)
    return (lanes.count - lanes.total * mean) / variance, variance


def _filtered(
    lanes: Lanes, columns: Numbers, weight: Numbers, phi: float, wander: Numbers
) -> tuple[Numbers, Numbers]:
    """Sums of products of all columns, whitened; lane × wander × column × column.

    The second result is the logarithm of the determinant of the errors' covariance.
    """
    size = wander[:, 0] ** 2 / phi
    gone = np.maximum(np.diff(lanes.time, axis=1, prepend=lanes.time[:, :1]), 0)
    kept = np.exp2(-gone.T[:, :, None] / wander[:, 1])  # block × lane × wander, as all below
    squared, used = kept * kept, lanes.used.T[:, :, None]
    noise = np.where(used, 1 / weight.T[:, :, None], np.inf)
    room, gain = np.empty_like(kept), np.empty_like(kept)
    spread: Numbers | float = size
    for block, own in enumerate(noise):
        spread = squared[block] * (spread - size) + size
        np.add(spread, own, out=room[block])
        np.divide(spread, room[block], out=gain[block])
        spread = spread * (1 - gain[block])
    answer, stay, part = columns.swapaxes(0, 1)[:, :, None], kept[..., None], gain[..., None]
    error = np.empty((*kept.shape, columns.shape[2]))
    mean = np.zeros(error.shape[1:])
    for block, missed in enumerate(error):
        mean *= stay[block]
        np.subtract(answer[block], mean, out=missed)
        mean += missed * part[block]
    white = np.moveaxis(error / np.sqrt(room)[..., None], 0, 2)
    return np.swapaxes(white, 2, 3) @ white, np.where(used, np.log(room), 0).sum(axis=0)


def _reduced(
    products: Numbers,
    log_volume: Numbers,
    fixed: int,
    phi: float,
    slow: Numbers,
    blocks: npt.NDArray[np.intp],
) -> Fitted:
    """Take out the slow differences, drawn towards none, and the level; keep the effect."""
    sizes = np.concatenate([slow[:, :1] ** 2 * _WAVES, slow[:, 1:] ** 2], axis=1) / phi
    few = sizes.shape[1]
    among = np.arange(fixed, fixed + few)
    rest = np.delete(np.arange(products.shape[-1]), among)
    inner = products[:, :, None, among[:, None], among] + (1 / sizes)[:, :, None] * np.eye(few)
    outer = products[:, :, None, among[:, None], rest]
    left = products[:, :, None, rest[:, None], rest] - np.swapaxes(outer, -1, -2) @ np.linalg.solve(
        inner, outer
    )
    volume = log_volume[:, :, None] + np.linalg.slogdet(inner)[1] + np.log(sizes).sum(axis=1)
    level = left[..., :fixed, :fixed] + _RIDGE * np.eye(fixed)
    inverse = np.linalg.inv(level)
    found = (inverse @ left[..., :fixed, -1:])[..., 0]
    squares = left[..., -1, -1] - (found * left[..., :fixed, -1]).sum(axis=-1)
    return Fitted(
        effect=found[..., -1],
        variance=np.asarray(inverse[..., -1, -1]),
        squares=np.maximum(squares, 1e-9),
        log_volume=volume + np.linalg.slogdet(level)[1],
        freedom=(blocks - fixed).astype(float),
    )
