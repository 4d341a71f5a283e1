"""Signals as compiled comparisons on cached features."""

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compare import above
from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray
from tradewind.model.signals import SignArray


@kernel
def fade(score: FloatArray, gate: npt.NDArray[np.bool_], threshold: float) -> SignArray:
    """+1 where `score` is below -threshold, -1 where it is above, 0 elsewhere and where the gate is shut or NaN."""
    n = score.shape[0]
    out = np.zeros(n, np.int8)
    for t in range(n):
        if gate[t]:
            if above(-threshold, score[t]):
                out[t] = 1
            elif above(score[t], threshold):
                out[t] = -1
    return out


@kernel
def fade_at_pivots(
    score: FloatArray,
    gate: npt.NDArray[np.bool_],
    threshold: float,
    pivot_low: npt.NDArray[np.bool_],
    pivot_high: npt.NDArray[np.bool_],
    delay: int,
) -> SignArray:
    """Fade that waits for a swing: at a bar that confirms a pivot `delay` bars back, with score and gate of then."""
    n = score.shape[0]
    out = np.zeros(n, np.int8)
    # Where a pivot, a gate and a score meet nobody can foresee: without branches this is several times faster.
    confirmed, low, high = out[delay:], pivot_low[delay:], pivot_high[delay:]
    for j in range(n - delay):
        long = low[j] & gate[j] & above(-threshold, score[j])
        short = high[j] & gate[j] & above(score[j], threshold)
        confirmed[j] = np.int8(long) - np.int8(short)
    return out


@kernel
def strength(score: FloatArray, most: float, delay: int) -> FloatArray:
    """|score| of `delay` bars back as a part of `most`, at most 1; NaN where the score is."""
    n = score.shape[0]
    out = np.full(n, np.nan)
    for t in range(delay, n):
        part = abs(score[t - delay]) / most
        out[t] = 1.0 if part > 1.0 else part
    return out
