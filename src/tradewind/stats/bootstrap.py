"""Is one way of trading better than another? The difference of two daily return series with an honest interval."""

# ruff: noqa: PLC0415 - arch loads pandas, statsmodels and scipy.stats: a second of CPU, for those who need it

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
# Below this many days the choice of a block length has too few autocorrelations to look at.
DAYS_MIN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Mean of first − second per day, with its interval. `block_days` is the mean length of a resampled block.

    `low` and `high` are NaN, and `block_days` 0, where the series are too short to tell.
    """

    mean: float
    low: float
    high: float
    days: int
    block_days: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out; False where there is none."""
        return self.low > 0 or self.high < 0


def mean_difference(
    first: npt.ArrayLike, second: npt.ArrayLike, *, seed: int, resamples: int = 5000, confidence: float = 0.95
) -> Difference:
    """Mean difference of two daily return series over the same days, by a paired stationary block bootstrap.

    Both series are resampled with the same blocks, so that days on which both did the same count as such; the
    interval is that of the percentiles. The block length is the optimal one of the difference, at least one day and
    at most a third of the series. Series that always differ by the same amount give an interval of no width. Under
    30 days the interval is NaN, of no days at all the mean too. Same seed, same interval.

    Raises ValueError for series of different length or values that are not finite.

    Source: Politis and Romano (1994), The stationary bootstrap; Politis and White (2004) with the correction of
    Patton, Politis and White (2009) for the block length. Both as implemented in `arch`.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError("paired series have one value per day each, for the same days")
    difference = one - other
    if not np.isfinite(difference).all():
        raise ValueError("daily returns must be finite numbers")
    days = len(difference)
    mean = float(difference.mean()) if days else float("nan")
    if days < DAYS_MIN:
        return Difference(mean=mean, low=float("nan"), high=float("nan"), days=days, block_days=0)
    if np.ptp(difference) <= 1e-12 * np.abs(difference).max():
        return Difference(mean=mean, low=mean, high=mean, days=days, block_days=1)
    from arch.bootstrap import StationaryBootstrap

    block = block_days(difference)
    bootstrap: Any = StationaryBootstrap(block, one, other, seed=seed)
    bounds = bootstrap.conf_int(_mean_of_first_less_second, resamples, method="percentile", size=confidence)
    return Difference(mean=mean, low=float(bounds[0, 0]), high=float(bounds[1, 0]), days=days, block_days=block)


def block_days(difference: FloatArray) -> int:
    """Optimal mean block of the stationary bootstrap, in whole days, from 1 to a third of the series."""
    from arch.bootstrap import optimal_block_length

    days = len(difference)
    # A series of mostly zeros can have a long-run variance of zero, for which the formula divides by it.
    with np.errstate(divide="ignore", invalid="ignore"):
        optimal = float(optimal_block_length(difference)["stationary"].iloc[0])
    if not np.isfinite(optimal):
        optimal = days ** (1 / 3)  # the rate at which the optimal length grows
    return int(np.clip(np.ceil(optimal), 1, days // 3))


def _mean_of_first_less_second(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.array([np.mean(first - second)])
