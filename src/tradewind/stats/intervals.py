"""Intervals for proportions: how sure a win rate is."""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def wilson_interval(
    wins: npt.ArrayLike, trades: npt.ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper bound of the true win rate, as fractions; NaN where there are no trades.

    `wins` and `trades` are counts of any shapes that broadcast together. Raises ValueError where wins are negative
    or more than the trades, or where `confidence` is not between 0 and 1.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    won, count = np.broadcast_arrays(np.asarray(wins, np.float64), np.asarray(trades, np.float64))
    if np.any((won < 0) | (won > count)):
        raise ValueError("wins must lie between 0 and the number of trades")
    z2 = two_sided_z(confidence) ** 2
    traded = count > 0
    n = np.where(traded, count, 1.0)
    rate = won / n
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # At no wins or only wins the bound is exactly 0 or 1; rounding would leave it a hair beside.
    low = np.where(won == 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(won == count, 1.0, np.minimum(centre + half, 1.0))
    return np.where(traded, low, np.nan), np.where(traded, high, np.nan)


def two_sided_z(confidence: float) -> float:
    """Standard normal quantile that leaves `confidence` in the middle: 1.96 for 0.95; ValueError outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is not between 0 and 1")
    return NormalDist().inv_cdf(0.5 + confidence / 2)
