"""Signals as compiled comparisons on cached features."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compare import BAND, above
from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray
from tradewind.model.signals import SignArray


@kernel
def least_above(number: float) -> float:
    """The least float64 that is `above` a number: an upper one is above too, a lower one not.

    One comparison with it decides as `above` does and takes a fifth of the time.
    """
    least = number + BAND * abs(number)
    while above(least, number):
        least = np.nextafter(least, -np.inf)
    while not above(least, number) and least < np.inf:
        least = np.nextafter(least, np.inf)
    return least


# Where a score and a gate meet nobody can foresee: without branches the loops below are several times faster.
@kernel
def fade(score: FloatArray, gate: npt.NDArray[np.bool_], threshold: float) -> SignArray:
    """+1 where `score` is below -threshold, -1 where it is above, 0 elsewhere and where the gate is shut or NaN."""
    n = score.shape[0]
    out = np.empty(n, np.int8)
    high = least_above(threshold)
    for t in range(n):
        long = score[t] <= -high
        short = score[t] >= high
        out[t] = (np.int8(long) - np.int8(short)) * np.int8(gate[t])
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
    least = least_above(threshold)
    confirmed, low, high = out[delay:], pivot_low[delay:], pivot_high[delay:]
    for j in range(n - delay):
        long = np.int8(score[j] <= -least) * np.int8(low[j])
        short = np.int8(score[j] >= least) * np.int8(high[j])
        confirmed[j] = (long - short) * np.int8(gate[j])
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Fading:
    """Signals of `fade`, or with `pivots` (lows and highs, `delay` bars back) of `fade_at_pivots`, made when called."""

    score: FloatArray
    gate: npt.NDArray[np.bool_]
    threshold: float
    pivots: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None = None
    delay: int = 0

    def __call__(self) -> SignArray:
        if self.pivots is None:
            return fade(self.score, self.gate, self.threshold)
        return fade_at_pivots(self.score, self.gate, self.threshold, *self.pivots, self.delay)

    def lies_as_read(self, bars: int) -> bool:
        """Whether all arrays are of so many bars, of the kinds that are asked for, one bar beside the other."""
        arrays = [(self.score, np.float64), (self.gate, np.bool_), *((one, np.bool_) for one in self.pivots or ())]
        return all(
            array.dtype == kind and array.shape == (bars,) and array.flags.c_contiguous for array, kind in arrays
        )


@kernel
def strength(score: FloatArray, most: float, delay: int) -> FloatArray:
    """|score| of `delay` bars back as a part of `most`, at most 1; NaN where the score is."""
    n = score.shape[0]
    out = np.full(n, np.nan)
    for t in range(delay, n):
        part = abs(score[t - delay]) / most
        out[t] = 1.0 if part > 1.0 else part
    return out
