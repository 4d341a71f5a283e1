"""Per-bar series from which indicators are averaged: returns, true range, directional movement, gains and losses.

A series that looks back one bar has NaN at bar 0; averages over it start at `first` = 1.
"""

import numpy as np

from tradewind.kernels.compare import above, is_zero_deviation
from tradewind.kernels.compiled import kernel
from tradewind.kernels.windows import BLOCK_BARS, BoolArray, FloatArray, fill_heads


@kernel
def log_returns(close: FloatArray) -> FloatArray:
    """ln(close / previous close); NaN at bar 0."""
    n = len(close)
    out = np.empty(n)
    out[:1] = np.nan
    for t in range(1, n):
        out[t] = np.log(close[t] / close[t - 1])
    return out


@kernel
def true_range(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """The largest of high - low, |high - previous close|, |low - previous close|; NaN at bar 0."""
    n = len(close)
    out = np.empty(n)
    out[:1] = np.nan
    for t in range(1, n):
        out[t] = max(high[t], close[t - 1]) - min(low[t], close[t - 1])
    return out


@kernel
def directional_movement(high: FloatArray, low: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wilder's movement up and down: the larger of the two steps beyond the previous bar, the other one is 0.

    Both are 0 where the steps are equal or neither is positive; NaN at bar 0.
    """
    n = len(high)
    plus, minus = np.empty(n), np.empty(n)
    plus[:1] = np.nan
    minus[:1] = np.nan
    for t in range(1, n):
        up = high[t] - high[t - 1]
        down = low[t - 1] - low[t]
        plus[t] = up if up > 0.0 and above(up, down) else 0.0
        minus[t] = down if down > 0.0 and above(down, up) else 0.0
    return plus, minus


@kernel
def gains_and_losses(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rises and falls from one value to the next, both as positive numbers; NaN at bar 0."""
    n = len(x)
    gain, loss = np.empty(n), np.empty(n)
    gain[:1] = np.nan
    loss[:1] = np.nan
    for t in range(1, n):
        change = x[t] - x[t - 1]
        gain[t] = max(change, 0.0)
        loss[t] = max(-change, 0.0)
    return gain, loss


@kernel
def share_of_first(a: FloatArray, b: FloatArray, neutral: float) -> FloatArray:
    """100 a / (a + b) for non-negative a and b; `neutral` where both are 0, NaN where either is."""
    n = len(a)
    out = np.empty(n)
    for t in range(n):
        both = a[t] + b[t]
        out[t] = neutral if both == 0.0 else 100.0 * a[t] / both
    return out


@kernel
def imbalance(a: FloatArray, b: FloatArray) -> FloatArray:
    """100 |a - b| / (a + b) for non-negative a and b; 0 where both are 0, NaN where either is."""
    n = len(a)
    out = np.empty(n)
    for t in range(n):
        both = a[t] + b[t]
        out[t] = 0.0 if both == 0.0 else 100.0 * abs(a[t] - b[t]) / both
    return out


@kernel
def efficiency(close: FloatArray, mean_step: FloatArray, period: int) -> FloatArray:
    """Distance covered in `period` bars over the path walked, `mean_step` being the mean of |close change|.

    Between 0 and 1; 0 where nothing moved; NaN where `mean_step` is.
    """
    n = len(close)
    out = np.empty(n)
    for t in range(n):
        path = mean_step[t] * period
        if np.isnan(path):
            out[t] = np.nan
        elif is_zero_deviation(path, close[t]):
            out[t] = 0.0
        else:
            out[t] = min(abs(close[t] - close[t - period]) / path, 1.0)
    return out


@kernel
def ratio(a: FloatArray, b: FloatArray) -> FloatArray:
    """a / b for non-negative values; NaN where b is 0 or either is NaN."""
    n = len(a)
    out = np.empty(n)
    for t in range(n):
        out[t] = a[t] / b[t] if b[t] > 0.0 else np.nan
    return out


@kernel
def volume_gate(volume: FloatArray, fresh: BoolArray, period: int) -> BoolArray:
    """Whether volume exceeds the mean of its last `period` bars, itself included; False while history is short."""
    n = len(volume)
    out = np.zeros(n, np.bool_)
    width = min(period, BLOCK_BARS)
    head = np.empty(width)
    share = 1.0 / period
    since = 0.0
    j = width
    for t in range(period - 1, n):
        if j == width or fresh[t]:
            fill_heads(volume, t, period, head)
            since = 0.0
            j = 0
        since += volume[t]
        if t >= period + BLOCK_BARS - 2:
            out[t] = above(volume[t], (head[j] + since) * share)
        j += 1
    return out
