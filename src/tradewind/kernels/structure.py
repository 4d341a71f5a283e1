"""The shape of price: swing pivots, fair-value gaps, sweeps of swing levels, breaks of structure.

Prices are compared as they are, without a band: they are data, not results of arithmetic.
"""

import numpy as np

from tradewind.kernels.compiled import kernel
from tradewind.kernels.windows import BoolArray, FloatArray

WING = 3


@kernel
def pivot_lows(low: FloatArray) -> BoolArray:
    """True at the bar that confirms a swing low three bars earlier.

    That low is below the three lows before it and not above the three after it.
    """
    n = len(low)
    out = np.zeros(n, np.bool_)
    for t in range(2 * WING, n):
        j = t - WING
        out[t] = low[j] < min(low[j - 3], low[j - 2], low[j - 1]) and low[j] <= min(low[j + 1], low[j + 2], low[t])
    return out


@kernel
def pivot_highs(high: FloatArray) -> BoolArray:
    """True at the bar that confirms a swing high three bars earlier; the mirror of `pivot_lows`."""
    n = len(high)
    out = np.zeros(n, np.bool_)
    for t in range(2 * WING, n):
        j = t - WING
        out[t] = high[j] > max(high[j - 3], high[j - 2], high[j - 1]) and high[j] >= max(
            high[j + 1], high[j + 2], high[t]
        )
    return out
