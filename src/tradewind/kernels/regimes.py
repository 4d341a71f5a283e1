"""Compiled parts of the regime detectors: trailing quantile tests, trend labels, states that hold, confirmation."""

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compare import BAND, above
from tradewind.kernels.compiled import kernel

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
LabelArray = npt.NDArray[np.int8]


@kernel
def tops_its_quantile(x: FloatArray, first: int, length: int, lag: int, quantile: float) -> BoolArray:
    """Whether each value is above the quantile (linear between ranks) of the last `length` values, banded.

    The window ends `lag` bars before the value: 0 includes it. `first` is the first bar at which `x` is a
    number; False until the window is full.

    Only ranks decide, so nothing of the past can leak in by rounding: with h = quantile·(length − 1) and
    k = floor(h), the quantile lies between the values of rank k and k + 1. Where more than k + 1 values are below x
    by the band, x is above it; where at most k are, x is not; only where it is exactly k + 1 must the two ranks be
    looked at. A bracket that holds both ranks, kept by counting what enters and leaves, spares most bars the count;
    it says nothing that the count would not.
    """
    n = len(x)
    tops = np.zeros(n, np.bool_)
    position = quantile * (length - 1)
    rank = int(np.floor(position))
    share = position - rank
    stride = max(length // int(4.0 * np.sqrt(length)), 1)
    low = high = 0.0
    under, upto = length, 0
    start = first + length - 1 + lag
    for t in range(start, n):
        window = x[t + 1 - lag - length : t + 1 - lag]
        if t > start:
            come, gone = x[t - lag], x[t - lag - length]
            under += int(come < low) - int(gone < low)
            upto += int(come <= high) - int(gone <= high)
        if under > rank or upto < rank + 2:
            low, high = _bracket(window, rank, stride)
            under, upto = _counts(window, low, high)
        limit = x[t] - BAND * abs(x[t])
        if under > rank or upto < rank + 2 or low < limit <= high:
            tops[t] = _tops_plainly(window, x[t], limit, rank, share)
        else:
            tops[t] = limit > high
    return tops


@kernel
def _tops_plainly(window: FloatArray, value: float, limit: float, rank: int, share: float) -> bool:
    """Whether `value` is above the quantile between `rank` and the next, `limit` being the value less its band."""
    below = 0
    for k in range(len(window)):
        below += window[k] < limit
    if below != rank + 1:
        return below > rank + 1
    return above(value, _between_ranks(window, limit, share))


@kernel
def _bracket(window: FloatArray, rank: int, stride: int) -> tuple[float, float]:
    """Two values that probably lie below `rank` and above the next, from every `stride`-th of the window."""
    sample = np.sort(window[::stride])
    middle = rank // stride
    return sample[max(middle - 7, 0)], sample[min(middle + 8, len(sample) - 1)]


@kernel
def _counts(window: FloatArray, low: float, high: float) -> tuple[int, int]:
    """How many values are below `low`, and how many are not above `high`."""
    under = upto = 0
    for k in range(len(window)):
        under += window[k] < low
        upto += window[k] <= high
    return under, upto


@kernel
def _between_ranks(window: FloatArray, limit: float, share: float) -> float:
    """The point `share` of the way from the greatest value below `limit` to the smallest one that is not."""
    lower, upper = -np.inf, np.inf
    for k in range(len(window)):
        value = window[k]
        if value < limit:
            lower = max(lower, value)
        else:
            upper = min(upper, value)
    return lower if share == 0.0 else lower + share * (upper - lower)


@kernel
def held_states(entered: BoolArray, stayed: BoolArray, memory: int) -> BoolArray:
    """Whether, among the last `memory` bars, some bar entered the state and every bar since has stayed in it.

    A bar that enters must also stay. The latest entry of an unbroken stay is the one that decides.
    """
    n = len(entered)
    held = np.zeros(n, np.bool_)
    latest = -1
    for t in range(n):
        if not stayed[t]:
            latest = -1
        elif entered[t]:
            latest = t
        held[t] = latest >= 0 and t - latest < memory
    return held


@kernel
def trend_labels(close: FloatArray, slow: FloatArray, fast: FloatArray, stress: BoolArray, ready: int) -> LabelArray:
    """0 where close and the fast mean are above the slow mean, 1 where both are below, 2 otherwise, 3 under stress.

    -1 before bar `ready`.
    """
    n = len(close)
    labels = np.full(n, -1, np.int8)
    for t in range(min(ready, n), n):
        up = above(close[t], slow[t]) & above(fast[t], slow[t])
        down = above(slow[t], close[t]) & above(slow[t], fast[t])
        labels[t] = 3 if stress[t] else (0 if up else (1 if down else 2))
    return labels


@kernel
def trending_labels(
    strength: FloatArray,
    efficiency: FloatArray,
    volatile: BoolArray,
    least_strength: float,
    least_efficiency: float,
    ready: int,
) -> LabelArray:
    """2 where volatile, else 0 where both trend measures are above their least value, else 1; -1 before `ready`."""
    n = len(strength)
    labels = np.full(n, -1, np.int8)
    for t in range(min(ready, n), n):
        trending = above(strength[t], least_strength) & above(efficiency[t], least_efficiency)
        labels[t] = 2 if volatile[t] else (0 if trending else 1)
    return labels


@kernel
def flagged_labels(x: FloatArray, threshold: float, ready: int) -> LabelArray:
    """1 where the value is above the threshold, else 0 (NaN included); -1 before bar `ready`."""
    n = len(x)
    labels = np.full(n, -1, np.int8)
    for t in range(min(ready, n), n):
        labels[t] = above(x[t], threshold)
    return labels


@kernel
def confirmed_labels(raw: LabelArray, bars: int, memory: int, bypass: BoolArray, ready: int) -> LabelArray:
    """Label of the latest raw run that has at least `bars` bars among the last `memory`; -1 where there is none.

    A run counts only as far as it lies in those `memory` bars. Labels with `bypass` count at once; a raw -1 gives
    -1, ends a run and confirms nothing. -1 before bar `ready`.
    """
    n = len(raw)
    labels = np.full(n, -1, np.int8)
    start = 0
    # The latest run that grew long enough. Where it has left the window too far, so has every earlier one.
    run_start, run_end, run_label = -1, -1, np.int8(-1)
    for t in range(n):
        if t > 0 and raw[t] != raw[t - 1]:
            start = t
        if raw[t] < 0:
            continue
        if t - start + 1 >= bars:
            run_start, run_end, run_label = start, t, raw[t]
        if t < ready:
            continue
        if bypass[raw[t]]:
            labels[t] = raw[t]
        elif run_end - max(run_start, t - memory + 1) + 1 >= bars:
            labels[t] = run_label
    return labels
