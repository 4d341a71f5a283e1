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


@kernel
def rising_gaps(high: FloatArray, low: FloatArray) -> FloatArray:
    """Size of the bullish fair-value gap each bar completes, low - high two bars earlier; 0 without, NaN before."""
    n = len(high)
    out = np.empty(n)
    out[:2] = np.nan
    for t in range(2, n):
        out[t] = max(low[t] - high[t - 2], 0.0)
    return out


@kernel
def falling_gaps(high: FloatArray, low: FloatArray) -> FloatArray:
    """Size of the bearish fair-value gap each bar completes, low two bars earlier - high; 0 without, NaN before."""
    n = len(high)
    out = np.empty(n)
    out[:2] = np.nan
    for t in range(2, n):
        out[t] = max(low[t - 2] - high[t], 0.0)
    return out


@kernel
def swing_levels(extreme: FloatArray, confirmed: BoolArray, lookback: int) -> FloatArray:
    """Price of the swing confirmed last, among the `lookback` bars before each bar; NaN where none was.

    `extreme` is low or high, `confirmed` the output of `pivot_lows` or `pivot_highs` for it. A swing that the bar
    itself confirms does not count yet: the level is known before the bar begins.
    """
    n = len(extreme)
    out = np.empty(n)
    last = -1
    for t in range(n):
        known = last >= 0 and t - last <= lookback and t >= lookback + 2 * WING
        out[t] = extreme[last - WING] if known else np.nan
        if confirmed[t]:
            last = t
    return out


@kernel
def sweeps_below(level: FloatArray, low: FloatArray, close: FloatArray) -> BoolArray:
    """Whether the bar traded below the level and closed above it; False where there is no level."""
    n = len(level)
    out = np.empty(n, np.bool_)
    for t in range(n):
        out[t] = low[t] < level[t] and close[t] > level[t]
    return out


@kernel
def sweeps_above(level: FloatArray, high: FloatArray, close: FloatArray) -> BoolArray:
    """Whether the bar traded above the level and closed below it; False where there is no level."""
    n = len(level)
    out = np.empty(n, np.bool_)
    for t in range(n):
        out[t] = high[t] > level[t] and close[t] < level[t]
    return out


@kernel
def breaks_above(level: FloatArray, close: FloatArray) -> BoolArray:
    """Whether the bar closed above the level and the bar before it did not; False where there is no level."""
    n = len(level)
    out = np.zeros(n, np.bool_)
    for t in range(1, n):
        out[t] = close[t] > level[t] and close[t - 1] <= level[t]
    return out


@kernel
def breaks_below(level: FloatArray, close: FloatArray) -> BoolArray:
    """Whether the bar closed below the level and the bar before it did not; False where there is no level."""
    n = len(level)
    out = np.zeros(n, np.bool_)
    for t in range(1, n):
        out[t] = close[t] < level[t] and close[t - 1] >= level[t]
    return out
