"""Moments, regressions and exponential means of sliding windows, each value a function of its own window only.

Sums start fresh at the first bar present of each block of 64 bars of time, and again after `length` bars where the
window is shorter than a block. A stretch between two fresh starts adds up two parts: the bars of the window before
the stretch (`head`, summed backwards once per stretch) and the bars since. Nothing is ever subtracted, so a value
that has left the window leaves no rounding behind: after a price has fallen a hundred thousand times the deviation
is right to the last digits again as soon as the window has passed the fall.

A series may begin inside a block, so a value is given only from bar `first + length + 62` on, NaN before; `first`
is the first bar at which `x` itself is a number. From there it is equal, bit by bit, to the value that any longer
history gives.
"""

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compare import is_zero_deviation
from tradewind.kernels.compiled import kernel

BLOCK_BARS = 64
VALUE, SLOPE, DEVIATION, R_SQUARED, Z = range(5)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@kernel
def block_starts(ts: IntArray, timeframe_ms: int) -> BoolArray:
    """True at the first bar present of each block of 64 bars of time, and at the first bar of the series.

    `ts` ascends, so a division a block is enough: one a bar took longer than a mean of them.
    """
    n = len(ts)
    fresh = np.zeros(n, np.bool_)
    span = BLOCK_BARS * timeframe_ms
    end = ts[0] if n > 0 else np.int64(0)
    for t in range(n):
        if ts[t] >= end:
            fresh[t] = True
            end = (ts[t] // span + 1) * span
    return fresh


@kernel
def blank_until(n: int, ready: int) -> FloatArray:
    """An array of `n` values whose first `ready` are NaN and whose rest is still to be written."""
    out = np.empty(n)
    out[: min(max(ready, 0), n)] = np.nan
    return out


@kernel
def window_mean(x: FloatArray, fresh: BoolArray, length: int, first: int) -> FloatArray:
    """Arithmetic mean of the last `length` values."""
    n = len(x)
    ready = first + length + BLOCK_BARS - 2
    out = blank_until(n, ready)
    width = min(length, BLOCK_BARS)
    head = np.empty(width)
    share = 1.0 / length
    since = 0.0
    j = width
    for t in range(first + length - 1, n):
        if j == width or fresh[t]:
            fill_heads(x, t, length, head)
            since = 0.0
            j = 0
        since += x[t]
        if t >= ready:
            out[t] = (head[j] + since) * share
        j += 1
    return out


@kernel
def window_deviation(x: FloatArray, fresh: BoolArray, length: int, first: int) -> FloatArray:
    """Standard deviation (ddof 1) of the last `length` values; exactly 0 where they are all equal."""
    n = len(x)
    ready = first + length + BLOCK_BARS - 2
    out = blank_until(n, ready)
    width = min(length, BLOCK_BARS)
    head1, head2 = np.empty(width), np.empty(width)
    share, unbiased = 1.0 / length, 1.0 / (length - 1)
    origin = since1 = since2 = 0.0
    j = width
    for t in range(first + length - 1, n):
        if j == width or fresh[t]:
            origin = x[t]
            _moment_heads(x, t, length, head1, head2)
            since1 = since2 = 0.0
            j = 0
        y = x[t] - origin
        since1 += y
        since2 += y * y
        if t >= ready:
            sum1 = head1[j] + since1
            out[t] = np.sqrt(max(head2[j] + since2 - sum1 * sum1 * share, 0.0) * unbiased)
        j += 1
    return out


@kernel
def window_mean_z(x: FloatArray, fresh: BoolArray, length: int, first: int) -> FloatArray:
    """Distance of the last value from the mean of its window in standard deviations (ddof 1).

    NaN where the deviation is at most 1e-9 of the value.
    """
    n = len(x)
    ready = first + length + BLOCK_BARS - 2
    out = blank_until(n, ready)
    width = min(length, BLOCK_BARS)
    head1, head2 = np.empty(width), np.empty(width)
    share, unbiased = 1.0 / length, 1.0 / (length - 1)
    origin = since1 = since2 = 0.0
    j = width
    for t in range(first + length - 1, n):
        if j == width or fresh[t]:
            origin = x[t]
            _moment_heads(x, t, length, head1, head2)
            since1 = since2 = 0.0
            j = 0
        y = x[t] - origin
        since1 += y
        since2 += y * y
        if t >= ready:
            sum1 = head1[j] + since1
            deviation = np.sqrt(max(head2[j] + since2 - sum1 * sum1 * share, 0.0) * unbiased)
            out[t] = np.nan if is_zero_deviation(deviation, x[t]) else (y - sum1 * share) / deviation
        j += 1
    return out


@kernel
def window_regression(x: FloatArray, fresh: BoolArray, length: int, first: int, part: int) -> FloatArray:
    """Least-squares line of the last `length` values on their index, the last one included.

    `part` chooses what is written: VALUE at the last point, SLOPE per bar, DEVIATION of the residuals
    sqrt(SSE / (length - 2)), R_SQUARED, or Z = (last value - line) / deviation. R_SQUARED is NaN where the values do
    not vary, Z where the deviation is at most 1e-9 of the value.
    """
    n = len(x)
    ready = first + length + BLOCK_BARS - 2
    out = blank_until(n, ready)
    width = min(length, BLOCK_BARS)
    head1, head2, cross = np.empty(width), np.empty(width), np.empty(width)
    share, unbiased = 1.0 / length, 1.0 / (length - 2)
    middle = 0.5 * (length - 1)
    index_squares = length * (length * length - 1.0) / 12.0
    origin = since1 = since2 = since_cross = 0.0
    j = width
    for t in range(first + length - 1, n):
        if j == width or fresh[t]:
            origin = x[t]
            _regression_heads(x, t, length, head1, head2, cross)
            since1 = since2 = since_cross = 0.0
            j = 0
        y = x[t] - origin
        since1 += y
        since2 += y * y
        since_cross += j * y
        if t >= ready:
            sum1 = head1[j] + since1
            mean = sum1 * share
            # The index counts from the start of the stretch, so its mean over this window is j - middle.
            covariance = cross[j] + since_cross - (j - middle) * sum1
            squares = max(head2[j] + since2 - mean * sum1, 0.0)
            slope = covariance / index_squares
            errors = max(squares - slope * covariance, 0.0)
            if part == Z:
                deviation = np.sqrt(errors * unbiased)
                zero = is_zero_deviation(deviation, x[t])
                out[t] = np.nan if zero else (y - mean - slope * middle) / deviation
            elif part == VALUE:
                out[t] = origin + mean + slope * middle
            elif part == SLOPE:
                out[t] = slope
            elif part == DEVIATION:
                out[t] = np.sqrt(errors * unbiased)
            else:
                flat = is_zero_deviation(np.sqrt(squares * share), x[t])
                out[t] = np.nan if flat else 1.0 - errors / squares
        j += 1
    return out


@kernel
def window_exponential_mean(x: FloatArray, fresh: BoolArray, span: float, window: int, first: int) -> FloatArray:
    """Exponentially weighted mean of the last `window` values, weights q^age with q = 1 - 2 / (span + 1).

    It is `pandas.Series.ewm(span=span, adjust=True).mean()` of those values. Between fresh starts the weighted sum
    slides: what leaves has weight q^window and decays with the rest, so its rounding does too.
    """
    n = len(x)
    ready = first + window + BLOCK_BARS - 2
    out = blank_until(n, ready)
    q = 1.0 - 2.0 / (span + 1.0)
    weights = np.empty(window)
    for age in range(window):
        weights[age] = q**age
    leaving = q**window
    share = 1.0 / weights.sum()
    weighted = 0.0
    start = first + window - 1
    for t in range(start, n):
        if t == start or fresh[t]:
            weighted = _weighted_sum(x, t, weights)
        else:
            weighted = x[t] + q * weighted - leaving * x[t - window]
        if t >= ready:
            out[t] = weighted * share
    return out


@kernel
def fill_heads(x: FloatArray, start: int, length: int, head: FloatArray) -> None:
    """head[j]: sum of the values before `start` in the window that ends at `start` + j.

    How many bars the stretch will have is not known yet and must not matter, so all `len(head)` are made.
    """
    width = len(head)
    base = start - length
    total = 0.0
    other = 0.0
    k = base + width
    while k + 1 < start:
        total += x[k]
        other += x[k + 1]
        k += 2
    if k < start:
        total += x[k]
    total += other
    head[width - 1] = total
    for j in range(width - 1, 0, -1):
        total += x[base + j]
        head[j - 1] = total


@kernel
def _moment_heads(x: FloatArray, start: int, length: int, head1: FloatArray, head2: FloatArray) -> None:
    """As `fill_heads`, for values and their squares measured from the value at `start`, which each window holds."""
    width = len(head1)
    base = start - length
    origin = x[start]
    sum1 = sum2 = 0.0
    for k in range(base + width, start):
        y = x[k] - origin
        sum1 += y
        sum2 += y * y
    head1[width - 1] = sum1
    head2[width - 1] = sum2
    for j in range(width - 1, 0, -1):
        y = x[base + j] - origin
        sum1 += y
        sum2 += y * y
        head1[j - 1] = sum1
        head2[j - 1] = sum2


@kernel
def _regression_heads(
    x: FloatArray, start: int, length: int, head1: FloatArray, head2: FloatArray, cross: FloatArray
) -> None:
    """As `_moment_heads`, and the sum of index times value, the index counted from `start` (so negative here)."""
    width = len(head1)
    base = start - length
    origin = x[start]
    sum1 = sum2 = products = 0.0
    for k in range(base + width, start):
        y = x[k] - origin
        sum1 += y
        sum2 += y * y
        products += (k - start) * y
    head1[width - 1] = sum1
    head2[width - 1] = sum2
    cross[width - 1] = products
    for j in range(width - 1, 0, -1):
        y = x[base + j] - origin
        sum1 += y
        sum2 += y * y
        products += (j - length) * y
        head1[j - 1] = sum1
        head2[j - 1] = sum2
        cross[j - 1] = products


@kernel
def _weighted_sum(x: FloatArray, last: int, weights: FloatArray) -> float:
    """Sum of weights[age] * x[last - age] in four independent lanes, which the processor overlaps."""
    a = b = c = d = 0.0
    whole = len(weights) // 4 * 4
    for k in range(0, whole, 4):
        a += weights[k] * x[last - k]
        b += weights[k + 1] * x[last - k - 1]
        c += weights[k + 2] * x[last - k - 2]
        d += weights[k + 3] * x[last - k - 3]
    for k in range(whole, len(weights)):
        a += weights[k] * x[last - k]
    return (a + b) + (c + d)
